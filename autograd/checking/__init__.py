"""The parts of `check_gradients`: how a derivative is found from values alone.

`differences` and `complex_step` find it, `verdicts` holds the engine's against it,
`blame` finds the operation that is wrong, and `table` shows the result.
"""

"""The parts of `check_gradients`: how a derivative is found from values alone.

`complex_step` and `differences` find it, `operation` holds an operation's own against
it, `record` sees whether the operations are all of the function, `flows` sums up what
they make, `verdicts` judges, and `table` shows the result.
"""

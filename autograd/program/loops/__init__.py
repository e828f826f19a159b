r"""Scalar programs as loops of plain floats, for plain Python or for numba.

A step that is traced ten thousand times is tens of thousands of nodes. Here they are a
`for` loop again, and so is their adjoint:

* `expanding` writes sums out, so that every node is one operation on a few operands;
* `repeats` finds where the list of nodes repeats itself, and `rolling` makes it loops,
  which `rolled` describes;
* `homes` sees which results have to be kept, and which matter to a derivative;
* `forward` writes the values down, `reverse` the adjoints, with the rows of the table
  run on `symbols`; `tapes` is what the one keeps for the other;
* `text` tidies the lines, `source` puts the whole program together;
* `functions` runs it in Python, `numba_functions` as machine code;
* `choice` says for which programs all this is worth it.

It wants a plan that is weakened and simplified, and not more: the passes after those
sort sums by what arrays can compute together, which hides the rhythm of a loop.

>>> from autograd.ops import OPS
>>> from autograd.program.loops.functions import python_functions
>>> from autograd.program.plan import Apply, Plan
>>> nodes = [Apply(OPS["square"], (0,))]
>>> nodes += [Apply(OPS["sin"], (place,)) for place in range(1, 100)]
>>> functions = python_functions(Plan(1, 0, tuple(nodes), (100,)))
>>> functions.value([], [2.0])
[-0.1689...]
>>> value, gradient = functions.source.split("\n\n\n")[1:]
>>> print(value)
def value(theta, x):
    x0 = x[0]
    last_v1 = x0 * x0
    for _ in range(99):
        v1 = sin(last_v1)
        last_v1 = v1
    outputs = zeros(1)
    outputs[0] = v1
    return outputs
"""

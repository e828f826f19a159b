"""A sweep that is itself recorded: derivatives as Values, to differentiate again.

The rows of the table are run once more, this time on the Values of the graph, so every
local derivative is a node of its own.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from contextlib import nullcontext
from functools import cache, partial
from itertools import compress
from typing import Any, NoReturn, cast

import numpy as np

from autograd.applying import of_list
from autograd.namespaces import Namespace, choose, hits, pick
from autograd.operators import datum, has_derivative
from autograd.ops import OPS, RULES, Op
from autograd.recording import Recorder, listening, tracer
from autograd.sweep import Arithmetic
from autograd.value import Number, Value

_softmax = of_list(OPS["softmax"])


class StaleGraphError(RuntimeError):
    """A leaf was changed after recording, and a derivative would mix old and new."""


def _entry_at(xs: Sequence[Any], index: Any) -> Any:
    """The entry of a list in a rule that runs on Values."""
    return OPS["take"](index, *xs) if isinstance(index, Value) else pick(xs, index)


def _hits_at(xs: Sequence[Any], index: Any) -> list[Any]:
    """For each entry whether it is the one at the index, a condition for `where`."""
    if isinstance(index, Value):
        return [OPS["equal"](index, float(position)) for position in range(len(xs))]
    return hits(xs, index)


VALUES = Namespace(
    {
        **OPS,
        **{name: of_list(OPS[name]) for name in ("sum", "max", "min")},
        "where": choose,
        "pick": _entry_at,
        "hits": _hits_at,
    },
    RULES,
)
"""What `xp` is on Values: every row records a node.

But a condition is decided already: a choice is plain, and leaves no trace of the branch
that is not taken.
"""


def _weights_as_values(xp: Namespace, node: Value) -> list[Number]:
    """The local derivatives as Values: the node's row, run on its operands.

    Raises:
        StaleGraphError: They no longer have the numbers that were recorded.
    """
    op = cast(Op, node.op)
    in_table = OPS.get(op.name) is op
    try:
        with nullcontext() if in_table else listening(_OwnRule(op)):
            weights = op.local_derivatives(xp, node, *node.operands)
    except ZeroDivisionError:  # among the constants
        operands = [x if isinstance(x, Value) else np.float64(x) for x in node.operands]
        with np.errstate(all="ignore"):
            weights = op.local_derivatives(xp, node, *operands)
    kept = list(compress(weights, has_derivative(op, node.operands)))
    for weight, recorded in zip(kept, node.local_derivatives, strict=True):
        again = datum(weight)
        if again != recorded and not (again != again and recorded != recorded):
            raise StaleGraphError(_stale_message(node, again, recorded))
    return kept


class _OwnRule(Recorder):
    """Lets no Value become a plain float in a rule of one's own."""

    def __init__(self, op: Op) -> None:
        self.op = op

    def read(self, *_value: Any, **_more: Any) -> NoReturn:
        """Refuse it."""
        message = (
            f"{self.op}: its local_derivatives compute on plain floats, which cuts "
            f"the second derivative off; use xp.exp and the like, not math"
        )
        raise TypeError(message)


def _stale_message(node: Value, again: float, recorded: float) -> str:
    leaves = [repr(p) for p in node.parents if not p.parents] or ["one of its leaves"]
    return (
        f"the graph is stale: {node!r} was recorded with the local derivative "
        f"{recorded!r}, which is {again!r} now, so a leaf was changed after "
        f"recording (look at {', '.join(leaves[:3])}). Compute the output again "
        f"before you differentiate it."
    )


def _recorded_product(number: Number, weight: Number) -> Number | None:
    """Adjoint (or tangent) x weight as a Value, where constants allow nothing simpler.

    A constant 0 passes nothing on. A Value that is 0 only now stays in the graph: the
    product is 0, but its derivatives need not be.
    """
    if not isinstance(weight, Value):
        if weight == 0.0:
            return None
        if weight == 1.0:
            return number
        if weight == -1.0:
            return -number
    if not isinstance(number, Value):
        if number == 0.0:
            return None
        if number == 1.0:
            return weight
    return cast(Number, OPS["strong_product"](number, weight))


def recorded() -> Arithmetic[Any]:
    """The numbers of one sweep on Values.

    The n outputs of a softmax have the same n shares in their derivatives, so a sweep
    records those once: else second derivatives would cost the cube of n.
    """
    xp = copy.copy(VALUES)
    vars(xp)["softmaxes"] = cache(_softmax)
    plain = Arithmetic(partial(_weights_as_values, xp), _recorded_product)
    tracing = tracer()
    return plain if tracing is None else tracing.arithmetic(xp, plain) or plain

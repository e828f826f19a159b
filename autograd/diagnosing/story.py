"""The story of a finding: what happened, what came of it, what to write instead."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd.diagnosing.advice import advice_for
from autograd.diagnosing.finding import Finding
from autograd.diagnosing.nets import Trouble, layer_of
from autograd.diagnosing.rewrites import Rewrite
from autograd.diagnosing.words import placed, source_of, way, written
from autograd.operators import datum
from autograd.value import Value


def _of_cancellation(path: Sequence[Value], place: str) -> tuple[str, str]:
    node = path[0]
    number = f"{written(node, 16)} is {datum(node):.6g}{place}"
    largest = max(abs(datum(x)) for x in node.operands)
    if largest == abs(datum(node)):
        return f"{number}: the smaller operand is rounded away.", _digits_left(path)
    lost = _digits(largest, datum(node))
    what = (
        f"{number}: the first {lost} of 16 digits cancel, and what is left is the "
        f"rounding of the operands."
    )
    return what, _digits_left(path)


def _digits(large: float, small: float) -> int:
    """By how many digits one number is larger."""
    if not small or math.isinf(large):
        return 16
    return max(1, min(16, round(math.log10(abs(large)) - math.log10(abs(small)))))


def _of_sensitivity(path: Sequence[Value], place: str) -> tuple[str, str]:
    node = path[0]
    slopes = zip(node.parents, node.local_derivatives, strict=True)
    change = max(abs(slope * datum(x)) for x, slope in slopes)
    what = (
        f"{written(node, 16)} is {datum(node):.6g}{place}: on the last digit of the "
        f"argument hang {_digits(change, datum(node))} digits of it."
    )
    return what, _digits_left(path)


def _digits_left(path: Sequence[Value]) -> str:
    """How the loss goes on."""
    if len(path) == 1:
        return "This is the result."
    return f"By {way(path)} that is in the result, {datum(path[-1]):.6g}."


UNLEARNING = 1.0
"""How harmful it is if a net does not learn: see `diagnose.py` for the others."""

_WHY = {
    "overflow": "The largest double is 1.8e308, and the true value lies beyond.",
    "underflow": "The smallest double is 5e-324, and the true value is nearer to 0.",
    "domain": "There is no such real number here, or it is a pole.",
    "undefined": "No number is the right one: inf - inf, 0 x inf, 0 / 0 have none.",
}


def told(
    kind: str, path: Sequence[Value], harm: float, rewrite: Rewrite | None = None
) -> Finding:
    """The finding at the beginning of a path, with its story and advice."""
    node = path[0]
    line = source_of(node)
    place = placed(line, node.scope)
    advice = advice_for(kind, path)
    if rewrite is not None:
        advice = f"{rewrite}. In general: {advice}"
    of_slope = kind in ("domain", "overflow") and _is_number(node)
    tell = _of_slope if of_slope else _TOLD[kind]
    what, came_of_it = tell(path, place)
    lines = [what, came_of_it, f"Instead: {advice}."]
    message = "\n".join(text for text in lines if text)
    return Finding(kind, node, tuple(path), advice, message, harm, line)


def _is_number(node: Value) -> bool:
    """Whether the value is fine, so that the story is one of its derivative."""
    return math.isfinite(datum(node))


def _of_value(path: Sequence[Value], place: str) -> tuple[str, str]:
    node = path[0]
    if node.op is None:
        return f"{written(node)} is {datum(node)} from the start{place}.", _end(path)
    what = f"{written(node)} is {datum(node):.6g}{place}. {_why(node)}"
    return what, _end(path)


def _why(node: Value) -> str:
    data = datum(node)
    if math.isnan(data):
        return "No real number is the right answer here."
    if math.isinf(data):
        at_pole = any(datum(x) == 0.0 for x in node.operands)
        return "It has a pole there." if at_pole else _WHY["overflow"]
    return _WHY["underflow"]


def _end(path: Sequence[Value]) -> str:
    """What came of it at the other end."""
    if len(path) == 1:
        return "This is the result."
    last = path[-1]
    return f"By {way(path)} the result is {datum(last):.6g}."


def _of_slope(path: Sequence[Value], place: str) -> tuple[str, str]:
    node = path[0]
    slopes = [x for x in node.local_derivatives if not math.isfinite(x)]
    if not slopes:
        what = (
            f"{written(node)} is {datum(node):.6g}{place}, but the gradient that comes "
            f"back through it is beyond 1.8e308."
        )
        return what, "From here back every gradient is infinite or NaN."
    what = (
        f"{written(node)} is {datum(node):.6g}{place}, a number, but its derivative is "
        f"{slopes[0]:.6g} there."
    )
    return what, "Every gradient that goes through it is infinite, NaN, or 0 by chance."


def _of_hidden(path: Sequence[Value], place: str) -> tuple[str, str]:
    node, last = path[0], path[-1]
    name = last.op.name if last.op is not None else "the result"
    what = f"{written(node)} is {datum(node):.6g}{place}."
    hidden = (
        f"{name} = {datum(last):.6g} does not show it, as it takes another branch; "
        f"elsewhere a gradient of 0 x NaN would come back through it."
    )
    return what, hidden


def of_trouble(trouble: Trouble, path: Sequence[Value]) -> Finding:
    """The finding of a layer that does not learn."""
    node, kind = path[0], trouble.kind
    line = source_of(node)
    place = placed(line, layer_of(node.scope))
    name = node.op.name if node.op is not None else ""
    told = {
        "saturated": f"{trouble.units} of {trouble.of} {name} units{place} are flat: "
        f"{written(node)} has the slope {node.local_derivatives[0]:.2g}.\n"
        "The loss asks for another output, and next to nothing of that comes through.",
        "dead": f"{trouble.units} of {trouble.of} {name} units{place} give 0 for every "
        f"example, such as {written(node)}.\n"
        "Their slope is 0: no gradient comes through, and they never learn.",
        "vanishing": f"The gradient shrinks over {trouble.of} layers of {name}{place}: "
        f"at the first it is {trouble.ratio:.2g} of what it is at the last.\n"
        "The first layers hardly learn.",
        "exploding": f"The gradient grows over {trouble.of} steps of {name}{place}: "
        f"at the first it is {trouble.ratio:.2g} times what it is at the last.\n"
        "A step that is right for the last ones throws the first far off.",
    }
    advice = advice_for(kind, path)
    message = f"{told[kind]}\nInstead: {advice}."
    return Finding(kind, node, tuple(path), advice, message, UNLEARNING, line)


_TOLD = {
    "overflow": _of_value,
    "underflow": _of_value,
    "domain": _of_value,
    "undefined": _of_value,
    "infinite slope": _of_slope,
    "hidden nan": _of_hidden,
    "cancellation": _of_cancellation,
    "sensitivity": _of_sensitivity,
}

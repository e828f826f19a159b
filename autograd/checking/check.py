"""check_gradients: are the derivatives right? A verdict for each input.

Its parts are in `checking/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.arguments import argument_names
from autograd.checking.flows import Suspect
from autograd.checking.operation import is_row, operand_name
from autograd.checking.record import Subject
from autograd.checking.table import CheckedDerivative, GradientCheck
from autograd.checking.verdicts import Examination
from autograd.errors import GradientError
from autograd.ops import Op
from autograd.structure import flatten, rebuild
from autograd.value import Number, Value


def check_gradients(
    f: Callable[..., Any], *inputs: Any, order: int = 1
) -> GradientCheck:
    """Check the derivatives of f at a point against values alone.

    >>> from autograd import check_gradients, tanh
    >>> print(check_gradients(lambda w, x: tanh(w * x), 2.0, 0.25))
    2 derivatives checked: 2 right
    <BLANKLINE>
    input  autograd      reference     error    method        verdict
    -----  ------------  ------------  -------  ------------  -------
    w      0.1966119332  0.1966119332  ...      complex step  right
    x      1.572895466   1.572895466   ...      complex step  right

    Every operation that f records is judged by itself, at its own operands: its local
    derivatives against a complex step of its value rule (exact to about 1e-15), or
    adaptive differences where there is none (about 1e-10). So terms that cancel in f
    hide no error and accuse nobody. Beside the point f must record the same operations,
    on the same plain numbers: else it computes with numbers that were not recorded. The
    inputs themselves, their gradients and whatever f closes over are left as they are.

    The cost is that of some dozen gradients of f, and with order 2 of some dozen
    Hessians: a second for 60 inputs. Where f has a kink or a branch, it is run a few
    hundred times more for each input.

    Args:
        f: A function of numbers, or of lists, tuples, dicts or arrays of them; it is
            called on Values. Every output is checked if it returns several.
        *inputs: Where to check: an ordinary point tells more than 0 or 1, at which
            wrong derivatives can happen to agree.
        order: 2 checks the second derivatives as well.

    Returns:
        The table of verdicts: right, kink, or undecidable and why. Right means to 8
        digits and more, or 0 next to the terms that cancel; what the rounding in f
        leaves fewer digits is undecidable, as is what can't be told as well.

    Raises:
        GradientError: A derivative is wrong. The operation to blame stands first.
        TypeError: f is no function, or its inputs or outputs are no numbers.
        ValueError: There is no input to check, or the order is not 1 or 2.
    """
    _check_arguments(f, inputs, order)
    point = [float(x) for x in flatten(inputs, "an input")]
    if not point:
        raise ValueError("check_gradients found no number in the inputs")

    def flat(variables: list[Value]) -> list[Number]:
        return flatten(f(*rebuild(inputs, variables)), "what f returns")

    names = _input_names(f, inputs)
    rows: list[CheckedDerivative] = []
    examination: Examination | None = None
    for each in range(1, order + 1):
        examination = Examination(Subject(flat, point, each), examination)
        judgements = list(examination.judgements())
        title = _titles(names, len(judgements), each)
        rows += [
            CheckedDerivative(name, judgement.derivative, *judgement.opinion)
            for name, judgement in zip(title, judgements, strict=True)
        ]
        check = GradientCheck(tuple(rows))
        if not check.ok:
            raise GradientError(_complaint(check, examination.culprit(judgements)))
    return check


def _check_arguments(f: Any, inputs: Sequence[Any], order: Any) -> None:
    if not callable(f):
        kind = type(f).__name__
        message = f"check_gradients wants a function, then its inputs; got {kind} first"
        if isinstance(f, Value):
            message += ": put the computation in a function of its inputs"
        raise TypeError(message)
    if not inputs:
        message = "check_gradients wants inputs to check at: check_gradients(f, 2.0)"
        raise ValueError(message)
    if isinstance(order, bool) or order not in (1, 2):
        raise ValueError(f"order must be 1 or 2, got {order!r}")


# --- names --------------------------------------------------------------------


def _input_names(f: Callable[..., Any], inputs: Sequence[Any]) -> list[str]:
    """A name for every number: its label, or the argument's with its place in it."""
    arguments = _argument_names(f, len(inputs))
    return [
        name
        for argument, structure in zip(arguments, inputs, strict=True)
        for name in _names(argument, structure)
    ]


def _argument_names(f: Callable[..., Any], count: int) -> list[str]:
    if isinstance(f, Op):
        f.check_count((0.0,) * count)
        return [operand_name(f, position) for position in range(count)]
    names = argument_names(f, count)
    return [*names, *[f"argument {i}" for i in range(len(names), count)]]


def _names(name: str, structure: Any) -> Iterator[str]:
    if isinstance(structure, Value):
        yield structure.label or name
    elif isinstance(structure, dict):
        for key, part in structure.items():
            yield from _names(f"{name}[{key!r}]", part)
    elif isinstance(structure, list | tuple):
        for i, part in enumerate(structure):
            yield from _names(f"{name}[{i}]", part)
    elif isinstance(structure, np.ndarray) and structure.ndim > 0:
        for place in np.ndindex(structure.shape):
            brackets = "".join(f"[{i}]" for i in place)
            yield from _names(name + brackets, structure[place])
    else:
        yield name


def _titles(names: list[str], rows: int, order: int) -> list[str]:
    """A name for every derivative: "x", "x, y"; with several outputs "output 1: x"."""
    derivatives = names if order == 1 else [f"{a}, {b}" for a in names for b in names]
    outputs = rows // len(derivatives) if derivatives else 0
    if outputs == 1:
        return derivatives
    return [f"output {i}: {name}" for i in range(outputs) for name in derivatives]


# --- the complaint ------------------------------------------------------------


def _complaint(check: GradientCheck, finding: Suspect | None) -> str:
    """The operation to blame, the table, what to do."""
    if finding is None:
        reason = next(row.reason for row in check.rows if row.verdict == "wrong")
        blame = (
            "no operation is to blame: each one's own derivatives are right, but "
            f"{reason}"
        )
        advice = (
            "Look in f for float(x), x.data, math functions, no_grad, or a result "
            "that differs from call to call, and use Values and autograd's functions."
        )
        return f"{blame}\n\n{check}\n\n{advice}"
    return f"{_blame(finding)}\n\n{check}\n\n{_advice(finding)}"


def _blame(finding: Suspect) -> str:
    slot = finding.slot
    what = f"its local derivative in {slot.name}"
    if finding.first is not None:
        first = operand_name(slot.op, finding.first)
        what = f"the derivative in {slot.name} of its local derivative in {first}"
    where = f" (node {finding.node.label!r})" if finding.node.label else ""
    where += f" (in {finding.node.scope})" if finding.node.scope else ""
    place = str(slot).removeprefix(f"{slot.op} ")
    return (
        f"{slot.op} is wrong{where}: {place} {what} is "
        f"{finding.derivative:.13g} and should be {finding.opinion.reference:.13g}"
    )


def _advice(finding: Suspect) -> str:
    name = finding.slot.op.name
    if finding.first is not None:
        return (
            f"Correct local_derivatives of {name!r}: it is differentiated itself, so "
            f"it must compute on its operands with xp's functions; a float(x) or a "
            f"math function in it loses the second derivative."
        )
    whose = " (a row of the table)" if is_row(finding.slot.op) else ""
    return (
        f"Correct local_derivatives of {name!r}{whose}, or its forward: the one is "
        f"not the derivative of the other."
    )

"""The operators of Value, as fast as plain Python allows.

They do what `record` does (`operators.py`), in one function each, written for its row
(`straight_line.py`): no call, no list, no look at what the operands might be. This is
what `x.square()` runs:

>>> from autograd.ops import OPS
>>> print(_unary_source(OPS["square"]))
def method(self):
    try:
        x = self._datum
        t1 = x * x
        t2 = 2.0 * x
    except (ArithmeticError, AttributeError, ValueError):
        return record(Value, op, (self,))
    node = new(Value)
    node._datum = t1
    node._grad = 0.0
    node._x = self
    node._y = None
    node._dx = t2
    node.op = op
    node.recording = state = get_state()
    if not state.epoch.plain:
        settle(node)
    return node

What can't be computed so, as `1 / x` at 0, is left to `record`, which never raises.
The node leaves unset what can be told otherwise: its label is "", and its operands are
its parents.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from autograd.fast.straight_line import as_tuple, compiled, written
from autograd.operators import (
    OPERATORS,
    SIGNS_OF_ONE,
    between,
    describe,
    method_names,
    new_object,
    record,
    settle,
)
from autograd.ops import FLOATS, OPS, Op
from autograd.recording import get_state

if TYPE_CHECKING:
    from autograd.value import Value

Evaluation = Callable[..., tuple[float, tuple[float, ...]]]


class _RowSource:
    """A row as lines of source: one operand may be a plain number.

    Args:
        op: The row.
        plain: The position of an operand that is no Value; None if both are.
    """

    def __init__(self, op: Op, plain: int | None = None) -> None:
        self.more: dict[str, Any] = {}
        kept = [i for i in range(len(op.operand_names)) if i != plain]
        try:
            row = written(op)
        except TypeError:  # it decides by its operands: called as it is
            by_constant = plain == 1 and op.constants == op.operand_names[1:]
            names = ", ".join(op.operand_names)
            self.lines = [f"t1, t2 = evaluate({names})"]
            if by_constant:
                self.lines = _lines_by_constant(op)
            self.value = "t1"
            self.derivatives = ["t2"] if by_constant else [f"t2[{i}]" for i in kept]
            self.more = {"evaluate": _called(op), "rows": _RowsByConstant(op)}
        else:
            self.value = row.value
            self.derivatives = [row.derivatives[i] for i in kept]
            self.lines = _needed(row.lines, [row.value, *self.derivatives])


def _lines_by_constant(op: Op) -> list[str]:
    """The same for a row that decides by its second operand, a constant n.

    Squares and cubes stand in it; for other constants a function is called.
    """
    x, n = op.operand_names
    lines: list[str] = []
    for constant in (2.0, 3.0):
        row = written(op, **{n: constant})
        value, derivative = row.value, row.derivatives[0]
        last = f"t1, t2 = {value}, {derivative}"
        lines += [
            f"{'elif' if lines else 'if'} {n} == {constant}:",
            *_indented([*_needed(row.lines, [value, derivative]), last]),
        ]
    return [*lines, "else:", f"    t1, (t2,) = rows[{n}]({x})"]


def _needed(lines: list[str], results: list[str]) -> list[str]:
    """The lines that the results depend on; each line is "name = expression"."""
    kept: list[str] = []
    read = {*results}
    for line in reversed(lines):
        name, _, expression = line.partition(" = ")
        if name in read:
            kept.append(line)
            read.update(re.findall(r"\w+", expression))
    return kept[::-1]


def _node_lines(
    steps: _RowSource, op: str, x: str, y: str, operands: str = ""
) -> list[str]:
    derivatives = zip(("_dx", "_dy"), steps.derivatives, strict=False)
    more = [f"node._operands = {operands}"] if operands else []
    return [
        "node = new(Value)",
        f"node._datum = {steps.value}",
        "node._grad = 0.0",
        f"node._x = {x}",
        f"node._y = {y}",
        *[f"node.{slot} = {derivative}" for slot, derivative in derivatives],
        f"node.op = {op}",
        *more,
    ]


_END = [
    "node.recording = state = get_state()",
    "if not state.epoch.plain:",
    "    settle(node)",
    "return node",
]


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _try(lines: list[str], otherwise: str, errors: str = "") -> list[str]:
    caught = f"except (ArithmeticError, AttributeError, ValueError{errors}):"
    return ["try:", *_indented(lines), caught, f"    return {otherwise}"]


def _unary_lines(op: Op) -> tuple[list[str], dict[str, Any]]:
    steps = _RowSource(op)
    start = [f"{op.operand_names[0]} = self._datum", *steps.lines]
    body = [
        *_try(start, "record(Value, op, (self,))"),
        *_node_lines(steps, "op", "self", "None"),
        *_END,
    ]
    return ["def method(self):", *_indented(body)], steps.more


def _unary_source(op: Op) -> str:
    return "\n".join(_unary_lines(op)[0])


def unary(kind: type[Value], op: Op) -> Callable[[Value], Value]:
    """The method of Value that applies an operation of one operand."""
    lines, more = _unary_lines(op)
    return _defined(kind, lines, {**more, "op": op}, op.name, op)


def binary(
    kind: type[Value], name: str, op: Op, constant_op: Op
) -> Callable[[Value, Any], Value]:
    """The method of Value behind an operator such as `*`.

    Args:
        kind: Value.
        name: What Python calls the operator, such as "mul".
        op: The operation on two Values.
        constant_op: The operation with a plain number at the right.
    """
    x, y = op.operand_names
    both, mixed = _RowSource(op), _RowSource(constant_op, plain=1)
    n = constant_op.operand_names[1]
    body = [
        "if other.__class__ is Value:",
        *_indented(
            [
                *_try(
                    [f"{x} = self._datum", f"{y} = other._datum", *both.lines],
                    "record(Value, op, (self, other))",
                ),
                *_node_lines(both, "op", "self", "other"),
            ]
        ),
        "else:",
        *_indented(
            [
                *_try(
                    [f"{n} = {_PLAIN}", f"{x} = self._datum", *mixed.lines],
                    "careful(constant_op, self, other)",
                    ", TypeError",
                ),
                *_node_lines(mixed, "constant_op", "self", "None", f"(self, {n})"),
            ]
        ),
        *_END,
    ]
    names = {**both.more, **mixed.more, "op": op, "constant_op": constant_op}
    lines = ["def method(self, other):", *_indented(body)]
    return _defined(kind, lines, names, f"__{name}__", op)


# An int times 1.0 is float(int) without a call.
_PLAIN = (
    "other if other.__class__ is float"
    " else other * 1.0 if other.__class__ is int else plain(other)"
)


def reflected(kind: type[Value], name: str, op: Op) -> Callable[[Value, Any], Value]:
    """The method of Value behind an operator with a plain number at its left."""
    x, y = op.operand_names
    steps = _RowSource(op, plain=0)
    body = [
        *_try(
            [f"{x} = {_PLAIN}", f"{y} = self._datum", *steps.lines],
            "careful(op, other, self)",
            ", TypeError",
        ),
        *_node_lines(steps, "op", "self", "None", f"({x}, self)"),
        *_END,
    ]
    lines = ["def method(self, other):", *_indented(body)]
    return _defined(kind, lines, {**steps.more, "op": op}, f"__r{name}__", op)


def _plain(x: Any) -> float:
    """A TypeError, for what needs a closer look than the fast way has."""
    raise TypeError(type(x).__name__)


def _defined(
    kind: type[Value], lines: list[str], names: dict[str, Any], name: str, op: Op
) -> Callable[..., Any]:
    """The method that these lines define, named and documented for `help(Value)`."""
    known = {
        "Value": kind,
        "new": new_object,
        "get_state": get_state,
        "settle": settle,
        "record": record,
        "careful": between,
        "plain": _plain,
    }
    method: Callable[..., Any] = compiled("\n".join(lines), "method", known | names)
    describe(method, f"Value.{name}", op.words)
    return method


def _called(op: Op) -> Evaluation:
    """A row that decides by its operands, run on `FLOATS` as it is."""

    def called(*numbers: float) -> tuple[float, tuple[float, ...]]:
        out = op.forward(FLOATS, *numbers)
        return out, op.local_derivatives(FLOATS, out, *numbers)

    return called


class _RowsByConstant(dict[float, Evaluation]):
    """A row that decides by its second operand n, written down for each of a few.

    So `x ** 3` computes `power(x, 3.0)` and `3.0 * power(x, 2.0)`, and decides nothing.
    """

    MOST = 64

    def __init__(self, op: Op) -> None:
        super().__init__()
        self._op = op

    def __missing__(self, constant: float) -> Evaluation:
        op, (x, n) = self._op, self._op.operand_names
        try:
            row = written(op, **{n: constant})
        except TypeError:
            return partial(_by_x, _called(op), constant)
        results = [row.value, row.derivatives[0]]
        end = f"return {row.value}, {as_tuple(results[1:])}"
        lines = [f"def row({x}):", *_indented([*_needed(row.lines, results), end])]
        evaluate: Evaluation = compiled("\n".join(lines), "row")
        if len(self) < self.MOST:
            self[constant] = evaluate
        return evaluate


def _by_x(evaluate: Evaluation, n: float, x: float) -> tuple[float, tuple[float, ...]]:
    value, derivatives = evaluate(x, n)
    return value, derivatives[:1]


class _LazyMethod:
    """A method that is written when it is first looked up, for few use them all.

    Args:
        kind: Value.
        name: What the method is called.
        write: Makes it.
    """

    def __init__(
        self, kind: type[Value], name: str, write: Callable[..., Any], *given: Any
    ) -> None:
        self._kind, self._name, self._write = kind, name, partial(write, kind, *given)

    def __get__(self, instance: Value | None, owner: type[Value]) -> Any:
        method = self._write()
        setattr(self._kind, self._name, method)
        return method.__get__(instance, owner)


def give_fast_methods(kind: type[Value]) -> None:
    """Put these in the place of the operators and methods that `kind` has."""

    def give(name: str, write: Callable[..., Any], *given: Any) -> None:
        setattr(kind, name, _LazyMethod(kind, name, write, *given))

    for name, apply in OPERATORS.items():
        op, constant_op = (apply, apply) if isinstance(apply, Op) else POWERS
        give(f"__{name}__", binary, name, op, constant_op)
        give(f"__r{name}__", reflected, name, op)
    for name in SIGNS_OF_ONE:
        give(f"__{name}__", unary, OPS[name])
    for name in method_names():
        if not OPS[name].defaults:
            give(name, unary, OPS[name])


POWERS = OPS["pow"], OPS["power"]
"""What `x ** y` records for a Value y, and for a number."""

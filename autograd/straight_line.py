"""A row of the table as straight-line Python: the same arithmetic without the calls.

A rule is a function of a namespace, and calls others: `tanh` calls `sech`, which calls
`exp`. On floats those calls cost more than the arithmetic. So a row is run once on
*symbols*, which write down every step as a line of source, and the lines become one
function of the operands that gives the value and the local derivatives:

>>> from autograd.ops import OPS
>>> print(source(OPS["sigmoid"]))
def sigmoid_row(x):
    t1 = abs(x)
    t2 = -t1
    t3 = exp(t2)
    t4 = x < 0.0
    t5 = t3 if t4 else 1.0
    t6 = 1.0 + t3
    t7 = t5 / t6
    t8 = 0.5 * x
    t9 = abs(t8)
    t10 = -t9
    t11 = exp(t10)
    t12 = 2.0 * t11
    t13 = t11 * t11
    t14 = 1.0 + t13
    t15 = t12 / t14
    t16 = 0.5 * t15
    t17 = t16 * t16
    return t7, (t17,)

The steps and their order are those of the row on `FLOATS`, so the numbers are the same
to the last bit; the tests hold the two together. A rule that asks Python to decide
something about a symbol (`if n == 0`) can't be written down; it is called as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NoReturn

from autograd.namespaces import FLOAT_NATIVES, INFINITY, NAN, Namespace
from autograd.ops import FLOATS, OPS, Op

Evaluation = Callable[..., tuple[float, tuple[float, ...]]]


class _UndecidedError(Exception):
    """A rule asked a symbol for a truth value or a number."""


class _Lines:
    """The source written so far."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def new(self, expression: str) -> _Symbol:
        """A symbol for the value of an expression."""
        name = f"t{len(self.lines) + 1}"
        self.lines.append(f"{name} = {expression}")
        return _Symbol(name, self)


class _Symbol:
    """A number that is known by name only; arithmetic on it writes a line."""

    def __init__(self, name: str, lines: _Lines) -> None:
        self.name = name
        self.lines = lines

    def __neg__(self) -> _Symbol:
        return self.lines.new(f"-{self.name}")

    def __abs__(self) -> _Symbol:
        return self.lines.new(f"abs({self.name})")

    def __bool__(self) -> NoReturn:
        raise _UndecidedError

    __int__ = __float__ = __index__ = __bool__


def _infix(sign: str, swapped: bool = False) -> Callable[[_Symbol, Any], _Symbol]:
    def method(self: _Symbol, other: Any) -> _Symbol:
        left, right = (other, self) if swapped else (self, other)
        return self.lines.new(f"{_text(left)} {sign} {_text(right)}")

    return method


_SIGNS = {"add": "+", "sub": "-", "mul": "*", "truediv": "/"}
_COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
for _name, _sign in {**_SIGNS, **_COMPARISONS, "and": "&", "or": "|"}.items():
    setattr(_Symbol, f"__{_name}__", _infix(_sign))
for _name, _sign in _SIGNS.items():
    setattr(_Symbol, f"__r{_name}__", _infix(_sign, swapped=True))


def _text(x: Any) -> str:
    if isinstance(x, _Symbol):
        return x.name
    if x != x:
        return "NAN"
    if abs(x) == INFINITY:
        return "INFINITY" if x > 0 else "(-INFINITY)"
    return repr(x)


def _written(lines: _Lines) -> Namespace:
    """What `xp` is on symbols: the natives of floats are called by name."""

    def call(name: str) -> Callable[..., Any]:
        return lambda *xs: lines.new(f"{name}({', '.join(map(_text, xs))})")

    def where(condition: Any, x: Any, y: Any) -> Any:
        return lines.new(f"{_text(x)} if {_text(condition)} else {_text(y)}")

    scalar = [name for name in FLOAT_NATIVES if name not in _LIST_NATIVES]
    natives = {name: call(name) for name in scalar}
    return Namespace({**natives, "where": where}, OPS, {})


_LIST_NATIVES = {"sum", "sum_of_products", "max", "min"}


def source(op: Op, **constants: float) -> str:
    """The source of one function: operands to value and local derivatives.

    Args:
        op: The row.
        constants: Numbers for some of its operands, by name; the function takes the
            others.

    Raises:
        TypeError: The row can't be written down.
    """
    if op.variadic:
        raise TypeError(f"{op.name} takes a list")
    lines = _Lines()
    xp = _written(lines)
    taken = [name for name in op.operand_names if name not in constants]
    known = {name: _Symbol(name, lines) for name in taken} | constants
    operands = [known[name] for name in op.operand_names]
    try:
        out = op.forward(xp, *operands)
        derivatives = op.local_derivatives(xp, out, *operands)
    except (_UndecidedError, AttributeError):
        raise TypeError(f"{op.name} decides by its operands") from None
    returned = "".join(f"{_text(d)}, " for d in derivatives)
    returned = returned.rstrip() if len(derivatives) == 1 else returned.rstrip(", ")
    body = [*lines.lines, f"return {_text(out)}, ({returned})"]
    head = f"def {op.name}_row({', '.join(taken)}):"
    return "\n    ".join([head, *body])


def evaluation(op: Op) -> Evaluation:
    """The fastest function of plain floats for the value and the local derivatives.

    It raises an ArithmeticError where Python does; then `op.evaluate` has the answer.
    """
    if len(op.operand_names) == 2 and op.constants == op.operand_names[1:]:
        return _by_constant(op)
    try:
        return _compiled(op, source(op))
    except TypeError:
        return _called(op)


def _compiled(op: Op, text: str) -> Evaluation:
    names: Mapping[str, Any] = {**FLOAT_NATIVES, "INFINITY": INFINITY, "NAN": NAN}
    namespace = dict(names)
    exec(compile(text, f"<autograd row {op.name}>", "exec"), namespace)  # noqa: S102
    function: Evaluation = namespace[f"{op.name}_row"]
    return function


def _by_constant(op: Op) -> Evaluation:
    """A row whose second operand is a constant: written down once for each of a few.

    So `x ** 3` computes `power(x, 3.0)` and `3.0 * power(x, 2.0)`, and decides nothing.
    """
    (name,) = op.constants
    called = _called(op)

    @lru_cache(maxsize=64)
    def row(constant: float) -> Evaluation:
        try:
            return _compiled(op, source(op, **{name: constant}))
        except TypeError:
            return lambda x: called(x, constant)

    return lambda x, constant: row(constant)(x)


def _called(op: Op) -> Evaluation:
    """The row run on `FLOATS` as it is."""
    forward, slopes = op.forward, op.local_derivatives

    def evaluate(x: float, y: float) -> tuple[float, tuple[float, ...]]:
        out = forward(FLOATS, x, y)
        return out, slopes(FLOATS, out, x, y)

    def evaluate_any(*numbers: float) -> tuple[float, tuple[float, ...]]:
        out = forward(FLOATS, *numbers)
        return out, slopes(FLOATS, out, *numbers)

    return evaluate if len(op.operand_names) == 2 else evaluate_any

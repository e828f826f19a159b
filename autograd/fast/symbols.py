"""Symbols: what a row of the table runs on so as to be written down.

A row is a function of a namespace (see `namespaces.py`). Run on symbols it computes
nothing: every step asks a *writer* for the symbol of its result, and the writer notes
the step as it likes, as a line of source or as a formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, Protocol

from autograd.namespaces import FLOAT_NATIVES, INFINITY, NAN, Namespace
from autograd.ops import OPS

Number = Any  # a Symbol or a float


class UndecidedError(Exception):
    """A rule asked a symbol for a truth value or a number."""


class Writer(Protocol):
    """Where steps are noted."""

    def apply(self, name: str, operands: Sequence[Number]) -> Number:
        """The symbol for an operation on operands of which one at least is a symbol.

        Args:
            name: A native of floats, such as "exp"; "add", "sub", "mul", "div", "neg";
                a comparison, such as "less"; "and", "or"; or "where".
            operands: Symbols and floats.
        """


class Symbol:
    """A number of which nothing is known but how it is written."""

    __slots__ = ("expression", "writer")
    __array_ufunc__ = None  # NumPy's numbers leave it to the methods below

    def __init__(self, expression: Any, writer: Writer) -> None:
        self.expression = expression
        self.writer = writer

    def __bool__(self) -> NoReturn:
        raise UndecidedError

    __int__ = __float__ = __index__ = __bool__
    __hash__ = object.__hash__  # `==` below writes a comparison


def _method(name: str, swapped: bool = False) -> Callable[..., Number]:
    def method(self: Symbol, *others: Number) -> Number:
        return self.writer.apply(name, (*others, self) if swapped else (self, *others))

    return method


_ARITHMETIC = {"add": "add", "sub": "sub", "mul": "mul", "truediv": "div"}
_ARITHMETIC |= {"and": "and", "or": "or"}
_OTHERS = {"neg": "neg", "abs": "abs", "eq": "equal", "ne": "not_equal"}
_OTHERS |= {"lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal"}
for _python, _name in (_ARITHMETIC | _OTHERS).items():
    setattr(Symbol, f"__{_python}__", _method(_name))
for _python, _name in _ARITHMETIC.items():
    setattr(Symbol, f"__r{_python}__", _method(_name, swapped=True))

SIGNS: Mapping[str, str] = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "div": "/",
    "and": "&",
    "or": "|",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
}
"""The operations that Python writes between their operands."""

LISTS = frozenset({"sum", "sum_of_products", "max", "min", "where"})
"""Natives that are no functions of a fixed number of numbers."""


def literal(x: float) -> str:
    """A number as source that gives the same number."""
    if math.isnan(x):  # `x != x` sets a flag, of which NumPy would warn in its loops
        return "NAN"
    if abs(x) == INFINITY:
        return "INFINITY" if x > 0 else "(-INFINITY)"
    return repr(x if isinstance(x, bool) else float(x))


LITERALS: Mapping[str, float] = {"NAN": NAN, "INFINITY": INFINITY}
"""The names that `literal` uses."""


def symbol_namespace(
    writer: Writer, rules: Mapping[str, Callable[..., Any]] | None = None
) -> Namespace:
    """What `xp` is on symbols; on plain floats alone it computes.

    Args:
        writer: Where the steps are noted.
        rules: More functions: see `Namespace`.
    """

    def native(name: str) -> Callable[..., Number]:
        def function(*xs: Number) -> Number:
            if any(isinstance(x, Symbol) for x in xs):
                return writer.apply(name, xs)
            return FLOAT_NATIVES[name](*xs)

        return function

    def where(condition: Number, x: Number, y: Number) -> Number:
        if isinstance(condition, Symbol):
            return writer.apply("where", (condition, x, y))
        return x if condition else y

    def power(x: Number, n: Number) -> Number:
        if isinstance(x, Symbol) and n in (1.0, 2.0):  # as `power` on floats does
            return x if n == 1.0 else writer.apply("mul", (x, x))
        return native("power")(x, n)

    natives = {name: native(name) for name in FLOAT_NATIVES if name not in LISTS}
    natives["power"] = power
    return Namespace({**natives, "where": where}, OPS, rules or {})

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
from autograd.operators import COMPARISONS
from autograd.ops import RULES

Symbolic = Any  # a Symbol or a float


class UndecidedError(Exception):
    """A rule asked a symbol for a truth value or a number."""


class Writer(Protocol):
    """Where steps are noted."""

    def apply(self, name: str, operands: Sequence[Symbolic]) -> Symbolic:
        """The symbol for an operation on operands of which one at least is a symbol.

        Args:
            name: A native of floats, such as "exp"; "add", "sub", "mul", "div", "neg";
                a comparison, such as "less"; "and", "or"; or "where".
            operands: Symbols and floats.
        """


class Operators:
    """What rules compute with by Python's signs.

    Each asks for a native by its name: a subclass's `native(name, *operands)` says what
    that makes of the operands, of which it is one itself.
    """

    __slots__ = ()
    __hash__ = object.__hash__  # `==` asks for a comparison


def _method(name: str, swapped: bool = False) -> Callable[..., Any]:
    def method(self: Any, *others: Any) -> Any:
        return self.native(name, *((*others, self) if swapped else (self, *others)))

    return method


_BETWEEN = {"add": "add", "sub": "sub", "mul": "mul", "truediv": "div"}
_BETWEEN |= {"and": "and", "or": "or"}
_COMPARING = {compare.__name__: name for name, compare in COMPARISONS.items()}
for _python, _name in {**_BETWEEN, **_COMPARING, "neg": "neg", "abs": "abs"}.items():
    setattr(Operators, f"__{_python}__", _method(_name))
for _python, _name in _BETWEEN.items():
    setattr(Operators, f"__r{_python}__", _method(_name, swapped=True))


class Symbol(Operators):
    """A number of which nothing is known but how it is written."""

    __slots__ = ("expression", "writer")
    __array_ufunc__ = None  # NumPy's numbers leave it to its operators

    def __init__(self, expression: Any, writer: Writer) -> None:
        self.expression = expression
        self.writer = writer

    def __bool__(self) -> NoReturn:
        raise UndecidedError

    __int__ = __float__ = __index__ = __bool__

    def native(self, name: str, *operands: Symbolic) -> Symbolic:
        """The symbol of a step, as its writer notes it."""
        return self.writer.apply(name, operands)


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


def symbol_namespace(writer: Writer) -> Namespace:
    """What `xp` is on symbols, whose steps are noted; on plain floats it computes."""

    def native(name: str) -> Callable[..., Symbolic]:
        def function(*xs: Symbolic) -> Symbolic:
            if any(isinstance(x, Symbol) for x in xs):
                return writer.apply(name, xs)
            return FLOAT_NATIVES[name](*xs)

        return function

    def where(condition: Symbolic, x: Symbolic, y: Symbolic) -> Symbolic:
        if isinstance(condition, Symbol):
            return writer.apply("where", (condition, x, y))
        return x if condition else y

    def power(x: Symbolic, n: Symbolic) -> Symbolic:
        if isinstance(x, Symbol) and n in (1.0, 2.0):  # as `power` on floats does
            return x if n == 1.0 else writer.apply("mul", (x, x))
        return native("power")(x, n)

    natives = {name: native(name) for name in FLOAT_NATIVES if name not in LISTS}
    natives["power"] = power
    return Namespace({**natives, "where": where}, RULES)

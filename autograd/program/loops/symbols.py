"""Symbols: what a row of the table runs on so as to be written down.

As in `straight_line.py`, arithmetic on a symbol writes a line. Here lines are shared:
what has been computed is not computed again, so value and derivative have their common
parts in common.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, reduce
from typing import Any, NoReturn

from autograd.namespaces import FLOAT_NATIVES, INFINITY, NAN, Namespace
from autograd.ops import OPS, Op
from autograd.program.loops.text import (
    ATOM,
    CHOICE,
    COMPARISON,
    PRODUCT,
    SIGN,
    SUM,
    Block,
    Expression,
    Line,
)
from autograd.rules import lists
from autograd.rules.powers import by_products

Number = Any  # a Symbol or a float


class UndecidedError(Exception):
    """A rule asked a symbol for a truth value or a number."""


class Scope:
    """Where lines go, and what has been computed there or before.

    Args:
        block: The block that the lines are appended to.
        outer: The scope whose lines have been computed when this one starts.
    """

    def __init__(self, block: Block, outer: Scope | None = None) -> None:
        self.block = block
        self.outer = outer
        self.known: dict[tuple[str | Line, ...], Line] = {}
        self.called: dict[Op, str] = {} if outer is None else outer.called

    @cached_property
    def xp(self) -> Namespace:
        """The namespace in which rules are written down here."""
        return written(self)

    def line(
        self,
        template: str,
        operands: Sequence[Expression] = (),
        binding: int = ATOM,
        needed: Sequence[int] = (),
    ) -> Line:
        """The line with this text: a new one if it has not been computed."""
        key = (template, *operands)
        scope: Scope | None = self
        while scope is not None:
            if key in scope.known:
                return scope.known[key]
            scope = scope.outer
        line = Line(template, tuple(operands), binding, tuple(needed))
        self.block.items.append(line)
        self.known[key] = line
        return line

    def name_of(self, op: Op) -> str:
        """The name by which the source calls a row that can't be written down."""
        again = sum(other.name == op.name for other in self.called)
        return self.called.setdefault(op, f"{op.name}{again + 1 if again else ''}")

    def symbol(self, expression: Expression) -> Symbol:
        """An expression as a number to compute with."""
        return Symbol(expression, self)


class Symbol:
    """A number that is known by its line only."""

    __slots__ = ("expression", "scope")

    def __init__(self, expression: Expression, scope: Scope) -> None:
        self.expression = expression
        self.scope = scope

    def __neg__(self) -> Symbol:
        return _new(self.scope, "-{}", (self,), SIGN, (ATOM,))

    def __abs__(self) -> Symbol:
        return _new(self.scope, "abs({})", (self,))

    def __bool__(self) -> NoReturn:
        raise UndecidedError

    __int__ = __float__ = __index__ = __bool__


def _new(
    scope: Scope,
    template: str,
    operands: Sequence[Number],
    binding: int = ATOM,
    needed: Sequence[int] = (),
) -> Symbol:
    texts = [*map(text, operands)]
    return Symbol(scope.line(template, texts, binding, needed), scope)


def text(x: Number) -> Expression:
    """A symbol's line; a number as Python reads it again."""
    if isinstance(x, Symbol):
        return x.expression
    if x != x:
        return "NAN"
    if abs(x) == INFINITY:
        return "INFINITY" if x > 0 else "(-INFINITY)"
    return repr(x if isinstance(x, bool) else float(x))


def _infix(
    sign: str, binding: int, needed: tuple[int, int], swapped: bool = False
) -> Callable[[Symbol, Number], Symbol]:
    template = f"{{}} {sign} {{}}"

    def method(self: Symbol, other: Number) -> Symbol:
        pair = (other, self) if swapped else (self, other)
        return _new(self.scope, template, pair, binding, needed)

    return method


_SIGNS = {
    "add": ("+", SUM, (SUM, PRODUCT)),
    "sub": ("-", SUM, (SUM, PRODUCT)),
    "mul": ("*", PRODUCT, (PRODUCT, SIGN)),
    "truediv": ("/", PRODUCT, (PRODUCT, SIGN)),
}
_COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
for _name, _rest in _SIGNS.items():
    setattr(Symbol, f"__{_name}__", _infix(*_rest))
    setattr(Symbol, f"__r{_name}__", _infix(*_rest, swapped=True))
for _name, _sign in _COMPARISONS.items():
    setattr(Symbol, f"__{_name}__", _infix(_sign, COMPARISON, (SUM, SUM)))
for _name, _sign in {"and": "&", "or": "|"}.items():
    _rest = (_sign, COMPARISON, (SUM, SUM))
    setattr(Symbol, f"__{_name}__", _infix(*_rest))
    setattr(Symbol, f"__r{_name}__", _infix(*_rest, swapped=True))
setattr(Symbol, "__hash__", object.__hash__)  # noqa: B010 (== writes a comparison)


# --- the namespace ----------------------------------------------------------------

_LISTS = frozenset({"sum", "sum_of_products", "max", "min", "where"})


def written(scope: Scope) -> Namespace:
    """What `xp` is on symbols: the natives of floats are called by name."""

    def call(name: str) -> Callable[..., Any]:
        def function(*xs: Number) -> Number:
            if not any(isinstance(x, Symbol) for x in xs):
                return FLOAT_NATIVES[name](*xs)
            holes = ", ".join("{}" for _ in xs)
            return _new(scope, f"{name}({holes})", xs)

        return function

    def where(condition: Number, x: Number, y: Number) -> Number:
        if not isinstance(condition, Symbol):
            return x if condition else y
        needed = (COMPARISON, COMPARISON, COMPARISON)
        choice = (x, condition, y)
        return _new(scope, "{} if {} else {}", choice, CHOICE, needed)

    scalar = [name for name in FLOAT_NATIVES if name not in _LISTS]
    natives: dict[str, Callable[..., Any]] = {name: call(name) for name in scalar}
    natives["power"] = by_products(natives["power"])
    xp = Namespace({**natives, "where": where}, OPS, {"softmaxes": lists.softmaxes})
    return _with_lists(xp, where)


def _with_lists(xp: Namespace, where: Callable[..., Number]) -> Namespace:
    """The functions of lists, entry by entry."""

    def hits(xs: Sequence[Number], index: Number) -> list[Number]:
        """For each entry whether it is meant; an index below 0 counts from the end."""
        n = len(xs)
        if isinstance(index, Symbol):
            at: Number = index
            return [(at == float(j)) | (at == float(j - n)) for j in range(n)]
        return [j == int(index) % n for j in range(n)]

    def pick(xs: Sequence[Number], index: Number) -> Number:
        if not isinstance(index, Symbol):
            return xs[int(index)]
        pairs = zip(hits(xs, index), xs, strict=True)
        return reduce(lambda rest, pair: where(*pair, rest), pairs, NAN)

    def total(xs: Sequence[Number]) -> Number:
        return reduce(lambda x, y: x + y, xs)

    def total_of_products(
        xs: Sequence[Number], ys: Sequence[Number], more: Sequence[Number] = ()
    ) -> Number:
        return total([*(x * y for x, y in zip(xs, ys, strict=True)), *more])

    names: dict[str, Callable[..., Any]] = {
        "hits": hits,
        "pick": pick,
        "sum": total,
        "sum_of_products": total_of_products,
        "max": lambda xs: reduce(xp.maximum, xs),
        "min": lambda xs: reduce(xp.minimum, xs),
    }
    for name, function in names.items():
        setattr(xp, name, function)
    return xp


# --- rows ---------------------------------------------------------------------------


def value(op: Op, scope: Scope, operands: Sequence[Number]) -> Number:
    """The value of a row, written down.

    A row of one's own that asks Python to decide is called by name: `name_value`.
    """
    try:
        return op.forward(scope.xp, *operands)
    except (UndecidedError, AttributeError, TypeError):
        return _new(scope, _call(scope.name_of(op), "value", operands), operands)


def local_derivatives(
    op: Op, scope: Scope, out: Number, operands: Sequence[Number]
) -> tuple[Number, ...]:
    """The local derivatives of a row, written down or called: `name_slopes`."""
    try:
        return op.local_derivatives(scope.xp, out, *operands)
    except (UndecidedError, AttributeError, TypeError):
        slopes = _new(scope, _call(scope.name_of(op), "slopes", operands), operands)
        return tuple(
            _new(scope, f"{{}}[{k}]", (slopes,), ATOM, (ATOM,))
            for k in range(len(operands))
        )


def _call(name: str, part: str, operands: Sequence[Number]) -> str:
    return f"{name}_{part}({', '.join('{}' for _ in operands)})"

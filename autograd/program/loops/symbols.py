"""What a row of the table runs on so as to become lines of a loop.

A `Scope` is a writer of symbols (`fast/symbols.py`), as the one of `straight_line.py`
is. Here lines are shared: what has been computed is not computed again, so value and
derivative have their common parts in common.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, reduce
from typing import Any

from autograd.fast.symbols import (
    SIGNS,
    Number,
    Symbol,
    UndecidedError,
    Writer,
    literal,
    symbol_namespace,
)
from autograd.namespaces import FLOAT_NATIVES, NAN, Namespace
from autograd.ops import Op
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
from autograd.program.natives import by_products
from autograd.rules import lists

_BINDINGS: Mapping[str, tuple[int, tuple[int, int]]] = {
    "add": (SUM, (SUM, PRODUCT)),
    "sub": (SUM, (SUM, PRODUCT)),
    "mul": (PRODUCT, (PRODUCT, SIGN)),
    "div": (PRODUCT, (PRODUCT, SIGN)),
}
"""How tightly a sign binds, and how tightly its operands must; else as comparisons."""


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
        return namespace(self)

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

    def apply(self, name: str, operands: Sequence[Number]) -> Symbol:
        """The line of an operation: see `Writer`."""
        if name in SIGNS:
            binding, needed = _BINDINGS.get(name, (COMPARISON, (SUM, SUM)))
            return self.new(f"{{}} {SIGNS[name]} {{}}", operands, binding, needed)
        if name == "neg":
            return self.new("-{}", operands, SIGN, (ATOM,))
        if name == "where":
            condition, x, y = operands
            needed_by_all = (COMPARISON,) * 3
            choice = (x, condition, y)
            return self.new("{} if {} else {}", choice, CHOICE, needed_by_all)
        holes = ", ".join("{}" for _ in operands)
        return self.new(f"{name}({holes})", operands)

    def new(
        self,
        template: str,
        operands: Sequence[Number],
        binding: int = ATOM,
        needed: Sequence[int] = (),
    ) -> Symbol:
        """The symbol of a line with this text."""
        line = self.line(template, [*map(text, operands)], binding, needed)
        return Symbol(line, self)


def text(x: Number) -> Expression:
    """A symbol's line; a number as Python reads it again."""
    if isinstance(x, Symbol):
        line: Expression = x.expression
        return line
    return literal(x)


# --- the namespace ----------------------------------------------------------------


def namespace(writer: Writer) -> Namespace:
    """What `xp` is here: lists are taken entry by entry, whole powers by products."""
    xp = symbol_namespace(writer, {"softmaxes": lists.softmaxes})

    def power(x: Number, n: Number) -> Number:
        if isinstance(x, Symbol) or isinstance(n, Symbol):
            return writer.apply("power", (x, n))
        return FLOAT_NATIVES["power"](x, n)

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
        return reduce(lambda rest, pair: xp.where(*pair, rest), pairs, NAN)

    def total(xs: Sequence[Number]) -> Number:
        return reduce(lambda x, y: x + y, xs)

    def total_of_products(
        xs: Sequence[Number], ys: Sequence[Number], more: Sequence[Number] = ()
    ) -> Number:
        return total([*(x * y for x, y in zip(xs, ys, strict=True)), *more])

    names: dict[str, Callable[..., Any]] = {
        "power": by_products(power),
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
        return scope.apply(f"{scope.name_of(op)}_value", operands)


def local_derivatives(
    op: Op, scope: Scope, out: Number, operands: Sequence[Number]
) -> tuple[Number, ...]:
    """The local derivatives of a row, written down or called: `name_slopes`."""
    try:
        return op.local_derivatives(scope.xp, out, *operands)
    except (UndecidedError, AttributeError, TypeError):
        slopes = scope.apply(f"{scope.name_of(op)}_slopes", operands)
        return tuple(
            scope.new(f"{{}}[{k}]", (slopes,), ATOM, (ATOM,))
            for k in range(len(operands))
        )

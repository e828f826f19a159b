"""Listing: instructions as they are written down, each known one once.

Rules of the table run on the symbols of a listing (`fast/symbols.py`). Every step is
an instruction: an opcode and the numbers that it reads. Numbers are known by their
place in the listing, where givens, constants and instructions stand in one row. What
was written before is not written again, and what reads constants alone is a constant.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from enum import IntEnum
from functools import reduce
from typing import Any

from autograd.fast.symbols import Symbol, Symbolic, symbol_namespace
from autograd.namespaces import NAN, Namespace
from autograd.operators import COMPARISONS
from autograd.program.machine.opcodes import LISTS, MEAN, ROWS, TERMS, computed
from autograd.program.statements.natives import by_products

FEW = 4
"""A sum of fewer terms is a chain of steps: a loop over a list costs as much."""


class Phase(IntEnum):
    """When something is computed: see `assemble.py`."""

    BEFORE = 0
    EACH = 1
    AFTER = 2


class Listing:
    """Instructions so far.

    Attributes:
        names: Of every number its opcode; "given", "constant", "total" for others.
        operands: The places of what it reads.
        phases: When it is computed.
        constants: The constants, by place.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.operands: list[tuple[int, ...]] = []
        self.phases: list[Phase] = []
        self.constants: dict[int, float] = {}
        self._known: dict[Any, Symbol] = {}
        self.xp = namespace(self)

    def close(self) -> None:
        """Let go of the symbols, now that all is written: they hold the listing."""
        self._known.clear()
        del self.xp

    def given(self, phase: Phase) -> Symbol:
        """A number that somebody puts there."""
        return self._new("given", (), phase)

    def constant(self, x: float) -> Symbol:
        """The symbol of a number; -0.0 is another one than 0.0."""
        key = repr(x)
        if key not in self._known:
            self._known[key] = self._new("constant", (), Phase.BEFORE)
            self.constants[self._known[key].expression] = x
        return self._known[key]

    def number(self, x: Symbol) -> float | None:
        """The number of a constant; None of others."""
        return self.constants.get(x.expression)

    def is_step(self, place: int) -> bool:
        """Whether a place is computed, and not given."""
        return self.names[place] not in _GIVEN

    def symbol(self, x: Symbolic) -> Symbol:
        """What a rule gave, as a symbol."""
        return x if isinstance(x, Symbol) else self.constant(float(x))

    def total(self, x: Symbol) -> Symbol:
        """The sum of a number over all examples, known after the last one."""
        return self._once("total", (x.expression,), Phase.AFTER)

    def mean(self, x: Symbol) -> Symbol:
        """The mean of a number over all examples."""
        return self._once(MEAN, (x.expression,), Phase.EACH)

    def apply(self, name: str, operands: Sequence[Symbolic]) -> Symbol:
        """The symbol of an operation: see `ScriptWriter`."""
        name = "power" if name == "pow" else name
        symbols = [*map(self.symbol, operands)]
        places = tuple([x.expression for x in symbols])
        numbers = [*map(self.constants.get, places)]
        if None not in numbers and name != MEAN:
            return self.constant(computed(name, numbers))
        if name in _SHORTER:
            shorter = _SHORTER[name](self, symbols, numbers)
            if shorter is not None:
                return shorter
        phase = max([self.phases[place] for place in places])
        return self._once(name, places, phase)

    def listed(self, name: str, terms: Sequence[Sequence[Symbolic]]) -> Symbol:
        """A sum over terms: in one instruction, or in a chain if they are few."""
        if len(terms) >= FEW:
            return self.apply(name, [x for term in terms for x in term])
        if not terms:
            return self.constant(0.0)
        first, *others = terms
        start = self.apply(TERMS[name], first) if len(first) > 1 else first[0]
        if name == "sum":
            return self.symbol(reduce(lambda x, y: x + y[0], others, start))
        each = LISTS[name][1]
        return reduce(lambda x, term: self.apply(each, (*term, x)), others, start)

    def _once(self, name: str, places: tuple[int, ...], phase: Phase) -> Symbol:
        key = (name, *places)
        if key not in self._known:
            self._known[key] = self._new(name, places, phase)
        return self._known[key]

    def _new(self, name: str, places: tuple[int, ...], phase: Phase) -> Symbol:
        self.names.append(name)
        self.operands.append(places)
        self.phases.append(phase)
        return Symbol(len(self.names) - 1, self)


# --- what rules run on ---------------------------------------------------------------


def namespace(listing: Listing) -> Namespace:
    """What `xp` is on the symbols of a listing.

    Rows that have an opcode are one step; lists are taken entry by entry, and whole
    powers by products.
    """
    xp = symbol_namespace(listing)

    def native(name: str) -> Callable[..., Symbol]:
        return lambda *operands: listing.apply(name, operands)

    names: dict[str, Callable[..., Any]] = {
        **{name: native(name) for name in (*ROWS, "strong_product")},
        **_over_lists(listing, xp),
        "power": by_products(native("power")),
    }
    for name, function in names.items():
        setattr(xp, name, function)
    return xp


def _over_lists(listing: Listing, xp: Namespace) -> dict[str, Callable[..., Any]]:
    """What takes a list, entry by entry."""

    def hits(xs: Sequence[Symbolic], index: Symbolic) -> list[Symbolic]:
        """For each entry whether it is meant; an index below 0 counts from the end."""
        n = len(xs)
        if isinstance(index, Symbol):
            i: Any = index
            at = xp.where(i < 0.0, i + float(n), i)
            return [at == float(j) for j in range(n)]
        return [j == int(index) % n for j in range(n)]

    def pick(xs: Sequence[Symbolic], index: Symbolic) -> Symbolic:
        if not isinstance(index, Symbol):
            return xs[int(index)]
        pairs = zip(hits(xs, index), xs, strict=True)
        return reduce(lambda rest, pair: xp.where(*pair, rest), pairs, NAN)

    def total(xs: Sequence[Symbolic]) -> Symbol:
        return listing.listed("sum", [(x,) for x in xs])

    def total_of_products(
        xs: Sequence[Symbolic], ys: Sequence[Symbolic], more: Sequence[Symbolic] = ()
    ) -> Symbolic:
        pairs = [*zip(xs, ys, strict=True)]
        dot = [listing.listed("dot", pairs)] if pairs else []
        return total([*dot, *more])

    return {
        "hits": hits,
        "pick": pick,
        "sum": total,
        "sum_of_products": total_of_products,
        "max": lambda xs: reduce(xp.maximum, xs),
        "min": lambda xs: reduce(xp.minimum, xs),
    }


# --- steps that need no instruction -------------------------------------------------


def _product(_listing: Listing, xs: Sequence[Symbol], numbers: Any) -> Symbol | None:
    """x * 1.0 is x."""
    (x, y), (a, b) = xs, numbers
    return x if b == 1.0 else y if a == 1.0 else None


def _strong(listing: Listing, xs: Sequence[Symbol], numbers: Any) -> Symbol | None:
    """A product with a constant: 0.0 is strong, others need no care."""
    for constant, other in zip(numbers, reversed(xs), strict=True):
        if constant == 0.0:
            return listing.constant(0.0)
        if constant == -1.0:
            return listing.apply("neg", (other,))
        if constant is not None and math.isfinite(constant):
            return listing.apply("mul", (other, constant))
    return None


def _choice(listing: Listing, xs: Sequence[Symbol], numbers: Any) -> Symbol | None:
    """A choice that is made already or is none, or one of 1.0 and 0.0."""
    condition, x, y = xs
    if numbers[0] is not None:
        return x if numbers[0] != 0.0 else y
    if x is y:
        return x
    is_truth = listing.names[condition.expression] in _CONDITIONS
    return condition if is_truth and numbers[1:] == [1.0, 0.0] else None


_GIVEN = frozenset({"given", "constant", "total"})
_CONDITIONS = frozenset({"and", "or", *COMPARISONS})
_SHORTER: dict[str, Callable[..., Symbol | None]] = {
    "mul": _product,
    "strong_product": _strong,
    "where": _choice,
}

"""What `xp` is on arrays: the natives of NumPy by name, and lists as lanes.

A row over a list of n numbers is, for many rows at once, an array with a first axis of
n *lanes*, so that a sum over the list adds up long arrays. A rule sees a list with a
single entry, the `Lanes`, which stands for all: what the rule does to each entry, it
does to the whole axis. Lists of different lengths lie one after the other in a flat
array, and know where each starts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from autograd.fast.symbols import Operators
from autograd.namespaces import Namespace
from autograd.ops import RULES
from autograd.program.statements.code import Code
from autograd.program.statements.natives import NUMPY, by_products
from autograd.program.statements.table import Array
from autograd.program.statements.views import Rows
from autograd.rules import together


@dataclass(frozen=True, slots=True)
class Layout:
    """How the lists of a block lie in an array.

    Attributes:
        code: Where statements are written.
        length: The length of every list; the first axis. None if they differ.
        starts: Where each list starts, if they differ.
        owner: For each entry the list that it belongs to, if they differ.
    """

    code: Code
    length: int | None
    starts: Rows | None = None
    owner: Rows | None = None

    @classmethod
    def uneven(cls, code: Code, starts: Rows, total: int) -> Layout:
        """Lists of different lengths, one after the other."""
        counts = np.diff([*starts, total])
        return cls(code, None, starts, np.repeat(np.arange(len(starts)), counts))

    def spread(self, row: Any) -> Any:
        """A number for each list, as one for each entry."""
        if not isinstance(row, Array):
            return row
        if self.owner is not None:
            return self.code.take(row, self.owner)
        return self.code.reshaped(row, (1, *row.shape))

    def reduced(self, how: str, lanes: Array) -> Array:
        """One number for each list."""
        if self.starts is not None:
            return self.code.segments(how, lanes, self.starts)
        return self.code.reduce(how, lanes, (-len(lanes.shape),))


class Lanes(Operators):
    """The entries of lists, as one array; arithmetic works on all of them."""

    __slots__ = ("array", "layout")

    def __init__(self, array: Any, layout: Layout) -> None:
        self.array = array
        self.layout = layout

    def native(self, name: str, *operands: Any) -> Lanes:
        """A native on operands of which some are lanes and some one number a list."""
        spread = self.layout.spread
        lifted = [x.array if isinstance(x, Lanes) else spread(x) for x in operands]
        return Lanes(self.layout.code.call(name, *lifted), self.layout)


def array_namespace(code: Code, *, stops: bool, slopes: bool = False) -> Namespace:
    """What `xp` is on the arrays and lanes of a program.

    Args:
        code: Where statements are written.
        stops: Whether the program stops at an invalid operation, so that another runs
            instead. Then it leaves out what rules repair: see `Namespace.repaired`.
        slopes: Whether it is for local derivatives: a step of NaN, which is NaN, may
            then be 0, for the value is NaN as well, and the other program runs.
    """

    def native(name: str, *operands: Any) -> Any:
        for x in operands:
            if isinstance(x, Lanes):
                return x.native(name, *operands)
        return code.call(name, *operands)

    natives: dict[str, Callable[..., Any]] = {
        name: partial(native, name) for name in NUMPY
    }
    natives["where"] = partial(_where, native)
    natives["power"] = by_products(natives["power"])
    # All by one `maximum`, so that a relu and its derivative share it.
    natives["relu"] = lambda x: native("maximum", x, 0.0)
    natives["step"] = lambda x: native("sign", native("maximum", x, 0.0))
    namespace: Namespace  # in fewer steps than the table's
    natives["sigmoid"] = lambda x: together.sigmoid(namespace, x)
    natives["sech"] = lambda x: together.sech(namespace, x)
    natives |= {how: partial(_reduced, how) for how in ("sum", "max", "min")}
    if stops:
        natives["repaired"] = _unrepaired
    if stops and slopes:  # by the positive part, which is often known
        natives["step"] = lambda x: native("greater", native("maximum", x, 0.0), 0.0)
    natives |= {"count": _count, "pick": _pick, "hits": _hits}
    namespace = Namespace(natives, RULES)
    return namespace


def _where(native: Callable[..., Any], condition: Any, x: Any, y: Any) -> Any:
    """A choice; one that is decided already leaves no statement."""
    if isinstance(condition, bool | float):
        return x if condition else y
    return native("where", condition, x, y)


def _unrepaired(_condition: Any, _value: Any, plain: Any) -> Any:
    """The plain operation, without its repair."""
    return plain


def _reduced(how: str, xs: Sequence[Any]) -> Any:
    """The sum, the largest or the smallest of a list; lanes count with all entries."""
    parts = [x.layout.reduced(how, x.array) if isinstance(x, Lanes) else x for x in xs]
    result = parts[0] if parts else 0.0
    for part in parts[1:]:
        result = _joined(how, result, part)
    return result


def _joined(how: str, x: Any, y: Any) -> Any:
    if how == "sum":
        return x + y
    for operand in (x, y):
        if isinstance(operand, Array):
            return operand.code.call(f"{how}imum", x, y)
    return max(x, y) if how == "max" else min(x, y)


def _as_lanes(xs: Sequence[Any]) -> Lanes | None:
    """The lanes that a list is; None if it is written out, entry by entry."""
    return xs[0] if len(xs) == 1 and isinstance(xs[0], Lanes) else None


def _count(xs: Sequence[Any]) -> Any:
    """How many entries a list has."""
    lanes = _as_lanes(xs)
    if lanes is None:
        return float(len(xs))
    layout = lanes.layout
    if layout.length is not None:
        return float(layout.length)
    counts = np.bincount(layout.owner) if layout.owner is not None else np.zeros(0)
    return layout.code.constant(counts.astype(float))


def _hits(xs: Sequence[Any], index: Any) -> list[Any]:
    """For each entry whether it is the one at `index`."""
    lanes = _as_lanes(xs)
    if lanes is None or lanes.layout.length is None:
        return [i == int(index) % len(xs) for i in range(len(xs))]
    code, rank = lanes.layout.code, len(lanes.array.shape)
    numbers = np.arange(float(lanes.layout.length)).reshape(-1, *[1] * (rank - 1))
    if isinstance(index, Array) and index.function == "constant":
        index = index.options["value"]
    if isinstance(index, Array):
        spread = lanes.layout.spread(index)
        hits = code.call("equal", code.constant(numbers), spread)
    else:
        hits = code.constant(numbers == index)
    return [Lanes(hits, lanes.layout)]


def _pick(xs: Sequence[Any], index: Any) -> Any:
    """The entry at `index`."""
    lanes = _as_lanes(xs)
    if lanes is None:
        return xs[int(index)]
    (hit,) = _hits(xs, index)
    chosen = lanes.layout.code.call("where", hit.array, lanes.array, 0.0)
    return lanes.layout.reduced("sum", chosen)

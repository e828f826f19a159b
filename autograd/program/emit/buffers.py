"""Which memory every array lives in.

Arrays live in buffers, made once. A buffer whose array is no longer needed serves a
later one of its size; arithmetic element by element works in place where an operand is
needed no more; and what is only computed to be put somewhere ("assemble") is computed
right there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from autograd.program.arrays import Array, Term
from autograd.program.emit.places import Place, places_of
from autograd.program.views import Rows, View

ELSEWHERE = {"given", "constant", "view"}
"""Functions whose arrays have memory of their own, or that of another."""

NOT_ELEMENTWISE = ELSEWHERE | {
    *("copy", "take", "reduce", "segments", "matmul", "outer", "assemble"),
    *("places", "integer", "gather", "accumulate"),
}


@dataclass
class Buffer:
    """Memory for arrays, one after the other.

    Attributes:
        first: The array that it was made for.
        zero: It is made full of zeros, and some of its numbers stay so, or are
            constants that are written once.
    """

    first: Array
    zero: bool = False


@dataclass(frozen=True)
class Write:
    """What an "assemble" does with one of its flows.

    Attributes:
        flow: Which, by its position.
        how: "direct" (it is computed there), "copy" or "add".
    """

    flow: int
    how: str


@dataclass
class Layout:
    """Where the arrays of a program live.

    Attributes:
        homes: The buffer of every array that has one.
        direct: Of a flow that is computed where it belongs, its "assemble" and the
            position among its flows.
        writes: What every "assemble" does, in order.
        cleared: The "assemble"s whose buffer is filled with 0 in every run.
        in_place: Of an operand whose memory is taken over by the result, the result.
    """

    homes: dict[Array, Buffer] = field(default_factory=dict)
    direct: dict[Array, tuple[Array, int]] = field(default_factory=dict)
    writes: dict[Array, list[Write]] = field(default_factory=dict)
    cleared: set[Array] = field(default_factory=set)
    in_place: dict[Array, Array] = field(default_factory=dict)

    @property
    def buffers(self) -> list[Buffer]:
        """All buffers, each once."""
        return list({id(home): home for home in self.homes.values()}.values())


def base_of(array: Array) -> Array:
    """The array in whose memory this one is: itself, unless it is a view."""
    while array.function == "view":
        (operand,) = array.operands
        assert isinstance(operand, Array)  # noqa: S101
        array = operand
    return array


def planned(
    statements: Sequence[Array], outputs: Iterable[Array], floats: set[Array]
) -> Layout:
    """The layout of a program.

    Args:
        statements: All of them, in order.
        outputs: The arrays that are returned.
        floats: Those that are plain numbers, without a buffer.
    """
    planner = _Planner(statements, set(outputs), floats)
    for i, array in enumerate(statements):
        if array not in floats and array.function not in ELSEWHERE:
            planner.place(i, array)
        planner.release(i)
    return planner.layout


class _Planner:
    def __init__(
        self, statements: Sequence[Array], outputs: set[Array], floats: set[Array]
    ) -> None:
        self.layout = Layout()
        self.floats = floats
        self.outputs = outputs
        self.free: dict[object, list[Buffer]] = defaultdict(list)
        self.users: dict[Array, list[Array]] = defaultdict(list)
        self.last: dict[Array, int] = {}
        self.ending: dict[int, set[Array]] = defaultdict(set)
        self._read(statements)
        for array in statements:
            if array.function == "assemble" and array not in floats:
                self._assembled(array)

    def _read(self, statements: Sequence[Array]) -> None:
        """Note who uses every array, and where it is used for the last time."""
        end = len(statements)
        for i, array in enumerate(statements):
            self.last[array] = i
            for x in array.operands:
                if isinstance(x, Array):
                    self.users[x].append(array)
                    self.last[x] = i
        for array in self.outputs:
            self.last[array] = end
        for array in reversed(statements):
            base = base_of(array)
            self.last[base] = max(self.last[base], self.last[array])
        for array, i in self.last.items():
            self.ending[i].add(array)

    def _assembled(self, target: Array) -> None:
        """Decide how the flows of an "assemble" come to their places."""
        places: tuple[Place, ...] = target.options["places"]
        flows = target.operands
        rows = [places_of(place, target.size) for place in places]
        direct = [self._may_be_direct(target, k, flow) for k, flow in enumerate(flows)]
        reached = np.zeros(target.size, bool)
        writes: dict[int, Write] = {}
        for k in _order(target.size, rows):
            before = reached[rows[k]]
            how = "add" if before.any() else "direct" if direct[k] else "copy"
            writes[k] = Write(k, how)
            if how == "add" and not before.all():
                self.layout.cleared.add(target)
            reached[rows[k]] = True
        self.layout.writes[target] = list(writes.values())
        for k, write in writes.items():
            if write.how == "direct":
                flow = flows[k]
                assert isinstance(flow, Array)  # noqa: S101
                self.layout.direct[flow] = (target, k)

    def _may_be_direct(self, target: Array, k: int, flow: object) -> bool:
        place = target.options["places"][k]
        return (
            isinstance(flow, Array)
            and flow not in self.floats
            and flow not in self.outputs
            and flow.function not in ELSEWHERE | {"assemble"}
            and len(self.users[flow]) == 1
            and (place is None or isinstance(place, View))
            and _suits(flow, place)
            and _form(flow) == (target.kind, target.batched, (place or target).shape)
        )

    def place(self, i: int, array: Array) -> None:
        """Give the array of statement i its memory."""
        homes = self.layout.homes
        if array in self.layout.direct:
            target, _ = self.layout.direct[array]
            if target not in homes:
                homes[target] = self._new(target)
        elif array not in homes:
            dying = self._dying(i, array)
            if dying is None:
                homes[array] = self._new(array)
            else:
                homes[array] = homes[dying]
                self.layout.in_place[dying] = array
                self.ending[i].remove(dying)

    def _dying(self, i: int, array: Array) -> Array | None:
        """An operand in whose place the statement may work."""
        if array.function in NOT_ELEMENTWISE:
            return None
        # of a `where`, what is not chosen is overwritten
        operands = array.operands[2:] if array.function == "where" else array.operands
        for x in operands:
            if (
                isinstance(x, Array)
                and self.last[x] == i
                and x in self.layout.homes
                and x not in self.layout.direct
                and not self.layout.homes[x].zero
                and _form(x) == _form(array)
                and not any(y is not x and base_of(y) is x for y in _arrays(array))
            ):
                return x
        return None

    def _new(self, array: Array) -> Buffer:
        """A free buffer of the right size, or a new one."""
        stays_zero = (
            array.function == "assemble"
            and array not in self.layout.cleared
            and (not self._covered(array) or any(map(is_constant, array.operands)))
        )
        if stays_zero:
            return Buffer(array, zero=True)
        free = self.free[_room(array)]
        return free.pop() if free else Buffer(array)

    def _covered(self, target: Array) -> bool:
        covered = np.zeros(target.size, bool)
        for place in target.options["places"]:
            covered[places_of(place, target.size)] = True
        return bool(covered.all())

    def release(self, i: int) -> None:
        """Free the buffers of arrays that are not needed after statement i."""
        for array in self.ending[i]:
            home = self.layout.homes.get(array)
            if home is not None and not home.zero and array not in self.layout.direct:
                self.free[_room(array)].append(home)


def is_constant(x: Term) -> bool:
    """Whether an operand is an array of constants."""
    return isinstance(x, Array) and x.function == "constant"


def _order(size: int, rows: list[Rows]) -> list[int]:
    """Small places first, if they leave nothing for a larger one to clear."""
    order = sorted(range(len(rows)), key=lambda k: len(rows[k]))
    reached = np.zeros(size, bool)
    for k in order:
        before = reached[rows[k]]
        if before.any() and not before.all():
            return sorted(order, key=lambda k: -len(rows[k]))
        reached[rows[k]] = True
    return order


def _suits(flow: Array, place: View | None) -> bool:
    """Whether a statement can write where its result belongs as fast as elsewhere.

    Arithmetic element by element can write anywhere; a matrix product wants rows whose
    numbers lie side by side; what reshapes its result, or copies it, wants one piece.
    """
    if place is None or flow.function not in _WANTS_WHOLE | {"matmul", "outer"}:
        return True
    rows = places_of(place, place.stop).reshape(place.shape)
    if (np.diff(rows.ravel()) == 1).all():
        return True
    if flow.function in _WANTS_WHOLE or multiplies_rows(flow):
        return False
    return bool((np.diff(rows, axis=-1) == 1).all())


_WANTS_WHOLE = {"reduce", "take", "gather", "segments", "accumulate"}


def multiplies_rows(product: Array) -> bool:
    """Whether a "matmul" has one matrix for all the rows of more than two axes."""
    if product.function != "matmul":
        return False
    a, b = _arrays(product)
    return not b.batched and len(b.shape) <= 2 < len(a.shape) + a.batched


def _arrays(array: Array) -> list[Array]:
    return [x for x in array.operands if isinstance(x, Array)]


def _form(array: Array) -> object:
    return array.kind, array.batched, array.shape


def _room(array: Array) -> object:
    return array.kind, array.batched, array.size

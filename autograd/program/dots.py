"""Blocks of dots: matrix products, products row by row, and addends.

A matrix product Z = X W^T hands back Z_bar W to X and Z_bar^T X to W: the local
derivatives of `dot` are the other factors, and summing over the examples and the rows
that share a weight makes the outer product.
"""

from __future__ import annotations

from autograd.program.arrays import Array
from autograd.program.blocks import Block, Read, Slot, Term
from autograd.program.flows import Times
from autograd.program.lanes import Layout, reshaped
from autograd.program.operands import Reader, Reading, stretched


class DotBlock:
    """The terms of a block of dots, read once."""

    def __init__(self, block: Block, reader: Reader, times: Times) -> None:
        self.block = block
        self.code = reader.code
        self.times = times
        self.terms = [_KINDS[term.kind](term, reader, times) for term in block.terms]

    @property
    def readings(self) -> list[Reading]:
        """All that is read."""
        return [reading for term in self.terms for reading in term.readings]

    def value(self) -> Array:
        """The sum of all terms."""
        parts = [term.value() for term in self.terms]
        first, *more = (part for part in parts if isinstance(part, Array))
        total = stretched(self.code, first, self.block.shape)
        for part in (*more, *(part for part in parts if isinstance(part, float))):
            total = self.code.call("add", total, part)
        return total

    def flows(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        """What flows to each reading."""
        return [flow for term in self.terms for flow in term.flows(adjoint)]


class _Matrix:
    """Every left list with every right list: X W^T."""

    def __init__(self, term: Term, reader: Reader, times: Times) -> None:
        self.code, self.strong = reader.code, times.careful
        self.left, self.right = (_listed(reader, x) for x in (term.left, term.right))
        self.readings = [self.left, self.right]
        self.x = self.right.array
        self.single = len(self.left.array.shape) == 1
        self.w = self.left.array
        named(reader, self.left, "weights")
        if self.single:
            self.w = reshaped(self.code, self.w, (1, *self.w.shape))

    def value(self) -> Array:
        """X W^T, one row for each right list, one column for each left one."""
        product = self.code.matmul(self.x, self.w, transpose=True)
        if self.single:
            return reshaped(self.code, product, product.shape[:-1])
        return product

    def flows(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        """Z_bar W for the right lists, Z_bar^T X for the left ones."""
        code = self.code
        if self.single:
            adjoint = reshaped(code, adjoint, (*adjoint.shape, 1))
        to_right = code.matmul(adjoint, self.w, strong=self.strong)
        if self.w.batched or len(self.w.shape) == 3:
            to_left = code.matmul(code.turned(adjoint), self.x, strong=self.strong)
        else:
            to_left = code.outer(adjoint, self.x, strong=self.strong)
        if self.single:
            to_left = reshaped(code, to_left, to_left.shape[1:])
        return [(self.right, to_right), (self.left, to_left)]


class _Pairs:
    """Left and right lists row by row."""

    def __init__(self, term: Term, reader: Reader, times: Times) -> None:
        self.times = times
        self.left, self.right = (_listed(reader, x) for x in (term.left, term.right))
        self.readings = [self.left, self.right]
        self.layout = _layout(reader, term, self.right)

    def value(self) -> Array:
        """The sum of the products of each row."""
        products = self.layout.code.call("mul", self.left.array, self.right.array)
        return self.layout.reduced("sum", products)

    def flows(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        """The adjoint times the other factor."""
        spread = self.layout.spread(adjoint)
        if self.left.array is self.right.array:  # a square: both sides at once
            twice = self.layout.spread(self.layout.code.call("mul", adjoint, 2.0))
            flow = self.times(twice, self.left.array)
            return [] if flow is None else [(self.left, flow)]
        sides = (self.left, self.right), (self.right, self.left)
        found = [(to, self.times(spread, other.array)) for to, other in sides]
        return [(to, flow) for to, flow in found if flow is not None]


class _Sum:
    """Addends: one a row, or a list of them."""

    def __init__(self, term: Term, reader: Reader, _times: Times) -> None:
        slot = term.right
        self.readings: list[Reading] = []
        self.constant = slot if isinstance(slot, float) else None
        self.layout: Layout | None = None
        if isinstance(slot, Slot):
            (self.reading,) = self.readings = [_listed(reader, slot)]
            named(reader, self.reading, "bias")
            if term.several:
                self.layout = _layout(reader, term, self.reading)

    def value(self) -> Array | float:
        """The sum of each row's addends."""
        if self.constant is not None:
            return self.constant
        array = self.reading.array
        return self.layout.reduced("sum", array) if self.layout else array

    def flows(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        """The adjoint itself, for every addend."""
        if self.constant is not None:
            return []
        flow = self.layout.spread(adjoint) if self.layout else adjoint
        return [(self.reading, flow)]


_KINDS: dict[str, type[_Matrix | _Pairs | _Sum]] = {
    "matrix": _Matrix,
    "pairs": _Pairs,
    "sum": _Sum,
}


def named(reader: Reader, reading: Reading, hint: str) -> None:
    """Call what is read from the parameters by what it is."""
    numbers = [number for number, _ in reading.parts]
    if [reader.blocks.all[number].kind for number in numbers] == ["parameter"]:
        reading.array.hint = hint


def _listed(reader: Reader, slot: Read | None) -> Reading:
    """What a slot of lists reads, every entry in place."""
    reading = reader.read(slot, whole=True) if isinstance(slot, Slot) else None
    if reading is None or isinstance(reading, float):
        raise TypeError("a list of constants alone is no operand of a program")
    return reading


def _layout(reader: Reader, term: Term, reading: Reading) -> Layout:
    """How the lists of a term lie in what was read."""
    if term.starts is None:
        return Layout(reader.code, reading.rows.shape[-1])
    return Layout.uneven(reader.code, term.starts, reading.rows.size)

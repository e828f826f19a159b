"""Terms of dots: matrix products, products row by row, and addends.

A matrix product Z = X W^T hands back Z_bar W to X and Z_bar^T X to W: the local
derivatives of `dot` are the other factors, and summing over the examples and the rows
that share a weight makes the outer product.
"""

from __future__ import annotations

from autograd.program.differentiate.lanes import Layout
from autograd.program.differentiate.operands import Reader, Reading, flow_of
from autograd.program.statements.arrays import Array
from autograd.program.vectorise.blocks import DotTerm, Read, Slot, turned


class _Matrix:
    """Every left list with every right list, X W^T, for each example."""

    def __init__(self, term: DotTerm, reader: Reader) -> None:
        self.code = reader.code
        self.left, self.right = (_listed(reader, x) for x in (term.left, term.right))
        self.readings = [self.left, self.right]
        self.w, self.x = self.left.array, self.right.array

    def value(self) -> Array:
        """X W^T, one row for each right list, one column for each left one."""
        return self.code.matmul(self.x, self.w, transpose=True)

    def flows(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        """Z_bar W for the right lists, Z_bar^T X for the left ones."""
        to_right = self.code.matmul(adjoint, self.w)
        to_left = self.code.matmul(self.code.turned(adjoint), self.x)
        return [(self.right, to_right), (self.left, to_left)]


class _WeightProduct:
    """Weights times inputs, W X: of these each list, of each example, is a column."""

    def __init__(self, term: DotTerm, reader: Reader) -> None:
        self.code = reader.code
        self.left = _listed(reader, term.left)
        assert isinstance(term.right, Slot)  # noqa: S101
        self.right = _listed(reader, turned(term.right))
        self.readings = [self.left, self.right]
        named(reader, self.left, "weights")

    def value(self) -> Array:
        """W X: a row for each list of weights, a column for each list of inputs."""
        return self.code.weighted(self.left.array, self.right.array)

    def flows(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        """Z_bar X^T for the weights, W^T Z_bar for the inputs."""
        code, w = self.code, self.left.array
        if len(w.shape) == 1:  # one list is a matrix of one row
            w = code.reshaped(w, (1, *w.shape))
            adjoint = code.reshaped(adjoint, (1, *adjoint.shape))
        to_right = code.weighted(code.turned(w), adjoint)
        to_left = code.outer(adjoint, self.right.array)
        to_left = code.reshaped(to_left, self.left.array.shape)
        return [(self.right, to_right), (self.left, to_left)]


class _RowProducts:
    """Left and right lists row by row."""

    def __init__(self, term: DotTerm, reader: Reader) -> None:
        self.left, self.right = (_listed(reader, x) for x in (term.left, term.right))
        self.readings = [self.left, self.right]
        self.layout = _layout(reader, term, self.right)

    def value(self) -> Array:
        """The sum of the products of each row."""
        code, left, right = self.layout.code, self.left.array, self.right.array
        is_single = len(left.shape) == 1 and self.layout.starts is None
        if is_single and not (left.batched or right.batched):
            return code.matmul(left, right)
        return self.layout.reduced("sum", code.call("mul", left, right))

    def flows(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        """The adjoint times the other factor."""
        spread = self.layout.spread(adjoint)
        if self.left.array is self.right.array:  # a square: both sides at once
            twice = self.layout.spread(self.layout.code.call("mul", adjoint, 2.0))
            flow = flow_of(twice, self.left.array)
            return [] if flow is None else [(self.left, flow)]
        sides = (self.left, self.right), (self.right, self.left)
        found = [(to, flow_of(spread, other.array)) for to, other in sides]
        return [(to, flow) for to, flow in found if flow is not None]


class _Sum:
    """Addends: one a row, or a list of them; or one constant for all rows."""

    def __init__(self, term: DotTerm, reader: Reader) -> None:
        self.readings: list[Reading] = []
        self.layout: Layout | None = None
        self.total: Array | float
        if isinstance(term.right, float):
            self.total = term.right
            return
        (reading,) = self.readings = [_listed(reader, term.right)]
        named(reader, reading, "bias")
        self.total = reading.array
        if term.several:
            self.layout = _layout(reader, term, reading)
            self.total = self.layout.reduced("sum", reading.array)

    def value(self) -> Array | float:
        """The sum of each row's addends."""
        return self.total

    def flows(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        """The adjoint itself, for every addend."""
        flow = self.layout.spread(adjoint) if self.layout else adjoint
        return [(reading, flow) for reading in self.readings]


TERMS: dict[str, type[_Matrix | _WeightProduct | _RowProducts | _Sum]] = {
    "matrix": _Matrix,
    "weights": _WeightProduct,
    "pairs": _RowProducts,
    "sum": _Sum,
}


def named(reader: Reader, reading: Reading, hint: str) -> None:
    """Call what is read from the parameters by what it is."""
    numbers = [number for number, _ in reading.parts]
    if [reader.blocks.all[number].kind for number in numbers] == ["parameter"]:
        reading.array.hint = hint


def _listed(reader: Reader, slot: Read | None) -> Reading:
    """What a slot of lists reads, every entry in place."""
    if not isinstance(slot, Slot):
        raise TypeError("a list of constants alone is no operand of a program")
    return reader.read(slot, whole=True)


def _layout(reader: Reader, term: DotTerm, reading: Reading) -> Layout:
    """How the lists of a term lie in what was read."""
    if term.starts is None:
        return Layout(reader.code, reading.rows.shape[0])
    return Layout.uneven(reader.code, term.starts, reading.rows.size)

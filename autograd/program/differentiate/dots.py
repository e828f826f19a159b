"""Terms of dots: matrix products, products row by row, and addends.

A matrix product Z = X W^T hands back Z_bar W to X and Z_bar^T X to W: the local
derivatives of `dot` are the other factors, and summing over the examples and the rows
that share a weight makes the outer product.
"""

from __future__ import annotations

from autograd.program.differentiate.lanes import Layout
from autograd.program.differentiate.operands import Reader, Reading
from autograd.program.statements.arrays import Array
from autograd.program.vectorise.blocks import DotTerm, Slot


class _Matrix:
    """Every left list with every right list, X W^T, for each example."""

    def __init__(self, term: DotTerm, reader: Reader) -> None:
        self.code = reader.code
        self.left, self.right = self.readings = _lists(reader, term)
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
        self.left, self.right = self.readings = _lists(reader, term)
        _name(reader, self.left, "weights")

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
        self.left, self.right = self.readings = _lists(reader, term)
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
        call, spread = self.layout.code.call, self.layout.spread
        left, right = self.left.array, self.right.array
        if left is right:  # a square: both sides at once
            return [(self.left, call("mul", spread(call("mul", adjoint, 2.0)), left))]
        adjoint = spread(adjoint)
        to_left, to_right = call("mul", adjoint, right), call("mul", adjoint, left)
        return [(self.left, to_left), (self.right, to_right)]


class _Sum:
    """Addends: one a row, or a list of them; or one constant for all rows."""

    def __init__(self, term: DotTerm, reader: Reader) -> None:
        self.readings = _lists(reader, term)
        self.layout: Layout | None = None
        (slot,) = term.slots
        self.total = slot if isinstance(slot, float) else self._total(term, reader)

    def _total(self, term: DotTerm, reader: Reader) -> Array:
        (reading,) = self.readings
        _name(reader, reading, "bias")
        if not term.several:
            return reading.array
        self.layout = _layout(reader, term, reading)
        return self.layout.reduced("sum", reading.array)

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


def _name(reader: Reader, reading: Reading, hint: str) -> None:
    """Call what is read from the parameters by what it is."""
    numbers = [number for number, _ in reading.parts]
    if [reader.blocks.all[number].kind for number in numbers] == ["parameter"]:
        reading.array.hint = hint


def _lists(reader: Reader, term: DotTerm) -> list[Reading]:
    """What the slots of a term read, every entry in place."""
    slots = [slot for slot in term.slots if isinstance(slot, Slot)]
    return [reader.read(slot, whole=True) for slot in slots]


def _layout(reader: Reader, term: DotTerm, reading: Reading) -> Layout:
    """How the lists of a term lie in what was read."""
    if term.starts is None:
        return Layout(reader.code, reading.rows.shape[0])
    return Layout.uneven(reader.code, term.starts, reading.rows.size)

"""Signature: from the user's nested numbers to a program's flat ones, and back.

A program computes on rows of numbers: one row an example. `Signature` knows the form of
a function's arguments and packs examples, one or a batch of them, into such rows. In a
batch a number, an array and a rectangular list are one array with the batch axis in
front; tuples, dicts and ragged lists keep their places and hold such arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.program.forms.form import (
    Form,
    are_integers,
    as_floats,
    form_of,
    integer_places,
)
from autograd.program.forms.packing import (
    block_of,
    check_whole,
    common_size,
    floats_in,
    floats_of,
    is_batch,
    not_whole,
    plain,
)
from autograd.program.plan import Vector
from autograd.structure import flatten, rebuild


class _Argument(NamedTuple):
    """One argument: what it is like and where its numbers go.

    Attributes:
        form: What its numbers are kept in.
        title: What messages call it.
        columns: Where its numbers stand among those of an example.
        integers: Which of its numbers are integers, counted within it.
    """

    form: Form
    title: str
    columns: slice
    integers: list[int]


class Signature:
    """The form of a function's arguments, and which of its numbers are integers.

    >>> signature = Signature(([1.0, 2.0], 3.0), names=["x", "y"])
    >>> signature.single(([5.0, 6.0], 7.0))
    [5.0, 6.0, 7.0]
    >>> signature.batch(([[1.0, 2.0], [3.0, 4.0]], [5.0, 6.0]))
    array([[1., 2., 5.],
           [3., 4., 6.]])

    Attributes:
        count: How many numbers an example has, in the order of `flatten`.
        integers: The places of integer inputs: those that are int, bool or NumPy's
            integers or bools in the example, or in an array of them.
        numbers: The example's own numbers.
        are_numbers: Whether each argument is a single one, and none is an integer.
    """

    def __init__(self, example: Sequence[Any], names: Sequence[str] = ()) -> None:
        example = tuple(example)
        self._arguments: list[_Argument] = []
        self.numbers: list[float] = []
        for place, structure in enumerate(example):
            title = _title(place, names)
            flat = [plain(x, title) for x in flatten(structure, title)]
            columns = slice(len(self.numbers), len(self.numbers) + len(flat))
            integers = [*integer_places(structure)]
            argument = _Argument(form_of(structure), title, columns, integers)
            self._arguments.append(argument)
            self.numbers += flat
        self.count = len(self.numbers)
        self.integers = frozenset(
            argument.columns.start + place
            for argument in self._arguments
            for place in argument.integers
        )
        kinds = {argument.form.kind for argument in self._arguments}
        self.are_numbers = not self.integers and kinds <= {float}
        # Where a batch of each argument goes, if all of them make arrays.
        are_arrays = all(x.form.shape is not None for x in self._arguments)
        self._blocks = [*map(_block, self._arguments)] if are_arrays else []
        self._titles = [argument.title for argument in self._arguments]
        # A copy of our own: the user may change a list later.
        self._example = rebuild(example, self.numbers)

    @property
    def widths(self) -> list[int]:
        """How many numbers each argument has."""
        columns = [argument.columns for argument in self._arguments]
        return [column.stop - column.start for column in columns]

    def variables(
        self, leaf: Callable[[float, bool], Any]
    ) -> tuple[list[Any], tuple[Any, ...]]:
        """Fresh leaves, and the arguments with these in place of the numbers.

        Args:
            leaf: Makes one from a number and whether it is an integer.
        """
        leaves = [leaf(x, i in self.integers) for i, x in enumerate(self.numbers)]
        return leaves, rebuild(self._example, leaves)

    def single(
        self, arguments: Sequence[Any], if_batch: str = "for a batch use program.map"
    ) -> list[float]:
        """The numbers of one example.

        Args:
            arguments: One example.
            if_batch: What the error says to do if an argument is a batch.

        Raises:
            TypeError: Something is no plain number, or not whole for an integer.
            ValueError: An argument is not of the example's form.
        """
        self._check_number_of(arguments)
        numbers: list[float] = []
        for (form, title, _, integers), value in zip(
            self._arguments, arguments, strict=True
        ):
            try:
                flat = floats_in(form, value, title)
            except ValueError as error:
                hint = f"; {if_batch}" if is_batch(form, value, title, 1) else ""
                raise ValueError(f"{error}{hint}") from None
            for place in integers:
                if not flat[place].is_integer():
                    raise not_whole(flat[place], title)
            numbers += flat
        return numbers

    def floats(self, arguments: Sequence[Any]) -> list[float] | None:
        """The same, and most often; None where that is an error."""
        if len(arguments) != len(self._arguments):
            return None
        flat: list[Any] = []
        for argument, value in zip(self._arguments, arguments, strict=True):
            if not argument.form.gather(value, flat):
                return None
        numbers = floats_of(flat)
        if numbers is None or not all(numbers[i].is_integer() for i in self.integers):
            return None
        return numbers

    def is_single(self, arguments: Sequence[Any]) -> bool:
        """Whether the arguments are one example: its form, and no batch axis."""
        if len(arguments) != len(self._arguments):
            return False
        return all(
            argument.form.fits(value)
            for argument, value in zip(self._arguments, arguments, strict=True)
        )

    def is_batch(self, arguments: Sequence[Any]) -> bool:
        """Whether the arguments are a batch of examples: each has one axis more."""
        return len(arguments) == len(self._arguments) > 0 and all(
            is_batch(argument.form, value, argument.title)
            for argument, value in zip(self._arguments, arguments, strict=True)
        )

    def has_integers_like(self, arguments: Sequence[Any]) -> bool:
        """Whether a batch has integers where all of an argument's numbers are some."""
        return all(
            are_integers(value)
            for argument, value in zip(self._arguments, arguments, strict=True)
            if argument.integers and len(argument.integers) == argument.form.count
        )

    def batch(self, arguments: Sequence[Any]) -> Vector:
        """The numbers of a batch: a new float64 array of shape (B, count).

        Each argument is an array, or nested lists, with the batch axis in front, or a
        list of B examples of its form; for a dict, or a named tuple, one of batches
        does as well. Without arguments B is 1.

        Raises:
            TypeError: Something is no plain number, or not whole for an integer.
            ValueError: An argument is no batch of the example's form, or two of them
                differ in B.
        """
        rows = self.rows(arguments)
        if rows is not None:
            return rows
        self._check_number_of(arguments)
        blocks: list[Vector | None] = []
        for (form, title, _, integers), value in zip(
            self._arguments, arguments, strict=True
        ):
            block = block_of(form, value, title)
            if integers and block is not None:
                check_whole(block, integers, title)
            blocks.append(block)
        size = common_size(blocks, self._titles)
        rows = np.empty((self.count, 1 if size is None else size)).T
        for argument, block in zip(self._arguments, blocks, strict=True):
            if block is not None:
                rows[:, argument.columns] = block
        return rows

    def rows(self, arguments: Sequence[Any]) -> Vector | None:
        """The same for a batch of NumPy's arrays, of integers where they are wanted.

        None for whatever takes a closer look, which takes twice as long: most batches
        take none, and a small one is packed in a tenth of its run.
        """
        first = arguments[0] if len(arguments) == len(self._blocks) > 0 else None
        if not isinstance(first, np.ndarray) or not first.ndim:
            return None
        size = first.shape[0]
        for value, (_, shape, _, kinds) in zip(arguments, self._blocks, strict=True):
            if value.__class__ is not np.ndarray or value.shape != (size, *shape):
                return None
            if value.dtype.kind not in kinds:
                return None
        rows = np.empty((self.count, size))  # side by side, as programs have them
        for value, (place, shape, count, _) in zip(
            arguments, self._blocks, strict=True
        ):
            rows[place] = value.reshape(size, count).T if shape else value
        return rows.T

    def examples(self, rows: Vector) -> list[tuple[Any, ...]]:
        """The examples of a batch, one by one: their integers are ints again."""
        return [
            rebuild(
                self._example,
                [int(x) if i in self.integers else x for i, x in enumerate(row)],
            )
            for row in rows.tolist()
        ]

    def unflatten_single(self, flat: Sequence[float] | Vector) -> tuple[Any, ...]:
        """Numbers, one for each of the example's, in the form of the arguments."""
        numbers = as_floats(flat)
        if self.are_numbers:
            return tuple(numbers)
        filled: tuple[Any, ...] = rebuild(self._example, numbers)
        return filled

    def unflatten_batch(self, rows: Vector) -> tuple[Any, ...]:
        """Rows, of shape (B, count), in the form of a batch: an entry an argument."""
        return tuple([x.form.unstacked(rows[:, x.columns]) for x in self._arguments])

    def _check_number_of(self, arguments: Sequence[Any]) -> None:
        expected = len(self._arguments)
        if len(arguments) != expected:
            titles = ", ".join(self._titles)
            wanted = f"expected {expected} argument{'s' * (expected != 1)}"
            wanted += f" ({titles})" if titles else ""
            raise ValueError(f"{wanted}, got {len(arguments)}")


def _block(argument: _Argument) -> tuple[int | slice, tuple[int, ...], int, str]:
    """Where a batch of it goes, of what shape, how many numbers, kinds of dtype."""
    form, _, columns, integers = argument
    place = columns if form.shape else columns.start
    return place, form.shape or (), form.count, "iub" if integers else "fiub"


def _title(place: int, names: Sequence[str]) -> str:
    """What messages call an argument: "argument 1 ('y')"."""
    name = f" ({names[place]!r})" if place < len(names) else ""
    return f"argument {place}{name}"

"""Signature and Outputs: between the user's nested numbers and a program's flat ones.

A program computes on rows of numbers: one row an example. `Signature` knows the form of
a function's arguments and packs examples, one or a batch of them, into such rows;
`Outputs` knows the form of its result and unpacks rows again. In a batch a number, an
array and a rectangular list are one array with the batch axis in front; tuples, dicts
and ragged lists keep their places and hold such arrays.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autograd.operands import number
from autograd.structure import (
    Form,
    flatten,
    form_of,
    gather_rows,
    integer_places,
    outline,
    rebuild,
    unstack,
)
from autograd.value import Value

Array: TypeAlias = "np.ndarray[Any, Any]"


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
        outline: Equal, and of equal hash, for arguments of equal form and kinds.
    """

    def __init__(self, example: Sequence[Any], names: Sequence[str] = ()) -> None:
        example = tuple(example)
        self._arguments: list[_Argument] = []
        self.numbers: list[float] = []
        for place, structure in enumerate(example):
            title = _title(place, names)
            flat = [_plain(x, title) for x in flatten(structure, title)]
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
        self.outline: Hashable = outline(example, kinds=True)
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
            leaf: Makes one from the example's number and whether it is an integer.
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
                flat: list[Any] = []
                _gather(form, value, flat, title)
                flat = _floats(flat, title)
            except ValueError as error:
                hint = f"; {if_batch}" if _is_batch(form, value, title) else ""
                raise ValueError(f"{error}{hint}") from None
            for place in integers:
                if not flat[place].is_integer():
                    raise _not_whole(flat[place], title)
            numbers += flat
        return numbers

    def is_single(self, arguments: Sequence[Any]) -> bool:
        """Whether the arguments are one example: its form, and no batch axis."""
        if len(arguments) != len(self._arguments):
            return False
        return all(
            argument.form.fits(value)
            for argument, value in zip(self._arguments, arguments, strict=True)
        )

    def batch(self, arguments: Sequence[Any]) -> Array:
        """The numbers of a batch: a new float64 array of shape (B, count).

        Each argument is an array, or nested lists, with the batch axis in front, or a
        list of B examples of its form; for a dict, or a named tuple, one of batches
        does as well. Without arguments B is 1.

        Raises:
            TypeError: Something is no plain number, or not whole for an integer.
            ValueError: An argument is no batch of the example's form, or two of them
                differ in B.
        """
        self._check_number_of(arguments)
        blocks: list[Array | None] = []
        for (form, title, _, integers), value in zip(
            self._arguments, arguments, strict=True
        ):
            block = _block(form, value, title)
            if integers and block is not None:
                _check_whole(block, integers, title)
            blocks.append(block)
        size = _common_size(blocks, self._titles)
        rows = np.empty((1 if size is None else size, self.count))
        for argument, block in zip(self._arguments, blocks, strict=True):
            if block is not None:
                rows[:, argument.columns] = block
        return rows

    def unflatten_single(self, flat: Sequence[float] | Array) -> tuple[Any, ...]:
        """Numbers, one for each of the example's, in the form of the arguments."""
        filled: tuple[Any, ...] = rebuild(self._example, _as_floats(flat))
        return filled

    def unflatten_batch(self, rows: Array) -> tuple[Any, ...]:
        """Rows, of shape (B, count), in the form of a batch: an entry an argument."""
        forms = [argument.form for argument in self._arguments]
        return tuple(unstack(forms, rows))

    def _check_number_of(self, arguments: Sequence[Any]) -> None:
        expected = len(self._arguments)
        if len(arguments) != expected:
            titles = ", ".join(self._titles)
            wanted = f"expected {expected} argument{'s' * (expected != 1)}"
            wanted += f" ({titles})" if titles else ""
            raise ValueError(f"{wanted}, got {len(arguments)}")


class Outputs:
    """The form of what a function returned.

    >>> outputs = Outputs({"loss": 0.5, "scores": [1.0, 2.0]})
    >>> outputs.single([3.0, 4.0, 5.0])
    {'loss': 3.0, 'scores': [4.0, 5.0]}
    >>> outputs.batch(np.zeros((8, 3)))["scores"].shape
    (8, 2)

    Attributes:
        count: How many numbers it has.
    """

    def __init__(self, result: Any) -> None:
        self.count = len(flatten(result, "what the function returns"))
        self._result = rebuild(result, [0.0] * self.count)
        self._form = form_of(result)

    def single(self, flat: Sequence[float] | Array) -> Any:
        """One example's numbers in the form of the result: a number is a float."""
        return rebuild(self._result, _as_floats(flat))

    def filled(self, numbers: Sequence[Any], stack: Callable[[list[Any]], Any]) -> Any:
        """Numbers of another kind in the form of the result.

        Args:
            numbers: As many as the result has, in order.
            stack: Makes an array of a list, where the result has one.
        """
        return rebuild(self._result, numbers, stack)

    def batch(self, rows: Array) -> Any:
        """Rows, of shape (B, count), in the form of the result.

        A number gives an array of shape (B,), an array or a rectangular list of shape s
        one of shape (B, *s); tuples, dicts and ragged lists hold such arrays.
        """
        return unstack([self._form], rows)[0]


def argument_names(f: Callable[..., Any], count: int) -> list[str]:
    """What f calls its first arguments: fewer than count where it does not say."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):  # builtins and classes without a signature
        return []
    names: list[str] = []
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            rest = max(count - len(names), 0)
            names += [f"{parameter.name}[{i}]" for i in range(rest)]
        elif parameter.kind not in {parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD}:
            names.append(parameter.name)
    return names[:count]


def _title(place: int, names: Sequence[str]) -> str:
    """What messages call an argument: "argument 1 ('y')"."""
    name = f" ({names[place]!r})" if place < len(names) else ""
    return f"argument {place}{name}"


def _gather(form: Form, value: Any, flat: list[Any], title: str) -> None:
    """Appends the numbers of one example to a list, not yet looked at.

    Raises:
        ValueError: The value is of another form.
        TypeError: It is no numbers at all.
    """
    if form.shape is not None:
        if not gather_rows(form.shape, value, flat):
            raise _mismatch(form.words, value, title)
        return
    parts = form.parts_of(value)
    if parts is None:
        raise _mismatch(form.words, value, title)
    for i, (inner, part) in enumerate(zip(form.parts, parts, strict=True)):
        _gather(inner, part, flat, title + form.suffix(i))


def _floats(flat: list[Any], title: str) -> list[float]:
    """What was gathered, as floats: mostly it is already."""
    if {*map(type, flat)} <= {float}:
        return flat
    return [_plain(x, title) for x in flat]


def _plain(x: Any, title: str) -> float:
    try:
        return number(x)
    except TypeError:
        raise _mismatch("a number", x, title) from None


def _block(form: Form, value: Any, title: str) -> Array | None:
    """The numbers of a batch of one argument, of shape (B, count).

    None if it does not tell B: an empty dict of batches.
    """
    if form.shape is not None:
        block = _block_of_rows(form, value)
        if block is not None:
            return block
    elif form.names or form.kind is dict:
        parts = form.parts_of(value)
        if parts is not None:
            return _block_of_parts(form, parts, title)
    return _block_of_examples(form, value, title)


def _is_batch(form: Form, value: Any, title: str) -> bool:
    """Whether one argument would do as a batch of some examples."""
    try:
        block = _block(form, value, title)
    except (TypeError, ValueError):
        return False
    return block is not None and len(block) > 0


def _block_of_rows(form: Form, value: Any) -> Array | None:
    """What NumPy makes an array of shape (B, *shape) of; None if it makes another."""
    if not isinstance(value, np.ndarray):
        try:
            value = np.asarray(value)
        except ValueError:  # ragged
            return None
    if value.ndim == 0 or value.shape[1:] != form.shape:
        return None
    is_real = value.dtype.kind in "fiub"
    return value.reshape(len(value), form.count) if is_real else None


def _block_of_parts(form: Form, parts: Sequence[Any], title: str) -> Array | None:
    """A dict or named tuple of batches."""
    titles = [title + form.suffix(i) for i in range(len(parts))]
    blocks = [*map(_block, form.parts, parts, titles)]
    if _common_size(blocks, titles) is None:
        return None
    return np.concatenate([b for b in blocks if b is not None], axis=1)


def _block_of_examples(form: Form, value: Any, title: str) -> Array:
    """A list of B examples; where a batch is wrong, this way finds the place."""
    is_array = isinstance(value, np.ndarray) and value.ndim > 0
    if is_array and form.shape is not None and value.shape != (0,):
        is_list = value.shape[1:] == form.shape
    else:
        is_list = is_array or isinstance(value, list | tuple)
    if not is_list:
        raise _no_batch(form, value, title)
    rows: list[float] = []
    for i, example in enumerate(value):
        place = f"{title}, example {i}"
        flat: list[Any] = []
        _gather(form, example, flat, place)
        rows += _floats(flat, place)
    return np.array(rows, dtype=float).reshape(len(value), form.count)


def _common_size(blocks: Sequence[Array | None], titles: Sequence[str]) -> int | None:
    """The B of all blocks; None if none of them tells."""
    sizes = {len(block) for block in blocks if block is not None}
    if len(sizes) > 1:
        found = ", ".join(
            f"{title} has {len(block)}"
            for title, block in zip(titles, blocks, strict=True)
            if block is not None
        )
        raise ValueError(f"expected as many examples in every argument; {found}")
    return sizes.pop() if sizes else None


def _check_whole(block: Array, integers: list[int], title: str) -> None:
    """Refuses fractions, infinities and NaN where the example had an integer."""
    if block.dtype.kind == "f":
        numbers = block[:, integers]
        is_whole = np.isfinite(numbers) & (np.floor(numbers) == numbers)
        if not is_whole.all():
            raise _not_whole(float(numbers[~is_whole][0]), title)


def _as_floats(flat: Sequence[float] | Array) -> list[float]:
    return flat.tolist() if isinstance(flat, np.ndarray) else [*map(float, flat)]


def _not_whole(x: float, title: str) -> TypeError:
    hint = "if fractions are meant, give floats in the example"
    if math.isinf(x):
        hint = "an int beyond 1.8e308 is infinite as a float, too"
    return TypeError(
        f"{title}: expected a whole number, as in the example, got {x}; {hint}"
    )


def _no_batch(form: Form, value: Any, title: str) -> Exception:
    expected = f"{form.words} for each example"
    if form.shape is not None:
        axes = ", ".join(map(str, form.shape))
        expected += f": an array of shape (B, {axes})" if axes else ": (B,)"
    hint = "; to run one example, put it in a list" if form.fits(value) else ""
    return _mismatch(expected, value, title, hint)


def _mismatch(expected: str, value: Any, title: str, hint: str = "") -> Exception:
    """The error for a value of another form, or one that is no numbers at all."""
    if isinstance(value, Value):
        message = f"{title}: a program takes plain numbers, got a Value: give its .data"
        return TypeError(message)
    form = form_of(value)
    if form.kind is float and not _is_number(value):
        kind = type(value).__name__
        return TypeError(f"{title}: expected {expected}, got {kind}{hint}")
    return ValueError(f"{title}: expected {expected}, got {form.words}{hint}")


def _is_number(x: Any) -> bool:
    try:
        number(x)
    except TypeError:
        return False
    return True

"""The forms of nested numbers, apart from the numbers: what a program is made for.

A program is traced for one form of each argument; it checks what it is given against
that, gathers the numbers, and hands its results out in a form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.namespaces import is_array
from autograd.structure import as_array, flatten, rebuild
from autograd.value import Value


@dataclass(frozen=True, slots=True)
class Form:
    """What nested numbers are kept in, without the numbers.

    Attributes:
        kind: list, dict, np.ndarray, tuple or a named tuple; float for a number.
        parts: The forms of what is in it; none for a number or an array.
        names: A dict's keys or a named tuple's fields, else none.
        shape: That of an array of the same numbers; None where they make none (ragged
            lists, dicts, named tuples).
        count: How many numbers there are.
        is_one_array: Whether a batch of it is one array: so it is with numbers, arrays
            and rectangular lists; tuples and dicts keep their places apart.
    """

    kind: type
    parts: tuple[Form, ...] = ()
    names: tuple[Any, ...] = ()
    shape: tuple[int, ...] | None = ()
    count: int = 1
    is_one_array: bool = True

    @property
    def words(self) -> str:
        """What a message calls it: "a list of 2 numbers"."""
        if self.kind is float:
            return "a number"
        if self.kind is np.ndarray:
            return f"an array of shape {self.shape}"
        if self.kind is dict:
            keys = ", ".join(map(repr, self.names))
            return f"a dict with the keys {keys}" if keys else "an empty dict"
        if self.names:
            return f"a {self.kind.__name__} of {', '.join(self.names)}"
        return self._words_of_a_row(self.kind.__name__)

    def _words_of_a_row(self, kind: str) -> str:
        if self.shape is None:
            return f"a {kind} of {len(self.parts)} parts that make no array"
        if len(self.shape) == 1:
            plural = "" if self.shape[0] == 1 else "s"
            return f"a {kind} of {self.shape[0]} number{plural}"
        return f"a nested {kind} of shape {self.shape}"

    def fits(self, structure: Any) -> bool:
        """Whether a structure has this form; a list will do for an array or tuple."""
        flat: list[Any] = []
        return self.gather(structure, flat) and not any(
            isinstance(x, list | tuple | dict) or is_array(x) for x in flat
        )

    def gather(self, structure: Any, flat: list[Any]) -> bool:
        """Append the numbers of a structure to a list, not yet looked at.

        Returns:
            Whether it is of this form, as far as can be told without a look at those.
        """
        if self.shape is not None:
            return _gather_rows(self.shape, structure, flat)
        parts = self.parts_of(structure)
        return parts is not None and all(
            form.gather(part, flat)
            for form, part in zip(self.parts, parts, strict=True)
        )

    def unstacked(self, rows: np.ndarray[Any, Any]) -> Any:
        """Rows, of shape (B, count), as a structure that holds a batch of numbers.

        A number gives an array of shape (B,), an array or a rectangular list of shape s
        one of shape (B, *s), of its own memory; tuples, dicts and ragged lists hold
        such arrays.
        """
        if self.is_one_array and self.shape is not None:
            return rows.reshape(len(rows), *self.shape).copy()
        starts = np.cumsum([0, *(part.count for part in self.parts)])
        parts = [
            part.unstacked(rows[:, start : start + part.count])
            for part, start in zip(self.parts, starts, strict=False)
        ]
        if self.kind is dict:
            return dict(zip(self.names, parts, strict=True))
        if self.kind is list:
            return parts
        return self.kind(*parts) if self.names else tuple(parts)

    def parts_of(self, structure: Any) -> Sequence[Any] | None:
        """What a structure holds in the places of a dict, tuple or list of this form.

        None if it has other places.
        """
        if self.kind is dict:
            if not isinstance(structure, dict) or structure.keys() != {*self.names}:
                return None
            return [structure[name] for name in self.names]
        is_row = isinstance(structure, self.kind if self.names else list | tuple)
        return structure if is_row and len(structure) == len(self.parts) else None

    def suffix(self, place: int) -> str:
        """How Python writes that part: "[2]", "['bias']", ".bias"."""
        if not self.names:
            return f"[{place}]"
        name = self.names[place]
        return f"[{name!r}]" if self.kind is dict else f".{name}"


def form_of(structure: Any) -> Form:
    """The form of nested numbers; what is no list, tuple, dict or array is a number."""
    if is_array(structure):
        return Form(np.ndarray, shape=structure.shape, count=structure.size)
    if isinstance(structure, dict):
        return _form_of_parts(dict, structure.values(), tuple(structure))
    if isinstance(structure, list):
        return _form_of_parts(list, structure, ())
    if isinstance(structure, tuple):
        names = getattr(structure, "_fields", ())
        return _form_of_parts(type(structure), structure, names)
    return _NUMBER


_NUMBER = Form(float)


def _form_of_parts(
    kind: type, structures: Iterable[Any], names: tuple[Any, ...]
) -> Form:
    parts = tuple([form_of(part) for part in structures])
    shape = None if names or kind is dict else _shape_of_row(parts)
    count = sum([part.count for part in parts])
    is_one_array = shape is not None and kind is list
    is_one_array = is_one_array and all(part.is_one_array for part in parts)
    return Form(kind, parts, names, shape, count, is_one_array)


def _shape_of_row(parts: tuple[Form, ...]) -> tuple[int, ...] | None:
    if not parts:
        return (0,)
    shape = parts[0].shape
    if shape is None or any(part.shape != shape for part in parts):
        return None
    return len(parts), *shape


def _gather_rows(shape: tuple[int, ...], structure: Any, flat: list[Any]) -> bool:
    """The same for an array, or nested lists, of this shape."""
    if isinstance(structure, list | tuple):
        if not shape or len(structure) != shape[0]:
            return False
        if len(shape) > 1:
            return all(_gather_rows(shape[1:], row, flat) for row in structure)
        flat += structure
        return True
    if not shape and isinstance(structure, float | int | Value):
        flat.append(structure)
        return True
    if structure.__class__ is np.ndarray:
        if structure.shape != shape:
            return False
        flat += structure.ravel().tolist() if shape else [structure]
        return True
    # Others' arrays and sequences (range, pandas, jax), too; the rest has no axes.
    if np.shape(structure) != shape:  # which copies no array
        return False
    flat += np.asarray(structure).ravel().tolist() if shape else [structure]
    return True


def is_integer(x: Any) -> bool:
    """Whether a number, or an array of them, is one of integers: its type says so."""
    if isinstance(x, np.ndarray | np.generic):
        return x.dtype.kind in "biu"
    return isinstance(x, int)


def are_integers(structure: Any) -> bool:
    """Whether all numbers of a structure are integers, as their types say."""
    if isinstance(structure, list | tuple):
        return all(map(are_integers, structure))
    if isinstance(structure, dict):
        return all(map(are_integers, structure.values()))
    return is_integer(structure)


def integer_places(structure: Any) -> Iterator[int]:
    """Which numbers of a structure are integers, counted in the order of flatten."""
    place = 0
    waiting: list[Any] = [structure]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list | tuple):
            waiting += reversed(part)
        elif isinstance(part, dict):
            waiting += reversed(part.values())
        else:
            size = part.size if isinstance(part, np.ndarray) else 1
            if is_integer(part):
                yield from range(place, place + size)
            place += size


# --- results -------------------------------------------------------------------------


class Outputs:
    """The form of what a function returned.

    >>> outputs = Outputs({"loss": 0.5, "scores": [1.0, 2.0]})
    >>> outputs.single([3.0, 4.0, 5.0])
    {'loss': 3.0, 'scores': [4.0, 5.0]}
    >>> outputs.batch(np.zeros((8, 3)))["scores"].shape
    (8, 2)

    Attributes:
        count: How many numbers it has.
        is_number: Whether it is a single one, and nothing around it.
    """

    def __init__(self, result: Any) -> None:
        self.count = len(flatten(result, "what the function returns"))
        self._result = rebuild(result, [0.0] * self.count)
        self._form = form_of(result)
        self.is_number = self._form.kind is float

    def single(self, flat: Sequence[float] | NDArray[Any]) -> Any:
        """One example's numbers in the form of the result: a number is a float."""
        return rebuild(self._result, as_floats(flat))

    def filled(
        self, numbers: Sequence[Any], stack: Callable[[list[Any]], Any] = as_array
    ) -> Any:
        """Numbers of another kind, in order, in the form of the result."""
        return rebuild(self._result, numbers, stack)

    def stacked(self, results: Sequence[Any]) -> Any:
        """What was returned for some examples, as for a batch; Values stay Values."""
        numbers = [*map(flatten, results)]
        has_values = any(isinstance(x, Value) for row in numbers for x in row)
        rows = np.empty((len(numbers), self.count), object if has_values else float)
        for row, found in zip(rows, numbers, strict=True):
            row[:] = found
        return self.batch(rows)

    def batch(self, rows: NDArray[Any]) -> Any:
        """Rows, of shape (B, count), in the form of the result, as for a batch."""
        return self._form.unstacked(rows)


def as_floats(flat: Sequence[float] | np.ndarray[Any, Any]) -> list[float]:
    """Numbers of a list or an array as Python floats."""
    return flat.tolist() if isinstance(flat, np.ndarray) else [*map(float, flat)]

"""Arguments: a call taken apart into its numbers and into all that is no number.

Numbers vary from call to call, and a program takes them as they come. What is no number
is static. A bool, None, a text or a function is a part of the key under which programs
are kept; an object is there by its class, and what is found in it is guarded (`world`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

from autograd.namespaces import is_array
from autograd.operators import datum
from autograd.program.calling.slots import Seen, is_number, object_slot, slot_of
from autograd.structure import rebuild
from autograd.value import Value


class Call:
    """The arguments of one call, numbers told from what is static.

    Args:
        arguments: All of them, in order.
        names: The names of the last ones, if they are given by name only.
        is_method: Whether the first one is the object whose method it is: an object
            even if it is a list.

    Attributes:
        slots: For each its form and kinds, and what is static in it. Calls of equal
            slots and names may be served by one program.
        are_static: For each whether it holds anything that is no number.
        inputs: Those that hold numbers, as a program takes them.
        places: In which argument each of them is.
        objects: Static objects and functions, whose state is guarded; then classes of
            named tuples and keys of dicts, which may bring code with them.
        at: In which argument each of them is.
        has_values: Whether there are Values among the numbers.

    Raises:
        UnguardedError: An argument is neither a number nor can it be guarded.
    """

    __slots__ = (
        *("are_static", "arguments", "at", "has_values", "inputs", "is_method"),
        *("names", "objects", "places", "slots"),
    )

    def __init__(
        self,
        arguments: tuple[Any, ...],
        names: tuple[str, ...] = (),
        is_method: bool = False,
    ) -> None:
        self.arguments, self.names, self.is_method = arguments, names, is_method
        self.are_static: list[bool] = []
        self.places: list[int] = []
        slots: list[Hashable] = []
        inputs: list[Any] = []
        seen = Seen()
        for place, x in enumerate(arguments):
            seen.place, before = place, seen.statics
            is_owner = is_method and not place
            slot = (*object_slot(x, seen), id(x)) if is_owner else slot_of(x, seen)
            is_static = seen.statics > before
            numbers = [*numbers_in(x)] if is_static and not is_owner else []
            slots.append(slot)
            self.are_static.append(is_static)
            if numbers or not is_static:
                self.places.append(place)
                inputs.append(numbers if is_static else x)
        self.slots, self.inputs = tuple(slots), tuple(inputs)
        self.has_values = seen.has_values
        self.objects = [*seen.objects, *seen.besides]
        self.at = [*seen.at, *seen.besides_at]

    def numbers(self) -> list[Any]:
        """All its numbers at this moment, as they are."""
        return [*numbers_in(self.arguments[self.is_method :])]

    def has_changed(self, before: Sequence[Any]) -> bool:
        """Whether the arguments are not what they were: f changed a list, say.

        Args:
            before: What its numbers were.
        """
        again = Call(self.arguments, self.names, self.is_method)
        if again.slots != self.slots:
            return True
        pairs = zip(self.numbers(), before, strict=True)
        return not all(x is y or (x != x and y != y) or x == y for x, y in pairs)

    def by_argument(self, parts: Sequence[Any]) -> tuple[Any, ...]:
        """Something for each input, by argument: None for those without numbers.

        The object whose method it is is none that the caller gave.
        """
        found: list[Any] = [None] * len(self.arguments)
        for place, part in zip(self.places, parts, strict=True):
            found[place] = part
        return tuple(found[self.is_method :])


def names_of_arguments(f: Callable[..., Any]) -> list[str]:
    """What a function calls its arguments; nothing where it does not say."""
    try:
        return [*inspect.signature(f).parameters]
    except (TypeError, ValueError):
        return []


def call_of(
    f: Callable[..., Any],
    owner: tuple[Any, ...],
    inputs: tuple[Any, ...],
    keywords: dict[str, Any],
) -> Call:
    """A call of a function, taken apart.

    Args:
        f: The function; of a method, that of the class.
        owner: The object whose method it is, if it is one.
        inputs: The arguments.
        keywords: Those that are given by name.

    Raises:
        UnguardedError: An argument is neither a number nor can it be guarded.
    """
    arguments: tuple[Any, ...] = (*owner, *inputs)
    names: tuple[str, ...] = ()
    if keywords:
        bound = inspect.signature(f).bind(*arguments, **keywords)
        names = tuple(bound.kwargs)
        arguments = (*bound.args, *bound.kwargs.values())
    return Call(arguments, names, bool(owner))


def called(f: Callable[..., Any], xs: Sequence[Any], names: Sequence[str]) -> Any:
    """What a function returns for arguments of which the last ones have names."""
    count = len(xs) - len(names)
    return f(*xs[:count], **dict(zip(names, xs[count:], strict=True)))


def numbers_in(x: Any) -> Iterator[Any]:
    """The numbers of a structure, as they are; what is static is passed over."""
    if isinstance(x, dict):
        x = [*x.values()]
    if isinstance(x, list | tuple):
        for part in x:
            yield from numbers_in(part)
    elif is_array(x):
        yield from x.ravel().tolist()
    elif isinstance(x, Value) or is_number(x):
        yield x


def without_values(structure: Any) -> Any:
    """The same with the number of each Value in its place."""
    if isinstance(structure, Value):
        return datum(structure)
    if isinstance(structure, dict):
        return {key: without_values(part) for key, part in structure.items()}
    if isinstance(structure, list):
        return [*map(without_values, structure)]
    if isinstance(structure, tuple):
        parts = [*map(without_values, structure)]
        return tuple(parts) if type(structure) is tuple else type(structure)(*parts)
    if is_array(structure) and structure.dtype == object:
        return rebuild(structure, [without_values(x) for x in structure.ravel()])
    return structure

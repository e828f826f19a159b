"""Parameters and their names: of a module, of a mapping, or Values alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, runtime_checkable

from autograd import Value


@runtime_checkable
class HasParameters(Protocol):
    """Anything that names its parameters, such as a module."""

    def named_parameters(self) -> Iterable[tuple[str, Value]]:
        """Pairs of a name and a parameter."""
        ...


@runtime_checkable
class HasPlainParameters(Protocol):
    """Anything that lists its parameters without names."""

    def parameters(self) -> Iterable[Value]:
        """The parameters."""
        ...


Parameters = HasParameters | HasPlainParameters | Mapping[str, Value] | Iterable[Value]


def named_parameters(parameters: object) -> dict[str, Value]:
    """The parameters, each under its name, or under its place where it has none.

    Raises:
        TypeError: If these are no parameters, or hold anything but Values.
        ValueError: If there are none.
    """
    named = {
        name or str(place): value
        for place, (name, value) in enumerate(_pairs(parameters))
    }
    if not named:
        raise ValueError("there are no parameters")
    return named


def given_names(parameters: Parameters | None) -> dict[Value, str]:
    """The leaves that the caller calls parameters, with the names he gave them.

    "" where he gave none; a leaf that was made in a scope has one name, with a module
    or without.

    Raises:
        TypeError: As for `named_parameters`.
    """
    names: dict[Value, str] = {}
    for name, value in _pairs(() if parameters is None else parameters):
        own = isinstance(parameters, HasParameters) and value.label and value.scope
        names.setdefault(value, "" if own else name)
    return names


def _pairs(parameters: object) -> Iterator[tuple[str, Value]]:
    """The parameters with their names, "" where there are none."""
    named: Iterable[tuple[object, object]]
    if isinstance(parameters, HasParameters):
        named = parameters.named_parameters()
    elif isinstance(parameters, HasPlainParameters):
        named = (("", value) for value in parameters.parameters())
    elif isinstance(parameters, Mapping):
        named = parameters.items()
    elif isinstance(parameters, Iterable) and not isinstance(parameters, str):
        named = (("", value) for value in parameters)
    else:
        raise TypeError(
            "parameters must be Values: expected a module with named_parameters() or "
            "parameters(), a mapping from names to Values, or a list of Values; not "
            f"{type(parameters).__name__}"
        )
    for place, (name, value) in enumerate(named):
        if not isinstance(value, Value):
            which, kind = name or f"item {place}", type(value).__name__
            raise TypeError(f"parameters must be Values; {which!r} is of type {kind}")
        yield str(name), value

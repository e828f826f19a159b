"""Questions: what is to be asked about the world, taken down while it is walked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from autograd.listening.watching import Watched
from autograd.program.worlds.asked import (
    Asked,
    Kind,
    attribute,
    entries,
    entry,
    gap,
    size_of,
)
from autograd.program.worlds.attributes import Attributes
from autograd.program.worlds.names import COUNTER, is_library, is_ours
from autograd.program.worlds.things import CONTAINERS, held_by, is_object
from autograd.value import Value

_COUNTED = (Value, *CONTAINERS, np.ndarray)
"""What nets count changes of."""


class Questions:
    """The questions so far.

    Args:
        attributes: Which attributes some code on the way may read.
        objects: Objects among the arguments: they are asked for by their positions.

    Attributes:
        values: Values that may be read, with what messages call them.
    """

    def __init__(self, attributes: Attributes, objects: Sequence[Any]) -> None:
        self.values: list[tuple[str, Sequence[Value]]] = []
        self._attributes = attributes
        self._positions = {id(x): i for i, x in enumerate(objects)}
        self._asked: list[Asked] = []

    def ask(
        self,
        name: str,
        holder: Any,
        text: str,
        kind: Kind = Kind.THING,
        known: Any = None,
    ) -> None:
        """Take down what is to be asked about the world."""
        place = self._positions.get(id(holder), holder)
        self._asked.append(Asked(name, place, text, kind, known))

    def of_container(self, name: str, holder: Any) -> None:
        """Ask for what a container holds; of one that counts its changes, for these."""
        if isinstance(holder, Watched):
            self.ask(name, holder, attribute(COUNTER))
        else:
            self.ask(name, holder, entries(holder), Kind.ENTRIES)

    def of_length(self, name: str, holder: Any) -> None:
        """Ask how much a large container holds."""
        self.ask(name, holder, "len({0})", Kind.LENGTH)

    def of_numbers(self, name: str, array: np.ndarray[Any, Any]) -> None:
        """Ask for the numbers of an array."""
        self.ask(name, array, "state_of({0})", Kind.STATE)

    def of_variable(self, name: str, variables: dict[str, Any]) -> None:
        """Ask for a variable of a module, or whether there still is none."""
        if name in variables:
            self.ask(name, variables, entry(name))
        else:
            title = str(variables.get("__name__"))
            self.ask(title, variables, gap(name), Kind.GAP)

    def all(self, owners: Iterable[tuple[str, Any]]) -> list[Asked]:
        """All that is to be asked, of these owners of attributes as well."""
        for name, owner in owners:
            self._of_owner(name, owner)
            if is_object(owner) and not isinstance(owner, CONTAINERS):
                self.ask(f"the class of {name}", owner, attribute("__class__"))
                self._of_gaps(name, owner)
        for name, row in self.values if self._attributes.reads_values else ():
            for x in row:
                self._of_owner(name, x)
        return self._asked

    def _of_owner(self, name: str, owner: Any) -> None:
        """Ask for the attributes of an object, a class or a module."""
        is_module = isinstance(owner, ModuleType)
        if is_module and is_library(owner.__name__):
            return
        module = owner.__name__ if is_module else getattr(owner, "__module__", "")
        if (is_module or isinstance(owner, type)) and is_ours(module):
            return  # the code of nets, which nobody changes
        # One among the arguments may be another next time, and have counted as far.
        counts = isinstance(owner, Watched) and id(owner) not in self._positions
        if counts and not isinstance(owner, CONTAINERS):
            self.ask(f"what {name} holds", owner, attribute(COUNTER))
        for x in self._attributes.of(owner):
            if not (counts and isinstance(held_by(owner, x), _COUNTED)):
                self.ask(f"{name}.{x}", owner, attribute(x))

    def _of_gaps(self, name: str, owner: Any) -> None:
        """Ask whether an object still lacks what some code may look for in it."""
        own = held_by(owner, "__dict__")
        if self._attributes.by_text:  # any attribute counts
            self.ask(name, owner, "size_of({0}) == {1}", Kind.GAP, size_of(owner))
        elif own is not None:
            missing = self._attributes.missing_of(owner, own)
            if missing:
                text = "{0}.__dict__.keys().isdisjoint({1})"
                self.ask(name, owner, text, Kind.GAP, missing)
        unset = self._attributes.unset_of(owner)
        if unset:
            self.ask(name, owner, "are_unset({0}, {1})", Kind.GAP, unset)

"""Attributes: which of an object some code on the way may read, by their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import FunctionType, MemberDescriptorType
from typing import Any

from autograd.program.worlds.names import is_bookkeeping, is_layer, is_library
from autograd.program.worlds.things import are_unset, held_by, is_data, is_kept
from autograd.value import Value

OF_VALUES = ("grad", "label")
"""What code may read of a Value besides its number."""


class Attributes:
    """The names of attributes that were met in code so far.

    Args:
        home: The package of the function.

    Attributes:
        named: The names.
        by_text: Whether some code asks for attributes by text: then any may be read.
    """

    def __init__(self, home: str) -> None:
        self.named: dict[str, None] = {}
        self.by_text = False
        self._home = home
        self._known_members: dict[tuple[type, int, bool], dict[str, Any]] = {}

    def name(self, attributes: Iterable[str]) -> None:
        """Add some names."""
        self.named.update(dict.fromkeys(sorted(attributes)))

    def is_library(self, module: Any) -> bool:
        """Whether a module is an installed library's, and not the function's own."""
        return is_library(module, self._home)

    def of(self, owner: Any) -> list[str]:
        """Which attributes of an owner hold something that some code may read."""
        if isinstance(owner, Value):
            return [name for name in OF_VALUES if name in self.named]
        members = self.members_of(owner if isinstance(owner, type) else type(owner))
        if isinstance(owner, type):
            return [name for name, x in members.items() if is_kept(x)]
        own: Mapping[str, Any] = held_by(owner, "__dict__", {})
        if isinstance(owner, FunctionType):
            return [name for name in self.named if name in own]
        by_text = self.by_text or is_layer(type(owner))
        named = own if by_text else self.named
        names = [x for x in named if x in own and not is_bookkeeping(type(owner), x)]
        data = [name for name, x in members.items() if is_data(x) and name not in own]
        return names + [name for name in data if not are_unset(owner, [name])]

    def members_of(self, kind: type) -> dict[str, Any]:
        """The named attributes of a class, if it is none of a library."""
        key = kind, len(self.named), self.by_text
        if key not in self._known_members:
            self._known_members[key] = self._members_now(kind)
        return self._known_members[key]

    def _members_now(self, kind: type) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if not self.is_library(kind.__module__):
            for base in reversed(kind.__mro__):
                own = vars(base)
                found.update((x, own[x]) for x in self.named if x in own)
                if self.by_text:
                    slots = own.items()
                    found.update(
                        (x, y) for x, y in slots if isinstance(y, MemberDescriptorType)
                    )
        return {x: y for x, y in found.items() if not is_bookkeeping(kind, x)}

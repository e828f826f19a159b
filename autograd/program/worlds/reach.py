"""Reach: all that a function can read besides its arguments, found by names.

The walk starts at what the function's code names, and at objects among its arguments.
From an object it goes on to those attributes that some code on the way names, and to
its methods; from a container to what is in it; from a function to what that one names.
The code of installed libraries is not entered.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import CellType, FunctionType, MemberDescriptorType, ModuleType
from typing import Any

import numpy as np

from autograd.ops import OPS
from autograd.program.worlds.names import (
    is_bookkeeping,
    is_layer,
    is_library,
    is_ours,
    names_of,
    package_of,
)
from autograd.program.worlds.things import (
    CODE,
    CONTAINERS,
    PLAIN,
    WRITTEN,
    contents_of,
    held_by,
    is_data,
    is_kept,
    is_object,
    parts_of,
    special_methods,
)
from autograd.value import Value

_UNSET = object()

_OF_VALUES = ("grad", "label")
"""What code may read of a Value besides its number."""

SMALL = 1000
"""So many numbers, texts and the like are looked at in one container, however nested.

Values and objects are not counted: there are as many as the function computes with.
"""


class Reach:
    """What a function reaches by name.

    Args:
        f: The function.
        objects: Objects among its arguments, with their names.

    Attributes:
        things: All that is no number or text, with its name in messages: "k",
            "self.layers[0]".
        functions: The functions whose code may run.
        variables: The globals that are read: the dictionary they stand in, their name.
        absent: Names that are looked for among globals, and are not there: builtins.
        cells: The closure cells, with their names.
        owners: Objects, modules and classes whose attributes may be read.
        containers: Containers and arrays that are small enough to be looked into.
        large: Those that are not, of which only the length is known.
        values: The Values, under the name of what holds them; some more than once.
    """

    def __init__(
        self, f: Callable[..., Any], objects: Sequence[tuple[str, Any]] = ()
    ) -> None:
        self.things: list[tuple[str, Any]] = []
        self.functions: list[tuple[str, FunctionType]] = []
        self.variables: list[tuple[dict[str, Any], str]] = []
        self.absent: list[tuple[dict[str, Any], str]] = []
        self.cells: list[tuple[str, CellType]] = []
        self.owners: list[tuple[str, Any]] = []
        self.containers: list[tuple[str, Any]] = []
        self.large: list[tuple[str, Any]] = []
        self.values: list[tuple[str, list[Value]]] = []
        self._home = package_of(getattr(f, "__module__", None))
        self._seen: set[tuple[int, str]] = set()
        self._named: dict[str, None] = {}
        self._by_text = False
        self._known_members: dict[tuple[type, int, bool], dict[str, Any]] = {}
        self._waiting: list[tuple[str, Any, list[int]]] = []
        for name, thing in [*objects, (getattr(f, "__name__", "f"), f)]:
            self._find(name, thing)
        self._walk()

    def _walk(self) -> None:
        """Visit all that is found, until no new names of attributes come up."""
        looked_for = -1
        while looked_for < len(self._named):
            looked_for = len(self._named)
            for name, owner in [*self.owners]:
                self._look(name, owner)
            while self._waiting:
                self._visit(*self._waiting.pop())

    def _find(self, name: str, thing: Any, room: list[int] | None = None) -> None:
        """Keep something for a visit, unless it was met before."""
        if isinstance(thing, Value):
            self.values.append((name, [thing]))
        elif not isinstance(thing, PLAIN) and self._is_new(thing):
            self.things.append((name, thing))  # so no other gets its id meanwhile
            self._waiting.append((name, thing, room or [SMALL]))

    def _is_new(self, thing: Any, what: str = "") -> bool:
        key = (id(thing), what)
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new

    def _visit(self, name: str, thing: Any, room: list[int]) -> None:
        """Go on from one thing to those that it leads to."""
        if thing is OPS:  # the table, which nobody changes
            return
        if isinstance(thing, FunctionType):
            self._visit_function(name, thing)
        elif isinstance(thing, CONTAINERS):
            self._visit_container(name, thing, room)
        elif isinstance(thing, np.ndarray):
            self._visit_array(name, thing)
        elif isinstance(thing, type) and not is_ours(thing.__module__):
            for made_by in ("__init__", "__new__", "__post_init__"):
                self._find(f"{name}.{made_by}", vars(thing).get(made_by))
        else:
            for suffix, part in parts_of(thing):
                self._find(f"{name}{suffix}", part)
        if self._has_attributes(thing):
            self._own(name, thing)

    # --- functions -------------------------------------------------------------

    def _visit_function(self, name: str, f: FunctionType) -> None:
        cells = dict(zip(f.__code__.co_freevars, f.__closure__ or (), strict=True))
        for default in [*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values()]:
            self._find(f"a default of {name}", default)
        written = f.__code__.co_filename.startswith(WRITTEN)
        if written or self._is_library(f.__module__):
            for variable, cell in cells.items():  # such as the f of grad(f)
                self._find(variable, contents_of(cell))
            return
        if not is_ours(f.__module__):
            self.functions.append((name, f))
            if f.__kwdefaults__:
                self.containers.append((f"a default of {name}", f.__kwdefaults__))
        names = names_of(f.__code__)
        for variable, *path in sorted(names.paths):
            if variable in cells:
                thing = self._read_cell(variable, cells[variable])
            elif variable in f.__globals__:
                thing = self._read(f.__globals__, variable)
            else:
                thing = None
                self.absent.append((f.__globals__, variable))
            self._follow(variable, thing, path)
        self._name(names.attributes)
        self._by_text |= names.by_text and not is_ours(f.__module__)
        for module in names.modules:
            self._find(module, sys.modules.get(module))

    def _read_cell(self, variable: str, cell: CellType) -> Any:
        """Take down a closure cell, if there is anything in it yet; what is in it."""
        contents = contents_of(cell)
        if contents is not cell and self._is_new(cell):
            self.cells.append((variable, cell))
        return contents

    def _read(self, variables: dict[str, Any], variable: str) -> Any:
        """Take down a variable of a module; what it holds."""
        if self._is_new(variables, variable):
            self.variables.append((variables, variable))
        return variables[variable]

    def _follow(self, name: str, thing: Any, path: Sequence[str]) -> None:
        """Follow names after dots: through modules to one thing, from there by name."""
        while path and isinstance(thing, ModuleType) and path[0] in vars(thing):
            inside, (attribute, *path) = vars(thing), path
            is_library = self._is_library(thing.__name__)
            name = f"{name}.{attribute}"
            thing = inside[attribute] if is_library else self._read(inside, attribute)
        self._find(name, thing)
        self._name(path)

    def _name(self, attributes: Iterable[str]) -> None:
        self._named.update(dict.fromkeys(sorted(attributes)))

    # --- what holds others -----------------------------------------------------

    def _visit_container(self, name: str, holder: Any, room: list[int]) -> None:
        is_mapping = isinstance(holder, Mapping)
        if not is_mapping and {*map(type, holder)} == {Value}:  # common, and quick
            self.containers.append((name, holder))
            self.values.append((name, [*holder]))
            return
        items = holder.items() if is_mapping else enumerate(holder)
        others = [(key, x) for key, x in items if not isinstance(x, PLAIN)]
        room[0] -= len(holder) - len(others)
        if room[0] < 0:
            self.large.append((name, holder))
        else:
            self.containers.append((name, holder))
            self.values.append((name, [x for _, x in others if isinstance(x, Value)]))
            for key, x in others:
                if not isinstance(x, Value):
                    self._find(f"{name}[{key!r}]", x, room)

    def _visit_array(self, name: str, array: np.ndarray[Any, Any]) -> None:
        is_of_objects = array.dtype == object
        if is_of_objects or array.size <= SMALL:
            self.containers.append((name, array))
        for x in array.ravel() if is_of_objects else ():
            self._find(name, x)

    # --- attributes ------------------------------------------------------------

    @property
    def reads_values(self) -> bool:
        """Whether some code reads more of a Value than its number."""
        return not self._named.keys().isdisjoint(_OF_VALUES)

    def attributes_of(self, owner: Any) -> list[str]:
        """Which attributes of an owner hold something that some code may read."""
        if isinstance(owner, Value):
            return [name for name in _OF_VALUES if name in self._named]
        members = self._members(owner if isinstance(owner, type) else type(owner))
        if isinstance(owner, type):
            return [name for name, x in members.items() if is_kept(x)]
        own: Mapping[str, Any] = held_by(owner, "__dict__", {})
        if isinstance(owner, FunctionType):
            return [name for name in self._named if name in own]
        by_text = self._by_text or is_layer(type(owner))
        named = own if by_text else self._named
        names = [x for x in named if x in own and not is_bookkeeping(type(owner), x)]
        data = [name for name, x in members.items() if is_data(x) and name not in own]
        return names + [
            name for name in data if held_by(owner, name, _UNSET) is not _UNSET
        ]

    def missing_of(self, owner: Any) -> frozenset[str] | None:
        """Which attributes some code may look for in an object, that are not its own.

        None for any: where code asks for attributes by text.
        """
        if self._by_text:
            return None
        kind = type(owner)
        own = held_by(owner, "__dict__", {})
        names = [x for x in self._named if x not in own and not is_bookkeeping(kind, x)]
        return frozenset(names)

    def unset_of(self, owner: Any) -> list[str]:
        """Which slots of an object hold nothing, and may be read all the same."""
        if not is_object(owner):
            return []
        return [
            name
            for name, member in self._members(type(owner)).items()
            if isinstance(member, MemberDescriptorType)
            and held_by(owner, name, _UNSET) is _UNSET
        ]

    def _members(self, kind: type) -> dict[str, Any]:
        """The named attributes of a class, if it is none of a library."""
        key = kind, len(self._named), self._by_text
        if key not in self._known_members:
            self._known_members[key] = self._members_now(kind)
        return self._known_members[key]

    def _members_now(self, kind: type) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if not self._is_library(kind.__module__):
            for base in reversed(kind.__mro__):
                own = vars(base)
                found.update((x, own[x]) for x in self._named if x in own)
                if self._by_text:
                    slots = own.items()
                    found.update(
                        (x, y) for x, y in slots if isinstance(y, MemberDescriptorType)
                    )
        return {x: y for x, y in found.items() if not is_bookkeeping(kind, x)}

    def _own(self, name: str, owner: Any) -> None:
        """Keep an owner, and its class with the methods that may be called."""
        self.owners.append((name, owner))
        self._look(name, owner)
        kind = type(owner)
        if not is_object(owner) or self._is_library(kind.__module__):
            return
        if self._is_new(kind, "class"):
            for special, method in special_methods(kind):
                self._find(f"{kind.__name__}.{special}", method)
            self._own(kind.__name__, kind)

    def _look(self, name: str, owner: Any) -> None:
        """Find what the named attributes of an owner hold, and its named methods."""
        for attribute in self.attributes_of(owner):
            self._find(f"{name}.{attribute}", held_by(owner, attribute))
        if isinstance(owner, type):
            for attribute, found in self._members(owner).items():
                if isinstance(found, CODE):
                    self._find(f"{name}.{attribute}", found)

    def _has_attributes(self, thing: Any) -> bool:
        """Whether attributes of something are looked at."""
        if is_object(thing):  # a library's function object has none of ours
            return not (callable(thing) and self._is_library(type(thing).__module__))
        if isinstance(thing, FunctionType):
            return bool(vars(thing)) and not self._is_library(thing.__module__)
        return isinstance(thing, type | ModuleType | Value)

    def _is_library(self, module: Any) -> bool:
        return is_library(module, self._home)

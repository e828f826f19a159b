"""Reach: all that a function can read besides its arguments, found by names.

The walk starts at what the function's code names, and at objects among its arguments.
From an object it goes on to those attributes that some code on the way names, and to
its methods; from a container to what is in it; from a function to what that one names.
The code of installed libraries is not entered.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from operator import attrgetter, methodcaller
from types import CellType, FunctionType, ModuleType
from typing import Any

import numpy as np

from autograd.ops import OPS
from autograd.program.worlds.asked import Asked, Kind, Questions
from autograd.program.worlds.names import Attributes, is_ours, names_of, package_of
from autograd.program.worlds.things import (
    CONTAINERS,
    WRITTEN,
    contents_of,
    held_by,
    is_object,
    is_plain,
    parts_of,
    setters_of,
    special_methods,
)
from autograd.value import Value

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
        owners: Objects, modules and classes whose attributes may be read.
    """

    def __init__(
        self, f: Callable[..., Any], objects: Sequence[tuple[str, Any]] = ()
    ) -> None:
        self.things: list[tuple[str, Any]] = []
        self.owners: list[tuple[str, Any]] = []
        self.attributes = Attributes(package_of(getattr(f, "__module__", None)))
        self.questions = Questions(self.attributes, [x for _, x in objects])
        self._seen: set[tuple[int, str]] = set()
        self._waiting: list[tuple[str, Any, list[int]]] = []
        for name, thing in [*objects, (getattr(f, "__name__", "f"), f)]:
            self._find(name, thing)
        self._walk()

    def asked(self) -> list[Asked]:
        """All that is to be asked about the world."""
        return self.questions.all(self.owners)

    def _walk(self) -> None:
        """Visit all that is found, until no new names of attributes come up."""
        looked_for = None
        while looked_for != self.attributes.extent:
            looked_for = self.attributes.extent
            for name, owner in [*self.owners]:
                self._look(name, owner)
            while self._waiting:
                self._visit(*self._waiting.pop())

    def _find(self, name: str, thing: Any, room: list[int] | None = None) -> None:
        """Keep something for a visit, unless it was met before."""
        if isinstance(thing, Value):
            self.questions.values.append((name, [thing]))
        elif not is_plain(thing) and self._is_new(thing):
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
        elif isinstance(thing, type):
            for base in thing.__mro__ if not is_ours(thing.__module__) else ():
                for made_by in ("__init__", "__new__", "__post_init__"):
                    self._find(f"{name}.{made_by}", vars(base).get(made_by))
            self._own_class(thing)
        else:
            self._visit_parts(name, thing)
        if self._has_attributes(thing):
            self._own(name, thing)

    def _visit_parts(self, name: str, thing: Any) -> None:
        if isinstance(thing, ContextVar):
            self.questions.ask(name, thing, "{0}.get(None)")
        self.attributes.by_text |= isinstance(thing, attrgetter | methodcaller)
        for suffix, part in parts_of(thing):
            self._find(f"{name}{suffix}", part)
        if self.attributes.is_function_object(thing):  # np.vectorize(f), say
            for part in filter(callable, vars(thing).values()):
                self._find(name, part)

    # --- functions -------------------------------------------------------------

    def _visit_function(self, name: str, f: FunctionType) -> None:
        cells = dict(zip(f.__code__.co_freevars, f.__closure__ or (), strict=True))
        for default in [*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values()]:
            self._find(f"a default of {name}", default)
        written = f.__code__.co_filename.startswith(WRITTEN)
        if written or self.attributes.is_library(f.__module__):
            for variable, cell in cells.items():  # such as the f of grad(f)
                self._find(variable, contents_of(cell))
            return
        if not is_ours(f.__module__):
            for part in ("__code__", "__defaults__", "__kwdefaults__"):
                self.questions.of_attribute(f"the code of {name}", f, part)
            if f.__kwdefaults__:
                self.questions.of_container(f"a default of {name}", f.__kwdefaults__)
        names = names_of(f.__code__)
        for variable, *path in sorted(names.paths):
            if variable in cells:
                thing = self._read_cell(variable, cells[variable])
            else:
                thing = self._read(f.__globals__, variable)
            self._follow(variable, thing, path)
        self.attributes.name(names.attributes)
        self.attributes.stored |= names.stored
        self.attributes.by_text |= names.by_text and not is_ours(f.__module__)
        for module in names.modules:
            self._find(module, sys.modules.get(module))

    def _read_cell(self, variable: str, cell: CellType) -> Any:
        """Take down a closure cell, if there is anything in it yet; what is in it."""
        contents = contents_of(cell)
        if contents is not cell and self._is_new(cell):
            self.questions.of_attribute(variable, cell, "cell_contents")
        return contents

    def _read(self, variables: dict[str, Any], variable: str) -> Any:
        """Take down a variable of a module; what it holds.

        A name that is none, such as a builtin's, is a gap: a variable may come.
        """
        is_ours_own = is_ours(variables.get("__name__"))  # nobody changes nets' code
        if not is_ours_own and self._is_new(variables, variable):
            self.questions.of_variable(variable, variables)
        return variables.get(variable)

    def _follow(self, name: str, thing: Any, path: Sequence[str]) -> None:
        """Follow names after dots: through modules to one thing, from there by name."""
        while path and isinstance(thing, ModuleType) and path[0] in vars(thing):
            inside, (attribute, *path) = vars(thing), path
            is_library = self.attributes.is_library(thing.__name__)
            name = f"{name}.{attribute}"
            thing = inside[attribute] if is_library else self._read(inside, attribute)
        self._find(name, thing)
        self.attributes.name(path)

    # --- what holds others -----------------------------------------------------

    def _visit_container(self, name: str, holder: Any, room: list[int]) -> None:
        is_mapping = isinstance(holder, Mapping)
        if not is_mapping and {*map(type, holder)} == {Value}:  # common, and quick
            self.questions.of_container(name, holder)
            self.questions.values.append((name, [*holder]))
            return
        items = holder.items() if is_mapping else enumerate(holder)
        others = [(key, x) for key, x in items if not is_plain(x)]
        room[0] -= len(holder) - len(others)
        if room[0] < 0:
            self.questions.ask(name, holder, "len({0})", Kind.LENGTH)
            return
        self.questions.of_container(name, holder)
        values = [x for _, x in others if isinstance(x, Value)]
        self.questions.values.append((name, values))
        for key, x in others:
            if not isinstance(x, Value):
                self._find(f"{name}[{key!r}]", x, room)

    def _visit_array(self, name: str, array: np.ndarray[Any, Any]) -> None:
        if array.dtype == object:
            self.questions.of_container(name, array)
            for x in array.ravel():
                self._find(name, x)
        elif array.size <= SMALL:
            self.questions.ask(name, array, "state_of({0})", Kind.STATE)

    # --- attributes ------------------------------------------------------------

    def _own(self, name: str, owner: Any) -> None:
        """Keep an owner, and its class with the methods that may be called."""
        self.owners.append((name, owner))
        self._look(name, owner)
        if is_object(owner) or isinstance(owner, type):
            self._own_class(type(owner))

    def _own_class(self, kind: type) -> None:
        """Keep a class and those that it is made of: `super()` asks each of them."""
        for base in kind.__mro__:
            is_library = self.attributes.is_library(base.__module__)
            if not is_library and self._is_new(base, "class"):
                for special, method in special_methods(base):
                    self._find(f"{base.__name__}.{special}", method)
                self._own(base.__name__, base)

    def _look(self, name: str, owner: Any) -> None:
        """Find what the named attributes of an owner hold, and its named methods."""
        for x in self.attributes.of(owner):
            self._find(f"{name}.{x}", held_by(owner, x))
        if isinstance(owner, type):
            for x in self.attributes.stored:
                for setter in setters_of(vars(owner).get(x)):
                    self._find(f"{name}.{x}", setter)
            for x, found in self.attributes.members_of(owner).items():
                if hasattr(type(found), "__get__"):
                    self._find(f"{name}.{x}", found)

    def _has_attributes(self, thing: Any) -> bool:
        """Whether attributes of something are looked at."""
        is_library = self.attributes.is_library
        if self.attributes.is_function_object(thing):
            module = held_by(thing, "__module__")  # of what was decorated
            return not (is_library(module) or is_ours(module))
        if is_object(thing):
            return True
        if isinstance(thing, FunctionType):
            return bool(vars(thing)) and not is_library(thing.__module__)
        if isinstance(thing, ModuleType):  # of `getattr(np, name)`, no more than of np
            return not is_library(thing.__name__)
        return isinstance(thing, type | Value)

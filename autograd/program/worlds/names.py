"""Names: what the code of a function reads by name, of what, and whose code it is."""

from __future__ import annotations

import dis
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import CodeType, FunctionType, MemberDescriptorType
from typing import Any, NamedTuple

from autograd.listening.watching import Watched
from autograd.program.worlds.things import (
    are_unset,
    held_by,
    is_data,
    is_kept,
    is_object,
)
from autograd.value import Value

DottedName = tuple[str, ...]

_ATTRIBUTE = frozenset({"LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR", "IMPORT_FROM"})
_GLOBAL = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"})
_OF_CELL = frozenset({"LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF"})
_SET = frozenset({"STORE_ATTR", "DELETE_ATTR"})
_ASKS_BY_TEXT = frozenset(
    {"getattr", "hasattr", "vars", "setattr", "__dict__", "attrgetter", "methodcaller"}
)

_NEVER_ENTERED = frozenset({"autograd", "numpy"})
_OURS = frozenset({"nn"})
_FOLDERS = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib")})


class CodeNames(NamedTuple):
    """What code names, the functions and comprehensions inside it included.

    Attributes:
        paths: What is read of variables that are not its own, with what stands after
            dots: ("np", "random", "rand").
        attributes: What is read of its own variables and of results.
        stored: Attributes that it sets or deletes.
        modules: What it imports.
        by_text: Whether it asks for attributes by text, as `getattr(self, "lr")` and
            `case Config(lr)` do.
    """

    paths: frozenset[DottedName]
    attributes: frozenset[str]
    stored: frozenset[str]
    modules: frozenset[str]
    by_text: bool


@lru_cache(maxsize=1024)
def names_of(code: CodeType) -> CodeNames:
    """What this code names."""
    closure = frozenset(code.co_freevars)
    chains = [chain for part in _parts(code) for chain in _chains(part, closure)]
    paths = {path for is_outer, path in chains if is_outer and path}
    others = {name for is_outer, path in chains if not is_outer for name in path}
    named = others.union(*paths)
    does = [x for part in _parts(code) for x in dis.get_instructions(part)]
    return CodeNames(
        frozenset(paths),
        frozenset(others),
        frozenset([x.argval for x in does if x.opname in _SET]),
        frozenset([x.argval for x in does if x.opname == "IMPORT_NAME"]),
        by_text=bool(_ASKS_BY_TEXT & named)
        or any(x.opname == "MATCH_CLASS" for x in does),
    )


def _chains(
    code: CodeType, closure: frozenset[str]
) -> Iterator[tuple[bool, DottedName]]:
    """What is read with all that stands after dots, and whether of an outer variable.

    A cell that is not of the function's closure holds a variable of its own, such as an
    argument that a comprehension reads.

    Of `log.append(x)` nothing is read: that is how a function keeps a log.
    """
    is_outer = False
    path: DottedName = ()
    for instruction in dis.get_instructions(code):
        if instruction.opname not in _ATTRIBUTE:
            yield is_outer, path
            name = instruction.argval
            is_outer = instruction.opname in _GLOBAL or (
                instruction.opname in _OF_CELL and name in closure
            )
            path = (name,) if is_outer else ()
        elif instruction.argval == "append":
            path = path[:-1]
        else:
            path = (*path, instruction.argval)
    yield is_outer, path


def _parts(code: CodeType) -> Iterator[CodeType]:
    """A function's code, and that of all functions and comprehensions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _parts(constant)


def package_of(module: object) -> str:
    """The package that a module belongs to, by its name; "" if it has none."""
    return module.partition(".")[0] if isinstance(module, str) else ""


def is_ours(module: object) -> bool:
    """Whether a module is one of nets: such code is entered wherever it is installed.

    It reads nothing by text but what its layers hold, of which everything counts.
    """
    return package_of(module) in _OURS


def is_layer(kind: type) -> bool:
    """Whether a class is a layer of nets, or made of one: all that it holds is read.

    Recurrent layers put the names together by which they hold and read their weights.
    """
    return issubclass(kind, Watched) and any(
        is_ours(base.__module__) and base.__module__ not in _NETS
        for base in kind.__mro__
    )


def is_library(module: object, home: str = "") -> bool:
    """Whether a module is an installed library's, whose code is not entered.

    Args:
        module: Its name.
        home: The package of whoever asks: that is none, wherever it is installed.
    """
    package = package_of(module)
    if package in _NEVER_ENTERED:
        return True
    return package not in _OURS | {home} and _is_installed(package)


@lru_cache(maxsize=256)
def _is_installed(package: str) -> bool:
    if package in sys.builtin_module_names:
        return True
    file = getattr(sys.modules.get(package), "__file__", None) or ""
    return file.startswith(_FOLDERS)


COUNTER = "_changes"
"""Where nets count their changes, so that nobody need compare all that they hold.

Their lists count every change; modules the times that an attribute is set whose old or
new value is a Value, a container or a module.
"""


def is_bookkeeping(kind: type, name: str) -> bool:
    """Whether an attribute is what nets keep for themselves: no number needs it."""
    if name.endswith("__") or not name.startswith(("_", "scope")):
        return False
    bases = [base for base in kind.__mro__ if base.__module__ in _NETS]
    return any(name in vars(base) for base in bases)


_NETS = frozenset({"autograd.listening.watching", "nn.module", "nn.tree"})


# --- which attributes are read --------------------------------------------------------

OF_VALUES = ("grad", "label")
"""What code may read of a Value besides its number."""


class Attributes:
    """The names of attributes that were met in code so far.

    Args:
        home: The package of the function.

    Attributes:
        named: The names.
        stored: Those that are set or deleted.
        by_text: Whether some code asks for attributes by text: then any may be read.
    """

    def __init__(self, home: str) -> None:
        self.named: dict[str, None] = {}
        self.stored: set[str] = set()
        self.by_text = False
        self._home = home
        self._known_members: dict[tuple[type, int, bool], dict[str, Any]] = {}

    @property
    def extent(self) -> tuple[int, int, bool]:
        """What grows with each name that comes up."""
        return len(self.named), len(self.stored), self.by_text

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
        if isinstance(owner, FunctionType) or self.is_function_object(owner):
            return [name for name in self.named if name in own]
        by_text = self.by_text or is_layer(type(owner))
        named = own if by_text else self.named
        names = [x for x in named if x in own and not is_bookkeeping(type(owner), x)]
        data = [name for name, x in members.items() if is_data(x) and name not in own]
        return names + [name for name in data if not are_unset(owner, [name])]

    def is_function_object(self, owner: Any) -> bool:
        """Whether it is what a library makes of a function: a compiled one, say."""
        is_made = callable(owner) and hasattr(owner, "__dict__") and is_object(owner)
        return is_made and self.is_library(type(owner).__module__)

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
                    is_ours_own = is_ours(base.__module__)
                    found.update(
                        (x, y)
                        for x, y in own.items()
                        if isinstance(y, MemberDescriptorType)
                        or not (is_ours_own or x.startswith("__"))
                    )
        return {x: y for x, y in found.items() if not is_bookkeeping(kind, x)}

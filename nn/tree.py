"""The tree of modules: what each holds, walked once and again only when it changed.

Training asks for a net's parameters at every step, and there may be 100,000. A `Tree`
keeps what a walk found, and knows whether that still holds: modules and the lists of
nn's own layers count their changes, and what a user's lists, tuples, dicts and object
arrays hold is compared, element by element.
"""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain
from operator import is_
from typing import Any, NamedTuple

import numpy as np

from autograd import Parameters, Value, Watched, scope
from nn.checks import counted

CONTAINERS = (list, tuple, dict, np.ndarray)
MOST_DIMENSIONS = 16  # more than any layer has; a list that holds itself ends here


class Block(NamedTuple):
    """Parameters that one attribute holds, as the array they form."""

    name: str  # dotted, such as "layers.0.weight"
    shape: tuple[int, ...]  # () for a single one, (n, m) for a list of lists
    parameters: Parameters  # all of them, last index fastest

    def names(self) -> list[str]:
        """Name each parameter: the block's name and its indices, such as "w.3.1"."""
        return [".".join((self.name, *map(str, i))) for i in np.ndindex(*self.shape)]

    def read(self) -> Any:
        """Copy the numbers."""
        return self.parameters.read().reshape(self.shape)

    def __repr__(self) -> str:
        if self.shape in ((), (1,)):
            return counted(1, "parameter")
        return f"{' x '.join(map(str, self.shape))} parameters"


class Holder(Watched):
    """Whose attributes may hold parameters: it counts the times they are set."""

    _changes: int = 0
    _tree: "Tree | None" = None

    def __setattr__(self, name: str, value: object) -> None:
        before = self.__dict__.get(name)
        super().__setattr__(name, value)
        if isinstance(value, _HELD) or isinstance(before, _HELD):
            self.__dict__["_changes"] = self._changes + 1

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        self.__dict__["_changes"] = self._changes + 1

    def module_tree(self) -> "Tree":
        """What it holds: the tree of the last walk, if that still holds."""
        tree = self._tree
        if tree is None or not tree.still_holds():
            tree = self.__dict__["_tree"] = Tree(self)
        return tree

    def __getstate__(self) -> dict[str, Any]:
        """What is copied and pickled: a copy walks and compiles anew."""
        own = ("_tree", "_answer")
        return {name: x for name, x in vars(self).items() if name not in own}


_HELD = (Value, Holder, *CONTAINERS)


def _counting(name: str) -> Callable[..., Any]:
    plain = getattr(list, name)

    def method(self: "WatchedList", *args: Any, **keywords: Any) -> Any:
        try:
            return plain(self, *args, **keywords)
        finally:
            self._changes += 1  # afterwards, for whoever looks meanwhile

    method.__name__, method.__doc__ = name, plain.__doc__
    return method


class WatchedList(Watched, list[Any]):
    """A list that counts its changes, so that nobody need compare what it holds."""

    _changes = 0

    def __reduce__(self) -> tuple[Any, ...]:
        return WatchedList, (), None, iter(self)


for _name in (
    *("append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse"),
    *("__setitem__", "__delitem__", "__iadd__", "__imul__"),
):
    setattr(WatchedList, _name, _counting(_name))


class Tree:
    """What a walk over a module and all inside it found."""

    def __init__(self, outermost: Holder) -> None:
        self.modules: list[tuple[str, Any]] = []  # outer before inner, each once
        self.blocks: list[Block] = []  # in the order of the modules
        self.plain = ""  # the path of the first leaf that is no parameter, if any
        self._counted: list[tuple[dict[str, Any], int]] = []
        self._compared: list[tuple[Any, list[Any]]] = []
        self._walk(outermost)
        leaves = (block.parameters.leaves for block in self.blocks)
        self.parameters = Parameters(dict.fromkeys(chain.from_iterable(leaves)))
        self.made: dict[str, Any] = {}  # by others, good as long as this holds

    def _walk(self, outermost: Holder) -> None:
        seen: set[int] = set()
        pending: list[tuple[str, Holder]] = [("", outermost)]
        while pending:
            name, module = pending.pop()
            if id(module) in seen:
                continue
            seen.add(id(module))
            self.modules.append((name, module))
            self._watch(module)
            inner = []
            for path, item in held(module, f"{name}." if name else ""):
                if isinstance(item, Holder):
                    inner.append((path, item))
                elif isinstance(item, Block):
                    self.blocks.append(item)
                elif item.role == "input":
                    self.plain = self.plain or path
            pending.extend(reversed(inner))

    def _watch(self, module: Holder) -> None:
        """Note the module and the containers in it, as they are now."""
        seen: set[int] = set()
        pending: list[Any] = [module]
        while pending:
            item = pending.pop()
            if id(item) in seen:
                continue
            seen.add(id(item))
            is_module = item is module
            parts = _parts(vars(item) if is_module else item)
            if is_module or isinstance(item, WatchedList):
                self._counted.append((vars(item), vars(item).get("_changes", 0)))
            elif not isinstance(item, tuple):
                self._compared.append((item, parts))
            pending += [part for part in parts if isinstance(part, CONTAINERS)]

    def still_holds(self) -> bool:
        """Whether a walk would find the same."""
        for attributes, count in self._counted:
            if attributes.get("_changes", 0) != count:
                return False
        for item, parts in self._compared:
            now_held = _parts(item)
            if len(now_held) != len(parts) or not all(map(is_, now_held, parts)):
                return False
        return True


def held(module: Holder, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The modules, blocks and other Values that a module holds, and by which paths."""
    seen: dict[int, object] = {}  # a list may hold itself
    pending = [(prefix + name, x) for name, x in reversed(vars(module).items())]
    while pending:
        path, item = pending.pop()
        leaves: list[Value] = []
        if isinstance(item, Holder):
            yield path, item
        elif (shape := _shape(item, leaves, 0)) is not None:
            yield path, Block(path, shape, Parameters(leaves))
        elif isinstance(item, Value):
            yield path, item
        elif id(item) not in seen:
            seen[id(item)] = item
            parts = _parts(item)
            keys = item if isinstance(item, dict) else range(len(parts))
            paths = [f"{path}.{key}" for key in keys]
            pending += reversed([*zip(paths, parts, strict=True)])


def _shape(item: object, leaves: list[Value], depth: int) -> tuple[int, ...] | None:
    """Collect the parameters in nested lists; None where they form no array."""
    if isinstance(item, Value):
        leaves.append(item)
        return () if item.role == "parameter" else None
    if isinstance(item, dict) or depth == MOST_DIMENSIONS:
        return None
    elements = _parts(item)
    if {*map(type, elements)} == {Value}:  # a row, at once
        leaves += elements
        are_all = {x.role for x in elements} == {"parameter"}
        return (len(elements),) if are_all else None
    first: tuple[int, ...] | None = None
    for element in elements:
        shape = _shape(element, leaves, depth + 1)
        if shape is None or first not in (None, shape):
            return None
        first = shape
    return None if first is None else (len(elements), *first)


def _parts(item: object) -> list[Any]:
    """What a list, tuple, dict or object array holds; nothing if it is none such."""
    if isinstance(item, dict):
        return [*item.values()]
    if isinstance(item, np.ndarray) and item.dtype == object and item.ndim:
        return [*item.tolist()]
    return [*item] if isinstance(item, list | tuple) else []


@cache
def numbered_scopes(name: str, count: int) -> tuple[scope, ...]:
    """So many scopes, such as "neurons.0", each made once: calls enter them again."""
    return tuple(scope(f"{name}.{index}") for index in range(count))

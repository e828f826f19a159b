"""The tree of modules: what each holds, walked once and again only when it changed.

Training asks for a net's parameters at every step, so a walk over 100,000 of them must
not be done each time. A `Tree` keeps what a walk found, and knows whether that still
holds: modules and the lists of nn's own layers count their changes, and what a user's
lists, tuples, dicts and object arrays hold is compared, element by element.
"""

from collections.abc import Callable, Iterator
from operator import is_
from typing import Any

import numpy as np

from autograd import Parameters, Value, Watched
from nn.state import Block, block_of, parts_of

__all__ = ["Holder", "Tree", "WatchedList", "found", "held"]

CONTAINERS = (list, tuple, dict, np.ndarray)


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
        """What is copied and pickled: a copy walks its own tree."""
        return {name: x for name, x in vars(self).items() if name not in _OWN}


_OWN = frozenset({"_tree", "_answer"})
"""What a module keeps for itself, and a copy makes anew."""

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
    """What a walk over a module and all inside it found.

    Attributes:
        modules: Each module once, outer before inner, with its name.
        blocks: The blocks of all modules, in the order of the modules.
        parameters: All parameters, each once, in the order of the blocks.
    """

    def __init__(self, outermost: Holder) -> None:
        self.modules: list[tuple[str, Any]] = []
        self.blocks: list[Block] = []
        for name, module, blocks in walk(outermost):
            self.modules.append((name, module))
            self.blocks += blocks
        unique = {id(x): x for block in self.blocks for x in block.parameters.leaves}
        self.parameters = Parameters(unique.values())
        self._counted: list[tuple[dict[str, Any], int]] = []
        self._compared: list[tuple[Any, list[Any]]] = []
        for _, module in self.modules:
            self._watch(module)

    def _watch(self, module: Holder) -> None:
        """Note the module and the containers in it, as they are now."""
        self._count(module)
        seen: set[int] = set()
        pending = [x for x in vars(module).values() if isinstance(x, CONTAINERS)]
        while pending:
            item = pending.pop()
            if id(item) in seen:
                continue
            seen.add(id(item))
            parts = [part for _, part in parts_of(item)]
            if isinstance(item, WatchedList):
                self._count(item)
            elif not isinstance(item, tuple):
                self._compared.append((item, parts))
            pending += [part for part in parts if isinstance(part, CONTAINERS)]

    def _count(self, holder: Holder | WatchedList) -> None:
        attributes = vars(holder)
        self._counted.append((attributes, attributes.get("_changes", 0)))

    def still_holds(self) -> bool:
        """Whether a walk would find the same."""
        for attributes, count in self._counted:
            if attributes.get("_changes", 0) != count:
                return False
        for item, parts in self._compared:
            now_held = [part for _, part in parts_of(item)]
            if len(now_held) != len(parts) or not all(map(is_, now_held, parts)):
                return False
        return True


def walk(outermost: Holder) -> Iterator[tuple[str, Holder, list[Block]]]:
    """Each module once, outer before inner: its name, itself, its own blocks."""
    seen: set[int] = set()
    pending: list[tuple[str, Holder]] = [("", outermost)]
    while pending:
        name, module = pending.pop()
        if id(module) in seen:
            continue
        seen.add(id(module))
        prefix = f"{name}." if name else ""
        blocks, inner = [], []
        for path, item in held(module):
            if isinstance(item, Holder):
                inner.append((prefix + path, item))
            else:
                blocks.append(item._replace(name=prefix + path))
        yield name, module, blocks
        pending.extend(reversed(inner))


def held(module: Holder) -> Iterator[tuple[str, Any]]:
    """What a module holds, not looking into the modules: paths, modules and blocks."""
    for path, item in found(module):
        if not isinstance(item, Value):
            yield path, item


def found(module: Holder) -> Iterator[tuple[str, Holder | Block | Value]]:
    """What a module holds, and the Values that are no parameters."""
    seen: dict[int, object] = {}  # a list may hold itself
    pending: list[tuple[str, object]] = [*reversed(vars(module).items())]
    while pending:
        path, item = pending.pop()
        if isinstance(item, Holder):
            yield path, item
            continue
        block = block_of(path, item)
        if block is not None:
            yield path, block
            continue
        if isinstance(item, Value):
            yield path, item
            continue
        parts = parts_of(item)
        if parts and id(item) not in seen:
            seen[id(item)] = item
            pending.extend((f"{path}.{key}", part) for key, part in reversed(parts))

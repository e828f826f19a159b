"""Instances: each keeps the programs of its compiled methods, which go with it."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from autograd.program.calling.kept import Kept

_METHODS = "_compiled_methods"


def kept_of(instance: Any, shared: Kept) -> Kept:
    """The programs of an instance's method.

    An instance without a `__dict__` has those of the class: it is told from others, as
    all objects are, by what is found in it.

    Args:
        instance: The instance.
        shared: The programs of the class.
    """
    state = getattr(instance, "__dict__", None)
    if not isinstance(state, dict):
        return shared
    methods = state.get(_METHODS)
    if methods is None or methods.owner() is not instance:  # or it is the original's
        methods = state[_METHODS] = _Methods(instance)
    if shared not in methods.kept:
        methods.kept[shared] = shared.anew()
    kept: Kept = methods.kept[shared]
    return kept


class _Methods:
    """The programs of an instance's compiled methods, which the instance keeps.

    A copy of the instance begins anew.
    """

    def __init__(self, owner: Any = None) -> None:
        self.kept: dict[Kept, Kept] = {}
        try:
            self.owner: Callable[[], Any] = weakref.ref(owner)
        except TypeError:
            self.owner = lambda: owner

    def __reduce__(self) -> tuple[Any, ...]:
        return _Methods, ()

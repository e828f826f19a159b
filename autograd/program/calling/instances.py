"""Instances: each keeps the programs of its compiled methods, which go with it."""

from __future__ import annotations

from typing import Any

from autograd.program.calling.kept import Kept

_METHODS = "_compiled_methods"


class _Methods(dict[Kept, Kept]):
    """The programs of an instance's methods, by those of the class.

    A copy of the instance begins anew.
    """

    def __init__(self, owner: int = 0) -> None:
        super().__init__()
        self.owner = owner  # by its id

    def __reduce__(self) -> tuple[Any, ...]:
        return _Methods, ()


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
    if methods is None or methods.owner != id(instance):  # or it is the original's
        methods = state[_METHODS] = _Methods(id(instance))
    if shared not in methods:
        methods[shared] = shared.anew()
    kept: Kept = methods[shared]
    return kept

"""Watched: objects that tell when an attribute of any of them is set.

A program asks before every run whether what its function reads is as it was. A net has
thousands of attributes, and most often none has changed: that is known at once if none
of any net has.
"""

from __future__ import annotations

from typing import Any, ClassVar


class Watched:
    """An object that tells of every attribute that is set or deleted.

    What is written into its `__dict__` directly goes unseen.
    """

    _last_change: ClassVar[object] = object()

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        Watched._last_change = object()

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        Watched._last_change = object()


def last_change() -> object:
    """Another object after every change of any watched object, once it is there."""
    return Watched._last_change

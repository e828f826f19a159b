"""The line of the user's code that is running: for messages, guards and sources."""

from __future__ import annotations

import linecache
import sys
from types import FrameType
from typing import NamedTuple

_PASSED_OVER = frozenset({"autograd", "nn", "visualize", "gradtrace", "numpy"})
"""Packages whose lines are not the user's: `np.clip(x, 0, 1)` asks within NumPy."""


class Line(NamedTuple):
    """A line of source.

    Attributes:
        file: Its file, "" if it is not known; `number` counts from 1.
        text: What stands there, without indentation.
    """

    file: str
    number: int
    text: str

    @property
    def where(self) -> str:
        """The place as "file.py:12", "" if it is not known."""
        return f"{self.file}:{self.number}" if self.file else ""


def user_line() -> Line:
    """The innermost line that runs now and is none of this project's own."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_passed_over(frame):
        frame = frame.f_back
    if frame is None:
        return Line("", 0, "")
    file, number = frame.f_code.co_filename, frame.f_lineno
    return Line(file, number, linecache.getline(file, number).strip())


def _is_passed_over(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__", "")
    written = frame.f_code.co_filename.startswith("<autograd ")  # from a row
    return written or str(name).partition(".")[0] in _PASSED_OVER

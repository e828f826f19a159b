"""Tape: what a function leaves behind that is run once to be compiled.

While a function is traced, every operation is kept in the order in which it was done.
The next example has other numbers, so no number may decide anything for good: a truth
value that steers Python is kept as a guard, and reading a number is refused. Leaves
that the function makes itself are its constants, and may be read.
"""

from __future__ import annotations

import linecache
import sys
from types import FrameType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from autograd.value import Value

_PASSED_OVER = frozenset({"autograd", "nn", "numpy"})
"""Packages whose lines are not the user's: `np.clip(x, 0, 1)` asks within NumPy."""


class Decision(NamedTuple):
    """A truth value that steered Python.

    Attributes:
        condition: The number that was asked.
        outcome: Its truth value.
        where: "file.py:12", the line of the function that asked.
        line: The text of that line.
    """

    condition: Value
    outcome: bool
    where: str
    line: str


class Tape:
    """The operations of one run of a function, and the truth values it asked for.

    Attributes:
        log: The nodes, in the order in which they were made.
        decisions: What steered Python, each number once.
    """

    __slots__ = ("_constants", "_looked_at", "decisions", "log")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Let go of the nodes: they hold the tape, and that is a cycle."""
        self.log: list[Value] = []
        self.decisions: dict[Value, Decision] = {}
        self._constants: set[Value] = set()
        self._looked_at = 0

    def made(self, value: Value) -> bool:
        """Whether the function made this Value itself."""
        return value.recording.epoch.tape is self

    def is_constant(self, value: Value) -> bool:
        """Whether a Value depends on nothing but leaves that the function made."""
        for place in range(self._looked_at, len(self.log)):  # each node once
            node = self.log[place]
            if all(isinstance(x, float) or self._known(x) for x in node.operands):
                self._constants.add(node)
        self._looked_at = len(self.log)
        return self._known(value)

    def _known(self, value: Value) -> bool:
        return value in self._constants or (value.op is None and self.made(value))

    def decide(self, condition: Value) -> bool:
        """The truth value of a number, kept as a guard if it may be another one."""
        outcome = bool(condition._number)
        if condition not in self.decisions and not self.is_constant(condition):
            where, line = _asking_line()
            decision = Decision(condition, outcome, where, line)
            self.decisions[condition] = decision
        return outcome

    def refuse(self, value: Value, what: str, advice: str = "") -> None:
        """Refuse to turn a Value into a plain number, unless it is a constant.

        Raises:
            TypeError: It depends on an input or a parameter.
        """
        if self.is_constant(value):
            return
        message = (
            f"{what} would bake a number into the program: while a function is "
            f"traced, {value!r} stands for the number of every example. "
        )
        raise TypeError(message + (advice or _ADVICE))


_ADVICE = (
    "Stay on Values: autograd.exp(x) instead of math.exp(x), autograd.where(c, x, y) "
    "to choose, autograd.take(rows, index) to index; print(f'{x:.3f}') is allowed"
)


def _asking_line() -> tuple[str, str]:
    """Where the innermost frame of the user's is: "file.py:12" and its text."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_passed_over(frame):
        frame = frame.f_back
    if frame is None:
        return "", ""
    file, number = frame.f_code.co_filename, frame.f_lineno
    return f"{file}:{number}", linecache.getline(file, number).strip()


def _is_passed_over(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__", "")
    return str(name).partition(".")[0] in _PASSED_OVER

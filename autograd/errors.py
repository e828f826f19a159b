"""The errors and the warnings of this package that are no built-in ones."""

from __future__ import annotations

from typing import Any


class GradientError(AssertionError):
    """A derivative is wrong: its first line names the operation to blame."""


class LeavingWarning(UserWarning):
    """A number left the graph, and a gradient is only that of the other ways."""


class BranchError(RuntimeError):
    """A Program would have to take another branch than the one that it traced.

    This example would take it, or what the function reads besides its arguments is not
    what it was.

    Attributes:
        path: The truth values that steer the example, as far as they are known: the
            last one is another than while tracing.
    """

    path: tuple[bool, ...] = ()


class AnomalyError(ArithmeticError):
    """A number went wrong inside `detect_anomaly`.

    Attributes:
        finding: What went wrong, and where it began.
    """

    def __init__(self, message: str, finding: Any) -> None:
        super().__init__(message)
        self.finding = finding


class CompilationWarning(UserWarning):
    """A function can't be compiled, and runs on Values as it is."""

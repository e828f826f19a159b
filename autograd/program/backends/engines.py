"""Engines: what runs a plan. NumPy here, others by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd.program.backends.auto_engine import AutoEngine
from autograd.program.backends.numpy_engine import NumpyEngine
from autograd.program.forms.signature import Signature
from autograd.program.looking.report import Report
from autograd.program.machine.runs import Direct, Given
from autograd.program.passes import Passed

Backend = Literal["auto", "numpy", "jax", "machine"]
Vector: TypeAlias = NDArray[np.float64]
Slopes: TypeAlias = "tuple[Vector | None, Vector | None]"


class Engine(Protocol):
    """Runs a plan on numbers; `x` is one example, (n,), or a batch, (B, n)."""

    def stacked(self, signature: Signature, inputs: Sequence[Any]) -> Any:
        """A batch as (B, n), kept where it lies; None if it is to be NumPy's."""

    def value(self, theta: Vector, x: Vector) -> tuple[Any, Any]:
        """The outputs and the guards' conditions, for every example."""

    def gradient(
        self, theta: Vector, x: Vector, seed: Vector, wanted: str
    ) -> tuple[Any, Any, Slopes]:
        """The same, and the gradient of the outputs weighted by `seed`.

        Args:
            theta: The parameters' numbers.
            x: The inputs' numbers.
            seed: A weight for every output, of every example.
            wanted: "parameters", "inputs" or "both".

        Returns:
            Outputs, conditions, and the gradient in the parameters, summed over the
            batch, and in the inputs.
        """

    @property
    def is_direct(self) -> bool:
        """Whether single examples run so by now; it may begin later."""

    def direct(self, wanted: str, given: Given | None = None) -> Direct | None:
        """A run of one example on registers of one's own; None if it has none.

        Args:
            wanted: As above, or "value".
            given: Arrays that it copies before it runs, each in one piece, and to which
                register: of somebody who will run it often. None of others.
        """

    @property
    def source(self) -> str:
        """What runs for a batch, to be read."""

    @property
    def groups(self) -> tuple[int, ...]:
        """For each line of the source the group that it computes; -1 for none."""

    @property
    def statements(self) -> list[str]:
        """Its statements, one a line."""

    @property
    def report(self) -> Report:
        """What the program is made of, and what it costs."""


def engine_of(backend: Backend, passed: Passed) -> Engine:
    """The engine of this name.

    Raises:
        ImportError: What it needs is not installed.
        ValueError: There is none of this name.
    """
    return maker_of(backend)(passed)


def maker_of(backend: Backend) -> Callable[[Passed], Engine]:
    """What makes the engine of this name; it raises as `engine_of` does."""
    if backend == "auto":
        return AutoEngine
    if backend == "numpy":
        return NumpyEngine
    if backend == "jax":
        from autograd.program.backends.jax_engine import JaxEngine

        return JaxEngine
    if backend == "machine":
        from autograd.program.machine.engine import MachineEngine

        return MachineEngine
    names = "'auto', 'numpy', 'jax' or 'machine'"
    raise ValueError(f"a backend is {names}, not {backend!r}")

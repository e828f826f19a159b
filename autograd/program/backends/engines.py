"""Engines by name, and that of "auto": arrays or the machine, whichever is quicker."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Literal

from autograd.program.backends.choice import SCALAR, WIDE, Size, size_of
from autograd.program.backends.numpy_engine import NumpyEngine
from autograd.program.machine import interpreter, plain, runs
from autograd.program.machine.engine import MachineEngine
from autograd.program.passes import Passed
from autograd.program.plan import Vector

OFTEN = 1000
"""So many single examples pay for loading numba, which takes half a second."""

LOADING = 0.3
"""So many seconds of batches do, too."""

ASSEMBLING = 1e-4
"""Seconds that the machine takes for a node, to write its instructions for batches."""


class AutoEngine(NumpyEngine):
    """Arrays for batches that fill them; the machine for the rest, where it pays.

    Single examples of small programs are the machine's from the beginning. Numba makes
    it quicker than arrays for batches as well, but for products with what all examples
    share, such as the weights of a net. It is loaded when a program has been run for
    about as long as that takes. What is shown is the arrays.
    """

    def __init__(self, passed: Passed) -> None:
        super().__init__(passed)
        self._singles_run = 0
        self._seconds = 0.0

    def by_machine(self, x: Vector) -> bool:
        """Whether the machine runs one example, or a batch of them."""
        if self.is_long:
            return True
        if x.ndim == 2:
            return self._is_in_lanes(len(x))
        self._singles_run += 1
        return self.is_direct()

    def _is_in_lanes(self, examples: int) -> bool:
        """Whether the machine runs a batch."""
        size = self._size
        if not size.is_lanes or self.passed.traced.mixes or runs.runner() is plain:
            return False
        self._seconds += size.seconds(examples)
        needed = 0.0 if interpreter.is_loaded() else LOADING
        return self._seconds > needed + ASSEMBLING * size.nodes

    @cached_property
    def _size(self) -> Size:
        """How much is computed, sums of products found."""
        return size_of(self.passed.plan)

    def is_direct(self, often: bool = False, /) -> bool:
        """Whether the machine is the choice for one example by now."""
        if self.width <= SCALAR:
            return True
        is_paying = often or self._singles_run > OFTEN or interpreter.is_loaded()
        return self.width <= WIDE and is_paying and runs.runner() is not plain


Backend = Literal["auto", "numpy", "jax", "machine"]


def maker_of(backend: Backend) -> Callable[[Passed], MachineEngine]:
    """What makes the engine of this name.

    Raises:
        ImportError: What it needs is not installed.
        ValueError: There is none of this name.
    """
    if backend == "auto":
        return AutoEngine
    if backend == "numpy":
        return NumpyEngine
    if backend == "machine":
        return MachineEngine
    if backend == "jax":
        from autograd.program.backends.jax_engine import JaxEngine

        return JaxEngine
    names = "'auto', 'numpy', 'jax' or 'machine'"
    raise ValueError(f"a backend is {names}, not {backend!r}")

"""Engines by name: what runs a plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from autograd.program.backends.auto_engine import AutoEngine
from autograd.program.backends.numpy_engine import NumpyEngine
from autograd.program.machine.engine import MachineEngine
from autograd.program.passes import Passed

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

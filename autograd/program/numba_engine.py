"""The numba engine: a program's loops of scalars as machine code."""

from __future__ import annotations

from autograd.program.loop_engine import LoopEngine
from autograd.program.loops.numba_functions import numba_functions
from autograd.program.passes import Passed


def numba_engine(passed: Passed) -> LoopEngine:
    """The engine that runs a plan's loops, compiled when they are first run.

    Raises:
        ImportError: numba is not installed.
        TypeError: An operation can't be compiled.
        ValueError: The program is no repetition of scalar steps, and too long; or it
            takes means over the batch.
    """
    if passed.traced.mixes:
        message = (
            'the program takes means over the batch, and backend="numba" runs example '
            'by example: use "numpy" or "jax"'
        )
        raise ValueError(message)
    engine = LoopEngine(passed, numba_functions)
    engine.functions("both")  # the longest, and now: for the errors
    return engine

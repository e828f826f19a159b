"""From source to functions that run."""

from __future__ import annotations

import linecache
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import finalize

import numpy as np

from autograd.program.emit.numpy_source import Source

Run = Callable[..., tuple[Any, ...]]

SIZES = 8
"""For how many batch sizes a thread keeps buffers."""


def compiled(source: Source) -> Callable[..., Run]:
    """The function that makes the buffers: make(B) -> run; make() without a batch."""
    lines = source.text.splitlines(keepends=True)
    filename = f"<gradtrace program {source.name} {id(lines):x}>"  # the only one
    namespace: dict[str, Any] = {}
    exec(compile(source.text, filename, "exec"), namespace)  # noqa: S102
    # Taken out of its own globals, which would be a cycle, and hold it for long.
    program = namespace.pop(source.name)
    linecache.cache[filename] = (len(source.text), None, lines, filename)
    finalize(program, linecache.cache.pop, filename, None)
    return partial(program, source.constants) if source.constants else program


class Runner:
    """Runs a program, with buffers for every batch size and thread.

    Args:
        source: The program.
        sizes: For how many batch sizes buffers are kept, those used last.
    """

    def __init__(self, source: Source, sizes: int = SIZES) -> None:
        self.source = source
        self.sizes = sizes
        self.make = compiled(source)
        self._local = threading.local()

    def run_of(self, size: int = 1) -> Run:
        """The function for a batch of this size, with buffers of this thread."""
        try:
            kept: OrderedDict[int, Run] = self._local.kept
        except AttributeError:
            kept = self._local.kept = OrderedDict()
        run = kept.get(size)
        if run is None:
            run = self.make(size) if self.source.batch else self.make()
            kept[size] = run
            if len(kept) > self.sizes:
                kept.popitem(last=False)
        else:
            kept.move_to_end(size)
        return run

    def __call__(self, *given: Any, size: int = 1) -> tuple[Any, ...]:
        """Run it: what is given in the order of `source.given`, for `size` examples."""
        run = self.run_of(size)
        with np.errstate(all="ignore"):
            return run(*given)

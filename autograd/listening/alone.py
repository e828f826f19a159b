"""A block by itself: what is recorded in it is no part of a call, and nobody hears."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from autograd.recording import (
    Epoch,
    Recording,
    reset_state,
    set_state,
)


@contextmanager
def unheard() -> Iterator[None]:
    """Record the block by itself, even under `no_grad`; none of the listeners hears."""
    state = Recording(Epoch(), "")
    token = set_state(state)
    try:
        yield
    finally:
        reset_state(token)
        state.close()

"""Batches: what a function of one example may say of all examples of a batch.

A program runs a function of one example on many. Most functions need not know; one that
normalises over the batch takes a mean over it, and keeps statistics of what it saw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any, Self, cast

from autograd.applying import Operand
from autograd.ops import Op
from autograd.recording import tracer
from autograd.value import Value

# No row of the table: what it is depends on the batch of a program, and not on its
# operand alone. Eager code has one example, as here.
BATCH_MEAN = Op(
    "batch_mean",
    lambda _xp, x: x,
    lambda _xp, _out, _x: (1.0,),
    doc="mean over the batch of a program; of one example, x itself",
)

Listener = Callable[[list[float], int], object]
"""Is told numbers, and of how many examples they are."""


class one_example:  # noqa: N801 - reads as a function: `with one_example() as alone:`
    """For a block, what is no program's runs as if its example were the whole batch.

    So a function that takes means over its batch can be tried on one example. Nobody
    hears of numbers that it would tell.

    Attributes:
        asked: Whether there was a mean over the batch.

    >>> from autograd import batch_mean, one_example
    >>> with one_example() as alone:
    ...     batch_mean(3.0), alone.asked
    (3.0, True)
    """

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> Self:
        self._token = _ALONE.set(self)
        return self

    def __exit__(self, *_exception: object) -> None:
        _ALONE.reset(self._token)


_ALONE: ContextVar[one_example | None] = ContextVar("alone", default=None)


def batch_mean(x: Operand) -> Any:
    """The mean of x over all examples of a batch, in a function that is a program's.

    >>> from autograd import Program, batch_mean
    >>> Program(lambda x: x - batch_mean(x), 0.0).map([1.0, 2.0, 6.0])
    array([-2., -1.,  3.])

    Derivatives go through it, from every example to every other: the gradients of a
    program are those of the mean of f over the whole batch. A gradient that f takes
    itself is the example's share of it: its `batch_mean` is the gradient of the mean.

    Raises:
        TypeError: No function is traced to become a program: there is no batch, and
            nobody says `one_example`.
    """
    if tracer() is None:
        alone = _ALONE.get()
        if alone is not None:
            alone.asked = True
            return x
        message = (
            "batch_mean(x) is a mean over the batch of a program, and outside of one "
            "there is no batch: take the mean of a list of examples"
        )
        raise TypeError(message)
    return BATCH_MEAN(x)


def tell(
    listener: Listener, values: Sequence[Operand], writes: Sequence[Any] = ()
) -> None:
    """Let somebody hear what a function has computed: now, or after a program's run.

    Args:
        listener: Called with the numbers, and of how many examples they are. A program
            calls it after every run on numbers of its own, not with `theta=`: once if
            they are the same for all examples, else once for each.
        values: The numbers.
        writes: Arrays that the listener changes. The function reads none of them, so
            a program goes on after that.
    """
    recorder = tracer()
    if recorder is None and _ALONE.get() is not None:
        return
    if recorder is None:
        listener([x.data if isinstance(x, Value) else float(x) for x in values], 1)
    else:
        cast(Any, recorder).tell(listener, values, writes)  # see `Tape.tell`

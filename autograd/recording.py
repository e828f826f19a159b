"""What is being recorded at the moment: for which call, in which scope, who listens.

The state belongs to the context (`contextvars`), so threads and async tasks do not
mix. Every node keeps a reference to the state it was made in. States are shared: a
million nodes made in one scope point to one object.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from threading import Lock, get_ident
from typing import Any, ClassVar

_LOCK = Lock()  # on the open calls of an epoch
GRADIENTS_INSTEAD = "Use autograd.gradients(y, inputs, create_graph=True): Values"


class Recorder:
    """Who wants to know what is recorded: installed by `listening` or `new_epoch`.

    Each method is called when something happens to a Value in that block, and does
    nothing by default. None hears of `operators.datum(value)`, the number itself.
    """

    of_a_call: ClassVar[Callable[[], Recorder]]
    """Makes the one who looks at a call that is differentiated: nobody in the core."""

    traces = False
    """Whether the block will run again on other numbers: comparisons are nodes then."""

    def made(self, node: Any) -> None:
        """A leaf was made or an operation done; `no_grad` then forgets its history."""

    def read(self, value: Any, how: str, advice: str = "") -> None:
        """A Value becomes a plain number, by "float(...)" say; what to do instead."""

    def decide(self, value: Any) -> None:
        """A Value is asked for its truth value, to steer Python."""

    def sweeps(self, outputs: Collection[Any], how: str) -> None:
        """Outputs are differentiated, by "backward()" say; how is "" if on record."""
        for output in outputs if how else ():
            self.read(output, how, GRADIENTS_INSTEAD)

    def arithmetic(self, xp: Any, plain: Any) -> Any:
        """What a recorded sweep computes with; None: the plain `Arithmetic`."""

    def finished(
        self, who: str, outputs: Iterable[Any], variables: Iterable[Any]
    ) -> None:
        """A call gave these outputs, and is differentiated by these variables."""

    def ran(self, results: Collection[Any], diagnosed: Callable[[], Any]) -> None:
        """A program ran on plain numbers: what came of it, and its diagnosis."""


Recorder.of_a_call = Recorder


class Epoch:
    """Whose node is this? One epoch for each call of a differentiating function.

    A function may be differentiated while another one is::

        grad(f)(x)                    epoch 1, inside that of the thread
            y = x * x                     a node of epoch 1
            grad(g)(y)                epoch 2, inside epoch 1
                z = y' * x                of epoch 2: y' is g's variable, x a constant
            return y * z              a node of epoch 1 again

    The sweep of the inner call ends at nodes that are not of its epoch nor of one
    inside it (but see `may_reach`): it costs what g recorded, not what came before. One
    object for each call says this for all its nodes. `no_grad` and `listening` open
    epochs, too, for it is here that a node finds out how it is recorded.

    Attributes:
        outer: The epoch in which it was opened, if any.
        records: Whether operations are recorded at all: not under `no_grad`.
        recorders: Who listens, the outermost first.
        tracer: The one of them for whom a function is traced, if any.
        hears_reading: Whether one of them wants to hear of numbers that leave.
        plain: Whether operations are recorded, nobody hears of it, no call is open.
        is_idle: Whether nobody listens and nothing is differentiated: a program then
            asks no further who wants to know of its run.
        variables: What it differentiates by, while under way: a program asks.
    """

    __slots__ = (
        *("_alone", "_calls", "_thread", "_unheard", "hears_reading", "is_idle"),
        *("outer", "plain", "recorders", "records", "tracer", "variables"),
    )

    def __init__(
        self,
        outer: Epoch | None = None,
        records: bool = True,
        recorders: tuple[Recorder, ...] = (),
    ) -> None:
        self.outer = outer
        self.records = records
        heard = (outer.recorders if outer else ()) + recorders
        self.recorders: tuple[Recorder, ...] = heard
        self.tracer = next((each for each in heard[::-1] if each.traces), None)
        kinds: set[type[Recorder]] = {*map(type, heard)}
        self.hears_reading = any(kind.read is not Recorder.read for kind in kinds)
        self._unheard = records and all(kind.made is Recorder.made for kind in kinds)
        self.plain = self._unheard
        self._alone = self.is_idle = not heard and (outer is None or not records)
        self.variables: Collection[Any] = ()
        self._calls: dict[int, Recording] = {}
        self._thread: object = object() if outer is None else outer._thread

    def open(self, call: Recording) -> None:
        """Let a call of this thread take what the thread records.

        A function may do its work in a context that was copied before the call, as
        callbacks do; it belongs to the call all the same. Other threads that share the
        epoch, because they were started with copies of one context, go on as they were.
        """
        with _LOCK:
            self._calls[get_ident()] = call
            self.plain = self.is_idle = False

    def close(self) -> None:
        """Take it again, now that the call is over."""
        with _LOCK:
            self._calls.pop(get_ident(), None)
            self.plain = self._unheard and not self._calls
            self.is_idle = self._alone and not self._calls

    def call(self) -> Recording | None:
        """The state of this thread's open call, if there is one."""
        return self._calls.get(get_ident())

    def encloses(self, other: Epoch) -> bool:
        """Whether `other` is this epoch or was opened inside it."""
        epoch: Epoch | None = other
        while epoch is not None and epoch is not self:
            epoch = epoch.outer
        return epoch is self

    def may_reach(self, other: Epoch) -> bool:
        """Whether a node made in the epoch `other` may depend on one made in this.

        Nodes of another thread may, for a function can have handed its work to one.
        """
        return other._thread is not self._thread or self.encloses(other)


@dataclass(eq=False, slots=True)
class Recording:
    """The state in which nodes are made.

    Attributes:
        epoch: The differentiating call that they belong to.
        scope: The name of the scope, "" outside.
        outer: The state around this scope; None in the one that its epoch began with.
        leaf_role: What a leaf made in this state is: "input", "parameter", or "integer"
            for an input of a program that is a whole number.
        line: The line of code that made a node, where somebody wants to know it.
        kinds: What the scopes around it are of, by their names, where that was told.
        home: Where the numbers of a leaf live that does not keep them itself.
    """

    epoch: Epoch
    scope: str
    outer: Recording | None = None
    leaf_role: str = "input"
    line: Any = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    home: Any = field(default=None, init=False)
    variants: dict[tuple[str, ...], Recording] = field(default_factory=dict, init=False)

    def variant(self, key: tuple[str, ...], **changes: Any) -> Recording:
        """A state that differs from this in some things: always the same object."""
        state = self.variants.get(key)
        if state is None:
            state = self.variants[key] = replace(self, **changes)
        return state

    def close(self) -> None:
        """Let go of the states made from this: they hold it, and that is a cycle."""
        for state in self.variants.values():
            state.close()
        self.variants.clear()


# The default is shared by all contexts that have not recorded anything yet. It does
# not record, so the first operation of a thread comes by `current` and opens its own.
_UNSET = Recording(Epoch(records=False), "")
_state: ContextVar[Recording] = ContextVar("autograd_recording", default=_UNSET)

get_state, set_state, reset_state = _state.get, _state.set, _state.reset


def here() -> Recording:
    """This context's state, which an open call may take the place of: see `current`."""
    state = _state.get()
    if state is _UNSET:  # nothing was recorded in this context before
        state = Recording(Epoch(), "")
        _state.set(state)
    return state


def current() -> Recording:
    """The state that nodes are made in: this context's, or that of an open call."""
    state = here()
    while (call := state.epoch.call()) is not None:
        state = call
    return state


def tracer() -> Recorder | None:
    """For whom a function is being traced, if one is: see `Recorder.traces`."""
    epoch = get_state().epoch
    return None if epoch.plain else current().epoch.tracer


def listeners() -> tuple[Recorder, ...]:
    """All who listen here: most often nobody does."""
    epoch = get_state().epoch
    return () if epoch.plain and not epoch.recorders else current().epoch.recorders


def leaves_graph(value: Any, how: str, advice: str = "") -> None:
    """Tell all who listen that a Value becomes a plain number: see `Recorder.read`."""
    for recorder in listeners():
        recorder.read(value, how, advice)


@contextmanager
def listening(*recorders: Recorder, records: bool | None = None) -> Iterator[Recording]:
    """Let recorders hear of all that happens in the block: it has an epoch of its own.

    Args:
        recorders: Who listens, besides those who do already.
        records: Whether operations are recorded; None: as before.
    """
    outer = current()
    records = outer.epoch.records if records is None else records
    epoch = Epoch(outer.epoch, records, recorders)
    state = Recording(epoch, outer.scope, kinds=outer.kinds)
    token = _state.set(state)
    try:
        yield state
    finally:
        _state.reset(token)
        state.close()


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording: results are leaves, and nothing else is kept.

    >>> from autograd import Value, no_grad
    >>> x = Value(2.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.parents
    (4.0, ())
    """
    with listening(records=False):
        yield


@contextmanager
def new_epoch(*recorders: Recorder) -> Iterator[Epoch]:
    """Record the block as one call, even under `no_grad`; these listen, too."""
    outer = current().epoch
    with listening(*recorders, records=True) as call:
        outer.open(call)  # for code run in an older copy of the context, too
        try:
            yield call.epoch
        finally:
            call.epoch.variables = ()
            outer.close()

"""What is being recorded at the moment: for which call, in which scope, who listens.

The state belongs to the context (`contextvars`), so threads and async tasks do not
mix. Every node keeps a reference to the state it was made in. States are shared: a
million nodes made in one scope point to one object.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from threading import Lock, get_ident
from typing import Any

from autograd.recorder import Recorder

_LOCK = Lock()  # on the open calls of an epoch


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
        variables: What it differentiates by, while under way: `program/calls.py` asks.
    """

    __slots__ = (
        *("_calls", "_thread", "_unheard", "hears_reading", "outer"),
        *("plain", "recorders", "records", "tracer", "variables"),
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
            self.plain = False

    def close(self) -> None:
        """Take it again, now that the call is over."""
        with _LOCK:
            self._calls.pop(get_ident(), None)
            self.plain = self._unheard and not self._calls

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

    def within(self, name: str, kind: str = "") -> Recording:
        """The state for the scope `name` inside this one, of something of a kind."""
        full = f"{self.scope}.{name}" if self.scope else name
        kinds = {**self.kinds, full: kind} if kind else self.kinds
        return self.variant(("within", name, kind), scope=full, outer=self, kinds=kinds)

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


def current() -> Recording:
    """The state that nodes are made in: this context's, or that of an open call."""
    state = _state.get()
    if state is _UNSET:  # nothing was recorded in this context before
        state = Recording(Epoch(), "")
        _state.set(state)
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


class scope:  # noqa: N801 - reads as a function: `with scope("encoder"):`
    """Name what is recorded in a `with` block; scopes inside scopes join with dots.

    One scope object may be entered again and again, in several threads too. A kind says
    what the scope is of, as a module says its class: see `Value.scope_kinds`.

    >>> from autograd import Value, scope
    >>> x = Value(2.0, label="x")
    >>> with scope("encoder"):
    ...     with scope("square"):
    ...         y = x * x
    >>> y.scope
    'encoder.square'
    """

    __slots__ = ("_key",)

    def __init__(self, name: str, kind: str = "") -> None:
        if not isinstance(name, str) or not name:
            message = f"a scope's name is a string such as 'encoder', not {name!r}"
            raise TypeError(message)
        self._key = "within", name, kind

    def __enter__(self) -> None:
        state = _state.get()  # most often the inner state is there already
        if state is _UNSET:
            state = current()
        _state.set(state.variants.get(self._key) or state.within(*self._key[1:]))

    def __exit__(self, *_exception: object) -> None:
        outer = _state.get().outer
        if outer is not None:
            _state.set(outer)


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

"""What is being recorded at the moment: on or off, in which scope, in which epoch.

The state belongs to the context (`contextvars`), so threads and async tasks do not
mix. Every node keeps a reference to the state it was made in. States are shared: a
million nodes made in one scope point to one object.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock, get_ident

from autograd.tape import Tape

_LOCK = Lock()  # on the open calls of an epoch


class Epoch:
    """One call of a differentiating function, or the whole of a thread.

    A gradient inside a function need walk only what the function recorded: the nodes
    whose epoch is its own or was opened inside it. Everything older is a constant to
    it. A counter on each node would say the same and cost memory on each.

    While a call inside it is open, an epoch leaves what is recorded to the call: what a
    function does in a context copied before the call, as callbacks do, belongs to the
    call all the same. That holds for the thread that called; threads which share the
    epoch, because they were started with copies of one context, go on as they were.

    Attributes:
        records: Whether operations are recorded in it at all: not under `no_grad`.
        at_once: Whether they are, no call is open and nothing is traced: then there is
            no more to ask.
        outer: The epoch in which it was opened, if any; `depth` counts them.
        tape: What keeps the operations while a function is traced, also in the calls
            of differentiating functions inside it; else None.
    """

    __slots__ = ("_calls", "_root", "at_once", "depth", "outer", "records", "tape")

    def __init__(
        self,
        outer: Epoch | None = None,
        records: bool = True,
        tape: Tape | None = None,
    ) -> None:
        self.outer = outer
        self.records = records
        self.tape: Tape | None = tape
        if tape is None and outer is not None:
            self.tape = outer.tape
        self.at_once = records and self.tape is None
        self._calls: dict[int, Recording] = {}
        self.depth: int = 0 if outer is None else outer.depth + 1
        self._root = None if outer is None else outer.root

    def open(self, call: Recording) -> None:
        """Let a call of this thread take what the thread records."""
        with _LOCK:
            self._calls[get_ident()] = call
            self.at_once = False

    def close(self) -> None:
        """Take it again, now that the call is over."""
        with _LOCK:
            self._calls.pop(get_ident(), None)
            self.at_once = self.records and self.tape is None and not self._calls

    def call(self) -> Recording | None:
        """The state of this thread's open call, if there is one."""
        return self._calls.get(get_ident())

    @property
    def root(self) -> Epoch:
        """The outermost epoch: that of the thread."""
        return self._root or self

    def encloses(self, other: Epoch) -> bool:
        """Whether `other` is this epoch or was opened inside it."""
        while other.depth > self.depth and other.outer is not None:
            other = other.outer
        return other is self

    def may_reach(self, other: Epoch) -> bool:
        """Whether a node made in the epoch `other` may depend on one made in this.

        Nodes of another thread may, for a function can have handed its work to one.
        """
        return other.root is not self.root or self.encloses(other)


class Recording:
    """The state in which nodes are made.

    Attributes:
        epoch: The differentiating call that they belong to.
        scope: The name of the scope, "" outside.
        outer: The state around this scope; None outside all scopes.
        leaf_role: What a leaf made in this state is: "input", "parameter", or "integer"
            for an input of a program that is a whole number.
    """

    __slots__ = (
        *("_elsewhere", "_inner", "_roles"),
        *("epoch", "leaf_role", "outer", "scope"),
    )

    def __init__(
        self,
        epoch: Epoch,
        scope: str,
        outer: Recording | None = None,
        leaf_role: str = "input",
    ) -> None:
        self.outer = outer
        self.epoch = epoch
        self.scope = scope
        self.leaf_role = leaf_role
        self._inner: dict[str, Recording] = {}
        self._elsewhere: dict[str, Recording] = {}
        self._roles: dict[str, Recording] = {}

    @property
    def enabled(self) -> bool:
        """Whether operations are recorded."""
        return self.epoch.records

    def within(self, name: str) -> Recording:
        """The state for the scope `name` inside this one: always the same object."""
        state = self._inner.get(name)
        if state is None:
            scope = f"{self.scope}.{name}" if self.scope else name
            state = Recording(self.epoch, scope, self)
            self._inner[name] = state
        return state

    def close(self) -> None:
        """Let go of the inner states: they hold this one, and that is a cycle."""
        for state in self._inner.values():
            state.close()
        self._inner.clear()
        self._elsewhere.clear()
        self._roles.clear()

    def at(self, scope: str) -> Recording:
        """The state with this full scope name, kept with this state."""
        if scope == self.scope:
            return self
        state = self._elsewhere.get(scope)
        if state is None:
            state = Recording(self.epoch, scope, self, self.leaf_role)
            self._elsewhere[scope] = state
        return state

    def for_leaves(self, role: str) -> Recording:
        """This state for leaves of another role: always the same object."""
        state = self._roles.get(role)
        if state is None:
            state = Recording(self.epoch, self.scope, self.outer, role)
            self._roles[role] = state
        return state


# The default is shared by all contexts that have not recorded anything yet. It does
# not record, so the first operation of a thread comes by `current` and opens its own.
_UNSET = Recording(Epoch(records=False), "")
_state: ContextVar[Recording] = ContextVar("autograd_recording", default=_UNSET)

get_state = _state.get


def _own() -> Recording:
    """The state of this context, opened if nothing was recorded in it before."""
    state = _state.get()
    if state is _UNSET:
        state = Recording(Epoch(), "")
        _state.set(state)
    return state


def current() -> Recording:
    """The state that nodes are made in: this context's, or that of an open call."""
    state = _own()
    while (call := state.epoch.call()) is not None:
        state = call
    return state


def current_tape() -> Tape | None:
    """What keeps the operations, if a function is being traced."""
    return None if get_state().epoch.at_once else current().epoch.tape


class scope:  # noqa: N801 - reads as a function: `with scope("encoder"):`
    """Name what is recorded in a `with` block; scopes inside scopes join with dots.

    One scope object may be entered again and again, in several threads too.

    >>> from autograd import Graph, Value, scope
    >>> x = Value(2.0, label="x")
    >>> with scope("encoder"):
    ...     with scope("square"):
    ...         y = x * x
    >>> y.scope
    'encoder.square'
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not name:
            message = f"a scope's name is a string such as 'encoder', not {name!r}"
            raise TypeError(message)
        self._name = name

    def __enter__(self) -> None:
        state = _state.get()  # most often the inner state is there already
        _state.set(state._inner.get(self._name) or _own().within(self._name))

    def __exit__(self, *_exception: object) -> None:
        outer = _state.get().outer
        if outer is not None:
            _state.set(outer)


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
    outer = current()
    state = Recording(Epoch(outer.epoch, records=False), outer.scope)
    token = _state.set(state)
    try:
        yield
    finally:
        _state.reset(token)
        state.close()


@contextmanager
def new_epoch(tape: Tape | None = None) -> Iterator[Epoch]:
    """Record the block in an epoch of its own, even where recording is off.

    Args:
        tape: What is to keep the operations, to trace the block.
    """
    outer = current()
    epoch = Epoch(outer.epoch, tape=tape)
    state = Recording(epoch, outer.scope)
    token = _state.set(state)
    outer.epoch.open(state)
    try:
        yield epoch
    finally:
        outer.epoch.close()
        _state.reset(token)
        state.close()

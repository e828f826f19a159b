"""Parameters: leaves whose numbers and gradients live in vectors.

People train with `model.zero_grad(); program.backward(X, Y); optimizer.step()`, and
that must cost what the same loop on vectors costs, without a Python loop over
parameters. People also read and set `p.data` and `p.grad` at any time, and eager code
computes with every parameter as with any leaf.

So a packed leaf has its number in one of two places, and each is found by looking
where the other is not:

* *in the vector*, while programs and optimizers work: the leaf's slot is unset;
* *in the leaf*, from the moment on when somebody reads or sets it there, until the
  vector is asked for again, which takes the numbers back. (Python raises an
  AttributeError for the unset slot, and then the vector fills it.)

A leaf whose number is in its slot costs what any leaf costs. Which of the two keeps a
number is nobody's business: both give the true one. The same holds for its gradient.

Of a gradient it is known besides whether one has come at all since the leaf was made
or zeroed: it may well be 0 (a dead net's are), and a step without any is a mistake. An
unset slot, and no mark in the pack's `reached`, mean that none has come.

Two threads may use the same parameters in turn; a backward pass in one of them while
the other one makes a step is an accident in any engine, and needs a lock of the user's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import is_
from threading import RLock
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np

from autograd.collecting import collector_paused
from autograd.operators import datum
from autograd.recording import Recording
from autograd.value import Value

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Vector = NDArray[np.float64]

FEW = 8
"""So many leaves are filled one by one; then it is cheaper to fill all at once."""

_LOCK = RLock()
"""Held while numbers move between leaves and vectors, and leaves between vectors."""


class _FlatNumbers:
    """One number of each of many leaves: in its slot, or in the vector.

    Attributes:
        slot: "_datum" or "_grad".
        vector: The numbers; of those that are lent, old ones.
        lent: The leaves that keep their number themselves at the moment.
    """

    def __init__(self, slot: str, leaves: Sequence[Value]) -> None:
        self.slot = slot
        self.leaves = leaves
        self.vector: Vector = np.zeros(len(leaves))
        self.lent: Sequence[Value] = leaves

    def lend(self, leaf: Value) -> float:
        """Put the number of a leaf into its slot."""
        with _LOCK:
            try:  # another thread may have done it meanwhile
                return cast(float, getattr(leaf, self.slot))
            except AttributeError:
                pass
            if len(self.lent) < FEW:
                self.lent = [*self.lent, leaf]
                setattr(leaf, self.slot, float(self.vector[_place(leaf)]))
            else:
                numbers = self.collected().tolist()
                self.lent = self.leaves
                for each, number in zip(self.leaves, numbers, strict=True):
                    setattr(each, self.slot, number)
            return cast(float, getattr(leaf, self.slot))

    def collected(self) -> Vector:
        """The vector, all numbers in it: those that were lent are taken back."""
        if self.lent:
            with _LOCK:
                lent = self.lent
                if lent is self.leaves:  # in their order
                    self.vector[:] = self._numbers(lent, self.vector)
                else:
                    places = [*map(_place, lent)]
                    self.vector[places] = self._numbers(lent, self.vector[places])
                for leaf in lent:
                    try:
                        delattr(leaf, self.slot)
                    except AttributeError:  # see `_numbers`
                        continue
                self.lent = ()
        return self.vector

    def _numbers(self, lent: Sequence[Value], kept: Vector) -> list[float]:
        """The numbers of leaves, of which an interruption may have left some here.

        A Ctrl-C may come between any two lines. So a leaf is lent before its slot is
        set, and no longer lent after that is unset; in between the vector has it.
        """
        try:
            return [getattr(leaf, self.slot) for leaf in lent]
        except AttributeError:
            pairs = zip(lent, kept.tolist(), strict=True)
            return [getattr(leaf, self.slot, number) for leaf, number in pairs]


class _Pack:
    """Leaves that share two vectors.

    Attributes:
        leaves: In the order of the vectors.
        reached: For each, whether a gradient has come. Those of lent ones have.
        is_current: Whether they are still here; a larger pack takes all of them.
    """

    def __init__(self, leaves: Sequence[Value]) -> None:
        self.leaves = tuple(leaves)
        self.reached = np.array([_is_reached(leaf) for leaf in self.leaves], np.bool_)
        for leaf in self.leaves:
            home = leaf.recording.home
            if home is None:
                leaf._grad = getattr(leaf, "_grad", 0.0)
            else:  # numbers that live elsewhere come into their slots
                leaf._grad = leaf.grad
                datum(leaf)
                home.is_current = False
        self.data = _FlatNumbers("_datum", self.leaves)
        self.grad = _FlatNumbers("_grad", self.leaves)
        self.is_current = True
        for place, leaf in enumerate(self.leaves):
            leaf.recording = _Placed(leaf.recording, self, place)
        self.grad.collected()

    def data_of(self, leaf: Value) -> float:
        """The number of a leaf, which keeps it from now on."""
        return self.data.lend(leaf)

    def grad_of(self, leaf: Value) -> float:
        """The gradient of a leaf, which keeps it from now on if one has come."""
        return self.grad.lend(leaf) if self.reached[_place(leaf)] else 0.0

    def lend_grad(self, leaf: Value) -> None:
        """Let a leaf keep its gradient from now on: one comes."""
        self.grad.lend(leaf)

    def forget_grad(self, leaf: Value) -> None:
        """Set the gradient of a leaf to 0.0, as if none had come."""
        with _LOCK:
            self.gradients()[_place(leaf)] = 0.0
            self.reached[_place(leaf)] = False

    def gradients(self) -> Vector:
        """The vector of all gradients."""
        if self.grad.lent:
            with _LOCK:
                self.reached[:] = True
        return self.grad.collected()


class _Placed(Recording):
    """The state in which a leaf was made; it also says where its numbers live."""

    __slots__ = ("place",)

    def __init__(self, state: Recording, home: _Pack, place: int) -> None:
        super().__init__(
            *(state.epoch, state.scope, state.outer, state.leaf_role, state.line),
            kinds=state.kinds,
        )
        self.variants = state.variants  # the same states, and no dict for each leaf
        self.home, self.place = home, place


def _place(leaf: Value) -> int:
    return cast(_Placed, leaf.recording).place


def _is_reached(leaf: Value) -> bool:
    """Whether a gradient has come to a leaf, be it in a pack or not yet."""
    home = leaf.recording.home
    if home is not None and home.reached[_place(leaf)]:
        return True
    kept = getattr(leaf, "_grad", None)
    # An input's is set from the start, which is faster for all that are never packed.
    return kept is not None and (
        home is not None or leaf.role == "parameter" or kept != 0.0
    )


class Parameters:
    """Leaves, and their numbers and gradients as vectors in the order of the leaves.

    >>> from autograd import Value
    >>> w, b = Value(2.0), Value(3.0)
    >>> parameters = Parameters([w, b])
    >>> parameters.write([5.0, 7.0])
    >>> w.data, b.data
    (5.0, 7.0)
    >>> b.data = 1.0
    >>> parameters.read()
    array([5., 1.])

    Leaves that already share vectors stay where they are, whatever part of them is
    listed and in which order. If they live in several places, all leaves of those
    places move together, so that two lists with a leaf in common never fetch it from
    each other.

    Args:
        leaves: Leaf Values. What is written to a leaf that is listed twice is the last
            of the two numbers; what is added are both.

    Raises:
        TypeError: When they are first used: one is no leaf.
    """

    def __init__(self, leaves: Iterable[Value]) -> None:
        self.leaves = tuple(leaves)
        self._home: _Pack | None = None
        self._where: Any = slice(0, 0)

    def _pack(self) -> _Pack:
        """Where the leaves live together; they are brought there if need be."""
        if self._home is None or not self._home.is_current:
            with _LOCK:
                self._home, self._where = _common_home(self.leaves)
        return self._home

    def packed(self) -> Self:
        """This list, its leaves brought together now, and not when first needed."""
        self._pack()
        return self

    def numbers(self) -> Vector:
        """The numbers, where they live or copied: to be read at once, and not kept."""
        numbers: Vector = self._pack().data.collected()[self._where]
        return numbers

    def read(self) -> Vector:
        """The numbers: a new vector."""
        return np.array(self.numbers())

    def write(self, numbers: ArrayLike) -> None:
        """Set the numbers.

        Raises:
            ValueError: There are more or fewer than leaves.
        """
        vector, pack = self._vector(numbers), self._pack()
        pack.data.collected()[self._where] = vector

    def read_grad(self) -> Vector:
        """The gradients: a new vector."""
        return np.array(self._pack().gradients()[self._where])

    def write_grad(self, numbers: ArrayLike) -> None:
        """Set the gradients."""
        vector, pack = self._vector(numbers), self._pack()
        pack.gradients()[self._where] = vector
        pack.reached[self._where] = True

    def add_grad(self, numbers: ArrayLike) -> None:
        """Add to the gradients."""
        vector, pack = self._vector(numbers), self._pack()
        if isinstance(self._where, slice):
            pack.gradients()[self._where] += vector
        else:
            np.add.at(pack.gradients(), self._where, vector)
        pack.reached[self._where] = True

    def _vector(self, numbers: ArrayLike) -> Vector:
        """The numbers as a vector with one for each leaf."""
        vector: Vector = np.asarray(numbers, dtype=np.float64)
        if vector.shape != (len(self.leaves),):
            wanted = f"expected a vector of {len(self.leaves)} numbers, one a leaf"
            raise ValueError(f"{wanted}; got one of shape {vector.shape}")
        return vector

    def zero_grad(self) -> None:
        """Set the gradients to 0, and forget that any had come."""
        pack = self._pack()
        pack.gradients()[self._where] = 0.0
        pack.reached[self._where] = False

    def has_grad(self) -> bool:
        """Whether a gradient, be it 0, has come to a leaf since it was made or zeroed.

        It comes from a backward pass that reaches the leaf, in eager code or of a
        program, or it is set. To an input that was not packed yet, only one that is
        not 0 counts as come.
        """
        pack = self._pack()
        return bool(pack.grad.lent or np.count_nonzero(pack.reached[self._where]))

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy or pickle the leaves; the copies are packed anew."""
        return Parameters, (self.leaves,)

    def __len__(self) -> int:
        return len(self.leaves)

    def __repr__(self) -> str:
        return f"Parameters({len(self.leaves):,} leaves)"


def _common_home(leaves: Sequence[Value]) -> tuple[_Pack, Any]:
    """The pack that holds all these leaves, and their places: a slice or an array.

    It is a new one if they are not in one.
    """
    is_first = bool(leaves) and isinstance(leaves[0], Value)
    home: _Pack | None = leaves[0].recording.home if is_first else None
    if home is not None and (where := _slice_of(home, leaves)) is not None:
        return home, where
    for leaf in leaves:
        if not isinstance(leaf, Value) or leaf.op is not None:
            message = f"Parameters wants leaves, such as parameter(0.5); got {leaf!r}"
            raise TypeError(message)
    if home is None or any(leaf.recording.home is not home for leaf in leaves):
        with collector_paused():
            home = _new_home(leaves)
    where = _slice_of(home, leaves)
    return home, np.array([*map(_place, leaves)]) if where is None else where


def _slice_of(home: _Pack, leaves: Sequence[Value]) -> slice | None:
    """Where leaves stand that follow each other in a pack; None if they do not.

    They are often many, such as those of a net: no loop in Python.
    """
    first = _place(leaves[0]) if leaves else 0
    where = slice(first, first + len(leaves))
    there = home.leaves[where]
    return where if len(there) == len(leaves) and all(map(is_, there, leaves)) else None


def _new_home(leaves: Sequence[Value]) -> _Pack:
    """A pack of these leaves and of all that live with one of them."""
    together: dict[Value, None] = {}
    for leaf in leaves:
        if leaf not in together:
            home = leaf.recording.home
            together.update(dict.fromkeys((leaf,) if home is None else home.leaves))
    return _Pack(tuple(together))

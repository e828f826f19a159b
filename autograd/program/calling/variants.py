"""Variants: the programs for one form of arguments, by world and by branch.

A form has *variants*, one for each state of the world in which it was traced, and a
variant has programs, one for each branch. In both the last used come first.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

from autograd.errors import BranchError
from autograd.namespaces import is_array
from autograd.program.calling.arguments import Call
from autograd.program.calling.composite import Nodes
from autograd.program.calling.given import Specialized
from autograd.program.calling.questions import Order
from autograd.program.forms.signature import Signature
from autograd.program.program import Program
from autograd.program.worlds.world import World

MOST_BRANCHES, MOST_WORLDS = 64, 8
"""So many of one form are kept, and traced without asking whether it is worth it."""

WORTH_IT = 16
"""From then on they must have served so many calls each, on average."""

Ask = Callable[["Entry"], Any]


class UnknownBranchError(Exception):
    """No program knows the branch that an example takes."""


class Patience:
    """Whether to go on tracing: not where a program is hardly used again.

    Attributes:
        why: Why it was given up for the time being; "" while it goes on.
    """

    def __init__(self, most: int) -> None:
        self._most = most  # fewer after each time that it was not worth it
        self._calls = self._hits = self._misses = self._until = 0
        self.why = ""

    def lasts(self) -> bool:
        """Count a call; whether programs are asked or traced for it."""
        self._calls += 1
        if self.why and self._calls >= self._until:
            self.why = ""
            self._hits = self._misses = 0
        return not self.why

    def hit(self) -> None:
        """A program served the call."""
        self._hits += 1

    def miss(self) -> bool:
        """None did; whether another one is worth its while."""
        self._misses += 1
        return self._misses <= self._most or self._hits >= WORTH_IT * self._misses

    def give_up(self, why: str) -> None:
        """Run plainly, until there were four times as many calls."""
        self.why = why
        self._most //= 4
        self._until = 4 * max(self._calls, 4)


class Entry:
    """A program that is kept.

    Attributes:
        program: The program.
        has_parameters: Whether its gradient is by any leaves.
        reads_computed: Whether it closes over Values that were computed.
        world: What it was traced in.
        nodes: What its calls leave in the graph.
        path: The truth values that steered it while it was traced.
        order: Where its leaves stand among those of the function, once that is asked.
    """

    def __init__(self, program: Program, world: World) -> None:
        self.has_parameters = bool(program.parameters)
        self.program = program
        self.reads_computed = program.reads_computed
        self.world = world
        self.nodes = Nodes(program)
        self.order: Order | None = None
        guards = program._ready.passed.simplified.guards
        self.path = tuple([guard.outcome for guard in guards])

    def may_follow(self, path: tuple[bool, ...]) -> bool:
        """Whether this may be the program of an example that is steered like this."""
        return self.path[: len(path)] == path[: len(self.path)]


class Variant:
    """The programs of one form in one state of the world, the last used one first."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.entries: list[Entry] = []
        self.patience = Patience(MOST_BRANCHES)

    def ask(self, ask: Ask) -> Any:
        """The answer of the program that knows the branch.

        The last used one is asked first. Every one that does not know it says where
        the example leaves its path, and so rules out all that do not leave there; the
        one with the longest path says most.

        Raises:
            UnknownBranchError: There is none.
        """
        possible = self.entries
        while possible:
            entry = possible[0]
            if possible is not self.entries:
                entry = max(possible, key=lambda x: len(x.path))
            try:
                answer = ask(entry)
            except BranchError as error:
                path = error.path
                possible = [x for x in possible if x.may_follow(path)]
            else:
                _move_to_front(self.entries, entry)
                self.patience.hit()
                return answer
        raise UnknownBranchError


class KeptForm:
    """What is kept for calls of one form.

    Attributes:
        f: The function of their numbers.
        signature: The form of what holds these; None as long as f failed on them.
        variants: One for each state of the world, the last used one first.
    """

    def __init__(self, f: Callable[..., Any], call: Call, names: Sequence[str]) -> None:
        is_plain = not (call.names or any(call.are_static))
        self.f = f if is_plain else Specialized(f, call, names)
        self.slots, self.names = call.slots, call.names
        self.are_static = call.are_static
        self.signature: Signature | None = None
        self.variants: list[Variant] = []
        self.patience = Patience(MOST_WORLDS)

    def has_integers_like(self, call: Call) -> bool:
        """Whether a batch has integers where all of an argument's numbers are some."""
        return self.signature is None or self.signature.has_integers_like(call.inputs)

    def variant(self, objects: Sequence[Any]) -> Variant | None:
        """The one whose world is that of this moment."""
        for variant in self.variants:
            if variant.world.holds(objects):
                _move_to_front(self.variants, variant)
                return variant
        return None


def _move_to_front(row: list[Any], thing: Any) -> None:
    if row[0] is not thing:
        row[:] = [thing, *(x for x in row if x is not thing)]


class LastBatch(NamedTuple):
    """The last batch of all that a function was asked for.

    As long as it is asked for nothing else, the next one like it needs no search.

    Attributes:
        key: Its slots and names.
        form: That of its examples.
        shapes: Of a batch of arrays on which a step was taken, shapes and types.
        entry: The program that took it.
    """

    key: Hashable = None
    form: KeptForm | None = None
    shapes: Hashable = None
    entry: Entry | None = None

    def after(self, call: Call, entry: Entry) -> LastBatch:
        """The same, once a program has taken a step on it."""
        shapes = None if call.objects or call.names else _shapes_of(call.arguments)
        return self._replace(shapes=shapes, entry=entry)

    def again(self, inputs: Sequence[Any]) -> float | None:
        """The mean over such a batch, its gradient added: who trains asks for that.

        None where the long way is to be gone.
        """
        if not (self.entry and self.shapes) or self.shapes != _shapes_of(inputs):
            return None
        program, world = self.entry.program, self.entry.world
        try:
            answer = program._batch_step(inputs, None) if world.holds() else None
        except BranchError:
            return None
        if answer is None:
            return None
        value, gradient = answer
        program._ready.parameters.add_grad(gradient)
        return value


def _shapes_of(inputs: Sequence[Any]) -> Hashable:
    """Shapes and types of arrays; None if one of the inputs is none, or there are none.

    A batch of others may be a batch, or one example, of another form.
    """
    if not inputs or not all(map(is_array, inputs)):
        return None
    return tuple([(x.shape, x.dtype) for x in inputs])

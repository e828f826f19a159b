"""Trace: a function is run once on Values, and what it did becomes a plan.

The inputs are fresh leaves. Leaves that the function closes over are parameters;
leaves that it makes itself are constants. Nothing is optimised here: the plan holds
every operation in the order in which it was done, used or not.

The function is run twice, and both plans must be equal: one that draws random numbers,
or keeps some state, would have a number of the moment baked in. What else it reads must
stay as it is, too: in the second run, and later in every run of the program.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from autograd.ops import Op
from autograd.parameters import Parameters
from autograd.program.calling.composite import in_rows
from autograd.program.plan import Apply, Guard, Operand, Plan
from autograd.program.tape import Tape, Told
from autograd.program.worlds.chance import random_states, refuse_chance
from autograd.program.worlds.world import World, listing
from autograd.recording import new_epoch
from autograd.structure import flatten, rebuild
from autograd.sweep import interior_order
from autograd.tracing import name_of
from autograd.value import Number, Value


@dataclass(frozen=True, slots=True)
class Traced:
    """A function run once.

    Attributes:
        plan: All that it computed, operation by operation.
        parameters: The leaves from outside, in the order of the plan's parameters.
        result: What it returned: Values and plain numbers.
        log: The nodes of the plan, as Values, in its order.
        computed: The Values that it closes over and that were computed outside.
        world: What it read besides its arguments.
        told: What somebody hears after every run. The numbers are the plan's outputs
            behind those of the result.
    """

    plan: Plan
    parameters: list[Value]
    result: Any
    log: tuple[Value, ...]
    computed: list[Value]
    world: World
    told: tuple[Told, ...] = ()


def trace(
    f: Callable[..., Any],
    arguments: Sequence[Any],
    leaves: Sequence[Value],
    parameters: Sequence[Value] | None = None,
) -> Traced:
    """Run a function on Values and write down what it computes.

    Args:
        f: The function.
        arguments: What it is called with: structures of the leaves.
        leaves: The inputs, in order: see `input_leaf`.
        parameters: The leaves that it may close over; None for "whatever it reads", in
            the order in which it reads them.

    It is run twice, the second time on slightly other numbers: what is different then
    must be so because a guard says so.

    Raises:
        TypeError: It returns no number, or wants to have a Value as a plain number.
        ValueError: It is not the same each time, or reads a leaf that is not listed.
    """
    given = None if parameters is None else _checked(parameters)
    before = random_states(f)
    moved = None
    with collector_paused():
        first = _run(f, arguments, leaves, given)
        written = [x for told in first.told for x in told.writes]
        world = World(f, written=written)  # with what a first run makes, like a cache
        grads = _grads(first)
        again = _run_elsewhere(f, arguments, leaves, given)
        if again is None or not _agree(first, again):
            moved, again = again, _run(f, arguments, leaves, given)
    refuse_chance(f, before)
    if _grads(first) != grads:
        message = f"{name_of(f)} changes the .grad of a leaf while it is traced"
        raise TypeError(message + ": do that outside")
    if not _agree(first, again):
        message = (
            f"{name_of(f)} is not the same each time: traced twice, it computed two "
            f"different things. It draws random numbers or keeps a state; pass them "
            f"as inputs"
        )
        raise ValueError(message)
    if moved is not None:
        _refuse_baking(f, first, moved)
    _refuse_changes(f, world.changed())
    if not world.holds():  # a second run alone made something, such as a cache
        world = World(f, written=written)
    return first.traced(leaves, world)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Make many small objects without the garbage collector.

    It would walk over all of them again and again, which doubles the time of a trace,
    and there is no cycle among them to be found.
    """
    was_running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_running:
            gc.enable()


def _checked(parameters: Sequence[Value]) -> list[Value]:
    """The given parameters as a list.

    Raises:
        TypeError: One of them is no leaf.
        ValueError: One is there twice.
    """
    given = list(parameters)
    for position, leaf in enumerate(given):
        if not isinstance(leaf, Value) or leaf.op is not None:
            kind = type(leaf).__name__
            what = "a computed Value" if isinstance(leaf, Value) else kind
            message = f"parameters= wants leaf Values; at {position} it has {what}"
            raise TypeError(message)
    if len(set(given)) < len(given):
        twice = next(leaf for leaf in given if given.count(leaf) > 1)
        raise ValueError(f"parameters= has {_name(twice)} twice")
    return given


def _grads(writing: _Writing) -> bytes:
    """The gradients of the parameters, as bytes: NaN is equal to itself there."""
    return Parameters(writing.parameters).read_grad().tobytes()


def _run(
    f: Callable[..., Any],
    arguments: Sequence[Any],
    leaves: Sequence[Value],
    parameters: list[Value] | None,
) -> _Writing:
    """One run, with structures of its own: f may change the lists it is given."""
    fresh = [rebuild(argument, flatten(argument)) for argument in arguments]
    tape = Tape()
    try:
        with new_epoch(tape):
            result = f(*fresh)
        outputs = flatten(result, f"what {name_of(f)} returns")
        writing = _Writing(tape, leaves, parameters)
        writing.write(result, outputs)
        return writing
    finally:
        tape.clear()


def _run_elsewhere(
    f: Callable[..., Any],
    arguments: Sequence[Any],
    leaves: Sequence[Value],
    parameters: list[Value] | None,
) -> _Writing | None:
    """A run on numbers nearby; None if f does not allow them."""
    numbers = [leaf._data for leaf in leaves]
    try:
        for leaf in leaves:
            if not leaf.is_integer:
                leaf._data += 1e-3 * (1.0 + abs(leaf._data))
        return _run(f, arguments, leaves, parameters)
    except (TypeError, ValueError, IndexError, ArithmeticError):
        return None
    finally:
        for leaf, number in zip(leaves, numbers, strict=True):
            leaf._data = number


def _refuse_changes(f: Callable[..., Any], changed: Sequence[str]) -> None:
    """Raise a ValueError if a function does more than compute what it returns."""
    if changed:
        message = (
            f"{name_of(f)} changes {listing(changed)} while it is traced, and a run of "
            f"the program would not: do that outside, or return what is to be kept"
        )
        raise ValueError(message)


def _refuse_baking(f: Callable[..., Any], first: _Writing, moved: _Writing) -> None:
    """Raise a ValueError if a run differs, though no guard went another way.

    A constant was made of the example's numbers by a way round Values, such as text or
    a node's local derivatives; or there is a state.
    """
    if first.guards != moved.guards:
        return
    message = (
        f"{name_of(f)} is not the same each time: on numbers nearby it computed with "
        f"other constants. It makes constants of its inputs, by way of text or of "
        f".local_derivatives, or keeps a state: compute with Values alone"
    )
    raise ValueError(message)


class _Writing:
    """A plan while it is written: which Value has which place.

    Where the nodes begin is known at the end only, when all parameters are found. Until
    then the k-th parameter stands at -1 - k, and the k-th node right after the inputs.
    """

    def __init__(
        self, tape: Tape, leaves: Sequence[Value], parameters: list[Value] | None
    ) -> None:
        self.tape = tape
        self.given = parameters is not None
        self.parameters: list[Value] = []
        self.unlisted: list[Value] = []
        self.computed: list[Value] = []
        self.log: list[Value] = []
        self.operations: list[tuple[Op, list[Operand]]] = []
        self.outputs: list[Operand] = []
        self.guards: list[Guard] = []
        self.told: list[Told] = []
        self.result: Any = None
        self.places: dict[Value, Operand] = {leaf: i for i, leaf in enumerate(leaves)}
        self.inputs = len(leaves)
        for leaf in parameters or ():
            self._add_parameter(leaf)

    def write(self, result: Any, outputs: list[Number]) -> None:
        """Write down all that the tape holds.

        Raises:
            ValueError: A leaf from outside is not among the given parameters.
        """
        for node in self.tape.log:
            self._write(node)
        for decision in self.tape.decisions.values():
            place = self._place(decision.condition)
            guard = Guard(int(place), decision.outcome, decision.where, decision.line)
            self.guards.append(guard)
        self.result = result
        self.told = [*self.tape.told]
        ends = [*outputs, *(x for told in self.told for x in told.values)]
        self.outputs = [self._place(x) if isinstance(x, Value) else x for x in ends]
        if self.unlisted:
            raise ValueError(_unlisted_message(self.unlisted))

    def _write(self, node: Value) -> None:
        """Give a node the next place, after all that it reads."""
        places = self.places
        try:  # most often all are there
            operands = [
                x if x.__class__ is float else places[x]  # type: ignore[index]
                for x in node.operands
            ]
        except KeyError:
            operands = [
                self._place(x) if isinstance(x, Value) else x for x in node.operands
            ]
        places[node] = self.inputs + len(self.log)
        self.operations.append((cast(Op, node.op), operands))
        self.log.append(node)

    def _place(self, x: Value) -> Operand:
        """Where a number stands; it is written first if it is not there yet."""
        places = self.places
        if x in places:
            return places[x]
        if x.op is not None:  # recorded outside, and closed over: with its history
            self.computed.append(x)
            for node in interior_order([x], lambda node: node not in places):
                self._write_in_rows(node)
            if x not in places:  # it has no parents: chosen from constants
                self._write(x)
        elif self.tape.is_own(x):
            places[x] = x._data
        else:
            self._add_parameter(x)
            if self.given:
                self.unlisted.append(x)
        return places[x]

    def _write_in_rows(self, node: Value) -> None:
        """Write a node from outside; that of a compiled function as what was traced."""
        places, rows = self.places, in_rows(node)
        if rows is node:
            self._write(node)
            return
        for row in interior_order([rows], lambda row: row not in places):
            self._write(row)
        places[node] = places[rows]

    def _add_parameter(self, leaf: Value) -> None:
        self.parameters.append(leaf)
        self.places[leaf] = -len(self.parameters)

    def traced(self, leaves: Sequence[Value], world: World) -> Traced:
        """What was written, with the final places."""
        inputs, count = self.inputs, len(self.parameters)
        first = inputs + count
        # Negative places count from the end of the list, as Python has it.
        final = [*range(inputs), *range(first, first + len(self.log))]
        final += range(first - 1, inputs - 1, -1)
        nodes = [
            Apply(op, tuple([x if x.__class__ is float else final[x] for x in xs]))  # type: ignore[index]
            for op, xs in self.operations
        ]
        guards = [g._replace(condition=final[g.condition]) for g in self.guards]
        ends = [x if isinstance(x, float) else final[x] for x in self.outputs]
        plan = Plan(
            inputs=inputs,
            parameters=count,
            nodes=tuple(nodes),
            outputs=tuple(ends),
            guards=tuple(guards),
            integers=frozenset(i for i, x in enumerate(leaves) if x.is_integer),
            scopes=tuple([node.recording.scope for node in self.log]),
            origins=tuple(range(len(nodes))),
        )
        log = tuple(self.log)
        return Traced(
            *(plan, self.parameters, self.result, log, self.computed, world),
            told=tuple(self.told),
        )


def _unlisted_message(leaves: list[Value]) -> str:
    names = ", ".join(map(_name, leaves[:5]))
    if len(leaves) > 5:
        names += f" and {len(leaves) - 5} more"
    return (
        f"parameters= lacks what the function reads: {names}. List them too, or make "
        f"them inside the function if they are constants"
    )


def _name(leaf: Value) -> str:
    """What a message calls a leaf."""
    return repr(leaf.label) if leaf.label else repr(leaf)


def _agree(one: _Writing, other: _Writing) -> bool:
    """Whether two runs computed the same."""
    if [*map(id, one.parameters)] != [*map(id, other.parameters)]:
        return False
    if one.guards != other.guards or _told(one.outputs) != _told(other.outputs):
        return False
    if one.operations == other.operations:
        return True
    return len(one.operations) == len(other.operations) and all(
        _is_same(*a, *b) for a, b in zip(one.operations, other.operations, strict=True)
    )


def _is_same(op: Op, xs: list[Operand], other: Op, ys: list[Operand]) -> bool:
    """Whether two operations are the same; one may be made anew in each run."""
    return (op is other or _code(op) == _code(other)) and _told(xs) == _told(ys)


def _told(operands: list[Operand]) -> list[str]:
    """Operands as text: NaN is equal to itself there."""
    return [*map(repr, operands)]


def _code(op: Op) -> tuple[Any, ...]:
    """What an operation of the user's is."""
    rules = (op.forward, op.local_derivatives)
    return op.name, *[getattr(rule, "__code__", rule) for rule in rules]

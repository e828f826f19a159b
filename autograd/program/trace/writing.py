"""Writing: what a tape holds becomes a plan, and whether two such plans agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from autograd.ops import Op
from autograd.program.calling.composite import in_rows
from autograd.program.plan import Apply, Guard, Operand, Plan
from autograd.program.trace.tape import Tape, Told
from autograd.program.worlds.world import World, listing
from autograd.sweep import interior_order
from autograd.value import Number, Value


class Traced:
    """A function run once, written down: which Value has which place.

    Where the nodes begin is known at the end only, when all parameters are found. Until
    then the k-th parameter stands at -1 - k, and the k-th node right after the inputs.

    Args:
        tape: What the run left behind.
        leaves: The inputs, in order.
        parameters: The leaves that it may read; None for whatever it reads.

    Attributes:
        first_read: The leaves from outside, in the order in which they were first read
            or given.
        result: What it returned: Values and plain numbers.
        log: The nodes of the plan, as Values, in its order.
        computed: The Values that it closes over and that were computed outside.
        told: What somebody hears after every run. The numbers are the plan's outputs
            behind those of the result.
        parameters: The leaves from outside, in the order of the plan's parameters.
        plan: All that it computed, operation by operation, once it is `finished`.
        world: What it read besides its arguments.
    """

    plan: Plan
    parameters: list[Value]
    world: World

    def __init__(
        self, tape: Tape, leaves: Sequence[Value], parameters: list[Value] | None
    ) -> None:
        self.tape, self.leaves = tape, leaves
        self.given = parameters is not None
        self.first_read: list[Value] = []
        self.unlisted: list[Value] = []
        self.computed: list[Value] = []
        self.log: list[Value] = []
        self.operations: list[tuple[Op, tuple[Operand, ...]]] = []
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
        for value, guard in self.tape.decisions.items():
            place = self._place(value)
            self.guards.append(guard._replace(condition=int(place)))
        self.result = result
        self.told = [*self.tape.told]
        ends = [*outputs, *(x for told in self.told for x in told.values)]
        self.outputs = [self._place(x) if isinstance(x, Value) else x for x in ends]
        self.places.clear()  # all is written, and it holds every Value
        if self.unlisted:
            names = listing([*map(name_of_leaf, self.unlisted)], 5)
            raise ValueError(
                f"parameters= lacks what the function reads: {names}. List them too, "
                f"or make them inside the function if they are constants"
            )

    def _write(self, node: Value) -> None:
        """Give a node the next place, after all that it reads."""
        places, read = self.places, node.operands
        for x in read:
            if x.__class__ is not float and x not in places:
                self._place(x)  # type: ignore[arg-type]
        operands = tuple([x if x.__class__ is float else places[x] for x in read])  # type: ignore[index]
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
            places[x] = x._datum
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
        self.first_read.append(leaf)
        self.places[leaf] = -len(self.first_read)

    def finished(self, world: World, *, as_they_live: bool) -> Traced:
        """The same with the final places."""
        inputs, count = self.inputs, len(self.first_read)
        first = inputs + count
        parameters = as_lived(self.first_read) if as_they_live else self.first_read
        at = {leaf: place for place, leaf in enumerate(parameters, inputs)}
        # Negative places count from the end of the list, as Python has it.
        final = [*range(inputs), *range(first, first + len(self.log))]
        final += [at[leaf] for leaf in reversed(self.first_read)]
        nodes = [
            Apply(op, tuple([x if x.__class__ is float else final[x] for x in xs]))  # type: ignore[index]
            for op, xs in self.operations
        ]
        self.operations.clear()
        guards = [g._replace(condition=final[g.condition]) for g in self.guards]
        ends = [x if isinstance(x, float) else final[x] for x in self.outputs]
        self.plan = Plan(
            inputs=inputs,
            parameters=count,
            nodes=tuple(nodes),
            outputs=tuple(ends),
            guards=tuple(guards),
            integers=frozenset(i for i, x in enumerate(self.leaves) if x.is_integer),
            scopes=tuple([node.recording.scope for node in self.log]),
            origins=tuple(range(len(nodes))),
        )
        self.parameters, self.world = parameters, world
        return self


def as_lived(leaves: Sequence[Value]) -> list[Value]:
    """The leaves, those that share a vector in its order: to read them is a slice."""
    listed = {*leaves}
    found: dict[Value, None] = {}
    for leaf in leaves:
        if leaf not in found:
            home = leaf.recording.home
            together = (leaf,) if home is None else home.leaves
            found.update((x, None) for x in together if x in listed)
    return [*found]


def name_of_leaf(leaf: Value) -> str:
    """What a message calls a leaf: as `Graph` does, a parameter with its scope."""
    if not leaf.label:
        return repr(leaf)
    own = leaf.scope and leaf.role == "parameter"
    return repr(f"{leaf.scope}.{leaf.label}" if own else leaf.label)


def agree(one: Traced, other: Traced) -> bool:
    """Whether two runs computed the same."""
    if [*map(id, one.first_read)] != [*map(id, other.first_read)]:
        return False
    if one.guards != other.guards or _told(one.outputs) != _told(other.outputs):
        return False
    if one.operations == other.operations:
        return True
    return len(one.operations) == len(other.operations) and all(
        _is_same(*a, *b) for a, b in zip(one.operations, other.operations, strict=True)
    )


def _is_same(op: Op, xs: Sequence[Operand], other: Op, ys: Sequence[Operand]) -> bool:
    """Whether two operations are the same; one may be made anew in each run."""
    return (op is other or _code(op) == _code(other)) and _told(xs) == _told(ys)


def _told(operands: Sequence[Operand]) -> list[str]:
    """Operands as text: NaN is equal to itself there."""
    return [*map(repr, operands)]


def _code(op: Op) -> tuple[Any, ...]:
    """What an operation of the user's is."""
    rules = (op.forward, op.local_derivatives)
    return op.name, *[getattr(rule, "__code__", rule) for rule in rules]

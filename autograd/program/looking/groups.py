"""Groups: what a picture or a report says of the blocks of a program."""

from __future__ import annotations

from dataclasses import dataclass

from autograd.program.passes import Passed
from autograd.program.plan import NOWHERE, Guard, Plan
from autograd.program.vectorise.blocks import Block, Blocks, Slot


@dataclass(frozen=True, slots=True)
class Group:
    """Scalar nodes that one statement computes.

    Attributes:
        number: Its place among all groups.
        name: A name that no other group has, such as "tanh 2".
        kind: "input", "parameter", "operation" or "output".
        operation: What is done: "tanh", "matrix product", "sum", "dot"; "" for leaves.
        symbol: The operation as pictures print it.
        shape: The grid of its rows, without the batch.
        uniform: Whether it is computed once a batch, not once an example.
        reads: The numbers of the groups that it reads, in order, none twice.
        nodes: For every scalar node in it, its index in `program.trace()`.
        rows: How many numbers it holds.
        scope: The scope of its nodes, as far as they have it in common.
        guards: What must hold for its numbers, none told twice; () for most groups.
    """

    number: int
    name: str
    kind: str
    operation: str
    symbol: str
    shape: tuple[int, ...]
    uniform: bool
    reads: tuple[int, ...]
    nodes: tuple[int, ...]
    rows: int
    scope: str
    guards: tuple[Guard, ...] = ()


def groups_of(passed: Passed) -> tuple[Group, ...]:
    """The groups of a plan, operands first."""
    plan, blocks = passed.plan, passed.blocks
    guards = guards_of(plan, blocks)
    outputs = {x for x in plan.outputs if isinstance(x, int)}
    seen: dict[str, int] = {}
    groups = []
    for block in blocks.all:
        operation, symbol = operation_of(block)
        stem = operation or {"input": "inputs", "parameter": "parameters"}[block.kind]
        seen[stem] = seen.get(stem, 0) + 1
        name = stem if seen[stem] == 1 else f"{stem} {seen[stem]}"
        places = [int(x) for x in block.places.ravel() if x != NOWHERE]
        origins = [plan.origins[x - plan.first] for x in places if x >= plan.first]
        kind = block.kind if not operation else "operation"
        kind = "output" if operation and outputs.intersection(places) else kind
        nodes = tuple(i for i in origins if i >= 0)
        groups.append(
            Group(
                block.number,
                name,
                kind,
                operation,
                symbol,
                block.shape,
                block.uniform,
                reads_of(block, blocks),
                nodes,
                len(places),
                block.scope,
                guards.get(block.number, ()),
            )
        )
    return tuple(groups)


def guards_of(plan: Plan, blocks: Blocks) -> dict[int, tuple[Guard, ...]]:
    """For each block that a guard asks for: what it asks, once for each line."""
    found: dict[int, dict[object, Guard]] = {}
    for guard in plan.guards:
        asked = found.setdefault(int(blocks.block_of[guard.condition]), {})
        asked.setdefault((guard.where, guard.line, guard.outcome), guard)
    return {number: tuple(asked.values()) for number, asked in found.items()}


def operation_of(block: Block) -> tuple[str, str]:
    """What a block does, in words and as a symbol."""
    if block.kind in ("input", "parameter"):
        return "", ""
    if block.op is not None:
        return block.op.name, block.op.symbol
    kinds = {term.kind for term in block.terms}
    if not kinds.isdisjoint(("matrix", "weights")):
        return "matrix product", "×"
    return ("dot", "·") if "pairs" in kinds else ("sum", "Σ")


def reads_of(block: Block, blocks: Blocks) -> tuple[int, ...]:
    """The blocks that a block reads, in order, none twice."""
    slots = [*block.slots, *(slot for term in block.terms for slot in term.slots)]
    found: dict[int, None] = {}
    for slot in slots:
        if isinstance(slot, Slot):
            places = slot.places[slot.places != NOWHERE]
            numbers = blocks.block_of[places.ravel()].tolist()
            found |= dict.fromkeys(numbers)
    return tuple(found)

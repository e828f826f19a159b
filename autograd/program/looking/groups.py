"""What a picture says of the blocks of a program, and a report of all passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from autograd.program.lower.printer import Source
from autograd.program.passes import Passed
from autograd.program.plan import NOWHERE, Guard, Plan
from autograd.program.statements.table import Array, row_of
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


# --- what became of a function ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """What a program is made of, and what one run of value and gradient costs.

    Attributes:
        nodes: After each pass, its name and how many scalar nodes there were.
        groups: How many blocks of rows they form.
        products: The matrix products found: (rows of the result, columns, length).
        statements: How many array statements compute value and gradient.
        flops: Floating-point operations of an example, and of the batch besides.
        buffers: Bytes that an example takes, and that the batch takes besides.
    """

    nodes: tuple[tuple[str, int], ...]
    groups: int
    products: tuple[tuple[int, int, int], ...]
    statements: int
    flops: tuple[int, int]
    buffers: tuple[int, int]

    def __str__(self) -> str:
        lines = [
            f"{'after ' + name:<18}{count:>12,} nodes" for name, count in self.nodes
        ]
        counted = Counter(self.products)
        found = ", ".join(
            f"{many}× " * (many > 1) + f"{rows}×{length} · {length}×{columns}"
            for (rows, columns, length), many in counted.items()
        )
        each, fixed = self.flops
        bytes_each, bytes_fixed = self.buffers
        lines += [
            f"{'groups':<18}{self.groups:>12,}",
            f"{'matrix products':<18}{len(self.products):>12,}  {found}".rstrip(),
            f"{'statements':<18}{self.statements:>12,}",
            f"{'flops':<18}{each:>12,} an example, {fixed:,} a batch",
            f"{'bytes':<18}{bytes_each:>12,} an example, {bytes_fixed:,} a batch",
        ]
        return "\n".join(lines)

    __repr__ = __str__


def report_of(passed: Passed, source: Source, statements: Sequence[Array]) -> Report:
    """The report of a program.

    Args:
        passed: The plan and its blocks.
        source: What is run.
        statements: The array statements that it is made of; none for the machine, which
            computes number by number, a line each.
    """
    costs = [
        (array.batched or any(x.batched for x in array.arrays), count(array))
        for array in statements
        if (count := row_of(array.function).flops)
    ]
    each = sum(count for varies, count in costs if varies)
    fixed = sum(count for varies, count in costs if not varies)
    return Report(
        nodes=tuple((name, len(plan.nodes)) for name, plan in passed.stages),
        groups=len(passed.blocks.all),
        products=tuple(p for block in passed.blocks.all for p in _products(block)),
        statements=len(costs if statements else source.lines),
        flops=(each, fixed),
        buffers=(source.bytes_per_example, source.fixed_bytes),
    )


def _products(block: Block) -> list[tuple[int, int, int]]:
    """The matrix products of a block: rows, columns, and what is summed over.

    A bias that is computed as the weight of an input 1 is not counted.
    """
    found = []
    for term in block.terms:
        if term.kind not in ("matrix", "weights"):
            continue
        left, right = [slot for slot in term.slots if isinstance(slot, Slot)]
        length = left.places.shape[-1]
        rows, columns = right.places.size // length, left.places.size // length
        if right.constants is not None:
            ones = (right.places == NOWHERE) & (right.constants == 1.0)
            lists = ones.reshape(length, -1).T if term.kind == "weights" else ones
            length -= int(lists.reshape(rows, -1).all(axis=0).sum())
        found.append((rows, columns, length))
    return found

"""Report: what became of a function, pass by pass, and what a run costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from autograd.program.lower.printer import Source
from autograd.program.passes import Passed
from autograd.program.plan import NOWHERE
from autograd.program.statements.arrays import Array
from autograd.program.statements.table import row_of
from autograd.program.vectorise.blocks import Block, Slot


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

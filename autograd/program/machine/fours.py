"""Fours: neighbouring dots that share a list become one instruction for four of them.

A matrix times a vector is such dots: all have the vector, and of the matrix each has
the registers that the one before it has, a step further on. So have their results:

    w[t + r] = sum over j of w[a[j] + r * step] * w[b[j]]     for r = 0, 1, 2, 3

To find out where a number is takes as long as to multiply it; of four at once half of
that is done once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd.program.machine.opcodes import NUMBERS
from autograd.program.machine.registers import WIDTH, Integers

FOURS = {
    NUMBERS[name]: len(NUMBERS) + i for i, name in enumerate(("dot", "strong_dot"))
}
"""What stands for four instructions, by what stands for one."""


def by_fours(steps: Integers, lists: Integers) -> tuple[Integers, Integers]:
    """The same instructions, four dots in one where that is possible.

    Of their first list that of the first dot is kept, and before it the step.
    """
    rows, registers = steps.tolist(), lists.tolist()
    found, k = list[list[int]](), 0
    while k < len(rows):
        four = rows[k : k + 4]
        shared = _shared(four, registers)
        if shared is None:
            found.append(rows[k])
            k += 1
            continue
        (step, *first), other = shared
        number, target, _, _, count = rows[k]
        found.append([FOURS[number], target, len(registers) + 1, other, count])
        registers += [step, *first]
        k += 4
    table = np.array(found, np.uint32).reshape(-1, WIDTH)
    return table, np.array(registers, np.uint32)


def _shared(
    four: Sequence[Sequence[int]], lists: Sequence[int]
) -> tuple[list[int], int] | None:
    """The step and the first of the lists that differ; where the shared one starts."""
    number, target, _, _, count = four[0]
    if number not in FOURS or len(four) < 4:
        return None
    if len({(x[0], x[1] - r, x[4]) for r, x in enumerate(four)}) > 1:
        return None
    for one, other in ((2, 3), (3, 2)):
        first, *others = [lists[x[one] : x[one] + count] for x in four]
        step = others[0][0] - first[0]
        moved = [[x + r * step for x in first] for r in (1, 2, 3)]
        is_one = len({x[other] for x in four}) == 1 and step > 0
        # None of them may read what another one gives.
        is_apart = all(x + 3 * step < target or x > target + 3 for x in first)
        if is_one and is_apart and moved == others:
            return [step, *first], four[0][other]
    return None

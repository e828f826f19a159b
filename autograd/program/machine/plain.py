"""Without numba: the same instructions, for lanes of examples with NumPy.

One example runs as a script (`script.py`), or instruction by instruction where that
would be too long, or where Python raises and IEEE 754 has an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.namespaces import Namespace
from autograd.ops import RULES
from autograd.program.machine.opcodes import (
    LISTS,
    MEAN,
    NUMBERS,
    OPCODES,
    TERMS,
    computed,
    factors,
)
from autograd.program.machine.registers import Integers, Registers
from autograd.program.machine.script import Script
from autograd.program.statements.natives import NUMPY

_NAMES = [*NUMBERS]


class Instruction(NamedTuple):
    """What is done, where the result goes, what is read."""

    name: str
    target: int
    operands: list[int]


def decoded(steps: Integers, lists: Sequence[int]) -> Iterator[Instruction]:
    """The instructions, to be run again and again."""
    for number, target, *rest in steps.tolist():
        name = _NAMES[number]
        if name in LISTS:
            *starts, count = rest
            of_term = starts[: LISTS[name][0]]
            operands = [lists[start + j] for j in range(count) for start in of_term]
        else:
            operands = rest[: len(OPCODES[name].operands) if name in OPCODES else 1]
        yield Instruction(name, target, operands)


# --- one example --------------------------------------------------------------------


def single(
    code: tuple[Integers, Integers],
    w: Registers,
    results_of: Integers,
    results: Registers,
    given: Sequence[tuple[int, Registers]] = (),
    script: Script | None = None,
) -> Callable[[], float]:
    """A run of instructions on single numbers, told as in `interpreter.py`.

    The script, if there is one, is the same as a function from registers to results.
    """
    steps, wanted = list[Instruction](), results_of.tolist()

    def run() -> float:
        for place, x in given:
            w[place : place + x.size] = x.ravel()
        try:
            found = script(w) if script else stepwise()
        except (ArithmeticError, ValueError):
            found = stepwise()
        results[:] = found
        return found[0] if found else 0.0

    def stepwise() -> list[float]:
        steps.extend(() if steps else decoded(code[0], code[1].tolist()))
        numbers = w.tolist()
        for name, target, operands in steps:
            numbers[target] = computed(name, [numbers[x] for x in operands])
        return [numbers[x] for x in wanted]

    return run


# --- lanes --------------------------------------------------------------------------


def lanes() -> Callable[..., None]:
    """Runs them on lanes of examples."""
    return _run_lanes


def _run_lanes(
    steps: Integers,
    lists: Integers,
    w: Registers,
    inputs: Registers,
    inputs_to: Integers,
    seeds: Registers,
    seeds_to: Integers,
    results: Registers,
    results_of: Integers,
    totals: Registers,
    totals_of: Integers,
) -> None:
    lanes = w.shape[1]
    program = [*decoded(steps, lists.tolist())]
    examples = inputs.shape[1]
    for start in range(0, examples, lanes):
        block = slice(start, min(start + lanes, examples))
        rows = w[:, : block.stop - start]
        for given, to in ((inputs, inputs_to), (seeds, seeds_to)):
            rows[to[:, 1]] = given[to[:, 0], block]
        with np.errstate(all="ignore"):
            for name, target, operands in program:
                rows[target] = _on_lanes(name, rows, operands)
            totals += rows[totals_of].sum(axis=1)
        results[results_of[:, 0], block] = rows[results_of[:, 1]]


def _on_lanes(name: str, rows: Registers, operands: list[int]) -> Any:
    """What an instruction gives, for all lanes."""
    if name == MEAN:
        return rows[operands[0]].mean()
    if name not in LISTS:
        return _ON_ARRAYS[name](*[rows[x] for x in operands])
    read = [rows[part] for part in factors(name, operands)]
    return (_ON_ARRAYS[TERMS[name]](*read) if name in TERMS else read[0]).sum(axis=0)


def on_arrays(arrays: Namespace) -> dict[str, Callable[..., Any]]:
    """What the opcodes make of arrays.

    Args:
        arrays: What the rows of the table make of them.
    """
    apart: dict[str, Callable[..., Any]] = {
        "and": lambda x, y: (x != 0.0) & (y != 0.0),
        "or": lambda x, y: (x != 0.0) | (y != 0.0),
        "plus_product": lambda x, y, z: x * y + z,
        "plus_strong_product": lambda x, y, z: z + arrays.strong_product(x, y),
    }
    return {x: apart[x] if x in apart else getattr(arrays, x) for x in OPCODES}


_ON_ARRAYS = on_arrays(Namespace(NUMPY, RULES))

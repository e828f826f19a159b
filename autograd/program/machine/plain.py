"""Without numba: the same instructions in plain Python, slower and equal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce

from autograd.program.machine.opcodes import LISTS, MEAN, NUMBERS, OPCODES
from autograd.program.machine.registers import Integers, Registers

_NAMES = [*NUMBERS]
Column = list[float]


def single() -> Callable[..., None]:
    """Runs instructions on single numbers: see `interpreter.py`."""
    return _run_single


def lanes() -> Callable[..., None]:
    """Runs them on lanes of examples."""
    return _run_lanes


def _run_single(
    steps: Integers,
    lists: Integers,
    w: Registers,
    results_of: Integers,
    results: Registers,
) -> None:
    columns = [[x] for x in w.tolist()]
    _run(steps, lists, columns)
    results[:] = [columns[x][0] for x in results_of.tolist()]


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
    for start in range(0, len(inputs), lanes):
        block = slice(start, min(start + lanes, len(inputs)))
        columns = w[:, : block.stop - start].tolist()
        for given, to in ((inputs, inputs_to), (seeds, seeds_to)):
            for column, register in to.tolist():
                columns[register] = given[block, column].tolist()
        _run(steps, lists, columns)
        for column, register in results_of.tolist():
            results[column, block] = columns[register]
        for i, register in enumerate(totals_of.tolist()):
            totals[i] += sum(columns[register])


def _run(steps: Integers, lists: Integers, columns: list[Column]) -> None:
    """Run instructions on registers that are lists of numbers, one for each lane."""
    for name, target, operands in _decoded(steps, lists.tolist()):
        read = [columns[x] for x in operands]
        if name in LISTS:
            columns[target] = _listed(name, read)
        elif name == MEAN:
            (x,) = read
            columns[target] = [sum(x) / len(x)] * len(x)
        else:
            columns[target] = [*map(OPCODES[name].run, *read)]


def _listed(name: str, read: list[Column]) -> Column:
    """A sum over a list, term by term."""
    width, plus = LISTS[name]
    start = [0.0] * len(read[0])
    terms = [read[i : i + width] for i in range(0, len(read), width)]
    return reduce(lambda r, term: [*map(OPCODES[plus].run, *term, r)], terms, start)


def _decoded(steps: Integers, lists: list[int]) -> Iterator[tuple[str, int, list[int]]]:
    """The instructions: what is done, where the result goes, what is read."""
    for number, target, *rest in steps.tolist():
        name = _NAMES[number]
        if name in LISTS:
            start, count = rest[:2]
            yield name, target, lists[start : start + LISTS[name][0] * count]
        else:
            operands = len(OPCODES[name].operands) if name in OPCODES else 1
            yield name, target, rest[:operands]

"""The interpreter: one function that runs any list of instructions.

Its source is written from the table of opcodes: once for single numbers, and once for
lanes, where every register is a row of numbers, one for each of some examples. numba
compiles both when they are first needed and keeps them on disk, next to this file or
in the user's cache; where it may write to neither, they are compiled for this process.

A strong dot is a plain one, unless that gives NaN, as 0 times an infinity does.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from autograd.fast.symbols import LITERALS
from autograd.program.machine.opcodes import LISTS, MEAN, NUMBERS, OPCODES, Opcode
from autograd.program.machine.registers import (
    FOURS,
    WIDTH,
    Integers,
    Registers,
    by_fours,
)

SINGLE = "float64(int64)"
LANES = (
    "void(uint32[:, ::1], uint32[::1], float64[:, ::1], "
    "float64[:, ::1], uint32[:, ::1], float64[:, ::1], uint32[:, ::1], "
    "float64[:, ::1], uint32[:, ::1], float64[::1], uint32[::1])"
)

_RUN_SINGLE = """
def run(table):
    row = whole(table)
    steps, lists, results_of = codes(row[0]), codes(row[2]), codes(row[6])
    w, results = floats(row[4]), floats(row[8])
    for i in range(10, 10 + 3 * row[10], 3):
        source = floats(row[i + 1])
        for j in range(row[i + 2]):
            w[row[i + 3] + j] = source[j]
    for k in range(0, row[1], {width}):
        code, target = steps[k], steps[k + 1]
        a, b, c = steps[k + 2], steps[k + 3], steps[k + 4]
        if code == {sum}:
            r = 0.0
            for j in range(c):
                r += w[lists[a + j]]
            w[target] = r
            continue
        if code >= {dot}:
            rows, step, r, p, q, s = 1, 0, 0.0, 0.0, 0.0, 0.0
            if code >= {four_dots}:
                rows, step = 4, lists[a - 1]
                for j in range(c):
                    i, y = lists[a + j], w[lists[b + j]]
                    r += w[i] * y
                    p += w[i + step] * y
                    q += w[i + 2 * step] * y
                    s += w[i + 3 * step] * y
                w[target + 1], w[target + 2], w[target + 3] = p, q, s
            else:
                for j in range(c):
                    r += w[lists[a + j]] * w[lists[b + j]]
            w[target] = r
            r += p + q + s
            if (r == r) | (code == {dot}) | (code == {four_dots}):
                continue
            for i in range(rows):  # strong ones: zeros times infinities may be there
                r = 0.0
                for j in range(c):
                    x, y = w[lists[a + j] + i * step], w[lists[b + j]]
                    r += {strong_product}
                w[target + i] = r
            continue
        x, y, z = w[a], w[b], w[c]
{cases}
        w[target] = r
    for i in range(row[9]):
        results[i] = w[results_of[i]]
    return results[0] if row[9] else 0.0
"""

_RUN_LANES = """
def run(
    steps, lists, w, inputs, inputs_to, seeds, seeds_to,
    results, results_of, totals, totals_of,
):
    lanes = w.shape[1]
    for start in range(0, inputs.shape[1], lanes):
        m = min(lanes, inputs.shape[1] - start)
        for i in range(inputs_to.shape[0]):
            for l in range(m):
                w[inputs_to[i, 1], l] = inputs[inputs_to[i, 0], start + l]
        for i in range(seeds_to.shape[0]):
            for l in range(m):
                w[seeds_to[i, 1], l] = seeds[seeds_to[i, 0], start + l]
        for k in range(steps.shape[0]):
            code = steps[k, 0]
            a, b, c = steps[k, 2], steps[k, 3], steps[k, 4]
            R = w[steps[k, 1]]
            if code == {mean}:
                r, X = 0.0, w[a]
                for l in range(m):
                    r += X[l]
                for l in range(m):
                    R[l] = r / m
                continue
            if code >= {sum}:
                for l in range(m):
                    R[l] = 0.0
                for j in range(c):
                    X, Y = w[lists[a + j]], w[lists[b + j]]
                    if code == {sum}:
                        for l in range(m):
                            R[l] += X[l]
                    else:
                        for l in range(m):
                            R[l] += X[l] * Y[l]
                n = 0
                for l in range(m):
                    n += R[l] != R[l]
                if (n == 0) | (code != {strong_dot}):
                    continue
                for l in range(m):
                    R[l] = 0.0
                for j in range(c):
                    X, Y = w[lists[a + j]], w[lists[b + j]]
                    for l in range(m):
                        x, y = X[l], Y[l]
                        R[l] += {strong_product}
                continue
            X, Y, Z = w[a], w[b], w[c]
{cases}
        for i in range(results_of.shape[0]):
            for l in range(m):
                results[results_of[i, 0], start + l] = w[results_of[i, 1], l]
        for i in range(totals_of.shape[0]):
            total = 0.0
            for l in range(m):
                total += w[totals_of[i], l]
            totals[i] += total
"""

_NAMED = {
    **{name: NUMBERS[name] for name in (*LISTS, MEAN)},
    "four_dots": FOURS[NUMBERS["dot"]],
    "strong_product": OPCODES["strong_product"].result,
}


def single_source() -> str:
    """The source for single numbers."""
    bodies = {
        NUMBERS[name]: [*op.lines, f"r = {op.result}"] for name, op in OPCODES.items()
    }
    cases = _branches(bodies, 2)
    return _RUN_SINGLE.format(width=WIDTH, cases=cases, **_NAMED)


def lanes_source() -> str:
    """The source for lanes of examples.

    Signs have a loop each, which vectorises. Functions, which don't, share one that
    asks for the opcode at every number: that is little beside a function, and every
    loop is a fifth of a second to compile.
    """
    bodies = {NUMBERS[name]: _over_lanes(op) for name, op in OPCODES.items()}
    quick = {NUMBERS[name]: not _calls(op) for name, op in OPCODES.items()}
    cases = _branches({k: body for k, body in bodies.items() if quick[k]}, 3)
    shared = {
        NUMBERS[name]: [*op.lines, f"r = {op.result}"]
        for name, op in OPCODES.items()
        if not quick[NUMBERS[name]]
    }
    each = ["x, y, z = X[l], Y[l], Z[l]", *_branches(shared, 0).splitlines()]
    loop = ["for l in range(m):", *_inner([*each, "R[l] = r"])]
    cases += "\n" + "\n".join(" " * 12 + line for line in ["else:", *_inner(loop)])
    return _RUN_LANES.format(cases=cases, **_NAMED)


def _over_lanes(op: Opcode) -> list[str]:
    """An opcode on every lane."""
    each = [f"{x} = {x.upper()}[l]" for x in op.operands]
    return ["for l in range(m):", *_inner([*each, *op.lines, f"R[l] = {op.result}"])]


def _calls(op: Opcode) -> bool:
    """Whether an opcode calls a function that does not vectorise."""
    text = " ".join([*op.lines, op.result])
    return bool({*re.findall(r"(\w+)\(", text)} - {"abs", "sqrt"})


def _inner(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


def _branches(bodies: Mapping[int, list[str]], depth: int) -> str:
    """A branch for each opcode: a jump table, once compiled."""
    lines: list[str] = []
    for number, body in bodies.items():
        lines.append(f"{'elif' if lines else 'if'} code == {number}:")
        lines += _inner(body)
    return "\n".join("    " * depth + line for line in lines)


def _compiled(source: str, signature: str) -> Callable[..., Any]:
    """The function that a source defines, compiled; from the disk if it is there."""
    from numba import njit

    from autograd.program.machine.addresses import codes, floats, whole

    # A name for each text: what lies on the disk is never that of another table.
    name = f"run_{hashlib.sha256(source.encode()).hexdigest()[:16]}"
    names: dict[str, Any] = {**vars(math), "math": math, "np": np, **LITERALS}
    names |= {"codes": codes, "floats": floats, "whole": whole}
    text = source.replace("def run(", f"def {name}(", 1)
    # numba wants a file to keep its code beside: this one
    exec(compile(text, __file__, "exec"), names)  # noqa: S102
    options: dict[str, Any] = {"error_model": "numpy", "nogil": True}
    try:
        compiled = njit(signature, cache=True, **options)(names[name])
    except (OSError, RuntimeError):  # no place that may be written
        compiled = njit(signature, **options)(names[name])
    found: Any
    (found,) = compiled.overloads.values()
    run: Callable[..., Any] = found.entry_point  # which asks for no types again
    return run


@cache
def _single() -> Callable[[int], float]:
    """Runs instructions on single numbers; the address is that of a table of arrays."""
    return _compiled(single_source(), SINGLE)


def is_loaded() -> bool:
    """Whether numba has been loaded already, for single numbers or for lanes."""
    return bool(_single.cache_info().currsize or lanes.cache_info().currsize)


def single(
    code: tuple[Integers, Integers],
    w: Registers,
    results_of: Integers,
    results: Registers,
    given: Sequence[tuple[int, Registers]] = (),
) -> Callable[[], float]:
    """A run of instructions on arrays that stay where they are.

    To take an array from Python takes numba as long as twenty instructions, so it is
    told once where all of them lie.

    Args:
        code: The steps and lists.
        w: The registers.
        results_of: Those that hold the results.
        results: Where they come.
        given: What is copied to the registers before, and to which: each in one piece.

    Returns:
        What runs them; it gives the first result.
    """
    arrays: list[Any] = [*by_fours(*code), w, results_of, results]
    row = [number for x in arrays for number in (x.ctypes.data, x.size)]
    row.append(len(given))
    for place, x in given:
        row += [x.ctypes.data, x.size, place]
    table = np.array(row, np.int64)
    run = partial(_single(), table.ctypes.data)
    vars(run)["kept"] = table, arrays, given  # as long as their addresses are
    return run


@cache
def lanes() -> Callable[..., None]:
    """Runs them on lanes of examples; the arguments are those of `_RUN_LANES`."""
    return _compiled(lanes_source(), LANES)

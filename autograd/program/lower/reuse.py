"""Which arrays are written over: memory that nobody needs any more.

Arithmetic in place, and into arrays that have been read for the last time, keeps what a
chunk of examples touches within the cache. It changes no number: without this pass a
program is the same, and slower.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autograd.program.lower.texts import ufunc_name
from autograd.program.statements.table import Array
from autograd.program.statements.views import places_of

LENT = {"given", "constant", "view", "stretch"}
"""Functions whose arrays have the memory of others."""

PRODUCTS = {"weighted", "outer"}
"""What is a `dot`, which wants to write into memory in order."""

INTO = {"take", "reduce", "matmul", *PRODUCTS}
"""Statements that may write into another array, but not over their operands."""

_BYTES = {"float": 8, "int": 8, "bool": 1}


@dataclass(frozen=True)
class Reuse:
    """Which array every array is written over, and what memory that leaves.

    Attributes:
        over: For an array, the dead one in whose memory it is made.
        fixed_bytes: The memory of all arrays that does not grow with the batch.
        bytes_per_example: What every example adds.
    """

    over: Mapping[Array, Array]
    fixed_bytes: int
    bytes_per_example: int


def reuse_of(
    statements: Sequence[Array], outputs: Collection[Array], parts: Collection[Array]
) -> Reuse:
    """Which arrays are written over.

    Args:
        statements: All of them, in order.
        outputs: The arrays that are returned, which nobody may write over.
        parts: Those that are made within others; see `parts_of`.
    """
    ending = _ending(statements, {*outputs, *parts})
    free: dict[object, list[Array]] = defaultdict(list)
    over: dict[Array, Array] = {}
    in_order: set[Array] = set()  # of which the memory is known to be so
    counts: set[Array] = set()  # of nothing they are integers in NumPy
    for i, array in enumerate(statements):
        numbers = {x for x in array.arrays if x.kind == "float"}
        if array.function == "scatter" or (numbers and counts >= numbers):
            counts.add(array)
        dead = [x for x in ending[i] if not (x.function in LENT or x in counts)]
        if _can_be_told(array) and array not in parts:
            candidates = free[_form(array)]
            here = [x for x in dead if _fits(x, array)]
            candidates += here
            dead = [x for x in dead if x not in set(here)]
            any_will_do = array.function not in PRODUCTS
            fit = [k for k, x in enumerate(candidates) if any_will_do or x in in_order]
            if fit:
                over[array] = candidates.pop(fit[-1])
        is_new = array.function in ("take", *PRODUCTS) and array not in over
        if is_new or over.get(array) in in_order:
            in_order.add(array)
        for x in dead:
            free[_form(x)].append(x)
    elsewhere = {*over, *parts}
    made = [a for a in statements if a.function not in LENT and a not in elsewhere]
    made += [a for a in statements if a.function in ("given", "constant")]
    sizes = [(a.batched, a.size * _BYTES[a.kind]) for a in made]
    fixed, growing = (sum(n for b, n in sizes if b is each) for each in (False, True))
    return Reuse(over, fixed, growing)


def _ending(
    statements: Sequence[Array], outputs: Collection[Array]
) -> list[list[Array]]:
    """For every statement the arrays whose memory is read there for the last time."""
    last = {array: i for i, array in enumerate(statements)}
    for i, array in enumerate(statements):
        for x in array.arrays:
            last[x] = i
    last |= dict.fromkeys(outputs, len(statements))
    for array in reversed(statements):  # memory lives as long as any view of it
        if array.function in ("view", "stretch"):
            (base,) = array.arrays
            last[base] = max(last[base], last[array])
    ending: list[list[Array]] = [[] for _ in range(len(statements) + 1)]
    for array, i in last.items():
        ending[i].append(array)
    return ending


def _fits(x: Array, array: Array) -> bool:
    """Whether a statement may write over an operand: element by element, in place."""
    if array.function in INTO or _form(x) != _form(array):
        return False
    if array.function == "where":  # what is not chosen is overwritten
        others = [y.function for y in array.arrays if y is not x]
        return x is array.operands[2] and not LENT.intersection(others)
    return True


def _can_be_told(array: Array) -> bool:
    """Whether the function that makes the array can be told where to."""
    if not array.shape and not array.batched:
        return False  # a single number
    if array.function == "outer":
        return array.arrays[0].batched
    if array.function == "matmul":
        _, b = array.arrays
        return not b.batched and len(b.shape) > 1
    return array.function in INTO | {"where"} or bool(ufunc_name(array.function))


def _form(array: Array) -> object:
    return array.kind, array.batched, array.shape


def parts_of(
    statements: Sequence[Array], outputs: Collection[Array]
) -> dict[Array, tuple[Array, int]]:
    """What is made where it belongs: of each the vector that it is part of, and where.

    Gradients of weights and biases are, and what flows to a layer's rows: where the
    whole is made of such parts, and perhaps of what is added everywhere.
    """
    users = Counter(x for array in statements for x in array.arrays)
    found = {}
    for array in statements:
        if array.function != "assemble" or not array.shape:
            continue
        pairs = zip(array.arrays, array.options["places"], strict=True)
        rows = [(x, places_of(at, array.size)) for x, at in pairs if at is not None]
        together = np.sort(np.concatenate([[], *(at for _, at in rows)]))
        if not np.array_equal(together, np.arange(array.size)):
            continue
        for flow, at in rows:
            alone = users[flow] == 1 and flow not in outputs
            alike = (flow.batched, flow.size) == (array.batched, len(at))
            in_place = alike and (np.diff(at) == 1).all()
            if alone and in_place and _can_be_told(flow):
                found[flow] = array, int(at[0])
    return found

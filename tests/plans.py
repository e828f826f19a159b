"""Plans run number by number: what every pass and every backend is judged by."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from autograd.leaves import input_leaf
from autograd.program.plan import Apply, Operand, Plan
from autograd.program.trace.tracing import trace
from autograd.program.trace.writing import Traced
from autograd.structure import flatten, rebuild
from autograd.value import Value


def traced(f: Callable[..., Any], *example: Any, **options: Any) -> Traced:
    """A function traced on an example; ints in it are integer inputs."""
    leaves: list[Value] = []

    def leaf(x: Any) -> Value:
        leaves.append(input_leaf(x, isinstance(x, int)))
        return leaves[-1]

    return trace(f, _with_leaves(example, leaf), leaves, **options)


def _with_leaves(structure: Any, leaf: Callable[[Any], Value]) -> Any:
    if isinstance(structure, list | tuple):
        return [_with_leaves(part, leaf) for part in structure]
    if isinstance(structure, dict):
        return {key: _with_leaves(part, leaf) for key, part in structure.items()}
    return leaf(structure)


def numbers_of(
    plan: Plan, inputs: Sequence[float], parameters: Sequence[float] = ()
) -> list[float]:
    """The number at every place, in order."""
    numbers = [*map(float, inputs), *map(float, parameters)]
    assert len(numbers) == plan.first

    def at(x: Operand) -> float:
        return x if isinstance(x, float) else numbers[x]

    for node in plan.nodes:
        if isinstance(node, Apply):
            numbers.append(node.op.value(*map(at, node.operands)))
        else:
            pairs = zip(node.left, node.right, strict=True)
            products = [at(x) * at(y) for x, y in pairs]
            numbers.append(total([*products, *map(at, node.addends)]))
    return numbers


def total(terms: Sequence[float]) -> float:
    """Their exact sum, rounded once; NaN for inf - inf."""
    try:
        return math.fsum(terms)
    except (ValueError, OverflowError):
        return sum(terms)


def run(
    plan: Plan, inputs: Sequence[float], parameters: Sequence[float] = ()
) -> list[float]:
    """The outputs of a plan."""
    numbers = numbers_of(plan, inputs, parameters)
    return [x if isinstance(x, float) else numbers[x] for x in plan.outputs]


def rerun(trace: Traced, *example: Any) -> Any:
    """What a traced function gives for another example: nested like its result."""
    parameters = [leaf.data for leaf in trace.parameters]
    outputs = run(trace.plan, [float(x) for x in flatten(list(example))], parameters)
    return rebuild(trace.result, outputs)

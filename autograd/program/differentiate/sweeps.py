"""Sweeps over a plan as plans of their own: to be run in batches, or swept again.

The plan runs once more on Values, and the sweep over what it records is traced.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.calculus import gradients
from autograd.functions import dot
from autograd.leaves import input_leaf
from autograd.program.plan import Apply, Plan
from autograd.program.trace.tracing import trace
from autograd.recorded import recorded
from autograd.sweep import forward, interior_order
from autograd.value import Value


def gradient_of(plan: Plan, example: Sequence[float]) -> tuple[Plan, list[float]]:
    """The plan of a plan's gradient, parameters first, and an example for it.

    Its inputs are those of the plan, and a weight for every output.
    """
    seeds = [1.0] * len(plan.outputs)
    xs, parameters = _leaves(plan, example)
    weights = [input_leaf(x) for x in seeds]

    def slopes(xs: list[Value], weights: list[Value]) -> list[Any]:
        ends = _outputs(plan, [*xs, *parameters])
        return _adjoints(weights, ends, [*parameters, *xs])

    traced = trace(slopes, (xs, weights), [*xs, *weights], parameters)
    return traced.plan, [*example, *seeds]


def pullback_of(plan: Plan, example: Sequence[float], wrt: str) -> Plan:
    """The plan of the adjoints of parameters or inputs, as a function of the outputs'.

    What is the same for all adjoints, inputs and then parameters, are its parameters:
    of a batch of adjoints it is computed once.

    Args:
        plan: The plan.
        example: Numbers that its inputs may have.
        wrt: "parameters" or "inputs".
    """
    xs, parameters = _leaves(plan, example)
    by = xs if wrt == "inputs" else parameters
    seeds = [Value(1.0) for _ in plan.outputs]

    def adjoints(seeds: list[Value]) -> list[Any]:
        return _adjoints(seeds, _outputs(plan, [*xs, *parameters]), by)

    return trace(adjoints, (seeds,), seeds, [*xs, *parameters]).plan


def pushforward_of(plan: Plan, example: Sequence[float], wrt: str) -> Plan:
    """The plan of the tangents of the outputs, as a function of those of the others.

    Args:
        plan: The plan.
        example: Numbers that its inputs may have.
        wrt: What moves, "parameters" or "inputs". Its parameters are as above.
    """
    xs, parameters = _leaves(plan, example)
    by = xs if wrt == "inputs" else parameters
    directions = [Value(1.0) for _ in by]

    def tangents(directions: list[Value]) -> list[Any]:
        ends = _outputs(plan, [*xs, *parameters])
        order = interior_order([x for x in ends if isinstance(x, Value)])
        pairs = zip(by, directions, strict=True)
        seeds = {x: direction for x, direction in pairs if not x.is_integer}
        found = forward(order, seeds, recorded())
        return [found.get(x, 0.0) if isinstance(x, Value) else 0.0 for x in ends]

    return trace(tangents, (directions,), directions, [*xs, *parameters]).plan


def _adjoints(weights: list[Value], ends: list[Any], by: list[Value]) -> list[Any]:
    """The slopes of the weighted outputs; integers have none."""
    found = gradients(dot(weights, ends), by, create_graph=True)
    return [0.0 if x.is_integer else slope for x, slope in zip(by, found, strict=True)]


def _leaves(plan: Plan, example: Sequence[float]) -> tuple[list[Value], list[Value]]:
    """Values for its inputs and its parameters."""
    xs = [input_leaf(x, i in plan.integers) for i, x in enumerate(example)]
    return xs, [Value(1.0) for _ in range(plan.parameters)]


def _outputs(plan: Plan, numbers: Sequence[Value]) -> list[Any]:
    """What a plan, as it was traced, makes of Values."""
    known: list[Any] = [*numbers]
    for node in plan.nodes:
        operands = [known[x] if isinstance(x, int) else x for x in node.operands]
        known.append(node.op(*operands) if isinstance(node, Apply) else None)
    return [known[x] if isinstance(x, int) else x for x in plan.outputs]

"""Sweeps over a plan as plans of their own: to be run in batches, or swept again.

The plan runs once more on Values, and the sweep over what it records is traced. So a
Jacobian is one sweep for all outputs, or for all that they depend on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograd.calculus import gradients
from autograd.functions import dot
from autograd.leaves import input_leaf
from autograd.program.backends.engines import Backend, maker_of
from autograd.program.passes import Passed
from autograd.program.plan import Apply, Plan, Vector
from autograd.program.running.ready import Ready
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


def jacobian_of(
    plan: Plan, example: Sequence[float], wrt: str, *, is_forward: bool
) -> Plan:
    """The plan of the adjoints of parameters or inputs, as a function of the outputs'.

    Or, forward, of the tangents of the outputs as a function of those of the others.
    What is the same for all of them, inputs and then parameters, are its parameters: of
    a batch of adjoints it is computed once.

    Args:
        plan: The plan.
        example: Numbers that its inputs may have.
        wrt: "parameters" or "inputs".
        is_forward: Whether these move.
    """
    xs, parameters = _leaves(plan, example)
    by = xs if wrt == "inputs" else parameters
    moves = [Value(1.0) for _ in (by if is_forward else plan.outputs)]

    def swept(moves: list[Value]) -> list[Any]:
        ends = _outputs(plan, [*xs, *parameters])
        if not is_forward:
            return _adjoints(moves, ends, by)
        order = interior_order([x for x in ends if isinstance(x, Value)])
        pairs = zip(by, moves, strict=True)
        seeds = {x: direction for x, direction in pairs if not x.is_integer}
        found = forward(order, seeds, recorded())
        return [found.get(x, 0.0) if isinstance(x, Value) else 0.0 for x in ends]

    return trace(swept, (moves,), moves, [*xs, *parameters]).plan


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


# --- Jacobians -----------------------------------------------------------------------

FEW = 8
"""Of so many outputs the Jacobian is as many gradients.

The program of a sweep takes as long to write as that of the function.
"""

EARLY, MANY = 2, 1000
"""So many Jacobians, of so many outputs at most, are gradients all the same.

Of 256 outputs and 16 inputs these take 14 ms, the sweep 0.2 ms, and to write it 800; of
1,000 outputs a third of that.
"""


class JacobianSweep:
    """A batch of unit adjoints, or of unit tangents where there are fewer of these.

    Args:
        ready: The traced function.
        backend: What runs it.
        wrt: "parameters" or "inputs".
    """

    def __init__(self, ready: Ready, backend: Backend, wrt: str) -> None:
        outputs = ready.outputs.count
        columns = ready.width(wrt)
        self._is_forward = columns < outputs
        self._shape = outputs, columns
        self._units = np.eye(min(outputs, columns))
        whole = ready.passed.traced
        plan = replace(whole, outputs=whole.outputs[:outputs])  # others are only told
        numbers = ready.signature.numbers
        swept = jacobian_of(plan, numbers, wrt, is_forward=self._is_forward)
        title = f"the Jacobian of {ready.passed.title}"
        self._engine = maker_of(backend)(Passed(swept, title))

    def __call__(self, theta: Vector, x: Vector) -> Vector:
        """The derivatives at these numbers: a row for each output."""
        found, _ = self._engine.value(np.concatenate([x, theta]), self._units)
        shape = self._shape[::-1] if self._is_forward else self._shape
        matrix = np.broadcast_to(found, shape)
        return np.array(matrix.T if self._is_forward else matrix)

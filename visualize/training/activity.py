"""What the activations of a recorded net did: their numbers, and which are dead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from autograd import Graph, Value
from visualize.training.readings import layer_of_scope

STEEPEST = {
    "relu": 1.0,
    "leaky_relu": 1.0,
    "elu": 1.0,
    "selu": 1.7581,
    "silu": 1.0998,
    "gelu": 1.1289,
    "gelu_tanh": 1.1290,
    "mish": 1.0885,
    "softplus": 1.0,
    "softsign": 1.0,
    "sigmoid": 0.25,
    "tanh": 1.0,
    "hard_tanh": 1.0,
    "hard_sigmoid": 1.0 / 6.0,
    "hard_swish": 1.5,
}
"""The activations, and the largest slope that each can have."""

SATURATED = 0.05
"""An activation is saturated where its slope is less than so much of the largest."""


@dataclass(frozen=True)
class Activity:
    """One layer's activations.

    Attributes:
        values: What they gave, one number an activation recorded.
        units: How many units (neurons, by their scopes) the layer has.
        dead: How many of them have slope 0 for every example: they learn nothing.
        saturated: The share of activations whose slope is below `SATURATED` of the
            largest that the function can have; exact zeros included.
        rectified: Whether all are relu, of which one says that they are off.
    """

    values: tuple[float, ...]
    units: int
    dead: int
    saturated: float
    rectified: bool


def activities(
    graph: Graph, layer: Callable[[str], str] = layer_of_scope
) -> dict[str, Activity]:
    """The activity of each layer, in the order in which they are computed.

    Activations of a loss are left out: those outside the scopes of parameters,
    where there are any inside.
    """
    nodes = [node for node in graph if node.op is not None and node.op.name in STEEPEST]
    owned = {layer(leaf.scope) for leaf in graph.leaves if leaf.role == "parameter"}
    inside = [node for node in nodes if layer(node.scope) in owned]
    layers: dict[str, list[Value]] = {}
    for node in inside or nodes:
        layers.setdefault(layer(node.scope) or "activations", []).append(node)
    return {name: _activity(found) for name, found in layers.items()}


def _activity(nodes: list[Value]) -> Activity:
    units: dict[str, bool] = {}
    saturated = 0
    for node in nodes:
        slope = abs(node.local_derivatives[0])
        # A unit lives if any of its activations passes a gradient on.
        units[node.scope] = units.get(node.scope, False) or slope != 0
        steepest = STEEPEST[node.op.name] if node.op is not None else 1.0
        saturated += slope < SATURATED * steepest
    return Activity(
        values=tuple(node.data for node in nodes),
        units=len(units),
        dead=sum(not alive for alive in units.values()),
        saturated=saturated / len(nodes),
        rectified=all(node.op is not None and node.op.name == "relu" for node in nodes),
    )

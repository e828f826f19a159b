"""What keeps a net from learning though all its numbers are right.

Units that don't answer (saturated, dead), and gradients that shrink or grow from layer
to layer (vanishing, exploding). A layer is known by the scope in which a module ran it;
without modules, all that stands outside of scopes is one layer.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from autograd.operators import datum
from autograd.value import Value

SQUASHING: Final = {"tanh", "sigmoid", "hard_tanh", "hard_sigmoid", "softsign", "erf"}
RECTIFYING: Final = {"relu"}
_SMOOTH: Final = {"elu", "selu", "silu", "gelu", "gelu_tanh", "mish", "softplus"}
ACTIVATIONS: Final = {*SQUASHING, *RECTIFYING, *_SMOOTH, "leaky_relu", "hard_swish"}

FLAT: Final = 1e-3
"""A unit is saturated if its slope is less: tanh beyond 4, sigmoid beyond 7."""

MOST: Final = 0.9
"""A layer is saturated if this share of its units is."""

FEWEST: Final = 4
"""So many units are seldom all off by chance."""

EXAMPLES: Final = 10
"""For so many examples one unit seldom is."""

DEEP: Final = 10
"""Gradients shrink and grow a little in every net; only depth makes much of it."""

SHRUNK: Final = 1e-2
"""From the last layer to the first: a step that fits one does not fit the other. Ten
layers of tanh come to 0.2 at the least as they are initialised, sigmoids to 5e-3 at the
most."""

SHRUNK_IN_TIME: Final = 1e-6
"""Over the steps of a recurrence, whose weights learn from the last steps, too: an LSTM
of twelve steps comes to 5e-5."""

GROWN: Final = 1e4
"""From the last step to the first: what is right for the last throws the first off."""


class Trouble(NamedTuple):
    """A layer that does not learn.

    Attributes:
        kind: "saturated", "dead", "vanishing" or "exploding".
        node: One of its nodes, the first.
        units: How many nodes, units or layers it is about.
        of: Among how many.
        ratio: By how much the gradient shrinks or grows.
    """

    kind: str
    node: Value
    units: int = 0
    of: int = 0
    ratio: float = 1.0


def troubles(
    output: Value, interior: Sequence[Value], adjoints: Mapping[Value, float]
) -> list[Trouble]:
    """All of them, those of units first."""
    active = [x for x in interior if x.op is not None and x.op.name in ACTIVATIONS]
    found = [*_of_units(output, interior, active, adjoints)]
    told = {trouble.kind for trouble in found}
    if "dead" not in told:  # nothing comes back through a dead layer
        found += _of_depth(output, interior, active, adjoints)
    return found


def layer_of(scope: str) -> str:
    """The layer that a scope is in: "layers.0" of "layers.0.neurons.3"."""
    return scope.partition(".neurons.")[0]


# --- units --------------------------------------------------------------------------


def _of_units(
    output: Value,
    interior: Sequence[Value],
    active: Sequence[Value],
    adjoints: Mapping[Value, float],
) -> Iterable[Trouble]:
    """Layers whose units are saturated, and layers or units that are dead."""
    if not any(max(map(abs, x.local_derivatives)) < FLAT for x in active):
        return
    inside = any(x.scope for x in active)
    layers = _grouped(
        [x for x in active if bool(x.scope) == inside], lambda x: layer_of(x.scope)
    )
    if (dead := _dead_layer(layers.values(), interior)) is not None:
        yield Trouble("dead", dead[0], len(dead), len(dead))
        return  # nothing comes through, forward or backward
    for nodes in layers.values():
        asked = [x for x in nodes if adjoints.get(x, 0.0)]
        name = nodes[0].op.name if nodes[0].op is not None else ""
        if name in RECTIFYING:
            yield from _dead(nodes, asked, interior, adjoints)
        elif name in SQUASHING and _is_saturated(output, asked, adjoints):
            still = [x for x in asked if abs(x.local_derivatives[0]) < FLAT]
            yield Trouble("saturated", still[0], len(still), len(nodes))


def _is_saturated(
    output: Value, asked: Sequence[Value], adjoints: Mapping[Value, float]
) -> bool:
    """Whether a layer's units are flat, and the loss asks in vain for other outputs.

    A confident output is flat as well; but then nothing more is asked of it, or as
    much comes through as the loss is large.
    """
    asked = [x for x in asked if x is not output and _is_computed(x)]
    still = [x for x in asked if abs(x.local_derivatives[0]) < FLAT]
    if not still or len(still) < MOST * len(asked):
        return False
    wish = sum(abs(adjoints[x]) for x in asked)
    granted = sum(abs(adjoints[x] * x.local_derivatives[0]) for x in asked)
    return granted < FLAT * min(abs(datum(output)), wish)


def _is_computed(node: Value) -> bool:
    """Whether what is squashed is itself computed, as a weighted sum is."""
    return any(parent.parents for parent in node.parents)


def _dead_layer(
    layers: Iterable[Sequence[Value]], interior: Sequence[Value]
) -> Sequence[Value] | None:
    """The first layer that gives 0 for everything: those after it follow."""
    for nodes in layers:
        rectifies = nodes[0].op is not None and nodes[0].op.name in RECTIFYING
        if not rectifies or len(nodes) < FEWEST or any(map(datum, nodes)):
            continue
        if _weighted(interior, nodes).issuperset(nodes):
            return nodes
    return None


def _dead(
    nodes: Sequence[Value],
    asked: Sequence[Value],
    interior: Sequence[Value],
    adjoints: Mapping[Value, float],
) -> Iterable[Trouble]:
    """Units of a rectifier layer that can't answer, of those that are asked.

    A unit that happens to be off for a few examples is no accident. It is one if the
    unit is further from 0 than its examples are from one another, and if it is hidden
    or the loss wants more of it: what a hinge loss has at 0 is content.
    """
    units = _grouped(nodes, lambda x: x.scope)
    dead = [unit for unit in units.values() if _is_off_for_good(unit)]
    if not dead:
        return
    hidden = _weighted(interior, asked) if len(units) > 1 else set()
    dead = [
        unit
        for unit in dead
        if not hidden.isdisjoint(unit) or sum(adjoints.get(x, 0.0) for x in unit) < 0.0
    ]
    if dead:
        yield Trouble("dead", dead[0][0], len(dead), len(units))


def _is_off_for_good(unit: Sequence[Value]) -> bool:
    inner = [datum(x.parents[0]) for x in unit]
    top, bottom = max(inner), min(inner)
    return len(unit) >= EXAMPLES and top < 0.0 and -top > top - bottom


def _weighted(interior: Sequence[Value], nodes: Iterable[Value]) -> set[Value]:
    """Those of the nodes that a weight is multiplied by: hidden units.

    The rectifier of a hinge loss is none. It is off where the loss is content.
    """
    wanted, found = {*nodes}, set()
    for node in interior:
        if node.op is not None and node.op.name in ("dot", "mul"):
            found.update(wanted.intersection(node.parents))
    return found


# --- depth --------------------------------------------------------------------------


def _of_depth(
    output: Value,
    interior: Sequence[Value],
    active: Sequence[Value],
    adjoints: Mapping[Value, float],
) -> list[Trouble]:
    """Gradients that shrink or grow on the way back."""
    if len(active) >= DEEP:
        steps, shrunk, grown = {*active}, SHRUNK_IN_TIME, GROWN
    else:  # a linear recurrence: products grow in plain formulas too, but not so
        products = ("mul", "dot")
        steps = {x for x in interior if x.op is not None and x.op.name in products}
        shrunk, grown = SHRUNK_IN_TIME**3, GROWN**3
    if len(steps) < DEEP:
        return []
    layers = _by_depth(interior, steps)
    if len(layers) < DEEP:
        return []
    sizes = [mean_size([adjoints.get(x, 0.0) for x in layer]) for layer in layers]
    if _have_own_weights(layers):
        sizes, shrunk = sizes[:-1], SHRUNK  # the last may be the output's
    # The last layers stand for the loss: a sigmoid there may be steep or flat.
    first, last = max(sizes[:2]), max(sizes[-2:])
    if not (math.isfinite(last) and last > 0.0 and first > 0.0):
        return []
    ratio = first / last
    node, of = layers[0][0], len(layers)
    if ratio <= shrunk:
        return [Trouble("vanishing", node, of, of, ratio)]
    if ratio >= grown and first >= grown * min(1.0, abs(datum(output))):
        return [Trouble("exploding", node, of, of, ratio)]
    return []


def _have_own_weights(layers: Sequence[Sequence[Value]]) -> bool:
    """Whether each layer reads leaves that no other does: a recurrence does not."""
    read: set[Value] = set()
    for first, *_ in layers:
        leaves = {x for sum_ in first.parents for x in sum_.parents if not x.parents}
        if not leaves or not read.isdisjoint(leaves):
            return False
        read |= leaves
    return True


def _by_depth(interior: Sequence[Value], steps: set[Value]) -> list[list[Value]]:
    """The steps by how many of them are before, on the longest way."""
    depths: dict[Value, int] = {}
    layers: list[list[Value]] = []
    for node in interior:
        depth = 0
        for parent in node.parents:
            if depths.get(parent, 0) > depth:
                depth = depths[parent]
        if node in steps:
            depth += 1
            if depth > len(layers):
                layers.append([])
            layers[depth - 1].append(node)
        if depth:
            depths[node] = depth
    return layers


def mean_size(numbers: Sequence[float]) -> float:
    """The root mean square; `hypot` scales, so that no square overflows."""
    return math.hypot(*numbers) / math.sqrt(len(numbers))


def _grouped(
    nodes: Iterable[Value], key: Callable[[Value], str]
) -> dict[str, list[Value]]:
    groups: dict[str, list[Value]] = defaultdict(list)
    for node in nodes:
        groups[key(node)].append(node)
    return groups

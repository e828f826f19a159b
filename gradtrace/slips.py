"""What the usual slips come to: the wrong derivatives that a graph invites.

With the adjoint of every node (d output / d node) and its tangent (d node / d leaf), an
edge passes adjoint x local derivative x tangent on to the gradient. A slip at one edge
changes that share and leaves the rest, so its number is one subtraction and one sum.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from autograd import OPS, Edge, Graph, Op, Value, explain, gradients
from gradtrace.table import format_number

MOST_PATHS = 100
"""Of a graph with more paths the strongest are looked at; nobody adds up so many."""


POWER = OPS["power"]


class Slip(NamedTuple):
    """A wrong way to a derivative.

    Attributes:
        kind: Which, such as "a path left out".
        number: What it comes to.
        story: Where it was made; goes on after "is what comes out if".
    """

    kind: str
    number: float
    story: str


class Sweeps:
    """The derivatives of one output through all nodes, and of all nodes by one leaf."""

    def __init__(self, graph: Graph, output: Value, leaf: Value) -> None:
        self.graph, self.output, self.leaf = graph, output, leaf
        nodes = graph.nodes
        slopes = gradients(output, nodes)
        self.adjoints: dict[Value, float] = dict(zip(nodes, slopes, strict=True))
        self.gradient = self.adjoints.get(leaf, 0.0)

    @cached_property
    def tangents(self) -> dict[Value, float]:
        """D node / d leaf of every node that depends on the leaf."""
        found = {self.leaf: 1.0}
        for node in self.graph.nodes:
            edges = zip(node.parents, node.local_derivatives, strict=True)
            flows = [found[x] * slope for x, slope in edges if x in found]
            if flows and node is not self.leaf:
                found[node] = math.fsum(flows)
        return found

    @cached_property
    def edges(self) -> list[Edge]:
        """The edges on the ways from the leaf, those next to the output first."""
        edges = [edge for edge in self.graph.edges if edge.parent in self.tangents]
        return edges[::-1]

    def through(self, edge: Edge, factor: float) -> float:
        """What an edge would pass on with another local derivative."""
        return self.adjoints[edge.child] * factor * self.tangents[edge.parent]

    def instead(self, edge: Edge, factor: float) -> float:
        """The gradient if the local derivative at one edge were another."""
        given = self.through(edge, edge.local_derivative)
        return self.gradient - given + self.through(edge, factor)

    def name(self, edge: Edge) -> str:
        """What people call the local derivative of an edge: "dy/dx"."""
        return f"d{self.graph.name(edge.child)}/d{self.graph.name(edge.parent)}"


def slips(sweeps: Sweeps) -> Iterator[Slip]:
    """The slips for one derivative, the likeliest first; some come to one number."""
    gradient = sweeps.gradient
    yield Slip("a sign", -gradient, "the sign is turned")
    yield from _paths(sweeps)
    yield from _overwritten(sweeps)
    for edge in sweeps.edges:
        yield from _at_edge(sweeps, edge)
    yield from _stopped(sweeps)
    leaf, output = sweeps.leaf, sweeps.output
    yield Slip("the value", output.data, "the value is given, not the derivative")
    yield Slip("the value", leaf.data, "the number itself is given, not the derivative")
    yield Slip("zero", 0.0, "the way from there to the output is not seen")


def _paths(sweeps: Sweeps) -> Iterator[Slip]:
    """One of several paths left out, or all but one."""
    explained = explain(sweeps.output, sweeps.leaf, top=MOST_PATHS)
    if explained.path_count < 2:
        return
    for path in explained.paths:
        names = [*map(sweeps.graph.name, path.nodes)]
        way = "".join(f"(d{y}/d{x})" for y, x in pairwise(names))
        way += f" = {format_number(path.product)}"
        without = sweeps.gradient - path.product
        yield Slip("a path left out", without, f"a path is left out: {way}")
        yield Slip("a path left out", path.product, f"only one path is taken: {way}")


def _overwritten(sweeps: Sweeps) -> Iterator[Slip]:
    """`=` for `+=`: of a node that is used more than once, one use alone counts."""
    kind = "= for +="
    uses: dict[Value, list[Edge]] = {}
    for edge in sweeps.edges:
        uses.setdefault(edge.parent, []).append(edge)
    for node, edges in uses.items():
        whole = sweeps.adjoints[node] * sweeps.tangents[node]
        for edge in edges if len(edges) > 1 else ():
            kept = sweeps.through(edge, edge.local_derivative)
            story = (
                f"the {len(edges)} gradients that come to {sweeps.graph.name(node)} "
                f"overwrite each other (= for +=), and {sweeps.name(edge)} is left"
            )
            yield Slip(kind, sweeps.gradient - whole + kept, story)
    for order, which in ((sweeps.edges, "last"), (sweeps.edges[::-1], "first")):
        last = {edge.parent: edge for edge in order}
        slopes = {sweeps.output: 1.0}
        for edge in sweeps.edges:
            if last[edge.parent] is edge:
                slope = slopes.get(edge.child, 0.0) * edge.local_derivative
                slopes[edge.parent] = slope
        story = f"at every node the {which} gradient overwrites the others (= for +=)"
        yield Slip(kind, slopes.get(sweeps.leaf, 0.0), story)


def _at_edge(sweeps: Sweeps, edge: Edge) -> Iterator[Slip]:
    """Another number in the place of one local derivative."""
    child, name, slope = edge.child, sweeps.name(edge), edge.local_derivative
    shown = format_number(slope)
    number = sweeps.instead(edge, 1.0)
    yield Slip("a factor left out", number, f"the factor {name} = {shown} is left out")
    story = f"what comes over {name} is left out"
    yield Slip("a path left out", sweeps.instead(edge, 0.0), story)
    number = sweeps.instead(edge, -slope)
    yield Slip("a sign", number, f"the sign of {name} = {shown} is turned")
    number = sweeps.instead(edge, child.data)
    story = f"the value of {sweeps.graph.name(child)} stands for its derivative {name}"
    yield Slip("value for derivative", number, story)
    slopes = child.local_derivatives
    if len(slopes) == 2:
        number = sweeps.instead(edge, slopes[1 - edge.position])
        story = f"the derivative in the other operand stands for {name}"
        yield Slip("the other operand", number, story)
    if child.op is POWER:
        n = float(child.operands[1])
        story = f"the exponent of {sweeps.graph.name(child)} is not put in front"
        yield Slip("the exponent", sweeps.instead(edge, slope / n if n else 0.0), story)
        number = sweeps.instead(edge, slope * edge.parent.data)
        story = f"the exponent of {sweeps.graph.name(child)} is not made less by 1"
        yield Slip("the exponent", number, story)
    if len(child.operands) == 1 and child.op is not None:
        x, y = child.operands[0], child.data
        at_input = _of_output(child.op, float(x), y)
        where = f"{name} is taken at the"
        if at_input is not None:
            story = f"{where} input {format_number(float(x))}, not at the output"
            yield Slip("at the input", sweeps.instead(edge, at_input), story)
        at_output = child.op.evaluate(y)[1][0]
        story = f"{where} output {format_number(y)}, not at the input"
        yield Slip("at the output", sweeps.instead(edge, at_output), story)


def _of_output(op: Op, x: float, y: float) -> float | None:
    """The derivative written by the output, `1 - y*y` say, with the input put in.

    Where the derivative is a polynomial of the output (of tanh, sigmoid, exp), three
    points of the row tell which, and a fourth whether. None for other operations.
    """
    at = (y, *[op.evaluate(point)[0] for point in (0.25, 0.5, 0.75)])
    points = (x, 0.25, 0.5, 0.75)
    slopes = [op.evaluate(point)[1][0] for point in points]
    if len({*at}) < len(at) or not np.isfinite([*at, *slopes]).all():
        return None
    polynomial = np.polyfit(at[1:], slopes[1:], 2)
    fits = np.isclose(np.polyval(polynomial, at[0]), slopes[0], rtol=1e-6, atol=1e-9)
    is_it = fits and not np.allclose(slopes, slopes[0])
    return float(np.polyval(polynomial, x)) if is_it else None


def _stopped(sweeps: Sweeps) -> Iterator[Slip]:
    """Not the whole way: one local derivative, or the gradient of a node between."""
    for edge in sweeps.edges:
        if edge.parent is sweeps.leaf:
            story = f"only the last step is taken, {sweeps.name(edge)}"
            yield Slip("stopped on the way", edge.local_derivative, story)
    for node in sweeps.tangents:
        if node is not sweeps.leaf:
            story = f"the way back ends at {sweeps.graph.name(node)}"
            yield Slip("stopped on the way", sweeps.adjoints[node], story)

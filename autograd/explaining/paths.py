"""explain: a gradient as what it is, a sum over paths of products of local derivatives.

>>> from autograd import Value, explain
>>> x, w = Value(2.0, label="x"), Value(-3.0, label="w")
>>> d = w * x
>>> d.label = "d"
>>> y = d * d
>>> y.label = "y"
>>> explain(y, w)
dy/dw = -24, the sum of 2 paths
shown: 2 of them, with 100 % of sum |product|
cancellation 1, entropy 0.6931 nats
<BLANKLINE>
product  share  path
-12       50 %  (dy/dd at operand 1)(dd/dw) = -6 x 2 = -12
-12       50 %  (dy/dd at operand 2)(dd/dw) = -6 x 2 = -12
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from numbers import Integral
from typing import Any

from autograd.explaining import wording
from autograd.explaining.scaled import (
    ONE,
    ZERO,
    Scaled,
    absolute,
    plain,
    plus,
    ratio,
    scaled,
    times,
)
from autograd.explaining.semirings import (
    COUNT,
    ENTROPY,
    GROSS,
    NOWHERE,
    SIGNED,
    Partial,
    Trail,
    Ways,
    over_paths,
    strongest,
    to_nodes,
)
from autograd.graph import Edge, Graph
from autograd.recording import GRADIENTS_INSTEAD, leaves_graph
from autograd.sweep import NUMERIC, reverse
from autograd.value import Value


class Path:
    """One way from an input to an output.

    Attributes:
        product: The product of its factors: what this path adds to the gradient.
        share: What |product| has of the sum of all; 0 where that is 0.
    """

    def __init__(
        self, ways: Ways, steps: Sequence[int], product: float, share: float
    ) -> None:
        self._ways, self._steps = ways, steps
        self.product, self.share = product, share

    def __len__(self) -> int:
        return len(self._steps)

    def edge(self, place: int) -> Edge:
        """One of `edges`."""
        return self._ways.edge(self._steps[place])

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Its edges as the chain rule is written: from the output down."""
        return tuple(map(self._ways.edge, self._steps))

    @property
    def nodes(self) -> tuple[Value, ...]:
        """The output, the nodes between, the input."""
        return self._ways.output, *[edge.parent for edge in self.edges]

    @property
    def local_derivatives(self) -> tuple[float, ...]:
        """The factors, in the order of the edges."""
        return tuple([self._ways.slopes[number] for number in self._steps])

    def __repr__(self) -> str:
        return f"<Path of {len(self)} steps: {self.product:.4g}>"


class Explanation:
    """Where a gradient comes from; prints as a table. `explain` makes it.

    What takes a sweep of its own is found when it is first asked for.
    """

    def __init__(self, paths: Ways, top: int) -> None:
        self._ways = paths
        self._top = top
        self._trail = Trail()

    @property
    def output(self) -> Value:
        """What is differentiated."""
        return self._ways.output

    @property
    def wrt(self) -> Value:
        """With respect to what."""
        return self._ways.wrt

    @cached_property
    def gradient(self) -> float:
        """D output / d wrt, as `gradients` gives it."""
        order = self._ways.nodes[1:]  # other nodes pass nothing on to wrt
        return reverse(order, {self.output: 1.0}, NUMERIC).get(self.wrt, 0.0)

    @cached_property
    def path_count(self) -> int:
        """How many paths there are, exactly."""
        return over_paths(self._ways, 1, 0, COUNT)

    @cached_property
    def _strongest(self) -> list[Partial]:
        return over_paths(self._ways, NOWHERE, [], strongest(self._top, self._trail))

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """The `top` paths with the largest |product|, the strongest first.

        A path that is NaN comes before all others, then those that are infinite. Of
        equal paths, that comes first which ends in the first operand of the output; if
        they end alike, that whose part before the last step comes first by the same
        rule.
        """
        whole, _ = self._spread
        return tuple(
            [
                Path(
                    self._ways,
                    [*self._trail.back(step)],
                    plain(product),
                    ratio(absolute(product), whole),
                )
                for product, step in self._strongest
            ]
        )

    @cached_property
    def _spread(self) -> tuple[Scaled, float]:
        return over_paths(self._ways, (ONE, 0.0), (ZERO, 0.0), ENTROPY)

    @cached_property
    def coverage(self) -> float:
        """The share of sum |product| over all paths that the paths shown hold.

        1 where that sum is 0, for then there is nothing else.
        """
        shown = ZERO
        for product, _ in self._strongest:
            shown = plus(shown, absolute(product))
        whole, _ = self._spread
        return ratio(shown, whole) if whole[0] else 1.0

    @cached_property
    def cancellation(self) -> float:
        """Sum |product| / |gradient|: 1 where all paths pull one way, inf at 0.

        1 also where no path carries anything.
        """
        gross, _ = self._spread
        signed = over_paths(self._ways, ONE, ZERO, SIGNED)
        return ratio(gross, absolute(signed)) if gross[0] else 1.0

    @cached_property
    def entropy(self) -> float:
        """How spread out the gradient is over the paths, in nats.

        It is -sum p log p over the shares p = |product| / sum |product|: 0 where one
        path has it all, log n for n equal ones, 0 where there is no path.
        """
        return self._spread[1]

    @cached_property
    def shares(self) -> dict[Edge, float]:
        """What flows through each edge on a path: its share of sum |product|.

        The shares of the edges into the output sum to 1, and so do those of the edges
        out of the input.
        """
        _, through = flows(self._ways)
        return {self._ways.edge(i): share for i, share in enumerate(through)}

    @cached_property
    def _graph(self) -> Graph:
        return Graph(self.output)

    def __str__(self) -> str:
        return wording.table(self, self._graph)

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        """The table for a notebook."""
        return wording.markdown(self, self._graph)


def explain(output: Value, wrt: Value, top: int = 5) -> Explanation:
    """Why d output / d wrt is what it is: its paths, the strongest of them, their sum.

    Nothing is enumerated: a graph of 2**60 paths takes no longer than its edges do. An
    infinite local derivative counts as larger than all numbers, and as large as any
    other one: infinite paths share the whole by what they multiply it with.

    Args:
        output: What is differentiated.
        wrt: A leaf, or any other node. If the output does not depend on it, the
            gradient is 0, and there is no path.
        top: So many of the strongest paths are found.

    Raises:
        TypeError: The output or `wrt` is no Value, or `top` is no whole number.
        ValueError: `top` is less than 1.
    """
    check_values("explain", output, wrt)
    if not isinstance(top, Integral):
        kind = type(top).__name__
        raise TypeError(f"top is a number of paths, such as 5; got {top!r}, a {kind}")
    if top < 1:
        raise ValueError(f"explain shows at least 1 path, so top can't be {top}")
    leaves_graph(output, "explain(...)", GRADIENTS_INSTEAD)
    return Explanation(Ways(output, wrt), int(top))


def check_values(who: str, output: Any, wrt: Any) -> None:
    """Raise a TypeError that says what was given instead of a Value."""
    for value, what in ((output, "output"), (wrt, "wrt")):
        if isinstance(value, Value):
            continue
        given = type(value).__name__
        advice = ""
        if isinstance(value, Iterable) and not isinstance(value, str):
            advice = f": one {what} at a time"
        elif callable(value) and what == "output":
            advice = ": call it, and give what comes out"
        elif callable(value):
            advice = ": one of its inputs or parameters at a time"
        raise TypeError(f"{who} wants a Value as {what}, got {given}{advice}")


def flows(paths: Ways) -> tuple[list[float], list[float]]:
    """What has each edge on a path of all that its child passes on, and of the whole.

    A walk down from the output that chooses at every node among its operands, each by
    what flows through it, takes a path as often as it has its share. So that the
    numbers keep in range, what flows is known as a share of each node's own.
    """
    below = to_nodes(paths, ONE, GROSS)
    reach = [0.0] * len(paths.nodes)
    reach[-1] = 1.0
    choices, through = [0.0] * len(paths.slopes), [0.0] * len(paths.slopes)
    for edge in reversed(range(len(paths.slopes))):
        child, parent = paths.children[edge], paths.parents[edge]
        flow = times(below[parent], scaled(abs(paths.slopes[edge])))
        choices[edge] = ratio(flow, below[child])
        through[edge] = choices[edge] * reach[child]
        reach[parent] += through[edge]
    return choices, through

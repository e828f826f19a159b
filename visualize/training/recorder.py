"""Recorder: keeps what a training looked like at some of its steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd import Graph, Value, sigmoid
from visualize.cards.condition import stale
from visualize.cards.model import Drawing
from visualize.cards.parameters import named_parameters
from visualize.folding.fold import fold
from visualize.folding.rooms import room
from visualize.options import door
from visualize.training.readings import (
    LayerOf,
    Numbers,
    layer_of,
    number_of,
    points_of,
    probabilities,
    root_mean_square,
)
from visualize.training.surfaces import Surface, frame_of, probability_surface

_LOOKED_AT = 8
"""So many nodes that read a parameter tell whether the parameters have moved on."""


@dataclass(frozen=True)
class RecordedStep:
    """One recorded step.

    Attributes:
        step: Which call of `record` it was, from 1.
        loss: The loss.
        parameters: The numbers of all parameters, as the loss was computed from them.
        drawing: The graph of the loss; None if only a number was recorded.
        surface: The probability of the second class; None without data.
        second: For each point, whether the model puts it into the second class.
    """

    step: int
    loss: float
    parameters: Numbers = field(repr=False)
    drawing: Drawing | None = field(repr=False)
    surface: Surface | None = field(repr=False)
    second: NDArray[np.bool_] | None = field(repr=False)


@dataclass(frozen=True)
class Points:
    """The data in the plane: where the points are, and which are of the second class.

    `total` is how many there are in all; only some of very many are kept.
    """

    places: Numbers = field(repr=False)
    second: NDArray[np.bool_] = field(repr=False)
    total: int


_Late = tuple[list[float], int, float, Numbers, Value | float]
"""A step that was not kept: its gradients, then as of a frame, then its loss."""


class Recorder:
    """Keeps losses, update ratios, and every few steps a frame of a training.

    Call `record(loss)` between `loss.backward()` and `optimizer.step()`: then the
    graph, its gradients and the parameters belong together.

        recorder = visualize.Recorder(model, X, y, every=5)
        for batch in batches:
            loss = ...
            model.zero_grad()
            loss.backward()
            recorder.record(loss)
            optimizer.step()
        visualize.animate(recorder).save("training.html")
        visualize.plot_loss(recorder.losses)
        visualize.plot_update_ratio(recorder)

    Args:
        model: Its parameters are followed: a module, a mapping from names to Values,
            or Values. With X and y it is called with rows of X.
        X: Points in the plane, of shape (n, 2), for the decision boundary; or None.
        y: The class of each point: two different numbers.
        every: Keep a frame at every so many-th step, and at the first.
        graph: Whether frames keep a drawing of the loss's graph.
        threshold: The probability from which a point counts as second class.
        to_probability: From the model's score to a probability; None if it gives it.
        resolution: How many grid points the boundary has along each axis.
        max_nodes: How many cards a drawing of the graph has at most.
        layer: From a parameter's name to that of its layer, for the update ratios.

    Attributes:
        losses: The loss at every step.
        update_ratios: For every layer, how far it moved after each step but the last,
            in shares of its own size.
        frames: What was kept, and the last step, whether or not it was its turn.
        points: The data, if there are any.

    Raises:
        ValueError: If there are no parameters, or X and y do not fit.
    """

    @door
    def __init__(
        self,
        model: Any,
        X: ArrayLike | None = None,  # noqa: N803 - a matrix, as everywhere
        y: ArrayLike | None = None,
        *,
        every: int = 1,
        graph: bool = True,
        threshold: float = 0.5,
        to_probability: Callable[[float], Any] | None = sigmoid,
        resolution: int = 33,
        max_nodes: int = 40,
        layer: LayerOf = layer_of,
    ) -> None:
        if (X is None) != (y is None):
            raise ValueError("the boundary needs both X and y, or neither")
        self.model = model
        self.every = every
        self.threshold = threshold
        self.losses: list[float] = []
        self._kept: list[RecordedStep] = []
        self._last: RecordedStep | _Late | None = None
        self.points = None if X is None or y is None else _points(X, y)
        self._parameters = named_parameters(model)
        self._grid = frame_of(self.points.places, resolution) if self.points else None
        self._graph = graph
        self._to_probability = to_probability
        self._max_nodes = max_nodes
        self._layers: dict[str, list[int]] = {}
        for place, name in enumerate(self._parameters):
            self._layers.setdefault(layer(name), []).append(place)
        self.update_ratios: dict[str, list[float]] = {name: [] for name in self._layers}
        self._before: Numbers | None = None

    @property
    def trajectory(self) -> Numbers:
        """The parameters at each frame, of shape (frames, parameters)."""
        return np.array([frame.parameters for frame in self.frames]).reshape(
            len(self.frames), len(self._parameters)
        )

    def record(self, loss: Value | float) -> None:
        """Notes one step; call it after `loss.backward()`, before `optimizer.step()`.

        Args:
            loss: The loss; a number where there is no graph to show.

        Raises:
            TypeError: If the loss is no number.
            ValueError: If the parameters have changed since the loss was computed.
        """
        number = number_of(loss, "the loss")
        step = len(self.losses) + 1
        kept = (step - 1) % self.every == 0
        graph = Graph(loss) if kept and isinstance(loss, Value) else None
        if graph is not None:
            self._check_fresh(graph)
        leaves = self._parameters.values()
        now = np.array([value.data for value in leaves])
        self._note_updates(now)
        self.losses.append(number)
        self._last = None
        if kept:
            self._kept.append(self._frame(step, number, now, loss))
        else:
            gradients = [value.grad for value in leaves]
            # Should it be the last step, it is kept, too.
            self._last = gradients, step, number, now, loss

    @property
    def frames(self) -> list[RecordedStep]:
        """What was kept, and the last step."""
        if isinstance(self._last, tuple):
            self._last = self._then(*self._last)
        return [*self._kept, *([self._last] if self._last else [])]

    def _then(
        self,
        gradients: list[float],
        step: int,
        number: float,
        then: Numbers,
        loss: Value | float,
    ) -> RecordedStep:
        """The frame of a step, with parameters and gradients as they were."""
        leaves = list(self._parameters.values())
        today = [leaf.data for leaf in leaves], [leaf.grad for leaf in leaves]
        try:
            _set(leaves, then.tolist(), gradients)
            return self._frame(step, number, then, loss)
        finally:
            _set(leaves, *today)

    def _frame(
        self, step: int, number: float, now: Numbers, loss: Value | float
    ) -> RecordedStep:
        surface, second = self._boundary()
        drawing = None
        if isinstance(loss, Value) and self._graph:
            folded = fold(
                Graph(loss), parameters=self._parameters, max_nodes=self._max_nodes
            )
            drawing = room(folded)
        return RecordedStep(step, number, now, drawing, surface, second)

    def _check_fresh(self, graph: Graph) -> None:
        """After an optimizer's step, the graph and the parameters do not fit."""
        followed = set(self._parameters.values())
        readers = (n for n in graph if not followed.isdisjoint(n.parents))
        for _, node in zip(range(_LOOKED_AT), readers, strict=False):
            if stale(node):
                raise ValueError(
                    "the parameters have changed since this loss was computed: call "
                    "recorder.record(loss) before optimizer.step()"
                )

    def _note_updates(self, now: Numbers) -> None:
        before, self._before = self._before, now
        if before is None:
            return
        for name, places in self._layers.items():
            size = root_mean_square(before[places])
            moved = root_mean_square(now[places] - before[places])
            self.update_ratios[name].append(moved / size if size else np.nan)

    def _boundary(self) -> tuple[Surface | None, NDArray[np.bool_] | None]:
        if self.points is None or self._grid is None:
            return None, None
        surface = probability_surface(self.model, *self._grid, self._to_probability)
        rows = self.points.places.tolist()
        found = probabilities(self.model, rows, self._to_probability)
        return surface, found >= self.threshold

    def __len__(self) -> int:
        return len(self.frames)

    def __repr__(self) -> str:
        return f"<Recorder: {len(self.losses):,} steps, {len(self.frames):,} frames>"


def _set(leaves: list[Value], numbers: list[float], gradients: list[float]) -> None:
    for leaf, number, gradient in zip(leaves, numbers, gradients, strict=True):
        leaf.data, leaf.grad = number, gradient


_MOST_POINTS = 400


def _points(inputs: ArrayLike, targets: ArrayLike) -> Points:
    places, second = points_of(inputs, targets)
    total = len(places)
    if total > _MOST_POINTS:
        chosen = np.linspace(0, total - 1, _MOST_POINTS).round().astype(np.int64)
        places, second = places[chosen], second[chosen]
    return Points(places, second, total)

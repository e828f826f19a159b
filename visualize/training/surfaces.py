"""Surfaces over a plane: a model's probabilities, and a loss around its parameters.

Numbers only; plots and the flipbook draw them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from tqdm import tqdm

from autograd import Value, no_grad
from visualize.naming import array_and_place
from visualize.training.readings import Model, Numbers, number_of, probabilities

PATIENCE = 1.0
"""Seconds of work before a progress bar shows."""


@dataclass(frozen=True)
class Surface:
    """Heights over the grid of `xs` and `ys`; row r of `heights` belongs to ys[r]."""

    xs: Numbers
    ys: Numbers
    heights: Numbers

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom, top."""
        xs, ys = self.xs.tolist(), self.ys.tolist()
        return xs[0], xs[-1], ys[0], ys[-1]


def frame_of(
    points: Numbers, resolution: int, margin: float = 0.12
) -> tuple[Numbers, Numbers]:
    """The grid lines of a frame around the points, `margin` of their spread wider."""
    sides = []
    for column in (0, 1):
        low, high = float(points[:, column].min()), float(points[:, column].max())
        spread = (high - low) or max(1.0, abs(high))
        around = margin * spread
        sides.append(np.linspace(low - around, high + around, resolution))
    return sides[0], sides[1]


def probability_surface(
    model: Model,
    xs: Numbers,
    ys: Numbers,
    to_probability: Callable[[float], Any] | None,
    *,
    progress: str = "",
) -> Surface:
    """The probability of the second class at every grid point.

    A progress bar is shown where `progress` says what this is.
    """
    rows = ys.tolist()
    if progress:
        rows = tqdm(rows, desc=progress, delay=PATIENCE, leave=False)
    heights = [
        probabilities(model, [(x, y) for x in xs.tolist()], to_probability)
        for y in rows
    ]
    return Surface(xs, ys, np.array(heights))


@dataclass(frozen=True)
class Plane:
    """A plane in the space of parameters: a centre and two directions.

    `share` is how much of the trajectory's variance lies in the plane, NaN without
    a trajectory; `path` is where it runs there, of shape (steps, 2).
    """

    centre: Numbers
    directions: Numbers
    path: Numbers
    share: float = math.nan


def filters_of(names: Sequence[str]) -> list[list[int]]:
    """Which parameters belong together as a filter: the weights of one neuron.

    They are a row of an array. A vector beside such arrays holds biases, or the scales
    of a norm, and these are none (Li et al. leave them in place). Where there are only
    vectors, each is a filter; where no parameter has a neighbour, all together are one.
    """
    rows: dict[str, list[int]] = {}
    vectors: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        array, indices = array_and_place(name)
        if len(indices) > 1:
            rows.setdefault(f"{array}.{indices[0]}", []).append(place)
        else:
            vectors.setdefault(array, []).append(place)
    filters = [places for places in (rows or vectors).values() if len(places) > 1]
    return filters or [list(range(len(names)))]


def random_directions(
    names: Sequence[str], centre: Numbers, rng: np.random.Generator
) -> Numbers:
    """Two random directions whose every filter is as long as that of the model.

    Without that, a net whose weights are small would look sharper than the same
    function with large ones (Li, Xu, Taylor, Studer & Goldstein, "Visualizing the
    loss landscape of neural nets", NeurIPS 2018, section 4).

    Returns:
        An array of shape (2, parameters).
    """
    found = np.zeros((2, len(centre)))
    drawn = rng.standard_normal(found.shape)
    for places in filters_of(names):
        length = float(np.linalg.norm(centre[places]))
        for direction in (0, 1):
            part = drawn[direction, places]
            found[direction, places] = part * (length / np.linalg.norm(part))
    if np.linalg.matrix_rank(found) < 2:
        raise ValueError(
            "the directions do not span a plane: a landscape needs at least two "
            "parameters that are not 0"
        )
    return found


def trajectory_directions(offsets: Numbers) -> Numbers:
    """The two directions in which a trajectory spreads most (section 7 of Li et al.).

    Their lengths are the spread's, so that one unit is as far as the path goes.
    """
    _, _, axes = np.linalg.svd(offsets, full_matrices=False)
    if len(axes) < 2:
        raise ValueError("the trajectory needs at least 3 steps to span a plane")
    reach = np.abs(offsets @ axes[:2].T).max(axis=0)
    if not reach[1] > 1e-9 * reach[0]:
        raise ValueError("the trajectory lies on a line, and spans no plane")
    # A sign is arbitrary in a decomposition: the largest part shall be positive.
    largest = np.argmax(np.abs(axes[:2]), axis=1)
    signs = np.sign(axes[[0, 1], largest])
    found: Numbers = axes[:2] * (reach * signs)[:, np.newaxis]
    return found


def plane_of(centre: Numbers, directions: Numbers, trajectory: Numbers | None) -> Plane:
    """The plane, with the trajectory projected onto it at right angles."""
    if trajectory is None:
        return Plane(centre, directions, np.zeros((0, 2)))
    offsets = trajectory - centre
    path = np.linalg.lstsq(directions.T, offsets.T, rcond=None)[0].T.astype(np.float64)
    spread = offsets - offsets.mean(axis=0)
    inside = path @ directions
    kept = inside - inside.mean(axis=0)
    total = float((spread**2).sum())
    share = float((kept**2).sum()) / total if total else math.nan
    return Plane(centre, directions, path, share)


def loss_surface(
    loss_function: Callable[[], Any],
    parameters: Mapping[str, Value],
    plane: Plane,
    xs: Numbers,
    ys: Numbers,
) -> Surface:
    """The loss over the plane; the parameters are put back, whatever happens."""
    values = list(parameters.values())
    before = [value.data for value in values]
    heights = np.empty((len(ys), len(xs)))
    places = [(row, column) for row in range(len(ys)) for column in range(len(xs))]
    bar = tqdm(places, desc="landscape", unit="loss", delay=PATIENCE, leave=False)
    try:
        with no_grad():
            for row, column in bar:
                shift = np.array([xs[column], ys[row]]) @ plane.directions
                for value, number in zip(values, plane.centre + shift, strict=True):
                    value.data = number
                heights[row, column] = number_of(loss_function(), "a loss")
    finally:
        for value, number in zip(values, before, strict=True):
            value.data = number
    return Surface(xs, ys, heights)


def checked_trajectory(trajectory: ArrayLike, count: int) -> Numbers:
    """The trajectory as an array of one row a step.

    Raises:
        ValueError: If a row does not have one number for each parameter, or a number
            is not finite.
    """
    steps = np.asarray(trajectory, dtype=np.float64)
    if steps.ndim != 2 or steps.shape[1] != count or not len(steps):
        raise ValueError(
            f"the trajectory must have shape (steps, {count}), one column a "
            f"parameter, not {steps.shape}"
        )
    if not np.isfinite(steps).all():
        step = int(np.argmin(np.isfinite(steps).all(axis=1)))
        raise ValueError(f"the trajectory has a NaN or an infinity at step {step}")
    return steps

"""What is computed step by step in time: bodies, oscillators, heat, prices."""

from __future__ import annotations

from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np

import autograd
from autograd import exp, maximum, sqrt
from benchmarks.works.numeric.pair import Numbers, Pair, Rows
from benchmarks.works.work import Array

MASSES = (1.0, 0.5, 0.25, 0.125)
STEP = 0.05
DAMPING = 0.1
LEVELS = 20  # of the tree of prices


def pairs() -> list[Pair]:
    """Bodies, an oscillator, heat, an option."""
    return [
        Pair("n-body", bodies, bodies_by_hand, ((4, 2), (4, 2))),
        Pair("RK4 of a pendulum", pendulum, pendulum_by_hand, ((2,),)),
        Pair("PDE, Burgers", flow, flow_by_hand, ((24,),)),
        Pair("option pricing", option, option_by_hand, ((), (), ()), (0.2, 0.6)),
    ]


def bodies(places: Rows, speeds: Rows) -> Any:
    """Four bodies in a plane for five steps; how far they are out in the end."""
    for _ in range(5):
        pulls = [pull(place, places) for place in places]
        speeds = [
            [v + STEP * a for v, a in zip(speed, force, strict=True)]
            for speed, force in zip(speeds, pulls, strict=True)
        ]
        places = [
            [x + STEP * v for x, v in zip(place, speed, strict=True)]
            for place, speed in zip(places, speeds, strict=True)
        ]
    return autograd.sum([x * x for place in places for x in place])


def pull(place: Numbers, places: Rows) -> Numbers:
    """The acceleration that a body gets from all others."""
    (x, y), across, up = place, [], []
    for (other_x, other_y), mass in zip(places, MASSES, strict=True):
        if other_x is x and other_y is y:
            continue
        dx, dy = other_x - x, other_y - y
        squared = dx * dx + dy * dy + 0.01
        share = mass / (squared * sqrt(squared))
        across.append(share * dx)
        up.append(share * dy)
    return [autograd.sum(across), autograd.sum(up)]


def bodies_by_hand(places: Array, speeds: Array) -> Array:
    """All pairs at once."""
    masses = np.array(MASSES)
    for _ in range(5):
        away = places[:, None, :, :] - places[:, :, None, :]
        squared = (away * away).sum(axis=-1) + 0.01
        share = masses / (squared * np.sqrt(squared))
        speeds = speeds + STEP * (share[..., None] * away).sum(axis=2)
        places = places + STEP * speeds
    return np.asarray((places * places).sum(axis=(1, 2)))


def pendulum(state: Numbers) -> Any:
    """A damped pendulum for twenty steps of Runge and Kutta; its energy then."""
    return swung(autograd, *state)


def pendulum_by_hand(state: Array) -> Array:
    """The same, with columns for numbers."""
    return np.asarray(swung(np, *np.ascontiguousarray(state.T)))


def swung(xp: ModuleType, angle: Any, speed: Any) -> Any:
    """The energy in the end: of numbers, or of columns of them."""

    def slope(angle: Any, speed: Any) -> tuple[Any, Any]:
        return speed, -xp.sin(angle) - DAMPING * speed

    for _ in range(20):
        a, b = slope(angle, speed)
        c, d = slope(angle + STEP / 2 * a, speed + STEP / 2 * b)
        e, f = slope(angle + STEP / 2 * c, speed + STEP / 2 * d)
        g, h = slope(angle + STEP * e, speed + STEP * f)
        angle = angle + STEP / 6 * (a + 2.0 * c + 2.0 * e + g)
        speed = speed + STEP / 6 * (b + 2.0 * d + 2.0 * f + h)
    return speed * speed / 2.0 + angle * angle / 2.0


def flow(cells: Numbers) -> Any:
    """Burgers' equation on a ring for ten steps; the energy that is left."""
    for _ in range(10):
        ring = [cells[-1], *cells, cells[0]]
        cells = [
            u - 0.1 * u * (right - left) + 0.2 * (right - 2.0 * u + left)
            for left, u, right in zip(ring, ring[1:], ring[2:], strict=False)
        ]
    return autograd.sum([u * u for u in cells])


def flow_by_hand(cells: Array) -> Array:
    """The same, the ring shifted."""
    for _ in range(10):
        left, right = np.roll(cells, 1, axis=1), np.roll(cells, -1, axis=1)
        cells = (
            cells - 0.1 * cells * (right - left) + 0.2 * (right - 2.0 * cells + left)
        )
    return np.asarray((cells * cells).sum(axis=1))


def option(strike: Any, spread: Any, rate: Any) -> Any:
    """An American put on a share at 0.5, by the tree of Cox, Ross and Rubinstein."""
    time = 1.0 / LEVELS
    up = exp(spread * time**0.5)
    growth = exp(rate * time)
    chance = (growth - 1.0 / up) / (up - 1.0 / up)
    powers = [0.5 * up**k for k in range(-LEVELS, LEVELS + 1)]
    worth = [maximum(strike - price, 0.0) for price in powers[::2]]
    for level in range(LEVELS - 1, -1, -1):
        prices = powers[LEVELS - level : LEVELS + level + 1 : 2]
        kept = [
            (chance * high + (1.0 - chance) * low) / growth
            for low, high in pairwise(worth)
        ]
        worth = [
            maximum(value, strike - price)
            for value, price in zip(kept, prices, strict=True)
        ]
    return worth[0]


def option_by_hand(strike: Array, spread: Array, rate: Array) -> Array:
    """The same, a level of the tree at a time."""
    time = 1.0 / LEVELS
    up = np.exp(spread * time**0.5)
    growth = np.exp(rate * time)
    chance = (growth - 1.0 / up) / (up - 1.0 / up)
    high, low = chance / growth, (1.0 - chance) / growth
    powers = 0.5 * up ** np.arange(-LEVELS, LEVELS + 1)[:, None]
    gains = strike - powers
    worth = np.maximum(gains[::2], 0.0)
    for level in range(LEVELS - 1, -1, -1):
        now = gains[LEVELS - level : LEVELS + level + 1 : 2]
        worth = np.maximum(high * worth[1:] + low * worth[:-1], now)
    return np.asarray(worth[0])

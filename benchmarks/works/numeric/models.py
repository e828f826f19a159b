"""How well data fit: clusters, a mixture, a Gaussian process, a spline."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

import autograd
from autograd import dot, exp, log, logsumexp, sqrt
from benchmarks.works.numeric.pair import Numbers, Pair
from benchmarks.works.work import Array

RNG = np.random.default_rng(11)
CENTRES = RNG.normal(size=(16, 4))
SHARES = RNG.dirichlet(np.ones(16))
NOISE = 0.1  # of the process, as a variance


def pairs() -> list[Pair]:
    """Clusters, a mixture, a process, a spline."""
    return [
        Pair("k-means", nearest, nearest_by_hand, ((4,),)),
        Pair("mixture", mixture, mixture_by_hand, ((4,),)),
        Pair("Cholesky GP", process, process_by_hand, ((6,), (6,))),
        Pair("splines", spline, spline_by_hand, ((12,),)),
    ]


def nearest(point: Numbers) -> Any:
    """The squared distance of a point to the nearest centre."""
    return autograd.min([distance(point, centre) for centre in CENTRES.tolist()])


def distance(point: Numbers, centre: Numbers) -> Any:
    """The squared one of two points."""
    return autograd.sum([(x - c) ** 2 for x, c in zip(point, centre, strict=True)])


def nearest_by_hand(points: Array) -> Array:
    """The differences themselves: the exact way."""
    away = points[:, None, :] - CENTRES
    return np.asarray((away * away).sum(axis=-1).min(axis=1))


def mixture(point: Numbers) -> Any:
    """The log density of a mixture of round Gaussians, but for a constant."""
    parts = zip(CENTRES.tolist(), np.log(SHARES).tolist(), strict=True)
    return logsumexp([share - distance(point, c) / 2.0 for c, share in parts])


def mixture_by_hand(points: Array) -> Array:
    """The same, the largest taken out of the exponentials."""
    away = points[:, None, :] - CENTRES
    scores = np.log(SHARES) - (away * away).sum(axis=-1) / 2.0
    top = scores.max(axis=1, keepdims=True)
    return np.asarray(top[:, 0] + np.log(np.exp(scores - top).sum(axis=1)))


def process(places: Numbers, heights: Numbers) -> Any:
    """The log likelihood of heights at places under a Gaussian process."""
    count = len(places)
    lower: list[list[Any]] = []
    solved: Numbers = []
    for i in range(count):
        row: Numbers = []
        for j in range(i):
            kernel = exp(-((places[i] - places[j]) ** 2) * 2.0)
            row.append((kernel - dot(row, lower[j][:j])) / lower[j][j])
        row.append(sqrt(1.0 + NOISE - dot(row, row)))
        lower.append(row)
        solved.append((heights[i] - dot(row[:i], solved)) / row[i])
    logs = [log(row[-1]) for row in lower]
    return -dot(solved, solved) / 2.0 - autograd.sum(logs)


def process_by_hand(places: Array, heights: Array) -> Array:
    """Column by column over the batch: a call of LAPACK for each row is slower."""
    count = places.shape[1]
    x, rest = np.ascontiguousarray(places.T), np.ascontiguousarray(heights.T)
    left = np.exp(-((x[:, None] - x) ** 2) * 2.0)
    left[np.arange(count), np.arange(count)] += NOISE
    total = np.zeros(len(places))
    for k in range(count):
        pivot = np.sqrt(left[k, k])
        column = left[k + 1 :, k] / pivot
        solved = rest[k] / pivot
        left[k + 1 :, k + 1 :] -= column[:, None] * column
        rest[k + 1 :] -= column * solved
        total -= solved * solved / 2.0 + np.log(pivot)
    return total


def spline(heights: Numbers) -> Any:
    """How much the natural cubic spline through heights bends in all."""
    jumps = [high - low for low, high in pairwise(heights)]
    wanted = [6.0 * (after - before) for before, after in pairwise(jumps)]
    factors, bends = [0.25], [wanted[0] / 4.0]
    for w in wanted[1:]:
        pivot = 1.0 / (4.0 - factors[-1])
        factors.append(pivot)
        bends.append((w - bends[-1]) * pivot)
    for k in range(len(bends) - 2, -1, -1):
        bends[k] = bends[k] - factors[k] * bends[k + 1]
    bends = [0.0, *bends, 0.0]
    return autograd.sum([(a * a + a * b + b * b) / 3.0 for a, b in pairwise(bends)])


def spline_by_hand(heights: Array) -> Array:
    """The same sweep of Thomas, each number a column."""
    wanted = 6.0 * np.diff(np.ascontiguousarray(heights.T), n=2, axis=0)
    factors = [0.25]
    bends = np.zeros((len(wanted) + 2, len(heights)))
    bends[1] = wanted[0] / 4.0
    for k, w in enumerate(wanted[1:], start=2):
        factors.append(1.0 / (4.0 - factors[-1]))
        bends[k] = (w - bends[k - 1]) * factors[-1]
    for k in range(len(factors) - 1, 0, -1):
        bends[k] -= factors[k - 1] * bends[k + 1]
    a, b = bends[:-1], bends[1:]
    return np.asarray((a * a + a * b + b * b).sum(axis=0) / 3.0)

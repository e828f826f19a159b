"""Small matrices: a system solved, an exponential."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import dot
from benchmarks.works.numeric.pair import Numbers, Pair, Rows
from benchmarks.works.work import Array

TERMS = 8  # of the exponential's series
HALVINGS = 2


def pairs() -> list[Pair]:
    """A system, an exponential."""
    return [
        Pair("Gauss elimination", solved, solved_by_hand, ((5, 5), (5,))),
        Pair("matrix exponential", exponential, exponential_by_hand, ((4, 4),)),
    ]


def solved(matrix: Rows, right: Numbers) -> Any:
    """The sum of x where (A + 6 I) x = b."""
    rows = [
        [a + 6.0 if i == j else a for j, a in enumerate(row)] + [b]
        for i, (row, b) in enumerate(zip(matrix, right, strict=True))
    ]
    for k, pivot in enumerate(rows):
        for i in range(k + 1, len(rows)):
            factor = rows[i][k] / pivot[k]
            tail = zip(rows[i][k + 1 :], pivot[k + 1 :], strict=True)
            rows[i] = [*rows[i][: k + 1], *(a - factor * p for a, p in tail)]
    x: Numbers = []
    for k in range(len(rows) - 1, -1, -1):
        known = dot(rows[k][k + 1 : -1], x) if x else 0.0
        x.insert(0, (rows[k][-1] - known) / rows[k][k])
    return autograd.sum(x)


def solved_by_hand(matrix: Array, right: Array) -> Array:
    """The same on columns: LAPACK's calls, one a row, are slower."""
    size = right.shape[1]
    rows = np.empty((size, size + 1, len(right)))
    rows[:, :-1], rows[:, -1] = matrix.transpose(1, 2, 0), right.T
    rows[np.arange(size), np.arange(size)] += 6.0
    for k in range(size):
        factors = rows[k + 1 :, k] / rows[k, k]
        rows[k + 1 :, k + 1 :] -= factors[:, None] * rows[k, k + 1 :]
    x = rows[:, -1]
    for k in range(size - 1, -1, -1):
        x[k] /= rows[k, k]
        x[:k] -= rows[:k, k] * x[k]
    return np.asarray(x.sum(axis=0))


def exponential(matrix: Rows) -> Any:
    """The sum of all entries of e^A, by its series for A / 4, squared twice."""
    scaled = [[a * 0.5**HALVINGS for a in row] for row in matrix]
    found = product = scaled
    for term in range(2, TERMS + 1):
        product = [[a / term for a in row] for row in times(product, scaled)]
        found = added(found, product)
    unit = [[float(i == j) for j in range(len(matrix))] for i in range(len(matrix))]
    found = added(found, unit)
    for _ in range(HALVINGS):
        found = times(found, found)
    return autograd.sum([a for row in found for a in row])


def times(one: Rows, other: Rows) -> Rows:
    """The product of two matrices."""
    columns = [*map(list, zip(*other, strict=True))]
    return [[dot(row, column) for column in columns] for row in one]


def added(one: Rows, other: Rows) -> Rows:
    """The sum of two matrices."""
    both = zip(one, other, strict=True)
    return [[a + b for a, b in zip(*rows, strict=True)] for rows in both]


def exponential_by_hand(matrix: Array) -> Array:
    """The same with NumPy's products of many small matrices."""
    scaled = matrix * 0.5**HALVINGS
    found = product = scaled
    for term in range(2, TERMS + 1):
        product = product @ scaled / term
        found = found + product
    found = found + np.eye(matrix.shape[1])
    for _ in range(HALVINGS):
        found = found @ found
    return np.asarray(found.sum(axis=(1, 2)))

"""What runs along a sequence: filters, hidden states, alignments, a memory."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any

import numpy as np

import autograd
from autograd import dot, logsumexp, sigmoid, tanh
from benchmarks.works.numeric.pair import Numbers, Pair, Rows
from benchmarks.works.work import Array

RNG = np.random.default_rng(3)
UNITS = 4
GATES = RNG.normal(size=(4 * UNITS, 3 + UNITS)) / 2.0
STATES = 6
MOVES = np.log(RNG.dirichlet(np.ones(STATES), size=STATES).T)  # [to, from]
WORD = (0, 1, 0, 2, 0, 3, 0)  # three letters, a blank around each


def pairs() -> list[Pair]:
    """A filter, a memory, alignments and hidden states."""
    return [
        Pair("Kalman", kalman, kalman_by_hand, ((20,), (), ())),
        Pair("LSTM", memory, memory_by_hand, ((10, 3),)),
        Pair("soft-DTW", warped, warped_by_hand, ((8,), (8,))),
        Pair("CTC", spelled, spelled_by_hand, ((10, 4),)),
        Pair("Viterbi", best, best_by_hand, ((12, STATES),)),
        Pair("HMM", likely, likely_by_hand, ((12, STATES),)),
    ]


def kalman(seen: Numbers, drift: Any, noise: Any) -> Any:
    """The log likelihood of places under a body of nearly constant speed."""
    return filtered(autograd, seen, drift, noise)


def kalman_by_hand(seen: Array, drift: Array, noise: Array) -> Array:
    """The same on columns."""
    return np.asarray(filtered(np, np.ascontiguousarray(seen.T), drift, noise))


def filtered(xp: ModuleType, seen: Iterable[Any], drift: Any, noise: Any) -> Any:
    """A filter of two states: of numbers, or of columns of them."""
    place, speed, total = 0.0, 0.0, 0.0
    a, b, c = 1.0, 0.0, 1.0  # the covariance's three numbers
    drifts, noises = xp.exp(drift), xp.exp(noise)
    for y in seen:
        place = place + speed
        a, b, c = a + 2.0 * b + c, b + c, c + drifts
        spread = a + noises
        off = y - place
        first, second = a / spread, b / spread
        place, speed = place + first * off, speed + second * off
        a, b, c = a - first * a, b - first * b, c - second * b
        total = total - (xp.log(spread) + off * off / spread) / 2.0
    return total


def memory(sequence: Rows) -> Any:
    """An LSTM of four units over ten steps; the sum of what it says in the end."""
    state: Numbers = [0.0] * UNITS
    cell: Numbers = [0.0] * UNITS
    for step in sequence:
        sums = [dot(row, [*step, *state]) for row in GATES.tolist()]
        enter, stay, new, leave = (sums[k : k + UNITS] for k in range(0, 16, UNITS))
        cell = [
            sigmoid(f) * c + sigmoid(i) * tanh(g)
            for i, f, g, c in zip(enter, stay, new, cell, strict=True)
        ]
        state = [sigmoid(o) * tanh(c) for o, c in zip(leave, cell, strict=True)]
    return autograd.sum(state)


def memory_by_hand(sequence: Array) -> Array:
    """The same; what enters at all steps is one product."""
    state = cell = np.zeros((len(sequence), UNITS))
    entering = sequence.transpose(1, 0, 2) @ GATES[:, :3].T
    inner = GATES[:, 3:].T.copy()
    for step in entering:
        sums = step + state @ inner
        gates = 1.0 / (1.0 + np.exp(-sums))
        new = np.tanh(sums[:, 8:12])
        cell = gates[:, 4:8] * cell + gates[:, :4] * new
        state = gates[:, 12:] * np.tanh(cell)
    return np.asarray(state.sum(axis=1))


def warped(one: Numbers, other: Numbers) -> Any:
    """The soft distance of two curves (Cuturi and Blondel 2017)."""
    above: Numbers = []
    for i, x in enumerate(one):
        row: Numbers = []
        for j, y in enumerate(other):
            before = [
                *([above[j]] if i else []),
                *([row[j - 1]] if j else []),
                *([above[j - 1]] if i and j else []),
            ]
            cost = (x - y) ** 2
            row.append(cost - logsumexp([-d for d in before]) if before else cost)
        above = row
    return above[-1]


def warped_by_hand(one: Array, other: Array) -> Array:
    """The same by diagonals: all cells of one of them at once."""
    rows, columns = one.shape[1], other.shape[1]
    costs = (one.T[:, None] - other.T) ** 2
    found = np.full((rows + 1, columns + 1, len(one)), np.inf)
    found[0, 0] = 0.0
    for diagonal in range(2, rows + columns + 1):
        i = np.arange(max(1, diagonal - columns), min(rows, diagonal - 1) + 1)
        j = diagonal - i
        before = np.stack([found[i - 1, j], found[i, j - 1], found[i - 1, j - 1]])
        least = before.min(axis=0)
        soft = least - np.log(np.exp(least - before).sum(axis=0))
        found[i, j] = costs[i - 1, j - 1] + soft
    return np.asarray(found[-1, -1])


def spelled(scores: Rows) -> Any:
    """The log probability that scores spell a word (Graves et al. 2006)."""
    alphas: Numbers = []
    for step in scores:
        total = logsumexp(step)
        logs = [score - total for score in step]
        if not alphas:
            alphas = [logs[WORD[0]], logs[WORD[1]]]
            continue
        later: Numbers = []
        for k, letter in enumerate(WORD[: len(alphas) + 2]):
            skips = k > 1 and letter and letter != WORD[k - 2]
            sources = alphas[max(0, k - (2 if skips else 1)) : k + 1]
            later.append(logs[letter] + logsumexp(sources))
        alphas = later
    return logsumexp(alphas[-2:])


def spelled_by_hand(scores: Array) -> Array:
    """The same, all places of the word at once."""
    top = scores.max(axis=2, keepdims=True)
    logs = scores - top - np.log(np.exp(scores - top).sum(axis=2, keepdims=True))
    said = logs.transpose(1, 2, 0)[:, WORD, :]
    places = len(WORD)
    skips = [k > 1 and w > 0 and w != WORD[k - 2] for k, w in enumerate(WORD)]
    closed = np.where(skips, 0.0, -np.inf)[:, None]
    alphas = np.full((places + 2, len(scores)), -1e30)  # no path yet: as good as none
    alphas[2:4] = said[0, :2]
    for step in said[1:]:
        three = np.stack([alphas[2:], alphas[1:-1], alphas[:-2] + closed])
        best = three.max(axis=0)
        alphas[2:] = step + best + np.log(np.exp(three - best).sum(axis=0))
    return np.asarray(np.logaddexp(alphas[-1], alphas[-2]))


def best(scores: Rows) -> Any:
    """The score of the best way through hidden states."""
    state = scores[0]
    for step in scores[1:]:
        state = [
            score + autograd.max([s + move for s, move in zip(state, row, strict=True)])
            for score, row in zip(step, MOVES.tolist(), strict=True)
        ]
    return autograd.max(state)


def best_by_hand(scores: Array) -> Array:
    """The same, all moves at once."""
    state = scores[:, 0]
    for t in range(1, scores.shape[1]):
        state = scores[:, t] + (state[:, None, :] + MOVES).max(axis=2)
    return np.asarray(state.max(axis=1))


def likely(scores: Rows) -> Any:
    """The log likelihood of a sequence, summed over all ways."""
    state = scores[0]
    for step in scores[1:]:
        state = [
            score + logsumexp([s + move for s, move in zip(state, row, strict=True)])
            for score, row in zip(step, MOVES.tolist(), strict=True)
        ]
    return logsumexp(state)


def likely_by_hand(scores: Array) -> Array:
    """The same, all moves at once."""
    state = scores[:, 0]
    for t in range(1, scores.shape[1]):
        moved = state[:, None, :] + MOVES
        top = moved.max(axis=2, keepdims=True)
        state = scores[:, t] + top[..., 0] + np.log(np.exp(moved - top).sum(axis=2))
    top = state.max(axis=1, keepdims=True)
    return np.asarray(top[:, 0] + np.log(np.exp(state - top).sum(axis=1)))

"""Rules over lists, on lanes: an array whose last axis is the list.

They are compared with the rows on lists of floats; what a whole softmax passes back is
held to the truth, too.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

from autograd import OPS, Op
from autograd.ops import FLOATS
from autograd.rules import lists, together
from tests.agreement import (
    INDEXED,
    SMALLEST,
    by_length,
    complaints,
    excused,
    fail_if_any,
    mismatches,
)
from tests.lanes import XP, Lanes
from tests.reference import REFERENCE

LIST_ROWS = ("sum", "mean", "max", "min", "logsumexp", *INDEXED)


def on_lanes(op: Op) -> Callable[..., tuple[Any, ...]]:
    """A row of lists on lanes, its derivatives taken apart again."""
    fixed = 1 if op.name in INDEXED else 0

    def evaluate(*operands: Any) -> tuple[Any, ...]:
        index, entries = operands[:fixed], Lanes(np.stack(operands[fixed:], -1))
        out = op.forward(XP, *index, entries)
        *before, slope = op.local_derivatives(XP, out, *index, entries)
        spread = slope.array if isinstance(slope, Lanes) else np.expand_dims(slope, -1)
        spread = np.broadcast_to(spread, entries.array.shape)
        return out, *before, *(spread[:, i] for i in range(spread.shape[1]))

    return evaluate


@pytest.mark.parametrize("name", LIST_ROWS)
def test_a_list_row_says_on_lanes_what_it_says_on_lists(name: str) -> None:
    op = OPS[name]
    fail_if_any(complaints(op, by_length(op), on_lanes(op)))


def test_a_list_row_that_is_wrong_on_lanes_is_caught() -> None:
    def shares(xp: Any, out: Any, *xs: Any) -> tuple[Any, ...]:
        return tuple(xp.exp(x - out) for x in xs)  # NaN at infinities

    def first_wins(xp: Any, out: Any, *xs: Any) -> tuple[Any, ...]:
        return tuple(xp.where(x == out, 1.0, 0.0) for x in xs)  # ties are not shared

    for name, rule in (("logsumexp", shares), ("max", first_wins)):
        wrong = replace(OPS[name], local_derivatives=rule)
        assert complaints(OPS[name], by_length(wrong), on_lanes(wrong))


PULLBACKS: dict[str, Callable[..., Any]] = {
    "log_softmax": together.log_softmax_pullback,
    "max": together.largest_pullback,
    "min": together.largest_pullback,
}


@pytest.mark.parametrize("name", PULLBACKS)
def test_what_all_entries_of_a_list_pass_back_together(name: str) -> None:
    """For an adjoint of 1 it is the local derivatives, on lanes and on numbers."""
    op = OPS[name]
    indices = [math.nan] if name in INDEXED else []

    def quick(xp: Any, out: Any, *operands: Any) -> tuple[Any, ...]:
        return (*indices, *PULLBACKS[name](xp, 1.0, out, *operands))

    quicker = replace(op, local_derivatives=quick)
    fail_if_any(complaints(op, by_length(op), on_lanes(quicker)))
    for group in by_length(op):
        for operands in group:
            out, slopes = op.evaluate(*operands)
            if math.isnan(out):  # Python divides by no 0
                continue
            found = quick(FLOATS, out, *operands)
            assert all(
                not mismatches(got, want, zeros=False).size
                or excused(op, operands, place, got)
                for place, (got, want) in enumerate(zip(found, slopes, strict=True), 1)
            ), operands


@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 3)])
@pytest.mark.parametrize("name", LIST_ROWS)
def test_lanes_of_any_shape(name: str, shape: tuple[int, ...]) -> None:
    """One list, none, a table of lists; long lists and a list of one."""
    op = OPS[name]
    for length in (1, 2, 7, 1000):
        rng = np.random.default_rng(length)
        table = rng.normal(size=(*shape, length))
        index = [length // 2 * np.ones(shape)] if name in INDEXED else []
        with np.errstate(invalid="ignore"):  # an entry alone has -inf against it
            out = op.forward(XP, *index, Lanes(table))
        assert np.shape(out) == shape
        first = [float(length // 2)] if name in INDEXED else []
        want = [op.value(*first, *row) for row in table.reshape(-1, length).tolist()]
        sizes = np.abs(table).sum(-1).ravel()
        assert not mismatches(np.ravel(out), want, scale=sizes).size


# What a whole softmax passes back -----------------------------------------------------

LOGITS: list[tuple[float, ...]] = [
    (0.0,), (0.0, 0.0), (0.0, -40.0), (-700.0, 3.0), (1.0, 2.0, 3.0), (0.0, -40.0, 2.0),
    (5.0, 5.0, 5.0, -30.0), (0.0, -1e-9, -50.0, -50.0), (0.3, -0.2, 0.1, 0.0, 0.2),
    (-1e4, -1e4, -1e4 + 1.0), (math.inf, 1.0, 2.0), (-math.inf, 0.5, 0.1),
    (0.0, -18.0, -19.0, -80.0), (2.0, 2.0 - 1e-7, -9.0),
]  # fmt: skip
ADJOINTS: list[Callable[[int], list[float]]] = [
    lambda n: [1.0] + [0.0] * (n - 1),
    lambda n: [0.0] * (n - 1) + [1.0],
    lambda n: [1.0] * n,
    lambda n: [1.0 + 1e-9 * k for k in range(n)],
    lambda n: [(-1.0) ** k * (k + 1.0) for k in range(n)],
    lambda n: [1e20 if k == 0 else 1.0 for k in range(n)],
    lambda n: [1.0 if k == 0 else 1e20 for k in range(n)],
    lambda n: [0.1 * k * k - 0.3 for k in range(n)],
]
CASES = [(xs, adjoints(len(xs))) for xs in LOGITS for adjoints in ADJOINTS]


def true_pullback(
    name: str, xs: tuple[float, ...], adjoints: list[float]
) -> tuple[list[Any], list[Any]]:
    """sum_k a_k ds_k/dx_j for each j at 60 digits, and the sum of the terms' sizes."""
    reference = REFERENCE[name]
    numbers, sizes = [], []
    with mp.workdps(60):
        for j in range(len(xs)):
            slopes = [
                reference.formula((j + 1,))(mpf(k), *map(mpf, xs))
                for k in range(len(xs))
            ]
            terms = [mpf(a) * slope for a, slope in zip(adjoints, slopes, strict=True)]
            numbers.append(mp.fsum(terms))
            sizes.append(mp.fsum(map(abs, terms)))
    return numbers, sizes


def passed_back(
    xp: Any, entries: tuple[Any, ...], adjoints: list[Any], **how: Any
) -> list[Any]:
    """What a whole softmax passes back."""
    shares = lists.softmaxes(xp, entries)
    return together.softmaxes_pullback(xp, shares, adjoints, **how)


def passed_back_by_rows(
    name: str, xs: tuple[float, ...], adjoints: list[float]
) -> list[float]:
    """The same as a sweep has it, which adds up what each entry passes back."""
    rows = [OPS[name].evaluate(float(k), *xs)[1][1:] for k in range(len(xs))]
    return [
        math.fsum(a * slope for a, slope in zip(adjoints, column, strict=True))
        for column in zip(*rows, strict=True)
    ]


def in_both_ways(xs: tuple[float, ...], adjoints: list[float]) -> list[list[float]]:
    """The same on a list of floats and on lanes."""
    with np.errstate(all="ignore"):
        (lanes,) = passed_back(XP, (Lanes(xs),), [Lanes(adjoints)])
    return [passed_back(FLOATS, xs, adjoints), lanes.array.tolist()]


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_a_pullback_is_true_in_the_tails(name: str) -> None:
    for xs, adjoints in CASES:
        if not all(map(math.isfinite, xs)):
            continue
        numbers, sizes = true_pullback(name, xs, adjoints)
        whole = in_both_ways(xs, adjoints) if name == "softmax" else []
        for got in [*whole, passed_back_by_rows(name, xs, adjoints)]:
            for j, number in enumerate(numbers):
                assert abs(got[j] - number) <= 1e-14 * sizes[j] + SMALLEST, (
                    f"{name}{xs} {adjoints} entry {j}: {got[j]}, true {number}"
                )


def test_a_pullback_is_that_of_the_rows_entry_by_entry() -> None:
    op = OPS["softmax"]
    for xs, adjoints in CASES:
        if any(1e3 < abs(x) < math.inf for x in xs):
            continue  # the rows have the rounding error of x in them
        slopes = [op.evaluate(float(k), *xs)[1][1:] for k in range(len(xs))]
        for got in in_both_ways(xs, adjoints):
            for j, number in enumerate(got):
                terms = [a * row[j] for a, row in zip(adjoints, slopes, strict=True)]
                size = math.fsum(map(abs, terms))
                assert not mismatches(
                    number, math.fsum(terms), scale=size, zeros=False
                ).size, (xs, adjoints, j)


def test_the_textbook_pullback_fails_in_the_tails() -> None:
    """So the cases are hard enough."""
    failed = 0
    for xs, adjoints in CASES:
        if not all(map(math.isfinite, xs)):
            continue
        shares = lists.softmaxes(FLOATS, xs)
        mean = math.fsum(s * a for s, a in zip(shares, adjoints, strict=True))
        numbers, sizes = true_pullback("softmax", xs, adjoints)
        for j, share in enumerate(shares):
            got = share * (adjoints[j] - mean)
            failed += abs(got - numbers[j]) > 1e-14 * sizes[j] + SMALLEST
    assert failed > 10


def test_a_list_without_shares_passes_nothing_back_where_nothing_comes() -> None:
    """Strong zeros: a softmax of -inf alone is NaN, and an adjoint of 0 stops there."""
    xs = (-math.inf, -math.inf)
    product = FLOATS.strong_product
    quiet = passed_back(FLOATS, xs, [0.0, 0.0], times=product)
    assert quiet == [0.0, 0.0]
    assert all(map(math.isnan, passed_back(FLOATS, xs, [0.0, 1.0], times=product)))
    entries, zeros = (Lanes(xs),), [Lanes([0.0, 0.0])]
    with np.errstate(all="ignore"):
        (lanes,) = passed_back(XP, entries, zeros, times=XP.strong_product)
    assert lanes.array.tolist() == [0.0, 0.0]

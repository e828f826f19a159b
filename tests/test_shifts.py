"""Rows over lists keep their digits where all entries are large: only gaps matter.

The truth is that of the gaps between the entries, which are exact here: so the pass
rule grants nothing for the size of the entries themselves.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from mpmath import mp, mpf

from autograd import (
    OPS,
    Op,
    Program,
    Value,
    grad,
    hessian,
    hvp,
    jacobian,
    log_softmax,
    logsumexp,
    softmax,
)
from nn.losses import cross_entropy
from tests.reference import REFERENCE
from tests.samples import Sample
from tests.test_operations import measured, quantity_name
from tests.truth import Quantity, Truth, settled

Numbers = tuple[float, ...]

BASES = [0.0, 1e6, 1e12, -1e12, 1e16, -(2.0**60)]
GAPS: list[Numbers] = [
    (0.0, 2.0, -2.0),
    (0.0, 0.0, 0.0),
    (6.0, 2.0, -30.0, 4.0),
    (-40.0, 0.0),
    (0.0, -300.0, -6.0),
    (-2.0, -2.0, -700.0, 0.0, -36.0),
]
WIDE: list[Numbers] = [(0.0, 0.0), (-256.0, 0.0), (0.0, -512.0, -256.0)]  # on 2**60
ROWS = ["logsumexp", "softmax", "log_softmax", "log_odds_against", "logaddexp"]


def shifted() -> Iterator[tuple[Numbers, Numbers]]:
    """Lists, and by how much their entries are over the first one."""
    for base in BASES:
        for gaps in WIDE if abs(base) > 1e17 else GAPS:
            xs = tuple(base + gap for gap in gaps)
            assert all(
                mpf(x) == mpf(base) + mpf(gap) for x, gap in zip(xs, gaps, strict=True)
            )
            yield xs, gaps


def truth(name: str, quantity: Quantity, operands: Numbers) -> Truth:
    formula = REFERENCE[name].formula(quantity)
    with mp.workdps(60):
        return Truth(settled(formula, operands), formula, operands)


@pytest.mark.parametrize("op", [OPS[name] for name in ROWS], ids=str)
def test_derivatives_do_not_feel_a_shift(op: Op) -> None:
    """First and second ones, eager and recorded."""
    indexed = op.constants == ("index",)
    for xs, gaps in shifted():
        if op.name == "logaddexp" and len(xs) != 2:
            continue
        for index in range(len(xs) if indexed else 1):
            front = (float(index),) * indexed
            sample = Sample((*front, *xs), frozenset(range(indexed)))
            for quantity, how, got in measured(op, sample):
                if quantity or indexed:
                    true = truth(op.name, quantity, (*front, *gaps))
                    what = quantity_name(quantity, op) if quantity else "value"
                    assert true.accepts(got), f"{sample.operands}: {what}{how} {got}"


SHIFTED = [pair for pair in shifted() if len(pair[0]) == 3]


@pytest.mark.parametrize(("xs", "gaps"), SHIFTED)
def test_jacobians_and_hessians_do_not_feel_a_shift(xs: Numbers, gaps: Numbers) -> None:
    point, places = [*xs], range(len(xs))

    def check(got: float, name: str, quantity: Quantity, *index: float) -> None:
        true = truth(name, quantity, (*index, *gaps))
        assert true.accepts(got), (name, quantity, got, float(true.number))

    for name, f in (("softmax", softmax), ("log_softmax", log_softmax)):
        table = jacobian(f)(point)
        for i in places:
            bends = hessian(lambda v, i=i, f=f: f(v)[i])(point)
            for j in places:
                check(table[i][j], name, (j + 1,), float(i))
                for k in places:
                    check(bends[j][k], name, (j + 1, k + 1), float(i))
    bends = hessian(logsumexp)(point)
    columns = [hvp(logsumexp, point, [float(i == k) for i in places]) for k in places]
    for j in places:
        for k in places:
            check(bends[j][k], "logsumexp", (j, k))
            check(columns[k][j], "logsumexp", (j, k))


@pytest.mark.parametrize(("xs", "gaps"), SHIFTED)
def test_cross_entropy_does_not_feel_a_shift(xs: Numbers, gaps: Numbers) -> None:
    point, places = [*xs], range(len(xs))
    for index in places:
        leaves = [Value(x) for x in xs]
        loss = cross_entropy(leaves, index)
        loss.backward()
        slopes = grad(cross_entropy)(point, index)
        bends = hessian(cross_entropy)(point, index)
        for j in places:
            true = truth("log_softmax", (j + 1,), (float(index), *gaps))
            assert true.accepts(-leaves[j].grad)
            assert true.accepts(-slopes[j])
            for k in places:
                true = truth("log_softmax", (j + 1, k + 1), (float(index), *gaps))
                assert true.accepts(-bends[j][k])


@pytest.mark.parametrize("backend", ["numpy", "machine", "jax"])
def test_a_program_does_not_feel_a_shift(backend: Any) -> None:
    """All entries of families, one entry alone, batches, and second derivatives."""
    leaves = [Value(0.1 * i) for i in range(3)]
    places = range(3)
    program = Program(
        lambda x: [*softmax(x), *log_softmax(x), logsumexp(x)],
        [0.0, 1.0, 2.0],
        backend=backend,
    )
    names = [(n, float(i)) for n in ("softmax", "log_softmax") for i in places]
    loss = Program(lambda x: cross_entropy(x, 1), [0.0, 1.0, 2.0], backend=backend)
    bend = Program(lambda: cross_entropy(leaves, 1), parameters=leaves, backend=backend)
    batch = loss.value_and_grad([xs for xs, _ in SHIFTED], wrt="inputs")[1][0]
    for row, (xs, gaps) in enumerate(SHIFTED):
        table = program.jacobian([*xs], wrt="inputs")
        columns = [
            bend.hvp(v=[float(i == k) for i in places], theta=xs) for k in places
        ]
        for j in places:
            for line, (name, index) in enumerate(names):
                assert truth(name, (j + 1,), (index, *gaps)).accepts(table[line, j])
            assert truth("logsumexp", (j,), gaps).accepts(table[-1, j])
            true = truth("log_softmax", (j + 1,), (1.0, *gaps))
            assert true.accepts(-batch[row, j] * len(SHIFTED))
            for k in places:
                true = truth("log_softmax", (j + 1, k + 1), (1.0, *gaps))
                assert true.accepts(-columns[k][j])

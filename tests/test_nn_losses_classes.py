"""Losses of classes: indices and probabilities, weighted, ignored and smoothed."""

import math
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

from autograd import Program, Value, check_gradients, log_softmax, mean
from nn import losses

LOGITS = [[1.0, -2.0, 0.5], [0.0, 30.0, -10.0], [1e4, -1e4, 0.0], [3.0, 3.0, 3.0]]
LABELS = [2, 0, 1, 1]
SHARES = [[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.1, 0.1, 0.8]]
WEIGHTS = [0.5, 2.0, 3.0]


def cross_entropies(shares: list[list[float]], weights: list[float]) -> list[float]:
    """- sum_c w_c p_c log softmax(x)_c of each row, with many digits."""
    found = []
    for row, ps in zip(LOGITS, shares, strict=True):
        with mp.workdps(60):
            normal = mp.log(sum(mp.exp(mpf(x)) for x in row))
            terms = zip(row, ps, weights, strict=True)
            found.append(float(sum(w * p * (normal - x) for x, p, w in terms)))
    return found


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("smoothing", [0.0, 0.25, 1.0])
def test_cross_entropy_weighs_and_smooths(
    weights: list[float] | None, smoothing: float
) -> None:
    options: Any = {"weight": weights, "label_smoothing": smoothing}

    def loss(target: Any, reduction: str = "mean") -> Any:
        return losses.cross_entropy(LOGITS, target, reduction=reduction, **options)

    even = np.full(3, 1 / 3)
    shares = (1 - smoothing) * np.array(SHARES) + smoothing * even
    expected = cross_entropies(shares.tolist(), weights or [1.0] * 3)
    assert loss(SHARES, reduction="none") == pytest.approx(expected, rel=1e-13)
    assert loss(SHARES) == pytest.approx(sum(expected) / 4, rel=1e-13)

    # Of indices the even share is weighed by class, too, but the mean by label alone.
    own = cross_entropies(np.eye(3)[LABELS].tolist(), weights or [1.0] * 3)
    spread = cross_entropies([even.tolist()] * 4, weights or [1.0] * 3)
    expected = [
        (1 - smoothing) * x + smoothing * y for x, y in zip(own, spread, strict=True)
    ]
    assert loss(LABELS, reduction="none") == pytest.approx(expected, rel=1e-13)
    assert loss(LABELS, reduction="sum") == pytest.approx(sum(expected), rel=1e-13)
    counts = [(weights or [1.0] * 3)[label] for label in LABELS]
    assert loss(LABELS) == pytest.approx(sum(expected) / sum(counts), rel=1e-13)


@pytest.mark.parametrize("ignored", [1, -100, 7])
def test_an_ignored_label_leaves_no_trace(ignored: int) -> None:
    rows = [[Value(x) for x in row] for row in LOGITS]
    labels = [2, ignored, ignored, 0]
    options: Any = {"weight": WEIGHTS, "ignore_index": ignored}
    loss = losses.cross_entropy(rows, labels, **options)
    kept = losses.cross_entropy(
        [LOGITS[0], LOGITS[3]], [2, 0], weight=WEIGHTS, reduction="mean"
    )
    assert loss.data == pytest.approx(kept, rel=1e-15)
    loss.backward()
    assert [x.grad for row in rows[1:3] for x in row] == [0.0] * 6
    assert all(x.grad for x in (*rows[0], *rows[3]))
    apart = losses.cross_entropy(LOGITS, labels, reduction="none", **options)
    assert apart[1:3] == [0.0, 0.0]
    nothing = losses.cross_entropy(rows[:1], [ignored], ignore_index=ignored)
    assert math.isnan(nothing.data)  # the mean of no items


def test_the_weight_of_a_single_item_cancels_in_the_mean() -> None:
    plain = losses.cross_entropy(LOGITS[0], 1)
    assert losses.cross_entropy(LOGITS[0], 1, weight=WEIGHTS) == pytest.approx(plain)
    weighed = losses.cross_entropy(LOGITS[0], 1, weight=WEIGHTS, reduction="sum")
    assert weighed == pytest.approx(2.0 * plain)


def test_a_likelihood_is_the_cross_entropy_of_log_softmax() -> None:
    logs = [log_softmax(row) for row in LOGITS]
    for options in ({}, {"weight": WEIGHTS}, {"weight": WEIGHTS, "ignore_index": 1}):
        for reduction in ("mean", "sum", "none"):
            both: list[Any] = [
                f(rows, LABELS, reduction=reduction, **options)
                for f, rows in (
                    (losses.negative_log_likelihood, logs),
                    (losses.cross_entropy, LOGITS),
                )
            ]
            assert both[0] == pytest.approx(both[1], rel=1e-15)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("target", [LABELS[:2], SHARES[:2]])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_gradients_of_classes(target: Any, reduction: str, smoothing: float) -> None:
    def loss(logits: Any) -> Any:
        return losses.cross_entropy(
            logits,
            target,
            weight=WEIGHTS,
            label_smoothing=smoothing,
            reduction=reduction,
        )

    check_gradients(loss, [[0.5, -1.0, 2.0], [0.1, 0.2, 0.3]])


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("ignored", [None, 1, -100])
@pytest.mark.parametrize("smoothing", [0.0, 0.25])
@pytest.mark.parametrize("loss", [losses.cross_entropy, losses.negative_log_likelihood])
def test_a_label_may_be_an_integer_input_of_a_program(
    loss: Any, weights: Any, ignored: int | None, smoothing: float
) -> None:
    options = {"weight": weights, "ignore_index": ignored, "reduction": "sum"}
    if loss is losses.cross_entropy:
        options["label_smoothing"] = smoothing

    def example(logits: Any, label: Any) -> Any:
        return loss(logits, label, **options)

    labels = [2, 0, 1, 1 if ignored is None else ignored]
    program = Program(example, LOGITS[0], 0)
    rows = [[Value(x) for x in row] for row in LOGITS]
    eager = [example(row, label) for row, label in zip(rows, labels, strict=True)]
    got = program.map(LOGITS, labels)
    assert got.tolist() == pytest.approx([x.data for x in eager], rel=1e-13)
    mean(eager).backward()
    _, slopes = program.value_and_grad(LOGITS, labels, wrt="inputs")
    expected = [[x.grad for x in row] for row in rows]
    np.testing.assert_allclose(slopes[0], expected, rtol=1e-12, atol=1e-300)
    if ignored == -100:  # a label that is neither a class nor ignored
        assert math.isnan(program(LOGITS[0], 3))
    else:
        with pytest.raises(IndexError):
            program(LOGITS[0], 3)


def test_options_of_classes_fit_the_classes() -> None:
    loss: Any = losses.cross_entropy
    row = [0.0, 1.0, 2.0]
    cases: list[tuple[Any, dict[str, Any], str]] = [
        (0, {"weight": [1.0, 2.0]}, "got 2 weights for 3 classes"),
        (0, {"label_smoothing": 1.5}, "a label_smoothing is between 0 and 1, got 1.5"),
        ([0.5, 0.5], {}, "got 2 probabilities for 3 logits"),
        ([0.5, 0.5, 0.0], {"ignore_index": 0}, "leave out ignore_index"),
    ]
    for target, options, text in cases:
        with pytest.raises(ValueError, match=text):
            loss(row, target, **options)
    for option, wrong in (
        ("weight", ["1", 2.0, 3.0]),
        ("label_smoothing", "0.1"),
        ("ignore_index", 0.5),
        ("ignore_index", True),
    ):
        text = rf"cross_entropy: .*{option}.*got {type(wrong).__name__}"
        with pytest.raises(TypeError, match="got str" if option == "weight" else text):
            loss(row, 0, **{option: wrong})
    with pytest.raises(TypeError, match=r"a probability is a number .*got str"):
        loss(row, [0.5, 0.5, "0"])

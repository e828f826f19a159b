"""Losses: right in the tails, averaged over the items, and strict about targets."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from autograd import (
    Graph,
    Program,
    Value,
    check_gradients,
    gradients,
)
from nn import losses

EPS = 2.0**-52


def exact(formula: Callable[[], Any]) -> float:
    """The double nearest to what mpmath finds with 50 digits, and more in far tails."""
    with mp.workdps(1000):
        return float(formula())


def close(got: float, true: float, factor: float = 16.0) -> bool:
    if math.isinf(true) or math.isnan(true):
        return got == true
    return abs(got - true) <= factor * EPS * abs(true) + 32 * 5e-324


# --- values -------------------------------------------------------------------


def test_hinge_is_the_mean_of_the_missing_margins() -> None:
    scores = [Value(0.25), Value(-3.0), Value(2.0), Value(0.5)]
    loss = losses.hinge(scores, [1, -1, -1, 1])
    assert loss.data == (0.75 + 0.0 + 3.0 + 0.5) / 4
    loss.backward()
    assert [s.grad for s in scores] == [-0.25, 0.0, 0.25, -0.25]


def test_mean_squared_error_is_the_mean_of_squares() -> None:
    got = [Value(1.0), Value(-2.0)]
    loss = losses.mean_squared_error(got, [0.5, 1.0])
    assert loss.data == (0.25 + 9.0) / 2
    loss.backward()
    assert [v.grad for v in got] == [0.5, -3.0]


def test_losses_on_logits_agree_with_pytorch() -> None:
    # torch.nn.functional, PyTorch 2.13 in float64.
    logits = [Value(x) for x in (2.0, -1.5, 0.25, 30.0)]
    loss = losses.binary_cross_entropy_with_logits(logits, [1.0, 0.0, 0.3, 1.0])
    loss.backward()
    assert loss.data == pytest.approx(0.26982017722616547, rel=1e-15)
    assert [z.grad for z in logits[:3]] == pytest.approx(
        [-0.02980073050552942, 0.04560638095158909, 0.06554412522144952], rel=1e-14
    )
    rows = [[Value(x) for x in row] for row in ((2.0, -1.5, 0.25), (0.1, 0.2, -3.0))]
    loss = losses.cross_entropy(rows, [2, 0])
    loss.backward()
    assert loss.data == pytest.approx(1.3505978751129173, rel=1e-15)
    assert [z.grad for row in rows for z in row] == pytest.approx(
        [
            0.41529228216648406,
            0.012540740276911004,
            -0.4278330224433951,
            -0.26746566770527025,
            0.2569901815062742,
            0.010475486198996105,
        ],
        rel=1e-14,
    )


@given(
    st.floats(-800, 800),
    st.one_of(st.sampled_from([0, 1, True, False]), st.floats(2**-20, 1 - 2**-20)),
)
def test_binary_cross_entropy_holds_in_the_tails(logit: float, target: float) -> None:
    z = Value(logit)
    loss = losses.binary_cross_entropy_with_logits(z, target)
    loss.backward()
    x, t = mpf(logit), mpf(target)
    true = exact(lambda: t * mp.log1p(mp.exp(-x)) + (1 - t) * mp.log1p(mp.exp(x)))
    assert close(loss.data, true)
    slope = exact(lambda: 1 / (1 + mp.exp(-x)) - t)
    # Where the target is a probability, the slope is a difference of such.
    floor = 0.0 if target in (0, 1) else 8 * EPS
    assert abs(z.grad - slope) <= 16 * EPS * abs(slope) + floor + 32 * 5e-324


@given(st.lists(st.floats(-800, 800), min_size=2, max_size=5), st.data())
def test_cross_entropy_holds_in_the_tails(numbers: list[float], draw: Any) -> None:
    index = draw.draw(st.integers(0, len(numbers) - 1))
    logits = [Value(x) for x in numbers]
    loss = losses.cross_entropy(logits, index)
    loss.backward()

    def share(j: int) -> Any:
        return 1 / sum(mp.exp(mpf(x) - mpf(numbers[j])) for x in numbers)

    def others(j: int) -> Any:
        return sum(share(i) for i in range(len(numbers)) if i != j)

    true = exact(lambda: mp.log1p(others(index) / share(index)))
    # Rounding a difference of two logits costs up to the larger one's relative share.
    factor = 64.0 + 16.0 * max(map(abs, numbers))
    assert close(loss.data, true, factor)
    for j, logit in enumerate(logits):
        wanted = -exact(partial(others, j)) if j == index else exact(partial(share, j))
        assert close(logit.grad, wanted, factor)


@pytest.mark.parametrize(("logit", "target"), [(40.0, 1), (-40.0, 0)])
def test_a_sure_and_right_answer_costs_a_little_not_nothing(
    logit: float, target: int
) -> None:
    tiny = exact(lambda: mp.log1p(mp.exp(-40)))
    for loss in (
        losses.binary_cross_entropy_with_logits(Value(logit), target),
        losses.cross_entropy([Value(logit), Value(0.0)], 1 - target),
    ):
        assert close(loss.data, tiny)


def test_infinite_logits_give_limits_and_not_nan() -> None:
    loss = losses.binary_cross_entropy_with_logits
    assert loss(Value(math.inf), 1).data == 0.0
    assert loss(Value(math.inf), 0).data == math.inf
    assert loss(Value(-math.inf), 0.5).data == math.inf
    assert math.isnan(loss(Value(math.nan), 1).data)
    assert math.isnan(losses.hinge(Value(math.nan), 1).data)


@pytest.mark.parametrize(
    ("loss", "differences"),
    [  # difference: cost, slope
        (
            losses.mean_absolute_error,
            {-3.0: (3.0, -1.0), 0.5: (0.5, 1.0), 0.0: (0.0, 0.0), 1e300: (1e300, 1.0)},
        ),
        (
            losses.huber,
            {
                0.5: (0.125, 0.5),
                -0.5: (0.125, -0.5),
                0.0: (0.0, 0.0),
                1.0: (0.5, 1.0),
                -3.0: (2.5, -1.0),
                1e300: (1e300, 1.0),
                math.inf: (math.inf, 1.0),
            },
        ),
        (
            partial(losses.huber, delta=2.0),
            {0.5: (0.125, 0.5), 2.0: (2.0, 2.0), -3.0: (4.0, -2.0)},
        ),
    ],
)
def test_differences_cost_what_they_should(
    loss: Any, differences: dict[float, tuple[float, float]]
) -> None:
    for difference, (cost, slope) in differences.items():
        got = Value(difference)
        value = loss(got, 0.0)
        value.backward()
        assert (value.data, got.grad) == (cost, slope)


@given(st.floats(-700, 0), st.floats(0, 1))
def test_kl_divergence_is_that_of_kullback_and_leibler(log: float, p: float) -> None:
    predicted = Value(log)
    loss = losses.kl_divergence(predicted, p)
    loss.backward()
    true = exact(lambda: mpf(p) * (mp.log(p) - mpf(log)) if p else mpf(0))
    # The rounding of log(p) weighs where the difference is small; and no double is
    # nearer to a subnormal number than the next one.
    bound = 16 * EPS * p * (1 + abs(math.log(p or 1)) - log)
    assert abs(loss.data - true) <= max(bound, math.ulp(0.0))
    assert predicted.grad == -p


def test_what_cannot_happen_costs_nothing() -> None:
    never = Value(-math.inf)
    for loss in (
        losses.kl_divergence([Value(0.0), never], [1.0, 0.0]),
        losses.cross_entropy([Value(0.0), never], [1.0, 0.0]),
        losses.cross_entropy([Value(0.0), never], 0),
        losses.negative_log_likelihood([Value(0.0), never], 0),
    ):
        loss.backward()
        assert (loss.data, never.grad) == (0.0, 0.0)
    assert losses.cross_entropy([0.0, -math.inf], 1) == math.inf
    assert losses.cross_entropy([0.0, -math.inf], [0.5, 0.5]) == math.inf


SMOOTH = [
    losses.mean_squared_error,
    losses.mean_absolute_error,
    losses.huber,
    partial(losses.huber, delta=0.25),
    losses.binary_cross_entropy_with_logits,
    losses.kl_divergence,
]


@pytest.mark.parametrize("loss", SMOOTH)
def test_gradients_in_predictions_and_targets(loss: Any) -> None:
    check_gradients(loss, [0.5, -1.0, 2.0], [0.25, 0.5, 0.125])


# --- penalties --------------------------------------------------------------------


def test_penalties_add_up_sizes_and_squares() -> None:
    w = [[Value(3.0), Value(-4.0)], [Value(0.0), Value(0.5)]]
    for penalty, cost, slopes in (
        (losses.l1_penalty, 7.5, [1.0, -1.0, 0.0, 1.0]),
        (losses.l2_penalty, 25.25, [6.0, -8.0, 0.0, 1.0]),
    ):
        loss = penalty(w)
        assert loss.data == cost
        assert gradients(loss, [x for row in w for x in row]) == slopes
        assert loss.scope == penalty.__name__
        assert penalty(x for row in w for x in row).data == cost
        assert penalty([]) == 0.0
        with pytest.raises(TypeError, match=r"_penalty: a parameter is a number .*got"):
            penalty([*w, "0.5"])


# --- shapes -------------------------------------------------------------------


ALL = [
    (losses.hinge, 1.0, -1),
    (losses.mean_squared_error, 1.0, -1),
    (losses.mean_absolute_error, 1.0, -1),
    (losses.huber, 1.0, -1),
    (losses.binary_cross_entropy_with_logits, 1.0, 1),
    (losses.kl_divergence, -1.0, 0.5),
    (losses.cross_entropy, [1.0, 2.0], 1),
    (losses.cross_entropy, [1.0, 2.0], [0.25, 0.75]),
    (losses.negative_log_likelihood, [-1.0, -2.0], 1),
]
ON_NUMBERS = [loss for loss, prediction, _ in ALL if isinstance(prediction, float)]


def test_every_loss_is_tested_here() -> None:
    tested = {loss.__name__ for loss, _, _ in ALL}
    assert {*losses.__all__} == tested | {"l1_penalty", "l2_penalty"}


@pytest.mark.parametrize(("loss", "prediction", "target"), ALL)
def test_a_reduction_says_what_becomes_of_the_items(
    loss: Any, prediction: Any, target: Any
) -> None:
    value = loss(prediction, target)
    assert loss(prediction, target, reduction="none") == value
    assert loss(prediction, target, reduction="sum") == value
    predictions, targets = [[prediction] * 2] * 3, [[target] * 2] * 3
    total = loss(predictions, targets, reduction="sum")
    assert total == pytest.approx(6 * value)
    assert loss(predictions, targets, reduction="none") == [[value] * 2] * 3
    assert loss([prediction], [target], reduction="none") == [value]
    with pytest.raises(ValueError, match=f"{loss.__name__}: reduction is .*'median'"):
        loss(prediction, target, reduction="median")


@pytest.mark.parametrize(("loss", "prediction", "target"), ALL)
def test_items_may_be_single_listed_nested_or_arrays(
    loss: Any, prediction: Any, target: Any
) -> None:
    value = loss(prediction, target)
    assert isinstance(value, float)  # of plain numbers a plain number
    assert loss([prediction] * 2, [target] * 2) == value
    assert loss((prediction,) * 2, (target,) * 2) == value
    assert loss([[prediction] * 2] * 3, [[target] * 2] * 3) == pytest.approx(value)
    assert loss(np.array([prediction] * 2), np.array([target] * 2)) == value
    recorded = loss(np.array(prediction) * Value(1.0), target)
    assert recorded.data == value


@pytest.mark.parametrize(("loss", "prediction", "target"), ALL)
def test_iterators_are_lists(loss: Any, prediction: Any, target: Any) -> None:
    value = loss([prediction] * 2, [target] * 2)
    assert (
        loss(map(np.positive, map(np.array, [prediction] * 2)), [target] * 2) == value
    )
    assert loss((prediction for _ in "ab"), (target for _ in "ab")) == value
    with pytest.raises(ValueError, match="got 1 prediction for 2 targets"):
        loss(iter([prediction]), iter([target] * 2))


def test_one_row_of_logits_may_come_from_a_generator() -> None:
    logits = [0.5, -1.0, 2.0]
    expected = losses.cross_entropy(logits, 2)
    assert losses.cross_entropy((z for z in logits), 2) == expected


@pytest.mark.parametrize("wrong", [{0: 1.0}, {1.0}, "1"])
def test_what_keeps_no_order_is_no_list(wrong: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        losses.hinge(wrong, [1])


@pytest.mark.parametrize(("loss", "prediction", "target"), ALL)
def test_counts_must_agree(loss: Any, prediction: Any, target: Any) -> None:
    with pytest.raises(ValueError, match=f"{loss.__name__}: got 3 predictions for 2"):
        loss([prediction] * 3, [target] * 2)
    with pytest.raises(ValueError, match="got one prediction for 2 targets"):
        loss(Value(1.0), [target] * 2)
    with pytest.raises(ValueError, match="no items"):
        loss([], [])


@pytest.mark.parametrize("loss", ON_NUMBERS)
def test_a_list_is_no_prediction_for_one_target(loss: Any) -> None:
    with pytest.raises(ValueError, match="got 2 predictions for one target"):
        loss([Value(1.0), Value(2.0)], 1)
    with pytest.raises(ValueError, match=r"a number.*\[y for \(y,\) in predictions"):
        loss([[Value(1.0)], [Value(2.0)]], [1, 1])


@pytest.mark.parametrize(("loss", "prediction", "target"), ALL)
def test_targets_may_be_inputs_of_a_program(
    loss: Any, prediction: Any, target: Any
) -> None:
    program = Program(loss, prediction, target)
    assert program(prediction, target) == pytest.approx(loss(prediction, target))


def test_nodes_are_recorded_in_a_scope_of_the_loss() -> None:
    scores = [Value(0.5), Value(1.5)]
    loss = losses.hinge(scores, [1, -1])
    assert {node.scope for node in Graph(loss).nodes if node.parents} == {"hinge"}
    assert (scores[0] * 2.0).scope == ""


def test_cross_entropy_records_two_nodes_an_item_however_many_classes() -> None:
    logits = [Value(float(i)) for i in range(10)]
    loss = losses.cross_entropy(logits, 3)
    assert len([node for node in Graph(loss).nodes if node.parents]) == 2


def test_targets_may_be_values() -> None:
    prediction, target = Value(1.0), Value(0.25)
    losses.mean_squared_error(prediction, target).backward()
    assert (prediction.grad, target.grad) == (1.5, -1.5)
    logit = Value(2.0)
    losses.binary_cross_entropy_with_logits(logit, target).backward()
    assert target.grad == pytest.approx(-1.5 - 2.0)
    assert losses.hinge(Value(0.5), Value(-1.0)).data == 1.5


# --- what they refuse ---------------------------------------------------------


@pytest.mark.parametrize("label", [0, 2, 0.5, False, math.nan, "1"])
def test_hinge_wants_labels_of_plus_and_minus_one(label: Any) -> None:
    with pytest.raises(ValueError, match=f"hinge: a target is 1 or -1, got {label!r}"):
        losses.hinge([Value(1.0)], [label])


@pytest.mark.parametrize("target", [-0.1, 1.5, math.nan, math.inf])
def test_binary_cross_entropy_wants_probabilities(target: float) -> None:
    text = "^binary_cross_entropy_with_logits: a target is between 0 and 1"
    with pytest.raises(ValueError, match=text):
        losses.binary_cross_entropy_with_logits([Value(1.0)], [target])


@pytest.mark.parametrize("index", [-1, 3, 10**30])
def test_cross_entropy_wants_an_index_in_range(index: int) -> None:
    with pytest.raises(ValueError, match=f"from 0 to 2, got {index}"):
        losses.cross_entropy([Value(1.0)] * 3, index)


@pytest.mark.parametrize("index", [1.0, True, "1", None])
def test_cross_entropy_wants_an_int(index: Any) -> None:
    with pytest.raises(TypeError, match=f"got {type(index).__name__}"):
        losses.cross_entropy([Value(1.0)] * 3, index)


def test_cross_entropy_wants_logits() -> None:
    for wrong, targets in ((Value(1.0), 0), ([], 0), ([1.0, 2.0], [0, 1])):  # ints
        with pytest.raises(ValueError, match=r"list of logits .*the index of a class"):
            losses.cross_entropy(wrong, targets)
    for logits in (["a", "b"], [[1.0, 2.0]], [1.0, None]):
        with pytest.raises(TypeError, match="a logit is a number or a Value, got "):
            losses.cross_entropy(logits, 0)
    assert losses.cross_entropy([Value(3.0)], 0).data == 0.0  # one class: no doubt


@pytest.mark.parametrize("loss", ON_NUMBERS)
@pytest.mark.parametrize("wrong", ["1.0", None, 1j])
def test_a_prediction_that_is_no_number_is_a_type_error(loss: Any, wrong: Any) -> None:
    text = f"^{loss.__name__}: a prediction is a number or a Value, got "
    with pytest.raises(TypeError, match=text + type(wrong).__name__):
        loss([wrong], [1])


@pytest.mark.parametrize("loss", [x for x in ON_NUMBERS if x is not losses.hinge])
@pytest.mark.parametrize("wrong", ["1.0", None, 1j])
def test_a_target_that_is_no_number_is_a_type_error(loss: Any, wrong: Any) -> None:
    text = f"^{loss.__name__}: a target is a number or a Value, got "
    with pytest.raises(TypeError, match=text + type(wrong).__name__):
        loss([Value(1.0)], [wrong])


@pytest.mark.parametrize("delta", [0.0, -1.0, math.nan])
def test_huber_wants_a_bend_above_zero(delta: float) -> None:
    with pytest.raises(ValueError, match="huber: delta is above 0, got"):
        losses.huber([1.0], [2.0], delta=delta)


@pytest.mark.parametrize("target", [-0.1, 1.5, math.nan])
def test_probabilities_are_between_0_and_1(target: float) -> None:
    with pytest.raises(ValueError, match=r"between 0 and 1, got"):
        losses.kl_divergence([-1.0], [target])
    with pytest.raises(ValueError, match=r"a probability is between 0 and 1, got"):
        losses.cross_entropy([0.0, 1.0], [0.5, target])

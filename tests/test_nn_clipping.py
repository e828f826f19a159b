"""Clipping: gradients get shorter, never longer, and none is made up."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Parameters, Value, parameter

SLOPES = st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=5)


def leaves(gradients: list[float]) -> list[Value]:
    made = [parameter(0.0) for _ in gradients]
    for leaf, slope in zip(made, gradients, strict=True):
        leaf.grad = slope
    return made


@given(SLOPES, st.floats(1e-3, 1e3))
def test_the_norm_is_cut_and_the_direction_kept(
    slopes: list[float], max_norm: float
) -> None:
    x = leaves(slopes)
    norm = nn.clip_norm(x, max_norm)
    assert norm == pytest.approx(math.hypot(*slopes), rel=1e-14)
    clipped = [leaf.grad for leaf in x]
    assert math.hypot(*clipped) <= max_norm * (1.0 + 1e-14)
    if norm > max_norm:
        scale = max_norm / (norm + 1e-6)
        assert clipped == pytest.approx([s * scale for s in slopes], rel=1e-13)
    elif norm < max_norm - 1e-6:
        assert clipped == slopes


@given(SLOPES, st.floats(0.0, 10.0))
def test_values_are_cut(slopes: list[float], limit: float) -> None:
    x = leaves(slopes)
    nn.clip_value(x, limit)
    assert [leaf.grad for leaf in x] == [max(-limit, min(s, limit)) for s in slopes]


@pytest.mark.parametrize("wrap", [list, tuple, iter, Parameters])
def test_parameters_may_come_as_any_list(wrap: Any) -> None:
    x = leaves([3.0, 4.0])
    assert nn.clip_norm(wrap(x), 1.0) == 5.0
    assert [leaf.grad for leaf in x] == pytest.approx([0.6, 0.8], rel=1e-6)
    nn.clip_value(wrap(x), 0.5)
    assert [leaf.grad for leaf in x] == [0.5, 0.5]


def test_a_parameter_listed_twice_counts_once() -> None:
    x = leaves([3.0, 4.0])
    assert nn.clip_norm([*x, *x], 10.0) == 5.0


def test_what_is_not_finite_is_told() -> None:
    x = leaves([math.inf, 1.0])
    assert nn.clip_norm(x, 1.0) == math.inf
    assert math.isnan(x[0].grad)
    x = leaves([math.nan, math.inf, -2.0])
    nn.clip_value(x, 1.0)
    assert np.array([leaf.grad for leaf in x]).tobytes() == (
        np.array([math.nan, 1.0, -1.0]).tobytes()
    )
    assert math.isnan(nn.clip_norm(x, 1.0))


def test_no_gradient_comes_of_clipping() -> None:
    x = [parameter(1.0)]
    assert nn.clip_norm(x, 0.0) == 0.0
    nn.clip_value(x, 1.0)
    assert nn.clip_norm([], 1.0) == 0.0
    with pytest.raises(RuntimeError, match="without a gradient"):
        nn.SGD(x, lr=0.1).step()


@pytest.mark.parametrize("wrong", [-1.0, math.nan, math.inf])
def test_a_limit_is_a_number_from_0(wrong: float) -> None:
    x = leaves([1.0])
    with pytest.raises(ValueError, match="max_norm must be at least 0 and finite"):
        nn.clip_norm(x, wrong)
    with pytest.raises(ValueError, match="limit must be at least 0 and finite"):
        nn.clip_value(x, wrong)
    with pytest.raises(TypeError, match="max_norm must be a number, got str"):
        nn.clip_norm(x, "1")  # type: ignore[arg-type]


def test_a_model_has_parameters_and_is_none() -> None:
    for clip in (nn.clip_norm, nn.clip_value):
        with pytest.raises(TypeError, match=r"model.parameters\(\), got MLP"):
            clip(nn.MLP(2, [1]), 1.0)  # type: ignore[arg-type]

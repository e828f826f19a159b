"""Numbers that Keras publishes for an LSTM, in its own tests of the layer.

All weights of a kind are one number there: 0.01 for the inputs, 0.02 for the past and
0.03 for the bias, but 1 for that of the gate that forgets. Inputs count up.
Source: keras/src/layers/rnn/lstm_test.py of Keras 3, with its tolerance.
"""

from typing import Any

import numpy as np
import pytest

import nn
from tests.nets import data

BIASES = {"usual": (0.03, 1.0), "all alike": (0.03, 0.03), "none": (0.0, 0.0)}


def lstm(n_in: int, units: int, bias: float = 0.03, forget: float = 1.0) -> nn.LSTM:
    module = nn.LSTM(n_in, units)
    biases = np.full((4, units), bias)
    biases[1] = forget
    module.load_state_dict(
        {
            "weight_ih_l0": np.full((4 * units, n_in), 0.01),
            "weight_hh_l0": np.full((4 * units, units), 0.02),
            "bias_ih_l0": biases.ravel(),
            "bias_hh_l0": np.zeros(4 * units),
        }
    )
    return module


def counted(*shape: int) -> Any:
    return np.arange(float(np.prod(shape))).reshape(shape)


def assert_ends(
    module: nn.LSTM, examples: Any, wanted: Any, states: Any = None
) -> None:
    """Compare the outputs after the last step, and the first of the state with them."""
    states = states or [None] * len(examples)
    for example, end, state in zip(examples, wanted, states, strict=True):
        outputs, (h, _) = module(example, state)
        assert data(outputs[-1]) == pytest.approx(end, rel=1e-5, abs=1e-5)
        assert data(h) == [data(outputs[-1])]


@pytest.mark.parametrize(
    ("biases", "ends"),
    [
        ("usual", [0.6288687, 0.86899155, 0.9460773]),
        ("all alike", [0.57019705, 0.8661914, 0.9459622]),
        ("none", [0.54986924, 0.86226785, 0.9443936]),
    ],
)
def test_ends_of_three_sequences(biases: str, ends: list[float]) -> None:
    wanted = [[end] * 3 for end in ends]
    assert_ends(lstm(4, 3, *BIASES[biases]), counted(3, 6, 4), wanted)


def test_sequences_from_the_end() -> None:
    wanted = [[end] * 3 for end in (0.35622165, 0.74789524, 0.8872726)]
    assert_ends(lstm(4, 3), counted(3, 6, 4)[:, ::-1], wanted)


def test_every_step() -> None:
    outputs, _ = lstm(3, 2)(counted(2, 4, 3)[0, :3])
    wanted = [[x, x] for x in (0.01588910, 0.05552048, 0.11755939)]
    np.testing.assert_allclose(data(outputs), wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("turn", "wanted"),
    [
        (1, [[0.20574439, 0.3558822], [0.64930826, 0.66276]]),
        (-1, [[0.13281618, 0.2790356], [0.5839337, 0.5992567]]),
    ],
)
def test_a_start_state(turn: int, wanted: Any) -> None:
    states = [([row], [row]) for row in counted(2, 2).tolist()]
    assert_ends(lstm(3, 2), counted(2, 4, 3)[:, ::turn], wanted, states)


def test_a_state_that_is_kept() -> None:
    module, sequences = lstm(4, 4), counted(2, 3, 4)
    states = [data(module(sequence)[1]) for sequence in sequences]
    wanted = [[end] * 4 for end in (0.3124785, 0.6863672)]
    assert_ends(module, sequences, wanted, [tuple(state) for state in states])

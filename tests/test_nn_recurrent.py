"""RNN, LSTM and GRU: published numbers, a reference on matrices, shapes, programs."""

import copy
import itertools
import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import BranchError, Program, check_gradients, parameter
from tests.nets import data, flat, holding, moved, theta_of, weighted

KINDS: dict[str, Callable[..., Any]] = {
    "RNN": nn.RNN,
    "relu": partial(nn.RNN, nonlinearity="relu"),
    "LSTM": nn.LSTM,
    "GRU": nn.GRU,
}
FORMS: dict[str, dict[str, Any]] = {
    "one layer": {},
    "two layers": {"num_layers": 2},
    "both ways": {"bidirectional": True},
    "two layers both ways": {"num_layers": 2, "bidirectional": True},
}
ALL = [*itertools.product(KINDS, FORMS)]
SEQUENCE = [[0.5, -1.0, 0.25], [1.5, 0.75, -0.5], [-0.25, 1.0, 2.0]]


def made(kind: str, form: str) -> Any:
    """A layer from 3 to 2, with biases that are not 0."""
    return moved(KINDS[kind](3, 2, rng=1, **FORMS[form]))


def start(kind: str, form: str) -> Any:
    """A state that is not 0."""
    options = FORMS[form]
    rows = options.get("num_layers", 1) * (1 + options.get("bidirectional", False))
    h = [[0.3 * i - 0.4, 0.2 - 0.1 * i] for i in range(rows)]
    return (h, [[1.0 - x for x in row] for row in h]) if kind == "LSTM" else h


# --- what they compute --------------------------------------------------------

# Source: Keras, simple_rnn_test.py, lstm_test.py and gru_test.py in
# keras/src/layers/rnn, in float32: kernel 0.01, recurrent kernel 0.02, bias 0.03.
# There an LSTM's gate that forgets starts with the bias 1 unless it is told not to,
# and a GRU has its biases twice. A state stands for h and for c.
PUBLISHED: list[tuple[str, int, tuple[int, ...], dict[str, Any], list[Any]]] = [
    ("RNN", 4, (2, 3, 4), {}, [0.405432, 0.73605347]),
    ("RNN", 4, (2, 3, 4), {"backwards": True}, [0.11144729, 0.5528889]),
    ("RNN", 4, (2, 4, 3), {"state": True}, [0.33621645, 0.6262637]),
    (
        *("RNN", 4, (2, 4, 3), {"state": True, "backwards": True}),
        [0.07344437, 0.43043602],
    ),
    ("LSTM", 3, (3, 6, 4), {"forget": 1.0}, [0.6288687, 0.86899155, 0.9460773]),
    (
        *("LSTM", 3, (3, 6, 4), {"forget": 1.0, "backwards": True}),
        [0.35622165, 0.74789524, 0.8872726],
    ),
    ("LSTM", 3, (3, 6, 4), {}, [0.57019705, 0.8661914, 0.9459622]),
    ("LSTM", 3, (3, 6, 4), {"bias": 0.0}, [0.54986924, 0.86226785, 0.9443936]),
    (
        *("LSTM", 2, (2, 4, 3), {"forget": 1.0, "state": True}),
        [[0.20574439, 0.3558822], [0.64930826, 0.66276]],
    ),
    (
        *("LSTM", 2, (2, 4, 3), {"forget": 1.0, "state": True, "backwards": True}),
        [[0.13281618, 0.2790356], [0.5839337, 0.5992567]],
    ),
    ("GRU", 3, (3, 6, 4), {}, [0.5217289, 0.6371659, 0.39384964]),
    ("GRU", 3, (3, 6, 4), {"backwards": True}, [0.24406259, 0.611516, 0.3928808]),
    ("GRU", 3, (3, 6, 4), {"bias": 0.0}, [0.49988455, 0.64701194, 0.4103359]),
    (
        *("GRU", 2, (2, 4, 3), {"state": True}),
        [[0.23774096, 0.33508456], [0.83659905, 1.0227708]],
    ),
]


@pytest.mark.parametrize(("kind", "units", "shape", "options", "wanted"), PUBLISHED)
def test_the_numbers_that_keras_publishes(
    kind: str,
    units: int,
    shape: tuple[int, ...],
    options: dict[str, Any],
    wanted: list[Any],
) -> None:
    layer = KINDS[kind](shape[2], units, rng=0)
    state = layer.state_dict()
    state["weight_ih_l0"][:], state["weight_hh_l0"][:] = 0.01, 0.02
    state["bias_ih_l0"][:] = options.get("bias", 0.03)
    state["bias_hh_l0"][:] = options.get("bias", 0.03) if kind == "GRU" else 0.0
    if "forget" in options:
        state["bias_ih_l0"][units : 2 * units] = options["forget"]
    layer.load_state_dict(state)
    sequences = np.arange(np.prod(shape)).reshape(shape).astype(float)
    h = np.arange(len(sequences) * units).reshape(len(sequences), 1, units)
    for sequence, row, expected in zip(sequences, h, wanted, strict=True):
        steps = sequence[::-1] if "backwards" in options else sequence
        first = (row, row) if kind == "LSTM" else row
        outputs, _ = layer(steps, first if "state" in options else None)
        last = np.broadcast_to(expected, units)
        np.testing.assert_allclose(data(outputs[-1]), last, rtol=2e-6)


def reference(kind: str, form: str, layer: Any, steps: Any, state: Any) -> Any:
    """The definitions on matrices: outputs, h and c."""
    w, options = layer.state_dict(), FORMS[form]
    sequence = np.array(steps)
    h_all, c_all = state if kind == "LSTM" else (state, state)
    ends_h: list[Any] = []
    ends_c: list[Any] = []
    for k in range(options.get("num_layers", 1)):
        sides = []
        for back in (False, True)[: 1 + options.get("bidirectional", False)]:
            name = f"l{k}_reverse" if back else f"l{k}"
            h, c = np.array(h_all[len(ends_h)]), np.array(c_all[len(ends_h)])
            rows = []
            for x in sequence[::-1] if back else sequence:
                from_x = w[f"weight_ih_{name}"] @ x + w[f"bias_ih_{name}"]
                from_h = w[f"weight_hh_{name}"] @ h + w[f"bias_hh_{name}"]
                h, c = STEPS[kind](from_x, from_h, h, c)
                rows.append(h)
            sides.append(np.array(rows[::-1] if back else rows))
            ends_h.append(h)
            ends_c.append(c)
        sequence = np.hstack(sides)
    return sequence, np.array(ends_h), np.array(ends_c)


def logistic(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-x))


def lstm_step(x: Any, hidden: Any, _h: Any, c: Any) -> Any:
    i, f, g, o = np.split(x + hidden, 4)
    c = logistic(f) * c + logistic(i) * np.tanh(g)
    return logistic(o) * np.tanh(c), c


def gru_step(x: Any, hidden: Any, h: Any, c: Any) -> Any:
    (xr, xz, xn), (hr, hz, hn) = np.split(x, 3), np.split(hidden, 3)
    z = logistic(xz + hz)
    return (1.0 - z) * np.tanh(xn + logistic(xr + hr) * hn) + z * h, c


STEPS: dict[str, Callable[..., Any]] = {
    "RNN": lambda x, hidden, _h, c: (np.tanh(x + hidden), c),
    "relu": lambda x, hidden, _h, c: (np.maximum(x + hidden, 0.0), c),
    "LSTM": lstm_step,
    "GRU": gru_step,
}


@pytest.mark.parametrize(("kind", "form"), ALL)
def test_outputs_and_state_are_those_of_the_definition(kind: str, form: str) -> None:
    layer, first = made(kind, form), start(kind, form)
    outputs, state = layer(SEQUENCE, first)
    y, h, c = reference(kind, form, layer, SEQUENCE, first)
    np.testing.assert_allclose(data(outputs), y, rtol=1e-13)
    wanted = (h, c) if kind == "LSTM" else h
    np.testing.assert_allclose(data(state), wanted, rtol=1e-13)
    zeros = np.zeros_like(np.array(first, float)).tolist()
    explicit = layer(SEQUENCE, tuple(zeros) if kind == "LSTM" else zeros)
    assert data(explicit) == data(layer(SEQUENCE))


@pytest.mark.parametrize("kind", KINDS)
def test_a_sequence_may_be_read_in_parts(kind: str) -> None:
    layer = made(kind, "two layers")
    whole, end = layer(SEQUENCE)
    first, state = layer(SEQUENCE[:2])
    second, state = layer(SEQUENCE[2:], state)
    assert data(first + second) == data(whole)
    assert data(state) == data(end)


@pytest.mark.parametrize(("kind", "form"), ALL)
def test_gradients_agree_with_differences(kind: str, form: str) -> None:
    layer, first = made(kind, form), start(kind, form)

    def f(steps: Any, state: Any, theta: Any) -> Any:
        return weighted(holding(layer, theta)(steps, state))

    check_gradients(f, SEQUENCE, first, theta_of(layer))


# --- names and shapes ---------------------------------------------------------


@pytest.mark.parametrize(("kind", "gates"), [("RNN", 1), ("LSTM", 4), ("GRU", 3)])
def test_names_and_shapes_are_pytorchs(kind: str, gates: int) -> None:
    state = KINDS[kind](3, 2, num_layers=2, bidirectional=True).state_dict()
    rows = 2 * gates
    wanted: dict[str, tuple[int, ...]] = {}
    for end in ("l0", "l0_reverse", "l1", "l1_reverse"):
        wanted[f"weight_ih_{end}"] = (rows, 3 if end.startswith("l0") else 4)
        wanted[f"weight_hh_{end}"] = (rows, 2)
        wanted[f"bias_ih_{end}"] = wanted[f"bias_hh_{end}"] = (rows,)
    assert [(name, x.shape) for name, x in state.items()] == [*wanted.items()]


@pytest.mark.parametrize(("kind", "form"), ALL)
def test_shapes_of_what_comes_out(kind: str, form: str) -> None:
    outputs, state = made(kind, form)(np.array(SEQUENCE))
    ways = 2 if "both" in form else 1
    rows = ways * (2 if "two" in form else 1)
    assert np.shape(data(outputs)) == (3, 2 * ways)
    if kind == "LSTM":
        assert isinstance(state, tuple)
        assert np.shape(data(state)) == (2, rows, 2)
    else:
        assert np.shape(data(state)) == (rows, 2)


def test_one_step_and_one_unit() -> None:
    outputs, h = nn.RNN(1, 1, rng=0)([[2.0]])
    assert np.shape(data(outputs)) == np.shape(data(h)) == (1, 1)


def test_a_net_says_what_it_is() -> None:
    assert repr(nn.LSTM(3, 2)) == "LSTM(3 -> 2)"
    assert repr(nn.GRU(3, 2, 2, True)) == "GRU(3 -> 2 x 2 both ways)"


def test_steps_have_scopes() -> None:
    outputs, _ = nn.RNN(1, 1, rng=0)([[1.0], [2.0]])
    assert [row[0].scope for row in outputs] == ["l0.step.0", "l0.step.1"]


def test_seeds_and_starts() -> None:
    one, two = nn.GRU(3, 2, rng=7), nn.GRU(3, 2, rng=7)
    assert theta_of(one) == theta_of(two)
    assert theta_of(one) != theta_of(nn.GRU(3, 2, rng=8))
    assert not np.any(one.state_dict()["bias_hh_l0"])
    q = nn.RNN(3, 4, rng=0, init="orthogonal").state_dict()["weight_hh_l0"]
    np.testing.assert_allclose(q @ q.T, np.eye(4), atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_files_copies_and_pickles_compute_the_same(kind: str, tmp_path: Path) -> None:
    layer = made(kind, "two layers both ways")
    layer.save(tmp_path / "state.npz")
    loaded = KINDS[kind](3, 2, rng=9, **FORMS["two layers both ways"])
    loaded.load(tmp_path / "state.npz")
    for other in (loaded, copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert data(other(SEQUENCE)) == data(layer(SEQUENCE))


# --- programs -----------------------------------------------------------------


@pytest.mark.parametrize(("kind", "form"), ALL)
def test_a_program_equals_the_eager_layer(kind: str, form: str) -> None:
    layer = made(kind, form)
    batch = np.random.default_rng(3).normal(size=(4, 3, 3))

    def loss(steps: Any) -> Any:
        outputs, state = layer(steps)
        return autograd.sum([x * x for x in flat(outputs)]) + weighted(state)

    program = Program(loss, batch[0], parameters=layer.parameters())
    eager = [loss(steps.tolist()) for steps in batch]
    np.testing.assert_allclose(program.map(batch), data(eager), rtol=1e-12)
    layer.zero_grad()
    autograd.mean(eager).backward()
    wanted = [p.grad for p in layer.parameters()]
    layer.zero_grad()
    program.backward(batch)
    got = [p.grad for p in layer.parameters()]
    np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-14)


def test_another_leaf_in_the_place_of_a_weight_is_seen() -> None:
    layer: Any = nn.RNN(3, 2, rng=0)
    program = Program(layer, SEQUENCE)
    layer.weight_hh_l0[0][1] = parameter(3.0)
    with pytest.raises(BranchError, match="weight_hh_l0"):
        program(SEQUENCE)


# --- what they refuse ---------------------------------------------------------


def test_a_state_may_be_an_array() -> None:
    net = nn.LSTM(3, 2, 2, rng=0)
    _, (h, c) = net(SEQUENCE)
    expected = data(net(SEQUENCE, (h, c)))
    assert data(net(SEQUENCE, np.array(data([h, c])))) == expected
    assert data(net(SEQUENCE, [h, c])) == expected


@pytest.mark.parametrize(
    ("steps", "state", "error", "text"),
    [
        ([], None, ValueError, r"LSTM\(3 -> 2\) expects numbers in the shape \[any\]"),
        ([[1.0, 2.0]], None, ValueError, r"\[any\]\[3\], got the shape \[1\]\[2\]"),
        ([1.0, 2.0, 3.0], None, ValueError, r"got the shape \[3\]"),
        ([SEQUENCE], None, ValueError, r"got the shape \[1\]\[3\]\[3\]"),
        ([[1.0, 2.0, 3.0], [1.0]], None, ValueError, "lists of unequal lengths"),
        ("abc", None, TypeError, r"LSTM\(3 -> 2\) expects numbers in lists, got str"),
        ([[1.0, 2.0, None]], None, TypeError, "got NoneType"),
        (SEQUENCE, [[0.0, 0.0]], TypeError, r"start state \(h, c\), got list"),
        (SEQUENCE, 0.0, TypeError, r"start state \(h, c\), got float"),
        (SEQUENCE, ([[0.0]], [[0.0]]), ValueError, r"a start state in the shape \[1\]"),
    ],
)
def test_what_does_not_fit(
    steps: Any, state: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        nn.LSTM(3, 2)(steps, state)


@pytest.mark.parametrize(
    ("sizes", "options", "error", "text"),
    [
        ((0, 2), {}, ValueError, "n_in must be at least 1, got 0"),
        ((3, 2.0), {}, TypeError, "n_hidden must be an int, got float"),
        ((3, 2), {"num_layers": 0}, ValueError, "num_layers must be at least 1"),
        (
            (3, 2),
            {"num_layers": True},
            TypeError,
            "num_layers must be an int, got bool",
        ),
        ((3, 2), {"bidirectional": 1}, TypeError, "bidirectional must be True or Fal"),
        (
            (3, 2),
            {"nonlinearity": "elu"},
            ValueError,
            "nonlinearity must be .tanh.*elu",
        ),
        ((3, 2), {"init": "xaver"}, ValueError, "unknown init 'xaver'"),
    ],
)
def test_layers_that_cannot_be_made(
    sizes: Any, options: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        nn.RNN(*sizes, **options)

"""LayerNorm, RMSNorm and BatchNorm: definitions, gradients, statistics, programs."""

import copy
import pickle
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

import autograd
import nn
from autograd import BranchError, Program, Value, check_gradients
from tests.nets import data, flat, holding, moved, theta_of, weighted

ROW = [0.5, -1.0, 4.0]
ROWS = [ROW, [2.0, 2.5, 1.0]]
BATCH = [[0.5, -1.0], [4.0, 2.0], [3.0, 7.0], [-2.0, 0.5]]
IMAGES = np.random.default_rng(0).normal(1.0, 2.0, (3, 2, 2, 3)).tolist()
ANYTHING: Any = [3]
NORMS: dict[str, Any] = {
    "layer": lambda: nn.LayerNorm(3),
    "rms": lambda: nn.RMSNorm(3),
    "rms, eps": lambda: nn.RMSNorm(3, eps=0.1),
}


def exact(module: Any, row: list[float]) -> list[float]:
    """The definition in 50 digits."""
    with mpmath.workdps(50):
        x = [mpmath.mpf(number) for number in row]
        state = module.state_dict()
        has_mean = "bias" in state
        centre = mpmath.fsum(x) / len(x) if has_mean else mpmath.mpf(0)
        square = mpmath.fsum([(each - centre) ** 2 for each in x]) / len(x)
        root = mpmath.sqrt(square + module.eps)
        bias = state["bias"] if has_mean else [0.0] * len(x)
        parts = zip(x, state["weight"].tolist(), bias, strict=True)
        return [float((each - centre) / root * w + b) for each, w, b in parts]


@pytest.mark.parametrize("name", NORMS)
def test_rows_are_those_of_the_definition(name: str) -> None:
    module = moved(NORMS[name]())
    for row in [ROW, [1e150, 2e150, 1.0], [1e-12, -1e-12, 0.0], [7.0, 7.0, 7.0]]:
        got = data(module(row))
        np.testing.assert_allclose(got, exact(module, row), rtol=1e-13, atol=1e-16)
    for rows in (ROWS, np.array(ROWS), [tuple(row) for row in ROWS]):
        assert data(module(rows)) == [data(module(row)) for row in ROWS]
    assert data(module([ROWS])) == [data(module(ROWS))]
    assert module.train().forward(ROW) == module.eval().forward(ROW)


@pytest.mark.parametrize("name", NORMS)
def test_gradients_agree_with_differences(name: str) -> None:
    module = moved(NORMS[name]())
    f: Any = lambda rows, theta: weighted(holding(module, theta)(rows))  # noqa: E731
    check_gradients(f, ROWS, theta_of(module), order=2)


@pytest.mark.parametrize("name", NORMS)
def test_a_program_of_rows_equals_the_eager_layer(name: str) -> None:
    module = moved(NORMS[name]())

    def loss(rows: Any) -> Any:
        return autograd.sum([autograd.tanh(x) for x in flat(module(rows))])

    batch = np.random.default_rng(1).normal(size=(5, 2, 3))
    program = Program(loss, ROWS, parameters=module.parameters())
    eager = [loss(rows.tolist()) for rows in batch]
    np.testing.assert_allclose(program.map(batch), data(eager), rtol=1e-12)
    autograd.mean(eager).backward()
    wanted = [p.grad for p in module.parameters()]
    module.zero_grad()
    program.backward(batch)
    got = [p.grad for p in module.parameters()]
    np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-15)


def test_what_rows_of_another_length_are_told() -> None:
    text = r"LayerNorm\(3\) expects numbers in the shape \[\.\.\.\]\[3\], got the shape"
    with pytest.raises(ValueError, match=text + r" \[2\]\[2\]"):
        nn.LayerNorm(3)([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(ValueError, match="got one number"):
        nn.RMSNorm(3)(1.0)
    with pytest.raises(ValueError, match="lists of unequal lengths"):
        nn.LayerNorm(3)([[1.0, 2.0, 3.0], [1.0]])


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: nn.LayerNorm(0), ValueError, "size must be at least 1, got 0"),
        (lambda: nn.LayerNorm(ANYTHING), TypeError, "size must be an int, got list"),
        (lambda: nn.RMSNorm(3, -1.0), ValueError, "eps must be at least 0"),
        (
            lambda: nn.BatchNorm(3, eps=ANYTHING),
            TypeError,
            "eps must be a number, got list",
        ),
        (lambda: nn.BatchNorm(3, momentum=1.5), ValueError, "momentum must be at most"),
        (
            lambda: nn.BatchNorm(3, momentum=ANYTHING),
            TypeError,
            "momentum must be a number",
        ),
    ],
)
def test_settings_out_of_range(make: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        make()


# --- batches ------------------------------------------------------------------


def by_feature(examples: Any) -> Any:
    """Numbers as (all of a feature, features)."""
    array = np.array(examples)
    return np.moveaxis(array, 1, -1).reshape(-1, array.shape[1])


@pytest.mark.parametrize("examples", [BATCH, IMAGES, IMAGES[:1]], ids=len)
def test_a_batch_is_normalised_over_its_examples(examples: Any) -> None:
    norm = nn.BatchNorm(2, eps=0.0)
    got = by_feature(data(norm(examples)))
    np.testing.assert_allclose(got.mean(axis=0), 0.0, atol=1e-14)
    np.testing.assert_allclose(got.std(axis=0), 1.0, rtol=1e-14)
    moved(norm)
    weight, bias = norm.state_dict()["weight"], norm.state_dict()["bias"]
    again = by_feature(data(norm(np.array(examples))))
    np.testing.assert_allclose(again, got * weight + bias, rtol=1e-13, atol=1e-14)


def test_running_statistics_follow_the_batches() -> None:
    norm = nn.BatchNorm(2, momentum=0.25)
    mean, variance = np.zeros(2), np.ones(2)
    for step, examples in enumerate([BATCH, IMAGES, BATCH[:2]], start=1):
        norm(examples)
        numbers = by_feature(examples)
        mean = 0.75 * mean + 0.25 * numbers.mean(axis=0)
        variance = 0.75 * variance + 0.25 * numbers.var(axis=0, ddof=1)
        np.testing.assert_allclose(norm.running_mean, mean, rtol=1e-14)
        np.testing.assert_allclose(norm.running_var, variance, rtol=1e-14)
        assert int(norm.num_batches_tracked) == step
    before = norm.state_dict()
    moved(norm.eval())
    got = data(norm(BATCH))
    weight, bias = norm.state_dict()["weight"], norm.state_dict()["bias"]
    wanted = (np.array(BATCH) - mean) / np.sqrt(variance + 1e-5) * weight + bias
    np.testing.assert_allclose(got, wanted, rtol=1e-13)
    assert data(norm(BATCH[1])) == got[1]
    assert data(norm(IMAGES))[0] == data(norm(IMAGES[0]))
    assert norm.running_mean.tolist() == before["running_mean"].tolist()


@pytest.mark.parametrize("examples", [BATCH, IMAGES], ids=len)
@pytest.mark.parametrize("training", [True, False])
def test_gradients_go_through_the_statistics(examples: Any, training: bool) -> None:
    norm = moved(nn.BatchNorm(2))
    norm.running_mean[:], norm.running_var[:] = [0.3, -0.2], [2.0, 0.5]
    norm = norm if training else norm.eval()
    f: Any = lambda rows, theta: weighted(holding(norm, theta)(rows))  # noqa: E731
    check_gradients(f, examples, theta_of(norm))
    leaves = [[Value(x) for x in row] for row in BATCH]
    norm(leaves)[0][0].backward()
    assert (leaves[1][0].grad != 0.0) == training


@pytest.mark.parametrize("example", [BATCH[0], IMAGES[0]], ids=["features", "image"])
def test_one_example_in_training_is_refused(example: Any) -> None:
    norm = nn.BatchNorm(2)
    with pytest.raises(ValueError, match=r"BatchNorm\(2\) in training .* list of exam"):
        norm(example)
    assert int(norm.num_batches_tracked) == 0
    assert np.shape(data(norm.eval()(example))) == np.shape(example)


def test_one_number_of_each_feature_has_no_variance() -> None:
    norm = nn.BatchNorm(2)
    for examples in (BATCH[:1], [[[[1.0]], [[2.0]]]]):
        with pytest.raises(ValueError, match="more than one number of each feature"):
            norm(examples)
    assert norm.running_mean.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("examples", "text"),
    [
        ([[1.0, 2.0, 3.0]] * 2, r"shape \[any\]\[2\], got the shape \[2\]\[3\]"),
        ([[1.0, 2.0], [3.0]], "unequal lengths"),
        (3.0, "got one number"),
        ([], r"got the shape \[0\]"),
        (np.zeros((4, 3, 2, 2)), r"\[any\]\[2\]\[any\]\[any\], got the shape \[4\]\[3"),
        (np.zeros((1, 1, 2, 2, 2)), r"got the shape \[1\]\[1\]\[2\]\[2\]\[2\]"),
    ],
)
def test_batches_of_another_shape(examples: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        nn.BatchNorm(2)(examples)


def test_a_program_in_eval_sees_statistics_that_change() -> None:
    norm = moved(nn.BatchNorm(2))
    norm(BATCH)
    norm.eval()
    program = Program(norm, BATCH[0])
    np.testing.assert_allclose(program.map(BATCH), data(norm(BATCH)), rtol=1e-14)
    norm.load_state_dict(norm.state_dict())
    program(BATCH[0])
    norm.train()
    with pytest.raises(BranchError, match="training"):
        program.map(BATCH)
    norm(BATCH)
    norm.eval()
    with pytest.raises(BranchError, match="running_mean"):
        program.map(BATCH)


class Net(nn.Module):
    """Layers of one example around one of a batch."""

    def __init__(self) -> None:
        self.first = nn.Linear(2, 3, rng=1)
        self.norm = nn.BatchNorm(3)
        self.last = nn.Linear(3, 1, "tanh", rng=2)

    def forward(self, x: Any) -> Any:
        return self.last(self.norm(self.first(x)))

    def of_all(self, examples: Any) -> list[Any]:
        """The same for a list of examples."""
        return [self.last(x) for x in self.norm([self.first(x) for x in examples])]


def assert_same_statistics(net: Any, other: Any) -> None:
    for name in nn.BatchNorm.buffers:
        got, wanted = getattr(net.norm, name), getattr(other.norm, name)
        np.testing.assert_allclose(got, wanted, rtol=1e-13, atol=1e-15, err_msg=name)


@pytest.mark.parametrize("backend", ["numpy", "jax"])
def test_a_program_in_training_normalises_over_its_batch(backend: Any) -> None:
    net, eager = moved(Net()), moved(Net())
    examples, targets = np.array(BATCH), np.array([0.5, -0.2, 0.1, 0.9])
    parameters = net.parameters()
    program = Program(
        lambda x, y: (net(x) - y) ** 2,
        *(examples[0], targets[0]),
        parameters=parameters,
        backend=backend,
    )
    for _ in range(3):
        leaves = [[Value(x) for x in row] for row in BATCH]
        loss = nn.losses.mean_squared_error(eager.of_all(leaves), targets)
        eager.zero_grad()
        loss.backward()
        value, (slopes, (in_x, _)) = program.value_and_grad(
            examples, targets, wrt="both"
        )
        assert value == pytest.approx(loss.data, rel=1e-12)
        wanted = [p.grad for p in eager.parameters()]
        np.testing.assert_allclose(slopes, wanted, rtol=1e-11, atol=1e-14)
        slopes_x = [[x.grad for x in row] for row in leaves]
        np.testing.assert_allclose(in_x, slopes_x, rtol=1e-11, atol=1e-14)
        assert_same_statistics(net, eager)
    program.hvp(examples, targets, v=np.ones(len(parameters)))
    program.value_and_grad(examples, targets, theta=program.read())
    assert_same_statistics(net, eager)  # neither is a step of training
    outputs = Program(net, BATCH[0], backend=backend).map(BATCH)
    np.testing.assert_allclose(outputs, data(eager.of_all(BATCH)), rtol=1e-12)
    assert_same_statistics(net, eager)
    net.eval()
    with pytest.raises(BranchError, match="training"):
        program.map(examples, targets)
    net.train()
    program.map(examples, targets)


def test_a_program_of_images_normalises_over_all_their_places() -> None:
    norm, eager = moved(nn.BatchNorm(2)), moved(nn.BatchNorm(2))
    outputs = Program(norm, IMAGES[0]).map(IMAGES)
    wanted = data(eager(IMAGES))
    np.testing.assert_allclose(outputs, wanted, rtol=1e-12)
    np.testing.assert_allclose(norm.running_var, eager.running_var, rtol=1e-13)
    norm.running_var[:] = 1.0
    Program(norm, IMAGES[0]).map(IMAGES[:1])  # its places are enough
    assert np.isfinite(norm.running_var).all()


def test_a_program_of_a_whole_list_keeps_statistics_too() -> None:
    net, eager = moved(Net()), moved(Net())

    def loss(examples: Any) -> Any:
        return autograd.mean([y * y for y in net.of_all(examples)])

    program = Program(loss, BATCH, parameters=net.parameters())
    program.backward(BATCH)
    program.map([BATCH, BATCH])
    got = [p.grad for p in net.parameters()]
    autograd.mean([y * y for y in eager.of_all(BATCH)]).backward()
    wanted = [p.grad for p in eager.parameters()]
    np.testing.assert_allclose(got, wanted, rtol=1e-11, atol=1e-14)
    for _ in range(2):
        eager.of_all(BATCH)
    assert_same_statistics(net, eager)


def test_a_list_that_is_the_same_for_all_examples_counts_once() -> None:
    norm, eager = nn.BatchNorm(2), nn.BatchNorm(2)
    program = Program(lambda x: norm(BATCH)[0][0] * x, 1.0)
    program.map([1.0, 2.0, 3.0])
    eager(BATCH)
    np.testing.assert_allclose(norm.running_var, eager.running_var, rtol=1e-14)
    assert int(norm.num_batches_tracked) == 1


def test_a_program_in_training_wants_a_batch() -> None:
    net = Net()
    program = Program(net, BATCH[0])
    with pytest.raises(ValueError, match="nothing for one example"):
        program(BATCH[0])
    with pytest.raises(ValueError, match="batch of one example: one number has no var"):
        program.map(BATCH[:1])
    assert net.norm.running_mean.tolist() == [0.0, 0.0, 0.0]


def test_files_copies_and_pickles_have_the_statistics(tmp_path: Path) -> None:
    norm = moved(nn.BatchNorm(2))
    norm(BATCH)
    norm.save(tmp_path / "state.npz")
    loaded = nn.BatchNorm(2)
    loaded.load(tmp_path / "state.npz")
    norm.eval()
    for other in (loaded, copy.deepcopy(norm), pickle.loads(pickle.dumps(norm))):
        assert data(other.eval()(BATCH)) == data(norm(BATCH))
        assert int(other.num_batches_tracked) == 1
        other.train()(BATCH)
    assert int(norm.num_batches_tracked) == 1

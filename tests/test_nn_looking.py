"""Looking at nets: attacks, saliency and sharpness against differences and algebra."""

import time
import timeit
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from nn import adversarial, losses

RNG = np.random.default_rng(4)
X = RNG.normal(size=(12, 3))
CLASSES = RNG.integers(0, 2, 12)


def net() -> nn.MLP:
    return nn.MLP(3, [5, 2], activation="tanh", rng=3)


def differences(f: Any, x: Any, step: float = 1e-6) -> Any:
    """The gradient of a function of an array, by central differences."""
    slopes = np.empty(x.shape)
    for place in np.ndindex(*x.shape):
        change = np.zeros(x.shape)
        change[place] = step
        slopes[place] = (float(f(x + change)) - float(f(x - change))) / (2 * step)
    return slopes


# --- adversarial examples ----------------------------------------------------------


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.5])
def test_an_attack_goes_where_the_loss_grows(epsilon: float) -> None:
    model = net()
    before = model.state_dict()
    for x, target in zip(X, CLASSES.tolist(), strict=True):
        attacked = adversarial.fgsm(model, losses.cross_entropy, x, target, epsilon)
        slopes = differences(lambda x: losses.cross_entropy(model(x), target), x)  # noqa: B023
        assert attacked.tolist() == (x + epsilon * np.sign(slopes)).tolist()
    assert [p.grad for p in model.parameters()] == [0.0] * 32
    for name, array in model.state_dict().items():
        assert array.tobytes() == before[name].tobytes()


def test_an_attack_keeps_the_shape_and_what_does_not_matter() -> None:
    def model(image: Any) -> Any:
        return image[0][1] * 2.0 - image[1][0]

    attacked = adversarial.fgsm(
        model, losses.mean_squared_error, [[1.0, 2.0], [3.0, 4.0]], 0.0, 0.5
    )
    assert attacked.tolist() == [[1.0, 2.5], [2.5, 4.0]]
    with pytest.raises(ValueError, match="epsilon must be at least 0"):
        adversarial.fgsm(model, losses.hinge, [[1.0, 2.0], [3.0, 4.0]], 1, -0.5)


def test_small_changes_fool_a_net_that_knew_all() -> None:
    """On 64 inputs at once, changes of 0.1 add up: the point of the paper."""
    rng = np.random.default_rng(0)
    direction = rng.choice([-1.0, 1.0], 64)
    labels = rng.integers(0, 2, 40).tolist()
    rows = rng.normal(0.0, 0.1, (40, 64))
    rows += 0.05 * np.outer(2.0 * np.array(labels) - 1.0, direction)
    model, loss = nn.Neuron(64, init="zeros"), losses.binary_cross_entropy_with_logits
    optimizer = nn.SGD(model.parameters(), lr=5.0)
    for _ in range(20):
        optimizer.zero_grad()
        loss([model(row) for row in rows], labels).backward()
        optimizer.step()

    def right(rows: Any) -> int:
        pairs = zip(rows, labels, strict=True)
        return sum((float(model(row)) > 0) == label for row, label in pairs)

    attacked = [
        adversarial.fgsm(model, loss, row, label, 0.1)
        for row, label in zip(rows, labels, strict=True)
    ]
    assert right(rows) == 40
    assert right(attacked) < 10
    at_random = rows + 0.1 * rng.choice([-1.0, 1.0], rows.shape)
    assert right(at_random) > 30


# --- saliency ------------------------------------------------------------------------


def test_saliency_is_the_gradient_of_an_output() -> None:
    model = net()
    for x in X:
        outputs = [float(value) for value in model(x)]
        for index in range(2):
            slopes = differences(lambda x: model(x)[index], x)  # noqa: B023
            assert nn.saliency(model, x, index) == pytest.approx(slopes, rel=1e-6)
        largest = nn.saliency(model, x, int(np.argmax(outputs)))
        assert nn.saliency(model, x).tolist() == largest.tolist()
    assert [p.grad for p in model.parameters()] == [0.0] * 32


def test_saliency_of_a_loss_and_of_an_image() -> None:
    model = net()
    slopes = differences(lambda x: losses.cross_entropy(model(x), 1), X[0])
    of_loss = nn.saliency(model, X[0], lambda scores: losses.cross_entropy(scores, 1))
    assert of_loss == pytest.approx(slopes, rel=1e-6)

    def product(image: Any) -> Any:
        return image[0][0] * image[1][0]

    assert nn.saliency(product, [[2.0], [3.0]]).tolist() == [[3.0], [2.0]]


def test_an_output_that_is_not_there_is_refused() -> None:
    for index in (-1, 2):
        with pytest.raises(IndexError, match=f"output is from 0 to 1, got {index}"):
            nn.saliency(net(), X[0], index)


def test_looking_at_inputs_costs_no_more_than_their_gradient() -> None:
    model = nn.MLP(32, [32, 10], rng=0)
    x = RNG.normal(size=32)

    def quickest(look: Any) -> float:
        return min(timeit.repeat(look, timer=time.process_time, number=3, repeat=9))

    def gradient() -> Any:
        inputs = [autograd.Value(number) for number in x]
        return autograd.gradients(model(inputs)[3], inputs)

    usual = quickest(gradient)
    assert quickest(lambda: nn.saliency(model, x, 3)) < 5 * usual
    loss = losses.cross_entropy
    assert quickest(lambda: adversarial.fgsm(model, loss, x, 3, 0.1)) < 5 * usual


# --- sharpness -----------------------------------------------------------------------


def test_sharpness_of_least_squares_is_that_of_the_data() -> None:
    """The Hessian of the mean squared error of a line is 2 A^T A / n, everywhere."""
    augmented = np.hstack([X, np.ones((12, 1))])
    truth = np.linalg.eigvalsh(2.0 * augmented.T @ augmented / 12)[-1]
    for seed in range(3):
        model = nn.Neuron(3, rng=seed)
        found = nn.sharpness(model, losses.mean_squared_error, X, X[:, 0], rng=seed)
        assert found == pytest.approx(truth, rel=1e-10)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_sharpness_is_the_largest_eigenvalue_of_the_dense_hessian(sign: float) -> None:
    """Also where the most negative one is larger in size."""
    model = net()
    parameters = autograd.Parameters(model.parameters())
    start = parameters.read()

    def loss(scores: Any, target: Any) -> Any:
        return sign * losses.cross_entropy(scores, target)

    def slopes(theta: Any) -> Any:
        parameters.write(theta)
        model.zero_grad()
        pairs = zip(X, CLASSES.tolist(), strict=True)
        (autograd.sum(loss(model(x), c) for x, c in pairs) / 12.0).backward()
        return parameters.read_grad()

    step = 1e-5 * np.eye(len(start))
    hessian = [(slopes(start + e) - slopes(start - e)) / 2e-5 for e in step]
    parameters.write(start)
    eigenvalues = np.linalg.eigvalsh(np.array(hessian))
    found = nn.sharpness(model, loss, X, CLASSES)
    assert found == pytest.approx(eigenvalues[-1], rel=1e-6)
    assert parameters.read().tobytes() == start.tobytes()


def test_gradient_descent_leaves_a_minimum_that_is_too_sharp() -> None:
    model = nn.Neuron(3, rng=0)
    loss = losses.mean_squared_error
    edge = 2.0 / nn.sharpness(model, loss, X, X[:, 0])
    for factor, stays in ((0.9, True), (1.1, False)):
        model = nn.Neuron(3, rng=0)
        optimizer = nn.SGD(model.parameters(), lr=factor * edge)
        values = []
        for _ in range(150):
            optimizer.zero_grad()
            value = loss([model(x) for x in X], X[:, 0])
            value.backward()
            optimizer.step()
            values.append(value.data)
        assert (values[-1] < values[0]) is stays


def test_sharpness_says_when_it_is_not_sure() -> None:
    model = net()
    with pytest.raises(RuntimeError, match=r"after 2 steps .* may be wrong by"):
        nn.sharpness(model, losses.cross_entropy, X, CLASSES, steps=2)
    rough = nn.sharpness(model, losses.cross_entropy, X, CLASSES, tolerance=0.1)
    exact = nn.sharpness(model, losses.cross_entropy, X, CLASSES)
    assert rough == pytest.approx(exact, rel=0.1)
    assert nn.sharpness(model, lambda scores, _: 0.0 * scores[0], X, CLASSES) == 0.0


def test_sharpness_tells_of_a_training_that_has_diverged() -> None:
    model = net()
    model.parameters()[-1].data = np.nan
    with pytest.raises(ValueError, match=r"finite second derivatives, got inf or nan"):
        nn.sharpness(model, losses.cross_entropy, X, CLASSES)

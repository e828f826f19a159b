"""Losses against PyTorch's: every reduction and option, values and all gradients."""

import itertools
from typing import Any

import numpy as np
import pytest

from autograd import Program, Value, gradients
from nn import losses
from tests.parity import needed

torch = needed("torch")
F = torch.nn.functional

RNG = np.random.default_rng(3)
SCORES = RNG.normal(size=(4, 5)) * [1.0, 3.0, 10.0, 0.1, 100.0]
INDICES = [2, 0, 4, 2]
SHARES = RNG.dirichlet(np.ones(5), 4)
WEIGHTS = [0.5, 2.0, 1.0, 0.0, 3.0]
LABELS = np.where(RNG.random((4, 5)) < 0.5, -1.0, 1.0)
LOGS = SCORES - np.log(np.exp(SCORES).sum(axis=1, keepdims=True))

Options = dict[str, Any]
NUMBERS: list[tuple[str, Any, Any, Options]] = [
    ("mean_squared_error", F.mse_loss, SHARES, {}),
    ("mean_absolute_error", F.l1_loss, SHARES, {}),
    ("huber", F.huber_loss, SHARES, {}),
    ("huber", F.huber_loss, SHARES, {"delta": 2.5}),
    (
        "hinge",
        lambda x, y, reduction: F.margin_ranking_loss(  # max(0, 1 - y (x - 0))
            x, torch.zeros_like(x), y, margin=1.0, reduction=reduction
        ),
        LABELS,
        {},
    ),
    (
        "binary_cross_entropy_with_logits",
        F.binary_cross_entropy_with_logits,
        SHARES,
        {},
    ),
    ("kl_divergence", F.kl_div, SHARES, {}),
    ("kl_divergence", F.kl_div, np.where(SHARES > 0.2, SHARES, 0.0), {}),
]
REDUCTIONS = ["mean", "sum", "none"]


def agree(ours: Any, theirs: Any, scores: list[list[Value]], tensor: Any) -> None:
    """Compare the values, and the gradients of a weighted sum of them."""
    flat = np.ravel(np.array(ours, object))
    np.testing.assert_allclose(
        [float(x) for x in flat], theirs.detach().numpy().ravel(), rtol=1e-12
    )
    factors = 1.0 + np.arange(len(flat))
    total = sum((x * f for x, f in zip(flat, factors, strict=True)), Value(0.0))
    (theirs.reshape(-1) * torch.tensor(factors)).sum().backward()
    slopes = gradients(total, [x for row in scores for x in row])
    np.testing.assert_allclose(
        slopes, tensor.grad.numpy().ravel(), rtol=1e-10, atol=1e-300
    )


def given(numbers: Any) -> tuple[list[list[Value]], Any]:
    return (
        [[Value(x) for x in row] for row in numbers],
        torch.tensor(numbers, requires_grad=True),
    )


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")  # kl_div's, each time
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("name", "theirs", "target", "options"), NUMBERS)
def test_losses_on_numbers(
    name: str, theirs: Any, target: Any, options: Options, reduction: str
) -> None:
    scores, tensor = given(LOGS if name == "kl_divergence" else SCORES)
    ours = getattr(losses, name)(scores, target, reduction=reduction, **options)
    wanted = theirs(tensor, torch.tensor(target), reduction=reduction, **options)
    agree(ours, wanted, scores, tensor)


CLASSES = [
    {"weight": weight, "ignore_index": ignored, "label_smoothing": smoothing}
    for weight, ignored, smoothing in itertools.product(
        (None, WEIGHTS), (None, 2, -100), (0.0, 0.3)
    )
]


def torch_options(options: Options) -> Options:
    """Ours in PyTorch's form: tensors, and -100 where nothing is ignored."""
    given = {name: x for name, x in options.items() if x is not None}
    if "weight" in given:
        given["weight"] = torch.tensor(given["weight"], dtype=torch.float64)
    return given


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("options", CLASSES)
@pytest.mark.parametrize("indices", [INDICES, [2, -100, 1, 0]])
def test_cross_entropy_of_indices(
    options: Options, reduction: str, indices: list[int]
) -> None:
    if -100 in indices and options["ignore_index"] != -100:
        with pytest.raises(ValueError, match="got -100"):
            losses.cross_entropy(SCORES, indices, **options)
        return
    scores, tensor = given(SCORES)
    ours = losses.cross_entropy(scores, indices, reduction=reduction, **options)
    theirs = F.cross_entropy(
        tensor, torch.tensor(indices), reduction=reduction, **torch_options(options)
    )
    agree(ours, theirs, scores, tensor)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weight", [None, WEIGHTS])
@pytest.mark.parametrize("smoothing", [0.0, 0.3, 1.0])
def test_cross_entropy_of_probabilities(
    weight: list[float] | None, smoothing: float, reduction: str
) -> None:
    options = {"weight": weight, "label_smoothing": smoothing}
    scores, tensor = given(SCORES)
    ours = losses.cross_entropy(
        scores, SHARES, weight=weight, label_smoothing=smoothing, reduction=reduction
    )
    theirs = F.cross_entropy(
        tensor, torch.tensor(SHARES), reduction=reduction, **torch_options(options)
    )
    agree(ours, theirs, scores, tensor)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weight", [None, WEIGHTS])
@pytest.mark.parametrize("ignored", [None, 2, -100])
def test_negative_log_likelihood(
    weight: list[float] | None, ignored: int | None, reduction: str
) -> None:
    options = {"weight": weight, "ignore_index": ignored}
    scores, tensor = given(LOGS)
    ours = losses.negative_log_likelihood(
        scores, INDICES, weight=weight, ignore_index=ignored, reduction=reduction
    )
    theirs = F.nll_loss(
        tensor, torch.tensor(INDICES), reduction=reduction, **torch_options(options)
    )
    agree(ours, theirs, scores, tensor)


@pytest.mark.parametrize("options", CLASSES)
def test_a_program_of_several_items_takes_pytorchs_mean(options: Options) -> None:
    indices = [2, 1, 0, 2] if options["ignore_index"] != -100 else [2, -100, 0, 2]

    def loss(scores: Any, wanted: Any) -> Any:
        return losses.cross_entropy(scores, wanted, **options)

    program = Program(loss, SCORES, INDICES)
    tensor = torch.tensor(SCORES, requires_grad=True)
    theirs = F.cross_entropy(tensor, torch.tensor(indices), **torch_options(options))
    theirs.backward()
    value, slopes = program.value_and_grad([SCORES], [indices], wrt="inputs")
    assert value == pytest.approx(theirs.item(), rel=1e-12)
    np.testing.assert_allclose(
        np.ravel(slopes[0]), tensor.grad.numpy().ravel(), rtol=1e-10, atol=1e-300
    )

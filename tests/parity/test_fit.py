"""fit comes to what the same loop in PyTorch comes to: losses, state, predictions."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from nn.examples import Examples
from tests.parity import needed
from tests.parity.carrying import TOLERANCE, carried

torch = needed("torch")
theirs = torch.nn

SETTINGS: dict[str, Any] = {"lr": 0.1, "momentum": 0.9}
"""Of SGD: Adam makes steps of what is 0 but for rounding, as a bias before a norm."""


def normed() -> tuple[nn.Module, Any]:
    ours = nn.Sequential(
        nn.Linear(4, 6, rng=0), nn.BatchNorm(6), "tanh", nn.Linear(6, 3, rng=1)
    )
    peer = theirs.Sequential(
        theirs.Linear(4, 6), theirs.BatchNorm1d(6), theirs.Tanh(), theirs.Linear(6, 3)
    )
    return ours, peer


def normed_images() -> tuple[nn.Module, Any]:
    ours = nn.Sequential(
        nn.Conv2d(1, 2, 3, rng=0), nn.BatchNorm(2), "relu", nn.MaxPool2d(2),
        nn.Flatten(), nn.BatchNorm(8), nn.Linear(8, 3, rng=1),
    )  # fmt: skip
    peer = theirs.Sequential(
        theirs.Conv2d(1, 2, 3), theirs.BatchNorm2d(2), theirs.ReLU(),
        theirs.MaxPool2d(2), theirs.Flatten(), theirs.BatchNorm1d(8),
        theirs.Linear(8, 3),
    )  # fmt: skip
    return ours, peer


def plain() -> tuple[nn.Module, Any]:
    ours = nn.Sequential(nn.Linear(4, 6, rng=0), "relu", nn.Linear(6, 3, rng=1))
    peer = theirs.Sequential(theirs.Linear(4, 6), theirs.ReLU(), theirs.Linear(6, 3))
    return ours, peer


CASES: dict[str, tuple[Callable[[], tuple[nn.Module, Any]], tuple[int, ...]]] = {
    "plain": (plain, (4,)),
    "normed": (normed, (4,)),
    "normed images": (normed_images, (1, 6, 6)),
}


@pytest.mark.parametrize("case", CASES)
def test_two_epochs(case: str) -> None:
    make, shape = CASES[case]
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(26, *shape)), rng.integers(0, 3, 26)  # noqa: N806
    model, peer = make()
    peer = carried(model, peer)
    history = nn.fit(
        model, X, y, loss="cross_entropy", batch_size=8, epochs=2, progress=False,
        optimizer=nn.SGD(model.parameters(), **SETTINGS), validation=(X[:5], y[:5]),
    )  # fmt: skip
    sgd = torch.optim.SGD(peer.parameters(), **SETTINGS)
    losses = []
    for epoch in range(2):
        peer.train()
        total = 0.0
        for batch in Examples(X, y).batches(8, np.random.default_rng([0, epoch])):
            sgd.zero_grad()
            inputs, classes = torch.tensor(batch.X), torch.tensor(batch.y)
            loss = theirs.functional.cross_entropy(peer(inputs), classes)
            loss.backward()
            sgd.step()
            total += loss.item() * len(batch.rows) / len(X)
        losses.append(total)
    assert history.loss == pytest.approx(losses, rel=TOLERANCE)
    state = model.state_dict()
    for name, tensor in peer.state_dict().items():
        np.testing.assert_allclose(
            state[name], tensor.numpy(), rtol=TOLERANCE, atol=1e-13, err_msg=name
        )
    peer.eval()
    expected = peer(torch.tensor(X)).detach().numpy()
    np.testing.assert_allclose(model.predict(X), expected, rtol=TOLERANCE, atol=1e-13)
    first = theirs.functional.cross_entropy(
        torch.tensor(expected[:5]), torch.tensor(y[:5])
    )
    assert history.validation_loss[-1] == pytest.approx(first.item(), rel=TOLERANCE)

"""Multilayer perceptrons that classify: digits, and 784-128-10.

The layers by hand in NumPy are here, too: the moons use them as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import nn
from autograd import Value
from benchmarks.works.work import (
    Array,
    Side,
    Work,
    installed,
    joined,
    torch_tensors,
)


def classifier(name: str, widths: Sequence[int], count: int) -> Work:
    """A relu net with softmax cross entropy, on random images.

    Args:
        name: What the table calls it.
        widths: How many inputs there are, and how many neurons in each layer.
        count: How many examples are in a batch.
    """
    rng = np.random.default_rng(7)
    inputs = rng.normal(size=(count, widths[0]))
    labels = rng.integers(widths[-1], size=count)
    model = nn.MLP(widths[0], widths[1:], rng=7, init="he")

    def example(image: list[Any], label: Any) -> Value:
        loss: Value = nn.losses.cross_entropy(model(image), label)
        return loss

    start = matrices(model)
    peers = {
        "NumPy": lambda: by_hand(start, inputs, labels),
        "PyTorch": lambda: in_torch(start, inputs, labels),
    }
    arguments = (inputs, labels)
    peers = installed(peers, torch="PyTorch")
    return Work(name, example, arguments, model.parameters(), peers)


def matrices(model: nn.MLP) -> list[Array]:
    """One matrix a layer: a row for each neuron, its bias in the last column."""
    states = [layer.state_dict() for layer in model.layers]
    return [np.column_stack([state["weight"], state["bias"]]) for state in states]


class HandWritten:
    """Dense relu layers and their backpropagation, as one writes them in NumPy.

    Args:
        weights: One matrix a layer, as `matrices` gives them.
        count: How many examples are in a batch.

    Every buffer is made once. What enters a layer has a last column of ones, so that
    the bias is a weight like the others and needs no line of its own.
    """

    def __init__(self, weights: list[Array], count: int) -> None:
        self.weights = weights
        self.entering = [np.ones((count, w.shape[1])) for w in weights]
        self.scores = np.empty((count, len(weights[-1])))
        self.errors = [np.empty((count, len(w))) for w in weights]
        self.gradients = [np.empty_like(w) for w in weights]

    def forward(self, inputs: Array) -> Array:
        """From (count, n_in) to the scores, (count, n_out)."""
        self.entering[0][:, :-1] = inputs
        for layer, weights in enumerate(self.weights[:-1]):
            output = self.entering[layer + 1][:, :-1]
            np.matmul(self.entering[layer], weights.T, out=output)
            np.maximum(output, 0.0, out=output)
        return np.matmul(self.entering[-1], self.weights[-1].T, out=self.scores)

    def backward(self) -> list[Array]:
        """From the derivatives by the scores, `errors[-1]`, to those by the weights."""
        for layer in range(len(self.weights) - 1, 0, -1):
            error, below = self.errors[layer], self.errors[layer - 1]
            np.matmul(error.T, self.entering[layer], out=self.gradients[layer])
            np.matmul(error, self.weights[layer][:, :-1], out=below)
            below *= self.entering[layer][:, :-1] > 0.0
        np.matmul(self.errors[0].T, self.entering[0], out=self.gradients[0])
        return self.gradients


def cross_entropy(scores: Array, labels: Array, error: Array) -> float:
    """Mean loss of (count, classes) scores; its derivatives are put into `error`."""
    rows = np.arange(len(labels))
    scores -= scores.max(axis=1, keepdims=True)
    right = scores[rows, labels]
    np.exp(scores, out=error)
    totals = error.sum(axis=1, keepdims=True)
    error /= totals
    error[rows, labels] -= 1.0
    error /= len(labels)
    return float((np.log(totals[:, 0]) - right).mean())


def by_hand(weights: list[Array], inputs: Array, labels: Array) -> Side:
    """The classifier in NumPy."""
    net = HandWritten(weights, len(inputs))

    def step() -> tuple[float, list[Array]]:
        loss = cross_entropy(net.forward(inputs), labels, net.errors[-1])
        return loss, net.backward()

    return Side(step, in_order)


def in_order(matrices: Sequence[Array]) -> Array:
    """Gradients by such matrices, in the order of the model's parameters."""
    return joined(part for m in matrices for part in (m[:, :-1], m[:, -1]))


def torch_parameters(weights: list[Array]) -> list[Any]:
    """A matrix and a vector of biases for each layer, one after the other."""
    parts = [part for w in weights for part in (w[:, :-1].copy(), w[:, -1].copy())]
    return torch_tensors(parts)


def torch_scores(parameters: list[Any], inputs: Any) -> Any:
    """The layers in PyTorch."""
    from torch.nn import functional

    outputs = functional.linear(inputs, *parameters[:2])
    for weights, biases in zip(parameters[2::2], parameters[3::2], strict=True):
        outputs = functional.linear(functional.relu(outputs), weights, biases)
    return outputs


def in_torch(weights: list[Array], inputs: Array, labels: Array) -> Side:
    """The classifier in PyTorch."""
    import torch
    from torch.nn import functional

    parameters = torch_parameters(weights)
    images, classes = torch.tensor(inputs), torch.tensor(labels)

    def step() -> tuple[float, tuple[Any, ...]]:
        loss = functional.cross_entropy(torch_scores(parameters, images), classes)
        return loss.item(), torch.autograd.grad(loss, parameters)

    return Side(step)

"""A recurrence h = tanh(W x + U h + b), and one number read out at its end."""

from __future__ import annotations

from itertools import chain, pairwise
from typing import Any

import numpy as np

from autograd import Value, dot, square, tanh
from benchmarks.works.work import (
    Array,
    Side,
    Work,
    installed,
    torch_tensors,
    value_list,
    value_rows,
)

INPUTS = 8  # numbers that come in at every step
UNITS = 16


def work(count: int = 32, steps: int = 20) -> Work:
    """Squared error of the read-out after `steps` steps, `count` sequences a batch."""
    rng = np.random.default_rng(13)
    sequences = rng.normal(size=(count, steps, INPUTS))
    targets = rng.normal(size=count)
    start = [
        rng.normal(size=(UNITS, INPUTS)) / INPUTS**0.5,
        rng.normal(size=(UNITS, UNITS)) / UNITS**0.5,
        rng.normal(size=UNITS),
        rng.normal(size=UNITS) / UNITS**0.5,
        rng.normal(size=1),
    ]
    enter, stay = map(value_rows, start[:2])
    biases, read, shift = map(value_list, start[2:])

    def example(sequence: list[list[Any]], target: Any) -> Value:
        hidden: list[Any] = [0.0] * UNITS
        for entering in sequence:
            hidden = [
                tanh(dot(w, entering, b) + dot(u, hidden))
                for w, u, b in zip(enter, stay, biases, strict=True)
            ]
        loss: Value = square(dot(read, hidden, shift[0]) - target)
        return loss

    matrices = chain.from_iterable([*enter, *stay])
    parameters = [*matrices, *biases, *read, *shift]
    peers = {
        "NumPy": lambda: by_hand(start, sequences, targets),
        "PyTorch": lambda: in_torch(start, sequences, targets),
    }
    name = f"recurrence of {UNITS} units, {steps} steps, batch {count}"
    peers = installed(peers, torch="PyTorch")
    return Work(name, example, (sequences, targets), parameters, peers)


def by_hand(start: list[Array], sequences: Array, targets: Array) -> Side:
    """The same in NumPy: what enters at all steps is one product."""
    enter, stay, biases, read, shift = start
    count, steps, _ = sequences.shape
    entering = np.empty((steps, count, INPUTS))
    hidden = np.zeros((steps + 1, count, UNITS))
    errors = np.empty((steps, count, UNITS))
    slope, product = np.empty((2, count, UNITS))

    def step() -> tuple[float, list[Array]]:
        entering[...] = sequences.transpose(1, 0, 2)
        np.matmul(entering, enter.T, out=hidden[1:])
        np.add(hidden[1:], biases, out=hidden[1:])
        for before, after in pairwise(hidden):
            np.matmul(before, stay.T, out=product)
            np.add(after, product, out=after)
            np.tanh(after, out=after)
        off = hidden[-1] @ read + shift - targets
        d_output = off * (2.0 / count)
        np.multiply.outer(d_output, read, out=product)
        for after, error in zip(hidden[:0:-1], errors[::-1], strict=True):
            np.multiply(after, after, out=slope)
            np.subtract(1.0, slope, out=slope)
            np.multiply(product, slope, out=error)
            np.matmul(error, stay, out=product)
        rows = errors.reshape(-1, UNITS)
        gradients = [
            rows.T @ entering.reshape(-1, INPUTS),
            rows.T @ hidden[:-1].reshape(-1, UNITS),
            rows.sum(axis=0),
            d_output @ hidden[-1],
            d_output.sum(keepdims=True),
        ]
        return float(off @ off) / count, gradients

    return Side(step)


def in_torch(start: list[Array], sequences: Array, targets: Array) -> Side:
    """The same in PyTorch; such a loop is faster there than its RNN module."""
    import torch
    from torch.nn import functional

    enter, stay, biases, read, shift = parameters = torch_tensors(start)
    entering = torch.tensor(sequences).transpose(0, 1)
    wanted = torch.tensor(targets)

    def step() -> tuple[float, tuple[Any, ...]]:
        products = functional.linear(entering, enter, biases).unbind(0)
        hidden, turned = torch.tanh(products[0]), stay.T
        for product in products[1:]:
            hidden = torch.tanh(torch.addmm(product, hidden, turned))
        outputs = torch.mv(hidden, read) + shift
        loss = functional.mse_loss(outputs, wanted)
        return loss.item(), torch.autograd.grad(loss, parameters)

    return Side(step)

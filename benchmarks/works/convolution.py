"""A small convolutional net: eight 3x3 filters over 8x8 images, then a dense layer."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

import nn
from autograd import Value, dot
from benchmarks.works.dense import cross_entropy
from benchmarks.works.work import (
    Array,
    Side,
    Work,
    installed,
    torch_tensors,
    value_list,
    value_rows,
)

SIZE = 8  # of an image, both ways
WINDOW = 3
PLACES = SIZE - WINDOW + 1  # where a window fits, both ways
FILTERS = 8
CLASSES = 10


def work(count: int = 32) -> Work:
    """Convolve, relu, a dense layer, softmax cross entropy; `count` images a batch."""
    rng = np.random.default_rng(11)
    images = rng.normal(size=(count, SIZE, SIZE))
    labels = rng.integers(CLASSES, size=count)
    features = FILTERS * PLACES**2
    start = [
        rng.normal(size=(FILTERS, WINDOW**2)) / WINDOW,
        rng.normal(size=FILTERS),
        rng.normal(size=(CLASSES, features)) / features**0.5,
        rng.normal(size=CLASSES),
    ]
    kernels, rows = map(value_rows, start[::2])
    shifts, biases = map(value_list, start[1::2])

    def example(image: list[list[Any]], label: Any) -> Value:
        maps = [
            dot(kernel, window(image, row, column), shift).relu()
            for kernel, shift in zip(kernels, shifts, strict=True)
            for row in range(PLACES)
            for column in range(PLACES)
        ]
        scores = [dot(row, maps, bias) for row, bias in zip(rows, biases, strict=True)]
        loss: Value = nn.losses.cross_entropy(scores, label)
        return loss

    parameters = [
        *chain.from_iterable(kernels),
        *shifts,
        *chain.from_iterable(rows),
        *biases,
    ]
    peers = {
        "NumPy": lambda: by_hand(start, images, labels),
        "PyTorch": lambda: in_torch(start, images, labels),
    }
    name = f"{FILTERS} filters of 3x3 over 8x8, dense, batch {count}"
    peers = installed(peers, torch="PyTorch")
    return Work(name, example, (images, labels), parameters, peers)


def window(image: list[list[Any]], row: int, column: int) -> list[Any]:
    """The nine pixels from (row, column) on."""
    across = slice(column, column + WINDOW)
    return [pixel for line in image[row : row + WINDOW] for pixel in line[across]]


def by_hand(start: list[Array], images: Array, labels: Array) -> Side:
    """The same in NumPy: the windows of an image become the columns of a matrix."""
    kernels, shifts, rows, biases = start
    count = len(labels)
    columns = np.empty((count, WINDOW, WINDOW, PLACES, PLACES))
    pixels = columns.reshape(count, WINDOW**2, PLACES**2)
    maps = np.empty((count, FILTERS, PLACES**2))
    features = maps.reshape(count, -1)
    scores, error = np.empty((2, count, CLASSES))
    below = np.empty_like(features)
    errors = below.reshape(maps.shape)

    def step() -> tuple[float, list[Array]]:
        columns[...] = sliding_window_view(images, (PLACES, PLACES), axis=(1, 2))
        np.matmul(kernels, pixels, out=maps)
        np.add(maps, shifts[:, None], out=maps)
        np.maximum(maps, 0.0, out=maps)
        np.matmul(features, rows.T, out=scores)
        np.add(scores, biases, out=scores)
        loss = cross_entropy(scores, labels, error)
        np.matmul(error, rows, out=below)
        np.multiply(errors, maps > 0.0, out=errors)
        d_kernels = np.matmul(errors, pixels.transpose(0, 2, 1)).sum(axis=0)
        d_shifts = errors.sum(axis=(0, 2))
        return loss, [d_kernels, d_shifts, error.T @ features, error.sum(axis=0)]

    return Side(step)


def in_torch(start: list[Array], images: Array, labels: Array) -> Side:
    """The same in PyTorch."""
    import torch
    from torch.nn import functional

    shaped = [start[0].reshape(FILTERS, 1, WINDOW, WINDOW), *start[1:]]
    kernels, shifts, rows, biases = parameters = torch_tensors(shaped)
    pictures, classes = torch.tensor(images)[:, None], torch.tensor(labels)

    def step() -> tuple[float, tuple[Any, ...]]:
        maps = functional.relu(functional.conv2d(pictures, kernels, shifts))
        scores = functional.linear(maps.flatten(1), rows, biases)
        loss = functional.cross_entropy(scores, classes)
        return loss.item(), torch.autograd.grad(loss, parameters)

    return Side(step)

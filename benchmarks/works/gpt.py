"""The GPT of examples/microgpt.py: by hand on scalars, in PyTorch, compiled.

A step is the loss, its gradient and Adam's update, for all sides.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import nn
from autograd import Value
from benchmarks.works.work import Array, Side, Work, installed, joined, torch_tensors
from examples import microgpt
from examples.microgpt import HEADS, TOKENS, WIDTH

HEAD = WIDTH // HEADS
RATE, BETAS, EPS = 0.01, (0.85, 0.99), 1e-8
Matrices = dict[str, Array]


def work(name: str, length: int, count: int | None = None) -> Work:
    """A batch of documents of one length, or a single document without that axis.

    The tokens are random: their number is what takes time, not what they say. The
    scalar engine is for a single document.
    """
    weights = microgpt.draw_weights(random.Random(7))
    start = {
        key: np.array([[value.data for value in row] for row in matrix])
        for key, matrix in weights.items()
    }
    tokens = np.random.default_rng(7).integers(TOKENS, size=(count or 1, length + 1))
    arguments: tuple[Any, ...] = (tokens[:, :-1], tokens[:, 1:])
    if count is None:
        arguments = tuple(batch[0].tolist() for batch in arguments)
    peers = {"PyTorch": lambda: in_torch(start, arguments)}
    if count is None:
        peers["a scalar engine"] = lambda: on_numbers(Number, start, arguments)
        peers["by hand"] = lambda: on_numbers(Value, start, arguments)
    return Work(
        name,
        partial(microgpt.surprise, weights),
        arguments,
        [value for matrix in weights.values() for row in matrix for value in row],
        installed(peers, torch="PyTorch"),
        batched=count is not None,
    )


def compiled(gpt: Work) -> Side:
    """The function compiled, trained on vectors."""
    program = gpt.program()
    optimizer = nn.Adam(gpt.parameters, lr=RATE, betas=BETAS, eps=EPS)
    theta = program.read()

    def step() -> tuple[float, Array]:
        nonlocal theta
        loss, gradient = program.value_and_grad(*gpt.arguments, theta=theta)
        theta = optimizer.update(theta, gradient)
        return loss, gradient

    return Side(step, np.asarray)


# --- on an engine of the usual kind ---------------------------------------------------


class Number:
    """A scalar that keeps its parents and the derivative by each of them.

    This is what engines that fit on a page are like: slots, derivatives stored when
    the operation is done, a recursive sort, subtraction and division by way of others.
    """

    __slots__ = ("data", "grad", "parents", "slopes")

    def __init__(
        self,
        data: float,
        parents: tuple[Number, ...] = (),
        slopes: tuple[float, ...] = (),
    ) -> None:
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.slopes = slopes

    def __add__(self, other: Number | float) -> Number:
        other = other if isinstance(other, Number) else Number(other)
        return Number(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Number | float) -> Number:
        other = other if isinstance(other, Number) else Number(other)
        return Number(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, power: float) -> Number:
        slope = power * self.data ** (power - 1.0)
        return Number(self.data**power, (self,), (slope,))

    def exp(self) -> Number:
        """e to the power of it."""
        data = math.exp(self.data)
        return Number(data, (self,), (data,))

    def log(self) -> Number:
        """Its natural logarithm."""
        return Number(math.log(self.data), (self,), (1.0 / self.data,))

    def relu(self) -> Number:
        """Itself where it is positive, else 0."""
        return Number(max(0.0, self.data), (self,), (float(self.data > 0.0),))

    def __neg__(self) -> Number:
        return self * -1.0

    def __sub__(self, other: Number | float) -> Number:
        return self + -other

    def __truediv__(self, other: Number | float) -> Number:
        return self * other**-1.0

    __radd__ = __add__
    __rmul__ = __mul__

    def backward(self) -> None:
        """Add the derivative of this number to the `grad` of all it was made from."""
        order: list[Number] = []
        seen: set[Number] = set()

        def visit(number: Number) -> None:
            if number not in seen:
                seen.add(number)
                for parent in number.parents:
                    visit(parent)
                order.append(number)

        visit(self)
        self.grad = 1.0
        for number in reversed(order):
            for parent, slope in zip(number.parents, number.slopes, strict=True):
                parent.grad += slope * number.grad


Row = list[Any]  # of Numbers


def linear(x: Row, rows: list[Row]) -> Row:
    """Every product is a node, and every sum of two."""
    return [sum(w * number for w, number in zip(row, x, strict=True)) for row in rows]


def softmax(scores: Row) -> Row:
    """Each exponential over the sum of all."""
    top = max(score.data for score in scores)
    exponentials = [(score - top).exp() for score in scores]
    total: Any = sum(exponentials)
    return [exponential / total for exponential in exponentials]


def normalised(x: Row) -> Row:
    """The vector over the root of its mean square."""
    scale = (sum(number * number for number in x) / len(x) + 1e-5) ** -0.5
    return [number * scale for number in x]


def scores_of_next(net: dict[str, list[Row]], token: int, past: list[Any]) -> Row:
    """The model, as in the example; `past` is what the heads look back on."""
    x = [
        a + b
        for a, b in zip(net["token"][token], net["position"][len(past)], strict=True)
    ]
    before = normalised(x)
    query, key, value = (
        linear(before, net[name]) for name in ("query", "key", "value")
    )
    past.append((key, value))
    answers = []
    for start in range(0, WIDTH, HEAD):
        head = range(start, start + HEAD)
        matches = [sum(query[i] * key[i] for i in head) / HEAD**0.5 for key, _ in past]
        shares = softmax(matches)
        pairs = list(zip(shares, past, strict=True))
        answers += [sum(share * value[i] for share, (_, value) in pairs) for i in head]
    x = [a + b for a, b in zip(x, linear(answers, net["mix"]), strict=True)]
    hidden = [number.relu() for number in linear(normalised(x), net["widen"])]
    x = [a + b for a, b in zip(x, linear(hidden, net["narrow"]), strict=True)]
    return linear(normalised(x), net["score"])


def on_numbers(
    kind: Callable[[float], Any],
    start: Matrices,
    document: tuple[list[int], list[int]],
) -> Side:
    """The scalar engine, or Value in its place, and Adam in a loop over parameters."""
    net = {
        name: [[kind(weight) for weight in row] for row in matrix.tolist()]
        for name, matrix in start.items()
    }
    parameters = [p for matrix in net.values() for row in matrix for p in row]
    adam = loop_over(parameters)

    def step() -> tuple[float, list[float]]:
        past: list[Any] = []
        losses = []
        for token, target in zip(*document, strict=True):
            chances = softmax(scores_of_next(net, token, past))
            losses.append(-chances[target].log())
        loss: Any = sum(losses) / len(losses)
        loss.backward()
        gradient = [p.grad for p in parameters]
        adam()
        return loss.data, gradient

    return Side(step, np.asarray)


def loop_over(parameters: list[Any]) -> Callable[[], None]:
    """Adam on the engine's parameters, which then forget their gradients."""
    means, squares = [0.0] * len(parameters), [0.0] * len(parameters)
    first, second = BETAS
    steps = 0

    def adam() -> None:
        nonlocal steps
        steps += 1
        rest, rest_of_square = 1.0 - first**steps, 1.0 - second**steps
        for i, p in enumerate(parameters):
            means[i] = first * means[i] + (1.0 - first) * p.grad
            squares[i] = second * squares[i] + (1.0 - second) * p.grad * p.grad
            spread = math.sqrt(squares[i] / rest_of_square) + EPS
            p.data -= RATE * (means[i] / rest) / spread
            p.grad = 0.0

    return adam


# --- in PyTorch -----------------------------------------------------------------------


def in_torch(start: Matrices, documents: tuple[Any, Any]) -> Side:
    """The usual form: all tokens of all documents at once, with a causal mask.

    Query, key and value are one matrix there, and the update is the fused one.
    """
    import torch
    from torch.nn import functional

    names = ["token", "position", "mix", "widen", "narrow", "score"]
    asking = np.concatenate([start[name] for name in ("query", "key", "value")])
    parameters = torch_tensors([asking, *(start[name] for name in names)])
    asking, token, position, mix, widen, narrow, score = parameters
    tokens, targets = (torch.tensor(numbers) for numbers in documents)
    shape = tokens.shape
    norm = partial(functional.rms_norm, normalized_shape=(WIDTH,), eps=1e-5)
    attend = partial(functional.scaled_dot_product_attention, is_causal=True)
    adam = torch.optim.Adam(parameters, lr=RATE, betas=BETAS, eps=EPS, fused=True)

    def step() -> tuple[float, list[Any]]:
        x = functional.embedding(tokens, token) + position[: shape[-1]]
        parts = functional.linear(norm(x), asking).view(-1, shape[-1], 3, HEADS, HEAD)
        answers = attend(*parts.permute(2, 0, 3, 1, 4)).transpose(1, 2)
        x = x + functional.linear(answers.reshape(*shape, WIDTH), mix)
        hidden = functional.relu(functional.linear(norm(x), widen))
        x = x + functional.linear(hidden, narrow)
        scores = functional.linear(norm(x), score).view(-1, TOKENS)
        loss = functional.cross_entropy(scores, targets.reshape(-1))
        adam.zero_grad()
        loss.backward()
        adam.step()
        return loss.item(), [parameter.grad for parameter in parameters]

    def flat(gradients: list[Any]) -> Array:
        by_name = dict(zip(("query", *names), gradients, strict=True))
        return joined([by_name[name] for name in start if name in by_name])

    return Side(step, flat)

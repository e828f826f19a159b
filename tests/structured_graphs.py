"""Random functions of a known structure: layers, convolutions, attention, lists.

Each is what a user might write, at a random size and with random detours: a bias or
none, products in either order, some weights that are constants or inputs. A `Case` has
examples, too, so that it can be run on both engines.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import autograd
from autograd import (
    Value,
    dot,
    exp,
    log_softmax,
    logsumexp,
    mean,
    minimum,
    relu,
    sigmoid,
    softmax,
    take,
    tanh,
    where,
)
from nn.losses import cross_entropy

List = list[Any]


class Case(NamedTuple):
    """A function and examples that it is to be run on."""

    f: Callable[..., Any]
    examples: list[tuple[Any, ...]]


class Draw:
    """Sizes and numbers by chance.

    Args:
        seed: The same seed draws the same.
    """

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def size(self, low: int, high: int) -> int:
        return self.rng.randint(low, high)

    def yes(self) -> bool:
        return self.rng.random() < 0.5

    def number(self) -> float:
        return round(self.rng.uniform(-1.5, 1.5), 3)

    def numbers(self, count: int) -> list[float]:
        return [self.number() for _ in range(count)]

    def weight(self) -> Any:
        """A parameter; now and then a constant."""
        number = self.number()
        return number if self.rng.random() < 0.05 else Value(number)

    def weights(self, *shape: int) -> Any:
        if not shape:
            return self.weight()
        return [self.weights(*shape[1:]) for _ in range(shape[0])]

    def examples(self, *shapes: int | tuple[int, int], count: int = 4) -> list[Any]:
        """Examples of lists of floats; (n, k) stands for n integers below k."""
        return [
            tuple(
                self.numbers(shape)
                if isinstance(shape, int)
                else [self.rng.randrange(shape[1]) for _ in range(shape[0])]
                for shape in shapes
            )
            for _ in range(count)
        ]

    def linear(self, rows: List, xs: List, bias: List | None = None) -> List:
        """A dense layer, in one of the ways in which it may be written."""
        return dense_in_way(self.size(0, 4), rows, xs, bias)


def dense_in_way(way: int, rows: List, xs: List, bias: List | None) -> List:
    """A dense layer, in one of five ways."""
    if way == 0:
        outputs = [dot(row, xs) for row in rows]
    elif way == 1:
        outputs = [autograd.sum([w * x for w, x in _pairs(row, xs)]) for row in rows]
    elif way == 2:
        products = [[x * w for w, x in _pairs(row, xs)] for row in rows]
        outputs = [sum(terms) for terms in products]
    elif way == 3:
        outputs = [dot(xs, row) for row in rows]
    else:
        outputs = [_turn_by_turn(row, xs) for row in rows]
    if bias is None:
        return outputs
    return [b + x if way % 2 else x + b for x, b in _pairs(outputs, bias)]


def _pairs(xs: List, ys: List) -> Any:
    return zip(xs, ys, strict=True)


def _turn_by_turn(row: List, xs: List) -> Any:
    total: Any = 0.0
    for w, x in _pairs(row, xs):
        total += w * x
    return total


class Fixed:
    """The same way in each run of the function, which may reach no generator."""

    def __init__(self, seed: int) -> None:
        self.way = Draw(seed).size(0, 4)

    def linear(self, rows: List, xs: List, bias: List | None = None) -> List:
        return dense_in_way(self.way, rows, xs, bias)


def sums_of_products(seed: int) -> Case:
    """Sums of two or three factors, constants and signs among them."""
    draw = Draw(seed)
    n, count = draw.size(2, 7), draw.size(1, 6)
    weights = draw.weights(n)
    plan = [
        [
            (draw.size(0, n - 1), draw.size(0, n - 1), draw.size(0, 5), draw.number())
            for _ in range(draw.size(1, 9))
        ]
        for _ in range(count)
    ]

    def f(xs: List) -> Any:
        def term(i: int, j: int, kind: int, number: float) -> Any:
            forms = [
                lambda: weights[i] * xs[j],
                lambda: xs[i] * xs[j],
                lambda: -(xs[j] * weights[i]),
                lambda: number * weights[i],
                lambda: xs[i] - number,
                lambda: weights[i] * xs[i] * weights[j],
            ]
            return forms[kind]()

        sums = [sum(term(*parts) for parts in row) for row in plan]
        return autograd.sum([tanh(s) * s for s in sums]) + sums[0] - sums[-1]

    return Case(f, draw.examples(n))


def dense_layers(seed: int) -> Case:
    """A net in which a layer may occur twice."""
    draw, fixed = Draw(seed), Fixed(seed)
    width = draw.size(1, 6)
    layers = [draw.weights(width, width) for _ in range(draw.size(1, 3))]
    biases = [draw.weights(width) if draw.yes() else None for _ in layers]
    order = [draw.size(0, len(layers) - 1) for _ in range(draw.size(1, 4))]
    activation = draw.rng.choice([tanh, relu, sigmoid, lambda x: x])

    def f(xs: List) -> Any:
        for k in order:
            xs = [activation(x) for x in fixed.linear(layers[k], xs, biases[k])]
        return [xs, mean([x * x for x in xs])] if width % 2 else autograd.sum(xs)

    return Case(f, draw.examples(width))


def convolutions(seed: int) -> Case:
    """Filters that glide over a picture, perhaps with a border of zeros."""
    draw = Draw(seed)
    side, kernel, stride = draw.size(3, 6), draw.size(1, 3), draw.size(1, 2)
    filters = draw.weights(draw.size(1, 3), kernel * kernel)
    bias, border = draw.weight(), draw.yes()

    def f(pixels: List) -> Any:
        rows = [pixels[i * side : (i + 1) * side] for i in range(side)]
        if border:
            rows = [[0.0, *row, 0.0] for row in rows]
            empty = [0.0] * (side + 2)
            rows = [empty, *rows, empty]
        last = len(rows) - kernel + 1
        found = []
        for weights in filters:
            for i in range(0, last, stride):
                for j in range(0, last, stride):
                    patch = [x for r in rows[i : i + kernel] for x in r[j : j + kernel]]
                    found.append(relu(dot(weights, patch) + bias))
        return mean([x * x for x in found]) + autograd.max(found)

    return Case(f, draw.examples(side * side))


def recurrences(seed: int) -> Case:
    """A state that is carried from step to step."""
    draw = Draw(seed)
    units, inputs, steps = draw.size(1, 4), draw.size(1, 3), draw.size(2, 5)
    inward, across = draw.weights(units, inputs), draw.weights(units, units)
    bias, gated = draw.weights(units), draw.yes()

    def f(*xs: List) -> Any:
        state: List = [0.0] * units
        for x in xs:
            sums = [
                dot(u, x) + dot(w, state) + b
                for u, w, b in zip(inward, across, bias, strict=True)
            ]
            new = [tanh(s) for s in sums]
            if gated:
                gates = [sigmoid(s) for s in sums]
                new = [
                    g * n + (1 - g) * h
                    for g, n, h in zip(gates, new, state, strict=True)
                ]
            state = new
        return autograd.sum(state)

    return Case(f, draw.examples(*[inputs] * steps))


def attention(seed: int) -> Case:
    """Tokens that look at those before them, or at all, with some heads."""
    draw, fixed = Draw(seed), Fixed(seed)
    heads, size, tokens = draw.size(1, 2), draw.size(1, 3), draw.size(1, 4)
    width, causal = heads * size, draw.yes()
    query, key, value = (draw.weights(width, width) for _ in range(3))

    def f(*xs: List) -> Any:
        queries, keys, values = (
            [fixed.linear(rows, x) for x in xs] for rows in (query, key, value)
        )
        outputs = []
        for t, q in enumerate(queries):
            seen = slice(0, t + 1 if causal else tokens)
            for h in range(0, width, size):
                part = slice(h, h + size)
                scores = [dot(q[part], k[part]) / 2 for k in keys[seen]]
                shares = softmax(scores)
                told = zip(*(v[part] for v in values[seen]), strict=True)
                outputs += [dot(shares, numbers) for numbers in told]
        return mean([y * y for y in outputs])

    return Case(f, draw.examples(*[width] * tokens))


def ragged_lists(seed: int) -> Case:
    """The rows over lists, on lists of different lengths that overlap."""
    draw = Draw(seed)
    n = draw.size(2, 8)
    weights = draw.weights(n)
    functions = [autograd.sum, mean, autograd.max, logsumexp, lambda xs: dot(xs, xs)]
    plan = [
        (draw.rng.choice(functions), draw.rng.choices(range(n), k=draw.size(1, 6)))
        for _ in range(draw.size(2, 8))
    ]

    def f(xs: List) -> Any:
        ys = [w * x for w, x in _pairs(weights, xs)]
        return [function([ys[i] for i in chosen]) for function, chosen in plan]

    return Case(f, draw.examples(n))


def softmax_families(seed: int) -> Case:
    """Softmaxes of which all entries, or only some, are used."""
    draw = Draw(seed)
    n = draw.size(2, 6)
    weights = draw.weights(n)
    plan = []
    for _ in range(draw.size(1, 4)):
        chosen = draw.rng.sample(range(n), draw.size(1, n))
        plan.append(
            (chosen, draw.rng.sample(range(len(chosen)), draw.size(1, len(chosen))))
        )
    logarithms = draw.yes()

    def f(xs: List) -> Any:
        ys = [w * x for w, x in _pairs(weights, xs)]
        total = 0.0
        for chosen, used in plan:
            entries = [ys[i] for i in chosen]
            shares = softmax(entries)
            total += dot([shares[i] for i in used], [xs[i] for i in used])
            if logarithms:
                total += log_softmax(entries)[used[0]]
        return total

    return Case(f, draw.examples(n))


def chosen_by_integers(seed: int) -> Case:
    """Integer inputs at several positions: embeddings, targets and plain numbers."""
    draw, fixed = Draw(seed), Fixed(seed)
    count, width, tokens = draw.size(2, 5), draw.size(1, 3), draw.size(1, 4)
    table, places = draw.weights(count, width), draw.weights(tokens, width)
    scores, extra = draw.weights(count, width), draw.weights(count)

    def f(indices: List, xs: List, targets: List) -> Any:
        rows = [take(table, i) for i in indices]
        sums = [
            [a + b * x for a, b, x in zip(row, place, xs, strict=True)]
            for row, place in _pairs(rows, places)
        ]
        logits = [fixed.linear(scores, row) for row in sums]
        chosen = (
            take([[y * 2.0 for y in row] for row in logits], indices[0])[0]
            if tokens >= count
            else 0.0
        )
        return (
            cross_entropy(logits, targets)
            + take(extra, targets[0]) * 0.5
            + chosen
            + indices[0] * xs[0]
        )

    return Case(f, draw.examples((tokens, count), width, (tokens, count)))


def single_products(seed: int) -> Case:
    """Products and dots of one, two and three factors side by side."""
    draw = Draw(seed)
    n, rows = draw.size(2, 5), draw.size(2, 5)
    table = draw.weights(rows, n)
    lengths = [draw.size(1, n) for _ in range(rows)]

    def f(xs: List) -> Any:
        ys = [exp(0.3 * x) for x in xs]
        sums = [dot(row[:k], ys[:k]) for row, k in _pairs(table, lengths)]
        both = [dot(ys[:k], xs[:k]) for k in lengths]
        return autograd.sum([tanh(a) * b for a, b in _pairs(sums, both)])

    return Case(f, draw.examples(n))


def choices(seed: int) -> Case:
    """`where` on comparisons, alone and together."""
    draw = Draw(seed)
    n = draw.size(2, 5)
    weights, bounds = draw.weights(n), draw.numbers(n)

    def f(xs: List) -> Any:
        found = []
        for x, w, bound in zip(xs, weights, bounds, strict=True):
            inside = (x > bound) & (x < 1.2)
            found.append(where(inside, w * x, x - w))
            found.append(where(x * w >= 0.0, exp(x), minimum(x, bound)))
            found.append(where((x == xs[0]) | (x <= bound), x * x, w))
        return mean(found)

    return Case(f, draw.examples(n))


def matrices_of_parameters(seed: int) -> Case:
    """Products of weights with weights, as in low ranks, ties and penalties."""
    draw = Draw(seed)
    n, rank, rows = draw.size(1, 4), draw.size(1, 3), draw.size(2, 4)
    left, right, tied = (draw.weights(count, rank) for count in (rows, n, rows))
    low, ties, squashed = draw.yes(), draw.yes(), draw.yes()

    def product(a: List, b: List) -> List:
        return [[dot(row, other) for other in b] for row in a]

    def f(xs: List) -> Any:
        weights = product(left, right)
        if squashed:
            weights = [[tanh(w) for w in row] for row in weights]
        total = mean([w for row in weights for w in row]) * xs[0]
        if low:
            total = autograd.sum([dot(row, xs) for row in weights])
        if ties:
            total = total + mean([w for row in product(tied, left) for w in row])
        return total

    return Case(f, draw.examples(n))


def plain_data(seed: int) -> Case:
    """Labels, masks and tables of 0, 1 and others; what is read by turns."""
    draw = Draw(seed)
    n, count = draw.size(2, 5), draw.size(2, 6)
    entries = [-1.0, 0.0, 0.0, 1.0, 1.0, 0.5, 2.0]
    table = [draw.rng.choices(entries, k=n) for _ in range(count)]
    labels = [float(draw.size(0, 1)) for _ in range(count)]
    weights, steps = draw.weights(n), draw.size(0, 2)
    by_hand, by_turns, turned = draw.yes(), draw.yes(), draw.yes()

    def row_by(row: List, xs: List) -> Any:
        return sum(a * x for a, x in _pairs(row, xs)) if by_hand else dot(row, xs)

    def f(xs: List) -> Any:
        state = xs
        for _ in range(steps):
            state = [tanh(row_by(row, state)) for row in (table * n)[:n]]
        if by_turns:
            both = [y for w, x in _pairs(weights, state) for y in (exp(w), x)]
            state = [dot(row, both[i:] + both[:i]) for i, row in enumerate([both] * n)]
        scores = [dot(weights, [a * x for a, x in _pairs(row, state)]) for row in table]
        off = [s - y for s, y in _pairs(scores, labels)]
        kinds = [d * d if y else relu(0.3 - d) for d, y in _pairs(off, labels)]
        hidden = [y * tanh(d) + (1.0 - y) * d for d, y in _pairs(off, labels)]
        added = [[a + s for a, s in _pairs(row, state)] for row in table]
        columns = [*zip(*added, strict=True)] if turned else added
        product = [tanh(dot(row, other)) for row in columns for other in columns]
        product += [tanh(dot(weights, row) + weights[0]) for row in table]
        return autograd.sum(kinds) + mean(hidden) + autograd.sum(product)

    return Case(f, draw.examples(n))


CASES: Mapping[str, Callable[[int], Case]] = {
    function.__name__: function
    for function in (
        sums_of_products,
        dense_layers,
        convolutions,
        recurrences,
        attention,
        ragged_lists,
        softmax_families,
        chosen_by_integers,
        single_products,
        choices,
        matrices_of_parameters,
        plain_data,
    )
}

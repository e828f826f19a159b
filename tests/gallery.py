"""Pictures of every kind, for looking at and for measuring: values, nets, batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

import autograd
import nn
import visualize
from autograd import Value, parameter

Maker = Callable[[], Any]


def expression() -> Value:
    """The expression of micrograd's README."""
    a, b = Value(-4.0, "a"), Value(2.0, "b")
    c, d = a + b, a * b + b**3
    c = c + c + 1
    c = c + 1 + c + (-a)
    d = d + d * 2 + (b + a).relu()
    d = d + 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0 + 10.0 / f
    g.label = "g"
    return backward(g)


def neuron() -> Value:
    """Two inputs, a tanh, a squared error."""
    x = [Value(1.0, "x0"), Value(-2.0, "x1")]
    w = [parameter(-0.7313, "w0"), parameter(0.6949, "w1")]
    y = (x[0] * w[0] + x[1] * w[1] + parameter(0.2, "b")).tanh()
    return backward((y - 1.0) ** 2)


def recurrence(steps: int) -> Value:
    """`h = tanh(w*x + u*h + b)`, written by hand."""
    w, u, b = parameter(0.5, "w"), parameter(0.8, "u"), parameter(0.1, "b")
    h: Any = 0.0
    for step in range(steps):
        h = autograd.tanh(w * np.sin(step) + u * h + b)
    return backward(h)


def recurrence_of_inputs(steps: int) -> Value:
    """The same with inputs that are Values, and a loss."""
    w, u, b = parameter(0.5, "w"), parameter(0.8, "u"), parameter(0.1, "b")
    h = Value(0.0, "h0")
    for step in range(steps):
        h = (w * Value(0.3 * step, f"x{step}") + u * h + b).tanh()
    return backward((h - 1.0) ** 2)


def rnn(units: int, steps: int) -> Value:
    """A layer of nn, its last state summed."""
    net = nn.RNN(1, units, rng=0)
    _, h = net([[float(np.sin(step))] for step in range(steps)])
    return backward(autograd.sum([x * x for x in np.ravel(h)]))


def lstm(units: int, steps: int) -> Value:
    """The same of an LSTM."""
    net = nn.LSTM(1, units, rng=0)
    _, (h, _c) = net([[float(np.sin(step))] for step in range(steps)])
    return backward(autograd.sum([x * x for x in np.ravel(h)]))


def two_units(steps: int) -> Value:
    """Two states written by hand, each of which reads both."""
    w = [[parameter(0.3 - 0.1 * i * j, f"w{i}{j}") for j in range(2)] for i in range(2)]
    u = [parameter(0.5 - i, f"u{i}") for i in range(2)]
    h: list[Any] = [Value(0.0, "h0"), Value(0.0, "h1")]
    for step in range(steps):
        x = Value(float(np.sin(step)), f"x{step}")
        h = [(u[i] * x + w[i][0] * h[0] + w[i][1] * h[1]).tanh() for i in range(2)]
    return backward(autograd.sum([a * a for a in h]))


def predators(steps: int) -> Value:
    """Euler's method on the equations of Lotka and Volterra."""
    a, b = parameter(1.1, "a"), parameter(0.4, "b")
    x, y = Value(1.0, "x0"), Value(0.5, "y0")
    for _ in range(steps):
        x, y = x + 0.1 * (a * x - b * x * y), y + 0.1 * (b * x * y - a * y)
    return backward((x - 1) ** 2 + (y - 1) ** 2)


def logistic(steps: int) -> Value:
    """The logistic equation by the method of Runge and Kutta, of order 4."""
    rate, x = parameter(0.7, "rate"), Value(0.3, "x0")

    def slope(x: Any) -> Any:
        return rate * x * (1 - x)

    for _ in range(steps):
        one = slope(x)
        two = slope(x + 0.05 * one)
        three = slope(x + 0.05 * two)
        four = slope(x + 0.1 * three)
        x = x + 0.1 / 6 * (one + 2 * two + 2 * three + four)
    return backward((x - 1) ** 2)


def pendulum(steps: int) -> Value:
    """A pendulum by the same method: a state of two numbers."""
    gravity = parameter(9.8, "gravity")
    state: list[Any] = [Value(1.0, "angle"), Value(0.0, "speed")]

    def moved(slopes: list[Any], by: float) -> list[Any]:
        return [x + by * slope for x, slope in zip(state, slopes, strict=True)]

    def slopes(at: list[Any]) -> list[Any]:
        return [at[1], -gravity * at[0].sin()]

    for _ in range(steps):
        one = slopes(state)
        two = slopes(moved(one, 0.05))
        three = slopes(moved(two, 0.05))
        four = slopes(moved(three, 0.1))
        sums = zip(one, two, three, four, strict=True)
        state = moved([a + 2 * b + 2 * c + d for a, b, c, d in sums], 0.1 / 6)
    return backward(state[0] ** 2)


def descent(steps: int) -> Value:
    """Steps of gradient descent inside of a graph."""
    rate, w = parameter(0.1, "rate"), Value(2.0, "w0")
    for _ in range(steps):
        (slope,) = autograd.gradients((w * w - 1) ** 2, [w], create_graph=True)
        w = w - rate * slope
    return backward((w - 1) ** 2)


def errors(steps: int) -> Value:
    """A recurrence with an error in each step."""
    w, u = parameter(0.5, "w"), parameter(0.8, "u")
    h, found = Value(0.0, "h0"), []
    for step in range(steps):
        h = (w * Value(0.3 * step, f"x{step}") + u * h).tanh()
        found.append((h - Value(0.1 * step, f"y{step}")) ** 2)
    return backward(autograd.mean(found))


def recurrent(cell: Callable[..., Any], inputs: int, units: int, steps: int) -> Value:
    """A layer of nn that reads Values, the squares of its last state summed."""
    net = cell(inputs, units, rng=0)
    rows = [
        [Value(float(np.sin(step + i)), f"x{step}.{i}") for i in range(inputs)]
        for step in range(steps)
    ]
    _, state = net(rows)
    h = state[0] if isinstance(state, tuple) else state
    return backward(autograd.sum([x * x for x in np.ravel(h)]))


def squares(count: int) -> Value:
    """A sum of squares of leaves."""
    return backward(autograd.sum([Value(i / 7, f"x{i}") ** 2 for i in range(count)]))


def running_squares(count: int) -> Value:
    """The same, added one by one."""
    total: Any = 0.0
    for i in range(count):
        total = total + Value(i / 7, f"x{i}") ** 2
    return backward(total)


def chain(length: int) -> Value:
    """One operation after the other."""
    x = Value(0.3, "x")
    for step in range(length):
        x = (x.sin(), x * 1.1, x + 0.1, x.tanh())[step % 4]
    return backward(x)


def irregular(length: int, seed: int = 0) -> Value:
    """Operations on any two of the last few values."""
    rng = np.random.default_rng(seed)
    values = [Value(float(x), f"x{i}") for i, x in enumerate(rng.normal(size=4))]
    for _ in range(length):
        one, two = (values[-int(rng.integers(1, 5))] for _ in range(2))
        kind = int(rng.integers(4))
        values.append((one * two, one + two, (one - two).tanh(), one.sin())[kind])
    return backward(autograd.sum(values[-4:]))


def loss(sizes: list[int], inputs: int = 2, samples: int = 1) -> Value:
    """A net's mean squared error over a batch."""
    net = nn.MLP(inputs, sizes, "tanh", rng=0)
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(samples, inputs))
    errors = []
    for row in rows:
        out = net([Value(float(x), f"x{i}") for i, x in enumerate(row)])
        outs = out if isinstance(out, list) else [out]
        errors += [(y - 0.5) ** 2 for y in outs]
    return backward(autograd.mean(errors))


def batch_of_plain_rows() -> Value:
    """Twelve rows of plain numbers, two outputs for each: no row stands for all."""
    net, rng = nn.MLP(4, [8, 8, 2], "tanh", rng=0), np.random.default_rng(1)
    outputs = [y for row in rng.normal(size=(12, 4)).tolist() for y in net(row)]
    return backward(autograd.mean([(y - 0.5) ** 2 for y in outputs]))


def called_with_numbers() -> Value:
    """A net whose inputs are plain numbers."""
    net = nn.MLP(2, [16, 16, 1], "tanh", rng=0)
    return backward((net([0.5, -1.0]) - 1.0) ** 2)


def convolution() -> Value:
    """A small convolution over an image of 5 x 5."""
    net = nn.Conv2d(1, 2, 3, rng=0)
    image = [[[Value(float((i * j) % 3)) for j in range(5)] for i in range(5)]]
    maps = net(image)
    return backward(autograd.sum([x * x for m in maps for row in m for x in row]))


def attention() -> Value:
    """Self-attention over three words."""
    net = nn.SelfAttention(2, rng=0)
    numbers = [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]
    words = [[Value(x) for x in word] for word in numbers]
    rows = net(words)
    return backward(autograd.sum([x * x for row in rows for x in row]))


def long_names() -> Value:
    """Labels that are longer than most."""
    x = Value(1 / 3, "the temperature of the outer wall")
    w = parameter(-123.456e-9, "encoder.layers.11.attention.out_proj.weight")
    y = Value(2.0, "WWWWWWWWWWWWmmmm") * x + w
    y.label = "Σ·温度 %@ ∇"
    return backward(y)


def not_numbers() -> Value:
    """Infinite and NaN."""
    x, y = Value(0.0, "x"), Value(1e300, "y")
    return backward((x.log() + y * y) * 0.0 + y)


def backward(value: Value) -> Value:
    """The value, with gradients."""
    value.backward()
    return value


def compared() -> Any:
    """Two snapshots of one graph."""
    x, w = Value(2.0, "x"), parameter(-3.0, "w")
    y = backward((x * w).tanh() + w)
    before = visualize.snapshot(y)
    w.data = -0.5
    z = backward((x * w).tanh() + w)
    return visualize.compare(before, z)


def pictures(**options: Any) -> Mapping[str, Maker]:
    """A maker for each picture, by name, drawn with these options."""
    draw: Callable[..., Any] = partial(visualize.draw, **options)
    net = nn.MLP(2, [16, 16, 1], rng=0)
    return {
        "expression": lambda: draw(expression()),
        "expression-constants": lambda: draw(expression(), inline_constants=False),
        "expression-contributions": lambda: draw(expression(), contributions=True),
        "neuron": lambda: draw(neuron()),
        "one-leaf": lambda: draw(Value(1.0, "x")),
        "before-backward": lambda: draw(Value(1.0, "x") * 2 + Value(3.0)),
        "long-names": lambda: draw(long_names()),
        "not-numbers": lambda: draw(not_numbers()),
        "recurrence-5": lambda: draw(recurrence(5)),
        "recurrence-16": lambda: draw(recurrence(16)),
        "recurrence-30": lambda: draw(recurrence(30)),
        "recurrence-inputs-8": lambda: draw(recurrence_of_inputs(8)),
        "recurrence-inputs-24": lambda: draw(recurrence_of_inputs(24)),
        "rnn-2-20": lambda: draw(rnn(2, 20)),
        "rnn-2-4": lambda: draw(rnn(2, 4)),
        "rnn-8-3": lambda: draw(rnn(8, 3)),
        "lstm-2-6": lambda: draw(lstm(2, 6)),
        "lstm-1-2": lambda: draw(lstm(1, 2)),
        "rnn-3-4-12": lambda: draw(recurrent(nn.RNN, 3, 4, 12)),
        "rnn-4-8": lambda: draw(recurrent(nn.RNN, 2, 4, 8)),
        "gru-2-6": lambda: draw(recurrent(nn.GRU, 1, 2, 6)),
        "two-units-20": lambda: draw(two_units(20)),
        "predators-12": lambda: draw(predators(12)),
        "logistic-3": lambda: draw(logistic(3)),
        "logistic-12": lambda: draw(logistic(12)),
        "pendulum-8": lambda: draw(pendulum(8)),
        "pendulum-30": lambda: draw(pendulum(30)),
        "descent-12": lambda: draw(descent(12)),
        "errors-8": lambda: draw(errors(8)),
        "squares-12": lambda: draw(squares(12)),
        "squares-120": lambda: draw(squares(120)),
        "running-squares-120": lambda: draw(running_squares(120)),
        "chain-12": lambda: draw(chain(12)),
        "chain-60": lambda: draw(chain(60)),
        "chain-250": lambda: draw(chain(250)),
        "irregular-60": lambda: draw(irregular(60)),
        "irregular-200": lambda: draw(irregular(200)),
        "net-3": lambda: draw(loss([3, 1])),
        "net-4-values": lambda: draw(loss([4, 1]), level="value"),
        "net-8-8": lambda: draw(loss([8, 8, 1])),
        "net-8-8-neurons": lambda: draw(loss([8, 8, 1]), level="neuron"),
        "net-16-16-neurons": lambda: draw(loss([16, 16, 1]), level="neuron"),
        "net-16-inputs-neurons": lambda: draw(
            loss([16, 16, 3], inputs=16), level="neuron"
        ),
        "net-plain-neurons": lambda: draw(called_with_numbers(), level="neuron"),
        "net-16-16-modules": lambda: draw(loss([16, 16, 1]), level="module"),
        "net-20-samples": lambda: draw(loss([4, 4, 1], samples=20)),
        "net-20-samples-values": lambda: draw(loss([2, 1], samples=20), level="value"),
        "net-20-samples-neurons": lambda: draw(
            loss([8, 8, 1], samples=20), level="neuron"
        ),
        "net-plain-batch": lambda: draw(batch_of_plain_rows(), level="neuron"),
        "net-by-operation": lambda: draw(loss([4, 1]), group_by="op"),
        "module": lambda: draw(net),
        "module-neurons": lambda: draw(net, level="neuron"),
        "convolution": lambda: draw(convolution()),
        "attention": lambda: draw(attention()),
        "focus": lambda: draw(recurrence(16), focus="u", depth=2),
        "compare": compared,
        "sparsity": lambda: visualize.spy(recurrence(16)),
    }

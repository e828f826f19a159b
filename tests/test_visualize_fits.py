"""Pictures fit: in a real browser no two texts touch, and none is cropped or small."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest

import autograd
import nn
import visualize
from autograd import Value
from tests.browser import browser
from tests.fonts import FONTS, installed
from tests.gallery import pictures
from visualize.layout.geometry import Direction
from visualize.svg.document import page_size

PICTURES = {
    direction: pictures(direction=direction) for direction in get_args(Direction)
}
CASES = [
    (name, direction)
    for direction in PICTURES
    for name in PICTURES[direction]
    if direction == "right" or name not in {"compare", "sparsity"}
]

ASKED_FOR = {"net-20-samples-values", "net-4-values", "focus"}
"""All that was asked for is shown, however large."""

# Of the height of a line of text, what letters and digits take up.
MEASURE = """(font) => {
  const style = document.createElement('style');
  style.textContent = `text, tspan { font-family: "${font}" !important }`;
  document.head.append(style);
  const page = document.querySelector('svg').getBoundingClientRect();
  const found = [], wrong = [];
  const meet = (a, b, c, d) => Math.min(b, d) - Math.max(a, c) > 0.5;
  for (const text of document.querySelectorAll('svg text')) {
    for (const part of text.children.length ? text.children : [text]) {
      const box = part.getBoundingClientRect();
      const size = parseFloat(getComputedStyle(part).fontSize);
      const middle = (box.top + box.bottom) / 2, half = 0.36 * size;
      if (!part.textContent.trim()) continue;
      const mine = {said: part.textContent, left: box.left, right: box.right,
                    top: middle - half, bottom: middle + half};
      if (size < 9) wrong.push(`small: ${mine.said}`);
      if (mine.left < page.left || mine.right > page.right + 0.5 ||
          mine.top < page.top || mine.bottom > page.bottom)
        wrong.push(`cropped: ${mine.said}`);
      for (const other of found)
        if (meet(mine.left, mine.right, other.left, other.right) &&
            meet(mine.top, mine.bottom, other.top, other.bottom))
          wrong.push(`${other.said} touches ${mine.said}`);
      found.push(mine);
    }
  }
  style.remove();
  return {wrong, wide: page.width, high: page.height};
}"""


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    with browser() as started:
        yield started.new_page()


@pytest.mark.parametrize(("name", "direction"), CASES)
def test_texts_fit_in_every_font_and_the_picture_its_bounds(
    page: Any, name: str, direction: Direction
) -> None:
    picture = PICTURES[direction][name]()
    page.set_content(f'<!DOCTYPE html><body style="margin: 0">{picture.svg}')
    fonts = [font for font in FONTS if installed(font)]
    if not fonts:
        pytest.skip("none of the fonts is installed: apt-get install fonts-dejavu")
    for font in fonts:
        found = page.evaluate(MEASURE, font)
        assert found["wrong"] == [], font
    if name in ASKED_FOR:
        return
    medium = 50 <= getattr(getattr(picture, "drawing", None), "total", 0) <= 300
    wide, high = (1700, 1250) if medium else (2400, 1800)
    assert found["wide"] <= wide
    assert found["high"] <= high


def _by_hand(samples: int, hidden: int) -> Any:
    """A net with every product a node, and the mean of its squared errors."""
    rng = random.Random(1)
    inner, outer = (
        [[Value(rng.gauss(0, 1)) for _ in range(wide)] for _ in range(high)]
        for wide, high in ((2, hidden), (hidden, 1))
    )
    errors = []
    for _ in range(samples):
        numbers = [Value(rng.gauss(0, 1)) for _ in range(2)]
        for layer in (inner, outer):
            numbers = [
                autograd.sum([w * x for w, x in zip(row, numbers, strict=True)]).tanh()
                for row in layer
            ]
        errors.append((numbers[0] - 0.5) ** 2)
    return autograd.mean(errors)


def _dots(samples: int, hidden: int) -> Any:
    """The same with each weighted sum a node."""
    rng = random.Random(1)
    inner = [[Value(rng.gauss(0, 1)) for _ in range(2)] for _ in range(hidden)]
    outer = [Value(rng.gauss(0, 1)) for _ in range(hidden)]
    errors = []
    for _ in range(samples):
        x = [Value(rng.gauss(0, 1)) for _ in range(2)]
        found = autograd.dot(outer, [autograd.dot(row, x).tanh() for row in inner])
        errors.append((found - 1.0) ** 2)
    return autograd.mean(errors)


def _classified(samples: int, sizes: list[int]) -> Any:
    net = nn.MLP(2, sizes, rng=0)
    rng = random.Random(2)
    scores = [net([Value(rng.gauss(0, 1)), Value(0.5)]) for _ in range(samples)]
    return nn.losses.cross_entropy(scores, [n % sizes[-1] for n in range(samples)])


def _attention(steps: int, size: int) -> Any:
    rng = random.Random(3)
    query, key, value = (
        [[Value(rng.gauss(0, 1)) for _ in range(size)] for _ in range(steps)]
        for _ in range(3)
    )
    found = []
    for one in query:
        scores = [autograd.dot(one, other) / math.sqrt(size) for other in key]
        share = autograd.softmax(scores)
        found += [autograd.dot(share, [*column]) for column in zip(*value, strict=True)]
    return autograd.sum(found)


def _net(size: int, sizes: list[int]) -> Any:
    outputs = nn.MLP(size, sizes, rng=0)([Value(0.1 * n - 0.3) for n in range(size)])
    many = outputs if isinstance(outputs, list) else [outputs]
    return nn.losses.mean_squared_error(many, [0.5] * len(many))


def _recurrent(steps: int, size: int) -> Any:
    cell = nn.LSTM(2, size, rng=0)
    outputs, _ = cell([[Value(0.1 * n), Value(0.5)] for n in range(steps)])
    return autograd.sum(outputs[-1])


PROGRAMS: dict[str, Callable[[], Any]] = {
    "by hand, 3 x 5": lambda: _by_hand(3, 5),
    "by hand, 6 x 10": lambda: _by_hand(6, 10),
    "by hand, 1 x 8": lambda: _by_hand(1, 8),
    "dots, 3 x 5": lambda: _dots(3, 5),
    "dots, 1 x 12": lambda: _dots(1, 12),
    "two samples of 8 to 3": lambda: _classified(2, [8, 3]),
    "five samples of 7 to 4": lambda: _classified(5, [7, 4]),
    "attention, 3 of 2": lambda: _attention(3, 2),
    "attention, 4 of 2": lambda: _attention(4, 2),
    "a neuron each of 32": lambda: _net(1, [32, 1]),
    "6 to 6": lambda: _net(3, [6, 6]),
    "8 to 20": lambda: _net(8, [20, 1]),
    "five layers": lambda: _net(5, [5, 5, 5, 5, 1]),
    "an LSTM": lambda: _recurrent(3, 2),
}


@pytest.mark.parametrize("direction", get_args(Direction))
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_medium_graph_keeps_to_a_page(name: str, direction: Direction) -> None:
    output = PROGRAMS[name]()
    output.backward()
    picture = visualize.draw(output, direction=direction)
    assert picture.drawing.total >= 50
    wide, high = page_size(picture.figure)
    assert wide <= 1700
    assert high <= 1250

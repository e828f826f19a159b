"""Pictures fit: in a real browser no two texts touch, and none is cropped or small."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from tests.browser import browser
from tests.gallery import pictures
from visualize.layout.geometry import Direction

FONTS = ("DejaVu Sans", "Inter", "Liberation Sans")
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


def installed(font: str) -> bool:
    if shutil.which("fc-list") is None:
        return False
    done = subprocess.run(["fc-list", font], capture_output=True, check=True)
    return bool(done.stdout)


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

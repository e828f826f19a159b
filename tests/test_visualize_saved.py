"""Pictures saved as PDF and PNG: no letter touches another or is cropped or missing."""

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import pypdfium2
import pytest

import autograd
import visualize
from autograd import Graph, Program, Value
from tests.fonts import FONTS, installed
from tests.gallery import expression, loss, neuron, pictures

TEXT = "{http://www.w3.org/2000/svg}text"

POINT = 0.75
"""Of a pixel; a PDF counts in points, from its lower edge."""

TOUCHING = 0.6
"""Points in both directions: the edges of two letters side by side may meet."""

Maker = Callable[..., Any]


def explained(**options: Any) -> visualize.Picture:
    """Two ways of which one carries four fifths."""
    x = Value(0.5, "x")
    y = x * 4 + x
    found = autograd.explain(y, x)
    return visualize.draw(y, explain=found, **options)


EVERY_FONT: Mapping[str, Maker] = {
    "contributions": partial(visualize.draw, expression(), contributions=True),
    "explained": explained,
    "neurons": partial(visualize.draw, loss([8, 8, 1]), level="neuron"),
}
ALL: Mapping[str, Maker] = {
    **pictures(),
    **EVERY_FONT,
    "contributions-down": partial(EVERY_FONT["contributions"], direction="down"),
    "dark": lambda: visualize.draw(neuron(), theme="dark"),
    "program": lambda: visualize.draw(Program(lambda x, y: (x * y).tanh(), 0.5, 2.0)),
}


class Letter(NamedTuple):
    """A letter and what it covers, in points."""

    text: str
    left: float
    bottom: float
    right: float
    top: float

    def touches(self, other: "Letter") -> bool:
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.top, other.top) - max(self.bottom, other.bottom)
        return wide > TOUCHING and high > TOUCHING


def letters(path: Path) -> tuple[tuple[float, float], list[Letter]]:
    """A page's size, and what is printed on it."""
    page = pypdfium2.PdfDocument(path)[0]
    found = page.get_textpage()
    shown = ((found.get_text_range(n, 1), n) for n in range(found.count_chars()))
    boxes = [Letter(c, *found.get_charbox(n)) for c, n in shown if c.strip()]
    return page.get_size(), boxes


def wrong(path: Path) -> Iterator[str]:
    """What touches or is cropped in a PDF."""
    (wide, high), found = letters(path)
    near: dict[tuple[int, int], list[Letter]] = defaultdict(list)
    for letter in found:
        if min(letter[1:]) < 0 or letter.right > wide or letter.top > high:
            yield f"cropped: {letter}"
        # No letter is as large as half a cell.
        column, row = int(letter.left // 40), int(letter.bottom // 40)
        for x in (column - 1, column, column + 1):
            for y in (row - 1, row, row + 1):
                touched = (other for other in near[x, y] if letter.touches(other))
                yield from (f"{other} touches {letter}" for other in touched)
        near[column, row].append(letter)


def assert_fits(picture: Any, path: Path) -> None:
    """Every letter of the picture is there, and for itself."""
    picture.save(path)
    assert list(wrong(path)) == []
    size, found = letters(path)
    texts = ["".join(text.itertext()) for text in ET.fromstring(picture.svg).iter(TEXT)]
    said = "".join("".join(texts).split())
    assert sorted(letter.text for letter in found) == sorted(said)
    wide, high = map(float, re.findall(r'(?:width|height)="(\d+)"', picture.svg)[:2])
    assert size == pytest.approx((POINT * wide, POINT * high), abs=1)


@pytest.mark.parametrize("name", ALL)
def test_texts_of_a_saved_picture_fit(name: str, tmp_path: Path) -> None:
    assert_fits(ALL[name](), tmp_path / "picture.pdf")


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("name", EVERY_FONT)
def test_texts_of_a_saved_picture_fit_in_every_font(
    name: str, font: str, tmp_path: Path
) -> None:
    if not installed(font):
        pytest.skip(f"{font} is not installed")
    style = visualize.Style(font=f'"{font}"')
    assert_fits(EVERY_FONT[name](style=style), tmp_path / "picture.pdf")


@pytest.mark.parametrize("font", FONTS)
def test_of_several_fonts_the_first_that_is_installed_is_taken(
    font: str, tmp_path: Path
) -> None:
    if not installed(font):
        pytest.skip(f"{font} is not installed")

    def saved(fonts: str) -> list[Letter]:
        picture = visualize.draw(Value(2.0, "x"), style=visualize.Style(font=fonts))
        return letters(picture.save(tmp_path / "picture.pdf"))[1]

    stacked = saved(f'"No Such Font", "{font}", sans-serif')
    for one, other in zip(stacked, saved(f'"{font}"'), strict=True):
        assert one[1:] == pytest.approx(other[1:], abs=0.01)


def test_a_saved_png_has_two_dots_a_pixel(tmp_path: Path) -> None:
    picture = visualize.draw(neuron())
    png = picture.save(tmp_path / "picture.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    size = [int.from_bytes(png[place : place + 4]) for place in (16, 20)]
    sides = re.findall(r'(?:width|height)="(\d+)"', picture.svg)[:2]
    assert size == [2 * int(side) for side in sides]


@pytest.mark.parametrize(
    ("fault", "way"),
    [
        ("raise ImportError", "needs the package cairosvg: pip install"),
        ("raise OSError('no library called cairo-2')", "the library cairo: apt-get"),
    ],
)
@pytest.mark.parametrize("suffix", ["png", "pdf"])
def test_without_what_makes_images_an_error_says_what_to_install(
    suffix: str, fault: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cairocffi.py").write_text(fault, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "cairocffi", raising=False)
    picture = visualize.draw(Graph(Value(1.0)))
    path = tmp_path / f"picture.{suffix}"
    with pytest.raises(ImportError, match=way):
        picture.save(path)
    assert not path.exists()

"""Numbers, labels and the tree as text."""

from __future__ import annotations

import math
from html import escape
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import visualize
from autograd import Graph, Value
from visualize.cards.labels import clean, fit, shorten, width
from visualize.style import DARK, LIGHT, STEPS, Scale, Style, contrast
from visualize.svg.css import band_class


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-2.5, "−2.5"),
        (0.69489, "0.6949"),
        (-3.91607, "−3.916"),
        (0.001, "0.001"),
        (0.00099999, "0.001"),
        (0.000999, "9.99e−4"),
        (1e-9, "1e−9"),
        (-1.23456e-7, "−1.235e−7"),
        (1234.56, "1235"),
        (99994.0, "99990"),
        (99999.0, "1e5"),
        (100000.0, "1e5"),
        (-123456.0, "−1.235e5"),
        (1.7976931348623157e308, "1.798e308"),
        (5e-324, "4.941e−324"),
        (math.nan, "NaN"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert Style().number(value) == text


@given(st.floats())
def test_every_number_is_short_and_has_no_hyphen(value: float) -> None:
    text = Style().number(value)
    assert len(text) <= 11
    assert "-" not in text
    assert text not in ("−0", "")


def test_the_scale_is_symmetric_and_reaches_over_four_decades() -> None:
    scale = Scale.of([3.9, -0.1, math.nan, math.inf])
    assert scale.top == 5.0
    assert scale.step(5.0) == STEPS
    assert scale.step(-5.0) == -STEPS
    assert scale.step(0.0) == 0
    assert scale.step(5e-4) == scale.step(1e-300) == 1
    assert scale.step(-1e-300) == -1
    assert scale.step(0.05) == STEPS // 2


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_gradient_has_a_step_on_any_scale(value: float) -> None:
    for scale in (
        Scale.of([value]),
        Scale.of([]),
        Scale.of([1e-320]),
        Scale.of([1e308]),
    ):
        step = scale.step(value)
        assert abs(step) <= STEPS
        assert (step > 0) == (value > 0)
        assert (step < 0) == (value < 0)
        assert band_class(step)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_text_can_be_read_on_every_band(palette: visualize.Palette) -> None:
    for step in range(-STEPS, STEPS + 1):
        colour = palette.band(step)
        assert contrast(palette.text_on(colour), colour) > 4.5
    for ink in (palette.positive_wire, palette.negative_wire, palette.muted):
        assert contrast(ink, palette.background) > 4.0


def test_clean_drops_what_cannot_be_seen() -> None:
    assert clean("a\x00b\x1b\ud800\u202e\u200f\ufeff\uffff") == "ab"
    assert clean("  two\r\nlines\u2028here ") == "two lines here"
    assert clean("ŷ₁ 数 שלום") == "ŷ₁ 数 שלום"


@given(st.text(st.characters()), st.integers(3, 50))
def test_clean_is_short_valid_xml_text(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    assert len(cleaned) <= limit
    assert cleaned == cleaned.strip()
    ET.fromstring(f"<text>{escape(cleaned)}</text>")


def test_shorten_keeps_both_ends() -> None:
    assert shorten("layers.0.neurons.3.weights.31", 15) == "layers.…ghts.31"
    assert shorten("short", 15) == "short"
    assert len(clean("x" * 100_000)) == 400


def test_fit_shortens_to_the_space() -> None:
    text = fit("a very long name indeed", 13, 60)
    assert "…" in text
    assert width(text, 13) <= 60
    assert fit("ok", 13, 60) == "ok"
    assert width("数数", 10) > width("ll", 10)


def neuron() -> Value:
    x, w, b = Value(2.0, "x"), autograd.parameter(-3.0, "w"), Value(6.5, "b")
    y = (w * x + b).tanh()
    y.label = "y"
    return y


def test_a_tree_before_and_after_backward() -> None:
    y = neuron()
    assert "grad —" in visualize.tree(y)
    y.backward()
    assert visualize.tree(y) == (
        "y = tanh                    0.4621  grad      1\n"
        "└─ ×0.7864  v4 = +             0.5  grad 0.7864\n"
        "   ├─ ×1  v2 = ×                −6  grad 0.7864\n"
        "   │  ├─ ×2  w (parameter)      −3  grad  1.573\n"
        "   │  └─ ×−3  x (input)          2  grad −2.359\n"
        "   └─ ×1  b (input)            6.5  grad 0.7864"
    )


def test_a_shared_node_is_told_in_full_once() -> None:
    x = Value(2.0, "x")
    y = x * x
    z = y + y
    text = visualize.tree(z)
    assert text.count("x (input)") == 1
    assert text.count("v1 = ×") == 1
    assert text.count("v1 ↑") == 1


def test_a_tree_of_several_outputs_and_of_a_leaf() -> None:
    x = Value(2.0, "x")
    text = visualize.tree(Graph(x * 2, x + 1))
    assert [line.split()[0] for line in text.splitlines()] == ["v1", "└─", "v2", "└─"]
    assert visualize.tree(x) == "x (output)  2  grad —"


def test_a_deep_tree_begins_anew_at_the_left_and_says_what_it_leaves_out() -> None:
    node = Value(0.5, "x")
    for _ in range(100_000):
        node = node * 1.0
    text = visualize.tree(node, level="value")
    assert max(map(len, text.splitlines())) < 120
    assert "… 1 more not shown" in text
    assert text.endswith("300 of 100,001 nodes: the nearest to the output")
    assert text.count(" = ×1") == 300


def test_a_tree_has_no_addresses_and_keeps_hostile_names_in_their_line() -> None:
    y = Value(1.0, "a\nb\x00\u202e") + 1
    assert visualize.tree(y).splitlines()[1].startswith("└─ ×1  a b (input)")
    assert "0x" not in visualize.tree(y)

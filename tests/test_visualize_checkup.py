"""Pictures with findings and digits: on the right card, with the right numbers."""

import copy
import math
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import mpmath
import pytest

import autograd
import nn
import visualize
from autograd import Graph, Value, cos, diagnose, exp, log, record_sources
from visualize.cards.digits import Digits


def cards_of(value: object, **options: object) -> dict[str, object]:
    drawing = visualize.draw(value, **options).drawing  # type: ignore[arg-type]
    return {card.name: card for card in drawing.cards}


def one_minus_cosine(x: float) -> tuple[Value, ...]:
    a = Value(x, "x")
    b = cos(a)
    b.label = "c"
    top = 1 - b
    top.label = "top"
    square = a * a
    square.label = "square"
    y = top / square
    y.label = "y"
    y.backward()
    return a, b, top, square, y


def true_digits(x: float) -> dict[str, float]:
    """The digits of each number next to what mpmath makes of the same x."""
    with mpmath.workdps(60):
        a = mpmath.mpf(x)
        true = {"x": a, "c": mpmath.cos(a), "square": a * a}
        true["top"] = 1 - true["c"]
        true["y"] = true["top"] / true["square"]
        found = {}
        for node in one_minus_cosine(x):
            off = abs(true[node.label] - mpmath.mpf(node.data))
            share = off / abs(true[node.label])
            found[node.label] = float(-mpmath.log10(share)) if share else 16.0
    return {name: min(16.0, max(0.0, digits)) for name, digits in found.items()}


@pytest.mark.parametrize("x", [1e-2, 1e-4, 1e-6, 1e-8, 0.7])
def test_every_card_shows_the_digits_that_are_right(x: float) -> None:
    true = true_digits(x)
    for name, card in cards_of(one_minus_cosine(x)[-1], digits=True).items():
        digits = card.digits  # type: ignore[attr-defined]
        assert digits.left == pytest.approx(true[name], abs=1.0)
        assert digits.left + digits.lost + digits.inherited == 16


def test_digits_are_lost_at_one_card_and_inherited_by_the_next() -> None:
    cards = cards_of(one_minus_cosine(1e-6)[-1], digits=True)
    top, y = cards["top"].digits, cards["y"].digits  # type: ignore[attr-defined]
    assert top.lost > 8
    assert top.inherited == 0
    assert y.lost <= 1
    assert y.inherited > 8


def exact() -> Value:
    """Nothing is lost: all numbers are whole."""
    return Value(2.0, "x") * Value(3.0, "y") + 1.0


def test_the_picture_has_a_square_for_each_digit() -> None:
    y = one_minus_cosine(1e-6)[-1]
    svg = visualize.draw(y, digits=True).svg
    cards = cards_of(y, digits=True).values()
    for kind in ("left", "lost", "inherited"):
        wanted = sum(getattr(card.digits, kind) for card in cards)  # type: ignore[attr-defined]
        shown = svg.count(f'class="digit {kind}" x')
        assert shown == wanted
    assert "digits left" not in visualize.draw(y).svg


@pytest.mark.parametrize("make", [lambda: one_minus_cosine(1e-6)[-1], exact])
def test_the_legend_lists_the_digits_that_occur(make: Callable[[], Value]) -> None:
    captions = {"left": "digits left", "lost": "lost here", "inherited": "inherited"}
    picture = visualize.draw(make(), digits=True)
    bars = [card.digits for card in picture.drawing.cards]
    for kind, caption in captions.items():
        there = any(getattr(bar, kind) for bar in bars)
        assert (f">{caption}</text>" in picture.svg) == there


def test_the_words_of_digits() -> None:
    assert str(Digits.of(15.95, [])) == "16 digits left"
    assert str(Digits.of(0.8, [15.9])) == "1 digit left · 15 lost here"
    assert (
        str(Digits.of(5.0, [9.0, 16.0])) == "5 digits left · 4 lost here · 7 inherited"
    )
    # An operand that was hardly read: the sum has more digits than it.
    assert str(Digits.of(12.0, [3.0])) == "12 digits left · 4 inherited"


def test_digits_of_a_node() -> None:
    a, _, top, _, y = one_minus_cosine(1e-6)
    found = diagnose(y)
    assert found.digits_of(a) == pytest.approx(53 * math.log10(2.0))
    assert found.digits_of(y) == found.digits
    assert found.digits_of(top) == pytest.approx(true_digits(1e-6)["top"], abs=1.0)
    with pytest.raises(ValueError, match="was not computed from z"):
        found.digits_of(Value(1.0, "z"))


def test_a_finding_marks_the_card_where_it_began_and_no_other() -> None:
    x = Value(1000.0, "x")
    e = exp(x)
    e.label = "e"
    y = log(1.0 + e)
    y.backward()
    cards = cards_of(y, diagnose=True)
    marked = [n for n, card in cards.items() if "overflow" in card.marks]  # type: ignore[attr-defined]
    assert marked == ["e"]
    picture = visualize.draw(y, diagnose=True)
    for form in (picture.svg, picture.text, visualize.tree(y, diagnose=True)):
        assert "softplus(x)" in form  # the advice
        assert "1 finding: overflow" in form
    assert picture.svg.count('class="outline operation marked"') == 1
    assert "softplus" in visualize.draw_dot(y, diagnose=True).source
    assert "overflow" not in visualize.draw(y).svg


def test_a_healthy_picture_says_so() -> None:
    y = Value(2.0, "x") * 3.0
    assert "nothing went wrong in the numbers" in visualize.tree(y, diagnose=True)
    assert "nothing went wrong" not in visualize.tree(y)


def test_findings_out_of_the_picture_are_counted() -> None:
    e = exp(Value(1000.0, "x"))
    y = log(1.0 + e) * 2.0
    assert "(1 not in this picture)" in visualize.tree(y, diagnose=True, depth=1)


def test_each_output_of_a_graph_is_looked_at() -> None:
    x = Value(1000.0, "x")
    ends = exp(x), log(x - 1000.0)
    cards = cards_of(Graph(*ends), diagnose=True, digits=True).values()
    kinds = {mark for card in cards for mark in card.marks}  # type: ignore[attr-defined]
    assert "overflow" in kinds
    assert all(card.digits for card in cards)  # type: ignore[attr-defined]


def loss_with_overflow() -> Value:
    """A batch of which the third example overflows, inside of a scope."""
    weight = Value(1.0, "w")
    rows = []
    for x in (1.0, 2.0, 800.0, 3.0):
        with autograd.scope("grow"):
            rows.append(exp(weight * x) + 1.0)
    return autograd.sum(rows)


def test_a_finding_of_another_sample_is_on_the_card_that_stands_for_it() -> None:
    loss = loss_with_overflow()
    loss.backward()
    for level in ("value", "neuron", "module"):
        assert "overflow" in visualize.tree(loss, diagnose=True, level=level)


@pytest.mark.parametrize("page", [visualize.step, visualize.explore])
def test_pages_say_it_in_their_panel(page: type, tmp_path: Path) -> None:
    y = one_minus_cosine(1e-6)[-1]
    shown = page(y, diagnose=True, digits=True)
    text = shown.save(tmp_path / "page.html").read_text()
    assert re.search(r'\["went wrong", ?"cancellation: ', text)
    assert re.search(r'\["digits", ?"\d+ digits? left', text)
    assert not re.search(r'\["went wrong", ?"', page(y).html)


def test_a_module_has_no_numbers_to_look_at() -> None:
    with pytest.raises(ValueError, match="got diagnose"):
        visualize.draw(nn.MLP(2, [1], rng=0), diagnose=True)


# --- lines of source ------------------------------------------------------------


def test_cards_name_the_line_that_made_them_where_it_was_recorded() -> None:
    with record_sources():
        x = Value(2.0, "x")
        y = x.tanh()
    y.backward()
    place = f"{Path(__file__).name}:{y.source.number}"
    assert place in visualize.draw(y).svg
    assert place in visualize.tree(y)
    assert place in visualize.step(y).html
    assert Path(__file__).name not in visualize.draw(x.tanh(), depth=0).svg


def test_a_copy_knows_the_line_of_its_original() -> None:
    with record_sources():
        y = Value(2.0, "x").tanh()
    for other in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        assert other.source == y.source
        assert other.parents[0].source == y.parents[0].source
    assert copy.deepcopy(Value(1.0)).source is None


def test_a_graph_with_edges_left_out_has_pages() -> None:
    x, w = Value(2.0, "x"), Value(0.01, "w")
    y = (x * x * 3 + x * w).tanh() + x * w
    part = autograd.smallest_subgraph(y, x, share=0.9)
    for page in (visualize.step, visualize.explore):
        assert len(page(part).picture.drawing.cards) == len(part)

"""Dense layers: single neurons in a box, and their wires as a matrix of numbers."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

import nn
import visualize
from autograd import Graph, Value
from tests.gallery import batch_of_plain_rows, called_with_numbers, loss
from visualize.cards.group_cards import GroupCard
from visualize.folding.dividing import Level
from visualize.stepping.details import details
from visualize.svg.css import band_classes
from visualize.svg.document import page_size

SVG = "{http://www.w3.org/2000/svg}"
MAKERS: dict[str, Callable[[], Value]] = {
    "16-16": lambda: loss([16, 16, 1]),
    "16 inputs": lambda: loss([16, 16, 3], inputs=16),
    "plain numbers": called_with_numbers,
    "a batch": lambda: loss([8, 8, 1], samples=5),
    "7-7": lambda: loss([7, 7, 1]),
    "two outputs": batch_of_plain_rows,
}
DENSE = {
    "16-16": 256,
    "16 inputs": 304,
    "plain numbers": 256,
    "a batch": 64,
    "7-7": 49,
    "two outputs": 64,
}
"""The wires between layers that are joined by more than 40; by hand."""


def edges_of(svg: str) -> list[ET.Element]:
    root = ET.fromstring(svg)
    return [g for g in root.iter(f"{SVG}g") if g.get("class") == "edge"]


def cells_of(picture: visualize.Picture) -> dict[int, ET.Element]:
    """The cells, by the numbers of their wires."""
    found = {}
    for number, edge in enumerate(edges_of(picture.svg)):
        path = edge.find(f"{SVG}path")
        assert path is not None
        if (path.get("class") or "").startswith("cell"):
            found[number] = path
    return found


def corner(cell: ET.Element) -> tuple[float, float]:
    x, y = map(float, re.findall(r"-?[\d.]+", cell.get("d") or "")[:2])
    return x, y


@pytest.mark.parametrize("case", list(MAKERS))
def test_dense_wires_are_cells_and_every_neuron_has_its_own_card(case: str) -> None:
    picture = visualize.draw(MAKERS[case](), level="neuron")
    drawing = picture.drawing
    assert len(cells_of(picture)) == DENSE[case]
    assert len(edges_of(picture.svg)) == len(drawing.wires)
    neurons = [c for c in drawing.cards if isinstance(c, GroupCard) and c.count == 1]
    widths = re.findall(r"\d+", case)
    most = sum(map(int, widths)) if case in ("16-16", "7-7") else 16
    assert len([c for c in neurons if c.kind == "neuron"]) >= most
    wide, high = page_size(picture.figure)
    assert wide <= 1_700
    assert high <= 1_200
    assert picture.svg.count("passed back: a row for each neuron") >= 1


@pytest.mark.parametrize("case", list(MAKERS))
def test_a_cell_says_what_comes_back_in_the_row_of_its_neuron(case: str) -> None:
    picture = visualize.draw(MAKERS[case](), level="neuron")
    drawing, figure = picture.drawing, picture.figure
    cells, edges = cells_of(picture), edges_of(picture.svg)
    columns: dict[tuple[float, int], set[float]] = {}
    for number, cell in cells.items():
        wire = drawing.wires[number]
        assert wire.contribution is not None
        band = band_classes(figure.scale, wire.contribution)[0]
        assert cell.get("class") == f"cell {band}"
        title = edges[number].findtext(f"{SVG}title") or ""
        assert repr(wire.contribution) in title
        x, y = corner(cell)
        left, top = figure.card_corner(wire.child)
        assert y == pytest.approx(top, abs=0.1)
        assert x < left
        columns.setdefault((round(left), wire.parent), set()).add(round(x, 1))
    assert all(len(places) == 1 for places in columns.values())


def test_contributions_of_a_row_and_of_a_column_are_those_of_the_gradients() -> None:
    picture = visualize.draw(loss([16, 16, 1]), level="neuron")
    drawing = picture.drawing
    cells = cells_of(picture)
    leaving: dict[int, float] = {}
    for number in cells:
        wire = drawing.wires[number]
        assert wire.contribution is not None
        leaving[wire.parent] = leaving.get(wire.parent, 0.0) + wire.contribution
        child = drawing.cards[wire.child]
        assert wire.local_derivative is not None
        assert child.gradient is not None
        passed = child.gradient * wire.local_derivative
        assert wire.contribution == pytest.approx(passed, rel=1e-12)
    for card, total in leaving.items():
        assert total == pytest.approx(drawing.cards[card].gradient, rel=1e-9)


def test_of_a_batch_a_neurons_card_says_what_comes_back_in_all() -> None:
    graph = Graph(batch_of_plain_rows())
    picture = visualize.draw(graph, level="neuron")
    for number in range(8):
        name = f"layers.1.neurons.{number}"
        outputs = [n for n in graph if n.scope == name and n.op and n.op.name == "tanh"]
        assert len(outputs) == 12
        total = sum(node.grad for node in outputs)
        place = [card.title for card in picture.drawing.cards].index(name)
        face = picture.figure.faces[place]
        assert face.value == ""
        assert face.gradient == f"{picture.figure.style.number(total)} in all"


def test_downwards_the_layers_of_a_batch_fit_on_a_page() -> None:
    picture = visualize.draw(batch_of_plain_rows(), level="neuron", direction="down")
    wide, high = page_size(picture.figure)
    assert wide <= 1_700
    assert high <= 1_200


@pytest.mark.parametrize("level", ["auto", "neuron"])
def test_few_wires_stay_lines(level: Level) -> None:
    assert not cells_of(visualize.draw(loss([6, 6, 1]), level=level))


def test_before_a_backward_pass_a_cell_has_the_sign_of_its_derivative() -> None:
    net = nn.MLP(2, [16, 16, 1], "tanh", rng=0)
    picture = visualize.draw(net([Value(0.5, "x0"), Value(-1.0, "x1")]), level="neuron")
    assert "local derivatives: a row for each neuron" in picture.svg
    cells = cells_of(picture)
    assert len(cells) == 256
    for number, cell in cells.items():
        slope = picture.drawing.wires[number].local_derivative
        assert slope is not None
        sign = "p" if math.copysign(1, slope) > 0 else "n"
        assert (cell.get("class") or "").startswith(f"cell {sign}")


def test_the_details_of_a_row_begin_with_the_largest() -> None:
    page = visualize.explore(loss([16, 16, 1]), level="neuron")
    scene = page.book.scenes[0]
    number = next(
        n
        for n, card in enumerate(scene.drawing.cards)
        if card.title == "layers.1.neurons.5"
    )
    sizes = [abs(float(s["contribution"])) for s in details(scene, number)["operands"]]
    assert len(sizes) == 16
    assert sizes == sorted(sizes, reverse=True)

"""spy: the sparsity picture of graphs of any size."""

from __future__ import annotations

import math
import re
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

import autograd
import visualize
from autograd import Graph, Value, parameter
from tests.random_graphs import random_graph
from tests.test_visualize_svg import assert_harmless, with_class

CELL = re.compile(r"M(\d+),(\d+)h(\d*\.?\d+)")


def cells(svg: str) -> dict[tuple[int, int], str]:
    """The class of every filled cell, by row and column, from the picture itself."""
    found = {}
    for path in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}path"):
        name = path.get("class", "")
        if not re.fullmatch(r"t([pn]\d+|0|x|u)", name):
            continue
        for x, y, length in CELL.findall(path.get("d", "")):
            for step in range(max(1, math.floor(float(length)))):
                found[int(y), int(x) + step] = name
    return found


def expected(graph: Graph, side: int) -> dict[tuple[int, int], float]:
    """The contribution of largest size in each cell, one edge after the other."""
    found: dict[tuple[int, int], float] = {}
    for edge in graph.edges:
        cell = (
            graph.index(edge.parent) * side // len(graph),
            graph.index(edge.child) * side // len(graph),
        )
        if abs(edge.contribution) >= abs(found.get(cell, 0.0)):
            found[cell] = edge.contribution
    return found


def test_every_operand_is_a_mark_in_the_colour_of_its_contribution() -> None:
    x, w = Value(2.0, "x"), parameter(-3.0, "w")
    y = w * x + x
    y.backward()
    picture = visualize.spy(y)
    found = cells(picture.svg)
    assert set(found) == {(0, 2), (1, 2), (2, 3), (1, 3)}
    assert found[0, 2].startswith("tp")  # to w: x = 2
    assert found[1, 2].startswith("tn")  # to x: w = -3
    assert picture.note.startswith("one cell an operand")
    assert picture.text.splitlines()[2:] == [
        "        3 positive",
        "        1 negative",
        "        0 exactly 0",
        "        0 NaN or ∞",
    ]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("side", [1, 7, 40, 1000])
def test_cells_hold_the_largest_contribution(seed: int, side: int) -> None:
    _, output = random_graph(seed, 60)
    output.backward()
    graph = Graph(output)
    picture = visualize.spy(graph, cells=side)
    pattern = picture.pattern
    assert pattern.cells == min(side, len(graph))
    assert pattern.edges == len(graph.edges) == pattern.counts.sum()
    wanted = expected(graph, pattern.cells)
    found = {
        (int(row), int(column)): number
        for row, column, number in zip(
            pattern.rows, pattern.columns, pattern.contributions, strict=True
        )
    }
    assert set(found) == set(wanted) == set(cells(picture.svg))
    for cell, number in wanted.items():
        assert abs(found[cell]) == abs(number)


def test_zeros_and_nan_have_colours_of_their_own() -> None:
    x = Value(0.0, "x")
    dead = autograd.relu(x - 1)
    bad = autograd.log(x)
    y = dead + bad
    y.backward()
    names = set(cells(visualize.spy(y).svg).values())
    assert {"t0", "tx"} <= names


def test_before_a_backward_pass_marks_have_one_colour() -> None:
    picture = visualize.spy(Value(1.0) * 2 + 1)
    assert set(cells(picture.svg).values()) == {"tu"}
    assert "before a backward pass" in picture.summary
    assert "positive" not in picture.text


def test_a_single_value_is_an_empty_pattern() -> None:
    for value in (Value(1.0), parameter(math.nan)):
        picture = visualize.spy(value)
        assert cells(picture.svg) == {}
        assert picture.summary.startswith("Sparsity of 1 node, 0 edges")


def test_roles_stand_along_the_edges() -> None:
    y = Value(1.0) * parameter(2.0)
    root = ET.fromstring(visualize.spy(y).svg)
    strips = [e.get("class") for e in with_class(root, "strip")]
    assert strips == ["strip input", "strip parameter", "strip operation"]


def test_a_hundred_thousand_nodes_are_gathered_quickly() -> None:
    weights = [parameter(0.5) for _ in range(50)]
    x = Value(1.0, "x")
    for step in range(50_000):
        x = x * weights[step % 50] + 1.0
    x.backward()
    start = time.perf_counter()
    picture = visualize.spy(x)
    svg = picture.svg
    assert time.perf_counter() - start < 5  # a million in 60 s, with room
    assert len(svg) < 200_000
    assert "each cell gathers 390 or 391 × 390 or 391 nodes" in picture.note
    assert picture.note in "".join(ET.fromstring(svg).itertext())
    assert picture.pattern.counts.sum() == 150_000


def test_a_dense_pattern_stays_small() -> None:
    rng = np.random.default_rng(0)
    values = [Value(1.0)]
    for _ in range(400):
        chosen = rng.choice(len(values), size=min(40, len(values)), replace=False)
        values.append(autograd.sum([values[i] * 0.01 for i in chosen]))
    values[-1].backward()
    assert len(visualize.spy(values[-1]).svg) < 1_500_000


def test_it_saves_and_shows_like_a_picture(tmp_path: Path) -> None:
    y = Value(3.0, "<b>") * 2
    y.backward()
    picture = visualize.spy(y)
    assert_harmless(picture.svg)
    for suffix, start in (("svg", "<svg "), ("html", "<!DOCTYPE"), ("txt", "Sparsity")):
        path = picture.save(tmp_path / f"spy.{suffix}")
        assert path.read_text(encoding="utf-8").startswith(start)
    bundle = picture._repr_mimebundle_()
    assert list(bundle) == ["text/html", "image/svg+xml", "text/plain"]
    for theme in ("light", "dark"):
        assert "prefers-color" not in visualize.spy(y, theme=theme).svg


def test_wrong_arguments_are_explained() -> None:
    x = Value(1.0)
    with pytest.raises(ValueError, match="cells must be at least 1"):
        visualize.spy(x, cells=0)
    with pytest.raises(ValueError, match="unknown theme"):
        visualize.spy(x, theme="pink")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not float"):
        visualize.spy(1.0)  # type: ignore[arg-type]

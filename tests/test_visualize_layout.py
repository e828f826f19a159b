"""Where everything goes, with Graphviz and without."""

from __future__ import annotations

import shutil
import subprocess
from importlib.util import find_spec
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visualize.layout import engines as layout
from visualize.layout.engines import Engine, LayoutError, place
from visualize.layout.geometry import Box, Layout, Link, Route
from visualize.layout.heights import spread
from visualize.layout.layers import arrange

ENGINES: list[Engine] = ["built-in"]
if shutil.which("dot"):
    ENGINES.append("dot")
if find_spec("pygraphviz"):
    ENGINES.append("pygraphviz")


def boxes_and_links(edges: list[tuple[int, int]]) -> tuple[list[Box], list[Link]]:
    count = 1 + max((child for _, child in edges), default=0)
    slots = [0] * count
    links = []
    for parent, child in sorted(edges, key=lambda edge: edge[1]):
        links.append(Link(parent, child, slots[child]))
        slots[child] += 1
    boxes = [
        Box(150.0, max(50.0, 13.0 * n), tuple(6 + 13.0 * slot for slot in range(n)))
        for n in slots
    ]
    return boxes, links


def on_route(route: Route) -> list[tuple[float, float]]:
    """Points on the Béziers of a route."""
    points = []
    for i in range(0, len(route) - 1, 3):
        a, b, c, d = route[i : i + 4]
        for step in range(1, 20):
            t = step / 20
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            x = sum(w * p[0] for w, p in zip(weights, (a, b, c, d), strict=True))
            y = sum(w * p[1] for w, p in zip(weights, (a, b, c, d), strict=True))
            points.append((x, y))
    return points


def check(boxes: list[Box], links: list[Link], found: Layout) -> None:
    assert len(found.corners) == len(boxes)
    assert len(found.routes) == len(links)
    placed = list(zip(boxes, found.corners, strict=True))
    for i, (one, (x, y)) in enumerate(placed):
        for other, (u, v) in placed[i + 1 :]:
            apart = x + one.width <= u or u + other.width <= x
            assert apart or y + one.height <= v or v + other.height <= y
    for link, route in zip(links, found.routes, strict=True):
        parent, (x, y) = placed[link.parent]
        assert route[0] == pytest.approx((x + parent.width, y + parent.height / 2))
        child, (u, v) = placed[link.child]
        assert route[-1] == pytest.approx((u, v + child.docks[link.dock]))
        assert x + parent.width < u
        assert len(route) % 3 == 1


DIAMOND = [(0, 1), (0, 1), (0, 2), (1, 3), (2, 3), (0, 4), (3, 4)]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "edges",
    [[], DIAMOND, [(i, i + 1) for i in range(30)], [(i, 40) for i in range(40)]],
)
def test_every_engine_places_all_and_joins_the_docks(
    engine: Engine, edges: list[tuple[int, int]]
) -> None:
    boxes, links = boxes_and_links(edges)
    found = place(boxes, links, row_gap=22, engine=engine)
    assert found.engine == engine
    check(boxes, links, found)


edge_lists = st.lists(
    st.tuples(st.integers(0, 24), st.integers(1, 25)).filter(lambda e: e[0] < e[1]),
    max_size=60,
)


@given(edge_lists)
@settings(deadline=None)
def test_the_built_in_layout_holds_for_any_graph(edges: list[tuple[int, int]]) -> None:
    boxes, links = boxes_and_links(edges)
    found = arrange(boxes, links, 22.0)
    check(boxes, links, found)
    for route in found.routes:
        for x, y in on_route(route):
            for box, (u, v) in zip(boxes, found.corners, strict=True):
                inside = (
                    u + 1 < x < u + box.width - 1 and v + 1 < y < v + box.height - 1
                )
                assert not inside, "a wire runs through a card"


def test_a_tree_has_no_crossings_and_operands_in_order() -> None:
    boxes, links = boxes_and_links([(0, 2), (1, 2), (3, 5), (4, 5), (2, 6), (5, 6)])
    corners = arrange(boxes, links, 22.0).corners
    heights = [corners[leaf][1] for leaf in (0, 1, 3, 4)]
    assert heights == sorted(heights)
    assert corners[2][1] < corners[5][1]


def test_a_dense_graph_beyond_the_lane_budget_is_still_placed() -> None:
    size = 120
    edges = [(i, j) for j in range(size) for i in range(j)]
    boxes, links = boxes_and_links(edges)
    assert len(arrange(boxes, links, 22.0).routes) == len(edges)


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=12),
    st.floats(1, 50),
)
def test_spread_keeps_the_gaps(wishes: list[float], gap: float) -> None:
    count = len(wishes)
    heights = spread(wishes, [1.0] * count, [0.0] + [gap] * (count - 1))
    for above, below in pairwise(heights):
        assert below - above >= gap - 1e-9
    assert sum(heights) == pytest.approx(sum(wishes), abs=1e-6)


def test_auto_falls_back_when_graphviz_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    boxes, links = boxes_and_links(DIAMOND)

    def late(command: list[str], **_: object) -> None:
        raise subprocess.TimeoutExpired(command, 10)

    monkeypatch.setattr("subprocess.run", late)
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/dot")
    assert place(boxes, links, row_gap=22).engine == "built-in"
    with pytest.raises(LayoutError, match="layout by dot failed"):
        place(boxes, links, row_gap=22, engine="dot")


@pytest.mark.parametrize(
    "answer", ["", "graph 1 1 1\n", "node n0 x y 1 1\n", "edge n0\n"]
)
def test_auto_falls_back_when_graphviz_answers_nonsense(
    monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    boxes, links = boxes_and_links(DIAMOND)
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/dot")
    monkeypatch.setattr(layout, "_run", lambda *_: answer)
    assert place(boxes, links, row_gap=22).engine == "built-in"


def test_an_absent_engine_is_an_error_only_when_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    boxes, links = boxes_and_links(DIAMOND)
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr(layout, "find_spec", lambda _: None)
    assert place(boxes, links, row_gap=22).engine == "built-in"
    for engine in ("dot", "pygraphviz"):
        with pytest.raises(LayoutError, match="not installed"):
            place(boxes, links, row_gap=22, engine=engine)


def chain(widths: list[float], space: float) -> Layout:
    """A row of boxes, each of which reads the one before it."""
    boxes = [Box(width, 50.0, (25.0,) if at else ()) for at, width in enumerate(widths)]
    links = [Link(at, at + 1, 0) for at in range(len(boxes) - 1)]
    return place(boxes, links, row_gap=20.0, engine="built-in", space=space)


def bands_of(layout: Layout) -> list[int]:
    """How many boxes of a row stand in each band."""
    lines = [0]
    for (before, _), (after, _) in pairwise(layout.corners):
        if after < before:
            lines.append(0)
        lines[-1] += 1
    return [lines[0] + 1, *lines[1:]]


def test_a_row_that_is_a_little_too_wide_is_not_broken() -> None:
    assert bands_of(chain([300.0] * 5, 1600.0)) == [5]
    assert bands_of(chain([300.0] * 5, 1200.0)) == [3, 2]


def test_bands_are_about_equally_long() -> None:
    assert bands_of(chain([100.0] * 10, 1000.0)) == [5, 5]
    assert max(bands_of(chain([100.0] * 17, 1000.0))) <= 7

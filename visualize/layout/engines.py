"""Where everything goes: Graphviz where there is one, else our own layered layout.

Graphviz gets numbered boxes of fixed size and no text at all: whatever a user wrote in
a label can neither break it nor be read as its language.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Literal

import graphviz

from visualize.layout.bands import WIDER, right_of, wrap
from visualize.layout.geometry import (
    Box,
    Layout,
    Link,
    Point,
    Route,
    curve,
    end_of,
    start_of,
)
from visualize.layout.grid import fill
from visualize.layout.layers import GAP, reading_order

Engine = Literal["auto", "dot", "pygraphviz", "built-in"]

TIME_LIMIT = 10.0
"""Seconds that Graphviz may take before our own layout takes over."""

_LINK_LIMIT = 4_000
_INCH = 72.0
_NEAR = 260.0
_LEAST_GAP = 24.0

# pygraphviz runs in a process of its own, so that it too has a time limit.
_PYGRAPHVIZ = """
import sys, pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.read())
graph.layout(prog="dot")
sys.stdout.write(graph.draw(format="plain", prog="dot").decode())
"""


INSTALL = {
    "dot": (
        "Graphviz's program dot is not installed: get it from graphviz.org or with "
        "apt, brew or conda (install graphviz)"
    ),
    "pygraphviz": (
        "pygraphviz is not installed: pip install 'gradtrace[bundled-graphviz]'"
    ),
}
"""How to get what an engine needs."""


class LayoutError(RuntimeError):
    """A layout engine that was asked for by name gave no layout."""


def place(
    boxes: Sequence[Box],
    links: Sequence[Link],
    *,
    row_gap: float,
    engine: Engine = "auto",
    space: float = math.inf,
    time_limit: float = TIME_LIMIT,
) -> Layout:
    """Places boxes from left to right, parents before children.

    What is much wider than `space` is wrapped, which only the built-in layout can do.

    With "auto", `dot` is asked first, then pygraphviz's Graphviz, then the built-in
    layout, which always answers.

    Raises:
        LayoutError: If an engine asked for by name is absent, fails or takes too long.
    """
    if engine in ("auto", "built-in") and boxes and not links:
        return fill(boxes, row_gap)
    if engine == "built-in":
        return wrap(boxes, links, row_gap, space)
    commands = _commands(engine)
    if engine == "auto" and (len(links) > _LINK_LIMIT or any(b.level for b in boxes)):
        commands = []
    for name, command in commands:
        try:
            text = _run(command, _skeleton(boxes, links, row_gap), time_limit)
            found = _read(text, boxes, links, name)
            if engine != "auto" or right_of(found, boxes) <= WIDER * space:
                return found
            break
        except (OSError, subprocess.SubprocessError, ValueError, LookupError) as error:
            if engine != "auto":
                raise LayoutError(
                    f'layout by {engine} failed; engine="auto" takes another: {error}'
                ) from error
    if engine != "auto":
        raise LayoutError(f'{INSTALL[engine]}. engine="auto" needs nothing')
    return wrap(boxes, links, row_gap, space)


def _commands(engine: Engine) -> list[tuple[str, list[str]]]:
    found = []
    program = shutil.which("dot")
    if engine in ("auto", "dot") and program:
        found.append(("dot", [program, "-Tplain"]))
    if engine in ("auto", "pygraphviz") and find_spec("pygraphviz"):
        found.append(("pygraphviz", [sys.executable, "-c", _PYGRAPHVIZ]))
    return found


def _run(command: list[str], source: str, time_limit: float) -> str:
    done = subprocess.run(  # noqa: S603 - a program found on PATH, with text of our own
        command,
        input=source,
        capture_output=True,
        check=True,
        encoding="utf-8",
        timeout=time_limit,
    )
    return done.stdout


def _skeleton(boxes: Sequence[Box], links: Sequence[Link], row_gap: float) -> str:
    """The graph for Graphviz: boxes with ports, no text.

    Graphviz starts from the order in which it reads the boxes, and from operand order
    finds better places than with its own `ordering=in`.
    """
    most = max((len(box.docks) for box in boxes), default=0)
    graph = graphviz.Digraph(
        graph_attr={
            "rankdir": "LR",
            "nodesep": f"{row_gap / _INCH:.3f}",
            "ranksep": f"{(GAP + min(48, 5 * most)) / _INCH:.3f}",
        },
        node_attr={"shape": "record", "fixedsize": "true", "fontsize": "1"},
        edge_attr={"dir": "none"},
    )
    order = reading_order(boxes, links)
    for number in order:
        box = boxes[number]
        ports = "|".join(f"<p{dock}>" for dock in range(len(box.docks)))
        graph.node(
            f"n{number}",
            # Else the package takes "<p0>" for HTML.
            label=graphviz.nohtml(ports),
            width=f"{box.width / _INCH:.4f}",
            height=f"{box.height / _INCH:.4f}",
        )
    for side, name in (("first", "min"), ("last", "max")):
        with graph.subgraph(graph_attr={"rank": name}) as same:
            for number, box in enumerate(boxes):
                if box.side == side:
                    same.node(f"n{number}")
    rank = {number: place for place, number in enumerate(order)}
    for link in sorted(links, key=lambda link: (rank[link.child], link.dock)):
        graph.edge(f"n{link.parent}:e", f"n{link.child}:p{link.dock}:w")
    return str(graph.source)


def _read(
    text: str, boxes: Sequence[Box], links: Sequence[Link], engine: str
) -> Layout:
    """Reads Graphviz's plain format: inches, heights counted from the bottom.

    Raises:
        ValueError: If a box or a link is missing.
    """
    corners: dict[int, Point] = {}
    splines: dict[tuple[int, int], list[Route]] = defaultdict(list)
    total = 0.0
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["graph"]:
            total = float(words[3]) * _INCH
        elif words[:1] == ["node"]:
            number = int(words[1][1:])
            x, y = float(words[2]) * _INCH, total - float(words[3]) * _INCH
            box = boxes[number]
            corners[number] = (x - box.width / 2, y - box.height / 2)
        elif words[:1] == ["edge"]:
            numbers = [float(w) * _INCH for w in words[4 : 4 + 2 * int(words[3])]]
            route = tuple(
                (x, total - y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)
            )
            splines[int(words[1][1:]), int(words[2][1:])].append(route)
    if len(corners) != len(boxes):
        raise ValueError(f"Graphviz placed {len(corners)} of {len(boxes)} boxes")
    places = tuple(corners[number] for number in range(len(boxes)))
    return Layout(places, _routes(splines, boxes, links, places), engine)


def _routes(
    splines: dict[tuple[int, int], list[Route]],
    boxes: Sequence[Box],
    links: Sequence[Link],
    corners: Sequence[Point],
) -> tuple[Route, ...]:
    """Each link's route, from its parent's middle to its own dock exactly."""
    for parallel in splines.values():
        # Parallel wires are told apart by the height at which they arrive.
        parallel.sort(key=lambda route: -route[-1][1])
    routes: dict[int, Route] = {}
    for number in sorted(range(len(links)), key=lambda number: links[number].dock):
        link = links[number]
        start = start_of(boxes[link.parent], corners[link.parent], link.rise)
        end = end_of(boxes[link.child], corners[link.child], link.dock)
        parallel = splines[link.parent, link.child]
        if not parallel:
            raise ValueError(f"Graphviz lost the link {link}")
        spline = parallel.pop()
        free = _free(start, end, boxes, corners)
        routes[number] = (
            _sweep(start, end, free) if free else _fasten(spline, start, end)
        )
    return tuple(routes[number] for number in range(len(links)))


def _free(
    start: Point, end: Point, boxes: Sequence[Box], corners: Sequence[Point]
) -> tuple[float, float] | None:
    """The sides of the gap between two neighbouring columns, if it is free."""
    if end[0] - start[0] > _NEAR:
        return None
    spans = [(x, x + box.width) for box, (x, _) in zip(boxes, corners, strict=True)]
    left = max(b for a, b in spans if a < start[0] - 1 < b)
    right = min(a for a, b in spans if a < end[0] + 1 < b)
    top, bottom = sorted((start[1], end[1]))
    blocked = any(
        a < right - 1 and b > left + 1 and y < bottom and y + box.height > top
        for (a, b), box, (_, y) in zip(spans, boxes, corners, strict=True)
    )
    return None if blocked or right - left < _LEAST_GAP else (left, right)


def _sweep(start: Point, end: Point, gap: tuple[float, float]) -> Route:
    """Level to the gap, one curve through it, level again.

    Graphviz's own spline winds where the gap is narrow.
    """
    points: list[Point] = [start]
    for target in ((gap[0], start[1]), (gap[1], end[1]), end):
        if target[0] > points[-1][0] + 0.1:
            points.extend(curve(points[-1], target))
    points[-1] = end
    return tuple(points)


def _fasten(route: Route, start: Point, end: Point) -> Route:
    """Moves a spline's ends onto the docks, keeping it level there."""
    if len(route) < 4 or len(route) % 3 != 1:
        return (start, *curve(start, end))
    inner = list(route[1:-1])
    inner[0] = (max(inner[0][0], start[0] + 12), start[1])
    inner[-1] = (min(inner[-1][0], end[0] - 12), end[1])
    return (start, *inner, end)

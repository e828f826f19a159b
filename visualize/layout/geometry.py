"""The vocabulary of layout: boxes and links go in, places and routes come out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

Direction = Literal["right", "down"]
"""Where wires lead. Layout itself knows one: for the other, a page is turned."""

ACROSS: Mapping[Direction, Direction] = {"right": "down", "down": "right"}

Side = Literal["", "first", "last"]

Point = tuple[float, float]
Route = tuple[Point, ...]
"""A chain of cubic Béziers: a start, then two control points and an end for each."""


@dataclass(frozen=True)
class Box:
    """A rectangle to be placed, and where wires enter at its left side.

    `docks` are the heights, from the top, at which operand slots enter. Wires leave
    from the middle of the right side, or so far below it as the link says. `side` says
    that it stands first or last, whatever it is joined to. Those that are `level` stand
    at the height of those before and after them that are so, too.
    """

    width: float
    height: float
    docks: tuple[float, ...] = ()
    side: Side = ""
    level: bool = False


@dataclass(frozen=True)
class Link:
    """A wire from the right of box `parent` to a dock of box `child`.

    Boxes are numbered in topological order: `parent < child`. It leaves the parent
    `rise` below the middle of its right side: a box of several cards has several exits.
    """

    parent: int
    child: int
    dock: int
    rise: float = 0.0


@dataclass(frozen=True)
class Layout:
    """Where everything goes: each box's upper left corner, each link's route."""

    corners: tuple[Point, ...]
    routes: tuple[Route, ...]
    engine: str


def turned(found: Layout) -> Layout:
    """The same with both axes exchanged: what led to the right leads down."""
    corners = tuple((y, x) for x, y in found.corners)
    routes = tuple(tuple((y, x) for x, y in route) for route in found.routes)
    return replace(found, corners=corners, routes=routes)


def start_of(box: Box, corner: Point, rise: float = 0.0) -> Point:
    """Where wires leave a box."""
    return corner[0] + box.width, corner[1] + box.height / 2 + rise


def end_of(box: Box, corner: Point, dock: int) -> Point:
    """Where a wire enters a box."""
    return corner[0], corner[1] + box.docks[dock]


def curve(start: Point, end: Point) -> Route:
    """One S-shaped Bézier that leaves and arrives level; without its start."""
    middle = (start[0] + end[0]) / 2
    return (middle, start[1]), (middle, end[1]), end


def straight(start: Point, end: Point) -> Route:
    """A straight line as a Bézier; without its start."""
    third = (end[0] - start[0]) / 3
    rise = (end[1] - start[1]) / 3
    return (
        (start[0] + third, start[1] + rise),
        (end[0] - third, end[1] - rise),
        end,
    )


def led_out(route: Route, start: Point) -> Route:
    """The route with a straight way before it."""
    return (start, *straight(start, route[0]), *route[1:])


def cornered(points: Sequence[Point], radius: float = 6.0) -> Route:
    """Straight stretches between points with round corners; without the first one."""
    route: list[Point] = []
    last = points[0]
    for here, after in pairwise(points[1:]):
        enter, leave = _towards(here, last, radius), _towards(here, after, radius)
        near = _towards(here, enter, radius / 2), _towards(here, leave, radius / 2)
        route += [*straight(last, enter), *near, leave]
        last = leave
    return (*route, *straight(last, points[-1]))


def _towards(start: Point, end: Point, distance: float) -> Point:
    """The point so far from the start on the way to the end, at most halfway."""
    length = math.hypot(end[0] - start[0], end[1] - start[1])
    share = min(0.5, distance / length) if length else 0.0
    return start[0] + share * (end[0] - start[0]), start[1] + share * (
        end[1] - start[1]
    )

"""Boxes that no wire joins, in rows and columns: as a page is filled with cards."""

from __future__ import annotations

import math
from collections.abc import Sequence

from visualize.layout.geometry import Box, Layout

_ASPECT = 1.6


def fill(boxes: Sequence[Box], row_gap: float) -> Layout:
    """Places boxes from left to right and from top to bottom, in equal columns."""
    wide = max(box.width for box in boxes) + row_gap
    high = max(box.height for box in boxes) + row_gap
    columns = max(1, round(math.sqrt(_ASPECT * len(boxes) * high / wide)))
    corners = tuple(
        (place % columns * wide, place // columns * high) for place in range(len(boxes))
    )
    return Layout(corners, (), "built-in")

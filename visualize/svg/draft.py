"""A drawing on its way to a figure: measured, and not yet placed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from visualize.cards.model import Drawing
from visualize.layout.geometry import Box, Direction, Link, Point
from visualize.style import Style
from visualize.svg.face import Face


@dataclass(frozen=True)
class Draft:
    """What the boxes round cards and the ways inside of them are made of.

    Attributes:
        drawing: The cards and wires.
        style: How the picture looks.
        direction: Where wires lead.
        links: The wires, as layout knows them.
        lanes: Of the wires inside of steps, the lane of each, as `lanes_of` gives them.
        faces: The cards, measured.
        boxes: Their boxes.
    """

    drawing: Drawing
    style: Style
    direction: Direction
    links: tuple[Link, ...]
    lanes: Mapping[int, int]
    faces: tuple[Face, ...]
    boxes: tuple[Box, ...]

    @property
    def down(self) -> bool:
        """Whether wires lead down."""
        return self.direction == "down"

    def middle(self, card: int) -> float:
        """How far behind the beginning of its box a card's middle is."""
        face = self.faces[card]
        return face.zone + (face.height if self.down else face.width) / 2

    def side(self, card: int, corner: Point, end: int) -> Point:
        """The middle of the side at which a step's wires enter a card, or leave it.

        Args:
            card: The card.
            corner: Where its box is.
            end: -1 for where they enter, 1 for where they leave.
        """
        face = self.faces[card]
        high = face.width if self.down else face.height
        across = corner[1] + (self.boxes[card].height + end * high) / 2
        return corner[0] + self.middle(card), across

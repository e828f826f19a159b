"""Rooms: the picture of one group, a card for each of its children."""

from __future__ import annotations

from autograd import collector_paused
from visualize.cards.constants import show_constants, show_inputs
from visualize.cards.model import Drawing
from visualize.folding.border import Border
from visualize.folding.fold import Group
from visualize.folding.joined import Joined
from visualize.folding.recurrences import steps_in
from visualize.folding.room_cards import Cards

NO_BORDER = Border()


@collector_paused()
def room(
    group: Group,
    border: Border = NO_BORDER,
    *,
    inline_constants: bool = True,
    inputs: bool = True,
) -> Drawing:
    """The picture of a group: a card for each child, in the children's order.

    Contributions are those of the nodes that the room shows: the ones that leave a
    card, with its hidden contribution, sum to its gradient.

    Args:
        group: The group.
        border: What it reads, which stands before the children, and what reads it.
        inline_constants: Write constant operands into the operation; else they are
            cards of their own, each before the card that reads it.
        inputs: Show the plain numbers that groups were called with, at the border
            where there is one.
    """
    view = Joined(group, border)
    cards = Cards(view)
    drawing = Drawing(
        cards=tuple(cards.card(place) for place in range(len(view.children))),
        wires=tuple(wire for wires in view.wires for wire in wires),
        outputs=view.outputs,
        total=len(group.plan.numbered),
        differentiated=view.differentiated,
        remark=group.remark,
        warning=group.plan.condition.warning,
        steps=steps_in(group.net, len(border.before)),
    )
    opened = bool(view.outside)
    folded = any(isinstance(child, Group) for child in group.children)
    if inputs and (folded or opened):
        values = group.plan.numbered.values
        members = [
            values(view.members[place])
            if place not in view.outside
            and (inline_constants or isinstance(child, Group))
            else ()
            for place, child in enumerate(view.children)
        ]
        apart = not inline_constants
        drawing = show_inputs(drawing, members, apart=apart, outside=opened)
    if inline_constants:
        return drawing
    before = [None] * (len(drawing.cards) - len(view.children))
    inside = [
        None if place in view.outside else child
        for place, child in enumerate(view.children)
    ]
    return show_constants(drawing, [*before, *inside])

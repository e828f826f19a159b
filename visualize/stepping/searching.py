"""Which cards of a scene answer to a name or an operation that somebody types."""

from __future__ import annotations

from collections.abc import Sequence

from autograd import Value
from visualize.cards.labels import clean
from visualize.folding.fold import Group
from visualize.stepping.scenes import Scene, nodes_of

MOST_FOLDED = 10_000
"""So many names of what is folded are put on a page: some 200 kilobytes."""

_TYPED = str.maketrans({"×": "*", "÷": "/", "−": "-", "^": "**"})
"""The signs of operations as they are on a keyboard, and in Python."""


def folded_names(scenes: Sequence[Scene]) -> list[dict[int, list[str]]]:
    """For each scene the names that no card has, by the card they are folded into.

    Of nested groups it is the innermost that is on the page.
    """
    homes: dict[Value, tuple[int, int]] = {}
    for number, scene in enumerate(scenes):  # outer ones first
        for card, subject in enumerate(scene.subjects):
            if not scene.drawing.cards[card].outside:
                named = (x for x in nodes_of(subject) if x.label or x in scene.given)
                homes.update(dict.fromkeys(named, (number, card)))
    found: list[dict[int, list[str]]] = [{} for _ in scenes]
    for node, (number, card) in [*homes.items()][:MOST_FOLDED]:
        scene = scenes[number]
        if isinstance(scene.subjects[card], Group):
            name = clean(scene.given.get(node) or scene.graph.name(node))
            found[number].setdefault(card, []).append(name)
    return found


def find(scene: Scene, text: str) -> tuple[int, ...]:
    """The cards that have this name or operation; else those whose name has it."""
    wanted = clean(text).casefold()
    if not wanted:
        return ()
    known = [words(scene, card) for card in range(len(scene.subjects))]
    equal = tuple(card for card, mine in enumerate(known) if wanted in mine)
    return equal or tuple(card for card, mine in enumerate(known) if wanted in mine[0])


def named(scene: Scene, text: str) -> tuple[int, ...]:
    """Those of the cards found that are called so, not the ones that do so."""
    wanted, found = clean(text).casefold(), find(scene, text)
    known = {card: words(scene, card) for card in found}
    equal = tuple(card for card in found if wanted in known[card][:3])
    by_operation = any(wanted in known[card][3:] for card in found)
    return equal if equal or by_operation else found


def words(scene: Scene, card: int) -> tuple[str, ...]:
    """What a card answers to: its names, its operation, its sign, also as typed.

    The names are the first three: the whole one, that in the picture, the label.
    """
    drawn, subject = scene.drawing.cards[card], scene.subjects[card]
    if isinstance(subject, Group):
        # Equal nodes are called by what they do: their title may be a sign.
        label, made, sign = subject.title, str(subject.kind), subject.title
    else:
        label, op = subject.label, subject.op
        made, sign = (op.name, op.symbol) if op else ("", "")
    signs = [drawn.operation, sign]
    typed = [text.translate(_TYPED) for text in signs]
    more = dict.fromkeys([made, *signs, *typed])
    names = (drawn.name, drawn.title, label)
    return tuple(clean(word).casefold() for word in (*names, *more))

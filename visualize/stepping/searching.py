"""Which cards of a scene answer to a name or an operation that somebody types."""

from __future__ import annotations

from visualize.cards.labels import clean
from visualize.folding.fold import Group
from visualize.stepping.scenes import Scene

_TYPED = str.maketrans({"×": "*", "÷": "/", "−": "-", "^": "**"})
"""The signs of operations as they are on a keyboard, and in Python."""


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

"""How a scene is played: every step of the forward and of the backward pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from autograd import Value
from visualize.cards.condition import stale
from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean, counted
from visualize.cards.model import Wire
from visualize.stepping.equation import equation, push
from visualize.stepping.scenes import Scene, SceneSubject
from visualize.stepping.steps import Arrival, Step
from visualize.stepping.wording import Changes, enumerated, largest, more_of, told
from visualize.style import Style

_STALE = (
    "The operands hold other numbers now than when this was recorded: compute the "
    "output again to see them together."
)
_LINES = 8
_NAMES = 4
_NAME_LIMIT = 32


def play(scene: Scene, style: Style | None = None) -> tuple[Step, ...]:
    """All steps of a scene, from nothing computed to every gradient there is."""
    return tuple(_Player(scene, style or Style()).steps())


class _Player:
    """Walks through a scene forwards and back, and keeps the running gradients."""

    def __init__(self, scene: Scene, style: Style) -> None:
        self._scene = scene
        self._number = style.number
        self._running: dict[int, float] = {}
        # Of each group that gradients have reached, those of the nodes inside.
        self._inside: dict[int, dict[Value, float]] = {}
        # How many wires each card still waits for before its gradient is complete; all
        # that comes from outside counts as one.
        self._waiting = Counter(wire.parent for wire in scene.drawing.wires)
        for number, card in enumerate(scene.drawing.cards):
            self._waiting[number] += bool(card.hidden_consumers)

    def steps(self) -> Iterable[Step]:
        scene = self._scene
        order = [c for c in range(len(scene.subjects)) if scene.computes(c)]
        yield self._start()
        yield from map(self._forward, order)
        yield from map(self._seed, scene.seeds())
        for card in reversed(order):
            if scene.drawing.cards[card].hidden_consumers:
                yield self._outside([card])
            yield self._backward(card)
        read = [c for c in scene.given_cards if scene.drawing.cards[c].hidden_consumers]
        if read:
            yield self._outside(read)

    def _start(self) -> Step:
        scene = self._scene
        values = [(c, scene.drawing.cards[c].value) for c in scene.given_cards]
        lines = [
            f"{self._name(c)} = {self._number(v)}" for c, v in values if v is not None
        ]
        names = self._names(scene.given_cards)
        verb = "is" if len(values) == 1 else "are"
        given = f"{names} {verb} given. " if names else ""
        return Step(
            kind="start",
            card=None,
            lines=(*lines[:_LINES], *more_of(len(lines) - _LINES, "number")),
            why=f"{given}Nothing is computed, no gradient exists yet.",
        )

    def _forward(self, card: int) -> Step:
        subject = self._scene.subjects[card]
        changed = isinstance(subject, Value) and stale(subject)
        return Step(
            kind="forward",
            card=card,
            lines=self._computation(card, subject),
            why=self._why_forward(card),
            notes=(_STALE,) if changed else (),
            wires=self._scene.operands[card],
        )

    def _why_forward(self, card: int) -> str:
        scene = self._scene
        wires = scene.operands[card]
        parents = dict.fromkeys(scene.drawing.wires[wire].parent for wire in wires)
        hidden = scene.drawing.cards[card].hidden_operands
        if not parents and not hidden:
            return "All that it reads is inside of it."
        if not parents:
            return "What it reads stands outside of this picture, and has a value."
        outside = f" and {hidden:,} outside" if hidden else ""
        if len(parents) + hidden == 1:
            return f"Its operand {self._names(parents)} has a value."
        return f"Its operands {self._names(parents)}{outside} have a value."

    def _computation(self, card: int, subject: SceneSubject) -> tuple[str, ...]:
        if isinstance(subject, Value):
            return (equation(subject, self._scene.name, self._number),)
        drawn, name = self._scene.drawing.cards[card], self._name(card)
        made = f" ({drawn.operation})" if drawn.operation else ""
        lines = [f"{name}{made}: {counted(len(subject.nodes), 'node')} computed"]
        if drawn.value is not None:
            lines.append(f"{name} = {self._number(drawn.value)}")
        return tuple(lines)

    def _seed(self, card: int) -> Step:
        whole = isinstance(
            self._scene.subjects[card], Value
        )  # else a part of what it is
        outputs = dict.fromkeys(self._scene.graph.outputs, 1.0)
        name = self._name(card) if whole else self._node_name(next(iter(outputs)))
        return Step(
            kind="seed",
            card=card,
            lines=(f"grad({name}) = ∂{name}/∂{name} = 1",),
            why=f"{name} is the output: the backward pass starts here.",
            arrivals=(self._arrive(card, 1.0, outputs),),
        )

    def _outside(self, cards: Sequence[int]) -> Step:
        """What consumers that this scene does not show pass back."""
        drawn = [self._scene.drawing.cards[card] for card in cards]
        uses = counted(sum(card.hidden_consumers for card in drawn), "use")
        arrivals, lines = [], []
        for card, one in zip(cards, drawn, strict=True):
            self._waiting[card] -= 1
            changes = self._scene.passed_from_outside(card)
            back = one.hidden_contribution
            arrivals.append(self._arrive(card, back, changes))
            lines.append(self._change(card, back, changes))
        whose = self._names(cards)
        verb = "is" if uses == "1 use" else "are"
        return Step(
            kind="outside",
            card=cards[0] if len(cards) == 1 else None,
            lines=(*lines[:_LINES], *more_of(len(lines) - _LINES, "card")),
            why=f"{uses} of {whose} outside of this picture {verb} done.",
            notes=self._completed(cards),
            arrivals=tuple(arrivals),
        )

    def _backward(self, card: int) -> Step:
        drawn = self._scene.drawing.wires
        # A constant has no gradient: nothing goes back to its card.
        wires = tuple(
            number
            for number in self._scene.operands[card]
            if drawn[number].contribution is not None
        )
        before = dict(self._running)
        arrivals = [self._pass_back(number) for number in wires]
        parents = dict.fromkeys(arrival.card for arrival in arrivals)
        return Step(
            kind="backward",
            card=card,
            lines=self._pushes(card),
            why=self._why_back(card),
            notes=(*self._totals(parents, before, wires), *self._completed(parents)),
            arrivals=tuple(arrivals),
            wires=wires,
        )

    def _pass_back(self, number: int) -> Arrival:
        wire = self._scene.drawing.wires[number]
        self._waiting[wire.parent] -= 1
        changes = self._scene.passed[wire.child].get(wire.parent, {})
        return self._arrive(wire.parent, wire.contribution or 0.0, changes)

    def _arrive(self, card: int, added: float, changes: Changes) -> Arrival:
        total = self._running.get(card, 0.0) + added
        final = self._scene.drawing.cards[card].gradient
        complete = not self._waiting[card]
        if complete and final is not None:
            # What a group passes comes in one sum, which may round differently: the
            # last contribution makes it the gradient of the pass, to the last bit.
            total = final
        self._running[card] = total
        return Arrival(card, total, complete, self._size(card, changes))

    def _size(self, card: int, changes: Changes) -> float:
        if isinstance(self._scene.subjects[card], Value):
            return abs(self._running[card])
        inside = self._inside.setdefault(card, {})
        for node, added in changes.items():
            inside[node] = inside.get(node, 0.0) + added
        return largest(inside)

    def _pushes(self, card: int) -> tuple[str, ...]:
        subject = self._scene.subjects[card]
        if not isinstance(subject, Value):
            return self._group_pushes(card)
        child, adjoint = self._name(card), self._number(subject.grad)
        # What is not in the picture gets its share, too; it is spoken of where it is.
        slots = [e for e in self._scene.slots(subject) if self._scene.joined(e)]
        lines = [
            push(
                self._node_name(edge.parent),
                child,
                self._number(edge.local_derivative),
                adjoint,
                self._number(edge.contribution),
            )
            for edge in slots[:_LINES]
        ]
        return (*lines, *more_of(len(slots) - len(lines), "operand"))

    def _group_pushes(self, card: int) -> tuple[str, ...]:
        """What a group passes back in all, for each card that it reads."""
        wires = [self._scene.drawing.wires[n] for n in self._scene.operands[card]]
        if not wires:
            return (f"{self._name(card)} passes its gradients back inside of itself.",)
        lines = [self._group_push(wire) for wire in wires[:_LINES]]
        return (*lines, *more_of(len(wires) - len(lines), "wire"))

    def _group_push(self, wire: Wire) -> str:
        changes = self._scene.passed[wire.child].get(wire.parent, {})
        line = self._change(wire.parent, wire.contribution or 0.0, changes)
        one = self._is_number(wire.parent) or len(changes) == 1
        slots = f", the sum over {wire.count:,} slots"
        return f"{line}{slots}" if one and wire.count > 1 else line

    def _change(self, card: int, added: float, changes: Changes) -> str:
        """What is added to the gradient of a card, or to those of a group."""
        if self._is_number(card):
            return f"grad({self._name(card)}) += {self._number(added)}"
        return told(self._name(card), changes, self._node_name, self._number)

    def _node_name(self, node: Value) -> str:
        return clean(self._scene.name(node), _NAME_LIMIT)

    def _totals(
        self, cards: Iterable[int], before: Mapping[int, float], wires: Sequence[int]
    ) -> tuple[str, ...]:
        """What several contributions amount to so far."""
        times = Counter(self._scene.drawing.wires[number].parent for number in wires)
        several = [
            card
            for card in cards
            if (card in before or times[card] > 1) and self._is_number(card)
        ]
        return self._listed("So far", [c for c in several if self._waiting[c]])

    def _completed(self, cards: Iterable[int]) -> tuple[str, ...]:
        return self._listed("Complete now", [c for c in cards if not self._waiting[c]])

    def _listed(self, title: str, cards: Sequence[int]) -> tuple[str, ...]:
        if not cards:
            return ()
        texts = [self._gradient(card) for card in cards[:_NAMES]]
        more = more_of(len(cards) - len(texts), "card")
        return (f"{title}: {', '.join([*texts, *more])}",)

    def _gradient(self, card: int) -> str:
        """A running gradient; a group has many, and its card their norm."""
        drawn = self._scene.drawing.cards[card]
        if isinstance(drawn, GroupCard) and not self._is_number(card):
            if drawn.norm is None or self._scene.computes(card):
                return f"what comes back into {self._name(card)}"
            return f"|g| of {self._name(card)} = {self._number(drawn.norm)}"
        return f"grad({self._name(card)}) = {self._number(self._running[card])}"

    def _why_back(self, card: int) -> str:
        scene = self._scene
        consumers = list(dict.fromkeys(w.child for w in scene.consumers[card]))
        outside = scene.drawing.cards[card].hidden_consumers
        known = f"{self._gradient(card)} is complete"
        if not consumers and not outside:
            return f"{self._name(card)} is the output: {known}."
        names = self._names(consumers)
        if outside:
            uses = f"{counted(outside, 'use')} outside"
            names = f"{names}, and {uses}" if names else uses
        if len(consumers) + outside == 1:
            return f"Its only consumer, {names}, is done, so {known}."
        return f"All its consumers ({names}) are done, so {known}."

    def _is_number(self, card: int) -> bool:
        """Whether a card stands for one number to all who read it."""
        return self._scene.drawing.cards[card].value is not None

    def _name(self, card: int) -> str:
        return clean(self._scene.card_name(card), _NAME_LIMIT)

    def _names(self, cards: Iterable[int]) -> str:
        return enumerated([self._name(card) for card in dict.fromkeys(cards)], _NAMES)

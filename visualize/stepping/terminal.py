"""The stepper in a terminal: the same steps, by letters typed at a prompt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean
from visualize.stepping.player import play
from visualize.stepping.scenes import Scene
from visualize.stepping.searching import find
from visualize.stepping.steps import (
    Step,
    at_card,
    gradient_above,
    run_until,
    running,
    settled,
)
from visualize.style import Style
from visualize.text import in_columns

HELP = """\
n (or Enter)  next step            p  previous step
g 12          go to step 12        s, e  to the start, to the end
u NAME        run until NAME: a node's turn or a change of its gradient, or an operation
a 0.5         run until a |grad| is above 0.5
o NAME        open the group NAME  b  back to the picture around it
h             this help            q  quit"""

_PROMPT = "step> "
_ROWS = 12
_NAME_LIMIT = 28


class Terminal:
    """One walk through the scenes of a graph.

    Args:
        scenes: The pictures, the whole first.
        style: How numbers are printed.
        write: Takes each text to be shown.
    """

    def __init__(
        self, scenes: Sequence[Scene], style: Style, write: Callable[[str], object]
    ) -> None:
        self._scenes = scenes
        self._style = style
        self._write = write
        self._place = 0
        self._now = 0
        self._played: dict[int, tuple[Step, ...]] = {}

    def run(self, read: Callable[[str], str]) -> None:
        """Shows steps as they are asked for, until `q` or the end of the input."""
        self._write(HELP)
        self._show()
        while True:
            try:
                line = read(_PROMPT)
            except EOFError:
                return
            letter, _, rest = line.strip().partition(" ")
            if letter in {"q", "quit"}:
                return
            command = self._commands.get(letter.lower())
            if command is None:
                self._write(f"{clean(letter, 20)!r} is no command; h shows them all.")
            else:
                command(rest.strip())

    @cached_property
    def _commands(self) -> dict[str, Callable[[str], None]]:
        return {
            "": lambda _: self._go(self._now + 1),
            "n": lambda _: self._go(self._now + 1),
            "p": lambda _: self._go(self._now - 1),
            "s": lambda _: self._go(0),
            "e": lambda _: self._go(len(self._steps) - 1),
            "g": self._go_to,
            "u": self._until_card,
            "a": self._until_above,
            "o": self._open,
            "b": self._back,
            "h": self._help,
        }

    @property
    def _scene(self) -> Scene:
        return self._scenes[self._place]

    @property
    def _steps(self) -> tuple[Step, ...]:
        if self._place not in self._played:
            self._played[self._place] = play(self._scene, self._style)
        return self._played[self._place]

    def _help(self, _: str) -> None:
        self._write(HELP)

    def _go(self, number: int) -> None:
        last = len(self._steps) - 1
        if not 0 <= number <= last:
            end = "the start" if number < 0 else "the end"
            self._write(f"This is {end}: the steps go from 0 to {last}.")
            return
        self._now = number
        self._show()

    def _go_to(self, text: str) -> None:
        if text.isdecimal():
            self._go(int(text))
        else:
            self._write("Go to which step? For example: g 12")

    def _until_card(self, text: str) -> None:
        if text:
            self._until(at_card(self._scene, text), clean(text, 40))
        else:
            self._write("Run until which node or operation? For example: u tanh")

    def _until_above(self, text: str) -> None:
        try:
            bound = float(text)
        except ValueError:
            self._write("Run until |grad| is above which number? For example: a 0.5")
        else:
            self._until(gradient_above(bound), f"|grad| above {text}")

    def _until(self, stop: Callable[[Step], bool], wanted: str) -> None:
        found = run_until(self._steps, self._now, stop)
        if found is None:
            self._write(f"No later step for {wanted}.")
        else:
            self._go(found)

    def _open(self, text: str) -> None:
        doors = self._scene.doors
        names = [clean(self._scene.card_name(card), 40) for card in doors]
        found = next((c for c in find(self._scene, text) if c in doors), None)
        if found is None:
            which = ", ".join(names) or "there are none here"
            self._write(f"Open which group? {which}")
            return
        phase = self._steps[self._now].phase
        self._place, self._now = doors[found], 0
        self._now = next((i for i, s in enumerate(self._steps) if s.phase == phase), 0)
        self._show()

    def _back(self, _: str) -> None:
        inside, above = self._place, self._scene.above
        if above is None:
            self._write("This is the whole graph already.")
            return
        phase = self._steps[self._now].phase
        self._place = above
        card = next(c for c, scene in self._scene.doors.items() if scene == inside)
        turns = (
            i for i, s in enumerate(self._steps) if (s.card, s.phase) == (card, phase)
        )
        self._now = next(turns, 0)
        self._show()

    def _show(self) -> None:
        step = self._steps[self._now]
        title = f"step {self._now}/{len(self._steps) - 1} · {step.phase}"
        if len(self._scenes) > 1:
            title += f" · in {clean(self._scene.title, 40)}"
        lines = [
            "",
            title,
            *(f"  {line}" for line in step.lines),
            step.why,
            *step.notes,
        ]
        self._write("\n".join([*lines, *self._table(step)]))

    def _table(self, step: Step) -> list[str]:
        """The running gradients, those that changed last at the top."""
        gradients = running(self._steps, self._now)
        if not gradients:
            return []
        scene, known = self._scene, settled(self._steps, self._now)
        changed = {arrival.card for arrival in step.arrivals}
        latest = {
            arrival.card: place
            for place, past in enumerate(self._steps[: self._now + 1])
            for arrival in past.arrivals
        }
        order = sorted(gradients, key=lambda card: -latest[card])
        rows = [
            (
                ("→ " if card in changed else "  ")
                + clean(scene.card_name(card), _NAME_LIMIT),
                self._value(card),
                self._gradient(card, gradients[card], card in known),
            )
            for card in order[:_ROWS]
        ]
        rows.insert(0, ("  node", "value", "running grad"))
        table = [f"  {line}" for line in in_columns(rows)]
        more = len(order) - _ROWS
        return [*table, *([f"    … {more:,} more"] if more > 0 else [])]

    def _value(self, card: int) -> str:
        value = self._scene.drawing.cards[card].value
        return "" if value is None else self._style.number(value)

    def _gradient(self, card: int, running: float, known: bool) -> str:
        """A card's gradient so far; for a group, which has many, its card's norm."""
        drawn = self._scene.drawing.cards[card]
        if not isinstance(drawn, GroupCard):
            return self._style.number(running)
        if drawn.norm is None or not known:
            return "|g| —"
        return f"|g| {self._style.number(drawn.norm)}"

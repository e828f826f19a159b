"""Check a learner's derivatives, and tell which slip a wrong one comes from.

>>> from autograd import Value
>>> from gradtrace import exercise
>>> x, w = Value(2.0, label="x"), Value(0.5, label="w")
>>> y = (x * w).tanh()
>>> exercise.check(y, {x: 0.21, w: 1.523})
dv3/dx: right.
dv3/dw: 1.523 is what comes out if the value of v3 stands for its derivative dv3/dv2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd import Graph, Value
from gradtrace.slips import Slip, Sweeps, slips
from gradtrace.table import format_number

if TYPE_CHECKING:
    from visualize import Picture

CLOSE = 2e-3
"""How far off an answer may be: people round on the way, or cut digits off."""

SURE = 5
"""An answer of so many digits that meets a slip in all of them is that slip."""


class Answer(NamedTuple):
    """What was said of one derivative.

    Attributes:
        leaf: The Value that the output is differentiated by.
        number: The learner's number.
        name: Such as "dy/dx".
        right: Whether it is right, to the digits that were given.
        slips: What else gives this number, the most likely first; none if it is right.
    """

    leaf: Value
    number: float
    name: str
    right: bool
    slips: tuple[Slip, ...]

    def __str__(self) -> str:
        if self.right:
            return f"{self.name}: right."
        number = format_number(self.number)
        if not self.slips:
            return (
                f"{self.name}: {number} is not it, nor is it one of the usual slips. "
                f"Go from the output back, one wire after the other, and multiply."
            )
        first, *others = [slip.story for slip in self.slips[:3]]
        text = f"{self.name}: {number} is what comes out if {first}."
        return "\n".join([text, *[f"    Or if {other}." for other in others]])


@dataclass(frozen=True, repr=False)
class Checked:
    """The answers to one exercise; true if all are right.

    Attributes:
        output: The Value that was differentiated.
        answers: One `Answer` for each, in the order in which they were given.
    """

    output: Value
    answers: tuple[Answer, ...]

    @property
    def right(self) -> bool:
        """Whether all answers are right."""
        return all(answer.right for answer in self.answers)

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return "\n".join(map(str, self.answers))

    def picture(self) -> Picture:
        """The way from the first wrong answer's leaf to the output, to look at."""
        from visualize import draw

        wrong = [answer.leaf for answer in self.answers if not answer.right]
        leaf = wrong[0] if wrong else self.answers[0].leaf
        return draw(self.output, path=(leaf, self.output))


def check(output: Value, answers: Mapping[Value | str, float]) -> Checked:
    """Compare answers with the derivatives of `output`; it gives away no right one.

    An answer is right if it is right to the digits that were given. A wrong one is
    compared with what the usual slips come to in this very graph: a path left out, a
    factor left out, the value in the place of the derivative, a sign, `=` for `+=` at a
    node that is used twice, the derivative at the input for that at the output.

    Args:
        output: What is differentiated. Its gradients need not have been computed.
        answers: The learner's number for each of some Values, given by themselves or by
            their names in `Graph(output)`.

    Raises:
        TypeError: output is no Value, or an answer is no number.
        KeyError: The output has no Value of a name.
    """
    if not isinstance(output, Value):
        raise TypeError(f"check takes a Value first, got {type(output).__name__}")
    if not isinstance(answers, Mapping) or not answers:
        message = "check takes the answers as a dict, such as check(y, {x: -1.5})"
        raise TypeError(message)
    graph = Graph(output)
    checked = [_answer(graph, output, key, said) for key, said in answers.items()]
    return Checked(output, tuple(checked))


def _answer(graph: Graph, output: Value, key: Any, said: Any) -> Answer:
    leaf = _named(graph, key)
    name = f"d{graph.name(output)}/d{graph.name(leaf) if leaf in graph else key}"
    try:
        given = _Given(float(said))
    except (TypeError, ValueError):
        kind = type(said).__name__
        raise TypeError(f"{name}: an answer is a number, got {kind}") from None
    sweeps = Sweeps(graph, output, leaf)
    known = list(slips(sweeps))
    found = [slip for slip in known if given.meets(slip.number)]
    right = given.is_right(sweeps.gradient, bool(found))
    if not found:  # people who slip round on the way, too
        found = [slip for slip in known if given.is_near(slip.number)]
    return Answer(leaf, given.number, name, right, () if right else _distinct(found))


def _named(graph: Graph, key: Any) -> Value:
    """The Value that an answer is about."""
    if isinstance(key, Value):
        return key
    named = {graph.name(node): node for node in graph.nodes}
    if key not in named:
        raise KeyError(f"no Value is called {key!r}: there are {', '.join(named)}")
    return named[key]


def _distinct(found: list[Slip]) -> tuple[Slip, ...]:
    """Each kind of slip once: the first of it."""
    kinds: dict[str, Slip] = {}
    for slip in found:
        kinds.setdefault(slip.kind, slip)
    return tuple(kinds.values())


class _Given:
    """A number as somebody wrote it down."""

    def __init__(self, number: float) -> None:
        self.number = number

    def meets(self, number: float) -> bool:
        """Whether this is that number, rounded to two or more digits."""
        if not math.isfinite(number):
            return repr(number) == repr(self.number)
        is_rounded = (float(f"{number:.{n}g}") == self.number for n in range(2, 18))
        return math.isclose(number, self.number, rel_tol=1e-9) or any(is_rounded)

    def is_right(self, gradient: float, is_slip: bool) -> bool:
        """Whether it is the gradient; a slip that fits in all of many digits is not."""
        digits = len(Decimal(repr(self.number)).normalize().as_tuple().digits)
        near = self.is_near(gradient) and not (is_slip and digits >= SURE)
        return self.meets(gradient) or near

    def is_near(self, number: float) -> bool:
        """Whether it is that number but for what rounding on the way makes of it."""
        return math.isclose(self.number, number, rel_tol=CLOSE)

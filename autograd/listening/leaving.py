"""Numbers that leave the graph: `math.sin(v)`, `float(v)` while a derivative is asked.

No gradient comes back through a plain number. Where one is made of a Value inside a
differentiating call or a module, the result is looked at: what it no longer depends on
would have the gradient 0 without a word, so that is an error; what it depends on
otherwise has a gradient that is a part of the truth, and a warning says so. To read
`v.data` is to say that the number is meant to be a constant.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import NamedTuple

from autograd.errors import LeavingWarning
from autograd.listening.sources import Line, user_line
from autograd.operators import datum
from autograd.recording import Recorder
from autograd.sweep import interior_order
from autograd.value import Value

MOST_READINGS = 1000
"""So many are kept of one call: they keep what they were computed from alive."""


class Leak(NamedTuple):
    """A Value that became a plain number: how, on which line, and what to do."""

    value: Value
    how: str
    line: Line
    advice: str

    def message(self, who: str, lost: str) -> str:
        """What to say of it."""
        place = f" at {self.line.where} ({self.line.text!r})" if self.line.file else ""
        advice = self.advice or (
            "Stay on Values: autograd.exp(x) instead of math.exp(x), and so on; write "
            "x.data where the number is meant to be a constant"
        )
        return (
            f"{self.how} takes a plain number out of the graph of {who}{place}, and no "
            f"derivative comes back through it: {lost}. {advice}"
        )


class Leaving(Recorder):
    """Listens for Values that become plain numbers."""

    def __init__(self) -> None:
        self.readings: list[Leak] = []

    def read(self, value: Value, how: str, advice: str = "") -> None:
        """Keep it, to be looked at when the result is known."""
        if len(self.readings) < MOST_READINGS:
            self.readings.append(Leak(value, how, user_line(), advice))

    def finished(
        self,
        who: str,
        outputs: Iterable[Value],
        variables: Iterable[Value] | None = None,
    ) -> None:
        """Hold what left the graph against what the outputs depend on.

        Args:
            who: What the error calls the function.
            outputs: The result.
            variables: What it is differentiated by; None for every leaf.

        Raises:
            TypeError: The outputs no longer depend on something that left.
        """
        readings, self.readings = self.readings, []
        if not readings:
            return
        wanted = None if variables is None else {*variables}
        reached = _behind(outputs)
        for reading in readings:
            behind = _behind([reading.value])
            if wanted is None:
                sources = [x for x in behind if x.op is None]
            else:
                sources = [x for x in behind if x in wanted]
            lost = [x for x in sources if x not in reached]
            if lost:
                what = f"the result does not depend on {_named(lost)} any more"
                raise TypeError(reading.message(who, what))
            if sources:
                what = "the gradient is only that of the other ways"
                text, line = reading.message(who, what), reading.line
                warnings.warn_explicit(
                    text, LeavingWarning, line.file or "unknown", line.number
                )


def _behind(values: Iterable[Value]) -> dict[Value, None]:
    """The values and all that they depend on, in a fixed order."""
    found: dict[Value, None] = dict.fromkeys(values)
    for node in interior_order(list(found)):
        found.update(dict.fromkeys(node.parents))
        found[node] = None
    return found


def _named(values: list[Value]) -> str:
    """The first few of some Values, for a message."""
    names = [value.label or f"Value({datum(value)!r})" for value in values]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more

"""GradientCheck: the verdicts on a function's derivatives, as a table."""

from __future__ import annotations

import html
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from autograd.checking.operation import Verdict

LONGEST = 40  # rows a table shows; those that are not right come first
_HEADER = ("input", "autograd", "reference", "error", "method", "verdict")
_ORDER: tuple[Verdict, ...] = ("wrong", "undecidable", "kink", "right")


@dataclass(frozen=True, slots=True)
class CheckedDerivative:
    """One derivative and the verdict on it.

    Attributes:
        name: The input, such as x[0][1]; "x, y" for the second derivative in both.
        derivative: What the engine gives.
        reference: What values of the function give; NaN if they give nothing, and
            at a kink.
        method: "complex step" or "differences": how the reference was found.
        verdict: "right", "wrong", "kink" (the slopes on the two sides differ) or
            "undecidable".
        reason: Why, where it is not plain.
    """

    name: str
    derivative: float
    reference: float
    method: str
    verdict: Verdict
    reason: str = ""

    @property
    def error(self) -> float:
        """|derivative - reference| over the larger; NaN where there is no reference."""
        if self.derivative == self.reference:
            return 0.0
        if not (math.isfinite(self.derivative) and math.isfinite(self.reference)):
            return math.nan if math.isnan(self.reference) else math.inf
        largest = max(abs(self.derivative), abs(self.reference))
        return abs(self.derivative - self.reference) / largest

    def cells(self) -> tuple[str, ...]:
        """The row of the table as texts."""
        error = "-" if math.isnan(self.error) else f"{self.error:.1e}"
        verdict = f"{self.verdict}: {self.reason}" if self.reason else self.verdict
        reference = "-" if math.isnan(self.reference) else f"{self.reference:.10g}"
        numbers = (f"{self.derivative:.10g}", reference)
        return (self.name, *numbers, error, self.method, verdict)


@dataclass(frozen=True, slots=True, repr=False)
class GradientCheck:
    """What `check_gradients` found: a row for each derivative; prints as a table.

    Attributes:
        rows: The derivatives, in the order of the inputs.
    """

    rows: tuple[CheckedDerivative, ...]

    @property
    def ok(self) -> bool:
        """Whether no derivative is wrong."""
        return all(row.verdict != "wrong" for row in self.rows)

    def summary(self) -> str:
        """The verdicts, counted."""
        counts = Counter(row.verdict for row in self.rows)
        found = [f"{counts[v]} {v}" for v in reversed(_ORDER) if counts[v]]
        noun = "derivative" if len(self.rows) == 1 else "derivatives"
        return f"{len(self.rows)} {noun} checked: {', '.join(found)}"

    def _shown(self) -> list[CheckedDerivative]:
        """The rows of the table: all, or those that matter most, in order."""
        if len(self.rows) <= LONGEST:
            return list(self.rows)
        ranked = sorted(self.rows, key=lambda row: _ORDER.index(row.verdict))
        chosen = {id(row) for row in ranked[:LONGEST]}
        return [row for row in self.rows if id(row) in chosen]

    def _rest(self) -> str:
        left = len(self.rows) - LONGEST
        return f"... and {left} more, in .rows" if left > 0 else ""

    def __str__(self) -> str:
        lines = [_HEADER, *(row.cells() for row in self._shown())]
        table = _aligned(lines)
        rule = "  ".join("-" * len(title) for title in _titles(lines))
        parts = [self.summary(), "", table[0], rule.rstrip(), *table[1:], self._rest()]
        return "\n".join(parts).rstrip()

    def __repr__(self) -> str:
        return f"<GradientCheck: {self.summary()}>"

    def _repr_html_(self) -> str:
        """The table for a notebook."""
        head = "".join(f"<th>{title}</th>" for title in _HEADER)
        body = "".join(_html_row(row) for row in self._shown())
        rest = f"<p>{self._rest()}</p>" if self._rest() else ""
        return (
            f"<p>{self.summary()}</p><table><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>{rest}"
        )


def _titles(lines: Sequence[Sequence[str]]) -> list[str]:
    """The titles, each as wide as its column (the last one as it is)."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    widths[-1] = len(lines[0][-1])
    return [title.ljust(width) for title, width in zip(lines[0], widths, strict=True)]


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table: texts to the left, numbers to their decimal points."""
    columns = [list(column) for column in zip(*lines, strict=True)]
    for column in columns[1:3]:
        before = max(_before_point(cell) for cell in column[1:])
        column[1:] = [" " * (before - _before_point(x)) + x for x in column[1:]]
    widths = [max(map(len, column)) for column in columns]
    rows = zip(*columns, strict=True)
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _before_point(cell: str) -> int:
    return len(cell.partition("e")[0].partition(".")[0])


def _html_row(row: CheckedDerivative) -> str:
    style = ' style="font-weight: bold"' if row.verdict == "wrong" else ""
    name, *numbers, method, verdict = map(html.escape, row.cells())
    middle = "".join(f'<td style="text-align: right">{x}</td>' for x in numbers)
    return f"<tr{style}><td>{name}</td>{middle}<td>{method}</td><td>{verdict}</td></tr>"

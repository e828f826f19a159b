"""How well digits are told: `python -m benchmarks.expressions PATH`.

PATH is a file of numerical expressions with points and true values, as made from
FPBench and Herbie's benchmarks: one JSON object with a list `expressions`, each with
`arguments`, `python` (assignments, and last the result), `points` (the inputs, then the
true value as two doubles), and where known `derivatives`, `alternatives` and `gain`.
A result is called wrong where more than 16 of its bits are.
"""

from __future__ import annotations

import json
import math
import struct
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from tqdm import tqdm

import autograd
from autograd import Value, gradients
from autograd.diagnosing.digits import ALL_DIGITS, ErrorEstimates, error_estimates
from autograd.diagnosing.exact import exact_estimates
from autograd.diagnosing.rewrites import rewrite_for

WRONG = 16.0  # bits
GAIN = 10.0  # bits, on average over the points
USUAL = 1e-300, 1e300  # no over- or underflow

Estimates = Callable[[Value], ErrorEstimates]


def recorded(expression: Any, inputs: list[float]) -> tuple[dict[str, Value], Any]:
    """The leaves by name and the output of an expression, computed on Values."""
    leaves = {
        name: Value(x, label=name)
        for name, x in zip(expression["arguments"], inputs, strict=True)
    }
    names = {name: getattr(autograd, name) for name in autograd.functions.__all__}
    names |= leaves
    *assignments, result = expression["python"]
    for line in assignments:
        exec(line, names)
    return leaves, eval(result, names)


def bits_wrong(got: float, true: float) -> float:
    """The logarithm of the number of doubles from one to the other, 64 for NaN."""
    if got != got or true != true:
        return 0.0 if got != got and true != true else 64.0
    return math.log2(1 + abs(_place(got) - _place(true)))


def _place(x: float) -> int:
    (place,) = struct.unpack("q", struct.pack("d", x))
    return int(place) if place >= 0 else -(int(place) & (2**63 - 1))


class Score:
    """What was told of results, and what was true of them."""

    def __init__(self) -> None:
        self.outcomes = {"hits": 0, "missed": 0, "false alarms": 0, "right": 0}
        self.near = [0, 0]  # errors within a factor of 10, of those in range
        self.digits = [0, 0]  # digits within one

    def add(self, y: Value, estimates: ErrorEstimates, high: float, low: float) -> None:
        """Judge what is told of one result; the true value is high + low."""
        estimate = estimates[y]
        told, wrong = (bits_wrong(y.data, x) > WRONG for x in (estimate.true, high))
        kinds = {
            (True, True): "hits",
            (False, True): "missed",
            (True, False): "false alarms",
            (False, False): "right",
        }
        self.outcomes[kinds[told, wrong]] += 1
        finite = math.isfinite(y.data) and math.isfinite(high)
        error = Fraction(high) + Fraction(low) - Fraction(y.data) if finite else None
        self.digits[0] += abs(_digits(y.data, high, error) - estimate.digits) <= 1.0
        self.digits[1] += 1
        low_end, high_end = USUAL
        if error is not None and all(
            low_end < abs(node.data) < high_end or (not node.data and not node.parents)
            for node in estimates
        ):
            self.near[0] += _is_near(estimate.error, error)
            self.near[1] += 1

    def __str__(self) -> str:
        counts = self.outcomes
        told = counts["hits"] + counts["false alarms"]
        wrong = counts["hits"] + counts["missed"]
        return (
            f"{counts}: precision {counts['hits'] / max(told, 1):.4f}, "
            f"recall {counts['hits'] / max(wrong, 1):.4f}; error within a factor 10 at "
            f"{self.near[0]} of {self.near[1]} points, digits within one at "
            f"{self.digits[0]} of {self.digits[1]}"
        )


def _digits(got: float, high: float, error: Fraction | None) -> float:
    if got == high:
        return ALL_DIGITS
    if error is None or not high:
        return 0.0
    off = abs(error / Fraction(high))
    return min(ALL_DIGITS, max(0.0, -math.log10(off) if off else ALL_DIGITS))


def _is_near(told: float, true: Fraction) -> bool:
    if not told or not true or not math.isfinite(told):
        return told == true
    return Fraction(1, 10) <= Fraction(told) / true <= 10


def values(expressions: Any) -> Iterator[tuple[Value, float, float]]:
    """Every result with its true value."""
    for expression in expressions:
        for *inputs, high, low in expression["points"]:
            _, y = recorded(expression, inputs)
            if isinstance(y, Value):
                yield y, high, low


def slopes(expressions: Any) -> Iterator[tuple[Value, float, float]]:
    """Every derivative whose true value is known, recorded."""
    for expression in expressions:
        for *inputs, name, high, low in expression.get("derivatives", ()):
            leaves, y = recorded(expression, inputs)
            if isinstance(y, Value):
                (slope,) = gradients(y, [leaves[name]], create_graph=True)
                yield slope, high, low


def gained(expression: Any) -> float:
    """How many bits a rewrite of the result gains, on average over the points."""
    total = 0.0
    for *inputs, high, _ in expression["points"]:
        _, y = recorded(expression, inputs)
        found = rewrite_for(y)
        if found is not None and found.node is y:
            total += bits_wrong(y.data, high) - bits_wrong(found.value, high)
    return total / len(expression["points"])


def main(path: str) -> None:
    """Print what is told of the results, of derivatives, and what rewrites gain."""
    expressions = json.loads(Path(path).read_text(encoding="utf-8"))["expressions"]
    parts: dict[str, tuple[Any, Estimates]] = {
        "values": (values, error_estimates),
        "derivatives": (slopes, error_estimates),
        "values, exact": (values, exact_estimates),
    }
    for name, (outputs, estimates) in parts.items():
        score = Score()
        for y, high, low in tqdm(outputs(expressions), desc=name, leave=False):
            score.add(y, estimates(y), high, low)
        print(f"{name}: {score}")
    counts = {True: [0, 0], False: [0, 0]}  # by whether the better form has a branch
    for expression in tqdm(expressions, desc="rewrites", leave=False):
        if expression.get("gain"):
            best = expression["alternatives"][expression["gain"][1]]
            branches = any(" if " in line for line in best)
            counts[branches][0] += gained(expression) > GAIN
            counts[branches][1] += 1
    for branches, (good, count) in counts.items():
        kind = "with a branch" if branches else "without one"
        print(f"rewrites gain over {GAIN:g} bits: {good} of {count} {kind}")


if __name__ == "__main__":
    main(*sys.argv[1:])

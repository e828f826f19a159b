"""How many numbers are wrong, here and in PyTorch: `python -m benchmarks.accuracy`.

Every operation of one variable that both know, at the points where the tests try it:
value, first and second derivative, in doubles, against the tests' 50-digit reference
and by the same pass rule. Where the answer is a convention, not a number that a formula
gives (infinities and NaN, kinks, ends of the domain and beyond), nothing is compared.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tqdm import tqdm

from autograd import OPS, Value, gradients
from tests.reference import REFERENCE
from tests.samples import samples
from tests.truth import Truth

PLAINLY_WRONG = 1e-6  # a relative error that no rounding explains

Numbers = tuple[float, float, float]  # value, first and second derivative
Engine = Callable[[str], Callable[[float], Numbers]]


@dataclass
class Score:
    """What an engine got wrong, in values, first and second derivatives."""

    operations: int = 0
    points: int = 0
    failures: list[int] = field(default_factory=lambda: [0, 0, 0])
    plainly_wrong: list[int] = field(default_factory=lambda: [0, 0, 0])

    def add(self, numbers: Numbers, truths: list[Truth | None]) -> None:
        """Judge what an engine gave at one point."""
        self.points += 1
        for order, (got, truth) in enumerate(zip(numbers, truths, strict=True)):
            if truth is not None and not truth.accepts(got):
                self.failures[order] += 1
                self.plainly_wrong[order] += is_plainly_wrong(got, truth)


def gradtrace_engine(name: str) -> Callable[[float], Numbers]:
    """An operation of this project."""
    op = OPS[name]

    def numbers(x: float) -> Numbers:
        operand = Value(x)
        out = op(operand)
        (slope,) = gradients(out, [operand], create_graph=True)
        return out.data, slope.data, gradients(slope, [operand])[0]

    return numbers


def torch_functions() -> dict[str, Callable[[Any], Any]]:
    """PyTorch's functions under the names of the table."""
    import torch
    from torch.nn import functional

    plain = (
        *("neg", "abs", "exp", "expm1", "exp2", "log", "log1p", "log2", "log10"),
        *("sqrt", "reciprocal", "square", "sin", "cos", "tan", "asin", "acos", "atan"),
        *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "sigmoid", "relu", "selu"),
        *("erf", "erfc", "sign"),
    )
    activations = {
        "log_sigmoid": functional.logsigmoid,
        "softplus": functional.softplus,
        "silu": functional.silu,
        "gelu": functional.gelu,
        "gelu_tanh": lambda x: functional.gelu(x, approximate="tanh"),
        "mish": functional.mish,
        "softsign": functional.softsign,
        "hard_tanh": functional.hardtanh,
        "hard_sigmoid": functional.hardsigmoid,
        "hard_swish": functional.hardswish,
    }
    return {name: getattr(torch, name) for name in plain} | activations


def torch_engine(name: str) -> Callable[[float], Numbers]:
    """An operation of PyTorch, on scalars of 64 bits."""
    import torch

    function = torch_functions()[name]

    def slope_of(out: Any, operand: Any, again: bool) -> Any:
        if not out.requires_grad:
            return torch.zeros_like(operand)
        (slope,) = torch.autograd.grad(
            out, operand, create_graph=again, materialize_grads=True
        )
        return slope

    def numbers(x: float) -> Numbers:
        operand = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        out = function(operand)
        slope = slope_of(out, operand, again=True)
        return out.item(), slope.item(), slope_of(slope, operand, again=False).item()

    return numbers


def is_plainly_wrong(got: float, truth: Truth) -> bool:
    """Whether a wrong number is off by more than a millionth, or of another kind."""
    true = truth.nearest
    if not (math.isfinite(got) and math.isfinite(true)):
        return True
    return abs(got - true) > PLAINLY_WRONG * abs(true)


def truths_at(name: str, x: float) -> list[Truth | None]:
    """Value, first and second derivative, where they come from a formula."""
    truths = (REFERENCE[name].truth((0,) * order, (x,)) for order in range(3))
    return [
        truth if isinstance(truth, Truth) and truth.formula else None
        for truth in truths
    ]


def compare() -> dict[str, Score]:
    """The scores of gradtrace, and of PyTorch where it is installed.

    With PyTorch, on the operations of both; else on all of one variable.
    """
    engines: dict[str, Engine] = {"gradtrace": gradtrace_engine}
    if importlib.util.find_spec("torch") is None:
        unary = [op for op in OPS.values() if len(op.operand_names) == 1]
        names = [op.name for op in unary if not op.variadic]
    else:
        engines["PyTorch"] = torch_engine
        names = list(torch_functions())
    scores = {label: Score(operations=len(names)) for label in engines}
    for name in tqdm(names, desc="accuracy", leave=False):
        tried = {label: engine(name) for label, engine in engines.items()}
        for sample in samples(OPS[name]):
            (x,) = sample.operands
            truths = truths_at(name, x)
            for label, numbers in tried.items() if any(truths) else ():
                scores[label].add(numbers(x), truths)
    return scores


def table(scores: Mapping[str, Score]) -> str:
    """The scores in Markdown; a cell counts values, first and second derivatives."""
    lines = [
        "| float64 | operations | points | outside the pass rule | off by over 1e-6 |",
        "|---|---|---|---|---|",
    ]
    for label, one in scores.items():
        failures = ", ".join(map(str, one.failures))
        plain = ", ".join(map(str, one.plainly_wrong))
        cells = (label, one.operations, one.points, failures, plain)
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    words = "Counts of values, first and second derivatives; relative errors."
    return "\n".join([*lines, "", words, ""])


if __name__ == "__main__":
    print(table(compare()))

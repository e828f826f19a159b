"""Opcodes: what the machine can do in one step, a row each.

Most are one sign or one function of IEEE 754 numbers. A few are whole rows of the
table, which rules call so often that the steps between them would cost more than the
arithmetic: their lines are written from the table by `straight_line`. Then come a
product that is added to a number, and sums over lists of registers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.fast.straight_line import written
from autograd.fast.symbols import SIGNS
from autograd.namespaces import FLOAT_NATIVES
from autograd.operators import COMPARISONS
from autograd.ops import OPS
from autograd.sweep import strong_product


class Opcode(NamedTuple):
    """One step on up to three numbers x, y and z.

    Attributes:
        run: The step on Python's floats, as IEEE 754 has it.
        result: The same as source that numba compiles.
        lines: Source of what is computed before.
    """

    run: Callable[..., float]
    result: str
    lines: tuple[str, ...] = ()

    @property
    def operands(self) -> tuple[str, ...]:
        """Which of x, y and z it reads."""
        text = " ".join([*self.lines, self.result])
        return tuple(x for x in "xyz" if re.search(rf"\b{x}\b", text))


_MATH = (
    *("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "asin", "acos"),
    *("atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc"),
)
_NUMPY = ("exp2", "log2", "log10", "cbrt", "floor")
ROWS = (
    *("square", "sech", "sigmoid", "relu", "step", "sign"),
    *("maximum", "minimum", "share"),
)
_STRONG = "0.0 if (x == 0.0) | (y == 0.0) else x * y"


def _divided(x: float, y: float) -> float:
    try:
        return x / y
    except ZeroDivisionError:
        with np.errstate(all="ignore"):
            return float(np.float64(x) / y)


def _condition(name: str, holds: Callable[[float, float], bool]) -> Opcode:
    """A condition, which is 1.0 or 0.0."""
    x, y = ("(x != 0.0)", "(y != 0.0)") if name in ("and", "or") else ("x", "y")
    text = f"1.0 if {x} {SIGNS[name]} {y} else 0.0"
    return Opcode(lambda x, y: float(holds(x, y)), text)


def _row(name: str) -> Opcode:
    """The value of a row of the table: of its lines those that lead to it."""
    row = written(OPS[name])
    needed, lines = row.value, list[str]()
    for line in reversed(row.lines):
        target, _, text = line.partition(" = ")
        if re.search(rf"\b{target}\b", needed):
            needed += f" {text}"
            lines.insert(0, line)
    return Opcode(OPS[name].value, row.value, tuple(lines))


OPCODES: Mapping[str, Opcode] = {
    "add": Opcode(lambda x, y: x + y, "x + y"),
    "sub": Opcode(lambda x, y: x - y, "x - y"),
    "mul": Opcode(lambda x, y: x * y, "x * y"),
    "div": Opcode(_divided, "x / y"),
    "neg": Opcode(lambda x: -x, "-x"),
    "abs": Opcode(abs, "abs(x)"),
    "and": _condition("and", lambda x, y: x != 0.0 and y != 0.0),
    "or": _condition("or", lambda x, y: x != 0.0 or y != 0.0),
    **{name: _condition(name, compare) for name, compare in COMPARISONS.items()},
    "where": Opcode(FLOAT_NATIVES["where"], "y if x != 0.0 else z"),
    **{n: Opcode(FLOAT_NATIVES[n], f"math.{n}(x)") for n in _MATH},
    **{n: Opcode(FLOAT_NATIVES[n], f"np.{n}(x)") for n in _NUMPY},
    "power": Opcode(FLOAT_NATIVES["power"], "math.pow(x, y)"),
    "hypot": Opcode(FLOAT_NATIVES["hypot"], "math.hypot(x, y)"),
    "atan2": Opcode(FLOAT_NATIVES["atan2"], "math.atan2(x, y)"),
    "fmod": Opcode(FLOAT_NATIVES["fmod"], "np.fmod(x, y)"),
    **{name: _row(name) for name in ROWS},
    "strong_product": Opcode(strong_product, _STRONG),
    "plus_product": Opcode(lambda x, y, z: x * y + z, "x * y + z"),
    "plus_strong_product": Opcode(
        lambda x, y, z: z + strong_product(x, y), "z + t", (f"t = {_STRONG}",)
    ),
}

LISTS: Mapping[str, tuple[int, str]] = {
    "sum": (1, "add"),
    "dot": (2, "plus_product"),
    "strong_dot": (2, "plus_strong_product"),
}
"""Sums of many: how many operands each term has, and the opcode that adds one."""


def factors(name: str, operands: Sequence[Any]) -> list[Sequence[Any]]:
    """The operands of a sum of many: of all its terms the first, then the second."""
    width, _ = LISTS[name]
    return [operands[i::width] for i in range(width)]


TERMS: Mapping[str, str] = {"dot": "mul", "strong_dot": "strong_product"}
"""The opcode of a term alone, of those sums whose terms are no numbers yet."""


def computed(name: str, numbers: Sequence[Any]) -> float:
    """What an instruction gives of floats; a list term by term."""
    if name in OPCODES:
        return float(OPCODES[name].run(*numbers))
    width, plus = LISTS[name]
    total = 0.0
    for i in range(0, len(numbers), width):
        total = OPCODES[plus].run(*numbers[i : i + width], total)
    return total


MEAN = "mean"
"""The mean over all lanes: it alone looks at more than one example."""

NUMBERS: Mapping[str, int] = {
    name: number for number, name in enumerate([*OPCODES, *LISTS, MEAN])
}
"""What stands for an opcode in a list of instructions."""

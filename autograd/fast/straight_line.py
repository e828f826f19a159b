"""A row of the table as straight-line Python: the same arithmetic without the calls.

A rule is a function of a namespace, and calls others: `tanh` calls `sech`, which calls
`exp`. On floats those calls cost more than the arithmetic. So a row is run once on
*symbols*, which write down every step as a line of source, and the lines become one
function of the operands that gives the value and the local derivatives:

>>> from autograd.ops import OPS
>>> print(source(OPS["sigmoid"]))
def sigmoid_row(x):
    t1 = abs(x)
    t2 = -t1
    t3 = exp(t2)
    t4 = x < 0.0
    t5 = t3 if t4 else 1.0
    t6 = 1.0 + t3
    t7 = t5 / t6
    t8 = 0.5 * x
    t9 = abs(t8)
    t10 = -t9
    t11 = exp(t10)
    t12 = 2.0 * t11
    t13 = t11 * t11
    t14 = 1.0 + t13
    t15 = t12 / t14
    t16 = 0.5 * t15
    t17 = t16 * t16
    return t7, (t17,)

The steps and their order are those of the row on `FLOATS`, so the numbers are the same
to the last bit; the tests hold the two together. A rule that asks Python to decide
something about a symbol (`if n == 0`) can't be written down; it is called as it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd.fast.symbols import (
    LITERALS,
    SIGNS,
    Symbol,
    Symbolic,
    UndecidedError,
    literal,
    symbol_namespace,
)
from autograd.namespaces import FLOAT_NATIVES
from autograd.ops import Op


class Written(NamedTuple):
    """A row as lines of source, and what its value and derivatives are called."""

    lines: list[str]
    value: str
    derivatives: list[str]


class _Lines:
    """The lines written so far: each gives the next number t1, t2 ... its value."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def apply(self, name: str, operands: Sequence[Symbolic]) -> Symbol:
        """A line for an operation; the same again is a line again, as on floats."""
        target = f"t{len(self.lines) + 1}"
        texts = [_text(x) for x in operands]
        self.lines.append(f"{target} = {_expression(name, texts)}")
        return Symbol(target, self)


def _expression(name: str, texts: list[str]) -> str:
    if name in SIGNS:
        return f"{texts[0]} {SIGNS[name]} {texts[1]}"
    if name == "neg":
        return f"-{texts[0]}"
    if name == "where":
        return f"{texts[1]} if {texts[0]} else {texts[2]}"
    return f"{name}({', '.join(texts)})"


def _text(x: Symbolic) -> str:
    return x.expression if isinstance(x, Symbol) else literal(x)


def written(op: Op, **constants: float) -> Written:
    """A row as lines, its operands by the names that it gives them.

    Args:
        op: The row.
        constants: Numbers for some of its operands, by name.

    Raises:
        TypeError: The row can't be written down.
    """
    if op.variadic:
        raise TypeError(f"{op.name} takes a list")
    lines = _Lines()
    xp = symbol_namespace(lines)
    operands = [constants.get(x, Symbol(x, lines)) for x in op.operand_names]
    try:
        out = op.forward(xp, *operands)
        derivatives = op.local_derivatives(xp, out, *operands)
    except (UndecidedError, AttributeError):
        raise TypeError(f"{op.name} decides by its operands") from None
    return Written(lines.lines, _text(out), [*map(_text, derivatives)])


def source(op: Op, **constants: float) -> str:
    """The source of one function: operands to value and local derivatives.

    Args:
        op: The row.
        constants: Numbers for some of its operands, by name; the function takes the
            others.

    Raises:
        TypeError: The row can't be written down.
    """
    row = written(op, **constants)
    taken = [name for name in op.operand_names if name not in constants]
    head = f"def {op.name}_row({', '.join(taken)}):"
    end = f"return {row.value}, {as_tuple(row.derivatives)}"
    return "\n    ".join([head, *row.lines, end])


def as_tuple(texts: Sequence[str]) -> str:
    """The source of a tuple."""
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"


PYTHONS_OWN: dict[str, Any] = {
    **{name: getattr(math, name, own) for name, own in FLOAT_NATIVES.items()},
    "sum": math.fsum,
    "power": math.pow,
    "floor": FLOAT_NATIVES["floor"],  # math.floor gives an int
}


def compiled(text: str, name: str, more: dict[str, Any] | None = None) -> Any:
    """What the text defines under this name; it may call the natives of floats.

    Those are Python's own, which raise an ArithmeticError or a ValueError where IEEE
    754 has an answer: `op.evaluate` gives that.

    Args:
        text: Source that defines a function.
        name: Its name.
        more: Other names that it uses.
    """
    namespace = {**FLOAT_NATIVES, **PYTHONS_OWN, **LITERALS, **(more or {})}
    exec(compile(text, f"<autograd row {name}>", "exec"), namespace)  # noqa: S102
    return namespace[name]

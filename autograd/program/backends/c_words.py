"""Words of C: numbers, expressions, functions; the table of opcodes in them."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from typing import Any

from autograd.program.machine.opcodes import Opcode

MOST_COLUMNS = 80  # of a line of C, as people set them


def number_text(x: float) -> str:
    """A number as C writes it, a negative one in brackets."""
    if math.isnan(x):
        return "NAN"
    text = "INFINITY" if math.isinf(x) else repr(abs(float(x)))
    return f"(-{text})" if math.copysign(1.0, x) < 0.0 else text


def defined(heading: str, body: Sequence[str]) -> str:
    """A function: its heading, and its lines in braces; a long heading is broken."""
    if len(heading) > MOST_COLUMNS:
        heading = heading.replace("(", "(\n    ", 1).replace(", ", ",\n    ")
    return "\n".join(
        [heading, "{", *(f"    {line}".rstrip() for line in body), "}", ""]
    )


def opcode(name: str, op: Opcode) -> str:
    """An opcode as a function."""
    takes = ", ".join(f"double {x}" for x in op.operands)
    lines = [line.partition(" = ") for line in op.lines]
    body = [f"double {target} = {in_c(text)};" for target, _, text in lines]
    heading = f"static double op_{name}({takes})"
    return defined(heading, [*body, f"return {in_c(op.result)};"])


_FUNCTIONS = {"abs": "fabs"}
_BETWEEN: dict[type, str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}


def in_c(expression: str) -> str:
    """An expression of Python in C.

    >>> in_c("0.0 if (x == 0.0) | (y == 0.0) else math.exp(-x) * abs(y)")
    '(((x == 0.0) | (y == 0.0)) ? 0.0 : (exp((-x)) * fabs(y)))'
    """
    return _in_c(ast.parse(expression, mode="eval").body)


def _in_c(node: Any) -> str:
    match node:
        case ast.Name(name):
            return name  # NAN and INFINITY among them, as C has them
        case ast.Constant(float() | int() as value):
            return number_text(value)
        case ast.UnaryOp(ast.USub(), operand):
            return f"(-{_in_c(operand)})"
        case ast.BinOp(left, sign, right) | ast.Compare(left, [sign], [right]):
            return f"({_in_c(left)} {_BETWEEN[type(sign)]} {_in_c(right)})"
        case ast.IfExp(test, body, orelse):
            return f"({_in_c(test)} ? {_in_c(body)} : {_in_c(orelse)})"
        case ast.Call(ast.Name(name) | ast.Attribute(_, name), args):
            called = _FUNCTIONS.get(name, name)
            return f"{called}({', '.join(map(_in_c, args))})"
    raise TypeError(f"an opcode that C has no words for: {ast.dump(node)}")

"""Words for findings: a node as it would be written, a place, a way to the output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from autograd.listening.sources import Line
from autograd.operators import datum
from autograd.value import Number, Value

_SIGNS: Final = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**"}
_SIGNS["power"] = "**"

MOST_OPERANDS: Final = 4
"""So many of a list are written out."""

_MOST_STEPS: Final = 6  # of a longer way the middle is left out


def written(node: Value, digits: int = 6) -> str:
    """A node with its numbers, as "exp(x=1000)" or "1 / 0"."""
    if node.op is None:
        return node.label or f"Value({datum(node):.{digits}g})"
    operands = [numbered(x, digits) for x in node.operands]
    if node.op.name in _SIGNS:
        wrapped = [f"({x})" if x.startswith("-") else x for x in operands]
        return f" {_SIGNS[node.op.name]} ".join(wrapped)
    if len(operands) > MOST_OPERANDS:
        left = len(operands) - MOST_OPERANDS + 1
        operands[MOST_OPERANDS - 1 :] = [f"... {left} more"]
    return f"{node.op.name}({', '.join(operands)})"


def numbered(x: Number, digits: int = 6) -> str:
    """An operand with its number: "x=1000", or "1000" where it has no name."""
    if not isinstance(x, Value):
        return f"{x:.{digits}g}"
    number = f"{datum(x):.{digits}g}"
    return f"{x.label}={number}" if x.label else number


def named(x: Number, usual: str) -> str:
    """What advice calls an operand: its label, its number if constant, or a letter."""
    return (x.label or usual) if isinstance(x, Value) else f"{x:.6g}"


def source_of(node: Value) -> Line | None:
    """The line of source that made a node, where lines were recorded."""
    source: Line | None = node.source
    return source if source is not None and source.file else None


def placed(line: Line | None, scope: str) -> str:
    """Where that is: " at model.py:12 in layers.0", "" if nothing is known."""
    at = f" at {line.where}" if line is not None else ""
    return at + (f" in {scope}" if scope else "")


def way(path: Sequence[Value]) -> str:
    """A path by its operations: "exp -> sum -> log"."""
    steps = ["the input" if x.op is None else x.op.name for x in path]
    if len(steps) > _MOST_STEPS + 1:
        left = len(steps) - _MOST_STEPS
        steps = [*steps[:3], f"({left} more)", *steps[-3:]]
    return " -> ".join(steps)

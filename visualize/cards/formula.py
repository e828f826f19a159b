"""The operation of a node as a few characters, its constant operands folded in."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from autograd import Op, Value
from visualize.cards.labels import clean
from visualize.style import USUAL

# Symbols that need an operand beside them to be understood.
_WRITTEN = {"neg": "−x", "reciprocal": "1/x", "dot": "dot"}
_INFIX = {"add", "sub", "mul", "div", "remainder", "floor_divide"}
_INDEXED = {"softmax", "log_softmax"}
_POWERS = {"pow", "power"}
_SHOWN_OPERANDS = 4
_LISTED_OPERANDS = 12


def operation_text(node: Value) -> str:
    """What a card prints as the operation: `×2`, `x^3`, `1 −`, `tanh`.

    Constants among the operands are part of this text; operands that are Values are
    not, for they have wires. A dot stands for them where a constant would else lack
    its place, as in `clamp(·, 0, 1)`. Empty for a leaf.
    """
    if node.op is None:
        return ""
    number = USUAL.number
    symbol = _WRITTEN.get(node.op.name) or _symbol(node.op)
    texts = ["" if has_wire(o) else number(float(o)) for o in node.operands]
    if not any(texts):
        return symbol
    if node.op.name in _INFIX and len(texts) == 2:
        return _infix(symbol, *texts)
    if node.op.name in _POWERS:
        return f"x^{texts[1]}" if texts[1] else f"{texts[0]}^x"
    if node.op.name in _INDEXED:
        return f"{symbol}[{texts[0]}]"
    if len(texts) > _SHOWN_OPERANDS or node.op.variadic:
        return symbol
    return f"{symbol}({', '.join(text or '·' for text in texts)})"


@lru_cache(maxsize=1000)
def _symbol(op: Op) -> str:
    """A row's symbol fit for a picture; there are few, and nodes by the thousand."""
    return clean(op.symbol, 24)


def has_wire(operand: Value | float) -> bool:
    """Whether an operand is a number that the picture shows, not part of the operation.

    A constant is none, nor is an integer input of a program: it only says which one.
    """
    return isinstance(operand, Value) and operand.role != "integer"


def _operand_text(operand: Value | float, name: Callable[[Value], str]) -> str:
    if not isinstance(operand, Value):
        return repr(operand)
    called = name(operand) if has_wire(operand) else operand.label
    return clean(called, 40) or repr(operand.data)


def _infix(symbol: str, left: str, right: str) -> str:
    if right:
        # "+−3" is hard on the eye.
        return f"{symbol} {right}" if right.startswith("−") else f"{symbol}{right}"
    return f"{symbol}{left}" if symbol == "×" else f"{left} {symbol}"


def expression(node: Value, name: Callable[[Value], str]) -> str:
    """The operation with all its operands by name: `mul(w, 2.0)`; "" for a leaf."""
    if node.op is None:
        return ""
    return f"{node.op.name}({operands_text(node, name)})"


def operands_text(
    node: Value, name: Callable[[Value], str], most: int = _LISTED_OPERANDS
) -> str:
    """The operands by name, constants as they are, at most so many: `w, 2.0`."""
    listed = node.operands[:most]
    texts = [_operand_text(operand, name) for operand in listed]
    if len(node.operands) > len(listed):
        texts.append(f"… {len(node.operands):,} operands")
    return ", ".join(texts)

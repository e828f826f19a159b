"""One node's arithmetic, written out twice: with names, and with the numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograd import Value
from visualize.cards.labels import clean

Operand = Value | float
Write = Callable[[Operand], str]

_INFIX = {"add": "+", "sub": "−", "mul": "×", "div": "÷"}
_AROUND = {"neg": ("−", ""), "abs": ("|", "|"), "reciprocal": ("1 ÷ ", "")}
_POWERS = {"pow", "power"}
_INDEXED = {"softmax", "log_softmax"}
_SHOWN_OPERANDS = 6
_SHOWN_PRODUCTS = 3


def equation(
    node: Value, name: Callable[[Value], str], number: Callable[[float], str]
) -> str:
    """What the forward pass did at a node: `c = a × b = −3 × 4 = −12`.

    A leaf computes nothing, and has its number alone: `a = −3`.
    """
    result = number(node.data)
    if node.op is None:
        return f"{name(node)} = {result}"

    def named(operand: Operand) -> str:
        return name(operand) if isinstance(operand, Value) else number(operand)

    def counted(operand: Operand) -> str:
        return number(float(operand))

    with_names, with_numbers = (_written(node, w) for w in (named, counted))
    return f"{name(node)} = {with_names} = {with_numbers} = {result}"


def push(parent: str, child: str, local: str, adjoint: str, contribution: str) -> str:
    """What the backward pass does along one wire.

    >>> push("a", "c", "−3", "4", "−12")
    'grad(a) += ∂c/∂a × grad(c) = −3 × 4 = −12'
    """
    with_names = f"∂{child}/∂{parent} × grad({child})"
    with_numbers = f"{local} × {factor(adjoint)}"
    return f"grad({parent}) += {with_names} = {with_numbers} = {contribution}"


def factor(text: str) -> str:
    """A number as it stands after an operator: `4 × (−3)`.

    >>> factor("−3"), factor("3")
    ('(−3)', '3')
    """
    return f"({text})" if text.startswith("−") else text


def _written(node: Value, write: Write) -> str:
    """The operation on its operands, each written by `write`."""
    op, operands = node.op, node.operands
    if op is None:
        return ""
    if op.name in _INFIX and len(operands) == 2:
        left, right = map(write, operands)
        return f"{left} {_INFIX[op.name]} {factor(right)}"
    if op.name in _AROUND and len(operands) == 1:
        before, after = _AROUND[op.name]
        text = write(operands[0])
        return f"{before}{text if after else factor(text)}{after}"
    if op.name in _POWERS and len(operands) == 2:
        return "^".join(factor(write(operand)) for operand in operands)
    if op.name == "dot":
        return _products(operands, write)
    name = clean(op.name, 24)
    if op.name in _INDEXED:
        # The first operand says which of the results this is.
        return f"{name}[{write(operands[0])}]({_listed(operands[1:], write)})"
    return f"{name}({_listed(operands, write)})"


def _listed(operands: Sequence[Operand], write: Write) -> str:
    texts = [write(operand) for operand in operands[:_SHOWN_OPERANDS]]
    more = len(operands) - len(texts)
    return ", ".join([*texts, *([f"… {more:,} more"] if more else [])])


def _products(operands: Sequence[Operand], write: Write) -> str:
    """A dot product: weights, then as many inputs, then perhaps a bias."""
    count = len(operands) // 2
    pairs = list(zip(operands[:count], operands[count : 2 * count], strict=True))
    texts = [
        f"{factor(write(w))} × {factor(write(x))}" for w, x in pairs[:_SHOWN_PRODUCTS]
    ]
    if count > _SHOWN_PRODUCTS:
        texts.append(f"… {count - _SHOWN_PRODUCTS:,} more products")
    texts += [factor(write(bias)) for bias in operands[2 * count :]]
    return " + ".join(texts)

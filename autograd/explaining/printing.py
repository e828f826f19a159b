"""Steps as text: which of them get a line of their own, and Python's brackets."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from autograd.explaining.simplifying import Expression, is_number, step_of
from autograd.fast.symbols import SIGNS, Symbol, Symbolic
from autograd.operators import COMPARISONS

_DEEPEST = 25
"""Brackets in brackets: nobody reads more, and Python's own parser has a limit."""

FREE, CHOICE, OR, AND, COMPARED, SUM, PRODUCT, SIGN, POWER, ATOM = range(10)
"""How tightly a text holds together, from what needs brackets everywhere to a name."""


class Fragment(NamedTuple):
    """A piece of a formula, and how tightly it holds together."""

    text: str
    level: int


class Notation(Protocol):
    """A language that formulas are written in."""

    def number(self, x: float) -> Fragment:
        """A number."""

    def name(self, name: str) -> Fragment:
        """A variable, or a step that has a name."""

    def step(self, step: Expression, operands: list[Fragment]) -> Fragment:
        """An operation on what is written already."""


def order_of(result: Symbolic) -> list[Symbol]:
    """All symbols that a formula is made of, operands before what is made of them."""
    found: dict[int, Symbol] = {}
    waiting = [(result, False)]
    while waiting:
        symbol, is_ready = waiting.pop()
        if not isinstance(symbol, Symbol) or id(symbol) in found:
            continue
        if is_ready:
            found[id(symbol)] = symbol
            continue
        waiting.append((symbol, True))
        waiting += [(x, False) for x in reversed(step_of(symbol).operands)]
    return list(found.values())


def written(
    result: Symbolic, writer: Notation, name_of: Callable[[Symbol, int], str]
) -> tuple[list[tuple[str, str]], Fragment]:
    """The named parts of a formula, as (name, text), and the formula in terms of them.

    What is used more than once gets a name, if it is more than a few characters; so
    does what would have too many brackets in brackets.

    Args:
        result: The formula.
        writer: The language.
        name_of: Names a part, by its symbol and its number among all parts.
    """
    order = order_of(result)
    uses = Counter(
        [id(x) for s in order for x in step_of(s).operands if isinstance(x, Symbol)]
    )
    texts: dict[int, Fragment] = {}
    depth: dict[int, int] = {}
    parts: list[tuple[str, str]] = []

    def text(x: Symbolic) -> Fragment:
        return texts[id(x)] if isinstance(x, Symbol) else writer.number(float(x))

    for symbol in order:
        step = step_of(symbol)
        if not step.operands:
            texts[id(symbol)], depth[id(symbol)] = writer.name(step.name), 0
            continue
        texts[id(symbol)] = writer.step(step, [text(x) for x in step.operands])
        inner = [depth[id(x)] for x in step.operands if isinstance(x, Symbol)]
        depth[id(symbol)] = 1 + max(inner)
        repeated = uses[id(symbol)] > 1 and not _is_short(step)
        if symbol is not result and (repeated or depth[id(symbol)] > _DEEPEST):
            name = name_of(symbol, len(parts) + 1)
            parts.append((name, texts[id(symbol)].text))
            texts[id(symbol)], depth[id(symbol)] = writer.name(name), 0
    return parts, text(result)


def _is_short(step: Expression) -> bool:
    """Whether a step is hardly longer than a name: -x, x**2, 2*x, x > 0."""
    inner = [x for x in step.operands if isinstance(x, Symbol)]
    simple = len(inner) == 1 and not step_of(inner[0]).operands
    return simple and step.name in {"neg", "power", "mul", "add", "sub", *_COMPARED}


def bracketed(x: Fragment, need: int) -> str:
    """The text, in brackets if it does not hold together tightly enough."""
    return x.text if x.level >= need else f"({x.text})"


_COMPARED = {name: SIGNS[name] for name in COMPARISONS}
_INFIX: Mapping[str, tuple[str, int, int, int]] = {
    # the sign, how tight the whole is, the left and the right
    "add": (" + ", SUM, SUM, PRODUCT),
    "sub": (" - ", SUM, SUM, PRODUCT),
    "mul": ("*", PRODUCT, PRODUCT, PRODUCT),
    "div": ("/", PRODUCT, PRODUCT, SIGN),
    "power": ("**", POWER, ATOM, SIGN),
    "and": (" and ", AND, AND, COMPARED),
    "or": (" or ", OR, OR, AND),
    **{k: (f" {sign} ", COMPARED, SUM, SUM) for k, sign in _COMPARED.items()},
}


class Python:
    """Formulas as Python writes them; as plain text, too.

    Args:
        is_code: Whether Python is to run it: a choice is then `x if c else y`.
    """

    def __init__(self, is_code: bool) -> None:
        self.is_code = is_code

    def number(self, x: float) -> Fragment:
        """Whole numbers without a point, infinities by name."""
        if x != x or abs(x) == math.inf:
            name = "nan" if x != x else "inf"
            text = f"float('{name}')" if self.is_code else name
            return Fragment(f"-{text}" if x < 0 else text, SIGN if x < 0 else ATOM)
        text = repr(int(x)) if x % 1.0 == 0.0 and abs(x) < 1e15 else repr(x)
        return Fragment(text, SIGN if text.startswith("-") else ATOM)

    def name(self, name: str) -> Fragment:
        """A name as it is."""
        return Fragment(name, ATOM)

    def step(self, step: Expression, operands: list[Fragment]) -> Fragment:
        """An operator between its operands, or a call."""
        if self.is_code and step.name == "div" and is_number(step.operands[1], 0.0):
            infinity = self.number(math.copysign(math.inf, step.operands[1]))
            return self.step(Expression("mul"), [infinity, operands[0]])  # `/ 0` raises
        if step.name in _INFIX:
            sign, level, left, right = _INFIX[step.name]
            first, second = operands
            return Fragment(
                f"{bracketed(first, left)}{sign}{bracketed(second, right)}", level
            )
        if step.name == "neg":
            return Fragment(f"-{bracketed(operands[0], PRODUCT)}", SIGN - 1)
        if step.name == "where" and self.is_code:
            condition, x, y = operands
            text = f"{bracketed(x, OR)} if {bracketed(condition, OR)} else {y.text}"
            return Fragment(text, CHOICE)
        return Fragment(f"{step.name}({', '.join(x.text for x in operands)})", ATOM)


def identifier(name: str, taken: set[str]) -> str:
    """A name that Python takes, and that is not taken."""
    text = re.sub(r"\W+", "_", name).strip("_") or "v"
    text = f"v{text}" if text[0].isdigit() else text
    while text in taken:
        text += "_"
    taken.add(text)
    return text

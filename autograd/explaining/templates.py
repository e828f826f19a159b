r"""Steps as LaTeX: the templates of the table, with brackets where they are needed.

A template such as `\frac{$x}{$y}` or `$x \cdot $y` shows by what stands beside a place
how tightly its operand must hold together, and by what stands at its top how tightly it
does itself.
"""

from __future__ import annotations

import re
from functools import cache

from autograd.explaining.printing import ATOM, FREE, POWER, PRODUCT, SIGN, SUM, Fragment
from autograd.explaining.simplifying import Expression
from autograd.explaining.wording import latex_name
from autograd.ops import OPS

_PLACE = re.compile(r"\$([A-Za-z_]\w*)")
_OPENING = ("{", "(", "[", r"\left|", r"\lfloor", r"\lceil", ",", "|")
_CLOSING = ("}", ")", r"\right", ",", "]", "|")
_TIMES = (r"\cdot", r"\,")
_JOINED = {"and": r"\wedge", "or": r"\vee"}


class Latex:
    """Formulas as LaTeX."""

    def number(self, x: float) -> Fragment:
        """A number; one with an exponent as a product."""
        if x != x:
            return Fragment(r"\text{NaN}", ATOM)
        if abs(x) == float("inf"):
            return Fragment(r"\infty", ATOM) if x > 0 else Fragment(r"-\infty", SUM)
        text = repr(int(x)) if x % 1.0 == 0.0 and abs(x) < 1e15 else repr(x)
        mantissa, e, exponent = text.partition("e")
        if e:
            text = rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
        return Fragment(text, PRODUCT if e or x < 0 else ATOM)

    def name(self, name: str) -> Fragment:
        """A variable."""
        return Fragment(latex_name(name), ATOM)

    def step(self, step: Expression, operands: list[Fragment]) -> Fragment:
        """The template of the row, filled in."""
        op = step.op or OPS.get(step.name)
        if op is None or not op.latex:
            joined = rf" {_JOINED.get(step.name, ',')} "
            text = joined.join(_in(x, ATOM) for x in operands)
            if step.name in _JOINED:
                return Fragment(text, FREE)
            return Fragment(rf"\operatorname{{{step.name}}}\left({text}\right)", POWER)
        given = dict(zip(op.operand_names, operands, strict=False))
        if op.variadic:
            rest = operands[len(op.operand_names) - 1 :]
            listed = rf"\left({', '.join(x.text for x in rest)}\right)"
            given[op.operand_names[-1]] = Fragment(listed, ATOM)
        parts, level = _read(op.latex)
        text = "".join(
            part if need is None else _in(given[part], need) for part, need in parts
        )
        return Fragment(text, level)


def _in(x: Fragment, need: int) -> str:
    return x.text if x.level >= need else rf"\left({x.text}\right)"


@cache
def _read(template: str) -> tuple[list[tuple[str, int | None]], int]:
    """The pieces of a template, texts and places with what they need; and its level."""
    parts: list[tuple[str, int | None]] = []
    end = 0
    for place in _PLACE.finditer(template):
        parts.append((template[end : place.start()], None))
        before = template[: place.start()].rstrip()
        after = template[place.end() :].lstrip()
        parts.append((place[1], max(_left(before), _right(before, after))))
        end = place.end()
    return [*parts, (template[end:], None)], _level(template)


def _left(before: str) -> int:
    """What an operand needs because of what stands before it."""
    if not before or before.endswith(_OPENING):
        return FREE
    if before.endswith(("+", "=", "<", ">", r"\le", r"\ge", r"\ne", "?", ":")):
        return SUM
    if before.endswith(("-", *_TIMES)):
        return PRODUCT
    if before.endswith(r"\bmod"):
        return SIGN
    return ATOM  # the argument of a function


def _right(before: str, after: str) -> int:
    """What an operand needs because of what stands after it."""
    if after.startswith(("^", "_")):
        return ATOM
    if before.endswith("{") and after.startswith("}"):
        return ATOM if after[1:].lstrip().startswith("^") else FREE
    if not after or after.startswith(_CLOSING):
        return FREE
    if after.startswith(("+", "-", "=", "<", ">", r"\le", r"\ge", r"\ne", "?", ":")):
        return SUM
    return PRODUCT


def _level(template: str) -> int:
    """How tightly a filled template holds together."""
    top = template
    for group in (r"\{[^{}]*\}", r"\\left.((?!\\left).)*?\\right."):
        while (shorter := re.sub(group, " ", top)) != top:
            top = shorter
    if "?" in top or re.search(r"[<>=]|\\[lgn]e\b", top):
        return FREE
    if re.search(r"[+-]", top):
        return SUM
    function = r"\\(?!sqrt|left|right)[a-z]+"  # a fraction, too: not to be a base
    times = any(sign in top for sign in (*_TIMES, r"\bmod"))
    if times or re.search(rf"\$\w+\s+{function}", top):
        return PRODUCT
    return POWER if "^" in top or re.search(function, top) else ATOM

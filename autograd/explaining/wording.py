"""Explanations as text: a table for a terminal, Markdown with LaTeX for a notebook."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from autograd.graph import Edge, Graph

if TYPE_CHECKING:
    from autograd.explaining.paths import Explanation, Path

_MOST_FACTORS = 8
"""A product of more is written with its middle left out: nobody reads it all."""

_MOST_DIGITS = 12
"""A count of more digits is written by its size."""


def number(x: float) -> str:
    """A number as people write it: six digits, and none that say nothing.

    >>> number(-24.0), number(0.1), number(1234567.0), number(float("inf"))
    ('-24', '0.1', '1.23457e+06', 'inf')
    """
    return f"{x:.6g}"


def percent(share: float) -> str:
    """A share in hundredths: 61 %; what is above 0 does not look like 0."""
    if 0.0 < share < 0.001:
        return "<0.1 %"
    return f"{100.0 * share:.3g} %"


def counted(count: int, one: str) -> str:
    """A count and what is counted: 1 path, 3 paths, 1.15e+18 paths."""
    text = str(count) if count < 10**_MOST_DIGITS else _magnitude(count)
    return f"{text} {one}" if count == 1 else f"{text} {one}s"


def _magnitude(count: int) -> str:
    """A large whole number by its first digits; Python turns no huge one into text."""
    if count < 2**1000:
        return f"{float(count):.3g}"
    return f"about 2**{count.bit_length() - 1}"


def elided(count: int, text: Callable[[int], str], gap: str) -> list[str]:
    """The text of each of so many factors, of many only of those at both ends."""
    if count <= _MOST_FACTORS:
        return [*map(text, range(count))]
    half = _MOST_FACTORS // 2
    return [*map(text, range(half)), gap, *map(text, range(count - half, count))]


def derivative(edge: Edge, name: Callable[..., str]) -> str:
    """The factor of an edge: dy/dx; which operand, if x is more than one."""
    text = f"d{name(edge.child)}/d{name(edge.parent)}"
    if _is_repeated(edge):
        text += f" at operand {edge.position + 1}"
    return text


def _is_repeated(edge: Edge) -> bool:
    return sum(parent is edge.parent for parent in edge.child.parents) > 1


def product(path: Path, graph: Graph) -> str:
    """A path as the chain rule has it: (dL/dd)(dd/dw) = 4 x 2 = 8."""
    value = number(path.product)
    if not len(path):
        return value
    factors = elided(len(path), lambda i: derivative(path.edge(i), graph.name), "")
    if len(factors) == 1:
        return f"{factors[0]} = {value}"
    chain = "".join([f"({factor})" if factor else " ... " for factor in factors])
    numbers = elided(len(path), lambda i: number(path.edge(i).local_derivative), "...")
    return f"{chain} = {' x '.join(numbers)} = {value}"


def table(explanation: Explanation, graph: Graph) -> str:
    """The whole as text."""
    head = _head(explanation, graph)
    if not explanation.paths:
        return head[0]
    if explanation.path_count == 1:
        (path,) = explanation.paths
        whole = _whole(explanation, graph)
        text = product(path, graph)
        return text if len(path) == 1 else f"{whole} = {text}"
    rows = [
        (number(path.product), percent(path.share), product(path, graph))
        for path in explanation.paths
    ]
    return "\n".join(
        [*head, "", *aligned([("product", "share", "path"), *rows], "<><")]
    )


def aligned(rows: Sequence[Sequence[str]], sides: str) -> list[str]:
    """The lines of a table; of each column the side it stands at: "<" or ">"."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    form = "  ".join(f"{{:{side}{n}}}" for side, n in zip(sides, widths, strict=True))
    return [form.format(*row).rstrip() for row in rows]


def _whole(explanation: Explanation, graph: Graph) -> str:
    wrt = explanation.wrt
    below = graph.name(wrt) if wrt in graph else (wrt.label or "x")
    return f"d{graph.name(explanation.output)}/d{below}"


def _head(explanation: Explanation, graph: Graph) -> list[str]:
    whole = f"{_whole(explanation, graph)} = {number(explanation.gradient)}"
    if not explanation.paths:
        return [f"{whole}: no path leads there"]
    shown = f"shown: {len(explanation.paths)} of them, with "
    return [
        f"{whole}, the sum of {counted(explanation.path_count, 'path')}",
        f"{shown}{percent(explanation.coverage)} of sum |product|",
        _spread(explanation),
    ]


def _spread(explanation: Explanation) -> str:
    """How much the paths cancel, and how many share the gradient, in numbers."""
    return (
        f"cancellation {explanation.cancellation:.4g}, "
        f"entropy {explanation.entropy:.4g} nats"
    )


def markdown(explanation: Explanation, graph: Graph) -> str:
    """The whole as Markdown, its formulas as LaTeX."""
    head = _head(explanation, graph)
    if not explanation.paths:
        return head[0]
    lines = [f"${_latex_whole(explanation, graph)} = {_tex(explanation.gradient)}$, "]
    lines[0] += head[0].partition(", ")[2] + "  "
    lines += [line + "  " for line in head[1:]]
    lines += ["", "| share | path |", "| ---: | :--- |"]
    for path in explanation.paths:
        whole = _latex_whole(explanation, graph)
        start = f"{whole} = " if explanation.path_count == 1 else ""
        text = start + _latex_product(path, graph)
        lines.append(f"| {percent(path.share)} | ${text}$ |")
    return "\n".join(lines)


def _latex_whole(explanation: Explanation, graph: Graph) -> str:
    wrt = explanation.wrt
    below = graph.name(wrt) if wrt in graph else (wrt.label or "x")
    return _fraction(graph.name(explanation.output), below)


def _latex_product(path: Path, graph: Graph) -> str:
    def factor(place: int) -> str:
        edge = path.edge(place)
        operand = rf"\Big|_{{{edge.position + 1}}}" if _is_repeated(edge) else ""
        return _fraction(graph.name(edge.child), graph.name(edge.parent)) + operand

    def slope(place: int) -> str:
        return _tex(path.edge(place).local_derivative)

    texts = elided(len(path), factor, r"\cdots")
    numbers = r" \times ".join(elided(len(path), slope, r"\cdots"))
    value = _tex(path.product)
    if len(path) < 2:
        return f"{texts[0]} = {value}" if texts else value
    return rf"{' '.join(texts)} = {numbers} = {value}"


def _fraction(above: str, below: str) -> str:
    return rf"\frac{{d {latex_name(above)}}}{{d {latex_name(below)}}}"


def latex_name(name: str) -> str:
    """A name as LaTeX: w1 is w with an index; longer ones stand upright."""
    match = re.fullmatch(r"([A-Za-z])_?(\d+)", name)
    if match:
        return f"{match[1]}_{{{match[2]}}}"
    if re.fullmatch(r"[A-Za-z]", name):
        return name
    escaped = re.sub(r"([\\{}$&#_%^~|])", _escaped, name)
    return rf"\mathrm{{{escaped}}}"


def _escaped(match: re.Match[str]) -> str:
    special = {"\\": r"\backslash ", "^": r"\hat{}", "~": r"\sim ", "|": r"\vert "}
    return special.get(match[1], "\\" + match[1])


def _tex(x: float) -> str:
    """A number as LaTeX: 1.5e-07 as a power of ten."""
    text = number(x)
    mantissa, e, exponent = text.partition("e")
    if e:
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
    words = {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\text{NaN}"}
    return words.get(text, text)

"""Tables for a terminal: text starts its column, numbers line up by their points."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from autograd import Graph, Value

_INFIX: Final[Mapping[str, str]] = MappingProxyType(
    {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "power": "**"}
)


def format_number(number: float) -> str:
    """Print six significant digits, and no negative zero.

    >>> [format_number(x) for x in (2.0, -1 / 3, 1e-9, -0.0)]
    ['2', '-0.333333', '1e-09', '0']
    """
    return f"{number + 0.0:.6g}"


def render(header: Sequence[str], rows: Sequence[Sequence[str | float]]) -> str:
    """Lay out a table; a column of numbers is aligned by their decimal points.

    >>> print(render(("name", "value"), [("a", 1.5), ("bias", -12.0)]))
    name  value
    ----  -----
    a       1.5
    bias  -12
    """
    columns = [
        [title, *_cells([row[position] for row in rows])]
        for position, title in enumerate(header)
    ]
    widths = [max(map(len, column)) for column in columns]
    for column, width in zip(columns, widths, strict=True):
        column.insert(1, "-" * width)
    lines = zip(*columns, strict=True)
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def _cells(cells: Sequence[str | float]) -> list[str]:
    if all(isinstance(cell, str) for cell in cells):
        return [str(cell) for cell in cells]
    texts = [cell if isinstance(cell, str) else format_number(cell) for cell in cells]
    before = max(_whole_part(text) for text in texts)
    return [" " * (before - _whole_part(text)) + text for text in texts]


def _whole_part(number: str) -> int:
    """How many characters stand before the point, or would stand there."""
    return len(number.partition("e")[0].partition(".")[0])


def trace_table(graph: Graph) -> str:
    """Show each node: name, operation, value, gradient, local derivatives."""
    rows = [
        (
            graph.name(node),
            _operation(graph, node),
            node.data,
            node.grad,
            _local_derivatives(graph, node),
        )
        for node in graph.nodes
    ]
    return render(("name", "operation", "value", "gradient", "local derivatives"), rows)


def _operation(graph: Graph, node: Value) -> str:
    if node.op is None:
        return node.role
    operands = [
        graph.name(operand) if isinstance(operand, Value) else format_number(operand)
        for operand in node.operands
    ]
    infix = _INFIX.get(node.op.name)
    if infix is not None:
        return f" {infix} ".join(operands)
    return f"{node.op.name}({', '.join(operands)})"


def _local_derivatives(graph: Graph, node: Value) -> str:
    pairs = zip(node.parents, node.local_derivatives, strict=True)
    return ", ".join(
        f"{graph.name(parent)}: {format_number(slope)}" for parent, slope in pairs
    )

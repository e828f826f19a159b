"""transcript: the backward pass written down, one line of arithmetic a step."""

from __future__ import annotations

from collections.abc import Iterator

from autograd.explaining.paths import check_values
from autograd.explaining.semirings import Ways
from autograd.explaining.wording import number
from autograd.graph import Graph
from autograd.sweep import interior_order, strong_product
from autograd.value import Value


def transcript(output: Value, wrt: Value | None = None) -> str:
    """The backward pass in order: a line for every product that it makes.

    >>> from autograd import Value, transcript
    >>> x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    >>> h = w * x
    >>> y = h * x
    >>> h.label, y.label = "h", "y"
    >>> print(transcript(y))
    dy/dy = 1
    dy/dh = 1 x 2 = 2
    dy/dx = 1 x -6 = -6
    dy/dw = dy/dh x dh/dw = 2 x 2 = 4
    dy/dx = -6 + dy/dh x dh/dx = -6 + 2 x -3 = -12

    Args:
        output: What is differentiated.
        wrt: Only the steps that matter for the derivative in this node; all, if None.

    Raises:
        TypeError: One of them is no Value.
    """
    check_values("transcript", output, output if wrt is None else wrt)
    return "\n".join(_lines(output, wrt))


def _lines(output: Value, wrt: Value | None) -> Iterator[str]:
    name = Graph(output).name
    whole = f"d{name(output)}/d"
    nodes = interior_order([output]) if wrt is None else Ways(output, wrt).nodes
    wanted = None if wrt is None else {*nodes}
    adjoints = {output: 1.0}
    if wanted is not None and output not in wanted:
        label = wrt.label if wrt is not None and wrt.label else "..."
        yield f"{whole}{label} = 0: {name(output)} does not depend on it"
        return
    yield f"{whole}{name(output)} = 1"
    for child in reversed(nodes):
        adjoint = adjoints[child]
        factor = "" if child is output else f"{whole}{name(child)} x "
        for parent, weight in zip(child.parents, child.local_derivatives, strict=True):
            if wanted is not None and parent not in wanted:
                continue
            flow = strong_product(adjoint, weight)
            before = adjoints.get(parent)
            adjoints[parent] = flow if before is None else before + flow
            start = "" if before is None else f"{number(before)} + "
            words = (
                f"{start}{factor}d{name(child)}/d{name(parent)} = " if factor else ""
            )
            numbers = f"{start}{number(adjoint)} x {number(weight)}"
            result = number(adjoints[parent])
            yield f"{whole}{name(parent)} = {words}{numbers} = {result}"

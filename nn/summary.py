"""What a net consists of, and what it computes on an example: `Module.summary`."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from autograd import Graph, Value
from nn.arrays import flattened, listed, shape_of, written

LONGEST = 60
"""Of what a module says of itself, so many letters fit into the table."""

SummaryRow = tuple[Any, ...]
"""One module: its name, what it is, and what else is told; the net itself is ""."""


def table(columns: Sequence[str], rows: Sequence[SummaryRow]) -> str:
    """Lay out a net as text, alike neighbours on one line.

    The whole net comes first, and outer modules before inner ones.
    """
    lines = [("module", "what", *columns)]
    for _, group in groupby(rows, key=_kind):
        (name, what, *cells), *others = group
        times = f"{1 + len(others)} x " if others else ""
        if others:
            name += "-" + others[-1][0].rpartition(".")[2]
        if len(what) > LONGEST:
            what = f"{what[: LONGEST - 3].rstrip()}..."
        texts = [c if isinstance(c, str) else f"{times}{c}" for c in cells]
        lines.append((name or "(all)", times + what, *texts))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            f"{cell:<{width}}" if place < 2 else f"{cell:>{width}}"
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def _kind(row: SummaryRow) -> tuple[Any, ...]:
    """Equal for neighbours that one line can tell of: "layers.0", "layers.1" ..."""
    parent, _, element = row[0].rpartition(".")
    return parent if element.isdecimal() else row[0], *row[1:]


def traced(
    modules: Sequence[tuple[str, Any]], call: Callable[[], Any]
) -> list[tuple[str, int, int]]:
    """What each module of a net gives on an example: shape, nodes and flops.

    The net runs once, as for evaluation, and is then as it was. An operation on m
    numbers counts as m - 1 flops, and at least one: a `dot` of n pairs and a bias as
    2n. Only what the outputs depend on is counted.
    """
    seen: dict[str, tuple[str, str]] = {}
    before = [(vars(m).get("forward"), m.training) for _, m in modules]
    try:
        for name, module in modules:
            vars(module)["forward"] = _noting(name, module.forward, seen)
            module.training = False
        outputs = [x for x in flattened(listed(call())) if isinstance(x, Value)]
    finally:
        for (_, module), (forward, training) in zip(modules, before, strict=True):
            module.training = training
            del vars(module)["forward"]
            if forward is not None:
                vars(module)["forward"] = forward
    nodes, flops = Counter[str](), Counter[str]()
    for node in Graph(*outputs).nodes if outputs else ():
        if node.parents:
            nodes[node.scope] += 1
            flops[node.scope] += max(1, len(node.operands) - 1)
    told = []
    for name, _ in modules:
        scope, shape = seen.get(name, (None, "not called"))
        told.append((shape, _within(scope, nodes), _within(scope, flops)))
    return told


def _noting(
    name: str, forward: Callable[..., Any], seen: dict[str, tuple[str, str]]
) -> Callable[..., Any]:
    """A `forward` that notes the scope it runs in, and the shape of its result."""

    def noting(*inputs: Any, **options: Any) -> Any:
        result = forward(*inputs, **options)
        seen[name] = Value(0.0).scope, _shape(result)
        return result

    return noting


def _within(scope: str | None, counts: Counter[str]) -> int:
    """The sum of what was counted in a scope and in those inside it."""
    if scope is None:
        return 0
    inside = f"{scope}." if scope else ""
    return sum(n for s, n in counts.items() if s == scope or s.startswith(inside))


def _shape(result: Any) -> str:
    """The lengths of nested lists as text: "[2][3]"; each of several, in a tuple."""
    if isinstance(result, tuple):
        return ", ".join(map(_shape, result))
    shape = shape_of(result)
    return "uneven lists" if shape is None else written(shape) or "number"

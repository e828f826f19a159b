"""What a net consists of, and what it computes on an example: `Module.summary`."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from autograd import Graph, Value

__all__ = ["Row", "counted", "table", "traced"]


LONGEST = 60
"""Of what a module says of itself, so many letters fit into the table."""


class Row(NamedTuple):
    """One module: its name, what it is, and cells; the net itself is named ""."""

    name: str
    what: str
    cells: tuple[int | str, ...]


def table(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """Lay out a net as text, alike neighbours on one line.

    Args:
        columns: what the cells tell; counts are those of each of alike neighbours.
        rows: the modules, outer before inner, the whole net first.
    """
    lines = [("module", "what", *columns)]
    for _, group in groupby(rows, key=_kind):
        alike = list(group)
        name, what, cells = alike[0]
        times = f"{len(alike)} x " if len(alike) > 1 else ""
        if times:
            name += "-" + alike[-1].name.rpartition(".")[2]
        texts = [c if isinstance(c, str) else f"{times}{c}" for c in cells]
        lines.append((name or "(all)", times + _shortened(what, LONGEST), *texts))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            f"{cell:<{width}}" if place < 2 else f"{cell:>{width}}"
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


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
        outputs = [x for x in _flat(call()) if isinstance(x, Value)]
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


def counted(count: int, what: str) -> str:
    """Count in words: "1 input", "2 inputs"."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _shortened(text: str, most: int) -> str:
    """The text, its end replaced by dots where it is longer."""
    return text if len(text) <= most else f"{text[: most - 3].rstrip()}..."


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
    if not isinstance(result, list):
        return "number"
    inner = _shape(result[0]) if result else ""
    return f"[{len(result)}]{'' if inner == 'number' else inner}"


def _flat(result: Any) -> Iterator[Any]:
    if not isinstance(result, list | tuple):
        yield result
        return
    for item in result:
        yield from _flat(item)


def _kind(row: Row) -> tuple[Any, ...]:
    """Equal for neighbours that one line can tell of: "layers.0", "layers.1" ..."""
    parent, _, element = row.name.rpartition(".")
    return parent if element.isdecimal() else row.name, *row[1:]

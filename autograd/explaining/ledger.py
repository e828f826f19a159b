"""ledger: who has which share in a gradient.

The gradient in a leaf is a sum of what comes along each edge that leaves it, and that,
where the output is itself a sum, of what comes from each term. So it can be shared out
by whatever tells those apart: the line or the scope of the operation that reads the
leaf, the leaf, the term, the sample. A row's amount is what its parts of the gradient
come to, the sum over leaves of |part|.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from autograd.explaining.paths import check_values
from autograd.explaining.terms import Summand, samples_of, terms_of
from autograd.explaining.wording import aligned, number, percent
from autograd.graph import Graph
from autograd.sweep import NUMERIC, interior_order, reverse, strong_product
from autograd.value import Value

WAYS = ("line", "scope", "parameter", "term", "sample")
_SHOWN = 40  # a table of more rows is nothing to read


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One line of a ledger.

    Attributes:
        name: Such as "sample 17, line 42".
        share: What it has of the whole; the shares sum to 1.
        amount: The sum over leaves of |its part of the gradient|.
        text: The source of its line, if lines are told apart.
    """

    name: str
    share: float
    amount: float
    text: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Ledger:
    """The shares in a gradient, the largest first; prints as a table.

    Attributes:
        rows: Each with its `.name`, `.share` and `.amount`.
        total: The sum of the amounts.
        title: What is shared out, and how.
    """

    rows: tuple[LedgerRow, ...]
    total: float
    title: str

    def __repr__(self) -> str:
        shown = self.rows[:_SHOWN]
        cells = [(f"{percent(row.share):>7}", row.name, row.text) for row in shown]
        lines = aligned(cells, "><<") if cells else []
        left = len(self.rows) - len(shown)
        more = [f"... and {left} more, in .rows"] if left else []
        return "\n".join([self.title, "", *lines, *more])


class _Part(NamedTuple):
    """What comes to a leaf along one edge, of one term."""

    term: Summand
    reader: Value
    leaf: Value
    gradient: float


def ledger(output: Value, by: str | Sequence[str] = "line") -> Ledger:
    """Share out |d output / d leaves|.

    >>> from autograd import Value, ledger
    >>> x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    >>> for row in ledger(w * x, by="parameter").rows:
    ...     print(row.name, row.share)
    x 0.6
    w 0.4

    Args:
        output: What is differentiated.
        by: What tells the parts apart: "line" (of code, see `record_sources`) and
            "scope" of the operation that reads a leaf; "parameter", a leaf; "term",
            an operand of the sum that the output is, by its label; "sample", an
            example of the batch that the output is the sum or the mean of, counted
            from 0. Several, such as ("sample", "line"), for each pair of them.

    Raises:
        TypeError: The output is no Value.
        ValueError: `by` is none of these; no line is known; or the output is no sum
            over samples.
    """
    check_values("ledger", output, output)
    keys = _checked(by)
    terms = [Summand("", output, 1.0, output)]
    graph = Graph(output)
    if "term" in keys:
        terms = terms_of(output, graph)
    if "sample" in keys:
        terms = samples_of(output)
    parts = [part for term in terms for part in _parts(term)]
    if "parameter" in keys and any(p.leaf.role == "parameter" for p in parts):
        parts = [part for part in parts if part.leaf.role == "parameter"]
    if "line" in keys and parts and not any(part.reader.source for part in parts):
        message = (
            "ledger knows no lines of code: compute the output inside "
            "`with autograd.record_sources():`"
        )
        raise ValueError(message)
    files = {part.reader.source.file for part in parts if part.reader.source}
    sums: dict[tuple[str, ...], dict[Value, float]] = {}
    texts: dict[tuple[str, ...], str] = {}
    for part in parts:
        key = tuple([_name(way, part, graph, files) for way in keys])
        of_leaf = sums.setdefault(key, defaultdict(float))
        of_leaf[part.leaf] += part.gradient
        if "line" in keys and part.reader.source:
            texts[key] = part.reader.source.text
    amounts = {key: math.fsum(map(abs, of.values())) for key, of in sums.items()}
    title = f"|gradient| of {graph.name(output)} by {', '.join(keys)}"
    return _written(title, amounts, texts)


def _checked(by: Any) -> tuple[str, ...]:
    keys = tuple(by) if isinstance(by, list | tuple) else (by,)
    wrong = [key for key in keys if key not in WAYS]
    if wrong or not keys:
        what = repr(wrong[0]) if wrong else "nothing"
        message = f"ledger shares out by {', '.join(map(repr, WAYS))}; not by {what}"
        raise ValueError(message)
    if "term" in keys and "sample" in keys:
        raise ValueError("ledger shares out by 'term' or by 'sample', not by both")
    return keys


def _parts(term: Summand) -> Iterator[_Part]:
    """What each edge out of a leaf adds to its gradient, of one term."""
    if not term.node.parents:
        yield _Part(term, term.reader, term.node, term.seed)
        return
    order = interior_order([term.node])
    adjoints = reverse(order, {term.node: term.seed}, NUMERIC)
    for child in order:
        adjoint = adjoints.get(child, 0.0)
        for parent, weight in zip(child.parents, child.local_derivatives, strict=True):
            if not parent.parents:
                yield _Part(term, child, parent, strong_product(adjoint, weight))


def _name(way: str, part: _Part, graph: Graph, files: set[str]) -> str:
    """What a part is called by one of the ways to tell them apart."""
    if way == "parameter":
        return graph.name(part.leaf)
    if way == "scope":
        return part.reader.scope or "outside of scopes"
    if way != "line":
        return part.term.name
    line = part.reader.source
    if line is None or not line.file:
        return "unknown line"
    place = f" of {line.file}" if len(files) > 1 else ""
    return f"line {line.number}{place}"


def _written(
    title: str,
    amounts: dict[tuple[str, ...], float],
    texts: dict[tuple[str, ...], str],
) -> Ledger:
    """The rows, the largest first; equal ones as they come in the graph."""
    total = math.fsum(amounts.values())
    shares = _shares([*amounts.values()], total)
    rows = [
        LedgerRow(", ".join(key), share, amount, texts.get(key, ""))
        for (key, amount), share in zip(amounts.items(), shares, strict=True)
    ]
    rows.sort(key=lambda row: row.share, reverse=True)
    return Ledger(tuple(rows), total, f"{title}: {number(total)}")


def _shares(amounts: list[float], total: float) -> list[float]:
    """Shares that sum to 1 to the last digit; all 0 where there is nothing to share.

    The largest takes what rounding leaves. Infinite amounts share what there is.
    """
    if math.isinf(total):
        amounts = [float(math.isinf(amount)) for amount in amounts]
        total = math.fsum(amounts)
    if total == 0.0 or total != total:
        return [0.0 if total == 0.0 else math.nan for _ in amounts]
    shares = [amount / total for amount in amounts]
    if math.fsum(shares) == 1.0:
        return shares
    largest = shares.index(max(shares))
    others = [-share for i, share in enumerate(shares) if i != largest]
    shares[largest] = math.fsum([1.0, *others])
    return shares

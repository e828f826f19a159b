"""A batch in which something goes wrong: which example, which node, which line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.diagnosing.diagnose import Diagnosis, diagnose
from autograd.diagnosing.finding import Finding
from autograd.functions import mean
from autograd.listening.alone import unheard
from autograd.listening.origins import record_sources
from autograd.parameters import Parameters
from autograd.program.plan import Vector
from autograd.program.running.eager import run
from autograd.sweep import interior_order
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.program.running.ready import Ready

CHUNK = 256
"""So many examples are recorded and looked at; a bad one among more is looked for."""


def diagnosed(ready: Ready, theta: Vector, x: Vector) -> Diagnosis:
    """Record the function on the examples, and diagnose the mean of what it returns.

    Args:
        ready: What was traced.
        theta: The parameters' numbers.
        x: The numbers of one example, or a row for each of a batch.
    """
    single = x.ndim == 1
    start = 0 if single or len(x) <= CHUNK else _bad_chunk(ready, theta, x)
    rows = np.array([x]) if single else x[start : start + CHUNK]
    with unheard(), record_sources(), _written(ready.parameters, theta):
        examples = ready.signature.examples(rows)
        outputs = [run(ready.f, arguments).outputs for arguments in examples]
        total = mean([x for row in outputs for x in row] or [Value(0.0)])
        diagnosis = diagnose(total if isinstance(total, Value) else Value(total))
    if single:
        return diagnosis
    owners = _owners(outputs, start)
    findings = [_in_row(x, owners.get(x.node)) for x in diagnosis.findings]
    return replace(diagnosis, findings=tuple(findings))


@contextmanager
def _written(parameters: Parameters, theta: Vector) -> Iterator[None]:
    """Let the leaves have these numbers for a block."""
    before = parameters.read()
    parameters.write(theta)
    try:
        yield
    finally:
        parameters.write(before)


def _bad_chunk(ready: Ready, theta: Vector, x: Vector) -> int:
    """Where the first examples begin whose outputs or gradients are not finite."""
    for start in range(0, len(x), CHUNK):
        rows = x[start : start + CHUNK]
        seed = np.ones((len(rows), ready.outputs.count))
        outputs, slopes = ready.gradient(theta, rows, seed, "both")
        parts = [outputs, *[x for x in slopes if x is not None]]
        if not all(np.isfinite(part).all() for part in parts):
            return start
    return 0


def _owners(outputs: Iterable[Sequence[Any]], start: int) -> dict[Value, int | None]:
    """The example that each node belongs to; None where several share it."""
    owners: dict[Value, int | None] = {}
    for row, results in enumerate(outputs, start):
        for node in interior_order([x for x in results if isinstance(x, Value)]):
            for x in (node, *node.parents):
                owners[x] = row if owners.get(x, row) == row else None
    return owners


def _in_row(finding: Finding, row: int | None) -> Finding:
    """The finding, told of an example."""
    if row is None:
        return finding
    return replace(finding, row=row, message=f"Example {row}: {finding.message}")

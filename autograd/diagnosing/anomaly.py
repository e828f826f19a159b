"""detect_anomaly: stop where a number goes wrong, forward or backward."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd.diagnosing.diagnose import RUINS_GRADIENT, Diagnosis, diagnose
from autograd.diagnosing.values import RangeAnalysis
from autograd.errors import AnomalyError
from autograd.listening.origins import record_sources
from autograd.recording import Recorder, listening
from autograd.value import Value


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Raise where a number goes wrong in the block, or where a gradient is about to.

    An infinity is waited with until it does harm: 1 / (1 + exp(1000)) is rightly 0. So
    exp(1000) raises where something wrong is made of it, where it is differentiated, or
    at the end of the block, and then the error tells of exp(1000).

    Of a Program or a compiled function that runs on plain numbers the results are
    looked at, values and gradients; if one is not finite, the error tells where in it
    that began, and in which example of a batch.

    >>> from autograd import AnomalyError, Value, detect_anomaly, log
    >>> try:
    ...     with detect_anomaly():
    ...         y = log(Value(-1.0, label="x"))
    ... except AnomalyError as error:
    ...     print(error.finding.kind, error.finding.op)
    domain log

    Each node costs some microseconds in the block, and nothing outside. Threads and
    tasks started elsewhere are not watched.

    Raises:
        AnomalyError: Its `finding` is what `diagnose` puts first.
    """
    anomalies = _Anomalies()
    with record_sources(), listening(anomalies):
        yield
    anomalies.end()


class _Anomalies(Recorder):
    """Looks at every number that is made, and before every sweep at its slopes."""

    def __init__(self) -> None:
        self._numbers = RangeAnalysis()
        self._unread: dict[Value, None] = {}
        """Overflown numbers that nothing was made of yet."""

    def made(self, node: Value) -> None:
        """Raise if the number is wrong."""
        self._numbers.read_all([node])
        known = self._numbers.truths
        for parent in node.parents if self._unread else ():
            self._unread.pop(parent, None)
        if node not in known:
            return
        if self._numbers.overflows_rightly(node):
            self._unread[node] = None
        elif node.op is not None and self._numbers.is_wrong(node):
            _raise(diagnose(node))

    def sweeps(self, outputs: Collection[Value], _how: str) -> None:
        """Raise if the value or the gradient of an output is spoilt."""
        for output in outputs:
            _raise(diagnose(output))

    def ran(self, results: Collection[Any], diagnosed: Callable[[], Diagnosis]) -> None:
        """Raise if what a program gives is spoilt."""
        known = [x for x in results if x is not None]
        if not all(np.isfinite(x).all() for x in known):
            _raise(diagnosed())

    def end(self) -> None:
        """Raise for an overflown number that is a result."""
        for node in self._unread:
            _raise(diagnose(node))


def _raise(diagnosis: Diagnosis) -> None:
    """Raise what is found first, if it spoils a value or a gradient."""
    for finding in diagnosis.findings[:1]:
        if finding.harm >= RUINS_GRADIENT:
            raise AnomalyError(finding.message, finding) from None

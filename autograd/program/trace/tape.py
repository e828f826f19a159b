"""Tape: what a function leaves behind that is run once to be compiled.

While a function is traced, every operation is kept in the order in which it was done.
The next example has other numbers, so no number may decide anything for good: a truth
value that steers Python is kept as a guard, and reading a number is refused. Leaves
that the function makes itself are its constants, and may be read.

Its audience hears numbers of the function after every run of its program: outputs of
the plan, behind those that the function returns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.batches import BATCH_MEAN
from autograd.listening.sources import user_line
from autograd.namespaces import Namespace, choose
from autograd.operators import datum
from autograd.ops import OPS
from autograd.program.plan import NOWHERE, Guard, Plan, uniform_of
from autograd.recording import Recorder
from autograd.sweep import Arithmetic
from autograd.value import Number, Value


class Told(NamedTuple):
    """Numbers that somebody hears after every run.

    Attributes:
        listener: Who.
        values: The numbers, as Values where they are computed.
        writes: Arrays that the listener changes, and the function does not read.
    """

    listener: Callable[[list[float], int], object]
    values: tuple[Any, ...]
    writes: tuple[Any, ...]


class Tape(Recorder):
    """The operations of one run of a function, and the truth values it asked for.

    Attributes:
        log: The nodes, in the order in which they were made.
        decisions: What steered Python, each number once; its place is known later.
        told: What is to be told after every run.
    """

    traces = True

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Let go of the nodes: they hold the tape, and that is a cycle."""
        self.log: list[Value] = []
        self.decisions: dict[Value, Guard] = {}
        self.told: list[Told] = []
        self._constants: set[Value] = set()
        self._looked_at = 0

    def made(self, node: Value) -> None:
        """Keep an operation that was recorded.

        Raises:
            TypeError: It is not, under `no_grad`: a number would be left of it.
        """
        if node.op is None:
            return
        if node.recording.epoch.records:
            self.log.append(node)
            return
        how = f"{node.op.name} under no_grad()"
        for x in node.operands:
            if isinstance(x, Value):
                advice = "Leave no_grad() out, or compute outside f what is constant"
                self.read(x, how, advice)

    def decide(self, value: Value) -> None:
        """Keep a truth value as a guard if it may be another one next time."""
        if value not in self.decisions and not self.is_constant(value):
            line = user_line()
            outcome = bool(datum(value))
            self.decisions[value] = Guard(NOWHERE, outcome, line.where, line.text)

    def tell(self, listener: Any, values: Any, writes: Any) -> None:
        """Keep what is to be told."""
        self.told.append(Told(listener, tuple(values), tuple(writes)))

    def arithmetic(self, xp: Namespace, plain: Arithmetic[Any]) -> Arithmetic[Any]:
        """Let choices in derivatives be nodes, too."""
        return traced(xp, plain)

    def read(self, value: Value, how: str, advice: str = "") -> None:
        """Refuse to turn a Value into a plain number, unless it is a constant.

        Raises:
            TypeError: It depends on an input or a parameter.
        """
        if self.is_constant(value):
            return
        message = (
            f"{how} would bake a number into the program: while a function is "
            f"traced, {value!r} stands for the number of every example. "
        )
        raise TypeError(message + (advice or _ADVICE))

    def is_own(self, value: Value) -> bool:
        """Whether the function made this Value itself."""
        return value.recording.epoch.tracer is self

    def is_constant(self, value: Value) -> bool:
        """Whether a Value depends on nothing but leaves that the function made."""
        for place in range(self._looked_at, len(self.log)):  # each node once
            node = self.log[place]
            if all(isinstance(x, float) or self._known(x) for x in node.operands):
                self._constants.add(node)
        self._looked_at = len(self.log)
        return self._known(value)

    def _known(self, value: Value) -> bool:
        return value in self._constants or (value.op is None and self.is_own(value))


_ADVICE = (
    "Stay on Values: autograd.exp(x) instead of math.exp(x), autograd.where(c, x, y) "
    "to choose, autograd.take(rows, index) to index; print(f'{x:.3f}') is allowed"
)


_OVER_BATCH = Value(1.0)
"""The weight of an edge over the batch: what flows is the mean of what comes."""


def traced(xp: Namespace, plain: Arithmetic[Any]) -> Arithmetic[Any]:
    """The arithmetic of a recorded sweep for examples that are not known yet.

    Args:
        xp: The namespace in which the sweep runs the rows.
        plain: The arithmetic outside of a traced function: see `recorded.py`.
    """
    vars(xp)["where"] = _choice

    def weights(node: Value) -> Any:
        return [_OVER_BATCH] if node.op is BATCH_MEAN else plain.weights(node)

    def flow(number: Number, weight: Number) -> Any:
        if weight is _OVER_BATCH:
            return BATCH_MEAN(number)
        return plain.flow(number, weight)

    return Arithmetic(weights, flow)


def _choice(condition: Any, x: Any, y: Any) -> Any:
    """A choice in a rule: another example may choose otherwise."""
    if isinstance(condition, Value):
        return OPS["where"](condition, x, y)
    return choose(condition, x, y)


class Audience:
    """The listeners of a program.

    Args:
        plan: The plan, as traced.
        told: What was to be told while it was.
    """

    def __init__(self, plan: Plan, told: Sequence[Told]) -> None:
        self._counts = [len(each.values) for each in told]
        self._listeners = [each.listener for each in told]
        self._first = len(plan.outputs) - sum(self._counts)
        uniform = uniform_of(plan) if told else []
        ends = plan.outputs[self._first :]
        same = [x.__class__ is float or uniform[x] for x in ends]  # type: ignore[index]
        self._same = [all(part) for part in self._parted(same)]

    @property
    def is_there(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    def _parted(self, row: Any) -> list[Any]:
        """What each listener is told of what all are told."""
        ends = np.cumsum(self._counts, dtype=int).tolist()
        pairs = zip(self._counts, ends, strict=True)
        return [row[end - n : end] for n, end in pairs]

    def seed(self, seed: Any) -> Any:
        """Weights for all outputs of the plan: 0 for those that are only told."""
        if not self._listeners:
            return seed
        zeros = np.zeros((*np.shape(seed)[:-1], sum(self._counts)))
        return np.concatenate([seed, zeros], axis=-1)

    def outputs(self, outputs: Any, x: Any, *, tells: bool) -> Any:
        """The function's own outputs; whoever listens is told the others.

        Args:
            outputs: Those of the plan: of one example, or a row for each.
            x: The inputs of the run.
            tells: Whether anybody is told.
        """
        if not self._listeners:
            return outputs
        if tells and np.size(outputs):
            rows = np.reshape(outputs, (-1, np.shape(outputs)[-1]))[:, self._first :]
            self._tell(rows, len(x) if x.ndim == 2 else 1)
        return outputs[..., : self._first]

    def _tell(self, rows: Any, examples: int) -> None:
        parts = self._parted(rows.T)
        for listener, same, part in zip(
            self._listeners, self._same, parts, strict=True
        ):
            if same:
                listener(part[:, 0].tolist(), examples)
            else:
                for numbers in part.T.tolist():
                    listener(numbers, 1)

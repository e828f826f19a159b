"""diagnose_training: what each layer of a net does while it learns, step by step."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

from autograd.diagnosing.diagnose import diagnose
from autograd.diagnosing.finding import Finding
from autograd.diagnosing.nets import (
    ACTIVATIONS,
    FLAT,
    layer_of,
    mean_size,
)
from autograd.diagnosing.story import UNLEARNING
from autograd.functions import mean
from autograd.leaves import parameter
from autograd.operators import datum
from autograd.sweep import NUMERIC, interior_order, reverse
from autograd.value import Value


class Net(Protocol):
    """A function of an example with parameters that have names, as `nn.Module` is."""

    def __call__(self, x: Any, /) -> Any:
        """The prediction."""
        ...

    def named_parameters(self) -> Iterable[tuple[str, Value]]:
        """Names such as "layers.0.neurons.3.bias", and the leaves."""
        ...


GROWN: Final = 1e4
"""So many times what it was at first, or 1, a loss comes to by steps that are too long
alone: each makes it larger than the last, and no end is in sight."""


class LayerStep(NamedTuple):
    """One layer at one step.

    Attributes:
        gradient: The root mean square of the loss's derivatives in its parameters.
        flat: The share of its activations whose slope is next to 0.
        update_ratio: How far it has moved since the last step, in shares of its length.
    """

    step: int
    layer: str
    gradient: float
    flat: float
    update_ratio: float


@dataclass(frozen=True)
class TrainingDiagnosis:
    """What each layer did, and what went wrong.

    Attributes:
        rows: One for each step and layer.
        losses: The loss at each step.
        findings: What went wrong first, by kind and layer, with its step.
        flow: The parameters by name with the gradients of the last step: what
            `visualize.plot_gradient_flow` takes. They are copies.
    """

    rows: tuple[LayerStep, ...]
    losses: tuple[float, ...]
    findings: tuple[tuple[int, Finding], ...]
    flow: dict[str, Value] = field(repr=False)

    @property
    def update_ratios(self) -> dict[str, list[float]]:
        """By layer, one a step: what `visualize.plot_update_ratio` takes."""
        ratios: dict[str, list[float]] = defaultdict(list)
        for row in self.rows:
            ratios[row.layer].append(row.update_ratio)
        return dict(ratios)

    def __str__(self) -> str:
        if not self.findings:
            return "nothing went wrong"
        return "\n\n".join(
            f"step {step}, {finding.kind}\n{finding.message}"
            for step, finding in self.findings
        )


def diagnose_training(
    model: Net,
    batches: Iterable[tuple[Any, Any]],
    loss: Callable[[Any, Any], Any],
    after: TrainingDiagnosis | None = None,
) -> TrainingDiagnosis:
    """Look at a net on one batch after the other.

    It trains nothing: let `batches` do so between two batches, or look at a net as it
    is. No `.grad` is touched.

    Args:
        model: A function of one example, with `named_parameters`.
        batches: Pairs of inputs and targets, a row for each example.
        loss: Of a prediction and its target.
        after: What was found until now, to go on from.
    """
    found = after or TrainingDiagnosis((), (), (), {})
    for inputs, targets in batches:
        pairs = zip(inputs, targets, strict=True)
        found = _looked_at(mean([loss(model(x), y) for x, y in pairs]), model, found)
    return found


def _looked_at(
    output: Value, model: Net, before: TrainingDiagnosis
) -> TrainingDiagnosis:
    """What is known with one step more, whose loss is the output."""
    step = len(before.losses)
    losses = *before.losses, datum(output)
    findings = {_place(finding): (at, finding) for at, finding in before.findings}
    for finding in [*_explosion(output, losses), *diagnose(output).findings]:
        findings.setdefault(_place(finding), (step, finding))
    interior = interior_order([output])
    flow = _with_gradients(model, reverse(interior, {output: 1.0}, NUMERIC))
    flat, last = _flat_shares(interior), _by_layer(before.flow)
    rows = [*before.rows]
    for layer, leaves in _by_layer(flow).items():
        gradient = mean_size([x.grad for x in leaves])
        moved = _moved(last.get(layer, ()), leaves)
        rows.append(LayerStep(step, layer, gradient, flat.get(layer, 0.0), moved))
    return TrainingDiagnosis(tuple(rows), losses, tuple(findings.values()), flow)


def _place(finding: Finding) -> tuple[str, str]:
    """The kind and the layer: of these only what went wrong first is told."""
    return finding.kind, layer_of(finding.node.scope)


def _explosion(output: Value, losses: Sequence[float]) -> Iterator[Finding]:
    """A loss that grows from step to step: what units do of that is not the cause."""
    first, now = losses[0], losses[-1]
    if abs(now) >= GROWN * max(1.0, abs(first)):
        advice = "a smaller learning rate, or clipping the gradient's norm"
        message = (
            f"The loss grows over {len(losses) - 1} steps from {first:.3g} to "
            f"{now:.3g}.\nEach step goes so far beyond the minimum that the next one "
            f"is longer still.\nInstead: {advice}."
        )
        yield Finding("exploding", output, (output,), advice, message, UNLEARNING)


def _with_gradients(model: Net, adjoints: dict[Value, float]) -> dict[str, Value]:
    """Copies of the parameters, with gradients."""
    copies = {}
    for name, leaf in model.named_parameters():
        copy = parameter(datum(leaf), name)
        copy.grad = adjoints.get(leaf, 0.0)
        copies[name] = copy
    return copies


def _by_layer(leaves: dict[str, Value]) -> dict[str, list[Value]]:
    """The parameters of each layer: "layers.0" has "layers.0.neurons.3.bias"."""
    layers: dict[str, list[Value]] = defaultdict(list)
    for name, leaf in leaves.items():
        parts = layer_of(f"{name}.").removesuffix(".").split(".")
        layers[".".join(parts[:2])].append(leaf)
    return layers


def _flat_shares(interior: Sequence[Value]) -> dict[str, float]:
    """The share of flat activations in each layer."""
    slopes: dict[str, list[float]] = defaultdict(list)
    for node in interior:
        if node.op is not None and node.op.name in ACTIVATIONS:
            layer = ".".join(layer_of(node.scope).split(".")[:2])
            slopes[layer].append(max(map(abs, node.local_derivatives)))
    return {x: sum(s < FLAT for s in found) / len(found) for x, found in slopes.items()}


def _moved(before: Sequence[Value], now: Sequence[Value]) -> float:
    """How far a layer has moved, in shares of its length."""
    length = math.hypot(*map(datum, before))
    if not length:
        return 0.0
    moves = [datum(x) - datum(y) for x, y in zip(now, before, strict=True)]
    return math.hypot(*moves) / length

"""diagnose_training: what each layer of a net does while it learns, step by step."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from autograd.diagnosing.diagnose import diagnose
from autograd.diagnosing.finding import Finding
from autograd.diagnosing.nets import ACTIVATIONS, FLAT, layer_of
from autograd.diagnosing.ways import adjoints_of
from autograd.functions import mean
from autograd.leaves import parameter
from autograd.operators import datum
from autograd.sweep import interior_order
from autograd.value import Value


class Net(Protocol):
    """A function of an example with parameters that have names, as `nn.Module` is."""

    def __call__(self, x: Any, /) -> Any:
        """The prediction."""
        ...

    def named_parameters(self) -> Iterable[tuple[str, Value]]:
        """Names such as "layers.0.neurons.3.bias", and the leaves."""
        ...


class Row(NamedTuple):
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
        findings: What went wrong first, by kind and layer, with its step.
        flow: The parameters by name with the gradients of the last step: what
            `visualize.plot_gradient_flow` takes. They are copies.
    """

    rows: tuple[Row, ...]
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
) -> TrainingDiagnosis:
    """Look at a net on one batch after the other.

    It trains nothing: let `batches` do so between two batches, or look at a net as it
    is. No `.grad` is touched.

    Args:
        model: A function of one example, with `named_parameters`.
        batches: Pairs of inputs and targets, a row for each example.
        loss: Of a prediction and its target.
    """
    rows: list[Row] = []
    findings: dict[tuple[str, str], tuple[int, Finding]] = {}
    before: dict[str, list[float]] = {}
    flow: dict[str, Value] = {}
    for step, (inputs, targets) in enumerate(batches):
        pairs = zip(inputs, targets, strict=True)
        output = mean([loss(model(x), y) for x, y in pairs])
        interior = interior_order([output])
        adjoints = adjoints_of(output, interior)
        for finding in diagnose(output).findings:
            layer = layer_of(finding.node.scope)
            findings.setdefault((finding.kind, layer), (step, finding))
        flow = _with_gradients(model, adjoints)
        flat = _flat_shares(interior)
        now: dict[str, list[float]] = {}
        for layer, leaves in _by_layer(flow).items():
            now[layer] = [datum(x) for x in leaves]
            moved = _moved(before.get(layer), now[layer])
            gradient = _length([x.grad for x in leaves]) / math.sqrt(len(leaves))
            rows.append(Row(step, layer, gradient, flat.get(layer, 0.0), moved))
        before = now
    return TrainingDiagnosis(tuple(rows), tuple(findings.values()), flow)


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


def _moved(before: list[float] | None, now: list[float]) -> float:
    """How far a layer has moved, in shares of its length."""
    if before is None or not (length := _length(before)):
        return 0.0
    return _length([x - y for x, y in zip(now, before, strict=True)]) / length


def _length(numbers: Sequence[float]) -> float:
    return math.hypot(*numbers)

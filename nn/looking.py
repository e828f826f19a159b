"""Looking at a net: what it consists of, which inputs matter, how flat a minimum is.

Call `model.eval()` first where training is another thing, as with Dropout.
"""

import operator
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Graph, Program, Value, grad, no_grad
from nn.arrays import flattened, listed, shape_of, written
from nn.checks import whole
from nn.examples import Loss, in_mode, loss_at
from nn.initializers import normal, random_source

Vector = NDArray[np.float64]
Net = Callable[[Any], Any]

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
    padded = []
    for place, column in enumerate(zip(*lines, strict=True)):
        side, width = "<" if place < 2 else ">", max(map(len, column))
        padded.append([f"{cell:{side}{width}}" for cell in column])
    return "\n".join(map("  ".join, zip(*padded, strict=True)))


def _kind(row: SummaryRow) -> tuple[Any, ...]:
    """Equal for neighbours that one line can tell of: "layers.0", "layers.1" ..."""
    parent, _, element = row[0].rpartition(".")
    return parent if element.isdecimal() else row[0], *row[1:]


def traced(model: Any, example: Any) -> list[tuple[str, int, int]]:
    """What each module of a net gives on an example: shape, nodes and flops.

    The net runs once, as for evaluation, and is then as it was. An operation on m
    numbers counts as m - 1 flops, and at least one: a `dot` of n pairs and a bias as
    2n. Only what the outputs depend on is counted.
    """
    seen: dict[str, tuple[str, str]] = {}
    modules = model.named_modules()
    before = [(vars(module), vars(module).get("forward")) for _, module in modules]
    try:
        for name, module in modules:
            vars(module)["forward"] = _noting(name, module.forward, seen)
        with in_mode(model, training=False):
            given = flattened(listed(model(example)))
    finally:
        for attributes, forward in before:
            del attributes["forward"]
            if forward is not None:
                attributes["forward"] = forward
    outputs = [x for x in given if isinstance(x, Value)]
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


def saliency(model: Net, x: Any, output: int | Net | None = None) -> Vector:
    """How much an output would change with each number of an input: a gradient.

    Args:
        model: what is looked at.
        x: one example.
        output: which output, by its index; or a function of all outputs, such as the
            loss; or None for the only or the largest one, the class predicted.

    Returns:
        The derivatives, of the shape of `x`. Their sizes make a saliency map.

    Source: Simonyan, Vedaldi and Zisserman, "Deep inside convolutional networks", 2014,
    section 3.

    >>> import nn
    >>> net = nn.Neuron(2, init=lambda source, n_in, n_out: 3.0)
    >>> nn.saliency(net, [1.0, -1.0])
    array([3., 3.])
    """

    def chosen(inputs: Any) -> Any:
        outputs = model(inputs)
        if callable(output):
            return output(outputs)
        several = np.ravel(np.array(outputs, object)).tolist()
        if output is None:
            return max(several, key=lambda value: value.data)
        place = operator.index(output)
        if not 0 <= place < len(several):
            raise IndexError(f"output is from 0 to {len(several) - 1}, got {place}")
        return several[place]

    with no_grad():  # no derivative by the parameters is asked for
        slopes = grad(chosen)(np.asarray(x, np.float64))
    return np.asarray(slopes, np.float64)


def sharpness(
    model: Any,
    loss: Loss,
    X: Any,  # noqa: N803 - as in scikit-learn
    y: Any,
    *,
    steps: int = 100,
    tolerance: float = 1e-6,
    rng: Any = 0,
) -> float:
    """The largest eigenvalue of the Hessian of the mean loss in the parameters.

    Gradient descent with a learning rate above 2 / sharpness does not stay at a
    minimum. It comes from products of the Hessian with vectors, each about as dear as
    two gradients.

    Args:
        model: a module.
        loss: of a prediction and a target: one number.
        X: the examples.
        y: their targets.
        steps: how many products there may be; as many as parameters always suffice.
        tolerance: the largest error, as a share of the largest eigenvalue in size.
        rng: where the first direction is drawn from, as for layers.

    Raises:
        ValueError: if the Hessian is not finite, as where a training has diverged.
        RuntimeError: if the error is still larger after all steps.

    Source: Lanczos, "An iteration method for the solution of the eigenvalue problem",
    1950, with every new direction made orthogonal to all before; for what it tells
    Cohen et al., "Gradient descent on neural networks typically occurs at the edge of
    stability", 2021.
    """
    parameters = model.parameters()
    program = Program(
        lambda x, target: loss_at(model, loss, x, target), X[0], y[0],
        parameters=parameters,
    )  # fmt: skip
    source, count = random_source(rng), len(parameters)
    steps = min(whole("steps", steps), count)
    basis, inside = np.empty((0, count)), np.zeros((steps + 1, steps + 1))
    start = np.array([normal(source) for _ in parameters])
    q = start / np.linalg.norm(start)
    for step in range(steps):
        basis = np.vstack([basis, q])
        image = program.hvp(X, y, v=q)
        if not np.isfinite(image).all():
            raise ValueError(
                "sharpness expects finite second derivatives, got inf or nan: look at "
                "the parameters and the loss, as with autograd.diagnose(loss)"
            )
        inside[step, step] = q @ image
        for _ in range(2):  # once leaves what rounding made of large parts
            image = image - basis.T @ (basis @ image)
        rest = float(np.linalg.norm(image))
        values, vectors = np.linalg.eigh(inside[: step + 1, : step + 1])
        error = rest * abs(vectors[-1, -1])  # the length of (H - value) @ eigenvector
        if error <= tolerance * np.abs(values).max() or step + 1 == count:
            return float(values[-1])
        inside[step, step + 1] = inside[step + 1, step] = rest
        q = image / rest
    raise RuntimeError(
        f"after {steps} steps the largest eigenvalue, about {values[-1]:.3g}, may be "
        f"wrong by {error:.1g}; allow more steps or a larger tolerance"
    )

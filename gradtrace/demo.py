"""The demo: one neuron traced and checked, then a network trained on real patients."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
from numpy.typing import NDArray

import nn
import visualize
from autograd import (
    Graph,
    Value,
    check_gradients,
    parameter,
    tanh,
)
from gradtrace.table import trace_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SEED: Final = 2
HELD_OUT: Final = 143
"""Patients the network never sees: a quarter of the 569."""

EPOCHS: Final = 20
BATCH: Final = 16
PENALTY: Final = 0.01
"""On the sum of squared weights: 250 parameters would learn 426 patients by heart."""

REQUIRED_ACCURACY: Final = 0.95

SHOWN: Final = ("worst perimeter", "worst smoothness")
"""Two of the 30 measurements that part the classes well, and fit into a picture."""

Rows = NDArray[np.float64]


class DemoError(RuntimeError):
    """The demo can't run here; the message is one line and says what to do."""


@dataclass(frozen=True, slots=True)
class Patients:
    """Measurements, one row a patient, and diagnoses: 0 malignant, 1 benign."""

    measurements: Rows
    diagnoses: Rows

    def __len__(self) -> int:
        return len(self.diagnoses)

    def chosen(self, indices: NDArray[np.int64]) -> "Patients":
        """Pick these patients, in this order."""
        return Patients(self.measurements[indices], self.diagnoses[indices])


def run_demo(folder: Path) -> int:
    """Run everything, write pictures and pages, return the exit status."""
    require_extras()
    train, held_out = load_patients(np.random.default_rng(SEED))
    folder.mkdir(parents=True, exist_ok=True)
    print("One neuron, traced: o = tanh(w1*x1 + w2*x2 + b)\n")
    trace_neuron(folder / "neuron.svg")
    print(f"\nA network, trained on {len(train)} patients, 30 measurements each\n")
    model, losses = train_network(train, np.random.default_rng(SEED))
    save_loss(losses, folder / "loss.png")
    save_network(model, train, folder / "network.svg")
    right = count_right(model, held_out)
    accuracy = right / len(held_out)
    print(
        f"accuracy on {len(held_out)} held-out patients: "
        f"{accuracy:.4f} ({right} of {len(held_out)} right)"
    )
    first, second = SHOWN
    print(f"\nA smaller one, which sees only the {first} and the {second}\n")
    show_small_network(train, held_out, folder)
    if accuracy > REQUIRED_ACCURACY:
        return 0
    print(f"that is not above {REQUIRED_ACCURACY}: something is wrong")
    return 1


def require_extras() -> None:
    """Raise a DemoError now, not after the training, if a package is missing."""
    for package in ("sklearn", "matplotlib"):
        if find_spec(package) is None:
            raise DemoError(f"needs {package}: pip install 'gradtrace[demo]' brings it")


def load_patients(rng: np.random.Generator) -> tuple[Patients, Patients]:
    """Split the breast-cancer data of Wisconsin at random, and standardise it.

    Source: Street, Wolberg and Mangasarian, "Nuclear feature extraction for breast
    tumor diagnosis", 1993. The data come with scikit-learn; nothing is downloaded.

    Returns:
        The patients to train on and the held-out ones. Means and deviations are those
        of the former, for nothing may leak from the latter.
    """
    from sklearn.datasets import load_breast_cancer

    measurements, diagnoses = load_breast_cancer(return_X_y=True)
    order = rng.permutation(len(diagnoses))
    seen = measurements[order[HELD_OUT:]]
    scaled = (measurements - seen.mean(axis=0)) / seen.std(axis=0)
    everyone = Patients(scaled, diagnoses.astype(np.float64))
    return everyone.chosen(order[HELD_OUT:]), everyone.chosen(order[:HELD_OUT])


def neuron(x1: Value, x2: Value, w1: Value, w2: Value, b: Value) -> Value:
    """Compute a neuron with two inputs, every step a node of its own."""
    total = w1 * x1 + w2 * x2 + b
    return tanh(total)


def trace_neuron(picture: Path) -> None:
    """Record one neuron, print every node, check every gradient, draw it."""
    inputs = [Value(2.0, "x1"), Value(0.0, "x2")]
    parameters = [parameter(-3.0, "w1"), parameter(1.0, "w2"), parameter(6.88, "b")]
    leaves = [*inputs, *parameters]
    output = neuron(*leaves)
    output.label = "o"
    output.backward()
    print(trace_table(Graph(output)))
    print("\nEvery gradient, checked against finite differences (a complex step):\n")
    print(check_gradients(neuron, *leaves))
    visualize.draw(output).save(picture)
    print(f"\nwrote {picture}")


def train_network(
    train: Patients, rng: np.random.Generator
) -> tuple[nn.MLP, list[float]]:
    """Fit an MLP on mini-batches with Adam.

    Returns:
        The network and the mean loss of each epoch.
    """
    model = nn.MLP(train.measurements.shape[1], [8, 1], activation="tanh", rng=rng)
    seconds = [time.perf_counter()]
    history = nn.fit(
        model,
        train.measurements,
        train.diagnoses,
        loss=patient_loss(model),
        optimizer=nn.Adam(model.parameters(), lr=0.01),
        epochs=EPOCHS,
        batch_size=BATCH,
        seed=SEED,
        callbacks=[lambda _: seconds.append(time.perf_counter())],
    )
    tell_speed(model, train, statistics.median(np.diff(seconds)))
    return model, history.loss


def patient_loss(model: nn.MLP) -> Callable[[Any, Any], Value]:
    """Make the loss of one patient: binary cross entropy, and a penalty on weights."""
    weights = [layer.weight for layer in model.layers]

    def loss(logit: Any, diagnosis: Any) -> Value:
        error = nn.losses.binary_cross_entropy_with_logits(logit, diagnosis)
        return cast(Value, error + PENALTY * nn.losses.l2_penalty(weights))

    return loss


def tell_speed(model: nn.MLP, train: Patients, compiled: float) -> None:
    """Print what an epoch takes compiled, and recorded on Values (from one batch)."""
    batch = train.chosen(np.arange(BATCH))
    loss = patient_loss(model)
    start = time.perf_counter()
    for row, diagnosis in zip(
        batch.measurements.tolist(), batch.diagnoses.tolist(), strict=True
    ):
        loss(model(row), diagnosis).backward()
    recorded = (time.perf_counter() - start) * len(train) / BATCH
    model.zero_grad()
    print(
        f"an epoch took {1e3 * compiled:.1f} ms compiled; recorded on Values it would "
        f"take {1e3 * recorded:.0f} ms: {recorded / compiled:.0f} times as long"
    )


def count_right(model: nn.MLP, patients: Patients) -> int:
    """Count the diagnoses that the sign of the logit gets right."""
    logits = model.predict(patients.measurements)
    return int(((logits > 0) == (patients.diagnoses > 0.5)).sum())


def recorded_loss(model: nn.MLP, batch: Patients) -> Value:
    """Record the binary cross entropy of a mini-batch, and all its gradients."""
    logits = [model(row) for row in batch.measurements.tolist()]
    loss = nn.losses.binary_cross_entropy_with_logits(logits, batch.diagnoses.tolist())
    loss.label = "loss"
    model.zero_grad()
    loss.backward()
    return cast(Value, loss)


def save_network(model: nn.MLP, train: Patients, picture: Path) -> None:
    """Draw the loss of a mini-batch, folded to layers."""
    order = np.random.default_rng(SEED).permutation(len(train))
    batch = train.chosen(order[:BATCH])
    visualize.draw(recorded_loss(model, batch)).save(picture)
    print(f"wrote {picture}")


def show_small_network(train: Patients, held_out: Patients, folder: Path) -> None:
    """Train on two measurements: plot the boundary, step through one patient's loss."""
    from sklearn.datasets import load_breast_cancer

    names = load_breast_cancer().feature_names.tolist()
    columns = [names.index(name) for name in SHOWN]
    seen, unseen = (
        Patients(patients.measurements[:, columns], patients.diagnoses)
        for patients in (train, held_out)
    )
    model, _ = train_network(seen, np.random.default_rng(SEED))
    save_boundary(model, unseen, folder / "boundary.png")
    loss = recorded_loss(model, unseen.chosen(np.array([0])))
    visualize.step(loss).save(folder / "step.html")
    print(f"wrote {folder / 'step.html'}: open it in a browser")


def save_boundary(model: nn.MLP, patients: Patients, picture: Path) -> None:
    """Plot where a network of two inputs draws the line, and for whom it is wrong."""

    def plot(axes: "Axes") -> None:
        visualize.plot_boundary(
            model,
            patients.measurements,
            patients.diagnoses,
            class_names=("malignant", "benign"),
            ax=axes,
        )
        axes.set_xlabel(f"{SHOWN[0]}, in standard deviations")
        axes.set_ylabel(f"{SHOWN[1]}, in standard deviations")

    save_plot(plot, picture)


def save_loss(losses: list[float], picture: Path) -> None:
    """Plot the loss of each epoch."""
    save_plot(
        lambda axes: visualize.plot_loss(losses, ax=axes).set_xlabel("epoch"), picture
    )


def save_plot(plot: "Callable[[Axes], object]", picture: Path) -> None:
    """Save what is plotted on Axes, without touching pyplot's global figures."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.8), layout="constrained")
    plot(figure.subplots())
    figure.savefig(picture, dpi=150)
    print(f"wrote {picture}")

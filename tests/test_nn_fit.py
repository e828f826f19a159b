"""nn.fit: training, held-out examples, checkpoints, and what can go wrong."""

from __future__ import annotations

import io
import pickle
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score

import autograd
import nn
from autograd.errors import CompilationWarning
from nn.examples import Examples

Array = np.ndarray[Any, Any]

BINARY = "binary_cross_entropy_with_logits"


def points(count: int = 24) -> tuple[Array, Array]:
    X = np.random.default_rng(0).normal(size=(count, 3))  # noqa: N806
    return X, (X @ [1.0, -2.0, 0.5] > 0.1).astype(int)


def net(seed: int = 0) -> nn.MLP:
    return nn.MLP(3, [4, 1], activation="tanh", rng=seed)


def fit(model: nn.Module, *data: Any, **options: Any) -> nn.History:
    options = {"loss": BINARY, "progress": False, "epochs": 3, **options}
    return nn.fit(model, *(data or points()), **options)


def same_state(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().items(), other.state_dict().items(), strict=True)
    return all(a == b and (x == y).all() for (a, x), (b, y) in pairs)


# --- what it computes ------------------------------------


def test_it_is_the_loop_that_everybody_writes() -> None:
    """Full batches of one epoch: eager steps by hand come to the same numbers."""
    X, y = points()  # noqa: N806
    model, by_hand = net(), net()
    optimizer = nn.Adam(by_hand.parameters(), lr=0.05)
    expected = []
    for _ in range(3):
        outputs = [by_hand(row) for row in X.tolist()]
        loss = nn.losses.binary_cross_entropy_with_logits(outputs, y.tolist())
        by_hand.zero_grad()
        loss.backward()
        optimizer.step()
        expected.append(loss.data)
    moved = nn.Adam(model.parameters(), lr=0.05)
    history = fit(model, X, y, optimizer=moved, batch_size=100)
    assert history.loss == pytest.approx(expected, rel=1e-12)
    for name, array in by_hand.state_dict().items():
        assert model.state_dict()[name] == pytest.approx(array, rel=1e-9), name


def test_every_example_comes_once_an_epoch() -> None:
    seen: list[float] = []

    class Seeing(nn.Module):
        def __init__(self) -> None:
            self.w = autograd.parameter(1.0)

        def forward(self, x: Any) -> Any:
            return self.w * x

    def loss(prediction: Any, target: Any) -> Any:
        return autograd.square(prediction - target)

    X = np.arange(10.0)  # noqa: N806
    batches = [*Examples(X, X).batches(4, np.random.default_rng(0))]
    assert [len(batch.rows) for batch in batches] == [4, 4, 2]
    for batch in batches:
        assert (X[batch.rows] == batch.X).all()
        seen += batch.X.tolist()
    assert sorted(seen) == X.tolist()
    history = fit(Seeing(), X, X, loss=loss, optimizer="sgd")
    assert history.loss == [0.0, 0.0, 0.0]


def test_numbers_repeat_to_the_bit_and_a_seed_changes_them() -> None:
    runs = [net(), net(), net()]
    histories = [fit(m, seed=s) for m, s in zip(runs, (1, 1, 2), strict=True)]
    assert histories[0].columns == histories[1].columns
    assert same_state(runs[0], runs[1])
    assert histories[0].loss != histories[2].loss


def test_parameters_that_the_optimizer_lacks_stay() -> None:
    model = net()
    before = model.state_dict()
    optimizer = nn.SGD(model.layers[1].parameters(), lr=0.5)
    fit(model, optimizer=optimizer)
    after = model.state_dict()
    assert (after["layers.0.weight"] == before["layers.0.weight"]).all()
    assert (after["layers.1.weight"] != before["layers.1.weight"]).all()


def test_a_schedule_sets_the_learning_rate_of_each_step() -> None:
    asked = []

    def schedule(step: int) -> float:
        asked.append(step)
        return 0.1 / (step + 1)

    history = fit(net(), schedule=schedule, batch_size=12)
    assert asked == [0, 1, 2, 3, 4, 5]
    assert history["lr"] == [0.1 / 2, 0.1 / 4, 0.1 / 6]


def test_layers_are_told_apart() -> None:
    model = net()
    history = fit(
        model, batch_size=100, epochs=1, optimizer=nn.SGD([*model.parameters()])
    )
    again = net()
    X, y = points()  # noqa: N806
    outputs = [again(row) for row in X.tolist()]
    nn.losses.binary_cross_entropy_with_logits(outputs, y.tolist()).backward()
    for layer in ("layers.0", "layers.1"):
        slopes = [p.grad for n, p in again.named_parameters() if n.startswith(layer)]
        sizes = [p.data for n, p in again.named_parameters() if n.startswith(layer)]
        norm = float(np.linalg.norm(slopes))
        assert history[f"gradient_norm.{layer}"] == [pytest.approx(norm)]
        ratio = 1e-3 * norm / float(np.linalg.norm(sizes))
        assert history[f"update_ratio.{layer}"] == [pytest.approx(ratio)]


# --- what is held out ------------------------------------


def test_held_out_examples_and_metrics() -> None:
    X, y = points(40)  # noqa: N806
    model = net()
    history = fit(
        model, X[:30], y[:30], validation=(X[30:], y[30:]), epochs=4,
        metrics={"right": lambda t, p: accuracy_score(t, p > 0)},
    )  # fmt: skip
    predictions = model.predict(X[30:])
    assert predictions == pytest.approx([model(row).data for row in X[30:].tolist()])
    right = accuracy_score(y[30:], predictions > 0)
    assert history["validation_right"][-1] == right
    found = nn.evaluate(model, X[30:], y[30:], loss=BINARY, metrics=["accuracy"])
    assert found == {"loss": history.validation_loss[-1], "accuracy": right}


def test_metrics_of_classes_and_of_scores() -> None:
    X, y = points(40)  # noqa: N806
    several = nn.MLP(3, [4, 2], rng=0)
    history = fit(
        several, X, y, loss="cross_entropy", metrics=[accuracy_score, "accuracy"]
    )
    classes = several.predict(X).argmax(axis=1)
    assert history["accuracy_score"][-1] == accuracy_score(y, classes)
    assert history["accuracy"] == history["accuracy_score"]
    one = net()
    metrics: list[Any] = [accuracy_score, roc_auc_score]
    history = fit(one, X, y, metrics=metrics)
    scores = one.predict(X)
    assert history["accuracy_score"][-1] == accuracy_score(y, scores > 0)
    assert history["roc_auc_score"][-1] == roc_auc_score(y, scores)


def test_a_share_is_held_out_at_random_and_not_learned() -> None:
    X, y = points(40)  # noqa: N806
    model = net()
    X[:, 0] = np.arange(40)  # so that a prediction tells its row
    asked: list[Array] = []

    def rows(_targets: Array, predictions: Array) -> float:
        asked.append(predictions)
        return 0.0

    history = fit(model, X, y, validation=0.25, metrics=[rows], epochs=1)
    assert set(history.columns) >= {"loss", "validation_loss", "validation_rows"}
    everything = model.predict(X)
    # A product of other matrices may round another way, in the last bit.
    held_out = [int(np.abs(everything - x).argmin()) for x in asked[0]]
    np.testing.assert_allclose(everything[held_out], asked[0], rtol=1e-12)
    assert len(held_out) == 10
    assert held_out == sorted(held_out) != [*range(30, 40)]
    found = nn.evaluate(model, X[held_out], y[held_out], loss=BINARY)
    assert found["loss"] == pytest.approx(history.validation_loss[0])


def test_early_stopping_keeps_the_best_net() -> None:
    X, y = points(30)  # noqa: N806
    model = net()
    states: list[dict[str, Array]] = []
    history = fit(
        model, X, y, validation=(X, 1 - y), early_stopping=3, epochs=50,
        callbacks=[lambda _: states.append(model.state_dict())],
        optimizer=nn.Adam(model.parameters(), lr=0.05),
    )  # fmt: skip
    best = int(np.argmin(history.validation_loss))
    assert len(history) == best + 4 < 50
    assert history.stopped == "early stopping"
    assert all((model.state_dict()[n] == x).all() for n, x in states[best].items())


def test_training_mode_is_on_for_learning_only_and_comes_back() -> None:
    modes = []

    class Watching(nn.Module):
        def __init__(self) -> None:
            self.inner = nn.Layer(3, 1, rng=0)

        def forward(self, x: Any) -> Any:
            modes.append(self.training)
            return self.inner(x)

    model = Watching().eval()
    fit(model, validation=0.25)
    assert set(modes) == {True, False}
    assert not model.training
    assert not model.inner.training


# --- chance, sequences, eager ------------------------------------


class Dropping(nn.Module):
    def __init__(self) -> None:
        self.first = nn.Layer(3, 8, "tanh", rng=0)
        self.dropout = nn.Dropout(0.5, rng=0)
        self.second = nn.Layer(8, 1, rng=1)

    def forward(self, x: Any) -> Any:
        return self.second(self.dropout(self.first(x)))


def test_dropout_is_compiled_with_its_noise_as_input(recwarn: Any) -> None:
    one, other = Dropping(), Dropping()
    histories = [fit(model, epochs=5) for model in (one, other)]
    assert histories[0].loss == histories[1].loss
    assert same_state(one, other)
    assert not recwarn.list  # a CompilationWarning would be here
    X, _ = points()  # noqa: N806
    one.eval()
    assert one.predict(X) == pytest.approx([one(row).data for row in X.tolist()])
    still = Dropping()
    still.dropout.p = 0.0
    assert fit(still, epochs=5).loss != histories[0].loss


class Normed(nn.Module):
    def __init__(self) -> None:
        self.first = nn.Layer(3, 4, rng=0)
        self.norm = nn.BatchNorm(4)
        self.second = nn.Layer(4, 1, rng=1)

    def forward(self, x: Any) -> Any:
        return self.second(self.norm(self.first(x)))


def test_a_batch_is_normalised_as_a_list_of_examples_is(recwarn: Any) -> None:
    """Two epochs of full batches by hand, then the statistics answer."""
    X, y = points()  # noqa: N806
    model, by_hand = Normed(), Normed()
    optimizer = nn.SGD(by_hand.parameters(), lr=0.1)
    expected = []
    for _ in range(2):
        hidden = by_hand.norm([by_hand.first(row) for row in X.tolist()])
        loss = nn.losses.binary_cross_entropy_with_logits(
            [by_hand.second(row) for row in hidden], y.tolist()
        )
        by_hand.zero_grad()
        loss.backward()
        optimizer.step()
        expected.append(loss.data)
    moved = nn.SGD(model.parameters(), lr=0.1)
    history = fit(model, X, y, optimizer=moved, epochs=2, batch_size=100,
                  validation=(X, y))  # fmt: skip
    assert history.loss == pytest.approx(expected, rel=1e-12)
    for name, array in by_hand.state_dict().items():
        assert model.state_dict()[name] == pytest.approx(array, rel=1e-9), name
    by_hand.eval()
    outputs = [by_hand(row).data for row in X.tolist()]
    assert model.predict(X) == pytest.approx(outputs, rel=1e-9)
    assert not recwarn.list


class Centred(nn.Module):
    """Takes away the mean of the batch, and of all batches when it is used."""

    buffers = ("centre",)

    def __init__(self) -> None:
        self.out = nn.Layer(3, 2, rng=0)
        self.centre = np.zeros(3)

    def forward(self, x: Any) -> Any:
        centre = self.centre.tolist()
        if self.training:
            centre = [autograd.batch_mean(number) for number in x]
            autograd.tell(self.follow, centre, writes=[self.centre])
        return self.out([a - b for a, b in zip(x, centre, strict=True)])

    def follow(self, numbers: list[float], _examples: int) -> None:
        self.centre += 0.5 * (np.array(numbers) - self.centre)


def test_a_module_of_ones_own_may_look_at_its_batch(recwarn: Any) -> None:
    points, y = np.random.default_rng(0).normal(size=(8, 3)), np.arange(8) % 2
    middle = points.mean(axis=0)
    model, plain = Centred(), nn.Layer(3, 2, rng=0)
    options: Any = {"loss": "cross_entropy", "epochs": 1, "batch_size": 8}
    fit(model, points, y, **options)
    fit(plain, points - middle, y, **options)
    for name, array in plain.state_dict().items():
        np.testing.assert_allclose(model.out.state_dict()[name], array, rtol=1e-12)
    np.testing.assert_allclose(model.centre, 0.5 * middle, rtol=1e-12)
    before = model.centre.copy()
    nn.evaluate(model, points, y, loss="cross_entropy", metrics=["accuracy"])
    assert (model.centre == before).all()
    model.out.weight[0][1].data = np.nan
    with pytest.raises(nn.NotFiniteError, match=r"row 0, .* is nan"):
        fit(model, points[:1], y[:1], **options)
    assert not recwarn.list


@pytest.mark.parametrize("make", [net, Normed])
def test_without_targets_the_loss_judges_predictions_alone(
    make: Callable[[], nn.Module],
) -> None:
    model = make()
    X, _ = points()  # noqa: N806
    adam = nn.Adam(model.parameters(), lr=0.05)
    history = fit(model, X, None, loss=lambda prediction, _: prediction**2,
                  optimizer=adam, epochs=20)  # fmt: skip
    assert history.loss[-1] < 0.1 * history.loss[0]


def test_what_fails_in_a_net_that_looks_at_batches_is_told_as_in_others() -> None:
    X, y = points()  # noqa: N806
    three = nn.Sequential(nn.Layer(3, 3, rng=0), nn.BatchNorm(3))
    with pytest.raises(ValueError, match="from 0 to 2, got 7") as caught:
        fit(three, X, np.where(np.arange(24) == 5, 7, y), loss="cross_entropy")
    assert caught.value.__notes__ == ["in row 5 of X and y"]
    model = nn.Sequential(nn.BatchNorm(3), lambda xs: autograd.log(xs[0]))
    with pytest.raises(nn.NotFiniteError, match=r"row \d+, log\(-.* is nan"):
        fit(model, X, y * 1.0, loss="mean_squared_error")
    with pytest.raises(ValueError, match="a batch of one example"):
        fit(Normed(), X, y, batch_size=23)


def test_sequences_of_different_lengths() -> None:
    class Last(nn.Module):
        def __init__(self) -> None:
            self.recurrent = nn.LSTM(1, 3, rng=0)
            self.out = nn.Layer(3, 1, rng=1)

        def forward(self, steps: Any) -> Any:
            outputs, _ = self.recurrent(steps)
            return self.out(outputs[-1])

    rng = np.random.default_rng(0)
    X = [rng.normal(size=(n, 1)).tolist() for n in (2, 4, 3, 2, 4, 3, 2, 2)]  # noqa: N806
    y = [float(row[-1][0] > 0) for row in X]
    batches = [*Examples(X, y).batches(2, np.random.default_rng(0))]
    assert sorted(row for batch in batches for row in batch.rows) == [*range(8)]
    for batch in batches:
        assert all(len(X[row]) == batch.X.shape[1] for row in batch.rows)
    model = Last()
    history = fit(model, X, y, batch_size=2, epochs=8)
    assert history.loss[-1] < history.loss[0]
    assert model.predict(X) == pytest.approx([model(row).data for row in X])


def test_a_net_that_cannot_be_compiled_runs_eagerly_and_says_why() -> None:
    class Counting(nn.Module):
        def __init__(self) -> None:
            self.w = autograd.parameter(1.0)

        def forward(self, x: Any) -> Any:
            whole = int(
                autograd.Value(x[0]).data if isinstance(x[0], float) else x[0].data
            )
            return self.w * x[0] * whole

    X = np.array([[1.5], [2.5], [3.5]])  # noqa: N806
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        history = fit(
            Counting(),
            X,
            [1.0, 2.0, 3.0],
            loss="mean_squared_error",
            epochs=8,
            batch_size=2,
            validation=(X, [1.0, 2.0, 3.0]),
        )
    assert [x.category for x in told] == [CompilationWarning]  # once, and once only
    assert "runs eagerly" in str(told[0].message)
    assert history.loss[-1] < history.loss[0]


def test_branches_are_followed() -> None:
    class Bending(nn.Module):
        def __init__(self) -> None:
            self.left, self.right = autograd.parameter(1.0), autograd.parameter(1.0)

        def forward(self, x: Any) -> Any:
            return self.left * x if x < 0 else self.right * x

    X = np.array([-2.0, -1.0, 1.0, 2.0])  # noqa: N806
    model = Bending()
    optimizer = nn.SGD(model.parameters(), lr=0.2)
    fit(model, X, np.where(X < 0, 3 * X, 5 * X), loss="mean_squared_error",
        optimizer=optimizer, epochs=60)  # fmt: skip
    assert [model.left.data, model.right.data] == pytest.approx([3.0, 5.0], abs=1e-6)


def test_whole_numbers_are_indices() -> None:
    class Words(nn.Module):
        def __init__(self) -> None:
            self.embedding = nn.Embedding(6, 3, rng=0)
            self.out = nn.Layer(3, 2, rng=1)

        def forward(self, word: Any) -> Any:
            return self.out(self.embedding(word))

    model = Words()
    optimizer = nn.Adam(model.parameters(), lr=0.1)
    history = fit(model, np.arange(6), np.arange(6) % 2, loss="cross_entropy",
                  optimizer=optimizer, epochs=60, metrics=["accuracy"])  # fmt: skip
    assert history["accuracy"][-1] == 1.0


# --- checkpoints ------------------------------------


@pytest.mark.parametrize("optimizer", sorted(nn.OPTIMIZERS))
def test_going_on_is_the_same_to_the_bit(tmp_path: Path, optimizer: str) -> None:
    file = tmp_path / "course.npz"
    whole, parts = Dropping(), Dropping()
    options: dict[str, Any] = {
        "validation": 0.25, "early_stopping": 9, "optimizer": optimizer,
        "schedule": lambda step: 0.01 / (1 + step), "batch_size": 5,
    }  # fmt: skip
    expected = fit(whole, epochs=6, **options)
    fit(parts, epochs=2, checkpoint=file, **options)
    anew = Dropping()
    anew.first.weight[0][0].data = 99.0
    found = fit(anew, epochs=6, checkpoint=file, resume=True, **options)
    assert found.columns == expected.columns
    assert same_state(anew, whole)
    assert (
        len(fit(anew, epochs=6, resume=file, **options)) == 6
    )  # nothing is left to do


def test_without_a_checkpoint_true_starts_at_the_beginning(tmp_path: Path) -> None:
    file = tmp_path / "none.npz"
    assert len(fit(net(), checkpoint=file, resume=True)) == 3
    assert file.exists()
    with pytest.raises(FileNotFoundError):
        fit(net(), resume=tmp_path / "missing.npz")
    with pytest.raises(ValueError, match="checkpoint="):
        fit(net(), resume=True)


def hostile(good: bytes) -> dict[str, bytes]:
    other = io.BytesIO()
    np.savez(other, a=np.zeros(3))
    return {
        "truncated": good[:-40],
        "half": good[: len(good) // 2],
        "empty": b"",
        "pickle": pickle.dumps({"model": 1}),
        "other": other.getvalue(),
    }


@pytest.mark.parametrize(
    "kind", ["truncated", "half", "empty", "pickle", "other", "net"]
)
def test_what_is_no_checkpoint_leaves_the_net_as_it_was(
    tmp_path: Path, kind: str
) -> None:
    file = tmp_path / "course.npz"
    trained = nn.MLP(3, [5, 1]) if kind == "net" else net(1)
    fit(trained, checkpoint=file)
    if kind != "net":
        file.write_bytes(hostile(file.read_bytes())[kind])
    model, as_it_was = net(), net()
    optimizer = nn.Adam(model.parameters())
    with pytest.raises(nn.StateError):
        fit(model, optimizer=optimizer, resume=file)
    assert same_state(model, as_it_was)
    assert optimizer.state_dict()["steps"] == 0


# --- what can go wrong ------------------------------------


def with_number(place: tuple[int, ...], number: float) -> Array:
    X = points()[0]  # noqa: N806
    X[place] = number
    return X


BAD: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "nan": (lambda: fit(net(), with_number((3, 2), np.nan), points()[1]), ValueError,
            "X has nan in row 3, column 2"),
    "inf": (lambda: fit(net(), with_number((0, 1), -np.inf), points()[1]), ValueError,
            "X has -inf in row 0, column 1"),
    "nan target": (lambda: fit(net(), points()[0], [np.nan] * 24), ValueError,
                   "y has nan in row 0"),
    "ragged nan": (lambda: fit(net(), [[1.0], [2.0, np.nan]], [0, 1]), ValueError,
                   "row 1, column 1"),
    "counts": (lambda: fit(net(), points()[0], [1, 0]), ValueError,
               "24 examples, but y has 2 targets"),
    "none": (lambda: fit(net(), [], []), ValueError, "no examples"),
    "texts": (lambda: fit(net(), [["a"]], [1]), TypeError, "plain numbers"),
    "values": (lambda: fit(net(), [[autograd.Value(1.0)]], [1]), TypeError,
               "plain numbers"),
    "shape": (lambda: fit(net(), [[1.0, 2.0]], [1]), ValueError,
              r"MLP\(3 .*expects 3 inputs, got 2"),
    "label": (lambda: fit(nn.MLP(3, [2]), points()[0], points()[1] + 1,
                          loss="cross_entropy"), ValueError, "from 0 to 1, got 2"),
    "loss": (lambda: fit(net(), loss="cross_entrpy"), ValueError,
             "did you mean cross_entropy"),
    "optimizer": (lambda: fit(net(), optimizer="adm"), ValueError, "did you mean adam"),
    "shortened": (lambda: fit(net(), loss="mse"), ValueError,
                  "did you mean mean_squared_error"),
    "cut": (lambda: fit(net(), loss="bce"), ValueError,
            "did you mean binary_cross_entropy_with_logits"),
    "no optimizer": (lambda: fit(net(), optimizer=nn.Adam), TypeError, "nn.Adam"),
    "metric": (lambda: fit(net(), metrics=["acuracy"]), ValueError, "accuracy"),
    "epochs": (lambda: fit(net(), epochs=0), ValueError, "epochs must be at least 1"),
    "batch": (lambda: fit(net(), batch_size=2.5), TypeError, "batch_size"),
    "share": (lambda: fit(net(), validation=1.5), ValueError, "between 0 and 1"),
    "text share": (lambda: fit(net(), validation="half"), TypeError,
                   "a share of the examples, got str"),
    "X alone": (lambda: fit(net(), validation=points()[0]), TypeError, "got ndarray"),
    "class names": (lambda: fit(net(), points()[0], ["a", "b"] * 12), TypeError,
                    "y must hold plain numbers, got text: .*return_inverse"),
    "callback": (lambda: fit(net(), callbacks=print), TypeError,
                 "callbacks must be a list of functions"),
    "metric of two": (lambda: fit(net(), metrics=[lambda t, p: 0.0] * 2), ValueError,
                      "two metrics are called '<lambda>'"),
    "metric's name": (lambda: fit(net(), metrics={"loss": lambda t, p: 0.0}),
                      ValueError, "can't be called 'loss'"),
    "no metric": (lambda: fit(net(), metrics={"f": 3}), TypeError, "got int"),
    "metric of none": (lambda: fit(net(), metrics={"f": lambda t, p: None}),
                       TypeError, "metric 'f' must return a number, got NoneType"),
    "seed": (lambda: fit(net(), seed=-1), ValueError, "seed must be at least 0"),
    "a class": (lambda: fit(net(), optimizer=nn.Adam), TypeError,
                "got the class Adam itself"),
    "folder": (lambda: fit(net(), checkpoint="tests"), IsADirectoryError,
               "a file to write, got folder 'tests'"),
    "small share": (lambda: fit(net(), validation=0.001), ValueError, "hold out"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_refused_before_anything_runs(kind: str) -> None:
    run, error, text = BAD[kind]
    with pytest.raises(error, match=text):
        run()


def test_an_error_says_on_which_example() -> None:
    X, y = points()  # noqa: N806
    labels = y.astype(int)
    labels[17] = 2
    for batch_size in (1, 24):
        with pytest.raises(ValueError, match="from 0 to 1, got 2") as caught:
            fit(nn.MLP(3, [2]), X, labels, loss="cross_entropy", batch_size=batch_size)
        assert "in row 17 of X and y" in caught.value.__notes__
    with pytest.raises(ValueError, match="expects 3 inputs, got 2") as caught:
        fit(net(), [[1.0, 2.0, 3.0], [1.0, 2.0]], [0, 1])
    assert "in row 1 of X and y" in caught.value.__notes__


def test_booleans_are_classes() -> None:
    X, y = points()  # noqa: N806
    losses = [
        fit(nn.MLP(3, [2], rng=0), X, labels, loss="cross_entropy").loss
        for labels in (y > 0.5, (y > 0.5).astype(int))
    ]
    assert losses[0] == losses[1]


def test_a_metric_that_comes_later_is_nan_before(tmp_path: Path) -> None:
    file = tmp_path / "training.npz"
    fit(net(), epochs=2, checkpoint=file)
    measured = fit(net(), epochs=3, checkpoint=file, resume=True, metrics=["accuracy"])
    assert np.isnan(measured["accuracy"]).tolist() == [True, True, False]
    later = fit(net(), epochs=4, checkpoint=file, resume=True)
    assert np.isnan(later["accuracy"]).tolist() == [True, True, False, True]
    assert {len(column) for column in later.to_dict().values()} == {4}


class Logarithm(nn.Module):
    def __init__(self) -> None:
        self.w = autograd.parameter(1.0)

    def forward(self, x: Any) -> Any:
        with autograd.scope("inside"):
            return autograd.log(self.w * x)


def test_a_loss_that_is_nan_is_traced_to_its_cause() -> None:
    model = Logarithm()
    X = np.array([1.0, 2.0, -3.0, 4.0])  # noqa: N806
    with pytest.raises(
        nn.NotFiniteError, match=r"row 2, log\(-3\) is nan .*in inside"
    ) as e:
        fit(model, X, X, loss="mean_squared_error", batch_size=4)
    assert "log(-3)" in e.value.finding
    assert len(e.value.history) == 0
    assert model.w.data == 1.0


def test_a_gradient_that_is_infinite_is_traced_to_its_cause() -> None:
    class Root(nn.Module):
        def __init__(self) -> None:
            self.w = autograd.parameter(0.0)

        def forward(self, x: Any) -> Any:
            return autograd.sqrt(self.w * x)

    with pytest.raises(nn.NotFiniteError, match=r"sqrt\(0\) .*its derivative is inf"):
        fit(Root(), [1.0, 2.0], [1.0, 2.0], loss="mean_squared_error")


def test_a_gradient_that_overflows_is_traced_to_where_it_does() -> None:
    class Steep(nn.Module):
        def __init__(self) -> None:
            self.w = autograd.parameter(1e-300, "w")

        def forward(self, x: Any) -> Any:
            return self.w * 1e200 * 1e200 * x

    model = Steep()
    with pytest.raises(
        nn.NotFiniteError, match=r"row 0, w=1e-300 .*gradient .* beyond 1\.8e308"
    ):
        fit(model, [1.0, 2.0], [0.0, 0.0], loss="mean_absolute_error")
    assert model.w.data == 1e-300


def test_an_interruption_returns_what_was_learned() -> None:
    model, first = net(), net()

    def stop(history: nn.History) -> None:
        if len(history) == 2:
            raise KeyboardInterrupt

    history = fit(model, epochs=50, callbacks=[stop])
    assert (len(history), history.stopped) == (2, "interrupted")
    fit(first, epochs=2)
    assert same_state(model, first)


# --- what it tells ------------------------------------


def test_a_log_file_gets_few_lines(capsys: pytest.CaptureFixture[str]) -> None:
    fit(net(), epochs=25, progress=True)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert lines[-1].startswith("epoch 25/25: loss 0.")
    fit(net(), epochs=2, progress=True)
    assert len(capsys.readouterr().err.splitlines()) == 2
    fit(net(), epochs=2)
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    fit(net(), progress=True)
    assert "training" in screen.getvalue()
    assert "3/3" in screen.getvalue()
    assert screen.getvalue().isascii()


def test_a_history_is_columns_and_a_plot() -> None:
    history = fit(net(), validation=0.25)
    table = history.to_dict()
    assert table["epoch"] == [1.0, 2.0, 3.0]
    assert {len(column) for column in table.values()} == {3}
    assert len(history.plot().lines) == 2
    png = history._repr_png_()
    assert png is not None
    assert png.startswith(b"\x89PNG")
    assert repr(history).startswith("History(3 epochs: loss 0.")


def test_predicting_leaves_no_trace_in_copies_and_modes() -> None:
    model = net()
    X, _ = points()  # noqa: N806
    before = model.predict(X)
    model.layers[0].weight[0][0].data += 1.0
    assert (model.predict(X) != before).any()  # what it learned since counts
    again = pickle.loads(pickle.dumps(model))
    assert (again.predict(X) == model.predict(X)).all()
    assert model.training
    assert model.predict(X.tolist()) == pytest.approx(model.predict(X))


# --- what one example can't know ------------------------------------


@pytest.mark.parametrize(
    ("weight", "ignored"),
    [([1.0, 50.0], None), (None, -100), ([1.0, 5.0], -100), (None, 1)],
)
def test_weights_and_ignored_targets_count_over_the_batch(
    weight: Any, ignored: int | None
) -> None:
    """The loss of a list of examples says what the mean over a batch is."""
    X, y = points(20)  # noqa: N806
    y = np.where(np.arange(20) % 5 == 3, -100, y) if ignored == -100 else y

    def loss(prediction: Any, target: Any) -> Any:
        return nn.losses.cross_entropy(
            prediction, target, weight=weight, ignore_index=ignored
        )

    model, by_hand = (nn.MLP(3, [4, 2], activation="tanh", rng=0) for _ in range(2))
    optimizer = nn.SGD(by_hand.parameters(), lr=0.1)
    expected = []
    for epoch in range(2):
        total = 0.0
        for batch in Examples(X, y).batches(8, np.random.default_rng([0, epoch])):
            outputs = [by_hand(row) for row in batch.X.tolist()]
            assert batch.y is not None
            value = loss(outputs, batch.y.tolist())
            by_hand.zero_grad()
            value.backward()
            optimizer.step()
            total += value.data * len(batch.rows)
        expected.append(total / 20)
    moved = nn.SGD(model.parameters(), lr=0.1)
    history = fit(model, X, y, loss=loss, optimizer=moved, epochs=2, batch_size=8)
    assert history.loss == pytest.approx(expected, rel=1e-12)
    outputs = [by_hand(row) for row in X.tolist()]
    found = nn.evaluate(model, X, y, loss=loss)["loss"]
    assert found == pytest.approx(loss(outputs, y.tolist()).data, rel=1e-9)


LATE: dict[str, Any] = {
    "label": lambda m: fit(m, points(40)[0], [*points(40)[1][:33], 2, 0, 0, 0, 0, 0, 0],
                           loss="cross_entropy", batch_size=4),
    "held-out label": lambda m: fit(m, validation=(points()[0], points()[1] + 1),
                                    loss="cross_entropy", batch_size=4),
    "held-out shape": lambda m: fit(m, validation=(points()[0][:, :2], points()[1]),
                                    loss="cross_entropy"),
    "a short row": lambda m: fit(m, [[1.0, 2.0, 3.0]] * 3 + [[1.0, 2.0]], [0, 1, 0, 1],
                                 loss="cross_entropy", batch_size=1),
    "no folder": lambda m: fit(m, loss="cross_entropy", checkpoint="/no/where/a.npz"),
    "callback": lambda m: fit(m, loss="cross_entropy", callbacks=[3]),
    "schedule": lambda m: fit(m, loss="cross_entropy", schedule=0.1),
    "seed": lambda m: fit(m, loss="cross_entropy", seed="a"),
    "another net's": lambda m: fit(m, loss="cross_entropy",
                                   optimizer=nn.Adam(net().parameters())),
}  # fmt: skip


@pytest.mark.parametrize("kind", LATE)
def test_a_net_that_can_not_learn_all_examples_learns_none(kind: str) -> None:
    model, as_it_was = (nn.MLP(3, [4, 2], rng=0) for _ in range(2))
    with pytest.raises((TypeError, ValueError, IndexError, OSError)) as error:
        LATE[kind](model)
    assert same_state(model, as_it_was)
    told = " ".join([str(error.value), *getattr(error.value, "__notes__", ())])
    if kind == "label":
        assert "in row 33" in told
    if kind.startswith("held-out"):
        assert "validation" in told


def test_the_file_of_a_net_is_no_checkpoint(tmp_path: Path) -> None:
    model = net()
    model.save(tmp_path / "net.npz")
    with pytest.raises(nn.StateError, match=r"no checkpoint .* it has no 'course'"):
        fit(model, resume=tmp_path / "net.npz")


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "course.npz"
    fit(net(), seed=2, batch_size=8, checkpoint=file)
    X, y = points()  # noqa: N806
    others: list[dict[str, Any]] = [{"seed": 9}, {"batch_size": 5}]
    for other in others:
        with pytest.raises(nn.StateError, match=next(iter(other))):
            fit(net(), resume=file, **{"seed": 2, "batch_size": 8, **other})
    with pytest.raises(nn.StateError, match="examples"):
        fit(net(), X[:20], y[:20], seed=2, batch_size=8, resume=file)
    assert len(fit(net(), seed=2, batch_size=8, resume=file, epochs=4)) == 4


# --- nets that no gradient reaches ------------------------------------------------


@pytest.mark.parametrize(
    ("net", "advice"),
    [
        (lambda: nn.Perceptron(2), r"learn\(inputs, target\)"),
        (lambda: nn.Sequential(nn.Flatten(), nn.Perceptron(2)), r"learn\("),
        (lambda: nn.Layer(2, 1, activation="step", rng=0), "a slope"),
        (lambda: nn.MLP(2, [3, 1], output_activation="step", rng=0), "a slope"),
    ],
)
@pytest.mark.parametrize("loss", ["mean_squared_error", "hinge"])
def test_a_net_that_no_gradient_reaches_is_told_of_once(
    net: Any, advice: str, loss: str
) -> None:
    X, y = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [1, 1, -1]  # noqa: N806
    with pytest.warns(UserWarning, match=f"learned nothing.*{advice}") as told:
        nn.fit(net(), X, y, loss=loss, epochs=3, progress=False)
    assert len(told) == 1


def test_a_net_that_is_right_from_the_start_is_not_blamed() -> None:
    net = nn.Layer(2, 1, init="zeros", rng=0)
    history = nn.fit(
        net, [[1.0, 2.0]], [0.0], loss="mean_squared_error", epochs=2, progress=False
    )
    assert history.loss == [0.0, 0.0]


def told_of(net: Any, **settings: Any) -> list[str]:
    """What a training warns of."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 2))  # noqa: N806
    settings = {"epochs": 3, "batch_size": 4, **settings}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        settings.setdefault("loss", "mean_squared_error")
        nn.fit(net, X, X[:, 0], progress=False, **settings)
    return [str(each.message) for each in told]


def test_layers_that_no_gradient_reaches_are_told_of_by_name_once() -> None:
    (told,) = told_of(nn.MLP(2, [3, 4, 1], activation="step", rng=0))
    assert told.startswith("layers.0, layers.1 of MLP(2 -> 3 step -> 4 step -> 1 ")
    assert "learned nothing" in told
    assert "a slope" in told
    net = nn.Sequential(
        nn.Linear(2, 3, rng=0), "tanh", nn.Linear(3, 3, "step", rng=1),
        nn.Linear(3, 1, rng=2),
    )  # fmt: skip
    (told,) = told_of(net)
    assert told.startswith("0, 2 of Sequential(")


def test_a_layer_that_is_never_called_is_told_of() -> None:
    net = nn.Sequential(nn.Linear(2, 1, rng=0))
    net.spare = nn.Linear(2, 1, rng=0)
    (told,) = told_of(net)
    assert told.startswith("spare of ")
    assert "not called" in told


def test_layers_that_the_optimizer_leaves_alone_are_not_told_of() -> None:
    net = nn.MLP(2, [3, 1], activation="step", rng=0)
    assert not told_of(net, optimizer=nn.SGD(net.layers[1].parameters(), lr=0.1))


@pytest.mark.parametrize("epochs", [1, 2, 4])
def test_layers_behind_weights_that_start_at_zero_are_not_blamed(epochs: int) -> None:
    """With one step an epoch the gradient gets one layer further in each."""
    net = nn.Sequential(
        nn.Linear(2, 3, rng=0), "tanh", nn.Linear(3, 3, init="zeros"),
        nn.Linear(3, 1, init="zeros"),
    )  # fmt: skip
    for bias in net[2].bias:
        bias.data = 1.0
    assert not told_of(net, epochs=epochs, batch_size=12)


# --- nets that return a tuple -----------------------------------------------------


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
@pytest.mark.parametrize("loss", ["cross_entropy", "mean_squared_error", "hinge"])
def test_a_bare_recurrent_net_says_that_it_returns_outputs_and_state(
    kind: Any, loss: str
) -> None:
    X, y = np.ones((4, 3, 2)), [0, 1, 1, 0]  # noqa: N806
    text = rf"^the loss takes .*{kind.__name__}\(2 -> 2\) returns .*\(outputs, state\)"
    with pytest.raises(TypeError, match=text):
        nn.fit(kind(2, 2, rng=0), X, y, loss=loss, progress=False)
    with pytest.raises(TypeError, match=text):
        nn.evaluate(kind(2, 2, rng=0), X, y, loss=loss)
    f = getattr(nn.losses, loss)
    with pytest.raises(TypeError, match=text):
        nn.adversarial.fgsm(kind(2, 2, rng=0), f, X[0], 1, epsilon=0.1)
    with pytest.raises(TypeError, match=text):
        nn.sharpness(kind(2, 2, rng=0), f, X, y)
    taken = nn.Sequential(kind(2, 2, rng=0), lambda told: told[0][-1])
    nn.fit(taken, X, y, loss="cross_entropy", epochs=1, progress=False)


def test_a_loss_may_take_a_tuple() -> None:
    net = nn.LSTM(2, 1, rng=0)

    def of_cell(prediction: Any, target: float) -> Any:
        _, (_, ((cell,),)) = prediction
        return (cell - target) ** 2

    history = nn.fit(
        net, np.ones((4, 3, 2)), [0.0, 0.0, 0.0, 0.0], loss=of_cell, progress=False
    )
    assert history.loss[-1] < history.loss[0]

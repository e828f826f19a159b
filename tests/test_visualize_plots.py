"""The plots: right numbers, helpful errors, and nothing changed on the way."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure

import autograd
import nn
import visualize
from autograd import Graph, Value, parameter
from visualize.training import axes as axes_module
from visualize.training.activity import STEEPEST
from visualize.training.readings import layer_of, root_mean_square
from visualize.training.surfaces import (
    filters_of,
    random_directions,
    trajectory_directions,
)

mpl.use("Agg")

HOSTILE = [
    "$x$ $",
    "a\nb\x00",
    "<b>&",
    "\ud800lone",
    "n" * 5000,
    "\\frac{",
    "_^",
    "",
    "\u202e",
]


@pytest.fixture
def ax() -> Axes:
    return Figure(layout="constrained").add_subplot()


def rendered(ax: Axes) -> bytes:
    file = io.BytesIO()
    ax.figure.savefig(file, format="png")  # type: ignore[union-attr]
    return file.getvalue()


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def curve(ax: Axes, label: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    (line,) = [line for line in ax.lines if line.get_label() == label]
    return np.asarray(line.get_xdata()), np.asarray(line.get_ydata())


def trained() -> tuple[nn.MLP, Value]:
    model = nn.MLP(2, [3, 1], activation="tanh", rng=5)
    rows = [[0.5, -1.0], [1.5, 0.3], [-0.4, 0.9]]
    loss = nn.losses.binary_cross_entropy_with_logits(
        [model(row) for row in rows], [0.0, 1.0, 1.0]
    )
    loss.backward()
    return model, loss


POINTS = [[0.0, 0.0], [1.0, 1.0], [0.2, 0.9], [0.9, 0.1]]
CLASSES = [0, 1, 0, 1]


def ramp(row: Sequence[float]) -> float:
    return 8.0 * (row[0] - 0.3)


def every_plot(ax: Axes) -> dict[str, Callable[[], Axes]]:
    model, loss = trained()
    weights = {"w": parameter(1.0), "v": parameter(2.0)}
    return {
        "loss": lambda: visualize.plot_loss([3.0, 2.0, 0.5], ax=ax),
        "function": lambda: visualize.plot_function(autograd.tanh, ax=ax),
        "boundary": lambda: visualize.plot_boundary(
            model, POINTS, CLASSES, resolution=8, ax=ax
        ),
        "landscape": lambda: visualize.plot_landscape(
            lambda: sum(w.data**2 for w in weights.values()),
            weights,
            resolution=5,
            ax=ax,
        ),
        "flow": lambda: visualize.plot_gradient_flow(model, ax=ax),
        "data": lambda: visualize.plot_histograms(model, ax=ax),
        "gradients": lambda: visualize.plot_histograms(loss, "gradients", ax=ax),
        "activations": lambda: visualize.plot_histograms(loss, "activations", ax=ax),
        "ratio": lambda: visualize.plot_update_ratio({"a": [1e-3, 2e-3]}, ax=ax),
    }


NAMES = list(every_plot(Figure().add_subplot()))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(1.6, 1.2), (12.0, 8.0)])
def test_every_plot_draws_on_the_axes_it_is_given(
    name: str, size: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    import matplotlib.pyplot as plt

    def no_window(*_: object, **__: object) -> None:
        raise AssertionError("show() was called")

    monkeypatch.setattr(plt, "show", no_window)
    ax = Figure(figsize=size).add_subplot()
    before, figures = dict(mpl.rcParams), plt.get_fignums()
    assert every_plot(ax)[name]() is ax
    rendered(ax)
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == figures


@pytest.mark.parametrize("name", NAMES)
def test_four_plots_share_a_figure(name: str) -> None:
    four = Figure(figsize=(12, 9), layout="constrained").subplots(2, 2).ravel()
    for ax in four:
        every_plot(ax)[name]()
    rendered(four[0])
    assert all(ax.get_position().width > 0.25 for ax in four)
    assert all(ax.get_position().height > 0.3 for ax in four)


def test_without_axes_a_new_figure_is_made() -> None:
    import matplotlib.pyplot as plt

    for made in (
        visualize.plot_function(autograd.sin),
        visualize.plot_boundary(ramp, POINTS, CLASSES, resolution=5),
        visualize.plot_histograms([Value(1.0), Value(2.0)]),
    ):
        assert made.figure in [plt.figure(number) for number in plt.get_fignums()]
    plt.close("all")


def test_plots_without_matplotlib_say_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(axes_module, "find_spec", lambda _: None)
    with pytest.raises(ImportError, match=r"pip install 'gradtrace\[plots\]'"):
        visualize.plot_loss([1.0])


# --- losses and functions -------------------------------------------------------


def test_steps_without_a_finite_loss_are_marked(ax: Axes) -> None:
    visualize.plot_loss([1.0, math.nan, math.inf, 0.5], ax=ax)
    assert np.isnan(np.asarray(ax.lines[0].get_ydata())).tolist() == [
        *(False, True, True, False)
    ]
    assert [np.asarray(m.get_xdata())[0] for m in ax.lines[1:]] == [2.0, 3.0]
    assert texts(ax) == [" NaN or ∞"]
    rendered(ax)


def test_losses_that_are_all_nan_still_plot(ax: Axes) -> None:
    rendered(visualize.plot_loss([math.nan, math.nan], ax=ax))


def test_a_function_and_its_derivative_are_exact(ax: Axes) -> None:
    visualize.plot_function(autograd.tanh, -3.0, 3.0, points=7, ax=ax)
    xs, values = curve(ax, "f")
    assert values.tolist() == pytest.approx([math.tanh(x) for x in xs])
    _, slopes = curve(ax, "f′ ≥ 0")
    assert slopes.tolist() == pytest.approx([1 - math.tanh(x) ** 2 for x in xs])


def test_higher_derivatives_change_colour_with_their_sign(ax: Axes) -> None:
    visualize.plot_function(autograd.sin, 0.1, 6.0, order=2, points=200, ax=ax)
    xs, negative = curve(ax, "f′′ < 0")
    shown = np.isfinite(negative)
    assert negative[shown] == pytest.approx(-np.sin(xs[shown]))
    assert shown.sum() == pytest.approx(200 * (math.pi - 0.1) / 5.9, abs=3)


def test_curves_break_at_poles_and_outside_the_domain(ax: Axes) -> None:
    visualize.plot_function(lambda x: 1 / x, -1.0, 1.0, points=200, ax=ax)
    xs, values = curve(ax, "f")
    assert np.isnan(values[np.searchsorted(xs, 0.0)])
    low, high = ax.get_ylim()
    assert high - low < 300
    other = Figure().add_subplot()
    visualize.plot_function(autograd.log, -1.0, 1.0, points=51, ax=other)
    xs, values = curve(other, "f")
    assert np.isnan(values[xs <= 0]).all()
    assert np.isfinite(values[xs > 0]).all()


def test_constant_and_undefined_functions_plot(ax: Axes) -> None:
    rendered(visualize.plot_function(lambda x: x * 0 + 2, ax=ax))
    other = Figure().add_subplot()
    rendered(visualize.plot_function(autograd.log, -2.0, -1.0, ax=other))


def test_an_empty_interval_is_an_error() -> None:
    for low, high in ((1.0, 1.0), (2.0, 1.0), (0.0, math.inf), (math.nan, 1.0)):
        with pytest.raises(ValueError, match="is empty"):
            visualize.plot_function(autograd.sin, low, high)


# --- the decision boundary ------------------------------------------------------


def test_the_boundary_lies_where_the_model_says(ax: Axes) -> None:
    visualize.plot_boundary(ramp, POINTS, CLASSES, resolution=41, ax=ax)
    (line,) = [c for c in ax.collections if isinstance(c, ContourSet)]
    vertices = np.concatenate([np.asarray(p.vertices) for p in line.get_paths()])
    # The probability is a sigmoid, not a line: between grid points it bends a little.
    assert vertices[:, 0] == pytest.approx(0.3, abs=2e-4)
    assert ax.get_title() == "4 of 4 right"
    image = ax.images[0]
    assert image.norm(np.array(0.5)) == pytest.approx(0.5)  # grey is the threshold
    probabilities = np.asarray(image.get_array())
    left, right, *_ = image.get_extent()
    xs = np.linspace(left, right, 41)
    assert probabilities[0] == pytest.approx(1 / (1 + np.exp(-8 * (xs - 0.3))))


def test_another_threshold_moves_grey_and_the_verdict(ax: Axes) -> None:
    visualize.plot_boundary(
        lambda row: row[0],
        POINTS,
        CLASSES,
        threshold=0.95,
        to_probability=autograd.sigmoid,
        resolution=5,
        ax=ax,
    )
    assert ax.get_title() == "2 of 4 right"
    assert ax.images[0].norm(np.array(0.95)) == pytest.approx(0.5)


def test_models_may_give_lists_values_or_two_scores() -> None:
    for model in (
        ramp,
        lambda row: [ramp(row)],
        lambda row: np.array([ramp(row)]),
        lambda row: Value(ramp(row)),
        lambda row: [Value(0.0), Value(ramp(row))],
    ):
        ax = Figure().add_subplot()
        visualize.plot_boundary(model, POINTS, [-1, 1, -1, 1], resolution=4, ax=ax)
        assert ax.get_title() == "4 of 4 right"


def test_nothing_is_recorded_and_gradients_stay() -> None:
    model, _ = trained()
    before = [(p.data, p.grad) for p in model.parameters()]
    ax = Figure().add_subplot()
    visualize.plot_boundary(model, POINTS, CLASSES, resolution=4, ax=ax)
    assert [(p.data, p.grad) for p in model.parameters()] == before


@pytest.mark.parametrize(
    ("points", "classes", "message"),
    [
        ([[0.0, 1.0, 2.0]], [0], r"shape \(n, 2\), not \(1, 3\).*fills in the rest"),
        ([], [], r"shape \(n, 2\)"),
        ([[0.0, math.nan]], [0], "NaN"),
        (POINTS, [0, 1], "one number for each of the 4 rows"),
        (POINTS, [0, 1, 2, 1], "two classes.*found 0, 1, 2"),
        (POINTS, [0, math.nan, 0, 0], "two classes"),
    ],
)
def test_wrong_shapes_are_explained(
    points: Any, classes: Any, message: str, ax: Axes
) -> None:
    with pytest.raises(ValueError, match=message):
        visualize.plot_boundary(ramp, points, classes, ax=ax)


def test_wrong_models_are_explained(ax: Axes) -> None:
    with pytest.raises(ValueError, match="3 numbers for a row"):
        visualize.plot_boundary(lambda _: [1.0, 2.0, 3.0], POINTS, CLASSES, ax=ax)
    with pytest.raises(ValueError, match=r"-3\.36 is no probability"):
        visualize.plot_boundary(ramp, POINTS, CLASSES, to_probability=None, ax=ax)
    with pytest.raises(ValueError, match="threshold must be between"):
        visualize.plot_boundary(ramp, POINTS, CLASSES, threshold=1.0, ax=ax)


def test_a_model_that_gives_nan_one_class_and_one_point_plot(ax: Axes) -> None:
    rendered(
        visualize.plot_boundary(
            lambda row: math.nan if row[0] > 0.5 else 1.0, POINTS, CLASSES, ax=ax
        )
    )
    other = Figure().add_subplot()
    rendered(visualize.plot_boundary(ramp, [[1.0, 1.0]], [1], ax=other))


# --- the landscape --------------------------------------------------------------


def test_directions_are_filter_normalised_and_seeded() -> None:
    model, _ = trained()
    for bias in model.layers[0].bias:
        bias.data = 0.5
    named = dict(model.named_parameters())
    names, centre = list(named), np.array([v.data for v in named.values()])
    first, again, other = (
        random_directions(names, centre, np.random.default_rng(seed))
        for seed in (3, 3, 4)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    for neuron in range(3):
        rows = [
            i for i, n in enumerate(names) if n.startswith(f"layers.0.weight.{neuron}.")
        ]
        for direction in first:
            assert np.linalg.norm(direction[rows]) == pytest.approx(
                np.linalg.norm(centre[rows])
            )
    biases = [i for i, n in enumerate(names) if ".bias." in n]
    assert not first[:, biases].any()
    assert filters_of(["a", "b"]) == [[0, 1]]  # no filters: all together are one


def test_a_filter_is_what_a_neuron_or_a_channel_has_in_an_array() -> None:
    layer = [
        *(f"0.weight.{i}.{j}" for i in (0, 1) for j in (0, 1)),
        "0.bias.0",
        "0.bias.1",
    ]
    assert filters_of(layer) == [[0, 1], [2, 3]]
    channel = [
        f"0.weight.0.{i}.{j}.{k}" for i in (0, 1) for j in (0, 1) for k in (0, 1)
    ]
    assert filters_of([*channel, "0.bias.0"]) == [[*range(8)]]
    assert filters_of(["weight.0", "weight.1", "bias"]) == [[0, 1]]


def test_the_landscape_of_a_quadratic_is_one(ax: Axes) -> None:
    weights = {"w": parameter(3.0), "v": parameter(4.0)}
    w, v = weights.values()

    def loss() -> Value:
        return w * w + 2 * v * v

    visualize.plot_landscape(
        loss,
        weights,
        trajectory=[[0.0, 0.0], [3.0, 0.0], [3.0, 4.0]],
        resolution=5,
        ax=ax,
    )
    assert (w.data, v.data) == (3.0, 4.0)
    directions = random_directions(
        ["w", "v"], np.array([3.0, 4.0]), np.random.default_rng(0)
    )
    (path,) = [line for line in ax.lines if "way" in str(line.get_label())]
    assert path.get_label() == "training, 100 % of its way"
    places = np.asarray(path.get_xydata()) @ directions + [3.0, 4.0]
    assert places == pytest.approx(np.array([[0, 0], [3, 0], [3, 4]]), abs=1e-9)
    rendered(ax)


def test_parameters_are_put_back_when_the_loss_fails(ax: Axes) -> None:
    w, v = parameter(3.0), parameter(4.0)

    def fails() -> float:
        raise RuntimeError("out of data")

    with pytest.raises(RuntimeError, match="out of data"):
        visualize.plot_landscape(fails, [w, v], ax=ax)
    assert (w.data, v.data) == (3.0, 4.0)


def test_trajectory_directions_hold_the_trajectory(ax: Axes) -> None:
    rng = np.random.default_rng(0)
    basis = rng.standard_normal((2, 6))
    way = rng.standard_normal((9, 2)) @ basis
    weights = {f"w.{i}": parameter(x) for i, x in enumerate(way[-1].tolist())}
    visualize.plot_landscape(
        lambda: sum(w.data**2 for w in weights.values()),
        weights,
        trajectory=way,
        directions="trajectory",
        resolution=4,
        ax=ax,
    )
    (path,) = [line for line in ax.lines if "way" in str(line.get_label())]
    assert path.get_label() == "training, 100 % of its way"
    found = trajectory_directions(way - way[-1])
    assert np.asarray(path.get_xydata()) @ found == pytest.approx(way - way[-1])


def test_wrong_landscapes_are_explained(ax: Axes) -> None:
    two = {"w": parameter(1.0), "v": parameter(2.0)}

    def plot(parameters: Any = two, **options: Any) -> None:
        visualize.plot_landscape(
            lambda: 1.0, parameters, resolution=3, ax=ax, **options
        )

    for message, parameters, options in (
        (r"shape \(steps, 2\)", two, {"trajectory": [[1.0]]}),
        ("NaN or an infinity at step 1", two, {"trajectory": [[1, 2], [1, math.nan]]}),
        ("needs a trajectory", two, {"directions": "trajectory"}),
        (
            "on a line",
            two,
            {"directions": "trajectory", "trajectory": [[0, 0], [1, 2]]},
        ),
        ("unknown directions", two, {"directions": "pca"}),
        ("radius must be positive", two, {"radius": 0.0}),
        ("at least two", {"w": parameter(1.0)}, {}),
        ("is NaN", {"w": parameter(math.nan), "v": parameter(1.0)}, {}),
        ("no parameters", {}, {}),
    ):
        with pytest.raises(ValueError, match=message):
            plot(parameters, **options)
    with pytest.raises(ValueError, match="everywhere on this plane"):
        visualize.plot_landscape(lambda: math.nan, two, resolution=3, ax=ax)
    with pytest.raises(TypeError, match="expected a module"):
        plot(3.0)


def test_flat_and_partly_infinite_landscapes_plot() -> None:
    two = {"w": parameter(1.0), "v": parameter(2.0)}
    w = two["w"]
    for loss in (
        lambda: 1.0,
        lambda: 0.0,
        lambda: w.data if w.data > 0.8 else math.inf,
        lambda: 10.0 ** (5 * w.data),
        lambda: -w.data,
    ):
        ax = Figure().add_subplot()
        rendered(visualize.plot_landscape(loss, two, resolution=5, ax=ax))


# --- by layer -------------------------------------------------------------------


def test_layers_are_read_off_names() -> None:
    for name, layer in (
        ("layers.0.weight.3.1", "layers.0"),
        ("layers.0.bias.3", "layers.0"),
        ("layers.0.neurons.3.w.1", "layers.0"),
        ("neurons.2.bias", "neurons"),
        ("weights.4", "weights"),
        ("encoder.cell.weight_ih.2.1", "encoder.cell"),
        ("0", "parameters"),
    ):
        assert layer_of(name) == layer


def test_gradient_flow_shows_the_right_sizes(ax: Axes) -> None:
    named = {
        f"layers.{i}.weights.{j}": parameter(1.0) for i in (0, 1) for j in range(4)
    }
    for value, gradient in zip(
        named.values(), [3.0, -4.0, 0.0, 0.0, 1e-3, 2e-3, math.nan, -2e-3], strict=True
    ):
        value.grad = gradient
    visualize.plot_gradient_flow(named, ax=ax)
    _, largest = curve(ax, "largest")
    _, typical = curve(ax, "root mean square")
    assert largest.tolist() == [4.0, 2e-3]
    assert typical.tolist() == pytest.approx([2.5, math.sqrt(3e-6)])
    assert texts(ax) == ["50 % zero", "1 NaN or ∞"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["layers.0", "layers.1"]


def test_before_a_backward_pass_there_is_no_flow(ax: Axes) -> None:
    model = nn.MLP(2, [1], rng=0)
    with pytest.raises(ValueError, match=r"call loss\.backward\(\) first"):
        visualize.plot_gradient_flow(model, ax=ax)
    with pytest.raises(ValueError, match=r"call loss\.backward\(\) first"):
        visualize.plot_histograms(model, "gradients", ax=ax)


def test_modules_need_only_parameters(ax: Axes) -> None:
    class Plain:
        def __init__(self) -> None:
            self.values = [Value(1.0), Value(2.0)]

        def parameters(self) -> list[Value]:
            return self.values

    visualize.plot_histograms(Plain(), ax=ax)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["parameters"]
    with pytest.raises(TypeError, match="parameters must be Values"):
        visualize.plot_histograms([1.0], ax=ax)
    with pytest.raises(ValueError, match="no parameters"):
        visualize.plot_histograms([], ax=ax)


def bars(ax: Axes) -> list[list[float]]:
    return [
        (np.asarray(patch.get_data().values) - patch.get_data().baseline).tolist()  # type: ignore[attr-defined]
        for patch in ax.patches
    ]


def test_histograms_count_what_is_there(ax: Axes) -> None:
    values = [parameter(x) for x in (0.0, 0.0, 0.0, 0.5, 1.0, math.nan)]
    visualize.plot_histograms(
        {f"a.w.{i}": v for i, v in enumerate(values)}, bins=2, ax=ax
    )
    (heights,) = bars(ax)
    assert heights == pytest.approx([0.85, 0.85 * 2 / 3])
    assert texts(ax) == ["rms 0.5\n50 % exactly 0\n1 NaN or ∞"]


def test_gradient_histograms_tell_the_signs_apart(ax: Axes) -> None:
    values = [parameter(1.0) for _ in range(4)]
    for value, gradient in zip(values, (0.001, 0.001, -0.001, -10.0), strict=True):
        value.grad = gradient
    visualize.plot_histograms(values, "gradients", bins=2, ax=ax)
    both, minus = bars(ax)
    assert both == pytest.approx([0.85, 0.85 / 3])
    assert minus == pytest.approx([0.85 / 3, 0.85 / 3])


def test_dead_and_saturated_units_are_counted(ax: Axes) -> None:
    layer = nn.Layer(1, 4, activation="relu", rng=0)
    for neuron, (weight, bias) in zip(
        layer.neurons, ((1.0, -9.0), (1.0, 0.0), (-1.0, 0.0), (0.0, -1.0)), strict=True
    ):
        neuron.weight[0].data = weight
        assert neuron.bias is not None
        neuron.bias.data = bias
    outputs = [h for x in (1.0, 2.0) for h in layer([x])]
    loss = autograd.sum(outputs)
    visualize.plot_histograms(loss, "activations", ax=ax)
    # Only the second neuron is ever on: 6 of 8 activations have slope 0.
    assert texts(ax) == ["3 of 4 units dead\n75 % off"]


def test_a_saturated_tanh_is_one_whose_slope_is_small(ax: Axes) -> None:
    x = [parameter(number) for number in (0.0, 1.0, 2.1, 2.3)]
    loss = autograd.sum([autograd.tanh(v) for v in x])
    visualize.plot_histograms(Graph(loss), "activations", ax=ax)
    slopes = [1 - math.tanh(v.data) ** 2 for v in x]
    assert sum(s < 0.05 for s in slopes) == 1 + (slopes[2] < 0.05)
    share = 25 * sum(s < 0.05 for s in slopes)
    assert texts(ax)[0].endswith(f"{share} % saturated")


@pytest.mark.parametrize("name", STEEPEST)
def test_the_steepest_slope_of_every_activation_is_known(name: str) -> None:
    slope = autograd.derivative(vars(autograd)[name])
    xs = np.linspace(-6.0, 6.0, 4001).tolist()
    xs += [3.0 - 1e-6, 800.0]  # right before a kink, and far out
    assert max(abs(slope(x)) for x in xs) == pytest.approx(STEEPEST[name], rel=1e-4)


def test_activations_need_a_graph_that_has_some(ax: Axes) -> None:
    model, _ = trained()
    with pytest.raises(TypeError, match="hand the loss"):
        visualize.plot_histograms(model, "activations", ax=ax)
    with pytest.raises(ValueError, match="no activations"):
        visualize.plot_histograms(Value(1.0) * 2, "activations", ax=ax)
    with pytest.raises(ValueError, match="no parameters in it"):
        visualize.plot_histograms(Value(1.0) * 2, ax=ax)
    with pytest.raises(ValueError, match="known: data, gradients, activations"):
        visualize.plot_histograms(model, "weights", ax=ax)  # type: ignore[arg-type]


def test_the_activations_of_a_loss_are_left_out(ax: Axes) -> None:
    _, loss = trained()  # the loss has a softplus for each example
    visualize.plot_histograms(loss, "activations", ax=ax)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["layers.0"]


def test_update_ratios_are_plotted_as_they_are(ax: Axes) -> None:
    visualize.plot_update_ratio({"a": [1e-3, 0.0, math.nan, 2e-3]}, ax=ax)
    _, row = curve(ax, "a")
    assert row[[0, 3]].tolist() == [1e-3, 2e-3]
    assert np.isnan(row[1:3]).all()
    for wrong, message in (({}, "no update ratios"), ({"a": []}, "two records"),
                           ({"a": [-1.0]}, "negative")):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            visualize.plot_update_ratio(wrong, ax=ax)


def test_names_are_data() -> None:
    named = {f"{name}.w.{i}": parameter(1.0) for i, name in enumerate(HOSTILE)}
    for value in named.values():
        value.grad = 1.0
    for number in range(3):
        ax = Figure(figsize=(8, 6)).add_subplot()
        if number == 0:
            visualize.plot_gradient_flow(named, layer=str, ax=ax)
        elif number == 1:
            visualize.plot_histograms(named, layer=str, ax=ax)
        else:
            visualize.plot_update_ratio({name: [0.1] for name in HOSTILE}, ax=ax)
        rendered(ax)


def test_the_root_mean_square_neither_over_nor_underflows() -> None:
    assert root_mean_square([3e-200, 4e-200]) == pytest.approx(math.sqrt(12.5) * 1e-200)
    assert root_mean_square([3e200, 4e200]) == pytest.approx(math.sqrt(12.5) * 1e200)
    assert root_mean_square([0.0]) == 0.0
    assert math.isnan(root_mean_square([]))


def test_ratios_that_a_logarithm_can_not_show_are_marked() -> None:
    axes = visualize.plot_update_ratio({"a": [1e-3, 0.0, math.nan], "b": [0.0] * 3})
    marks = [line for line in axes.lines if line.get_marker() == "v"]
    assert [np.size(line.get_xdata()) for line in marks] == [1, 3]
    places = [np.asarray(line.get_xdata(), float).tolist() for line in axes.lines]
    assert [3.0, 3.0] in places

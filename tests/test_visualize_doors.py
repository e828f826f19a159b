"""What the public functions of visualize refuse, and what they say about it."""

import inspect
import math
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import graphviz
import numpy as np
import pytest

import autograd
import nn
import visualize
from autograd import Graph, Value, compiled

Door = Callable[..., Any]

DOORS: list[Door] = [
    door
    for name in visualize.__all__
    if inspect.isfunction(door := getattr(visualize, name))
] + [visualize.Recorder, visualize.Style, visualize.Palette]


def options_of(door: Door) -> list[str]:
    """The names that a door's signature knows, those of a TypedDict among them."""
    names = []
    for name, parameter in inspect.signature(door).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            (described,) = get_args(get_type_hints(door)[name])
            names += list(described.__annotations__)
        else:
            names.append(name)
    return names


def called(door: Door) -> str:
    return f"{door.__name__}()"


@pytest.mark.parametrize("door", DOORS, ids=called)
def test_an_unknown_option_is_refused_and_near_matches_are_named(door: Door) -> None:
    for name in options_of(door):
        if len(name) > 2:
            swapped = name[0] + name[2] + name[1] + name[3:]
            typed = swapped if swapped != name else f"{name}s"
            with pytest.raises(TypeError) as caught:
                door(**{typed: None})
            message = str(caught.value)
            assert message.startswith(f"{called(door)} has no option {typed!r}")
            near, known = message.split("? known: ")
            assert name in near.split("did you mean ")[1].split(" or ")
            assert known.split(", ") == options_of(door)


@pytest.mark.parametrize("door", DOORS, ids=called)
def test_an_option_that_resembles_nothing_is_refused(door: Door) -> None:
    with pytest.raises(TypeError, match="has no option 'qqq'; known: "):
        door(qqq=1)


def test_options_without_their_names_are_refused() -> None:
    doors: list[Door] = [visualize.draw, visualize.tree, visualize.step, visualize.spy]
    for door in doors:
        with pytest.raises(TypeError, match="write the name of each option"):
            door(Value(1.0), "value")


def test_a_missing_argument_is_pythons_own_error() -> None:
    with pytest.raises(TypeError, match=r"draw\(\) missing 1 required .* 'value'"):
        visualize.draw()  # type: ignore[call-arg]


# --- values ---------------------------------------------------------------------


def graph() -> Value:
    x, y = Value(2.0, "x"), Value(3.0, "y")
    z = (x * y).tanh()
    z.backward()
    return z


def recorder() -> visualize.Recorder:
    model = nn.MLP(2, [1], rng=0)
    found = visualize.Recorder(model)
    found.record(model([1.0, 2.0]))
    return found


def pair() -> tuple[Graph, Graph]:
    value = graph()
    return visualize.snapshot(value), visualize.snapshot(value)


POINTS, CLASSES = [[0.0, 1.0], [1.0, 0.0]], [0, 1]

USES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "draw": lambda o: visualize.draw(graph(), **o),
    "draw_dot": lambda o: visualize.draw_dot(graph(), **o),
    "tree": lambda o: visualize.tree(graph(), **o),
    "step": lambda o: visualize.step(graph(), **o),
    "explore": lambda o: visualize.explore(graph(), **o),
    "animate": lambda o: visualize.animate(recorder(), **o),
    "compare": lambda o: visualize.compare(*pair(), **o),
    "spy": lambda o: visualize.spy(graph(), **o),
    "Recorder": lambda o: visualize.Recorder(nn.MLP(2, [1], rng=0), **o),
    "plot_loss": lambda o: visualize.plot_loss([1.0], **o),
    "plot_function": lambda o: visualize.plot_function(**{"f": autograd.sin, **o}),
    "plot_boundary": lambda o: visualize.plot_boundary(len, POINTS, CLASSES, **o),
    "plot_histograms": lambda o: visualize.plot_histograms(graph(), **o),
    "plot_landscape": lambda o: visualize.plot_landscape(
        **{"loss_function": float, "parameters": nn.MLP(2, [1], rng=0), **o}
    ),
    "plot_gradient_flow": lambda o: visualize.plot_gradient_flow(recorder().model, **o),
    "plot_update_ratio": lambda o: visualize.plot_update_ratio({"a": [1.0]}, **o),
    "Style": lambda o: visualize.Style(**o),
    "Palette": lambda o: replace(visualize.Style().light, **o),
}

STYLE = r"style must be a visualize\.Style, such as .*, not "
WHOLE, LEAST = "must be a whole number, not ", "must be at least "

WRONG: list[tuple[str, str, object, str]] = [
    ("level", "draw draw_dot tree step explore", "vlue", "did you mean value[?] known"),
    ("level", "draw tree step", None, "unknown level None; known: auto, value, neuron"),
    ("level", "draw tree step", [1.0], r"unknown level \[1\.0\]; known: auto"),
    (
        "theme",
        "draw animate compare spy",
        "drak",
        "did you mean dark[?] known: auto, l",
    ),
    ("engine", "draw step explore animate compare", "dott", "did you mean dot[?] know"),
    ("style", "draw step explore animate compare spy", "dark", STYLE + "'dark'; draw"),
    ("style", "draw step compare spy", {"font": "serif"}, STYLE + "{'font"),
    ("style", "draw step compare spy", visualize.Style, STYLE + "<class"),
    ("group_by", "draw tree step explore", "scop", "not 'scop'; did you mean scope"),
    ("group_by", "draw tree step explore", 3, "or a function, not 3$"),
    ("max_nodes", "draw tree step explore compare Recorder", 0, LEAST + "1, not 0"),
    ("max_nodes", "draw tree step explore compare Recorder", "9", WHOLE + "'9'"),
    ("max_nodes", "draw tree step explore compare Recorder", 9.5, WHOLE + "9.5"),
    ("sample", "draw tree step explore", "a", WHOLE + "'a'"),
    ("depth", "draw tree", True, WHOLE + "True"),
    ("depth", "draw tree", 1.0, WHOLE + "1.0"),
    ("depth", "draw tree", -1, LEAST + "0, not -1"),
    ("contributions", "draw", "no", "must be True or False, not 'no'"),
    ("inline_constants", "draw tree", 0, "must be True or False, not 0"),
    ("diagnose", "draw tree step explore", 1, "must be True or False, not 1"),
    ("digits", "draw tree step explore", "all", "must be True or False, not 'all'"),
    ("explain", "draw tree", 3, "must be what autograd.explain"),
    ("format", "draw_dot", "svgg", "unknown format 'svgg'; did you mean svg"),
    ("rankdir", "draw_dot", "left", "known: LR, TB, RL, BT"),
    ("title", "animate", 3, "title must be a text, not 3"),
    ("titles", "compare", "ab", r'must be two texts, as \("a", "b"\), not \'ab\''),
    ("titles", "compare", ("a",), "must be two texts"),
    ("titles", "compare", ("a", 2), "must be two texts"),
    ("tolerance", "compare", "a", "must be a number, not 'a'"),
    ("tolerance", "compare", math.nan, "must not be negative; got nan"),
    ("cells", "spy", 0, LEAST + "1, not 0"),
    ("cells", "spy", "a", WHOLE + "'a'"),
    ("every", "Recorder", 0, LEAST + "1, not 0"),
    ("every", "Recorder", 0.5, WHOLE + "0.5"),
    ("graph", "Recorder", "no", "must be True or False"),
    ("threshold", "Recorder plot_boundary", 1.0, "must be between 0 and 1; got 1"),
    ("threshold", "Recorder plot_boundary", "a", "must be a number, not 'a'"),
    ("to_probability", "Recorder plot_boundary", "sigmoid", "must be a function, not "),
    ("resolution", "Recorder plot_boundary plot_landscape", 2, LEAST + "3, not 2"),
    ("resolution", "Recorder plot_boundary plot_landscape", "a", WHOLE + "'a'"),
    ("layer", "Recorder plot_histograms plot_gradient_flow", 3, "must be a function"),
    ("ax", "plot_loss plot_function plot_update_ratio", 3, "ax must be Axes, such as "),
    ("f", "plot_function", 3, "f must be a function, not 3"),
    (
        "f",
        "plot_function",
        lambda _: None,
        r"f\(x\) must be a number or a Value, not N",
    ),
    (
        "f",
        "plot_function",
        lambda v: [v],
        r"f\(x\) must be a number or a Value, not \[",
    ),
    ("low", "plot_function", "a", "low must be a number, not 'a'"),
    ("high", "plot_function", None, "high must be a number, not None"),
    ("order", "plot_function", -1, LEAST + "0, not -1"),
    ("order", "plot_function", "a", WHOLE + "'a'"),
    ("points", "plot_function", 1, LEAST + "2, not 1"),
    ("class_names", "plot_boundary", ("a",), "must be two texts"),
    ("what", "plot_histograms", "dta", "did you mean data[?] known: data, gradients, "),
    ("bins", "plot_histograms", 0, LEAST + "1, not 0"),
    ("loss_function", "plot_landscape", 3, "must be a function, not 3"),
    ("loss_function", "plot_landscape", str, "a loss must be a number or a Value, not"),
    ("directions", "plot_landscape", "rand", "did you mean random[?] known: random, t"),
    ("radius", "plot_landscape", 0.0, "radius must be positive; got 0"),
    ("radius", "plot_landscape", math.inf, "radius must be positive; got inf"),
    ("radius", "plot_landscape", "a", "radius must be a number, not 'a'"),
    ("significant_digits", "Style", "a", "must be a whole number, not 'a'"),
    ("margin", "Style", "wide", "must be a number, not 'wide'"),
    ("margin", "Style", -1.0, "margin must be positive, not -1.0"),
    ("light", "Style", "dark", r"must be a visualize\.Palette, not 'dark'"),
    ("font", "Style", 12, "font must be a text, not 12"),
    ("ink", "Palette", "red", "ink must be #rrggbb, as #14181d; got 'red'"),
]


@pytest.mark.parametrize(
    ("option", "door", "value", "message"),
    [
        (option, door, value, message)
        for option, doors, value, message in WRONG
        for door in doors.split()
    ],
)
def test_a_wrong_value_is_refused_where_it_is_given(
    option: str, door: str, value: object, message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=message) as caught:
        USES[door]({option: value})
    assert option.split("_", maxsplit=1)[0] in str(caught.value)


def test_what_is_left_out_may_also_be_given_as_it_is() -> None:
    visualize.draw(graph(), style=None, sample=None, group_by=None, depth=None)
    visualize.step(graph(), group_by=None, style=None, parameters=None)
    visualize.draw(graph(), max_nodes=int(np.int64(5)), contributions=True)


def test_a_style_tells_what_is_not_as_usual() -> None:
    assert repr(visualize.Style()) == "Style()"
    style = visualize.Style(significant_digits=3, font="serif")
    assert repr(style) == "Style(font='serif', significant_digits=3)"


def test_a_frame_and_a_digraph_are_told_in_a_line() -> None:
    frame = recorder().frames[0]
    assert repr(frame) == f"RecordedStep(step=1, loss={frame.loss!r})"
    source = visualize.draw_dot(graph())
    lines = len(source.source.splitlines())
    assert repr(source) == f"<Digraph: {lines} lines of DOT, in .source>"


ALL_OPTIONS: dict[str, Any] = {
    "focus": "tanh",
    "depth": 1,
    "path": ("x", "tanh"),
    "inline_constants": False,
    "level": "value",
    "group_by": "op",
    "max_nodes": 2,
    "style": visualize.Style(significant_digits=2),
    "contributions": True,
    "theme": "dark",
    "engine": "built-in",
}


@pytest.mark.parametrize("option", ALL_OPTIONS)
def test_an_option_means_the_same_in_a_picture_and_on_its_page(option: str) -> None:
    x, y = Value(2.0, "x"), Value(3.0, "y")
    z = (x * y * 0.1 - 0.2).tanh() / 2.0
    z.backward()
    given: dict[str, Any] = {option: ALL_OPTIONS[option]}
    picture = visualize.draw(z, **given)
    assert picture.svg != visualize.draw(z).svg or option in ("level", "engine")
    for page in (visualize.step(z, **given), visualize.explore(z, **given)):
        assert page.picture.text == picture.text
        assert page.html
    shown = visualize.step(z, focus=x, path=None, depth=2).picture.drawing
    assert shown == visualize.step(z, focus="x", depth=2).picture.drawing


def test_the_options_that_pictures_share_stand_in_every_docstring() -> None:
    for door in (visualize.draw, visualize.step, visualize.explore):
        assert options_of(door)[1:] == options_of(visualize.draw)[1:]
        for name in options_of(door)[1:]:
            assert f"\n    {name}: " in (door.__doc__ or "")


# --- subjects -------------------------------------------------------------------

SHOWN: list[Door] = [
    visualize.draw,
    visualize.draw_dot,
    visualize.tree,
    visualize.step,
    visualize.explore,
    visualize.spy,
    visualize.snapshot,
    visualize.finite_differences,
    lambda value: visualize.compare(value, value),
]

SUBJECTS: list[tuple[object, str]] = [
    ([Value(1.0), Value(2.0)], r"not list.*Graph\(x, y\), or Graph\(\*values\)"),
    ((Value(1.0),), r"not tuple.*Graph\(x, y\)"),
    ({Value(1.0)}, r"not set.*Graph\(x, y\)"),
    ({"a": Value(1.0)}, r"not dict.*Graph\(x, y\)"),
    (np.array([[Value(1.0)]]), r"not ndarray.*Graph\(x, y\)"),
    (3.0, r"not float.*hand the Value itself, not its \.data"),
    (np.float64(3.0), r"not float64.*hand the Value itself"),
    (nn.MLP, "not type.*MLP is the class itself"),
    (Value, "not type.*Value is the class itself"),
    (lambda x: x, "not function.*hand what it returns"),
    (compiled(lambda x: x), r"not Compiled.*f\.programs"),
    (None, "not NoneType"),
    ("loss", "not str"),
    ([], "not list"),
    (np.array(None), "not ndarray"),
]


@pytest.mark.parametrize("door", SHOWN)
@pytest.mark.parametrize(("subject", "message"), SUBJECTS)
def test_what_has_no_graph_is_told_what_to_do(
    door: Door, subject: object, message: str
) -> None:
    with pytest.raises(
        TypeError, match=f"can (draw|show) a Value or a Graph, {message}"
    ):
        door(subject)


@pytest.mark.parametrize("door", [visualize.step, visualize.explore, visualize.spy])
def test_a_module_is_called_first_where_its_numbers_are_wanted(door: Door) -> None:
    with pytest.raises(TypeError, match=r"not MLP\. Call the module, and hand what it"):
        door(nn.MLP(2, [1]))


@pytest.mark.parametrize(
    "options",
    [
        {"focus": "x"},
        {"group_by": "op"},
        {"max_nodes": 9},
        {"sample": 0},
        {"level": "value"},
    ],
)
def test_options_that_say_nothing_of_a_module(options: dict[str, Any]) -> None:
    model = nn.MLP(2, [3, 1], rng=0)
    for door in (visualize.draw, visualize.draw_dot, visualize.tree):
        with pytest.raises(
            ValueError, match=f"knows the option level.*{next(iter(options))}"
        ):
            door(model, **options)
    for level in ("auto", "module", "neuron"):
        visualize.draw(model, level=level)
    with pytest.raises(ValueError, match="contributions= is for Values"):
        visualize.draw(model, contributions=True)


PLOTS: list[tuple[Door, tuple[Any, ...], str]] = [
    (visualize.plot_loss, (3.0,), "losses must be a list .*got float"),
    (visualize.plot_loss, (recorder(),), r"or history.*; got Recorder"),
    (visualize.plot_loss, (["a"],), "a loss must be a number or a Value, not 'a'"),
    (recorder().record, ("a",), "the loss must be a number or a Value, not 'a'"),
    (recorder().record, ([graph()],), "the loss must be a number or a Value"),
    (visualize.plot_boundary, (3, POINTS, CLASSES), "model must be a function of a l"),
    (visualize.plot_boundary, (len, [["a", 1.0]], [0]), "X must be an array of number"),
    (visualize.plot_boundary, (len, POINTS, ["a", "b"]), "y must be an array of numb"),
    (visualize.plot_boundary, (str, POINTS, CLASSES), "what the model gives must be a"),
    (visualize.plot_update_ratio, (3,), "a mapping from layers .*got int"),
    (visualize.plot_update_ratio, ({"a": 3},), "ratios of 'a' must be a list of num"),
    (visualize.plot_update_ratio, ({"a": ["b"]},), "a ratio of 'a' must be a number"),
    (visualize.plot_gradient_flow, (graph(),), "or a list of Values; not Value"),
]


@pytest.mark.parametrize(("door", "arguments", "message"), PLOTS)
def test_what_can_not_be_plotted_is_named(
    door: Door, arguments: tuple[Any, ...], message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        door(*arguments)


# --- without Graphviz -----------------------------------------------------------


@pytest.fixture
def without_dot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that is the whole PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("without_dot")
def test_a_digraph_in_a_notebook_without_dot_says_what_to_install() -> None:
    shown = visualize.draw_dot(graph())
    assert isinstance(shown, graphviz.Digraph)
    bundle = shown._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    text = bundle["text/plain"]
    assert "install graphviz" in text
    assert "visualize.draw(value)" in text
    assert len(text.splitlines()) < 4
    with pytest.raises(graphviz.ExecutableNotFound):
        shown.pipe()


def test_a_digraph_in_a_notebook_with_dot_is_its_picture(without_dot: Path) -> None:
    program = without_dot / "dot"
    program.write_text("#!/bin/sh\necho '<svg>drawn</svg>'\n")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    bundle = visualize.draw_dot(graph())._repr_mimebundle_()
    assert bundle == {"image/svg+xml": "<svg>drawn</svg>\n"}


@pytest.mark.parametrize(
    ("engine", "way"),
    [("dot", "install graphviz"), ("pygraphviz", r"gradtrace\[bundled-graphviz\]")],
)
@pytest.mark.usefixtures("without_dot")
def test_an_absent_engine_says_how_to_install_it(
    engine: Any, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visualize.layout.engines.find_spec", lambda _: None)
    with pytest.raises(visualize.LayoutError, match=f'{way}.*engine="auto"'):
        visualize.draw(graph(), engine=engine)
    visualize.draw(graph())

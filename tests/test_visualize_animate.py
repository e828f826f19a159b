"""Recorder and animate: a training as a flipbook, and that in a real browser."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

import nn
import visualize
from autograd import Value, parameter
from tests.browser import Visit
from tests.determinism import outputs_over_hash_seeds
from tests.test_visualize_svg import HOSTILE
from visualize.style import Style
from visualize.training import charts
from visualize.training.recorder import Points
from visualize.training.reel import reel
from visualize.training.surfaces import Surface
from visualize.views import view

ROOT = Path(__file__).resolve().parent.parent

POINTS = [[0.0, 0.0], [1.0, 1.0], [0.2, 0.9], [0.9, 0.1], [0.4, 0.6]]
CLASSES = [0, 1, 0, 1, 0]


def training(
    steps: int = 7, every: int = 3, **options: Any
) -> tuple[visualize.Recorder, nn.MLP]:
    model = nn.MLP(2, [2, 1], activation="tanh", rng=2)
    optimizer = nn.SGD(model.parameters(), lr=0.5)
    recorder = visualize.Recorder(
        model, POINTS, CLASSES, every=every, resolution=9, **options
    )
    for _ in range(steps):
        loss = nn.losses.binary_cross_entropy_with_logits(
            [model(row) for row in POINTS], CLASSES
        )
        model.zero_grad()
        loss.backward()
        recorder.record(loss)
        optimizer.step()
    return recorder, model


def data_of(animation: visualize.Animation) -> dict[str, Any]:
    found = re.search(
        r'<script type="application/json" id="data">(.*?)</script>', animation.html
    )
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def picture(data: dict[str, Any], number: int) -> str:
    """The graph of a frame, put together as the page does it."""
    changes = data["frames"][number]["graph"]
    if "all" in changes:
        return str(changes["all"])
    return "\n".join(changes.get(str(n), line) for n, line in enumerate(data["base"]))


# --- the recorder ---------------------------------------------------------------


def test_every_step_is_noted_and_some_are_kept() -> None:
    recorder, model = training(steps=7, every=3)
    assert len(recorder.losses) == 7
    assert recorder.losses == sorted(recorder.losses, reverse=True)
    assert [frame.step for frame in recorder.frames] == [1, 4, 7]
    assert [f.loss for f in recorder.frames] == recorder.losses[::3]
    assert recorder.trajectory.shape == (3, len(model.parameters()))
    assert repr(recorder) == "<Recorder: 7 steps, 3 frames>"


def test_update_ratios_are_changes_over_sizes() -> None:
    weights = {"a.w.0": parameter(3.0), "a.w.1": parameter(4.0), "b.w.0": parameter(0)}
    recorder = visualize.Recorder(weights)
    for number in (3.0, 3.3, 3.3):
        weights["a.w.0"].data = number
        recorder.record(1.0)
    # Root mean squares: the factors 1/sqrt(2) cancel.
    assert recorder.update_ratios["a"] == pytest.approx([0.3 / 5, 0.0])
    assert all(math.isnan(ratio) for ratio in recorder.update_ratios["b"])
    axes = visualize.plot_update_ratio(recorder)
    assert [line.get_label() for line in axes.lines][:2] == ["a", "b"]
    import matplotlib.pyplot as plt

    plt.close("all")


def test_a_loss_recorded_after_the_step_is_refused() -> None:
    w = parameter(3.0, "w")
    recorder = visualize.Recorder([w])
    loss = w * w
    loss.backward()
    recorder.record(loss)
    w.data -= 0.1
    with pytest.raises(ValueError, match=r"before optimizer\.step\(\)"):
        recorder.record(loss)
    assert len(recorder.losses) == len(recorder.frames) == 1
    recorder.record(float(loss))  # a number has no graph that could be stale
    assert recorder.frames[1].drawing is None


def test_frames_hold_what_the_model_said() -> None:
    recorder, model = training(steps=1)
    (frame,) = recorder.frames
    names = [name for name, _ in model.named_parameters()]
    for (_, value), number in zip(
        model.named_parameters(), frame.parameters, strict=True
    ):
        value.data = number  # back to before the step
    assert len(names) == len(frame.parameters)
    assert frame.surface is not None
    assert frame.second is not None
    logits = [model(row).data for row in POINTS]
    assert frame.second.tolist() == [logit >= 0 for logit in logits]
    x, y = float(frame.surface.xs[2]), float(frame.surface.ys[5])
    chance = 1 / (1 + math.exp(-model([x, y]).data))
    assert frame.surface.heights[5, 2] == pytest.approx(chance)


def test_wrong_arguments_are_explained() -> None:
    model = nn.MLP(2, [1], rng=0)
    for message, arguments, options in (
        ("every must be at least 1", (), {"every": 0}),
        ("both X and y", (POINTS,), {}),
        ("threshold must be", (POINTS, CLASSES), {"threshold": 0.0}),
        (r"shape \(n, 2\)", ([[1.0]], [1]), {}),
    ):
        with pytest.raises(ValueError, match=message):
            visualize.Recorder(model, *arguments, **options)
    with pytest.raises(TypeError, match="expected a module"):
        visualize.Recorder(3.0)
    with pytest.raises(ValueError, match="nothing was recorded yet"):
        visualize.animate(visualize.Recorder(model))
    with pytest.raises(TypeError, match=r"what a visualize\.Recorder kept, not list"):
        visualize.animate([1.0])  # type: ignore[arg-type]
    recorder, _ = training(steps=1)
    with pytest.raises(ValueError, match="unknown theme"):
        visualize.animate(recorder, theme="pink")  # type: ignore[arg-type]


def test_of_very_many_points_some_are_kept_and_the_page_says_so() -> None:
    points = np.random.default_rng(0).standard_normal((1000, 2))
    model = nn.MLP(2, [1], rng=0)
    recorder = visualize.Recorder(model, points, points[:, 0] > 0, resolution=4)
    recorder.record(1.0)
    assert recorder.points is not None
    assert len(recorder.points.places) == 400
    assert "400 of 1,000 points" in visualize.animate(recorder).html


# --- the page -------------------------------------------------------------------


def test_the_page_shows_each_frame_with_its_numbers() -> None:
    recorder, _ = training(steps=7, every=3)
    animation = visualize.animate(recorder)
    data = data_of(animation)
    assert [frame["step"] for frame in data["frames"]] == [1, 4, 7]
    style = visualize.Style()
    for number, frame in enumerate(recorder.frames):
        assert frame.second is not None
        right = int((frame.second == np.array(CLASSES, bool)).sum())
        assert data["frames"][number]["caption"] == (
            f"step {frame.step} · loss {style.number(frame.loss)} · {right} of 5 right"
        )
        assert data["frames"][number]["wrong"].count("1") == 5 - right
        root = ET.fromstring(picture(data, number))
        assert style.number(frame.loss) in "".join(root.itertext())
    assert str(animation) == "Training of 7 steps in 3 frames"


def test_cards_keep_their_places_from_frame_to_frame() -> None:
    recorder, _ = training(steps=7, every=1)
    data = data_of(visualize.animate(recorder))
    places = set()
    for number in range(7):
        root = ET.fromstring(picture(data, number))
        places.add(tuple(e.get("transform") for e in root.iter() if e.get("transform")))
        size = root.get("viewBox")
        assert size == ET.fromstring(picture(data, 0)).get("viewBox")
    assert len(places) == 1
    assert all("all" not in frame["graph"] for frame in data["frames"])


def test_cells_are_the_model_s() -> None:
    xs = np.linspace(0.0, 1.0, 5)
    surface = Surface(xs, xs, np.tile(xs, (5, 1)))
    letters = charts.cell_letters(surface, 0.5)
    # Cell middles are 1/8, 3/8, 5/8, 7/8: 9 and 3 twelfths away from the threshold.
    assert letters == "djpv" * 4
    # Another threshold has its own grey, and each side its own full colour.
    assert charts.cell_letters(surface, 0.125)[0] == "m"
    surface.heights[0, 0] = math.nan
    assert charts.cell_letters(surface, 0.5)[0] == "z"


def test_the_line_is_where_the_threshold_is() -> None:
    xs = np.linspace(-2.0, 2.0, 81)
    surface = Surface(xs, xs, np.hypot(xs[np.newaxis], xs[:, np.newaxis]))
    points = Points(np.array([[0.0, 1.0]]), np.array([True]), 1)
    chart = charts.boundary_chart(points, surface)
    grid = charts.cell_grid(chart, surface)
    found = re.findall(r"([\d.]+),([\d.]+)", charts.boundary_line(chart, surface, 1.5))
    # Back from pixels to the plane, by the cells that the reader sees.
    radii = [
        math.hypot(
            (float(x) - grid["left"]) / grid["width"] * 0.05 - 2.0,
            (grid["bottom"] - float(y)) / grid["height"] * 0.05 - 2.0,
        )
        for x, y in found
    ]
    assert len(radii) > 100
    assert radii == pytest.approx([1.5] * len(radii), abs=0.01)
    surface.heights[:] = math.nan
    assert charts.boundary_line(chart, surface, 1.5) == ""


def test_trainings_without_points_graphs_or_finite_losses() -> None:
    w = parameter(1.0)
    for losses in ([1.0], [math.nan], [0.0, 0.0], [1.0, math.inf, 2.0], [-1.0, 1e9]):
        recorder = visualize.Recorder([w])
        for loss in losses:
            recorder.record(loss)
        data = data_of(visualize.animate(recorder))
        assert "grid" not in data
        assert "base" not in data
        heights = [frame["y"] for frame in data["frames"]]
        assert [h is None for h in heights] == [not math.isfinite(x) for x in losses]


def test_a_graph_that_changes_has_a_picture_of_its_own() -> None:
    w = parameter(1.0, "w")
    recorder = visualize.Recorder([w])
    for loss in (w * 2, w * 2 + 1, (w * 3).tanh()):
        loss.backward()
        recorder.record(loss)
    data = data_of(visualize.animate(recorder))
    texts = ["".join(ET.fromstring(picture(data, n)).itertext()) for n in range(3)]
    assert ["tanh" in text for text in texts] == [False, False, True]


@pytest.mark.parametrize("label", HOSTILE)
def test_labels_and_titles_are_data(label: str) -> None:
    w = parameter(2.0, label)
    recorder = visualize.Recorder({label: w})
    loss = w * w
    loss.label = label
    loss.backward()
    recorder.record(loss)
    animation = visualize.animate(recorder, title=label)
    page = animation.html
    page.encode()
    assert page.count("<script") == page.count("</script>") == 2
    assert "<b>" not in page
    ET.fromstring(picture(data_of(animation), 0))
    assert not re.search(r'(src|href)="(?!data:)', page)


def test_the_last_step_is_a_frame_as_it_was_when_it_was_recorded() -> None:
    """The same as if every step had been kept, though the training has gone on."""
    some, model = training(steps=6, every=4)
    everything, _ = training(steps=6, every=1)
    now = [(p.data, p.grad) for p in model.parameters()]
    assert [frame.step for frame in some.frames] == [1, 5, 6]
    last, same = some.frames[-1], everything.frames[-1]
    assert last.loss == same.loss == some.losses[-1]
    assert last.parameters.tolist() == same.parameters.tolist()
    assert last.drawing == same.drawing
    assert last.surface is not None
    assert same.surface is not None
    assert last.surface.heights.tolist() == same.surface.heights.tolist()
    assert [(p.data, p.grad) for p in model.parameters()] == now
    assert some.frames[-1] is last


def test_it_saves_as_html_and_shows_in_a_frame(tmp_path: Path) -> None:
    recorder, _ = training(steps=1)
    animation = visualize.animate(recorder, theme="dark")
    path = animation.save(tmp_path / "training.html")
    assert path.read_text(encoding="utf-8") == animation.html
    with pytest.raises(ValueError, match=r"known: \.html"):
        animation.save(tmp_path / "training.gif")
    assert list(tmp_path.iterdir()) == [path]
    bundle = animation._repr_mimebundle_()
    assert list(bundle) == ["text/html", "text/plain"]
    assert bundle["text/html"].count("<") == 2  # the page is escaped inside srcdoc
    assert "prefers-color-scheme" not in animation.html
    assert len(repr(animation)) < 100


SCRIPT = """
from tests.test_visualize_animate import training
import visualize
print(visualize.animate(training(steps=3, every=1)[0]).html)
"""


def test_the_same_bytes_whatever_the_hash_seed() -> None:
    found = outputs_over_hash_seeds(SCRIPT, seeds=("0", "1"))
    assert len(found) == 1


# --- in a browser ---------------------------------------------------------------


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    recorder, _ = training(steps=21, every=5)
    path = tmp_path_factory.mktemp("animate") / "training.html"
    return visualize.animate(recorder, title="<i>Moons</i>").save(path)


@pytest.fixture
def visit(chromium: Browser, file: Path) -> Iterator[Visit]:
    context = chromium.new_context()
    visited = Visit(context.new_page(), file)
    visited.go()
    yield visited
    context.close()
    visited.assert_clean()


def expect_step(page: Page, step: int) -> None:
    expect(page.locator("#caption")).to_contain_text(f"step {step} ·")


def test_keys_slider_and_buttons_turn_the_leaves(visit: Visit) -> None:
    page = visit.page
    expect(page.locator("h1")).to_have_text("<i>Moons</i>")
    expect_step(page, 1)
    for key, step in (
        ("ArrowRight", 6),
        ("ArrowRight", 11),
        ("ArrowLeft", 6),
        ("End", 21),
        ("ArrowRight", 21),
        ("Home", 1),
        ("ArrowLeft", 1),
    ):
        page.keyboard.press(key)
        expect_step(page, step)
    page.locator("#slider").fill("2")
    expect_step(page, 11)
    assert page.evaluate("location.hash") == "#step=11"
    page.locator("#next").click()
    expect_step(page, 16)
    page.locator("#last").click()
    expect(page.locator("#next")).to_be_disabled()
    page.locator("#previous").click()
    expect_step(page, 16)


def test_the_charts_show_the_frame_s_own_numbers(visit: Visit, file: Path) -> None:
    """The wrong points wear a rim, and the mark of the loss stands on its curve."""
    recorder, _ = training(steps=21, every=5)
    page = visit.page
    for frame in recorder.frames:
        assert frame.second is not None
        wrong = [a != bool(b) for a, b in zip(frame.second, CLASSES, strict=True)]
        # Circles, which are the first class, stand before squares.
        order = sorted(range(5), key=lambda place: CLASSES[place])
        rims = page.evaluate(
            "[...document.querySelectorAll('[id^=points] path')]"
            ".map(point => parseFloat(getComputedStyle(point).strokeWidth) > 1)"
        )
        assert rims == [wrong[place] for place in order]
        place = [
            float(page.locator("#now").get_attribute(c) or 0) for c in ("cx", "cy")
        ]
        assert page.evaluate(
            "([x, y]) => [...document.querySelectorAll('#curve path')].some(path => {"
            "  const point = new DOMPoint(x, y);"
            "  const own = point.matrixTransform(path.transform.baseVal.length"
            "    ? path.transform.baseVal[0].matrix.inverse() : new DOMMatrix());"
            "  return Math.hypot(own.x, own.y) < 0.2 || path.isPointInStroke(own);"
            "})",
            place,
        )
        page.keyboard.press("ArrowRight")


def test_nothing_in_a_narrow_window_is_too_small_to_read(
    chromium: Browser, file: Path
) -> None:
    for width in (480, 800, 1280):
        context = chromium.new_context(viewport={"width": width, "height": 800})
        page = Visit(context.new_page(), file).go()
        sizes = page.evaluate(
            "[...document.querySelectorAll('svg text')].map(text =>"
            " parseFloat(getComputedStyle(text).fontSize)"
            " * Math.hypot(text.getScreenCTM().a, text.getScreenCTM().b))"
        )
        assert min(size for size in sizes if size > 0) >= 8.99
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        context.close()


def test_play_runs_to_the_end_and_stops(visit: Visit) -> None:
    page = visit.page
    page.keyboard.press("Space")
    expect(page.locator("#play")).to_have_attribute("aria-label", "Pause")
    expect_step(page, 21)
    expect(page.locator("#play")).to_have_attribute("aria-label", "Play")


def test_a_link_opens_its_step(visit: Visit) -> None:
    for link, step in (("#step=11", 11), ("#step=9", 11), ("#step=999", 21), ("#x", 1)):
        page = visit.go(link)
        expect_step(page, step)


def test_every_leaf_shows_cells_line_points_and_graph(visit: Visit) -> None:
    page = visit.page
    pictures = set()
    for _ in range(5):
        assert page.locator("#cells rect").count() == 64
        assert page.locator("[id^=points] path").count() == 5
        assert page.locator("#stage svg").count() == 1
        assert page.locator("#stage svg .node").count() > 5
        fills = page.evaluate(
            "[...document.querySelectorAll('#cells rect')]"
            ".map(cell => getComputedStyle(cell).fill)"
        )
        assert "rgb(0, 0, 0)" not in fills
        pictures.add(page.locator("#stage").inner_text())
        page.keyboard.press("ArrowRight")
    assert len(pictures) == 5


def test_it_follows_the_reader_s_theme(chromium: Browser, file: Path) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        context = chromium.new_context(color_scheme=scheme)
        page = Visit(context.new_page(), file).go()
        colours[scheme] = page.evaluate(
            "[getComputedStyle(document.body).backgroundColor,"
            " getComputedStyle(document.querySelector('#stage .paper')).fill]"
        )
        context.close()
    assert colours == {
        "light": ["rgb(255, 255, 255)"] * 2,
        "dark": ["rgb(18, 22, 28)"] * 2,
    }


def test_a_narrow_window_has_no_sideways_scrolling(
    chromium: Browser, file: Path
) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 800})
    page = Visit(context.new_page(), file).go()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_values_are_floats_as_well() -> None:
    recorder = visualize.Recorder([parameter(1.0)], graph=False)
    recorder.record(Value(2.0))
    assert recorder.losses == [2.0]
    assert recorder.frames[0].drawing is None


def test_group_cards_are_as_wide_in_every_frame_as_their_wires_need() -> None:
    model = nn.MLP(2, [8, 8, 1], activation="tanh", rng=3)
    optimizer = nn.SGD(model.parameters(), lr=0.5)
    drawings = []
    for _ in range(4):
        loss = nn.losses.mean_squared_error(
            [model([0.1 * i, 0.5]) for i in range(12)], [0.3] * 12
        )
        model.zero_grad()
        loss.backward()
        drawings.append(view(loss, {"level": "module"}))
        optimizer.step()
    pictures = reel(drawings, Style(), "light", "built-in")
    outline = re.compile(r'<rect class="outline [^"]*"[^>]* width="([^"]+)"')
    widths = {tuple(outline.findall(svg)) for svg in pictures}
    assert len(widths) == 1
    assert len(next(iter(widths))) > 4

"""Pages at every window size: whole at first, and what matters in sight ever after."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import autograd
import nn
import visualize
from autograd import Program, Value, parameter
from tests.browser import Open

OpenWide = Callable[..., Page]
WIDTHS = (1280, 800, 480)


@pytest.fixture
def visit(visit: Open) -> OpenWide:
    """Opens a page in a window of a width."""

    def start(view: Any, width: int, **options: Any) -> Page:
        size = {"width": width, "height": 800}
        return visit(view, viewport=size, **options).page

    return start


def neuron() -> Value:
    x1, x2 = Value(2.0, "x1"), Value(0.0, "x2")
    w1, w2 = parameter(-3.0, "w1"), parameter(1.0, "w2")
    output = (x1 * w1 + x2 * w2 + parameter(6.88, "b")).tanh()
    output.backward()
    return output


def batch() -> Value:
    net = nn.MLP(2, [4, 4, 1], rng=0)
    rows = [[0.1 * n, 1.0 - 0.2 * n] for n in range(3)]
    loss: Value = nn.losses.mean_squared_error([net(x) for x in rows], [1.0] * 3)
    loss.backward()
    return loss


def recurrence() -> Value:
    h, w, u = Value(0.1, "h"), parameter(0.5, "w"), parameter(0.7, "u")
    for t in range(8):
        h = (h * w + u * (0.1 * t)).tanh()
    h.backward()
    return h


GRAPHS = {"neuron": neuron, "batch": batch, "recurrence": recurrence}

HIDDEN = """
const hidden = (chosen) => {
  const shown = "section:not([hidden])";
  const frame = document.querySelector(".frame").getBoundingClientRect();
  const key = document.querySelector(`${shown} g.key > rect.halo`);
  const low = Math.min(frame.bottom, key.getBoundingClientRect().top, innerHeight);
  const cut = (node) => {
    const box = (node.querySelector("rect.outline") || node).getBoundingClientRect();
    return box.left < frame.left - 1 || box.right > frame.right + 1
      || box.top < frame.top - 1 || box.bottom > low + 1;
  };
  const nodes = [...document.querySelectorAll(`${shown} ${chosen}`)];
  return nodes.filter(cut).map((node) => node.getAttribute("aria-label"));
};
"""
"""Cards of a kind that are not wholly in sight: cut by the frame, under the legend."""

STEPS = """
for (let last = -1; last !== count();) {
  last = count();
  document.getElementById("next").click();
  const now = document.querySelectorAll("g.node.now").length;
  found.push([now, hidden("g.node:is(.now, .receives)")]);
}
"""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", GRAPHS)
def test_a_page_opens_on_the_whole_picture(
    visit: OpenWide, name: str, width: int
) -> None:
    for view in (visualize.explore, visualize.step):
        page = visit(view(GRAPHS[name]()), width)
        assert page.evaluate(f"() => {{{HIDDEN} return hidden('g.node')}}") == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", GRAPHS)
def test_every_step_has_its_cards_in_sight(
    visit: OpenWide, name: str, width: int
) -> None:
    page = visit(visualize.step(GRAPHS[name]()), width)
    count = "const count = () => document.getElementById('counter').textContent;"
    script = f"() => {{{HIDDEN} {count} const found = []; {STEPS} return found}}"
    found = page.evaluate(script)
    assert len(found) > 8
    assert found == [[1, []]] * len(found)


SMALL = """
() => [...document.querySelectorAll("body :not(:empty)")].filter((one) => {
  const own = [...one.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  if (!own || one.matches("script, title, option") || !one.checkVisibility(
    { visibilityProperty: true })) return false;
  const matrix = one.getScreenCTM && one.getScreenCTM();
  return parseFloat(getComputedStyle(one).fontSize) * (matrix ? matrix.a : 1) < 9;
}).map((one) => one.textContent)
"""
"""Texts in sight, in the picture or beside it, that are too small to be read."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_text_is_too_small_to_be_read(
    visit: OpenWide, width: int, scheme: str
) -> None:
    views = visualize.step(batch()), visualize.explore(recurrence())
    for view in (*views, visualize.draw(program())):
        page = visit(view, width, color_scheme=scheme)
        assert page.evaluate(SMALL) == []
        for key in ("ArrowRight", "End", "-", "-", "+"):
            page.keyboard.press(key)
            assert page.evaluate(SMALL) == []


def test_a_card_that_is_far_away_keeps_its_name(visit: OpenWide) -> None:
    page = visit(visualize.step(neuron()), 480)
    far = "g.node text.from-afar:not(:empty)"
    assert "x1" in page.locator(far).all_text_contents()
    page.keyboard.press("ArrowRight")  # what is stepped through is looked at closely
    assert page.locator(far).count() == 0
    assert page.locator("g.node.now text.value").is_visible()


def test_a_card_with_a_rail_keeps_its_name_from_afar(visit: OpenWide) -> None:
    net = nn.MLP(16, [16, 4], activation="tanh", rng=1)
    inputs = [Value(0.1 * i, f"x{i}") for i in range(16)]
    loss = nn.losses.mean_squared_error(net(inputs), [0.0, 1.0, 0.0, 1.0])
    loss.backward()
    page = visit(visualize.explore(loss, level="module"), 1280)
    names = page.locator("g.node text.from-afar:not(:empty)").all_text_contents()
    assert {"layers.0", "layers.1"} <= {*names}


BEYOND = """
() => [...document.querySelectorAll("g.node .from-afar:not(:empty)")].map((name) => {
  const outline = name.closest("g.node").querySelector("rect.outline");
  const room = outline.getBoundingClientRect().right;
  return [name.textContent, room - name.getBoundingClientRect().right];
})
"""
"""Names from afar, and how far from the right edge of their cards they end."""


@pytest.mark.parametrize("width", WIDTHS)
def test_names_from_afar_stay_within_their_cards(visit: OpenWide, width: int) -> None:
    names = 0
    for view in (
        visualize.draw(program()),
        visualize.step(batch()),
        visualize.explore(recurrence()),
        visualize.explore(neuron()),
    ):
        page = visit(view, width)
        for key in ("Home", "-", "-", "-"):
            page.keyboard.press(key)
            found = page.evaluate(BEYOND)
            assert [name for name, left in found if left < 3.0] == []
            names += len(found)
    assert names > 10


@pytest.mark.parametrize("width", WIDTHS)
def test_the_legend_stays_put_and_can_be_read(visit: OpenWide, width: int) -> None:
    page = visit(visualize.explore(recurrence()), width)
    place = (
        "document.querySelector('section:not([hidden]) g.key').getBoundingClientRect()"
    )
    texts = "[...document.querySelectorAll('section:not([hidden]) text.legend')]"
    before = page.evaluate(f"{place}.toJSON()")
    page.mouse.move(width / 3, 300)
    page.mouse.wheel(0, -400)
    page.mouse.down()
    page.mouse.move(width / 3 + 60, 340)
    page.mouse.up()
    assert page.evaluate(f"{place}.toJSON()") == pytest.approx(before, abs=0.6)
    sizes = f"{texts}.map((text) => text.getBoundingClientRect().height)"
    assert min(page.evaluate(sizes)) >= 9
    right = f"Math.max(...{texts}.map((text) => text.getBoundingClientRect().right))"
    assert page.evaluate(right) <= width


@pytest.mark.parametrize("view", [visualize.explore, visualize.step])
def test_back_closes_a_group_and_forward_opens_it(visit: OpenWide, view: Any) -> None:
    page = visit(view(batch(), level="module"), 800)
    crumb = page.locator("#crumbs [aria-current]")
    page.locator('section:not([hidden]) g.node[aria-label^="Open"]').first.click()
    inside = crumb.inner_text()
    assert inside != "whole graph"
    page.go_back()
    expect(crumb).to_have_text("whole graph")
    page.go_forward()
    expect(crumb).to_have_text(inside)


NOT_REACHED = """
() => scenes.flatMap((scene, number) => {
  open(number);
  const names = scene.nodes.map(({ root }) => root.querySelector(".name")?.textContent);
  return names.filter((name, card) => {
    const stop = name && atCard("node", name);
    const steps = scene.steps.filter((step) => step.card === card
      || step.arrivals.some((arrival) => arrival.card === card));
    return steps.length && (!stop || !steps.every(stop));
  });
})
"""
"""Names on cards that run-until does not know, in any picture of the page."""


@pytest.mark.parametrize("level", ["value", "neuron", "module"])
@pytest.mark.parametrize("name", GRAPHS)
def test_run_until_knows_every_name_on_a_card(
    visit: OpenWide, name: str, level: Any
) -> None:
    page = visit(visualize.step(GRAPHS[name](), level=level), 1280)
    assert page.evaluate(NOT_REACHED) == []


def doubtful() -> Value:
    x = Value(1e-9, "x")
    y: Value = (1 - autograd.cos(x)) / x**2
    y.label = "y"
    y.backward()
    return y


@pytest.mark.parametrize("view", [visualize.explore, visualize.step])
def test_findings_are_told_beside_the_picture(visit: OpenWide, view: Any) -> None:
    page = visit(view(doubtful(), diagnose=True, digits=True), 1280)
    [finding] = autograd.diagnose(doubtful()).findings
    told = page.locator("#details .finding")
    assert finding.kind == "cancellation"
    assert " ".join(finding.message.split()) in told.inner_text()
    name = told.get_by_role("button").inner_text()
    told.get_by_role("button").click()
    chosen = page.locator("g.node.selected")
    assert chosen.get_attribute("aria-label") == name
    assert "16 lost here" in page.locator("#details").inner_text()


@pytest.mark.parametrize("view", [visualize.explore, visualize.step])
def test_the_paths_of_a_gradient_are_told_beside_the_picture(
    visit: OpenWide, view: Any
) -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    product = a * b
    product.label = "c"
    output = product + a
    output.label = "y"
    output.backward()
    page = visit(view(output, explain=autograd.explain(output, a)), 1280)
    told = page.locator("#details table.paths")
    assert told.locator("caption").inner_text() == "∂y/∂a = 4, the sum of 2 paths"
    rows = [row.split("\t") for row in told.locator("tr").all_inner_texts()[1:]]
    assert rows == [["a → c → y", "75 %", "3"], ["a → y", "25 %", "1"]]


def program() -> Program:
    net = nn.MLP(2, [4, 4, 1], rng=0)

    def loss(x: Any, y: Any) -> Any:
        return nn.losses.mean_squared_error([net(x)], [y])

    return autograd.Program(loss, [0.1, 0.2], 1.0)


def test_a_statement_and_its_group_light_each_other(visit: OpenWide) -> None:
    made = program()
    page = visit(visualize.draw(made), 1280)
    shown = page.locator("#source").inner_text().split("\n")
    assert [s for s in map(str.strip, shown) if s in made.statements] == made.statements
    line = page.locator("#source li", has_text=re.compile(r"= np\.square\(")).first
    line.hover()
    assert "lit" in (line.get_attribute("class") or "")
    lit = page.locator("#groups g.node.lit")
    assert [lit.nth(n).get_attribute("aria-label") for n in range(lit.count())] == [
        "square"
    ]
    page.locator('#groups g.node[aria-label="relu 2"]').hover()
    marked = page.locator("#source li.lit").all_inner_texts()
    assert any("np.maximum(" in text for text in marked)
    assert any("> 0.0" in text for text in marked)  # the way back
    assert not any("square(" in text for text in marked)
    line.click()
    assert (
        page.locator("#groups g.node.selected").get_attribute("aria-label") == "square"
    )
    assert page.locator("#details h2").inner_text().startswith("square")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_programs_page_opens_with_both_graphs_whole(
    visit: OpenWide, width: int
) -> None:
    page = visit(visualize.draw(program()), width)
    for side in ("groups", "scalars"):
        cut = page.evaluate(
            """(side) => {
              const frame = document.getElementById(side).getBoundingClientRect();
              const nodes = document.querySelectorAll(`#${side} g.node`);
              return [...nodes].filter((node) => node.getBoundingClientRect().width)
                .filter((node) => {
                  const box = node.getBoundingClientRect();
                  return box.left < frame.left || box.right > frame.right
                    || box.top < frame.top || box.bottom > frame.bottom;
                }).length;
            }""",
            side,
        )
        assert cut == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def two_passes() -> visualize.Comparison:
    """Two passes, folded so that cards say "… of 112 nodes": a wide text."""

    def passed(seed: int) -> Value:
        net = nn.MLP(3, [16, 16, 2], activation="tanh", rng=seed)
        loss: Value = nn.losses.mean_squared_error(net([0.1, 0.2, 0.3]), [1.0, 0.0])
        loss.backward()
        return loss

    return visualize.compare(passed(0), passed(1), max_nodes=6)


@pytest.mark.parametrize("width", [1280, 800, 480])
@pytest.mark.parametrize("made", [two_passes, lambda: visualize.draw(batch())])
def test_a_saved_picture_opens_whole_and_at_full_size_on_request(
    visit: OpenWide, made: Any, width: int
) -> None:
    picture = made()
    page = visit(picture, width)
    box = page.locator("figure svg").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] + box["height"] <= 800
    page.get_by_label("Full size").check()
    full = page.locator("figure svg").bounding_box()
    assert full
    assert full["width"] == pytest.approx(picture.wide, abs=1)


def test_no_line_of_a_comparison_runs_through_a_text(visit: OpenWide) -> None:
    page = visit(two_passes(), 1280)
    assert page.locator("text.value", has_text=" nodes").count()
    page.get_by_label("Full size").check()
    crossed = page.evaluate(
        """() => [...document.querySelectorAll("svg text")].filter((text) => {
          const box = text.getBoundingClientRect();
          return [...document.querySelectorAll(".split, .wire")].some((line) => {
            const toPage = line.getScreenCTM();
            for (let at = 0; at <= line.getTotalLength(); at += 1) {
              const { x, y } = line.getPointAtLength(at).matrixTransform(toPage);
              const inside = x > box.left && x < box.right;
              if (inside && y > box.top + 2 && y < box.bottom - 2) return true;
            }
            return false;
          });
        }).map((text) => text.textContent)"""
    )
    assert crossed == []

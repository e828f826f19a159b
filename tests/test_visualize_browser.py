"""The interactive pages in a real browser: what a reader does and then sees."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Locator, Page, expect

import nn
import visualize
from autograd import Value, gradients, mean, parameter, scope
from tests.browser import Open
from tests.test_visualize_svg import HOSTILE
from visualize.folding.dividing import Level


def example() -> Value:
    """L = (a b + c) f, with a used twice."""
    a, b, c = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c")
    f = parameter(-2.0, "f")
    e = a * b
    e.label = "e"
    d = (e + c).tanh()
    d.label = "d"
    loss = d * f + a * a
    loss.label = "L"
    return loss


def card(page: Page, name: str) -> Locator:
    return page.locator(f'section:not([hidden]) g.node[aria-label="{name}"]')


def counter(page: Page) -> str:
    return page.locator("#counter").inner_text()


def explanation(page: Page) -> str:
    return " ".join(page.locator("#step").inner_text().split())


def gradient(page: Page, name: str) -> str | None:
    return card(page, name).locator("text.gradient").text_content()


def test_buttons_slider_and_keys_move(visit: Open) -> None:
    page = visit(visualize.step(example())).page
    last = int(counter(page).split("/")[1])
    assert counter(page) == f"0 / {last}"
    page.click("#next")
    assert counter(page) == f"1 / {last}"
    assert "e = a × b = 2 × (−3) = −6" in explanation(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert counter(page) == f"2 / {last}"
    page.keyboard.press("End")
    assert counter(page) == f"{last} / {last}"
    assert page.locator("#next").is_disabled()
    page.keyboard.press("Home")
    assert counter(page) == f"0 / {last}"
    page.locator("#slider").fill("4")
    assert counter(page) == f"4 / {last}"
    page.focus("#slider")
    page.keyboard.press("ArrowRight")
    assert counter(page) == f"5 / {last}"
    page.click("#last")
    assert counter(page) == f"{last} / {last}"
    page.click("#previous")
    page.click("#first")
    assert counter(page) == f"0 / {last}"


def test_values_and_gradients_appear_as_they_are_computed(visit: Open) -> None:
    loss = example()
    page = visit(visualize.step(loss)).page
    assert gradient(page, "a") == "—"
    assert card(page, "e").locator("text.value").text_content() == "—"
    page.keyboard.press("ArrowRight")
    assert card(page, "e").locator("text.value").text_content() == "−6"
    assert "now" in str(card(page, "e").get_attribute("class"))
    assert page.locator("g.edge.now").count() == 2
    page.keyboard.press("End")
    a = next(n for n in loss.parents[1].parents if n.label == "a")
    expected = gradients(loss, [a])[0]
    assert gradient(page, "a") == visualize.Style().number(expected)
    assert "grad(a) += ∂e/∂a × grad(e)" in explanation(page)
    assert "Its only consumer" in explanation(page)
    assert a.grad == 0.0


def test_a_value_that_is_not_a_number_is_told_when_it_is_computed(visit: Open) -> None:
    x, y = Value(0.0, "x"), Value(2.0, "y")
    bad = x.log() * x
    bad.label = "bad"
    page = visit(visualize.step(bad + y), color_scheme="dark").page
    fill = "one => getComputedStyle(one).fill"
    magenta, black = "rgb(232, 63, 179)", "rgb(0, 0, 0)"

    def upper() -> str:
        """The colour of the upper half of the card, "" where it is its paper."""
        half = card(page, "bad").locator("path.invalid-band")
        return str(half.evaluate(fill)) if half.is_visible() else ""

    def lower() -> str:
        return str(card(page, "bad").locator("rect.card + path").evaluate(fill))

    name = card(page, "bad").locator("text").first
    assert upper() == ""
    assert name.locator(".name").evaluate(fill) != black
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "now" in str(card(page, "bad").get_attribute("class"))
    assert upper() == magenta
    assert name.locator(".name").evaluate(fill) == black
    page.keyboard.press("End")
    assert gradient(page, "bad") == "1"
    assert upper() == magenta
    assert lower() != magenta


def test_play_goes_to_the_end_and_can_be_paused(visit: Open) -> None:
    page = visit(visualize.step(example())).page
    last = counter(page).split("/")[1].strip()
    page.select_option("#speed", "10")
    page.keyboard.press("Space")
    expect(page.locator("#play")).to_have_attribute("aria-label", "Pause")
    expect(page.locator("#counter")).to_have_text(f"{last} / {last}", timeout=5000)
    expect(page.locator("#play")).to_have_attribute("aria-label", "Play")
    page.click("#play")
    page.click("#play")
    assert counter(page) != f"{last} / {last}"


def test_run_until(visit: Open) -> None:
    page = visit(visualize.step(example())).page

    def run(kind: str, text: str) -> None:
        page.select_option("#until-kind", kind)
        page.fill("#until-text", text)
        page.keyboard.press("Enter")

    run("node", "d")
    assert explanation(page).startswith("d · forward")
    run("operation", "tanh")
    assert explanation(page).startswith("d · backward")
    page.keyboard.press("Tab")
    page.click("#first")
    run("gradient", "3.9")
    assert page.locator("g.node.receives").count() > 0
    run("node", "nobody")
    assert "No later step for node: nobody" in page.locator("#status").inner_text()
    run("gradient", "much")
    assert "A bound is a number" in page.locator("#status").inner_text()


def test_run_until_a_leaf_and_a_sign(visit: Open) -> None:
    page = visit(visualize.step(example())).page

    def run(kind: str, text: str) -> None:
        page.select_option("#until-kind", kind)
        page.fill("#until-text", text)
        page.keyboard.press("Enter")

    run("operation", "*")
    assert explanation(page).startswith("e · forward")
    run("operation", "+")
    assert " + c = " in explanation(page)
    run("node", "b")
    assert "grad(b) +=" in explanation(page)
    assert gradient(page, "b") != "—"
    assert page.locator("#status").inner_text() == ""
    run("node", "b")
    assert "No later step for node: b" in page.locator("#status").inner_text()


def test_links_lead_to_a_step(visit: Open) -> None:
    opened = visit(visualize.step(example()), "#step=3")
    page = opened.page
    assert counter(page).startswith("3 /")
    page.keyboard.press("ArrowRight")
    assert page.url.endswith("#step=4")
    page.evaluate("location.hash = '#step=2'")
    expect(page.locator("#counter")).to_contain_text("2 /")
    for strange in ("#step=999", "#step=-4", "#step=x&scene=77", "#step=1e9", "#%"):
        opened.go(strange)
        assert "/" in counter(page)


def test_search_selects_and_lights_up_relatives(visit: Open) -> None:
    page = visit(visualize.explore(example())).page
    assert page.locator("#transport").is_hidden()
    page.keyboard.press("/")
    page.keyboard.type("TANH")
    assert page.locator("#found").inner_text() == "1 result"
    page.locator("#results button").click()
    details = page.locator("#details").inner_text()
    assert "local derivative" in details
    assert repr(math.tanh(4.0)) in details
    for name, state in {"e": "ancestor", "b": "ancestor", "L": "descendant"}.items():
        assert state in str(card(page, name).get_attribute("class"))
    assert "dim" in str(card(page, "f").get_attribute("class"))
    page.keyboard.press("Escape")
    page.fill("#search", "nothing like that")
    assert page.locator("#found").inner_text() == "0 results"
    card(page, "f").click()
    assert page.locator("#details h2").inner_text().startswith("f")
    page.locator("#details").get_by_role("button", name="v").first.click()
    page.locator("#details").get_by_role("button", name="Clear").click()
    assert page.locator("g.dim").count() == 0


def view_box(page: Page) -> list[float]:
    box = page.locator("section:not([hidden]) > svg").get_attribute("viewBox")
    return [float(number) for number in str(box).split()]


def test_zoom_pan_and_fit(visit: Open) -> None:
    page = visit(visualize.explore(example())).page
    page.click("#fit")
    whole = view_box(page)
    page.click("#zoom-in")
    page.keyboard.press("+")
    near = view_box(page)
    assert near[2] < whole[2]
    page.keyboard.press("-")
    page.click("#zoom-out")
    assert view_box(page)[2] == pytest.approx(whole[2], rel=1e-3)
    page.locator("#frame").hover()
    page.mouse.wheel(0, -300)
    expect(page.locator("body")).to_be_visible()
    page.wait_for_function(
        "w => document.querySelector('svg').viewBox.baseVal.width < w", arg=whole[2]
    )
    before = view_box(page)
    page.mouse.move(400, 200)
    page.mouse.down()
    page.mouse.move(460, 250, steps=4)
    page.mouse.up()
    after = view_box(page)
    assert after[0] < before[0]
    assert after[1] < before[1]
    assert page.locator("g.selected").count() == 0
    page.keyboard.press("0")
    assert view_box(page) == pytest.approx(whole, abs=0.1)


def test_two_fingers_zoom(visit: Open) -> None:
    page = visit(visualize.explore(example()), has_touch=True).page
    before = view_box(page)
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *places: int) -> None:
        points = [{"x": x, "y": 300, "id": n} for n, x in enumerate(places)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 300, 400)
    touch("touchMove", 280, 420)
    touch("touchMove", 200, 500)
    touch("touchEnd")
    assert view_box(page)[2] < before[2]


def test_the_theme_is_the_readers_until_it_is_chosen(visit: Open) -> None:
    page = visit(visualize.step(example()), color_scheme="dark").page

    def colours() -> tuple[str, str]:
        paper = page.locator("section:not([hidden]) rect.paper")
        style = "element => getComputedStyle(element)"
        return (
            page.locator("body").evaluate(f"{style}.backgroundColor"),
            paper.evaluate(f"{style}.fill"),
        )

    light, dark = ("rgb(255, 255, 255)",) * 2, ("rgb(18, 22, 28)",) * 2
    assert colours() == dark
    page.click("#theme")
    assert page.locator("#theme").inner_text() == "Theme: light"
    assert colours() == light
    page.click("#theme")
    assert colours() == dark
    page.emulate_media(color_scheme="light")
    assert colours() == dark
    page.click("#theme")
    assert colours() == light


def test_the_picture_can_be_copied(visit: Open) -> None:
    view = visualize.explore(example())
    permissions = ["clipboard-read", "clipboard-write"]
    page = visit(view, permissions=permissions).page
    page.click("#copy")
    expect(page.locator("#status")).to_contain_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    root, original = ET.fromstring(copied), ET.fromstring(view.picture.svg)
    assert root.get("viewBox") == original.get("viewBox")
    assert root.get("width") == original.get("width")
    assert len(list(root.iter())) == len(list(original.iter()))


def test_hostile_labels_are_shown_as_text(visit: Open) -> None:
    total = Value(0.0)
    for label in HOSTILE:
        with scope(label or "none"):
            total = total + Value(1.5, label) * parameter(2.0, label)
            total.label = label
    for show in (visualize.step, visualize.explore):
        view = show(total, level="value")
        page = visit(view).page
        elements = page.locator("section script, section b, aside script, header b")
        assert elements.count() == 0
        assert page.locator("html > body").count() == 1
        for text in ("<b>", "script", "\\", "\u202e"):
            page.fill("#search", text)
            if page.locator("#results button").count():
                page.locator("#results button").last.click()
        assert page.locator("#results script, #details script").count() == 0
        page.fill("#search", "<b>bold</b>")
        assert "<b>bold</b>" in page.locator("#results").inner_text()
        assert len(view.html) < 2_000_000


def test_the_page_works_with_the_keyboard_alone(visit: Open) -> None:
    page = visit(visualize.explore(example())).page
    card(page, "e").focus()
    page.keyboard.press("Enter")
    assert "selected" in str(card(page, "e").get_attribute("class"))
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select")].filter(
          (one) => !one.textContent.trim() && !one.getAttribute("aria-label") &&
            !(one.labels && one.labels.length)).map((one) => one.outerHTML)"""
    )
    assert unnamed == []
    assert page.locator("#step").get_attribute("aria-live") == "polite"


@pytest.mark.parametrize("width", [600, 1300])
def test_everything_fits_into_the_window(visit: Open, width: int) -> None:
    size = {"width": width, "height": 900}
    for view in (visualize.step(example()), visualize.explore(example())):
        page = visit(view, viewport=size).page
        across = page.evaluate("document.documentElement.scrollWidth")
        assert across <= width
        frame = page.locator("#frame").bounding_box()
        assert frame
        assert frame["width"] > 500
        assert frame["height"] > 280


def test_the_data_of_the_page_is_that_of_the_picture(visit: Open) -> None:
    view = visualize.step(example())
    page = visit(view).page
    data = json.loads(str(page.locator("#data").text_content()))
    drawn = data["scenes"][0]
    assert len(drawn["cards"]) == len(view.picture.drawing.cards)
    assert page.locator("g.node").count() == len(drawn["cards"])
    assert page.locator("g.edge").count() == len(drawn["wires"])


def deep() -> Value:
    """Many samples of a small net: larger than one picture."""
    net = nn.MLP(2, [6, 5, 1], activation="tanh", rng=1)
    points = [(0.3 * i - 2.0, 1.0 - 0.1 * i) for i in range(30)]
    loss: Value = mean([(net(list(p)) - 0.5) ** 2 for p in points])
    loss.label = "loss"
    return loss


def test_groups_open_and_close(visit: Open) -> None:
    view = visualize.step(deep(), level="module")
    opened = visit(view)
    page = opened.page
    assert len(view.book.scenes) > 3
    assert page.locator("#close").is_hidden()
    page.keyboard.press("End")
    inside = page.locator("section:not([hidden]) g.node.door").first
    name = str(inside.get_attribute("aria-label")).removeprefix("Open ")
    assert "—" not in "".join(inside.locator("text.fact").all_text_contents())
    expect(inside.locator(".later-heat").first).to_be_visible()
    page.keyboard.press("Home")
    assert "g| —" in "".join(inside.locator("text.fact").all_text_contents())
    expect(inside.locator(".later-heat").first).to_be_hidden()
    inside.click()
    assert name in page.locator("#crumbs").inner_text()
    assert "scene=" in page.url
    assert page.locator("section:not([hidden])[data-scene]").count() == 1
    page.keyboard.press("End")
    link = page.url.partition("#")[2]
    page.locator("#crumbs button").first.click()
    assert "scene=" not in page.url
    opened.go(f"#{link}")
    assert name in page.locator("#crumbs").inner_text()
    page.click("#close")
    assert page.locator("#close").is_hidden()
    assert page.locator("g.node.selected").count() == 1


def test_a_card_at_the_border_leads_to_the_group_beside(visit: Open) -> None:
    page = visit(visualize.explore(deep(), level="module"), "#scene=1").page
    here = page.locator("#crumbs [aria-current]")
    title = here.inner_text()
    beside = page.locator("section:not([hidden]) g.node.outside.door").first
    label = str(beside.get_attribute("aria-label"))
    name = label.removeprefix("Open ").removesuffix(", outside")
    assert label == f"Open {name}, outside"
    dashed = "one => getComputedStyle(one).strokeDasharray"
    assert beside.locator("rect.outline").first.evaluate(dashed) != "none"
    beside.click()
    assert here.inner_text() == name
    page.go_back()
    assert here.inner_text() == title
    # It is found where it is at home, not at the border.
    page.fill("#search", name)
    places = page.locator("#results small").all_inner_texts()
    assert places
    assert title not in places
    page.click("#close")
    assert page.locator("#close").is_hidden()


def test_a_group_says_its_norm_and_activity_when_they_exist(visit: Open) -> None:
    net = nn.MLP(2, [16, 1], activation="relu", rng=1)
    loss: Value = mean([net([0.1 * i, -0.2]) ** 2 for i in range(40)])
    page = visit(visualize.step(loss, level="module", parameters=net)).page
    index, words = page.evaluate(
        """() => {
          const index = scenes[0].cards.findIndex((one) => one.facts.length > 4);
          return [index, scenes[0].cards[index].facts.map(([name]) => name)];
        }"""
    )
    assert {"gradient norm", "dead units"} <= set(words)

    def told() -> dict[str, str]:
        page.evaluate("card => select(card)", index)
        terms = page.locator("#details dt").all_text_contents()
        texts = page.locator("#details dd").all_text_contents()
        return dict(zip(terms, texts, strict=True))

    def facts() -> str:
        node = page.locator("section:not([hidden]) g.node").nth(index)
        return " ".join(node.locator("text.fact").all_text_contents())

    before, card_before = told(), facts()
    assert "gradient" not in before
    assert before["gradient norm"] == before["dead units"] == "—"
    assert not re.search(r"(dead|\|g\|) \d", card_before)
    page.keyboard.press("End")
    after, card_after = told(), facts()
    assert "gradient" not in after
    assert float(after["gradient norm"]) > 0
    assert " of " in after["dead units"]
    assert re.search(r"\|g\| \d", card_after)


def test_a_name_in_a_folded_block_is_found_at_the_block(visit: Open) -> None:
    state = Value(0.5, label="x")
    for i in range(300):
        state = state.tanh() + 0.001 * i
        state.label = f"State {i}"
    page = visit(visualize.explore(state)).page
    page.fill("#search", "state 177")
    assert page.locator("#found").inner_text() == "1 result"
    assert page.locator("#results button").inner_text().split("\n")[0] == "State 177"
    page.locator("#results button").click()
    assert "Block" in page.locator("#details h2").inner_text()


def test_what_is_searched_for_is_brought_near_enough_to_be_read(visit: Open) -> None:
    x = Value(1.0, "x")
    for _ in range(40):
        x = x * 0.9 + 0.1
    x.label = "end"
    page = visit(visualize.explore(x, level="value")).page
    page.fill("#search", "end")
    page.keyboard.press("Enter")
    expect(page.locator("g.node.selected")).to_be_in_viewport()
    box = card(page, "end").bounding_box()
    assert box
    assert box["height"] > 35
    assert page.locator("#details h2").inner_text().startswith("end")


def twelve_steps() -> Value:
    """A parameter that is used far from its card."""
    rate, x = parameter(0.5, "rate"), Value(0.3, "x")
    for _ in range(12):
        x = x + rate * x
    return x


def wide_net() -> Value:
    """Two layers in boxes."""
    y: Value = nn.MLP(2, [16, 16, 1], "tanh", rng=0)([0.5, -1.0])
    return y


@pytest.mark.parametrize(
    ("make", "level", "kind"),
    [(twelve_steps, "value", "pill-name"), (wide_net, "neuron", "box-name")],
)
def test_names_in_stubs_and_on_boxes_are_read_from_afar_as_well(
    visit: Open, make: Callable[[], Value], level: Level, kind: str
) -> None:
    page = visit(visualize.explore(make(), level=level)).page
    page.click("#fit")
    found = page.evaluate(
        """(kind) => [...document.querySelectorAll(`text.${kind}`)].map((name) => {
          const [text, box] = [name, name.previousElementSibling].map((one) =>
            one.getBoundingClientRect());
          const shown = getComputedStyle(name).visibility === "visible";
          const size = parseFloat(getComputedStyle(name).fontSize) * viewport.scale;
          return [shown, size >= 9, text.width <= box.width];
        })""",
        kind,
    )
    assert page.evaluate("viewport.scale * 9.5 < 9")
    assert found
    assert found == [[True, True, True]] * len(found)


def test_the_search_looks_into_groups(visit: Open) -> None:
    page = visit(visualize.explore(deep(), level="module")).page
    page.fill("#search", "tanh")
    result = page.locator("#results button").last
    where = result.locator("small").inner_text()
    result.click()
    assert where in page.locator("#crumbs [aria-current]").inner_text()
    selected = page.locator("section:not([hidden]) g.node.selected")
    expect(selected).to_be_in_viewport()

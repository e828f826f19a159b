"""The steps of a backward pass: their order, their numbers, and how they are walked."""

from __future__ import annotations

import html
import json
import math
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import autograd
import nn
import visualize
from autograd import Graph, Op, Value, gradients, mean, parameter
from tests.determinism import outputs_over_hash_seeds
from tests.random_graphs import Recipe, random_graph, recipes
from tests.test_visualize_svg import HOSTILE, labelled
from visualize.folding.fold import Group
from visualize.stepping.equation import equation
from visualize.stepping.steps import Step, at_card, gradient_above, run_until, running

ROOT = Path(__file__).resolve().parent.parent


def whole(value: Value) -> tuple[Any, tuple[Step, ...]]:
    """The scene of the whole graph, one card a node, and its steps."""
    stepper = visualize.step(value, level="value")
    return stepper.book.scenes[0], stepper.steps[0]


def card_of(scene: Any, name: str) -> int:
    """The only card of this name."""
    cards = range(len(scene.subjects))
    (found,) = [card for card in cards if scene.card_name(card) == name]
    return found


def example() -> Value:
    a, b, c = Value(2.0, "a"), Value(-3.0, "b"), parameter(10.0, "c")
    e = a * b
    e.label = "e"
    loss = e + c * a
    loss.label = "L"
    return loss


@given(recipes(max_size=40))
@settings(deadline=None, max_examples=60)
def test_the_final_gradients_are_those_of_one_pass(recipe: Recipe) -> None:
    leaves, output = recipe.record()
    output.backward()
    output.backward()
    before = [(node.data, node.grad) for node in Graph(output)]
    scene, steps = whole(output)
    final = running(steps, len(steps) - 1)
    nodes = Graph(output).nodes
    expected = gradients(output, list(nodes))
    assert [final.get(card, 0.0) for card in range(len(nodes))] == expected
    assert [(node.data, node.grad) for node in nodes] == before
    assert scene.drawing.total == len(nodes)
    assert leaves


@given(recipes(max_size=40))
@settings(deadline=None, max_examples=60)
def test_every_running_gradient_is_the_sum_so_far(recipe: Recipe) -> None:
    output = recipe.record()[1]
    nodes = Graph(output).nodes
    place = {node: number for number, node in enumerate(nodes)}
    adjoint = dict(zip(nodes, gradients(output, list(nodes)), strict=True))
    sums = {place[output]: 1.0}
    for step in whole(output)[1]:
        if step.kind != "backward":
            continue
        assert step.card is not None
        node = nodes[step.card]
        for parent, local in zip(node.parents, node.local_derivatives, strict=True):
            added = 0.0 if adjoint[node] == 0 else adjoint[node] * local
            sums[place[parent]] = sums.get(place[parent], 0.0) + added
        for arrival in step.arrivals[-1:]:
            assert arrival.gradient == sums[arrival.card]


@pytest.mark.parametrize("seed", range(8))
def test_the_order_is_topological_and_back(seed: int) -> None:
    output = random_graph(seed, 60)[1]
    scene, steps = whole(output)
    graph = scene.graph
    forward = [step.card for step in steps if step.kind == "forward"]
    backward = [step.card for step in steps if step.kind == "backward"]
    assert backward == forward[::-1]
    assert [step.phase for step in steps] == sorted(
        (step.phase for step in steps), key=["forward", "backward"].index
    )
    done: set[int] = set()
    for card in backward:
        assert card is not None
        consumers = {graph.index(e.child) for e in graph.consumers(graph.nodes[card])}
        assert consumers <= done
        done.add(card)
    assert len(done) == sum(bool(node.parents) for node in graph)


def test_a_step_shows_its_equations_with_numbers() -> None:
    steps = whole(example())[1]
    assert steps[0].lines == ("a = 2", "b = −3", "c = 10")
    assert steps[1].lines == ("e = a × b = 2 × (−3) = −6",)
    assert steps[1].why == "Its operands a and b have a value."
    back = steps[-1]
    assert back.lines == (
        "grad(a) += ∂e/∂a × grad(e) = −3 × 1 = −3",
        "grad(b) += ∂e/∂b × grad(e) = 2 × 1 = 2",
    )
    assert back.why == "Its only consumer, L, is done, so grad(e) = 1 is complete."
    assert back.notes == ("Complete now: grad(a) = 7, grad(b) = 2",)


def test_repeated_operands_pass_back_twice() -> None:
    x = Value(3.0, "x")
    steps = whole(x * x)[1]
    assert [arrival.gradient for arrival in steps[-1].arrivals] == [3.0, 6.0]
    assert len(steps[-1].lines) == 2
    assert steps[-1].notes == ("Complete now: grad(x) = 6",)


def test_a_leaf_alone_has_a_start_and_a_seed() -> None:
    steps = whole(Value(3.0, "x"))[1]
    assert [step.kind for step in steps] == ["start", "seed"]
    assert running(steps, 1) == {0: 1.0}


def test_zero_adjoints_are_strong() -> None:
    x, y = Value(0.0, "x"), Value(0.0, "y")
    z = x.log() * 0.0 + autograd.relu(y) * math.inf
    scene, steps = whole(z)
    final = running(steps, len(steps) - 1)
    found = [final[scene.graph.index(leaf)] for leaf in scene.graph.leaves]
    assert found == gradients(z, [x, y])
    assert all(math.isfinite(number) for number in found)


EQUATIONS: dict[str, Callable[[Value, Value], Value]] = {
    "y = a + b = 2 + (−3) = −1": lambda a, b: a + b,
    "y = a − 1 = 2 − 1 = 1": lambda a, b: a - 1,
    "y = a ÷ b = 2 ÷ (−3) = −0.6667": lambda a, b: a / b,
    "y = −b = −(−3) = 3": lambda a, b: -b,
    "y = |b| = |−3| = 3": lambda a, b: abs(b),
    "y = b^2 = (−3)^2 = 9": lambda a, b: b**2,
    "y = 2^a = 2^2 = 4": lambda a, b: 2**a,
    "y = tanh(a) = tanh(2) = 0.964": lambda a, b: a.tanh(),
    "y = clamp(a, 0, 1) = clamp(2, 0, 1) = 1": lambda a, b: a.clamp(0, 1),
    "y = a × b + b × a + a = 2 × (−3) + (−3) × 2 + 2 = −10": (
        lambda a, b: autograd.dot([a, b], [b, a], a)
    ),
    "y = sum(a, b, a) = sum(2, −3, 2) = 1": lambda a, b: autograd.sum([a, b, a]),
    "y = softmax[1](a, b) = softmax[1](2, −3) = 0.006693": (
        lambda a, b: autograd.softmax([a, b])[1]
    ),
}


@pytest.mark.parametrize("expected", EQUATIONS)
def test_equations(expected: str) -> None:
    y = EQUATIONS[expected](Value(2.0, "a"), Value(-3.0, "b"))
    y.label = "y"
    number = visualize.Style().number
    assert equation(y, lambda node: node.label, number) == expected


def test_long_operand_lists_are_shortened() -> None:
    xs = [Value(float(i), f"x{i}") for i in range(120)]
    for total in (autograd.sum(xs), autograd.dot(xs, xs)):
        scene, steps = whole(total)
        assert len(steps[-1].arrivals) == len(total.parents)
        assert all(len(line) < 200 for step in steps for line in step.lines)
        assert steps[-1].lines[-1].startswith("… and ")
        assert all(len(card.operation) < 200 for card in scene.drawing.cards)


def test_numbers_that_changed_since_are_told() -> None:
    x = parameter(2.0, "x")
    y = x * 3
    assert whole(y)[1][1].notes == ()
    x.data = 5.0
    assert "other numbers now" in whole(y)[1][1].notes[0]
    assert whole(Value(math.inf) - math.inf)[1][1].notes == ()


def test_operations_of_ones_own_are_stepped() -> None:
    cube = Op("cube", lambda xp, x: x * x * x, lambda xp, out, x: (3.0 * x * x,))
    y = cube(Value(2.0, "x"))
    assert whole(y)[1][1].lines == ("v1 = cube(x) = cube(2) = 8",)


def test_run_until_finds_names_operations_and_bounds() -> None:
    scene, steps = whole(example())
    assert steps[run_until(steps, 0, at_card(scene, "E")) or 0].card == 2
    mul = [i for i, s in enumerate(steps) if s.card is not None and s.kind != "seed"]
    found, walk = 0, []
    while (after := run_until(steps, found, at_card(scene, "mul"))) is not None:
        walk.append(after)
        found = after
    assert set(walk) < set(mul)
    assert len(walk) == 4
    above = run_until(steps, 0, gradient_above(6.5))
    assert above == next(
        i
        for i, step in enumerate(steps)
        if any(abs(arrival.gradient) > 6.5 for arrival in step.arrivals)
    )
    assert run_until(steps, 0, at_card(scene, "nobody")) is None
    assert run_until(steps, 0, gradient_above(1e9)) is None


def test_run_until_a_leaf_stops_where_its_gradient_changes() -> None:
    scene, steps = whole(example())
    a = card_of(scene, "a")
    found, stops = 0, []
    while (after := run_until(steps, found, at_card(scene, "a"))) is not None:
        stops.append(after)
        found = after
    changes = [i for i, s in enumerate(steps) if a in {r.card for r in s.arrivals}]
    assert stops == changes
    assert len(stops) == 2
    shown = walk(example(), ["u a", "u b", "u b"])
    assert "grad(a) +=" in shown[0]
    assert "grad(b) +=" in shown[1]
    assert shown[2] == "No later step for b."


@pytest.mark.parametrize(
    ("typed", "name"),
    [("*", "mul"), ("+", "add"), ("-", "sub"), ("/", "div"), ("**", "power")],
)
def test_operations_answer_to_the_signs_of_a_keyboard(typed: str, name: str) -> None:
    a, b = Value(2.0, "a"), Value(5.0, "b")
    scene, steps = whole((a * b + a * 2) / b - b**3)
    mine = [c for c, n in enumerate(scene.graph) if n.op and n.op.name == name]
    stop = at_card(scene, typed)
    assert {s.card for s in steps if s.kind == "forward" and stop(s)} == set(mine)
    first = run_until(steps, 0, stop)
    assert first is not None
    assert steps[first].card == mine[0]


@pytest.mark.parametrize("level", ["value", "neuron", "module"])
def test_every_printed_name_is_one_to_run_until(level: Any) -> None:
    outputs, _ = nn.RNN(2, 2, rng=0)([[0.1, 1.0], [0.2, -1.0]])
    net = nn.Sequential(nn.Layer(2, 3, "tanh", rng=0), nn.Layer(3, 1, rng=1))
    for value in (mean(outputs[-1]), mean([net([0.3, 0.4]), net([0.5, 0.1])])):
        stepper = visualize.step(value, level=level)
        for scene, steps in zip(stepper.book.scenes, stepper.steps, strict=True):
            for number, card in enumerate(scene.drawing.cards):
                stops = [at_card(scene, name) for name in (card.title, card.name)]
                mine = [
                    step
                    for step in steps
                    if step.card == number
                    or any(arrival.card == number for arrival in step.arrivals)
                ]
                assert all(stop(step) for step in mine for stop in stops), card.title


def test_one_pass_starts_from_one_output() -> None:
    x = Value(1.0)
    with pytest.raises(ValueError, match="starts from one output, not from 2"):
        visualize.step(Graph(x + 1, x + 2))
    assert visualize.explore(Graph(x + 1, x + 2)).html
    for function in (visualize.step, visualize.explore):
        with pytest.raises(TypeError, match="can show a Value or a Graph, not float"):
            function(2.0)  # type: ignore[arg-type]


def test_parameters_can_be_named() -> None:
    w, x = Value(2.0), Value(3.0, "x")
    stepper = visualize.step(w * x, parameters={"weight": w})
    assert stepper.steps[0][1].lines == ("v2 = weight × x = 2 × 3 = 6",)
    card = stepper.picture.drawing.cards[0]
    assert (card.name, card.role) == ("weight", "parameter")


# --- groups ---------------------------------------------------------------------


def batch(samples: int = 25) -> tuple[nn.MLP, Value]:
    net = nn.MLP(2, [6, 5, 1], activation="tanh", rng=1)
    points = [(0.3 * i - 2.0, 1.0 - 0.1 * i) for i in range(samples)]
    loss = autograd.mean([(net(list(p)) - 0.5) ** 2 for p in points])
    loss.label = "loss"
    return net, loss


@pytest.mark.parametrize("level", ["auto", "module", "neuron"])
def test_in_every_scene_the_gradients_become_those_of_the_pass(level: Any) -> None:
    net, loss = batch()
    stepper = visualize.step(loss, level=level, parameters=net)
    assert level == "auto" or len(stepper.book.scenes) > 3
    for scene, steps in zip(stepper.book.scenes, stepper.steps, strict=True):
        final = running(steps, len(steps) - 1)
        complete = {a.card for step in steps for a in step.arrivals if a.complete}
        assert set(final) == complete
        graph = scene.graph
        for card, subject in enumerate(scene.subjects):
            drawn = scene.drawing.cards[card]
            if drawn.index < 0:
                continue  # plain numbers have no gradient
            assert drawn.gradient is not None
            assert final[card] == drawn.gradient
            if isinstance(subject, Value):
                assert final[card] == subject.grad
        done: set[int] = set()
        for step in steps:
            if step.kind == "backward":
                assert step.card is not None
                assert {w.child for w in scene.consumers[step.card]} <= done
                done.add(step.card)
        assert done == {c for c in range(len(scene.subjects)) if scene.computes(c)}
        assert graph is stepper.book.scenes[0].graph
    assert all(p.grad == 0.0 for p in net.parameters())


def test_doors_lead_to_scenes_and_back() -> None:
    book = visualize.step(batch()[1], level="module").book
    for number, scene in enumerate(book.scenes):
        assert (scene.above is None) == (number == 0)
        if scene.above is not None:
            assert number in book.scenes[scene.above].doors.values()
        for card, inside in scene.doors.items():
            opened = book.scenes[inside]
            cards = zip(opened.subjects, opened.drawing.cards, strict=True)
            shown = tuple(subject for subject, drawn in cards if not drawn.outside)
            group = scene.subjects[card]
            assert isinstance(group, Group)
            assert shown == group.children


def test_a_page_holds_so_much_and_says_what_it_leaves_out() -> None:
    x, parts = Value(0.5, "x"), []
    for place in range(140):
        with autograd.scope(f"part{place}"):
            parts.append((x * 1.1).tanh())
    chosen: dict[str, Any] = {"group_by": "scope", "max_nodes": 200}
    page = visualize.explore(autograd.sum(parts), engine="built-in", **chosen)
    opened = [door for scene in page.book.scenes for door in scene.doors]
    assert 0 < len(opened) < len(parts)
    told = f"{len(parts) - len(opened)} groups can't be opened here"
    assert f"{told}: there are too many for one page" in page.html
    assert "can't be opened" not in visualize.explore(batch()[1], level="module").html


def test_the_terminal_opens_groups() -> None:
    shown = walk(batch()[1], ["o layers.0", "n", "b", "b", "o nobody"], level="module")
    assert "in layers.0" in shown[0]
    assert shown[2].split("\n")[1].startswith("step ")
    assert "in whole graph" in shown[2]
    assert shown[3] == "This is the whole graph already."
    assert shown[4].startswith("Open which group? layers.0")


def by_hand() -> Value:
    """Hidden units without scopes, summed over samples: leaves fold to groups."""
    w = [[Value(math.sin(3 * i + j)) for j in range(3)] for i in range(32)]
    v = [Value(math.cos(i)) for i in range(32)]
    loss = Value(0.0)
    for sample in range(12):
        x, y = Value(0.1 * sample), Value(1 - 0.1 * sample)
        hidden = [(p * x + q * y + r).tanh() for p, q, r in w]
        made = sum((h * u for h, u in zip(hidden, v, strict=True)), Value(0.0))
        loss = loss + (made - 0.5) ** 2
    loss.label = "loss"
    return loss


def group_lines(scene: Any, steps: Sequence[Step]) -> list[tuple[int, str]]:
    """What the steps say of what comes back into groups of several gradients."""
    return [
        (arrival.card, line)
        for step in steps
        if len(step.lines) == len(step.arrivals)
        for arrival, line in zip(step.arrivals, step.lines, strict=True)
        if step.phase == "backward" and isinstance(scene.subjects[arrival.card], Group)
        if step.kind != "seed"
    ]


@pytest.mark.parametrize("level", ["auto", "module"])
def test_a_group_has_no_gradient_but_a_norm(level: Any) -> None:
    stepper = visualize.step(by_hand() if level == "auto" else batch()[1], level=level)
    scene, steps = stepper.book.scenes[0], stepper.steps[0]
    told = group_lines(scene, steps)
    assert told
    for card, line in told:
        name = scene.card_name(card)
        assert not line.startswith(f"grad({name})")
        assert re.fullmatch(
            rf"\d+ gradients of {re.escape(name)}: \|Δg\| = \S+|grad\(.+\) \+= .+", line
        )


def test_the_norm_of_a_group_is_that_of_its_gradients() -> None:
    stepper = visualize.step(by_hand())
    scene, steps = stepper.book.scenes[0], stepper.steps[0]
    number = visualize.Style().number
    leaves = {
        card: subject
        for card, subject in enumerate(scene.subjects)
        if isinstance(subject, Group) and not scene.computes(card)
    }
    assert leaves
    notes = " ".join(note for step in steps for note in step.notes)
    for card, group in leaves.items():
        gradients = [node.grad for node in scene.members(card)]
        size = math.hypot(*gradients)
        assert f"|g| of {scene.card_name(card)} = {number(size)}" in notes
        last = [a for step in steps for a in step.arrivals if a.card == card][-1]
        assert last.complete
        assert last.size == pytest.approx(max(map(abs, gradients)))
        changes: dict[Value, float] = dict(scene.passed_from_outside(card))
        for passed in scene.passed:
            for node, added in passed.get(card, {}).items():
                changes[node] = changes.get(node, 0.0) + added
        assert [changes[node] for node in group.shown] == pytest.approx(gradients)


def test_the_terminal_has_norms_for_groups_when_their_turn_has_come() -> None:
    loss = by_hand()
    scene = visualize.step(loss).book.scenes[0]
    started, ended = walk(loss, ["a 0", "e"])
    for text in (started, ended):
        for row in text.split("\n")[text.split("\n").index("") + 1 :]:
            name = row[2:30].split("  ")[0].strip()
            every = range(len(scene.subjects))
            cards = [card for card in every if scene.card_name(card) == name]
            if row[:2] in {"→ ", "  "} and cards and "  " in row[2:]:
                is_group = isinstance(scene.subjects[cards[0]], Group)
                assert ("|g| " in row) == is_group
    assert re.search(r"\|g\| \d", ended)
    assert "|g| —" not in ended


def test_a_group_that_holds_the_output_starts_with_the_output() -> None:
    stepper = visualize.step(by_hand(), level="module", max_nodes=5)
    seeds = [s for steps in stepper.steps for s in steps if s.kind == "seed"]
    assert seeds
    assert {step.lines for step in seeds} == {("grad(loss) = ∂loss/∂loss = 1",)}


# --- the terminal ---------------------------------------------------------------


def walk(value: Value, keys: Sequence[str], **options: object) -> list[str]:
    shown: list[str] = []
    typed = iter(keys)

    def read(prompt: str) -> str:
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    visualize.step(value, **options).run(read, shown.append)  # type: ignore[arg-type]
    return shown[2:]


def test_the_terminal_walks_the_same_steps() -> None:
    keys = [
        "",
        "n",
        "p",
        "g 3",
        "u e",
        "u e",
        "a 6.5",
        "e",
        "n",
        "s",
        "p",
        "h",
        "q",
        "n",
    ]
    shown = walk(example(), keys)
    titles = [text.split("\n")[1] if "\n" in text else text for text in shown]
    assert titles == [
        "step 1/7 · forward",
        "step 2/7 · forward",
        "step 1/7 · forward",
        "step 3/7 · forward",
        "step 5/7 · backward",
        "step 7/7 · backward",
        "No later step for |grad| above 6.5.",
        "step 7/7 · backward",
        "This is the end: the steps go from 0 to 7.",
        "step 0/7 · forward",
        "This is the start: the steps go from 0 to 7.",
        "g 12          go to step 12        s, e  to the start, to the end",
    ]
    assert "grad(a) += ∂e/∂a × grad(e) = −3 × 1 = −3" in shown[5]
    assert re.search(r"→ a +2 +7", shown[5])
    assert len(shown) == len(keys) - 2


def test_the_terminal_answers_what_it_does_not_understand() -> None:
    keys = [
        "x",
        "g",
        "g -1",
        "u",
        "u zz",
        "a",
        "a much",
        "o",
        "o q",
        "b",
        "\x00\x1b[31m",
    ]
    for text in walk(example(), keys):
        assert text.count("\n") == 0
        assert text.isprintable()


def test_the_terminal_uses_standard_input_and_output() -> None:
    code = (
        "import visualize, autograd; x = autograd.Value(3.0, 'x');"
        "visualize.step(x * x).run()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input="n\ne\n",
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert "grad(x) += ∂v1/∂x × grad(v1) = 3 × 1 = 3" in done.stdout
    assert done.stderr == ""


# --- the page -------------------------------------------------------------------


@pytest.mark.parametrize("label", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_labels_stay_inside_the_data(label: str) -> None:
    value = labelled(label)
    for view in (visualize.step(value), visualize.explore(value)):
        html = view.html
        html.encode()
        assert html.count("<script") == html.count("</script>") == 2
        assert html.count("</html>") == html.count("<body>") == 1
        data = html.split('id="data">')[1].split("</script>")[0]
        assert not set("<>&\u2028\u2029\ud800\x00") & set(data)
        assert json.loads(data)["scenes"][0]["cards"]
        assert len(html) < 250_000
        shown = view._repr_mimebundle_()
        assert "<script" not in shown["text/html"] + shown["image/svg+xml"]


def test_the_page_refers_to_nothing_outside() -> None:
    view = visualize.step(example())
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", view.html)
    assert not re.findall(r"\bsrc=|@import|\bfetch\(|url\((?!#)", view.html)
    assert "innerHTML" not in view.html
    assert "default-src 'none'" in view.html


@pytest.mark.parametrize("seed", range(3))
def test_every_graph_has_its_pages(seed: int) -> None:
    output = random_graph(seed, 120)[1]
    view = visualize.step(output, engine="built-in")
    assert view.html.count('<g class="node">') == len(Graph(output))
    assert visualize.explore(output, engine="built-in").html
    assert walk(output, ["u add", "a 0.1", "e"])


def test_numbers_that_are_none_have_pages_too() -> None:
    x, y = Value(0.0, "x"), Value(math.inf, "y")
    z = x.log() * x + y - y
    data = visualize.step(z).html.split('id="data">')[1].split("</script>")[0]
    assert "NaN" in data
    arrivals = [
        a for s in json.loads(data)["scenes"][0]["steps"] for a in s["arrivals"]
    ]
    assert {a["band"] for a in arrivals} >= {"invalid-band"}
    assert any(a["size"] is None for a in arrivals)


def test_the_parts_of_the_page_are_in_the_package() -> None:
    found = {entry.name for entry in files("visualize").joinpath("web").iterdir()}
    for name in ("page.html", "page.css", "page.js", "player.js", "viewport.js"):
        assert name in found


def test_a_notebook_gets_a_picture_that_needs_no_trust() -> None:
    view = visualize.step(example())
    bundle = view._repr_mimebundle_()
    assert list(bundle) == ["text/html", "image/svg+xml", "text/plain"]
    assert bundle["text/html"].startswith('<img src="data:image/svg+xml;base64,')
    assert '<code>.save("step.html")</code>' in bundle["text/html"]
    explorer = visualize.explore(example())._repr_mimebundle_(include=["text/html"])
    assert '<code>.save("graph.html")</code>' in explorer["text/html"]
    assert list(view._repr_mimebundle_(exclude=["text/html"])) == list(bundle)[1:]
    assert repr(view) == "<Stepper: Computation graph of L: 6 nodes, with gradients>"
    assert str(view) == bundle["text/plain"]
    assert repr(visualize.explore(example())).startswith("<Explorer: ")


def test_a_notebook_gets_the_page_as_well_in_a_frame_that_is_high_enough() -> None:
    for view in (visualize.step(example()), visualize.explore(batch()[1])):
        shown = view._repr_mimebundle_()["text/html"]
        frame = re.search(r'<iframe srcdoc="([^"]*)" sandbox="allow-scripts"', shown)
        assert frame
        assert html.unescape(frame[1]) == view.html
        height = re.search(r"width:100%;height:(\d+)px", shown)
        assert height
        assert 480 <= int(height[1]) <= 900


def test_pages_are_saved_as_html(tmp_path: Path) -> None:
    view = visualize.step(example())
    path = view.save(tmp_path / "step.html")
    assert path.read_text(encoding="utf-8") == view.html
    with pytest.raises(ValueError, match=r"saved as \.html, not '\.svg'"):
        view.save(tmp_path / "step.svg")


SCRIPT = """
import sys, autograd, visualize
x, w = autograd.Value(2.0, "x"), autograd.parameter(-3.0, "w")
y = autograd.sum([(w * x).tanh(), x * x, w * x + x])
pages = [visualize.step(y).html, visualize.explore(y).html]
sys.stdout.buffer.write("".join(pages).encode())
"""


def test_the_same_bytes_for_every_hash_seed() -> None:
    outputs = outputs_over_hash_seeds(SCRIPT)
    assert len(outputs) == 1

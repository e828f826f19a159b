"""draw(program): the regrouped graph, the scalar graph beside it, and the page."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Page, expect

import visualize
from autograd import (
    Group,
    Op,
    Program,
    Value,
    atan,
    compiled,
    cos,
    parameter,
    scope,
    sigmoid,
    sin,
    softmax,
    take,
    tanh,
)
from tests.browser import Open
from tests.determinism import outputs_over_hash_seeds
from visualize.cards.formula import expression
from visualize.cards.group_cards import GroupCard
from visualize.folding.selection import steps_away
from visualize.programs.bundles import Bundle, bundled
from visualize.programs.portrait import ProgramPicture
from visualize.programs.sheet import FEW

SVG = "{http://www.w3.org/2000/svg}"
WORST = 10.0
"""Seconds that the largest of these pictures may take on a busy machine."""

# --- programs ---------------------------------------------------------------------


def weights(rows: int, columns: int, seed: int = 0) -> list[list[Value]]:
    rng = random.Random(seed)
    return [
        [parameter(rng.gauss(0, 1), f"w{r}{c}") for c in range(columns)]
        for r in range(rows)
    ]


def dense() -> Program:
    """Three units on two inputs, each product and each sum written out, then tanh."""
    table = weights(3, 2)
    biases = [parameter(0.1, f"b{row}") for row in range(3)]

    def f(x: list[Any]) -> list[Any]:
        with scope("first"):
            sums = [
                bias + row[0] * x[0] + row[1] * x[1]
                for row, bias in zip(table, biases, strict=True)
            ]
        return [tanh(total) for total in sums]

    return Program(f, [0.5, -1.0])


def recurrence(turns: int) -> Program:
    table = weights(4, 4)
    into = weights(1, 4, seed=1)[0]

    def f(steps: list[Any]) -> Any:
        state: list[Any] = [0.1, 0.2, 0.3, 0.4]
        for x in steps:
            state = [
                tanh(u * x + sum(w * h for w, h in zip(row, state, strict=True)))
                for u, row in zip(into, table, strict=True)
            ]
        return state[0]

    return Program(f, [0.1] * turns)


def chain(turns: int) -> Program:
    factor = parameter(0.5, "a")

    def f(x: Any) -> Any:
        for _ in range(turns):
            x = sin(x * factor) + 0.1
        return x

    return Program(f, 0.3)


def irregular(length: int) -> Program:
    """A chain of operations by chance, so that nothing in it repeats for long."""
    rng = random.Random(5)
    steps = [rng.choice((sin, tanh, cos, atan, sigmoid)) for _ in range(length)]

    def f(x: Any) -> Any:
        for step in steps:
            x = step(x)
        return x

    return Program(f, 0.3)


def lookup() -> Program:
    """An integer input, which no wire leads from, and a softmax."""
    table = weights(5, 3)

    def f(token: Any) -> Any:
        return softmax(take(table, token))[0]

    return Program(f, 2)


PROGRAMS: dict[str, Callable[[], Program]] = {
    "dense": dense,
    "recurrence": lambda: recurrence(5),
    "lookup": lookup,
    "chain": lambda: chain(3),
}

# --- cards and wires ----------------------------------------------------------------


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> Program:
    return PROGRAMS[request.param]()


def drawn(program: Program, **options: Any) -> ProgramPicture:
    picture = visualize.draw(program, **options)
    assert isinstance(picture, ProgramPicture)
    return picture


def test_a_card_a_group_and_a_wire_a_reading(program: Program) -> None:
    picture = drawn(program)
    cards, groups = picture.drawing.cards, [g for g in program.groups if g.rows]
    assert [card.name for card in cards] == [group.name for group in groups]
    assert [card.role for card in cards] == [group.kind for group in groups]
    numbers = [group.number for group in groups]
    wires = {(w.parent, w.child) for w in picture.drawing.wires}
    assert wires == {
        (numbers.index(read), numbers.index(group.number))
        for group in groups
        for read in group.reads
    }
    assert len(wires) == len(picture.drawing.wires)
    root = ET.fromstring(picture.svg)
    classes = [g.get("class", "") for g in root.iter(f"{SVG}g")]
    assert classes.count("node group") == len(cards)
    assert classes.count("edge") == len(wires)


def test_every_needed_scalar_node_has_one_group(program: Program) -> None:
    scalars = drawn(program).sheet.scalars
    listed = [node for nodes in scalars.members for node in nodes]
    assert len(set(listed)) == len(listed)
    assert set(scalars.graph.nodes) <= set(listed)
    for number, group in enumerate(program.groups):
        assert len(scalars.members[number]) >= len(group.nodes)


def words_of(picture: visualize.Picture) -> dict[str, list[str]]:
    """The texts on each card, by its title."""
    root = ET.fromstring(picture.svg)
    cards = [g for g in root.iter(f"{SVG}g") if g.get("class") == "node group"]
    texts = [["".join(t.itertext()) for t in card.iter(f"{SVG}text")] for card in cards]
    return {text[0]: text[1:] for text in texts}


def test_cards_say_shape_symbol_count_and_scope() -> None:
    words = words_of(drawn(dense()))
    assert words == {
        "inputs": ["B × 2", "2 inputs"],
        "parameters": ["9", "9 parameters"],
        # Two products and two sums for each of the three units.
        "matrix product": ["B × 3", "×", "12 scalar nodes", "in first"],
        "tanh": ["B × 3", "3 scalar nodes"],
    }


def test_wires_say_the_shape_that_is_read_or_how_much_of_it() -> None:
    picture = drawn(lookup())
    labels = {
        (
            picture.drawing.cards[wire.parent].name,
            picture.drawing.cards[wire.child].name,
        ): wire.reads
        for wire in picture.drawing.wires
    }
    assert labels["parameters", "take"] == "15"
    assert labels["take", "softmax"] == "B × 3"
    spare = Value(2.0)
    unread = Program(lambda x: sin(x[0]) * spare, [1.0, 2.0, 3.0])
    (first, *_) = drawn(unread).drawing.wires
    assert first.reads == "1 of 3"


def test_a_node_computed_twice_belongs_where_it_is_computed() -> None:
    program = Program(lambda x: sin(x) * 2.0 + sin(x), 0.3)
    scalars = drawn(program).sheet.scalars
    sines = [n for n in scalars.graph.nodes if n.op is not None and n.op.name == "sin"]
    assert len(sines) == 2
    assert len({scalars.groups[node] for node in sines}) == 1
    (owner,) = {scalars.groups[node] for node in sines}
    assert program.groups[owner].operation == "sin"


def test_parts_that_a_pass_made_own_the_products_they_add_up() -> None:
    """What a turn reads of the inputs is ready early: a matrix product of its own."""
    table = weights(2, 4)

    def f(steps: list[list[Any]]) -> Any:
        state: list[Any] = [0.1, 0.2]
        for x in steps:
            state = [
                tanh(r[0] * x[0] + r[1] * x[1] + r[2] * state[0] + r[3] * state[1])
                for r in table
            ]
        return state[0]

    program = Program(f, [[0.1, 0.2]] * 3)
    picture = drawn(program)
    scalars = picture.sheet.scalars
    made = [g for g in program.groups if g.operation and not g.nodes]
    early = [g for g in made if {"input", "parameter"} == kinds_read(program, g)]
    assert early
    for group in early:
        owned = scalars.members[group.number]
        assert owned
        assert {n.op.name for n in owned if n.op is not None} == {"mul"}
        assert all(any(p.label.startswith("x") for p in n.parents) for n in owned)


def kinds_read(program: Program, group: Any) -> set[str]:
    return {program.groups[number].kind for number in group.reads}


def test_a_part_without_nodes_says_what_it_is_part_of() -> None:
    """The weights times the first state, a constant, are no part of any example."""
    words = words_of(drawn(recurrence(5)))
    assert words["matrix product"] == ["4", "×", "part of add"]


def test_integer_inputs_are_part_of_the_operation() -> None:
    program = lookup()
    last = program.trace()[-1]
    for view in (visualize.draw(last), visualize.draw(last, inline_constants=False)):
        assert "take" in view.svg
    assert visualize.explore(last).html
    scalars = drawn(program).sheet.scalars
    taken = next(n for n in scalars.graph.nodes if n.op and n.op.name == "take")
    assert expression(taken, scalars.name).startswith("take(x0, ")


def test_pointing_at_a_card_tells_its_nodes() -> None:
    root = ET.fromstring(drawn(dense()).svg)
    titles = [str(title.text) for title in root.iter(f"{SVG}title")]
    (product,) = [t for t in titles if t.startswith("matrix product\n")]
    assert "computed for every example" in product
    assert "mul(w00, x0) = " in product
    assert "… and" not in product
    (leaves,) = [t for t in titles if t.startswith("parameters\n")]
    assert "w21 = " in leaves


# --- many groups --------------------------------------------------------------------


def stub(
    number: int, operation: str, reads: tuple[int, ...], shape: tuple[int, ...] = ()
) -> Group:
    """A group as the program gives it."""
    return Group(number, "", "operation", operation, "", shape, False, reads, (), 1, "")


def unrolled(turns: int) -> list[Group]:
    """A leaf; then in each turn a sine of what was before, and a sum with the leaf."""
    groups = [stub(0, "", ())]
    for turn in range(turns):
        last = 2 * turn
        groups.append(stub(last + 1, "sin", (last,)))
        groups.append(stub(last + 2, "add", (last + 1, 0)))
    return groups


@pytest.mark.parametrize(
    ("groups", "most", "expected"),
    [
        (unrolled(4), 9, [(1, 1)] * 9),
        (unrolled(4), 8, [(1, 1), (8, 4)]),
        (unrolled(100), 8, [(1, 1), (200, 100)]),
        # Two turns are too few to be told from chance.
        (unrolled(2), 1, [(1, 1)] * 5),
        # A turn of another shape ends the run.
        ([*unrolled(4), stub(9, "sin", (8,), shape=(2,))], 1, [(1, 1), (8, 4), (1, 1)]),
        # One that reads further behind, too.
        ([*unrolled(4), stub(9, "sin", (2,))], 1, [(1, 1), (8, 4), (1, 1)]),
    ],
)
def test_turns_that_are_alike_are_one_bundle(
    groups: list[Group], most: int, expected: list[tuple[int, int]]
) -> None:
    found = bundled(groups, most)
    assert [(len(b.groups), b.turns) for b in found] == expected
    assert [g for b in found for g in b.groups] == groups
    assert all(len(b.turn) * b.turns == len(b.groups) for b in found)


def test_the_nearest_are_found_by_what_reads_what() -> None:
    reads = [[], [0], [0], [1], [2, 3]]
    assert steps_away(reads, [4], 3) == {4: 0, 2: 1, 3: 1}
    assert steps_away(reads, [4], 9) == {4: 0, 2: 1, 3: 1, 0: 2, 1: 2}
    assert steps_away(reads, [1], 9) == {1: 0, 0: 1}
    assert Bundle((stub(0, "", ()),)).turns == 1


def test_an_unrolled_chain_folds_and_says_so() -> None:
    start = time.perf_counter()
    picture = drawn(chain(1_000))
    assert picture.svg
    assert time.perf_counter() - start < WORST
    assert len(picture.drawing.cards) < FEW
    assert picture.drawing.note.endswith("repeats folded: 6 cards")
    (folded,) = [c for c in picture.drawing.cards if "×" in c.name]
    assert folded.name == "add ×999"  # a turn is a product, its sine, and 0.1 more
    # Nothing is lost on the way: all 3,000 operations and both leaves.
    count = sum(
        len(picture.sheet.members(n)) for n in range(len(picture.drawing.cards))
    )
    assert count == 3_002


def test_what_does_not_repeat_is_cut_with_a_word() -> None:
    program = irregular(500)
    assert len(program.groups) > 400
    start = time.perf_counter()
    picture = drawn(program)
    assert picture.svg
    assert time.perf_counter() - start < WORST
    assert len(picture.drawing.cards) == 300
    assert "300 of them shown: the nearest to the output" in picture.drawing.note
    assert picture.drawing.cards[0].hidden_operands == 1
    names = [card.name for card in picture.drawing.cards]
    assert program.groups[-1].name in names
    assert "inputs" not in names


def test_max_nodes_is_how_many_cards() -> None:
    program = recurrence(30)
    assert len(program.groups) > FEW
    assert len(drawn(program).drawing.cards) < 15
    known = [g for g in program.groups if g.rows]
    assert len(drawn(program, max_nodes=200).drawing.cards) == len(known)
    assert len(drawn(program, max_nodes=3).drawing.cards) == 3


# --- what it is saved as, and what it refuses -----------------------------------------


def test_save_writes_every_form(tmp_path: Path) -> None:
    picture = drawn(dense())
    assert isinstance(picture, visualize.Picture)
    for suffix in ("svg", "html", "txt", "dot", "json"):
        text = picture.save(tmp_path / f"p.{suffix}").read_text(encoding="utf-8")
        assert text
        assert "×" in text or suffix == "json"
    bundle = picture._repr_mimebundle_()
    assert bundle["image/svg+xml"] == picture.svg
    assert bundle["text/plain"] == picture.text
    assert repr(picture).startswith("<ProgramPicture: Program(f: 2 inputs, 9 param")
    assert picture.text.splitlines()[0].startswith("tanh  B × 3")
    assert "grad" not in picture.text
    assert "contribution" not in picture.dot.source
    assert "gradient" not in picture.svg.partition("</style>")[2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"focus": "nobody"}, r"focus: the graph has no node or group named 'nobody'"),
        ({"path": ("x0", "x1")}, r"path: no way leads from x0 to x1"),
        ({"contributions": True}, r"contributions= is for Values"),
        ({"max_nodes": 0}, r"max_nodes must be at least 1, not 0"),
        ({"level": "layer"}, r"unknown level 'layer'; known: auto, value, neuron, m"),
    ],
)
def test_options_that_say_nothing_of_a_program(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        visualize.draw(dense(), **options)


def test_options_for_a_part_choose_the_groups_of_that_part() -> None:
    whole = drawn(dense())
    first = whole.graph.name(whole.graph.outputs[0])
    parts: list[dict[str, Any]] = [
        {"depth": 1},
        {"focus": "w00", "depth": 1},
        {"path": ("w00", first)},
    ]
    for options in parts:
        part = drawn(dense(), **options)
        names = {card.name for card in part.drawing.cards}
        assert names < {card.name for card in whole.drawing.cards}
        shown = part.book.scenes[0].drawing.cards
        assert 0 < len(shown) < len(whole.book.scenes[0].drawing.cards)
        members = [part.sheet.members(card) for card in range(len(names))]
        held = {part.graph.name(node) for nodes in members for node in nodes}
        assert {card.name for card in shown} <= held
        assert all(not held.isdisjoint(map(part.graph.name, ns)) for ns in members)


SPARE = parameter(2.0, "spare")

NOTHING_COMPUTED: dict[str, tuple[Callable[..., Any], tuple[float, ...], str]] = {
    "identity": (lambda x: x, (1.0,), "1 group · returns 1 input as given"),
    "constant": (lambda x: 2.0, (1.0,), "1 group · returns 1 constant as given"),
    "parameter": (lambda: SPARE, (), "1 group · returns 1 parameter as given"),
    "both": (lambda x: [x, 2.0, 3.0], (1.0,), "1 input and 2 constants as given"),
    "nothing": (lambda x: [], (1.0,), "1 group · returns nothing"),
    "no input": (tuple, (), "2 groups · returns nothing"),
}


@pytest.mark.parametrize("case", NOTHING_COMPUTED)
def test_a_program_that_computes_nothing_has_a_small_picture(
    case: str, tmp_path: Path
) -> None:
    f, inputs, words = NOTHING_COMPUTED[case]
    picture = drawn(Program(f, *inputs))
    assert picture.drawing.note.startswith("0 scalar nodes in ")
    assert picture.drawing.note.endswith(words)
    assert 1 <= len(words_of(picture)) <= 2
    for suffix in ("svg", "html", "txt", "dot", "json"):
        assert picture.save(tmp_path / f"p.{suffix}").stat().st_size
    (scene,) = picture.book.scenes
    assert len(scene.drawing.cards) == (case == "parameter")


def test_what_is_returned_as_given_is_told_beside_what_is_computed() -> None:
    picture = drawn(Program(lambda x: [sin(x[0]), x[1], 2.0], [1.0, 2.0]))
    note = "1 scalar node in 2 groups · returns 1 input and 1 constant as given"
    assert picture.drawing.note == note


def test_a_program_as_text_and_for_graphviz() -> None:
    program = dense()
    picture = drawn(program)
    assert visualize.tree(program) == picture.text
    assert visualize.draw_dot(program).source == picture.dot.source
    assert "rankdir=TB" in visualize.draw_dot(program, rankdir="TB").source
    with pytest.raises(ValueError, match="no node or group named 'x'"):
        visualize.tree(program, focus="x")


def test_what_wants_values_says_what_draws_a_program() -> None:
    for function in (visualize.explore, visualize.step, visualize.spy):
        with pytest.raises(TypeError, match=r"not Program\. draw\(program\) draws it"):
            function(dense())  # type: ignore[arg-type]


def test_of_a_compiled_function_one_program_is_drawn() -> None:
    f = compiled(lambda x: sin(x) * 2.0)
    f(0.5)
    for function in (
        visualize.draw,
        visualize.tree,
        visualize.draw_dot,
        visualize.explore,
        visualize.step,
    ):
        with pytest.raises(TypeError, match=r"draw\(f\.programs\[0\]\)"):
            function(f)  # type: ignore[arg-type]
    assert drawn(f.programs[0]).svg


# --- guards -------------------------------------------------------------------------


def clipped(units: int) -> Program:
    """A chain of turns, in each of which Python asks whether a number is negative."""
    factor = parameter(0.5, "a")

    def f(x: Any) -> Any:
        for _ in range(units):
            x = sin(x * factor) + 0.1
            if x < 0.0:  # asks
                x = -x
        return x or factor

    return Program(f, 0.3)


ASKING = r"test_visualize_program\.py:\d+"


def test_a_guard_says_so_and_which_line_asked() -> None:
    program = clipped(1)
    guards = {g.name: g.guards for g in program.groups if g.guards}
    assert {name: len(found) for name, found in guards.items()} == {"less": 1, "add": 1}
    words = words_of(drawn(program))
    (line,) = [text for text in words["less"] if text.startswith("guards")]
    assert re.fullmatch(f"guards {ASKING}", line)
    assert not any("guards" in text for text in words["sin"])
    root = ET.fromstring(drawn(program).svg)
    titles = [str(title.text) for title in root.iter(f"{SVG}title")]
    (told,) = [title for title in titles if title.startswith("less\n")]
    assert re.search(f"guard: {ASKING}: 'if x < 0.0:.*' was False, must stay so", told)
    assert "guards test_visualize" in visualize.tree(program)
    assert "guards test_visualize" in visualize.draw_dot(program).source


def test_guards_of_one_line_are_told_once() -> None:
    (folded,) = [c for c in drawn(clipped(60)).drawing.cards if "×" in c.name]
    assert isinstance(folded, GroupCard)
    assert folded.account is not None
    (line,) = [text for text in folded.account.lines if text.startswith("guards")]
    assert re.fullmatch(f"guards {ASKING}", line)
    assert folded.account.told.count("must stay so") == 1
    signs = [Value(1.0) for _ in range(3)]
    each = Program(lambda x: [x if x * sign > 0.0 else sign for sign in signs], 0.5)
    (asked,) = [g.guards for g in each.groups if g.guards]
    assert len(asked) == 1


def test_an_input_that_is_asked_is_a_guard_itself() -> None:
    program = Program(lambda x: sin(x) if x else x, 0.5)
    guards = {g.name: len(g.guards) for g in program.groups}
    assert guards == {"inputs": 1, "parameters": 0, "sin": 0}


def test_bytes_do_not_depend_on_the_hash_seed() -> None:
    script = (
        "import visualize;from tests.test_visualize_program import recurrence;"
        "p = visualize.draw(recurrence(3)); print(p.svg, p.html, p.text)"
    )
    assert len(outputs_over_hash_seeds(script, seeds=("0", "7"))) == 1


HOSTILE = '"><script>window.hacked = 1</script></svg>{{data}}<b>&|{}\u202e\ud800\x00'


def hostile() -> Program:
    """Symbols, labels and scopes that try to be something else."""
    odd = Op(
        "odd",
        lambda xp, x: x * x,
        lambda xp, out, x: (x + x,),
        symbol=HOSTILE,
    )
    factor = parameter(2.0, HOSTILE)

    def f(x: Any) -> Any:
        with scope(HOSTILE):
            return odd(x * factor) + odd(x + factor)

    return Program(f, 0.5)


def test_hostile_names_are_data(tmp_path: Path) -> None:
    picture = drawn(hostile())
    root = ET.fromstring(picture.svg)
    assert not list(root.iter(f"{SVG}script"))
    page = picture.save(tmp_path / "p.html").read_text(encoding="utf-8")
    assert page.count("<script") == page.count("</script>") == 2
    assert "\x00" not in page
    assert picture.dot.source


# --- the page ---------------------------------------------------------------------


@pytest.fixture
def visit(visit: Open) -> Callable[..., Page]:
    """Opens the page of a program."""
    return lambda program, **options: visit(visualize.draw(program), **options).page


def group(page: Page, name: str) -> Any:
    return page.locator(f'#groups g.node[aria-label="{name}"]')


def hits(page: Page) -> list[str]:
    found = page.locator("#scalars section:not([hidden]) g.node.hit").all()
    return sorted(str(node.get_attribute("aria-label")) for node in found)


def rows(page: Page) -> list[list[str]]:
    found = page.locator("#nodes tr").all()
    return [row.locator("th, td").all_inner_texts() for row in found]


def test_a_click_on_a_group_shows_its_scalar_nodes(
    visit: Callable[..., Page],
) -> None:
    program = dense()
    scalars = drawn(program).sheet.scalars
    page = visit(program)
    group(page, "tanh").click()
    number = next(g.number for g in program.groups if g.name == "tanh")
    assert hits(page) == sorted(map(scalars.graph.name, scalars.members[number]))
    head, *body = rows(page)
    assert head == ["name", "value", "operation", "operands"]
    # Traced again the nodes are others, but their names and numbers are the same.
    assert body == [
        [scalars.graph.name(n), repr(n.data), "tanh", scalars.graph.name(n.parents[0])]
        for n in scalars.members[number]
    ]
    expect(page.locator("#status")).to_contain_text("3 scalar nodes in 3 cards")
    assert page.locator("#groups g.edge.now").count() == 1
    group(page, "tanh").click()
    assert hits(page) == []
    # Without a choice all groups are listed.
    assert [row[0] for row in rows(page)[1:]] == [g.name for g in program.groups]


def test_a_click_on_a_scalar_node_shows_its_group(visit: Callable[..., Page]) -> None:
    page = visit(dense())
    page.click("#scalars ~ .tools .fit")
    page.locator('#scalars g.node[aria-label="w10"]').click()
    assert group(page, "parameters").get_attribute("aria-pressed") == "true"
    page.locator("#details").get_by_role("button", name="matrix product").click()
    assert group(page, "matrix product").get_attribute("aria-pressed") == "true"
    assert len(hits(page)) == 12


@pytest.mark.parametrize("side", ["groups", "scalars"])
def test_both_pictures_are_seen_as_a_whole_at_first(
    visit: Callable[..., Page], side: str
) -> None:
    page = visit(recurrence(12))
    picture = page.locator(f"#{side} svg:visible")
    start = picture.get_attribute("viewBox")
    page.click(f"#{side} ~ .tools .fit")
    assert picture.get_attribute("viewBox") == start
    frame = page.locator(f"#{side}").bounding_box()
    assert frame is not None
    for card in page.locator(f"#{side} section:not([hidden]) g.node").all() or (
        page.locator(f"#{side} g.node").all()
    ):
        box = card.bounding_box()
        assert box is not None
        assert frame["x"] <= box["x"] < frame["x"] + frame["width"] - box["width"] + 1
        assert frame["y"] <= box["y"] < frame["y"] + frame["height"] - box["height"] + 1


def test_a_page_of_nothing_computed_works(visit: Callable[..., Page]) -> None:
    page = visit(Program(lambda x: x, 1.0))
    group(page, "inputs").click()
    expect(page.locator("#status")).to_contain_text("0 scalar nodes")
    expect(page.locator("#scalars")).to_contain_text("nothing is computed")
    page.click("#scalars ~ .tools .zoom-in")


def test_a_guard_is_told_below_the_pictures(visit: Callable[..., Page]) -> None:
    page = visit(clipped(1))
    group(page, "less").focus()
    page.keyboard.press("Enter")
    facts = page.locator("#details").inner_text()
    assert re.search(f"guard\\s+{ASKING}: 'if x < 0.0:.*' was False, must", facts)


def test_keys_walk_through_the_groups(visit: Callable[..., Page]) -> None:
    page = visit(dense())
    names = ["inputs", "parameters", "matrix product", "tanh"]
    for name in [*names, names[-1]]:
        page.keyboard.press("ArrowRight")
        assert group(page, name).get_attribute("aria-pressed") == "true"
    page.keyboard.press("ArrowLeft")
    assert group(page, names[-2]).get_attribute("aria-pressed") == "true"
    page.keyboard.press("Escape")
    assert page.locator('#groups [aria-pressed="true"]').count() == 0
    group(page, "inputs").focus()
    page.keyboard.press("Enter")
    assert hits(page) == ["x0", "x1"]


def test_long_lists_are_cut_and_counted(visit: Callable[..., Page]) -> None:
    page = visit(recurrence(70))
    folded = page.locator('#groups g.node[aria-label*="×"]')
    folded.focus()
    page.keyboard.press("Enter")
    listed = rows(page)
    assert len(listed) == 1 + 200 + 1
    (last,) = listed[-1]
    assert re.fullmatch(r"… and [\d,]+ more nodes", last)
    assert hits(page)


def test_a_folded_card_opens_and_keeps_what_is_lit(visit: Callable[..., Page]) -> None:
    page = visit(recurrence(70))
    page.locator('#groups g.node[aria-label*="×"]').focus()
    page.keyboard.press("Enter")
    door = page.locator("#scalars section:not([hidden]) g.node.hit.door").first
    name = str(door.get_attribute("aria-label")).removeprefix("Open ")
    door.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#crumbs")).to_contain_text(name.split(" ×")[0])
    assert hits(page)
    page.click("#close")
    expect(page.locator("#close")).to_be_hidden()
    # A node in the list leads to the card that shows it.
    page.locator("#nodes th button").last.click()
    assert page.locator("#scalars section:not([hidden]) g.node.selected").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_readers_theme(
    visit: Callable[..., Page], scheme: str
) -> None:
    page = visit(dense(), color_scheme=scheme)
    colours = page.evaluate(
        "() => ['body', '#groups .paper', '#scalars .paper'].map((one) => {"
        " const style = getComputedStyle(document.querySelector(one));"
        " return one === 'body' ? style.backgroundColor : style.fill; })"
    )
    assert len(set(colours)) == 1
    palette = visualize.Style().light if scheme == "light" else visualize.Style().dark
    red, green, blue = bytes.fromhex(palette.background[1:])
    assert colours[0] == f"rgb({red}, {green}, {blue})"


def test_a_narrow_page_does_not_scroll_sideways(visit: Callable[..., Page]) -> None:
    page = visit(dense(), viewport={"width": 390, "height": 800})
    group(page, "tanh").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_page_shows_hostile_names_as_text(visit: Callable[..., Page]) -> None:
    page = visit(hostile())
    group(page, "odd").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("window.hacked") is None
    group(page, "parameters").focus()
    page.keyboard.press("Enter")
    # The label's middle is left out, and its end is still text.
    assert page.locator("#nodes td, #nodes th").locator("b").count() == 0
    assert "<b>&|{}" in page.locator("#nodes").inner_text()
    group(page, "odd").focus()
    page.keyboard.press("Enter")
    assert "odd" in page.locator("#nodes").inner_text()

"""The picture as SVG, DOT and HTML, whatever stands in the labels."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import visualize
from autograd import Value
from tests.determinism import outputs_over_hash_seeds

ROOT = Path(__file__).resolve().parent.parent
SVG = "{http://www.w3.org/2000/svg}"

HOSTILE = [
    "\"quotes\" and 'apostrophes'",
    '"><script>alert(1)</script>',
    "</svg>",
    "]]>",
    "<b>bold</b>",
    "<lambda>",
    "<<b>twice</b>>",
    "&amp; &#0; &unknown;",
    r"\N",
    r"\G and \L",
    "\\",
    '\\"',
    "ends in \\",
    "a|b{c}<d>",
    "nul\x00nul",
    "two\nlines\r\nand\ttabs",
    "\u202eright to left\u200f",
    "\ud800 lone \udfff",
    "\ufffe\uffff",
    "x" * 100_000,
    "<" * 100_000,
    "e\u0301" * 5_000,
    "",
    " ",
    "#",
    "url(#id)",
    "{0} %s {title}",
]


def labelled(label: str) -> Value:
    x, y = Value(2.0, label), autograd.parameter(3.0, label)
    z = x * y + 1
    z.label = label
    z.backward()
    return z


def parse(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def with_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [e for e in root.iter() if name in e.get("class", "").split()]


def assert_harmless(svg: str) -> None:
    root = parse(svg)
    allowed = {
        "svg", "g", "title", "style", "defs", "pattern", "rect", "path", "text", "tspan"
    }  # fmt: skip
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= allowed
    for element in root.iter():
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            assert "href" not in name.lower()
            assert "<" not in value
    ids = [e.get("id", "") for e in root.iter() if e.get("id")]
    assert all(re.fullmatch(r"g[0-9a-f]{12}(-\w+)?", name) for name in ids)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("label", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_labels_are_only_text(label: str, tmp_path: Path) -> None:
    value = labelled(label)
    picture = visualize.draw(value, engine="built-in", parameters={label: value})
    assert_harmless(picture.svg)
    assert len(picture.svg) < 60_000
    root = parse(picture.svg)
    assert len(with_class(root, "node")) == 4
    assert len(with_class(root, "edge")) == 3
    html = picture.html
    assert "<script" not in html
    assert html.count("</svg>") == html.count("</html>") == 1
    for name in ("a.svg", "a.html", "a.dot", "a.json", "a.txt"):
        assert picture.save(tmp_path / name).read_bytes().decode()


@given(st.text(st.characters(), max_size=40))
@settings(deadline=None)
def test_any_label_is_only_text(label: str) -> None:
    assert_harmless(visualize.draw(labelled(label), engine="built-in").svg)


@pytest.mark.parametrize("label", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_labels_are_only_text_in_dot(label: str) -> None:
    source = visualize.draw_dot(labelled(label)).source
    source.encode()
    # Outside quotes and tables nothing but ids and attribute names is left.
    bare = re.sub(r'"(?:[^"\\]|\\.)*"|<<TABLE.*?</TABLE>>', "", source)
    assert re.fullmatch(r"digraph \{[\w\s\[\]=>.\-#]*\}\s*", bare)
    if shutil.which("dot"):
        done = subprocess.run(
            [str(shutil.which("dot")), "-Tsvg"],
            input=source,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        assert done.stderr == ""
        root = parse(done.stdout)
        assert len(root.findall(f".//{SVG}g[@class='node']")) == 4
        assert len(root.findall(f".//{SVG}g[@class='edge']")) == 3


def test_backslashes_reach_the_dot_picture_as_they_are() -> None:
    source = visualize.draw_dot(labelled(r"\N")).source
    assert "&#92;N" in source
    assert r"\\N" in source
    assert not re.search(r"(?<!\\)\\N", source)


def test_repeated_operands_have_an_edge_each() -> None:
    x = Value(3.0, "x")
    for y in (x + x, x * x):
        root = parse(visualize.draw(y).svg)
        assert len(with_class(root, "node")) == 2
        assert len(with_class(root, "edge")) == 2
        assert visualize.draw_dot(y).source.count(" -> ") == 2


def texts(root: ET.Element) -> list[str]:
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


def test_titles_hold_numbers_in_full() -> None:
    x = Value(1 / 3, "x")
    y = x * 3
    y.backward()
    root = parse(visualize.draw(y).svg)
    titles = [str(t.text) for t in root.iter(f"{SVG}title")]
    assert any("value 0.3333333333333333\ngradient 3.0" in title for title in titles)
    assert any("local derivative 3.0\ncontribution 3.0" in title for title in titles)
    assert "0.3333" in texts(root)
    assert len(titles) == 1 + 2 + 1


def test_the_state_of_each_gradient_can_be_seen() -> None:
    x, y = Value(0.0, "x"), Value(2.0, "y")
    z = x.log() + y * 0.0
    before = parse(visualize.draw(z).svg)
    assert len(with_class(before, "unknown")) == 5
    assert texts(before).count("—") == 5
    z.backward()
    after = parse(visualize.draw(z).svg)
    # One of each is in the legend.
    assert len(with_class(after, "zero")) == 2
    # The gradient of x, and the values of the logarithm and of the sum.
    assert len(with_class(after, "invalid-band")) == 1 + 3
    assert not with_class(after, "unknown")
    assert "∞" in texts(after)


def test_the_legend_lists_what_occurs_and_nothing_else() -> None:
    words = ("input", "parameter", "constant", "operation", "output", "gradient")
    x = Value(2.0, "x")
    dead = x * 0.0 + autograd.parameter(1.0, "p")
    cases: list[tuple[Value, set[str]]] = [
        (x * 2.0, {"input", "output"}),
        (dead, {"input", "operation", "parameter", "output"}),
    ]
    for value, expected in cases:
        found = texts(parse(visualize.draw(value).svg))
        assert {word for word in words if word in found} == expected
        value.backward()
        found = texts(parse(visualize.draw(value).svg))
        assert {word for word in words if word in found} == {*expected, "gradient"}
        assert ("exactly 0" in found) == (x.grad == 0)
        assert "NaN or ∞" not in found
        x.zero_grad()
    lost = x * float("inf") - x * float("inf")
    lost.backward()
    assert "NaN or ∞" in texts(parse(visualize.draw(lost).svg))


def test_it_is_said_when_nodes_are_left_out() -> None:
    node = x = Value(1.0, "x")
    for _ in range(20):
        node = node + x
    root = parse(visualize.draw(node, max_nodes=5, level="value").svg)
    assert len(with_class(root, "node")) == 5
    found = texts(root)
    assert "5 of 21 nodes: the nearest to the output" in found
    assert "1 more" in found
    assert "17 more uses" in found


def test_contributions_are_printed_on_request() -> None:
    x = Value(2.0, "x")
    y = x * -3
    y.backward()
    assert "×−3" in texts(parse(visualize.draw(y).svg))
    found = texts(parse(visualize.draw(y, contributions=True).svg))
    assert "−3 ←" in found
    assert "×−3" in found


def test_themes() -> None:
    value = labelled("x")
    pictures = {
        t: visualize.draw(value, theme=t).svg for t in ("auto", "light", "dark")
    }
    assert pictures["auto"].count("prefers-color-scheme: dark") == 1
    assert "prefers-color-scheme" not in pictures["light"] + pictures["dark"]
    assert visualize.Style().dark.background in pictures["dark"]
    with pytest.raises(ValueError, match="unknown theme 'blue'"):
        _ = visualize.draw(value, theme="blue").svg  # type: ignore[arg-type]


def test_every_rule_is_confined_to_its_own_picture() -> None:
    svg = visualize.draw(labelled("x")).svg
    sheet = svg.split("<style>")[1].split("</style>")[0]
    prefix = parse(svg).get("id")
    for line in sheet.strip().splitlines():
        if line.startswith("@media") or line == "}":
            continue
        for selector in line.split("{")[0].split(","):
            assert selector.startswith(f"#{prefix} ")


def test_many_operands_dock_on_a_rail_inside_the_picture() -> None:
    values = [Value(float(i), f"x{i}") for i in range(60)]
    total = autograd.sum(values)
    total.backward()
    root = parse(visualize.draw(total, level="value").svg)
    assert len(with_class(root, "edge")) == 60
    squared = autograd.sum([values[0]] * 500)
    root = parse(visualize.draw(squared).svg)
    assert len(with_class(root, "edge")) == 500


SCRIPT = """
import sys, autograd, visualize
x, w = autograd.Value(2.0, "x"), autograd.parameter(-3.0, "w")
y = autograd.sum([(w * x).tanh(), x * x, w * x + x])
y.backward()
picture = visualize.draw(y, engine=sys.argv[1], max_nodes=6)
sys.stdout.buffer.write("\\n".join(
    [picture.svg, picture.text, picture.dot.source, picture.html]).encode())
"""


@pytest.mark.parametrize("engine", ["auto", "built-in"])
def test_the_same_bytes_for_every_hash_seed(engine: str) -> None:
    outputs = outputs_over_hash_seeds(SCRIPT, engine)
    assert len(outputs) == 1
    assert outputs.pop()

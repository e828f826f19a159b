"""The notebooks run, and show what is stored in them."""

import base64
import math
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest
from nbformat import NotebookNode

from tools.execute_notebooks import (
    IMAGE,
    NOTEBOOKS,
    committed_form,
    executed,
    notebooks,
    read,
    thumbnail,
    written,
)

LARGEST: Final = 400_000
"""So many bytes a notebook may have: GitHub shows larger ones badly or not at all."""

NUMBER: Final = re.compile(r"[-−]?\d+(?:\.\d+)?(?:e[-−+]?\d+)?")
SVG: Final = "{http://www.w3.org/2000/svg}"

every_notebook = pytest.mark.parametrize(
    "path", notebooks(), ids=lambda path: path.name
)


def outputs(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    """Every output that is the same in each run, with the id of its cell."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and "varies" not in cell.metadata.get("tags", []):
            yield from ((cell.id, output) for output in cell.outputs)


def texts(output: NotebookNode) -> dict[str, str]:
    """What an output holds, as text by kind; a picture as its SVG."""
    if "data" not in output:
        return {output.get("name", output.output_type): output.get("text", "")}
    forms = dict(output.data)
    if found := IMAGE.search(forms.get("text/html", "")):
        forms["text/html"] = base64.b64decode(found[1]).decode()
    return forms


def pictures(notebook: NotebookNode) -> list[ET.Element]:
    """The SVG of every picture, parsed."""
    shown = [texts(output).get("text/html", "") for _, output in outputs(notebook)]
    return [ET.fromstring(text) for text in shown if text.startswith("<svg")]


def words(picture: str) -> list[str]:
    """What a picture says, wherever it says it."""
    said = [
        "".join(element.itertext())
        for element in ET.fromstring(picture).iter()
        if element.tag in (f"{SVG}text", f"{SVG}title")
    ]
    return sorted(map(normalised, said))


def normalised(text: str) -> str:
    """Forget what may vary with the platform: last digits, and spaces for them."""
    return re.sub(r"[ -]*-- *|\s+", " ", NUMBER.sub(_rounded, text))


def _rounded(match: re.Match[str]) -> str:
    number = float(match[0].replace("−", "-"))
    if math.isclose(number, 0.0, abs_tol=1e-9):
        return "0"
    return f"{number:.6g}"


def shown(notebook: NotebookNode) -> list[Any]:
    """Everything that a reader sees below the cells, normalised."""
    seen: list[Any] = []
    for cell, output in outputs(notebook):
        for kind, text in sorted(texts(output).items()):
            said = words(text) if text.startswith("<svg") else normalised(text)
            if kind == "image/png":  # a plot: other fonts, other bytes
                said = "a plot"
            seen.append((cell, kind, said))
    return seen


@every_notebook
def test_it_runs_and_shows_what_is_stored(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    again = executed(path)
    assert shown(again) == shown(read(path)), "run make notebooks"
    assert not list(tmp_path.iterdir()), "the kernel wrote into the user's home"


@every_notebook
def test_it_is_stored_as_the_tool_writes_it(path: Path) -> None:
    stored = read(path)
    assert path.read_text(encoding="utf-8") == written(committed_form(stored))
    code = [cell for cell in stored.cells if cell.cell_type == "code"]
    counts = [cell.execution_count for cell in code]
    assert counts == list(range(1, len(code) + 1))


@every_notebook
def test_every_picture_is_there_and_none_is_too_large(path: Path) -> None:
    notebook = read(path)
    for picture in pictures(notebook):
        assert sum("node" in part.get("class", "").split() for part in picture.iter())
    assert pictures(notebook) or "image/png" in str(notebook)
    assert path.stat().st_size <= LARGEST


@every_notebook
def test_nothing_of_the_machine_or_of_an_error_is_stored(path: Path) -> None:
    machine = [str(NOTEBOOKS.parent), str(Path.home()), tempfile.gettempdir()]
    for cell, output in outputs(read(path)):
        assert output.output_type != "error", cell
        assert output.get("name") != "stderr", cell
        said = texts(output)
        said.pop("image/png", None)  # letters at random
        for text in said.values():
            assert not re.search(r"\b0x[0-9a-f]{6,}", text), cell
            assert not re.search(r"(?<![\w./:])/\w+/\w|\b[A-Z]:\\", text), cell
            assert not any(f"{place}/" in text for place in machine), cell


@every_notebook
def test_the_course_names_it_and_shows_a_picture_of_it(path: Path) -> None:
    course = (NOTEBOOKS / "README.md").read_text(encoding="utf-8")
    picture = thumbnail(read(path))
    assert picture, "give the cell of one picture the tag thumbnail"
    suffix, content = picture
    beside = path.with_suffix(suffix)
    assert f"({path.name})" in course
    assert f'src="{beside.name}"' in course
    assert beside.read_bytes() == content, "run make notebooks"

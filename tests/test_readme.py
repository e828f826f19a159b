"""README and docs tell the truth: their code runs, their table is that of OPS."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

import autograd
from autograd import OPS, Op, Value
from tools.from_table import ROOT, stale, unlisted
from tools.site import showing

README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [README, *DOCS, ROOT / "CONTRIBUTING.md", ROOT / "notebooks" / "README.md"]
CODE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def with_code(pages: list[Path]) -> list[Path]:
    """Those that show code, but for the walks, which quote a row of the table."""
    return [
        page
        for page in pages
        if page.stem != "how-it-works" and CODE.search(page.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("page", with_code(PAGES), ids=lambda page: page.name)
def test_the_code_runs_from_top_to_bottom(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One reader types a page into one session, in a folder of its own.

    Where the page asks for something to be shown, that is shown.
    """
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    site = showing.shown(page, text, tmp_path, {"__name__": page.stem})
    assert "<!-- show " not in site
    for picture in re.findall(r"!\[[^]]+\]\(([\w.-]+)\)|:file: (\S+)", site):
        name = "".join(picture)
        assert (tmp_path / name).exists() or (page.parent / name).exists()


def test_the_readme_shows_code() -> None:
    assert README in with_code(PAGES)


def test_the_code_of_the_walks_runs() -> None:
    text = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
    session: dict[str, Any] = {}
    blocks = [block for block in CODE.findall(text) if not block.startswith("Op(")]
    for block in blocks:
        exec(compile(block, "how-it-works.md", "exec"), session)
    slope = 1.0 - session["y"].data ** 2
    gradients = [session[name].grad for name in ("w", "x", "b")]
    assert gradients == pytest.approx([2.0 * slope, -3.0 * slope, slope])
    assert session["second"] == 12.0


def test_what_is_written_from_the_table_is_that_of_the_code() -> None:
    names = [path.relative_to(ROOT).as_posix() for path in stale()]
    assert not names, "run make table"


def test_every_public_row_has_its_function() -> None:
    message = "rows without a function: list them in autograd/functions.py"
    assert not unlisted(), message


WRITTEN = {"add", "sub", "mul", "div", "power"}  # with an operator only


@pytest.mark.parametrize("op", [op for op in OPS.values() if not op.helper], ids=str)
def test_what_the_page_lists_is_there_and_records_that_row(op: Op) -> None:
    if op.name in WRITTEN:
        return
    function = getattr(autograd, op.name)
    assert op.name in autograd.__all__
    if op.variadic:
        given: tuple[Any, ...] = ([Value(0.5), Value(0.25)],)
        if op.name == "dot":
            given *= 2
    else:
        given = tuple(Value(0.5) for _ in op.operand_names)
    result = function(*given)
    result = result[0] if isinstance(result, list) else result
    assert result.op is op
    assert function.__doc__


def test_the_reading_list_names_every_file_of_the_core_with_its_lines() -> None:
    text = TEXT.split("<!-- core -->")[1].split("<!-- end of core -->")[0]
    core = ROOT / "autograd"
    named: set[Path] = set()
    # forms to be read, and rules for programs: the core runs none of them
    apart = {core / "rules" / f"{name}.py" for name in ("textbook", "together")}
    for names, lines in re.findall(r"^\| (`.*?`) \| (\d+) \|", text, re.MULTILINE):
        files: list[Path] = []
        for name in re.findall(r"`(?:autograd/)?([^`]+)`", names):
            place = core / name
            files += sorted(place.glob("*.py")) if place.is_dir() else [place]
        files = [file for file in files if file not in apart]
        count = sum(map(lines_of, files))
        assert abs(count - int(lines)) <= 25, f"{names}: {count} lines, not {lines}"
        named.update(files)
    used = used_by("calculus", "functions", "graph")
    assert used == {file for file in named if file.name != "__init__.py"}
    first = ("value", "operators", "recording", "sweep")
    assert sum(lines_of(core / f"{name}.py") for name in first) <= 1000
    assert sum(map(lines_of, used)) <= 3300
    table = {core / "ops.py"}
    assert not [file for file in used - table if lines_of(file) > 300]


def used_by(*rooms: str) -> set[Path]:
    """The files of these rooms of autograd, and all that they import when loaded."""
    used: set[Path] = set()
    waiting = [ROOT / "autograd" / f"{room}.py" for room in rooms]
    while waiting:
        file = waiting.pop()
        if file in used:
            continue
        used.add(file)
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.module:
                place = ROOT / node.module.replace(".", "/")
                places = [place / alias.name for alias in node.names]
                inside = [each.with_suffix(".py") for each in (place, *places)]
                waiting += [each for each in inside if each.exists()]
    return {file for file in used if file.is_relative_to(ROOT / "autograd")}


def lines_of(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_into_the_repository_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    missing = []
    for link in links:
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if "://" not in link and not (target.exists() and has(target, anchor)):
            missing.append(link)
    assert not missing


def has(page: Path, anchor: str) -> bool:
    """Whether a page has the heading that an anchor names, as GitHub spells it."""
    if not anchor:
        return True
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    kept = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return anchor in [heading.replace(" ", "-") for heading in kept]


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_every_picture_has_words_for_those_who_do_not_see_it(page: Path) -> None:
    assert "![](" not in page.read_text(encoding="utf-8")


def test_the_readme_leads_to_every_page() -> None:
    found: set[Path] = set()
    waiting = [README]
    while waiting:
        page = waiting.pop()
        found.add(page)
        names = re.findall(r"\]\(([\w./-]+\.md)", page.read_text(encoding="utf-8"))
        waiting += {(page.parent / name).resolve() for name in names} - found
    assert set(PAGES) <= found

"""The site: nothing is missing in it, what it shows is right, and it builds."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tools.execute_notebooks import notebooks
from tools.from_table import ROOT
from tools.site import assemble, links, reference
from tools.site.reference import Entry

DOCS = sorted((ROOT / "docs").glob("*.md"))
WRITTEN = reference.written_examples()


def every_entry() -> list[Entry]:
    return [e for module in reference.PAGES.values() for e in reference.entries(module)]


@pytest.mark.parametrize("name", reference.PAGES)
def test_every_public_name_has_its_place_in_the_reference(name: str) -> None:
    page = reference.page(name)
    module = reference.PAGES[name]
    for public in getattr(module, "__all__", ()):
        thing = getattr(module, public)
        if isinstance(thing, ModuleType):
            assert f"{thing.__name__}." in page
        elif public != "__version__":
            assert f":: {module.__name__}.{public}\n" in page


def test_every_public_name_has_an_example() -> None:
    without = [
        entry.name
        for entry in every_entry()
        if ">>>" not in reference.told(entry.thing) and not reference.example(entry)
    ]
    assert not without, "write one in docs/examples.md"


def test_every_example_is_of_a_name_that_needs_it() -> None:
    needed = {e.name for e in every_entry() if ">>>" not in reference.told(e.thing)}
    assert not set(WRITTEN) - needed


@pytest.mark.parametrize("name", WRITTEN)
def test_every_example_stands_by_itself(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    session: dict[str, Any] = {"__name__": "example"}
    exec(compile(WRITTEN[name], name, "exec"), session)


def test_the_first_page_leads_to_every_page_and_every_notebook() -> None:
    patterns = [page for pages in assemble.CONTENTS.values() for page in pages]
    sources = [*DOCS, *notebooks(), ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"]
    for source in sources:
        place = assemble.place_of(source).with_suffix("")
        message = f"list {place} in tools/site/assemble.py"
        assert any(place.match(pattern) for pattern in patterns), message
        assert source in assemble.sources()


def test_faults_of_a_site_are_found(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        '<a href="#here"></a><p id="here"></p><a href="https://example.org"></a>'
        '<a href="gone.html"></a><a href="#nowhere"></a>'
        '<script src="https://example.org/x.js"></script><img src="index.html">'
    )
    (tmp_path / "style.css").write_text("@import url(https://example.org/a.css)")
    assert list(links.faults(tmp_path)) == [
        "index.html: no words for index.html",
        "index.html: gone.html leads nowhere",
        "index.html: #nowhere has no such place",
        "index.html: asks for https://example.org/x.js",
        "style.css: asks for something elsewhere",
    ]


def test_it_builds_without_a_warning_or_a_dead_link(tmp_path: Path) -> None:
    for needed in ("sphinx", "furo", "myst_nb", "sphinx_copybutton", "latex2mathml"):
        if find_spec(needed) is None:
            pytest.skip("no site generator here: make docs installs one and builds")
    done = subprocess.run(
        [sys.executable, "-m", "tools.site", str(tmp_path / "site")],
        cwd=ROOT,
        env=os.environ | {"MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "site" / "index.html").exists()

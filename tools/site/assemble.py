"""Brings the sources of the site together in one folder.

README, docs and notebooks keep their places, so that their links hold; the README is
the first page. Notebooks are found by listing their folder: a new one needs no entry.
"""

from __future__ import annotations

import shutil
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tools.site import reference, showing

ROOT: Final = Path(__file__).parents[2]

CONTENTS: Final[dict[str, tuple[str, ...]]] = {
    "The course": ("notebooks/README", "notebooks/[0-9]*"),
    "Using it": (
        "docs/cookbook",
        "docs/gallery",
        "docs/pictures",
        "docs/training",
        "docs/program",
        "docs/numerics",
        "docs/operations",
        "docs/browser",
    ),
    "Reference": tuple(f"reference/{name}" for name in reference.PAGES),
    "The project": (
        "docs/how-it-works",
        "docs/program-arrays",
        "docs/program-machine",
        "docs/benchmarks",
        "docs/examples",
        "CHANGELOG",
        "CONTRIBUTING",
    ),
}
"""The pages below the tour, in the order of the side bar."""


def assemble(folder: Path) -> None:
    """Write all sources of the site into an empty folder."""
    for source in sources():
        target = folder / place_of(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            target.write_text(written(source, target.parent), encoding="utf-8")
        else:
            shutil.copy(source, target)
    (folder / "reference").mkdir()
    for name in reference.PAGES:
        text = reference.page(name)
        (folder / "reference" / f"{name}.rst").write_text(text, encoding="utf-8")


def sources() -> list[Path]:
    """Every file of the repository that the site is made from."""
    top = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
    folders = [*(ROOT / "docs").iterdir(), *(ROOT / "notebooks").iterdir()]
    known = {".md", ".svg", ".png", ".ipynb", ".css", ".js", ".py"}
    return [*top, *sorted(path for path in folders if path.suffix in known)]


def place_of(source: Path) -> Path:
    """Where a file stands in the site; the README is its first page."""
    place = source.relative_to(ROOT)
    return Path("index.md") if place == Path("README.md") else place


def written(source: Path, folder: Path) -> str:
    """The text of a page, with what it shows, and links to the README as the site's."""
    text = source.read_text(encoding="utf-8")
    session: dict[str, Any] = {"__name__": source.stem}
    if "<!-- show " in text:
        quiet = redirect_stdout(StringIO()), redirect_stderr(StringIO())
        with TemporaryDirectory() as elsewhere, chdir(elsewhere), quiet[0], quiet[1]:
            text = showing.shown(source, text, folder, session)
    text = text.replace("](../README.md", "](../index.md")
    return text + contents() if source == ROOT / "README.md" else text


def contents() -> str:
    """The side bar, as directives that show nothing in the page itself."""
    parts = []
    for caption, pages in CONTENTS.items():
        lines = "\n".join(pages)
        parts.append(
            f"\n```{{toctree}}\n:hidden:\n:glob:\n:caption: {caption}\n\n{lines}\n```\n"
        )
    return "".join(parts)

"""Docstrings speak of what there is."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("autograd", "nn", "visualize", "gradtrace")
DOTTED = re.compile(rf"\b(?:{'|'.join(PACKAGES)})(?:\.[A-Za-z_]\w*)+")
FILE_NAMES = ("py", "html", "svg")


def docstrings_of(package: str) -> Iterator[tuple[Path, str]]:
    for file in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                yield file, ast.get_docstring(node) or ""


def exists(name: str) -> bool:
    """Whether a dotted name leads to something, by attributes or by modules."""
    parts = name.split(".")
    found: object = importlib.import_module(parts[0])
    for place, part in enumerate(parts[1:], start=2):
        try:
            found = getattr(found, part)
        except AttributeError:
            try:
                found = importlib.import_module(".".join(parts[:place]))
            except ImportError:
                return False
    return True


@pytest.mark.parametrize("package", PACKAGES)
def test_every_dotted_name_leads_somewhere(package: str) -> None:
    wrong = [
        f"{file.relative_to(ROOT)}: {name}"
        for file, text in docstrings_of(package)
        for name in DOTTED.findall(text)
        if not name.endswith(FILE_NAMES) and not exists(name)
    ]
    assert not wrong

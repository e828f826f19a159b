"""What is installed: the wheel's contents, and what importing it does."""

import importlib.util
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from email import message_from_string
from pathlib import Path

import pytest

import autograd

ROOT = Path(__file__).parent.parent
PACKAGES = ("autograd", "nn", "visualize", "gradtrace")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BUILD = "from hatchling.build import build_wheel; build_wheel({folder!r})"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel, built by the backend itself: no network, no environment of its own."""
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("no build backend here: pip install hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    code = BUILD.format(folder=str(folder))
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


def name_of(wheel: zipfile.ZipFile) -> str:
    return Path(str(wheel.filename)).name


def test_it_is_pure_python(wheel: zipfile.ZipFile) -> None:
    assert name_of(wheel) == f"gradtrace-{autograd.__version__}-py3-none-any.whl"


def test_it_holds_the_files_of_the_packages_and_no_others(
    wheel: zipfile.ZipFile,
) -> None:
    expected = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == expected


@pytest.mark.parametrize("package", PACKAGES)
def test_its_types_are_seen(wheel: zipfile.ZipFile, package: str) -> None:
    assert f"{package}/py.typed" in wheel.namelist()


def test_what_is_read_at_run_time_is_in_it(wheel: zipfile.ZipFile) -> None:
    """The pages' parts, and the stubs that name the functions made from the table."""
    suffixes = {Path(name).suffix for name in wheel.namelist()}
    assert {".html", ".css", ".js", ".pyi"} <= suffixes


def test_its_metadata_say_what_the_project_file_says(wheel: zipfile.ZipFile) -> None:
    (name,) = [name for name in wheel.namelist() if name.endswith("/METADATA")]
    metadata = message_from_string(wheel.read(name).decode("utf-8"))
    extras = PROJECT["project"]["optional-dependencies"]
    assert set(metadata.get_all("Provides-Extra", [])) == set(extras)
    assert metadata["Requires-Python"] == PROJECT["project"]["requires-python"]
    assert metadata["License-Expression"] == "MIT"
    assert "# gradtrace" in str(metadata.get_payload())
    required = [
        line for line in metadata.get_all("Requires-Dist", []) if ";" not in line
    ]
    assert len(required) == len(PROJECT["project"]["dependencies"])


def test_every_command_of_it_is_there(wheel: zipfile.ZipFile) -> None:
    (name,) = [name for name in wheel.namelist() if name.endswith("/entry_points.txt")]
    assert "gradtrace = gradtrace.cli:main" in wheel.read(name).decode("utf-8")


IMPORTS = """
import sys
sys.path.insert(0, {root!r})
import numpy, graphviz, tqdm
started = []
def listen(event, arguments):
    if event in ("_thread.start_new_thread", "_thread.start_joinable_thread",
                 "subprocess.Popen", "os.fork", "os.posix_spawn", "socket.connect"):
        started.append(event)
sys.addaudithook(listen)
import autograd, nn, visualize, gradtrace, gradtrace.exercise
print(started, sorted({{"numba", "jax", "matplotlib", "sklearn"}} & {{*sys.modules}}))
"""


def test_importing_it_starts_no_thread_and_no_process_and_loads_no_extra() -> None:
    """In a browser there are none to be had."""
    code = IMPORTS.format(root=str(ROOT))
    command = [sys.executable, "-I", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[] []\n"


def test_citation_and_changelog_name_the_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^version: (.+)$", citation, re.MULTILINE)[1] == (  # type: ignore[index]
        autograd.__version__
    )
    assert f"\n## {autograd.__version__}" in changes

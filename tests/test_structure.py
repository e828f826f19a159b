"""The floor plan: each room imports only the rooms above it in its package.

The packages keep apart, too: `nn` and `visualize` use `autograd` through its public
names and do not know each other. Nowhere do imports run in a circle. A new folder must
be given its place here; a new file in a known folder need not.
"""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

import autograd

ROOT = Path(__file__).parent.parent

FLOORS: dict[str, tuple[str, ...]] = {
    "autograd": (
        *("collecting", "errors", "namespaces", "recordable", "rules", "ops"),
        *("recording", "scopes", "sweep", "operators"),
        "value",
        *("leaves", "protocols", "formats", "graph", "structure"),
        *(
            "applying",
            "arguments",
            "batches",
            "functions",
            "recorded",
            "running",
            "calculus",
            "listening",
        ),
        *("fast", "taking", "parameters", "checking", "explaining", "diagnosing"),
        "program",
    ),
    "nn": (
        *("checks", "state", "initializers", "examples", "tree", "arrays"),
        *("looking", "module", "noise"),
        *("activations", "perceptron", "dense", "containers"),
        *("convolution", "pooling"),
        *("items", "losses"),
        *("optimizer", "optimizers", "schedules"),
        "adversarial",
        *("recurrent", "attention", "normalization", "training"),
    ),
    "visualize": (
        *("naming", "style", "assets", "cards subjects folding layout svg dot text"),
        *("checks", "options", "views"),
        *("files", "images", "display", "picture", "stepping", "training"),
        *("programs", "drawing"),
        *("sparsity", "comparing"),
    ),
    "gradtrace": (
        *("table", "slips", "exercise", "allowed", "hints", "expression"),
        *("arguments", "demo", "cli", "__main__"),
    ),
}
"""The folders and files of each package, from the top of the house down.

Those in one string are on one floor: there, imports may run either way, in no circle.
"""

NEIGHBOURS: dict[str, set[str]] = {
    "autograd": set(),
    "nn": {"autograd"},
    "visualize": {"autograd"},
    "gradtrace": {"autograd", "nn", "visualize"},
}
"""Which packages of this house a package may use, at their doors only."""


class Import(NamedTuple):
    """One imported module, or a name from one, and where that stands."""

    file: Path
    line: int
    module: str
    name: str

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]

    @property
    def room(self) -> str:
        """The room behind the package's door; empty for the door itself."""
        behind = self.module.partition(".")[2]
        inner = f"{behind}.{self.name}" if behind else self.name
        return inner if inner in rooms_of(self.package) else behind

    def __str__(self) -> str:
        what = f"{self.name} from {self.module}" if self.name else self.module
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {what}"


def imports_of(file: Path) -> Iterator[Import]:
    """Every import in a file that is carried out, wherever it stands.

    Those for the type checker alone are left out: `operators` makes Values before
    there is a class `Value`, and may say so in its annotations.
    """
    waiting: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                continue
            case ast.Import():
                for alias in node.names:
                    yield Import(file, node.lineno, alias.name, "")
            case ast.ImportFrom():
                module = "." * node.level + (node.module or "")
                for alias in node.names:
                    yield Import(file, node.lineno, module, alias.name)
        waiting.extend(ast.iter_child_nodes(node))


@cache
def files_of(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@cache
def rooms_of(package: str) -> set[str]:
    return {room_of(file) for file in files_of(package)} - {""}


def room_of(file: Path) -> str:
    """The dotted name of a file within its package: "value", "program.emit", ""."""
    parts = file.relative_to(ROOT).with_suffix("").parts[1:]
    return ".".join(part for part in parts if part != "__init__")


def every_import() -> list[Import]:
    return [
        entry
        for package in FLOORS
        for file in files_of(package)
        for entry in imports_of(file)
    ]


def folder_of(room: str) -> str:
    """The folder or file at the top of the package that a room belongs to."""
    return room.partition(".")[0]


def floor_of(package: str, room: str) -> int:
    """On which floor a room is, counted from the top."""
    floors = [folder_of(room) in floor.split() for floor in FLOORS[package]]
    return floors.index(True)


@pytest.mark.parametrize("package", FLOORS)
def test_every_floor_has_its_place(package: str) -> None:
    known = [folder for floor in FLOORS[package] for folder in floor.split()]
    assert {*map(folder_of, rooms_of(package))} == set(known)


@pytest.mark.parametrize("package", FLOORS)
def test_rooms_import_only_rooms_above_them(package: str) -> None:
    wrong = [
        str(entry)
        for file in files_of(package)
        for entry in imports_of(file)
        if entry.package == package and room_of(file)
        if not is_above(entry, room_of(file), package)
    ]
    assert not wrong


@pytest.mark.parametrize("package", FLOORS)
def test_imports_run_in_no_circle(package: str) -> None:
    imports = {
        room_of(file): {e.room for e in imports_of(file) if e.package == package}
        for file in files_of(package)
    }
    TopologicalSorter(imports).prepare()  # a CycleError names the circle


@pytest.mark.parametrize("package", FLOORS)
def test_no_class_name_means_two_things(package: str) -> None:
    places: dict[str, list[str]] = {}
    for file in files_of(package):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                place = f"{file.relative_to(ROOT)}:{node.lineno}"
                places.setdefault(node.name.lstrip("_"), []).append(place)
    assert not {name: found for name, found in places.items() if len(found) > 1}


def is_above(entry: Import, room: str, package: str) -> bool:
    """Whether an import leads upwards in its own package, or stays on its floor."""
    return floor_of(package, entry.room) <= floor_of(package, room)


@pytest.mark.parametrize("package", FLOORS)
def test_packages_use_their_neighbours_at_the_door(package: str) -> None:
    wrong = [
        str(entry)
        for file in files_of(package)
        for entry in imports_of(file)
        if entry.package in FLOORS and entry.package != package
        if entry.package not in NEIGHBOURS[package] or entry.room
    ]
    assert not wrong


def test_neighbours_use_only_public_names_of_autograd() -> None:
    public = set(autograd.__all__)
    wrong = [
        str(entry)
        for entry in every_import()
        if entry.file.relative_to(ROOT).parts[0] != "autograd"
        if entry.module == "autograd"
        if entry.name and entry.name not in public
    ]
    for package in FLOORS:
        for file in files_of(package):
            wrong += [
                f"{file.relative_to(ROOT)}:{node.lineno} uses autograd.{node.attr}"
                for node in attributes_of("autograd", file)
                if node.attr not in public
            ]
    assert not wrong


def attributes_of(name: str, file: Path) -> Iterator[ast.Attribute]:
    """Every `name.attribute` in a file."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Attribute(value=ast.Name(id=found)) if found == name:
                yield node


def test_no_import_is_relative() -> None:
    assert not [str(entry) for entry in every_import() if entry.module.startswith(".")]


def test_public_names_exist_and_are_listed_once() -> None:
    assert len(set(autograd.__all__)) == len(autograd.__all__)
    assert not [name for name in autograd.__all__ if not hasattr(autograd, name)]

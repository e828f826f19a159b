"""The floor plan: each room imports only the rooms above it in its package.

The packages keep apart, too: `nn` and `visualize` use `autograd` through its public
names and do not know each other. A new room must be given its place here.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import autograd

ROOT = Path(__file__).parent.parent

FLOORS: dict[str, tuple[str, ...]] = {
    "autograd": (
        "errors",
        "namespaces",
        "operands",
        "rules",
        "rules.common",
        "rules.powers",
        "rules.plane",
        "rules.activations",
        "rules.lists",
        "ops",
        "tape",
        "recording",
        "sweep",
        "straight_line",
        "operators",
        "numpy_protocol",
        "value",
        "functions",
        "graph_json",
        "graph",
        "structure",
        "recorded",
        "tracing",
        "calculus",
        "checking",
        "checking.complex_step",
        "checking.differences",
        "checking.verdicts",
        "checking.blame",
        "checking.table",
        "check",
        "program",
        "program.natives",
        "program.plan",
        "program.building",
        "program.views",
        "program.packing",
        "program.signature",
        "program.chance",
        "program.trace",
        "program.weaken",
        "program.simplify",
        "program.regroup",
        "program.split",
        "program.levels",
        "program.blocks",
        "program.slots",
        "program.recognise",
        "program.grouping",
        "program.passes",
        "program.integers",
        "program.guards",
        "program.groups",
        "program.arrays",
        "program.lanes",
        "program.operands",
        "program.flows",
        "program.dots",
        "program.steps",
        "program.differentiate",
        "program.statements",
        "program.report",
        "program.emit",
        "program.emit.names",
        "program.emit.places",
        "program.emit.buffers",
        "program.emit.writer",
        "program.emit.elementwise",
        "program.emit.strong",
        "program.emit.matrices",
        "program.emit.moving",
        "program.emit.placing",
        "program.emit.floats",
        "program.emit.lowering",
        "program.emit.numpy_source",
        "program.emit.runner",
        "program.emit.jax_page",
        "program.emit.jax_places",
        "program.emit.jax_products",
        "program.emit.jax_source",
        "program.loops",
        "program.loops.expanding",
        "program.loops.repeats",
        "program.loops.rolled",
        "program.loops.rolling",
        "program.loops.choice",
        "program.loops.natives",
        "program.loops.numba_natives",
        "program.loops.homes",
        "program.loops.text",
        "program.loops.symbols",
        "program.loops.forward",
        "program.loops.tapes",
        "program.loops.reverse",
        "program.loops.source",
        "program.loops.functions",
        "program.loops.numba_functions",
        "program.loop_engine",
        "program.numpy_engine",
        "program.numba_engine",
        "program.jax_package",
        "program.jax_statements",
        "program.jax_function",
        "program.jax_engine",
        "program.engines",
        "program.comparison",
        "program.own_operations",
        "program.asking",
        "program.program",
        "program.compiled",
    ),
    "nn": (
        "state",
        "summary",
        "module",
        "activations",
        "initializers",
        "layers",
        "losses",
        "optimizers",
    ),
    "visualize": (
        "style",
        "cards",
        "cards.labels",
        "cards.formula",
        "cards.group_cards",
        "cards.model",
        "folding",
        "folding.numbered",
        "folding.scopes",
        "folding.parts",
        "folding.samples",
        "folding.repeats",
        "folding.dividing",
        "folding.selection",
        "folding.fold",
        "cards.statistics",
        "cards.constants",
        "folding.rooms",
        "folding.modules",
        "folding.views",
        "svg",
        "svg.css",
        "layout",
        "layout.geometry",
        "layout.columns",
        "layout.grid",
        "layout.layers",
        "layout.engines",
        "svg.group_face",
        "svg.figure",
        "svg.legend",
        "svg.marks",
        "svg.groups",
        "svg.document",
        "dot",
        "text",
        "files",
        "svg.canvas",
        "display",
        "picture",
        "assets",
        "stepping",
        "stepping.equation",
        "stepping.replay",
        "stepping.changes",
        "stepping.wording",
        "stepping.scenes",
        "stepping.steps",
        "stepping.player",
        "stepping.details",
        "stepping.page",
        "stepping.terminal",
        "stepping.stepper",
        "readings",
        "programs",
        "programs.groups",
        "programs.bundles",
        "programs.scalars",
        "programs.faces",
        "programs.sheet",
        "programs.page",
        "programs.portrait",
        "drawing",
        "surfaces",
        "sparsity",
        "sparsity.pattern",
        "sparsity.spy",
        "comparing",
        "comparing.pairs",
        "comparing.side_by_side",
        "comparing.perturb",
        "comparing.comparison",
        "flipbook",
        "flipbook.recorder",
        "flipbook.charts",
        "flipbook.reel",
        "flipbook.page",
        "flipbook.animation",
        "plots",
        "plots.axes",
        "plots.activity",
        "plots.curves",
        "plots.training",
        "plots.histograms",
        "plots.boundary",
        "plots.landscape",
    ),
    "gradtrace": ("table", "allowed", "expression", "demo", "cli", "__main__"),
}
"""The rooms of each package, from the top of the house down."""

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


def files_of(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


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


@pytest.mark.parametrize("package", FLOORS)
def test_every_room_has_its_place(package: str) -> None:
    assert rooms_of(package) == set(FLOORS[package])


@pytest.mark.parametrize("package", FLOORS)
def test_rooms_import_only_rooms_above_them(package: str) -> None:
    floors = FLOORS[package]
    wrong = [
        str(entry)
        for file in files_of(package)
        for entry in imports_of(file)
        if entry.package == package and room_of(file)
        if entry.room not in floors[: floors.index(room_of(file))]
    ]
    assert not wrong


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
    assert not [name for name in autograd.__all__ if name not in vars(autograd)]

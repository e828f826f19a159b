"""The reference: a page a package, with every public name, its docstring, an example.

The names are those of `__all__`, in the groups below. An example is the doctest of the
docstring; that of an operation follows from its row; the others stand in
`docs/examples.md`, each under the heading of its name.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

import autograd
import gradtrace.exercise
import nn
import visualize
from autograd import OPS, Op, Value

EXAMPLES: Final = Path(__file__).parents[2] / "docs" / "examples.md"
EXAMPLE: Final = re.compile(
    r"^## `(.+?)`\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL
)

PAGES: Final[dict[str, ModuleType]] = {
    "autograd": autograd,
    "nn": nn,
    "visualize": visualize,
    "exercise": gradtrace.exercise,
}


CHOSEN: Final = {"where": (1.0, 0.75, 2.0), "clamp": (1.75, -1.0, 1.0)}
"""Operands for an example that shows something."""


class Entry(NamedTuple):
    """One public name.

    Attributes:
        name: With its module, as one writes it: "nn.losses.huber".
        thing: What it is.
    """

    name: str
    thing: Any

    @property
    def group(self) -> str:
        """Under which heading it stands."""
        if row_of(self) is not None:
            return "Operations"
        if inspect.isclass(self.thing):
            errors = (BaseException, Warning)
            return "Errors" if issubclass(self.thing, errors) else "Classes"
        return "Functions" if callable(self.thing) else "Tables"


def entries(module: ModuleType) -> Iterator[Entry]:
    """Every public name of a package; in the place of a public module, its own."""
    names = getattr(module, "__all__", None) or own_names(module)
    for name in names:
        thing = getattr(module, name)
        if inspect.ismodule(thing):
            yield from entries(thing)
        elif name != "__version__":
            yield Entry(f"{module.__name__}.{name}", thing)


def own_names(module: ModuleType) -> list[str]:
    """What a module without a list defines itself, and does not hide."""
    return [
        name
        for name, thing in vars(module).items()
        if not name.startswith("_")
        and getattr(thing, "__module__", "") == module.__name__
        if inspect.isclass(thing) or inspect.isfunction(thing)
    ]


def row_of(entry: Entry) -> Op | None:
    """The row that a function of `autograd` is made from."""
    package, _, name = entry.name.rpartition(".")
    op = OPS.get(name) if package == "autograd" else None
    return op if op and not op.helper and callable(entry.thing) else None


@cache
def written_examples() -> dict[str, str]:
    """Those that stand in `docs/examples.md`, by name."""
    return dict(EXAMPLE.findall(EXAMPLES.read_text(encoding="utf-8")))


def example(entry: Entry) -> str:
    """An example for a name whose docstring has none; empty if there is none."""
    if ">>>" in told(entry.thing):
        return ""
    if entry.name in written_examples():
        return written_examples()[entry.name]
    op = row_of(entry)
    return "" if op is None else example_of(op)


def told(thing: Any) -> str:
    """The docstring of a name, and those of its methods."""
    texts = [inspect.getdoc(thing) or ""]
    if inspect.isclass(thing):
        texts += [inspect.getdoc(member) or "" for member in vars(thing).values()]
    return "\n".join(texts)


def example_of(op: Op) -> str:
    """Show an operation on Values within its domain, and its local derivatives."""
    numbers = [number_for(op, i) for i in range(len(op.operand_names))]
    values = [f"Value({number})" for number in numbers]
    if op.variadic:
        values = [f"[{', '.join(f'Value({x})' for x in (0.75, 2.0))}]"]
        values *= 2 if op.name == "dot" else 1
    shown = "y[0]" if op.variadic and op.constants else "y"
    call = f"y = {op.name}({', '.join(values)})"
    session: dict[str, Any] = {"Value": Value, op.name: getattr(autograd, op.name)}
    exec(call, session)
    ask = f"{shown}.data, {shown}.local_derivatives"
    result = eval(ask, session)
    lines = [f"from autograd import Value, {op.name}", call, ask]
    return "\n".join([*(f">>> {line}" for line in lines), repr(result)])


def number_for(op: Op, position: int) -> float:
    """A number on which an operation is defined."""
    if op.name in CHOSEN:
        return CHOSEN[op.name][position]
    low, high = op.domain_of(position)
    number = (0.75, 2.0, 3.0)[position]
    return number if low <= number <= high else max(low + 0.5, min(number, high - 0.25))


def page(name: str) -> str:
    """Write the page of one package, in reStructuredText for autodoc."""
    module = PAGES[name]
    title = module.__name__
    parts = [f"{title}\n{'=' * len(title)}", ""]
    found = list(entries(module))
    for group in ("Functions", "Operations", "Classes", "Tables", "Errors"):
        members = [entry for entry in found if entry.group == group]
        if members:
            parts += [f"{group}\n{'-' * len(group)}", ""]
            parts += [described(entry) for entry in members]
    return "\n".join(parts)


def described(entry: Entry) -> str:
    """Write one name: what autodoc is told of it, then its example."""
    if entry.group == "Tables":
        head = f".. py:data:: {entry.name}\n\n{indented(table_of(entry.thing))}"
    elif inspect.isclass(entry.thing):
        head = f".. autoclass:: {entry.name}\n   :members:\n"
    else:
        head = f".. autofunction:: {entry.name}\n"
    code = example(entry)
    if not code:
        return f"{head}\n"
    kind = "pycon" if ">>>" in code else "python"
    block = f".. code-block:: {kind}\n\n{indented(code)}"
    return f"{head}\n{indented(f'Example:{chr(10)}{chr(10)}{block}')}\n"


def table_of(table: Any) -> str:
    """Say what a mapping by name has."""
    return f"A mapping by name: {', '.join(f'``{key}``' for key in table)}.\n"


def indented(text: str) -> str:
    """Move a text to the right, under its directive."""
    return "".join(f"   {line}\n" if line else "\n" for line in text.splitlines())

"""From array statements to NumPy source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.program.arrays import Array, Code, Term
from autograd.program.emit.buffers import planned
from autograd.program.emit.elementwise import write_elementwise, write_where
from autograd.program.emit.floats import write_float
from autograd.program.emit.lowering import lowered
from autograd.program.emit.matrices import write_matmul, write_outer
from autograd.program.emit.moving import (
    is_lent,
    write_copy,
    write_given,
    write_reduce,
    write_segments,
    write_take,
)
from autograd.program.emit.names import number_text
from autograd.program.emit.placing import (
    write_accumulate,
    write_assemble,
    write_gather,
    write_places,
)
from autograd.program.emit.writer import Page, page_text


@dataclass(frozen=True)
class Source:
    """A program as source, and what goes with it.

    Attributes:
        name: The function's name.
        text: The source.
        constants: The arrays that are handed to it.
        given: The names of what `run` takes, in order.
        outputs: The names of what it returns, in order: a tuple.
        batch: Whether there is a batch axis.
        statements: How many array statements it has.
        fixed_bytes: The memory of its buffers that does not grow with the batch.
        bytes_per_example: What every example adds.
        groups: For every line of the text the number of the group that it computes,
            forward or backward; -1 for the others.
    """

    name: str
    text: str
    constants: tuple[np.ndarray[Any, Any], ...]
    given: tuple[str, ...]
    outputs: tuple[str, ...]
    batch: bool
    statements: int
    fixed_bytes: int
    bytes_per_example: int
    groups: tuple[int, ...]

    @property
    def lines(self) -> list[str]:
        """What runs every time, without comments."""
        _, _, body = self.text.partition("def run(")
        lines = [line.strip() for line in body.splitlines()[1:]]
        return [x for x in lines if x and not x.startswith(("#", "return "))]

    def memory(self, size: int = 1) -> int:
        """The bytes of all buffers for a batch of this size."""
        return self.fixed_bytes + size * self.bytes_per_example


def write(
    code: Code,
    outputs: Mapping[str, Term],
    *,
    batch: bool,
    name: str = "program",
    floats: bool = True,
    title: str = "",
) -> Source:
    """The source of a program that computes the outputs.

    Args:
        code: The statements.
        outputs: What is returned, by name: arrays of the code, or numbers.
        batch: Whether it is for many examples: what varies with the example has a batch
            axis in front.
        name: What the function is called.
        floats: A single number is a Python float. Arithmetic on it may raise an
            ArithmeticError where IEEE 754 has an answer; with False it is an array of
            no axes, which is slower and never raises.
        title: The function's docstring.
    """
    statements, results = lowered(code, outputs, batch=batch)
    scalars = {a for a in statements if floats and not a.shape and not a.batched}
    arrays = [x for x in results.values() if isinstance(x, Array)]
    page = Page(planned(statements, arrays, scalars), scalars)
    given = {a.options["name"]: a for a in code.statements if a.function == "given"}
    page.reserve(f"{x}_given" for x in given)
    _write_all(page, statements)
    used = {a.options["name"] for a in statements if a.function == "given"}
    inner = [f"{x}_given" if x in used else f"_{x}_given" for x in given]
    returned = ", ".join(_returned(page, x) for x in results.values())
    returned = f"({returned}{',' * (len(results) == 1)})"
    outer = ["constants"] * bool(page.constants) + [page.size_name()] * batch
    text, groups = page_text(
        page,
        name,
        title or "Make the buffers; return the function that runs.",
        (outer, inner),
        returned,
    )
    fixed, growing = _memory(page, statements)
    return Source(
        name,
        text,
        tuple(page.constants),
        tuple(given),
        tuple(outputs),
        batch,
        sum(a.function not in ("given", "constant", "view") for a in statements),
        fixed,
        growing,
        groups,
    )


def _write_all(page: Page, statements: list[Array]) -> None:
    """All statements in order, those of a section under its heading."""
    section = ""
    for array in statements:
        if array.section != section and array.function not in ("view", "constant"):
            section = array.section
            page.say("")
            page.say(f"# {section}")
        _write_statement(page, array)
        page.owned_by(array.group)


def _write_statement(page: Page, array: Array) -> None:
    function = array.function
    if function in ("reduce", "matmul"):
        if array in page.layout.direct:
            _clear(page, array)
        _ARRAYS[function](page, array)
    elif array in page.floats:
        write_float(page, array)
    elif array in page.layout.direct or function in _ARRAYS:
        _clear(page, array)
        _ARRAYS.get(function, write_elementwise)(page, array)
    elif function not in ("view", "constant"):
        write_elementwise(page, array)


def _clear(page: Page, array: Array) -> None:
    """Fill the target of an "assemble" with zeros before the first write, if needed."""
    target, _ = page.layout.direct.get(array, (array, 0))
    if target in page.layout.cleared:
        page.layout.cleared.remove(target)
        page.say(f"{page.name(target)}.fill(0.0)")


_ARRAYS: dict[str, Callable[[Page, Array], None]] = {
    "given": write_given,
    "copy": write_copy,
    "integer": write_copy,
    "where": write_where,
    "take": write_take,
    "reduce": write_reduce,
    "segments": write_segments,
    "matmul": write_matmul,
    "outer": write_outer,
    "assemble": write_assemble,
    "places": write_places,
    "gather": write_gather,
    "accumulate": write_accumulate,
}


def _returned(page: Page, x: Term) -> str:
    if not isinstance(x, Array):
        return number_text(x)
    return page.name(x) if x in page.floats else f"{page.name(x)}.copy()"


def _memory(page: Page, statements: list[Array]) -> tuple[int, int]:
    """The bytes of the buffers: those for any batch, and those for each example."""
    made = [buffer.first for buffer in page.layout.buffers]
    made += [
        a
        for a in statements
        if a.function in ("given", "constant") and not (a in page.floats or is_lent(a))
    ]
    sizes = {"bool": 1, "float": 8, "int": 8}
    each = [(a.batched, a.size * sizes[a.kind]) for a in made]
    return sum(n for b, n in each if not b), sum(n for b, n in each if b)

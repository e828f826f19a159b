"""From array statements to source: for NumPy or for JAX, a line a statement.

The function is pure: it makes new arrays of those that it is given, and the batch is
the last axis of all that varies with the example. No statement mixes examples but sums
over them; so it runs on any part of a batch, and sharded on many devices.
"""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from weakref import finalize

import numpy as np

from autograd.program.lower.assembling import write_assemble
from autograd.program.lower.page import Page, number_text, wrapped
from autograd.program.lower.reuse import Reuse, parts_of, reuse_of
from autograd.program.lower.texts import TEXTS, elementwise
from autograd.program.statements.code import Code
from autograd.program.statements.table import Array, ArrayOperand

Column = Literal["numpy", "jax"]

_HELPERS = {"np": "autograd.program.statements.natives", "jnp": "jax.scipy.special"}
"""Where the functions are that NumPy and `jax.numpy` lack."""


@dataclass(frozen=True)
class Source:
    """A program as source, and what goes with it.

    Attributes:
        text: The source.
        constants: The arrays that are handed to it.
        given: The names of what it takes, in order.
        outputs: The names of what it returns, in order: a tuple.
        fixed_bytes: The memory of its arrays that does not grow with the batch; 0 where
            that is not planned here, as of JAX.
        bytes_per_example: What every example adds.
        groups: For every line of the text the number of the group that it computes,
            forward or backward; -1 for the others.
    """

    text: str
    constants: tuple[np.ndarray[Any, Any], ...]
    given: tuple[str, ...]
    outputs: tuple[str, ...]
    fixed_bytes: int
    bytes_per_example: int
    groups: tuple[int, ...]

    @property
    def lines(self) -> list[str]:
        """What runs every time, without comments."""
        _, _, body = self.text.rpartition('"""\n')
        lines = [line.strip() for line in body.splitlines()]
        return [x for x in lines if x and not x.startswith(("#", "return "))]

    def compiled(self) -> Callable[..., tuple[Any, ...]]:
        """The function that it defines: what is given, in its order -> outputs."""
        lines = self.text.splitlines(keepends=True)
        filename = f"<gradtrace program {id(lines):x}>"  # the only one
        namespace: dict[str, Any] = {"constants": self.constants}
        exec(compile(self.text, filename, "exec"), namespace)  # noqa: S102
        # Taken out of its own globals, which would be a cycle, and hold it for long.
        program: Callable[..., tuple[Any, ...]] = namespace.pop("program")
        linecache.cache[filename] = (len(self.text), None, lines, filename)
        finalize(program, linecache.cache.pop, filename, None)
        return program


def write(
    code: Code,
    outputs: Mapping[str, ArrayOperand],
    *,
    column: Column = "numpy",
    title: str = "Values and gradients.",
    reuse: bool = True,
) -> Source:
    """The source of a program that computes the outputs.

    Args:
        code: The statements.
        outputs: What is returned, by name: arrays of the code, or numbers.
        column: Whose functions it calls.
        title: The function's docstring.
        reuse: Whether arrays that nobody needs any more are written over, in NumPy.
    """
    statements = needed(code, outputs)
    kept = {x for x in outputs.values() if isinstance(x, Array)}
    for wish, x in outputs.items():
        if isinstance(x, Array):
            x.hint = x.hint or wish
    is_reused = reuse and column == "numpy"
    parts = parts_of(statements, kept) if is_reused else {}
    found = reuse_of(statements, kept, parts) if is_reused else Reuse({}, 0, 0)
    page = Page("np" if column == "numpy" else "jnp", found.over)
    given = [a for a in code.statements if a.function == "given"]
    for array in given:
        page.call(array, page.free(array.options["name"]))
    arguments = ", ".join(map(page.name, given))
    _write_all(page, statements, parts)
    returned = ", ".join(_returned(page, x) for x in outputs.values())
    returned = f"return ({returned}{',' * (len(outputs) == 1)})"
    head = [
        *_head(page, returned),
        *wrapped(f"def program({arguments}):", ""),
        f'    """{title}"""',
        *_size(page, given, returned),
    ]
    text, groups = _text(page, head, returned)
    return Source(
        text,
        tuple(page.constants),
        tuple(a.options["name"] for a in given),
        tuple(outputs),
        found.fixed_bytes,
        found.bytes_per_example,
        groups,
    )


def needed(code: Code, outputs: Mapping[str, ArrayOperand]) -> list[Array]:
    """The statements that the outputs need, in order."""
    wanted = {x for x in outputs.values() if isinstance(x, Array)}
    for array in reversed(code.statements):
        if array in wanted:
            wanted.update(x for x in array.operands if isinstance(x, Array))
    return [array for array in code.statements if array in wanted]


def _write_all(
    page: Page, statements: list[Array], parts: Mapping[Array, tuple[Array, int]]
) -> None:
    """All statements in order, those of a section under its heading."""
    section = ""
    for array in statements:
        function = array.function
        is_made = function == "assemble" and parts.keys() >= {*array.arrays}
        is_told = not is_made and function not in ("view", "constant")
        if array.section != section and is_told:
            section = array.section
            page.lines += ["", f"# {section}"] if array.section != "forward" else []
        if array in parts:
            page.part(array, *parts[array])
        if function == "assemble":
            write_assemble(page, array)
        elif function not in ("given", "constant"):  # which have their names
            page.let(array, TEXTS.get(function, elementwise)(page, array))
        page.owned_by(array.group)


def _returned(page: Page, x: ArrayOperand) -> str:
    if isinstance(x, Array):
        return page.name(x)
    return number_text(x) if page.xp == "np" else f"jnp.array({number_text(x)})"


def _head(page: Page, returned: str) -> list[str]:
    """The imports, and the constants."""
    lines = [*page.lines, *page.setup, returned]
    uses_numpy = any("np." in line.replace("jnp.", "") for line in lines)
    head = ["import jax.numpy as jnp"] if any("jnp." in x for x in lines) else []
    head += ["import numpy as np"] if uses_numpy else []
    if page.imports:
        names = ", ".join(sorted(page.imports))
        module = _HELPERS[page.xp]
        head += [""] * bool(head) + [f"from {module} import {names}"]
    head += [""] * bool(head and page.setup) + page.setup
    return [*head, "", ""] if head else []


def _size(page: Page, given: list[Array], returned: str) -> list[str]:
    """The line that says how many examples there are, if anyone asks."""
    lines = [line for line in (*page.lines, returned) if not line.startswith("#")]
    if not any(re.search(r"\bB\b", line) for line in lines):
        return []
    batched = next(a for a in given if a.batched)
    return [f"    B = {page.name(batched)}.shape[-1]"]


def _text(page: Page, head: list[str], returned: str) -> tuple[str, tuple[int, ...]]:
    """The source, and for each of its lines the group; -1 for none."""
    lines = "\n".join(head).split("\n")  # the docstring may have several
    groups = [-1] * len(lines)
    for line, group in zip(page.lines, page.groups, strict=True):
        lines += wrapped(line, "    ") if line else [""]
        groups += [group] * (len(lines) - len(groups))
    lines += [*wrapped(returned, "    "), ""]
    groups += [-1] * (len(lines) - 1 - len(groups))
    return "\n".join(lines), tuple(groups)

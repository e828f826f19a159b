"""A whole program as source: `value(theta, x)` and `gradient(theta, x, seed)`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autograd.ops import Op
from autograd.program.loops import natives, symbols
from autograd.program.loops.forward import Forward
from autograd.program.loops.homes import homes
from autograd.program.loops.reverse import Reverse
from autograd.program.loops.rolled import Rolled
from autograd.program.loops.text import INDENT, Block, Repeat, written

PLAIN = "autograd.program.loops.natives"
COMPILED = "autograd.program.loops.numba_natives"
WRT = ("parameters", "inputs", "both")
_WIDTH = 88


class Source(NamedTuple):
    """A program's source.

    Attributes:
        text: The source.
        called: The operations that can't be written down, and the names by which the
            source calls their rules: `name_value(...)` and `name_slopes(...)`.
    """

    text: str
    called: Mapping[Op, str]


def source(
    rolled: Rolled, *, wrt: str = "both", careful: bool = False, module: str = PLAIN
) -> Source:
    """The source of a program: loops of plain numbers, forward and backward.

    Args:
        rolled: The program.
        wrt: What `gradient` differentiates by: "parameters", "inputs" or "both".
        careful: Whether zeros are strong: see `sweep.strong_product`.
        module: Where `exp`, `zeros` and the like are imported from.

    Raises:
        ValueError: `wrt` is something else.
    """
    if wrt not in WRT:
        raise ValueError(f"wrt must be one of {', '.join(WRT)}; got {wrt!r}")
    found = homes(rolled, wrt)
    value = Forward(found)
    value.write()
    value.finish()
    _write_outputs(value)
    value.body.say("return outputs")
    gradient = Forward(found)
    gradient.write()
    _write_outputs(gradient)
    Reverse(gradient, careful=careful).write()
    gradient.finish()
    gradient.body.say("return outputs, d_theta, d_x")
    functions = [
        _function("value(theta, x)", value.body),
        _function("gradient(theta, x, seed)", gradient.body),
    ]
    tables = _tables(gradient.tables)
    imports = _imports("\n".join([*tables, *functions]), module)
    head = "\n\n".join(part for part in [imports, *tables] if part)
    parts = [head, *functions] if head else functions
    return Source("\n\n\n".join(parts) + "\n", gradient.scope.called)


def _write_outputs(forward: Forward) -> None:
    body = forward.body
    body.say(f"outputs = zeros({len(forward.plan.outputs)})")
    for stretch in forward.homes.outputs:
        first = stretch.first
        if stretch.length == 1:
            number = forward.at(forward.plan.outputs[first])
            body.say(f"outputs[{first}] = {{}}", symbols.text(number))
            continue
        block = Block()
        position = f"i + {first}" if first else "i"
        entries = forward.entries(stretch.base, stretch.stride)
        block.say(f"outputs[{position}] = {entries}")
        body.items.append(Repeat(f"for i in range({stretch.length}):", block))


def _function(head: str, body: Block) -> str:
    whole = Block([Repeat(f"def {head}:", body)])
    return written(whole)


def _tables(tables: Sequence[tuple[float, ...]]) -> list[str]:
    """The tables of constants, several numbers a line."""
    texts = []
    for k, table in enumerate(tables):
        lines, line = [], INDENT
        for number in table:
            entry = f"{symbols.text(number)},"
            if len(line) + len(entry) >= _WIDTH:
                lines.append(line.rstrip())
                line = INDENT
            line += f"{entry} "
        lines.append(line.rstrip())
        inner = "\n".join(lines)
        texts.append(f"NUMBERS_{k} = numbers([\n{inner}\n])")
    return texts


def _imports(body: str, module: str) -> str:
    """The line that imports what the source calls."""
    used = {*re.findall(r"\b[A-Za-z_]\w*", body)} & {*natives.__all__}
    if not used:
        return ""
    line = f"from {module} import {', '.join(sorted(used))}"
    if len(line) < _WIDTH:
        return line
    names = "".join(f"{INDENT}{name},\n" for name in sorted(used))
    return f"from {module} import (\n{names})"

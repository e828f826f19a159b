"""From array statements to JAX source: the same statements, each making a new array.

The function is pure, so `jax.jit`, `jax.vmap` and JAX's own differentiation take it.
The batch axis stands in front of whatever varies with the example, and no statement
mixes examples but sums over them; so sharded over that axis it runs on many devices.

It is computed in the precision of its arguments: 64 bits under `jax.enable_x64`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograd.program.arrays import Array, Code, Term
from autograd.program.emit.elementwise import ARITHMETIC, ufunc_name
from autograd.program.emit.jax_page import JaxPage
from autograd.program.emit.jax_places import (
    pick,
    scatter,
    segments,
    take,
    write_assemble,
)
from autograd.program.emit.jax_products import matmul, outer
from autograd.program.emit.lowering import needed
from autograd.program.emit.names import number_text, wrapped
from autograd.program.emit.numpy_source import Source
from autograd.program.emit.places import view_text

_INFIX = {
    **dict(zip(("add", "sub", "mul", "div", "and", "or"), "+-*/&|", strict=True)),
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
}


def write_jax(
    code: Code,
    outputs: Mapping[str, Term],
    *,
    batch: bool,
    name: str = "program",
    title: str = "",
) -> Source:
    """The source of a program on `jax.numpy`; see `numpy_source.write`.

    Its function makes the function that runs: `program()`, or `program(constants)`.
    """
    statements = needed(code, outputs)
    given = [a for a in code.statements if a.function == "given"]
    page = JaxPage(batch, [a.options["name"] for a in given])
    section = ""
    for array in statements:
        if array.section != section:
            section = array.section
            page.lines += ["", f"# {section}"]
        _write(page, array)
        page.owned_by(array.group)
    used = {a for a in statements if a.function == "given"}
    named = [a.options["name"] for a in given]
    arguments = [x if a in used else f"_{x}" for a, x in zip(given, named, strict=True)]
    returned = ", ".join(_returned(page, x) for x in outputs.values())
    returned = f"({returned}{',' * (len(outputs) == 1)})"
    size = _size_of(given, arguments, batch)
    page.owned_by(-1)
    text, groups = _text(page, name, title, arguments, returned, size)
    computed = sum(a.function not in ("given", "constant", "view") for a in statements)
    names, constants = tuple(named), tuple(page.constants)
    return Source(
        name, text, constants, names, tuple(outputs), batch, computed, 0, 0, groups
    )


def _returned(page: JaxPage, x: Term) -> str:
    return page.name(x) if isinstance(x, Array) else f"jnp.array({number_text(x)})"


def _size_of(given: list[Array], arguments: list[str], batch: bool) -> str:
    """Where the size of the batch is found."""
    pairs = zip(given, arguments, strict=True)
    varying = [name for a, name in pairs if a.batched and batch]
    return f"len({varying[0]})" if varying else ""


def _text(
    page: JaxPage, name: str, title: str, arguments: list[str], returned: str, size: str
) -> tuple[str, tuple[int, ...]]:
    start = page.lines[:1] == [""]
    body, owners = page.lines[start:], page.groups[start:]
    if any(
        word in f"{line} {returned}" for line in body for word in ("(B", " B", "[B")
    ):
        source = size if size.removeprefix("len(").rstrip(")") in arguments else ""
        body = [f"B = {source or size.replace('(', '(_')}", *body]
        owners = [-1, *owners]
    lines = page.imports(returned)
    lines += [f"def {name}({'constants' if page.constants else ''}):"]
    lines += [f'    """{title or "The function that runs, for jax.jit."}"""']
    for line in page.setup:
        lines += wrapped(line, "    ")
    lines += ["", *wrapped(f"def run({', '.join(arguments)}):", "    ")]
    lines = "\n".join(lines).split("\n")  # the docstring may have several
    groups = [-1] * len(lines)
    for line, group in zip(body, owners, strict=True):
        lines += wrapped(line, "        ") if line else [""]
        groups += [group] * (len(lines) - len(groups))
    lines += [*wrapped(f"return {returned}", "        "), "", "    return run", ""]
    groups += [-1] * (len(lines) - 1 - len(groups))
    return "\n".join(lines), tuple(groups)


def _write(page: JaxPage, array: Array) -> None:
    function = array.function
    if function == "given":
        page.call(array, array.options["name"])
    elif function == "constant":
        numbers = page.table(array.options["value"], "numbers")
        page.let(array, f"jnp.asarray({numbers})")
    elif function == "assemble":
        write_assemble(page, array)
    else:
        rule = _RULES.get(function, _elementwise)
        page.let(array, rule(page, array))


def _elementwise(page: JaxPage, array: Array) -> str:
    function, axes = array.function, len(array.shape)
    terms = [page.operand(x, axes) for x in array.operands]
    last = array.operands[-1]
    if function == "add" and isinstance(last, float) and last == 0.0:
        # It makes 0.0 of -0.0; but x + 0.0 is x to XLA, whatever its sign.
        return f"jnp.where({terms[0]} == 0.0, 0.0, {terms[0]})"
    if function in _INFIX:
        return f"{terms[0]} {_INFIX[function]} {terms[1]}"
    if function == "neg":
        return f"-{terms[0]}"
    if function == "where":
        condition = array.operands[0]
        if isinstance(condition, Array) and condition.kind != "bool":
            terms[0] = f"{terms[0]} != 0.0"
    if function == "relu":
        return f"jnp.maximum({terms[0]}, 0.0)"
    if function == "step":
        return f"jnp.sign(jnp.maximum({terms[0]}, 0.0))"
    if function in ("erf", "erfc"):
        return f"special.{function}({terms[0]})"
    name = function if function in ("where", "sign") else ufunc_name(function)
    return f"jnp.{ARITHMETIC.get(function, name)}({', '.join(terms)})"


def _view(page: JaxPage, array: Array) -> str:
    (a,) = array.operands
    assert isinstance(a, Array)  # noqa: S101
    name, view = page.name(a), array.options["view"]
    if not a.shape and not page.varies(a):
        return f"{name}.reshape({', '.join(map(str, array.shape))})"
    return view_text(name, a.shape, view, page.varies(a))


def _concat(page: JaxPage, array: Array) -> str:
    batched = page.varies(array)
    parts = []
    for a in array.operands:
        assert isinstance(a, Array)  # noqa: S101
        flat = page.flat(a)
        if batched and not page.varies(a):
            flat = f"jnp.broadcast_to({flat}, (B, {a.size}))"
        parts.append(flat)
    return f"jnp.concatenate([{', '.join(parts)}], axis=-1)"


def _reduce(page: JaxPage, array: Array) -> str:
    (a,) = array.operands
    assert isinstance(a, Array)  # noqa: S101
    front = int(page.varies(a))
    axes = {axis % len(a.shape) + front for axis in array.options["axes"]}
    axes |= {0} if array.options["batch"] and front else set()
    if not axes:
        return page.name(a)
    axis: Any = tuple(sorted(axes)) if len(axes) > 1 else axes.pop()
    return f"jnp.{array.options['how']}({page.name(a)}, axis={axis})"


_RULES: dict[str, Callable[[JaxPage, Array], str]] = {
    "view": _view,
    "concat": _concat,
    "reduce": _reduce,
    "take": take,
    "segments": segments,
    "pick": pick,
    "scatter": scatter,
    "matmul": matmul,
    "outer": outer,
}

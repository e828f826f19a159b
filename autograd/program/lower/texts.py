"""What a statement is called by NumPy and by JAX: expressions of Python.

What each gives stands in the table (`statements/table.py`).

The batch is the last axis of whatever varies with the example. So weights times inputs
is one product, rows are copied in one piece, and arithmetic runs along the batch.
Products are NumPy's `dot` where they can be: for small matrices it is faster than `@`.

Most expressions are the same for both but for the module; what is not stands side by
side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from autograd.fast.symbols import SIGNS
from autograd.operators import COMPARISONS
from autograd.program.lower.assembling import view_text
from autograd.program.lower.page import Page, reshape_text
from autograd.program.statements.natives import NUMPY
from autograd.program.statements.table import Array
from autograd.program.statements.views import Rows

Text: TypeAlias = Callable[[Page, Array], str]

# --- products ---------------------------------------------------------------------


def matmul(page: Page, array: Array) -> str:
    """The product of matrices: weights @ inputs, for all examples at once."""
    a, b = array.arrays
    left, right = page.name(a), page.name(b)
    flipped = array.options["transpose"]
    if not b.batched:
        out = page.out(array)
        if not a.batched:
            right = _turned(b, right) if flipped else right
            return f"np.matmul({left}, {right}{out})" if out else f"{left} @ {right}"
        if len(b.shape) > 1:
            right = right if flipped else _turned(b, right)
        if len(b.shape) > 2 and len(a.shape) > 1:
            right += "[..., None, :, :]"
        if a.shape[-1] == 1 and len(b.shape) > 1:  # one term is no sum
            return f"np.multiply({right}, {left}{out})" if out else f"{right} * {left}"
        return f"np.matmul({right}, {left}{out})" if out else f"{right} @ {left}"
    if not a.batched and len(b.shape) == 1:
        return f"{left} @ {right}"
    if not a.batched and flipped and len(a.shape) == len(b.shape) == 2:
        return f"({left} @ {right}).transpose(1, 0, 2)"
    return _each(page, array, a, b)


def _turned(array: Array, name: str) -> str:
    return f"{name}.T" if len(array.shape) == 2 else f"{name}.swapaxes(-1, -2)"


def _each(page: Page, array: Array, a: Array, b: Array) -> str:
    """A product for each example."""
    ends = "jk" if array.options["transpose"] else "kj"
    letters = []
    for x, plain, full in ((a, "k", "ik"), (b, "k", ends)):
        lead = "..." if len(x.shape) > 2 else ""
        letters.append(lead + (plain if len(x.shape) == 1 else full) + "b" * x.batched)
    lead = "..." if len(array.shape) > len({"i", "j"} & set("".join(letters))) else ""
    kept = "".join(x for x in "ij" if x in "".join(letters))
    spec = f"{','.join(letters)}->{lead}{kept}b"
    if page.xp == "np":
        page.imports.add("einsum")
    xp = "jnp." if page.xp == "jnp" else ""
    return f'{xp}einsum("{spec}", {page.name(a)}, {page.name(b)})'


def weighted(page: Page, array: Array) -> str:
    """Weights times all columns of all examples: one product."""
    w, a = array.arrays
    left, right, out = page.name(w), columns(page, a), page.out(array)
    if len(a.shape) + a.batched < 3:
        return f"{page.xp}.dot({left}, {right}{out})"
    if page.xp == "jnp":  # which may have the examples on many devices
        return f"jnp.tensordot({left}, {page.name(a)}, 1)"
    if out:
        out += ".reshape(-1)" if len(w.shape) == 1 else f".reshape({w.shape[0]}, -1)"
    shaped = reshape_text(array.shape, array.batched)
    return f"np.dot({left}, {right}{out}){shaped}"


def columns(page: Page, array: Array) -> str:
    """The array as a matrix: its first axis by all others, and the examples."""
    if len(array.shape) + array.batched < 3:
        return page.name(array)
    return f"{page.name(array)}.reshape({array.shape[0]}, -1)"


def outer(page: Page, array: Array) -> str:
    """The sum of a[i] b[j] over the examples and all other axes."""
    a, b = array.arrays
    left, right, rank = page.name(a), page.name(b), len(a.shape)
    if rank == 1 and not a.batched:
        return f"{left}[:, None] * {right}"
    if page.xp == "jnp" and rank > 1:
        letters = "stuvwxyz"[: rank - 1] + "b" * a.batched
        return f'jnp.einsum("i{letters},j{letters}->ij", {left}, {right})'
    out = page.out(array)
    return f"{page.xp}.dot({columns(page, a)}, {columns(page, b)}.T{out})"


# --- element by element ---------------------------------------------------------

_UFUNCS = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "and": "logical_and",
    "or": "logical_or",
    "neg": "negative",
    **{name: name for name in COMPARISONS},
}
_IMPORTED = {"erf", "erfc"}
"""Natives that NumPy lacks: helpers of `natives`."""


def ufunc_name(function: str) -> str:
    """The name of NumPy's ufunc for a function; "" if it has none."""
    native = NUMPY.get(function)
    name = native.__name__ if isinstance(native, np.ufunc) else ""
    return _UFUNCS.get(function, name)


def elementwise(page: Page, array: Array) -> str:
    """A sign between operands, or a function of the module."""
    function = array.function
    terms = [page.operand(x, array) for x in array.operands]
    out = page.out(array)
    last = array.operands[-1]
    if page.xp == "jnp" and function == "add" and repr(last) == "0.0":
        # It makes 0.0 of -0.0; but x + 0.0 is x to XLA, whatever its sign.
        return f"jnp.where({terms[0]} == 0.0, 0.0, {terms[0]})"
    if function in SIGNS and not out:
        left, right = (f"({x})" if x.startswith("-") else x for x in terms)
        return f"{left} {SIGNS[function]} {right}"
    if function == "neg" and not out:
        return f"-{terms[0]}"
    if function == "where" and terms[1:] == ["1.0", "0.0"] and page.xp == "np":
        return f"np.multiply({terms[0]}, 1.0{out})" if out else f"{terms[0]} * 1.0"
    if function == "sign":  # a zero keeps its own
        return f"{page.xp}.copysign({page.xp}.sign({terms[0]}), {terms[0]})"
    if function in _IMPORTED or (function == "where" and out):
        page.imports.add(function)
        return f"{function}({', '.join(terms)}{out})"
    name = ufunc_name(function) or function
    return f"{page.xp}.{name}({', '.join(terms)}{out})"


# --- rows and stretches -----------------------------------------------------------


def _view(page: Page, array: Array) -> str:
    (a,) = array.arrays
    return view_text(page.name(a), a.shape, array.options["view"], a.batched)


def _stretch(page: Page, array: Array) -> str:
    (a,) = array.arrays
    shape = page.shape(array.shape, array.batched)
    return f"{page.xp}.broadcast_to({page.operand(a, array)}, {shape})"


def _take(page: Page, array: Array) -> str:
    (a,) = array.arrays
    rows, out = page.table(array.options["rows"], "rows"), page.out(array)
    if out:
        return f'{page.flat(a)}.take({rows}, axis=0{out}, mode="clip")'
    return f"{page.flat(a)}[{rows}]"


_REDUCTIONS = {"sum": "add", "max": "maximum", "min": "minimum"}


def _reduce(page: Page, array: Array) -> str:
    (a,), how = array.arrays, array.options["how"]
    axes = {axis % len(a.shape) for axis in array.options["axes"]}
    axes |= {len(a.shape)} if array.options["batch"] else set()
    axis: Any = tuple(sorted(axes)) if len(axes) > 1 else axes.pop()
    if page.xp == "jnp":
        return f"jnp.{how}({page.name(a)}, axis={axis})"
    out = page.out(array)
    if how == "sum" and array.options["batch"] and axis == len(a.shape) < 2:
        return f"np.dot({page.name(a)}, {page.ones()}{out})"  # half of `sum`'s time
    return f"np.{_REDUCTIONS[how]}.reduce({page.name(a)}, axis={axis}{out})"


def _segments(page: Page, array: Array) -> str:
    (a,), how = array.arrays, array.options["how"]
    starts: Rows = array.options["starts"]
    axis = -1 - a.batched
    lengths = np.diff([*starts, a.shape[-1]])
    along = np.arange(lengths.max())
    inside = along < lengths[:, None]
    rows = page.table(starts[:, None] + np.where(inside, along, 0), "stretches")
    if page.xp == "np" and not a.batched:
        name = f"np.{_REDUCTIONS[how]}.reduceat"
        return f"{name}({page.name(a)}, {page.table(starts, 'starts')}, axis=-1)"
    if page.xp == "np":
        page.imports.add("segments")
        outside = page.table(~inside, "outside")
        return f"segments(np.{_REDUCTIONS[how]}, {page.name(a)}, {rows}, {outside})"
    # JAX has them side by side, filled up, and reduces once.
    stretches = f"{page.name(a)}[..., {rows}{', :' * a.batched}]"
    if how == "sum" and not inside.all():
        mask = page.table(inside[..., None] if a.batched else inside, "inside")
        stretches = f"jnp.where({mask}, {stretches}, 0.0)"
    return f"jnp.{how}({stretches}, axis={axis})"


# --- places that integers choose ------------------------------------------------------


def _integer(page: Page, array: Array) -> str:
    (a,) = array.arrays
    return f"{page.name(a)}.astype(int)"


def _places(page: Page, array: Array) -> str:
    (index,), rows = array.arrays, array.options["rows"]
    name = page.operand(index, array)
    steps = np.diff(rows, axis=-1)
    step = int(steps.flat[0]) if steps.size else 0
    if (steps == step).all():
        chosen = name if step == 1 else f"{step} * {name}"
        firsts = rows[..., 0]
        if index.shape == firsts.shape and not firsts.any():
            return chosen
        return f"{_aligned(page, array, firsts, 'firsts')} + {chosen}"
    n = rows.shape[-1]
    table = page.table(rows.reshape(-1), "candidates")
    table = f"jnp.asarray({table})" if page.xp == "jnp" else table
    offsets = np.arange(0, rows.size, n).reshape(rows.shape[:-1])
    return f"{table}[{_aligned(page, array, offsets, 'offsets')} + {name}]"


def _aligned(page: Page, array: Array, numbers: Rows, wish: str) -> str:
    """A table of integers in the shape of an array, for all examples."""
    if numbers.shape and array.batched:
        numbers = numbers[..., None]
    return page.table(numbers, wish)


def _pick(page: Page, array: Array) -> str:
    a, where = array.arrays
    if a.batched and where.batched:
        return f"{page.flat(a)}[{page.name(where)}, {page.xp}.arange(B)]"
    return f"{page.flat(a)}[{page.name(where)}]"


def _scatter(page: Page, array: Array) -> str:
    flow, where = array.arrays
    batched = flow.batched or where.batched or array.batched
    shape = page.shape(where.shape, batched)
    numbers, chosen = (
        page.name(x)
        if (x.shape, x.batched) == (where.shape, batched)
        else f"{page.xp}.broadcast_to({page.aligned(x, batched)}, {shape})"
        for x in (flow, where)
    )
    size = array.options["size"]
    if page.xp == "jnp":
        if array.batched:
            zeros, chosen = f"jnp.zeros(({size}, B))", f"{chosen}, jnp.arange(B)"
        else:
            zeros = f"jnp.zeros({size})"
        return f"{zeros}.at[{chosen}].add({numbers})"
    if array.batched:
        chosen = f"(B * {chosen} + np.arange(B)).ravel()"
        counted = f"np.bincount({chosen}, {numbers}.ravel(), {size} * B)"
        return f"{counted}.reshape({size}, B)"
    return f"np.bincount(np.ravel({chosen}), np.ravel({numbers}), {size})"


TEXTS: dict[str, Text] = {
    "view": _view,
    "stretch": _stretch,
    "take": _take,
    "reduce": _reduce,
    "segments": _segments,
    "matmul": matmul,
    "weighted": weighted,
    "outer": outer,
    "integer": _integer,
    "places": _places,
    "pick": _pick,
    "scatter": _scatter,
}

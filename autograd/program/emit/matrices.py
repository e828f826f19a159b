"""How matrix products are written down.

`np.dot` is called where it can be: for small matrices it takes half the time of
`np.matmul`. It wants a result in one piece, and at most two axes.
"""

from __future__ import annotations

from autograd.program.arrays import Array
from autograd.program.emit.writer import Page, count


def axes_of(array: Array) -> int:
    """How many axes there are, with that of the batch."""
    return len(array.shape) + array.batched


def rows_of(page: Page, array: Array) -> str:
    """The array as a matrix: all axes but the last in one."""
    if axes_of(array) == 2:
        return page.name(array)
    rows = count(array.shape[:-1], batched=array.batched)
    return page.flat(array, rows, array.shape[-1])


def transposed(page: Page, array: Array) -> str:
    """The transpose of a matrix, or of the last two axes."""
    name = page.name(array)
    text = f"{name}.T" if axes_of(array) == 2 else f"{name}.swapaxes(-1, -2)"
    return page.fixed(text, f"{name}_T")


def write_matmul(page: Page, array: Array) -> None:
    """The product of a and b: one product of matrices if b is the same for all."""
    a, b = array.operands
    assert isinstance(a, Array)  # noqa: S101
    assert isinstance(b, Array)  # noqa: S101
    if array.options["strong"]:
        _write_loop(page, array, a, b)
    elif array in page.floats:
        dot = page.function("dot", "np.dot")
        page.say(f"{page.name(array)} = float({dot}({page.name(a)}, {page.name(b)}))")
    elif not b.batched and len(b.shape) <= 2 and _flattens(page, a, array):
        _write_dot(page, array, a, b)
    else:
        _write_loop(page, array, a, b)


def _flattens(page: Page, a: Array, out: Array) -> bool:
    """Whether all rows of a, over all its axes, can be one axis."""
    return page.lies_whole(out) and (axes_of(a) <= 2 or page.lies_whole(a))


def _write_dot(page: Page, array: Array, a: Array, b: Array) -> None:
    left = rows_of(page, a) if axes_of(a) > 1 else page.name(a)
    right = transposed(page, b) if array.options["transpose"] else page.name(b)
    out = page.name(array)
    if axes_of(a) > 2:
        rows = count(a.shape[:-1], batched=a.batched)
        if len(b.shape) == 2:
            out = page.flat(array, rows, array.shape[-1])
        else:
            out = page.flat(array, rows)
    page.say(f"{page.function('dot', 'np.dot')}({left}, {right}, out={out})")


def _write_loop(page: Page, array: Array, a: Array, b: Array) -> None:
    """`np.matmul`, which loops over the leading axes; a vector gets a second axis."""
    left = page.name(a)
    right = transposed(page, b) if array.options["transpose"] else page.name(b)
    front = max(len(a.shape), len(b.shape), 2) - 2
    out = page.name(array)
    tail = [":", ":"]
    if len(b.shape) == 1:
        right = _with_axes(page, right, b.batched, front, "column")
        tail[1] = "None"
    else:
        right = _with_axes(page, right, b.batched, front + 2 - len(b.shape), "")
    if len(a.shape) == 1:
        left = _with_axes(page, left, a.batched, front + 1, "row")
        tail[0] = "None"
    else:
        left = _with_axes(page, left, a.batched, front + 2 - len(a.shape), "")
    if "None" in tail and array not in page.floats:
        out = page.fixed(f"{out}[..., {', '.join(tail)}]", f"{out}_matrix")
    if array.options["strong"]:
        _write_strong(page, array, left, right, out)
    else:
        matmul = page.function("matmul", "np.matmul")
        page.say(f"{matmul}({left}, {right}, out={out})")


def _write_strong(page: Page, array: Array, left: str, right: str, out: str) -> None:
    """Zeros on the left pass nothing on."""
    strong = page.function("strong_matmul", "strong_matmul")
    if array in page.floats:
        page.say(f"{page.name(array)} = {strong}({left}, {right}).item()")
    else:
        page.say(f"{out}[...] = {strong}({left}, {right})")


def _with_axes(page: Page, name: str, batched: bool, axes: int, kind: str) -> str:
    """The name of an array with new axes after that of the batch, or a last one."""
    index = [":"] * batched + ["None"] * (axes if batched else 0)
    if kind == "row" and not batched:
        index = ["None"]
    if kind == "column":
        index += ["...", "None"]
    if "None" not in index:
        return name
    return page.fixed(f"{name}[{', '.join(index)}]", f"{name}_{kind or 'wide'}")


def write_outer(page: Page, array: Array) -> None:
    """The sum of a[i] b[j] over all rows: a matrix product of a transposed and b."""
    a, b = array.operands
    assert isinstance(a, Array)  # noqa: S101
    assert isinstance(b, Array)  # noqa: S101
    out = page.name(array)
    strong = array.options["strong"]
    if axes_of(a) == 1 and axes_of(b) == 1 and not strong:
        column = page.fixed(f"{page.name(a)}[:, None]", f"{page.name(a)}_column")
        multiply = page.function("multiply", "np.multiply")
        page.say(f"{multiply}({column}, {page.name(b)}, out={out})")
        return
    if axes_of(a) == 1:
        rows = page.flat(a, 1, a.shape[0])
        right = page.flat(b, 1, b.shape[0])
    else:
        rows, right = rows_of(page, a), rows_of(page, b)
    turned = page.fixed(f"{rows}.T", f"{rows}_T")
    if strong:
        _write_strong(page, array, turned, right, out)
        return
    name = "dot" if page.lies_whole(array) else "matmul"
    page.say(f"{page.function(name, f'np.{name}')}({turned}, {right}, out={out})")

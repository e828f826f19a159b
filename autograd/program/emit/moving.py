"""How numbers are gathered, put together and summed up."""

from __future__ import annotations

from autograd.program.arrays import Array
from autograd.program.emit.writer import Page, count

_REDUCTIONS = {"sum": "add", "max": "maximum", "min": "minimum"}

MANY, MANY_OF_AN_EXAMPLE = 16384, 64
"""From how many numbers on an argument is used where it is, not copied."""


def operand_of(array: Array) -> Array:
    """The first operand, which is an array."""
    a = array.operands[0]
    assert isinstance(a, Array)  # noqa: S101
    return a


def write_given(page: Page, array: Array) -> None:
    """What the caller hands in is copied to where the views look.

    To copy many numbers would cost more than to make the views anew.
    """
    name = f"{array.options['name']}_given"
    if is_lent(array):
        page.lend(array, f"np.ascontiguousarray({name}, float)")
    else:
        page.say(f"{page.name(array)}[...] = {name}")


def is_lent(array: Array) -> bool:
    """Whether the numbers that the caller hands in are used where they are."""
    many = MANY_OF_AN_EXAMPLE if array.batched else MANY
    return array.function == "given" and array.kind == "float" and array.size >= many


def write_copy(page: Page, array: Array) -> None:
    """A copy in one piece; an integer from a float."""
    source = page.name(operand_of(array))
    page.say(f"{page.name(array)}[...] = {source}")


def write_take(page: Page, array: Array) -> None:
    """Rows of an array, in any order."""
    a, out = operand_of(array), page.name(array)
    rows = page.table(array.options["rows"], f"{out}_rows")
    if a.batched:
        name = page.name(a) if len(a.shape) == 1 else page.flat(a, "B", a.size)
        page.say(f'{name}.take({rows}, axis=1, out={out}, mode="clip")')
    else:
        page.say(f'{page.name(a)}.take({rows}, out={out}, mode="clip")')


def write_reduce(page: Page, array: Array) -> None:
    """A sum, a maximum or a minimum over some axes."""
    a, how = operand_of(array), array.options["how"]
    n, front = len(a.shape), int(a.batched)
    gone = {axis % n + front for axis in array.options["axes"]}
    gone |= {0} if array.options["batch"] else set()
    is_float = array in page.floats
    if how == "sum" and page.lies_whole(a) and page.lies_whole(array):
        text = _sum_as_product(page, array, a, sorted(gone))
        if text:
            page.say(f"{page.name(array)} = float({text})" if is_float else text)
            return
    axes = sorted(gone)
    axis = str(axes[0]) if len(axes) == 1 else f"({', '.join(map(str, axes))})"
    ufunc = _REDUCTIONS[how]
    call = f"{page.function(ufunc, f'np.{ufunc}')}.reduce({page.name(a)}, axis={axis}"
    if is_float:
        page.say(f"{page.name(array)} = float({call}))")
    else:
        page.say(f"{call}, out={page.name(array)})")


def _sum_as_product(page: Page, array: Array, a: Array, gone: list[int]) -> str:
    """A sum over the first or the last axes as a product with ones: much faster."""
    lengths: list[int | str] = [*(["B"] if a.batched else []), *a.shape]
    kept = [axis for axis in range(len(lengths)) if axis not in gone]
    first = gone == list(range(len(gone)))
    last = kept == list(range(len(kept)))
    if not (first or last):
        return ""
    dot = page.function("dot", "np.dot")
    inner = _product(lengths, gone)
    ones = page.fixed(f"np.ones({inner})", f"ones_{inner}".replace(" * ", "x"))
    if not kept:
        flat = page.name(a) if len(lengths) == 1 else page.flat(a, inner)
        if array in page.floats:
            return f"{dot}({ones}, {flat})"
        return f"{dot}({ones}, {flat}, out={page.name(array)})"
    outer = _product(lengths, kept)
    shape = (inner, outer) if first else (outer, inner)
    matrix = page.name(a) if len(lengths) == 2 else page.flat(a, *shape)
    out = page.name(array) if len(kept) == 1 else page.flat(array, outer)
    left, right = (ones, matrix) if first else (matrix, ones)
    return f"{dot}({left}, {right}, out={out})"


def _product(lengths: list[int | str], axes: list[int]) -> int | str:
    chosen = [lengths[axis] for axis in axes]
    numbers = [n for n in chosen if isinstance(n, int)]
    return count(numbers, batched=len(numbers) < len(chosen))


def write_segments(page: Page, array: Array) -> None:
    """The same over stretches of the last axis."""
    a, out = operand_of(array), page.name(array)
    ufunc = _REDUCTIONS[array.options["how"]]
    starts = page.table(array.options["starts"], f"{out}_starts")
    call = f"{page.function(ufunc, f'np.{ufunc}')}.reduceat"
    page.say(f"{call}({page.name(a)}, {starts}, axis=-1, out={out})")

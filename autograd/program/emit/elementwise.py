"""How arithmetic element by element is written down."""

from __future__ import annotations

import numpy as np

from autograd.program.arrays import Array
from autograd.program.emit.writer import Page
from autograd.program.natives import NUMPY

# fmt: off
ARITHMETIC = {
    "add": "add", "sub": "subtract", "mul": "multiply", "div": "divide",
    "neg": "negative", "less": "less", "less_equal": "less_equal",
    "greater": "greater", "greater_equal": "greater_equal", "equal": "equal",
    "not_equal": "not_equal", "and": "logical_and", "or": "logical_or",
}
"""What NumPy calls the operators and comparisons, which here give bools."""
# fmt: on


def ufunc_name(function: str) -> str:
    """The name of NumPy's ufunc for a function; "" if it has none."""
    if function in ARITHMETIC:
        return ARITHMETIC[function]
    native = NUMPY.get(function)
    return native.__name__ if isinstance(native, np.ufunc) else ""


def write_elementwise(page: Page, array: Array) -> None:
    """A statement of arrays: a ufunc with out=, or a helper of natives.py."""
    name = ufunc_name(array.function)
    out = page.name(array)
    operands = [page.operand(x, len(array.shape)) for x in array.operands]
    listed = ", ".join(operands)
    if name:
        page.say(f"{page.function(name, f'np.{name}')}({listed}, out={out})")
    elif array.function == "relu":
        maximum = page.function("maximum", "np.maximum")
        page.say(f"{maximum}({listed}, {page.number(0.0)}, out={out})")
    elif array.function == "above_zero":  # a bool as a float, 1.0 or 0.0
        greater = page.function("greater", "np.greater")
        page.say(f"{greater}({listed}, {page.number(0.0)}, out={out})")
    elif array.function == "sign_of_positive":
        page.say(f"{page.function('sign', 'np.sign')}({listed}, out={out})")
    else:
        native = f'NUMPY["{array.function}"]'
        short = page.function(f"{array.function}_of", native)
        page.say(f"{out}[...] = {short}({listed})")


def write_where(page: Page, array: Array) -> None:
    """What is not chosen, and then what is chosen over it.

    `np.where` makes a new array; these two are faster at every size.
    """
    condition, x, y = array.operands
    out, axes = page.name(array), len(array.shape)
    assert isinstance(condition, Array)  # noqa: S101
    home = page.layout.homes.get(array)
    in_place = isinstance(y, Array) and home is not None
    in_place = in_place and page.layout.homes.get(y) is home  # type: ignore[arg-type]
    if not in_place:
        page.say(f"{out}[...] = {page.operand(y, axes)}")
    test, chosen = page.operand(condition, axes), page.operand(x, axes)
    if _fills(page, condition, array) and (
        not isinstance(x, Array) or x in page.floats or _fills(page, x, array)
    ):
        page.say(f"{page.function('putmask', 'np.putmask')}({out}, {test}, {chosen})")
    else:
        copyto = page.function("copyto", "np.copyto")
        page.say(f"{copyto}({out}, {chosen}, where={test})")


def _fills(page: Page, x: Array, out: Array) -> bool:
    """Whether x has a number for every one of the result."""
    return x not in page.floats and (x.batched, x.shape) == (out.batched, out.shape)

"""How arithmetic on plain floats is written down."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograd.program.arrays import Array, Term
from autograd.program.emit.moving import operand_of
from autograd.program.emit.names import number_text
from autograd.program.emit.places import read_view
from autograd.program.emit.placing import even_step
from autograd.program.emit.writer import Page

# fmt: off
_SIGNS = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "and": "and", "or": "or",
    "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=",
    "equal": "==", "not_equal": "!=",
}
# fmt: on


_STEPS = {"sign_of_positive", "above_zero"}
"""What is a step of a number that is 0 or more."""


def write_float(page: Page, array: Array) -> None:
    """A statement that gives one plain number."""
    function = array.function
    if function == "given":
        page.call(array, f"{array.options['name']}_given")
    elif function == "constant":
        page.call(array, number_text(float(array.options["value"])))
    else:
        text = _EXPRESSIONS.get(function, _arithmetic)(page, array)
        page.say(f"{page.name(array)} = {text}")


def _arithmetic(page: Page, array: Array) -> str:
    """Operators as Python has them, other functions by name."""
    function = array.function
    terms = [_operand(page, x) for x in array.operands]
    if function in _SIGNS:
        left, right = (f"({x})" if x.startswith("-") else x for x in terms)
        return f"{left} {_SIGNS[function]} {right}"
    if function == "neg":
        return f"-{terms[0]}"
    if function == "abs":
        return f"abs({terms[0]})"
    if function == "where":
        return f"{terms[1]} if {terms[0]} else {terms[2]}"
    function = "step" if function in _STEPS else function
    short = page.function(f"float_{function}", f'SCALAR["{function}"]')
    return f"{short}({', '.join(terms)})"


def _operand(page: Page, x: Term) -> str:
    if not isinstance(x, Array):
        text = number_text(x)
    else:
        text = page.name(x) if x in page.floats else f"{page.name(x)}.item()"
    return text


def _item(page: Page, array: Array) -> str:
    """One number of an array."""
    base = operand_of(array)
    if base in page.floats:
        return page.name(base)
    if array.function == "take":
        place = int(array.options["rows"])
    else:
        every = np.arange(base.size).reshape(base.shape)
        place = int(read_view(every, array.options["view"]))
    return f"{page.name(base)}.item({place})"


def _sum_of_flows(page: Page, array: Array) -> str:
    return " + ".join(_operand(page, x) for x in array.operands)


def _integer(page: Page, array: Array) -> str:
    return f"int({page.name(operand_of(array))})"


def _place(page: Page, array: Array) -> str:
    rows, index = array.options["rows"], page.name(operand_of(array))
    step = even_step(rows)
    if step is None:
        return f"{page.table(rows, 'among')}.item({index})"
    return f"{int(rows[0])} + {step} * {index}"


def _chosen(page: Page, array: Array) -> str:
    a, place = (page.name(x) for x in array.operands if isinstance(x, Array))
    return f"{a}.item({place})"


_EXPRESSIONS: dict[str, Callable[[Page, Array], str]] = {
    "view": _item,
    "take": _item,
    "assemble": _sum_of_flows,
    "integer": _integer,
    "places": _place,
    "gather": _chosen,
}

"""From `x * y` to a node: the way that every operation takes.

`record` applies any row of the table to any operands: it evaluates the row on their
numbers, value and local derivatives at once, and makes a node of them. The operators
and methods of Value do the same, faster: see `fast/methods.py`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from itertools import compress
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from autograd.operands import is_array, number
from autograd.ops import OPS, Op, Recordable
from autograd.recording import current, get_state, tracer

if TYPE_CHECKING:
    from autograd.value import Value

new_object = object.__new__


def make_node(
    kind: type[Value],
    op: Op | None,
    data: float,
    operands: tuple[Value | float, ...],
    parents: tuple[Value, ...],
    local_derivatives: tuple[float, ...],
) -> Value:
    """A Value that remembers how it was made, or a leaf where recording is off."""
    node = new_object(kind)
    node._data = data
    node.local_derivatives = local_derivatives
    node.op = op
    node.parents = parents
    if operands is not parents:
        node._operands = operands
    node.recording = state = get_state()
    if not state.epoch.plain:
        settle(node)
    return node


def settle(node: Value) -> None:
    """Forget the history of a new node where recording is off; tell who listens."""
    node.recording = state = current()
    epoch = state.epoch
    if not epoch.records:
        if epoch.tracer is not None and node.op is not None:
            for x in node.operands:  # what would be left of the history is a number
                if not isinstance(x, float):
                    how = f"{node.op.name} under no_grad()"
                    epoch.tracer.read(x, how, _WITHOUT_NO_GRAD)
        node.op = None
        node.parents = node._operands = node.local_derivatives = ()
        node._grad = 0.0
    for recorder in epoch.recorders:
        recorder.made(node)


_WITHOUT_NO_GRAD = "Leave no_grad() out, or compute outside f what is constant"


def record(kind: type[Value], op: Op, operands: tuple[Any, ...]) -> Value:
    """Apply any operation to Values and plain numbers; one at least is a Value."""
    op.check_count(operands)
    if op.constants:
        op.check_constants(operands)
        return _record_mixed(kind, op, operands)
    try:  # only Values have `_data`: the common case, without a look at each
        numbers = [operand._data for operand in operands]
    except AttributeError:
        return _record_mixed(kind, op, operands)
    data, derivatives = op.evaluate(*numbers)
    return make_node(kind, op, data, operands, operands, derivatives)


def _record_mixed(kind: type[Value], op: Op, operands: tuple[Any, ...]) -> Value:
    """The same with constants: they are operands, but no parents."""
    operands = tuple([x if x.__class__ is kind else number(x) for x in operands])
    numbers = [datum(x) if x.__class__ is kind else x for x in operands]
    if op.constants == ("index",) and operands[0].__class__ is kind:
        _check_index(op, operands[0], len(operands) - 1)
    data, derivatives = op.evaluate(*numbers)
    kept = differentiated(op, operands)
    parents = tuple(compress(operands, kept))
    return make_node(
        kind, op, data, operands, parents, tuple(compress(derivatives, kept))
    )


def datum(x: Value) -> float:
    """The number of a Value, wherever it is kept: see `Recording.home`."""
    try:
        return x._data
    except AttributeError:
        return cast(float, x.recording.home.data_of(x))


def _check_index(op: Op, index: Value, count: int) -> None:
    """Raise an IndexError if an integer input points at no entry of a list."""
    if index.is_integer and not 0 <= index._data < count:
        message = (
            f"{op.name}: an integer input that is an index counts from 0 to "
            f"{count - 1}, got {index._data:g}"
        )
        raise IndexError(message)


def differentiated(op: Op, operands: tuple[Any, ...]) -> list[bool]:
    """Which operands have a derivative: the Values, but for an integer index."""
    kept = [isinstance(x, Recordable) for x in operands]
    for position in range(len(op.operand_names) if op.constants else 0):
        kept[position] &= op.operand_names[position] not in op.constants
    return kept


# --- comparisons ------------------------------------------------------------------


def comparison(
    kind: type[Value], name: str, op: Op, compare: Callable[[float, float], bool]
) -> Callable[..., Any]:
    """The method of Value behind an operator such as `<`: it compares the numbers.

    While a function is traced it gives a Value instead of a bool, 1 or 0: the next
    example may compare otherwise.
    """

    def method(self: Value, other: Any) -> Any:
        if other.__class__ is kind:
            plain = datum(other)
        elif is_array(other):
            return NotImplemented
        else:
            try:
                other = plain = number(other)
            except TypeError:
                return NotImplemented
        if tracer() is None:
            return compare(datum(self), plain)
        return record(kind, op, (self, other))

    describe(method, f"__{name}__", f"Compare the numbers, as operator.{name} does.")
    return method


def conjunction(kind: type[Value], name: str, op: Op) -> Callable[..., Any]:
    """The method of Value behind `&` or `|`: for comparisons of a traced function."""

    def method(self: Value, other: Any) -> Any:
        if tracer() is None or not (_is_truth(self) and _is_truth(other)):
            return NotImplemented
        return record(kind, op, (self, other))

    describe(method, f"__{name}__", f"Join comparisons of a traced function: {op}.")
    return method


def _is_truth(x: Any) -> bool:
    """Whether x is a truth value: a bool, or what a recorded comparison gave."""
    if isinstance(x, bool | np.bool_):
        return True
    op = cast("Value", x).op if isinstance(x, Recordable) else None
    return op is not None and op.name in _TRUTHS


def raised(x: Any, y: Any) -> Any:
    """`x ** y` for a Value among the two."""
    return OPS["pow"](x, y) if isinstance(y, Recordable) else OPS["power"](x, y)


COMPARISONS: dict[str, Callable[..., Any]] = {
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
}

_TRUTHS = {*COMPARISONS, "mul", "maximum"}  # the last two join some


def describe(method: Callable[..., Any], name: str, doc: str) -> None:
    """Name and document a method for `help(Value)`."""
    method.__name__, method.__qualname__, method.__doc__ = name, f"Value.{name}", doc

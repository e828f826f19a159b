"""The operators of Value: from `x * y` to a node, as fast as plain Python allows.

Each maker here turns a row of the table into a method. A method evaluates the row on
the operands' floats, value and local derivatives at once, and makes a node of them.
`record` does the same for any operation and any operands.
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
from autograd.straight_line import evaluation

if TYPE_CHECKING:
    from autograd.value import Value

new_object = object.__new__
_PYTHON_NAMES = {"div": "truediv"}  # where Python calls an operator otherwise


def make_node(
    kind: type[Value],
    op: Op | None,
    data: float,
    operands: tuple[Value | float, ...],
    parents: tuple[Value, ...],
    local_derivatives: tuple[float, ...],
) -> Value:
    """A Value that remembers how it was made, or a leaf where recording is off."""
    state = get_state()
    node = new_object(kind)
    node._number = data
    node.grad = 0.0
    node._label = ""
    node.op = op
    node.operands = operands
    node.parents = parents
    node.local_derivatives = local_derivatives
    node.recording = state
    if not state.epoch.plain:
        _settle(node)
    return node


def _settle(node: Value) -> None:
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
        node.operands = node.parents = node.local_derivatives = ()
    for recorder in epoch.recorders:
        recorder.made(node)


_WITHOUT_NO_GRAD = "Leave no_grad() out, or compute outside f what is constant"


def record(kind: type[Value], op: Op, operands: tuple[Any, ...]) -> Value:
    """Apply any operation to Values and plain numbers; one at least is a Value."""
    op.check_count(operands)
    if op.constants:
        op.check_constants(operands)
        return _record_mixed(kind, op, operands)
    try:  # only Values have `_number`: the common case, without a look at each
        numbers = [operand._number for operand in operands]
    except AttributeError:
        return _record_mixed(kind, op, operands)
    data, derivatives = op.evaluate(*numbers)
    return make_node(kind, op, data, operands, operands, derivatives)


def _record_mixed(kind: type[Value], op: Op, operands: tuple[Any, ...]) -> Value:
    """The same with constants: they are operands, but no parents."""
    operands = tuple([x if x.__class__ is kind else number(x) for x in operands])
    numbers = [x._number if x.__class__ is kind else x for x in operands]
    if op.constants == ("index",) and operands[0].__class__ is kind:
        _check_index(op, operands[0], len(operands) - 1)
    data, derivatives = op.evaluate(*numbers)
    kept = differentiated(op, operands)
    parents = tuple(compress(operands, kept))
    return make_node(
        kind, op, data, operands, parents, tuple(compress(derivatives, kept))
    )


def _check_index(op: Op, index: Value, count: int) -> None:
    """Raise an IndexError if an integer input points at no entry of a list."""
    if index.is_integer and not 0 <= index._number < count:
        message = (
            f"{op.name}: an integer input that is an index counts from 0 to "
            f"{count - 1}, got {index._number:g}"
        )
        raise IndexError(message)


def differentiated(op: Op, operands: tuple[Any, ...]) -> list[bool]:
    """Which operands have a derivative: the Values, but for an integer index."""
    kept = [isinstance(x, Recordable) for x in operands]
    for position in range(len(op.operand_names) if op.constants else 0):
        kept[position] &= op.operand_names[position] not in op.constants
    return kept


def unary(op: Op) -> Callable[[Value], Value]:
    """The method of Value that applies an operation of one operand."""
    evaluate = evaluation(op)

    def method(self: Value) -> Value:
        x = self._number
        try:
            data, derivatives = evaluate(x)
        except ArithmeticError:
            data, derivatives = op.evaluate(x)
        operands = (self,)
        return make_node(self.__class__, op, data, operands, operands, derivatives)

    _describe(method, op.name, op.sentence)
    return method


def _describe(method: Callable[..., Any], name: str, doc: str) -> None:
    """Name and document a method for `help(Value)`."""
    method.__name__, method.__qualname__, method.__doc__ = name, f"Value.{name}", doc


def binary(op: Op, constant_op: Op | None = None) -> Callable[[Value, Any], Value]:
    """The method of Value behind an operator such as `*`.

    Args:
        op: The operation on two Values.
        constant_op: The operation with a plain number at the right, if another.
    """
    constant_op = constant_op or op
    evaluate, evaluate_constant = evaluation(op), evaluation(constant_op)

    def method(self: Value, other: Any) -> Any:
        kind, x = self.__class__, self._number
        if other.__class__ is kind:
            y = other._number
            try:
                data, derivatives = evaluate(x, y)
            except ArithmeticError:
                data, derivatives = op.evaluate(x, y)
            operands = (self, other)
            return make_node(kind, op, data, operands, operands, derivatives)
        if other.__class__ is int:
            other = other * 1.0 if -(2**53) < other < 2**53 else number(other)
        elif other.__class__ is not float:
            if is_array(other):
                return NotImplemented
            other = number(other)
        try:
            data, derivatives = evaluate_constant(x, other)
        except ArithmeticError:
            data, derivatives = constant_op.evaluate(x, other)
        operands, parents = (self, other), (self,)
        slope = (derivatives[0],)
        return make_node(kind, constant_op, data, operands, parents, slope)

    _describe(method, f"__{_PYTHON_NAMES.get(op.name, op.name)}__", op.sentence)
    return method


def reflected(op: Op) -> Callable[[Value, Any], Value]:
    """The method of Value behind an operator with a plain number at its left."""

    def method(self: Value, other: Any) -> Any:
        if is_array(other):
            return NotImplemented
        return record(self.__class__, op, (other, self))

    _describe(method, f"__r{_PYTHON_NAMES.get(op.name, op.name)}__", op.sentence)
    return method


def comparison(op: Op, compare: Callable[[float, float], bool]) -> Callable[..., Any]:
    """The method of Value behind an operator such as `<`: it compares the numbers.

    While a function is traced it gives a Value instead of a bool, 1 or 0: the next
    example may compare otherwise.
    """

    def method(self: Value, other: Any) -> Any:
        if other.__class__ is self.__class__:
            if tracer() is None:
                return compare(self._number, other._number)
            return record(self.__class__, op, (self, other))
        if is_array(other):
            return NotImplemented
        try:
            plain = number(other)
        except TypeError:
            return NotImplemented
        if tracer() is None:
            return compare(self._number, plain)
        return record(self.__class__, op, (self, plain))

    name = compare.__name__
    _describe(method, f"__{name}__", f"Compare the numbers, as operator.{name} does.")
    return method


def conjunction(op: Op, name: str) -> Callable[..., Any]:
    """The method of Value behind `&` or `|`: for comparisons of a traced function."""

    def method(self: Value, other: Any) -> Any:
        if tracer() is None or not (_is_truth(self) and _is_truth(other)):
            return NotImplemented
        return record(self.__class__, op, (self, other))

    _describe(method, name, f"Join comparisons of a traced function: {op.name}.")
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

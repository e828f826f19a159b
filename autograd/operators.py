"""From `x * y` to a node: what every operation comes to.

`record` applies any row of the table to any operands: it evaluates the row on their
numbers, value and local derivatives at once, and makes a node of them. The operators
and methods of Value, at the end, are that and nothing more. `fast/methods.py` puts
others in their place, which do the same in fewer steps, as some functions of
`applying.py` do. `kind` is always Value, which is made after this.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import compress
from typing import TYPE_CHECKING, Any, cast

from autograd.operands import applied, describe, is_array, number
from autograd.ops import OPS, Op, Recordable
from autograd.recording import current, get_state

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
    node._grad = 0.0
    node.op = op
    keep_parents(node, parents, local_derivatives)
    if operands is not parents:
        node._operands = operands
    node.recording = state = get_state()
    if not state.epoch.plain:
        settle(node)
    return node


def keep_parents(
    node: Value, parents: tuple[Value, ...], local_derivatives: tuple[float, ...]
) -> None:
    """Write down what a node was made of: one or two parents without a tuple."""
    if len(parents) == 2:
        node._x, node._y = parents
        node._dx, node._dy = local_derivatives
    elif len(parents) == 1:
        node._x, node._y = parents[0], None
        node._dx = local_derivatives[0]
    else:
        node._x, node._y, node._dy = None, parents, local_derivatives


def settle(node: Value) -> None:
    """Forget the history of a new node where recording is off; tell who listens."""
    node.recording = state = current()
    epoch = state.epoch
    if not epoch.records:
        if epoch.tracer is not None and node.op is not None:
            how = f"{node.op.name} under no_grad()"
            advice = "Leave no_grad() out, or compute outside f what is constant"
            for x in node.operands:  # what would be left of the history is a number
                if not isinstance(x, float):
                    epoch.tracer.read(x, how, advice)
        node.op = node._x = None
        node._y = node._dy = node._operands = ()
    for recorder in epoch.recorders:
        recorder.made(node)


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
    """The same where an operand is no Value with its number in its slot.

    Plain numbers are operands, but no parents.
    """
    operands = tuple([x if x.__class__ is kind else number(x) for x in operands])
    numbers = [datum(x) if x.__class__ is kind else x for x in operands]
    data, derivatives = op.evaluate(*numbers)
    kept = has_derivative(op, operands)
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


def has_derivative(op: Op, operands: tuple[Any, ...]) -> list[bool]:
    """Which operands have a derivative: the Values, but for an integer index."""
    kept = [isinstance(x, Recordable) for x in operands]
    for position in range(len(op.operand_names) if op.constants else 0):
        kept[position] &= op.operand_names[position] not in op.constants
    return kept


# --- the operators of Python and the methods of Value -------------------------------


def raised(x: Any, y: Any) -> Any:
    """`x ** y` for a Value among the two; a constant exponent needs no log."""
    return OPS["pow" if isinstance(y, Recordable) else "power"](x, y)


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "add": OPS["add"],
    "sub": OPS["sub"],
    "mul": OPS["mul"],
    "truediv": OPS["div"],
    "pow": raised,
    "floordiv": OPS["floor_divide"],
    "mod": OPS["remainder"],
}
"""What Python calls an operator of two, and what it applies."""

SIGNS_OF_ONE = ("neg", "abs", "floor", "ceil", "trunc")
"""Those of one, as `-x`, `abs(x)`, `math.floor(x)`; Python's names are the rows'."""


def method_names() -> list[str]:
    """The rows that are methods of Value: the public ones that ask for one operand.

    `x.neg()` is not among them: people write `-x`.
    """
    return [
        op.name
        for op in OPS.values()
        if len(op.operand_names) - len(op.defaults) == 1
        if not (op.variadic or op.helper or op.name == "neg")
    ]


def between(apply: Callable[[Any, Any], Any], x: Any, y: Any) -> Any:
    """What `x * y` is; NumPy takes arrays apart and comes back with their elements."""
    return NotImplemented if is_array(x) or is_array(y) else apply(x, y)


def give_operators(kind: type[Value]) -> None:
    """Put the operators and methods into the class."""
    for name, apply in OPERATORS.items():
        setattr(kind, f"__{name}__", lambda x, y, f=apply: between(f, x, y))
        setattr(kind, f"__r{name}__", lambda y, x, f=apply: between(f, x, y))
    for name in SIGNS_OF_ONE:
        setattr(kind, f"__{name}__", lambda x, op=OPS[name]: op(x))
    for name in method_names():
        method = applied(OPS[name])
        describe(method, f"Value.{name}", OPS[name].sentence)
        setattr(kind, name, method)

"""From `x * y` to a node: what every operation comes to.

`record` applies any row of the table to any operands: it evaluates the row on their
numbers, value and local derivatives at once, and makes a node of them. The operators
and methods of Value, at the end, are that and nothing more. `fast/methods.py` puts
others in their place, which do the same in fewer steps. `kind` is always Value, which
is made after this.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from inspect import Parameter, Signature, signature
from itertools import compress
from typing import TYPE_CHECKING, Any, cast

from autograd.namespaces import is_array, number
from autograd.ops import OPS, Op
from autograd.recordable import Recordable
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
    node._datum = data
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
    if len(parents) > 2:
        node._x, node._dx = parents, local_derivatives
        node._y = node._dy = ()
    elif len(parents) == 2:
        node._x, node._y = parents
        node._dx, node._dy = local_derivatives
    elif parents:
        (node._x,), node._y = parents, None
        (node._dx,) = local_derivatives
    else:
        node._x = node._y = None


def settle(node: Value) -> None:
    """Tell who listens of a new node, and forget its history where none is recorded."""
    node.recording = state = current()
    for recorder in state.epoch.recorders:
        recorder.made(node)
    if not state.epoch.records:
        node.op = node._x = node._y = None
        node._dx = node._dy = node._operands = ()


def record(kind: type[Value], op: Op, operands: tuple[Any, ...]) -> Value:
    """Apply any operation to Values and plain numbers; one at least is a Value.

    Plain numbers are operands, but no parents.
    """
    op.check_count(operands)
    operands = tuple([x if x.__class__ is kind else number(x) for x in operands])
    parents, kept = operands, has_derivative(op, operands)
    numbers = [datum(x) if x.__class__ is kind else x for x in operands]
    data, derivatives = op.evaluate(*numbers)
    if not all(kept):
        parents = tuple(compress(operands, kept))
        derivatives = tuple(compress(derivatives, kept))
    return make_node(kind, op, data, operands, parents, derivatives)


def datum(x: Value | float) -> float:
    """The number of an operand; a Value's, wherever it is kept: `Recording.home`."""
    try:
        return x._datum  # type: ignore[union-attr]
    except AttributeError:
        if not isinstance(x, Recordable):
            return float(x)
        return cast(float, x.recording.home.data_of(x))


def has_derivative(op: Op, operands: tuple[Any, ...]) -> list[bool]:
    """Which operands have a derivative: the Values, but for an integer index.

    Raises:
        TypeError: A Value stands where a plain number must.
    """
    kept = [isinstance(x, Recordable) for x in operands]
    for position, name in enumerate(op.operand_names if op.constants else ()):
        if kept[position] and name in op.constants:
            if name != "index" or not operands[position].is_integer:
                message = f"{op}: its operand {name} is a constant, a plain number; "
                raise TypeError(message + "got a Value")
            kept[position] = False
    return kept


# --- the operators of Python and the methods of Value -------------------------------


def describe(function: Callable[..., Any], name: str, doc: str) -> None:
    """Name and document a function, or a method such as "Value.exp", for `help`."""
    function.__name__ = name.rpartition(".")[2]
    function.__qualname__, function.__doc__ = name, doc


def applied(op: Op) -> Callable[..., Any]:
    """A row as a function of its operands, which may be given by their names, too."""
    _xp, *operands = signature(op.forward).parameters.values()
    apply = op.__call__  # bound here, it is called more quickly than `op` itself
    form = Signature([x.replace(annotation=Parameter.empty) for x in operands])

    def function(*operands: Any, **named: Any) -> Any:
        if named:
            try:
                bound = form.bind(*operands, **named)
            except TypeError as error:
                raise TypeError(f"{op.name}{form}: {error}") from None
            bound.apply_defaults()
            operands = bound.args
        return apply(*operands)

    function.__signature__ = form  # type: ignore[attr-defined]
    return function


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


COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
}
"""The rows of comparisons, and what compares plain numbers so."""


def between(apply: Callable[[Any, Any], Any], x: Any, y: Any) -> Any:
    """What `x * y` is; NumPy takes arrays apart and comes back with their elements."""
    return NotImplemented if is_array(x) or is_array(y) else apply(x, y)


def comparison(op: Op, compare: Callable[[float, float], bool]) -> Callable[..., Any]:
    """The method of Value behind an operator such as `<`: it compares the numbers.

    While a function is traced it gives a Value instead of a bool, 1 or 0: the next
    example may compare otherwise.
    """

    def method(self: Value, other: Any) -> Any:
        if isinstance(other, Recordable):
            plain = datum(cast("Value", other))
        elif is_array(other):
            return NotImplemented
        else:
            try:
                other = plain = number(other)
            except TypeError:
                return NotImplemented
        return compare(datum(self), plain) if tracer() is None else op(self, other)

    return method


def give_operators(kind: type[Value]) -> None:
    """Put the operators and methods into the class."""

    def give(name: str, method: Callable[..., Any], doc: str) -> None:
        describe(method, f"Value.{name}", doc)
        setattr(kind, name, method)

    for name, apply in OPERATORS.items():
        doc = f"What operator.{name} gives."
        give(f"__{name}__", lambda x, y, f=apply: between(f, x, y), doc)
        give(f"__r{name}__", lambda y, x, f=apply: between(f, x, y), doc)
    for name in SIGNS_OF_ONE:
        give(f"__{name}__", lambda x, op=OPS[name]: op(x), OPS[name].words)
    for row, compare in COMPARISONS.items():
        doc = f"Compare the numbers, as operator.{compare.__name__} does."
        give(f"__{compare.__name__}__", comparison(OPS[row], compare), doc)
    for name in method_names():
        give(name, applied(OPS[name]), OPS[name].words)

"""The operators of Value: from `x * y` to a node, as fast as plain Python allows.

`record` is the way to follow: it applies any row of the table to any operands, and
makes a node of the value and the local derivatives. The operators and methods do the
same in one function each, written for its row (`straight_line.py`): no call, no list,
no look at what the operands might be. This is what `x.square()` runs:

>>> from autograd.ops import OPS
>>> print(_unary_source(OPS["square"]))
def method(self):
    try:
        x = self._data
        t1 = x * x
        t2 = 2.0 * x
    except (ArithmeticError, AttributeError):
        return record(Value, op, (self,))
    node = new(Value)
    node._data = t1
    node.local_derivatives = (t2,)
    node.op = op
    node.parents = (self,)
    node.recording = state = get_state()
    if not state.epoch.plain:
        settle(node)
    return node

What can't be computed so, as `1 / x` at 0, is left to `record`, which never raises.
The node leaves unset what can be told otherwise: its gradient is 0 until a sweep, its
label is "", and its operands are its parents.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from itertools import compress
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from autograd.operands import is_array, number
from autograd.ops import FLOATS, OPS, Op, Recordable
from autograd.recording import current, get_state, tracer
from autograd.straight_line import as_tuple, compiled, source, written

if TYPE_CHECKING:
    from autograd.value import Value

new_object = object.__new__
Evaluation = Callable[..., tuple[float, tuple[float, ...]]]


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


# --- methods, each written for its row --------------------------------------------


class _Steps:
    """A row as lines of source: one operand may be a plain number.

    Args:
        op: The row.
        plain: The position of an operand that is no Value; None if both are.
    """

    def __init__(self, op: Op, plain: int | None = None) -> None:
        self.more: dict[str, Any] = {}
        kept = [i for i in range(len(op.operand_names)) if i != plain]
        try:
            row = written(op)
        except TypeError:  # it decides by its operands: called as it is
            names = list(op.operand_names)
            by_constant = plain == 1 and op.constants == op.operand_names[1:]
            call = "rows[{1}]({0})" if by_constant else "evaluate({0}, {1})"
            self.lines = [f"t1, t2 = {call.format(*names)}"]
            self.value = "t1"
            self.derivatives = "t2" if plain is None else f"(t2[{kept[0]}],)"
            self.more = {"evaluate": _called(op), "rows": _RowsByConstant(op)}
        else:
            self.lines, self.value = row.lines, row.value
            self.derivatives = as_tuple([row.derivatives[i] for i in kept])


def _node_lines(steps: _Steps, op: str, parents: str, operands: str = "") -> list[str]:
    more = [f"node._operands = {operands}"] if operands else []
    return [
        "node = new(Value)",
        f"node._data = {steps.value}",
        f"node.local_derivatives = {steps.derivatives}",
        f"node.op = {op}",
        f"node.parents = {parents}",
        *more,
    ]


_END = [
    "node.recording = state = get_state()",
    "if not state.epoch.plain:",
    "    settle(node)",
    "return node",
]


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _try(lines: list[str], otherwise: str, errors: str = "") -> list[str]:
    caught = f"except (ArithmeticError, AttributeError{errors}):"
    return ["try:", *_indented(lines), caught, f"    return {otherwise}"]


def _unary_lines(op: Op) -> tuple[list[str], dict[str, Any]]:
    steps = _Steps(op)
    start = [f"{op.operand_names[0]} = self._data", *steps.lines]
    body = [
        *_try(start, "record(Value, op, (self,))"),
        *_node_lines(steps, "op", "(self,)"),
        *_END,
    ]
    return ["def method(self):", *_indented(body)], steps.more


def _unary_source(op: Op) -> str:
    return "\n".join(_unary_lines(op)[0])


def unary(kind: type[Value], op: Op) -> Callable[[Value], Value]:
    """The method of Value that applies an operation of one operand."""
    lines, more = _unary_lines(op)
    return _defined(kind, lines, {**more, "op": op}, op.name, op)


def binary(
    kind: type[Value], name: str, op: Op, constant_op: Op | None = None
) -> Callable[[Value, Any], Value]:
    """The method of Value behind an operator such as `*`.

    Args:
        kind: Value.
        name: What Python calls the operator, such as "mul".
        op: The operation on two Values.
        constant_op: The operation with a plain number at the right, if another.
    """
    constant_op = constant_op or op
    x, y = op.operand_names
    both, mixed = _Steps(op), _Steps(constant_op, plain=1)
    n = constant_op.operand_names[1]
    body = [
        "if other.__class__ is Value:",
        *_indented(
            [
                *_try(
                    [f"{x} = self._data", f"{y} = other._data", *both.lines],
                    "record(Value, op, (self, other))",
                ),
                *_node_lines(both, "op", "(self, other)"),
            ]
        ),
        "else:",
        *_indented(
            [
                *_try(
                    [f"{n} = {_PLAIN}", f"{x} = self._data", *mixed.lines],
                    "careful(constant_op, self, other)",
                    ", TypeError",
                ),
                *_node_lines(mixed, "constant_op", "(self,)", f"(self, {n})"),
            ]
        ),
        *_END,
    ]
    names = {**both.more, **mixed.more, "op": op, "constant_op": constant_op}
    lines = ["def method(self, other):", *_indented(body)]
    return _defined(kind, lines, names, f"__{name}__", op)


_PLAIN = "other if other.__class__ is float else whole(other)"


def reflected(kind: type[Value], name: str, op: Op) -> Callable[[Value, Any], Value]:
    """The method of Value behind an operator with a plain number at its left."""
    x, y = op.operand_names
    steps = _Steps(op, plain=0)
    body = [
        *_try(
            [f"{x} = {_PLAIN}", f"{y} = self._data", *steps.lines],
            "careful(op, other, self)",
            ", TypeError",
        ),
        *_node_lines(steps, "op", "(self,)", f"({x}, self)"),
        *_END,
    ]
    lines = ["def method(self, other):", *_indented(body)]
    return _defined(kind, lines, {**steps.more, "op": op}, f"__r{name}__", op)


def _whole(x: Any) -> float:
    """An int as a float; a TypeError for what needs a closer look."""
    if x.__class__ is int:
        return float(x)
    raise TypeError


def _careful(kind: type[Value], op: Op, x: Any, y: Any) -> Any:
    """The same for operands of any kind; NumPy takes arrays apart."""
    if is_array(x) or is_array(y):
        return NotImplemented
    return record(kind, op, (x, y))


def _defined(
    kind: type[Value], lines: list[str], names: dict[str, Any], name: str, op: Op
) -> Callable[..., Any]:
    """The method that these lines define, named and documented for `help(Value)`."""
    known = {
        "Value": kind,
        "new": new_object,
        "get_state": get_state,
        "settle": settle,
        "record": record,
        "careful": partial(_careful, kind),
        "whole": _whole,
    }
    method: Callable[..., Any] = compiled("\n".join(lines), "method", known | names)
    _describe(method, name, op.sentence)
    return method


def _describe(method: Callable[..., Any], name: str, doc: str) -> None:
    method.__name__, method.__qualname__, method.__doc__ = name, f"Value.{name}", doc


def _called(op: Op) -> Evaluation:
    """A row that decides by its operands, run on `FLOATS` as it is."""

    def called(*numbers: float) -> tuple[float, tuple[float, ...]]:
        out = op.forward(FLOATS, *numbers)
        return out, op.local_derivatives(FLOATS, out, *numbers)

    return called


class _RowsByConstant(dict[float, Evaluation]):
    """A row that decides by its second operand, written down for each of a few.

    So `x ** 3` computes `power(x, 3.0)` and `3.0 * power(x, 2.0)`, and decides nothing.
    """

    MOST = 64

    def __init__(self, op: Op) -> None:
        super().__init__()
        self._op = op

    def __missing__(self, constant: float) -> Evaluation:
        op, name = self._op, self._op.operand_names[1]
        try:
            text = source(op, **{name: constant})
            row: Evaluation = compiled(text, f"{op.name}_row")
        except TypeError:
            row = partial(_swapped, _called(op), constant)
        if len(self) < self.MOST:
            self[constant] = row
        return row


def _swapped(
    evaluate: Evaluation, y: float, x: float
) -> tuple[float, tuple[float, ...]]:
    return evaluate(x, y)


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

    _describe(method, f"__{name}__", f"Compare the numbers, as operator.{name} does.")
    return method


def conjunction(kind: type[Value], name: str, op: Op) -> Callable[..., Any]:
    """The method of Value behind `&` or `|`: for comparisons of a traced function."""

    def method(self: Value, other: Any) -> Any:
        if tracer() is None or not (_is_truth(self) and _is_truth(other)):
            return NotImplemented
        return record(kind, op, (self, other))

    _describe(method, f"__{name}__", f"Join comparisons of a traced function: {op}.")
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


def give_operators(kind: type[Value], methods: list[str]) -> None:
    """Put the operators of Python and the methods of Value into the class.

    Args:
        kind: Value.
        methods: The rows of one operand that are methods as well.
    """
    given: dict[str, Callable[..., Any]] = {}
    rows = {"add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "pow": "pow"}
    rows |= {"floordiv": "floor_divide", "mod": "remainder"}
    for name, row in rows.items():
        constant_op = OPS["power"] if name == "pow" else None
        given[f"__{name}__"] = binary(kind, name, OPS[row], constant_op)
        given[f"__r{name}__"] = reflected(kind, name, OPS[row])
    for name in ("neg", "abs", "floor", "ceil", "trunc"):  # math.floor(v), ...
        given[f"__{name}__"] = unary(kind, OPS[name])
    for row, compare in COMPARISONS.items():
        name = compare.__name__
        given[f"__{name}__"] = comparison(kind, name, OPS[row], compare)
    for name, row in {"and": "mul", "or": "maximum"}.items():
        method = conjunction(kind, name, OPS[row])
        given |= {f"__{name}__": method, f"__r{name}__": method}
    given |= {name: unary(kind, OPS[name]) for name in methods}
    for name, method in given.items():
        setattr(kind, name, method)

"""Applying rows: how a row of the table becomes a function of Values and numbers.

With a Value among its operands a function gives a new Value; with plain numbers alone,
a float. Lists go in as one argument. Those written out here want more than their row
says: a default, lists of two kinds, an index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeAlias, cast, overload

import numpy as np

from autograd.namespaces import Namespace, choose, hits, pick
from autograd.operands import number
from autograd.operators import make_node, raised
from autograd.ops import FLOATS, OPS, Op
from autograd.recording import tracer
from autograd.rules import lists
from autograd.value import Value

Real: TypeAlias = "float | np.floating[Any] | np.integer[Any] | np.bool_"
"""A plain number: what a function gives a float for."""

Operand: TypeAlias = "Value | Real"


class UnaryFunction(Protocol):
    """A function of one number: a Value gives a Value, a plain number a float."""

    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Real, /) -> float: ...
    @overload
    def __call__(self, x: Operand, /) -> Any: ...


class BinaryFunction(Protocol):
    """A function of two numbers: two floats give a float, else a Value."""

    @overload
    def __call__(self, x: Value, y: Operand, /) -> Value: ...
    @overload
    def __call__(self, x: Operand, y: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Real, y: Real, /) -> float: ...
    @overload
    def __call__(self, x: Operand, y: Operand, /) -> Any: ...


class ListFunction(Protocol):
    """A function of a list of numbers that gives one number, as a single node."""

    @overload
    def __call__(self, values: Iterable[Value], /) -> Value: ...
    @overload
    def __call__(self, values: Iterable[Real], /) -> float: ...
    @overload
    def __call__(self, values: Any, /, *more: Any, **options: Any) -> Any: ...


class ListToListFunction(Protocol):
    """A function of a list of numbers that gives a list, one node an entry."""

    @overload
    def __call__(self, values: Iterable[Value], /) -> list[Value]: ...
    @overload
    def __call__(self, values: Iterable[Real], /) -> list[float]: ...
    @overload
    def __call__(self, values: Iterable[Any], /) -> list[Any]: ...


def function_of(op: Op) -> Callable[..., Any]:
    """The function of a row, by what operands it takes.

    Raises:
        TypeError: It takes others than a function can be made for: write it out.
    """
    if op.variadic:
        return list_of_list(op) if op.constants == ("index",) else of_list(op)
    if len(op.operand_names) > 2 or op.constants:
        raise TypeError(f"{op.name}: write its function out, in applying.py")
    return unary(op) if len(op.operand_names) == 1 else binary(op)


def _described(function: Callable[..., Any], op: Op) -> None:
    """Name and document a function by its row, for `help(...)`."""
    function.__name__ = function.__qualname__ = op.name
    function.__doc__ = op.sentence
    for position, name in enumerate(op.operand_names):
        low, high = op.domain_of(position)
        if low > -np.inf or high < np.inf:
            interval = f"{low:g} <= {name}" + (f" <= {high:g}" if high < np.inf else "")
            function.__doc__ += (
                f"\n\nDefined for {interval}; NaN elsewhere, and so is its derivative."
            )


def unary(op: Op) -> UnaryFunction:
    """The function of a row of one operand."""
    method: Callable[[Value], Value]

    def first(x: Value) -> Value:
        nonlocal method
        method = getattr(Value, op.name)  # it is written when it is first looked up
        return method(x)

    method = first

    def function(x: Operand) -> Any:
        if x.__class__ is Value:
            return method(x)
        return op.value(number(x))

    _described(function, op)
    return cast(UnaryFunction, function)


def binary(op: Op) -> BinaryFunction:
    """The function of a row of two operands."""

    def function(x: Operand, y: Operand) -> Any:
        return op(x, y)

    _described(function, op)
    return cast(BinaryFunction, function)


def _list(
    values: Any, more: tuple[Any, ...], options: dict[str, Any], name: str
) -> tuple[Any, ...]:
    """The operands of a list function, as a tuple.

    `sum(values, start)` and `max(x, y, ...)` are taken as Python's own take them, so
    that `from autograd import *` does not break a program that uses those.

    Raises:
        TypeError: It is no list of numbers, or there is an argument too many.
        ValueError: It is empty, and the operation has no answer for that.
    """
    if name == "sum" and len(more) + len(options) == 1:
        start = more[0] if more else options.pop("start", 0.0)
        more = () if start.__class__ is int and start == 0 else (start,)
        if not options:
            return (*more, *_list(values, (), options, name))
    if more and not options and name in ("max", "min"):
        return (values, *more)
    if more or options:
        message = f"{name} takes one list of numbers, as in {name}([x, y])"
        raise TypeError(message)
    plain = values.__class__ is list or values.__class__ is tuple
    if not plain and (
        isinstance(values, Value | str) or not isinstance(values, Iterable)
    ):
        kind = type(values).__name__
        message = f"{name} takes a list of numbers, as in {name}([x, y]); got {kind}"
        raise TypeError(message)
    operands = tuple(values)
    if not operands and name != "sum":
        raise ValueError(f"{name} of an empty list has no value")
    return operands


def of_list(op: Op) -> ListFunction:
    """The function of a row that makes one number of a list."""
    forward, slopes = op.forward, op.local_derivatives

    def function(values: Any, *more: Any, **options: Any) -> Any:
        operands = _list(values, more, options, op.name)
        try:  # only Values have `_number`: the common case, without a look at each
            numbers = [operand._data for operand in operands]
        except AttributeError:
            return op(*operands)
        if not numbers:
            return 0.0
        data = forward(FLOATS, *numbers)
        derivatives = slopes(FLOATS, data, *numbers)
        parents = cast(tuple[Value, ...], operands)
        return make_node(Value, op, data, operands, parents, derivatives)

    _described(function, op)
    return cast(ListFunction, function)


def list_of_list(op: Op) -> ListToListFunction:
    """The function of a row that makes one entry of a list, for the whole list."""

    def function(values: Iterable[Operand]) -> list[Any]:
        operands = _list(values, (), {}, op.name)
        return [op(float(i), *operands) for i in range(len(operands))]

    _described(function, op)
    return cast(ListToListFunction, function)


def neg(x: Operand) -> Any:
    """Opposite: `-x`."""
    return OPS["neg"](x)


def pow(x: Operand, y: Operand) -> Any:
    """Power: `x ** y`, with a constant exponent without any log.

    >>> from autograd import Value, pow
    >>> pow(Value(-2.0), 3).data
    -8.0
    """
    return raised(x, y)


def leaky_relu(x: Operand, negative_slope: Operand = 0.01) -> Any:
    """X above 0, negative_slope times x below."""
    return OPS["leaky_relu"](x, negative_slope)


def elu(x: Operand, alpha: Operand = 1.0) -> Any:
    """X above 0, alpha (exp(x) - 1) below."""
    return OPS["elu"](x, alpha)


def clamp(x: Operand, low: Operand, high: Operand) -> Any:
    """X held between two bounds."""
    return OPS["clamp"](x, low, high)


def where(condition: Operand, x: Operand, y: Operand) -> Any:
    """X where the condition holds, else y; the derivative follows that one alone.

    >>> from autograd import Value, sqrt, where
    >>> x = Value(0.0)
    >>> y = where(x > 0, sqrt(x), 0.0)
    >>> y.backward()
    >>> x.grad
    0.0
    """
    return OPS["where"](condition, x, y)


def dot(
    weights: Sequence[Operand], inputs: Sequence[Operand], bias: Operand | None = None
) -> Any:
    """The sum of weight x input over the pairs, plus a bias: a single node.

    >>> from autograd import Value, dot
    >>> dot([Value(2.0), Value(3.0)], [10.0, 100.0], bias=Value(1.0)).data
    321.0

    Raises:
        ValueError: The two lists differ in length.
    """
    n = len(weights)
    if n != len(inputs):
        message = (
            f"dot takes two lists of one length, got {n} weights and "
            f"{len(inputs)} inputs"
        )
        raise ValueError(message)
    last = () if bias is None else (bias,)
    operands: tuple[Any, ...] = (*weights, *inputs, *last)
    try:  # only Values have `_number`: the common case, without a look at each
        numbers = [operand._data for operand in operands]
    except AttributeError:
        return _dot(*operands) if operands else 0.0
    w, x, b = numbers[:n], numbers[n : n + n], numbers[n + n :]
    data = lists.dot_of(FLOATS, w, x, b)
    return make_node(Value, _dot, data, operands, operands, lists.d_dot_of(w, x, b))


_dot = OPS["dot"]


def take(rows: Sequence[Any], index: int | np.integer[Any] | Value) -> Any:
    """`rows[index]` for an index that is data, such as a token or a class.

    While a function is traced to become a program, an integer input may be the index:
    then every number of the row is one that the program looks up for its example.

    Raises:
        TypeError: The index is no integer, or the rows differ in form.
        IndexError: It is out of range; the message says of what.
    """
    if isinstance(index, Value) and index.is_integer:
        position = int(index._data)
    elif isinstance(index, bool) or not isinstance(index, int | np.integer):
        raise TypeError(_no_index(index))
    else:
        position = int(index)
    if not -len(rows) <= position < len(rows):
        raise IndexError(f"index {position} is out of range for {len(rows)} rows")
    return _entry(list(rows), index) if isinstance(index, Value) else rows[position]


def _no_index(given: Any) -> str:
    """What to say of something that is no integer."""
    message = f"take wants an integer index, got {type(given).__name__}"
    if not isinstance(given, Value):
        return message
    if given.op is None:
        return message + ": for an integer input, give an int in the program's example"
    return message + (
        f" (of {given.op.name!r}): what is computed is no integer, not even from one; "
        "give the index as an input of its own"
    )


def _entry(rows: list[Any], index: Value) -> Any:
    """One of several structures of equal form, chosen number by number."""
    first = rows[0]
    if isinstance(first, np.ndarray) and first.ndim > 0:
        _check_forms(rows, np.ndarray, lambda row: row.shape)
        cells = np.empty(first.size, dtype=object)
        columns = zip(*map(np.ravel, rows), strict=True)
        cells[:] = [_entry(list(column), index) for column in columns]
        return cells.reshape(first.shape)
    if isinstance(first, list | tuple):
        _check_forms(rows, type(first), len)
        parts = [_entry(list(column), index) for column in zip(*rows, strict=True)]
        if isinstance(first, list):
            return parts
        return tuple(parts) if type(first) is tuple else type(first)(*parts)
    if isinstance(first, dict):
        _check_forms(rows, dict, lambda row: row.keys())
        return {key: _entry([row[key] for row in rows], index) for key in first}
    return OPS["take"](index, *rows)


def _check_forms(rows: list[Any], kind: type, form: Callable[[Any], Any]) -> None:
    """Raise a TypeError if one of the rows is not like the first."""
    wanted = form(rows[0])
    for number_of_row, row in enumerate(rows):
        if not isinstance(row, kind) or form(row) != wanted:
            message = (
                f"take wants rows of one form: row 0 is {kind.__name__} of {wanted}, "
                f"row {number_of_row} is not"
            )
            raise TypeError(message)


def _choice(condition: Any, x: Any, y: Any) -> Any:
    """A choice in a rule that runs on Values.

    A condition is decided already, so this is a plain choice and the branch not taken
    leaves no trace; but not while a function is traced, where it is a Value.
    """
    if isinstance(condition, Value) and tracer() is not None:
        return OPS["where"](condition, x, y)
    return choose(condition, x, y)


def _entry_at(xs: Sequence[Any], index: Any) -> Any:
    """The entry of a list in a rule that runs on Values."""
    return OPS["take"](index, *xs) if isinstance(index, Value) else pick(xs, index)


def _hits_at(xs: Sequence[Any], index: Any) -> list[Any]:
    """For each entry whether it is the one at the index: a condition of `_choice`."""
    if isinstance(index, Value):
        return [OPS["equal"](index, float(position)) for position in range(len(xs))]
    return hits(xs, index)


def _value_namespace() -> Namespace:
    """What `xp` is on Values: every row records a node."""
    natives: dict[str, Callable[..., Any]] = {**OPS, "where": _choice}
    natives |= {name: of_list(OPS[name]) for name in ("sum", "max", "min")}
    natives["softmaxes"] = list_of_list(OPS["softmax"])
    natives |= {"pick": _entry_at, "hits": _hits_at}
    return Namespace(natives, OPS, {})


VALUES = _value_namespace()

"""Derivatives of functions: gradient, Jacobian, Hessian and products with them.

Each takes a function written on Values and returns a function, as in JAX. Arguments
are numbers, nested lists, tuples, dicts or arrays of numbers, and results have the same
structure. A function may use such derivatives of other functions inside: wherever a
Value of an outer computation takes part, the result is a Value that stays connected
to it; otherwise it is a plain float.

A function sees fresh variables, recorded in an epoch of their own, so the sweep over it
ends where the function began: see `recording.Epoch`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import numpy as np

from autograd.errors import StaleGraphError
from autograd.functions import VALUES
from autograd.namespaces import IEEEFloat
from autograd.ops import OPS, Op
from autograd.recording import Epoch, current, new_epoch
from autograd.structure import flatten, outline, rebuild
from autograd.sweep import NUMERIC, Arithmetic, forward, interior_order, reverse
from autograd.value import Number, Value

Function = Callable[..., Any]


# --- sweeps that are recorded -------------------------------------------------


def _recorded_weights(node: Value) -> list[Number]:
    """The local derivatives as Values: the node's row, run on its operands.

    Raises:
        StaleGraphError: They no longer have the numbers that were recorded.
    """
    op = cast(Op, node.op)
    try:
        weights = op.local_derivatives(VALUES, node, *node.operands)
    except ZeroDivisionError:  # among the constants
        operands = [x if isinstance(x, Value) else IEEEFloat(x) for x in node.operands]
        weights = op.local_derivatives(VALUES, node, *operands)
    kept = [
        weight
        for weight, operand in zip(weights, node.operands, strict=True)
        if isinstance(operand, Value)
    ]
    for weight, recorded in zip(kept, node.local_derivatives, strict=True):
        again = float(weight)
        if again != recorded and not (again != again and recorded != recorded):
            raise StaleGraphError(_stale_message(node, again, recorded))
    return kept


def _stale_message(node: Value, again: float, recorded: float) -> str:
    leaves = [repr(p) for p in node.parents if not p.parents] or ["one of its leaves"]
    return (
        f"the graph is stale: {node!r} was recorded with the local derivative "
        f"{recorded!r}, which is {again!r} now, so a leaf was changed after "
        f"recording (look at {', '.join(leaves[:3])}). Compute the output again "
        f"before you differentiate it."
    )


def _recorded_product(adjoint: Number, weight: Number, op: Op | None) -> Number | None:
    """Adjoint x weight as a Value, where constants allow nothing simpler."""
    adjoint_is_number = not isinstance(adjoint, Value)
    if adjoint_is_number and adjoint == 0.0:
        return None
    if op is not None and op.selects and float(weight) == 0.0:
        return None
    if not isinstance(weight, Value):
        if weight == 1.0:
            return adjoint
        if weight == -1.0:
            return -adjoint
    if adjoint_is_number and adjoint == 1.0:
        return weight
    return cast(Number, OPS["strong_product"](adjoint, weight))


RECORDED: Arithmetic[Number] = Arithmetic(
    weights=_recorded_weights, times=_recorded_product, plus=lambda x, y: x + y
)


# --- gradients of what is recorded already ------------------------------------


def gradients(
    output: Value, inputs: Sequence[Value], create_graph: bool = False
) -> list[Any]:
    """d output / d input for each input; no `.grad` is touched.

    >>> from autograd import Value, gradients
    >>> x, y = Value(3.0), Value(4.0)
    >>> gradients(x * x * y, [x, y])
    [24.0, 9.0]

    Args:
        output: What is differentiated.
        inputs: With respect to which Values: leaves or nodes on the way.
        create_graph: Record the sweep, so that the results can be differentiated.

    Returns:
        Floats, or Values with `create_graph`; 0 where the output does not depend on
        the input.

    Raises:
        StaleGraphError: `create_graph`, and a leaf was changed after recording.
        TypeError: The output or an input is no Value.
    """
    if isinstance(inputs, Value):
        raise TypeError("gradients wants a list of inputs, as in gradients(y, [x])")
    for value in (output, *inputs):
        if not isinstance(value, Value):
            kind = type(value).__name__
            raise TypeError(f"gradients wants Values, got {kind}")
    order = _order_between(output, inputs)
    if not create_graph:
        adjoints = reverse(order, {output: 1.0}, NUMERIC)
        return [adjoints.get(x, 0.0) for x in inputs]
    recorded = reverse(order, {output: cast(Number, 1.0)}, RECORDED)
    return [_as_value(recorded.get(x, 0.0)) for x in inputs]


def _order_between(output: Value, inputs: Sequence[Value]) -> list[Value]:
    """The interior nodes that a sweep to the inputs needs.

    A single input ends the walk: no way to it leads through what it was made of.
    """
    if len(inputs) == 1:
        return interior_order([output], lambda node: node is not inputs[0])
    return interior_order([output])


def _as_value(x: Number) -> Value:
    return x if isinstance(x, Value) else Value(x)


# --- functions: the trace and its sweeps --------------------------------------


class Trace(NamedTuple):
    """A function run once: its variables, its outputs and what it recorded."""

    variables: list[Value]
    outputs: list[Number]
    result: Any
    order: list[Value]
    connected: bool

    @property
    def arithmetic(self) -> Arithmetic[Any]:
        """Floats, or Values if a Value from outside takes part."""
        return RECORDED if self.connected else NUMERIC


def _trace(f: Function, args: Sequence[Any], argnums: Sequence[int]) -> Trace:
    """Run f on fresh variables in the place of the numbers of some arguments."""
    arguments = list(args)
    variables: list[Value] = []
    with new_epoch() as epoch:
        for i in argnums:
            fresh = [_variable(x) for x in flatten(args[i], f"argument {i}")]
            arguments[i] = rebuild(args[i], fresh)
            variables += fresh
        result = f(*arguments)
    outputs = flatten(result, f"what {_name_of(f)} returns")
    known = set(variables)
    order = interior_order(
        [x for x in outputs if isinstance(x, Value)],
        lambda node: node not in known and epoch.may_reach(node.recording.epoch),
    )
    connected = current().enabled and _reaches_out(variables, outputs, order, epoch)
    return Trace(variables, outputs, result, order, connected)


def _variable(x: Number) -> Value:
    """A fresh variable with this number, connected to it if it is a Value."""
    return cast(Value, OPS["identity"](x)) if isinstance(x, Value) else Value(x)


def _reaches_out(
    variables: list[Value], outputs: list[Number], order: list[Value], epoch: Epoch
) -> bool:
    """Whether a Value from outside takes part in what was recorded."""
    if any(x.parents for x in variables):
        return True
    inside = {*variables, *order}
    read = [parent for node in order for parent in node.parents]
    read += [x for x in outputs if isinstance(x, Value)]
    return any(
        x not in inside and (x.parents or not epoch.encloses(x.recording.epoch))
        for x in read
    )


def _name_of(f: Function) -> str:
    return getattr(f, "__name__", type(f).__name__)


def _single(trace: Trace, f: Function) -> Number:
    """The one output of a scalar function.

    Raises:
        TypeError: It returns a list of several.
    """
    if len(trace.outputs) != 1 or isinstance(trace.result, dict):
        message = (
            f"{_name_of(f)} must return one number to have a gradient; it returned "
            f"{len(trace.outputs)}: use jacobian"
        )
        raise TypeError(message)
    return trace.outputs[0]


def _pulled_back(trace: Trace, seeds: dict[Value, Any]) -> list[Any]:
    """The adjoints of the variables: Values if they are connected, else floats."""
    adjoints = reverse(trace.order, seeds, trace.arithmetic)
    return [_result(adjoints.get(x, 0.0), trace) for x in trace.variables]


def _result(x: Number, trace: Trace) -> Number:
    return _as_value(x) if trace.connected else x


def value_and_grad(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """A function that gives (f(...), its gradient): see `grad`.

    >>> from autograd import value_and_grad
    >>> value_and_grad(lambda x, y: x * x * y)(3.0, 4.0)
    (36.0, 24.0)
    """
    positions = _positions(argnums)

    def value_and_gradient(*args: Any) -> tuple[Any, Any]:
        _check_positions(f, positions, args)
        trace = _trace(f, args, positions)
        output = _single(trace, f)
        seeds = {output: 1.0} if isinstance(output, Value) else {}
        flat = _pulled_back(trace, seeds)
        results = rebuild([args[i] for i in positions], flat)
        value = _as_value(output) if trace.connected else float(output)
        return value, results[0] if isinstance(argnums, int) else tuple(results)

    return value_and_gradient


def _positions(argnums: int | tuple[int, ...]) -> tuple[int, ...]:
    """The positions that argnums names.

    Raises:
        TypeError: It is neither an int nor a tuple of different ints.
    """
    positions = argnums if isinstance(argnums, tuple | list) else (argnums,)
    distinct = len(set(map(repr, positions))) == len(positions) > 0
    if distinct and all(type(i) is int for i in positions):
        return tuple(positions)
    message = f"argnums must be an int or a tuple of different ints, got {argnums!r}"
    raise TypeError(message)


def _check_positions(
    f: Function, positions: Sequence[int], args: Sequence[Any]
) -> None:
    for i in positions:
        if not 0 <= i < len(args):
            message = (
                f"argnums names argument {i}, but {_name_of(f)} was called with "
                f"{len(args)} positional arguments"
            )
            raise TypeError(message)


def grad(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The gradient of a function that returns one number, as a function.

    >>> from autograd import grad
    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda w: w[0] * w[1])([3.0, 4.0])
    [4.0, 3.0]

    Args:
        f: A function of numbers or structures of numbers.
        argnums: Which argument, or a tuple of several for a tuple of gradients.

    Returns:
        A function of the same arguments. It gives floats in the structure of the
        argument, or Values where a Value from outside takes part in f.
    """
    both = value_and_grad(f, argnums)

    def gradient(*args: Any) -> Any:
        return both(*args)[1]

    return gradient


def derivative(f: Function, order: int = 1) -> Function:
    """The derivative of a function of one number, of any order.

    >>> from autograd import derivative, sin
    >>> derivative(sin, order=2)(0.5) == -sin(0.5)
    True

    Raises:
        ValueError: The order is no integer of at least 0.
    """
    if isinstance(order, bool) or not isinstance(order, int) or order < 0:
        raise ValueError(f"order must be an integer of at least 0, got {order!r}")
    if order == 0:
        return f

    def derived(x: Number) -> Any:
        return jvp(f, (x,), (1.0,))[1]

    derived.__name__ = f"derivative of {_name_of(f)}"
    return derivative(derived, order - 1)


def jvp(
    f: Function, primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Any, Any]:
    """Forward mode: (f(*primals), the derivative of f along the tangents).

    >>> from autograd import jvp
    >>> jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, 0.0))
    (12.0, 4.0)

    Raises:
        ValueError: Primals and tangents differ in structure.
    """
    for given, what in ((primals, "primals"), (tangents, "tangents")):
        if not isinstance(given, tuple | list):
            kind = type(given).__name__
            message = f"jvp wants {what} as a tuple, one entry an argument; got {kind}"
            raise TypeError(message)
    if [*map(outline, primals)] != [*map(outline, tangents)]:
        raise ValueError("jvp wants tangents of the structure of the primals")
    directions = flatten(tangents, "a tangent")
    trace = _trace(f, primals, range(len(primals)))
    outer_tangent = any(isinstance(t, Value) for t in directions)
    if outer_tangent and current().enabled:
        trace = trace._replace(connected=True)
    if not trace.connected:
        directions = [float(t) for t in directions]
    seeds = dict(zip(trace.variables, directions, strict=True))
    tangent_of = forward(trace.order, seeds, trace.arithmetic)
    results = [
        _result(tangent_of.get(x, 0.0) if isinstance(x, Value) else 0.0, trace)
        for x in trace.outputs
    ]
    return _value_of(trace), rebuild(trace.result, results)


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """Reverse mode: (f(*primals), a function from an adjoint of f to the arguments').

    >>> from autograd import vjp
    >>> value, pullback = vjp(lambda x, y: [x * y, x + y], 3.0, 4.0)
    >>> value, pullback([1.0, 10.0])
    ([12.0, 7.0], (14.0, 13.0))
    """
    trace = _trace(f, primals, range(len(primals)))

    def pullback(adjoint: Any) -> tuple[Any, ...]:
        given = flatten(adjoint, "an adjoint")
        if outline(adjoint) != outline(trace.result):
            raise ValueError(
                "a pullback wants an adjoint of the structure of f's value"
            )
        connected = trace.connected or any(isinstance(x, Value) for x in given)
        swept = trace._replace(connected=connected and current().enabled)
        seeds: dict[Value, Any] = {}
        for output, seed in zip(trace.outputs, given, strict=True):
            if isinstance(output, Value):
                start = seed if swept.connected else float(seed)
                seeds[output] = seeds[output] + start if output in seeds else start
        return tuple(rebuild(list(primals), _pulled_back(swept, seeds)))

    return _value_of(trace), pullback


def _value_of(trace: Trace) -> Any:
    """What f returned: as Values if they are connected, else as floats."""
    values = [_as_value(x) if trace.connected else float(x) for x in trace.outputs]
    return rebuild(trace.result, values)


def jacobian(f: Function) -> Function:
    """All derivatives of all outputs: for each output, a structure like the argument.

    >>> from autograd import jacobian
    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([3.0, 4.0])
    [[4.0, 3.0], [1.0, 1.0]]

    For an array argument and an array result, an array of shape result + argument.
    """

    def jacobian_of_f(x: Any) -> Any:
        trace = _trace(f, (x,), (0,))
        rows = []
        for output in trace.outputs:
            seeds = {output: 1.0} if isinstance(output, Value) else {}
            rows.append(rebuild(x, _pulled_back(trace, seeds)))
        return _stacked(rebuild(trace.result, rows))

    return jacobian_of_f


def _stacked(structure: Any) -> Any:
    """Arrays of arrays as one array."""
    if isinstance(structure, np.ndarray) and structure.dtype == object:
        cells = list(structure.ravel())
        if cells and all(isinstance(cell, np.ndarray) for cell in cells):
            return np.stack(cells).reshape(structure.shape + cells[0].shape)
    return structure


def hessian(f: Function) -> Function:
    """All second derivatives of a function that returns one number.

    >>> from autograd import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 4.0])
    [[8.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f))


def hvp(f: Function, x: Any, v: Any) -> Any:
    """The Hessian of f at x times v, at the cost of a few evaluations of f.

    >>> from autograd import hvp
    >>> hvp(lambda x: x[0] ** 2 * x[1], [3.0, 4.0], [1.0, 0.0])
    [8.0, 6.0]
    """
    return jvp(grad(f), (x,), (v,))[1]

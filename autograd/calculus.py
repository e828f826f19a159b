"""Derivatives of functions: gradient, Jacobian, Hessian and products with them.

Each takes functions written on Values and returns a function, as in JAX. Arguments are
numbers, nested lists, tuples, dicts or arrays of numbers, and results have the same
structure. A function may use such derivatives of other functions inside: wherever a
Value of an outer computation takes part, the result is a Value that stays connected
to it; otherwise it is a plain float. Further arguments and keywords are handed on to
the function as they are: constants, as far as the derivative is concerned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.applying import Function
from autograd.recording import current
from autograd.running import (
    Run,
    check_function,
    like,
    name_of,
    named_after,
    positions_of,
    run_of,
)
from autograd.structure import flatten, outline, rebuild
from autograd.sweep import interior_order
from autograd.value import Number, Value


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
    # A single input ends the walk: no way to it leads through what it was made of.
    end = inputs[0] if len(inputs) == 1 else None
    order = interior_order([output], lambda node: node is not end)
    asked = "gradients(...) without create_graph=True"
    return Run([*inputs], [output], output, order, create_graph, asked).slopes(output)


def value_and_grad(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """A function that gives (f(...), its gradient): see `grad`.

    >>> from autograd import value_and_grad
    >>> value_and_grad(lambda x, y: x * x * y)(3.0, 4.0)
    (36.0, 24.0)
    """
    check_function(f, "value_and_grad")
    positions = positions_of(argnums)

    def both(*args: Any, **keywords: Any) -> tuple[Any, Any]:
        for i in positions:
            if not 0 <= i < len(args):
                given = f"{name_of(f)} was called with {len(args)} positional arguments"
                raise TypeError(f"argnums names argument {i}, but {given}")
        run = run_of(f, args, positions, keywords)
        if len(run.outputs) != 1 or isinstance(run.result, dict):
            message = (
                f"{name_of(f)} must return one number to have a gradient; it returned "
                f"{len(run.outputs)}: use jacobian"
            )
            raise TypeError(message)
        (output,) = run.outputs
        parts = rebuild([args[i] for i in positions], run.slopes(output))
        gradient = parts[0] if isinstance(argnums, int) else tuple(parts)
        return run.number(output), gradient

    return named_after(f, both, "value and gradient")


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

    Raises:
        TypeError: f is no function, or argnums names no arguments.
    """
    check_function(f, "grad")
    both = value_and_grad(f, argnums)

    def gradient(*args: Any, **keywords: Any) -> Any:
        return both(*args, **keywords)[1]

    return named_after(f, gradient, "gradient")


def derivative(f: Function, order: int = 1) -> Function:
    """The derivative of a function of one number, of any order.

    >>> from autograd import derivative, sin
    >>> derivative(sin, order=2)(0.5) == -sin(0.5)
    True

    Raises:
        TypeError: f is no function; later, what it is called with is no number.
        ValueError: The order is no integer of at least 0.
    """
    check_function(f, "derivative")
    if isinstance(order, bool) or not isinstance(order, int) or order < 0:
        raise ValueError(f"order must be an integer of at least 0, got {order!r}")
    if order == 0:
        return f

    def derived(x: Number, /, *constants: Any, **keywords: Any) -> Any:
        if outline(x) != "number":
            kind = type(x).__name__
            message = (
                f"derivative wants a function of one number; {name_of(f)} was called "
                f"with {kind}: use grad or jacobian"
            )
            raise TypeError(message)
        return run_of(f, (x, *constants), (0,), keywords).push_forward([1.0])

    return derivative(named_after(f, derived, "derivative"), order - 1)


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
    check_function(f, "jvp")
    for given, what in ((primals, "primals"), (tangents, "tangents")):
        if not isinstance(given, tuple | list):
            kind = type(given).__name__
            message = f"jvp wants {what} as a tuple, one entry an argument; got {kind}"
            raise TypeError(message)
    wanted = "jvp wants tangents of the structure of the primals"
    directions = like([*primals], [*tangents], "a tangent", wanted)
    run = run_of(f, primals, range(len(primals)))
    if any(isinstance(x, Value) for x in directions) and current().epoch.records:
        run = run._replace(connected=True)
    return run.value(), run.push_forward(directions)


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """Reverse mode: (f(*primals), a function from an adjoint of f to the arguments').

    >>> from autograd import vjp
    >>> value, pullback = vjp(lambda x, y: [x * y, x + y], 3.0, 4.0)
    >>> value, pullback([1.0, 10.0])
    ([12.0, 7.0], (14.0, 13.0))
    """
    check_function(f, "vjp")
    run = run_of(f, primals, range(len(primals)))

    def pullback(adjoint: Any) -> tuple[Any, ...]:
        wanted = "a pullback wants an adjoint of the structure of f's value"
        given = like(run.result, adjoint, "an adjoint", wanted)
        connected = run.connected or any(isinstance(x, Value) for x in given)
        swept = run._replace(connected=connected and current().epoch.records)
        seeds: dict[Value, Any] = {}
        for output, seed in zip(run.outputs, given, strict=True):
            if isinstance(output, Value):
                start = seed if swept.connected else float(seed)
                seeds[output] = seeds[output] + start if output in seeds else start
        return tuple(rebuild(list(primals), swept.pull_back(seeds)))

    return run.value(), pullback


def jacobian(f: Function) -> Function:
    """All derivatives of all outputs: for each output, a structure like the argument.

    >>> from autograd import jacobian
    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([3.0, 4.0])
    [[4.0, 3.0], [1.0, 1.0]]

    For an array argument and an array result, an array of shape result + argument.
    It is with respect to the first argument.
    """
    check_function(f, "jacobian")

    def jacobian_of_f(x: Any, /, *constants: Any, **keywords: Any) -> Any:
        run = run_of(f, (x, *constants), (0,), keywords)
        rows = [rebuild(x, run.slopes(output)) for output in run.outputs]
        return rebuild(run.result, rows)

    return named_after(f, jacobian_of_f, "Jacobian")


def hessian(f: Function) -> Function:
    """All second derivatives of a function that returns one number.

    >>> from autograd import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 4.0])
    [[8.0, 6.0], [6.0, 0.0]]

    It is with respect to the first argument.
    """
    check_function(f, "hessian")
    return jacobian(grad(f))


def hvp(f: Function, x: Any, v: Any) -> Any:
    """The Hessian of f at x times v, at the cost of a few evaluations of f.

    >>> from autograd import hvp
    >>> hvp(lambda x: x[0] ** 2 * x[1], [3.0, 4.0], [1.0, 0.0])
    [8.0, 6.0]

    Raises:
        TypeError: f is no function, or x or v holds something that is no number.
        ValueError: x and v differ in structure.
    """
    check_function(f, "hvp")
    flatten(x, "hvp's x")
    like(x, v, "hvp's v", "hvp wants v of the structure of x: a direction from x")
    return jvp(grad(f), (x,), (v,))[1]

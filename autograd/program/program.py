"""Program: a function written on scalars, traced once and run in arrays."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from autograd.applying import dot
from autograd.calculus import gradients
from autograd.parameters import Parameters
from autograd.program.asking import check_wanted, listed, refuse_while_tracing
from autograd.program.comparison import ProgramCheck, compared
from autograd.program.engines import Backend, Slopes, engine_of
from autograd.program.groups import Group, groups_of
from autograd.program.guards import check_guards
from autograd.program.integers import Indices
from autograd.program.own_operations import check_own_operations
from autograd.program.passes import Passed
from autograd.program.plan import Plan
from autograd.program.report import Report
from autograd.program.signature import Outputs, Signature, argument_names
from autograd.program.trace import Traced, trace
from autograd.recording import tracer
from autograd.structure import flatten
from autograd.tracing import check_function, name_of
from autograd.value import Value, input_leaf

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Vector = NDArray[np.float64]

Wanted = Literal["parameters", "inputs", "both"]


class Program:
    """A function written on scalars, traced once and run at the speed of arrays.

    The function is run once on Values. What it computed is grouped, its matrix products
    are found again, and all of it becomes a short NumPy function (`program.source`).

    >>> from autograd import Program, Value
    >>> w = [Value(0.5), Value(-1.0)]
    >>> def loss(x, y):
    ...     return (w[0] * x[0] + w[1] * x[1] - y) ** 2
    >>> program = Program(loss, [1.0, 2.0], 0.0)
    >>> program([1.0, 2.0], 0.0)
    2.25
    >>> program.map([[1.0, 2.0], [3.0, 1.0]], [0.0, 0.0])
    array([2.25, 0.25])
    >>> program.value_and_grad([[1.0, 2.0], [3.0, 1.0]], [0.0, 0.0])
    (1.25, array([ 0. , -2.5]))

    *What varies.* The arguments' numbers vary with the example. Leaf Values that the
    function closes over are parameters, and are read anew in every run. All other
    numbers, and Values that the function makes itself, are constants; so is a `.grad`
    that it reads. Threads that it starts are not seen.

    *Batches.* Arguments of the example's form are one example; with one axis more in
    front, they are a batch.

    *Parameters.* A parameter's number lives in its Value. With `theta=`, a vector of
    them all, a run is a pure function and touches no Value.

    Args:
        f: A function of numbers, lists, tuples, dicts or arrays of numbers. It is run
            twice to see that it computes the same each time.
        example_inputs: Arguments of the form that it is to be run on. Ints are
            integer inputs: no gradient, and `autograd.take(rows, index)` looks up.
        parameters: The leaves to differentiate by, in this order; None for all that f
            reads, in the order in which it reads them.
        backend: "numpy"; "jax" for `jax.jit`, GPUs and many devices; "numba" for
            machine code of programs that are long chains of scalars.

    Raises:
        TypeError: f is no function or returns no numbers; it wants a Value as a plain
            number; an example input is no number; `parameters` are no leaf Values.
        ValueError: f draws random numbers, keeps a state, or reads a leaf that
            `parameters` lacks.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        *example_inputs: Any,
        parameters: Sequence[Value] | None = None,
        backend: Backend = "numpy",
    ) -> None:
        check_function(f, "Program")
        self._f = f
        self._example = example_inputs
        names = argument_names(f, len(example_inputs))
        self._signature = Signature(example_inputs, names)
        traced = self._traced(listed(parameters))
        self._outputs = Outputs(traced.result)
        self._parameters = traced.parameters
        self._packed = Parameters(traced.parameters)
        self._passed = Passed(traced.plan, self._title(names))
        check_own_operations(traced.plan)
        self._indices = Indices(traced.plan)
        self._engine = engine_of(backend, self._passed)
        self.backend: Backend = backend

    def _title(self, names: Sequence[str]) -> str:
        """What a reader of the source is told of the function and its arguments."""
        widths = self._signature.widths
        given = [*names, *(f"argument {i}" for i in range(len(names), len(widths)))]
        pairs = zip(given, widths, strict=True)
        told = ", ".join(f"{name} ({width})" for name, width in pairs)
        name = name_of(self._f)
        name = name if name.isidentifier() else "a function"
        if not told:
            return f"{name}."
        lines = textwrap.indent(textwrap.fill(f"A row of x holds {told}.", 84), "    ")
        return f"{name}.\n\n{lines}\n    "

    def _traced(self, parameters: Sequence[Value] | None) -> Traced:
        leaves, arguments = self._signature.variables(input_leaf)
        return trace(self._f, arguments, leaves, parameters)

    # --- running ---------------------------------------------------------------

    def __call__(self, *inputs: Any, theta: ArrayLike | None = None) -> Any:
        """What f returns for one example, as floats.

        While another function is traced it is f itself, and becomes a part of that.
        """
        if tracer() is not None:
            return self._f(*inputs)
        x = self._single(inputs)
        outputs, guards = self._engine.value(self._theta(theta), x)
        check_guards(self.plan.guards, guards)
        return self._outputs.single(outputs)

    def map(self, *inputs: Any, theta: ArrayLike | None = None) -> Any:
        """What f returns for every example of a batch: arrays with a leading axis."""
        x = self._batch(inputs)
        outputs, guards = self._engine.value(self._theta(theta), x)
        check_guards(self.plan.guards, guards)
        shape = (len(x), self._outputs.count)
        return self._outputs.batch(np.broadcast_to(outputs, shape))

    def value_and_grad(
        self,
        *inputs: Any,
        theta: ArrayLike | None = None,
        wrt: Wanted = "parameters",
    ) -> tuple[float, Any]:
        """The mean of f over a batch (or f of one example), and its gradient.

        Over no examples at all the mean is NaN, and the gradient in the parameters 0.

        Args:
            inputs: A batch, or one example.
            theta: The parameters' numbers; None to read the Values.
            wrt: "parameters" gives a vector in the order of `parameters`; "inputs" a
                tuple, for every argument what it has; "both" gives both.

        Raises:
            TypeError: f returns several numbers: use `jacobian`.
        """
        check_wanted(wrt, ("parameters", "inputs", "both"))
        self._check_single_output()
        vector = self._theta(theta)
        is_single, x = self._examples(inputs)
        count = 1 if is_single else len(x)
        seed = _mean_weights(None if is_single else count)
        outputs, slopes = self._differentiated(vector, x, seed, wrt)
        value = float(outputs[0]) if is_single else _mean(outputs, seed)
        return value, self._gradient(slopes, wrt, is_single)

    def backward(self, *inputs: Any, theta: ArrayLike | None = None) -> float:
        """The mean over a batch; its gradient is added to every parameter's `.grad`.

        Over no examples the mean is NaN, and nothing is added.
        """
        value, gradient = self.value_and_grad(*inputs, theta=theta)
        self._packed.add_grad(gradient)
        return value

    def jacobian(
        self,
        *inputs: Any,
        theta: ArrayLike | None = None,
        wrt: Literal["parameters", "inputs"] = "parameters",
    ) -> Vector:
        """All derivatives of one example's outputs: (outputs, parameters or inputs)."""
        check_wanted(wrt, ("parameters", "inputs"))
        x = self._single(inputs, "jacobian takes one example: call it for each")
        vector = self._theta(theta)
        rows = []
        for seed in np.eye(self._outputs.count):
            _, slopes = self._differentiated(vector, x, seed, wrt)
            rows.append(slopes[0] if wrt == "parameters" else slopes[1])
        width = len(self._parameters) if wrt == "parameters" else self._signature.count
        return np.array(rows).reshape(self._outputs.count, width)

    def hvp(self, *inputs: Any, v: ArrayLike, theta: ArrayLike | None = None) -> Vector:
        """The Hessian in the parameters times v: of the mean over a batch, or of one.

        Args:
            inputs: A batch, or one example.
            v: A direction: a number for each parameter.
            theta: The parameters' numbers; None to read the Values.

        Raises:
            ValueError: v is not of that length.
        """
        self._check_single_output()
        direction = self._vector("v", v)
        both = np.concatenate([self._theta(theta), direction])
        _, gradient = self._slope.value_and_grad(*inputs, theta=both)
        result: Vector = gradient[: len(direction)]
        return result

    @cached_property
    def _slope(self) -> Program:
        """f's gradient times a direction: its own gradient is a Hessian product."""
        directions = [Value(0.0) for _ in self._parameters]

        def slope(*inputs: Any) -> Any:
            (output,) = flatten(self._f(*inputs))
            if not isinstance(output, Value) or not self._parameters:
                return 0.0
            slopes = gradients(output, self._parameters, create_graph=True)
            return dot(slopes, directions)

        known = [*self._parameters, *directions]
        return Program(slope, *self._example, parameters=known, backend=self.backend)

    # --- parameters ------------------------------------------------------------

    @property
    def parameters(self) -> list[Value]:
        """The leaves that f closes over, in the order of every vector here."""
        return list(self._parameters)

    def read(self) -> Vector:
        """The parameters' numbers as one vector."""
        refuse_while_tracing(self._f)
        return self._packed.read()

    def write(self, theta: ArrayLike) -> None:
        """Put a vector of numbers into the parameters.

        Raises:
            ValueError: It is not of their length; nothing is changed then.
        """
        self._packed.write(self._vector("theta", theta))

    # --- looking ---------------------------------------------------------------

    @property
    def source(self) -> str:
        """The function that computes a batch's value and gradient, as Python."""
        return self._engine.source

    @property
    def statements(self) -> list[str]:
        """The statements that it runs every time, one a line."""
        return self._engine.statements

    @property
    def plan(self) -> Plan:
        """The scalar nodes that are compiled, after all passes."""
        return self._passed.plan

    @property
    def stages(self) -> tuple[tuple[str, Plan], ...]:
        """The plan as traced and after each pass, with the pass's name."""
        return self._passed.stages

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The blocks of rows that the nodes were grouped to, operands first."""
        return groups_of(self._passed)

    def trace(self) -> tuple[Value, ...]:
        """The scalar graph again, on the example: the Values that groups speak of."""
        return self._traced(self._parameters).log

    def report(self) -> Report:
        """Nodes before and after each pass, groups, products, memory and work."""
        return self._engine.report

    def check(self, *inputs: Any) -> ProgramCheck:
        """Compare value and gradient of an example or a batch with the eager engine.

        Raises:
            GradientError: They differ.
        """
        return compared(self, self._f, self._signature, inputs)

    def to_jax(self) -> Callable[..., Any]:
        """f as a pure function of JAX: (theta, *inputs) -> outputs, for one example.

        Use `jax.jit`, `jax.vmap` for batches and `jax.grad` as usual. Its reverse
        derivatives are the table's; `jax.jvp` does not work on it.

        Raises:
            ImportError: JAX is not installed.
        """
        from autograd.program.jax_engine import jax_function

        return jax_function(
            self._passed, self._signature, self._outputs, len(self._parameters)
        )

    def __repr__(self) -> str:
        counts = [
            _counted(self._signature.count, "input"),
            _counted(len(self._parameters), "parameter"),
            _counted(len(self._passed.traced.nodes), "scalar node"),
        ]
        return f"Program({name_of(self._f)}: {', '.join(counts)})"

    # --- helpers ---------------------------------------------------------------

    def _theta(self, theta: ArrayLike | None) -> Vector:
        refuse_while_tracing(self._f)
        if theta is None:
            return self._packed.read()
        return self._vector("theta", theta)

    def _vector(self, what: str, numbers: ArrayLike) -> Vector:
        """A vector with a number for each parameter."""
        try:
            vector = np.asarray(numbers, np.float64)
        except (TypeError, ValueError):
            kind = type(numbers).__name__
            raise TypeError(f"{what} must be a vector of numbers, got {kind}") from None
        expected = (len(self._parameters),)
        if vector.shape != expected:
            message = (
                f"{what}: expected a vector of shape {expected}, a number for each of "
                f"program.parameters; got shape {vector.shape}"
            )
            raise ValueError(message)
        return vector

    def _examples(self, inputs: Sequence[Any]) -> tuple[bool, Vector]:
        """Whether the inputs are one example, and their numbers: (n,) or (B, n)."""
        if self._signature.is_single(inputs):
            return True, self._single(inputs)
        return False, self._batch(inputs)

    def _single(self, inputs: Sequence[Any], *if_batch: str) -> Vector:
        """The numbers of one example."""
        x = np.array(self._signature.single(inputs, *if_batch), np.float64)
        self._indices.check(x)
        return x

    def _batch(self, inputs: Sequence[Any]) -> Vector:
        """The numbers of a batch, a row for each example."""
        stacked = self._engine.stacked(self._signature, inputs)
        x: Vector = self._signature.batch(inputs) if stacked is None else stacked
        self._indices.check(x)
        return x

    def _differentiated(
        self, theta: Vector, x: Vector, seed: Vector, wanted: str
    ) -> tuple[Any, Slopes]:
        """The outputs, and the gradients in parameters and inputs; 0 in integers."""
        outputs, guards, slopes = self._engine.gradient(theta, x, seed, wanted)
        check_guards(self.plan.guards, guards)
        in_theta, in_x = slopes
        integers = self._signature.integers
        if integers and wanted != "parameters":
            in_x = np.array(in_x)
            in_x[..., [*integers]] = 0.0
        return outputs, (in_theta, in_x)

    def _gradient(
        self, slopes: tuple[Vector | None, Vector | None], wrt: Wanted, single: bool
    ) -> Any:
        """The gradient in the form that was asked for."""
        in_theta, in_x = slopes
        if wrt == "parameters":
            return in_theta
        assert in_x is not None  # noqa: S101
        forms = self._signature
        in_inputs = (
            forms.unflatten_single(in_x) if single else forms.unflatten_batch(in_x)
        )
        return in_inputs if wrt == "inputs" else (in_theta, in_inputs)

    def _check_single_output(self) -> None:
        if self._outputs.count != 1:
            message = (
                f"{name_of(self._f)} returns {self._outputs.count} numbers; a gradient "
                f"is of one: use jacobian"
            )
            raise TypeError(message)


def _counted(count: int, what: str) -> str:
    """Count in words: "1 input", "2,000 inputs"."""
    return f"{count:,} {what}{'s' * (count != 1)}"


@lru_cache(maxsize=32)
def _mean_weights(count: int | None) -> Vector:
    """What every example weighs in a mean: a row each, or one number for one alone."""
    return np.ones(1) if count is None else np.full((count, 1), 1.0 / max(count, 1))


def _mean(outputs: Vector, weights: Vector) -> float:
    """The mean over a batch; NaN over no examples."""
    if not len(weights):
        return math.nan
    if len(outputs) != len(weights):  # the same for every example, and computed once
        return float(outputs[0, 0])
    with np.errstate(over="ignore", invalid="ignore"):  # infinities have a mean, too
        return float(np.dot(outputs.ravel(), weights.ravel()))

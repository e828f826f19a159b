"""Program: a function written on scalars, traced once and run in arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from autograd.applying import dot
from autograd.calculus import gradients
from autograd.program.asking import (
    check_wanted,
    listed,
    refuse_no_parameters,
    refuse_while_tracing,
)
from autograd.program.bound import Bound
from autograd.program.comparison import ProgramCheck, compared
from autograd.program.engines import Backend
from autograd.program.inspecting import Inspected
from autograd.program.ready import Recipe
from autograd.recording import tracer
from autograd.structure import flatten
from autograd.tracing import check_function
from autograd.value import Value

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from autograd.diagnosing.diagnose import Diagnosis

    Vector = NDArray[np.float64]

Wanted = Literal["parameters", "inputs", "both"]


class Program(Inspected):
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
    function closes over are parameters, and are read anew in every run; Values that
    were computed of them outside are computed anew, too, so they follow their leaves,
    which `f` itself does not. Values that the function makes itself are constants.
    Threads that it starts are not seen.

    *The world.* All other numbers are constants, too: globals, closure cells,
    attributes, what containers hold; so are texts, and the objects that the function
    works with. Every run asks whether they are still the same, and raises a BranchError
    that names what is not: `model.training`, say. See `Compiled` for what can't be
    seen; `to_jax` asks nothing.

    *Batches.* Arguments of the example's form are one example; with one axis more in
    front, they are a batch. Each example is on its own, but where the function takes
    means over the batch: see `batch_mean`.

    *Derivatives of a program.* It gives plain numbers, which no `backward()` goes
    through. Inside `grad` and other such calls it is its function where a Value that is
    being differentiated takes part, among the arguments or what the function closes
    over; what can't be (a gradient, `backward`) is refused. So `grad(program)` works.

    *Copies.* `copy.copy` shares the parameters. Deep copies and pickles are traced
    anew; the function is copied along if it is an object or a method, and its
    parameters with it. A function at the top of a module is pickled by its name, and
    puts the numbers of its parameters into those of that module where it is loaded;
    other functions can't be pickled.

    *Parameters.* A parameter's number lives in its Value. With `theta=`, a vector of
    them all, a run is a pure function and touches no Value.

    Args:
        f: A function of numbers, lists, tuples, dicts or arrays of numbers. It is run
            twice to see that it computes the same each time.
        example_inputs: Arguments of the form that it is to be run on. Ints are
            integer inputs: no gradient, and `autograd.take(rows, index)` looks up.
        parameters: The leaves to differentiate by, in this order; None for all that f
            reads, in the order in which it reads them.
        backend: "numpy"; "jax" for `jax.jit`, GPUs and many devices; "machine" for
            small functions, single examples, long chains and irregular graphs, which
            have nothing to put into arrays (see docs/program-machine.md).

    Raises:
        TypeError: f is no function or returns no numbers; it wants a Value as a plain
            number; an example input is no number; `parameters` are no leaf Values.
        ValueError: f draws random numbers, keeps or changes a state, or reads a leaf
            that `parameters` lacks.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        *example_inputs: Any,
        parameters: Sequence[Value] | None = None,
        backend: Backend = "numpy",
    ) -> None:
        check_function(f, "Program")
        super().__init__(Recipe(f, example_inputs, listed(parameters), backend))

    # --- running ---------------------------------------------------------------

    def __call__(self, *inputs: Any, theta: ArrayLike | None = None) -> Any:
        """What f returns for one example, as floats.

        It is f itself while another function is traced, and where a Value among the
        arguments, or among those that f closes over, is being differentiated.
        """
        ready = self._ready
        if tracer() is not None or (theta is None and ready.takes_part(inputs)):
            return ready.f(*inputs)
        vector, x = ready.theta(theta), ready.single(inputs)
        return ready.outputs.single(ready.value(vector, x, tells=theta is None))

    def map(self, *inputs: Any, theta: ArrayLike | None = None) -> Any:
        """What f returns for every example of a batch: arrays with a leading axis.

        They hold Values where a Value that f closes over is being differentiated.
        """
        ready = self._ready
        if theta is None and ready.is_differentiated:
            return ready.mapped(inputs)
        vector, x = ready.theta(theta), ready.batch(inputs)
        shape = (len(x), ready.outputs.count)
        outputs = ready.value(vector, x, tells=theta is None)
        return ready.outputs.batch(np.broadcast_to(outputs, shape))

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
            ValueError: The gradient is in the parameters, and f has none.
        """
        is_single, value, in_theta, in_x = self._slopes(inputs, theta, wrt)
        if wrt == "parameters":
            return value, in_theta
        forms = self._ready.signature
        assert in_x is not None  # noqa: S101
        unflatten = forms.unflatten_single if is_single else forms.unflatten_batch
        in_inputs = unflatten(in_x)
        return value, in_inputs if wrt == "inputs" else (in_theta, in_inputs)

    def _slopes(
        self, inputs: Sequence[Any], theta: ArrayLike | None, wrt: Wanted
    ) -> tuple[bool, float, Vector | None, Vector | None]:
        """Whether it is one example, the mean, and its gradients as flat numbers."""
        check_wanted(wrt, ("parameters", "inputs", "both"))
        ready = self._ready
        ready.check_single_output()
        vector = ready.theta(theta)
        is_single, x = ready.examples(inputs)
        self._check_parameters(wrt)
        seed = _mean_weights(None if is_single else len(x))
        outputs, (in_theta, in_x) = ready.gradient(
            vector, x, seed, wrt, tells=theta is None
        )
        value = float(outputs[0]) if is_single else _mean(outputs, seed)
        ready.ran(vector, x, outputs, value, in_theta, in_x)
        return is_single, value, in_theta, in_x

    def bind(
        self,
        *inputs: Any,
        theta: ArrayLike | None = None,
        wrt: Literal["parameters", "inputs"] | None = None,
        out: Vector | None = None,
    ) -> Callable[[], Any]:
        """A run to be had again and again: `run = program.bind(x)`, then `run()`.

        A call reads what the arguments hold at that moment, arrays above all, and what
        the parameters are. It gives the value: a float for one number, else an array in
        the order of the outputs, with one axis more in front for a batch. With `wrt` it
        gives the pair of value (mean over a batch) and gradient: a number for each
        parameter, or for each number of the arguments, of an example or a row for each.

        *The arrays are those of every call*: the next one overwrites them. One example
        of floats and arrays of float64 is quickest, on the machine. Then what the
        function reads besides its arguments is looked at when it is bound, and not at
        every call. Two threads bind a run each.

        >>> w = Value(3.0)
        >>> x = np.array([1.0, 2.0])
        >>> program = Program(lambda x: w * x[0] * x[1], x, backend="machine")
        >>> run = program.bind(x, wrt="inputs")
        >>> run()
        (6.0, array([6., 3.]))
        >>> x[:] = 0.0, 1.0
        >>> run()
        (0.0, array([3., 0.]))

        Args:
            inputs: A batch, or one example.
            theta: The parameters' numbers, read at every call; None for the Values'.
            wrt: What to differentiate by; None for the value alone.
            out: What takes the value, or with `wrt` the gradient.

        Raises:
            TypeError: `out` is no array of float64; a gradient is of one number.
            ValueError: `out` is of another shape; there are no parameters.
        """
        if wrt is not None:
            check_wanted(wrt, ("parameters", "inputs"))
        return Bound(self._ready, self._slopes, inputs, theta, wrt, out).run

    def backward(self, *inputs: Any, theta: ArrayLike | None = None) -> float:
        """The mean over a batch; its gradient is added to every parameter's `.grad`.

        Over no examples the mean is NaN, and nothing is added.

        Raises:
            TypeError: f returns several numbers.
            ValueError: f has no parameters.
        """
        value, gradient = self.value_and_grad(*inputs, theta=theta)
        self._ready.parameters.add_grad(gradient)
        return value

    def jacobian(
        self,
        *inputs: Any,
        theta: ArrayLike | None = None,
        wrt: Literal["parameters", "inputs"] = "parameters",
    ) -> Vector:
        """All derivatives of one example's outputs: (outputs, parameters or inputs).

        Raises:
            ValueError: They are in the parameters, and f has none.
        """
        check_wanted(wrt, ("parameters", "inputs"))
        ready = self._ready
        x = ready.single(inputs, "jacobian takes one example: call it for each")
        vector = ready.theta(theta)
        self._check_parameters(wrt)
        which = 0 if wrt == "parameters" else 1
        rows = [
            ready.gradient(vector, x, seed, wrt)[1][which]
            for seed in np.eye(ready.outputs.count)
        ]
        ready.ran(vector, x, *rows)
        width = (len(ready.parameters), ready.signature.count)[which]
        return np.array(rows).reshape(ready.outputs.count, width)

    def hvp(self, *inputs: Any, v: ArrayLike, theta: ArrayLike | None = None) -> Vector:
        """The Hessian in the parameters times v: of the mean over a batch, or of one.

        Args:
            inputs: A batch, or one example.
            v: A direction: a number for each parameter.
            theta: The parameters' numbers; None to read the Values.

        Raises:
            ValueError: v is not of that length, or f has no parameters.
        """
        ready = self._ready
        ready.check_single_output()
        direction = ready.vector("v", v)
        both = np.concatenate([ready.theta(theta), direction])
        self._check_parameters("parameters")
        _, gradient = self._slope.value_and_grad(*inputs, theta=both)
        result: Vector = gradient[: len(direction)]
        return result

    def linear(
        self,
        numbers: Sequence[float],
        theta: ArrayLike | None = None,
        wrt: Wanted = "both",
    ) -> tuple[Vector, Vector]:
        """The outputs of one example, and their derivatives: what nodes keep.

        Args:
            numbers: The example's numbers, in order.
            theta: The parameters' numbers; None to read the Values.
            wrt: The derivatives in the others are left 0.

        Returns:
            The outputs, and for each a row: the derivatives in the example's numbers,
            then those in the parameters.
        """
        ready, x = self._ready, np.array(numbers, np.float64)
        vector = ready.parameters.read() if theta is None else np.array(theta)
        rows = np.zeros((ready.outputs.count, len(x) + len(vector)))
        outputs: Any = ()
        seeds = np.eye(len(rows)) if len(rows) > 1 else np.ones((len(rows), 1))
        for row, seed in zip(rows, seeds, strict=True):
            outputs, (in_theta, in_x) = ready.gradient(vector, x, seed, wrt)
            if wrt != "parameters":
                row[: len(x)] = in_x
            if wrt != "inputs":
                row[len(x) :] = in_theta
        return np.asarray(outputs, np.float64).ravel(), rows

    def in_form(self, numbers: Sequence[Any]) -> Any:
        """Numbers or Values, one for each output, in the form of what f returns."""
        return self._ready.outputs.filled(numbers)

    @cached_property
    def _slope(self) -> Program:
        """f's gradient times a direction: its own gradient is a Hessian product."""
        f, parameters = self._ready.f, self.parameters
        directions = [Value(0.0) for _ in parameters]

        def slope(*inputs: Any) -> Any:
            (output,) = flatten(f(*inputs))
            if not isinstance(output, Value) or not parameters:
                return 0.0
            slopes = gradients(output, parameters, create_graph=True)
            return dot(slopes, directions)

        known = [*parameters, *directions]
        return Program.of(
            self._recipe._replace(f=slope, parameters=known, is_guarded=False)
        )

    # --- parameters ------------------------------------------------------------

    @property
    def parameters(self) -> list[Value]:
        """The leaves that f closes over, in the order of every vector here."""
        return list(self._ready.parameters.leaves)

    def read(self) -> Vector:
        """The parameters' numbers as one vector."""
        refuse_while_tracing(self._ready.f)
        return self._ready.parameters.read()

    def write(self, theta: ArrayLike) -> None:
        """Put a vector of numbers into the parameters.

        Raises:
            ValueError: It is not of their length; nothing is changed then.
        """
        refuse_while_tracing(self._ready.f)
        self._ready.parameters.write(self._ready.vector("theta", theta))

    def _check_parameters(self, wrt: str) -> None:
        """Raise a ValueError for a gradient in none, unless `parameters=[]` said so."""
        by_parameters = wrt == "parameters" and self._recipe.parameters is None
        if by_parameters and not self._ready.parameters:
            refuse_no_parameters(self._recipe.f)

    # --- trusting --------------------------------------------------------------

    def check(self, *inputs: Any) -> ProgramCheck:
        """Compare value and gradient of an example or a batch with the eager engine.

        Raises:
            GradientError: They differ.
            StaleGraphError: A computed Value that f closes over is out of date, and f
                itself still has its old number.
        """
        ready = self._ready
        return compared(self, ready.f, ready.signature, ready.computed, inputs)

    def diagnose(self, *inputs: Any, theta: ArrayLike | None = None) -> Diagnosis:
        """What goes wrong in an example or a batch, and in which example.

        The function is recorded once more, on Values, with the lines of its code: of a
        large batch the first examples, or those among which a result is not finite.

        Args:
            inputs: A batch, or one example.
            theta: The parameters' numbers; None to read the Values.

        Returns:
            As `autograd.diagnose`; a finding's `row` counts the examples from 0.
        """
        ready = self._ready
        _, x = ready.examples(inputs)
        return ready.diagnosed(ready.theta(theta), x)


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

"""Program: a function written on scalars, traced once and run in arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from autograd.program.backends.engines import Backend
from autograd.program.differentiated import Differentiated
from autograd.program.plan import Vector
from autograd.program.running.bound import Bound
from autograd.program.running.checks import (
    check_wanted,
    listed,
    refuse_while_tracing,
)
from autograd.program.running.eager import ProgramCheck, compared
from autograd.program.running.ready import Recipe
from autograd.recording import tracer
from autograd.running import check_function
from autograd.value import Value

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from autograd.diagnosing.diagnose import Diagnosis


class Program(Differentiated):
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
        backend: "auto" runs one example of a small function number by number on the
            machine (see docs/program-machine.md), and batches as arrays; where numba is
            installed, what is run often and has few products with parameters goes to
            the machine, too, which may change the last digits. "numpy" and "machine"
            insist; "jax" is for `jax.jit`, GPUs and many devices.

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
        backend: Backend = "auto",
    ) -> None:
        check_function(f, "Program")
        super().__init__(Recipe(f, example_inputs, listed(parameters), backend))

    # --- running ---------------------------------------------------------------

    def __call__(self, *inputs: Any, theta: ArrayLike | None = None) -> Any:
        """What f returns for one example, as floats.

        It is f itself while another function is traced, and where a Value among the
        arguments, or among those that f closes over, is being differentiated.
        """
        answer = self._shortcuts["value"](inputs) if theta is None else None
        if answer is not None:
            return answer
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

    def in_form(self, numbers: Sequence[Any]) -> Any:
        """Numbers or Values, one for each output, in the form of what f returns."""
        return self._ready.outputs.filled(numbers)

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

    # --- trusting --------------------------------------------------------------

    def check(self, *inputs: Any) -> ProgramCheck:
        """Compare value and gradient of an example or a batch with the eager engine.

        Raises:
            GradientError: They differ.
            StaleGraphError: A computed Value that f closes over is out of date, and f
                itself still has its old number.
        """
        return compared(self, self._ready, inputs)

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

"""Ready: a function that was traced and can run, and what its runs have in common."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd.arguments import argument_names
from autograd.leaves import input_leaf
from autograd.listening.guarding import values_in
from autograd.parameters import Parameters
from autograd.program.backends.engines import Backend, maker_of
from autograd.program.forms.form import Outputs
from autograd.program.forms.packing import plain_vector
from autograd.program.forms.signature import Signature
from autograd.program.machine.engine import Slopes
from autograd.program.passes import Passed
from autograd.program.plan import Vector
from autograd.program.running.checks import (
    Indices,
    Moment,
    calls_of,
    check_guards,
    check_own_operations,
    is_open,
    refuse_inside,
    refuse_while_tracing,
    world_error,
)
from autograd.program.trace.tape import Audience
from autograd.program.trace.tracing import trace
from autograd.program.trace.writing import Traced
from autograd.recording import listeners
from autograd.running import name_of
from autograd.value import Value

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from autograd.diagnosing.diagnose import Diagnosis


class Recipe(NamedTuple):
    """What a program is made of.

    Attributes:
        f: The function.
        example: Arguments of the form that it is to be run on.
        parameters: The leaves to differentiate by; None for all that f reads.
        backend: The name of the engine.
        is_guarded: Whether a run looks at the world, and refuses a gradient in no
            parameters; not where somebody else does. Who does also tells the order of
            leaves that nobody listed: here they stand as they live, which is quicker.
    """

    f: Callable[..., Any]
    example: tuple[Any, ...]
    parameters: Sequence[Value] | None
    backend: Backend
    is_guarded: bool = True


class Ready:
    """A traced function: the form of what goes in and out, its plan, its engine.

    Attributes:
        f: The function.
        signature: The form of its arguments.
        outputs: The form of its result.
        parameters: The leaves that it closes over, in the order of every vector, and
            the vectors that they live in.
        first_read: The same leaves, in the order in which it reads them.
        computed: The Values that it closes over and that were computed outside.
        passed: The plan, and what the passes made of it.
        engine: What runs it.
        holds: Whether the function would read the same now as when it was traced.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.f = recipe.f
        names = argument_names(self.f, len(recipe.example))
        self.signature = Signature(recipe.example, names)
        self._is_guarded = recipe.is_guarded
        traced = self.traced(recipe.parameters)
        self.outputs = Outputs(traced.result)
        self.parameters = Parameters(traced.parameters)
        self.first_read = traced.first_read
        self.computed = traced.computed
        self._audience = Audience(traced.plan, traced.told)
        self._world = traced.world if recipe.is_guarded else None
        self.holds = self._world.holds if self._world is not None else _always
        self._calls = calls_of([*traced.parameters, *traced.computed])
        title = _title(name_of(self.f), names, self.signature.widths)
        self.passed = Passed(traced.plan, title)
        check_own_operations(traced.plan)
        self._mixes = traced.plan.mixes
        self.check_indices = Indices(traced.plan).check
        self.engine = maker_of(recipe.backend)(self.passed)

    def traced(self, parameters: Sequence[Value] | None) -> Traced:
        """The function run once more, on the example."""
        leaves, arguments = self.signature.variables(input_leaf)
        as_they_live = parameters is None and not self._is_guarded
        return trace(self.f, arguments, leaves, parameters, as_they_live=as_they_live)

    @property
    def is_differentiated(self) -> bool:
        """Whether a Value that the function closes over is being differentiated."""
        return bool(self._calls) and is_open(self._calls)

    @cached_property
    def is_simple(self) -> bool:
        """Whether a run is numbers in, numbers out: no indices, nobody who is told.

        Nor can a Value that it closes over be differentiated, be it in another thread.
        """
        return self.is_alone and not self.signature.integers

    @cached_property
    def is_alone(self) -> bool:
        """Whether nobody is told of a run, nor can what it reads be differentiated."""
        return not (self._audience.is_there or self._calls)

    def width(self, wrt: str) -> int:
        """How many numbers derivatives are in: "parameters" or "inputs"."""
        return len(self.parameters) if wrt == "parameters" else self.signature.count

    def takes_part(self, inputs: Sequence[Any]) -> bool:
        """Whether that is so, or a Value among the inputs is."""
        if Moment().is_inside and [*values_in(inputs)]:
            return True
        return self.is_differentiated

    # --- what a run is given ---------------------------------------------------

    def theta(self, theta: ArrayLike | None) -> Vector:
        """The parameters' numbers, for a run: those given, or those of the Values.

        Raises:
            TypeError: They would be constants of what is traced or differentiated.
            BranchError: The function would read something else now than when traced.
        """
        refuse_while_tracing(self.f)
        if self._world is not None and not self.holds():
            changed = self._world.changed() or self._world.appeared()
            raise world_error(self.f, changed)
        if theta is not None:
            return self.vector("theta", theta)
        if self.is_differentiated:
            refuse_inside(self.f)
        return self.parameters.read()

    def vector(self, what: str, numbers: ArrayLike) -> Vector:
        """A vector with a number for each parameter."""
        return plain_vector(what, numbers, len(self.parameters))

    def single(self, inputs: Sequence[Any], *if_batch: str) -> Vector:
        """The numbers of one example."""
        self._check_alone()
        floats = self.signature.floats(inputs)
        if floats is None:
            floats = self.signature.single(inputs, *if_batch)
        return self._row(floats)

    def _check_alone(self) -> None:
        """Raise a ValueError if the function takes means over the batch."""
        if self._mixes:
            message = (
                f"{name_of(self.f)} takes means over the batch, and so gives nothing "
                f"for one example: give it a batch, with one axis more in front"
            )
            raise ValueError(message)

    def _row(self, numbers: Sequence[float]) -> Vector:
        """The numbers of one example as a vector, its indices looked at."""
        x = np.array(numbers, np.float64)
        self.check_indices(x)
        return x

    def batch(self, inputs: Sequence[Any]) -> Vector:
        """The numbers of a batch, a row for each example."""
        stacked = self.engine.stacked(self.signature, inputs)
        x: Vector = self.signature.batch(inputs) if stacked is None else stacked
        self.check_indices(x)
        return x

    def examples(self, inputs: Sequence[Any]) -> tuple[bool, Vector]:
        """Whether the inputs are one example, and their numbers: (n,) or (B, n)."""
        rows = self.signature.rows(inputs)
        if rows is not None:
            self.check_indices(rows)
            return False, rows
        floats = self.signature.floats(inputs)
        if floats is not None:
            self._check_alone()
            return True, self._row(floats)
        try:
            return False, self.batch(inputs)
        except (TypeError, ValueError):
            if not self.signature.is_single(inputs):
                raise
        return True, self.single(inputs)  # an error

    # --- runs ------------------------------------------------------------------

    def value(self, theta: Vector, x: Vector, *, tells: bool = False) -> Any:
        """The outputs of one example, or of a batch.

        Args:
            theta: The parameters' numbers.
            x: The inputs' numbers.
            tells: Whether those who listen hear of the run.
        """
        outputs, conditions = self.engine.value(theta, x)
        check_guards(self.passed.simplified.guards, conditions)
        outputs = self._audience.outputs(outputs, x, tells=tells)
        self.ran(theta, x, outputs)
        return outputs

    def gradient(
        self,
        theta: Vector,
        x: Vector,
        seed: Vector,
        wanted: str,
        *,
        tells: bool = False,
    ) -> tuple[Any, Slopes]:
        """The outputs, and the gradients in parameters and inputs; 0 in integers."""
        seed = self._audience.seed(seed)
        outputs, conditions, slopes = self.engine.gradient(theta, x, seed, wanted)
        check_guards(self.passed.simplified.guards, conditions)
        outputs = self._audience.outputs(outputs, x, tells=tells)
        in_theta, in_x = slopes
        integers = self.signature.integers
        if integers and wanted != "parameters":
            in_x = np.array(in_x)
            in_x[..., [*integers]] = 0.0
        return outputs, (in_theta, in_x)

    def ran(self, theta: Vector, x: Vector, *results: Any) -> None:
        """Tell all who listen what somebody is given who asked for numbers."""
        for recorder in listeners():
            recorder.ran(results, partial(self.diagnosed, theta, x))

    def diagnosed(self, theta: Vector, x: Vector) -> Diagnosis:
        """What goes wrong in an example or a batch: see `Program.diagnose`."""
        from autograd.program.looking.diagnosis import diagnosed

        return diagnosed(self, theta, x)

    def mapped(self, inputs: Sequence[Any]) -> Any:
        """What a map gives, by the function itself: its Values stay Values."""
        examples = self.signature.examples(self.signature.batch(inputs))
        return self.outputs.stacked([self.f(*arguments) for arguments in examples])


def _always() -> bool:
    return True


def _title(name: str, names: Sequence[str], widths: Sequence[int]) -> str:
    """What a reader of the source is told of the function and its arguments."""
    given = [*names, *(f"argument {i}" for i in range(len(names), len(widths)))]
    pairs = zip(given, widths, strict=True)
    told = ", ".join(f"{name} ({width})" for name, width in pairs)
    name = name if name.isidentifier() else "a function"
    if not told:
        return f"{name}."
    lines = textwrap.indent(textwrap.fill(f"A row of x holds {told}.", 84), "    ")
    return f"{name}.\n\n{lines}\n    "

"""Questions: what a compiled function is asked for, beside its value.

Each can be put to a program, for one example or a batch; to what the function recorded
when it ran as it is; and to examples one by one, of which it takes the mean.

Programs of a function may read different leaves: in another branch, or for a longer
sequence. All share one list, in which leaves stand as they were first read, and the
slope in one that a program does not read is 0. The list begins anew where the function
reads other things than before: a net whose layers were replaced, another as argument.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from autograd.calculus import gradients
from autograd.functions import dot
from autograd.operators import datum
from autograd.program.calling.given import weakly
from autograd.program.calling.slots import BY_IDENTITY
from autograd.program.differentiated import Wanted
from autograd.program.forms.packing import plain_vector
from autograd.program.forms.signature import Signature
from autograd.program.plan import Vector
from autograd.program.program import Program
from autograd.program.running.eager import EagerRun
from autograd.structure import flatten, rebuild
from autograd.sweep import NUMERIC, interior_order, reverse
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.program.calling.variants import Entry


class Order:
    """Where the leaves of a program stand among those of the function.

    Args:
        leaves: Those of the function.
        own: Those of the program.

    Attributes:
        count: How many leaves the function has.
    """

    def __init__(self, leaves: Sequence[Value], own: Sequence[Value]) -> None:
        self._leaves, self.count = leaves, len(leaves)
        place = {id(x): i for i, x in enumerate(leaves)}
        self._places = np.array([place[id(x)] for x in own], int)
        self._are_all = np.array_equal(self._places, np.arange(self.count))

    def is_of(self, leaves: Sequence[Value]) -> bool:
        """Whether it is up to date."""
        return self._leaves is leaves and self.count == len(leaves)

    def own(self, what: str, numbers: Any) -> Any:
        """Of numbers for all leaves those for the program's; None for None.

        Raises:
            ValueError: There are more or fewer numbers than leaves.
        """
        if numbers is None:
            return None
        vector = plain_vector(what, numbers, self.count)
        return vector if self._are_all else vector[self._places]

    def spread(self, slopes: Any = ()) -> Vector:
        """Slopes in all leaves, of those in the program's: a vector, or some rows."""
        if self._are_all:
            return np.asarray(slopes)
        found = np.zeros((*np.shape(slopes)[:-1], self.count))
        found[..., self._places] = slopes
        return found


class Leaves:
    """The leaves that a function was found to read.

    Attributes:
        known: In the order in which they were first read.
    """

    def __init__(self) -> None:
        self.known: list[Value] = []
        self._last: Entry | None = None
        self._objects: list[tuple[int, Callable[[], Any]]] = []

    def order(self, entry: Entry, objects: Sequence[Any]) -> Order:
        """That of a program, after its own leaves have joined the others.

        Args:
            entry: The program.
            objects: The objects among the arguments.
        """
        if entry is not self._last and not self._goes_on(objects):
            self.known = []
        self._last = entry
        self._objects = [(id(x), weakly(x)) for x in objects]
        if entry.order is None or not entry.order.is_of(self.known):
            ready, known = entry.program._ready, {*map(id, self.known)}
            self.known += [x for x in ready.first_read if id(x) not in known]
            entry.order = Order(self.known, ready.parameters.leaves)
        return entry.order

    def _goes_on(self, objects: Sequence[Any]) -> bool:
        """Whether the function still reads what it read when it was last asked."""
        now = {id(x): x for x in objects}
        before = [now[i] if i in now else held() for i, held in self._objects]
        things = [x for x in before if not isinstance(x, BY_IDENTITY)]
        its = [x for x in objects if not isinstance(x, BY_IDENTITY)]
        return self._last is None or (
            [*map(id, things)] == [*map(id, its)] and self._last.world.holds(before)
        )


Shares = list[tuple[Callable[[Any], None], Any]]
"""What adds to gradients, each with what is to be added."""


class Question(NamedTuple):
    """What is asked for: see the methods of `Program`.

    Attributes:
        what: Its method; "backward" gives `Shares` for the gradient.
        theta: The parameters' numbers; None to read the Values.
        wrt: By what derivatives are asked.
        v: A direction, for "hvp".
    """

    what: Literal["value_and_grad", "backward", "jacobian", "hvp"]
    theta: Any = None
    wrt: Wanted = "parameters"
    v: Any = None

    @property
    def by_inputs(self) -> bool:
        """Whether it asks for derivatives by the arguments."""
        return self.wrt != "parameters"

    @property
    def by_parameters(self) -> bool:
        """Whether it wants some: a branch that reads none adds nothing to gradients."""
        return self.wrt != "inputs" and self.what != "backward"

    def of_program(self, program: Program, inputs: Sequence[Any], order: Order) -> Any:
        """The answer of a program, for one example or a batch."""
        theta, wrt = order.own("theta", self.theta), self.wrt
        if self.what == "hvp":
            v = order.own("v", self.v)
            return order.spread(program.hvp(*inputs, v=v, theta=theta))
        if self.what == "jacobian":
            by: Any = wrt
            rows = program.jacobian(*inputs, theta=theta, wrt=by)
            return rows if self.by_inputs else order.spread(rows)
        value, slopes = program.value_and_grad(*inputs, theta=theta, wrt=wrt)
        if self.what == "backward":
            parameters = program._ready.parameters
            return value, [(parameters.add_grad, slopes)] if parameters else []
        if wrt == "both":
            return value, (order.spread(slopes[0]), slopes[1])
        return value, slopes if self.by_inputs else order.spread(slopes)

    def of_run(self, run: EagerRun) -> Any:
        """The answer of a function that was run as it is."""
        if self.what == "jacobian":
            by = run.variables if self.by_inputs else run.wanted
            rows = [run.slopes(output, by) for output in run.outputs]
            return np.array(rows).reshape(len(rows), len(by))
        output = run.output
        if self.what == "hvp":
            return _hessian_product(output, run.wanted, self.v)
        if self.what == "backward":
            return datum(output), _shares(output)
        slopes: list[Any] = []
        if self.wrt != "inputs":
            slopes.append(np.array(run.slopes(output, run.wanted)))
        if self.by_inputs:
            slopes.append(rebuild(run.inputs, run.slopes(output, run.variables)))
        return datum(output), slopes[0] if len(slopes) == 1 else tuple(slopes)

    def of_each(self, answers: Sequence[Any], signature: Signature) -> Any:
        """The mean of the answers for the examples of a batch."""
        if self.what == "hvp":
            return _mean(answers)
        value, found = _mean([value for value, _ in answers]), [x for _, x in answers]
        if self.what == "backward":
            shares = [share for row in found for share in row]
            return value, [(add, slope / len(answers)) for add, slope in shares]
        if self.wrt == "parameters":
            return value, _mean(found)
        both = found if self.wrt == "both" else [(None, slopes) for slopes in found]
        rows = np.array([flatten(in_x) for _, in_x in both]) / len(answers)
        in_inputs = signature.unflatten_batch(rows)
        if self.wrt == "inputs":
            return value, in_inputs
        return value, (_mean([in_theta for in_theta, _ in both]), in_inputs)


def _hessian_product(output: Any, leaves: Sequence[Value], v: Any) -> Any:
    if not isinstance(output, Value):
        return np.zeros(len(leaves))
    slopes = gradients(output, leaves, create_graph=True)
    along = dot(slopes, [float(x) for x in np.asarray(v, float)])
    return np.array(gradients(along, leaves))


def _shares(output: Any) -> Shares:
    """What a sweep from here adds to all leaves that it reaches."""
    order = interior_order([output] if isinstance(output, Value) else [])
    leaves = {x: None for node in order for x in node.parents if not x.parents}
    adjoints = reverse(order, {output: 1.0}, NUMERIC)
    return [(partial(_add_grad, leaf), adjoints.get(leaf, 0.0)) for leaf in leaves]


def _add_grad(leaf: Value, slope: float) -> None:
    leaf.grad += slope


def _mean(numbers: Sequence[Any]) -> Any:
    """The mean of numbers or of vectors; infinities have one, too.

    A vector that is shorter than others is of examples that came before a branch which
    reads more leaves: its slopes in those are 0.
    """
    length = max(map(np.size, numbers))
    rows = [np.pad(x, (0, length - len(x))) if np.ndim(x) else x for x in numbers]
    with np.errstate(over="ignore", invalid="ignore"):
        mean = np.mean(np.array(rows), axis=0)
    return mean if np.ndim(mean) else float(mean)

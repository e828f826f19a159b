"""A program's derivatives: gradients of means, Jacobians, products with Hessians."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from autograd.calculus import gradients
from autograd.functions import dot
from autograd.program.differentiate.sweeps import EARLY, FEW, MANY, JacobianSweep
from autograd.program.looking.traceable import Traceable
from autograd.program.plan import Vector
from autograd.program.running.checks import (
    check_wanted,
    refuse_no_parameters,
    refuse_several,
)
from autograd.program.running.shortcut import (
    Shortcuts,
    Step,
    batch_step,
    mean,
    mean_weights,
)
from autograd.structure import flatten
from autograd.value import Value

Wanted = Literal["parameters", "inputs", "both"]


class Differentiated(Traceable):
    """A traced function with its derivatives, as plain numbers."""

    @cached_property
    def _shortcuts(self) -> Shortcuts:
        return Shortcuts(self._ready)

    @cached_property
    def _batch_step(self) -> Step:
        return batch_step(self._ready)

    @cached_property
    def _flat_shortcuts(self) -> Shortcuts:
        return Shortcuts(self._ready, flat=True)

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
        answer = self._batch_step(inputs, theta) if wrt == "parameters" else None
        if answer is None and theta is None:
            answer = self._shortcuts[wrt](inputs)
        if answer is not None:
            return answer
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
        refuse_several(ready.f, ready.outputs.count)
        vector = ready.theta(theta)
        is_single, x = ready.examples(inputs)
        self._check_parameters(wrt)
        seed = mean_weights(None if is_single else len(x))
        outputs, (in_theta, in_x) = ready.gradient(
            vector, x, seed, wrt, tells=theta is None
        )
        value = float(outputs[0]) if is_single else mean(outputs, seed)
        ready.ran(vector, x, outputs, value, in_theta, in_x)
        return is_single, value, in_theta, in_x

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

        A few outputs have a gradient each. More of them share one sweep: of a batch of
        unit adjoints, or of unit tangents where there are fewer parameters or inputs
        than outputs. What is the same for all of them is computed once. To write the
        sweep takes longer than many gradients; so with `backend="auto"` the first two
        Jacobians go without.

        Raises:
            ValueError: They are in the parameters, and f has none.
        """
        check_wanted(wrt, ("parameters", "inputs"))
        ready = self._ready
        x = ready.single(inputs, "jacobian takes one example: call it for each")
        vector = ready.theta(theta)
        self._check_parameters(wrt)
        count, width = ready.outputs.count, ready.width(wrt)
        self._asked[wrt] += 1
        is_early = self._recipe.backend == "auto" and self._asked[wrt] <= EARLY
        if count <= FEW or not width or (is_early and count <= MANY):
            which = 0 if wrt == "parameters" else 1
            rows = [slopes[which] for _, slopes in self._gradients(vector, x, wrt)]
            found = np.array(rows).reshape(count, width)
        else:
            if ready.passed.traced.guards:
                ready.value(vector, x)  # an error on another branch
            if wrt not in self._sweeps:
                sweep = JacobianSweep(ready, self._recipe.backend, wrt)
                self._sweeps[wrt] = sweep
            found = self._sweeps[wrt](vector, x)
        ready.ran(vector, x, found)
        return found

    @cached_property
    def _asked(self) -> Counter[str]:
        """How many Jacobians were asked for, by what they are in."""
        return Counter()

    @cached_property
    def _sweeps(self) -> dict[str, JacobianSweep]:
        """What gives Jacobians, by what they are in."""
        return {}

    def _gradients(
        self, theta: Vector, x: Vector, wrt: str
    ) -> Iterator[tuple[Any, tuple[Any, Any]]]:
        """For each output what all are, and its slopes in parameters and inputs."""
        for seed in np.eye(self._ready.outputs.count):
            yield self._ready.gradient(theta, x, seed, wrt)

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
        refuse_several(ready.f, ready.outputs.count)
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
    ) -> tuple[Sequence[float], Sequence[Sequence[float]]]:
        """The outputs of one example, and their derivatives: what nodes keep.

        Args:
            numbers: The example's numbers, in order.
            theta: The parameters' numbers; None to read the Values.
            wrt: The derivatives in the others are left 0.

        Returns:
            The outputs, and for each a row: the derivatives in the example's numbers,
            then those in the parameters.
        """
        found = self._flat_shortcuts[wrt](numbers) if theta is None else None
        if found is not None:
            value, slopes = found
            return (value,), (slopes,)
        ready, x = self._ready, np.array(numbers, np.float64)
        vector = ready.parameters.read() if theta is None else np.array(theta)
        rows = np.zeros((ready.outputs.count, len(x) + len(vector)))
        outputs: Any = ()
        gradients_of = self._gradients(vector, x, wrt)
        for row, (found, (in_theta, in_x)) in zip(rows, gradients_of, strict=True):
            outputs = found
            if wrt != "parameters":
                row[: len(x)] = in_x
            if wrt != "inputs":
                row[len(x) :] = in_theta
        return np.ravel(outputs).tolist(), rows.tolist()

    @cached_property
    def _slope(self) -> Differentiated:
        """f's gradient times a direction: its own gradient is a Hessian product."""
        f, parameters = self._ready.f, list(self._ready.parameters.leaves)
        directions = [Value(0.0) for _ in parameters]

        def slope(*inputs: Any) -> Any:
            (output,) = flatten(f(*inputs))
            if not isinstance(output, Value) or not parameters:
                return 0.0
            slopes = gradients(output, parameters, create_graph=True)
            return dot(slopes, directions)

        known = [*parameters, *directions]
        return type(self).of(
            self._recipe._replace(f=slope, parameters=known, is_guarded=False)
        )

    def _check_parameters(self, wrt: str) -> None:
        """Raise a ValueError for a gradient in none, unless `parameters=[]` said so."""
        recipe = self._recipe
        is_none = wrt == "parameters" and not self._ready.parameters
        if is_none and recipe.parameters is None and recipe.is_guarded:
            refuse_no_parameters(recipe.f)

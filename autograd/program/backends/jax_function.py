"""to_jax: a program as a pure function of JAX, for other people's JAX code.

JAX does not differentiate the emitted statements: at kinks, and where infinities meet
zeros, it would have rules of its own. Every derivative is that of the table:

    flat(theta, x)         the outputs, by the emitted statements
    pull(theta, x, seed)   its vector-Jacobian product: the emitted gradient

and the derivative of `pull` is that of a plan again, traced when it is first asked for:
the gradient of the plan's gradient. So derivatives have any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np

from autograd.program.backends.jax_loops import jax, jnp, ordinary
from autograd.program.backends.jax_statements import Answer, function_of
from autograd.program.differentiate.sweeps import gradient_of
from autograd.program.forms.form import Form, Outputs, form_of
from autograd.program.forms.signature import Signature
from autograd.program.machine.engine import MachineEngine
from autograd.program.passes import Passed
from autograd.program.running.checks import Indices


def jax_function(
    passed: Passed, signature: Signature, outputs: Outputs, parameters: int
) -> Callable[..., Any]:
    """A pure function of JAX for one example: (theta, *inputs) -> outputs.

    It is computed in JAX's default precision: 64 bits with `jax_enable_x64`. Its
    derivatives are the table's, in reverse mode; `jax.jvp`, `jax.jacfwd` and
    `jax.hessian` want forward ones, so a Hessian is `jax.jacrev(jax.grad(f))`.

    Nothing can be raised from within `jax.jit`. So all numbers are NaN for an example
    that would take another branch than the one traced, or has an index that is out of
    range or no whole number.

    Raises:
        TypeError: The function is none of one example, or not pure.
    """
    if passed.traced.mixes or len(passed.traced.outputs) > outputs.count:
        message = (
            "to_jax gives a pure function of one example, and this one takes means "
            "over the batch or tells others what it computes (a BatchNorm in training "
            "does both): eval() comes first"
        )
        raise TypeError(message)
    flat = _flat(passed, signature.numbers)
    arguments = signature.unflatten_single(signature.numbers)
    forms = [form_of(argument) for argument in arguments]

    def function(theta: Any, *inputs: Any) -> Any:
        """The outputs, given the parameters and the arguments (or a tuple of them)."""
        if len(inputs) == 1 and isinstance(inputs[0], tuple) and len(forms) != 1:
            (inputs,) = inputs
        if len(inputs) != len(forms):
            expected = f"expected theta and {len(forms)} inputs"
            raise TypeError(f"{expected}, got theta and {len(inputs)}")
        vector = jnp.asarray(theta, float)
        if vector.shape != (parameters,):
            message = f"theta: expected shape ({parameters},), got {vector.shape}"
            raise ValueError(message)
        leaves = [jnp.zeros(0, vector.dtype)]
        for i, (form, given) in enumerate(zip(forms, inputs, strict=True)):
            leaves += _leaves(form, given, f"argument {i}")
        x = jnp.concatenate([leaf.astype(vector.dtype) for leaf in leaves])
        return outputs.filled(flat(vector, x), _stacked)

    return function


def _leaves(form: Form, given: Any, title: str) -> Iterator[Any]:
    """The numbers of a structure as flat arrays, in the order of a program's inputs.

    Raises:
        ValueError: It is of another form.
    """
    is_nested = isinstance(given, list | tuple | dict)
    if form.shape is not None and not (form.parts and is_nested):
        array = jnp.asarray(given)
        if array.shape != form.shape:
            got = f"shape {array.shape}" if array.ndim else "a number"
            raise ValueError(f"{title}: expected {form.words}, got {got}")
        yield array.reshape(-1)
        return
    parts = form.parts_of(given)
    if parts is None:
        got = form_of(given).words if is_nested else type(given).__name__
        raise ValueError(f"{title}: expected {form.words}, got {got}")
    for i, (inner, part) in enumerate(zip(form.parts, parts, strict=True)):
        yield from _leaves(inner, part, title + form.suffix(i))


def _stacked(numbers: list[Any]) -> Any:
    return jnp.stack(numbers) if numbers else jnp.zeros(0)


def _flat(passed: Passed, example: list[float]) -> Callable[[Any, Any], Any]:
    """The outputs of a plan as a function of (theta, x): vectors all three.

    Args:
        passed: The plan.
        example: Numbers that its inputs may have.
    """
    example_run = _ExampleRun(passed)
    pull = _pull(passed, example, example_run)

    @jax.custom_vjp
    def flat(theta: Any, x: Any) -> Any:
        with ordinary():
            found = example_run("value", theta, x, jnp.zeros(0))
            return found.outputs

    def forward(theta: Any, x: Any) -> tuple[Any, Any]:
        return flat(theta, x), (theta, x)

    def backward(given: tuple[Any, Any], seed: Any) -> Any:
        return pull(*given, seed)

    flat.defvjp(forward, backward)
    return flat


def _pull(
    passed: Passed, example: list[float], example_run: _ExampleRun
) -> Callable[[Any, Any, Any], tuple[Any, Any]]:
    """The function of (theta, x, seed) that gives the gradients in theta and in x."""

    @cache
    def again() -> Callable[[Any, Any], Any]:
        plan, numbers = gradient_of(passed.traced, example)
        return _flat(Passed(plan), numbers)

    @jax.custom_vjp
    def pull(theta: Any, x: Any, seed: Any) -> tuple[Any, Any]:
        with ordinary():
            found = example_run("both", theta, x, seed)
            return found.theta_bar, found.x_bar

    def forward(*given: Any) -> tuple[Any, Any]:
        return pull(*given), given

    def backward(given: tuple[Any, Any, Any], seeds: tuple[Any, Any]) -> Any:
        theta, x, seed = given
        with ordinary():
            _, pullback = jax.vjp(again(), theta, jnp.concatenate([x, seed]))
            in_theta, in_both = pullback(jnp.concatenate(seeds))
            valid = example_run("value", *given).trusted
            in_theta = jnp.where(valid, in_theta, jnp.nan)
            in_both = jnp.where(valid, in_both, jnp.nan)
        return in_theta, in_both[: len(x)], in_both[len(x) :]

    pull.defvjp(forward, backward)
    return pull


class _ExampleRun:
    """Runs a plan on one example, on the machine where arrays are not to be trusted.

    All numbers are NaN where the example has no business with this plan.
    """

    def __init__(self, passed: Passed) -> None:
        self.passed = passed
        self.outcomes = np.array([x.outcome for x in passed.traced.guards], bool)
        self.indices = Indices(passed.traced)
        self.exact = MachineEngine(passed)
        self._function = cache(partial(function_of, passed))

    def __call__(self, wanted: str, theta: Any, x: Any, seed: Any) -> Answer:
        """Outputs and gradients; `trusted` says whether the example is a valid one."""
        found = self._function(wanted)(theta, x, seed)
        trusted, *numbers = _complete(found, theta, x)
        if trusted is not True:
            forms = jax.eval_shape(lambda: numbers)

            def exactly() -> Any:
                run, given = partial(self._exactly, wanted), (theta, x, seed)
                how = "broadcast_all"  # under `jax.vmap` all examples come at once
                return jax.pure_callback(run, forms, *given, vmap_method=how)

            numbers = jax.lax.cond(_for_all(trusted), lambda: numbers, exactly)
        valid = self._is_valid(numbers[1], x)
        return Answer(valid, *(jnp.where(valid, number, jnp.nan) for number in numbers))

    def _exactly(self, wanted: str, *given: Any) -> list[Any]:
        """What the machine says, on the host: the same parts, one example or many."""
        theta, x, seed = map(np.asarray, given)
        plan = self.passed.traced
        counts = len(plan.outputs), len(plan.guards), plan.parameters, plan.inputs
        parts = [np.zeros((*x.shape[:-1], n), theta.dtype) for n in counts]
        for at in np.ndindex(x.shape[:-1]):
            found: Any
            if wanted == "value":
                found = self.exact.value(theta[at], x[at])
            else:
                run = self.exact.gradient(theta[at], x[at], seed[at], wanted)
                found = run[0], run[1], *run[2]
            for part, numbers in zip(parts, found, strict=False):
                part[at] = numbers
        return parts

    def _is_valid(self, conditions: Any, x: Any) -> Any:
        """Whether it takes the traced branch, and its indices choose something."""
        is_traced = ((conditions != 0.0) == self.outcomes).all()
        counts = self.indices._counts
        if not len(counts):
            return is_traced
        chosen = x[self.indices._places]
        in_range = (chosen >= 0.0) & (chosen < jnp.asarray(counts))
        return is_traced & (in_range & (chosen == jnp.floor(chosen))).all()


def _complete(found: Answer, theta: Any, x: Any) -> Answer:
    """The answer with all parts, in one precision; 0 where nothing flows."""
    zeros = jnp.zeros(0), jnp.zeros(0), jnp.zeros_like(theta), jnp.zeros_like(x)
    trusted, *parts = found
    pairs = zip(parts, zeros, strict=True)
    numbers = [zero if part is None else part for part, zero in pairs]
    return Answer(trusted, *[part.reshape(-1).astype(theta.dtype) for part in numbers])


@jax.custom_batching.custom_vmap
def _for_all(holds: Any) -> Any:
    """Whether it holds for all examples: under `jax.vmap` it is still one truth value.

    So `lax.cond` runs one branch for the whole batch, where it would run both.
    """
    return holds.all()


@_for_all.def_vmap
def _for_all_of_a_batch(_size: int, _batched: Any, holds: Any) -> tuple[Any, bool]:
    return _for_all(holds), False

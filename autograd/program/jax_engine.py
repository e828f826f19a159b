"""The JAX engine: the same statements under `jax.jit`, on any device JAX knows.

Sharding is JAX's own: arguments that are JAX arrays keep where they lie, the batch axis
stands in front of all that varies, and no statement mixes examples but the sums over
them. So a batch sharded over four devices runs on four.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.program.arrays import Array
from autograd.program.emit.jax_source import write_jax
from autograd.program.emit.numpy_source import Source
from autograd.program.emit.runner import compiled
from autograd.program.passes import Passed
from autograd.program.report import Report, report_of
from autograd.program.signature import Outputs, Signature
from autograd.program.statements import RETURNED, statements_of

try:
    import jax
    import jax.numpy as jnp
except ImportError:
    message = 'backend="jax" and to_jax() need JAX: pip install "gradtrace[jax]"'
    raise ImportError(message) from None

Function = Callable[..., dict[str, Any]]


def pure_function(
    passed: Passed, wanted: str, *, batch: bool, careful: bool = False
) -> tuple[Source, Function]:
    """The source, and a pure function of (theta, x, seed): what it returns, by name."""
    code, returned = statements_of(passed, wanted, careful=careful)
    source = write_jax(code, returned, batch=batch, title=f"The {wanted} of a program.")
    run = compiled(source)()
    taken = [("theta", "x", "seed").index(name) for name in source.given]

    def function(*given: Any) -> dict[str, Any]:
        results = run(*[given[i] for i in taken])
        named = zip(returned.items(), results, strict=True)
        return {name: _aligned(array, result, given) for (name, array), result in named}

    def _aligned(array: Array, result: Any, given: tuple[Any, ...]) -> Any:
        """One number for each: outputs of examples in rows."""
        rows = given[1].shape[:-1] if array.batched else (1,) * batch
        return result.reshape(*rows, array.size)

    return source, function


class JaxEngine:
    """Runs a plan by JAX, in 64 bits; functions are compiled when first needed."""

    def __init__(self, passed: Passed) -> None:
        self.passed = passed
        self._functions: dict[tuple[str, bool, bool], tuple[Source, Function]] = {}

    def function(
        self, wanted: str, *, batch: bool, careful: bool = False
    ) -> tuple[Source, Function]:
        """The source and the compiled function for this purpose, made once."""
        key = (wanted, batch, careful)
        if key not in self._functions:
            source, function = pure_function(
                self.passed, wanted, batch=batch, careful=careful
            )
            self._functions[key] = source, jax.jit(function)
        return self._functions[key]

    def stacked(self, signature: Signature, inputs: Sequence[Any]) -> Any:
        """JAX arrays of a batch side by side, where they lie; None if they are others.

        Raises:
            ValueError: They are not of the example's form.
        """
        if not inputs or not all(isinstance(x, jax.Array) for x in inputs):
            return None
        shapes = [
            np.shape(part) for part in signature.unflatten_single(signature.numbers)
        ]
        count = inputs[0].shape[0] if inputs[0].ndim else None
        for x, shape in zip(inputs, shapes, strict=True):
            if x.shape != (count, *shape):
                message = f"expected a batch of shape {(count, *shape)}, got {x.shape}"
                raise ValueError(message)
        with jax.enable_x64(True):
            rows = [x.reshape(count, -1).astype(float) for x in inputs]
            return jnp.concatenate(rows, axis=1)

    def value(self, theta: Any, x: Any) -> tuple[Any, Any]:
        """The outputs and the guards' conditions, for every example."""
        found = self._run("value", (theta, x, np.zeros(0)))
        return self._numbers(found["outputs"]), self._numbers(found.get("conditions"))

    def gradient(
        self, theta: Any, x: Any, seed: Any, wanted: str
    ) -> tuple[Any, Any, tuple[Any, Any]]:
        """The same, and the gradient of the outputs weighted by `seed`."""
        found = self._run(wanted, (theta, x, seed))
        slopes = [found.get(name) for name in RETURNED[2:]]
        if not all(bool(jnp.isfinite(s).all()) for s in slopes if s is not None):
            found = self._run(wanted, (theta, x, seed), careful=True)
        outputs, conditions, in_theta, in_x = (
            self._numbers(found.get(name)) for name in RETURNED
        )
        if "theta_bar" not in found:
            in_theta = np.zeros(self.passed.plan.parameters)
        if "x_bar" not in found:
            in_x = np.zeros(x.shape)
        return outputs, conditions, (in_theta.reshape(-1), in_x)

    def _run(
        self, wanted: str, given: tuple[Any, ...], careful: bool = False
    ) -> dict[str, Any]:
        _, function = self.function(wanted, batch=given[1].ndim == 2, careful=careful)
        with jax.enable_x64(True):
            return function(*given)

    @staticmethod
    def _numbers(array: Any) -> Any:
        return np.zeros(0) if array is None else np.asarray(array)

    @property
    def main(self) -> str:
        """What is differentiated by, if nobody says so."""
        plan = self.passed.plan
        return "parameters" if plan.parameters else "inputs" if plan.inputs else "value"

    @property
    def source(self) -> str:
        """What runs for a batch, to be read."""
        return self.function(self.main, batch=True)[0].text

    @property
    def statements(self) -> list[str]:
        """Its statements, one a line."""
        _, _, body = self.source.partition("def run(")
        lines = [line.strip() for line in body.splitlines()[1:]]
        return [x for x in lines if x and not x.startswith(("#", "return "))]

    @property
    def report(self) -> Report:
        """What the program is made of, and what it costs; XLA plans the buffers."""
        code, _ = statements_of(self.passed, self.main)
        return report_of(self.passed, code.statements, (0, 0))


def jax_function(
    passed: Passed, signature: Signature, outputs: Outputs, parameters: int
) -> Callable[..., Any]:
    """A pure function of JAX for one example: (theta, *inputs) -> outputs.

    Its reverse derivatives are those of the table; there are no forward ones (`jax.jvp`).
    """
    _, value = pure_function(passed, "value", batch=False)
    _, gradient = pure_function(passed, "both", batch=False)

    @jax.custom_vjp
    def flat(theta: Any, x: Any) -> Any:
        return value(theta, x, None).get("outputs", jnp.zeros(0))

    def forward(theta: Any, x: Any) -> tuple[Any, Any]:
        return flat(theta, x), (theta, x)

    def backward(given: tuple[Any, Any], seed: Any) -> tuple[Any, Any]:
        theta, x = given
        found = gradient(theta, x, seed)
        in_theta = found.get("theta_bar", jnp.zeros_like(theta))
        return in_theta, found.get("x_bar", jnp.zeros_like(x))

    flat.defvjp(forward, backward)

    def function(theta: Any, *inputs: Any) -> Any:
        """The outputs, given the parameters and the arguments (or a tuple of them)."""
        if len(inputs) == 1 and isinstance(inputs[0], tuple) and arguments != 1:
            (inputs,) = inputs
        if len(inputs) != arguments:
            raise TypeError(f"expected theta and {arguments} inputs, got {len(inputs)}")
        theta = jnp.asarray(theta, float).reshape(parameters)
        leaves = [jnp.ravel(jnp.asarray(x)) for x in _leaves(inputs)]
        x = jnp.concatenate(leaves) if leaves else jnp.zeros(0)
        numbers = flat(theta, x.astype(theta.dtype).reshape(signature.count))
        return outputs.filled(numbers, jnp.stack)

    arguments = len(signature.unflatten_single(signature.numbers))
    return function


def _leaves(structure: Any) -> Iterator[Any]:
    """The arrays and numbers of a structure, in the order of a program's inputs."""
    if isinstance(structure, dict):
        structure = tuple(structure.values())
    if isinstance(structure, list | tuple):
        for part in structure:
            yield from _leaves(part)
    else:
        yield structure

"""The JAX engine: the same statements under `jax.jit`, on any device JAX knows.

Sharding is JAX's own: arguments that are JAX arrays keep where they lie, the batch axis
stands in front of all that varies, and no statement mixes examples but the sums over
them. So a batch sharded over four devices runs on four.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from autograd.program.backends.jax_loops import jax, jnp, ordinary
from autograd.program.backends.jax_statements import Answer, function_of, source_of
from autograd.program.forms.signature import Signature
from autograd.program.lower.printer import Source
from autograd.program.machine.engine import MachineEngine
from autograd.program.passes import Passed
from autograd.program.statements.table import Array


@dataclass(frozen=True, slots=True)
class HeldRows:
    """A batch on JAX's devices, as far as a Program looks at it from the host.

    Attributes:
        array: The numbers, (B, n), in 64 bits.
    """

    array: Any

    def __len__(self) -> int:
        return len(self.array)

    def __array__(self, dtype: Any = None, *, copy: bool | None = None) -> Any:
        return np.asarray(self.array, dtype)

    def __getitem__(self, place: Any) -> Any:
        """Some of the numbers, for the host: integers that are to be checked."""
        return np.asarray(self.array[place])

    @property
    def ndim(self) -> int:
        """The number of axes, as of an array."""
        return 2

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, as of an array."""
        shape: tuple[int, ...] = self.array.shape
        return shape


class JaxEngine(MachineEngine):
    """Runs a plan by JAX, in 64 bits; functions are compiled when first needed.

    Where a gradient is not finite, the machine has the answer: its zero adjoints are
    strong. That is decided on the devices: only results come to the host.
    """

    def __init__(self, passed: Passed) -> None:
        super().__init__(passed)
        # By what is wanted: traced and compiled when it is first asked for.
        self.function = cache(lambda wanted: jax.jit(function_of(passed, wanted)))

    def stacked(self, signature: Signature, inputs: Sequence[Any]) -> Any:
        """JAX arrays of a batch side by side, where they lie.

        None if they are others, or do not fit: then the signature takes them, or says
        what is wrong.

        Raises:
            TypeError: They are not numbers yet, but those of a transformation.
        """
        forms = signature.unflatten_batch(np.zeros((1, signature.count)))
        if not inputs or len(inputs) != len(forms):
            return None
        blocks = [b for pair in zip(forms, inputs, strict=True) for b in _blocks(*pair)]
        if not blocks or any(block is None for block in blocks):
            return None
        if len({len(block) for block in blocks}) > 1:
            return None
        with _exact():
            rows = jnp.concatenate([block.astype(float) for block in blocks], axis=1)
            numbers = rows[:, sorted(signature.integers)]
            if not (jnp.isfinite(numbers) & (jnp.floor(numbers) == numbers)).all():
                return None
        return HeldRows(rows)

    def is_direct(self, _often: bool = False, /) -> bool:
        """Arrays have no registers."""
        return False

    def gradient(
        self, theta: Any, x: Any, seed: Any, wanted: str
    ) -> tuple[Any, Any, tuple[Any, Any]]:
        """Outputs, conditions, and the gradient of the outputs weighted by `seed`."""
        found = self._answer(wanted, (theta, x, seed))
        if not found.trusted:
            theta, x, seed = map(np.asarray, (theta, x, seed))
            return super().gradient(theta, x, seed, wanted)
        in_theta, in_x = np.zeros(self.passed.plan.parameters), np.zeros(x.shape)
        if found.theta_bar is not None:
            in_theta = _numbers(found.theta_bar).reshape(-1)
        if found.x_bar is not None:
            in_x = _numbers(found.x_bar)
        return _numbers(found.outputs), _numbers(found.conditions), (in_theta, in_x)

    def _answer(self, wanted: str, given: tuple[Any, Any, Any]) -> Answer:
        """What the function finds, and whether it is to be trusted."""
        theta, x, seed = given
        x = x.array if isinstance(x, HeldRows) else x
        with _exact():
            answer: Answer = self.function(wanted)(theta, x, seed)
        return answer

    @cached_property
    def shown(self) -> tuple[Source, Sequence[Array]]:
        """What runs for a batch, but for loops."""
        return source_of(self.passed, self.passed.main)[:2]


@contextmanager
def _exact() -> Iterator[None]:
    """64 bits, whatever the user has chosen for other work."""
    with jax.enable_x64(True), ordinary():
        yield


def _numbers(array: Any) -> Any:
    """An array of the caller's own, on the host."""
    return np.zeros(0) if array is None else np.array(array)


def _blocks(form: Any, given: Any) -> Iterator[Any]:
    """The JAX arrays of a batch, (B, n) each; None where there is something else.

    Args:
        form: A batch of one example, as arrays.
        given: What the user has in its place.
    """
    if isinstance(form, np.ndarray):
        fits = isinstance(given, jax.Array) and given.ndim == form.ndim
        fits = fits and given.shape[1:] == form.shape[1:]
        yield _rows(given) if fits and given.dtype.kind in "fiub" else None
    elif isinstance(form, dict) and isinstance(given, dict):
        same = given.keys() == form.keys()
        for name, part in form.items() if same else ():
            yield from _blocks(part, given[name])
        if not same:
            yield None
    elif type(form) not in {list, tuple} and type(given) is type(form):
        for inner, part in zip(form, given, strict=True):  # named tuples
            yield from _blocks(inner, part)
    else:
        yield None


def _rows(array: Any) -> Any:
    """A batch with all numbers of an example in one axis.

    Where the user's mesh wants all shardings to be explicit, this leaves those of what
    is computed from it to the compiler.
    """
    if isinstance(array, jax.core.Tracer):
        message = (
            "a program takes numbers, and these are not known yet: within jax.jit, "
            "jax.vmap or jax.grad, use the function that program.to_jax() gives"
        )
        raise TypeError(message)
    sharding = array.sharding
    if isinstance(sharding, jax.sharding.NamedSharding):
        mesh = jax.sharding.Mesh(sharding.mesh.devices, sharding.mesh.axis_names)
        loose = jax.sharding.NamedSharding(mesh, sharding.spec)
        array = jax.device_put(array, loose)
    return array.reshape(len(array), math.prod(array.shape[1:]))

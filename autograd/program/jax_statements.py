"""A program's statements as functions of JAX: pure, and fit for any transformation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from autograd.ops import OPS
from autograd.program.arrays import Array, Code
from autograd.program.emit.jax_source import write_jax
from autograd.program.emit.lowering import needed
from autograd.program.emit.numpy_source import Source
from autograd.program.emit.runner import compiled
from autograd.program.jax_package import jnp
from autograd.program.passes import Passed
from autograd.program.plan import Apply
from autograd.program.statements import statements_of


class Answer(NamedTuple):
    """What a program has to say of one example, or of a batch.

    Attributes:
        trusted: Whether the careful function would say the same; plain True if that is
            known beforehand.
        outputs: One number each; of a batch in rows, a single row if it is the same for
            all examples. None if there are none, here and below.
        conditions: What guards ask for, likewise.
        theta_bar: The gradient in the parameters, summed over the batch.
        x_bar: The gradient in the inputs.
    """

    trusted: Any
    outputs: Any = None
    conditions: Any = None
    theta_bar: Any = None
    x_bar: Any = None


Function: TypeAlias = Callable[[Any, Any, Any], Answer]


def function_of(
    passed: Passed, wanted: str, *, batch: bool, careful: bool = False
) -> tuple[Source, Function]:
    """The source, and the function of (theta, x, seed) that it makes.

    Args:
        passed: The plan.
        wanted: What it is differentiated by; "value" for not at all.
        batch: Whether `x` and `seed` have a row for each example.
        careful: Whether zeros are strong: see `sweep.strong_product`.
    """
    code, returned = statements_of(passed, wanted, careful=careful)
    watched = [] if careful else _watched(passed, code, returned)
    named = dict(returned) | {f"watched_{i}": a for i, a in enumerate(watched)}
    source = write_jax(code, named, batch=batch, title=f"The {wanted} of a program.")
    run = compiled(source)()
    taken = [("theta", "x", "seed").index(name) for name in source.given]

    def function(*given: Any) -> Answer:
        results = run(*[given[i] for i in taken])
        rows = given[1].shape[:-1]
        found = {
            name: result.reshape(*(rows if array.batched else (1,) * batch), array.size)
            for (name, array), result in zip(returned.items(), results, strict=False)
        }
        slopes = [found[name] for name in ("theta_bar", "x_bar") if name in found]
        return Answer(_is_trusted(slopes, results[len(returned) :]), **found)

    return source, function


def _watched(passed: Passed, code: Code, returned: dict[str, Array]) -> list[Array]:
    """What may be NaN by the fast function alone, and so is looked at.

    Where products were filled with zeros, 0 times infinity is NaN for those who never
    asked; where they are no longer strong, it is NaN instead of 0. And it may be gone
    again before the end: by a comparison, say.
    """
    functions = (
        {"matmul", "outer", "reduce", "segments"} if passed.blocks.filled else {}
    )
    strong = OPS["strong_product"]
    if any(isinstance(x, Apply) and x.op is strong for x in passed.traced.nodes):
        functions = {"mul", "matmul", "outer", "reduce", "segments"}
    return [array for array in needed(code, returned) if array.function in functions]


def _is_trusted(slopes: Sequence[Any], watched: Sequence[Any]) -> Any:
    """Whether the careful function's answer would be the same: True, or traced."""
    trusted: Any = True
    for numbers in slopes:
        trusted &= jnp.isfinite(numbers).all()
    for numbers in watched:
        trusted &= ~jnp.isnan(numbers).any()
    return trusted

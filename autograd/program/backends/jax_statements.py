"""A program's statements as functions of JAX: pure, and fit for any transformation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from autograd.ops import OPS
from autograd.program.backends.choice import size_of
from autograd.program.backends.jax_loops import Looped, jnp
from autograd.program.differentiate.differentiation import statements_of
from autograd.program.lower.printer import Source, needed, write
from autograd.program.passes import Passed
from autograd.program.plan import Apply
from autograd.program.statements.code import Code
from autograd.program.statements.table import Array

SHORT = 100
"""Fewer statements are not worth looking for loops in them."""

BACKWARDS = 3
"""A gradient has about so many times the statements of the value."""

NARROW = 64.0
"""Statements of more operations are compiled as arrays, which run them quicker.

Of 256 examples a gradient through 20 steps of 16 units, 320 operations wide, takes
4 ms as arrays, and 45 in loops; through 56 steps of 3 units, 18 wide, 2 ms and 7.
"""

FEWER = 2
"""So many times fewer must they be with loops."""


class Answer(NamedTuple):
    """What a program has to say of one example, or of a batch.

    Attributes:
        trusted: Whether the machine would say the same; plain True if that is known
            beforehand.
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


JaxFunction: TypeAlias = Callable[[Any, Any, Any], Answer]


def source_of(
    passed: Passed, wanted: str
) -> tuple[Source, Sequence[Array], dict[str, Array]]:
    """The source, its statements, and the arrays that its first results are, by name.

    Args:
        passed: The plan.
        wanted: What it is differentiated by; "value" for not at all.
    """
    code, returned = statements_of(passed, wanted)
    watched = _watched(passed, code, returned)
    named = returned | {f"watched_{i}": a for i, a in enumerate(watched)}
    title = f"The {wanted} of {passed.title}"
    return write(code, named, column="jax", title=title), code.statements, returned


def function_of(passed: Passed, wanted: str) -> JaxFunction:
    """The function of (theta, x, seed): with loops, or the source's.

    `x` and `seed` have a row for each example, or are those of a single one.

    Args:
        passed: The plan.
        wanted: What it is differentiated by; "value" for not at all.
    """
    loops = looped(passed, wanted)
    if loops is not None:
        return _answering(loops, len(passed.traced.outputs))
    source, _, returned = source_of(passed, wanted)
    run = source.compiled()
    taken = [("theta", "x", "seed").index(name) for name in source.given]

    def function(theta: Any, x: Any, seed: Any) -> Answer:
        single = x.ndim == 1
        columns = [array[:, None] if single else array.T for array in (x, seed)]
        results = run(*[(theta, *columns)[i] for i in taken])
        found = {
            name: _in_rows(array, result, x)
            for (name, array), result in zip(returned.items(), results, strict=False)
        }
        slopes = [found[name] for name in ("theta_bar", "x_bar") if name in found]
        return Answer(_is_trusted(slopes, results[len(returned) :]), **found)

    return function


def looped(passed: Passed, wanted: str) -> Looped | None:
    """A plan with its loops scanned; None if it is better compiled as arrays.

    Args:
        passed: The plan.
        wanted: What it is differentiated by; "value" for not at all.
    """
    nodes = passed.traced.nodes
    applied = {x.op for x in nodes if isinstance(x, Apply)}
    if passed.traced.mixes or OPS["take"] in applied:
        return None  # examples apart, and no rows to look up, which arrays do at once
    size = size_of(passed.plan)
    statements = size.statements * (1 if wanted == "value" else BACKWARDS)
    if statements < SHORT or size.width > NARROW:
        return None
    found = Looped(passed, wanted)
    return found if FEWER * found.statements < statements else None


def _answering(loops: Looped, outputs: int) -> JaxFunction:
    """What runs loops, and says what comes out. It is the machine, and is trusted."""

    def function(theta: Any, x: Any, seed: Any) -> Answer:
        ends, *slopes = loops(theta, x, seed)
        return Answer(True, ends[..., :outputs], ends[..., outputs:], *slopes)

    return function


def _in_rows(array: Array, result: Any, x: Any) -> Any:
    """A row for each example, or one for all; of a single example the row."""
    if x.ndim == 1:
        return result.reshape(array.size)
    rows = len(x) if array.batched else 1
    return result.reshape(array.size, rows).T


def _watched(passed: Passed, code: Code, returned: dict[str, Array]) -> list[Array]:
    """What may be NaN by these statements alone, and so is looked at.

    Where products were filled with zeros, 0 times infinity is NaN for those who never
    asked; where they are no longer strong, it is NaN instead of 0. And it may be gone
    again before the end: by a comparison, say.
    """
    sums = {"matmul", "weighted", "outer", "reduce", "segments"}
    functions = sums if passed.blocks.filled else set()
    strong = OPS["strong_product"]
    if any(isinstance(x, Apply) and x.op is strong for x in passed.traced.nodes):
        functions = {"mul", *sums}
    return [array for array in needed(code, returned) if array.function in functions]


def _is_trusted(slopes: Sequence[Any], watched: Sequence[Any]) -> Any:
    """Whether the machine's answer would be the same: True, or traced."""
    trusted: Any = True
    for numbers in slopes:
        trusted &= jnp.isfinite(numbers).all()
    for numbers in watched:
        trusted &= ~jnp.isnan(numbers).any()
    return trusted

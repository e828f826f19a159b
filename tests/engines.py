"""A program beside the eager engine: the same function, run both ways and compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Program, Value, gradients
from autograd.program.backends.engines import Backend
from autograd.structure import flatten, rebuild

Vector = NDArray[np.float64]
Function = Callable[..., Any]

TOLERANCE = 1e-12
"""How far numbers may be apart, as a share of the largest of those compared."""


def close(
    got: Any, want: Any, tolerance: float = TOLERANCE, least: float = 0.0
) -> bool:
    """Whether numbers agree: infinities and NaN exactly, others by the largest.

    Args:
        got: What is tested.
        want: What it should be.
        tolerance: How far they may be apart, as a share of the largest.
        least: What the largest is at least: that of numbers which cancelled.
    """
    got, want = (np.asarray(x, float) for x in (got, want))
    if got.shape != want.shape:
        return False
    finite = np.isfinite(want)
    if not np.array_equal(got[~finite], want[~finite], equal_nan=True):
        return False
    size = np.abs(want[finite]).max(initial=least)
    with np.errstate(invalid="ignore"):  # inf - inf, where only one is infinite
        return bool((np.abs(got - want)[finite] <= tolerance * size + 1e-300).all())


def check_close(got: Any, want: Any, what: str = "numbers", **options: float) -> None:
    """Fail with both if they differ."""
    assert close(got, want, **options), f"{what}: got {got}, eager {want}"


def on_values(example: Sequence[Any]) -> tuple[list[Any], list[Value]]:
    """The arguments with Values for all numbers but integers, and these Values."""
    numbers = [x if type(x) is int else Value(float(x)) for x in _flat(list(example))]
    leaves = [x for x in numbers if isinstance(x, Value)]
    return rebuild(list(example), numbers), leaves


def _flat(structure: Any) -> list[Any]:
    """The numbers as they are: flatten makes floats of integers."""
    if isinstance(structure, list | tuple):
        return [x for part in structure for x in _flat(part)]
    if isinstance(structure, dict):
        return [x for part in structure.values() for x in _flat(part)]
    if isinstance(structure, np.ndarray):
        return [x for part in structure.ravel().tolist() for x in _flat(part)]
    return [structure]


def eager(
    f: Function, example: Sequence[Any], parameters: Sequence[Value]
) -> tuple[Vector, Vector, Vector]:
    """All outputs, and their derivatives in the parameters and in the inputs."""
    arguments, leaves = on_values(example)
    outputs = flatten(f(*arguments))
    wanted = [*parameters, *leaves]
    slopes = np.zeros((len(outputs), len(wanted)))
    for row, output in zip(slopes, outputs, strict=True):
        if isinstance(output, Value):
            row[:] = gradients(output, wanted)
    kinds = [type(x) is int for x in _flat(list(example))]
    inputs = np.zeros((len(outputs), len(kinds)))
    inputs[:, [i for i, integer in enumerate(kinds) if not integer]] = slopes[
        :, len(parameters) :
    ]
    values = np.array([float(x) for x in outputs])
    return values, slopes[:, : len(parameters)], inputs


def check_single(
    program: Program, f: Function, example: Sequence[Any], **options: float
) -> None:
    """One example: all outputs and all derivatives."""
    values, in_parameters, in_inputs = eager(f, example, program.parameters)
    check_close(flatten(program(*example)), values, "value", **options)
    if program.parameters:
        slopes = program.jacobian(*example)
        check_close(slopes, in_parameters, "d/d parameters", **options)
    in_x = program.jacobian(*example, wrt="inputs")
    check_close(in_x, in_inputs, "d/d inputs", **options)


def check_batch(
    program: Program, f: Function, examples: Sequence[Sequence[Any]], **options: float
) -> None:
    """A batch: all outputs; of a single one also the gradients of the mean."""
    found = [eager(f, example, program.parameters) for example in examples]
    arguments = [list(column) for column in zip(*examples, strict=True)]
    rows = np.array([values for values, _, _ in found])
    got = [np.reshape(x, (len(examples), -1)) for x in _arrays(program.map(*arguments))]
    check_close(np.concatenate(got, axis=1), rows, "map", **options)
    if rows.shape[1] != 1:
        return
    count = len(examples)
    loss, both = program.value_and_grad(*arguments, wrt="both")
    with np.errstate(invalid="ignore"):  # inf - inf
        mean = rows.sum() / count
        slopes = np.sum([slope[0] for _, slope, _ in found], axis=0) / count
    check_close(loss, mean, "mean", **options)
    check_close(both[0], slopes, "d/d parameters of a batch", **options)
    in_x = np.array([slope[0] for _, _, slope in found]) / count
    columns = [np.reshape(x, (count, -1)) for x in _arrays(both[1])]
    check_close(
        np.concatenate(columns, axis=1), in_x, "d/d inputs of a batch", **options
    )


def _arrays(structure: Any) -> list[Any]:
    """The arrays of nested ones, in order."""
    if isinstance(structure, list | tuple):
        return [x for part in structure for x in _arrays(part)]
    if isinstance(structure, dict):
        return [x for part in structure.values() for x in _arrays(part)]
    return [structure]


def check_program(
    f: Function,
    examples: Sequence[Sequence[Any]],
    parameters: Sequence[Value] | None = None,
    backend: Backend = "numpy",
    **options: float,
) -> Program:
    """Trace on the first example; run each alone, and all as a batch; all as eager."""
    program = Program(f, *examples[0], parameters=parameters, backend=backend)
    for example in examples[:2]:
        check_single(program, f, example, **options)
    check_batch(program, f, examples, **options)
    return program

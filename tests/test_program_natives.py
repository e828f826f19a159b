"""The natives of arrays, and the rules on arrays: the table's own numbers.

Every row of the table, and every native, is run on arrays and compared with the row on
floats over all its samples.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import OPS, Op
from autograd.namespaces import FLOAT_NATIVES
from autograd.program.statements import natives
from autograd.program.statements.natives import NUMPY
from tests.agreement import by_constants, complaints, fail_if_any, mismatches
from tests.lanes import XP

ELEMENTWISE = [op for op in OPS.values() if not op.variadic]
NATIVE = [op for op in ELEMENTWISE if op.name in NUMPY]


def on_floats(name: str) -> Callable[..., float]:
    """The same function of plain floats: a row of the table, or Python's own choice."""
    return OPS[name].value if name in OPS else FLOAT_NATIVES[name]


# Rows and natives on arrays -----------------------------------------------------------


@pytest.mark.parametrize("op", ELEMENTWISE, ids=str)
def test_a_row_says_on_arrays_what_it_says_on_floats(op: Op) -> None:
    def evaluate(*operands: Any) -> tuple[Any, ...]:
        out = op.forward(XP, *operands)
        return out, *op.local_derivatives(XP, out, *operands)

    fail_if_any(complaints(op, by_constants(op), evaluate))


@pytest.mark.parametrize("op", NATIVE, ids=str)
def test_a_native_of_arrays_is_the_row(op: Op) -> None:
    found = complaints(op, by_constants(op), lambda *xs: (NUMPY[op.name](*xs),))
    fail_if_any(found)


WRONG: dict[str, Callable[..., Any]] = {
    "relu": lambda x: np.where(x > 0.0, x, 0.0),  # NaN is lost
    "step": lambda x: np.heaviside(x, 0.5),  # a half at the kink
    "sign": np.sign,  # -0.0 becomes 0.0
    "expm1": lambda x: np.exp(x) - 1.0,  # no digits near 0
    "tanh": lambda x: np.tanh(x) * (1.0 + 2e-14),
    "log": lambda x: np.where(x > 0.0, np.log(np.abs(x)), math.nan),  # no pole
    "hypot": lambda x, y: np.sqrt(x * x + y * y),  # overflows at 1e155
    "atan2": lambda y, x: np.arctan(y / x),
    "maximum": np.fmax,  # prefers a number to NaN
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_native_is_caught(name: str) -> None:
    op = OPS[name]
    assert complaints(op, by_constants(op), lambda *xs: (WRONG[name](*xs),))


@pytest.mark.parametrize("name", NUMPY)
def test_natives_keep_shapes_and_ufuncs_take_out(name: str) -> None:
    function = NUMPY[name]
    count = 3 if name == "where" else len(OPS[name].operand_names)
    rng = np.random.default_rng(0)
    for shape in ((), (1,), (0,), (3, 0, 2), (3, 4), (2, 1, 5), (100_000,)):
        operands = [rng.uniform(1.0, 1.5, shape) for _ in range(count)]
        if name in {"asin", "acos", "atanh"}:
            operands = [x - 0.9 for x in operands]
        result = function(*operands)
        assert np.shape(result) == shape
        assert np.asarray(result).dtype == np.float64
        flat = [np.ravel(x).tolist() for x in operands]
        singly = [on_floats(name)(*numbers) for numbers in zip(*flat, strict=True)]
        assert not mismatches(np.ravel(result), singly).size
        turned = function(*(np.asarray(x).T for x in operands))
        assert not mismatches(np.ravel(turned.T), np.ravel(result)).size
        if isinstance(function, np.ufunc):
            (first, *rest) = map(np.array, operands)
            assert function(first, *rest, out=first) is first  # in place
            assert not mismatches(np.ravel(first), np.ravel(result)).size


@pytest.mark.parametrize("name", NUMPY)
def test_natives_of_arrays_take_plain_floats(name: str) -> None:
    count = 3 if name == "where" else len(OPS[name].operand_names)
    operands = (0.75, 0.5, 0.25)[:count] if name != "acosh" else (1.5,)
    assert not mismatches(NUMPY[name](*operands), [on_floats(name)(*operands)]).size


def test_helpers_are_found_by_their_name() -> None:
    helpers = {name for name, f in NUMPY.items() if not isinstance(f, np.ufunc)}
    assert helpers == {"where", "sign", "erf", "erfc"}
    for name in helpers - {"where"}:
        assert getattr(natives, name) is NUMPY[name]

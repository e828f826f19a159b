"""Whether arrays say what the table says on floats: number by number.

To 1e-14, infinities and NaN exactly; where a row is ill-conditioned, the rule of
NUMERICS.md decides.
"""

import math
import struct
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from autograd import OPS, Op
from tests.reference import REFERENCE
from tests.samples import samples
from tests.truth import Untested

Operands = tuple[float, ...]
Groups = Iterable[list[Operands]]

TOLERANCE = 1e-14
SMALLEST = 5e-324
# of 0.0 and -0.0 a processor takes either
EITHER_ZERO = {"maximum", "minimum", "clamp"}
# np.power takes a square root for a single exponent 0.5
ROOTS = {("power", (-math.inf, 0.5)), ("power", (-0.0, 0.5))}
INDEXED = tuple(name for name, op in OPS.items() if op.constants == ("index",))


def bits(x: float) -> bytes:
    return b"nan" if math.isnan(x) else struct.pack("<d", x)


def mismatches(
    got: Any, want: Any, *, scale: Any = None, zeros: bool = True
) -> NDArray[np.intp]:
    """The places where numbers differ; where zeros differ in sign, too, if asked.

    Args:
        got: What is tested; may be a single number for all.
        want: The numbers that it should be.
        scale: What errors are measured against; the numbers themselves if None.
        zeros: Whether 0.0 and -0.0 differ.
    """
    want = np.asarray(want, dtype=float)
    got = np.broadcast_to(np.asarray(got, dtype=float), want.shape)
    with np.errstate(all="ignore"):
        size = np.where(np.isinf(want), 0.0, want) if scale is None else scale
        allowed = TOLERANCE * np.abs(size) + 8 * SMALLEST
        close = (got == want) | (np.abs(got - want) <= allowed)
    finite = np.isfinite(got) & np.isfinite(want)
    same = (got == want) | (np.isnan(got) & np.isnan(want)) | np.isinf(allowed)
    right = np.where(finite, close, same)
    if zeros:
        both = (got == 0.0) & (want == 0.0)
        right &= ~(both & (np.signbit(got) != np.signbit(want)))
    return np.flatnonzero(~right)


def by_constants(op: Op) -> Groups:
    """The samples of a row, those together that have the same constants."""
    groups: dict[tuple[str, ...], list[Operands]] = defaultdict(list)
    for sample in samples(op):
        named = zip(op.operand_names, sample.operands, strict=True)
        key = tuple(repr(number) for name, number in named if name in op.constants)
        groups[key].append(sample.operands)
    return groups.values()


def by_length(op: Op) -> Groups:
    """The samples of a row of lists, those together that are equally long."""
    groups: dict[int, list[Operands]] = defaultdict(list)
    for sample in samples(OPS["softmax"] if op.name in INDEXED else op):
        groups[len(sample.operands)].append(sample.operands)
    return groups.values()


def columns(op: Op, group: list[Operands]) -> list[Any]:
    """The operands of samples as arrays; constants as the numbers that they are."""
    taken = zip(*group, strict=True)
    if op.variadic:
        return [np.array(column) for column in taken]
    return [
        column[0] if name in op.constants else np.array(column)
        for name, column in zip(op.operand_names, taken, strict=True)
    ]


def scale(op: Op, group: list[Operands], place: int) -> Any:
    """What errors are measured against, if not the numbers themselves.

    Rows on floats round a sum once, NumPy each addition. So the scale of a sum is the
    sum of sizes, and is infinite where a partial sum may overflow.
    """
    if place > 0 or op.name not in {"sum", "mean"}:
        return None
    sizes = np.abs(np.array(group))
    return np.where(np.isinf(sizes).any(-1), 0.0, sizes.sum(-1))


def excused(op: Op, operands: Operands, place: int, got: float) -> bool:
    """Whether a number is right though it differs: what the reference says of it.

    Where a row is ill-conditioned, the rule of NUMERICS.md allows more than 1e-14, and
    some limits of lists have no true value.

    Args:
        op: The row.
        operands: Its operands.
        place: 0 for the value, 1 for the derivative in the first operand, ...
        got: The number.
    """
    if (op.name, operands) in ROOTS:
        return True
    if op.name not in REFERENCE:
        return False
    truth = REFERENCE[op.name].truth((place - 1,) if place else (), operands)
    if isinstance(truth, Untested):
        return op.variadic
    return math.isfinite(got) and truth.nearest != 0.0 and truth.accepts(got)


def complaints(
    op: Op, groups: Groups, evaluate: Callable[..., tuple[Any, ...]]
) -> list[str]:
    """What is said on arrays that the row does not say on floats.

    Args:
        op: The row.
        groups: Operands, by what can be an array together.
        evaluate: Arrays of operands to the value and, if it likes, the derivatives.
    """
    found = []
    for group in groups:
        rows = [op.evaluate(*operands) for operands in group]
        wanted = zip(*((out, *slopes) for out, slopes in rows), strict=True)
        with np.errstate(all="ignore"):
            answers = evaluate(*columns(op, group))
            scales = [scale(op, group, place) for place in range(len(answers))]
        for place, (got, want) in enumerate(zip(answers, wanted, strict=False)):
            zeros = place == 0 and not op.variadic and op.name not in EITHER_ZERO
            for i in mismatches(got, want, scale=scales[place], zeros=zeros):
                number = float(np.broadcast_to(got, len(group))[i])
                if not excused(op, group[i], place, number):
                    what = f"derivative {place - 1}" if place else "value"
                    line = f"{op.name}{group[i]} {what}: {number!r}"
                    found.append(f"{line}, on floats {want[i]!r}")
    return found


def fail_if_any(found: list[str]) -> None:
    if found:
        pytest.fail("\n".join([f"{len(found)} differ:", *found[:12]]), pytrace=False)

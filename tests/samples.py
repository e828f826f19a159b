"""Where every operation is tried: tails, zeros, kinks, ends of the domain, extremes.

Points come from the operation's domain and from lists picked by hand; what is random
is seeded with the operation's name, so every run tries the same points.
"""

import math
import random
from collections.abc import Iterable, Iterator
from itertools import product
from typing import NamedTuple

from autograd import Op

INF = math.inf
HUGE = 1.7976931348623157e308
TINY = 2.2250738585072014e-308  # the smallest normal number
SUBNORMAL = 5e-324


class Sample(NamedTuple):
    """Operands, and the positions of those that are plain numbers (constants)."""

    operands: tuple[float, ...]
    constants: frozenset[int] = frozenset()


def around(point: float) -> list[float]:
    """A point, its neighbours among the doubles, and numbers close by."""
    close = [point * (1 + share) for share in (-1e-3, 1e-3, -1e-8, 1e-8)]
    below = math.nextafter(point, -INF)
    above = math.nextafter(point, INF)
    far = [point - 1e-12, point + 1e-12]
    return [point, below, above, *close, *far]


EXPONENTS = [
    *range(-320, -20, 30),
    *range(-20, 4),
    *range(5, 20, 3),
    *range(20, 308, 24),
]
MAGNITUDES = [
    *(float(f"{digits}e{power}") for power in EXPONENTS for digits in ("1.0", "3.7")),
    *(0.1 * step for step in range(1, 41)),
    *(1.37 * step for step in range(3, 40)),
    # where exp, its squares, cosh and expm1 overflow, underflow or level off
    *(18.4, 18.8, 19.1, 22.0, 33.3, 36.05, 36.74, 37.5, 40.0, 88.7, 340.0, 354.9),
    *(372.5, 690.0, 700.0, 708.3, 708.4, 709.0, 709.7, 709.782712893384),
    *(709.79, 710.0, 710.4, 710.475860073944, 710.48, 720.0, 740.0, 744.4, 745.1),
    *(745.2, 746.0, 800.0, 1000.0, 1021.9, 1023.0, 1023.99, 1024.0, 1073.5, 1075.5),
    # where squares, cubes and fourth powers do
    *(1.3e154, 1.34078079299426e154, 1.4e154, 5.6e102, 5.7e102, 1.1e77, 1.2e77),
    *(1.5e-154, 1.4e-154, 1.7e-103, 1.5e-162, 2.2e-162, 1e-108, 4e-81),
    # where the normal density and erfc do
    *(5.3, 5.9, 8.3, 17.3, 26.0, 26.5, 26.54, 26.6, 27.2, 27.3, 37.5, 38.4, 38.5, 38.6),
    *(12.5, 13.3, 14.1, 15.0, 21.0, 25.1),
    # multiples of pi, good and bad
    *(math.pi * step / 4 for step in range(1, 17)),
    *(22.0, 355.0, 1e5 * math.pi, 6381956970095103.0, 5.319372648326541e255),
    *(SUBNORMAL, 1.5e-323, 1e-310, TINY, HUGE, HUGE / 2, HUGE / 4),
]
BANDS = [  # where a result is about to underflow or overflow, in part or whole
    (700.0, 750.0), (340.0, 375.0), (37.0, 39.0), (26.0, 27.5), (21.0, 21.6),
    (0.5, 2.6), (1.33e154, 1.35e154), (5e102, 6e102), (1e-154, 2e-154),
    (1e-162, 3e-162), (1e-108, 2e-108), (5e-309, 6e-309), (1e-320, 1e-310),
    (1.0, 1.0001), (1e-8, 1e-7), (1020.0, 1076.0),
]  # fmt: skip
SPECIAL = [0.0, -0.0, INF, -INF, math.nan]

# zeros and turning points of derivatives, and thresholds of usual implementations
PICKED = {
    "log": [1.0],
    "log2": [1.0],
    "log10": [1.0, 1000.0],
    "log1p": [-0.5, 1e-5],
    "logit": [0.5, 1.0, 1e-5, 1.0 - 1e-9],
    "log_expm1": [math.log(2.0), 1e-5, 37.0],
    "acosh": [1.0],
    "asin": [0.5, 1.0],
    "acos": [0.5, 1.0],
    "atanh": [0.5, 1.0],
    "relu": [0.0],
    "silu": [1.2784645427610738, 2.3993572805154675],
    "gelu": [0.7517915246935645, 1.4142135623730951],
    "gelu_tanh": [21.35169794249894, 21.50636595241024, 0.7524614220710162, 1.4350375],
    "mish": [1.1924323, 2.2564],
    "hard_tanh": [1.0],
    "hard_sigmoid": [3.0, 3.0 - 1e-9],
    "hard_swish": [3.0, 3.0 - 1e-9, 1.5],
    "sigmoid": [1e-3, 36.7],
    "erf": [27.036698611878244],
    "erfc": [27.036698611878244],
    "exp_neg_square": [27.036698611878244],
    **{name: [0.5, 1.5, 2.5, 2.0**52] for name in ("floor", "ceil", "trunc", "rint")},
}


def mirrored(numbers: Iterable[float]) -> Iterator[float]:
    for number in numbers:
        yield number
        yield -number


def distinct(numbers: Iterable[float]) -> list[float]:
    """Each number once; -0.0 and 0.0 are two."""
    return [float(text) for text in dict.fromkeys(repr(float(x)) for x in numbers)]


def interval_points(op: Op, position: int) -> list[float]:
    """The ends of an operand's domain, in and out, and points drawn from it."""
    rng = random.Random(f"{op.name} {position}")
    low, high = op.domain_of(position)
    points: list[float] = []
    for end in (low, high):
        if math.isfinite(end):
            points += around(end)
            points += [end - 1.0, end + 1.0, end - 1e-5, end + 1e-5]
    low, high = max(low, -60.0), min(high, 60.0)
    points += [rng.uniform(low, high) for _ in range(24)]
    points += [rng.choice([-1, 1]) * 10 ** rng.uniform(-12, 3) for _ in range(24)]
    return points


def unary_samples(op: Op) -> list[Sample]:
    picked = [p for point in PICKED.get(op.name, []) for p in around(point)]
    rng = random.Random(op.name)
    banded = [rng.uniform(*band) for band in BANDS for _ in range(4)]
    usual = mirrored([*MAGNITUDES, *picked, *banded])
    points = [*SPECIAL, *usual, *interval_points(op, 0)]
    return [Sample((point,)) for point in distinct(points)]


# Two operands ---------------------------------------------------------------------

GRID = [0.0, *mirrored([SUBNORMAL, 3e-310, TINY, 1.1e-200, 1.3e-154, 7e-103, 1e-30])]
GRID += [*mirrored([1e-9, 0.013, 0.3, 0.5, 1.0, 1.7, 2.0, 3.0, 40.0, 745.5])]
GRID += [
    *mirrored([1.3e5, 2.0**53 + 2, 1e30, 1e77, 1.5e154, 1.1e200, 1e308, HUGE, INF])
]
GRID += [-0.0, math.nan]


def near_pairs(rng: random.Random) -> Iterator[tuple[float, float]]:
    """Pairs that are equal, almost equal, or almost opposite, at many magnitudes."""
    for power in (-300, -160, -20, -3, -1, 0, 1, 2, 10, 154, 300):
        x = rng.uniform(1, 9) * 10.0**power
        for y in (x, math.nextafter(x, INF), x * (1 + 1e-9), x * (1 + 1e-3), x * 0.9):
            yield x, y
            yield y, x
            yield x, -y
            yield -y, -x


PARAMETERS = [0.0, *mirrored([1e-3, 0.01, 0.2, 0.5, 1.0, 1.7, 30.0, 1e3])]


def pair_samples(op: Op) -> list[Sample]:
    rng = random.Random(op.name)
    second = PARAMETERS if op.name in {"elu", "leaky_relu"} else GRID
    pairs = [*product(GRID, second)]
    if second is GRID:
        pairs += near_pairs(rng)
    for exponent in (1, 2, 12) if second is GRID else (1, 2, 3):
        for _ in range(40):
            x, y = (
                rng.choice([-1, 1]) * 10 ** rng.uniform(-exponent, exponent)
                for _ in range(2)
            )
            pairs.append((x, y))
    if op.name in CONDITIONED:
        pairs += [(x, y) for x in MAGNITUDES for y in CONDITIONED[op.name]]
        pairs += [(-x, y) for x in MAGNITUDES for y in CONDITIONED[op.name]]
    samples = [Sample(pair) for pair in pairs]
    if op.name == "pow":
        samples += constant_exponents()
    if op.name == "power":  # its exponent is never a Value
        whole = [Sample(pair, frozenset({1})) for pair in pairs]
        samples = [*whole, *constant_exponents()]
    return samples


CONDITIONED = {  # second operands that are tried in the tails of the first
    "elu": (1.0, 0.5),
    "leaky_relu": (0.01, 0.2),
    "logaddexp": (0.0, 1.0, -37.0),
    "xlogy": (1.0, 1.0 + 1e-9, 0.99),
    "pow": (0.5, -0.5, 1.5, 1 / 3, 3.0, -2.0, 1e-9, 0.0, 1.0, 2.0),
    "power": (0.5, -0.5, 1.5, 1 / 3, 3.0, -2.0, 1e-9, 1.0, 2.0),
}


def constant_exponents() -> Iterator[Sample]:
    """x ** p with a plain number p: negative bases and all."""
    powers = (0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 4.0, 7.0, 100.0, -101.0, 0.5, -0.5)
    bases = [*SPECIAL, *mirrored([0.5, 1.0, 2.0, 3.3, 1e-20, 1e20])]
    bases += [*mirrored([1e-160, 1e160, 1.01e-103, 1e103, HUGE, TINY, SUBNORMAL])]
    for power in (*powers, 1.5, 2.5, 1 / 3, 1e-5, 17.3):
        for base in bases:
            yield Sample((base, power), frozenset({1}))


# Three operands and more ------------------------------------------------------------

BOUNDS = [
    (-1.0, 1.0),
    (0.0, 6.0),
    (2.0, 2.0),
    (-INF, 0.5),
    (-0.5, INF),
    (1e-300, 1e300),
    (2.0, 1.0),
    (INF, -1.0),
    (math.nan, 1.0),
    (0.5, math.nan),
]
FEW = [*SPECIAL, *mirrored([SUBNORMAL, 0.5, 1.0, 2.0, 6.0, 7.1, HUGE])]


def triple_samples(op: Op) -> list[Sample]:
    if op.name == "power_derivative":
        constant = frozenset({2})
        pairs = [*product(GRID[::2], GRID[::2]), *near_pairs(random.Random(op.name))]
        once = [Sample((*pair, 1.0), constant) for pair in pairs]
        bases = [x for magnitude in MAGNITUDES[::5] for x in (magnitude, -magnitude)]
        return once + [
            Sample((x, n, k), constant)
            for x in bases
            for n in CONDITIONED["power"]
            for k in (1.0, 2.0)
        ]
    if op.name == "clamp":
        return [Sample((x, *bounds)) for x in FEW for bounds in BOUNDS]
    return [Sample(triple) for triple in product(FEW, FEW[::2], FEW[1::2])]


LISTS: list[tuple[float, ...]] = [
    (0.0,), (3.5,), (-1e4,), (-INF,), (INF,), (1e308,), (math.nan,), (SUBNORMAL,),
    (0.0, 0.0), (1.0, 1.0), (-0.0, 0.0), (1e-3, 0.0), (1e-12, -3e-13), (0.0, -40.0),
    (-1e-20, -40.0), (0.0, -700.0), (-3e-200, -800.0), (1.0, 2.0), (2.0, 1.0),
    (30.0, -5.0), (1e308, 1e308), (-1e308, -1e308), (1e308, -1e308), (-1e4, -1e4),
    (-INF, -INF), (-INF, 1.0), (INF, 1.0), (INF, INF), (INF, -INF), (math.nan, 1.0),
    (math.nan, INF), (-0.6931471805599453, -0.6931471805599453), (3e-310, 5e-310),
    (1.0, 2.0, 3.0), (3.0, 3.0, 1.0), (0.0, 0.0, 0.0), (1e16, 1.0, -1e16),
    (1e308, 1e308, -1e308), (-1e308, 1e308, 1e308), (1e308, 1e308, 1e308),
    (0.1, 0.2, -0.3), (-1e4, -1e4, -1e4 + 1), (1e4, 1e4 - 3, 0.0), (700.0, 0.0, -700.0),
    (-INF, 2.0, 2.5), (-INF, -INF, -INF), (INF, 2.0, -INF), (1e-300, 1e300, 1.0),
    (-1.0986122886681098, -1.0986122886681098, -1.0986122886681098),
    (1.0, math.nan, -INF), (5.0, 4.0, 3.0, 2.0, 1.0), (7.0, 7.0, 7.0, 7.0),
    (1e100, 1.0, -1e100, 1e-100, 3.0), (-745.0, 0.0, -745.2, -36.0), (0.5,) * 9,
    (SUBNORMAL, -SUBNORMAL, TINY), (1e-9, 2e-9, -1e-9), (1.0, 1e-17, -1.0, 1e-17),
]  # fmt: skip


def lists(op: Op) -> list[tuple[float, ...]]:
    rng = random.Random(op.name)
    drawn = [
        tuple(rng.gauss(0, spread) for _ in range(count))
        for count in (2, 3, 4, 6)
        for spread in (1e-6, 1.0, 30.0, 1e3)
    ]
    return [*LISTS, *drawn]


def list_samples(op: Op) -> list[Sample]:
    """Operands of sum, max, logsumexp ...; of softmax and its like after an index."""
    if op.constants == ("index",):
        zero = frozenset({0})
        return [
            Sample((float(target), *xs), zero)
            for xs in lists(op)
            for target in sorted({0, len(xs) - 1})
        ]
    return [Sample(xs) for xs in lists(op)]


def dot_samples(op: Op) -> list[Sample]:
    """Weights, inputs and sometimes a bias; some of them plain numbers."""
    rng = random.Random(op.name)
    samples = []
    for xs in lists(op):
        ones = (1.0,) * len(xs)
        drawn = tuple(rng.gauss(0, 1) for _ in xs)
        samples.append(Sample((*xs, *ones)))
        samples.append(Sample((*drawn, *xs), frozenset(range(len(xs)))))
        samples.append(Sample((*xs, *drawn, rng.gauss(0, 1))))
        samples.append(Sample((*xs, *xs, -1.5)))
    return samples


def samples(op: Op) -> list[Sample]:
    """Where an operation is tried."""
    if op.name == "dot":
        return dot_samples(op)
    if op.variadic:
        return list_samples(op)
    count = len(op.operand_names)
    return {1: unary_samples, 2: pair_samples, 3: triple_samples}[count](op)

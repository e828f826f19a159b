"""Definitions of the operations of one variable: value, first, second derivative.

Limits at infinities and at the ends of the domain are written out, and so are the
conventions of NUMERICS.md at kinks.
"""

from collections.abc import Callable
from typing import Any

from mpmath import mp, mpf

from tests.reference_shapes import INF, KINK, NAN, unary
from tests.truth import Number, Reference, Untested

TWO_SIDED = Untested("the limits from the two sides differ")


def constant(number: Any) -> Callable[[Number], Number]:
    return lambda x: mpf(number)


def sign(x: Number) -> Number:
    return mp.sign(x)


def sech_square(x: Number) -> Number:
    return 1 / mp.cosh(x) ** 2


def sigmoid(x: Number) -> Number:
    return 1 / (1 + mp.exp(-x))


def sigmoid_first(x: Number) -> Number:
    return sech_square(x / 2) / 4


def sigmoid_second(x: Number) -> Number:
    return -mp.tanh(x / 2) * sech_square(x / 2) / 4


def erfc(x: Number) -> Number:
    """The complement of erf; mpmath's own stops at 1e10, where it is 10^(-10^19)."""
    return mp.exp(-x * x) / (x * mp.sqrt(mp.pi)) if x > 1e9 else mp.erfc(x)


def normal_density(x: Number) -> Number:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def normal_below(x: Number) -> Number:
    return erfc(-x / mp.sqrt(2)) / 2


def silu_second(x: Number) -> Number:
    return 2 * sigmoid_first(x) + x * sigmoid_second(x)


# gelu_tanh is x sigmoid(2 u) with u = sqrt(2/pi) (x + 0.044715 x^3)


def inner(x: Number) -> tuple[Number, Number, Number]:
    """2 u and its derivatives."""
    root = 2 * mp.sqrt(2 / mp.pi)
    cubic = mpf("0.044715")
    return (
        root * (x + cubic * x**3),
        root * (1 + 3 * cubic * x**2),
        6 * root * cubic * x,
    )


def gelu_tanh_first(x: Number) -> Number:
    u, slope, _ = inner(x)
    return sigmoid(u) + x * sigmoid_first(u) * slope


def gelu_tanh_second(x: Number) -> Number:
    u, slope, bend = inner(x)
    gate_second = sigmoid_second(u) * slope**2 + sigmoid_first(u) * bend
    return 2 * sigmoid_first(u) * slope + x * gate_second


STEEP = Untested(
    "below 1e-308: the chain rule multiplies the derivative in 2 u, a subnormal number "
    "of few digits, by the slope of 2 u, which is 100 here"
)


# mish is x w with w = tanh(log(1 + e^x)) = e (e + 2) / (e^2 + 2 e + 2), e = exp(x)


def mish_gate(x: Number) -> Number:
    e = mp.exp(x)
    return e * (e + 2) / (e * e + 2 * e + 2)


def mish_gate_first(x: Number) -> Number:
    e = mp.exp(x)
    return 4 * e * (1 + e) / (e * e + 2 * e + 2) ** 2


def mish_gate_second(x: Number) -> Number:
    e = mp.exp(x)
    return 4 * e * (2 + 2 * e - 3 * e**2 - 2 * e**3) / (e * e + 2 * e + 2) ** 3


SELU_SCALE = mpf("1.0507009873554804934193349852946")
SELU_ALPHA = mpf("1.6732632423543772848170429916717")

UP = (INF, INF, INF)  # what grows without end, and so do its derivatives
STEPS = Untested("the derivative of a piecewise constant function at NaN")
ONE = {"inf": (mpf(1), mpf(0), mpf(0))}  # what levels off at 1
GATED = {"-inf": (mpf(0),) * 3, "inf": (INF, mpf(1), mpf(0))}  # relu and its like
ZERO = (mpf(0),) * 3
NOWHERE = {"-inf": (NAN,) * 3, "inf": (NAN,) * 3}  # sine has no limit
LOGARITHM = {
    "0.0": (-INF, INF, -INF), "-0.0": (-INF, INF, -INF), "inf": (INF, mpf(0), mpf(0))
}  # fmt: skip


def logarithm(base: Callable[[], Number]) -> Reference:
    return unary(
        lambda x: mp.log(x) / base(),
        lambda x: 1 / (x * base()),
        lambda x: -1 / (x**2 * base()),
        low=0.0,
        at=LOGARITHM,
    )


with mp.workdps(60):  # limits that are not rational
    QUARTER_TURN = +mp.pi / 2
    HALF_TURN = +mp.pi

UNARY: dict[str, Reference] = {
    "neg": unary(
        lambda x: -x,
        constant(-1),
        constant(0),
        at={"inf": (-INF, mpf(-1), mpf(0)), "-inf": (INF, mpf(-1), mpf(0))},
        at_nan=(NAN, mpf(-1), mpf(0)),
    ),
    "abs": unary(abs, sign, constant(0), at_nan=(NAN, NAN, STEPS)),
    "exp": unary(mp.exp, mp.exp, mp.exp, at={"inf": UP, "-inf": ZERO}),
    "expm1": unary(
        mp.expm1, mp.exp, mp.exp, at={"inf": UP, "-inf": (mpf(-1), mpf(0), mpf(0))}
    ),
    "exp2": unary(
        lambda x: mp.exp(x * mp.ln2),
        lambda x: mp.exp(x * mp.ln2) * mp.ln2,
        lambda x: mp.exp(x * mp.ln2) * mp.ln2**2,
        at={"inf": UP, "-inf": ZERO},
    ),
    "log": logarithm(lambda: mpf(1)),
    "log2": logarithm(lambda: mp.log(2)),
    "log10": logarithm(lambda: mp.log(10)),
    "log1p": unary(
        mp.log1p,
        lambda x: 1 / (1 + x),
        lambda x: -1 / (1 + x) ** 2,
        low=-1.0,
        at={"-1.0": (-INF, INF, -INF), "inf": (INF, mpf(0), mpf(0))},
    ),
    "logit": unary(
        lambda x: mp.log(x / (1 - x)),
        lambda x: 1 / (x * (1 - x)),
        lambda x: (2 * x - 1) / (x * (1 - x)) ** 2,
        0.0,
        1.0,
        at={
            "0.0": (-INF, INF, -INF),
            "-0.0": (-INF, INF, -INF),
            "1.0": UP,
        },
    ),
    "log_expm1": unary(
        lambda x: mp.log(mp.expm1(x)),
        lambda x: -1 / mp.expm1(-x),
        lambda x: -mp.exp(-x) / mp.expm1(-x) ** 2,
        low=0.0,
        at={
            "0.0": (-INF, INF, -INF),
            "-0.0": (-INF, INF, -INF),
            "inf": (INF, mpf(1), mpf(0)),
        },
    ),
    "sqrt": unary(
        mp.sqrt,
        lambda x: 1 / (2 * mp.sqrt(x)),
        lambda x: -1 / (4 * x * mp.sqrt(x)),
        low=0.0,
        at={
            "0.0": (mpf(0), INF, -INF),
            "-0.0": (mpf(0), INF, -INF),
            "inf": (INF, mpf(0), mpf(0)),
        },
    ),
    "cbrt": unary(
        lambda x: sign(x) * mp.cbrt(abs(x)),
        lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2),
        lambda x: -2 * sign(x) / (9 * mp.cbrt(abs(x)) ** 5),
        at={
            "0.0": (mpf(0), INF, TWO_SIDED),
            "-0.0": (mpf(0), INF, TWO_SIDED),
            "inf": (INF, mpf(0), mpf(0)),
            "-inf": (-INF, mpf(0), mpf(0)),
        },
    ),
    "reciprocal": unary(
        lambda x: 1 / x,
        lambda x: -1 / x**2,
        lambda x: 2 / x**3,
        at={
            "0.0": (INF, -INF, INF),
            "-0.0": (-INF, -INF, -INF),
            "inf": ZERO,
            "-inf": ZERO,
        },
    ),
    "square": unary(
        lambda x: x * x,
        lambda x: 2 * x,
        constant(2),
        at={"inf": (INF, INF, mpf(2)), "-inf": (INF, -INF, mpf(2))},
        at_nan=(NAN, NAN, mpf(2)),
    ),
    "sin": unary(mp.sin, mp.cos, lambda x: -mp.sin(x), at=NOWHERE),
    "cos": unary(mp.cos, lambda x: -mp.sin(x), lambda x: -mp.cos(x), at=NOWHERE),
    "tan": unary(
        mp.tan,
        lambda x: 1 / mp.cos(x) ** 2,
        lambda x: 2 * mp.tan(x) / mp.cos(x) ** 2,
        at=NOWHERE,
    ),
    "asin": unary(
        mp.asin,
        lambda x: 1 / mp.sqrt((1 - x) * (1 + x)),
        lambda x: x / mp.sqrt((1 - x) * (1 + x)) ** 3,
        -1.0,
        1.0,
        at={"1.0": (QUARTER_TURN, INF, INF), "-1.0": (-QUARTER_TURN, INF, -INF)},
    ),
    "acos": unary(
        mp.acos,
        lambda x: -1 / mp.sqrt((1 - x) * (1 + x)),
        lambda x: -x / mp.sqrt((1 - x) * (1 + x)) ** 3,
        -1.0,
        1.0,
        at={"1.0": (mpf(0), -INF, -INF), "-1.0": (HALF_TURN, -INF, INF)},
    ),
    "atan": unary(
        mp.atan,
        lambda x: 1 / (1 + x**2),
        lambda x: -2 * x / (1 + x**2) ** 2,
        at={
            "inf": (QUARTER_TURN, mpf(0), mpf(0)),
            "-inf": (-QUARTER_TURN, mpf(0), mpf(0)),
        },
    ),
    "sinh": unary(mp.sinh, mp.cosh, mp.sinh, at={"inf": UP, "-inf": (-INF, INF, -INF)}),
    "cosh": unary(mp.cosh, mp.sinh, mp.cosh, at={"inf": UP, "-inf": (INF, -INF, INF)}),
    "tanh": unary(
        mp.tanh,
        sech_square,
        lambda x: -2 * sech_square(x) * mp.tanh(x),
        at=ONE | {"-inf": (mpf(-1), mpf(0), mpf(0))},
    ),
    "asinh": unary(
        mp.asinh,
        lambda x: 1 / mp.sqrt(1 + x**2),
        lambda x: -x / mp.sqrt(1 + x**2) ** 3,
        at={"inf": (INF, mpf(0), mpf(0)), "-inf": (-INF, mpf(0), mpf(0))},
    ),
    "acosh": unary(
        mp.acosh,
        lambda x: 1 / mp.sqrt((x - 1) * (x + 1)),
        lambda x: -x / mp.sqrt((x - 1) * (x + 1)) ** 3,
        low=1.0,
        at={"1.0": (mpf(0), INF, -INF), "inf": (INF, mpf(0), mpf(0))},
    ),
    "atanh": unary(
        mp.atanh,
        lambda x: 1 / ((1 - x) * (1 + x)),
        lambda x: 2 * x / ((1 - x) * (1 + x)) ** 2,
        -1.0,
        1.0,
        at={"1.0": UP, "-1.0": (-INF, INF, -INF)},
    ),
    "sigmoid": unary(sigmoid, sigmoid_first, sigmoid_second, at=ONE | {"-inf": ZERO}),
    "log_sigmoid": unary(
        lambda x: -mp.log1p(mp.exp(-x)),
        lambda x: sigmoid(-x),
        lambda x: -sigmoid_first(x),
        at={"inf": ZERO, "-inf": (-INF, mpf(1), mpf(0))},
    ),
    "softplus": unary(lambda x: mp.log1p(mp.exp(x)), sigmoid, sigmoid_first, at=GATED),
    "relu": unary(
        lambda x: max(x, mpf(0)),
        lambda x: mpf(x > 0),
        constant(0),
        at=GATED,
        at_nan=(NAN, NAN, STEPS),
    ),
    "selu": unary(
        lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * mp.expm1(x)),
        lambda x: SELU_SCALE * (1 if x > 0 else SELU_ALPHA * mp.exp(x)),
        lambda x: mpf(0) if x > 0 else SELU_SCALE * SELU_ALPHA * mp.exp(x),
        at={
            "0.0": (mpf(0), SELU_SCALE * SELU_ALPHA, KINK),
            "-0.0": (mpf(0), SELU_SCALE * SELU_ALPHA, KINK),
            "inf": (INF, SELU_SCALE, mpf(0)),
            "-inf": (-SELU_SCALE * SELU_ALPHA, mpf(0), mpf(0)),
        },
    ),
    "silu": unary(
        lambda x: x * sigmoid(x),
        lambda x: sigmoid(x) + x * sigmoid_first(x),
        silu_second,
        at=GATED,
    ),
    "gelu": unary(
        lambda x: x * normal_below(x),
        lambda x: normal_below(x) + x * normal_density(x),
        lambda x: normal_density(x) * (2 - x**2),
        at=GATED,
    ),
    "gelu_tanh": unary(
        lambda x: x * sigmoid(inner(x)[0]),
        gelu_tanh_first,
        gelu_tanh_second,
        at=GATED,
        second_untested=lambda x: STEEP if 21.3 < abs(x) < 21.6 else None,
    ),
    "mish": unary(
        lambda x: x * mish_gate(x),
        lambda x: mish_gate(x) + x * mish_gate_first(x),
        lambda x: 2 * mish_gate_first(x) + x * mish_gate_second(x),
        at=GATED,
    ),
    "softsign": unary(
        lambda x: x / (1 + abs(x)),
        lambda x: 1 / (1 + abs(x)) ** 2,
        lambda x: -2 * sign(x) / (1 + abs(x)) ** 3,
        at=ONE
        | {
            "0.0": (mpf(0), mpf(1), KINK),
            "-0.0": (mpf(0), mpf(1), KINK),
            "-inf": (mpf(-1), mpf(0), mpf(0)),
        },
    ),
    "hard_tanh": unary(
        lambda x: min(max(x, mpf(-1)), mpf(1)),
        lambda x: mpf(-1 < x < 1),
        constant(0),
        at_nan=(NAN, NAN, STEPS),
    ),
    "hard_sigmoid": unary(
        lambda x: min(max(x + 3, mpf(0)), mpf(6)) / 6,
        lambda x: mpf(-3 < x < 3) / 6,
        constant(0),
        at_nan=(NAN, NAN, STEPS),
    ),
    "hard_swish": unary(
        lambda x: mpf(0) if x <= -3 else x if x >= 3 else x * (x + 3) / 6,
        lambda x: mpf(0) if x <= -3 else mpf(1) if x >= 3 else (2 * x + 3) / 6,
        lambda x: mpf(-3 < x < 3) / 3,
        at_nan=(NAN, NAN, mpf(1) / 3),
    ),
    "erf": unary(
        mp.erf,
        lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x),
        lambda x: -4 * x / mp.sqrt(mp.pi) * mp.exp(-x * x),
        at=ONE | {"-inf": (mpf(-1), mpf(0), mpf(0))},
    ),
    "erfc": unary(
        erfc,
        lambda x: -2 / mp.sqrt(mp.pi) * mp.exp(-x * x),
        lambda x: 4 * x / mp.sqrt(mp.pi) * mp.exp(-x * x),
        at={"inf": ZERO, "-inf": (mpf(2), mpf(0), mpf(0))},
    ),
    "sign": unary(sign, constant(0), constant(0), at_nan=(NAN, STEPS, STEPS)),
    "step": unary(
        lambda x: mpf(x > 0), constant(0), constant(0), at_nan=(NAN, STEPS, STEPS)
    ),
    **{
        name: unary(
            rounded,
            constant(0),
            constant(0),
            at={"inf": (INF, mpf(0), mpf(0)), "-inf": (-INF, mpf(0), mpf(0))},
            at_nan=(NAN, STEPS, STEPS),
        )
        for name, rounded in {
            "floor": mp.floor,
            "ceil": mp.ceil,
            "trunc": lambda x: mp.sign(x) * mp.floor(abs(x)),
            "rint": mp.nint,  # to the even one of two
        }.items()
    },
    # helpers, from which derivatives are built
    "identity": unary(
        lambda x: x, constant(1), constant(0), at_nan=(NAN, mpf(1), mpf(0))
    ),
    "sech": unary(
        lambda x: 1 / mp.cosh(x),
        lambda x: -mp.tanh(x) / mp.cosh(x),
        lambda x: (mp.sinh(x) - 1) * (mp.sinh(x) + 1) / mp.cosh(x) ** 3,
        at={"inf": ZERO, "-inf": ZERO},
    ),
    "one_minus_square": unary(
        lambda x: (1 - x) * (1 + x),
        lambda x: -2 * x,
        constant(-2),
        at={"inf": (-INF, -INF, mpf(-2)), "-inf": (-INF, INF, mpf(-2))},
        at_nan=(NAN, NAN, mpf(-2)),
    ),
    "times_complement": unary(
        lambda x: x * (1 - x),
        lambda x: 1 - 2 * x,
        constant(-2),
        at={"inf": (-INF, -INF, mpf(-2)), "-inf": (-INF, INF, mpf(-2))},
        at_nan=(NAN, NAN, mpf(-2)),
    ),
    "exp_neg_square": unary(
        lambda x: mp.exp(-x * x),
        lambda x: -2 * x * mp.exp(-x * x),
        lambda x: (4 * x * x - 2) * mp.exp(-x * x),
        at={"inf": ZERO, "-inf": ZERO},
    ),
}

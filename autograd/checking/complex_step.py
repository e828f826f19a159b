"""Derivatives by the complex step: an operation's value rule, run on complex numbers.

For an analytic f, f(x + ih) = f(x) + ih f'(x) + terms in h². With h = 1e-30 x those
terms are nothing, and the imaginary part over h is the derivative to the last digit:
nothing is subtracted, so nothing cancels. (Squire & Trapp 1998; for programs, with
comparisons decided by real parts, Martins, Sturdza & Alonso 2003.)

Only the value of a row is run here, none of its derivatives. The step fails, and says
so by None, where a row is not analytic: at the boundary between the two pieces of a
`where`, or for a rule that computes on plain floats.
"""

from __future__ import annotations

import cmath
import math
import operator
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Self

from autograd.namespaces import FLOAT_NATIVES, Namespace, choose
from autograd.ops import RULES, Op
from autograd.rules import elementary

EPSILON: Final = sys.float_info.epsilon
UNDERFLOW: Final = 1e-290  # below, a double's digits may have been lost on the way


class NotAnalytic(ArithmeticError):  # noqa: N818 - not an error of the user's
    """A complex step can't be taken here."""


def _operator(name: str) -> Callable[[complex, Any], Any]:
    plain = getattr(complex, name)

    def method(self: complex, other: Any) -> Any:
        result = plain(self, other)
        return result if result is NotImplemented else type(self)(result)

    return method


def _comparison(compare: Callable[[float, float], bool]) -> Callable[..., Any]:
    """A comparison by real parts: it picks the piece of a function that x lies in."""

    def method(self: complex, other: Any) -> Any:
        if not isinstance(other, complex | float | int):
            return NotImplemented
        if self.real == other.real and self.imag != other.imag:
            raise NotAnalytic("the point lies on a boundary between two pieces")
        return compare(self.real, other.real)

    return method


class Stepped(complex):
    """A number x + ih: it computes as a complex one and compares as a real one."""

    __slots__ = ()

    __add__ = _operator("__add__")
    __radd__ = _operator("__radd__")
    __sub__ = _operator("__sub__")
    __rsub__ = _operator("__rsub__")
    __mul__ = _operator("__mul__")
    __rmul__ = _operator("__rmul__")
    __truediv__ = _operator("__truediv__")
    __rtruediv__ = _operator("__rtruediv__")
    __lt__ = _comparison(operator.lt)
    __le__ = _comparison(operator.le)
    __gt__ = _comparison(operator.gt)
    __ge__ = _comparison(operator.ge)
    __eq__ = _comparison(operator.eq)
    __ne__ = _comparison(operator.ne)
    __hash__ = complex.__hash__

    def __neg__(self) -> Stepped:
        return type(self)(complex(-self.real, -self.imag))

    def __pos__(self) -> Stepped:
        return self

    def __abs__(self) -> Stepped:  # type: ignore[override]
        return self if self > 0.0 else -self

    def __bool__(self) -> bool:
        return bool(self != 0.0)

    def __pow__(self, exponent: Any) -> Any:  # type: ignore[override]
        return STEPPED.pow(self, exponent)

    def __rpow__(self, base: Any) -> Any:  # type: ignore[override]
        return STEPPED.pow(base, self)


class Shaken(Stepped):
    """A number that is rounded once more by every step: what then moves, is rounding's.

    Which way is decided by its bits: by chance, and yet the same in every run.
    """

    __slots__ = ()

    def __new__(cls, number: complex) -> Self:
        """The number, each part moved by a unit in its last place."""
        bits = hash(number)
        real = number.real * (1.0 + (EPSILON if bits & 16 else -EPSILON))
        imag = number.imag * (1.0 + (EPSILON if bits & 64 else -EPSILON))
        return complex.__new__(cls, real, imag)

    def __truediv__(self, other: Any) -> Any:
        """In two steps, for a division of complex numbers subtracts on its way."""
        return self * (1.0 / Shaken(other))

    def __rtruediv__(self, other: Any) -> Any:
        return Shaken(1.0 / complex(self)) * other


# --- the namespace ------------------------------------------------------------


def _power(x: complex, y: complex) -> complex:
    """x to the power y; for x < 0 and whole y by -x, away from the branch cut."""
    if isinstance(y, Stepped):
        if x.real <= 0.0:
            raise NotAnalytic("a power of a number below 0 jumps with the exponent")
        return cmath.exp(y * cmath.log(x))
    if x.real < 0.0:
        sign = -1.0 if y.real % 2.0 == 1.0 else 1.0
        return sign * _power(-x, y)
    return complex(x) ** complex(y).real


def _cbrt(x: complex) -> complex:
    return -_power(-x, 1.0 / 3.0) if x.real < 0.0 else _power(x, 1.0 / 3.0)


def _hypot(x: complex, y: complex) -> complex:
    scale = max(abs(x.real), abs(y.real))  # 0 at the kink, and then no quotient
    return scale * cmath.sqrt((x / scale) * (x / scale) + (y / scale) * (y / scale))


def _atan2(y: complex, x: complex) -> complex:
    """The angle but for a constant, from the quotient that is at most 1."""
    if x.real == 0.0 == y.real:
        raise NotAnalytic("the point lies on a jump")
    flat = abs(y.real) <= abs(x.real)
    return cmath.atan(y / x) if flat else -cmath.atan(x / y)


def _erf(x: complex) -> complex:
    """The error function: a series about 0, a continued fraction far out.

    Abramowitz & Stegun 7.1.6 and 7.1.14; every term of the series has one sign.
    """
    if x.real < 0.0:
        return -_erf(-x)
    bell = cmath.exp(-(complex(x) * x)) / math.sqrt(math.pi)
    if x.real > 2.0:
        fraction = complex(x)
        for n in range(80, 0, -1):
            fraction = x + 0.5 * n / fraction
        return 1.0 - bell / fraction
    term = total = complex(x)
    for n in range(1, 60):
        term *= 2.0 * complex(x) * x / (2.0 * n + 1.0)
        total += term
    return 2.0 * bell * total


def _floor(x: complex) -> complex:
    if x.real == FLOAT_NATIVES["floor"](x.real):
        raise NotAnalytic("the point lies on a jump")
    return 0.0


def _fmod(x: complex, y: complex) -> complex:
    rest: float = FLOAT_NATIVES["fmod"](x.real, y.real)
    if rest == 0.0:
        raise NotAnalytic("the point lies on a jump")
    return x - y * ((x.real - rest) / y.real)


_FORMULAS: Final[Mapping[str, Callable[..., complex]]] = {
    **{
        name: getattr(cmath, name)
        for name in (
            *("exp", "log", "log10", "sqrt", "sin", "cos", "tan", "asin", "acos"),
            *("atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
        )
    },
    "expm1": cmath.exp,  # its imaginary part is that of exp(x)
    "exp2": lambda x: cmath.exp(elementary.LN2 * x),
    "log1p": lambda x: cmath.log(1.0 + x),
    "log2": lambda x: cmath.log(x) * elementary.INV_LN2,
    "cbrt": _cbrt,
    "erf": _erf,
    "erfc": lambda x: -_erf(x),
    "hypot": _hypot,
    "atan2": _atan2,
    "floor": _floor,
    "fmod": _fmod,
    "power": _power,
    "pow": _power,
}


def _native(name: str, formula: Callable[..., complex]) -> Callable[..., Any]:
    """The function with the real part of the engine, and the formula's other part."""
    value = FLOAT_NATIVES[name]

    def answer(*operands: Any) -> Any:
        number = value(*[x.real for x in operands])
        kinds = [type(x) for x in operands if isinstance(x, Stepped)]
        if not kinds:
            return number
        return kinds[0](complex(number, formula(*operands).imag))

    return answer


def _sum(numbers: Iterable[Any]) -> Any:
    terms = list(numbers)
    real = FLOAT_NATIVES["sum"]([x.real for x in terms])
    imag = math.fsum([x.imag for x in terms])
    kinds = [type(x) for x in terms if isinstance(x, Stepped)]
    return kinds[0](complex(real, imag)) if kinds else real


def _namespace() -> Namespace:
    natives = {name: _native(name, formula) for name, formula in _FORMULAS.items()}
    others: dict[str, Callable[..., Any]] = {
        "abs": abs,
        "where": choose,
        "sum": _sum,
        "max": max,
        "min": min,
    }
    return Namespace({**natives, **others}, RULES)


STEPPED: Final = _namespace()


# --- one operation --------------------------------------------------------------


def derivative(
    op: Op,
    operands: Sequence[float],
    position: int,
    step: float,
    kind: type[Stepped] = Stepped,
) -> float | None:
    """d op / d operand by one complex step, or None where it fails.

    >>> from autograd.ops import OPS
    >>> derivative(OPS["exp"], [1.0], 0, 1e-30) == math.e
    True

    Args:
        op: The operation.
        operands: Where.
        position: In which operand.
        step: How far; see `steps`.
        kind: What the value rule is run on.
    """
    numbers: list[Any] = list(operands)
    numbers[position] = complex.__new__(kind, operands[position], step)
    try:
        value, stepped = op.value(*operands), complex(op.forward(STEPPED, *numbers))
    except (ArithmeticError, AttributeError, RecursionError, TypeError, ValueError):
        return None  # the value rule can't be run on such numbers
    same = math.isclose(stepped.real, value, rel_tol=1e-9, abs_tol=1e-300)
    rise = stepped.imag
    if not (same or kind is Shaken) or 0.0 < abs(rise) < UNDERFLOW:
        return None
    return rise / step if math.isfinite(rise) else None


def steps(operands: Sequence[float], position: int) -> list[float]:
    """The complex steps worth trying, the most promising first.

    2**-100 of 1, for sin(x) varies on that scale however large x is, or of a smaller x.
    Where that is too little to be seen, of the smallest other operand, for hypot(x, y)
    varies on the scale of y; then of a large x; then a step that does not underflow.
    """
    x, others = operands[position], [*operands[:position], *operands[position + 1 :]]
    other = min([0, *[math.frexp(y)[1] for y in others if y != 0.0]])
    own = math.frexp(x)[1]
    powers = [min(own, 0) - 100, other - 100, max(own, other) - 100, own - 40]
    if x == 0.0:
        powers = [other - 600, other - 100]
    return [math.ldexp(1.0, k) for k in dict.fromkeys(powers) if k > -1000]

"""Derivatives by the complex step: a recorded computation, run on complex numbers.

For an analytic f, f(x + ih) = f(x) + ih f'(x) + terms in h². With h = 1e-30 x those
terms are nothing, and the imaginary part over h is the derivative to the last digit:
nothing is subtracted, so nothing cancels. (Squire & Trapp 1998; for programs, with
comparisons decided by real parts, Martins, Sturdza & Alonso 2003.)

Only the values of the rows are run here, none of their derivatives. The step fails,
and says so by None, where a row is not analytic: at the boundary between the two
pieces of a `where`, or for a rule that computes on plain floats.
"""

from __future__ import annotations

import cmath
import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from autograd.namespaces import FLOAT_NATIVES, Namespace, choose
from autograd.ops import OPS
from autograd.rules import common, lists
from autograd.value import Value

UNDERFLOW: Final = 1e-290  # below, a double's digits may have been lost on the way


class NotAnalytic(ArithmeticError):  # noqa: N818 - not an error of the user's
    """A complex step can't be taken here."""


def _operator(name: str) -> Callable[[complex, Any], Any]:
    plain = getattr(complex, name)

    def method(self: complex, other: Any) -> Any:
        result = plain(self, other)
        return result if result is NotImplemented else Stepped(result)

    return method


def _comparison(compare: Callable[[float, float], bool]) -> Callable[..., Any]:
    """A comparison by real parts: it picks the piece of a function that x lies in."""

    def method(self: complex, other: Any) -> Any:
        if not isinstance(other, complex | float | int):
            return NotImplemented
        if self.real == other.real and self is not other:
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
        return Stepped(-self.real, -self.imag)

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
    scale = max(abs(x.real), abs(y.real))
    return scale * cmath.sqrt((x / scale) * (x / scale) + (y / scale) * (y / scale))


def _atan2(y: complex, x: complex) -> complex:
    """The angle but for a constant, from the quotient that is at most 1."""
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
    "exp2": lambda x: cmath.exp(common.LN2 * x),
    "log1p": lambda x: cmath.log(1.0 + x),
    "log2": lambda x: cmath.log(x) * common.INV_LN2,
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
        if not any(isinstance(x, Stepped) for x in operands):
            return number
        return Stepped(number, formula(*operands).imag)

    return answer


def _sum(numbers: Iterable[Any]) -> Stepped:
    terms = list(numbers)
    real = FLOAT_NATIVES["sum"]([x.real for x in terms])
    return Stepped(real, math.fsum(x.imag for x in terms))


def _sum_of_products(
    xs: Iterable[Any], ys: Iterable[Any], more: Iterable[Any] = ()
) -> Stepped:
    return _sum([*map(operator.mul, xs, ys), *more])


def _namespace() -> Namespace:
    natives = {name: _native(name, formula) for name, formula in _FORMULAS.items()}
    others: dict[str, Callable[..., Any]] = {
        "abs": abs,
        "where": choose,
        "sum": _sum,
        "sum_of_products": _sum_of_products,
        "max": max,
        "min": min,
    }
    return Namespace({**natives, **others}, OPS, {"softmaxes": lists.softmaxes})


STEPPED: Final = _namespace()


# --- a recorded graph, run again ----------------------------------------------


class Replay:
    """A recorded computation that can be run again with one variable stepped.

    Args:
        order: Its interior nodes, parents before children.
        outputs: What is looked at: Values, or numbers that depend on nothing.
    """

    def __init__(self, order: Sequence[Value], outputs: Sequence[Any]) -> None:
        self._order, self._outputs = order, outputs
        self._readers: dict[Value, list[int]] = {}
        for index, node in enumerate(order):
            for parent in set(node.parents):
                self._readers.setdefault(parent, []).append(index)

    def descendants(self, variable: Value) -> list[Value]:
        """The nodes that depend on a variable, parents before children."""
        found: set[int] = set()
        waiting = [variable]
        while waiting:
            for index in self._readers.get(waiting.pop(), ()):
                if index not in found:
                    found.add(index)
                    waiting.append(self._order[index])
        return [self._order[index] for index in sorted(found)]

    @staticmethod
    def visible(x: float) -> float:
        """The smallest derivative that a step from x can see."""
        return UNDERFLOW / (_step(x) or 1.0)

    def derivatives(self, variable: Value) -> list[float] | None:
        """d output / d variable for every output, or None where the step fails.

        NaN stands for a derivative too small for the step: see `visible`.
        """
        step = _step(variable.data)
        if step is None:
            return None
        numbers: dict[Any, Stepped] = {variable: Stepped(variable.data, step)}
        try:
            for node in self.descendants(variable):
                numbers[node] = _stepped(node, numbers)
        except (ArithmeticError, AttributeError, RecursionError, TypeError, ValueError):
            return None  # the value rule of some row can't be run on such numbers
        rises = [numbers[x].imag if x in numbers else 0.0 for x in self._outputs]
        return [math.nan if 0.0 < abs(y) < UNDERFLOW else y / step for y in rises]


def _step(x: float) -> float | None:
    """2**-100 of x, or of 1 for a larger x; None where that would underflow."""
    if x == 0.0:
        return math.ldexp(1.0, -600)
    exponent = math.frexp(x)[1]
    if 0 < exponent < 500:
        exponent = 0  # sin(x) varies on a scale of 1, however large x is
    return math.ldexp(1.0, exponent - 100) if exponent > -700 else None


def _stepped(node: Value, numbers: Mapping[Any, Stepped]) -> Stepped:
    """The node on stepped operands, with the real part that was recorded.

    Raises:
        NotAnalytic: Another value comes out, so this is another function.
    """
    operands = [
        numbers.get(x, x.data) if isinstance(x, Value) else x for x in node.operands
    ]
    if node.op is None:
        raise NotAnalytic("a leaf has no operation to run")
    result = complex(node.op.forward(STEPPED, *operands))
    same = math.isclose(result.real, node.data, rel_tol=1e-9, abs_tol=1e-300)
    if not (same and math.isfinite(node.data) and math.isfinite(result.imag)):
        raise NotAnalytic(f"{node.op.name} gives another value on complex numbers")
    return Stepped(node.data, result.imag)

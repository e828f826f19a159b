"""Wide: a number of any size and with as many digits as it needs.

It is man x 2^exp with two Python integers, so nothing overflows, underflows or is
absorbed. Sums and products are exact up to `LIMIT` bits; quotients and roots have
`BITS` bits, and more if what they are made of has more.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias, overload

BITS = 128  # a number and its error as doubles have 106
LIMIT = 4000  # x and x³/6 side by side for the smallest double, and bits to spare

Real: TypeAlias = "Wide | float"


class Wide:
    """man x 2^exp. Combined with an infinity or NaN, a float is what comes out.

    That is why operators with a float are typed Any: if it is finite, they give a Wide.
    """

    __slots__ = ("exp", "man")

    def __init__(self, man: int, exp: int = 0) -> None:
        excess = man.bit_length() - LIMIT
        if excess > 0:
            man, exp = man >> excess, exp + excess
        self.man, self.exp = man, exp

    @property
    def top(self) -> int:
        """The exponent e with 2^(e-1) <= |self| < 2^e; of no use for 0."""
        return self.man.bit_length() + self.exp

    def kept(self, bits: int) -> Wide:
        """The same number with at most so many bits."""
        excess = self.man.bit_length() - bits
        if excess <= 0:
            return self
        return Wide(self.man >> excess, self.exp + excess)

    def fixed(self, p: int) -> int:
        """The number as an integer number of 2^-p, rounded down."""
        shift = self.exp + p
        return self.man << shift if shift >= 0 else self.man >> -shift

    def __float__(self) -> float:
        """The nearest double: correctly rounded, subnormal numbers too."""
        if not self.man or self.top < -1080:
            return math.copysign(0.0, _sign(self))
        if self.top > 1025:
            return math.copysign(math.inf, _sign(self))
        try:
            if self.exp >= 0:
                return float(self.man << self.exp)
            return self.man / (1 << -self.exp)
        except OverflowError:  # by rounding up
            return math.copysign(math.inf, _sign(self))

    def __int__(self) -> int:
        return self.fixed(0) if self.man >= 0 else -(-self).fixed(0)

    def __bool__(self) -> bool:
        return self.man != 0

    def __neg__(self) -> Wide:
        return Wide(-self.man, self.exp)

    def __abs__(self) -> Wide:
        return Wide(abs(self.man), self.exp)

    @overload
    def __add__(self, other: Wide) -> Wide: ...
    @overload
    def __add__(self, other: float) -> Any: ...
    def __add__(self, other: Real) -> Any:
        if not isinstance(other, Wide):
            if not math.isfinite(other):
                return float(other)
            other = wide(other)
        return _sum(self, other)

    __radd__ = __add__

    @overload
    def __sub__(self, other: Wide) -> Wide: ...
    @overload
    def __sub__(self, other: float) -> Any: ...
    def __sub__(self, other: Real) -> Any:
        return self + -other

    def __rsub__(self, other: Real) -> Any:
        return -self + other

    @overload
    def __mul__(self, other: Wide) -> Wide: ...
    @overload
    def __mul__(self, other: float) -> Any: ...
    def __mul__(self, other: Real) -> Any:
        if not isinstance(other, Wide):
            if not math.isfinite(other):
                return _sign(self) * float(other)
            other = wide(other)
        return Wide(self.man * other.man, self.exp + other.exp)

    __rmul__ = __mul__

    def __truediv__(self, other: Real) -> Any:
        if not isinstance(other, Wide) and not math.isfinite(other):
            return _sign(self) / float(other)
        return quotient(self, wide(other))

    def __rtruediv__(self, other: Real) -> Any:
        if not math.isfinite(other):
            return float(other) / _sign(self)
        return quotient(wide(other), self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wide | float | int) and self._order(other) == 0

    def __lt__(self, other: Real) -> bool:
        return self._order(other) < 0

    def __le__(self, other: Real) -> bool:
        return self._order(other) <= 0

    def __gt__(self, other: Real) -> bool:
        return self._order(other) > 0

    def __ge__(self, other: Real) -> bool:
        return self._order(other) >= 0

    __hash__ = None  # type: ignore[assignment]

    def _order(self, other: Real) -> float:
        """Below 0, 0 or above as self is less, equal or more; NaN next to NaN."""
        if not isinstance(other, Wide):
            if not math.isfinite(other):
                return -other
            other = wide(other)
        return _sum(self, Wide(-other.man, other.exp)).man

    def __repr__(self) -> str:
        return f"Wide({self.man}, {self.exp})"


def wide(x: Real) -> Wide:
    """A finite double as a Wide, exactly; a Wide as it is."""
    if isinstance(x, Wide):
        return x
    man, exp = math.frexp(x)
    return Wide(int(man * 9007199254740992.0), exp - 53)  # 2^53: all of its bits


def _sign(x: Wide) -> float:
    return float((x.man > 0) - (x.man < 0))


def _sum(x: Wide, y: Wide) -> Wide:
    if not x.man:
        return y
    if not y.man:
        return x
    if x.exp < y.exp:
        x, y = y, x
    shift = x.exp - y.exp
    if shift > 2 * LIMIT and x.top - y.top > 2 * LIMIT:
        return x
    return Wide((x.man << shift) + y.man, y.exp)


def bits_for(*numbers: Wide) -> int:
    """How many bits a quotient or root of these numbers has."""
    return min(LIMIT, max(BITS, 64 + max(x.man.bit_length() for x in numbers)))


def quotient(x: Wide, y: Wide) -> Wide:
    """x / y.

    Raises:
        ZeroDivisionError: y is 0.
    """
    shift = max(0, bits_for(x, y) + y.man.bit_length() - x.man.bit_length())
    return Wide((x.man << shift) // y.man, x.exp - y.exp - shift)


def sqrt(x: Wide) -> Wide:
    """The square root.

    Raises:
        ValueError: x is negative.
    """
    shift = 2 * bits_for(x)
    shift += (x.exp - shift) % 2
    return Wide(math.isqrt(x.man << shift), (x.exp - shift) // 2)

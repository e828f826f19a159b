"""Op and the table OPS: all the calculus stands here and in `rules/`, and only there.

One row is one operation: its value, its local derivatives, its LaTeX, its domain.
Rules are written against a namespace `xp` (see `namespaces.py`), so that one row runs
on floats, on Values (which gives derivatives of derivatives), on arrays and on text.

To add a row, write an `Op`. Two habits keep it accurate everywhere:

* A derivative is a formula that holds in the tails: `sech(x)**2`, not `1 - tanh(x)**2`.
* It is built from rows whose own derivatives hold in the tails, for the second
  derivative is the derivative of the formula that you write. That is why there are a
  few helper rows (`sech`, `direction`, `exp_neg_square` ...) which nobody else needs.

Kinks and conventions are those of the table in docs/numerics.md.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from autograd.namespaces import (
    FLOAT_NATIVES,
    IEEE_NATIVES,
    INFINITY,
    NAN,
    Namespace,
    number,
)
from autograd.recordable import Recordable
from autograd.rules import activations, elementary, lists
from autograd.rules.elementary import d_flat, over

Interval = tuple[float, float]
REAL: Interval = (-INFINITY, INFINITY)


@dataclass(frozen=True, slots=True, eq=False)
class Op:
    r"""One operation: a row of the table, or one of your own.

    Args:
        name: An identifier, such as "tanh".
        forward: The value: `forward(xp, *operands)`. Its last operands may have
            defaults, as in `lambda xp, x, slope=0.01: ...`.
        local_derivatives: `local_derivatives(xp, out, *operands)` gives a tuple, the
            derivative of the value with respect to each operand in order; `out` is
            the value.
        latex: A template in which `$x` stands for the operand that `forward` calls
            `x`, such as r"\tanh $x".
        domain: The closed interval on which each operand makes sense; a single one
            holds for all operands.
        symbol: What pictures print; the name if it is empty.
        doc: One line for people.
        constants: The names of operands that must be plain numbers, not Values (an
            `index` may be an integer input of a program). `local_derivatives` has a
            place for each all the same, NaN, which nobody reads.
        helper: It is a part of other rows' derivatives, and of no use to people.

    Rules compute with `xp` and operators alone, never with `math` or `float()`: those
    would cut the second derivative off.

    An Op is called like a function, on Values and numbers. It then draws, checks and
    differentiates like any row of the table::

        >>> from autograd import Op, Value
        >>> cube = Op("cube", lambda xp, x: x * x * x,
        ...           lambda xp, out, x: (3.0 * x * x,), latex="$x^3")
        >>> x = Value(2.0)
        >>> y = cube(x)
        >>> y.backward()
        >>> y.data, x.grad
        (8.0, 12.0)
    """

    name: str
    forward: Callable[..., Any]
    local_derivatives: Callable[..., tuple[Any, ...]]
    latex: str = ""
    domain: tuple[Interval, ...] = (REAL,)
    symbol: str = ""
    doc: str = ""
    constants: tuple[str, ...] = ()
    helper: bool = False
    operand_names: tuple[str, ...] = field(init=False)
    defaults: tuple[float, ...] = field(init=False)
    variadic: bool = field(init=False)

    def __post_init__(self) -> None:
        if not (isinstance(self.name, str) and self.name.isidentifier()):
            message = f"an Op's name is an identifier such as 'tanh', not {self.name!r}"
            raise ValueError(message)
        kinds: dict[str, Any] = dict.fromkeys(("latex", "symbol", "doc"), str)
        kinds |= {"forward": Callable, "local_derivatives": Callable}
        for role, kind in kinds.items():
            if not isinstance(getattr(self, role), kind):
                what = "a string" if kind is str else "a function"
                given = type(getattr(self, role)).__name__
                raise TypeError(f"{self.name}: {role} must be {what}, got {given}")
        _xp, *parameters = inspect.signature(self.forward).parameters.values()
        if not parameters:
            message = f"{self.name}: forward takes xp and then at least one operand"
            raise TypeError(message)
        defaults = [x.default for x in parameters if x.default is not x.empty]
        found: dict[str, Any] = {
            "operand_names": tuple([x.name for x in parameters]),
            "defaults": tuple(map(number, defaults)),
            "variadic": parameters[-1].kind is inspect.Parameter.VAR_POSITIONAL,
            "symbol": self.symbol or self.name,
            "domain": self._intervals(self.domain),
        }
        for name, value in found.items():
            object.__setattr__(self, name, value)

    def _intervals(self, domain: Any) -> tuple[Interval, ...]:
        """The domain as a tuple of intervals; a single one may stand alone."""
        try:
            if domain and not isinstance(domain[0], tuple | list):
                domain = (domain,)
            intervals = tuple((float(low), float(high)) for low, high in domain)
        except (TypeError, ValueError, KeyError):
            intervals = ()
        if not intervals or any(not low <= high for low, high in intervals):
            message = (
                f"{self.name}: domain must be intervals such as ((0.0, 1.0),), one an "
                f"operand or one for all; got {domain!r}"
            )
            raise ValueError(message)
        return intervals

    def __call__(self, *operands: Any) -> Any:
        """Apply the operation: to plain numbers as a float, else as a new Value."""
        if self.defaults:
            missing = len(self.operand_names) - len(operands)
            if 0 < missing <= len(self.defaults):
                operands += self.defaults[-missing:]
        for operand in operands:
            if isinstance(operand, Recordable):
                return operand.record(self, operands)
        self.check_count(operands)
        return self.value(*map(number, operands))

    def check_count(self, operands: tuple[Any, ...]) -> None:
        """Raise a TypeError if this is not a number of operands that the row takes."""
        expected, got = len(self.operand_names), len(operands)
        if got < expected or (got > expected and not self.variadic):
            takes = f"({', '.join(self.operand_names)}) takes {expected}"
            if self.variadic:
                takes = f" takes at least {expected} operands"
            raise TypeError(f"{self.name}{takes}, got {got}")

    def value(self, *numbers: float) -> float:
        """The value on plain floats, as IEEE 754 has it.

        Raises:
            TypeError: The row's `forward` gives no number.
        """
        return self._number(_on_floats(self.forward, *numbers), "forward")

    def evaluate(self, *numbers: float) -> tuple[float, tuple[float, ...]]:
        """The value and the local derivatives on plain floats, as IEEE 754 has them.

        Raises:
            TypeError: A rule gives something else than a number or a tuple of them.
            ValueError: The rule gives another number of derivatives than operands.
        """
        out = self.value(*numbers)
        derivatives = _on_floats(self.local_derivatives, out, *numbers)
        if derivatives.__class__ is not tuple or len(derivatives) != len(numbers):
            is_tuple = derivatives.__class__ is tuple
            got = len(derivatives) if is_tuple else type(derivatives).__name__
            message = (
                f"{self.name}: local_derivatives must give a tuple, one number an "
                f"operand: expected {len(numbers)}, got {got}"
            )
            raise (ValueError if is_tuple else TypeError)(message)
        if {*map(type, derivatives)} != {float}:
            derivatives = tuple(
                [self._number(x, "local_derivatives") for x in derivatives]
            )
        return out, derivatives

    def _number(self, x: Any, rule: str) -> float:
        """What a rule gave, as a float; or a TypeError that names the operation."""
        try:
            return number(x)
        except TypeError:
            given = type(x).__name__
            message = f"{self.name}: {rule} must give real numbers, got {given}"
            raise TypeError(message) from None

    @property
    def words(self) -> str:
        """What `help` says: `doc`, and where the operation is defined."""
        first = self.doc.partition(" ")[0]
        capital = self.doc[:1].upper() if len(first) > 1 else self.doc[:1]
        words = f"{capital}{self.doc[1:]}."  # a formula keeps its small letter
        for position, name in enumerate(self.operand_names):
            low, high = self.domain_of(position)
            if (low, high) != REAL:
                interval = f"{low:g} <= {name}" + f" <= {high:g}" * (high < INFINITY)
                undefined = "NaN elsewhere, and so is its derivative"
                words = f"{words}\n\nDefined for {interval}; {undefined}."
        return words

    def domain_of(self, position: int) -> Interval:
        """The interval on which the operand at `position` makes sense."""
        return self.domain[min(position, len(self.domain) - 1)]

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        dots = "*" if self.variadic else ""
        *first, last = self.operand_names
        return f"Op({self.name}({', '.join([*first, dots + last])}))"


# --- the table ----------------------------------------------------------------

AT_LEAST_ZERO: Interval = (0.0, INFINITY)
UNIT: Interval = (-1.0, 1.0)


def _comparison(
    name: str, symbol: str, latex: str, compare: Callable[[Any, Any], Any]
) -> Op:
    """A row for what `x < y` becomes while a function is traced: 1 or 0, and flat."""
    return Op(
        name,
        lambda xp, x, y: xp.where(compare(x, y), 1.0, 0.0),
        lambda xp, out, x, y: (0.0, 0.0),
        rf"\left[$x {latex} $y\right]",
        symbol=symbol,
        doc=f"1 where x {symbol} y, else 0",
        helper=True,
    )


# name, value, local derivatives, LaTeX, then the domain, symbol and words
# fmt: off
_ROWS: tuple[Op, ...] = (
    # arithmetic
    Op("add", lambda xp, x, y: x + y, lambda xp, out, x, y: (1.0, 1.0),
       "$x + $y", symbol="+", doc="sum of two"),
    Op("sub", lambda xp, x, y: x - y, lambda xp, out, x, y: (1.0, -1.0),
       "$x - $y", symbol="−", doc="difference"),
    Op("mul", lambda xp, x, y: x * y, lambda xp, out, x, y: (y, x),
       r"$x \cdot $y", symbol="×", doc="product"),
    Op("div", lambda xp, x, y: x / y, lambda xp, out, x, y: (1.0 / y, -(out / y)),
       r"\frac{$x}{$y}", symbol="÷", doc="quotient"),
    Op("neg", lambda xp, x: -x, lambda xp, out, x: (-1.0,),
       "-$x", symbol="−", doc="opposite"),
    Op("abs", lambda xp, x: xp.abs(x), lambda xp, out, x: (xp.sign(x),),
       r"\left|$x\right|", doc="absolute value"),
    Op("power", lambda xp, x, n: xp.power(x, n),
       lambda xp, out, x, n: (elementary.power_slope(xp, x, n), NAN),
       "{$x}^{$n}", symbol="^", doc="power with a constant exponent: never uses log",
       constants=("n",)),
    Op("pow", lambda xp, x, y: xp.pow(x, y),
       lambda xp, out, x, y: (xp.power_derivative(x, y, 1.0), xp.pow_log(x, y)),
       "{$x}^{$y}", (AT_LEAST_ZERO, REAL), "^", "power with a variable exponent"),
    Op("reciprocal", lambda xp, x: 1.0 / x, lambda xp, out, x: (-(out * out),),
       r"\frac{1}{$x}", symbol="1/", doc="one over x"),
    Op("square", lambda xp, x: x * x, lambda xp, out, x: (2.0 * x,),
       "{$x}^2", doc="x times x"),
    # x + 0.0 makes 0.0 of -0.0, so that one over it is inf
    Op("sqrt", lambda xp, x: xp.sqrt(x), lambda xp, out, x: (0.5 / (out + 0.0),),
       r"\sqrt{$x}", (AT_LEAST_ZERO,), doc="square root"),
    Op("cbrt", lambda xp, x: xp.cbrt(x),
       lambda xp, out, x: ((1.0 / 3.0) / (out * out),),
       r"\sqrt[3]{$x}", doc="cube root, of negative numbers too"),
    # exponentials and logarithms
    Op("exp", lambda xp, x: xp.exp(x), lambda xp, out, x: (out,),
       "e^{$x}", doc="e to the power x"),
    Op("expm1", lambda xp, x: xp.expm1(x), lambda xp, out, x: (xp.exp(x),),
       "e^{$x} - 1", doc="exp(x) - 1, accurate near 0"),
    # exp2(x - 1) is finite where exp2(x) overflows, and the derivative does not
    Op("exp2", lambda xp, x: xp.exp2(x),
       lambda xp, out, x: ((2.0 * elementary.LN2) * xp.exp2(x - 1.0),),
       "2^{$x}", doc="2 to the power x"),
    Op("log", lambda xp, x: xp.log(x), lambda xp, out, x: (over(xp, 1.0, x),),
       r"\ln $x", (AT_LEAST_ZERO,), doc="natural logarithm"),
    Op("log1p", lambda xp, x: xp.log1p(x), lambda xp, out, x: (over(xp, 1.0, 1.0 + x),),
       r"\ln\left(1 + $x\right)", ((-1.0, INFINITY),),
       doc="log(1 + x), accurate near 0"),
    Op("log2", lambda xp, x: xp.log2(x),
       lambda xp, out, x: (over(xp, elementary.INV_LN2, x),),
       r"\log_2 $x", (AT_LEAST_ZERO,), doc="logarithm to base 2"),
    Op("log10", lambda xp, x: xp.log10(x),
       lambda xp, out, x: (over(xp, elementary.INV_LN10, x),),
       r"\log_{10} $x", (AT_LEAST_ZERO,), doc="logarithm to base 10"),
    Op("logit", lambda xp, x: xp.log(x) - xp.log1p(-x),
       lambda xp, out, x: (over(xp, 1.0, xp.times_complement(x)),),
       r"\ln \frac{$x}{1 - $x}", ((0.0, 1.0),), doc="log of the odds x / (1 - x)"),
    Op("log_expm1", lambda xp, x: x + xp.log(-xp.expm1(-x)),
       lambda xp, out, x: (over(xp, 1.0, -xp.expm1(-x)),),
       r"\ln\left(e^{$x} - 1\right)", (AT_LEAST_ZERO,),
       doc="log(exp(x) - 1), the inverse of softplus"),
    Op("logaddexp", activations.logaddexp, activations.d_logaddexp,
       r"\ln\left(e^{$x} + e^{$y}\right)", doc="log(exp(x) + exp(y))"),
    Op("xlogy", lambda xp, x, y: xp.where((x == 0.0) & (y == y), 0.0, x * xp.log(y)),
       lambda xp, out, x, y: (
           xp.log(y), xp.where((x == 0.0) & (y == 0.0), 0.0, over(xp, x, y))),
       r"$x \ln $y", (REAL, AT_LEAST_ZERO), doc="x log(y), 0 for x = 0"),
    # circular and hyperbolic functions
    Op("sin", lambda xp, x: xp.sin(x), lambda xp, out, x: (xp.cos(x),),
       r"\sin $x", doc="sine"),
    Op("cos", lambda xp, x: xp.cos(x), lambda xp, out, x: (-xp.sin(x),),
       r"\cos $x", doc="cosine"),
    Op("tan", lambda xp, x: xp.tan(x), lambda xp, out, x: (1.0 + out * out,),
       r"\tan $x", doc="tangent"),
    Op("asin", lambda xp, x: xp.asin(x),
       lambda xp, out, x: (1.0 / xp.sqrt(xp.one_minus_square(x)),),
       r"\arcsin $x", (UNIT,), doc="inverse sine"),
    Op("acos", lambda xp, x: xp.acos(x),
       lambda xp, out, x: (-1.0 / xp.sqrt(xp.one_minus_square(x)),),
       r"\arccos $x", (UNIT,), doc="inverse cosine"),
    Op("atan", lambda xp, x: xp.atan(x),
       lambda xp, out, x: (xp.square(1.0 / xp.hypot(1.0, x)),),
       r"\arctan $x", doc="inverse tangent"),
    Op("sinh", lambda xp, x: xp.sinh(x), lambda xp, out, x: (xp.cosh(x),),
       r"\sinh $x", doc="hyperbolic sine"),
    Op("cosh", lambda xp, x: xp.cosh(x), lambda xp, out, x: (xp.sinh(x),),
       r"\cosh $x", doc="hyperbolic cosine"),
    Op("tanh", lambda xp, x: xp.tanh(x), lambda xp, out, x: (xp.square(xp.sech(x)),),
       r"\tanh $x", doc="hyperbolic tangent"),
    Op("asinh", lambda xp, x: xp.asinh(x), lambda xp, out, x: (1.0 / xp.hypot(1.0, x),),
       r"\operatorname{arsinh} $x", doc="inverse hyperbolic sine"),
    # in two roots: x² would overflow
    Op("acosh", lambda xp, x: xp.acosh(x),
       lambda xp, out, x: ((1.0 / xp.sqrt(x - 1.0)) * (1.0 / xp.sqrt(x + 1.0)),),
       r"\operatorname{arcosh} $x", ((1.0, INFINITY),),
       doc="inverse hyperbolic cosine"),
    Op("atanh", lambda xp, x: xp.atanh(x),
       lambda xp, out, x: (over(xp, 1.0, xp.one_minus_square(x)),),
       r"\operatorname{artanh} $x", (UNIT,), doc="inverse hyperbolic tangent"),
    Op("hypot", lambda xp, x, y: xp.hypot(x, y),
       lambda xp, out, x, y: (xp.direction(x, y), xp.direction(y, x)),
       r"\sqrt{{$x}^2 + {$y}^2}", doc="distance from the origin"),
    Op("atan2", lambda xp, y, x: xp.atan2(y, x),
       lambda xp, out, y, x: (xp.inversion(x, y), -xp.inversion(y, x)),
       r"\operatorname{atan2}\left($y, $x\right)", doc="angle of the point (x, y)"),
    # activations
    Op("sigmoid", activations.sigmoid,
       lambda xp, out, x: (xp.square(activations.half_bell(xp, x)),),
       r"\sigma\left($x\right)", doc="logistic function"),
    Op("log_sigmoid", lambda xp, x: -xp.softplus(-x),
       lambda xp, out, x: (xp.sigmoid(-x),),
       r"\ln \sigma\left($x\right)", doc="log of the logistic function"),
    Op("softplus", activations.softplus, lambda xp, out, x: (xp.sigmoid(x),),
       r"\ln\left(1 + e^{$x}\right)", doc="log(1 + exp(x))"),
    Op("relu", lambda xp, x: xp.where(x <= 0.0, 0.0, x),
       lambda xp, out, x: (xp.step(x),),
       r"\max\left(0, $x\right)", doc="the positive part"),
    Op("leaky_relu", lambda xp, x, negative_slope=0.01:
       xp.where(x > 0.0, x, negative_slope * x), activations.d_leaky_relu,
       r"\operatorname{leaky\,relu}_{$negative_slope} $x",
       doc="x above 0, negative_slope times x below"),
    Op("elu", lambda xp, x, alpha=1.0: xp.where(x > 0.0, x, alpha * xp.expm1(x)),
       activations.d_elu,
       r"\operatorname{elu}_{$alpha} $x", doc="x above 0, alpha (exp(x) - 1) below"),
    Op("selu", lambda xp, x: elementary.SELU_SCALE * xp.elu(x, elementary.SELU_ALPHA),
       lambda xp, out, x: (elementary.SELU_SCALE
                           * activations.d_elu(xp, out, x, elementary.SELU_ALPHA)[0],),
       r"\operatorname{selu} $x", doc="the elu that keeps mean and variance"),
    Op("silu", activations.silu, activations.d_silu,
       r"$x\, \sigma\left($x\right)", doc="x sigmoid(x), also called swish"),
    Op("gelu", activations.gelu, activations.d_gelu,
       r"$x\, \Phi\left($x\right)", doc="x times the normal distribution function"),
    Op("gelu_tanh", activations.gelu_tanh, activations.d_gelu_tanh,
       r"\operatorname{gelu}_{\tanh} $x", doc="gelu by its tanh approximation"),
    Op("mish", activations.mish, activations.d_mish,
       r"$x \tanh \ln\left(1 + e^{$x}\right)", doc="x tanh(softplus(x))"),
    Op("softsign", lambda xp, x:
       xp.repaired(abs(x) == INFINITY, xp.sign(x), x / (1.0 + abs(x))),
       lambda xp, out, x: (xp.square(1.0 / (1.0 + xp.abs(x))),),
       r"\frac{$x}{1 + \left|$x\right|}", doc="x / (1 + |x|)"),
    Op("hard_tanh", lambda xp, x: activations.clamp(xp, x, -1.0, 1.0),
       lambda xp, out, x: (activations.d_clamp(xp, out, x, -1.0, 1.0)[0],),
       r"\operatorname{hardtanh} $x", doc="x held between -1 and 1"),
    Op("hard_sigmoid", lambda xp, x: xp.clamp(x + 3.0, 0.0, 6.0) / 6.0,
       lambda xp, out, x: (activations.d_clamp(xp, out, x, -3.0, 3.0)[0] / 6.0,),
       r"\operatorname{hardsigmoid} $x", doc="(x + 3) / 6 held between 0 and 1"),
    Op("hard_swish", activations.hard_swish, activations.d_hard_swish,
       r"$x\, \operatorname{hardsigmoid} $x", doc="x hard_sigmoid(x)"),
    Op("clamp", activations.clamp, activations.d_clamp,
       r"\operatorname{clamp}\left($x, $low, $high\right)",
       doc="x held between two bounds"),
    Op("erf", lambda xp, x: xp.erf(x),
       lambda xp, out, x: (activations.bell(xp, x, elementary.TWO_OVER_SQRT_PI),),
       r"\operatorname{erf} $x", doc="error function"),
    Op("erfc", lambda xp, x: xp.erfc(x),
       lambda xp, out, x: (activations.bell(xp, x, -elementary.TWO_OVER_SQRT_PI),),
       r"\operatorname{erfc} $x", doc="1 - erf(x), accurate for large x"),
    # piecewise
    Op("sign", lambda xp, x: xp.where(x > 0.0, 1.0, xp.where(x < 0.0, -1.0, x)),
       d_flat, r"\operatorname{sign} $x", doc="-1, 0 or 1"),
    Op("step", lambda xp, x: elementary.step(xp, x, 0.0, 1.0), d_flat,
       r"\left[$x > 0\right]", doc="1 above 0, else 0"),
    Op("maximum", lambda xp, x, y: xp.where(x < y, y, xp.where(y == y, x, y)),
       lambda xp, out, x, y: (xp.share(x, y), xp.share(y, x)),
       r"\max\left($x, $y\right)", doc="the larger of two"),
    Op("minimum", lambda xp, x, y: xp.where(x > y, y, xp.where(y == y, x, y)),
       lambda xp, out, x, y: (xp.share(y, x), xp.share(x, y)),
       r"\min\left($x, $y\right)", doc="the smaller of two"),
    Op("where", lambda xp, condition, x, y: xp.where(condition, x, y),
       lambda xp, out, condition, x, y: (
           0.0, xp.where(condition, 1.0, 0.0), xp.where(condition, 0.0, 1.0)),
       r"\left[$condition\right] ? $x : $y", doc="x where the condition holds, else y"),
    # whole numbers and remainders
    Op("floor", lambda xp, x: xp.floor(x), d_flat,
       r"\left\lfloor $x \right\rfloor", doc="the largest whole number up to x"),
    Op("ceil", lambda xp, x: -xp.floor(-x), d_flat,
       r"\left\lceil $x \right\rceil", doc="the smallest whole number from x on"),
    Op("trunc", lambda xp, x: xp.where(x < 0.0, -xp.floor(-x), xp.floor(x)), d_flat,
       r"\operatorname{trunc} $x", doc="the whole part, x rounded towards 0"),
    Op("rint", elementary.rint, d_flat, r"\operatorname{round} $x", symbol="round",
       doc="the nearest whole number, the even one of two"),
    Op("floor_divide", elementary.floor_divide, d_flat,
       r"\left\lfloor \frac{$x}{$y} \right\rfloor", symbol="//",
       doc="x / y rounded down"),
    Op("remainder", elementary.remainder, elementary.d_remainder,
       r"$x \bmod $y", symbol="%", doc="x - y (x // y), with the sign of y"),
    Op("fmod", lambda xp, x, y: xp.fmod(x, y), elementary.d_fmod,
       r"\operatorname{fmod}\left($x, $y\right)",
       doc="x - y trunc(x / y), with the sign of x"),
    # lists
    Op("sum", lambda xp, *xs: xp.sum(xs), lambda xp, out, *xs: (1.0,) * len(xs),
       r"\sum $xs", symbol="Σ", doc="sum of a list"),
    Op("mean", lists.mean, lambda xp, out, *xs: (1.0 / xp.count(xs),) * len(xs),
       r"\operatorname{mean} $xs", doc="mean of a list"),
    Op("dot", lists.dot, lists.d_dot,
       r"w \cdot x + b", symbol="·", doc="sum of products, and a bias"),
    Op("max", lambda xp, *xs: xp.max(xs),
       lambda xp, out, *xs: lists.equal_shares(xp, out, xs),
       r"\max $xs", doc="the largest of a list"),
    Op("min", lambda xp, *xs: xp.min(xs),
       lambda xp, out, *xs: lists.equal_shares(xp, out, xs),
       r"\min $xs", doc="the smallest of a list"),
    Op("logsumexp", lists.logsumexp, lists.d_logsumexp,
       r"\ln \sum e^{$xs}", doc="log of the sum of exponentials"),
    Op("softmax", lambda xp, index, *xs: xp.pick(xp.softmaxes(xs), index),
       lists.d_softmax, r"\operatorname{softmax}_{$index} $xs",
       doc="one entry of a list of positive shares that sum to 1",
       constants=("index",)),
    Op("log_softmax", lists.log_softmax, lists.d_log_softmax,
       r"\ln \operatorname{softmax}_{$index} $xs", doc="log of a softmax entry",
       constants=("index",)),
    Op("log_odds_against", lists.log_odds_against, lists.d_log_odds_against,
       r"\ln \frac{1 - p}{p},\ p = \operatorname{softmax}_{$index} $xs",
       doc="log of what a softmax leaves to the others over the entry",
       constants=("index",), helper=True),
    Op("take", lambda xp, index, *xs: xp.pick(xs, index),
       lambda xp, out, index, *xs: (
           NAN, *[xp.where(hit, 1.0, 0.0) for hit in xp.hits(xs, index)]),
       r"\left($xs\right)_{$index}", doc="the entry of a list at an index",
       constants=("index",), helper=True),
    # comparisons, recorded while a function is traced
    _comparison("less", "<", "<", operator.lt),
    _comparison("less_equal", "≤", r"\le", operator.le),
    _comparison("greater", ">", ">", operator.gt),
    _comparison("greater_equal", "≥", r"\ge", operator.ge),
    _comparison("equal", "=", "=", operator.eq),
    _comparison("not_equal", "≠", r"\ne", operator.ne),
    # helpers: rows that derivatives are made of
    Op("identity", lambda xp, x: x, lambda xp, out, x: (1.0,),
       "$x", symbol="=", doc="x itself, under a new name", helper=True),
    Op("strong_product", lambda xp, x, y: xp.where((x == 0.0) | (y == 0.0), 0.0, x * y),
       lambda xp, out, x, y: (y, x), r"$x \cdot $y", symbol="×",
       doc="adjoint times local derivative; 0 if either is 0", helper=True),
    Op("sech", activations.sech, lambda xp, out, x: (-(out * xp.tanh(x)),),
       r"\operatorname{sech} $x", doc="1 / cosh(x)", helper=True),
    Op("share", lists.share, d_flat, r"\operatorname{share}\left($x, $y\right)",
       doc="what x has of the larger of x and y", helper=True),
    Op("one_minus_square", lambda xp, x: (1.0 - x) * (1.0 + x),
       lambda xp, out, x: (-2.0 * x,), "1 - {$x}^2",
       doc="1 - x², accurate near ±1", helper=True),
    Op("times_complement", lambda xp, x: x * (1.0 - x),
       lambda xp, out, x: (1.0 - 2.0 * x,), r"$x \left(1 - $x\right)",
       doc="x (1 - x), what a logit divides by", helper=True),
    Op("exp_neg_square", activations.exp_neg_square, activations.d_exp_neg_square,
       "e^{-{$x}^2}", doc="exp(-x²), accurate in the tails", helper=True),
    Op("direction", elementary.direction, elementary.d_direction,
       r"\frac{$x}{\sqrt{{$x}^2 + {$y}^2}}",
       doc="cosine of the angle of (x, y)", helper=True),
    Op("inversion", elementary.inversion, elementary.d_inversion,
       r"\frac{$x}{{$x}^2 + {$y}^2}", doc="x over the squared distance", helper=True),
    Op("power_derivative", elementary.power_derivative, elementary.d_power_derivative,
       r"\frac{d^{$k}}{d{$x}^{$k}} {$x}^{$n}", (AT_LEAST_ZERO, REAL),
       doc="the k-th derivative of x to the power n", constants=("k",), helper=True),
    Op("pow_log", elementary.pow_log, elementary.d_pow_log,
       r"{$x}^{$y} \ln $x", (AT_LEAST_ZERO, REAL),
       doc="x to the power y times log x", helper=True),
)
# fmt: on

OPS: Mapping[str, Op] = MappingProxyType({op.name: op for op in _ROWS})


RULES: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {op.name: op.forward for op in _ROWS} | {"softmaxes": lists.softmaxes}
)
"""What a namespace falls back on: the values of the rows, and all of a softmax."""

FLOATS = Namespace(FLOAT_NATIVES, RULES)
_IEEE_FLOATS = Namespace(IEEE_NATIVES, RULES)


def _on_floats(rule: Callable[..., Any], *numbers: float) -> Any:
    """A rule on floats; where Python raises, on those of IEEE 754: `IEEE_NATIVES`."""
    try:
        return rule(FLOATS, *numbers)
    except ArithmeticError:
        with np.errstate(all="ignore"):
            return rule(_IEEE_FLOATS, *map(np.float64, numbers))

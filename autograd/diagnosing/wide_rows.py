"""The rows of the table on numbers of any size and any number of digits.

A row runs in a namespace (`autograd/namespaces.py`); here is that of Wide, made for any
arithmetic that has the elementary functions, and so for mpmath's, too.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, cast

from autograd.diagnosing import composed, elementary, wide
from autograd.diagnosing.wide import LIMIT, Wide
from autograd.namespaces import NAN, Namespace, choose
from autograd.operators import COMPARISONS, datum
from autograd.ops import FLOATS, OPS, RULES, Op
from autograd.value import Value

ELEMENTARY = (
    *("exp", "exp2", "log", "log1p", "sin", "cos", "tan", "asin", "acos", "atan"),
    *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "cbrt", "erf", "erfc"),
)


def namespace_of(
    functions: Mapping[str, Callable[..., Any]], convert: Callable[[Any], Any]
) -> Namespace:
    """The namespace of an arithmetic.

    Args:
        functions: Its natives: `ELEMENTARY` and sqrt, hypot, atan2, power, floor, fmod.
        convert: What makes a number of this arithmetic of a double.
    """

    def converted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def answer(*operands: Any) -> Any:
            if all(not isinstance(x, float) or math.isfinite(x) for x in operands):
                return function(*map(convert, operands))
            return getattr(FLOATS, name)(*map(float, operands))

        return answer

    def total(numbers: Sequence[Any]) -> Any:
        return reduce(operator.add, numbers, convert(0.0))

    def logaddexp(x: Any, y: Any) -> Any:
        return max(x, y) + natives["log1p"](natives["exp"](-abs(x - y)))

    natives = {name: converted(name, f) for name, f in functions.items()}
    natives |= {
        "abs": abs,
        "expm1": lambda x: natives["exp"](x) - 1.0,
        "pow": natives["power"],
        # rows whose formulas have a rounded constant
        "logaddexp": converted("logaddexp", logaddexp),
        "gelu": lambda x: x * 0.5 * natives["erfc"](-x / natives["sqrt"](2.0)),
        "where": choose,
        "sum": total,
        "max": max,
        "min": min,
    }
    return Namespace(natives, RULES)


_DECIDED = {OPS[name] for name in COMPARISONS}


def run(xp: Namespace, node: Value, operands: Sequence[Any]) -> Any:
    """The row of a node on these operands, along the branch that the doubles took.

    At a pole it is what IEEE 754 has, NaN outside of the domain.
    """
    op = cast(Op, node.op)
    if op in _DECIDED:
        return datum(node)
    numbers = [*map(datum, node.operands)]
    if op is OPS["where"]:
        return operands[1 if numbers[0] else 2]
    try:
        if OPS.get(op.name) is op and not op.variadic:
            return getattr(xp, op.name)(*operands)
        return op.forward(xp, *operands)
    except ValueError:
        return NAN
    except (ArithmeticError, TypeError):  # the last in a row of one's own
        floats = map(float, operands)  # the numbers themselves know -0.0 from 0.0
        given = [x if x == y else y for x, y in zip(numbers, floats, strict=True)]
        result = op.value(*given)
        if op is OPS["atan2"] and abs(result) == math.pi:  # half a turn, exactly
            one = xp.div(operands[1], operands[1])
            return xp.mul(xp.atan(one), math.copysign(4.0, result))
        return result


def _floor(x: Wide) -> Wide:
    return x if x.exp >= 0 else Wide(x.fixed(0))


def _fmod(x: Wide, y: Wide) -> Wide:
    """What is left of x after whole multiples of y, with the sign of x."""
    exp = min(x.exp, y.exp)
    if x.exp - exp > 4 * LIMIT or y.exp - exp > 4 * LIMIT:
        raise ValueError("no digits reach that far")
    rest = Wide((abs(x.man) << (x.exp - exp)) % (abs(y.man) << (y.exp - exp)), exp)
    return rest if x.man >= 0 else -rest


_FUNCTIONS = {
    name: getattr(composed, name, None) or getattr(elementary, name)
    for name in (*ELEMENTARY, "power", "hypot", "atan2")
}
_FUNCTIONS |= {
    "log2": composed.log_to(2),
    "log10": composed.log_to(10),
    "sqrt": wide.sqrt,
    "floor": _floor,
    "fmod": _fmod,
}
WIDE = namespace_of(_FUNCTIONS, wide.wide)

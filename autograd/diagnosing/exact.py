"""Replay: every number of a recorded graph once more, in high precision.

The leaves and constants are taken as the doubles they are, so what comes out is what
the graph means without any rounding, along the branch that the doubles took.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from autograd.diagnosing.digits import ErrorEstimates
from autograd.diagnosing.elementary import FAR, HUGE
from autograd.diagnosing.shadow import DEEP
from autograd.diagnosing.wide import LIMIT, Real, Wide
from autograd.diagnosing.wide_rows import ELEMENTARY, namespace_of, run
from autograd.graph import Graph
from autograd.namespaces import Namespace
from autograd.value import Value


def exact_estimates(of: Graph | Value) -> ErrorEstimates:
    """What `error_estimates` gives, from a replay: right by construction, and slow.

    Raises:
        ImportError: mpmath is not installed.
    """
    graph = of if isinstance(of, Graph) else Graph(of)
    return ErrorEstimates(graph, _Replayed(replay(graph)))


class _Replayed:
    def __init__(self, numbers: Mapping[Value, Any]) -> None:
        self._numbers = numbers

    def true(self, node: Value) -> Real:
        sign, man, exp, _ = self._numbers[node]._mpf_
        if not man and exp:  # how mpmath writes infinities and NaN
            return float(self._numbers[node])
        return Wide(-int(man) if sign else int(man), exp)


def replay(of: Graph | Value, bits: int = DEEP) -> dict[Value, Any]:
    """The exact value of every node, an `mpmath.mpf`.

    >>> from autograd import Value, exp
    >>> x = Value(1e-229)
    >>> y = exp(x) - 1
    >>> y.data, float(replay(y)[y])
    (0.0, 1e-229)

    Args:
        of: A graph, or its output.
        bits: With how many bits mpmath computes.

    Raises:
        ImportError: mpmath is not installed.
    """
    graph = of if isinstance(of, Graph) else Graph(of)
    mpmath = _mpmath()
    context = mpmath.MPContext()
    context.prec = bits
    xp = _namespace(context)
    numbers: dict[Value, Any] = {}
    for node in graph.nodes:
        if node.op is None:
            numbers[node] = context.mpf(node.data)
        else:
            operands = [
                _finite(numbers[x] if isinstance(x, Value) else context.mpf(x))
                for x in node.operands
            ]
            numbers[node] = context.mpf(run(xp, node, operands))
    return numbers


def _finite(x: Any) -> Any:
    """An infinity or NaN is a float, which rules on infinities are written for."""
    return float(x) if x - x != 0 else x


def _mpmath() -> ModuleType:
    try:
        import mpmath
    except ImportError as error:
        message = (
            "the exact replay of a graph computes with mpmath, which is not installed: "
            "pip install 'gradtrace[mpmath]'. Without it, digits are estimated"
        )
        raise ImportError(message) from error
    module: ModuleType = mpmath
    return module


def _namespace(context: Any) -> Namespace:
    """The rows on mpmath's numbers."""
    functions = {name: getattr(context, name) for name in ELEMENTARY if name != "exp2"}
    functions |= {name: getattr(context, name) for name in ("sqrt", "hypot")}
    functions |= {name: _bounded(functions[name]) for name in ("sin", "cos", "tan")}
    functions |= {
        "exp": lambda x: _exp(context, x),
        "exp2": lambda x: _exp(context, x * context.ln2),
        "log2": lambda x: context.log(x) / context.ln2,
        "log10": context.log10,
        "cbrt": lambda x: context.sign(x) * context.cbrt(abs(x)),
        "power": lambda x, y: _power(context, x, y),
        "atan2": lambda y, x: _atan2(context, y, x),
        "erfc": lambda x: _exp(context, -x * x) if x > FAR else context.erfc(x),
        "floor": context.floor,
        "fmod": lambda x, y: context.sign(x) * context.fmod(abs(x), abs(y)),
    }
    real = {name: _real(context, function) for name, function in functions.items()}
    return namespace_of(real, context.mpf)


def _exp(context: Any, x: Any) -> Any:
    """Beyond every range there is no use for digits, nor memory for them."""
    if context.mag(x) > HUGE and context.isfinite(x):
        return context.ldexp(1, FAR if x > 0 else -FAR)
    return context.exp(x)


def _power(context: Any, x: Any, y: Any) -> Any:
    """For an exponent that is whole and huge, mpmath would multiply for ever."""
    if x > 0 and abs(y) > 2**20:
        return _exp(context, y * context.log(x))
    return context.power(x, y)


def _atan2(context: Any, y: Any, x: Any) -> Any:
    if not y:
        raise ArithmeticError("the sign of a 0 decides, and here is only one")
    return context.atan2(y, x)


def _bounded(function: Callable[..., Any]) -> Callable[..., Any]:
    def answer(x: Any) -> Any:
        if x.exp > LIMIT:
            raise ValueError("no digits of pi reach that far")
        return function(x)

    return answer


def _real(context: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function without its complex values."""

    def answer(*operands: Any) -> Any:
        result = function(*operands)
        return context.nan if isinstance(result, context.mpc) else result

    return answer

"""A scalar autograd engine that shows where gradients come from.

>>> from autograd import Value
>>> x = Value(3.0, label="x")
>>> y = x * x + 2 * x
>>> y.backward()
>>> y.data, x.grad
(15.0, 8.0)
"""

from importlib import import_module
from typing import TYPE_CHECKING

from autograd.calculus import (
    derivative,
    grad,
    gradients,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from autograd.errors import (
    BranchError,
    GradientError,
    LeavingWarning,
    StaleGraphError,
)
from autograd.functions import (
    abs,
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cbrt,
    ceil,
    clamp,
    cos,
    cosh,
    dot,
    elu,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    floor,
    floor_divide,
    fmod,
    gelu,
    gelu_tanh,
    hard_tanh,
    hypot,
    leaky_relu,
    log,
    log1p,
    log2,
    log10,
    log_sigmoid,
    log_softmax,
    logaddexp,
    logsumexp,
    max,
    maximum,
    mean,
    min,
    minimum,
    mish,
    neg,
    pow,
    reciprocal,
    relu,
    remainder,
    rint,
    selu,
    sigmoid,
    sign,
    silu,
    sin,
    sinh,
    softmax,
    softplus,
    softsign,
    sqrt,
    square,
    step,
    sum,
    take,
    tan,
    tanh,
    trunc,
    where,
    xlogy,
)
from autograd.graph import Edge, Graph
from autograd.leaving import guarded_call
from autograd.ops import OPS, Op
from autograd.parameters import Parameters
from autograd.recording import no_grad, scope
from autograd.value import Value, parameter

if TYPE_CHECKING:
    from autograd.check import check_gradients
    from autograd.checking.table import GradientCheck
    from autograd.program.compiled import compiled
    from autograd.program.program import Program

__version__ = "0.1.0"  # that of the distribution, which holds all four packages

__all__ = [
    "OPS",
    "BranchError",
    "Edge",
    "GradientCheck",
    "GradientError",
    "Graph",
    "LeavingWarning",
    "Op",
    "Parameters",
    "Program",
    "StaleGraphError",
    "Value",
    "__version__",
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "ceil",
    "check_gradients",
    "clamp",
    "compiled",
    "cos",
    "cosh",
    "derivative",
    "dot",
    "elu",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "floor",
    "floor_divide",
    "fmod",
    "gelu",
    "gelu_tanh",
    "grad",
    "gradients",
    "guarded_call",
    "hard_tanh",
    "hessian",
    "hvp",
    "hypot",
    "jacobian",
    "jvp",
    "leaky_relu",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_sigmoid",
    "log_softmax",
    "logaddexp",
    "logsumexp",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "mish",
    "neg",
    "no_grad",
    "parameter",
    "pow",
    "reciprocal",
    "relu",
    "remainder",
    "rint",
    "scope",
    "selu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "softsign",
    "sqrt",
    "square",
    "step",
    "sum",
    "take",
    "tan",
    "tanh",
    "trunc",
    "value_and_grad",
    "vjp",
    "where",
    "xlogy",
]

# The compiler and the checks are larger than the engine: they load when first used.
_LATER = {
    "GradientCheck": "autograd.checking.table",
    "Program": "autograd.program.program",
    "check_gradients": "autograd.check",
    "compiled": "autograd.program.compiled",
}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module 'autograd' has no attribute {name!r}")
    value: object = getattr(import_module(_LATER[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__]

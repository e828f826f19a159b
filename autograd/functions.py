"""exp, tanh, dot, logsumexp ...: the rows of the table as functions.

`__all__` is the one list of them. A row whose name stands there has its function, its
place among the public names of `autograd`, and its types in `functions.pyi` (written
by `make table`, for editors and mypy); `applying.py` says how the functions are made.
"""

from autograd import applying
from autograd.ops import OPS

# fmt: off
__all__ = [
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil",
    "clamp", "cos", "cosh", "dot", "elu", "erf", "erfc", "exp", "exp2", "expm1",
    "floor", "floor_divide", "fmod", "gelu", "gelu_tanh", "hard_sigmoid", "hard_swish",
    "hard_tanh", "hypot", "leaky_relu", "log", "log1p", "log2", "log10", "log_expm1",
    "log_sigmoid", "log_softmax", "logaddexp", "logit", "logsumexp", "max", "maximum",
    "mean", "min", "minimum", "mish", "neg", "pow", "reciprocal", "relu", "remainder",
    "rint", "selu", "sigmoid", "sign", "silu", "sin", "sinh", "softmax", "softplus",
    "softsign", "sqrt", "square", "step", "sum", "tan", "tanh", "trunc", "where",
    "xlogy",
]
# fmt: on

for _name in __all__:
    _function = getattr(applying, _name, None) or applying.function_of(OPS[_name])
    _function.__module__ = __name__  # where pickle finds it
    globals()[_name] = _function

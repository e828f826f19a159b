# Written by make table.
from typing import Any

from autograd.applying import (
    Operand,
    dot,
    pow,
)
from autograd.function_types import (
    BinaryFunction,
    ListFunction,
    ListToListFunction,
    UnaryFunction,
)

__all__ = [
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
    "clamp",
    "cos",
    "cosh",
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
    "hard_sigmoid",
    "hard_swish",
    "hard_tanh",
    "hypot",
    "leaky_relu",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_expm1",
    "log_sigmoid",
    "log_softmax",
    "logaddexp",
    "logit",
    "logsumexp",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "mish",
    "neg",
    "pow",
    "reciprocal",
    "relu",
    "remainder",
    "rint",
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
    "tan",
    "tanh",
    "trunc",
    "where",
    "xlogy",
]

abs: UnaryFunction
acos: UnaryFunction
acosh: UnaryFunction
asin: UnaryFunction
asinh: UnaryFunction
atan: UnaryFunction
atan2: BinaryFunction
atanh: UnaryFunction
cbrt: UnaryFunction
ceil: UnaryFunction
cos: UnaryFunction
cosh: UnaryFunction
erf: UnaryFunction
erfc: UnaryFunction
exp: UnaryFunction
exp2: UnaryFunction
expm1: UnaryFunction
floor: UnaryFunction
floor_divide: BinaryFunction
fmod: BinaryFunction
gelu: UnaryFunction
gelu_tanh: UnaryFunction
hard_sigmoid: UnaryFunction
hard_swish: UnaryFunction
hard_tanh: UnaryFunction
hypot: BinaryFunction
log: UnaryFunction
log1p: UnaryFunction
log2: UnaryFunction
log10: UnaryFunction
log_expm1: UnaryFunction
log_sigmoid: UnaryFunction
log_softmax: ListToListFunction
logaddexp: BinaryFunction
logit: UnaryFunction
logsumexp: ListFunction
max: ListFunction
maximum: BinaryFunction
mean: ListFunction
min: ListFunction
minimum: BinaryFunction
mish: UnaryFunction
neg: UnaryFunction
reciprocal: UnaryFunction
relu: UnaryFunction
remainder: BinaryFunction
rint: UnaryFunction
selu: UnaryFunction
sigmoid: UnaryFunction
sign: UnaryFunction
silu: UnaryFunction
sin: UnaryFunction
sinh: UnaryFunction
softmax: ListToListFunction
softplus: UnaryFunction
softsign: UnaryFunction
sqrt: UnaryFunction
square: UnaryFunction
step: UnaryFunction
sum: ListFunction
tan: UnaryFunction
tanh: UnaryFunction
trunc: UnaryFunction
xlogy: BinaryFunction

def clamp(x: Operand, low: Operand = ..., high: Operand = ...) -> Any: ...
def elu(x: Operand, alpha: Operand = 1.0) -> Any: ...
def leaky_relu(x: Operand, negative_slope: Operand = 0.01) -> Any: ...
def where(condition: Operand, x: Operand, y: Operand) -> Any: ...

"""What a formula on the command line may hold, and the words for what it may not."""

import ast
import inspect
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import autograd
from autograd import OPS, Op, Value

Operand = Value | float
Function = Callable[..., Any]


ARITHMETIC: Final[Mapping[type[ast.operator], Function]] = MappingProxyType(
    {
        ast.Add: OPS["add"],
        ast.Sub: OPS["sub"],
        ast.Mult: OPS["mul"],
        ast.Div: OPS["div"],
        ast.Pow: autograd.pow,
    }
)
FOREIGN_OPERATORS: Final[Mapping[type[ast.operator], tuple[str, str]]] = (
    MappingProxyType(
        {
            ast.FloorDiv: ("//", "; write floor_divide(x, y)"),
            ast.Mod: ("%", "; write remainder(x, y)"),
            ast.MatMult: ("@", "; dot(w1, w2, x1, x2) is a dot product"),
            ast.BitXor: ("^", "; a power is written x**y"),
            ast.BitAnd: ("&", ""),
            ast.BitOr: ("|", ""),
            ast.LShift: ("<<", ""),
            ast.RShift: (">>", ""),
        }
    )
)
COMPARISONS: Final[Mapping[type[ast.cmpop], Function]] = MappingProxyType(
    {
        ast.Lt: operator.lt,
        ast.LtE: operator.le,
        ast.Gt: operator.gt,
        ast.GtE: operator.ge,
        ast.Eq: operator.eq,
        ast.NotEq: operator.ne,
    }
)
CONSTANTS: Final[Mapping[str, float]] = MappingProxyType(
    {"pi": math.pi, "π": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}
)
"""Names that need no number; a variable of such a name must be given one."""

DESCRIPTIONS: Final[Mapping[type[ast.expr], str]] = MappingProxyType(
    {
        ast.Attribute: "an attribute",
        ast.Subscript: "an index in brackets",
        ast.List: "a list",
        ast.Tuple: "a comma outside a call",
        ast.Dict: "a dictionary",
        ast.Set: "a set",
        ast.Lambda: "a lambda",
        ast.IfExp: "an if (write where(condition, a, b))",
        ast.BoolOp: "'and' or 'or'",
        ast.JoinedStr: "a string",
        ast.NamedExpr: "an assignment",
        ast.Await: "an await",
        ast.Yield: "a yield",
        ast.YieldFrom: "a yield",
        ast.ListComp: "a comprehension",
        ast.SetComp: "a comprehension",
        ast.DictComp: "a comprehension",
        ast.GeneratorExp: "a comprehension",
    }
)


def constant_in_words(found: object) -> str:
    """Name a literal that is no real number."""
    if isinstance(found, str | bytes):
        return "a string"
    if isinstance(found, complex):
        return "a complex number"
    return str(found)  # True, False, None or an ellipsis


def defaults(op: Op, given: int) -> list[float]:
    """List what the public function fills in for operands that are left out."""
    function = vars(autograd).get(op.name)
    if function is None or op.variadic or given >= len(op.operand_names):
        return []
    parameters = inspect.signature(function).parameters.values()
    left_out = [parameter.default for parameter in parameters][given:]
    return [] if inspect.Parameter.empty in left_out else left_out


def is_index(operands: Sequence[ast.expr]) -> bool:
    """Whether the first operand is a literal that counts into the others."""
    match operands:
        case [ast.Constant(value=int(index)), *others]:
            return 0 <= index < len(others)
        case _:
            return False


def callable_operations() -> list[str]:
    """Name the rows that a formula may call: no helpers, and `x ** 3` for `power`."""
    return sorted(name for name, op in OPS.items() if not op.helper and name != "power")

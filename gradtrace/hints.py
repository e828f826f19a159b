"""What was perhaps meant by a formula that can't be read: hints for its error.

A hint starts with "; ", so that it can follow what is wrong, and is "" if there is
nothing to say.
"""

import ast
import difflib
import keyword
import re
from collections.abc import Collection
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from gradtrace.allowed import CONSTANTS, callable_operations

_ALIASES: Final = MappingProxyType(
    {
        "ln": "log",
        "sgn": "sign",
        "heaviside": "step",
        "power": "pow",
        "fabs": "abs",
        "expit": "sigmoid",
        "swish": "silu",
    }
)
"""What other books and packages call operations of the table."""

_PACKAGES: Final = frozenset(
    {"math", "np", "numpy", "jnp", "jax", "scipy", "torch", "F", "autograd"}
)
"""Where a dotted name leads to a function, and not to a method of a number."""

_CHARACTERS: Final = MappingProxyType(
    {
        "²": "a power is written x**2",
        "³": "a power is written x**3",
        "√": "a square root is written sqrt(x)",
        "×": "a product is written x*y",
        "·": "a product is written x*y",
        "÷": "a quotient is written x/y",
        "−": "a minus is written -",
        "–": "a minus is written -",
    }
)
"""Signs of printed mathematics, and how they are typed here."""

_SIGNS: Final = MappingProxyType(
    {
        "|": "an absolute value is written abs(x)",
        "!": "there are no factorials",
        "'": "strings are not allowed",
        '"': "strings are not allowed",
    }
)
"""What Python's parser stumbles over, and would explain in terms of programs."""

_BINARY: Final = frozenset({"*", "/", "**", "%", "^", "<", ">", "=", "==", ","})

_EQUALS: Final = (
    "'=' is not allowed; numbers come after the expression, as in x=2, and equality is "
    "written =="
)

_TOKEN: Final = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d]\w*)|\*\*|[<>=!:]=|\S"
)


def printed_sign(character: str) -> str:
    """Say how a sign of printed mathematics is typed; no other has a hint."""
    return f"; {_CHARACTERS[character]}" if character in _CHARACTERS else ""


def syntax_problem(text: str, error: SyntaxError) -> tuple[int, str]:
    """Tell in a formula's own terms what Python's parser stumbled over, and where.

    Returns:
        The column, from 1, and the problem.
    """
    column = error.offset or 1
    if any(word in error.msg for word in ("never closed", "match", "nested")):
        return column, error.msg  # clear enough: it speaks of parentheses
    tokens = list(_TOKEN.finditer(text))
    found = _dangling(tokens) or _side_by_side(tokens)
    return found or (column, _misplaced(tokens, column, error.msg))


def _dangling(tokens: list[re.Match[str]]) -> tuple[int, str] | None:
    """Find an operator with nothing after it, or before it; or a lone equals sign."""
    first, last = tokens[0], tokens[-1]
    if last[0] in _BINARY | {"+", "-"}:
        return last.start() + 1, f"nothing follows the {last[0]!r}"
    if first[0] in _BINARY:
        return 1, f"nothing stands before the {first[0]!r}"
    equals = next((token for token in tokens if token[0] == "="), None)
    return None if equals is None else (equals.start() + 1, _EQUALS)


def _misplaced(tokens: list[re.Match[str]], column: int, message: str) -> str:
    """Name what stands at a column; Python's own message where nothing does."""
    for token in tokens:
        if token.start() < column <= token.end():
            problem = f"{token[0]!r} does not belong here"
            return f"{problem}; {_SIGNS[token[0]]}" if token[0] in _SIGNS else problem
    return message


def _side_by_side(tokens: list[re.Match[str]]) -> tuple[int, str] | None:
    """Find two operands with nothing between: "2x", "x y", ")(", "sin x"."""
    for left, right in pairwise(tokens):
        one, other = left[0], right[0]
        if keyword.iskeyword(one) or keyword.iskeyword(other):
            continue
        if not (left.lastgroup or one == ")") or not (right.lastgroup or other == "("):
            continue
        kinds = left.lastgroup, right.lastgroup
        if kinds in {("name", None), ("number", "number")}:  # a call; 0.1.2
            continue
        what = f"{one!r} and {other!r} stand side by side"
        if one in callable_operations():
            return right.start() + 1, f"{what}; write {one}(...)"
        product = (
            f"{'(...)' if one == ')' else one}*{'(...)' if other == '(' else other}"
        )
        return right.start() + 1, f"{what}; a product is written {product}"
    return None


def operation_meant(name: str) -> str:
    """Find the operation that a name stands for, or resembles; "" if there is none."""
    known = callable_operations()
    if name in known:
        return name
    similar = difflib.get_close_matches(name, known, n=1)
    return _ALIASES.get(name, similar[0] if similar else "")


def for_name(name: str, variables: Collection[str]) -> str:
    """Hint at what `name(...)` may mean, where there is no such operation."""
    if name in variables or name in CONSTANTS or len(name) == 1:
        return f"; a product is written {name}*(...)"
    meant = operation_meant(name)
    return f"; did you mean {meant}?" if meant else ""


def for_call(node: ast.Call, text: str) -> str:
    """Hint at how `x.tanh()`, `math.sin(x)` and `2(x + 1)` are written."""
    if not isinstance(node.func, ast.Attribute):
        simple = isinstance(node.func, ast.Constant)
        factor = _source(node.func, text) if simple else "(...)"
        return f"; a product is written {factor}*(...)"
    meant = operation_meant(node.func.attr)
    operands = [_source(operand, text) for operand in node.args]
    if not _is_of_package(node.func):
        operands.insert(0, _source(node.func.value, text))
    return f"; write {meant}({', '.join(operands)})" if meant else ""


def for_node(node: ast.expr) -> str:
    """Hint at what may be meant by something else that is not allowed."""
    match node:
        case ast.Attribute(attr=name) if name in CONSTANTS and _is_of_package(node):
            return f"; write {name}"
        case ast.Tuple(elts=[]):
            return "; nothing stands between the parentheses"
        case ast.Tuple(elts=[ast.Constant(), *_]):
            return "; decimals are written with a point, as in 3.5"
        case ast.List():
            return "; operands stand side by side, as in max(x, y)"
    return ""


def for_missing(name: str, given: Collection[str]) -> str:
    """Hint at what a variable without a number may mean: "sin", "sinx", "xy"."""
    operations = callable_operations()
    if name in operations:
        return f"; {name} is an operation, as in {name}(x)"
    if name.swapcase() in given:
        return f"; {name.swapcase()} is another name: capitals count"
    for split in range(1, len(name)):
        start, end = name[:split], name[split:]
        if end in given and start in operations:
            return f"; or did you mean {start}({end})?"
        if {start, end} <= {*given, *CONSTANTS}:
            return f"; or did you mean {start}*{end}?"
    return ""


def _is_of_package(node: ast.expr) -> bool:
    """Whether a dotted name starts with that of a package, as `math.sin` does."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in _PACKAGES


def _source(node: ast.expr, text: str) -> str:
    """What stands in the text for a node; an ellipsis where that is long."""
    source = ast.get_source_segment(text, node) or "..."
    return source if len(source) <= 30 else "..."

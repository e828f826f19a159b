"""Formulas given as text: read with `ast`, held to an allow-list, never executed.

A formula is turned into a flat list of steps for a stack machine, so evaluating it
recurses nowhere. What it may hold is what `_Reader` has a method for: numbers,
names, `+ - * / **`, calls of the table's operations, and a comparison as the
condition of `where`. All numbers are float64 and behave as in IEEE 754, so that
`9**9**9**9` is inf, at once, and `1/0` no error. `hints.py` knows what was perhaps
meant by a formula that is refused.
"""

import ast
import unicodedata
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from autograd import OPS, Op
from gradtrace import hints
from gradtrace.allowed import (
    ARITHMETIC,
    COMPARISONS,
    CONSTANTS,
    DESCRIPTIONS,
    FOREIGN_OPERATORS,
    Function,
    Operand,
    callable_operations,
    constant_in_words,
    defaults,
    is_index,
)

MAX_LENGTH: Final = 2_000
"""Characters a formula may have; Python's parser is safe far beyond that."""

MAX_DEPTH: Final = 200
"""Operations that may be nested in one another; `a + b + c` are two."""


class ExpressionError(ValueError):
    """A formula holds something that is not allowed; the message is one line."""


_Step = float | str | tuple[Function, int]
"""A number or a variable to put on the stack; or a function, which takes so many
operands from there and leaves its result."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A formula that was read and found harmless.

    Attributes:
        text: The formula, on one line.
        variables: Its variables, in the order in which they first appear.
        constants: The constants it names, such as pi, in that order.

    >>> formula = Expression.parse("w*x + 2**3")
    >>> formula.variables
    ('w', 'x')
    >>> formula(3.0, 5.0)
    23.0
    """

    text: str
    variables: tuple[str, ...]
    constants: tuple[str, ...]
    _steps: tuple[_Step, ...]

    @classmethod
    def parse(cls, text: str, variables: Collection[str] = ()) -> "Expression":
        """Read a formula.

        Args:
            text: The formula.
            variables: Names that are variables, even if one of them is "pi" or "e".

        Raises:
            ExpressionError: If it holds anything but numbers, names and operations;
                the message says what was found, and at which column.
        """
        text = _one_line(text)
        reader = _Reader(text, variables)
        reader.read(_syntax_tree(text), depth=0)
        names = tuple(reader.variables), tuple(reader.constants)
        return cls(text, *names, tuple(reader.steps))

    def __call__(self, *operands: Operand) -> Operand:
        """Evaluate the formula, its variables being given in their order."""
        bound = dict(zip(self.variables, operands, strict=True))
        stack: list[Operand] = []
        for step in self._steps:
            match step:
                case float(number):
                    stack.append(number)
                case str(name):
                    stack.append(bound[name])
                case (function, count):
                    first = len(stack) - count
                    result = function(*stack[first:])
                    del stack[first:]
                    stack.append(result)
        return stack[-1]


class _Reader:
    """Turn a syntax tree into steps, and refuse what is not on the list."""

    def __init__(self, text: str, given: Collection[str]) -> None:
        self.text = text
        self.given = given
        self.steps: list[_Step] = []
        self.variables: dict[str, None] = {}  # a set that keeps its order
        self.constants: dict[str, None] = {}

    def read(self, node: ast.expr, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self.error(node, f"more than {MAX_DEPTH} nested operations")
        match node:
            case ast.Constant():
                self.steps.append(self.number(node))
            case ast.Name(id=name) if name in CONSTANTS and name not in self.given:
                self.constants[name] = None
                self.steps.append(CONSTANTS[name])
            case ast.Name(id=name):
                self.variables[name] = None
                self.steps.append(name)
            case ast.UnaryOp():
                self.read_unary(node, depth)
            case ast.BinOp():
                self.read_binary(node, depth)
            case ast.Call():
                self.read_call(node, depth)
            case ast.Compare():
                raise self.error(
                    node, "a comparison is only allowed as where's condition"
                )
            case _:
                found = DESCRIPTIONS.get(type(node), type(node).__name__)
                raise self.error(node, f"{found} is not allowed{hints.for_node(node)}")

    def number(self, node: ast.Constant) -> float:
        found = node.value
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise self.error(node, f"{constant_in_words(found)} is not allowed")
        try:
            return float(found)
        except OverflowError:  # an integer of more than 308 digits
            return float("inf")

    def read_unary(self, node: ast.UnaryOp, depth: int) -> None:
        if not isinstance(node.op, ast.USub | ast.UAdd):
            symbol = "not" if isinstance(node.op, ast.Not) else "~"
            raise self.error(node, f"{symbol!r} is not one of + - * / **")
        self.read(node.operand, depth + 1)
        if isinstance(node.op, ast.USub):
            self.steps.append((OPS["neg"], 1))

    def read_binary(self, node: ast.BinOp, depth: int) -> None:
        if type(node.op) not in ARITHMETIC:
            raise self.unknown_operator(node)
        self.read(node.left, depth + 1)
        self.read(node.right, depth + 1)
        self.steps.append((ARITHMETIC[type(node.op)], 2))

    def read_call(self, node: ast.Call, depth: int) -> None:
        op = self.operation(node)
        for position, operand in enumerate(node.args):
            if (
                op.name == "where"
                and position == 0
                and isinstance(operand, ast.Compare)
            ):
                self.read_comparison(operand, depth + 1)
            elif isinstance(operand, ast.Starred):
                raise self.error(operand, "a star is not allowed")
            else:
                self.read(operand, depth + 1)
        left_out = defaults(op, len(node.args))
        self.steps += map(float, left_out)
        count = len(node.args) + len(left_out)
        try:
            op.check_count((0.0,) * count)
        except TypeError as error:
            raise self.error(node, str(error)) from None
        self.steps.append((op, count))

    def operation(self, node: ast.Call) -> Op:
        """Look a call's operation up, and check what holds for the call as a whole."""
        if not isinstance(node.func, ast.Name):
            problem = "only operations of the table can be called"
            raise self.error(node, problem + hints.for_call(node, self.text))
        name = node.func.id
        if name not in callable_operations():
            hint = hints.for_name(name, self.given)
            raise self.error(node, f"{name!r} is no operation{hint}")
        if node.keywords:
            problem = f"{name} takes its operands by position, without names"
            raise self.error(node.keywords[0], problem)
        if OPS[name].operand_names[0] == "index" and not is_index(node.args):
            problem = f"{name} starts with an index, as in {name}(0, x, y)"
            raise self.error(node, problem)
        return OPS[name]

    def read_comparison(self, node: ast.Compare, depth: int) -> None:
        if len(node.ops) > 1:
            raise self.error(node, "a chain of comparisons is not allowed")
        if type(node.ops[0]) not in COMPARISONS:
            raise self.error(node, "a comparison must be one of < <= > >= == !=")
        self.read(node.left, depth + 1)
        self.read(node.comparators[0], depth + 1)
        self.steps.append((COMPARISONS[type(node.ops[0])], 2))

    def unknown_operator(self, node: ast.BinOp) -> ExpressionError:
        symbol, advice = FOREIGN_OPERATORS[type(node.op)]
        column = self.column(node.left.end_col_offset or 0)
        column = self.text.index(symbol, column - 1) + 1
        return _error(column, f"{symbol!r} is not one of + - * / **{advice}")

    def error(self, node: ast.expr | ast.keyword, problem: str) -> ExpressionError:
        return _error(self.column(node.col_offset), problem)

    def column(self, offset: int) -> int:
        """Turn ast's count of UTF-8 bytes, from 0, into one of characters, from 1."""
        return len(self.text.encode()[:offset].decode()) + 1


def _one_line(text: str) -> str:
    """Check what must hold before Python's parser may see the text."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            f"the expression has {len(text):,} characters; "
            f"{MAX_LENGTH:,} are the most allowed"
        )
    if not text.strip():
        raise ExpressionError("the expression is empty")
    for position, character in enumerate(text):
        # A comment would be dropped in silence, a control character or half of a
        # surrogate pair would spoil the line of an error message.
        known = character.isprintable() or character.isspace()
        hint = hints.printed_sign(character)
        if character == "#" or hint or not known:
            raise _error(position + 1, f"{character!r} is not allowed{hint}")
    blank = [" " if character.isspace() else character for character in text]
    return "".join(blank).strip()


def _syntax_tree(text: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as "invalid decimal literal"
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise _error(*hints.syntax_problem(text, error)) from None
    except (RecursionError, MemoryError):
        raise ExpressionError("the expression is nested too deeply") from None


def _error(column: int, problem: str) -> ExpressionError:
    return ExpressionError(f"column {column}: {problem}")


def _constant(text: str) -> float:
    """A number, or a name of one: `2`, `-1e3`, `pi`, `-e`."""
    sign = -1.0 if text.startswith("-") else 1.0
    known = CONSTANTS.get(text.removeprefix("-"))
    return float(text) if known is None else sign * known


def parse_assignments(texts: Sequence[str]) -> dict[str, float]:
    """Read what stands after the formula: `name=number`, each name once.

    Raises:
        ExpressionError: Naming the one that is no such thing.
    """
    numbers: dict[str, float] = {}
    for text in texts:
        name, equals, number = text.partition("=")
        name = unicodedata.normalize("NFKC", name.strip())  # as Python reads names
        if not equals or not name.isidentifier():
            hint = "" if equals else "; an expression with blanks stands in quotes"
            raise ExpressionError(f"{text!r} is not of the form name=number{hint}")
        if name in numbers:
            raise ExpressionError(f"{name} is given twice")
        try:
            numbers[name] = _constant(number)
        except ValueError:
            raise ExpressionError(f"{text!r}: {number!r} is not a number") from None
    return numbers

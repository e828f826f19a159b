"""Random expression graphs, for tests that must hold for every graph.

A `Recipe` is a straight-line program: numbers for the leaves, then steps that apply an
operation of the table to earlier results and constants. It has shared nodes, repeated
operands and constants, and it keeps every operand a little away from kinks, poles and
the ends of domains, so that differences and derivatives must agree.

`random_graph(seed, size)` gives the same graph in every run and on every machine;
`graphs()` and `recipes()` are hypothesis strategies of the same recipes.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from autograd import OPS, Value

Operand = int | float  # the number of an earlier result, or a constant
Numbers = tuple[float, ...]
Apply = Callable[[str, Sequence[Any]], Any]

MARGIN = 0.08  # the distance kept from kinks, poles and ends of domains
LARGEST = 6.0  # no result is larger, so that no exponential of one overflows


@dataclass(frozen=True)
class Step:
    """One operation: ints are earlier results (leaves first), floats constants."""

    op: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True)
class Recipe:
    """A straight-line program whose output is its last result."""

    inputs: Numbers
    steps: tuple[Step, ...]

    def run(self, inputs: Sequence[Any], apply: Apply) -> Any:
        """The output for these inputs: Values, floats, mpmath or complex numbers."""
        results = list(inputs)
        for step in self.steps:
            operands = [results[x] if type(x) is int else x for x in step.operands]
            results.append(apply(step.op, operands))
        return results[-1]

    def record(self) -> tuple[list[Value], Value]:
        """The recipe on fresh Values: (leaves, output)."""
        leaves = [Value(x, label=f"x{i}") for i, x in enumerate(self.inputs)]
        return leaves, self.run(leaves, on_values)

    def __call__(self, xs: Sequence[Any]) -> Any:
        """The recipe as a function of a list, to be differentiated."""
        return self.run(xs, on_values)


def on_values(name: str, operands: Sequence[Any]) -> Any:
    """Apply a row of the table to Values and floats."""
    return OPS[name](*operands)


# --- where each operation is tried --------------------------------------------


def far(*points: float) -> Callable[..., bool]:
    """Every operand is far from these points."""
    return lambda *xs: all(abs(x - p) > MARGIN for x in xs for p in points)


def between(low: float, high: float) -> Callable[..., bool]:
    """Every operand is inside the interval, away from its ends."""
    return lambda *xs: all(low + MARGIN < x < high - MARGIN for x in xs)


def apart(*xs: float) -> bool:
    """No two operands are close to each other."""
    ordered = sorted(xs)
    return all(b - a > MARGIN for a, b in pairwise(ordered))


def inside_step(x: float) -> bool:
    """The number is not close to a whole one."""
    return MARGIN < x % 1.0 < 1.0 - MARGIN


def inside_period(x: float, y: float) -> bool:
    """The number is not close to a multiple of the other, nor that to 0."""
    return abs(y) > 4 * MARGIN and MARGIN < x % abs(y) < abs(y) - MARGIN


def away_from_origin(x: float, y: float) -> bool:
    """The point is not close to the origin."""
    return math.hypot(x, y) > 4 * MARGIN


def anywhere(*_xs: float) -> bool:
    """No operand is a bad one."""
    return True


SENSIBLE: Mapping[str, Callable[..., bool]] = {
    "add": anywhere,
    "sub": anywhere,
    "mul": anywhere,
    "div": lambda x, y: abs(y) > 4 * MARGIN,
    "neg": anywhere,
    "abs": far(0.0),
    "power": lambda x, n: x > MARGIN or (n in {2.0, 3.0} or abs(x) > 3 * MARGIN),
    "pow": lambda x, y: x > 3 * MARGIN and abs(y) < 3.0,
    "reciprocal": far(0.0),
    "square": anywhere,
    "sqrt": between(0.0, math.inf),
    "cbrt": far(0.0),
    "exp": anywhere,
    "expm1": anywhere,
    "exp2": anywhere,
    "log": between(0.0, math.inf),
    "log1p": between(-1.0, math.inf),
    "log2": between(0.0, math.inf),
    "log10": between(0.0, math.inf),
    "logit": between(0.0, 1.0),
    "log_expm1": between(0.0, math.inf),
    "logaddexp": anywhere,
    "xlogy": lambda x, y: y > 3 * MARGIN and abs(x) > MARGIN,
    "sin": anywhere,
    "cos": anywhere,
    "tan": between(-1.3, 1.3),
    "asin": between(-1.0, 1.0),
    "acos": between(-1.0, 1.0),
    "atan": anywhere,
    "sinh": anywhere,
    "cosh": anywhere,
    "tanh": anywhere,
    "asinh": anywhere,
    "acosh": between(1.0, math.inf),
    "atanh": between(-1.0, 1.0),
    "hypot": away_from_origin,
    "atan2": lambda y, x: away_from_origin(y, x) and (x > 0.0 or abs(y) > MARGIN),
    "sigmoid": anywhere,
    "log_sigmoid": anywhere,
    "softplus": anywhere,
    "relu": far(0.0),
    "leaky_relu": lambda x, slope: abs(x) > MARGIN,
    "elu": lambda x, alpha: abs(x) > MARGIN,
    "selu": far(0.0),
    "silu": anywhere,
    "gelu": anywhere,
    "gelu_tanh": anywhere,
    "mish": anywhere,
    "softsign": far(0.0),
    "hard_tanh": far(-1.0, 1.0),
    "hard_sigmoid": far(-3.0, 3.0),
    "hard_swish": far(-3.0, 3.0),
    "clamp": lambda x, low, high: apart(x, low, high) and low < high,
    "erf": anywhere,
    "erfc": anywhere,
    "sign": far(0.0),
    "step": far(0.0),
    "maximum": apart,
    "minimum": apart,
    "where": lambda condition, x, y: abs(condition) > MARGIN,
    "floor": inside_step,
    "ceil": inside_step,
    "trunc": inside_step,
    "rint": lambda x: inside_step(x + 0.5),
    "floor_divide": inside_period,
    "remainder": inside_period,
    "fmod": inside_period,
    "sum": anywhere,
    "mean": anywhere,
    "dot": anywhere,
    "max": apart,
    "min": apart,
    "logsumexp": anywhere,
    "softmax": anywhere,
    "log_softmax": anywhere,
    "log_odds_against": anywhere,
    "take": anywhere,
    "less": apart,
    "less_equal": apart,
    "greater": apart,
    "greater_equal": apart,
    "equal": apart,
    "not_equal": apart,
    "identity": anywhere,
    "share": apart,
    "strong_product": lambda x, y: min(abs(x), abs(y)) > MARGIN,
    "sech": anywhere,
    "one_minus_square": anywhere,
    "times_complement": anywhere,
    "exp_neg_square": anywhere,
    "direction": away_from_origin,
    "inversion": away_from_origin,
    "power_derivative": lambda x, n, k: x > 3 * MARGIN and abs(n) < 3.0,
    "pow_log": lambda x, y: x > 3 * MARGIN and abs(y) < 3.0,
}

ANALYTIC = frozenset(
    [
        *("add", "sub", "mul", "div", "neg", "reciprocal", "square", "sqrt", "exp"),
        *("log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "atan", "asinh"),
    ]
)
"""Rows that Python's `cmath` and operators know: fit for complex differences."""


def _operands(
    name: str, rng: random.Random, count: int, unread: Sequence[int]
) -> tuple[Operand, ...]:
    """Operands for an operation: mostly earlier results, now and then a constant."""
    row = OPS[name]

    def earlier() -> int:
        fresh = unread and rng.random() < 0.5
        return rng.choice(unread) if fresh else rng.randrange(count)

    if name == "power":
        return earlier(), rng.choice([2.0, 3.0, 0.5, -1.0, 1.5, -2.0])
    if name == "power_derivative":
        return earlier(), earlier(), rng.choice([1.0, 2.0])
    if name in {"leaky_relu", "elu"} and rng.random() < 0.7:
        return earlier(), rng.choice([0.01, 0.3, 1.0])
    if name == "clamp" and rng.random() < 0.7:
        return earlier(), rng.choice([-1.5, -0.4]), rng.choice([0.5, 1.2])
    if row.constants == ("index",):
        width = rng.randrange(1, 5)
        return float(rng.randrange(width)), *(earlier() for _ in range(width))
    width = len(row.operand_names)
    if row.variadic:
        width = rng.randrange(1, 6)
    operands: list[Operand] = [earlier() for _ in range(width)]
    if width > 1 and rng.random() < 0.25:  # a constant among the operands
        operands[rng.randrange(width)] = round(rng.uniform(-2.0, 2.0), 3)
    elif width > 1 and rng.random() < 0.25:  # the same operand twice
        operands[rng.randrange(width)] = operands[0]
    return tuple(operands)


def random_recipe(
    rng: random.Random, size: int, names: Sequence[str] | None = None
) -> Recipe:
    """A recipe of about `size` steps after 1 to 4 leaves, all of which are read.

    What no step has read in the end is averaged (or added up) to one output.

    Args:
        rng: Where the choices come from; the same state gives the same recipe.
        size: The number of operations, at least 1.
        names: Which operations may occur; all of the table, if None.
    """
    names = sorted(SENSIBLE) if names is None else sorted(names)
    inputs = tuple(round(rng.uniform(-2.0, 2.0), 3) for _ in range(rng.randrange(1, 5)))
    numbers = list(inputs)
    steps: list[Step] = []
    unread = list(range(len(inputs)))
    while len(steps) < size:
        step, number = _next_step(rng, numbers, names, unread)
        steps.append(step)
        unread = [i for i in unread if i not in step.operands]
        unread.append(len(numbers))
        numbers.append(number)
    return Recipe(inputs, (*steps, *_gathered(unread, len(numbers), names)))


def _gathered(unread: list[int], count: int, names: Sequence[str]) -> list[Step]:
    """Steps that make one number of several."""
    if len(unread) > 1 and "mean" in names:
        return [Step("mean", tuple(unread))]
    total, *others = unread
    steps = []
    for other in others:
        steps.append(Step("add", (total, other)))
        total, count = count, count + 1
    return steps


def _next_step(
    rng: random.Random,
    numbers: list[float],
    names: Sequence[str],
    unread: Sequence[int],
) -> tuple[Step, float]:
    """A step whose operands are sensible and whose result is not too large."""
    for _ in range(30):
        name = names[rng.randrange(len(names))]
        operands = _operands(name, rng, len(numbers), unread)
        if not any(type(x) is int for x in operands):
            continue
        floats = [numbers[x] if type(x) is int else x for x in operands]
        if SENSIBLE[name](*floats):
            number = OPS[name].value(*map(float, floats))
            if abs(number) <= LARGEST:
                return Step(name, operands), number
    last = len(numbers) - 1
    return Step("sin", (last,)), math.sin(numbers[last])


def random_graph(seed: int, size: int) -> tuple[list[Value], Value]:
    """Leaves and output of a random graph of `size` operations: always the same."""
    return random_recipe(random.Random(seed), size).record()


# --- strategies -----------------------------------------------------------------


@st.composite
def recipes(
    draw: st.DrawFn,
    min_size: int = 1,
    max_size: int = 25,
    names: Sequence[str] | None = None,
) -> Recipe:
    """A strategy of recipes, which shrinks to short ones with simple numbers."""
    size = draw(st.integers(min_size, max_size))
    seed = draw(st.integers(0, 2**32 - 1))
    return random_recipe(random.Random(seed), size, names)


def graphs(
    min_size: int = 1, max_size: int = 25
) -> st.SearchStrategy[tuple[list[Value], Value]]:
    """A strategy of recorded graphs: (leaves, output)."""
    return recipes(min_size, max_size).map(Recipe.record)

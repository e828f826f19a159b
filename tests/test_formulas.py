"""formula, latex, latex_derivative: they say what the engine computes."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest
import sympy
from mpmath import mp, mpf

import autograd
from autograd import (
    OPS,
    Graph,
    Op,
    Value,
    formula,
    gradients,
    latex,
    latex_derivative,
    tanh,
    where,
)
from autograd.namespaces import Namespace
from autograd.ops import RULES
from autograd.rules.textbook import IN_WORDS
from tests.random_graphs import ANALYTIC, SENSIBLE, random_recipe

NAMESPACES = {
    "math": {**vars(math), "abs": abs, "max": max, "min": min, "float": float},
    "autograd": {**{name: getattr(autograd, name) for name in autograd.__all__}},
}


def run(text: str, names: dict[str, Any], where_from: str = "math") -> float:
    """Run assignments and a last expression, as a reader of the text would."""
    session = {**NAMESPACES[where_from], **names}
    *lines, last = text.splitlines()
    for line in lines:
        exec(line, session)
    return float(eval(last, session))


def named(seed: int, size: int, names: list[str] | None = None) -> Any:
    leaves, output = random_recipe(random.Random(seed), size, names).record()
    for i, leaf in enumerate(leaves):
        leaf.label = f"x{i}"
    return leaves, output, {leaf.label: leaf.data for leaf in leaves}


@pytest.mark.parametrize("where_from", NAMESPACES)
@pytest.mark.parametrize("seed", range(80))
def test_the_formulas_of_random_graphs_come_to_their_numbers(
    seed: int, where_from: str
) -> None:
    leaves, output, numbers = named(seed, 8)
    text = formula(output, python=True)
    assert run(text, numbers, where_from) == pytest.approx(output.data, rel=1e-12)
    for leaf, gradient in zip(leaves, gradients(output, leaves), strict=True):
        text = formula(output, of=leaf, python=True)
        found = run(text, numbers, where_from)
        assert found == pytest.approx(gradient, rel=1e-9, abs=1e-12), text


@pytest.mark.parametrize("name", SENSIBLE)
def test_every_row_has_a_formula_and_a_derivative(name: str) -> None:
    rng = random.Random(name)
    tried = 0
    while tried < 4:
        recipe = random_recipe(rng, 1, [name])
        if recipe.steps[0].op != name:
            continue
        tried += 1
        leaves, output = recipe.record()
        for i, leaf in enumerate(leaves):
            leaf.label = f"x{i}"
        numbers = {leaf.label: leaf.data for leaf in leaves}
        found = run(formula(output, python=True), numbers)
        assert found == pytest.approx(output.data, rel=1e-12)
        if not OPS[name].constants or name == "power":
            read = run(formula(output), numbers, "autograd")  # as people write it
            assert read == pytest.approx(output.data, rel=1e-9)
        for leaf, gradient in zip(leaves, gradients(output, leaves), strict=True):
            text = formula(output, of=leaf, python=True)
            slope = run(text, numbers)
            assert slope == pytest.approx(gradient, rel=1e-11, abs=1e-14), text
            assert latex(output)
            assert formula(output, of=leaf)
            assert latex_derivative(output, leaf)


def as_sympy(text: str, names: dict[str, Any]) -> Any:
    session: dict[str, Any] = {name: sympy.Symbol(name) for name in names}
    *lines, last = text.splitlines()
    for line in lines:
        name, _, right = line.partition(" = ")
        session[name] = sympy.sympify(right, locals=session)
    return sympy.sympify(last, locals=session)


@pytest.mark.parametrize("seed", range(30))
def test_sympy_reads_formulas_and_differentiates_them_alike(seed: int) -> None:
    leaves, output, numbers = named(seed, 5, sorted(ANALYTIC - {"square"}))
    read = as_sympy(formula(output), numbers)
    assert float(read.evalf(30, subs=numbers)) == pytest.approx(output.data, rel=1e-11)
    for leaf, gradient in zip(leaves, gradients(output, leaves), strict=True):
        own = as_sympy(formula(output, of=leaf), numbers)
        true = sympy.diff(read, sympy.Symbol(leaf.label)).evalf(30, subs=numbers)
        assert float(own.evalf(30, subs=numbers)) == pytest.approx(
            float(true), rel=1e-10, abs=1e-12
        )
        assert gradient == pytest.approx(float(true), rel=1e-9, abs=1e-12)


PLAIN = {name: getattr(mp, name) for name in ("exp", "log", "sqrt", "cosh", "hypot")}
EXACT = Namespace(
    {**PLAIN, "pow": mp.power, "power": mp.power, "sum": mp.fsum}, {**RULES, **IN_WORDS}
)
"""What forms of rows run on with 50 digits, so that nothing in them cancels."""


@pytest.mark.parametrize("name", IN_WORDS)
def test_a_row_as_textbooks_have_it_is_that_row(name: str) -> None:
    rng, op = random.Random(name), OPS[name]
    with mp.workdps(50):
        for _ in range(50):
            places = range(len(op.operand_names))
            least = [max(op.domain_of(place)[0], -0.95) for place in places]
            numbers = [rng.uniform(low, 0.95) for low in least]
            if op.variadic:
                numbers += [rng.uniform(-3.0, 3.0) for _ in range(3)]
            whole = {"k": 2.0, "index": 1.0}
            for i, operand in enumerate(op.operand_names):
                numbers[i] = whole.get(operand, numbers[i])
            out, slopes = op.evaluate(*numbers)
            exact = [*map(mpf, numbers)]

            def form(*xs: Any) -> Any:
                return IN_WORDS[name](EXACT, *xs)

            assert out == pytest.approx(float(form(*exact)), rel=1e-13, abs=0.0)
            for i, slope in enumerate(slopes):
                order = tuple(int(i == j) for j in range(len(exact)))
                if slope == slope:  # a constant has none
                    true = float(mp.diff(form, tuple(exact), order))
                    assert slope == pytest.approx(true, rel=1e-13, abs=1e-13)


A, B, C = (Value(v, label=name) for v, name in ((2.0, "a"), (3.0, "b"), (5.0, "c")))


@pytest.mark.parametrize(
    ("node", "text", "tex"),
    [
        (A * (B + C), "a*(b + c)", r"a \cdot \left(b + c\right)"),
        (A * B + C, "a*b + c", r"a \cdot b + c"),
        (A - (B - C), "a - (b - c)", r"a - \left(b - c\right)"),
        (A - B - C, "a - b - c", "a - b - c"),
        (A - (-B), "a + b", "a + b"),
        (A + (-B), "a - b", "a - b"),
        (A + B * -2.0, "a - 2*b", r"a - 2 \cdot b"),
        (A - B * -2.0, "a + 2*b", r"a + 2 \cdot b"),
        (A * -2.0 - B * 3.0, "-2*a - 3*b", r"-2 \cdot a - 3 \cdot b"),
        (A / (B * -2.0), "-a/(2*b)", r"-\frac{a}{2 \cdot b}"),
        ((A * -2.0) ** 2, "(-2*a)**2", r"{\left(-2 \cdot a\right)}^{2}"),
        (A / (B * C), "a/(b*c)", r"\frac{a}{b \cdot c}"),
        (A / B / C, "a/b/c", r"\frac{\frac{a}{b}}{c}"),
        ((A + B) ** 2, "(a + b)**2", r"{\left(a + b\right)}^{2}"),
        ((-A) ** 2, "(-a)**2", r"{\left(-a\right)}^{2}"),
        (-(A**2), "-a**2", r"-{a}^{2}"),
        ((A**B) ** C, "(a**b)**c", r"{\left({a}^{b}\right)}^{c}"),
        (A ** (B**C), "a**b**c", r"{a}^{{b}^{c}}"),
        (A ** (-B), "a**(-b)", r"{a}^{-b}"),
        (tanh(A + B), "tanh(a + b)", r"\tanh \left(a + b\right)"),
        (tanh(A) * B, "tanh(a)*b", r"\tanh a \cdot b"),
        (1.0 * A + 0.0, "a", "a"),
        (A * -1.0, "-a", "-a"),
        (A * 0.5, "0.5*a", r"0.5 \cdot a"),
        (autograd.exp(A * B), "exp(a*b)", r"e^{a \cdot b}"),
        (autograd.sqrt(A + B), "sqrt(a + b)", r"\sqrt{a + b}"),
        (autograd.dot([A, B], [B, C]), "a*b + b*c", r"a \cdot b + b \cdot c"),
        (where(A > B, A, C), "c", "c"),
        (A, "a", "a"),
    ],
)  # fmt: skip
def test_brackets_stand_where_they_must(node: Value, text: str, tex: str) -> None:
    assert formula(node) == text
    assert latex(node) == tex


@pytest.mark.parametrize(
    ("what", "tex"),
    [
        (lambda x: x**2, r"2 \cdot x"),
        (lambda x: 3.0 * x, "3"),
        (lambda x: x, "1"),
        (OPS["sin"], r"\cos x"),
        (OPS["log"], r"\frac{1}{x}"),
        (OPS["reciprocal"], r"-\frac{1}{{x}^{2}}"),
        (OPS["exp"], "e^{x}"),
        (OPS["mul"], "y"),
        (autograd.sin, r"\cos x"),
    ],
)
def test_derivatives_are_those_of_textbooks(what: Any, tex: str) -> None:
    if what(Value(1.0), *([Value(1.0)] if what is OPS["mul"] else [])).op is None:
        assert latex_derivative(what) == tex
    assert latex_derivative(what) == tex


def test_a_compiled_function_has_the_formula_of_what_was_compiled() -> None:
    f = autograd.compiled(lambda x, y: tanh(x * y) + x)
    assert formula(f(A, B), of=A) == "1 + b/cosh(a*b)**2"
    assert formula(f(A, B), of=A, python=True) == "1 + b/cosh(a*b)**2"


def test_the_derivative_of_a_log_softmax_is_short() -> None:
    y = autograd.log_softmax([A, B, C])[2]
    assert formula(y, of=C) == "sigmoid(log(exp(a) + exp(b)) - c)"


def test_the_operand_may_be_chosen() -> None:
    assert latex_derivative(OPS["mul"], "y") == latex_derivative(OPS["mul"], 1) == "x"
    assert latex_derivative(A * B + C, B) == "a"
    with pytest.raises(ValueError, match="no operand 'z'"):
        latex_derivative(OPS["mul"], "z")
    with pytest.raises(TypeError, match="Op, a function or a Value"):
        latex_derivative(3.0)  # type: ignore[arg-type]


def test_what_is_used_twice_has_a_name() -> None:
    h = tanh(A * B)
    y = h * h + h
    assert formula(y) == "t1 = tanh(a*b)\nt1**2 + t1"
    h.label = "h"
    assert formula(y) == "h = tanh(a*b)\nh**2 + h"
    assert latex(y).startswith(r"{h}^{2} + h \quad\text{where}\quad h = ")
    h.label = ""


def test_numbers_meet_and_signs_go_first() -> None:
    assert formula(3.0 * autograd.sqrt(A), A) == "1.5/sqrt(a)"
    assert formula(B * (-3.0 / A)) == "-b*3/a"
    assert formula(autograd.exp(-2.0 / A) * B, A) == "exp(-2/a)*b*2/a**2"


def test_names_that_python_does_not_take_become_ones_that_it_does() -> None:
    x, y, z = Value(2.0, "x[0]"), Value(3.0, "lambda"), Value(5.0, "x_0")
    text = formula(x * y + autograd.exp(z), python=True)
    names = {"x_0": 2.0, "lambda_": 3.0, "x_0_": 5.0}
    assert run(text, names) == pytest.approx(6.0 + math.exp(5.0))
    own = Value(2.0, "exp")
    assert formula(autograd.exp(own)) == "exp(exp_)"


def test_deep_and_wide_graphs_are_written_line_by_line() -> None:
    x = y = Value(0.3, label="x")
    for _ in range(3000):
        y = autograd.sin(y) + x
    numbers = {"x": 0.3}
    text = formula(y, python=True)
    assert run(text, numbers) == pytest.approx(y.data, rel=1e-12)
    slope = run(formula(y, of=x, python=True), numbers)
    assert slope == pytest.approx(gradients(y, [x])[0], rel=1e-12)
    assert latex(y)


def test_what_does_not_depend_has_the_derivative_0() -> None:
    assert formula(A * B, of=C) == formula(A * B, of=C, python=True) == "0"


def test_ones_own_operation_is_written_by_its_template_or_its_rule() -> None:
    cube = Op(
        "cube", lambda xp, x: x * x * x, lambda xp, out, x: (3.0 * x * x,), "{$x}^3"
    )
    y = cube(A + B)
    assert latex(y) == r"{\left(a + b\right)}^3"
    numbers = {"a": 2.0, "b": 3.0}
    assert run(formula(y, python=True), numbers) == 125.0
    assert run(formula(y, of=A, python=True), numbers) == 75.0
    odd = Op("odd", lambda xp, x: x if x > 0 else -x, lambda xp, out, x: (1.0,))
    with pytest.raises(TypeError, match="odd decides by its operands"):
        formula(odd(A), python=True)


ZERO = Value(0.0, "zero")


@pytest.mark.parametrize("x", [0.0, -8.0, 1e200, math.inf])
@pytest.mark.parametrize(
    "f",
    [
        *(lambda x: 1.0 / x, lambda x: x / x, lambda x: x**-2, autograd.reciprocal),
        *(lambda x: x**2, lambda x: x ** (1.0 / 3.0), lambda x: 1e200 * x),
        *(autograd.log, autograd.sqrt, autograd.sinh, lambda x: autograd.exp(-x)),
        lambda x: autograd.tanh(1.0 / x) + autograd.sin(x) / x,
    ],
)
def test_on_values_a_formula_gives_infinities_as_the_graph_does(
    f: Callable[[Any], Value], x: float
) -> None:
    """As the docstring says: Python's own floats would raise, or become complex."""
    node = f(leaf := Value(x, label="x"))
    found = run(formula(node, python=True), {"x": Value(x)}, "autograd")
    assert found == pytest.approx(node.data, rel=1e-12, nan_ok=True)
    (gradient,) = gradients(node, [leaf])
    if not math.isnan(gradient):
        slope = run(formula(node, of=leaf, python=True), {"x": Value(x)}, "autograd")
        assert slope == pytest.approx(gradient, rel=1e-12)


@pytest.mark.parametrize(
    "node",
    [
        *(A / 0.0, A / -0.0, 1.0 / (A * 0.0), 0.0 / (A * 0.0), A / (ZERO * 0.0)),
        *((A - B) / 0.0 + C, A % 0.0, autograd.fmod(A, 0.0), autograd.log(A * 0.0)),
        A ** (-1) / 0.0,
    ],
)
def test_a_division_by_zero_among_the_constants_has_its_ieee_value(node: Value) -> None:
    numbers = {"a": 2.0, "b": 3.0, "c": 5.0, "zero": 0.0}
    found = run(formula(node, python=True), numbers)
    assert found == pytest.approx(node.data, nan_ok=True)
    (gradient,) = gradients(node, [A])
    found = run(formula(node, of=A, python=True), numbers)
    assert found == pytest.approx(gradient, nan_ok=True)
    assert formula(node)
    assert latex(node)
    assert latex_derivative(node, A)


@pytest.mark.parametrize(
    "what",
    [
        *(autograd.sum, autograd.logsumexp, lambda xs: autograd.dot(xs, xs), len),
        *(lambda xs: xs[0], lambda x: x.size, lambda *, x: x),
    ],
)
def test_a_function_of_something_else_than_numbers_is_told_what_to_do(
    what: Any,
) -> None:
    with pytest.raises(TypeError, match="latex_derivative wants a function of numbers"):
        latex_derivative(what)


def test_leaves_without_names_are_told_apart() -> None:
    x, y = Value(2.0), Value(3.0)
    node = x * y
    names = {Graph(node).name(x): 2.0, Graph(node).name(y): 3.0}
    assert run(formula(node, python=True), names) == 6.0

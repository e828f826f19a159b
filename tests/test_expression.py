"""Formulas given as text: what they compute, and that no text does harm."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import OPS, Value
from gradtrace.expression import (
    MAX_LENGTH,
    Expression,
    ExpressionError,
    parse_assignments,
)


def test_a_variable_may_have_the_name_of_an_operation() -> None:
    assert Expression.parse("exp(exp) * x").variables == ("exp", "x")


@pytest.mark.parametrize(
    ("name", "number"),
    [("pi", math.pi), ("π", math.pi), ("e", math.e), ("inf", math.inf)],
)
def test_constants_need_no_number(name: str, number: float) -> None:
    formula = Expression.parse(f"{name} * x")
    assert (formula.variables, formula.constants) == (("x",), (name,))
    assert formula(2.0) == 2.0 * number


def test_nan_is_a_constant() -> None:
    assert math.isnan(float(Expression.parse("nan")()))


def test_a_variable_of_the_users_wins_over_a_constant() -> None:
    formula = Expression.parse("pi * e", variables=["e"])
    assert (formula.variables, formula.constants) == (("e",), ("pi",))
    assert formula(2.0) == 2.0 * math.pi


def test_names_are_compared_as_python_compares_them() -> None:
    assert Expression.parse("ﬁ * x").variables == ("fi", "x")
    assert parse_assignments(["ﬁ=2"]) == {"fi": 2.0}


CALLABLE = [name for name, op in OPS.items() if not op.helper and name != "power"]


@pytest.mark.parametrize("name", CALLABLE)
def test_every_operation_of_the_table_can_be_called(name: str) -> None:
    op = OPS[name]
    names = [f"x{i}" for i in range(len(op.operand_names) + op.variadic)]
    operands: list[Value | float] = [Value(1.25 + i / 8) for i in range(len(names))]
    if op.operand_names[0] == "index":
        names[0], operands[0] = "1", 1.0
    expression = Expression.parse(f"{name}({', '.join(names)})")
    variables = [x for x in operands if isinstance(x, Value)]
    assert float(expression(*variables)) == pytest.approx(
        float(op(*operands)), nan_ok=True
    )


def test_left_out_operands_get_the_functions_defaults() -> None:
    assert Expression.parse("leaky_relu(x)")(-2.0) == -0.02
    assert Expression.parse("leaky_relu(x, 0.5)")(-2.0) == -1.0


def test_numbers_behave_as_in_ieee_754() -> None:
    assert Expression.parse("1 / 0")() == math.inf
    assert Expression.parse("1" + "0" * 400)() == math.inf
    assert math.isnan(float(Expression.parse("(-8) ** 0.5")()))


def test_where_takes_a_comparison() -> None:
    formula = Expression.parse("where(x >= 0, sqrt(x), -x)")
    assert formula(4.0) == 2.0
    assert formula(-3.0) == 3.0


def joined(parts: tuple[str, ...]) -> str:
    return f"({' '.join(parts)})"


numbers = st.floats(-4, 4).map(lambda x: repr(round(x, 3)))
formulas = st.recursive(
    st.sampled_from(["x", "y"]) | numbers,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(joined),
        inner.map("-{}".format),
        inner.map("+({})".format),
    ),
    max_leaves=20,
)


@given(formulas)
def test_arithmetic_is_pythons(formula: str) -> None:
    expression = Expression.parse(formula)
    known = {"x": 1.25, "y": -0.5}
    got = float(expression(*(known[name] for name in expression.variables)))
    assert got == eval(formula, {"__builtins__": {}}, known)


@given(st.text(max_size=40) | st.text("xy()+-*/.,1e '[]:=<", max_size=40))
def test_no_text_does_harm(text: str) -> None:
    """Whatever is typed is either a formula or an error of one line."""
    try:
        message = repr(Expression.parse(text))
    except ExpressionError as error:
        message = str(error)
    assert message.isprintable()


def test_the_length_limit_is_exact() -> None:
    longest = "x" * MAX_LENGTH
    assert Expression.parse(longest).variables == (longest,)
    with pytest.raises(ExpressionError, match="2,001 characters"):
        Expression.parse(longest + "x")

"""The table of rewrites: what loses digits, and what to write instead.

A row is a pattern, its replacement and the condition under which they are equal, in
Python's words; names stand for any terms. A row says what is equal, not what is better:
that is measured at the numbers of the graph (`rewrites.py`).
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One rewrite."""

    pattern: str
    replacement: str
    condition: str = "True"


# fmt: off
ROWS: tuple[Row, ...] = (
    # logarithms and exponentials next to 1
    Row("log(1 + x)", "log1p(x)", "x > -1"),
    Row("exp(x) - 1", "expm1(x)"),
    Row("exp(x) - exp(y)", "exp(y) * expm1(x - y)"),
    Row("exp(x) - exp(y)", "2 * exp(x / 2 + y / 2) * sinh(x / 2 - y / 2)"),
    Row("pow(x, y) - 1", "expm1(y * log(x))", "x > 0"),
    Row("pow(1 + x, y) - 1", "expm1(y * log1p(x))", "x > -1"),
    Row("pow(1 + x, y)", "exp(y * log1p(x))", "x > -1"),
    Row("pow(x, z) - pow(y, z)",
        "pow(y, z) * expm1(z * log(x / y))", "x > 0 and y > 0"),
    Row("log(x) - log(y)", "log(x / y)", "x > 0 and y > 0"),
    Row("log(x) - log(y)", "log1p((x - y) / y)", "x > 0 and y > 0"),
    Row("log(x) - 2 * log(y)", "log(x / y**2)", "x > 0 and y > 0"),
    Row("log(x) + log(y)", "log(x * y)", "x > 0 and y > 0"),
    Row("log(x / y)", "log(x) - log(y)", "x > 0 and y > 0"),
    Row("log(x / y)", "log1p((x - y) / y)", "x * y > 0"),
    Row("log(x * y)", "log(x) + log(y)", "x > 0 and y > 0"),
    Row("log(pow(x, y))", "y * log(x)", "x > 0"),
    Row("log(sqrt(x))", "log(x) / 2", "x > 0"),
    Row("log(x)", "log1p(x - 1)", "x > 0"),
    Row("log1p(x) - log1p(y)", "log1p((x - y) / (1 + y))", "x > -1 and y > -1"),
    Row("log2(x)", "log(x) / log(2)", "x > 0"),
    Row("log10(x)", "log(x) / log(10)", "x > 0"),
    Row("exp2(x) - 1", "expm1(x * log(2))"),
    Row("exp2(x) - exp2(y)", "exp2(y) * expm1((x - y) * log(2))"),
    Row("pow(x, y) - x", "x * expm1((y - 1) * log(x))", "x > 0"),
    Row("log(exp(x))", "x"),
    Row("exp(log(x))", "x", "x > 0"),
    Row("exp(x + y)", "exp(x) * exp(y)"),
    Row("exp(x) * exp(y)", "exp(x + y)"),
    Row("exp(x) / exp(y)", "exp(x - y)"),
    Row("exp(x) + exp(-x) - 2", "4 * sinh(x / 2)**2"),
    Row("exp(x) + exp(-x)", "2 * cosh(x)"),
    Row("exp(x) - exp(-x)", "2 * sinh(x)"),
    Row("(exp(x) - 1) / (exp(x) + 1)", "tanh(x / 2)"),
    Row("(exp(x) - exp(-x)) / (exp(x) + exp(-x))", "tanh(x)"),
    Row("exp(x) / (exp(x) - 1)", "-1 / expm1(-x)", "x != 0"),
    Row("cosh(x) - 1", "2 * sinh(x / 2)**2"),
    Row("cosh(x) - sinh(x)", "exp(-x)"),
    Row("cosh(x)**2 - sinh(x)**2", "1"),
    Row("tanh(x) - tanh(y)", "sinh(x - y) / (cosh(x) * cosh(y))"),
    Row("cosh(x) / sinh(x)", "1 / tanh(x)", "x != 0"),
    Row("1 - tanh(x)", "2 / (exp(2 * x) + 1)"),
    Row("1 + tanh(x)", "2 / (exp(-2 * x) + 1)"),
    Row("1 - tanh(x)**2", "1 / cosh(x)**2"),
    Row("1 - erf(x)", "erfc(x)"),
    Row("1 + erf(x)", "erfc(-x)"),
    Row("erf(x) - erf(y)", "erfc(y) - erfc(x)"),
    # probabilities and losses
    Row("log(1 + exp(x))", "softplus(x)"),
    Row("log(exp(x) + exp(y))", "logaddexp(x, y)"),
    Row("1 / (1 + exp(x))", "sigmoid(-x)"),
    Row("exp(x) / (1 + exp(x))", "sigmoid(x)"),
    Row("pow(x, y) / (1 + pow(x, y))", "sigmoid(y * log(x))", "x > 0"),
    Row("exp(x) / (exp(x) + exp(y))", "sigmoid(x - y)"),
    Row("exp(x) / (exp(x) + y)", "1 / (1 + y * exp(-x))"),
    Row("log(exp(x) / (exp(x) + exp(y)))", "-softplus(y - x)"),
    Row("log(sigmoid(x))", "log_sigmoid(x)"),
    Row("1 - sigmoid(x)", "sigmoid(-x)"),
    Row("log(1 - exp(x))", "log(-expm1(x))", "x < 0"),
    Row("log(exp(x) - 1)", "x + log(-expm1(-x))", "x > 0"),
    Row("exp(x) / (exp(x) + 1)**2", "sigmoid(x) * sigmoid(-x)"),
    # roots
    Row("sqrt(x**2)", "abs(x)"),
    Row("sqrt(x**2 + y**2)", "hypot(x, y)"),
    Row("x**2 + y**2", "hypot(x, y)**2"),
    Row("log(x**2)", "2 * log(abs(x))", "x != 0"),
    Row("sqrt(x**2 + y**2 + z**2)", "hypot(hypot(x, y), z)"),
    Row("sqrt(x**2 + y)", "hypot(x, sqrt(y))", "y > 0"),
    Row("sqrt(x**2 - y**2)",
        "sqrt(abs(x) - abs(y)) * sqrt(abs(x) + abs(y))", "abs(x) >= abs(y)"),
    Row("sqrt(x**2 - 1)", "sqrt(abs(x) - 1) * sqrt(abs(x) + 1)", "abs(x) >= 1"),
    Row("sqrt(x * y)", "sqrt(x) * sqrt(y)", "x >= 0 and y >= 0"),
    Row("sqrt(x / y)", "sqrt(x) / sqrt(y)", "x >= 0 and y > 0"),
    Row("cbrt(x) - cbrt(y)",
        "(x - y) / (cbrt(x)**2 + cbrt(x) * cbrt(y) + cbrt(y)**2)", "x * y > 0"),
    Row("cbrt(x) - 1", "(x - 1) / (cbrt(x)**2 + cbrt(x) + 1)", "x > 0"),
    Row("log(x + sqrt(x**2 + 1))", "asinh(x)"),
    Row("log(x + sqrt(x**2 - 1))", "acosh(x)", "x >= 1"),
    Row("acosh(x)", "2 * asinh(sqrt((x - 1) / 2))", "x >= 1"),
    Row("log((1 + x) / (1 - x))", "2 * atanh(x)", "abs(x) < 1"),
    Row("x**2 - y**2", "(x - y) * (x + y)"),
    # angles
    Row("1 - cos(x)", "2 * sin(x / 2)**2"),
    Row("(1 - cos(x)) / sin(x)", "tan(x / 2)"),
    Row("1 - cos(x)**2", "sin(x)**2"),
    Row("1 - sin(x)**2", "cos(x)**2"),
    Row("sin(x)**2 + cos(x)**2", "1"),
    Row("cos(x)**2 - sin(x)**2", "cos(2 * x)"),
    Row("sin(x) - sin(y)", "2 * cos(x / 2 + y / 2) * sin(x / 2 - y / 2)"),
    Row("cos(x) - cos(y)", "-2 * sin(x / 2 + y / 2) * sin(x / 2 - y / 2)"),
    Row("tan(x) - tan(y)", "sin(x - y) / (cos(x) * cos(y))"),
    Row("tan(x) - sin(x)", "2 * tan(x) * sin(x / 2)**2"),
    Row("x - y * sin(x)", "x - sin(x) + (1 - y) * sin(x)"),
    Row("x**2 + y**2 - 2 * x * y * cos(z)",
        "(x - y)**2 + 4 * x * y * sin(z / 2)**2"),
    Row("acos((x * z + y * w) / (sqrt(x**2 + y**2) * sqrt(z**2 + w**2)))",
        "atan2(abs(x * w - y * z), x * z + y * w)"),
    Row("acos(sin(x) * sin(y) + cos(x) * cos(y) * cos(z))",
        "2 * asin(sqrt(sin(x / 2 - y / 2)**2 + cos(x) * cos(y) * sin(z / 2)**2))"),
    Row("atan(x) - atan(y)", "atan2(x - y, 1 + x * y)", "x * y > -1"),
    Row("atan(x / y)", "atan2(x, y)", "y > 0"),
    Row("atan2(x, y) - atan2(x, z)", "atan2(x * (z - y), y * z + x**2)",
        "y > 0 and z > 0"),
    Row("sin(x + y) - 2 * sin(x) + sin(x - y)", "-4 * sin(x) * sin(y / 2)**2"),
    Row("cos(x + y) - 2 * cos(x) + cos(x - y)", "-4 * cos(x) * sin(y / 2)**2"),
    Row("acos(1 - x)", "2 * asin(sqrt(x / 2))", "0 <= x <= 2"),
    Row("acos(x)", "2 * asin(sqrt((1 - x) / 2))", "abs(x) <= 1"),
    Row("asin(x)", "atan2(x, sqrt(1 - x) * sqrt(1 + x))", "abs(x) <= 1"),
    # what is left next to 0: the first terms of a series, as good as exact there
    Row("sin(x) - x",
        "-x**3 / 6 * (1 - x**2 / 20 * (1 - x**2 / 42 * (1 - x**2 / 72)))",
        "abs(x) < 0.06"),
    Row("tan(x) - x",
        "x**3 / 3 * (1 + x**2 * 2 / 5 * (1 + x**2 * 17 / 42 * (1 + x**2 * 62 "
        "/ 153)))", "abs(x) < 0.012"),
    Row("atan(x) - x",
        "-x**3 / 3 * (1 - x**2 * 3 / 5 * (1 - x**2 * 5 / 7 * (1 - x**2 * 7 / 9)))",
        "abs(x) < 0.01"),
    Row("sinh(x) - x",
        "x**3 / 6 * (1 + x**2 / 20 * (1 + x**2 / 42 * (1 + x**2 / 72)))",
        "abs(x) < 0.06"),
    Row("tanh(x) - x",
        "-x**3 / 3 * (1 - x**2 * 2 / 5 * (1 - x**2 * 17 / 42 * (1 - x**2 * 62 "
        "/ 153)))", "abs(x) < 0.012"),
    Row("asin(x) - x",
        "x**3 / 6 * (1 + x**2 * 9 / 20 * (1 + x**2 * 25 / 42 * (1 + x**2 * 49 / "
        "72)))", "abs(x) < 0.01"),
    Row("asinh(x) - x",
        "-x**3 / 6 * (1 - x**2 * 9 / 20 * (1 - x**2 * 25 / 42 * (1 - x**2 * 49 / "
        "72)))", "abs(x) < 0.01"),
    Row("atanh(x) - x",
        "x**3 / 3 * (1 + x**2 * 3 / 5 * (1 + x**2 * 5 / 7 * (1 + x**2 * 7 / 9)))",
        "abs(x) < 0.01"),
    Row("cos(x) - 1 + x**2 / 2",
        "x**4 / 24 * (1 - x**2 / 30 * (1 - x**2 / 56 * (1 - x**2 / 90)))",
        "abs(x) < 0.06"),
    Row("cosh(x) - 1 - x**2 / 2",
        "x**4 / 24 * (1 + x**2 / 30 * (1 + x**2 / 56 * (1 + x**2 / 90)))",
        "abs(x) < 0.06"),
    Row("x * cos(x) - sin(x)",
        "-x**3 / 3 * (1 - x**2 / 10 * (1 - x**2 / 28 * (1 - x**2 / 54)))",
        "abs(x) < 0.06"),
    Row("expm1(x) - x",
        "x**2 / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5 * (1 + x / 6 * (1 + "
        "x / 7)))))", "abs(x) < 0.01"),
    Row("exp(x) - 1 - x",
        "x**2 / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5 * (1 + x / 6 * (1 + "
        "x / 7)))))", "abs(x) < 0.01"),
    Row("log1p(x) - x",
        "-x**2 / 2 * (1 - x * 2 / 3 * (1 - x * 3 / 4 * (1 - x * 4 / 5 * (1 - "
        "x * 5 / 6))))", "abs(x) < 0.0005"),
    Row("1 / x - 1 / tan(x)",
        "x / 3 * (1 + x**2 / 15 * (1 + x**2 * 2 / 21 * (1 + x**2 / 10)))",
        "abs(x) < 0.03"),
    Row("1 / tanh(x) - 1 / x",
        "x / 3 * (1 - x**2 / 15 * (1 - x**2 * 2 / 21 * (1 - x**2 / 10)))",
        "abs(x) < 0.03"),
    Row("1 / sin(x) - 1 / x",
        "x / 6 * (1 + x**2 * 7 / 60 * (1 + x**2 * 31 / 294 * (1 + x**2 * 127 "
        "/ 1240)))", "abs(x) < 0.03"),
)
# fmt: on

"""Right functions whose terms cancel, and what their derivatives truly are.

Each is written for any namespace `n` of functions: `autograd` for what is checked,
mpmath for the truth. Those with a source are from FPBench (fpbench.org, MIT licence,
FPBench Project Contributors) and Herbie's benchmarks (MIT licence, Herbie Project),
where they are known for the digits that they lose; most points are theirs.
"""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

from mpmath import mp, mpf

Namespace = Any  # autograd, or mpmath, which comes without types

EXACT = SimpleNamespace(
    **{
        name: getattr(mp, name)
        for name in (
            *("exp", "log", "sqrt", "sin", "cos", "tan", "acos", "asin", "atan"),
            *("tanh", "cosh", "sinh", "erf", "hypot"),
        )
    },
    sigmoid=lambda x: 1 / (1 + mp.exp(-x)),
    pow=lambda x, y: x**y,
)


class Function(NamedTuple):
    """A function of numbers, and where to look at it."""

    name: str
    f: Callable[..., Any]
    points: Sequence[tuple[float, ...]]

    def truth(self, point: Sequence[float], index: int) -> Any:
        """The true derivative in one operand, by differences at 1,500 digits."""
        with mp.workdps(1500):
            x = [mpf(number) for number in point]
            step = abs(x[index]) * mpf(10) ** -200 or mpf(10) ** -200
            rises = [
                self.f(EXACT, *[y + way * step * (i == index) for i, y in enumerate(x)])
                for way in (1, -1)
            ]
            return (rises[0] - rises[1]) / (2 * step)


def _quadratic(n: Namespace, a: Any, b: Any, c: Any) -> Any:
    return (-b + n.sqrt(b * b - 4.0 * (a * c))) / (2.0 * a)


def _triangle(n: Namespace, a: Any, b: Any, c: Any) -> Any:
    s = (a + b + c) / 2.0
    return n.sqrt(s * (s - a) * (s - b) * (s - c))


def _rump(n: Namespace, a: Any, b: Any) -> Any:
    rest = 11.0 * a * a * b * b - b**6 - 121.0 * b**4 - 2.0
    return 333.75 * b**6 + a * a * rest + 5.5 * b**8 + a / (2.0 * b)


def _doppler(n: Namespace, u: Any, v: Any, t: Any) -> Any:
    speed = 331.4 + 0.6 * t
    return -speed * v / ((speed + u) * (speed + u))


def _turbine(n: Namespace, v: Any, w: Any, r: Any) -> Any:
    rotor = 0.125 * (3.0 - 2.0 * v) * (w * w * r * r) / (1.0 - v)
    return 3.0 + 2.0 / (r * r) - rotor - 4.5


def _cluster(n: Namespace, p: Any, q: Any, s: Any, t: Any) -> Any:
    a, b = 1.0 / (1.0 + n.exp(-s)), 1.0 / (1.0 + n.exp(-t))
    return n.pow(a, p) * n.pow(1.0 - a, q) / (n.pow(b, p) * n.pow(1.0 - b, q))


def _sphere(n: Namespace, a: Any, b: Any, c: Any) -> Any:
    """The spherical law of cosines."""
    return n.acos(n.sin(a) * n.sin(b) + n.cos(a) * n.cos(b) * n.cos(c))


def _eigenvalue(n: Namespace, a: Any, b: Any, c: Any, d: Any) -> Any:
    plus = n.sqrt((a + d) * (a + d) + (b - c) * (b - c))
    return plus - n.sqrt((a - d) * (a - d) + (b + c) * (b + c))


def _himmelblau(n: Namespace, x: Any, y: Any) -> Any:
    a, b = x * x + y - 11.0, x + y * y - 7.0
    return a * a + b * b


FUNCTIONS = [
    Function("tail of erf", lambda n, x: 0.5 * (1.0 - n.erf(x)), [(4.0,), (5.8,)]),
    Function("-log sigmoid", lambda n, x: -n.log(n.sigmoid(x)), [(20.0,), (36.0,)]),
    Function("softplus", lambda n, x: n.log(1.0 + n.exp(x)), [(-20.0,), (-36.0,)]),
    Function("1 - tanh²", lambda n, x: 1.0 - n.tanh(x) ** 2, [(12.0,), (17.0,)]),
    Function("exp(x) - 1 / x", lambda n, x: (n.exp(x) - 1.0) / x, [(1e-6,), (0.09,)]),
    Function(
        "1 - cos x / x²", lambda n, x: (1.0 - n.cos(x)) / x**2, [(1e-3,), (1e-5,)]
    ),
    Function("1 - cos", lambda n, x: 1.0 - n.cos(x), [(1e-7,), (1e-3,)]),
    Function(
        "cross entropy",
        lambda n, a, b: -n.log(n.exp(a) / (n.exp(a) + n.exp(b))),
        [(18.0, 0.0), (30.0, 0.0)],
    ),
    Function("sine less x", lambda n, x: (n.sin(x) - x) / x**3, [(1e-4,), (1e-8,)]),
    Function("cosh - sinh", lambda n, x: n.cosh(x) - n.sinh(x), [(20.0,), (300.0,)]),
    Function("arsinh", lambda n, x: n.log(-x + n.sqrt(x * x + 1.0)), [(1e7,)]),
    Function("1e12 + x - 1e12", lambda n, x: (1e12 + x) - 1e12, [(1.0,)]),
    Function("hypot - x", lambda n, x, y: n.hypot(x, y) - x, [(1e8, 1.0)]),
    Function("x² - y²", lambda n, x, y: x * x - y * y, [(1e10, 1e10 + 2e-6)]),
    Function("(1 + 1/x)^x", lambda n, x: n.pow(1.0 + 1.0 / x, x), [(1e8,)]),
    Function(
        "a difference of exp", lambda n, x, h: (n.exp(x + h) - n.exp(x)) / h,
        [(1.0, 1e-7)],
    ),
    # from FPBench and Herbie
    Function(
        "NMSE 3.1", lambda n, x: n.sqrt(x + 1.0) - n.sqrt(x), [(1e10,), (39.2496,)]
    ),
    Function("NMSE 3.4", lambda n, x: (1.0 - n.cos(x)) / n.sin(x), [(-1.13e-65,)]),
    Function(
        "NMSE 3.6", lambda n, x: 1.0 / n.sqrt(x) - 1.0 / n.sqrt(x + 1.0),
        [(1.73e65,), (4.985e-170,)],
    ),
    Function(
        "NMSE p. 3.3.3",
        lambda n, x: 1.0 / (x + 1.0) - 2.0 / x + 1.0 / (x - 1.0),
        [(-6.36e-42,), (-1.3e25,), (6.56e55,)],
    ),
    Function(
        "NMSE p. 3.3.5", lambda n, x, e: n.cos(x + e) - n.cos(x), [(-1.54e-74, 1e-97)]
    ),
    Function(
        "NMSE p. 3.3.7",
        lambda n, x: n.exp(x) - 2.0 + n.exp(-x),
        [(4.8e-169,), (1e-4,)],
    ),
    Function(
        "NMSE p. 3.4.5",
        lambda n, x: (x - n.sin(x)) / (x - n.tan(x)),
        [(-0.000445365,), (-9.4809e64,)],
    ),
    Function("NMSE 3.11", lambda n, x: n.exp(x) / (n.exp(x) - 1.0), [(-3.5e-178,)]),
    Function(
        "quadratic", _quadratic, [(1.0, 1e8, 1.0), (1.537e94, -1.266e-230, -1.489e30)]
    ),
    Function("triangle", _triangle, [(9.0, 4.53, 4.53), (1.91064, 3.98432, 2.39015)]),
    Function("Rump", _rump, [(77617.0, 33096.0), (-1.688e-22, 9.9457e23)]),
    Function("doppler", _doppler, [(4e-244, 1336.0, 9.75e-114), (-41.0, 211.3, 0.1)]),
    Function("turbine", _turbine, [(-1.06, 0.85, 5.73), (-2.98, 0.44, 6.31)]),
    Function("cluster", _cluster, [(3.5e-15, 1.2e-261, -5.5e-180, 5.75e-95)]),
    Function("sphere", _sphere, [(0.7, 0.7001, 1e-4), (1.1, -0.4, 2.0)]),
    Function(
        "eigenvalue", _eigenvalue, [(-2.6e-23, 9.05e160, 7.8e-293, 1.77e130)]
    ),
    Function("Himmelblau", _himmelblau, [(-8.42e-60, 1.88e-153), (3.0, 2.0)]),
    Function(
        "sum and difference", lambda n, x, y: (x + y) / (x - y), [(4.09e-285, -0.92)]
    ),
]  # fmt: skip

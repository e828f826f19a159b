"""lint: points of a box at which a function goes wrong are found, and no others."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from autograd import AnomalyError, acos, exp, lint, log, maximum, relu, sqrt, tanh


class Case(NamedTuple):
    """A function, its box, the point where it goes wrong, and what is wrong there."""

    f: Callable[..., Any]
    box: Any
    point: tuple[float, ...]
    problem: str


SPIKE, KINK = "is finite, a derivative is not", "0 by accident"
HIDDEN = "on the way is infinite"

CASES = {
    "root": Case(lambda x: sqrt(x - 2.0), [(0.0, 5.0)], (2.0,), SPIKE),
    "root of a root": Case(lambda x: sqrt(sqrt(x - 2.0)), [(2.0, 3.0)], (2.0,), SPIKE),
    "distance": Case(
        lambda x, y: sqrt((x - 2.0) ** 2 + (y - 3.0) ** 2),
        [(-5.0, 5.0), (-5.0, 5.0)],
        (2.0, 3.0),
        HIDDEN,
    ),
    "edge of acos": Case(acos, [(-0.5, 1.0)], (1.0,), SPIKE),
    "kink inside": Case(lambda x: abs(x - 0.3), {"x": (-1.0, 1.0)}, (0.3,), KINK),
    "cold start": Case(lambda w: relu(3.0 * w - 1.2), {"w": (0.0, 1.0)}, (0.4,), KINK),
    "tie": Case(lambda x: maximum(x, 1.5 - x), {"x": (0.0, 1.0)}, (0.75,), KINK),
}

SMOOTH: dict[str, tuple[Callable[..., Any], Any]] = {
    "square": (lambda x: x * x, [(-1.0, 1.0)]),
    "fourth power": (lambda x: x**4, [(-1.0, 1.0)]),
    "tanh": (lambda x: tanh(x) + exp(x), [(-3.0, 3.0)]),
    "log": (lambda x: log(1.0 + x * x), [(-2.0, 2.0)]),
    "saddle": (lambda x, y: x * y, {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}),
    "root away from 0": (sqrt, [(1.0, 2.0)]),
}


@pytest.mark.parametrize("name", CASES)
def test_an_accident_is_found(name: str) -> None:
    case = CASES[name]
    found = lint(case.f, case.box)
    worst = found.accidents[0]
    assert worst.point == pytest.approx(case.point, abs=1e-12)
    assert case.problem in worst.problem
    assert f"at ({worst.point[0]:.6g}" in str(found)
    with pytest.raises(AnomalyError, match=r"accidents? at"):
        found.check()


@pytest.mark.parametrize("name", SMOOTH)
def test_a_smooth_function_is_let_alone(name: str) -> None:
    found = lint(*SMOOTH[name])
    assert not found.accidents
    assert str(found).startswith("nothing went wrong at")
    found.check()


def test_the_diagnosis_names_the_operation() -> None:
    finding = lint(lambda x: 1.0 + sqrt(x), [(0.0, 1.0)]).accidents[0].finding
    assert finding is not None
    assert (finding.kind, str(finding.op)) == ("infinite slope", "sqrt")


@pytest.mark.parametrize("box", [[], [(1.0, 0.0)], {}])
def test_a_box_is_needed(box: Any) -> None:
    with pytest.raises(ValueError, match="a domain is a list"):
        lint(sqrt, box)


@pytest.mark.parametrize("box", [(0.0, 1.0), [[(0.0, 1.0), (0.0, 1.0)]], 1.0])
def test_a_side_is_a_pair_of_numbers(box: Any) -> None:
    with pytest.raises(TypeError, match="a domain is a list"):
        lint(sqrt, box)

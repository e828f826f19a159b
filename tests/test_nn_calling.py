"""Calling modules wrongly: the error speaks of what was called, not of forward()."""

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value

NETS = [nn.MLP(2, [3, 1], rng=0), nn.Layer(2, 3, rng=0), nn.Neuron(2, rng=0)]

CALLS: list[tuple[tuple[Any, ...], dict[str, Any], str]] = [
    ((), {}, r"takes 1 argument \(inputs\), got none$"),
    ((1.0, 2.0), {}, r"takes 1 argument \(inputs\), got 2: numbers stand in one list"),
    ((Value(1.0), 2), {}, r"got 2: numbers stand in one list, as in model\(\[1\.0, 2"),
    (([1.0, 2.0], [3.0, 4.0]), {}, r"got 2: .*\[model\(row\) for row in rows\]"),
    (([1.0, 2.0],), {"training": True}, r"\(inputs\), and none is called 'training'$"),
    ((), {"x": [1.0, 2.0]}, r"takes 1 argument \(inputs\), and none is called 'x'$"),
    (([1.0, 2.0],), {"inputs": [1.0, 2.0]}, r"takes 1 argument \(inputs\), got 2$"),
]


@pytest.mark.parametrize("net", NETS, ids=repr)
@pytest.mark.parametrize(("inputs", "options", "text"), CALLS)
def test_arguments_that_it_does_not_take(
    net: nn.Module, inputs: tuple[Any, ...], options: dict[str, Any], text: str
) -> None:
    with pytest.raises(TypeError, match=text) as caught:
        net(*inputs, **options)
    message = str(caught.value)
    assert message.startswith(f"{net!r} takes ")
    assert "forward" not in message


@pytest.mark.parametrize("net", NETS, ids=repr)
@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ([1.0], "expects 2 inputs, got 1$"),
        ([1.0, 2.0, 3.0], "expects 2 inputs, got 3$"),
        ([], "expects 2 inputs, got 0$"),
        (1.0, "expects 2 inputs, got 1$"),
        ([[1.0, 2.0]], r"got 1 row; call it once for each row, as in \[model\(row\)"),
        ([(1.0, 2.0)] * 3, "got 3 rows; call it once for each row"),
        ([[1.0, 2.0]] * 2, "input 0 is of type list; call it once for each row"),
        ([1.0, [2.0]], "expects 2 numbers, but input 1 is of type list$"),
        (np.zeros((4, 2)), r"got an array of shape \(4, 2\); call it once for each ro"),
        ({"a": 1.0, "b": 2.0}, "expects a list of numbers, got dict$"),
        ("ab", "expects a list of numbers, got str$"),
        (["a", "b"], "expects 2 numbers, but input 0 is of type str$"),
        (np.array(["a", "b"]), "input 0 is of type str$"),
        (nn.Neuron, "expects a list of numbers, got the class Neuron itself$"),
    ],
)
def test_inputs_that_are_no_list_of_numbers(
    net: nn.Module, inputs: Any, text: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=text) as caught:
        net(inputs)
    assert str(caught.value).startswith(f"{net!r} expects ")


class Hollow:
    """Looks as if it had elements, as others' arrays without dimensions do."""

    def __iter__(self) -> Any:
        raise TypeError("no elements")


def test_what_only_looks_like_a_list_is_told_by_its_type() -> None:
    for net, inputs in (
        (nn.Conv1d(1, 1, 2), [[Hollow(), Hollow()]]),
        (nn.RNN(1, 1), Hollow()),
        (nn.Layer(1, 1), Hollow()),
        (nn.Embedding(2, 1), [Hollow()]),
    ):
        with pytest.raises(TypeError, match="got Hollow"):
            net(inputs)
    with pytest.raises(TypeError, match="a target is a number or a Value, got Hollow"):
        nn.losses.mean_squared_error([1.0], [Hollow()])


class Pair(nn.Module):
    """Two inputs, one of which has a default."""

    def __init__(self) -> None:
        self.inner = nn.Neuron(1, rng=0)

    def forward(self, x: Any, y: Any = 0.0) -> Any:
        return self.inner([x]) + y


def test_a_module_of_the_users_is_told_alike() -> None:
    with pytest.raises(
        TypeError, match=r"^Pair\(.*\) takes 2 arguments \(x, y\), got 3"
    ):
        Pair()(1.0, 2.0, 3.0)
    with pytest.raises(TypeError, match=r"takes 2 arguments \(x, y\), got none"):
        Pair()()
    with pytest.raises(TypeError, match=r"\(x, y\), and none is called 'z'"):
        Pair()(1.0, z=2.0)
    assert Pair()(1.0, y=2.0).op.name == "add"


def test_an_error_inside_forward_stays_what_it_is() -> None:
    class Broken(nn.Module):
        def forward(self, x: Any) -> Any:
            return len(x)

    with pytest.raises(TypeError, match=r"of type 'Value' has no len\(\)"):
        Broken()(Value(1.0))


def test_a_wrong_call_of_an_inner_module_names_the_inner_one() -> None:
    class Outer(nn.Module):
        def __init__(self) -> None:
            self.inner = nn.Neuron(2, rng=0)

        def forward(self, x: Any) -> Any:
            return self.inner(x, x)

    with pytest.raises(TypeError, match=r"^Neuron\(2 -> 1 linear\) \(held as 'inn"):
        Outer()(1.0)


def test_a_bias_is_there_or_not() -> None:
    wrong: Any = "no"
    with pytest.raises(TypeError, match="bias must be True or False, got 'no'"):
        nn.Neuron(2, bias=wrong)
    with pytest.raises(TypeError, match="bias must be True or False, got 'no'"):
        nn.MLP(2, [1], bias=wrong)

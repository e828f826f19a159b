"""The decorator: programs by form and branch, and the eager way as a last resort."""

from __future__ import annotations

import copy
import functools
import pickle
import threading
from typing import Any

import numpy as np
import pytest

from autograd import (
    Program,
    Value,
    compiled,
    exp,
    grad,
    gradients,
    no_grad,
    tanh,
)
from autograd.errors import CompilationWarning
from autograd.program.running.ready import Ready


def weights(*numbers: float) -> list[Value]:
    return [Value(x) for x in numbers]


def test_it_traces_once_for_every_form() -> None:
    w = weights(2.0)
    runs = []

    @compiled
    def total(xs: Any, scale: Any = 1.0) -> Any:
        """Adds up."""
        runs.append(1)
        return sum(xs) * w[0] * scale

    assert total.__doc__ == "Adds up."
    assert vars(total)["__name__"] == "total"
    assert total.programs == []
    assert total([1.0, 2.0]) == 6.0
    traced = len(runs)
    assert total([3.0, 4.0]) == 14.0
    assert len(runs) == traced  # not run again
    assert total([1.0, 2.0, 3.0]) == 12.0
    assert total((1.0, 2.0)) == 6.0
    assert total([1.0, 2.0], 3.0) == 18.0
    assert total([1, 2]) == 6.0  # integers are another kind of input
    assert len(total.programs) == 5
    assert repr(total) == "compiled(total: 5 programs)"


def test_it_traces_every_branch() -> None:
    w = weights(3.0, -2.0)

    @compiled
    def f(x: Any) -> Any:
        return w[0] * x if x > 0.0 else w[1] * x * x

    points = [2.0, -2.0, 4.0, -1.0, 0.0]
    assert [f(x) for x in points] == [6.0, -8.0, 12.0, -2.0, 0.0]
    assert len(f.programs) == 2
    assert f.map(points).tolist() == [6.0, -8.0, 12.0, -2.0, 0.0]
    assert f.map([2.0, 4.0]).tolist() == [6.0, 12.0]  # one branch: all at once
    for v in w:
        v.grad = 0.0
    assert [f.backward(x) for x in points] == [6.0, -8.0, 12.0, -2.0, 0.0]
    assert [v.grad for v in w] == [6.0, 5.0]


def test_loops_that_examples_steer() -> None:
    w = weights(0.5)

    @compiled
    def halvings(x: Any) -> Any:
        while x > 1.0:
            x = x * w[0]
        return x

    points = [0.5, 1.5, 3.0, 40.0, 1.7, 33.0]

    def plain(x: float) -> float:
        while x > 1.0:
            x = x * 0.5
        return x

    assert [halvings(x) for x in points] == [plain(x) for x in points]
    assert len(halvings.programs) == 4


def staircase(w: Value) -> Any:
    """A function with as many branches as there are whole numbers."""

    def f(x: Any) -> Any:
        n = 0
        while x > n:
            n += 1
        return w * n

    return f


def test_many_branches_that_are_used_again() -> None:
    plain = staircase(Value(0.5))
    f = compiled(plain)
    points = [n + 0.5 for n in range(40)]
    for _ in range(3):
        assert [f(x) for x in points] == [0.5 * (n + 1) for n in range(40)]
    assert len(f.programs) == 40


def test_few_of_many_programs_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    f = compiled(backend="numpy")(staircase(Value(0.5)))  # all ask in one way
    points = [n + 0.5 for n in range(40)]
    with no_grad():
        f.map(points)
        asked = []
        plain = Ready.value

        def counted(self: Ready, *numbers: Any, **options: Any) -> Any:
            asked.append(1)
            return plain(self, *numbers, **options)

        monkeypatch.setattr(Ready, "value", counted)
        for x in points[::-1]:
            f(x)
        assert len(asked) < 4 * len(points)
        asked.clear()
        for _ in range(10):
            f(points[0])  # the last used one comes first
        assert len(asked) == 10


def test_too_many_branches_run_eagerly() -> None:
    runs = []
    stairs = staircase(Value(0.5))

    def plain(x: Any) -> Any:
        runs.append(1)
        return stairs(x)

    f = compiled(plain)
    for n in range(200):
        assert f(n + 0.5) == 0.5 * (n + 1)
    assert "runs eagerly: it takes other branches in most calls" in repr(f)
    assert len(f.programs) <= 64
    runs.clear()
    for n in range(50):
        f(n + 0.5)
    assert len(runs) == 50  # run as it is, and nothing else


def test_many_forms_stay_bounded() -> None:
    w = Value(2.0)
    f = compiled(lambda xs: sum(xs) * w)
    for n in range(1, 150):
        assert f([1.0] * n) == 2.0 * n
    assert len(f.programs) <= 128
    kept = f.programs
    assert f([1.0] * 149) == 298.0
    assert all(a is b for a, b in zip(f.programs, kept, strict=True))


def test_what_cannot_be_traced_runs_eagerly() -> None:
    w = weights(2.0)

    @compiled
    def f(x: Any) -> Any:
        return w[0] * x * float(x)

    with pytest.warns(
        CompilationWarning, match="f runs eagerly.*bake a number"
    ) as seen:
        assert f(3.0) == 18.0
    assert seen[0].filename == __file__
    assert f(4.0) == 32.0
    assert f.programs == []
    w[0].grad = 0.0
    assert f.backward(3.0) == 18.0
    assert w[0].grad == 9.0
    with pytest.raises(ValueError, match=r"runs eagerly.*@compiled\(parameters="):
        f.value_and_grad(3.0)


def test_eager_gradients_of_listed_parameters() -> None:
    w = weights(2.0, 5.0)

    @compiled(parameters=[w[1], w[0]])
    def f(x: Any) -> Any:
        return w[0] * x * float(x)

    with pytest.warns(CompilationWarning):
        value, gradient = f.value_and_grad(3.0)
    assert value == 18.0
    assert gradient.tolist() == [0.0, 9.0]


def test_the_gradient_has_one_order() -> None:
    w = weights(2.0, 5.0)

    def plain(x: Any) -> Any:
        return w[0] * x + w[1] if x > 0.0 else w[1] * x + w[0]

    unordered, ordered = compiled(plain), compiled(parameters=w)(plain)
    assert ordered.value_and_grad(3.0)[1].tolist() == [3.0, 1.0]
    assert ordered.value_and_grad(-3.0)[1].tolist() == [1.0, -3.0]
    assert unordered.value_and_grad(3.0)[1].tolist() == [3.0, 1.0]
    assert unordered.value_and_grad(-3.0)[1].tolist() == [1.0, -3.0]
    backward = compiled(plain)
    assert backward.value_and_grad(-3.0)[1].tolist() == [-3.0, 1.0]
    assert [*map(id, backward.parameters)] == [id(w[1]), id(w[0])]


def test_with_values_it_is_a_part_of_what_is_recorded() -> None:
    w = weights(2.0)

    @compiled
    def inner(x: Any) -> Any:
        return tanh(w[0] * x)

    x = Value(0.3)
    y = exp(inner(x))
    assert isinstance(y, Value)
    slope = gradients(y, [x])[0]
    assert slope == pytest.approx(float(y) * 2.0 * (1.0 - np.tanh(0.6) ** 2))

    @compiled
    def outer(x: Any) -> Any:
        return exp(inner(x))

    assert float(outer(0.3)) == pytest.approx(float(y), rel=1e-15)


def test_results_have_the_form_of_the_function() -> None:
    @compiled
    def f(x: Any) -> Any:
        return {"twice": x * 2.0, "both": (x, [1.0, x * x])}

    assert f(3.0) == {"twice": 6.0, "both": (3.0, [1.0, 9.0])}
    with pytest.raises(TypeError, match="returns 4 numbers"):
        f.backward(3.0)


def test_errors_of_the_function_come_through() -> None:
    @compiled
    def f(x: Any) -> Any:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        f(1.0)
    with pytest.raises(TypeError, match="compiled wants a function, got int"):
        compiled(3)  # type: ignore[call-overload]


def test_a_branch_that_reads_no_parameter_adds_nothing() -> None:
    w = Value(3.0)
    f = compiled(lambda x: w * x if x > 0 else x)
    assert f.backward(-2.0) == -2.0
    assert w.grad == 0.0
    assert f.backward(2.0) == 6.0
    assert w.grad == 2.0


def test_arguments_that_the_function_changes() -> None:
    def double_first(xs: Any) -> Any:
        xs[0] = xs[0] * 2.0
        return xs[0] + xs[1]

    f = compiled(double_first)
    mine, plain = [1.0, 2.0], [1.0, 2.0]
    with pytest.warns(CompilationWarning, match="changes its arguments"):
        assert f(mine) == double_first(plain)
    assert f(mine) == double_first(plain)
    assert mine == plain
    array = np.array([1.0, 2.0])
    with pytest.warns(CompilationWarning, match="changes its arguments"):
        assert compiled(double_first)(array) == 4.0
    assert array.tolist() == [2.0, 2.0]


def test_recursive_functions() -> None:
    @compiled
    def power(x: Any, n: Any) -> Any:
        return x if n == 1 else x * power(x, n - 1)

    assert power(2.0, 5) == 32.0
    x = Value(2.0)
    power(x, 5).backward()
    assert x.grad == 80.0


def test_functions_of_no_and_of_any_arguments() -> None:
    w = Value(2.0)
    nothing = compiled(lambda: w * w)
    assert nothing() == 4.0
    assert nothing.value_and_grad()[1].tolist() == [4.0]
    total = compiled(lambda *xs, **options: sum(xs) * options.get("scale", 1.0) * w)
    assert (total(1.0, 2.0), total(1.0, 2.0, 3.0, scale=2.0)) == (6.0, 24.0)
    assert total.value_and_grad(1.0, 2.0, scale=3.0)[0] == 18.0


def test_an_empty_list_leaves_the_names_of_the_others() -> None:
    @compiled
    def f(more: list[Any], x: list[Any], how: str) -> Any:
        return sum([*more, x[0] * x[1] if how == "product" else x[0]])

    assert f([], [2.0, 3.0], "product") == 6.0
    (program,) = f.programs
    with pytest.raises(ValueError, match=r"argument 1 \('x'\): expected a list of 2"):
        program([], [1.0])


def test_things_that_can_be_called() -> None:
    w = Value(2.0)
    for f in (
        functools.partial(lambda k, x: k * x * w, 3.0),
        Program(lambda x: 3.0 * x * w, 1.0),
        compiled(lambda x: 3.0 * x * w),
    ):
        assert compiled(f)(4.0) == 24.0
        assert compiled(f)(4.0).parents == (w,)
    assert compiled(tanh)(0.5) == tanh(0.5)
    assert compiled(abs)(-2.0) == 2.0


def test_a_variable_that_is_filled_later() -> None:
    def make() -> Any:
        @compiled
        def f(x: Any) -> Any:
            return x if x > 0.0 else later(x)

        f(1.0)

        def later(x: Any) -> Any:
            return -x

        return f

    assert make()(-2.0) == 2.0


module_weight = Value(2.0)


@compiled
def at_the_top(x: Any) -> Any:
    return module_weight * x


class Net:
    def __init__(self) -> None:
        self.w = Value(2.0)
        self.loss = compiled(self.plain)

    def plain(self, x: Any) -> Any:
        return self.w * x

    @compiled
    def method(self, x: Any) -> Any:
        return self.w * x


def test_it_is_copied_and_pickled_as_its_function_is() -> None:
    assert copy.copy(at_the_top) is copy.deepcopy(at_the_top) is at_the_top
    assert pickle.loads(pickle.dumps(at_the_top)) is at_the_top
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(compiled(lambda x: x))
    net = Net()
    assert (net.loss(3.0), net.method(3.0)) == (6.0, 6.0)
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        other.w.data = 5.0
        assert other.loss(3.0).parents == other.method(3.0).parents == (other.w,)
        assert (net.loss(3.0), other.loss(3.0)) == (6.0, 15.0)
    assert copy.deepcopy(net.method)(3.0).parents[0] is not net.w


def test_threads_share_it() -> None:
    w = Value(3.0)
    f = compiled(lambda x: w * x if x > 0.0 else w * w * x)
    wrong = []

    def work(n: int) -> None:
        for i in range(20):
            x = float((i * n) % 7 - 3)
            slope, in_w = (3.0, x) if x > 0.0 else (9.0, 6.0 * x)
            if float(grad(f)(x)) != slope:
                wrong.append(x)
            if gradients(f(x), [w]) != [in_w]:
                wrong.append(x)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(f.programs) == 2


def test_the_longest_path_is_asked_after_the_last_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On stairs it knows at once on which step an example stands."""
    f = compiled(staircase(Value(0.5)))
    points = np.random.default_rng(0).permutation(40) + 0.5
    with no_grad():
        f.map(points)
        asked, plain = [], Ready.value

        def counted(self: Ready, *numbers: Any, **options: Any) -> Any:
            asked.append(1)
            return plain(self, *numbers, **options)

        monkeypatch.setattr(Ready, "value", counted)
        for x in points:
            f(x)
    assert len(asked) <= 3 * len(points)

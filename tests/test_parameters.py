"""Leaves whose numbers live in vectors: all who look see the true number."""

import copy
import pickle
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Value, dot, grad, parameter, parameters
from autograd.parameters import FEW, Parameters

COUNTS = st.sampled_from([1, 2, 5, FEW + 1, 3 * FEW])


class Plain:
    """What the leaves must look like: numbers and gradients in plain lists."""

    def __init__(self, count: int) -> None:
        self.data = [0.5 * i - 1.0 for i in range(count)]
        self.grad = [0.0] * count


Act = Callable[[list[Value], Plain, list[Parameters], Any], None]


def set_data(leaves: list[Value], plain: Plain, _: Any, draw: Any) -> None:
    i, x = draw(st.integers(0, len(leaves) - 1)), draw(st.floats(-9, 9))
    leaves[i].data = plain.data[i] = x


def move_data(leaves: list[Value], plain: Plain, _: Any, draw: Any) -> None:
    i = draw(st.integers(0, len(leaves) - 1))
    leaves[i].data -= 0.5 * leaves[i].grad
    plain.data[i] -= 0.5 * plain.grad[i]


def set_grad(leaves: list[Value], plain: Plain, _: Any, draw: Any) -> None:
    i, x = draw(st.integers(0, len(leaves) - 1)), draw(st.floats(-9, 9))
    leaves[i].grad = plain.grad[i] = x


def set_by_name(leaves: list[Value], plain: Plain, _: Any, draw: Any) -> None:
    i = draw(st.integers(0, len(leaves) - 1))
    setattr(leaves[i], "data", 7.0)  # noqa: B010
    plain.data[i] = 7.0


def look(leaves: list[Value], plain: Plain, _: Any, draw: Any) -> None:
    i = draw(st.integers(0, len(leaves) - 1))
    assert leaves[i].data == pytest.approx(plain.data[i], abs=1e-9)
    assert leaves[i].grad == pytest.approx(plain.grad[i], abs=1e-9)
    shown = f"data={leaves[i].data!r}, grad={leaves[i].grad!r}"
    assert shown in repr(leaves[i])


def sweep(leaves: list[Value], plain: Plain, _: Any, draw: Any) -> None:
    slopes = [float(draw(st.integers(-3, 3))) for _ in leaves]
    output = dot(leaves, slopes)
    assert output.data == pytest.approx(np.dot(plain.data, slopes), abs=1e-9)
    output.backward()
    plain.grad = [g + s for g, s in zip(plain.grad, slopes, strict=True)]


def squares(leaves: list[Value], plain: Plain, _: Any, draw: Any) -> None:
    i = draw(st.integers(0, len(leaves) - 1))
    (leaves[i] * leaves[i] + 2 * leaves[i] - leaves[0]).backward()
    plain.grad[i] += 2 * plain.data[i]
    plain.grad[i] += 2
    plain.grad[0] -= 1.0


def closed_over(leaves: list[Value], plain: Plain, _: Any, draw: Any) -> None:
    i = draw(st.integers(0, len(leaves) - 1))
    slope = grad(lambda x: x * leaves[i])(3.0)
    assert float(slope) == pytest.approx(plain.data[i], abs=1e-9)


def write(
    leaves: list[Value], plain: Plain, lists: list[Parameters], draw: Any
) -> None:
    chosen = draw(st.sampled_from(lists))
    numbers = [float(draw(st.integers(-9, 9))) for _ in chosen.leaves]
    chosen.write(numbers)
    for leaf, x in zip(chosen.leaves, numbers, strict=True):
        plain.data[leaves.index_of[leaf]] = x  # type: ignore[attr-defined]


def add(leaves: list[Value], plain: Plain, lists: list[Parameters], draw: Any) -> None:
    chosen = draw(st.sampled_from(lists))
    numbers = np.array([float(draw(st.integers(-9, 9))) for _ in chosen.leaves])
    chosen.add_grad(numbers)
    for leaf, x in zip(chosen.leaves, numbers.tolist(), strict=True):
        plain.grad[leaves.index_of[leaf]] += x  # type: ignore[attr-defined]


def zero(leaves: list[Value], plain: Plain, lists: list[Parameters], draw: Any) -> None:
    chosen = draw(st.sampled_from(lists))
    chosen.zero_grad()
    for leaf in chosen.leaves:
        plain.grad[leaves.index_of[leaf]] = 0.0  # type: ignore[attr-defined]


def read(leaves: list[Value], plain: Plain, lists: list[Parameters], draw: Any) -> None:
    chosen = draw(st.sampled_from(lists))
    places = [leaves.index_of[leaf] for leaf in chosen.leaves]  # type: ignore[attr-defined]
    data, slopes = [plain.data[i] for i in places], [plain.grad[i] for i in places]
    assert chosen.read().tolist() == pytest.approx(data, abs=1e-9)
    assert chosen.read_grad().tolist() == pytest.approx(slopes, abs=1e-9)


def another_list(
    leaves: list[Value], plain: Plain, lists: list[Parameters], draw: Any
) -> None:
    places = draw(st.permutations(range(len(leaves))))
    size = draw(st.integers(0, len(leaves)))
    lists.append(Parameters([leaves[i] for i in places[:size]]))


def copies(leaves: list[Value], plain: Plain, _: Any, draw: Any) -> None:
    i = draw(st.integers(0, len(leaves) - 1))
    for clone in (copy.deepcopy(leaves[i]), pickle.loads(pickle.dumps(leaves[i]))):
        assert (clone.data, clone.grad) == (leaves[i].data, leaves[i].grad)
        assert clone.role == "parameter"
        clone.data = clone.grad = 99.0


ACTS: list[Act] = [
    *(set_data, move_data, set_grad, set_by_name, look, sweep, squares, closed_over),
    *(write, add, zero, read, another_list, copies),
]


class Indexed(list[Value]):
    """Leaves that know their places."""

    @property
    def index_of(self) -> dict[Value, int]:
        return {leaf: i for i, leaf in enumerate(self)}


@settings(max_examples=150, deadline=None)
@given(COUNTS, st.data())
def test_every_number_is_the_true_one(count: int, data: st.DataObject) -> None:
    plain = Plain(count)
    leaves = Indexed(parameter(x) for x in plain.data)
    lists = [Parameters(leaves)]
    for _ in range(data.draw(st.integers(1, 12))):
        data.draw(st.sampled_from(ACTS))(leaves, plain, lists, data.draw)
    assert [leaf.data for leaf in leaves] == pytest.approx(plain.data, abs=1e-9)
    assert [leaf.grad for leaf in leaves] == pytest.approx(plain.grad, abs=1e-9)
    everything = Parameters(leaves)
    assert everything.read().tolist() == pytest.approx(plain.data, abs=1e-9)
    assert everything.read_grad().tolist() == pytest.approx(plain.grad, abs=1e-9)


def test_lists_with_leaves_in_common_stay_together() -> None:
    a, b, c = ([parameter(float(i)) for i in range(3)] for _ in range(3))
    first, second = Parameters([*a, *b]), Parameters([*b, *c])
    first.write(np.arange(6.0))
    second.write(10.0 + np.arange(6.0))
    home = first.leaves[0].recording.home
    for _ in range(3):
        first.write(first.read() + 1.0)
        second.write(second.read() + 1.0)
    assert a[0].recording.home is c[0].recording.home
    assert a[0].recording.home is home  # they moved once, when the lists met
    assert first.read().tolist() == [3.0, 4.0, 5.0, 16.0, 17.0, 18.0]
    assert [x.data for x in c] == [16.0, 17.0, 18.0]


def test_what_is_read_is_a_vector_of_its_own() -> None:
    leaves = [parameter(1.0), parameter(2.0)]
    parameters = Parameters(leaves)
    numbers, slopes = parameters.read(), parameters.read_grad()
    numbers += 5.0
    slopes += 5.0
    assert [leaf.data for leaf in leaves] == [1.0, 2.0]
    assert [leaf.grad for leaf in leaves] == [0.0, 0.0]


def test_a_graph_recorded_before_a_step_keeps_its_derivatives() -> None:
    w = parameter(3.0)
    parameters = Parameters([w])
    y = w * w * 2.0
    parameters.write([100.0])
    y.backward()
    assert w.grad == 12.0
    assert w.data == 100.0


def test_threads_that_take_turns_see_each_others_numbers() -> None:
    leaves = [parameter(0.0) for _ in range(3 * FEW)]
    parameters = Parameters(leaves)
    barrier = threading.Barrier(2)
    failures: list[object] = []

    def eager() -> None:
        for turn in range(50):
            barrier.wait()  # the numbers of this turn are written
            if [leaf.data for leaf in leaves] != [float(turn)] * len(leaves):
                failures.append(turn)
            dot(leaves, [1.0] * len(leaves)).backward()
            barrier.wait()

    thread = threading.Thread(target=eager)
    thread.start()
    for turn in range(50):
        parameters.write(np.full(len(leaves), float(turn)))
        barrier.wait()
        barrier.wait()  # the sweep of this turn is done
        if parameters.read_grad().tolist() != [turn + 1.0] * len(leaves):
            failures.append(("grad", turn))
    thread.join()
    assert not failures


def test_many_threads_that_read_at_once_see_the_numbers() -> None:
    leaves = [parameter(0.0) for _ in range(3 * FEW)]
    parameters = Parameters(leaves)
    wrong: list[float] = []

    def reading(expected: float) -> None:
        wrong.extend(x.data for x in leaves if x.data != expected)

    for turn in range(30):
        parameters.write(np.full(len(leaves), float(turn)))
        threads = [threading.Thread(target=reading, args=(turn,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong


def test_a_gradient_of_zero_is_told_from_none() -> None:
    leaves = [parameter(float(i)) for i in range(3 * FEW)]
    everything, first = Parameters(leaves), Parameters(leaves[:2])
    assert not everything.has_grad()
    assert [leaf.grad for leaf in leaves] == [0.0] * len(leaves)
    assert not everything.has_grad()  # looking brings none
    everything.add_grad(np.zeros(len(leaves)))
    assert everything.has_grad()
    first.zero_grad()
    assert not first.has_grad()
    assert everything.has_grad()
    leaves[5].zero_grad()
    everything.zero_grad()
    assert not everything.has_grad()
    leaves[1].grad = 0.0
    assert first.has_grad()
    everything.zero_grad()
    dot(leaves, [0.0] * len(leaves)).backward()
    assert everything.has_grad()
    assert Parameters([*leaves, parameter(1.0)]).has_grad()  # packed anew


def test_copies_are_packed_anew() -> None:
    leaves = [parameter(1.0), parameter(2.0)]
    parameters = Parameters(leaves)
    parameters.add_grad([3.0, 4.0])
    for clone in (copy.deepcopy(parameters), pickle.loads(pickle.dumps(parameters))):
        assert clone.read_grad().tolist() == [3.0, 4.0]
        clone.write([5.0, 6.0])
        clone.zero_grad()
        assert [leaf.data for leaf in clone.leaves] == [5.0, 6.0]
        assert not clone.has_grad()
    assert parameters.read().tolist() == [1.0, 2.0]
    assert parameters.read_grad().tolist() == [3.0, 4.0]


def test_a_leaf_that_joins_many_costs_one_look_at_each() -> None:
    """Looking at all of them for each of them would take minutes."""
    many = [Value(float(i)) for i in range(40_000)]
    Parameters(many).packed()
    one = Value(-1.0)
    assert Parameters([*many, one]).read().tolist() == [*range(40_000), -1.0]
    assert (many[-1].data, one.data) == (39_999.0, -1.0)


@pytest.mark.parametrize("numbers", [[5.0], [1.0, 2.0, 3.0], 7.0, [[1.0, 2.0]], []])
@pytest.mark.parametrize("how", ["write", "write_grad", "add_grad"])
def test_a_vector_has_a_number_for_each_leaf(how: str, numbers: Any) -> None:
    leaves = [parameter(2.0), parameter(3.0)]
    parameters = Parameters(leaves)
    parameters.write_grad([4.0, 5.0])
    with pytest.raises(ValueError, match="2 numbers"):
        getattr(parameters, how)(numbers)
    assert [x.data for x in leaves] == [2.0, 3.0]
    assert [x.grad for x in leaves] == [4.0, 5.0]


@pytest.mark.parametrize(
    "made", [lambda: Value(2.0) * 3.0, lambda: 1.0, lambda: "w", lambda: None]
)
def test_only_leaves_have_a_place_in_a_vector(made: Callable[[], Any]) -> None:
    for others in ([], [parameter(1.0)], [Value(1.0)]):
        for order in (1, -1):
            parameters = Parameters([*others, made()][::order])
            with pytest.raises(TypeError, match="leaves"):
                parameters.write([9.0] * len(parameters))


def test_a_leaf_that_is_listed_twice_gets_both_gradients() -> None:
    w, b = parameter(2.0), parameter(3.0)
    for leaves in ([w, w], [w, b, w], [b, w, w]):
        parameters = Parameters(leaves)
        parameters.zero_grad()
        parameters.add_grad([float(2**i) for i in range(len(leaves))])
        expected = sum(2.0**i for i, leaf in enumerate(leaves) if leaf is w)
        assert w.grad == expected


# --- an interruption between any two lines -----------------------------------------


def interrupted(work: Callable[[], None], at: int) -> bool:
    """Whether a Ctrl-C came: before the line with this number, of parameters.py."""
    lines = 0

    def traced(frame: Any, event: str, _: Any) -> Any:
        nonlocal lines
        if frame.f_code.co_filename != parameters.__file__:
            return None
        if event == "line":
            lines += 1
            if lines == at:
                sys.settrace(None)
                raise KeyboardInterrupt
        return traced

    before = sys.gettrace()
    sys.settrace(traced)
    try:
        work()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.parametrize("count", [3, 3 * FEW])
@pytest.mark.parametrize("reads", [0, 1, 2 * FEW])
def test_training_goes_on_after_an_interruption_anywhere(
    count: int, reads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A tracer, unlike a signal, may interrupt a lock's release: then it stays locked.
    monkeypatch.setattr(parameters, "_LOCK", threading.RLock())
    at = 1
    while True:
        leaves = [parameter(1.0 + i) for i in range(count)]
        optimizer = nn.SGD(leaves, lr=0.1)
        packed = Parameters(leaves)

        def train(leaves: list[Value] = leaves, optimizer: nn.SGD = optimizer) -> None:
            few = leaves[:reads] or leaves
            dot(few, few).backward()
            optimizer.step()
            assert all(leaf.data != 0.0 for leaf in leaves[:reads])
            optimizer.zero_grad()

        train()
        if not interrupted(train, at):
            break
        assert [leaf.data for leaf in leaves] == packed.read().tolist()
        assert [leaf.grad for leaf in leaves] == packed.read_grad().tolist()
        optimizer.zero_grad()
        assert not any(leaf.grad for leaf in leaves)
        before = packed.read()
        for _ in range(3):
            train()
        trained = range(min(reads, count) or count)
        for i, leaf in enumerate(leaves):
            after = before[i] * (0.8**3 if i in trained else 1.0)
            assert leaf.data == pytest.approx(after, rel=1e-12) == packed.read()[i]
        at += 1
    assert at > 20

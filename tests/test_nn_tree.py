"""A module's parameters are those that it holds now, however they came there."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, parameter


class Bag(nn.Module):
    """Parameters in every kind of container."""

    def __init__(self) -> None:
        self.single = parameter(1.0)
        self.row = [parameter(2.0), parameter(3.0)]
        self.nested = [[parameter(4.0)], [parameter(5.0)]]
        self.named = {"a": parameter(6.0), "b": [parameter(7.0)]}
        self.array = np.array([parameter(8.0), parameter(9.0)], dtype=object)
        self.fixed = (parameter(10.0), [parameter(11.0)])
        self.layers = [nn.Layer(1, 1, rng=0), {"deep": nn.Neuron(1, rng=1)}]
        self.net = nn.MLP(2, [3, 1], rng=2)
        self.numbers = [1.0, 2.0]

    def forward(self, x: Any) -> Any:
        return self.single * x


NEW = 99.0  # also the number of what is replaced: equal numbers must not hide a change


def fresh() -> Value:
    return parameter(1.0)


def set_attribute(bag: Bag) -> None:
    bag.single = fresh()


def drop_attribute(bag: Bag) -> None:
    del bag.single


def add_attribute(bag: Bag) -> None:
    bag.another = fresh()


def replace_by_none(bag: Bag) -> None:
    bag.row = None  # type: ignore[assignment]


def replace_in_list(bag: Bag) -> None:
    bag.row[1] = parameter(bag.row[1].data)


def append(bag: Bag) -> None:
    bag.row.append(fresh())


def replace_deep_in_list(bag: Bag) -> None:
    bag.nested[1][0] = parameter(bag.nested[1][0].data)


def replace_in_dict(bag: Bag) -> None:
    bag.named["a"] = parameter(6.0)


def replace_in_dicts_list(bag: Bag) -> None:
    bag.named["b"][0] = parameter(7.0)  # type: ignore[index]


def add_to_dict(bag: Bag) -> None:
    bag.named["c"] = fresh()


def replace_in_array(bag: Bag) -> None:
    bag.array[0] = parameter(8.0)


def replace_in_tuples_list(bag: Bag) -> None:
    bag.fixed[1][0] = parameter(11.0)


def append_to_plain_numbers(bag: Bag) -> None:
    bag.numbers.append(fresh())  # type: ignore[arg-type]


def replace_module(bag: Bag) -> None:
    bag.layers[0] = nn.Layer(1, 2, rng=0)


def append_module(bag: Bag) -> None:
    bag.layers.append(nn.Neuron(2, rng=0))


def replace_layer_of_a_net(bag: Bag) -> None:
    bag.net.layers[0] = nn.Layer(2, 3, rng=5)


def pop_neuron(bag: Bag) -> None:
    bag.net.layers[0].weight.pop()
    bag.net.layers[0].bias.pop()


def replace_weight_of_a_net(bag: Bag) -> None:
    weights = bag.net.layers[1].weight[0]
    weights[2] = parameter(weights[2].data)


def sort_weights(bag: Bag) -> None:
    bag.net.layers[1].weight[0].sort(key=lambda x: -x.data)


def slice_weights(bag: Bag) -> None:
    bag.net.layers[1].weight[0][:2] = [fresh()]


def extend_in_place(bag: Bag) -> None:
    bag.net.layers += [nn.Layer(1, 1, rng=3)]


def drop_bias(bag: Bag) -> None:
    bag.net.layers[0].bias = None


def share(bag: Bag) -> None:
    bag.single = bag.row[0]


CHANGES: list[Callable[[Bag], None]] = [
    *(set_attribute, drop_attribute, add_attribute, replace_by_none, replace_in_list),
    *(append, replace_deep_in_list, replace_in_dict, replace_in_dicts_list),
    *(add_to_dict, replace_in_array, replace_in_tuples_list, append_to_plain_numbers),
    *(replace_module, append_module, replace_layer_of_a_net, pop_neuron),
    *(replace_weight_of_a_net, sort_weights, slice_weights, extend_in_place),
    *(drop_bias, share),
]


def walked(item: Any, found: dict[int, Value]) -> list[Value]:
    """All parameters that an object holds, by a plain recursion."""
    if isinstance(item, Value):
        found[id(item)] = item
    elif isinstance(item, nn.Module):
        own = vars(item).items()
        for part in [x for key, x in own if not key.startswith("_")]:
            walked(part, found)
    elif isinstance(item, dict):
        for part in item.values():
            walked(part, found)
    elif isinstance(item, list | tuple | np.ndarray):
        for part in item:
            walked(part, found)
    return list(found.values())


@pytest.mark.parametrize("change", CHANGES, ids=lambda f: f.__name__)
def test_a_change_of_any_kind_is_seen(change: Callable[[Bag], None]) -> None:
    bag = Bag()
    before = bag.parameters()
    assert {*before} == {*walked(bag, {})}
    bag.zero_grad()
    change(bag)
    now = walked(bag, {})
    assert {*bag.parameters()} == {*now}
    for leaf in now:
        leaf.grad = 5.0
    bag.zero_grad()
    assert [leaf.grad for leaf in now] == [0.0] * len(now)
    if change is not share:  # what is shared stands in two arrays
        assert sum(array.size for array in bag.state_dict().values()) == len(now)


def test_the_order_stays_that_of_assignment() -> None:
    bag = Bag()
    names = [name for name, _ in bag.named_parameters()]
    assert names[:3] == ["single", "row.0", "row.1"]
    assert bag.parameters() == [value for _, value in bag.named_parameters()]


@pytest.mark.parametrize(
    "clone", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_copy_has_parameters_of_its_own(clone: Callable[[Any], Any]) -> None:
    net = nn.MLP(2, [3, 1], rng=0)
    net.zero_grad()  # now its numbers live in a vector
    other = clone(net)
    start = [x.data for x in net.parameters()]
    assert [x.data for x in other.parameters()] == start
    for leaf in other.parameters():
        leaf.data = NEW
    del other.layers[0].weight[2], other.layers[0].bias[2]
    assert len(other.parameters()) == len(start) - 3
    assert [x.data for x in net.parameters()] == start
    nn.SGD(net.parameters(), lr=1.0).zero_grad()
    assert {x.data for x in other.parameters()} == {NEW}


def test_parameters_left_out_of_the_optimizer_stay() -> None:
    net = nn.MLP(2, [3, 1], rng=0)
    last = net.layers[-1].parameters()
    frozen = {x: x.data for x in net.parameters() if x not in {*last}}
    optimizer = nn.Adam(last, lr=0.1)
    for _ in range(3):
        net.zero_grad()
        (net([1.0, 2.0]) ** 2).backward()
        optimizer.step()
    assert {x: x.data for x in frozen} == frozen
    assert any(x.grad != 0.0 for x in frozen)


def test_two_modules_share_parameters() -> None:
    shared = nn.Layer(2, 2, activation="tanh", rng=0)

    class Net(nn.Module):
        def __init__(self) -> None:
            self.first, self.own = shared, nn.Layer(2, 1, rng=1)

        def forward(self, x: Any) -> Any:
            return self.own(self.first(x))

    one, two = Net(), Net()
    optimizers = [nn.SGD(one.parameters(), lr=0.1), nn.SGD(two.parameters(), lr=0.1)]
    plain = {x: x.data for net in (one, two) for x in net.parameters()}
    for _ in range(4):
        for net, optimizer in zip((one, two), optimizers, strict=True):
            net.zero_grad()
            loss = net([1.0, -1.0]) ** 2
            loss.backward()
            for leaf in net.parameters():
                plain[leaf] -= 0.1 * leaf.grad
            optimizer.step()
    assert {x: x.data for x in plain} == pytest.approx(plain, abs=1e-15)

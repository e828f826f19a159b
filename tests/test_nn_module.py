"""How parameters and modules are found, named, scoped, told of and switched."""

import copy
import pickle
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn
from autograd import Value, parameter


class Box(nn.Module):
    """A module that holds whatever it is given."""

    def __init__(self, **held: Any) -> None:
        for name, item in held.items():
            setattr(self, name, item)

    def forward(self, x: Any) -> Any:
        return x


def names(module: nn.Module) -> list[str]:
    return [name for name, _ in module.named_parameters()]


def test_an_mlp_names_every_parameter_by_its_path() -> None:
    model = nn.MLP(2, [2, 1])
    assert names(model) == [
        "layers.0.weight.0.0",
        "layers.0.weight.0.1",
        "layers.0.weight.1.0",
        "layers.0.weight.1.1",
        "layers.0.bias.0",
        "layers.0.bias.1",
        "layers.1.weight.0.0",
        "layers.1.weight.0.1",
        "layers.1.bias.0",
    ]
    labels = [p.label for p in model.layers[0].parameters()]
    assert labels == [*["weight.0", "weight.1"] * 2, "bias", "bias"]
    assert all(p.role == "parameter" for p in model.parameters())


def test_parameters_are_found_in_lists_tuples_dicts_and_arrays() -> None:
    a, b, c, d, e, f = (parameter(float(i)) for i in range(6))
    array = np.empty((1, 2), dtype=object)
    array[0, 0], array[0, 1] = e, f
    box = Box(single=a, nest=[(b,), {"key": [c]}], table={7: d}, array=array)
    assert names(box) == [
        "single",
        "nest.0.0",
        "nest.1.key.0",
        "table.7",
        "array.0.0",
        "array.0.1",
    ]
    assert all(
        got is wanted
        for got, wanted in zip(box.parameters(), [a, b, c, d, e, f], strict=True)
    )


def test_only_parameters_are_parameters() -> None:
    w = parameter(2.0)
    box = Box(w=w, constant=3.0, inputs=[Value(1.0)], cache=w * 2.0, text="b")
    assert names(box) == ["w"]


class Ported(nn.Module):
    """A neuron as a program for micrograd has it."""

    def __init__(self) -> None:
        self.w = [Value(2.0), Value(-1.0)]

    def forward(self, xs: list[float]) -> Any:
        return self.w[0] * xs[0] + self.w[1] * xs[1]


class Listing(Ported):
    def parameters(self) -> list[Value]:
        return self.w


@pytest.mark.parametrize(
    "ask",
    [
        nn.Module.parameters,
        nn.Module.named_parameters,
        nn.Module.zero_grad,
        nn.Module.state_dict,
        nn.Module.summary,
        lambda module: module.save("never.npz"),
        lambda module: Box(inner=[module]).parameters(),
    ],
)
def test_values_without_any_parameter_are_an_error(ask: Any) -> None:
    text = r"holds Values but no parameters.*w\.0, with autograd\.parameter"
    with pytest.raises(ValueError, match=text):
        ask(Ported())


def test_a_module_may_list_its_own_parameters() -> None:
    module = Listing()
    assert module.parameters() == module.w
    module([1.0, 3.0]).backward()
    assert [v.grad for v in module.w] == [1.0, 3.0]
    module.zero_grad()
    assert [v.grad for v in module.w] == [0.0, 0.0]
    assert module.summary().split()[-1] == "2"


def test_state_is_no_forgotten_parameter() -> None:
    assert Box(text="nothing").parameters() == []
    assert Box(cache=Value(1.0) * 2.0).parameters() == []
    box = Box(scale=parameter(1.0), inner=Ported())
    assert names(box) == ["scale"]
    assert [line.split()[-1] for line in box.summary().splitlines()[1:]] == ["1", "0"]


def test_parameters_with_equal_numbers_are_told_apart() -> None:
    assert len(Box(ws=[parameter(0.0) for _ in range(5)]).parameters()) == 5


def test_a_shared_parameter_is_listed_once_under_its_first_name() -> None:
    shared = parameter(1.0)
    inner = Box(tied=shared)
    box = Box(first=shared, again=[shared, parameter(2.0)], inner=inner, twice=inner)
    assert names(box) == ["first", "again.1"]
    assert [name for name, _ in box.named_modules()] == ["", "inner"]


def test_modules_and_lists_that_hold_themselves_are_walked_once() -> None:
    child = Box(w=parameter(1.0))
    parent = Box(child=child)
    child.parent = parent
    ring: list[Any] = [parameter(2.0)]
    ring.append(ring)
    parent.ring = ring
    assert names(parent) == ["ring.0", "child.w"]
    assert list(parent.state_dict()) == ["ring.0", "child.w"]
    assert "..." in repr(parent)


def test_deeply_nested_lists_do_not_recurse() -> None:
    nest: Any = parameter(1.0)
    for _ in range(5000):
        nest = [nest, 0]
    assert len(Box(nest=nest).parameters()) == 1


def test_deeply_nested_modules_do_not_recurse() -> None:
    box = Box(w=parameter(1.0))
    for _ in range(2000):
        box = Box(inner=box)
    assert len(box.parameters()) == 1
    assert len(box.named_modules()) == 2001


def test_two_parameters_of_one_name_are_an_error() -> None:
    box = Box(table={"a.b": parameter(1.0), "a": {"b": parameter(2.0)}})
    with pytest.raises(ValueError, match=r"'table\.a\.b'"):
        box.named_parameters()
    with pytest.raises(ValueError, match=r"'table\.a\.b'"):
        box.state_dict()


def test_zero_grad_clears_every_gradient() -> None:
    model = nn.MLP(2, [3, 1], rng=0)
    model([1.0, 2.0]).backward()
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert [p.grad for p in model.parameters()] == [0.0] * 13


def test_train_and_eval_reach_every_module_and_return_the_outermost() -> None:
    model = nn.MLP(2, [3, 1])
    assert model.training
    assert model.eval() is model
    assert not any(module.training for _, module in model.named_modules())
    assert model.train() is model
    assert all(module.training for _, module in model.named_modules())


# --- scopes -------------------------------------------------------------------


def test_a_neuron_and_its_parameters_have_one_scope() -> None:
    model = nn.MLP(2, [2, 1], rng=0)
    output = model([1.0, 2.0])
    scopes = {node.scope for node in autograd.Graph(output).nodes if node.parents}
    assert scopes == {"layers.0.neurons.0", "layers.0.neurons.1", "layers.1.neurons.0"}
    for copied in (model, copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        for name, p in copied.named_parameters():
            layer, place = re.fullmatch(
                r"(layers\.\d)\.(?:weight|bias)\.(\d).*", name
            ).groups()  # type: ignore[union-attr]
            assert p.scope == f"{layer}.neurons.{place}"


def test_the_outermost_module_opens_no_scope_and_can_be_given_one() -> None:
    neuron = nn.Neuron(2, rng=0)
    assert neuron([1.0, 2.0]).scope == ""
    neuron.scope_name = "judge"
    assert neuron([1.0, 2.0]).scope == "judge"
    with autograd.scope("outside"):
        assert neuron([1.0, 2.0]).scope == "outside.judge"


def test_scopes_follow_modules_in_lists_dicts_and_those_added_later() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            self.blocks: list[nn.Neuron] = []
            self.heads = {"left": nn.Neuron(1)}
            self.blocks.append(nn.Neuron(1))  # after the list was assigned

        def forward(self, x: float) -> list[Value]:
            return [self.blocks[0]([x]), self.heads["left"]([x])]

    net = Net()
    assert [output.scope for output in net(1.0)] == ["blocks.0", "heads.left"]
    net.blocks = [nn.Neuron(1)]
    assert net(1.0)[0].scope == "blocks.0"


def test_a_scope_is_left_when_forward_raises() -> None:
    model = nn.MLP(2, [2, 1])
    with pytest.raises(TypeError):
        model(["one", 2.0])
    assert (Value(1.0) * 2.0).scope == ""


def test_a_subclass_needs_no_super_init() -> None:
    class Scale(nn.Module):
        def __init__(self) -> None:
            self.factor = parameter(3.0)

        def forward(self, x: float, *, shift: float = 0.0) -> Value:
            return self.factor * x + shift

    assert Scale()(2.0, shift=1.0).data == 7.0


def test_a_module_without_forward_says_so() -> None:
    class Empty(nn.Module):
        pass

    with pytest.raises(TypeError, match=r"Empty can't be called.*forward"):
        Empty()(1.0)


# --- telling ------------------------------------------------------------------


def test_summary_is_a_table_with_alike_neighbours_on_one_line() -> None:
    assert nn.MLP(2, [16, 16, 1]).summary().splitlines() == [
        "module    what                                      parameters",
        "(all)     MLP(2 -> 16 relu -> 16 relu -> 1 linear)         337",
        "layers.0  Layer(2 -> 16 relu)                               48",
        "layers.1  Layer(16 -> 16 relu)                             272",
        "layers.2  Layer(16 -> 1 linear)                             17",
    ]
    committee = Box(members=[nn.Neuron(2, "relu") for _ in range(16)])
    (line,) = committee.summary().splitlines()[2:]
    assert line.split("  ")[:2] == ["members.0-15", "16 x Neuron(2 -> 1 relu)"]
    assert line.endswith("  16 x 3")


def test_summary_of_an_example_tells_shapes_nodes_and_flops() -> None:
    # A dot of n pairs and a bias is 2n flops; relu is one.
    assert nn.MLP(2, [16, 1]).summary([1.0, 2.0]).splitlines() == [
        "module    what                           output  parameters  nodes  flops",
        "(all)     MLP(2 -> 16 relu -> 1 linear)  number          65     33    112",
        "layers.0  Layer(2 -> 16 relu)              [16]          48     32     80",
        "layers.1  Layer(16 -> 1 linear)          number          17      1     32",
    ]
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout())
    lines = net.summary(np.ones((1, 6, 6))).splitlines()[1:]
    assert [line.split()[-4:] for line in lines] == [
        ["[8]", "20", "40", "600"],
        ["[2][4][4]", "20", "32", "576"],  # 32 dots of 9 pairs
        ["[2][2][2]", "0", "8", "24"],  # the largest of 4
        ["[8]", "0", "0", "0"],
        ["[8]", "0", "0", "0"],
    ]


def test_a_summary_leaves_the_net_as_it_was() -> None:
    class Net(Box):
        norm: nn.BatchNorm

        def forward(self, x: Any) -> Any:
            return self.norm(x)

    net = Net(norm=nn.BatchNorm(2), spare=nn.Neuron(1))
    before = net.state_dict()
    *_, last = net.summary([1.0, 2.0]).splitlines()
    assert last.split()[-5:] == ["not", "called", "2", "0", "0"]
    with pytest.raises(ValueError, match=r"BatchNorm\(2\) .*expects"):
        net.summary([1.0])
    assert {name: x.tolist() for name, x in net.state_dict().items()} == {
        name: x.tolist() for name, x in before.items()
    }
    for _, module in net.named_modules():
        assert module.training
        assert "forward" not in vars(module)


def test_repr_tells_what_a_module_holds() -> None:
    box = Box(
        encoder=nn.Layer(2, 3, "tanh"),
        scale=parameter(1.0),
        matrix=[[parameter(0.0)] * 2] * 3,
        note="not told",
    )
    assert repr(box) == (
        "Box(encoder=Layer(2 -> 3 tanh), scale: 1 parameter, matrix: 3 x 2 parameters)"
    )
    many = Box(**{f"w{i}": parameter(0.0) for i in range(9)})
    assert repr(many).endswith("w3: 1 parameter, ...)")


# --- copies -------------------------------------------------------------------


@pytest.mark.parametrize("activation", nn.ACTIVATIONS)
def test_a_module_pickles_and_copies(activation: str) -> None:
    model = nn.MLP(2, [2, 1], activation=activation, rng=0)
    expected = model([1.0, 2.0]).data
    for twin in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert twin([1.0, 2.0]).data == expected
        assert names(twin) == names(model)
        twin.parameters()[0].data += 1.0
        assert model([1.0, 2.0]).data == expected


# --- any nesting --------------------------------------------------------------

nests = st.recursive(
    st.sampled_from(["parameter", "value", "number", "module"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    ),
    max_leaves=12,
)


def built(nest: Any, made: list[Value]) -> Any:
    """Turn a nest of words into one of parameters, noting these in order."""
    if nest in ("parameter", "module"):
        made.append(parameter(float(len(made))))
        return made[-1] if nest == "parameter" else Box(w=made[-1])
    if nest in ("value", "number"):
        return Value(0.0) if nest == "value" else 0.0
    if isinstance(nest, dict):
        return {key: built(inner, made) for key, inner in nest.items()}
    return type(nest)(built(inner, made) for inner in nest)


@given(nests)
def test_every_parameter_of_any_nesting_is_found_once_and_restored(nest: Any) -> None:
    made: list[Value] = []
    box = Box(held=built(nest, made), last=(last := parameter(7.0)))
    made.append(last)
    found = dict(box.named_parameters())
    assert {id(p) for p in found.values()} == {id(p) for p in made}
    assert len(found) == len(made)
    assert {id(p) for p in box.parameters()} == {id(p) for p in made}
    for name, wanted in found.items():
        item: Any = box
        for element in name.split("."):
            if isinstance(item, nn.Module):
                item = getattr(item, element)
            else:
                item = item[element] if isinstance(item, dict) else item[int(element)]
        assert item is wanted
    state = box.state_dict()
    assert sum(array.size for array in state.values()) == len(made)
    for p in made:
        p.data = -1.0
    box.load_state_dict(state)
    assert [p.data for p in made] == [*map(float, range(len(made) - 1)), 7.0]

"""Compiled methods: programs for each instance, by identity, and gone with it."""

from __future__ import annotations

import copy
import dataclasses
import gc
import pickle
import weakref
from typing import Any

import pytest

import nn
from autograd import Value, compiled, no_grad, parameter


class Plain:
    def __init__(self, number: float) -> None:
        self.w = Value(number)
        self.lr = 1.0

    @compiled
    def loss(self, x: Any) -> Any:
        return self.w * x * x * self.lr


class Equal(Plain):
    """All of them are equal."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 1


@dataclasses.dataclass
class Record:
    """Equal by its fields, and so without a hash."""

    w: Any
    lr: float = 1.0

    def __init__(self, number: float) -> None:
        self.w = Value(number)

    @compiled
    def loss(self, x: Any) -> Any:
        return self.w * x * x * self.lr


@dataclasses.dataclass(frozen=True)
class Frozen:
    w: Value
    lr: float = 1.0

    @compiled
    def loss(self, x: Any) -> Any:
        return self.w * x * x * self.lr


class Slots:
    __slots__ = ("lr", "w")

    def __init__(self, number: float) -> None:
        self.w = Value(number)
        self.lr = 1.0

    @compiled
    def loss(self, x: Any) -> Any:
        return self.w * x * x * self.lr


class WeakSlots(Slots):
    __slots__ = ("__weakref__",)


class Row(list[Any]):
    def __init__(self, number: float) -> None:
        super().__init__([Value(number)])
        self.lr = 1.0

    @compiled
    def loss(self, x: Any) -> Any:
        return self[0] * x * x * self.lr


class SlotRow(list[Any]):
    __slots__ = ()

    def __init__(self, number: float) -> None:
        super().__init__([Value(number)])

    @compiled
    def loss(self, x: Any) -> Any:
        return self[0] * x * x


class Table(dict[str, Any]):
    def __init__(self, number: float) -> None:
        super().__init__(w=Value(number))

    @compiled
    def loss(self, x: Any) -> Any:
        return self["w"] * x * x


class Module(nn.Module):
    def __init__(self, number: float) -> None:
        self.w = parameter(number)

    @compiled
    def loss(self, x: Any) -> Any:
        return self.w * x * x


class BackPointer(Plain):
    """What it holds points back to it."""

    def __init__(self, number: float) -> None:
        super().__init__(number)
        self.parts = [{"owner": self}]
        self.act = self.activation

    def activation(self, x: Any) -> Any:
        return x * self.lr

    @compiled
    def loss(self, x: Any) -> Any:
        return self.act(self.parts[0]["owner"].w * x * x)


def leaf_of(instance: Any) -> Value:
    leaf: Value
    if isinstance(instance, list):
        leaf = instance[0]
    else:
        leaf = instance["w"] if isinstance(instance, dict) else instance.w
    return leaf


KINDS: list[Any] = [
    *(Plain, Equal, Record, Slots, WeakSlots, Row, SlotRow, Table, Module),
    BackPointer,
    lambda number: Frozen(Value(number)),
]


@pytest.mark.parametrize("make", KINDS)
def test_instances_do_not_share(make: Any) -> None:
    one, other = make(2.0), make(3.0)
    assert (one.loss(3.0), other.loss(x=3.0), one.loss(1.0)) == (18.0, 27.0, 2.0)
    assert one.loss.backward(2.0) == 8.0
    assert (leaf_of(one).grad, leaf_of(other).grad) == (4.0, 0.0)
    assert other.loss.value_and_grad(2.0)[1].tolist() == [4.0]
    assert other.loss.hvp(2.0, v=[1.0]).tolist() == [0.0]
    assert other.loss.map([1.0, 2.0]).tolist() == [3.0, 12.0]
    y = one.loss(2.0)
    assert y.parents == (leaf_of(one),)
    if not isinstance(one, list | dict):  # these would be taken for numbers
        assert type(one).loss(one, 2.0) == 8.0
    with no_grad():
        assert type(one.loss(2.0)) is float


@pytest.mark.parametrize("make", KINDS)
def test_instances_are_freed(make: Any) -> None:
    kind = type(make(1.0))

    def alive() -> int:
        gc.collect()
        return sum(type(x) is kind for x in gc.get_objects())

    before = alive()
    for n in range(5):
        instance = make(float(n))
        instance.loss(2.0)
        instance.loss.backward(2.0)
        with no_grad():
            instance.loss(1.0)
        instance.loss.hvp(2.0, v=[1.0])
    del instance
    assert alive() == before


def test_an_instance_is_freed_at_once() -> None:
    instance = Plain(2.0)
    instance.loss.backward(2.0)
    gone = weakref.ref(instance)
    gc.disable()
    try:
        del instance
        assert gone() is None
    finally:
        gc.enable()


def test_many_instances_without_a_dict_stay_bounded() -> None:
    for n in range(200):
        assert Slots(float(n)).loss(2.0) == 4.0 * n
    assert len(vars(Slots)["loss"].programs) <= 128


@pytest.mark.parametrize("make", [Plain, Record, Slots, Row])
def test_attributes_are_guarded(make: Any) -> None:
    one = make(2.0)
    assert one.loss(3.0) == 18.0
    one.lr = 2.0
    assert one.loss(3.0) == 36.0
    one.lr = 1.0
    assert one.loss(3.0) == 18.0
    old = leaf_of(one)
    if isinstance(one, list):
        one[0] = Value(2.0)
    else:
        one.w = Value(2.0)
    one.loss.backward(3.0)
    assert (old.grad, leaf_of(one).grad) == (0.0, 9.0)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_copies_begin_anew(copied: Any) -> None:
    one = Plain(2.0)
    one.loss(3.0)
    other = copied(one)
    other.w = Value(5.0)
    for _ in range(2):
        assert (one.loss(3.0), other.loss(3.0)) == (18.0, 45.0)
    other.loss.backward(1.0)
    assert (one.w.grad, other.w.grad) == (0.0, 1.0)
    assert len(one.loss.programs) == len(other.loss.programs) == 1


def test_instances_are_pickled_without_programs() -> None:
    one = Plain(2.0)
    one.loss(3.0)
    other = pickle.loads(pickle.dumps(one))
    assert other.loss(3.0) == 18.0
    assert other.loss(3.0).parents == (other.w,)


def test_inherited_and_overridden_methods() -> None:
    class Child(Plain):
        @compiled
        def loss(self, x: Any) -> Any:
            return super().loss(x) + self.w

    child = Child(2.0)
    y = child.loss(3.0)
    assert y == 20.0
    y.backward()
    assert child.w.grad == 10.0
    assert Plain.loss is vars(Plain)["loss"]


def test_static_and_class_methods() -> None:
    class Kind:
        factor = Value(2.0)

        @staticmethod
        @compiled
        def outer_static(x: Any) -> Any:
            return x * Kind.factor

        @compiled
        @staticmethod
        def inner_static(x: Any) -> Any:
            return x * Kind.factor

        @classmethod
        @compiled
        def of_class(cls, x: Any) -> Any:
            return x * cls.factor

    for f in (Kind.outer_static, Kind.inner_static, Kind.of_class):
        assert f(3.0) == 6.0
    for f in (Kind().outer_static, Kind().inner_static, Kind().of_class):
        assert f(3.0).parents == (Kind.factor,)
    Kind.factor = Value(4.0)
    assert Kind.of_class(3.0) == 12.0


def test_a_method_compiled_in_an_instance() -> None:
    class Net:
        def __init__(self) -> None:
            self.w = Value(2.0)
            self.loss = compiled(self.plain)

        def plain(self, x: Any) -> Any:
            return self.w * x

    net = Net()
    assert net.loss(3.0) == 6.0
    net.w = Value(4.0)
    assert net.loss(3.0) == 12.0
    gone = weakref.ref(net)
    del net
    gc.collect()
    assert gone() is None


def test_names_and_documentation_are_the_method_s() -> None:
    class Net:
        @compiled
        def loss(self, x: Any) -> Any:
            """Tell the loss."""
            return x

    assert Net.loss.__doc__ == "Tell the loss."
    assert vars(Net().loss)["__name__"] == "loss"
    assert repr(Net().loss) == "compiled(loss: 0 programs)"

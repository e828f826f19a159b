"""A compiled function sees the world as it is at each call."""

# A lambda around a call reaches the callee by a name, and that is tested here.
# ruff: noqa: PLW0108

from __future__ import annotations

import functools
import math
import operator
import sys
import types
import warnings
import weakref
from array import array
from collections import ChainMap, UserDict, UserList, deque
from collections.abc import Callable
from contextvars import ContextVar
from enum import Enum, IntEnum
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd
import nn
from autograd import (
    BranchError,
    Op,
    Program,
    Value,
    compiled,
    grad,
    no_grad,
    parameter,
    tanh,
)
from autograd.errors import CompilationWarning

number: Any = 2.0
table: Any = {"a": 2.0}
values: Any = [Value(2.0)]
settings = types.ModuleType("settings")
settings.rate = 2.0  # type: ignore[attr-defined]


def helper(x: Any) -> Any:
    return number * x


def helper_of_helper(x: Any) -> Any:
    return helper(x)


class Config:
    rate: Any = 2.0

    def __init__(self) -> None:
        self.own: Any = 2.0
        self.unread = 0
        self.deep: Any = [{"x": (2.0,)}]

    def scale(self, x: Any) -> Any:
        return self.own * x

    def __call__(self, x: Any) -> Any:
        return self.own * x

    @property
    def doubled(self) -> Any:
        return self.own * 1.0

    @staticmethod
    def fixed(x: Any) -> Any:
        return number * x

    def by_text(self, x: Any) -> Any:
        return getattr(self, "o" + "wn") * x


class Slotted:
    __slots__ = ("own",)

    def __init__(self) -> None:
        self.own: Any = 2.0


class Pair(NamedTuple):
    x: Any


class Mode(Enum):
    ON = "on"
    OFF = "off"


# --- code that Python reaches by itself, all of which computes number * x -------------


class Base:
    def __init__(self, x: Any) -> None:
        self.scaled = number * x

    def scale(self, x: Any) -> Any:
        return number * x

    @property
    def rate(self) -> Any:
        return number


class Derived(Base):
    def scale(self, x: Any) -> Any:
        return super().scale(x)

    @property
    def rate(self) -> Any:
        return super().rate


class WithOperators:
    def __mul__(self, x: Any) -> Any:
        return number * x

    def __getitem__(self, x: Any) -> Any:
        return number * x

    def __bool__(self) -> bool:
        return bool(number > 2.0)


class Always(type):
    def __getattr__(cls, _name: str) -> Any:
        return number


class OfAlways(metaclass=Always):
    pass


class Descriptor:
    def __get__(self, _instance: Any, _owner: Any) -> Any:
        return number


class Described:
    rate = Descriptor()


class InParts:
    scale = functools.partialmethod(lambda _self, k, x: k * number * x, 1.0)


class Composed:
    @compiled
    def inner(self, x: Any) -> Any:
        return number * x

    def scale(self, x: Any) -> Any:
        return self.inner(x)


class Dispatched:
    @functools.singledispatchmethod
    def scale(self, x: Any) -> Any:
        return number * x


class Setting:
    @property
    def rate(self) -> Any:
        raise AssertionError

    @rate.setter
    def rate(self, x: Any) -> None:
        self.held = number * x


class SettingDescriptor:
    def __set__(self, instance: Any, x: Any) -> None:
        instance.held = number * x


class DescribedSetting:
    rate = SettingDescriptor()


def held_after_setting(made: Any, x: Any) -> Any:
    made.rate = x
    return made.held


class AskedByText:
    factor = 2.0

    def scale(self, x: Any) -> Any:
        return number * x

    @property
    def rate(self) -> Any:
        return number


class Point(NamedTuple):
    x: Any
    y: Any = 0.0

    def __add__(self, other: Any) -> Any:
        return number * (self.x + other)

    def scale(self) -> Any:
        return self.factor * self.x

    @property
    def factor(self) -> Any:
        return number


class Level(IntEnum):
    LOW = 1

    def scale(self, x: Any) -> Any:
        return number * x


class Word(str):
    __slots__ = ("own",)

    def scale(self, x: Any) -> Any:
        return number * x


class Length(float):
    def __mul__(self, x: Any) -> Any:
        return number * x


derived, described, in_parts = Derived(1.0), Described(), InParts()
composed, dispatched, asked = Composed(), Dispatched(), AskedByText()
scaled_each = np.vectorize(lambda x: number * x, otypes=[object])
scaled_by_text = operator.methodcaller("scale", 1.0)
level, word, length = Level.LOW, Word("a"), Length(1.0)

CODE: dict[str, Callable[[Any], Any]] = {
    "an inherited __init__": lambda x: Derived(x).scaled,
    "an operator of an object that is made": lambda x: WithOperators() * x,
    "an index of an object that is made": lambda x: WithOperators()[x],
    "a truth of an object that is made": lambda x: (
        (5.0 if WithOperators() else 2.0) * x
    ),
    "an operator of a named tuple that is made": lambda x: Point(x) + 0.0,
    "a method of a superclass": lambda x: derived.scale(x),
    "a property of a superclass": lambda x: derived.rate * x,
    "a metaclass": lambda x: OfAlways.rate * x,
    "a descriptor": lambda x: described.rate * x,
    "a partial method": lambda x: in_parts.scale(x),
    "a compiled method": lambda x: composed.scale(x),
    "a method by the argument's type": lambda x: dispatched.scale(x),
    "a property that is set": lambda x: held_after_setting(Setting(), x),
    "a descriptor that is set": lambda x: held_after_setting(DescribedSetting(), x),
    "a method by text": lambda x: getattr(asked, "sca" + "le")(x),
    "a property by text": lambda x: getattr(asked, "ra" + "te") * x,
    "a method by a caller": lambda x: scaled_by_text(asked) * x,
    "a function for arrays": lambda x: scaled_each([x])[0],
    "an enum of integers": lambda x: level.scale(x),
    "a text with methods": lambda x: word.scale(x),
    "a number with operators": lambda x: length * x,
}

Change = Callable[[Any], None]


def setting_global(name: str) -> Change:
    def change(new: Any) -> None:
        globals()[name] = new

    return change


def in_a_closure() -> tuple[Any, Change]:
    k: Any = 2.0

    def change(new: Any) -> None:
        nonlocal k
        k = new

    return (lambda x: k * x), change


def item(container: Any, key: Any = 0) -> Change:
    def change(new: Any) -> None:
        container[key] = new

    return change


def attribute(owner: Any, name: str) -> Change:
    return lambda new: setattr(owner, name, new)


def with_list() -> tuple[Any, Change]:
    k = [2.0]
    return (lambda x: k[0] * x), item(k)


def with_nested_list() -> tuple[Any, Change]:
    k: Any = [[1.0], [2.0, [2.0]]]
    return (lambda x: k[1][1][0] * x), item(k[1][1])


def with_dict() -> tuple[Any, Change]:
    k = {"a": 2.0, 3: 1.0}
    return (lambda x: k["a"] * x), item(k, "a")


def with_deque() -> tuple[Any, Change]:
    k = deque([2.0])
    return (lambda x: k[0] * x), item(k)


def with_array() -> tuple[Any, Change]:
    k = np.array([2.0, 1.0])
    return (lambda x: k[0] * x), item(k)


def with_attribute_of_a_function() -> tuple[Any, Change]:
    def f(x: Any) -> Any:
        return f.k * x  # type: ignore[attr-defined]

    f.k = 2.0  # type: ignore[attr-defined]
    return f, attribute(f, "k")


def with_attribute_of_a_helper() -> tuple[Any, Change]:
    def inner(x: Any) -> Any:
        return inner.k * x  # type: ignore[attr-defined]

    inner.k = 2.0  # type: ignore[attr-defined]
    return (lambda x: inner(x)), attribute(inner, "k")


def with_defaults_replaced() -> tuple[Any, Change]:
    def f(x: Any, k: Any = 2.0) -> Any:
        return k * x

    return f, lambda new: attribute(f, "__defaults__")((new,))


def with_keyword_defaults_replaced() -> tuple[Any, Change]:
    def inner(x: Any, *, k: Any = 2.0) -> Any:
        return k * x

    return (lambda x: inner(x)), item(inner.__kwdefaults__, "k")


def with_code_replaced() -> tuple[Any, Change]:
    two, five = (lambda x: 2.0 * x), (lambda x: 5.0 * x)
    codes = {2.0: two.__code__, 5.0: five.__code__}

    def inner(x: Any) -> Any:
        return 2.0 * x

    return (lambda x: inner(x)), lambda new: attribute(inner, "__code__")(codes[new])


def with_method_of_an_instance() -> tuple[Any, Change]:
    config = Config()
    times = {k: functools.partial(lambda k, x: k * x, k) for k in (2.0, 5.0)}
    return (lambda x: config.scale(x)), lambda new: attribute(config, "scale")(
        times[new]
    )


def with_class_of_an_instance() -> tuple[Any, Change]:
    class Two:
        def scale(self, x: Any) -> Any:
            return 2.0 * x

    class Five(Two):
        def scale(self, x: Any) -> Any:
            return 5.0 * x

    thing, kinds = Two(), {2.0: Two, 5.0: Five}
    return (lambda x: thing.scale(x)), lambda new: attribute(thing, "__class__")(
        kinds[new]
    )


def with_module_forward_replaced() -> tuple[Any, Change]:
    class Scale(nn.Module):
        def forward(self, x: Any) -> Any:
            return 2.0 * x

    model = Scale()
    times = {k: functools.partial(lambda k, x: k * x, k) for k in (2.0, 5.0)}
    return (lambda x: model(x)), lambda new: attribute(model, "forward")(times[new])


def with_class_attribute_by_text() -> tuple[Any, Change]:
    thing = AskedByText()
    return (lambda x: getattr(thing, "fac" + "tor") * x), attribute(
        AskedByText, "factor"
    )


def with_getter_of_operator() -> tuple[Any, Change]:
    config, get = types.SimpleNamespace(own=2.0), operator.attrgetter("own")
    return (lambda x: get(config) * x), attribute(config, "own")


def with_pattern_of_a_class() -> tuple[Any, Change]:
    config = Slotted()

    def f(x: Any) -> Any:
        match config:
            case Slotted(own=rate):
                return rate * x

    return f, attribute(config, "own")


def with_context_variable() -> tuple[Any, Change]:
    rate = ContextVar("rate", default=2.0)

    def change(new: Any) -> None:
        rate.set(new)

    return (lambda x: rate.get() * x), change


def with_attribute_of_a_compiled_function() -> tuple[Any, Change]:
    inner: Any = compiled(lambda x: inner.k * x)
    inner.k = 2.0
    return inner, attribute(inner, "k")


def with_user_dict() -> tuple[Any, Change]:
    k = UserDict({"a": 2.0})
    return (lambda x: k["a"] * x), item(k, "a")


def with_user_list() -> tuple[Any, Change]:
    k = UserList([2.0])
    return (lambda x: k[0] * x), item(k)


def with_chain_map() -> tuple[Any, Change]:
    k = ChainMap({"b": 1.0}, {"a": 2.0})
    return (lambda x: k["a"] * x), item(k.maps[1], "a")


def with_mapping_proxy() -> tuple[Any, Change]:
    inside = {"a": 2.0}
    k = types.MappingProxyType(inside)
    return (lambda x: k["a"] * x), item(inside, "a")


def with_dict_values() -> tuple[Any, Change]:
    inside = {"a": 2.0}
    k = inside.values()
    return (lambda x: sum(k) * x), item(inside, "a")


def with_bytearray() -> tuple[Any, Change]:
    k = bytearray([2])
    return (lambda x: k[0] * x), lambda new: item(k)(int(new))


def with_array_of_c() -> tuple[Any, Change]:
    k = array("d", [2.0])
    return (lambda x: k[0] * x), item(k)


def with_weak_reference() -> tuple[Any, Change]:
    config = Config()
    reference: Any = weakref.ref(config)
    kept_alive.append(config)
    return (lambda x: reference().own * x), attribute(config, "own")


kept_alive: list[Any] = []


def with_special_method_of_a_written_class() -> tuple[Any, Change]:
    namespace: dict[str, Any] = {"__name__": __name__}
    exec("class T:\n    def __iter__(self): return iter(self.q)", namespace)
    thing = namespace["T"]()
    thing.q = [2.0]
    return (lambda x: x * sum(thing)), lambda new: item(thing.q)(new)


def with_array_of_values() -> tuple[Any, Change]:
    k = np.array([Value(2.0), Value(1.0)])
    return (lambda x: k[0] * x), lambda new: item(k)(Value(new))


def with_object() -> tuple[Any, Change]:
    config = Config()
    return (lambda x: config.own * x), attribute(config, "own")


def with_method() -> tuple[Any, Change]:
    config = Config()
    return (lambda x: config.scale(x)), attribute(config, "own")


def with_bound_method() -> tuple[Any, Change]:
    config = Config()
    return config.scale, attribute(config, "own")


def with_method_by_name() -> tuple[Any, Change]:
    config = Config()
    scale = config.scale
    return (lambda x: scale(x)), attribute(config, "own")


def with_call() -> tuple[Any, Change]:
    config = Config()
    return (lambda x: config(x)), attribute(config, "own")


def with_object_itself() -> tuple[Any, Change]:
    config = Config()
    return config, attribute(config, "own")


def with_property() -> tuple[Any, Change]:
    config = Config()
    return (lambda x: config.doubled * x), attribute(config, "own")


def with_class_attribute() -> tuple[Any, Change]:
    kind: Any = type("Kind", (Config,), {"rate": 2.0})
    return (lambda x: kind.rate * x), attribute(kind, "rate")


def with_class_attribute_of_object() -> tuple[Any, Change]:
    config = Config()
    return (lambda x: config.rate * x), attribute(config, "rate")


def with_static_method() -> tuple[Any, Change]:
    config = Config()
    return (lambda x: config.fixed(x)), setting_global("number")


def with_method_of_class() -> tuple[Any, Change]:
    kind = type("Kind", (Config,), {"scale": lambda self, x: 2.0 * x})
    config = kind()

    def change(new: Any) -> None:
        kind.scale = lambda self, x: new * x  # type: ignore[attr-defined]

    return (lambda x: config.scale(x)), change


def with_text() -> tuple[Any, Change]:
    config = Config()
    return (lambda x: config.by_text(x)), attribute(config, "own")


def with_vars() -> tuple[Any, Change]:
    config = Config()
    return (lambda x: vars(config)["own"] * x), attribute(config, "own")


def with_slots() -> tuple[Any, Change]:
    slotted = Slotted()
    return (lambda x: slotted.own * x), attribute(slotted, "own")


def with_deep_attribute() -> tuple[Any, Change]:
    config = Config()

    def change(new: Any) -> None:
        config.deep = [{"x": (new,)}]

    return (lambda x: config.deep[0]["x"][0] * x), change


def with_objects_in_lists() -> tuple[Any, Change]:
    configs = [Config(), Config()]

    def f(x: Any) -> Any:
        for config in configs:
            x = config.own * x
        return x * 0.5

    return f, attribute(configs[1], "own")


def with_namespace() -> tuple[Any, Change]:
    space = types.SimpleNamespace(rate=2.0)
    return (lambda x: space.rate * x), attribute(space, "rate")


def with_module() -> tuple[Any, Change]:
    return (lambda x: settings.rate * x), attribute(settings, "rate")


def with_module_imported_inside() -> tuple[Any, Change]:
    sys.modules["settings_of_test"] = settings

    def f(x: Any) -> Any:
        from settings_of_test import rate  # type: ignore[import-not-found]

        return rate * x

    return f, attribute(settings, "rate")


def with_default() -> tuple[Any, Change]:
    k = [2.0]

    def f(x: Any, k: Any = k) -> Any:
        return k[0] * x

    return f, item(k)


def with_partial() -> tuple[Any, Change]:
    k = [2.0]
    return functools.partial(lambda k, x: k[0] * x, k), item(k)


def with_wrapper() -> tuple[Any, Change]:
    k = [2.0]

    def twice(f: Any) -> Any:
        @functools.wraps(f)
        def wrapped(x: Any) -> Any:
            return f(x) * 1.0

        return wrapped

    return twice(lambda x: k[0] * x), item(k)


def with_other_compiled() -> tuple[Any, Change]:
    k = [2.0]
    inner = compiled(lambda x: k[0] * x)
    return (lambda x: inner(x) * 1.0), item(k)


def with_program() -> tuple[Any, Change]:
    def made(k: float) -> Program:
        return Program(lambda x: k * x, 1.0)

    held = [made(2.0)]
    return (lambda x: held[0](x) * 1.0), lambda new: item(held)(made(new))


def with_derivative() -> tuple[Any, Change]:
    k = [2.0]
    slope = grad(lambda x: 0.5 * k[0] * x * x)
    return (lambda x: slope(x)), item(k)


def with_function_replaced() -> tuple[Any, Change]:
    held = {"f": lambda x: 2.0 * x}

    def change(new: Any) -> None:
        held["f"] = lambda x: new * x

    return (lambda x: held["f"](x)), change


def with_own_operation() -> tuple[Any, Change]:
    k = [2.0]
    op = Op("scaled", lambda xp, x: k[0] * x, lambda xp, out, x: (k[0],))
    return (lambda x: op(x) * 1.0), item(k)


def with_inner_function() -> tuple[Any, Change]:
    k = [2.0]

    def f(x: Any) -> Any:
        def inner(y: Any) -> Any:
            return sum(k[i] * y for i in range(1))

        return inner(x)

    return f, item(k)


def with_named_tuple() -> tuple[Any, Change]:
    config = Config()
    config.own = Pair(2.0)

    def change(new: Any) -> None:
        config.own = Pair(new)

    return (lambda x: config.own.x * x), change


def with_mode() -> tuple[Any, Change]:
    config = Config()
    config.own = Mode.ON

    def change(new: Any) -> None:
        config.own = Mode.OFF if new == 5.0 else Mode.ON

    return (lambda x: (2.0 if config.own is Mode.ON else 5.0) * x), change


def with_flag() -> tuple[Any, Change]:
    config = Config()
    config.own = True

    def change(new: Any) -> None:
        config.own = 1 if new == 5.0 else True

    return (lambda x: (2.0 if config.own is True else 5.0) * x), change


def with_text_value() -> tuple[Any, Change]:
    config = Config()
    config.own = "two"

    def change(new: Any) -> None:
        config.own = {2.0: "two", 5.0: "five"}[new]

    return (lambda x: {"two": 2.0, "five": 5.0}[config.own] * x), change


def with_value() -> tuple[Any, Change]:
    config = Config()
    config.own = Value(2.0)
    return (lambda x: config.own * x), lambda new: attribute(config, "own")(Value(new))


def with_values_in_globals() -> tuple[Any, Change]:
    return (lambda x: values[0] * x), lambda new: item(values)(Value(new))


def with_gradient() -> tuple[Any, Change]:
    w = Value(1.0)
    w.grad = 2.0
    return (lambda x: w.grad * x), attribute(w, "grad")


def with_a_list_that_grows() -> tuple[Any, Change]:
    terms = [2.0]

    def change(new: Any) -> None:
        terms[:] = [2.0, 3.0] if new == 5.0 else [2.0]

    return (lambda x: sum(terms) * x), change


def with_a_key_that_comes() -> tuple[Any, Change]:
    held: dict[str, float] = {}

    def change(new: Any) -> None:
        held.update(k=new)

    return (lambda x: held.get("k", 2.0) * x), change


def with_an_attribute_that_comes() -> tuple[Any, Change]:
    config = Config()

    def f(x: Any) -> Any:
        return (config.later if hasattr(config, "later") else 2.0) * x

    return f, attribute(config, "later")


WORLDS: dict[str, Callable[[], tuple[Any, Change]]] = {
    "a global": lambda: ((lambda x: number * x), setting_global("number")),
    "a global of a function": lambda: (helper, setting_global("number")),
    "of a function's function": lambda: (
        (lambda x: helper_of_helper(x)),
        setting_global("number"),
    ),
    "a global dict": lambda: ((lambda x: table["a"] * x), item(table, "a")),
    "a closure": in_a_closure,
    **{
        name: functools.partial(lambda f: (f, setting_global("number")), f)
        for name, f in CODE.items()
    },
    **{
        name.removeprefix("with_").replace("_", " "): make
        for name, make in globals().copy().items()
        if name.startswith("with_")
    },
}


@pytest.mark.parametrize("name", WORLDS)
def test_what_is_changed_is_seen(name: str) -> None:
    f, change = WORLDS[name]()
    change(2.0)
    g = compiled(f)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for new in (2.0, 5.0, 2.0, 5.0):
            change(new)
            assert g(3.0) == new * 3.0
            assert g.map([1.0, 2.0]).tolist() == [new, 2.0 * new]
    if name not in MADE_ANEW:
        assert len(g.programs) == 2
    change(2.0)


MADE_ANEW = {
    *("value", "values in globals", "array of values", "program"),
    *("method of class", "function replaced", "defaults replaced"),
}
"""Where the change makes a new Value or function, which no program knows."""


def test_what_is_not_read_does_not_count() -> None:
    config = Config()
    f = compiled(lambda x: config.scale(x))
    for _ in range(5):
        config.unread += 1
        f(2.0)
    assert len(f.programs) == 1


def test_an_equal_number_is_no_change() -> None:
    config = Config()
    k = [2.0]
    f = compiled(lambda x: config.own * x * k[0])
    for i in range(5):
        config.own = float(str(2.0 + 0 * i))
        k[:] = [float(str(2.0))]
        f(3.0)
    k = [float("2.0")]
    assert f(3.0) == 12.0
    assert len(f.programs) == 1
    k[0] = 3.0  # in the new list
    assert f(3.0) == 18.0


@pytest.mark.parametrize(
    "pair", [(0.0, -0.0), (1, True), (1, 1.0), (2.0, np.float64(2.0))]
)
def test_equal_numbers_of_other_kinds_are_other_worlds(pair: tuple[Any, Any]) -> None:
    k: Any = [None]
    f = compiled(
        lambda x: (
            x * (1.0 if type(k[0]) is float else 2.0)
            if k[0]
            else np.copysign(1.0, k[0]) * x
        )
    )
    for number in (*pair, *pair):
        k[0] = number
        assert f(3.0) == f.__wrapped__(3.0)
    assert len(f.programs) == 2


def test_a_nan_is_equal_to_itself() -> None:
    k = [float("nan")]
    f = compiled(lambda x: x * (1.0 if k[0] == k[0] else 2.0))
    for _ in range(3):
        k[0] = float("nan")
        assert f(3.0) == 6.0
    assert len(f.programs) == 1


def test_values_count_by_identity_and_are_read_anew() -> None:
    class Holder:
        w = Value(2.0)

    f = compiled(lambda x: Holder.w * x)
    assert f(3.0) == 6.0
    first = Holder.w
    first.data = 4.0
    assert f(3.0) == 12.0
    assert len(f.programs) == 1
    Holder.w = Value(4.0)  # an equal number, but another leaf
    assert f.backward(3.0) == 12.0
    assert (first.grad, Holder.w.grad) == (0.0, 3.0)


class Layer(nn.Module):
    """Keeps running statistics, as a normalisation does."""

    def __init__(self) -> None:
        self.mean = 0.0
        self.scale = parameter(2.0)

    def forward(self, x: Any) -> Any:
        if self.training:
            self.mean = 0.5 * self.mean + 0.5 * 3.0
            return x * self.scale
        return (x - self.mean) * self.scale


def test_a_model_that_is_trained_and_asked() -> None:
    model, plain = Layer(), Layer()
    f = compiled(lambda x: model(x))
    model.eval(), plain.eval()
    assert f(3.0) == plain(3.0)
    model.train(), plain.train()
    with pytest.warns(CompilationWarning, match=r"changes model\.mean while it runs"):
        assert f(3.0) == plain(3.0)
    for _ in range(3):
        assert f(3.0) == plain(3.0)
        assert model.mean == plain.mean  # once a call
    model.eval(), plain.eval()
    assert f(3.0) == plain(3.0)
    assert f(4.0) == plain(4.0)
    assert model.mean == plain.mean


def test_a_net_whose_parameters_are_replaced() -> None:
    model = nn.MLP(2, [3, 1], activation="tanh", rng=0)
    f = compiled(lambda x: model(x))
    x = [0.5, -1.0]
    assert f(x).data == pytest.approx(model(x).data, rel=1e-14)
    assert len(f.programs) == 1  # although the net's first call names its parts
    weights = model.layers[0].weight[1]
    old, weights[0] = weights[0], parameter(weights[0].data)
    f.backward(x)
    assert old.grad == 0.0
    assert weights[0].grad != 0.0
    model.layers[1] = nn.Layer(3, 1, rng=5)
    assert f(x).data == pytest.approx(model(x).data, rel=1e-14)
    model.layers[1].activation = tanh
    assert f(x).data == pytest.approx(model(x).data, rel=1e-14)
    value, gradient = f.value_and_grad(x)  # of the new ones, in their order
    assert value == pytest.approx(model(x).data, rel=1e-14)
    assert len(gradient) == len(model.parameters())


def test_state_that_is_made_in_the_first_call() -> None:
    class Lazy:
        w: Any = None

        def __call__(self, x: Any) -> Any:
            if self.w is None:
                self.w = Value(3.0)
            return self.w * x

    lazy = Lazy()
    f = compiled(lambda x: lazy(x))
    with pytest.warns(CompilationWarning, match=r"changes lazy\.w while it runs"):
        assert f(2.0) == 6.0
    for _ in range(30):
        y = f(2.0)
    assert len(f.programs) == 1
    y.backward()
    assert lazy.w.grad == 2.0


def test_a_world_that_changes_at_every_call_is_left_alone() -> None:
    k = [0.0]
    runs = []  # a log, which is not read

    def plain(x: Any) -> Any:
        runs.append(1)
        return k[0] * x

    f = compiled(plain)
    for i in range(1000):
        k[0] = float(i)
        assert f(2.0) == 2.0 * i
    assert "runs eagerly: k changes from call to call" in repr(f)
    assert len(f.programs) <= 16
    assert len(runs) < 1200


def test_large_containers_are_told_by_identity() -> None:
    numbers = [1.0] * 5000
    f = compiled(lambda x: numbers[0] * x)
    assert f(3.0) == 3.0
    numbers = [2.0] * 5000
    assert f(3.0) == 6.0


def test_two_attributes_of_one_object() -> None:
    config = Config()
    config.own, config.rate = Value(2.0), 3.0
    f = compiled(lambda x: config.own * config.rate * x)
    assert f(1.0) == 6.0
    config.own = Value(4.0)
    assert f(1.0) == 12.0
    config.rate = 5.0
    assert f(1.0) == 20.0


def test_many_values_are_no_large_container() -> None:
    numbers = [Value(1.0) for _ in range(1500)]
    f = compiled(lambda x: numbers[1400] * x)
    assert f(3.0) == 3.0
    numbers[1400] = Value(2.0)
    assert f(3.0) == 6.0


def test_self_references_end() -> None:
    class Node:
        def __init__(self) -> None:
            self.own: Any = 2.0
            self.me = self
            self.row: list[Any] = [self]
            self.row.append(self.row)

    node = Node()
    f = compiled(lambda x: node.me.row[1][0].own * x)
    assert f(3.0) == 6.0
    node.own = 4.0
    assert f(3.0) == 12.0


# --- arguments that are no numbers --------------------------------------------------


STATIC: dict[str, tuple[Any, list[Any], int]] = {
    "a bool": (
        lambda x, flag: x * 2 if flag is True else x * flag,
        [(2.0, True), (2.0, 3.0), (2.0, False)],
        3,
    ),
    "None": (
        lambda x, y: x if y is None else x * y,
        [(2.0, 3.0), (2.0, None), (2.0, 4.0)],
        2,
    ),
    "a text": (
        lambda kind, x: 2 * x if kind == "double" else x,
        [("double", 2.0), ("other", 2.0)],
        2,
    ),
    "an enum": (
        lambda x, mode: x if mode is Mode.ON else -x,
        [(2.0, Mode.ON), (2.0, Mode.OFF)],
        2,
    ),
    "a function": (
        lambda x, f: f(x),
        [(2.0, tanh), (2.0, abs), (2.0, helper), (3.0, tanh)],
        3,
    ),
    "a range": (
        lambda x, n: sum(x * i for i in n),
        [(2.0, range(3)), (2.0, range(5))],
        2,
    ),
    "in a dict": (
        lambda x, opts: x * opts["k"] if opts["on"] else x,
        [(2.0, {"k": 3.0, "on": True}), (2.0, {"k": 3.0, "on": False})],
        2,
    ),
    "in a tuple": (
        lambda parts: parts[1] * 2 if parts[0] == "a" else parts[1][0],
        [(("a", 2.0),), (("b", [3.0]),), (("a", 3.0),)],
        2,
    ),
    "beside an array": (
        lambda parts: parts[1][0, 1] * (2 if parts[0] else 1),
        [((True, np.array([[1.0, 2.0]])),), ((False, np.array([[1.0, 3.0]])),)],
        2,
    ),
    "a complex number": (lambda x, z: x * z.real, [(2.0, 1 + 2j), (2.0, 3j)], 2),
    "a class": (
        lambda x, kind: x if kind is int else -x,
        [(2.0, int), (2.0, str)],
        2,
    ),
    "equal ranges": (
        lambda x, n: x * n.stop + n.start,
        [(2.0, range(0, 3, 2)), (2.0, range(0, 4, 2)), (2.0, range(4, 4))],
        3,
    ),
    "equal complex numbers": (
        lambda x, z: x * math.copysign(1.0, z.imag),
        [(2.0, complex(1.0, 0.0)), (2.0, complex(1.0, -0.0))],
        2,
    ),
    "equal keys": (
        lambda x: sum(-v if k is True or str(k) == "-0.0" else v for k, v in x.items()),
        [({k: 2.0},) for k in (1, 1.0, True, 0.0, -0.0)],
        5,
    ),
    "equal keys in tuples": (
        lambda x: sum(-v if k[0] is True else v for k, v in x.items()),
        [({(1, "a"): 2.0},), ({(True, "a"): 2.0},)],
        2,
    ),
    "NumPy's bool": (
        lambda x, y: x * 3 if isinstance(y, np.bool_) else x,
        [(2.0, np.True_), (2.0, 1.0)],
        2,
    ),
}


@pytest.mark.parametrize("name", STATIC)
def test_static_arguments(name: str) -> None:
    f, calls, programs = STATIC[name]
    g = compiled(f)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for call in (*calls, *calls):
            assert g(*call) == f(*call)
    assert len(g.programs) == programs


def test_objects_as_arguments_are_guarded_and_not_kept() -> None:
    f = compiled(lambda x, config: config.own * x)
    one, other = Config(), Config()
    other.own = Value(3.0)
    assert [f(2.0, one), f(2.0, other), f(2.0, one)] == [4.0, 6.0, 4.0]
    one.own = 5.0
    assert f(2.0, one) == 10.0
    assert f(2.0, config=other).parents == (other.own,)
    assert f.value_and_grad(2.0, other)[1].tolist() == [2.0]
    assert f.hvp(2.0, other, v=[1.0]).tolist() == [0.0]
    assert f.value_and_grad(2.0, other, wrt="inputs")[1] == (3.0, None)


def test_a_model_as_an_argument() -> None:
    f = compiled(lambda model, x: model(x))
    model = nn.MLP(2, [3, 1], rng=0)
    x = [0.3, 0.4]
    assert f(model, x).data == pytest.approx(model(x).data)
    assert f.value_and_grad(model, x)[0] == pytest.approx(model(x).data)
    other = nn.MLP(2, [3, 1], rng=1)  # which was changed as often
    assert f(other, x).data == pytest.approx(other(x).data)
    assert len(f.programs) == 2


@pytest.mark.parametrize(
    ("f", "argument"),
    [
        (lambda mode, x: mode.scale(x), Level.LOW),
        (lambda word, x: word.scale(x), Word("a")),
        (lambda point, x: point.scale() + 0.0 * x, Point(3.0)),
        (lambda points, x: sum(p + 0.0 * x for p in points), [Point(3.0)]),
        (lambda row, x: sum(k.scale(x) for k in row), {Level.LOW: 1.0}),
        (lambda row, x: sum(k[0].scale(x) for k in row), {(Level.LOW, 1): 1.0}),
    ],
)
def test_arguments_that_bring_code_with_them(f: Any, argument: Any) -> None:
    g = compiled(f)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for new in (2.0, 5.0, 2.0, 5.0):
            setting_global("number")(new)
            assert g(argument, 3.0) == new * 3.0
    assert len(g.programs) == 2
    setting_global("number")(2.0)


def test_what_a_member_of_an_enum_holds() -> None:
    held = [2.0]
    mode = Enum("mode", {"HELD": held}).HELD  # type: ignore[attr-defined]
    f = compiled(lambda mode, x: mode.value[0] * x)
    assert f(mode, 3.0) == 6.0
    held[0] = 5.0
    assert f(mode, 3.0) == 15.0


def test_equal_texts_with_attributes() -> None:
    one, other = Word("a"), Word("a")
    one.own, other.own = 2.0, 5.0  # type: ignore[attr-defined]
    f = compiled(lambda word, x: word.own * x)
    assert [f(word, 3.0) for word in (one, other, one)] == [6.0, 15.0, 6.0]


class Doubled(dict[str, float]):
    def __getitem__(self, key: str) -> float:
        return 2.0 * super().__getitem__(key)


class Reversed(list[float]):
    def __getitem__(self, place: Any) -> Any:
        return super().__getitem__(-1 - place)


@pytest.mark.parametrize(
    ("f", "argument", "wanted"),
    [
        (lambda row: sum(row.values()), Doubled(a=1.5), 1.5),
        (lambda row: row["a"], Doubled(a=1.5), 3.0),
        (lambda row: row[0], Reversed([1.5, 2.5]), 2.5),
        (lambda x: x * 1.5, Length(3.0), 3.0),
    ],
)
def test_numbers_in_classes_with_code_run_eagerly(
    f: Any, argument: Any, wanted: float
) -> None:
    g = compiled(f)
    with pytest.warns(CompilationWarning, match="among its arguments"):
        assert g(argument) == wanted
    with pytest.raises(TypeError, match=f"got {__name__}."):
        g.value_and_grad(argument)


def test_functions_as_arguments_bring_their_world() -> None:
    k = [2.0]
    f = compiled(lambda x, g: g(x))

    def g(x: Any) -> Any:
        return k[0] * x

    assert f(3.0, g) == 6.0
    k[0] = 4.0
    assert f(3.0, g) == 12.0


def test_what_cannot_be_guarded_runs_eagerly() -> None:
    f = compiled(lambda x, more: x * next(iter(more)))
    with pytest.warns(CompilationWarning, match=r"list_iterator among its arguments"):
        assert f(2.0, iter([3.0])) == 6.0
    assert f(2.0, iter([5.0])) == 10.0
    with pytest.raises(TypeError, match="list_iterator"):
        f.value_and_grad(2.0, iter([5.0]))


def test_keyword_only_arguments() -> None:
    w = Value(3.0)

    @compiled
    def f(x: Any, *, scale: Any, kind: str = "plain") -> Any:
        return w * x * scale if kind == "plain" else x

    assert f(2.0, scale=4.0) == 24.0
    assert f(2.0, scale=5.0) == 30.0
    assert f(scale=5.0, x=2.0, kind="other") == 2.0
    assert f.value_and_grad(2.0, scale=5.0)[1].tolist() == [10.0]
    assert f.value_and_grad(2.0, scale=5.0, wrt="both")[1][1] == (15.0, 6.0)
    x = Value(2.0)
    f(x, scale=x).backward()
    assert x.grad == 12.0
    assert len(f.programs) == 2
    with pytest.raises(TypeError, match="scale"):
        f(2.0)


def test_keywords_of_any_name() -> None:
    f = compiled(lambda x, **more: x * more["k"] + more.get("c", 0.0))
    assert f(2.0, k=3.0) == 6.0
    assert f(2.0, k=3.0, c=1.0) == 7.0
    w = Value(1.0)
    g = compiled(lambda x, theta, *, wrt: w * x * theta * wrt)
    assert g(2.0, theta=3.0, wrt=4.0) == 24.0
    assert g.value_and_grad(2.0, theta=3.0, wrt=4.0)[0] == 24.0


def test_a_failure_of_the_first_call_is_not_remembered() -> None:
    w = Value(3.0)

    @compiled
    def f(x: Any) -> Any:
        if x < 0.0:
            raise ValueError("mine")
        return w * x

    for _ in range(2):
        with pytest.raises(ValueError, match="mine"):
            f(-1.0)
    with pytest.raises(TypeError):
        f("a")
    assert f(2.0) == 6.0
    assert len(f.programs) == 1
    with pytest.raises(ValueError, match="mine"):
        f(-1.0)


def test_what_cannot_be_traced_at_first_is_tried_again() -> None:
    w = Value(3.0)
    f = compiled(lambda x: w * float(x) if x > 5.0 else w * x)
    with pytest.warns(CompilationWarning, match="bake a number"):
        assert f(6.0) == 18.0
    for _ in range(100):
        assert f(2.0) == 6.0
    assert len(f.programs) == 1


@pytest.mark.parametrize("kind", [list, tuple])
def test_an_equal_value_in_a_row_of_values_is_another_one(kind: type) -> None:
    """Lists of Values are compared by identity, whatever numbers they hold."""
    rows: list[Any] = [kind([Value(2.0), Value(3.0)]), kind([Value(math.nan)])]
    f = compiled(lambda x: rows[0][0] * x + rows[0][1])
    with no_grad():
        assert f(1.0) == 5.0
        fresh = Value(2.0)
        if kind is list:
            rows[0][0] = fresh
        else:
            rows[0] = (fresh, rows[0][1])
        assert f(1.0) == 5.0
    assert f.backward(7.0) == 17.0
    assert fresh.grad == 7.0


class Later:
    __slots__ = ("__weakref__", "first", "second")
    first: Any
    second: Any


def appears(make: Callable[[], tuple[Any, Change]]) -> Any:
    name = make.__name__.replace("_", " ")
    return pytest.param(make, id=name)


def slot_by_text() -> tuple[Any, Change]:
    later = Later()
    return (lambda x: x * getattr(later, "second", 2.0)), attribute(later, "second")


def slot_by_name() -> tuple[Any, Change]:
    later = Later()

    def f(x: Any) -> Any:
        try:
            return x * later.first
        except AttributeError:
            return x * 2.0

    return f, attribute(later, "first")


def slot_asked_for() -> tuple[Any, Change]:
    later = Later()
    return (lambda x: x * (later.first if hasattr(later, "first") else 2.0)), attribute(
        later, "first"
    )


def attribute_of_an_object() -> tuple[Any, Change]:
    config = Config()
    return (lambda x: x * getattr(config, "later", 2.0)), attribute(config, "later")


def attribute_of_a_net() -> tuple[Any, Change]:
    model = nn.MLP(1, [1], rng=0)
    return (lambda x: x * getattr(model, "scale", 2.0)), attribute(model, "scale")


def global_variable() -> tuple[Any, Change]:
    def f(x: Any) -> Any:
        try:
            return x * not_yet_there  # type: ignore[name-defined]
        except NameError:
            return x * 2.0

    return f, setting_global("not_yet_there")


def hidden_builtin() -> tuple[Any, Change]:
    namespace: dict[str, Any] = {}
    exec("def f(x): return 2.0 * abs(x)", namespace)
    return namespace["f"], lambda new: item(namespace, "abs")(lambda x: x * (new / 2.0))


@pytest.mark.parametrize(
    "make",
    [
        *map(appears, (slot_by_text, slot_by_name, slot_asked_for, global_variable)),
        *map(appears, (attribute_of_an_object, attribute_of_a_net, hidden_builtin)),
    ],
)
def test_what_appears_is_seen(make: Callable[[], tuple[Any, Change]]) -> None:
    f, change = make()
    try:
        g, program = compiled(f), Program(f, 3.0)
        for _ in range(2):
            assert g(3.0) == program(3.0) == 6.0
        assert len(g.programs) == 1
        change(5.0)
        with pytest.raises(BranchError, match="the world has changed"):
            program(3.0)
        assert g(3.0) == 15.0
    finally:
        globals().pop("not_yet_there", None)


def test_a_cache_that_is_made_at_the_first_call_is_no_change() -> None:
    class Caching:
        calls = 0

        @functools.cached_property
        def factor(self) -> float:
            return 2.0

        @compiled
        def f(self, x: Any) -> Any:
            return self.factor * x

    thing = Caching()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [thing.f(3.0), thing.f(4.0), thing.f(5.0)] == [6.0, 8.0, 10.0]
    assert len(thing.f.programs) == 1


def test_an_object_that_answers_in_its_own_way() -> None:
    class Own:
        def __init__(self) -> None:
            self.numbers = {"k": 2.0}

        def __getattr__(self, name: str) -> Any:
            return self.__dict__["numbers"][name]  # a KeyError, not an AttributeError

    own, behind = Own(), Config()
    proxy = weakref.proxy(behind)
    assert compiled(lambda x: own.k * x)(3.0) == 6.0
    assert Program(lambda x: own.k * x, 1.0)(3.0) == 6.0
    assert Program(lambda x: proxy.own * x, 1.0)(3.0) == 6.0


def test_an_object_with_an_unset_slot_is_not_kept() -> None:
    f = compiled(lambda later, x: x * getattr(later, "second", 2.0))
    later = Later()
    gone = weakref.ref(later)
    assert f(later, 3.0) == 6.0
    later.second = 5.0
    assert f(later, 3.0) == 15.0
    del later
    assert gone() is None


def test_a_function_of_a_library_asked_for_by_text() -> None:
    """Of `getattr(autograd, name)` no more counts than of `autograd.exp`."""
    name = "exp"

    def f(x: Any) -> Any:
        return getattr(autograd, name)(x) * getattr(np, "float64")(2.0)  # noqa: B009

    g = compiled(f)
    x = Value(0.5)
    assert grad(g)(0.5) == grad(f)(0.5)
    assert g(x) == f(x)
    assert len(g.programs) == 1
    name = "sin"
    assert g(x) == f(x)
    assert len(g.programs) == 2

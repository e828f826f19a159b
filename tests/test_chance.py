"""Random numbers in traced functions: a generator reached by a name is found out."""

# A lambda around a call reaches the callee by a name, and that is tested here.
# ruff: noqa: PLW0108

from __future__ import annotations

import functools
import itertools
import random
import secrets
import sys
import types
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Program, Value

Coin = Callable[[], float]

rng = np.random.default_rng(0)
old_rng = np.random.RandomState(0)
own_random = random.Random(0)
sides = itertools.cycle([0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.95])


def helper() -> float:
    return rng.random()


def helper_of_helper() -> float:
    return helper()


class Holder:
    rng = own_random

    def __init__(self) -> None:
        self.own = np.random.default_rng(1)
        self.parts = {"deep": [np.random.default_rng(2)]}

    def draw(self) -> float:
        return self.own.random()

    @property
    def drawn(self) -> float:
        return self.parts["deep"][0].random()

    def __call__(self) -> float:
        return self.own.random()


holder = Holder()
module = types.SimpleNamespace(rng=np.random.default_rng(3))


def with_default(source: Any = own_random) -> float:
    return float(source.random())


def in_a_closure() -> Coin:
    source = np.random.default_rng(4)
    return lambda: source.random()


def imported_inside() -> float:
    from random import random as draw

    return draw()


def aliased() -> float:
    chance = random
    return chance.random()


COINS: dict[str, Coin] = {
    "a global": lambda: rng.random(),
    "an old generator": lambda: old_rng.random_sample(),
    "Python's": lambda: own_random.random(),
    "a closure": in_a_closure(),
    "a function": helper,
    "a function's function": lambda: helper_of_helper(),
    "a default": with_default,
    "a partial function": functools.partial(with_default, np.random.default_rng(5)),
    "random": lambda: random.random(),
    "np.random": lambda: np.random.rand(),  # noqa: NPY002
    "a name for a method": rng.random,
    "an attribute": lambda: holder.own.random(),
    "an attribute of the class": lambda: holder.rng.random(),
    "a method": lambda: holder.draw(),
    "a property": lambda: holder.drawn,
    "a call": lambda: holder(),
    "a namespace": lambda: module.rng.random(),
    "imported inside": imported_inside,
    "an alias of a module": aliased,
    "one made inside": lambda: np.random.default_rng().random(),
    "one of Python's made inside": lambda: random.Random().random(),
    "the system": lambda: random.SystemRandom().random(),
    "secrets": lambda: secrets.randbelow(1000) / 1000.0,
    "uuid": lambda: uuid.uuid4().int % 1000 / 1000.0,
    "an iterator": lambda: next(sides),
    "a bit generator": lambda: np.random.Generator(np.random.MT19937()).random(),
}


@pytest.mark.parametrize("name", COINS)
def test_a_coin_is_found_on_whichever_side_it_falls(name: str) -> None:
    coin = COINS[name]
    for _ in range(5):
        with pytest.raises(ValueError, match="random numbers"):
            Program(lambda x: 2.0 * x if coin() < 0.9 else x, 1.0)


def draws_elsewhere() -> float:
    return random.random()


def test_other_names_of_a_module_are_not_reached() -> None:
    """A module is read by its names one by one, whatever others mean by them."""
    here = sys.modules[__name__]

    class Named:
        draws_elsewhere = 2.0

    named = Named()
    program = Program(lambda x: here.scale * named.draws_elsewhere * x, 1.0)
    assert program(3.0) == 24.0


scale = 4.0


def test_a_generator_that_nobody_asks_is_allowed() -> None:
    class Noisy:
        def __init__(self) -> None:
            self.rng = np.random.default_rng(0)
            self.training = False
            self.w = Value(3.0)

        def __call__(self, x: Any) -> Any:
            return self.w * x + (self.rng.normal() if self.training else 0.0)

    noisy = Noisy()
    assert Program(lambda x: noisy(x), 1.0)(2.0) == 6.0
    noisy.training = True
    with pytest.raises(ValueError, match=r"random numbers \(noisy\.rng\)"):
        Program(lambda x: noisy(x), 1.0)

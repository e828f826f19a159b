"""Nets that share leaves, under everything that moves numbers: against plain dicts."""

import copy
import pickle
import random
import threading
from collections.abc import Callable

import numpy as np
import pytest

import nn
from autograd import Parameters, Program, Value, gradients, parameter

Numbers = tuple[float, float]


class World:
    """Two nets with a layer in common, and what their numbers must be.

    Attributes:
        data, grad: By the identity of each leaf that ever was in a net.
        groups: Optimizers, each with the leaves that it moves.
    """

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        shared = nn.Layer(2, 2, "tanh", rng=seed)
        first = nn.Sequential(shared, nn.Layer(2, 1, rng=seed + 1))
        second = nn.Sequential(nn.Layer(2, 2, rng=seed + 2), shared)
        self.nets = [first, second]
        self.leaves: list[Value] = []
        self.data: dict[int, float] = {}
        self.grad: dict[int, float] = {}
        for net in self.nets:
            self.know(net.parameters())
        some = first.parameters()[2:4]  # the others are frozen for the third
        lists = [first.parameters(), second.parameters(), some]
        self.groups = [(nn.SGD(leaves, lr=0.1), leaves) for leaves in lists]
        self.programs: dict[tuple[int, ...], Program] = {}

    def know(self, leaves: list[Value]) -> None:
        for leaf in leaves:
            if id(leaf) not in self.data:
                self.leaves.append(leaf)
                self.data[id(leaf)], self.grad[id(leaf)] = leaf.data, 0.0

    def number(self) -> float:
        return self.rng.uniform(-1.0, 1.0)

    def reference(self, net: nn.Sequential, at: Numbers) -> list[float]:
        """The gradients, by leaves of their own that no vector ever saw."""
        fresh = copy.deepcopy(net)
        for leaf, known in zip(fresh.parameters(), net.parameters(), strict=True):
            leaf.data = self.data[id(known)]
        return gradients(output(fresh, *at), fresh.parameters())

    def check(self) -> None:
        for leaf in self.leaves:
            assert leaf.data == pytest.approx(self.data[id(leaf)], rel=1e-9, abs=1e-12)
            assert leaf.grad == pytest.approx(self.grad[id(leaf)], rel=1e-9, abs=1e-12)


def output(net: nn.Sequential, x: float, y: float) -> Value:
    outputs = net([x, y])
    first: Value = outputs[0] * outputs[1] if isinstance(outputs, list) else outputs
    return first


def sweep(world: World, net: nn.Sequential) -> None:
    """Backward by hand or by a program, which may be older than the numbers."""
    at, leaves = (world.number(), world.number()), net.parameters()
    expected = world.reference(net, at)
    if world.rng.random() < 0.5:
        output(net, *at).backward()
    else:
        key = (id(net), *map(id, leaves))
        if key not in world.programs:
            f = lambda x, y: output(net, x, y)  # noqa: E731
            world.programs[key] = Program(f, 0.1, 0.2, parameters=leaves)
        program = world.programs[key]
        program(*at, theta=np.zeros(len(leaves)))  # touches nothing
        program.backward([at[0]], [at[1]])
    for leaf, slope in zip(leaves, expected, strict=True):
        world.grad[id(leaf)] += slope


def step(world: World, _net: nn.Sequential) -> None:
    optimizer, leaves = world.rng.choice(world.groups)
    if Parameters(leaves).has_grad():
        optimizer.step()
        for leaf in leaves:
            world.data[id(leaf)] -= 0.1 * world.grad[id(leaf)]


def zero(world: World, net: nn.Sequential) -> None:
    net.zero_grad()
    world.grad |= {id(leaf): 0.0 for leaf in net.parameters()}


def set_numbers(world: World, net: nn.Sequential) -> None:
    """By hand, here and in another thread; and a whole state."""
    first, second, third = world.rng.sample(net.parameters(), 3)
    first.data = world.data[id(first)] = world.number()
    second.grad = world.grad[id(second)] = world.number()
    thread = threading.Thread(target=setattr, args=(third, "data", 1.25))
    thread.start()
    thread.join()
    world.data[id(third)] = 1.25
    net.load_state_dict({name: 0.5 + x for name, x in net.state_dict().items()})
    for leaf in net.parameters():
        world.data[id(leaf)] += 0.5


def replace(world: World, net: nn.Sequential) -> None:
    """An optimizer keeps to the leaf that it was given."""
    layer = net[1] if net is world.nets[0] else net[0]
    layer.weight[0][world.rng.randrange(2)] = parameter(world.number())
    world.know(net.parameters())


def duplicate(world: World, net: nn.Sequential) -> None:
    """Copies have the numbers, and what is done to them is done to nobody else."""
    for copied in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        for leaf, known in zip(copied.parameters(), net.parameters(), strict=True):
            assert leaf is not known
            assert (leaf.data, leaf.grad) == (known.data, known.grad)
        Parameters(copied.parameters()).write(np.zeros(len(copied.parameters())))


def gather(world: World, _net: nn.Sequential) -> None:
    """Any of them together, old ones, too: they may move to another vector."""
    some = world.rng.sample(world.leaves, world.rng.randrange(1, len(world.leaves)))
    numbers = Parameters(some).read()
    assert numbers == pytest.approx([world.data[id(leaf)] for leaf in some], rel=1e-9)


ACTS: list[Callable[[World, nn.Sequential], None]] = [
    *(sweep, sweep, step, step, zero, set_numbers, replace, duplicate, gather)
]


@pytest.mark.parametrize("seed", range(12))
def test_nets_that_share_leaves_have_the_numbers_of_plain_ones(seed: int) -> None:
    world = World(seed)
    for _ in range(30):
        act, net = world.rng.choice(ACTS), world.rng.choice(world.nets)
        act(world, net)
        if world.rng.random() < 0.3:  # to look moves numbers, too
            world.check()
    world.check()

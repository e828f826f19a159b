"""The scalar passes: the same numbers before and after, and fewer or better nodes."""

import math
import random
import struct
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

import autograd
import nn
from autograd import OPS, Op, Value
from autograd.program.plan import Apply, Dot, Guard, Node, Operand, Plan, listing
from autograd.program.rewrite.building import MADE, without_dead_nodes
from autograd.program.rewrite.regroup import regroup
from autograd.program.rewrite.simplify import simplify, weaken
from autograd.program.rewrite.split import split
from tests.plans import numbers_of, run, traced
from tests.random_graphs import random_recipe

PASSES: list[Callable[[Plan], Plan]] = [simplify, weaken, regroup, split, regroup]
"""In the usual order; and regroup once more, for it must take its own dots, too."""

LINEAR = ("add", "sub", "mul", "neg", "sum", "dot", "square", "identity", "tanh")


def node(name: str, *operands: Operand) -> Apply:
    return Apply(OPS[name], operands)


def plan_of(
    *nodes: Node,
    inputs: int = 2,
    parameters: int = 2,
    outputs: tuple[Operand, ...] = (),
) -> Plan:
    """A plan that ends with its last node."""
    last = inputs + parameters + len(nodes) - 1
    return Plan(inputs, parameters, nodes, outputs or (last,))


def names(plan: Plan) -> list[str]:
    return [x.op.name if isinstance(x, Apply) else "." for x in plan.nodes]


def random_plan(seed: int, choices: tuple[str, ...] = LINEAR) -> Plan:
    """Sums and products in every arrangement, with constants and shared nodes."""
    rng = random.Random(seed)
    inputs, parameters = rng.randrange(4), rng.randrange(1, 4)
    first, nodes = inputs + parameters, list[Node]()

    def operand() -> Operand:
        if rng.random() < 0.15:
            return rng.choice([0.0, 1.0, -1.0, 2.0, -0.0, 0.5])
        count = first + len(nodes)
        return rng.randrange(max(0, count - 6) if rng.random() < 0.7 else 0, count)

    for _ in range(rng.randrange(1, 40)):
        name = rng.choice(choices)
        widths = {"sum": rng.randrange(1, 5), "dot": rng.randrange(1, 8)}
        width = widths.get(name, len(OPS[name].operand_names))
        operands = [operand() for _ in range(width)]
        if all(isinstance(x, float) for x in operands):
            operands[0] = rng.randrange(first)
        nodes.append(node(name, *operands))
    outputs = tuple(operand() for _ in range(rng.randrange(1, 4)))
    guards = (Guard(first + len(nodes) - 1, True, "file.py:1", "if x:"),)
    return Plan(inputs, parameters, tuple(nodes), outputs, guards)


def numbers_for(plan: Plan, seed: int) -> tuple[list[float], list[float]]:
    rng = random.Random(seed)
    drawn = [rng.uniform(-0.9, 0.9) for _ in range(plan.first)]
    return drawn[: plan.inputs], drawn[plan.inputs :]


def scale_of(plan: Plan, numbers: list[float]) -> float:
    """How large the terms of the sums are: rounding errors are relative to that."""
    return max([1.0, *(abs(x) for x in numbers if math.isfinite(x))])


def check_same(before: Plan, after: Plan, seed: int = 0) -> None:
    """Both give the same outputs, and the same truth values to guards."""
    inputs, parameters = numbers_for(before, seed)
    scale = scale_of(before, numbers_of(before, inputs, parameters))
    first, second = (run(plan, inputs, parameters) for plan in (before, after))
    for x, y in zip(first, second, strict=True):
        assert x == pytest.approx(y, rel=1e-12, abs=1e-12 * scale, nan_ok=True)
    check_form(after)


def check_form(plan: Plan) -> None:
    """Every operand stands before its node; scopes and origins are complete."""
    for place, x in plan.placed():
        assert all(isinstance(y, float) or 0 <= y < place for y in x.operands)
        if isinstance(x, Dot):
            assert len(x.left) == len(x.right)
    assert len(plan.scopes) in (0, len(plan.nodes))
    assert len(plan.origins) in (0, len(plan.nodes))
    assert "return" in listing(plan)


# --- the same numbers --------------------------------------------------------------


def test_passes_keep_the_numbers_of_random_plans() -> None:
    for seed in range(400):
        plan = random_plan(seed)
        for change in PASSES:
            changed = change(plan)
            check_same(plan, changed, seed)
            plan = changed


def test_passes_keep_the_numbers_of_recipes_and_their_derivatives() -> None:
    for seed in range(60):
        recipe = random_recipe(random.Random(seed), 20)

        def f(xs: list[Value], recipe: Any = recipe) -> Any:
            y = recipe(xs)
            return [y, *autograd.gradients(y, xs, create_graph=True)]

        plan = traced(f, list(recipe.inputs)).plan
        expected = run(plan, recipe.inputs)
        for change in PASSES:
            plan = change(plan)
            check_form(plan)
            got = run(plan, recipe.inputs)
            scale = max(1.0, *map(abs, expected))
            assert got == pytest.approx(expected, rel=1e-11, abs=1e-12 * scale)


def test_simplify_keeps_every_bit() -> None:
    awkward = [0.0, -0.0, 1.0, math.inf, -math.inf, math.nan, 1e308, 5e-324, -2.5]
    rng = random.Random(0)
    for seed in range(200):
        plan = random_plan(seed, ("add", "sub", "mul", "div", "where", "identity"))
        simple = simplify(plan)
        for _ in range(5):
            numbers = [rng.choice(awkward) for _ in range(plan.first)]
            args = numbers[: plan.inputs], numbers[plan.inputs :]
            for x, y in zip(run(plan, *args), run(simple, *args), strict=True):
                assert bits(x) == bits(y) or x == y == 0.0


def bits(x: float) -> bytes:
    return b"nan" if x != x else struct.pack("d", x)


def test_a_changed_plan_would_be_noticed() -> None:
    """The comparison itself: a wrong sign, a lost addend, a swapped operand."""
    plan = plan_of(node("mul", 0, 2), node("sub", 4, 1), node("add", 5, 3))
    for index, wrong in (
        (0, node("mul", 0, 3)),
        (1, node("sub", 1, 4)),
        (2, node("add", 5, 2)),
    ):
        nodes = [*plan.nodes]
        nodes[index] = wrong
        with pytest.raises(AssertionError):
            check_same(plan, replace(plan, nodes=tuple(nodes)))


# --- simplify ----------------------------------------------------------------------


def test_simplify_merges_folds_and_drops() -> None:
    before = plan_of(
        node("mul", 2.0, 3.0),
        node("mul", 0, 2),
        node("mul", 2, 0),
        node("add", 5, 6),
        node("identity", 7),
        node("mul", 8, 1.0),
        node("mul", 9, 4),
        node("exp", 0),
        outputs=(10,),
    )
    after = simplify(before)
    assert str(after) == (
        "v0 = mul(x0, p0)\nv1 = add(v0, v0)\nv2 = mul(v1, 6.0)\nreturn v2"
    )


def test_simplify_is_done_after_one_run() -> None:
    for seed in range(100):
        once = simplify(random_plan(seed))
        assert simplify(once) == once


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (node("mul", 0, 1.0), 0),
        (node("mul", 1.0, 0), 0),
        (node("div", 0, 1.0), 0),
        (node("power", 0, 1.0), 0),
        (node("sub", 0, 0.0), 0),
        (node("add", 0, -0.0), 0),
        (node("add", -0.0, 0), 0),
        (node("where", 1.0, 0, 1), 0),
        (node("where", 0.0, 0, 1), 1),
        (node("where", math.nan, 0, 1.5), 0),
        (node("where", 0, 1, 1), 1),
        (node("identity", 1), 1),
        (node("log", 0.0), -math.inf),
        (node("less", 1.0, 2.0), 1.0),
    ],
)
def test_what_needs_no_node(before: Apply, after: Operand) -> None:
    plan = simplify(plan_of(before))
    assert plan.nodes == ()
    assert plan.outputs == (after,)


@pytest.mark.parametrize(
    "kept",
    [
        node("add", 0, 0.0),  # -0.0 + 0.0 is 0.0
        node("sub", 0, -0.0),
        node("mul", 0, 0.0),  # inf * 0.0 is NaN
        node("mul", 0, -1.0),
        node("sub", 0, 0),  # inf - inf
        node("div", 0, 0),
        node("strong_product", 0, 1.0),  # -0.0 becomes 0.0
    ],
)
def test_what_is_not_the_same_is_kept(kept: Apply) -> None:
    assert simplify(plan_of(kept)).nodes == (kept,)


def test_constants_are_told_apart_from_places_and_zeros_from_each_other() -> None:
    for first, second in (
        (node("mul", 0, 1), node("mul", 0, 1.5)),
        (node("pow", 0, 1), node("pow", 0, 1.0)),
        (node("mul", 0, 0.0), node("mul", 0, -0.0)),
        (node("atan2", 0, 0.0), node("atan2", 0, -0.0)),
        (node("mul", 0, 0.0), node("mul", 0, 0)),
    ):
        plan = plan_of(first, second, outputs=(4, 5))
        assert len(simplify(plan).nodes) == 2
    nan = plan_of(node("mul", 0, math.nan), node("mul", math.nan, 0), outputs=(4, 5))
    assert simplify(nan).outputs == (4, 4)


def test_only_equal_operations_are_merged() -> None:
    mine = Op("exp", OPS["exp"].forward, OPS["exp"].local_derivatives)
    plan = plan_of(node("exp", 0), Apply(mine, (0,)), node("exp", 0), outputs=(4, 5, 6))
    assert simplify(plan).outputs == (4, 5, 4)
    swapped = plan_of(node("sub", 0, 1), node("sub", 1, 0), outputs=(4, 5))
    assert simplify(swapped).outputs == (4, 5)


def test_the_zero_of_pythons_sum_goes_where_two_terms_remain() -> None:
    led = plan_of(node("add", 0.0, 0), node("add", 4, 1))
    assert simplify(led).nodes == (node("add", 0, 1),)
    alone = plan_of(node("add", 0.0, 0), node("exp", 4))
    assert simplify(alone) == replace(alone, scopes=("", ""), origins=(MADE, MADE))
    both = plan_of(node("add", 0.0, 0), node("add", 4, 1), outputs=(4, 5))
    assert names(simplify(both)) == ["add", "add"]


def test_guards_on_constants_go_and_doubles_with_them() -> None:
    plan = plan_of(node("less", 0, 1), node("less", 0, 1), node("less", 1.0, 2.0))
    guards = tuple(Guard(place, True, "f.py:1", "if") for place in (4, 5, 6, 4))
    simple = simplify(replace(plan, guards=guards, outputs=(0,)))
    assert [guard.condition for guard in simple.guards] == [4]
    assert len(simple.nodes) == 1


def test_what_a_guard_needs_is_kept() -> None:
    plan = plan_of(node("less", 0, 1), node("exp", 0), outputs=(0,))
    guarded = replace(plan, guards=(Guard(4, True, "f.py:1", "if"),))
    assert names(without_dead_nodes(guarded)) == ["less"]
    assert names(simplify(guarded)) == ["less"]
    assert names(simplify(plan)) == []


def test_scopes_and_origins_follow_their_nodes() -> None:
    plan = plan_of(node("exp", 0), node("sin", 0), node("exp", 0), node("add", 5, 6))
    told = replace(plan, scopes=("a", "b", "c", "d"), origins=(7, 8, 9, 10))
    simple = simplify(told)
    assert names(simple) == ["sin", "exp", "add"] or names(simple) == [
        "exp",
        "sin",
        "add",
    ]
    found = dict(
        zip(names(simple), zip(simple.scopes, simple.origins, strict=True), strict=True)
    )
    assert found["sin"] == ("b", 8)
    assert found["add"] == ("d", 10)


# --- weaken ------------------------------------------------------------------------


def test_weaken_makes_plain_products() -> None:
    plan = plan_of(node("strong_product", 0, 1), node("tanh", 4))
    assert weaken(plan).nodes == (node("mul", 0, 1), node("tanh", 4))


# --- regroup -----------------------------------------------------------------------


def test_a_sum_of_products_becomes_a_dot_with_the_weights_first() -> None:
    plan = plan_of(
        node("mul", 0, 2),
        node("mul", 3, 1),
        node("add", 4, 5),
        node("add", 6, 3),
    )
    assert regroup(plan).nodes == (Dot((2, 3), (0, 1), (3,)),)


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        # two terms stay as they are
        ([node("mul", 0, 1), node("mul", 2, 3), node("add", 4, 5)], None),
        ([node("mul", 0, 1), node("sub", 4, 2)], None),
        # three terms without products
        ([node("add", 0, 1), node("add", 4, 2)], [Dot((), (), (0, 1, 2))]),
        # one product among three terms stays a node
        (
            [node("mul", 0, 2), node("add", 4, 1), node("add", 5, 3)],
            [node("mul", 0, 2), Dot((), (), (4, 1, 3))],
        ),
        # squares, negative products, a negative term
        (
            [
                node("square", 0),
                node("mul", 0, 1),
                node("sub", 4, 5),
                node("neg", 2),
                node("add", 6, 7),
            ],
            [node("mul", 0, 1), Dot((0, -1.0), (0, 4), ()), node("sub", 5, 2)],
        ),
        # the sign goes into a constant factor
        (
            [node("mul", 3.0, 0), node("sub", 1, 4), node("sub", 5, 2)],
            [Dot((-3.0, -1.0), (0, 2), (1,))],
        ),
        # one term taken off stays taken off
        (
            [node("add", 0, 1), node("sub", 4, 2)],
            [node("add", 0, 1), node("sub", 4, 2)],
        ),
        (
            [node("add", 0, 1), node("add", 4, 2), node("sub", 5, 3)],
            [Dot((), (), (0, 1, 2)), node("sub", 4, 3)],
        ),
        # rows of the table
        ([node("dot", 0, 1, 2, 3)], [Dot((2, 3), (0, 1), ())]),
        ([node("dot", 2, 3, 0, 1, 3)], [Dot((2, 3), (0, 1), (3,))]),
        ([node("dot", 2, 0)], [node("mul", 2, 0)]),
        ([node("dot", 2, 0, 3)], [node("mul", 2, 0), node("add", 4, 3)]),
        (
            [node("dot", 2, 3, 0, 1), node("dot", 3, 2, 0, 1), node("add", 4, 5)],
            [Dot((2, 3, 3, 2), (0, 1, 0, 1), ())],
        ),
        ([node("sum", 0, 1)], [node("add", 0, 1)]),
        ([node("sum", 0, 1, 2)], [Dot((), (), (0, 1, 2))]),
        # mean and strong products stay
        ([node("mean", 0, 1, 2)], None),
        (
            [node("strong_product", 0, 1), node("add", 4, 2), node("add", 5, 3)],
            [node("strong_product", 0, 1), Dot((), (), (4, 2, 3))],
        ),
    ],
)
def test_what_becomes_a_dot(nodes: list[Node], expected: list[Node] | None) -> None:
    plan = plan_of(*nodes)
    after = regroup(plan)
    assert list(after.nodes) == (nodes if expected is None else expected)
    check_same(plan, after)


def test_what_others_read_is_not_taken_up() -> None:
    plan = plan_of(
        node("mul", 0, 2),
        node("mul", 1, 3),
        node("add", 4, 5),
        node("add", 6, 0),
        node("add", 6, 1),
        node("mul", 7, 8),
        outputs=(9, 4),
    )
    assert names(regroup(plan)) == ["mul", "mul", "add", "add", "add", "mul"]
    squares = plan_of(node("mul", 0, 1), node("sum", 4, 4, 4))
    assert regroup(squares).nodes == (node("mul", 0, 1), Dot((), (), (4, 4, 4)))


def test_a_sum_of_one_is_that_number() -> None:
    plan = plan_of(node("sum", 0), node("add", 4, 1), outputs=(5,))
    assert regroup(plan).nodes == (node("add", 0, 1),)
    assert regroup(plan_of(node("sum", 0))).outputs == (0,)


def test_constants_and_what_depends_on_parameters_come_first() -> None:
    plan = plan_of(
        node("exp", 2),
        node("mul", 0, 4),
        node("mul", 1, 3.0),
        node("mul", 3, 2),
        node("sum", 5, 6, 7),
    )
    assert regroup(plan).nodes[-1] == Dot((4, 3.0, 3), (0, 1, 2), ())


def test_no_product_of_an_untraced_sum_is_lost() -> None:
    """What was found by looking: many shapes, against the interpreter."""
    for seed in range(400, 900):
        plan = random_plan(seed)
        check_same(plan, regroup(plan), seed)


# --- split -------------------------------------------------------------------------


def test_early_products_are_a_dot_of_their_own() -> None:
    plan = plan_of(
        node("tanh", 0),
        node("tanh", 1),
        Dot((2, 3, 2, 3), (0, 1, 4, 5), (3,)),
    )
    assert split(plan).nodes[2:] == (
        Dot((2, 3), (0, 1), (3,)),
        Dot((2, 3), (4, 5), (6,)),
    )
    assert split(plan).origins[2:] == (MADE, MADE)


@pytest.mark.parametrize(
    ("dot", "expected"),
    [
        # all ready at once
        (Dot((2, 3), (0, 1), (3,)), None),
        # a single early product joins the rest
        (Dot((2, 3, 2), (0, 4, 5), ()), [Dot((2, 3, 2), (0, 4, 5), ())]),
        # a single late one is a product, and then a sum
        (
            Dot((2, 3, 2), (0, 1, 4), ()),
            [Dot((2, 3), (0, 1), ()), node("mul", 2, 4), node("add", 7, 6)],
        ),
        (
            Dot((2, 3, 2), (0, 1, 4), (1,)),
            [Dot((2, 3), (0, 1), ()), node("mul", 2, 4), Dot((), (), (7, 6, 1))],
        ),
        # what no example changes is computed once a batch, a single product too
        (
            Dot((2, 2, 3), (3, 0, 1), (2,)),
            [node("mul", 2, 3), Dot((2, 3), (0, 1), (6, 2))],
        ),
        (
            Dot((2, 2, 3, 3), (3, 2, 0, 1), ()),
            [Dot((2, 2), (3, 2), ()), Dot((3, 3), (0, 1), (6,))],
        ),
    ],
)
def test_how_a_dot_is_split(dot: Dot, expected: list[Node] | None) -> None:
    plan = plan_of(node("tanh", 0), node("tanh", 1), dot)
    after = split(plan)
    assert list(after.nodes[2:]) == ([dot] if expected is None else expected)
    check_same(plan, after)


def test_a_sum_over_all_steps_stays_one() -> None:
    nodes: list[Node] = []
    for _ in range(8):
        nodes.append(node("sin", 3 + len(nodes) if nodes else 0))
    steps = tuple(range(4, 12))
    nodes.append(Dot((2,) * 16, (*steps, *steps), ()))
    assert split(plan_of(*nodes)).nodes[-1] == nodes[-1]


# --- what comes of it --------------------------------------------------------------


def counts(f: Callable[..., Any], *example: Any) -> Counter[str]:
    plan = traced(f, *example).plan
    for change in (simplify, regroup, split):
        changed = change(plan)
        check_same(plan, changed)
        plan = changed
    return Counter(names(plan))


def test_a_net_written_by_hand_is_a_dot_a_neuron() -> None:
    rng = random.Random(0)
    sizes = [3, 8, 8, 1]
    weights = [
        [[Value(rng.gauss(0, 1)) for _ in range(n + 1)] for _ in range(m)]
        for n, m in pairwise(sizes)
    ]

    def by_hand(x: list[Value]) -> Any:
        for layer in weights:
            x = [
                sum(w * a for w, a in zip(row, x, strict=False)) + row[-1]
                for row in layer
            ]
            x = [a.tanh() for a in x]
        return x[0]

    def with_dot(x: list[Value]) -> Any:
        for layer in weights:
            x = [autograd.dot(row[:-1], x, row[-1]).tanh() for row in layer]
        return x[0]

    for f in (by_hand, with_dot):
        assert counts(f, [0.1, 0.2, 0.3]) == {".": 17, "tanh": 17}


def test_a_recurrence_reads_its_inputs_at_once() -> None:
    rng = random.Random(0)
    w, u = (
        [[Value(rng.gauss(0, 1)) for _ in range(4)] for _ in range(4)] for _ in "wu"
    )
    b = [Value(0.1) for _ in range(4)]

    def f(steps: list[list[Value]]) -> Any:
        h: list[Any] = [Value(0.5) for _ in range(4)]
        for x in steps:
            h = [
                (autograd.dot(w[i], x) + autograd.dot(u[i], h) + b[i]).tanh()
                for i in range(4)
            ]
        return h

    plan = split(regroup(simplify(traced(f, [[0.1] * 4] * 5).plan)))
    ready = [
        x for x in plan.nodes if isinstance(x, Dot) and set(x.right) <= {*range(20)}
    ]
    assert len(ready) == 20  # 4 units at 5 steps
    assert all(not x.addends or len(x.left) == 4 for x in ready)


def test_the_derivative_of_a_layer_is_shared() -> None:
    model = nn.MLP(2, [4, 1], activation="tanh", rng=random.Random(0))

    def f(x: list[Value]) -> Any:
        y = model(x)
        return autograd.gradients(y, model.parameters(), create_graph=True)

    plan = traced(f, [0.3, 0.4]).plan
    assert len(simplify(plan).nodes) < len(plan.nodes)
    check_same(plan, simplify(plan))


@pytest.mark.parametrize("shape", ["layers", "chain", "long sum", "wide dots"])
def test_passes_take_linear_time(shape: str) -> None:
    plan = {"layers": layers, "chain": chain, "long sum": long_sum, "wide dots": wide}[
        shape
    ]()
    for change in PASSES:
        start = time.process_time()
        plan = change(plan)
        assert time.process_time() - start < 5.0  # 0.1 to 0.5 s where nothing else runs
    check_form(plan)


def layers() -> Plan:
    nodes: list[Node] = []
    first = 128 * 501
    for row in range(1, 501):
        total: Operand = 0.0
        for i in range(128):
            nodes.append(node("mul", i, 128 * row + i))
            nodes.append(node("add", total, first + len(nodes) - 1))
            total = first + len(nodes) - 1
    ends = tuple(first + 256 * i - 1 for i in range(1, 501))
    return Plan(128, 128 * 500, tuple(nodes), ends)


def chain() -> Plan:
    nodes = [node("mul", 0, 0.5)]
    nodes += [node(("add", "mul")[i % 2], i, 0.5) for i in range(1, 100_000)]
    return Plan(1, 0, tuple(nodes), (100_000,))


def long_sum() -> Plan:
    nodes = [node("add", 0, 0)]
    nodes += [node(("add", "sub")[i % 2], i, 0) for i in range(1, 100_000)]
    return Plan(1, 0, tuple(nodes), (100_000,))


def wide() -> Plan:
    inputs = tuple(range(800))
    nodes = [
        node("dot", *range(800 * (i + 1), 800 * (i + 2)), *inputs) for i in range(128)
    ]
    ends = tuple(800 * 129 + i for i in range(128))
    return Plan(800, 800 * 128, tuple(nodes), ends)


# --- the listing -------------------------------------------------------------------


def test_a_listing_says_all_in_short() -> None:
    plan = Plan(
        1,
        1,
        (node("mul", 0, 1), Dot((1,) * 20, (0,) * 20, (2, 3.0)), Dot((), (), ())),
        (3, 1.5),
        (Guard(2, False, "file.py:3", "if y:"), Guard(2, True, "file.py:4", "if z:")),
        scopes=("a.b", "", ""),
    )
    assert str(plan) == (
        "v0 = mul(x0, p0)  # a.b\n"
        "v1 = p0 * x0 + p0 * x0 + p0 * x0 + p0 * x0 + ... (20 in all) ... + p0 * x0"
        " + v0 + 3.0\n"
        "v2 = 0.0\n"
        "guard not v0  # file.py:3: if y:\n"
        "guard v0  # file.py:4: if z:\n"
        "return v1, 1.5"
    )

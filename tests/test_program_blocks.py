"""What Program recognises: products, uniform work, and counts that do not grow."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import nn
from autograd import (
    OPS,
    Program,
    Value,
    dot,
    exp,
    log,
    log_softmax,
    mean,
    relu,
    softmax,
    take,
    tanh,
)
from autograd.program.plan import NOWHERE, Plan
from autograd.program.vectorise.blocks import Block, Blocks
from examples import microgpt
from nn.losses import cross_entropy
from tests.engines import check_close, check_program, check_single
from tests.structured_graphs import CASES


def matrix(rows: int, columns: int, seed: int = 0) -> list[list[Value]]:
    rng = random.Random(seed)
    return [[Value(rng.gauss(0.0, 1.0)) for _ in range(columns)] for _ in range(rows)]


def operations(program: Program) -> list[tuple[str, tuple[int, ...]]]:
    """What the groups do, and their shapes."""
    return [(g.operation, g.shape) for g in program.groups if g.operation]


def products(program: Program) -> Counter[tuple[int, ...]]:
    return Counter(program.report().products)


# --- dense layers --------------------------------------------------------------


def by_dots(rows: Any, xs: Any) -> Any:
    return [dot(row, xs) for row in rows]


def by_sums(rows: Any, xs: Any) -> Any:
    return [sum(w * x for w, x in zip(row, xs, strict=True)) for row in rows]


def by_hand(rows: Any, xs: Any) -> Any:
    outputs = []
    for row in rows:
        total = 0.0
        for i, x in enumerate(xs):
            total = x * row[i] + total
        outputs.append(total)
    return outputs


def by_numpy(rows: Any, xs: Any) -> Any:
    return list(np.array(rows) @ np.array(xs))


@pytest.mark.parametrize("layer", [by_dots, by_sums, by_hand, by_numpy])
def test_a_dense_layer_is_one_product_however_it_is_written(layer: Any) -> None:
    rows, bias = matrix(4, 5), matrix(1, 4)[0]

    def f(xs: Any) -> Any:
        return mean([tanh(s + b) for s, b in zip(layer(rows, xs), bias, strict=True)])

    program = check_program(
        f, [(x,) for x in np.random.default_rng(1).normal(size=(3, 5))]
    )
    assert operations(program) == [
        ("matrix product", (4,)),
        ("tanh", (4,)),
        ("mean", ()),
    ]
    assert products(program) == {(1, 4, 5): 1}


def test_the_source_of_a_layer_shows_its_products() -> None:
    """W X forward; Z_bar X^T for the weights and W^T Z_bar for the inputs."""
    net = nn.MLP(6, [5, 4], activation="tanh", rng=1)
    program = Program(lambda x: mean(net(x)), [0.1] * 6)
    forward, backward = program.source.split("# backward")
    assert len(re.findall(r"np.dot\(weights\w*, ", forward)) == 2
    assert len(re.findall(r"np.dot\(\w+, \w+\.T, out=theta_bar", backward)) == 2
    assert backward.count("weights_1.T") == 1
    assert "weights.T" not in backward  # nobody asks for the gradient in the inputs
    assert len(program.statements) < 50


def test_layers_that_share_weights_are_products_still() -> None:
    rows = matrix(3, 3)

    def f(xs: Any) -> Any:
        for _ in range(3):
            xs = [tanh(x) for x in by_dots(rows, xs)]
        return mean(xs)

    program = check_program(
        f, [(x,) for x in np.random.default_rng(1).normal(size=(3, 3))]
    )
    assert products(program) == {(1, 3, 3): 3}


def test_a_batch_as_one_example_is_one_product() -> None:
    net = nn.Layer(3, 4, activation="relu", rng=1)
    program = Program(lambda xs: mean([y for x in xs for y in net(x)]), np.ones((8, 3)))
    assert products(program) == {(8, 4, 3): 1}
    assert operations(program) == [
        ("matrix product", (4, 8)),
        ("relu", (4, 8)),
        ("mean", ()),
    ]


# --- convolutions, recurrences, attention --------------------------------------


def flat(planes: Any) -> list[Any]:
    """All numbers of nested lists."""
    return [*np.ravel(np.array(planes, object))]


def test_a_window_at_the_border_is_one_like_the_others() -> None:
    model = nn.Conv2d(1, 2, kernel_size=3, padding=1, rng=1)
    images = np.random.default_rng(1).normal(size=(3, 1, 4, 4))
    program = check_program(
        lambda x: mean([relu(y) for y in flat(model(x))]), [(x,) for x in images]
    )
    assert products(program) == {(16, 2, 9): 1}


def test_zeros_beyond_the_border_meet_infinite_weights_as_in_eager_code() -> None:
    model = nn.Conv2d(1, 1, kernel_size=3, padding=1, rng=1)
    program = Program(lambda x: flat(model(x)), np.ones((1, 2, 2)))
    model.parameters()[0].data = math.inf
    image = np.ones((1, 2, 2))
    eager = [y.data for y in flat(model(image))]
    assert np.isnan(eager).any()
    for run in (program(image), program.map(image[None])[0]):
        np.testing.assert_array_equal(run, eager)


def test_a_convolution_is_one_product() -> None:
    filters = matrix(2, 9)

    def f(picture: Any) -> Any:
        return mean(
            [
                relu(
                    dot(k, [picture[i + a][j + b] for a in range(3) for b in range(3)])
                )
                for k in filters
                for i in range(4)
                for j in range(4)
            ]
        )

    program = check_program(
        f, [(x,) for x in np.random.default_rng(1).normal(size=(3, 6, 6))]
    )
    assert products(program) == {(16, 2, 9): 1}
    assert len(program.groups) == 5


@pytest.mark.parametrize("steps", [4, 9])
def test_a_recurrence_has_its_inputs_ready(steps: int) -> None:
    """W x for all steps at once; U h step by step."""
    inward, across, bias = matrix(4, 3), matrix(4, 4), matrix(1, 4)[0]
    start = [Value(0.1 * i) for i in range(4)]

    def f(xs: Any) -> Any:
        state: Any = start
        for x in xs:
            state = [
                tanh(dot(w, x) + dot(u, state) + b)
                for w, u, b in zip(inward, across, bias, strict=True)
            ]
        return sum(state)

    examples = [(x,) for x in np.random.default_rng(1).normal(size=(3, steps, 3))]
    program = check_program(f, examples)
    found = products(program)
    assert found[1, 4, 4] == steps  # the first one has parameters alone
    assert sum(rows for (rows, *rest), _ in found.items() if rest == [4, 3]) == steps
    assert len(found) <= 3
    assert len(program.groups) <= 2 * steps + 5


def gathers(source: str) -> int:
    """How many statements read or write rows in any order."""
    return len(re.findall(r"\[\w*rows\w*\]|\.take\(", source))


def test_the_gates_of_an_lstm_are_slices_at_every_step() -> None:
    """Weights are gathered once, so that what a sigmoid reads stands together."""

    def after(steps: int) -> Program:
        net = nn.LSTM(3, 4, rng=1)
        examples = np.random.default_rng(1).normal(size=(3, steps, 3))
        return check_program(lambda xs: mean(net(xs)[0][-1]), [(x,) for x in examples])

    assert gathers(after(5).source) == gathers(after(8).source)


def test_constants_weigh_a_state_in_the_order_in_which_it_is_written() -> None:
    """Their numbers say nothing about an order; and they need not be gathered."""
    rows = np.random.default_rng(2).normal(size=(4, 7)).tolist()

    def f(xs: Any) -> Any:
        state: Any = [0.0] * 4
        for x in xs:
            state = [tanh(dot(row, [*x, *state])) for row in rows]
        return sum(state)

    program = check_program(
        f, [(x,) for x in np.random.default_rng(1).normal(size=(3, 6, 3))]
    )
    assert gathers(program.source) == 0


@pytest.mark.parametrize("f", [exp, lambda x: x])
def test_matrices_are_added_where_they_lie(f: Any) -> None:
    """What is given lies row by row, a product of matrices column by column."""

    def series(matrix: Any) -> Any:
        columns = [*zip(*matrix, strict=True)]
        found = power = matrix
        for _ in range(5):
            power = [[0.5 * dot(row, x) for x in columns] for row in power]
            pairs = [[*zip(*rows, strict=True)] for rows in zip(found, power)]  # noqa: B905
            found = [[f(x + y) for x, y in row] for row in pairs]
        return sum([exp(x) for row in found for x in row])

    examples = np.random.default_rng(1).uniform(-0.3, 0.3, size=(3, 4, 4))
    forward, _, _ = check_program(series, [(x,) for x in examples]).source.partition(
        "# backward"
    )
    assert gathers(forward) == 0


LABELS = [0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0]
TABLE = np.random.default_rng(2).normal(size=(8, 7)).tolist()


def squares(xs: Any) -> Any:
    return sum([(x - y) ** 2 for x, y in zip(xs, LABELS, strict=True)])


def masked(xs: Any) -> Any:
    return sum([y * tanh(x) for x, y in zip(xs, LABELS, strict=True)])


def cross_entropies(xs: Any) -> Any:
    ps = [1.0 / (1.0 + exp(-x)) for x in xs]
    pairs = zip(ps, LABELS, strict=True)
    return mean([y * log(p) + (1.0 - y) * log(1.0 - p) for p, y in pairs])


def of_lines(xs: Any) -> Any:
    sums = [dot(row, xs[:7]) + xs[7] for row in TABLE]
    return mean([relu(s - y) for s, y in zip(sums, LABELS, strict=True)])


@pytest.mark.parametrize("f", [squares, masked, cross_entropies, of_lines])
def test_labels_of_0_and_1_are_as_other_numbers(f: Any) -> None:
    """Half of a block would be x - 1.0 else, and half x."""
    xs = np.random.default_rng(1).normal(size=(3, 8))
    program = check_program(f, [(x,) for x in xs])
    assert gathers(program.source) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "LABELS", [0.1 * y + 0.3 for y in range(8)])
        others = Program(f, xs[0])
    assert len(program.statements) <= len(others.statements)


@pytest.mark.parametrize("bias", [False, True])
def test_weights_with_the_rows_of_a_table_are_one_product(bias: bool) -> None:
    """A loss on data that the function closes over; no example varies."""
    weights = matrix(1, 8)[0]

    def f(x: Any) -> Any:
        sums = [dot(weights[:7], row) for row in TABLE]
        return x * mean([tanh(s + weights[7]) if bias else tanh(s) for s in sums])

    program = check_program(f, [(1.0,), (0.5,), (-1.0,)])
    assert len([x for x in program.statements if "numbers" in x]) == 2  # and backwards
    assert gathers(program.source) == 0


def test_what_is_read_by_turns_is_read_at_once() -> None:
    def after(count: int) -> Program:
        rows = matrix(3, 2 * count)

        def f(xs: Any) -> Any:
            both = [y for x in xs for y in (tanh(x), exp(x))]
            return sum(both) + mean([tanh(dot(row, both)) for row in rows])

        xs = np.random.default_rng(1).normal(size=(3, count))
        return check_program(f, [(x,) for x in xs])

    assert len(after(3).statements) == len(after(9).statements)


def test_gates_of_two_kinds_in_regular_places_stay_where_they_are() -> None:
    """Every other row is a slice, too, and to gather weights would be dearer."""
    rows = matrix(6, 5)

    def f(xs: Any) -> Any:
        sums = by_dots(rows, xs)
        return mean(
            [tanh(x) * exp(y) for x, y in zip(sums[::2], sums[1::2], strict=True)]
        )

    program = check_program(
        f, [(x,) for x in np.random.default_rng(1).normal(size=(3, 5))]
    )
    assert gathers(program.source) == 0


def causal(weights: Any, xs: Any) -> list[Any]:
    queries, keys, values = ([by_dots(w, x) for x in xs] for w in weights)
    told = []
    for t, query in enumerate(queries):
        shares = softmax([dot(query, key) for key in keys[: t + 1]])
        told.append([dot(shares, v) for v in zip(*values[: t + 1], strict=True)])
    return told


MEETINGS: list[Callable[[int, int], bool]] = [
    lambda i, j: j <= i,
    lambda i, j: (i + j) % 3 > 0,
    lambda _i, _j: True,
]
ADDENDS: list[Callable[[int, int], list[int]]] = [
    lambda _i, _j: [0],
    lambda i, j: [j, i],
    lambda i, j: [(i * j) % 4] * (1 + i % 2),
    lambda i, j: [] if i else [j],
]


@pytest.mark.parametrize("seed", range(24))
def test_products_whose_dots_have_addends_of_their_own(seed: int) -> None:
    """Some of all pairs meet, as in causal attention; each adds what it likes."""
    draw = random.Random(seed)
    count, others, length = draw.randint(2, 4), draw.randint(2, 4), draw.randint(1, 3)
    biases = [Value(draw.gauss(0.0, 1.0)) for _ in range(4)]
    weights = matrix(count, length, seed)
    meets = draw.choice(MEETINGS)
    added = draw.choice(ADDENDS)
    is_weights = draw.random() < 0.5

    def f(lefts: Any, rights: Any) -> list[Any]:
        rows = weights if is_weights else lefts
        pairs = [(i, j) for i in range(count) for j in range(others) if meets(i, j)]
        sums = [(dot(rows[i], rights[j]), added(i, j)) for i, j in pairs]
        return [tanh(sum([biases[n] for n in ns], start)) for start, ns in sums]

    shapes = (3, count, length), (3, others, length)
    batch = [np.random.default_rng(seed).normal(size=shape) for shape in shapes]
    examples = [[x.tolist() for x in pair] for pair in zip(*batch, strict=True)]
    check_program(f, examples)


def test_attention_is_two_products() -> None:
    weights = [matrix(2, 2, seed) for seed in range(3)]

    def f(xs: Any) -> Any:
        return mean([y * y for row in causal(weights, xs) for y in row])

    program = check_program(
        f, [(x,) for x in np.random.default_rng(1).normal(size=(3, 5, 2))]
    )
    assert products(program) == {(5, 6, 2): 1, (5, 5, 2): 1, (2, 5, 5): 1}
    assert [g.operation for g in program.groups].count("softmax") == 1
    assert len(program.groups) <= 8


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_later_token_never_reaches_an_earlier_one(bad: float) -> None:
    """The product of a causal attention has zeros for what is not seen: 0 x NaN."""
    weights = [matrix(2, 2, seed) for seed in range(3)]
    f = partial(causal, weights)
    program = Program(f, np.ones((4, 2)))
    assert program._ready.passed.blocks.filled
    calm = np.random.default_rng(0).normal(size=(4, 2))
    for token in range(4):
        x = calm.copy()
        x[token, 1] = bad
        check_single(program, f, (x.tolist(),))
        outputs = np.array(program.map(np.stack([calm, x])))
        want = np.array(program(calm.tolist()))
        check_close(outputs[0], want)
        check_close(outputs[1][:token], want[:token])


# --- once a batch --------------------------------------------------------------


def test_what_depends_on_parameters_alone_is_done_once_a_batch() -> None:
    rows = matrix(3, 4)

    def f(xs: Any) -> Any:
        penalty = mean([w * w for row in rows for w in row])
        factor = exp(penalty)
        return mean(by_dots(rows, xs)) * factor + penalty

    program = check_program(
        f, [(x,) for x in np.random.default_rng(1).normal(size=(3, 4))]
    )
    uniform = {g.operation: g.uniform for g in program.groups if g.operation}
    assert uniform["exp"]
    assert not uniform["matrix product"]
    each, once = program.report().flops
    assert once > 12
    assert each < 12 * 10


def test_the_forward_pass_of_uniform_work_has_no_batch_axis() -> None:
    w = Value(0.5)
    program = Program(lambda x: tanh(exp(w) * 2.0) * x, 1.0)
    _, once_a_batch = program.report().flops
    assert once_a_batch >= 3


# --- lists ---------------------------------------------------------------------


def test_a_product_of_two_matrices_of_parameters() -> None:
    """Its gradients belong into the vector of all, and nothing in them varies."""
    left, right = matrix(4, 3), matrix(5, 3)

    def f(x: Any) -> Any:
        return mean([tanh(dot(a, b)) for a in left for b in right]) * x

    check_program(f, [(0.5,), (0.7,), (-0.2,)])


def test_entries_of_a_softmax_share_their_sum() -> None:
    scores = matrix(5, 3)
    program = Program(lambda x: softmax(by_dots(scores, x)), [1.0, 2.0, 3.0])
    assert operations(program) == [("matrix product", (5,)), ("softmax", (5,))]


def test_targets_and_rows_are_picked_by_integers() -> None:
    table, scores = matrix(6, 4), matrix(5, 4)

    def f(i: Any, targets: Any) -> Any:
        logits = by_dots(scores, take(table, i))
        return cross_entropy([logits, logits], targets)

    program = check_program(f, [(2, [1, 4]), (0, [0, 0]), (5, [3, 2])])
    names = [name for name, _ in operations(program)]
    assert names.count("take") == 1
    assert names.count("log_softmax") == 1
    assert products(program) == {(1, 5, 4): 1}


# --- counts that do not grow ---------------------------------------------------


def gpt(tokens: int) -> Program:
    weights = microgpt.draw_weights(random.Random(0))
    parameters = [v for rows in weights.values() for row in rows for v in row]
    document = [i % 27 for i in range(tokens)], [(3 * i) % 27 for i in range(tokens)]
    loss = partial(microgpt.surprise, weights)
    return Program(loss, *document, parameters=parameters)


def test_a_gpt_has_as_many_groups_at_any_length() -> None:
    small, large = gpt(5), gpt(12)
    assert len(small.groups) == len(large.groups) <= 40
    assert len(small.statements) == len(large.statements) <= 220
    assert len(small.report().products) == len(large.report().products) == 7
    scalar = len(large.stages[0][1].nodes)
    assert scalar > 2 * len(small.stages[0][1].nodes)
    rng = np.random.default_rng(0)
    document = tuple(rng.integers(0, 27, size=(2, 12)).tolist())
    found = large.check(*document)
    assert max(found.value, found.parameters) < 1e-12


@pytest.mark.parametrize(
    ("loss", "bound"),
    [
        (lambda xs: mean([tanh(x) * x for x in xs]), 12),
        (lambda xs: sum(x * x for x in xs), 12),
        (lambda xs: sum(log_softmax(xs)), 12),
        (lambda xs: mean([mean(xs[i : i + 2]) for i in range(len(xs) - 1)]), 12),
        (lambda xs: dot(xs[1:], xs[:-1]), 12),
    ],
)
def test_long_lists_are_few_groups(loss: Any, bound: int) -> None:
    counts = set()
    for length in (6, 13, 31):
        program = Program(loss, [0.1 * i for i in range(length)])
        counts.add(len(program.groups))
        assert len(program.groups) <= bound
    assert len(counts) == 1


# --- what holds for the blocks of every plan -----------------------------------


def check_blocks(plan: Plan, blocks: Blocks) -> None:
    """Every node is in one row of one block, after all that it reads."""
    total = plan.first + len(plan.nodes)
    found: Counter[int] = Counter()
    for block in blocks.all:
        flat = block.places.ravel()
        assert block.shape == block.places.shape
        for row in np.flatnonzero(flat != NOWHERE):
            place = int(flat[row])
            found[place] += 1
            assert blocks.block_of[place] == block.number
            assert blocks.row_of[place] == row
        for read in read_by(block):
            assert blocks.block_of[read] < block.number
    assert found == dict.fromkeys(range(total), 1)


def read_by(block: Block) -> set[int]:
    slots = [slot for term in block.terms for slot in term.slots]
    return {
        int(x)
        for slot in (*block.slots, *slots)
        if not isinstance(slot, float)
        for x in slot.places.ravel()
        if x != NOWHERE
    }


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", CASES)
def test_blocks_hold_every_node_once(name: str, seed: int) -> None:
    case = CASES[name](seed)
    passed = Program(case.f, *case.examples[0])._ready.passed
    check_blocks(passed.plan, passed.blocks)


def test_rows_of_a_block_apply_one_operation() -> None:
    program = gpt(3)
    plan, blocks = program._ready.passed.plan, program._ready.passed.blocks
    for block in blocks.all:
        if block.op is not None and block.kind != "family":
            rows = [plan.nodes[x - plan.first] for x in block.places.ravel() if x >= 0]
            assert {row.op for row in rows if row in plan.nodes} == {block.op}  # type: ignore[union-attr]
        assert block.op is None or OPS[block.op.name] is block.op

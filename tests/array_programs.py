"""Random array programs, and what they compute, one example after the other."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.program.statements.code import Code
from autograd.program.statements.natives import NUMPY
from autograd.program.statements.table import Array, ArrayOperand
from autograd.program.statements.views import View, view_of

# --- an interpreter: one example after the other, every array new -------------

_NUMPY: dict[str, Callable[..., Any]] = dict(NUMPY) | {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "neg": np.negative,
    "or": np.logical_or,
    "less": np.less,
    "greater": np.greater,
    "not_equal": np.not_equal,
}
_HOW = {"sum": np.add, "max": np.maximum, "min": np.minimum}


def interpret(
    code: Code, outputs: dict[str, ArrayOperand], given: dict[str, Any], size: int
) -> list[Any]:
    """The outputs: for each array one of its shape, or one for each of B examples."""
    values: dict[Array, list[Any]] = {}

    def at(x: ArrayOperand, example: int) -> Any:
        if not isinstance(x, Array):
            return x
        return values[x][example if x.batched else 0]

    for a in code.statements:
        examples = range(size if a.batched else 1)
        if a.function == "given":
            numbers = np.asarray(given[a.options["name"]])
            values[a] = list(numbers) if a.batched else [numbers]
        elif a.function in _OVER_EXAMPLES:
            values[a] = _OVER_EXAMPLES[a.function](a, at, size)
        else:
            rule: Callable[..., Any] = _RULES.get(a.function, _native)
            values[a] = [rule(a, *(at(x, e) for x in a.operands)) for e in examples]
        for value in values[a]:
            assert np.shape(value) == a.shape, (a, np.shape(value))
    results: list[Any] = []
    for x in outputs.values():
        if not isinstance(x, Array):
            results.append(x)
        elif x.batched:
            results.append(np.array(values[x]).reshape(size, *x.shape))
        else:
            results.append(values[x][0])
    return results


def _native(a: Array, *operands: Any) -> Any:
    return _NUMPY[a.function](*operands)


def _rows(place: Any, size: int) -> Any:
    """The places that a View, rows or None mean."""
    every = np.arange(size)
    if isinstance(place, View):
        part = every[place.start : place.stop].reshape(place.split)
        chosen = tuple(r if isinstance(r, int) else slice(*r) for r in place.ranges)
        return np.asarray(part[chosen]).transpose(place.order).reshape(place.shape)
    return every if place is None else place


def _view(a: Array, x: Any) -> Any:
    return x.reshape(-1)[_rows(a.options["view"], x.size)]


def _segments(a: Array, x: Any) -> Any:
    parts = np.split(x, a.options["starts"][1:], axis=-1)
    return np.stack([_HOW[a.options["how"]].reduce(p, axis=-1) for p in parts], -1)


def _matmul(a: Array, x: Any, y: Any) -> Any:
    return np.matmul(x, np.swapaxes(y, -1, -2) if a.options["transpose"] else y)


def _assemble(a: Array, *flows: Any) -> Any:
    out = np.zeros(int(np.prod(a.shape)))
    for flow, place in zip(flows, a.options["places"], strict=True):
        rows = _rows(place, out.size)
        np.add.at(out, rows, np.reshape(flow, rows.shape))
    return out.reshape(a.shape)


def _places(a: Array, index: Any) -> Any:
    rows = a.options["rows"]
    index = np.broadcast_to(index, rows.shape[:-1])
    return np.take_along_axis(rows, index[..., None], -1)[..., 0]


def _reduce(a: Array, at: Any, size: int) -> list[Any]:
    (x,), how, axes = a.operands, _HOW[a.options["how"]], a.options["axes"]
    assert isinstance(x, Array)
    each = [at(x, e) for e in range(size if x.batched else 1)]
    if axes:
        each = [how.reduce(one, axis=axes) for one in each]
    if not a.options["batch"] or not x.batched:
        return each
    return [how.reduce(each, axis=0) if size else np.zeros(a.shape)]


def _outer(a: Array, at: Any, size: int) -> list[Any]:
    x, y = a.operands
    assert isinstance(x, Array)
    assert isinstance(y, Array)
    total = np.zeros(a.shape)
    for e in range(size if x.batched or y.batched else 1):
        left = np.reshape(at(x, e), (x.shape[0], -1))
        right = np.reshape(at(y, e), (y.shape[0], -1))
        total = total + np.einsum("ik,jk->ij", left, right)
    return [total]


def _scatter(a: Array, at: Any, size: int) -> list[Any]:
    flow, places = a.operands
    assert isinstance(flow, Array)
    assert isinstance(places, Array)
    batched = flow.batched or places.batched or a.batched
    parts = []
    for e in range(size if batched else 1):
        out = np.zeros(a.options["size"])
        np.add.at(out, at(places, e), at(flow, e))
        parts.append(out)
    return parts if a.batched else [sum(parts, np.zeros(a.options["size"]))]


_RULES: dict[str, Callable[..., Any]] = {
    "constant": lambda a: a.options["value"],
    "view": _view,
    "take": lambda a, x: np.reshape(x, -1)[a.options["rows"]],
    "segments": _segments,
    "matmul": _matmul,
    "weighted": lambda a, w, x: np.tensordot(w, x, 1),
    "concat": lambda a, *parts: np.concatenate([np.reshape(p, -1) for p in parts]),
    "assemble": _assemble,
    "stretch": lambda a, x: np.broadcast_to(x, a.shape),
    "integer": lambda a, x: np.asarray(x).astype(int),
    "places": _places,
    "pick": lambda a, x, places: x.reshape(-1)[places],
}
_OVER_EXAMPLES: dict[str, Callable[..., list[Any]]] = {
    "reduce": _reduce,
    "outer": _outer,
    "scatter": _scatter,
}

# --- random programs ----------------------------------------------------------


class Maker:
    """Writes random statements."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.code = Code()
        self.theta = self.code.given("theta", (24,), batched=False)
        self.x = self.code.given("x", (12,), batched=True)
        self.index = self.code.given("index", (2,), batched=True, kind="int")
        self.which = self.code.given("which", (), batched=False, kind="int")
        self.arrays = [self.theta, self.x]
        self.rows = np.random.default_rng(rng.randrange(2**32))

    def any(self, *, size: int = 1) -> Array:
        """One of the arrays, rather a late one."""
        fitting = [a for a in self.arrays if a.size >= size]
        late = self.rng.random() < 0.6
        return self.rng.choice(fitting[-4:] if late else fitting)

    def step(self) -> None:
        """One more statement."""
        kinds = [self.binary, self.unary, self.where, self.view, self.take]
        kinds += [self.reduce, self.segments, self.product, self.outer, self.concat]
        kinds += [
            self.weighted,
            self.assemble,
            self.pick,
            self.scatter,
            self.binary,
            self.view,
        ]
        made = self.rng.choice(kinds)()
        if isinstance(made, Array) and made.size <= 64:
            self.arrays.append(made)

    def fitting(self, a: Array) -> ArrayOperand:
        """An operand that broadcasts with a."""
        shapes = {a.shape, (), a.shape[-1:], (1,) * len(a.shape)}
        found: list[ArrayOperand] = [x for x in self.arrays if x.shape in shapes]
        return self.rng.choice([*found, 0.5, -2.0])

    def binary(self) -> ArrayOperand | None:
        a = self.any()
        name = self.rng.choice(["add", "sub", "mul", "maximum", "hypot"])
        pair = [a, self.fitting(a)]
        self.rng.shuffle(pair)
        result: ArrayOperand = self.code.call(name, *pair)
        return result

    def unary(self) -> ArrayOperand:
        name = self.rng.choice(["neg", "tanh", "floor", "cbrt", "erf", "abs", "sign"])
        result: ArrayOperand = self.code.call(name, self.any())
        return result

    def where(self) -> ArrayOperand:
        a = self.any()
        test = self.code.call("less", a, self.fitting(a))
        if self.rng.random() < 0.3:
            test = self.code.call("or", test, self.code.call("greater", a, 1.0))
        result: ArrayOperand = self.code.call(
            "where", test, self.fitting(a), self.fitting(a)
        )
        return result

    def some_view(self, size: int) -> View | None:
        """Affine rows of `size` numbers."""
        shape = self.rng.choice([(), (2,), (3,), (2, 3), (1, 4), (3, 1), (2, 2, 2)])
        rows = np.full(shape, self.rng.randrange(size))
        for axis, n in enumerate(shape):
            along = [1] * len(shape)
            along[axis] = n
            step = self.rng.choice([0, 1, 1, 2, 3, 4, 6])
            rows = rows + (step * np.arange(n)).reshape(along)
        return view_of(rows, size) if rows.max() < size else None

    def view(self) -> ArrayOperand | None:
        a = self.any()
        view = self.some_view(a.size)
        return None if view is None else self.code.view(a, view)

    def take(self) -> ArrayOperand:
        a = self.any()
        shape = self.rng.choice([(), (3,), (2, 4)])
        return self.code.take(a, self.rows.integers(0, a.size, shape))

    def reduce(self) -> ArrayOperand:
        a = self.any()
        axes = [-1 - i for i in range(len(a.shape)) if self.rng.random() < 0.5]
        how = self.rng.choice(["sum", "sum", "max", "min"])
        batch = how == "sum" and self.rng.random() < 0.4
        return self.code.reduce(how, a, tuple(axes), batch=batch)

    def segments(self) -> ArrayOperand | None:
        a = self.any(size=3)
        if not a.shape or a.shape[-1] < 3:
            return None
        return self.code.segments(self.rng.choice(["sum", "max"]), a, np.array([0, 2]))

    def product(self) -> ArrayOperand | None:
        """A matrix product of any two that fit."""
        a = self.any()
        pairs = [
            (b, transpose)
            for b in self.arrays
            for transpose in (False, True)
            if _multiply(a, b, transpose)
        ]
        if not pairs:
            return None
        b, transpose = self.rng.choice(pairs)
        return self.code.matmul(a, b, transpose=transpose)

    def outer(self) -> ArrayOperand | None:
        a = self.any()
        if not a.shape:
            return None
        pairs = [b for b in self.arrays if b.shape and b.shape[1:] == a.shape[1:]]
        return self.code.outer(a, self.rng.choice(pairs))

    def weighted(self) -> ArrayOperand | None:
        a = self.any()
        pairs = [
            w
            for w in self.arrays
            if a.shape
            and len(w.shape) in (1, 2)
            and not w.batched
            and w.shape[-1] == a.shape[0]
        ]
        return self.code.weighted(self.rng.choice(pairs), a) if pairs else None

    def concat(self) -> ArrayOperand:
        return self.code.concat([self.any() for _ in range(self.rng.randint(1, 3))])

    def assemble(self) -> ArrayOperand | None:
        size = self.rng.choice([4, 9, 12])
        flows: list[Array] = []
        places: list[Any] = []
        for _ in range(self.rng.randint(1, 4)):
            a = self.any()
            view = self.some_view(size)
            if a.shape == (size,):
                places.append(None)
            elif view is not None and view.shape == a.shape:
                places.append(view)
            elif len(a.shape) == 1 and a.size <= size:
                places.append(self.rows.permutation(size)[: a.size])
            else:
                continue
            flows.append(a)
        if not flows:
            return None
        batched = any(a.batched for a in flows)
        return self.code.assemble(flows, places, (size,), batched)

    def candidates(self, a: Array) -> tuple[Array, Any]:
        index = self.rng.choice([self.index, self.which])
        if self.rng.random() < 0.5:
            return index, self.rows.integers(0, a.size, (2, 3))
        base = np.arange(6) if a.size >= 6 else np.zeros(6, int)
        return index, base.reshape(2, 3) if self.rng.random() < 0.5 else base[
            :6
        ].reshape(3, 2).T

    def pick(self) -> ArrayOperand:
        a = self.any()
        return self.code.pick(a, *self.candidates(a))

    def scatter(self) -> ArrayOperand | None:
        a = self.any()
        flows = [f for f in self.arrays if f.shape == (2,)]
        if not flows:
            return None
        index, rows = self.candidates(a)
        return self.code.scatter(self.rng.choice(flows), index, rows, a)


def _multiply(a: Array, b: Array, transpose: bool) -> bool:
    if not a.shape or not b.shape or (transpose and len(b.shape) < 2):
        return False
    right = (*b.shape[:-2], *b.shape[:-3:-1]) if transpose else b.shape
    inner = right[0] if len(right) == 1 else right[-2]
    if a.shape[-1] != inner:
        return False
    try:
        np.broadcast_shapes(a.shape[:-2], right[:-2])
    except ValueError:
        return False
    return len(a.shape) > 1 or len(right) <= 2


def numbers_for(seed: int, size: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "theta": rng.normal(size=24),
        "x": rng.normal(size=(size, 12)),
        "index": rng.integers(0, 2, (size, 2)),
        "which": 1,
    }


def same(got: Any, expected: Any) -> None:
    np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-11)
    assert np.shape(got) == np.shape(expected)


def random_program(seed: int) -> tuple[Maker, dict[str, ArrayOperand]]:
    rng = random.Random(seed)
    maker = Maker(rng)
    for _ in range(rng.randint(1, 25)):
        maker.step()
    return maker, {f"out{i}": maker.any() for i in range(rng.randint(1, 3))}

"""What a program needs, in the form in which it is written down.

`lowered` keeps the statements that the outputs need and rewrites a few of them, so that
the writer meets fewer kinds:

* for a single example no array has a batch axis;
* "concat" becomes "assemble", "pick" and "scatter" become "places" with "gather" and
  "accumulate" (the places are computed once for both);
* what must lie in one piece in memory, to be reshaped, and doesn't, is copied ("copy");
* a condition is a bool.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd.program.arrays import Array, Code, Term
from autograd.program.emit.places import Place, read_view, stretch
from autograd.program.views import Rows, view_of


def needed(code: Code, outputs: Mapping[str, Term]) -> list[Array]:
    """The statements that the outputs need, in order."""
    wanted = {x for x in outputs.values() if isinstance(x, Array)}
    for array in reversed(code.statements):
        if array in wanted:
            wanted.update(x for x in array.operands if isinstance(x, Array))
    return [array for array in code.statements if array in wanted]


def lowered(
    code: Code, outputs: Mapping[str, Term], *, batch: bool
) -> tuple[list[Array], dict[str, Term]]:
    """The statements in the form that is written down, and the outputs among them."""
    lowering = _Lowering(batch)
    for array in needed(code, outputs):
        lowering.add(array)
    new_outputs = {name: lowering.of(x) for name, x in outputs.items()}
    for name, x in new_outputs.items():
        if isinstance(x, Array):
            x.hint = x.hint or name
    return needed(lowering.code, new_outputs), new_outputs


class _Lowering:
    """Writes the statements of one Code down in another."""

    def __init__(self, batch: bool) -> None:
        self.batch = batch
        self.code = Code()
        self.new: dict[Array, Term] = {}
        self.samples: dict[Array, np.ndarray[Any, Any]] = {}

    def of(self, x: Term) -> Term:
        """The new array that stands for an old one."""
        return self.new[x] if isinstance(x, Array) else x

    def add(self, array: Array) -> None:
        """Write one statement down anew."""
        self.code.section, self.code.group = array.section, array.group
        rewrite: Callable[..., Term] = _REWRITES.get(
            array.function, _Lowering._elementwise
        )
        result = rewrite(self, array, *map(self.of, array.operands))
        if isinstance(result, Array) and not result.hint:
            result.hint = array.hint or array.options.get("name", "")
        self.new[array] = result

    def _same(self, array: Array, *operands: Term) -> Term:
        batched = array.batched and self.batch
        return self.code.new(
            array.function,
            operands,
            array.shape,
            batched,
            array.kind,
            **array.options,
        )

    def _elementwise(self, array: Array, *operands: Term) -> Term:
        """A number that was repeated only for this need not be."""
        plain = tuple(map(_unstretched, operands))
        shapes = [x.shape for x in plain if isinstance(x, Array)]
        fits = np.broadcast_shapes(*shapes) == array.shape
        return self._same(array, *(plain if fits else operands))

    def _step(self, array: Array, x: Term) -> Term:
        """The step is the sign of the positive part, which is often known."""
        positive = self.code.call("maximum", x, 0.0)
        return self.code.new("sign_of_positive", (positive,), array.shape)

    def whole(self, a: Term) -> Array:
        """The array, in one piece."""
        assert isinstance(a, Array)  # noqa: S101
        if self._sample(a).flags.c_contiguous:
            return a
        copy = self._copy(a, a.shape)
        if a.hint and not copy.hint:
            copy.hint = f"{a.hint}_whole"
        return copy

    def smooth(self, a: Array) -> Array:
        """A matrix of which many rows are used, in one piece: much faster to multiply.

        One whose transpose lies in one piece is as good.
        """
        sample = self._sample(a)
        return a if sample.T.flags.c_contiguous else self.whole(a)

    def _sample(self, a: Array) -> np.ndarray[Any, Any]:
        """Memory laid out as that of the array, for a batch of 2."""
        if a not in self.samples:
            if a.function == "view":
                base = self._sample(a.operands[0])  # type: ignore[arg-type]
                sample = read_view(base, a.options["view"], int(a.batched))
            else:
                sample = np.empty((2, *a.shape) if a.batched else a.shape, bool)
            self.samples[a] = sample
        return self.samples[a]

    def _rows(self, array: Array, a: Array) -> Term:
        """A view, or rows taken; of a single number all are that number."""
        if not (a.shape or a.batched):
            return a if not array.shape else self._copy(a, array.shape)
        if array.function == "take":
            view = view_of(array.options["rows"], a.size)
            if view is not None:  # to repeat a number, a copy is faster
                read = self.code.view(self.whole(a), view)
                return self._copy(read, array.shape) if view.stretched else read
        return self._same(array, self.whole(a))

    def _copy(
        self, a: Array, shape: tuple[int, ...], batched: bool | None = None
    ) -> Array:
        """A copy in one piece; axes of length 1, and that of the batch, may stretch."""
        return self.code.new("copy", (a,), shape, batched, a.kind)

    def _where(self, array: Array, condition: Term, x: Term, y: Term) -> Term:
        if isinstance(condition, Array) and condition.kind != "bool":
            condition = self.code.call("not_equal", condition, 0.0)
        return self._elementwise(array, condition, x, y)

    def _reduce(self, array: Array, a: Array) -> Term:
        axes, batch = array.options["axes"], array.options["batch"] and a.batched
        if not axes and not batch:
            return a
        return self.code.new(
            "reduce",
            (a,),
            array.shape,
            a.batched and not batch,
            how=array.options["how"],
            axes=axes,
            batch=batch,
        )

    def _outer(self, array: Array, a: Array, b: Array) -> Term:
        """Where only one varies with the example, its sum is enough."""
        if array.options["strong"] and a.batched != b.batched:
            a, b = self._for_all(a), self._for_all(b)
        elif a.batched != b.batched:
            a = self.code.reduce("sum", a, (), batch=True)
            b = self.code.reduce("sum", b, (), batch=True)
        if a.batched or len(a.shape) > 1:
            a, b = self.smooth(a), self.smooth(b)
        return self._same(array, a, b)

    def _matmul(self, array: Array, a: Array, b: Array) -> Term:
        """Where b is the same for all rows of a, both are to be in one piece."""
        if not b.batched and len(b.shape) <= 2 and (a.batched or len(a.shape) > 1):
            a, b = self.smooth(a), self.smooth(b)
        elif len(a.shape) > 1 and len(b.shape) > 1:
            a, b = self._with_rows(a), self._with_rows(b)
        return self._same(array, a, b)

    def _with_rows(self, a: Array) -> Array:
        """Matrices whose rows or columns lie side by side, as products want them."""
        steps = self._sample(a).strides[-2:]
        return a if 1 in steps and 0 not in steps else self.whole(a)

    def _for_all(self, a: Array) -> Array:
        """The array, for every example."""
        return a if a.batched else self._copy(a, a.shape, batched=True)

    def _concat(self, array: Array, *parts: Term) -> Term:
        places, start = [], 0
        for part in parts:
            assert isinstance(part, Array)  # noqa: S101
            stop = start + part.size
            places.append(stretch(start, part.shape))
            start = stop
        batched = array.batched and self.batch
        return self.code.new(
            "assemble", parts, array.shape, batched, array.kind, places=tuple(places)
        )

    def _assemble(self, array: Array, *flows: Array) -> Term:
        """Every flow in the shape of its place; what is assembled itself, in parts."""
        parts: list[Term] = []
        places: list[Place] = []
        for flow, place in zip(flows, array.options["places"], strict=True):
            if (
                flow.function == "assemble"
                and place is None
                and len(flow.operands) == 1
            ):
                parts += flow.operands
                places += flow.options["places"]
            else:
                shape = array.shape if place is None else place.shape
                parts.append(self._shaped(flow, shape))
                places.append(place)
        return self.code.new(
            "assemble",
            tuple(parts),
            array.shape,
            array.batched and self.batch,
            array.kind,
            places=tuple(places),
        )

    def _shaped(self, a: Array, shape: tuple[int, ...]) -> Term:
        if a.shape in (shape, ()):
            return a
        return self.code.view(self.whole(a), stretch(0, shape))

    def _places(self, index: Array, rows: Rows, stride: int) -> Array:
        """The flat places that the integers choose: rows[..., index].

        Among numbers that vary with the example, `stride` of them in each, they count
        on from example to example.
        """
        if index.kind != "int":
            index = self.code.new("integer", (index,), index.shape, None, "int")
        batched = index.batched or bool(stride)
        shape = rows.shape[:-1]
        return self.code.new(
            "places", (index,), shape, batched, "int", rows=rows, stride=stride
        )

    def _pick(self, array: Array, a: Array, index: Array) -> Term:
        if not (a.shape or a.batched):  # a single number is all there is to choose
            if not (array.shape or index.batched):
                return a
            return self._copy(a, array.shape, index.batched)
        a, rows = self.whole(a), array.options["rows"]
        if not a.batched:
            first, last = _window(rows)
            a = self.code.view(a, stretch(first, (last - first,)))
            rows = rows - first
        places = self._places(index, rows, a.size * a.batched)
        return self.code.new("gather", (a, places), array.shape, None, a.kind)

    def _scatter(self, array: Array, flow: Array, index: Array) -> Term:
        """The same places as those of the "pick"; 0 outside of them."""
        size, rows = array.options["size"], array.options["rows"]
        batched = array.batched and self.batch
        first, last = (0, size) if batched else _window(rows)
        places = self._places(index, rows - first, size * batched)
        if flow.batched and not places.batched:
            flow = self.code.reduce("sum", flow, (), batch=True)
        if places.batched and not flow.batched:
            flow = self._for_all(flow)
        operands, length = (self.whole(flow), places), last - first
        sums = self.code.new("accumulate", operands, (length,), batched, size=length)
        if length == size:
            return sums
        place = stretch(first, (length,))
        return self.code.assemble([sums], [place], (size,), batched)


def _window(rows: Rows) -> tuple[int, int]:
    """The first of some rows, and the one after the last."""
    return int(rows.min()), int(rows.max()) + 1


def _unstretched(x: Term) -> Term:
    """What a "copy" repeats, or x."""
    if isinstance(x, Array) and x.function == "copy":
        (source,) = x.operands
        if isinstance(source, Array) and source.batched == x.batched:
            return source if len(source.shape) in (0, len(x.shape)) else x
    return x


_REWRITES: dict[str, Callable[..., Term]] = {
    **dict.fromkeys(("given", "constant", "segments"), _Lowering._same),
    "step": _Lowering._step,
    "matmul": _Lowering._matmul,
    "view": _Lowering._rows,
    "where": _Lowering._where,
    "reduce": _Lowering._reduce,
    "take": _Lowering._rows,
    "outer": _Lowering._outer,
    "assemble": _Lowering._assemble,
    "concat": _Lowering._concat,
    "pick": _Lowering._pick,
    "scatter": _Lowering._scatter,
}

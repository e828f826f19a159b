"""Long repetitions under JAX: the machine's instructions, their loops as `lax.scan`.

XLA takes 20 ms to compile a statement. A filter of twenty steps has hundreds of them,
forward and backwards, in which little is done. Written as the machine has them, number
by number, its steps are a few dozen instructions that repeat themselves, and `lax.scan`
is compiled as one turn of them.

What is left is few statements, too: instructions that do the same and do not wait for
each other are one, and what a loop reads is picked from few arrays at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autograd.namespaces import Namespace
from autograd.ops import RULES
from autograd.program.machine.assemble import assemble
from autograd.program.machine.opcodes import LISTS, TERMS
from autograd.program.machine.plain import on_arrays
from autograd.program.machine.repeats import Stretch
from autograd.program.machine.script import LONG, Loop, ScriptWriter
from autograd.program.passes import Passed
from autograd.program.statements.natives import NUMPY

try:
    import jax
    import jax.numpy as jnp
except ImportError:
    message = 'backend="jax" and to_jax() need JAX: pip install "gradtrace[jax]"'
    raise ImportError(message) from None

__all__ = ["jax", "jnp", "ordinary"]


@contextmanager
def ordinary() -> Iterator[None]:
    """JAX's default rules of promotion: the user may have asked for stricter ones.

    What is emitted broadcasts, and multiplies by plain numbers, as NumPy's users do.
    """
    with jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):
        yield


ALIKE = 3
"""So many instructions are done at once; fewer are not worth gathering what they read.
"""


class Looped:
    """A plan on examples, its loops scanned.

    Args:
        passed: The plan.
        wanted: What it is differentiated by; "value" for not at all.

    Attributes:
        statements: How many are compiled.
    """

    def __init__(self, passed: Passed, wanted: str) -> None:
        assembled = assemble(passed.exact, wanted, batch=False)
        self._listing, writer = assembled.listing, ScriptWriter(assembled)
        self._read = writer.read
        self._parts = assembled.outputs, assembled.in_theta, assembled.in_x
        self._is_value = wanted == "value"
        self._stretches = [
            (writer.loops.get(stretch), self._groups(writer, stretch))
            for stretch in writer.stretches
        ]
        self.statements = sum(len(groups) for _, groups in self._stretches)

    def _groups(self, writer: ScriptWriter, stretch: Stretch) -> list[list[LoopStep]]:
        """What is done in a stretch, or in a turn of it if it is a loop."""
        names, operands = self._listing.names, self._listing.operands
        if loop := writer.loops.get(stretch):
            pairs = enumerate(zip(loop.rows, loop.reads, strict=True))
            return grouped(
                LoopStep(names[x[0]], f"u{j}", reads) for j, (x, reads) in pairs
            )
        places = writer.steps[stretch.start : stretch.end]
        return grouped(LoopStep(names[x], x, operands[x]) for x in places)

    def __call__(self, theta: Any, x: Any, seed: Any) -> list[Any]:
        """Outputs and conditions, and the derivatives in parameters and in inputs.

        A row for each example, or those of a single one; the parameters' are summed up.
        """
        seed = jnp.zeros((*x.shape[:-1], 0)) if self._is_value else seed
        if x.ndim == 1:
            return self._single(theta, x, seed)
        ends, in_theta, in_x = jax.vmap(self._single, (None, 0, 0))(theta, x, seed)
        return [ends, in_theta.sum(axis=0), in_x]

    def _single(self, theta: Any, x: Any, seed: Any) -> list[Any]:
        known, start = LoopNumbers(self._listing.constants, x.dtype), 0
        for given in (x, theta, seed):
            end = start + len(given)
            known.name(given, range(start, end))
            start = end
        for loop, groups in self._stretches:
            if loop:
                self._scan(loop, groups, known)
            else:
                known.compute(groups)
        return [*map(known.gather, self._parts)]

    def _scan(
        self, loop: Loop, groups: list[list[LoopStep]], known: LoopNumbers
    ) -> None:
        """A loop: its turns share what they read once, and hand on what they carry."""
        single, turns = loop.single, loop.stretch.turns
        plain = known.constants
        constants = {single[x]: plain[x] for x in single if x in plain}
        kept = [j for j, row in enumerate(loop.rows) if {*row} & self._read]
        shared = known.gather([*single])
        first = known.gather([place for _, place in loop.carried])
        by_turn = zip(*loop.lists, strict=True)
        lists = known.gather([place for places in by_turn for place in places])

        def turn(carried: Any, listed: Any) -> tuple[Any, Any]:
            inner = LoopNumbers(constants, known.dtype)
            inner.name(shared, single.values())
            inner.name(carried, loop.carried.values())
            inner.name(listed, loop.lists.values())
            inner.compute(groups)
            later = inner.gather([f"u{j}" for j, _ in loop.carried])
            return later, inner.gather([f"u{j}" for j in kept])

        rows = lists.reshape(turns, len(loop.lists))
        _, found = jax.lax.scan(turn, first, rows, length=turns)
        places = [loop.rows[j][k] for k in range(turns) for j in kept]
        known.name(found.reshape(len(places)), places)


# --- what is done at once -------------------------------------------------------------

Name: TypeAlias = "int | str"


class LoopStep(NamedTuple):
    """An instruction: what it does, what its result is called, what it reads."""

    opcode: str
    target: Name
    operands: Sequence[Name]


def grouped(steps: Iterable[LoopStep]) -> list[list[LoopStep]]:
    """Steps that do the same and never wait for each other, level by level."""
    levels = dict[Name, int]()
    groups = dict[tuple[int, str, int], list[LoopStep]]()
    for step in steps:
        level = 1 + max(levels.get(x, 0) for x in step.operands)
        levels[step.target] = level
        key = level, step.opcode, len(step.operands)
        groups.setdefault(key, []).append(step)
    found = list[list[LoopStep]]()
    for key in sorted(groups):
        group = groups[key]
        is_one = len(group) >= ALIKE or group[0].opcode in LISTS
        found += [group] if is_one else [[step] for step in group]
    return found


class LoopNumbers:
    """Numbers by name: entries of arrays, or computed alone.

    Args:
        constants: Those that are known beforehand.
        dtype: The precision of arrays.
    """

    def __init__(self, constants: Mapping[Any, float], dtype: Any) -> None:
        self.constants, self.dtype = constants, dtype
        self._alone: dict[Name, Any] = {**constants}
        self._entries: dict[Name, tuple[Any, int]] = {}
        self.name(jnp.array([*constants.values()], dtype), constants)

    def name(self, array: Any, names: Iterable[Name]) -> None:
        """Say what the entries of an array are called, in order."""
        self._entries |= {name: (array, k) for k, name in enumerate(names)}

    def read(self, name: Name) -> Any:
        """A number."""
        if name not in self._alone:
            array, k = self._entries[name]
            self._alone[name] = array[k]
        return self._alone[name]

    def gather(self, names: Sequence[Name]) -> Any:
        """Numbers as an array: picked from all arrays that hold some of them.

        One by one they would be a statement each.
        """
        sources, starts, index = list[Any](), dict[int, int](), list[int]()
        count = 0
        for name in names:
            if name not in self._entries:
                self._entries[name] = self._alone[name][None], 0
            array, k = self._entries[name]
            if id(array) not in starts:
                starts[id(array)] = count
                sources.append(array)
                count += len(array)
            index.append(starts[id(array)] + k)
        if not sources:
            return jnp.zeros(0, self.dtype)
        array = jnp.concatenate(sources)
        if index == [*range(count)]:
            return array
        return array.at[np.array(index)].get(mode="promise_in_bounds")

    def compute(self, groups: Iterable[Sequence[LoopStep]]) -> None:
        """Do all steps, those of a group at once."""
        for group in groups:
            opcode, target, _ = group[0]
            operands = [*zip(*[step.operands for step in group], strict=True)]
            terms = len(operands) // LISTS.get(opcode, (1,))[0]
            if opcode in LISTS and (len(group) > 1 or terms > LONG):
                found = self._sums(opcode, operands)
            else:
                columns = [*map(self._column, operands)]
                found = jnp.asarray(_applied(opcode, columns), self.dtype)
            if len(group) == 1:
                self._alone[target] = found.reshape(())
            else:
                every = jnp.broadcast_to(found, len(group))
                self.name(every, [step.target for step in group])

    def _column(self, names: Sequence[Name]) -> Any:
        """What all steps of a group read in one place; one number if it is the same."""
        return self.read(names[0]) if len({*names}) == 1 else self.gather(names)

    def _sums(self, opcode: str, operands: Sequence[tuple[Name, ...]]) -> Any:
        """Long sums, and sums side by side."""
        width, _ = LISTS[opcode]
        parts = []
        for i in range(width):
            rows = operands[i::width]
            array = self.gather([name for row in rows for name in row])
            parts.append(array.reshape(len(rows), len(rows[0])))
        terms = _ON_ARRAYS[TERMS[opcode]](*parts) if opcode in TERMS else parts[0]
        return terms.sum(axis=0)


# --- opcodes ------------------------------------------------------------------------


def _natives() -> Mapping[str, Callable[..., Any]]:
    """What arrays of JAX compute by themselves; other rows are as their rules say."""
    special = jax.scipy.special
    shared = {
        name: getattr(jnp, f.__name__)
        for name, f in NUMPY.items()
        if isinstance(f, np.ufunc) or f is np.where
    }
    return shared | {"erf": special.erf, "erfc": special.erfc}


def _applied(name: str, operands: Sequence[Any]) -> Any:
    """What an instruction makes of its operands."""
    if name in LISTS:
        width, plus = LISTS[name]
        terms = [operands[k : k + width] for k in range(0, len(operands), width)]
        return reduce(lambda total, term: _applied(plus, (*term, total)), terms, 0.0)
    if name == "add" and isinstance(operands[1], float) and operands[1] == 0.0:
        # It makes 0.0 of -0.0; but x + 0.0 is x to XLA, whatever its sign.
        return jnp.where(operands[0] == 0.0, 0.0, operands[0])
    return _ON_ARRAYS[name](*operands)


_ON_ARRAYS = on_arrays(Namespace(_natives(), RULES))

"""What a call of a compiled function leaves in the graph: one node an output.

Where operations are recorded, that node's local derivatives are the program's gradient.
To everybody else its operation is a composite, the rows that were traced, one after the
other: run on Values it is recorded in full, and so has derivatives of every order.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import chain, compress
from math import isfinite
from typing import TYPE_CHECKING, Any, cast

from autograd.errors import BranchError
from autograd.operators import datum, make_node
from autograd.ops import OPS, Op
from autograd.program.calling.slots import SINGLE
from autograd.program.plan import Apply, Node, Operand
from autograd.program.running.checks import Moment
from autograd.recorded import StaleGraphError, recorded
from autograd.recording import new_epoch
from autograd.running import name_of
from autograd.structure import flatten
from autograd.sweep import NUMERIC, interior_order, reverse
from autograd.value import Number, Value

if TYPE_CHECKING:
    from autograd.program.differentiated import Wanted
    from autograd.program.program import Program

CLOSE = 1e-9
"""How far two ways of computing a derivative may differ, as a share of the largest."""


class Composite:
    """The rules of an operation that consists of others.

    Args:
        program: The program that computes it.
        output: Which of its outputs it is.
    """

    def __init__(self, program: Program, output: int) -> None:
        self.plan = program.stages[0][1]
        self.output = output
        self._program: Program | None = program

    def __getstate__(self) -> dict[str, Any]:
        """Copies and pickles know the rows, and that is enough."""
        return {**vars(self), "_program": None}

    @property
    def end(self) -> int:
        """Where the output stands among the numbers."""
        return cast(int, self.plan.outputs[self.output])

    def forward(self, xp: Any, *operands: Any) -> Any:
        """The value, row by row."""
        return self.replayed(xp, operands)[self.end]

    def local_derivatives(self, xp: Any, out: Any, *operands: Any) -> tuple[Any, ...]:
        """The derivatives by all operands, row by row."""
        if isinstance(out, Value):
            return self._recorded(out, operands)
        numbers = self.replayed(xp, operands)
        adjoints: dict[Operand, Any] = {self.end: 1.0}
        for place, node in reversed([*self.plan.placed()]):
            if place in adjoints:
                op, values = cast(Apply, node).op, _values(node.operands, numbers)
                slopes = op.local_derivatives(xp, numbers[place], *values)
                for x, slope, is_differentiated in zip(
                    node.operands, slopes, _differentiated(node), strict=True
                ):
                    if is_differentiated:
                        flow = xp.strong_product(adjoints[place], slope)
                        adjoints[x] = adjoints[x] + flow if x in adjoints else flow
        return tuple(adjoints.get(i, 0.0) for i in range(self.plan.first))

    def replayed(self, xp: Any, operands: Sequence[Any]) -> list[Any]:
        """All numbers of the plan: inputs, parameters, nodes."""
        numbers = [*operands]
        on_values = any(isinstance(x, Value) for x in operands)
        for node in self.plan.nodes:
            op, values = cast(Apply, node).op, _values(node.operands, numbers)
            numbers.append(op(*values) if on_values else op.forward(xp, *values))
        return numbers

    def _recorded(self, node: Value, operands: Sequence[Number]) -> tuple[Number, ...]:
        """The derivatives as Values: their history is the rows', their number stays.

        Raises:
            StaleGraphError: A leaf was changed after recording.
        """
        fresh = [OPS["identity"](x) if isinstance(x, Value) else x for x in operands]
        variables: set[Number] = {x for x in fresh if isinstance(x, Value)}
        output = self.replayed(None, fresh)[self.end]
        order = interior_order([output], lambda x: x not in variables)
        adjoints = reverse(order, {output: cast(Number, 1.0)}, recorded())
        slopes = [adjoints.get(x, 0.0) if isinstance(x, Value) else 0.0 for x in fresh]
        places = [i for i, x in enumerate(fresh) if x in variables]
        kept = node.local_derivatives
        if not self._is_fresh([datum(slopes[i]) for i in places], kept, operands):
            message = (
                f"the graph is stale: something that {node!r} was computed from was "
                f"changed after recording. Compute the output again before you "
                f"differentiate it."
            )
            raise StaleGraphError(message)
        for i, number in zip(places, kept, strict=True):
            slopes[i] = _with_number(slopes[i], number)
        return tuple(slopes)

    def _is_fresh(
        self, found: Sequence[float], kept: Sequence[float], operands: Sequence[Number]
    ) -> bool:
        """Whether the rows' derivatives are those that the program gave."""
        least = CLOSE * max(map(abs, kept), default=0.0)
        pairs = zip(found, kept, strict=True)
        if all(x == y or abs(x - y) <= least for x, y in pairs):
            return True
        if self._program is None:
            return False
        try:  # it may be digits that cancel: then the program says the same again
            numbers = [*map(datum, operands)]
            inputs, theta = numbers[: self.plan.inputs], numbers[self.plan.inputs :]
            _, rows = self._program.linear(inputs, theta)
        except BranchError:
            return False
        now = compress(rows[self.output], [isinstance(x, Value) for x in operands])
        return [*now] == [*kept]


def in_rows(node: Value) -> Value:
    """A node as what was traced for it, operation by operation; any other as it is."""
    rules = getattr(node.op and node.op.forward, "__self__", None)
    if not isinstance(rules, Composite):
        return node
    with new_epoch():
        output: Value = rules.replayed(None, node.operands)[rules.end]
    return output


def opened(node: Value) -> list[Value]:
    """What a compiled function computed for a node: its operations, operands first.

    The last one has the node's number and gradient, and each has the gradient that
    flows back to it from there. They end at the node's parents, whose own gradients
    stay as they are. Of any other node it is that node alone.

    >>> from autograd import Value, compiled, opened
    >>> w = Value(3.0, "w")
    >>> f = compiled(lambda x: (w * x).tanh() + x)
    >>> y = f(0.5)
    >>> y.backward()
    >>> [(node.op.name, round(node.grad, 4)) for node in opened(y)]
    [('mul', 0.1807), ('tanh', 1.0), ('add', 1.0)]
    """
    output = in_rows(node)
    if output is node:
        return [node]
    parents = {*node.parents}
    order = interior_order([output], lambda x: x not in parents)
    adjoints = reverse(order, {output: node.grad}, NUMERIC)
    for inner in order:
        inner.grad = adjoints.get(inner, 0.0)
    output.label = node.label or cast(Op, node.op).name
    return order


def _values(operands: Sequence[Operand], numbers: Sequence[Any]) -> list[Any]:
    """What stands at these places."""
    return [x if isinstance(x, float) else numbers[x] for x in operands]


def _differentiated(node: Node) -> list[bool]:
    """Which operands of a node have a derivative: places, but for an index."""
    op = cast(Apply, node).op
    constants = [name in op.constants for name in op.operand_names]
    constants += [False] * (len(node.operands) - len(constants))
    return [
        isinstance(x, int) and not is_constant
        for x, is_constant in zip(node.operands, constants, strict=True)
    ]


def _with_number(slope: Number, number: float) -> Number:
    """The slope with the number of another way to compute it, equal to rounding."""
    if not isinstance(slope, Value):
        return number
    operands = (slope,)
    return make_node(Value, OPS["identity"], number, operands, operands, (1.0,))


class RunAsItIsError(Exception):
    """No program will do here: the function itself is to be run."""


class Nodes:
    """Makes the nodes of a program's calls.

    Args:
        program: The program.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._plan = program.stages[0][1]
        self._parameters = tuple(program.parameters)
        self._ops: dict[Operand, Op] = {}

    @cached_property
    def _are_few(self) -> bool:
        """Whether they have no more edges than the nodes that were traced."""
        first = self._plan.first
        ends = {x for x in self._plan.outputs if isinstance(x, int) and x >= first}
        traced = sum([len(node.operands) for node in self._plan.nodes])
        return len(ends) <= 1 or len(ends) * first <= traced

    def quickly(self, numbers: Sequence[Any]) -> Any:
        """The same of single numbers; None where that is not to be had."""
        try:
            return self.of_call(numbers, Moment())
        except (BranchError, RunAsItIsError):
            return None

    def of_call(self, inputs: Sequence[Any], moment: Moment) -> Any:
        """What the function returns for one example; its numbers are nodes.

        Raises:
            RunAsItIsError: These would not be right or not be worth it; or a number is
                not finite, and what the function records tells where that began.
        """
        program = self._program
        are_single = {*map(type, inputs)} <= SINGLE
        numbers = [*inputs] if are_single else flatten(inputs)
        given = tuple([x for x in numbers if isinstance(x, Value)])
        parents = (*given, *self._parameters)
        # More outputs than the function returns are numbers that somebody is told.
        is_heard = len(self._plan.outputs) > program._ready.outputs.count
        wrong = program.reads_computed or is_heard or not self._are_few
        if wrong or not moment.is_own(parents):
            raise RunAsItIsError
        wrt: Wanted = "both" if given else "parameters"
        values, rows = program.linear([*map(datum, numbers)], wrt=wrt)
        if not all(map(isfinite, chain(values, *rows))):
            raise RunAsItIsError
        operands = (*numbers, *self._parameters)
        if len(parents) == len(operands):
            operands = parents  # as one object, which nodes keep once
        is_value = [isinstance(x, Value) for x in numbers]
        ends: dict[Operand, Number] = {}
        for i, end in enumerate(self._plan.outputs):
            if isinstance(end, float):
                ends[end] = end
            elif end < self._plan.first:
                ends[end] = operands[end]
            elif end not in ends:
                slopes = rows[i]
                in_x, in_theta = slopes[: len(numbers)], slopes[len(numbers) :]
                kept = (*compress(in_x, is_value), *in_theta)
                ends[end] = make_node(
                    Value, self._op(i), values[i], operands, parents, kept
                )
        if program._ready.outputs.is_number:
            return ends[self._plan.outputs[0]]
        return program.in_form([ends[end] for end in self._plan.outputs])

    def _op(self, output: int) -> Op:
        """The operation that computes one output."""
        if output not in self._ops:
            rules = Composite(self._program, output)
            self._ops[output] = Op(
                self._name(output),
                rules.forward,
                rules.local_derivatives,
                doc="what a compiled function computes",
            )
        return self._ops[output]

    def _name(self, output: int) -> str:
        """The function's name, where it has one, and which output it is."""
        name = name_of(self._program.__wrapped__)
        if not name.isidentifier() or name in OPS:
            name = f"compiled_{name}" if name.isidentifier() else "compiled"
        return name if len(self._plan.outputs) == 1 else f"{name}_{output}"

"""Value: one number, how it was made, and its gradient.

An operation on Values makes a new Value, a node. The node keeps its operation, its
parents, and the local derivative with respect to each parent as a number. That is all
the backward pass needs: see `sweep.py`.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import compress
from typing import Any, SupportsFloat, TypeAlias, cast, final

import numpy as np

from autograd.numpy_protocol import array_ufunc
from autograd.operands import number
from autograd.operators import (
    binary,
    comparison,
    conjunction,
    differentiated,
    record,
    reflected,
    unary,
)
from autograd.ops import OPS, Op, Recordable
from autograd.recording import (
    Recording,
    current,
    get_state,
    leaves_graph,
    tracer,
)
from autograd.sweep import backpropagate, interior_order

Number: TypeAlias = "Value | float"


@final
class Value(Recordable):
    """A number that remembers how it was made.

    >>> from autograd import Value
    >>> x, w, b = Value(2.0, label="x"), Value(-3.0, label="w"), Value(7.0, label="b")
    >>> y = (w * x + b).tanh()
    >>> y.backward()
    >>> print(f"{y:.4f}: dy/dw = {w.grad:.4f}, dy/dx = {x.grad:.4f}")
    0.7616: dy/dw = 0.8399, dy/dx = -1.2599

    Args:
        data: A real number: int, float, bool, NumPy scalar or 0-d array.
        label: A name for pictures and tables.

    Attributes:
        data: The number, a float. A leaf's may be set.
        grad: d output / d this, filled by `output.backward()`; 0.0 at first.
        label: The name.
        op: The operation that made it (an `Op`), or None for a leaf.
        parents: The Values it was made of: operand order, repeats kept.
        local_derivatives: d this / d parent, one float for each of `parents`.
        operands: The parents and the plain numbers among them, in order.
        recording: The state in which it was made (see `recording.py`).

    Comparisons compare `data`; the hash is by identity.
    """

    __slots__ = (
        "_label",
        "_number",
        "grad",
        "local_derivatives",
        "op",
        "operands",
        "parents",
        "recording",
    )

    _label: str
    _number: float
    grad: float
    op: Op | None
    operands: tuple[Number, ...]
    parents: tuple[Value, ...]
    local_derivatives: tuple[float, ...]
    recording: Recording

    def __init__(self, data: SupportsFloat, label: str = "") -> None:
        if data.__class__ is float:
            self._number = data
        elif data.__class__ is Value:
            raise TypeError("Value(data) wants a plain number, got a Value")
        else:
            self._number = number(data)
        self.grad = 0.0
        self._label = label if label.__class__ is str else _checked_label(label)
        self.op = None
        self.operands = self.parents = self.local_derivatives = ()
        state = get_state()
        self.recording = state if state.epoch.plain else current()

    @property
    def data(self) -> float:
        """The number itself."""
        if not get_state().epoch.plain:
            tracing = tracer()
            if tracing is not None:
                tracing.read(self, ".data")
        return self._number

    @data.setter
    def data(self, new: SupportsFloat) -> None:
        if self.parents:
            message = (
                f"{self!r} was computed: set the .data of a leaf and compute it again"
            )
            raise AttributeError(message)
        if tracer() is not None:
            message = (
                f"a function may not change a leaf while it is traced: {self!r} would "
                f"keep the new number. Make a new Value, or set .data outside"
            )
            raise TypeError(message)
        self._number = number(new)

    @property
    def label(self) -> str:
        """The name that pictures and tables show; "" if there is none."""
        return self._label

    @label.setter
    def label(self, new: str) -> None:
        self._label = _checked_label(new)

    @property
    def scope(self) -> str:
        """The scope in which it was made, such as "layers.0.neurons.3"; "" outside."""
        return self.recording.scope

    @property
    def role(self) -> str:
        """What it is: "operation", or for a leaf "input", "parameter" or "integer"."""
        return "operation" if self.op is not None else self.recording.leaf_role

    @property
    def is_integer(self) -> bool:
        """Whether it is an integer input of a program: see `input_leaf`."""
        return self.op is None and self.recording.leaf_role == "integer"

    def backward(self) -> None:
        """Fill `.grad` with d self / d node for every node that self depends on.

        Leaves accumulate over calls; the nodes between hold the last call's.
        """
        leaves_graph(self, "backward()", GRADIENTS_INSTEAD)
        backpropagate(self)

    def zero_grad(self) -> None:
        """Set the `.grad` of this and of all that it was computed from to 0."""
        self.grad = 0.0
        for node in interior_order([self]):
            node.grad = 0.0
            for parent in node.parents:
                parent.grad = 0.0

    def record(self, op: Op, operands: tuple[Any, ...]) -> Value:
        """Apply `op` to the operands and remember it: what `op(...)` calls."""
        return record(Value, op, operands)

    __add__ = binary(OPS["add"])
    __sub__ = binary(OPS["sub"])
    __mul__ = binary(OPS["mul"])
    __truediv__ = binary(OPS["div"])
    __pow__ = binary(OPS["pow"], OPS["power"])
    __radd__ = reflected(OPS["add"])
    __rsub__ = reflected(OPS["sub"])
    __rmul__ = reflected(OPS["mul"])
    __rtruediv__ = reflected(OPS["div"])
    __rpow__ = reflected(OPS["pow"])
    __neg__ = unary(OPS["neg"])
    __abs__ = unary(OPS["abs"])

    abs = unary(OPS["abs"])
    exp = unary(OPS["exp"])
    expm1 = unary(OPS["expm1"])
    exp2 = unary(OPS["exp2"])
    log = unary(OPS["log"])
    log1p = unary(OPS["log1p"])
    log2 = unary(OPS["log2"])
    log10 = unary(OPS["log10"])
    sqrt = unary(OPS["sqrt"])
    cbrt = unary(OPS["cbrt"])
    reciprocal = unary(OPS["reciprocal"])
    square = unary(OPS["square"])
    sin = unary(OPS["sin"])
    cos = unary(OPS["cos"])
    tan = unary(OPS["tan"])
    asin = unary(OPS["asin"])
    acos = unary(OPS["acos"])
    atan = unary(OPS["atan"])
    sinh = unary(OPS["sinh"])
    cosh = unary(OPS["cosh"])
    tanh = unary(OPS["tanh"])
    asinh = unary(OPS["asinh"])
    acosh = unary(OPS["acosh"])
    atanh = unary(OPS["atanh"])
    sigmoid = unary(OPS["sigmoid"])
    log_sigmoid = unary(OPS["log_sigmoid"])
    softplus = unary(OPS["softplus"])
    relu = unary(OPS["relu"])
    selu = unary(OPS["selu"])
    silu = unary(OPS["silu"])
    gelu = unary(OPS["gelu"])
    gelu_tanh = unary(OPS["gelu_tanh"])
    mish = unary(OPS["mish"])
    softsign = unary(OPS["softsign"])
    hard_tanh = unary(OPS["hard_tanh"])
    erf = unary(OPS["erf"])
    erfc = unary(OPS["erfc"])
    sign = unary(OPS["sign"])
    step = unary(OPS["step"])

    def leaky_relu(self, negative_slope: Number = 0.01) -> Value:
        """X above 0, negative_slope times x below."""
        return record(Value, OPS["leaky_relu"], (self, negative_slope))

    def elu(self, alpha: Number = 1.0) -> Value:
        """X above 0, alpha (exp(x) - 1) below."""
        return record(Value, OPS["elu"], (self, alpha))

    def clamp(self, low: Number, high: Number) -> Value:
        """X held between two bounds."""
        return record(Value, OPS["clamp"], (self, low, high))

    def __pos__(self) -> Value:
        return self

    __lt__ = comparison(OPS["less"], operator.lt)
    __le__ = comparison(OPS["less_equal"], operator.le)
    __gt__ = comparison(OPS["greater"], operator.gt)
    __ge__ = comparison(OPS["greater_equal"], operator.ge)
    __eq__ = comparison(OPS["equal"], operator.eq)
    __ne__ = comparison(OPS["not_equal"], operator.ne)
    __and__ = __rand__ = conjunction(OPS["mul"], "__and__")
    __or__ = __ror__ = conjunction(OPS["maximum"], "__or__")
    __hash__ = object.__hash__

    def __float__(self) -> float:
        rule = _rule.get()
        if rule:
            message = (
                f"{rule}: its local_derivatives compute on plain floats, which cuts "
                f"the second derivative off; use xp.exp and the like, not math"
            )
            raise TypeError(message)
        leaves_graph(self, "float(...)")
        return self._number

    def __int__(self) -> int:
        leaves_graph(self, "int(...)")
        return int(self._number)

    def __bool__(self) -> bool:
        if not get_state().epoch.plain:
            for recorder in current().epoch.recorders:
                recorder.decide(self)
        return bool(self._number)

    def __round__(self, digits: int | None = None) -> float:
        leaves_graph(self, "round(...)")
        return round(self._number, digits)

    def __index__(self) -> int:
        what = "an integer input" if self.is_integer else "a Value"
        message = (
            f"{what} can't be a bare Python index or count: use autograd.take(rows, "
            f"index) with an integer input of a program, or a plain int"
        )
        raise TypeError(message)

    def __format__(self, specification: str) -> str:
        return format(self._number, specification) if specification else repr(self)

    def __repr__(self) -> str:
        parts = [f"data={self._number!r}", f"grad={self.grad!r}"]
        if self.op is not None:
            parts.append(f"op={self.op.name!r}")
        if self.label:
            parts.append(f"label={self.label!r}")
        return f"Value({', '.join(parts)})"

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any
    ) -> Any:
        """What NumPy calls for `np.float64(2) * v`, `array * v` and `np.exp(v)`."""
        return array_ufunc(ufunc, method, inputs, keywords)

    def __reduce_ex__(self, _protocol: object) -> tuple[Any, ...]:
        """Copy or pickle this node with all that it was computed from.

        Its ancestors go first, parents before children, so that no node is more than
        one step deep: a recursion over a long chain would end the interpreter.
        """
        leaves_graph(self, "a copy", "Use the Value itself")
        state = (self._number, self.grad, self._label, self.op, self.operands)
        recorded = (self.local_derivatives, self.scope, self.role)
        if not self.parents or _copying.get():
            return _restored, (None, *state, *recorded)
        return _restored, (InOrder(interior_order([self])[:-1]), *state, *recorded)


GRADIENTS_INSTEAD = (
    "Use autograd.gradients(y, inputs, create_graph=True), whose results are Values"
)


# The name of the operation whose rule runs on Values, if one does.
_rule: ContextVar[str] = ContextVar("autograd_rule", default="")


@contextmanager
def refusing_floats(rule: str) -> Iterator[None]:
    """Let no Value become a plain float in the block: a rule must stay on Values."""
    token = _rule.set(rule)
    try:
        yield
    finally:
        _rule.reset(token)


def _checked_label(label: object) -> str:
    if not isinstance(label, str):
        raise TypeError(f"a label is a string, got {type(label).__name__}")
    return str(label)


# True while the ancestors of a node are being copied: they come in order, so each
# finds its parents copied already and need not bring its own ancestors.
_copying: ContextVar[bool] = ContextVar("autograd_copying", default=False)


class InOrder(list["Value"]):
    """Nodes in topological order, to be copied or pickled one after the other.

    All at once: a list of many nodes of one chain, each on its own, would bring the
    ancestors of each, and take the square of the time. Put them in a `Graph`.
    """

    def __reduce_ex__(self, _protocol: object) -> tuple[Any, ...]:
        return list, (), None, self._one_by_one()

    def _one_by_one(self) -> Iterator[Value]:
        token = _copying.set(True)
        try:
            yield from list(self)
        finally:
            _copying.reset(token)


def _restored(
    _ancestors: list[Value] | None,
    data: float,
    grad: float,
    label: str,
    op: Op | None,
    operands: tuple[Number, ...],
    local_derivatives: tuple[float, ...],
    scope: str,
    role: str,
) -> Value:
    """The copy of a node: see `Value.__reduce_ex__`."""
    node = parameter(data, label) if role == "parameter" else Value(data, label)
    return rebuild(node, op, operands, local_derivatives, grad, scope)


def rebuild(
    node: Value,
    op: Op | None,
    operands: tuple[Number, ...],
    local_derivatives: tuple[float, ...],
    grad: float,
    scope: str,
) -> Value:
    """Give a fresh leaf the history of a node that was recorded elsewhere."""
    node.op = op
    node.operands = operands
    kept = [] if op is None else differentiated(op, operands)
    node.parents = tuple(compress(cast("tuple[Value, ...]", operands), kept))
    node.local_derivatives = local_derivatives
    node.grad = grad
    node.recording = node.recording.at(scope)
    return node


def parameter(data: SupportsFloat, label: str = "") -> Value:
    """A leaf that is to be learned: its `.role` is "parameter".

    It behaves like any Value; pictures and programs tell it from the inputs.
    """
    leaf = Value(data, label)
    leaf.recording = leaf.recording.for_leaves("parameter")
    return leaf


def input_leaf(data: SupportsFloat, integer: bool = False) -> Value:
    """A leaf that stands for an input of a program while its function is traced.

    Args:
        data: The number of the example.
        integer: Whether it is a whole number, and so may be an index: its `.role` is
            then "integer", and a row such as `log_softmax` takes it for its `index`.
    """
    leaf = Value(data)
    if integer:
        leaf.recording = leaf.recording.for_leaves("integer")
    return leaf

"""Value: one number, how it was made, and its gradient.

An operation on Values makes a new Value, a node. The node keeps its operation, its
parents, and the local derivative with respect to each parent as a number. That is all
the backward pass needs: see `sweep.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, SupportsFloat, TypeAlias, final

from autograd.namespaces import number
from autograd.operators import datum, give_operators, record, settle
from autograd.ops import Op
from autograd.recordable import Recordable
from autograd.recording import Recording, get_state, leaves_graph, listeners, tracer
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
        op: The operation that made it (an `Op`), or None for a leaf.
        recording: The state in which it was made (see `recording.py`).

    Comparisons compare `data`; the hash is by identity. So `v in values` and
    `values.index(v)` find a Value of the same number, which may be another one:

    >>> weights = [Value(0.5), Value(0.5)]
    >>> weights.index(weights[1])
    0
    >>> any(w is weights[1] for w in weights), weights[1] in set(weights)
    (True, True)
    """

    # One or two parents stand in `_x` and `_y` without a tuple, which would be one more
    # object to make and to be visited by the collector; more of them are tuples there,
    # which nodes may share. In a leaf both are None.
    __slots__ = (
        *("_datum", "_dx", "_dy", "_grad", "_label"),
        *("_operands", "_x", "_y", "op", "recording"),
    )

    _datum: float
    _grad: float
    _label: str
    _operands: tuple[Number, ...]
    _x: Any
    _y: Any
    _dx: Any
    _dy: Any
    op: Op | None
    recording: Recording

    def __init__(self, data: SupportsFloat, label: str = "") -> None:
        self._datum = data if data.__class__ is float else number(data)
        self._grad = 0.0
        if label != "":
            self.label = label
        self.op = self._x = self._y = None
        self.recording = state = get_state()
        if not state.epoch.plain:
            settle(self)

    # `_grad` is unset in a parameter that no pass has reached, and `_datum` and `_grad`
    # where the number lives in a vector: `recording.home` then fills the slot.

    @property
    def data(self) -> float:
        """The number itself."""
        if not get_state().epoch.plain:  # to write .data is to mean a constant
            tracing = tracer()
            if tracing is not None:
                tracing.read(self, ".data")
        return datum(self)

    @data.setter
    def data(self, new: SupportsFloat) -> None:
        if self.parents:
            advice = "set the .data of a leaf and compute it again"
            raise AttributeError(f"{self!r} was computed: {advice}")
        if tracer() is not None:
            message = (
                f"a function may not change a leaf while it is traced: {self!r} would "
                f"keep the new number. Make a new Value, or set .data outside"
            )
            raise TypeError(message)
        plain = number(new)
        datum(self)  # takes the number out of the vector, so that this one counts
        self._datum = plain

    @property
    def grad(self) -> float:
        """D output / d this, of the last backward passes; 0.0 at first."""
        try:
            return self._grad
        except AttributeError:
            home = self.recording.home  # without a home: no pass has reached it
            return 0.0 if home is None else home.grad_of(self)

    @grad.setter
    def grad(self, new: SupportsFloat) -> None:
        try:
            plain = number(new)
        except TypeError:
            wanted = f"the gradient of {self!r} is a plain number, such as 0.0"
            raise TypeError(f"{wanted}; got {type(new).__name__}") from None
        try:
            _ = self._grad
        except AttributeError:  # from now on it is kept here
            if self.recording.home is not None:
                self.recording.home.lend_grad(self)
        self._grad = plain

    @property
    def label(self) -> str:
        """The name that pictures and tables show; "" if there is none."""
        return getattr(self, "_label", "")

    @label.setter
    def label(self, new: str) -> None:
        if not isinstance(new, str):
            raise TypeError(f"a label is a string, got {type(new).__name__}")
        self._label = str(new)

    @property
    def parents(self) -> tuple[Value, ...]:
        """The Values it was made of: operand order, repeats kept."""
        x, y = self._x, self._y
        if x.__class__ is tuple:
            return self._spliced(x, y)
        return (x, y) if y is not None else (x,) if x is not None else ()

    @property
    def local_derivatives(self) -> tuple[float, ...]:
        """D this / d parent, one float for each of `parents`."""
        x, y = self._x, self._y
        if x.__class__ is tuple:
            return self._spliced(self._dx[: len(x)], self._dy[: len(y)])
        if y is not None:
            return (self._dx, self._dy)
        return (self._dx,) if x is not None else ()

    def _spliced(self, xs: tuple[Any, ...], ys: tuple[Any, ...]) -> tuple[Any, ...]:
        """What stands in two lists, in the order of the operands.

        Only `dot_with` leaves two: weights with a bias after them, and inputs, which
        come before it. `_dx` has one number for each input, and one for the bias.
        """
        inputs = len(self._dx) - 1
        return (*xs[:inputs], *ys, *xs[inputs:])

    @property
    def operands(self) -> tuple[Number, ...]:
        """What the operation was applied to: Values and plain numbers, in order."""
        given: tuple[Number, ...] | None = getattr(self, "_operands", None)
        return self.parents if given is None else given

    @property
    def scope(self) -> str:
        """The scope in which it was made, such as "layers.0.neurons.3"; "" outside."""
        return self.recording.scope

    @property
    def scope_kinds(self) -> Mapping[str, str]:
        """What the scopes around it are of, by their names: {"layers.0": "Conv2d"}."""
        return self.recording.kinds

    @property
    def source(self) -> Any:
        """The `Line` of code that made it, see `record_sources`; None if unknown."""
        return self.recording.line

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
        for recorder in listeners():
            recorder.sweeps([self], "backward()")
        backpropagate(self)

    def zero_grad(self) -> None:
        """Set the `.grad` of this and of all that it was computed from to 0."""
        order = interior_order([self])
        for value in {self, *[parent for node in order for parent in node.parents]}:
            if value.recording.home is not None:
                value.recording.home.forget_grad(value)
                continue
            value._grad = 0.0
            if value.role == "parameter":  # as if no pass had ever reached it
                del value._grad

    def record(self, op: Op, operands: tuple[Any, ...]) -> Value:
        """Apply `op` to the operands and remember it: what `op(...)` calls."""
        return record(Value, op, operands)

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Any, Any]:
        return other // self, other % self

    def __pos__(self) -> Value:
        return self

    __hash__ = object.__hash__

    def __float__(self) -> float:
        leaves_graph(self, "float(...)")
        return datum(self)

    def __int__(self) -> int:
        leaves_graph(self, "int(...)")
        return int(datum(self))

    def __bool__(self) -> bool:
        for recorder in listeners():
            recorder.decide(self)
        return bool(datum(self))

    def __round__(self, digits: int | None = None) -> float:
        leaves_graph(self, "round(...)")
        return round(datum(self), digits)

    def __index__(self) -> int:
        what = "an integer input" if self.is_integer else "a Value"
        message = (
            f"{what} can't be a bare Python index or count: use autograd.take(rows, "
            f"index) with an integer input of a program, or a plain int"
        )
        raise TypeError(message)

    def __format__(self, specification: str) -> str:
        return format(datum(self), specification) if specification else repr(self)

    def __repr__(self) -> str:
        parts = [f"data={datum(self)!r}", f"grad={self.grad!r}"]
        if self.op is not None:
            parts.append(f"op={self.op.name!r}")
        if self.label:
            parts.append(f"label={self.label!r}")
        return f"Value({', '.join(parts)})"


give_operators(Value)

"""Optimizer: what all optimizers share, from lists of parameters to a vector.

The arithmetic of each is written once, on vectors. `step` applies it to a list of
parameters and `update` to a vector of the same numbers, for training loops that stay
on vectors.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from inspect import Parameter, Signature
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from autograd import Parameters, Value
from nn.checks import at_least_zero, by_name, counted, flag, wrong_type
from nn.state import State, StateError, fitting

Vector = NDArray[np.float64]
Memory = dict[str, Vector]
Group = dict[str, Any]


class Optimizer(ABC):
    """Parameters, in one group or several, and what is remembered of their past.

    A subclass defines `_move`, the arithmetic, and lists in `remembers` the vectors
    that go on from step to step. What it takes besides the parameters stands in its
    class line, with the usual numbers: `class Signs(nn.Optimizer, lr=1e-3):`.

    Args:
        parameters: leaves to move, each once however often it is listed; or groups of
            them: dicts with a list under "params", and settings of their own, as in
            `[{"params": weights}, {"params": biases, "weight_decay": 0.0}]`.
        lr: the learning rate; the attribute may be set between steps. A group with an
            lr of its own keeps the ratio of the two.

    Attributes:
        parameters: all leaves, group after group.
        groups: a dict for each group: its "params", and all settings by name, which
            may be set between steps.

    Raises:
        TypeError, ValueError: if there are no parameters, one is not a leaf or in two
            groups, or a setting is unknown, of another type or out of its range.
    """

    settings: ClassVar[Mapping[str, Any]] = MappingProxyType({"lr": 1e-3})
    remembers: ClassVar[tuple[str, ...]] = ()
    __signature__: ClassVar[Signature]

    def __init_subclass__(cls, **settings: Any) -> None:
        either = Parameter.POSITIONAL_OR_KEYWORD
        cls.settings = MappingProxyType({**cls.settings, **settings})
        cls.__signature__ = Signature(
            [Parameter("parameters", either)]
            + [Parameter(x, either, default=y) for x, y in cls.settings.items()]
        )

    def __init__(
        self,
        parameters: Iterable[Value | Mapping[str, Any]],
        *settings: Any,
        **named: Any,
    ) -> None:
        try:
            bound = self.__signature__.bind(parameters, *settings, **named).arguments
        except TypeError as error:
            known = f"its settings are {', '.join(self.settings)}"
            raise TypeError(f"{type(self).__name__}: {error}; {known}") from None
        shared = {name: bound.get(name, x) for name, x in self.settings.items()}
        self._lr: float = _checked("lr", shared["lr"])
        if not isinstance(parameters, Iterable):
            wanted = "an optimizer takes parameters, such as model.parameters()"
            raise wrong_type(wanted, parameters)
        given: Any = [*parameters]
        if not given or not all(isinstance(item, Mapping) for item in given):
            given = [{"params": given}]
        self.groups = [_group(group, shared) for group in given]
        self._scales = [_ratio(group["lr"], self._lr) for group in self.groups]
        self.parameters = [leaf for group in self.groups for leaf in group["params"]]
        if not self.parameters:
            raise ValueError("an optimizer needs at least one parameter, got none")
        if len({id(leaf) for leaf in self.parameters}) < len(self.parameters):
            raise ValueError("a parameter is in two groups; it can move by one only")
        # Packed now: only so an input's gradient is known to have come where it is 0.
        self._packed = Parameters(self.parameters).packed()
        count = len(self.parameters)
        self._memory: Memory = {x: np.zeros(count) for x in self.remembers}
        self._steps = 0

    @property
    def lr(self) -> float:
        """The learning rate of all groups that have none of their own."""
        return self._lr

    @lr.setter
    def lr(self, lr: float) -> None:
        self._lr = _checked("lr", lr)
        for group, scale in zip(self.groups, self._scales, strict=True):
            group["lr"] = scale * self._lr

    def step(self) -> None:
        """Move every parameter once, by its `.grad`; 0 where a loss does not depend.

        Raises:
            RuntimeError: if no backward pass has reached any of them.
        """
        packed = self._packed
        if not packed.has_grad():
            raise RuntimeError(
                f"{type(self).__name__}.step() without a gradient: no backward pass "
                "has reached any of its parameters since they were made or zeroed. "
                "Call loss.backward() after zero_grad() and before step(), for a loss "
                "that is computed from these parameters"
            )
        theta = packed.read()
        self._advance(theta, packed.read_grad())
        packed.write(theta)

    def zero_grad(self) -> None:
        """Set every parameter's gradient to 0.0, before the next backward pass."""
        self._packed.zero_grad()

    def update(self, theta: Any, gradient: Any) -> Vector:
        """Return where the numbers `theta` go, given the gradient there.

        Both are vectors in the order of `parameters`, and stay as they are; another
        length is a ValueError. What is remembered moves on, as in `step`.
        """
        shape = (len(self.parameters),)
        theta = np.asarray(theta, np.float64)
        gradient = np.asarray(gradient, np.float64)
        for what, vector in (("theta", theta), ("gradient", gradient)):
            if vector.shape != shape:
                raise ValueError(f"{what}: expected shape {shape}, got {vector.shape}")
        moved: Vector = theta.copy()
        self._advance(moved, gradient)
        return moved

    def _advance(self, theta: Vector, gradient: Vector) -> None:
        """Move `theta` in place, group after group."""
        self._steps += 1
        start = 0
        with np.errstate(all="ignore"):  # inf and NaN, as in Values
            for group in self.groups:
                part = slice(start, start + len(group["params"]))
                memory = {name: x[part] for name, x in self._memory.items()}
                self._move(group, memory, theta[part], gradient[part])
                start = part.stop

    @abstractmethod
    def _move(self, group: Group, memory: Memory, theta: Vector, g: Vector) -> None:
        """The arithmetic for one group: `theta` and what is in `memory` move in place.

        The gradient stays as it is; `self._steps` counts this step.
        """

    def _decayed(self, group: Group, theta: Vector, g: Vector) -> Vector:
        """The gradient of the loss and of weight_decay / 2 * theta**2."""
        # Not 0 * theta where there is no decay: an infinite theta would become NaN.
        decay = group["weight_decay"]
        return g + decay * theta if decay else g

    def state_dict(self) -> State:
        """Copy all that the next steps depend on besides the parameters, as arrays.

        These are the count of steps, the vectors remembered (of the length and in the
        order of `parameters`) and the settings of each group.
        """
        state = {"steps": np.array(self._steps), "lr": np.array(self._lr)}
        state |= {name: vector.copy() for name, vector in self._memory.items()}
        for place, group in enumerate(self.groups):
            own = {f"groups.{place}.{x}": np.array(group[x]) for x in self.settings}
            state |= own
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Put back what `state_dict` gave, to the bit: all of it, or nothing.

        Raises:
            StateError: if it is not one of such an optimizer for as many parameters.
        """
        arrays = fitting("optimizer", self.state_dict(), state)
        try:
            read = {
                name: _checked(name.rpartition(".")[2], array.tolist())
                for name, array in arrays.items()
                if name == "lr" or name.startswith("groups.")
            }
        except (TypeError, ValueError) as error:
            raise StateError(f"the state does not fit the optimizer: {error}") from None
        self._steps, self._lr = int(arrays["steps"]), read["lr"]
        for name, vector in self._memory.items():
            vector[:] = arrays[name]
        for place, group in enumerate(self.groups):
            group.update({x: read[f"groups.{place}.{x}"] for x in self.settings})

    def __repr__(self) -> str:
        count = counted(len(self.parameters), "parameter")
        if len(self.groups) > 1:
            return f"{type(self).__name__}({count} in {len(self.groups)} groups)"
        told = [f"{name}={self.groups[0][name]!r}" for name in self.settings]
        return f"{type(self).__name__}({', '.join([count, *told])})"


def _group(given: Mapping[str, Any], shared: Mapping[str, Any]) -> Group:
    """A group with all its settings, checked."""
    if not isinstance(given.get("params"), Iterable):
        message = 'a group of parameters is a dict with a list of them under "params"'
        raise TypeError(f"{message}; got {dict(given)!r}")
    for name in given:
        by_name("setting of a group", name, {"params": None, **shared})
    leaves = dict.fromkeys(map(_leaf, given["params"]))
    settings = {name: _checked(name, given.get(name, x)) for name, x in shared.items()}
    if settings.get("nesterov") and not settings["momentum"]:
        raise ValueError("nesterov looks ahead along the momentum, which is 0 here")
    return {"params": [*leaves], **settings}


def _leaf(value: Any) -> Value:
    what = "an optimizer moves"
    if not isinstance(value, Value):
        raise wrong_type(f"{what} Values, such as those of model.parameters()", value)
    if value.parents:
        raise ValueError(f"{what} leaves; {value!r} is computed from others")
    return value


def _ratio(own: float, shared: float) -> float:
    """How many times the optimizer's lr a group's own is."""
    if own == shared:
        return 1.0
    if not shared:
        raise ValueError(f"a group's lr of {own!r} is no multiple of the optimizer's 0")
    return own / shared


def _checked(name: str, value: Any) -> Any:
    """Check a setting of any optimizer."""
    if name == "nesterov":
        return flag(name, value)
    if name == "betas":
        if not isinstance(value, tuple | list) or len(value) != 2:
            what = "two numbers, such as (0.9, 0.999)"
            raise TypeError(f"betas must be {what}; got {value!r}")
        pairs = enumerate(value)
        return tuple(at_least_zero(f"betas[{i}]", x, below=1.0) for i, x in pairs)
    return at_least_zero(name, value)

"""Module: anything that holds parameters, and how they are found, named and stored."""

import os
import reprlib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from autograd import Parameters, Value, guarded_call, scope
from nn.checks import refuse_call
from nn.examples import predict
from nn.looking import table, traced
from nn.state import State, fitting, load_arrays, refuse, save_arrays
from nn.tree import Block, Holder, held


def _no_forward(self: "Module", *_inputs: Any, **_options: Any) -> Any:
    raise TypeError(f"{type(self).__name__} can't be called: it defines no forward()")


class Module(Holder):
    """Anything that holds parameters and computes with them.

    A subclass assigns parameters and modules to attributes and defines `forward`. Its
    parameters are the leaves made by `autograd.parameter` that its attributes hold,
    directly or inside lists, tuples, dicts, object arrays and other modules; names are
    the paths by which things are held. A plain `Value` is no parameter, but state or a
    constant. Where a module holds such and no parameter at all, asking for parameters
    is a ValueError, unless it lists its own in `parameters`, as micrograd's classes do.

    A call runs inside `autograd.scope` under the name by which the parent holds the
    module, so that what a net records can be told apart: "layers.0.neurons.3". The
    outermost module opens no scope, so scopes and parameters are named alike.

    The layers of `nn` raise a TypeError for what is no number, and a ValueError for
    lists of another shape; the text says which layer, what it expected and what came.
    Their docstrings tell of other errors only.

    Attributes:
        training: whether the module is being trained; see `train` and `eval`.
        buffers: the names of the attributes that hold other state, as NumPy arrays of
            floats or integers; they are saved and loaded with the parameters.
        scope_name: the scope that a call opens, none if it is "". A parent sets it,
            when called, in each module that it holds and that has none yet. Set your
            own to tell two nets apart: `generator.scope_name = "generator"`.

    >>> import autograd, nn
    >>> class Scale(nn.Module):
    ...     def __init__(self):
    ...         self.factor = autograd.parameter(3.0, "factor")
    ...     def forward(self, x):
    ...         return self.factor * x
    >>> model = Scale()
    >>> model(2.0).data
    6.0
    >>> [name for name, _ in model.named_parameters()]
    ['factor']
    """

    # On the class, so that a subclass need not call __init__.
    training: bool = True
    buffers: ClassVar[tuple[str, ...]] = ()
    scope_name: str = ""
    _scope: scope | None = None
    _answer: Any = None
    _children_are_named: bool = False

    forward: Callable[..., Any] = _no_forward

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Run `forward`, inside the scope of the module's name.

        It is a TypeError if `forward` takes other arguments, or if the result no longer
        depends on something that became a number on the way, as by `math.tanh(x)`.
        """
        if not self._children_are_named:
            for name, child in held(self):
                if isinstance(child, Module) and not child.scope_name:
                    child.scope_name = name
            self._children_are_named = True
        try:
            if self._scope is None:
                return guarded_call(self.forward, self, *inputs, **options)
            with self._scope:
                return guarded_call(self.forward, self, *inputs, **options)
        except TypeError:
            refuse_call(self, inputs, options)
            raise

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute; modules in it get their scope names at the next call."""
        super().__setattr__(name, value)
        if name == "scope_name":
            kind = type(self).__name__
            opened = scope(str(value), kind) if value else None
            object.__setattr__(self, "_scope", opened)
        if isinstance(value, Module | list | tuple | dict | np.ndarray):
            object.__setattr__(self, "_children_are_named", False)

    def named_modules(self) -> list[tuple[str, "Module"]]:
        """This module, under the name "", and all inside it, outer before inner."""
        return list(self.module_tree().modules)

    def named_parameters(self) -> list[tuple[str, Value]]:
        """All parameters with their dotted names, such as "layers.0.bias.3".

        The order is that of assignment, a module's own before those of the modules in
        it. A parameter held in several places is listed once, under the first name. Two
        of one name, as by the keys of a dict, are a ValueError.
        """
        named: dict[str, Value] = {}
        seen: set[Value] = set()
        for block in self._blocks():
            for name, value in zip(block.names(), block.parameters.leaves, strict=True):
                if value not in seen:
                    seen.add(value)
                    _add(named, name, value)
        return list(named.items())

    def parameters(self) -> list[Value]:
        """All parameters, each once, in the order of `named_parameters`."""
        self._blocks()  # complains where none is found but should be
        return list(self.module_tree().parameters.leaves)

    def zero_grad(self) -> None:
        """Set every parameter's gradient to 0.0, before the next backward pass."""
        packed = self.module_tree().parameters
        if type(self).parameters is not Module.parameters or not packed.leaves:
            packed = Parameters(self.parameters())  # it lists its own, or has none
        packed.zero_grad()

    def train(self, training: bool = True) -> Self:
        """Set `training` here and in every module inside; returns this module."""
        for _, module in self.named_modules():
            module.training = training
        return self

    def eval(self) -> Self:
        """Unset `training` here and in every module inside; returns this module."""
        return self.train(False)

    def state_dict(self) -> State:
        """Copy the parameters' numbers, one array for each attribute that holds some.

        A list of parameters is an array of shape (n,), a list of lists one of shape
        (n, m), a single parameter one of shape (). What several attributes share is
        stored once, under the first name. After the parameters come the `buffers`.
        """
        return {
            name: place.read() if isinstance(place, Block) else place.copy()
            for name, place in self._state_places().items()
        }

    def load_state_dict(self, state: Mapping[str, object]) -> None:
        """Put back what `state_dict` gave: all of it, or nothing.

        It is a StateError if names or shapes are not those of this module; the text
        lists what is missing, unexpected, and expected and got.
        """
        before = self.state_dict()
        wanted = fitting("module", before, state)
        self._write(wanted)
        for name, now in self.state_dict().items():
            given = wanted[name]
            differ = (now != given) & ~(np.isnan(now) & np.isnan(given))
            if differ.any():  # two names share a parameter
                self._write(before)
                pair = f"{given[differ][0]} and {now[differ][0]}"
                refuse("module", [f"{name}: a shared parameter gets {pair}"])

    def _write(self, state: State) -> None:
        for name, place in self._state_places().items():
            if isinstance(place, Block):
                place.parameters.write(state[name].ravel())
            else:
                place[...] = state[name]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state to an npz file, whole or not at all; else an OSError."""
        save_arrays(path, self.state_dict())

    def load(self, path: str | os.PathLike[str]) -> None:
        """Put back what `save` wrote: all of it, or nothing. No code in it is run.

        It is an OSError if the file can't be read, a StateError if it does not hold the
        state of such a module.
        """
        self.load_state_dict(load_arrays(path, self.state_dict()))

    def predict(self, X: Any) -> Any:  # noqa: N803 - a matrix, as everywhere
        """What it makes of each example, in `eval()`, compiled at the first call.

        Examples are given as to `nn.fit`. Plain numbers are returned: an array with a
        row for each example, or where their shapes differ a list of arrays.
        """
        return predict(self, X)

    def summary(self, example: Any = None) -> str:
        """Tell in a table what the module consists of, with counts of parameters.

        Given an example to call it with, the table tells besides what each module gives
        for it, how many nodes that records, and how many flops it takes.
        """
        self.parameters()  # complains where none is found but should be
        rows = [(name, repr(m), _count(m)) for name, m in self.named_modules()]
        if example is None:
            return table(["parameters"], rows)
        pairs = zip(rows, traced(self, example), strict=True)
        cells = [(*row[:2], shape, row[2], *cost) for row, (shape, *cost) in pairs]
        return table(["output", "parameters", "nodes", "flops"], cells)

    @reprlib.recursive_repr()
    def __repr__(self) -> str:
        parts = [
            f"{name}={item!r}" if isinstance(item, Module) else f"{name}: {item!r}"
            for name, item in held(self)
            if not isinstance(item, Value)
        ]
        more = ["..."] if len(parts) > 4 else []
        return f"{type(self).__name__}({', '.join(parts[:4] + more)})"

    def _blocks(self) -> list[Block]:
        """All blocks; an error where there is none but Values that look forgotten."""
        tree = self.module_tree()
        if tree.plain and not tree.blocks:
            raise ValueError(
                f"{type(self).__name__} holds Values but no parameters: make those to "
                f"train, such as {tree.plain}, with autograd.parameter(number)"
            )
        return tree.blocks

    def _state_places(self) -> dict[str, Block | NDArray[Any]]:
        """The blocks that hold a parameter which none before them holds; the buffers.

        Two of one name are a ValueError, a buffer that is no array a TypeError.
        """
        seen: set[Value] = set()
        places: dict[str, Block | NDArray[Any]] = {}
        for block in self._blocks():
            leaves = {*block.parameters.leaves}
            if not leaves <= seen:
                _add(places, block.name, block)
                seen |= leaves
        for prefix, module in self.named_modules():
            for attribute in type(module).buffers:
                name = f"{prefix}.{attribute}" if prefix else attribute
                array = getattr(module, attribute, None)
                if not isinstance(array, np.ndarray) or array.dtype.kind not in "fi":
                    raise TypeError(
                        f"{name} is a buffer: expected a NumPy array of floats or "
                        f"integers, got {type(array).__name__}"
                    )
                _add(places, name, array)
        return places


def _add(named: dict[str, Any], name: str, item: Any) -> None:
    if name in named:
        raise ValueError(f"two parameters are named {name!r}")
    named[name] = item


def _count(module: Module) -> int:
    """How many parameters a part of a net has; who lists its own is asked for them."""
    if type(module).parameters is not Module.parameters:
        return len(module.parameters())
    return len(module.module_tree().parameters)

"""Module: anything that holds parameters, and how they are found, named and stored.

A module's parameters are the leaves made by `autograd.parameter` that its attributes
hold, directly or inside lists, tuples, dicts, object arrays and other modules. Nothing
has to be registered: names are the paths by which things are held.
"""

import os
import reprlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from autograd import Parameters, Value, guarded_call, scope
from nn.calling import refuse_call
from nn.state import (
    Block,
    Buffer,
    Entry,
    load_arrays,
    read_state,
    save_arrays,
    write_state,
)
from nn.summary import Row, table, traced
from nn.tree import Holder, found, held

__all__ = ["Module"]


def _no_forward(self: "Module", *_inputs: Any, **_options: Any) -> Any:
    raise TypeError(f"{type(self).__name__} can't be called: it defines no forward()")


class Module(Holder):
    """Anything that holds parameters and computes with them.

    A subclass assigns parameters and modules to attributes and defines `forward`. A
    plain `Value` is no parameter: it may be state, or a constant. Where a module holds
    such leaves and no parameter at all, asking for parameters is an error, unless the
    subclass lists its own in `parameters`, as micrograd's classes do.
    Calling the module runs it inside `autograd.scope` under the name by which its
    parent holds it, so that what a net records can be told apart: "layers.0.neurons.3".
    The outermost module opens no scope, so scopes and parameters are named alike.

    Attributes:
        training: whether the module is being trained; see `train` and `eval`.
        buffers: the names of the attributes that hold state which is no parameter, as
            NumPy arrays of floats or of integers; a subclass that has some lists them,
            and they are saved and loaded with the parameters.
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
    learns_from_batches: ClassVar[bool] = False
    scope_name: str = ""
    _scope: scope | None = None
    _answer: Any = None
    _children_are_named: bool = False

    forward: Callable[..., Any] = _no_forward

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Run `forward`, inside the scope of the module's name.

        Raises:
            TypeError: if `forward` takes other arguments, or if the result no longer
                depends on something that became a plain number on the way, as by
                `math.tanh(x)`.
        """
        if not self._children_are_named:
            self._name_children()
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

    def _name_children(self) -> None:
        """Tell the modules held directly by which name, where they have none yet."""
        for name, child in held(self):
            if isinstance(child, Module) and not child.scope_name:
                child.scope_name = name
        self._children_are_named = True

    def named_modules(self) -> list[tuple[str, "Module"]]:
        """This module, under the name "", and all inside it, outer before inner."""
        return list(self.module_tree().modules)

    def named_parameters(self) -> list[tuple[str, Value]]:
        """All parameters with their dotted names, such as "layers.0.bias.3".

        The order is that of assignment, a module's own before those of the modules in
        it. A parameter held in several places is listed once, under the first name.

        Raises:
            ValueError: if two parameters have the same name, as the keys of a dict
                may bring about; or if there are plain Values and no parameter.
        """
        named: dict[str, Value] = {}
        seen: set[int] = set()
        for block in self._blocks():
            for name, value in zip(block.names(), block.parameters.leaves, strict=True):
                if id(value) not in seen:
                    if name in named:
                        raise ValueError(f"two parameters are named {name!r}")
                    seen.add(id(value))
                    named[name] = value
        return list(named.items())

    def parameters(self) -> list[Value]:
        """All parameters, each once, in the order of `named_parameters`.

        Raises:
            ValueError: if there are plain Values and no parameter.
        """
        self._blocks()  # complains where none is found but should be
        return list(self.module_tree().parameters.leaves)

    def zero_grad(self) -> None:
        """Set every parameter's gradient to 0.0, before the next backward pass."""
        packed = self.module_tree().parameters
        if type(self).parameters is not Module.parameters or not packed.leaves:
            packed = Parameters(self.parameters())  # it lists its own, or has none
        packed.zero_grad()

    def train(self) -> Self:
        """Set `training` here and in every module inside; returns this module."""
        return self._set_training(True)

    def eval(self) -> Self:
        """Unset `training` here and in every module inside; returns this module."""
        return self._set_training(False)

    def _set_training(self, training: bool) -> Self:
        for _, module in self.named_modules():
            module.training = training
        return self

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Copy the parameters' numbers, one array for each attribute that holds some.

        A list of parameters is an array of shape (n,), a list of lists one of shape
        (n, m), a single parameter one of shape (). What several attributes share is
        stored once, under the first name. After the parameters come the `buffers`.
        """
        return read_state(self._state_entries())

    def load_state_dict(self, state: Mapping[str, object]) -> None:
        """Put back what `state_dict` gave: all of it, or nothing.

        Raises:
            StateError: if names or shapes are not those of this module; the text
                lists what is missing, unexpected, and expected and got.
        """
        write_state(self._state_entries(), state)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state to an npz file, whole or not at all.

        Raises:
            OSError: if the file can't be written.
        """
        save_arrays(path, self.state_dict())

    def load(self, path: str | os.PathLike[str]) -> None:
        """Put back what `save` wrote: all of it, or nothing. No code in it is run.

        Raises:
            OSError: if the file can't be read.
            StateError: if it does not hold the state of such a module.
        """
        entries = self._state_entries()
        write_state(entries, load_arrays(path, entries))

    def predict(self, X: Any) -> Any:  # noqa: N803 - a matrix, as everywhere
        """What it makes of each example, in `eval()`, compiled at the first call.

        Args:
            X: the examples, as for `nn.fit`.

        Returns:
            Plain numbers: an array with a row for each example, or where their shapes
            differ a list of arrays.

        Raises:
            TypeError, ValueError: as `nn.fit` does for X.
        """
        from nn.running import predict  # which needs modules

        return predict(self, X)

    def summary(self, example: Any = None) -> str:
        """Tell in a table what the module consists of, with counts of parameters.

        Args:
            example: what the module is called with. The table then tells besides what
                each module gives for it, how many nodes that records, and how many
                flops it takes. Nothing is learned, and no noise is drawn.
        """
        self.parameters()  # complains where none is found but should be
        modules = self.named_modules()
        columns = ["parameters"]
        cells: list[tuple[Any, ...]] = [(_count(module),) for _, module in modules]
        if example is not None:
            columns = ["output", *columns, "nodes", "flops"]
            told = traced(modules, lambda: self(example))
            cells = [
                (shape, *count, nodes, flops)
                for count, (shape, nodes, flops) in zip(cells, told, strict=True)
            ]
        names = [(name, repr(module)) for name, module in modules]
        rows = [Row(*named, each) for named, each in zip(names, cells, strict=True)]
        return table(columns, rows)

    @reprlib.recursive_repr()
    def __repr__(self) -> str:
        parts = [
            f"{name}={item!r}" if isinstance(item, Module) else f"{name}: {item.size()}"
            for name, item in held(self)
        ]
        more = ["..."] if len(parts) > 4 else []
        return f"{type(self).__name__}({', '.join(parts[:4] + more)})"

    def _blocks(self) -> list[Block]:
        """All blocks; an error where there is none but Values that look forgotten."""
        blocks = self.module_tree().blocks
        plain = "" if blocks else _plain_leaf(self)
        if plain:
            raise ValueError(
                f"{type(self).__name__} holds Values but no parameters: make those to "
                f"train, such as {plain}, with autograd.parameter(number)"
            )
        return blocks

    def _state_entries(self) -> list[Entry]:
        """The blocks that hold a parameter which none before them holds; the buffers.

        Raises:
            ValueError: if two have the same name.
            TypeError: if a buffer is no array.
        """
        seen: set[int] = set()
        kept: dict[str, Entry] = {}
        entries: list[Entry] = [*self._blocks(), *self._buffers()]
        for entry in entries:
            if isinstance(entry, Block):
                if all(id(value) in seen for value in entry.parameters.leaves):
                    continue
                seen.update(map(id, entry.parameters.leaves))
            if entry.name in kept:
                raise ValueError(f"two parameters are named {entry.name!r}")
            kept[entry.name] = entry
        return list(kept.values())

    def _buffers(self) -> Iterator[Buffer]:
        """What all modules list as `buffers`."""
        for prefix, module in self.named_modules():
            for attribute in type(module).buffers:
                name = f"{prefix}.{attribute}" if prefix else attribute
                array = getattr(module, attribute, None)
                if not isinstance(array, np.ndarray) or array.dtype.kind not in "fi":
                    raise TypeError(
                        f"{name} is a buffer: expected a NumPy array of floats or "
                        f"integers, got {type(array).__name__}"
                    )
                yield Buffer(name, array)


def _plain_leaf(outermost: Module) -> str:
    """Where the first leaf is that is no parameter; "" if there is none."""
    for name, module in outermost.module_tree().modules:
        for path, item in found(module):
            if isinstance(item, Value) and item.role == "input":
                return f"{name}.{path}" if name else path
    return ""


def _count(module: Module) -> int:
    """How many parameters a part of a net has; it may have none, and Values as state.

    Whoever lists its own parameters is asked for them.
    """
    if type(module).parameters is not Module.parameters:
        return len(module.parameters())
    return len(module.module_tree().parameters)

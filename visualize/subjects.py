"""What can be drawn: Values, graphs, modules; and what to say of anything else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from numbers import Real
from typing import Protocol, TypeGuard, runtime_checkable

import numpy as np

from autograd import Graph, Program, Value
from visualize.cards.parameters import HasParameters


@runtime_checkable
class HasPrograms(Protocol):
    """Anything that holds programs, such as a compiled function."""

    @property
    def programs(self) -> Sequence[Program]:
        """The programs."""


Subject = Value | Graph | HasParameters


def is_module(value: object) -> TypeGuard[HasParameters]:
    """Whether it names parameters of its own: a module, and no class of modules."""
    return isinstance(value, HasParameters) and not isinstance(value, type)


def graph_of(value: object) -> Graph:
    """The graph of what is to be drawn.

    Raises:
        TypeError: If it is neither a Value, nor a Graph, nor a module.
    """
    if is_module(value):
        parameters = [parameter for _, parameter in value.named_parameters()]
        # A graph has a node, and a layer such as a pool has no parameter.
        return Graph(*(parameters or [Value(0.0, label="no parameters")]))
    return as_graph(value, "draw")


def as_graph(value: object, verb: str = "show") -> Graph:
    """The graph behind a Value, or the graph itself.

    Args:
        value: What was handed to a public function.
        verb: What the function does with it.

    Raises:
        TypeError: If it is neither; the text says what to hand instead.
    """
    if isinstance(value, Graph):
        return value
    if isinstance(value, Value):
        return Graph(value)
    given = type(value).__name__
    raise TypeError(f"can {verb} a Value or a Graph, not {given}{_advice(value)}")


def _advice(value: object) -> str:
    """What to do with something that has no graph."""
    if isinstance(value, type):
        return f". {value.__name__} is the class itself: hand one that was made"
    if isinstance(value, Program):
        return ". draw(program) draws it, and its page has the scalar graph, too"
    if isinstance(value, HasPrograms):
        return (
            ". A compiled function f has a program for each form of its arguments, "
            "once it was called: draw(f.programs[0])"
        )
    if isinstance(value, Real):
        return ". A plain number has no history: hand the Value itself, not its .data"
    if is_module(value):
        return ". Call the module, and hand what it returns; draw(module) draws it"
    if any(isinstance(item, Value) for item in _items(value)):
        return ". Several Values make one graph: Graph(x, y), or Graph(*values)"
    if callable(value):
        return ". Call it on Values, and hand what it returns"
    return ". A module, or anything that offers named_parameters(), can be drawn, too"


def _items(value: object) -> Iterable[object]:
    """What a collection holds; nothing for anything else."""
    if isinstance(value, Mapping):
        return value.values()
    if isinstance(value, np.ndarray):
        return value.flat
    return value if isinstance(value, Sequence | AbstractSet) else ()

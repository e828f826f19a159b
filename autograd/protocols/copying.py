"""Copying and pickling of Values, as deep as their history may be.

A node brings all that it was computed from. Its ancestors go first, parents before
children, so that no node is more than one step deep: a recursion over a long chain
would end the interpreter.
"""

from __future__ import annotations

import copyreg
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import fields
from itertools import chain, compress
from typing import TYPE_CHECKING, Any, cast

from autograd.operators import has_derivative, keep_parents
from autograd.ops import OPS, Op
from autograd.recording import leaves_graph
from autograd.sweep import interior_order

if TYPE_CHECKING:
    from autograd.graph import Edge, Graph
    from autograd.listening.sources import Line
    from autograd.value import Value

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


def give_copying(kind: type[Value], graph: type[Graph], op: type[Op]) -> None:
    """Tell `copy` and `pickle` how all three are taken apart and made again."""
    copyreg.pickle(kind, _reduced)
    copyreg.pickle(graph, _reduced_graph)
    copyreg.pickle(op, _reduced_op)
    for name in ("__copy__", "__deepcopy__"):  # an operation is its own copy
        setattr(op, name, lambda self, *_memo: self)


def _reduced_op(op: Op) -> tuple[Any, ...]:
    """A row of the table by its name, one's own operation by its functions."""
    if OPS.get(op.name) is op:
        return row, (op.name,)
    given = [getattr(op, each.name) for each in fields(op) if each.init]
    return type(op), tuple(given)


def row(name: str) -> Op:
    """The row of the table with this name."""
    return OPS[name]


def _reduced_graph(graph: Graph) -> tuple[Any, ...]:
    """Its nodes in order, so that each is written once."""
    kept = None if graph.is_whole else graph.edges
    return _restored_graph, (type(graph), InOrder(graph.nodes), graph.outputs, kept)


def _restored_graph(
    kind: type[Graph],
    _nodes: list[Value],
    outputs: tuple[Value, ...],
    kept: tuple[Edge, ...] | None,
) -> Graph:
    """The copy of a graph; its nodes are there already."""
    return kind(*outputs, edges=kept)


def _reduced(node: Value) -> tuple[Any, ...]:
    """A node, with all that it was computed from."""
    leaves_graph(node, "a copy", "Use the Value itself")
    ancestors = None
    if node.parents and not _copying.get():
        ancestors = InOrder(interior_order([node])[:-1])
    made = (node.op, node.operands, node.local_derivatives)
    told = (node.label, node.scope, node.scope_kinds, node.role, node.source)
    return _restored, (ancestors, type(node), node.data, node.grad, *made, *told)


def _restored(
    _ancestors: list[Value] | None,
    kind: type[Value],
    data: float,
    grad: float,
    op: Op | None,
    operands: tuple[Value | float, ...],
    local_derivatives: tuple[float, ...],
    label: str,
    scope: str,
    kinds: Mapping[str, str],
    role: str,
    source: Line | None,
) -> Value:
    """The copy of a node."""
    node = kind(data, label)
    if role != "operation":
        node.recording = node.recording.variant(("role", role), leaf_role=role)
    if role == "parameter":
        del node._grad
    rebuild(node, op, operands, local_derivatives, grad, scope, kinds)
    if source is not None:
        node.recording = node.recording.variant(("line", source.where), line=source)
    return node


def rebuild(
    node: Value,
    op: Op | None,
    operands: tuple[Value | float, ...],
    local_derivatives: tuple[float, ...],
    grad: float,
    scope: str,
    kinds: Mapping[str, str],
) -> Value:
    """Give a fresh leaf the history of a node that was recorded elsewhere."""
    node.op = op
    node._operands = operands
    kept = [] if op is None else has_derivative(op, operands)
    parents = tuple(compress(cast("tuple[Value, ...]", operands), kept))
    keep_parents(node, parents, local_derivatives)
    if repr(grad) != "0.0":  # else a parameter's would count as one that has come
        node.grad = grad
    state = node.recording
    if scope != state.scope or kinds != state.kinds:
        key = "at", scope, *chain.from_iterable(kinds.items())
        node.recording = state.variant(key, scope=scope, outer=state, kinds=kinds)
    return node

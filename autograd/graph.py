"""Graph: an immutable view of a recorded computation.

Pictures and explanations read a computation through this class and the public
attributes of Value. Sweeps, checks and programs walk the nodes themselves.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from autograd.ops import Op
from autograd.sweep import interior_order, strong_product
from autograd.value import Value

if TYPE_CHECKING:
    import networkx as nx


class Edge(NamedTuple):
    """One operand slot: `child.parents[position]` is `parent`.

    `x * x` has two edges from x, at positions 0 and 1.
    """

    parent: Value
    child: Value
    position: int

    @property
    def local_derivative(self) -> float:
        """d child / d parent through this slot."""
        return self.child.local_derivatives[self.position]

    @property
    def contribution(self) -> float:
        """What this slot adds to the parent's gradient: local derivative x adjoint."""
        return strong_product(self.child.grad, self.local_derivative)


class Graph:
    """The computation behind one or more outputs, as a graph that can't be changed.

    >>> from autograd import Graph, Value
    >>> x, w = Value(2.0, label="x"), Value(3.0, label="w")
    >>> graph = Graph(w * x + x)
    >>> [graph.name(node) for node in graph.nodes]
    ['w', 'x', 'v2', 'v3']
    >>> [(graph.name(e.parent), graph.name(e.child), e.position) for e in graph.edges]
    [('w', 'v2', 0), ('x', 'v2', 1), ('v2', 'v3', 0), ('x', 'v3', 1)]

    Args:
        outputs: The Values whose history is looked at.
        edges: The only edges to keep, and with them the nodes at their ends; all, if
            None.

    Attributes:
        outputs: The Values that the graph was made for.
        nodes: All nodes: parents before children, in operand order, always the same.
        is_whole: Whether no edges are left out.

    Raises:
        TypeError: There is no output, or one is no Value.
        ValueError: One of the edges to keep is none of the computation's.
    """

    outputs: tuple[Value, ...]
    nodes: tuple[Value, ...]
    is_whole: bool
    _whole: tuple[Value, ...]

    def __init__(self, *outputs: Value, edges: Iterable[Edge] | None = None) -> None:
        if not outputs:
            raise TypeError("Graph wants at least one Value, as in Graph(loss)")
        for output in outputs:
            if not isinstance(output, Value):
                how = "Values one by one: Graph(x, y), or Graph(*values)"
                raise TypeError(f"Graph wants {how}; got {type(output).__name__}")
        whole = _in_order(outputs)
        known = {"outputs": outputs, "is_whole": edges is None}
        vars(self).update(known, nodes=whole, _whole=whole)
        if edges is not None:
            kept = {*edges}
            unknown = kept.difference(self.edges)
            if unknown:
                raise ValueError(f"Graph has no {unknown.pop()!r} that it could keep")
            ends = {*outputs}.union(*[(edge.parent, edge.child) for edge in kept])
            nodes = tuple([node for node in whole if node in ends])
            edges = tuple(filter(kept.__contains__, self.edges))
            vars(self).update(nodes=nodes, edges=edges)

    def __setattr__(self, name: str, value: object) -> None:
        if name in dir(Graph) or name in Graph.__annotations__:
            raise AttributeError(f"a Graph can't be changed, and its {name} not be set")
        super().__setattr__(name, value)

    @cached_property
    def leaves(self) -> tuple[Value, ...]:
        """The nodes without parents: inputs and parameters."""
        return tuple([node for node in self.nodes if not node.parents])

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Every operand slot, in the order of the nodes that own them."""
        return tuple(
            [
                Edge(parent, child, position)
                for child in self.nodes
                for position, parent in enumerate(child.parents)
            ]
        )

    @cached_property
    def _positions(self) -> dict[Value, int]:
        return {node: index for index, node in enumerate(self.nodes)}

    @cached_property
    def _consumers(self) -> dict[Value, list[Edge]]:
        consumers = defaultdict(list)
        for edge in self.edges:
            consumers[edge.parent].append(edge)
        return consumers

    @cached_property
    def _names(self) -> dict[Value, str]:
        return _unique_names(self._whole)

    def index(self, node: Value) -> int:
        """The place of a node in `nodes`."""
        try:
            return self._positions[node]
        except KeyError:
            hint = f"; find({node!r}) looks for names" if isinstance(node, str) else ""
            raise ValueError(f"{node!r} is not a node of {self!r}{hint}") from None

    def name(self, node: Value) -> str:
        """A name that no other node has: the label, or "v7" for node number 7.

        Equal labels are told apart by their scopes, else by a number. Where edges are
        left out, names stay as they are in the whole, and all its nodes have one.
        """
        if node not in self._names:
            self.index(node)  # says what is wrong
        return self._names[node]

    def scope(self, node: Value) -> str:
        """The scope in which the node was made, "" outside."""
        self.index(node)
        return node.scope

    def find(self, text: str) -> tuple[Value, ...]:
        """The nodes with this name, label or operation; none for an empty text.

        Raises:
            TypeError: It is no text.
        """
        if not isinstance(text, str):
            kind = type(text).__name__
            raise TypeError(f"find wants a name, a label or an operation; got {kind}")
        if not text:
            return ()
        return tuple(
            node
            for node in self.nodes
            if text in (self._names[node], node.label)
            or (node.op is not None and node.op.name == text)
        )

    def consumers(self, node: Value) -> tuple[Edge, ...]:
        """The operand slots that read a node: its gradient is what they contribute."""
        self.index(node)
        return tuple(self._consumers.get(node, ()))

    @property
    def differentiated(self) -> bool:
        """Whether a backward pass has filled gradients here.

        It looks at the outputs and, for one whose gradient is truly 0, at the thousand
        last nodes. Leaves do not count: theirs may be left from something earlier.
        """
        last = [node for node in self.nodes[-1000:] if node.parents]
        return any(node.grad != 0.0 for node in (*self.outputs, *last))

    def to_json(self) -> str:
        """The graph as JSON: every number to the last bit; `from_json` reads it.

        Raises:
            ValueError: Edges are left out, so that it is no computation.
        """
        if not self.is_whole:
            whole = "write the whole one, Graph(*graph.outputs).to_json()"
            raise ValueError(f"{self!r} leaves edges out: {whole}")
        from autograd.formats import json  # of use to few, and slow to load

        return json.write(self.nodes, self.outputs)

    @classmethod
    def from_json(cls, text: str, ops: Iterable[Op] = ()) -> Graph:
        """The graph that `to_json` wrote. Nothing in the text is run or imported.

        Args:
            text: JSON of at most `formats.json.MAX_CHARACTERS`.
            ops: Your own operations, if the graph has any.

        Raises:
            ValueError: The text is no such graph; the message says where and why.
        """
        from autograd.formats import json

        return cls(*json.read(text, ops))

    def to_networkx(self) -> nx.MultiDiGraph[str]:
        """A networkx MultiDiGraph: nodes by name, an edge for every operand slot."""
        from autograd.formats import networkx

        return networkx.written(self)

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Value]:
        return iter(self.nodes)

    def __contains__(self, node: object) -> bool:
        return isinstance(node, Value) and node in self._positions

    def __repr__(self) -> str:
        edges = sum(len(x.parents) for x in self) if self.is_whole else len(self.edges)
        counts = {"node": len(self), "edge": edges, "output": len(self.outputs)}
        words = [f"{n:,} {what}{'s' * (n != 1)}" for what, n in counts.items()]
        leaves = len(self.leaves)
        words.insert(2, f"{leaves:,} {'leaf' if leaves == 1 else 'leaves'}")
        return f"Graph({', '.join(words)})"


def _in_order(outputs: Sequence[Value]) -> tuple[Value, ...]:
    """All nodes, every leaf just before the first node that reads it."""
    read = [(*node.parents, node) for node in interior_order(outputs)]
    return tuple(dict.fromkeys([*chain.from_iterable(read), *outputs]))


def _unique_names(nodes: Sequence[Value]) -> dict[Value, str]:
    """A name for every node: label, else scope and label, else with a number."""
    labelled = {node: label for node in nodes if (label := node.label)}
    labels = Counter(labelled.values())
    full = Counter((node.scope, label) for node, label in labelled.items())
    names: dict[Value, str] = {}
    taken: set[str] = set()
    numbers: Counter[str] = Counter()
    for index, node in enumerate(nodes):
        stem, repeated = f"v{index}", False
        if node in labelled:
            label, scope = labelled[node], node.scope
            repeated = full[scope, label] > 1
            # A parameter is called alike in every graph: by its full name.
            own = bool(scope) and (labels[label] > 1 or node.role == "parameter")
            stem = f"{scope}.{label}" if own else label
        name = stem
        while name in taken or (repeated and name == stem):
            numbers[stem] += 1
            name = f"{stem}#{numbers[stem]}"
        taken.add(name)
        names[node] = name
    return names

"""A recorded graph as JSON, and back: exact to the last bit, and strict.

The text is an object: `format`, `version`, `outputs` (node numbers) and `nodes`, in
topological order. A node refers only to nodes before it, so no cycle can be written
down. Where scopes tell what they are of, `kinds` lists what several nodes share, and a
node's own `kinds` is a place in that list. Numbers are JSON numbers in Python's
shortest exact form; infinities and NaN, which JSON lacks, are the strings "inf", "-inf"
and "nan".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autograd.leaves import parameter
from autograd.ops import OPS, Op
from autograd.protocols.copying import rebuild
from autograd.value import Number, Value

FORMAT = "gradtrace-graph"
VERSION = 1
MAX_CHARACTERS = 1 << 29
MAX_NODES = 5_000_000
MAX_LABEL = 1_000_000

_TOP_KEYS = {"format", "version", "nodes", "outputs"}
_NODE_KEYS = {
    *("op", "data", "grad", "label", "scope", "role", "operands"),
    "local_derivatives",
}
_Kinds = tuple[tuple[str, str], ...]
_SPECIAL = {"inf": float("inf"), "-inf": float("-inf"), "nan": float("nan")}


def write(nodes: Sequence[Value], outputs: Sequence[Value]) -> str:
    """The nodes, parents before children, as JSON."""
    index = {node: i for i, node in enumerate(nodes)}
    kinds: dict[_Kinds, int] = {}
    content = {
        "format": FORMAT,
        "version": VERSION,
        "nodes": [_written(node, index, kinds) for node in nodes],
        "outputs": [index[output] for output in outputs],
    }
    if kinds:
        content["kinds"] = [dict(pairs) for pairs in kinds]
    return json.dumps(content, allow_nan=False, separators=(",", ":"))


def _written(
    node: Value, index: Mapping[Value, int], kinds: dict[_Kinds, int]
) -> dict[str, Any]:
    pairs = tuple(node.scope_kinds.items())
    told = {"kinds": kinds.setdefault(pairs, len(kinds))} if pairs else {}
    return {
        "op": None if node.op is None else node.op.name,
        "data": _number_out(node.data),
        "grad": _number_out(node.grad),
        "label": node.label,
        "scope": node.scope,
        "role": node.role,
        "operands": [
            index[x] if isinstance(x, Value) else {"constant": _number_out(x)}
            for x in node.operands
        ],
        "local_derivatives": [_number_out(d) for d in node.local_derivatives],
        **told,
    }


def _number_out(x: float) -> float | str:
    if x - x == 0.0:
        return float(x)
    return "nan" if x != x else "inf" if x > 0 else "-inf"


def read(text: str, ops: Iterable[Op] = ()) -> list[Value]:
    """The outputs of the graph in the text, with all that they were computed from.

    Raises:
        TypeError: The text is no string.
        ValueError: It is no graph of this format; the message says where and why.
    """
    if not isinstance(text, str):
        raise TypeError(f"from_json wants a str, got {type(text).__name__}")
    if len(text) > MAX_CHARACTERS:
        message = f"graph JSON of {len(text)} characters; at most {MAX_CHARACTERS}"
        raise ValueError(message)
    try:
        content = json.loads(
            text,
            parse_constant=_refused_constant,
            object_pairs_hook=_without_repeats,
        )
    except RecursionError:
        raise ValueError("graph JSON is nested too deeply to be a graph") from None
    except ValueError as error:
        raise ValueError(f"graph JSON can't be read (cut short?): {error}") from None
    _check_top(content)
    known = {**OPS, **_own(ops)}
    kinds = _kinds_in(content.get("kinds", []))
    nodes: list[Value] = []
    for row in content["nodes"]:
        try:
            nodes.append(_read_node(row, nodes, known, kinds))
        except ValueError as error:
            raise ValueError(f"graph JSON, node {len(nodes)}: {error}") from None
    return [nodes[i] for i in content["outputs"]]


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return content


def _refused_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON; infinities and NaN are written as strings")


def _own(ops: Iterable[Op]) -> dict[str, Op]:
    """Own operations by their names, none of them that of a row."""
    own = {op.name: op for op in ops}
    for name in own.keys() & OPS.keys():
        if own[name] is not OPS[name]:
            raise ValueError(
                f"ops: there is a row named {name!r} already; rename yours"
            )
    return own


def _check_top(content: Any) -> None:
    """Raise a ValueError unless this is an object of the right format and version."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f'graph JSON must be an object with "format": "{FORMAT}"')
    version = content.get("version")
    if type(version) is not int or version != VERSION:
        message = f"graph JSON of version {version!r}; this reads version {VERSION}"
        raise ValueError(message)
    try:
        _check_keys(content, _TOP_KEYS, {"kinds"})
    except ValueError as error:
        raise ValueError(f"graph JSON: {error}") from None
    nodes, outputs = content["nodes"], content["outputs"]
    if not isinstance(nodes, list) or not isinstance(outputs, list) or not outputs:
        message = "graph JSON: nodes and outputs must be lists, outputs not empty"
        raise ValueError(message)
    if len(nodes) > MAX_NODES:
        message = f"graph JSON of {len(nodes)} nodes; at most {MAX_NODES}"
        raise ValueError(message)
    for i in outputs:
        if type(i) is not int or not 0 <= i < len(nodes):
            message = f"graph JSON: output {i!r} is none of the {len(nodes)} nodes"
            raise ValueError(message)


def _check_keys(row: Mapping[str, Any], expected: set[str], optional: set[str]) -> None:
    found = set(row) - optional
    if found != expected:
        missing, extra = sorted(expected - found), sorted(found - expected)
        raise ValueError(f"missing keys {missing}, unexpected keys {extra}")


def _read_node(
    row: Any,
    earlier: list[Value],
    known: Mapping[str, Op],
    kinds: Sequence[Mapping[str, str]],
) -> Value:
    if not isinstance(row, dict):
        message = f"expected an object, got {type(row).__name__}"
        raise ValueError(message)  # noqa: TRY004 - the text is wrong, not its type
    _check_keys(row, _NODE_KEYS, {"kinds"})
    label, scope = (_text_in(row[key], key) for key in ("label", "scope"))
    operands = tuple(_operand_in(x, earlier) for x in _list_in(row["operands"]))
    derivatives = tuple(_number_in(x) for x in _list_in(row["local_derivatives"]))
    op = _op_in(row["op"], operands, known)
    parents = sum(isinstance(x, Value) for x in operands)
    if len(derivatives) != parents:
        message = f"{parents} parents but {len(derivatives)} local derivatives"
        raise ValueError(message)
    role = row["role"]
    if role not in (("operation",) if parents else ("input", "parameter")):
        raise ValueError(f"a node with {parents} parents can't be in role {role!r}")
    make = parameter if role == "parameter" else Value
    node = make(_number_in(row["data"]), label)
    grad = _number_in(row["grad"])
    told = kinds[_place_in(row["kinds"], kinds)] if "kinds" in row else {}
    return rebuild(node, op, operands, derivatives, grad, scope, told)


def _kinds_in(x: Any) -> list[dict[str, str]]:
    """What scopes are of, each list of them as several nodes share it."""
    if not isinstance(x, list) or not all(isinstance(one, dict) for one in x):
        raise ValueError("graph JSON: kinds must be a list of objects")
    if not all(type(kind) is str for one in x for kind in one.values()):
        raise ValueError("graph JSON: a kind must be a string")
    return x


def _place_in(x: Any, kinds: Sequence[object]) -> int:
    if type(x) is not int or not 0 <= x < len(kinds):
        raise ValueError(f"kinds {x!r} is none of the {len(kinds)} of the graph")
    return x


def _op_in(
    name: Any, operands: tuple[Number, ...], known: Mapping[str, Op]
) -> Op | None:
    """The operation of this name, if it takes these operands; None for a leaf."""
    parents = any(isinstance(x, Value) for x in operands)
    if name is None:
        if operands:
            raise ValueError("operands without an operation")
        return None
    if not isinstance(name, str) or name not in known:
        message = f"unknown operation {name!r}; give your own as from_json(text, ops=)"
        raise ValueError(message)
    if not parents:
        raise ValueError(f"{name} without a parent: leaves have no operation")
    try:
        known[name].check_count(operands)
    except TypeError as error:
        raise ValueError(str(error)) from None
    return known[name]


def _operand_in(x: Any, earlier: list[Value]) -> Number:
    """An earlier node by its number, or a constant."""
    if type(x) is int:
        if not 0 <= x < len(earlier):
            message = f"operand {x} is not an earlier node (that would be a cycle)"
            raise ValueError(message)
        return earlier[x]
    if isinstance(x, dict) and set(x) == {"constant"}:
        return _number_in(x["constant"])
    raise ValueError(f'an operand is a node number or {{"constant": x}}, not {x!r:.80}')


def _number_in(x: Any) -> float:
    if type(x) is float and x - x == 0.0:  # 1e999 would be read as infinity
        return x
    if type(x) is int and abs(x) < 2**53:
        return float(x)
    if isinstance(x, str) and x in _SPECIAL:
        return _SPECIAL[x]
    raise ValueError(f"expected a number, got {x!r:.80}")


def _list_in(x: Any) -> list[Any]:
    if not isinstance(x, list):
        message = f"expected a list, got {type(x).__name__}"
        raise ValueError(message)  # noqa: TRY004 - the text is wrong, not its type
    return x


def _text_in(x: Any, key: str) -> str:
    if not isinstance(x, str) or len(x) > MAX_LABEL:
        raise ValueError(f"{key} must be a string of at most {MAX_LABEL} characters")
    return x

"""ONNX's attention through SelfAttention.

That one makes queries, keys and values from the numbers of each step. So a step holds
all three side by side, and its weights pick them: 1 where a number is wanted, else 0.
A mask that is added to the scores is picked like that, too: as further numbers of a
key, one for each query, and that query has a 1 there.
"""

import itertools
import math
from functools import lru_cache
from typing import Any

import numpy as np

import nn
from autograd import no_grad
from tests.nets import data
from tests.parity.cases import Case

Shape = tuple[int, ...]

TOGETHER = 2  # heads in one layer: a step that holds the numbers of all is too wide
HIDDEN = -1e4  # so far below every score that its exp is 0; 0 times it is no NaN


def attention(case: Case) -> list[Any]:
    """The outputs; what else is asked for, such as the scores, a layer doesn't tell."""
    q, k, v, mask, past_k, past_v, lengths = (*case.inputs, *[None] * 7)[:7]
    given = case.attributes
    q = by_heads(q, given.get("q_num_heads"))
    k, v = (by_heads(x, given.get("kv_num_heads")) for x in (k, v))
    if past_k is not None:
        k, v = np.concatenate((past_k, k), 2), np.concatenate((past_v, v), 2)
    places = [0] * len(q)  # that of the first query, among the keys
    if given.get("is_causal") and past_k is not None:
        places = [past_k.shape[2]] * len(q)
    elif given.get("is_causal") and lengths is not None:
        places = [int(length) - q.shape[2] for length in lengths]
    count = max(k.shape[2], max(places) + q.shape[2])
    mask = added(mask, lengths, k.shape[2], (*q.shape[:3], count))
    k, v = (longer(x, count, 2, 0.0) for x in (k, v))
    k, v = (x.repeat(q.shape[1] // x.shape[1], axis=1) for x in (k, v))
    scale = given.get("scale", 1.0 / math.sqrt(q.shape[3]))
    causal = bool(given.get("is_causal"))
    y = np.zeros((*q.shape[:3], v.shape[3]))
    for first in range(0, q.shape[1], TOGETHER):
        part = slice(first, first + TOGETHER)
        arrays = [x[:, part] for x in (q, k, v, mask)]
        layer, slots = picking(*(x.shape[1:] for x in arrays[:3]), scale, causal)
        for at, place in enumerate(places):
            y[at, part] = attended(layer, slots, [x[at] for x in arrays], place)
    if case.inputs[0].ndim == 4:
        return [y]
    return [y.swapaxes(1, 2).reshape(len(y), q.shape[2], -1)]


def attended(layer: Any, slots: Any, arrays: list[Any], place: int) -> Any:
    """What some heads make of their arrays, each [heads][steps][numbers]."""
    q, k, v, mask = arrays
    steps = np.zeros((k.shape[1], layer.size))
    asking = slice(place, place + q.shape[1])
    steps[asking, slots["q"]] = side_by_side(q)
    steps[asking, slots["one"]] = np.eye(q.shape[1])
    steps[:, slots["k"]] = side_by_side(k)
    steps[:, slots["mask"]] = side_by_side(mask.swapaxes(1, 2))
    steps[:, slots["v"]] = side_by_side(v)
    with no_grad():
        outputs = np.array(data(layer(steps)))[asking]
    heads = outputs.reshape(q.shape[1], len(q), -1)[:, :, : v.shape[2]]
    return heads.swapaxes(0, 1)


def by_heads(x: Any, heads: int | None) -> Any:
    """[batch][heads][steps][numbers], also where the heads lie side by side."""
    if x.ndim == 3:
        x = x.reshape(*x.shape[:2], heads, -1).swapaxes(1, 2)
    return x.astype(np.float64)


def side_by_side(x: Any) -> Any:
    """One row for each step, with the numbers of all heads."""
    return x.swapaxes(0, 1).reshape(x.shape[1], -1)


def longer(x: Any, count: int, axis: int, fill: float) -> Any:
    """As many as `count` along an axis."""
    ends = [(0, count - n if at == axis else 0) for at, n in enumerate(x.shape)]
    return np.pad(x, ends, constant_values=fill)


def added(mask: Any, lengths: Any, keys: int, shape: Shape) -> Any:
    """What is added to the scores, of [batch][heads][queries][steps]."""
    if mask is None:
        mask = np.zeros(keys)
    elif mask.dtype == bool:
        mask = np.where(mask, 0.0, HIDDEN)
    mask = np.maximum(mask.astype(np.float64), HIDDEN)
    mask = longer(mask, shape[-1], mask.ndim - 1, HIDDEN)
    mask = np.broadcast_to(mask, np.broadcast_shapes(mask.shape, shape))
    if lengths is not None:
        beyond = np.arange(shape[-1]) >= lengths[:, None, None, None]
        mask = mask + np.where(beyond, HIDDEN, 0.0)
    return mask


@lru_cache(maxsize=2)
def picking(q: Shape, k: Shape, v: Shape, scale: float, causal: bool) -> Any:
    """The layer, and where in a step each of its parts lies.

    Args:
        q: the shape of the queries, [heads][steps][numbers].
        k: that of the keys.
        v: that of the values.
        scale: by how much the products of queries and keys are multiplied.
        causal: as for the layer.
    """
    heads, count, size = q
    widths = {"q": heads * size, "one": count, "mask": heads * count}
    widths |= {"k": heads * k[2], "v": heads * v[2]}
    ends = [0, *itertools.accumulate(widths.values())]
    slots = {name: slice(*ends[at : at + 2]) for at, name in enumerate(widths)}
    width = max(size + count, v[2], math.ceil(ends[-1] / heads))
    layer = nn.SelfAttention(heads * width, heads, causal, init="zeros")
    picked = np.zeros((3, heads, width, layer.size))
    undone = math.sqrt(width)  # the layer divides by it
    for head in range(heads):
        for which, row, name, part, n, factor in (
            (0, 0, "q", head, size, scale * undone),
            (0, size, "one", 0, count, undone),
            (1, 0, "k", head, size, 1.0),
            (1, size, "mask", head, count, 1.0),
            (2, 0, "v", head, v[2], 1.0),
        ):
            column = slots[name].start + part * n
            picked[which, head, row : row + n, column : column + n] = factor * np.eye(n)
    state = {
        "in_proj_weight": picked.reshape(-1, layer.size),
        "in_proj_bias": np.zeros(3 * layer.size),
        "out_proj.weight": np.eye(layer.size),
        "out_proj.bias": np.zeros(layer.size),
    }
    layer.load_state_dict(state)
    return layer, slots

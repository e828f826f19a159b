"""Embedding and SelfAttention: what nets that read sequences of tokens are made of."""

import math
from itertools import chain
from typing import Any

from autograd import Value, dot, dot_with, scope, softmax, take
from nn.arrays import constants, drawn, listed, nested_list, with_bias
from nn.checks import flag, is_whole, who, whole, wrong_type
from nn.dense import Layer
from nn.initializers import Init, random_source
from nn.module import Module

Row = list[Any]


class Embedding(Module):
    """A table with a row of `size` numbers, to be learned, for each of `count` tokens.

    Args:
        count, size: how many tokens there are, and how many numbers stand for each.
        rng, init: as for `Layer`; the table counts as `count` outputs of `size` inputs.

    Attributes:
        weight: the table, [count][size].

    >>> import nn
    >>> table = nn.Embedding(10, 3, rng=0)
    >>> table(7) == table.weight[7]
    True
    >>> len(table([7, 0]))
    2
    """

    def __init__(
        self, count: int, size: int, rng: Any = None, init: Init = "normal"
    ) -> None:
        shape = whole("count", count), whole("size", size)
        self.weight = drawn("weight", shape, init, rng)

    def forward(self, index: Any) -> Row:
        """Look up the row of a token, or the rows of a list of tokens.

        A token is an int from 0 on, or an integer input of a program.

        Raises:
            IndexError: if there is no such token.
        """
        index = listed(index)
        if isinstance(index, list):
            return [self.forward(each) for each in index]
        if not isinstance(index, Value):
            if not is_whole(index):
                raise wrong_type(f"{who(self)} looks up the row of an int", index)
            last = len(self.weight) - 1
            if not 0 <= index <= last:
                message = f"{who(self)} has rows from 0 to {last}, got {index}"
                raise IndexError(message)
        return list(take(self.weight, index))

    def __repr__(self) -> str:
        return f"Embedding({len(self.weight)} x {len(self.weight[0])})"


class SelfAttention(Module):
    """Let every step of a sequence look at the steps, and take from those that match.

    Each step makes a query, a key and a value; what it gets is the mean of all values,
    weighted by the softmax of query * key / sqrt(length of a key). Heads do so side by
    side, each with its part of the numbers; `out_proj` mixes what they got. The state
    is PyTorch's: rows of `in_proj_weight` make the queries, the keys, the values.

    Args:
        size: how many numbers a step has.
        heads: how many heads share them; `size` is a multiple of it.
        causal: whether a step looks only at itself and those before.
        rng, init: as for `Layer`; biases start at 0.

    Attributes:
        in_proj_weight: [3 * size][size].
        in_proj_bias: [3 * size].
        out_proj: a `Layer` of `size` inputs and outputs.

    Source: Vaswani et al., "Attention is all you need", 2017, section 3.2.

    >>> import nn
    >>> outputs = nn.SelfAttention(4, heads=2, rng=0)([[1.0, 2.0, 3.0, 4.0]] * 3)
    >>> len(outputs), len(outputs[0])
    (3, 4)
    """

    def __init__(
        self,
        size: int,
        heads: int = 1,
        causal: bool = False,
        rng: Any = None,
        init: Init = "xavier",
    ) -> None:
        self.size, self.heads = whole("size", size), whole("heads", heads)
        if size % heads:
            message = f"heads must divide size, got {heads} heads for size {size}"
            raise ValueError(message)
        self.causal = flag("causal", causal)
        source, shape = random_source(rng), (3 * size, size)
        self.in_proj_weight = drawn("in_proj_weight", shape, init, source)
        self.in_proj_bias = constants("in_proj_bias", 3 * size, 0.0)
        with scope("out_proj"):
            self.out_proj = Layer(size, size, rng=source, init=init)

    def forward(self, steps: Any) -> list[Row]:
        """Turn a sequence, [steps][size], into another."""
        steps = nested_list(self, steps, (None, self.size))
        with scope("in_proj"):
            parts = with_bias(self.in_proj_weight, self.in_proj_bias)
            rows = [[*map(dot_with(step, bias=True), parts)] for step in steps]
        heads = []
        for head in range(self.heads):
            with scope(f"heads.{head}"):
                heads.append(self._attended(rows, head * self.size // self.heads))
        joined = [[*chain(*parts)] for parts in zip(*heads, strict=True)]
        outputs = [self.out_proj(row) for row in joined]
        return outputs if self.size > 1 else [[output] for output in outputs]

    def _attended(self, rows: list[Row], first: int) -> list[Row]:
        """What a head gets at every step; its part of the queries begins at `first`.

        That of the keys begins `size` numbers behind it, and that of the values next.
        """
        width = self.size // self.heads
        starts = range(first, 3 * self.size, self.size)
        queries, keys, values = ([row[i : i + width] for row in rows] for i in starts)
        outputs = []
        for place, query in enumerate(queries):
            seen = place + 1 if self.causal else len(rows)
            scaled = [x / math.sqrt(width) for x in query]
            shares = softmax([dot(scaled, key) for key in keys[:seen]])
            columns = zip(*values[:seen], strict=True)
            outputs.append([dot(shares, column) for column in columns])
        return outputs

    def __repr__(self) -> str:
        causal = ", causal" if self.causal else ""
        return f"SelfAttention({self.size}, heads={self.heads}{causal})"

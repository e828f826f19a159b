"""RNN, LSTM and GRU: layers that go through a sequence and remember.

Each takes one sequence, [steps][n_in], and returns what it put out at every step and
what it remembers at the end. Names and shapes are PyTorch's for one sequence without a
batch. A weighted sum is one `dot`, so a Program finds the matrix products.
"""

from abc import abstractmethod
from collections.abc import Sequence
from itertools import chain
from operator import add
from typing import Any

from autograd import dot_with, relu, scope, sigmoid, tanh
from nn.arrays import constants, drawn, listed, nested_list, with_bias
from nn.checks import flag, who, whole, wrong_type
from nn.initializers import Init, random_source
from nn.module import Module

Row = list[Any]
Rows = list[Row]
_KINDS = ("ih", "hh")  # from the input to the units, and from their last outputs


class Recurrent(Module):
    """What recurrent layers share: their weights, and the way through the steps.

    Layer k reads what layer k - 1 put out. With two directions each layer also goes
    through the steps from the end, with weights of its own, and at each step the
    outputs of both stand side by side. For the arguments and the names of the weights
    see `RNN`.
    """

    _gates: int  # how many a unit has
    _rows: int = 1  # of numbers that are remembered

    def __init__(
        self,
        n_in: int,
        n_hidden: int,
        num_layers: int = 1,
        bidirectional: bool = False,
        rng: Any = None,
        init: Init = "xavier",
    ) -> None:
        self.n_in = whole("n_in", n_in)
        self.n_hidden = whole("n_hidden", n_hidden)
        self.num_layers = whole("num_layers", num_layers)
        self.bidirectional = flag("bidirectional", bidirectional)
        self._suffixes = ("", "_reverse") if bidirectional else ("",)
        source = random_source(rng)
        count = self._gates * self.n_hidden
        for layer in range(self.num_layers):
            width = self.n_in if layer == 0 else self.n_hidden * len(self._suffixes)
            for suffix in self._suffixes:
                for kind, columns in zip(_KINDS, (width, self.n_hidden), strict=True):
                    name = f"weight_{kind}_l{layer}{suffix}"
                    setattr(self, name, drawn(name, (count, columns), init, source))
                for kind in _KINDS:
                    name = f"bias_{kind}_l{layer}{suffix}"
                    setattr(self, name, constants(name, count, 0.0))

    @abstractmethod
    def _unit(self, x: Row, h: Row, last: Sequence[Any]) -> Row:
        """What a unit remembers after a step, as `last` before: first its output.

        Each gate has a weighted sum `x` of the input, and one `h` of the last outputs.
        """

    def forward(self, steps: Any, state: Any = None) -> tuple[Rows, Any]:
        """Go through a sequence, [steps][n_in], from a state as returned, or zeros.

        Returns:
            The outputs, [steps][directions * n_hidden], and what is remembered after
            the last step, [num_layers * directions][n_hidden]: layer by layer, in each
            the direction from the start first.
        """
        steps = nested_list(self, steps, (None, self.n_in))
        memories = self._memories(state)
        ends: list[Rows] = []
        for layer in range(self.num_layers):
            sides = []
            for suffix in self._suffixes:
                memory = memories[len(ends)]
                outputs, end = self._pass(f"l{layer}{suffix}", steps, memory)
                sides.append(outputs)
                ends.append(end)
            steps = [[*chain(*rows)] for rows in zip(*sides, strict=True)]
        rows = [list(column) for column in zip(*ends, strict=True)]
        return steps, tuple(rows) if self._rows > 1 else rows[0]

    def _pass(self, name: str, steps: Rows, memory: Rows) -> tuple[Rows, Rows]:
        """One layer in one direction: its outputs, and what it remembers at the end."""
        held, size = vars(self), self.n_hidden
        of_input, of_hidden = (
            with_bias(held[f"weight_{kind}_{name}"], held[f"bias_{kind}_{name}"])
            for kind in _KINDS
        )
        outputs: Rows = [[]] * len(steps)
        order = range(len(steps))
        for place in reversed(order) if name.endswith("_reverse") else order:
            with scope(f"{name}.step.{place}"):
                x = [*map(dot_with(steps[place], bias=True), of_input)]
                h = [*map(dot_with(memory[0], bias=True), of_hidden)]
                lasts = enumerate(zip(*memory, strict=True))
                units = [self._unit(x[i::size], h[i::size], last) for i, last in lasts]
            memory = [list(column) for column in zip(*units, strict=True)]
            outputs[place] = memory[0]
        return outputs, memory

    def _memories(self, state: Any) -> list[Rows]:
        """What each layer and direction remembers at the start."""
        shape = (self.num_layers * len(self._suffixes), self.n_hidden)
        if state is None:
            return [[[0.0] * self.n_hidden] * self._rows] * shape[0]
        parts = listed(state) if self._rows > 1 else [state]
        if not isinstance(parts, list) or len(parts) != self._rows:
            raise wrong_type(f"{who(self)} expects a start state (h, c)", state)
        rows = [nested_list(self, part, shape, "a start state") for part in parts]
        return [list(memory) for memory in zip(*rows, strict=True)]

    def __repr__(self) -> str:
        more = f" x {self.num_layers}" if self.num_layers > 1 else ""
        more += " both ways" if self.bidirectional else ""
        return f"{type(self).__name__}({self.n_in} -> {self.n_hidden}{more})"


class RNN(Recurrent):
    """The plain recurrent layer: h <- tanh(W_ih x + b_ih + W_hh h + b_hh).

    It takes a sequence, [steps][n_in], and returns the outputs of all steps,
    [steps][directions * n_hidden], and what it remembers after the last one: h,
    [num_layers * directions][n_hidden].

    Args:
        n_in: how many numbers a step of the sequence has.
        n_hidden: how many units there are, in each layer and direction.
        num_layers: how many layers lie on top of each other.
        bidirectional: whether each layer goes through the steps from both ends.
        nonlinearity: "tanh" or "relu".
        rng, init: as for `Layer`; biases start at 0.

    Attributes:
        weight_ih_l0: W_ih of the first layer, [n_hidden][n_in]. That of the next is
            weight_ih_l1, [n_hidden][directions * n_hidden], and those of the way back
            end in "_reverse"; so it is with the others.
        weight_hh_l0: W_hh, [n_hidden][n_hidden].
        bias_ih_l0: b_ih, [n_hidden].
        bias_hh_l0: b_hh, [n_hidden].

    Source: Elman, "Finding structure in time", 1990.

    >>> import nn
    >>> outputs, h = nn.RNN(2, 3, rng=0)([[1.0, 2.0], [3.0, 4.0]])
    >>> len(outputs), len(outputs[0]), h == [outputs[-1]]
    (2, 3, True)
    """

    _gates = 1

    def __init__(
        self,
        n_in: int,
        n_hidden: int,
        num_layers: int = 1,
        bidirectional: bool = False,
        nonlinearity: str = "tanh",
        rng: Any = None,
        init: Init = "xavier",
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            message = f'nonlinearity must be "tanh" or "relu", got {nonlinearity!r}'
            raise ValueError(message)
        super().__init__(n_in, n_hidden, num_layers, bidirectional, rng, init)
        self.nonlinearity = nonlinearity

    def _unit(self, x: Row, h: Row, _last: Sequence[Any]) -> Row:
        squash = tanh if self.nonlinearity == "tanh" else relu
        return [squash(x[0] + h[0])]


class LSTM(Recurrent):
    """Long short-term memory: a cell c that gates write, erase and read.

    With i, f, g, o the gates' sums W_ih x + b_ih + W_hh h + b_hh, in this order:
    c <- sigmoid(f) c + sigmoid(i) tanh(g), and h <- sigmoid(o) tanh(c).
    The state is (h, c), each [num_layers * directions][n_hidden].

    Args: as for `RNN`.

    Attributes:
        weight_ih_l0: W_ih of the first layer, [4 * n_hidden][n_in], gate after gate;
            those of other layers and directions are named as in `RNN`.
        weight_hh_l0: W_hh, [4 * n_hidden][n_hidden].
        bias_ih_l0: b_ih, [4 * n_hidden].
        bias_hh_l0: b_hh, [4 * n_hidden].

    Source: Hochreiter and Schmidhuber, "Long short-term memory", 1997, with the gate
    that forgets of Gers et al., "Learning to forget", 2000.
    """

    _gates, _rows = 4, 2

    def _unit(self, x: Row, h: Row, last: Sequence[Any]) -> Row:
        i, f, g, o = map(add, x, h)
        c = sigmoid(f) * last[1] + sigmoid(i) * tanh(g)
        return [sigmoid(o) * tanh(c), c]


class GRU(Recurrent):
    """Gated recurrent units: h moves towards n, as far as a gate z lets it.

    With r, z, n the gates' sums, x those of the input and h those of the last outputs:
    n <- tanh(n_x + sigmoid(r) n_h), and h <- (1 - sigmoid(z)) n + sigmoid(z) h. The
    gate r resets after the product with the weights, as in PyTorch.

    Args: as for `RNN`.

    Attributes:
        weight_ih_l0: W_ih of the first layer, [3 * n_hidden][n_in], gate after gate;
            those of other layers and directions are named as in `RNN`.
        weight_hh_l0: W_hh, [3 * n_hidden][n_hidden].
        bias_ih_l0: b_ih, [3 * n_hidden].
        bias_hh_l0: b_hh, [3 * n_hidden].

    Source: Cho et al., "Learning phrase representations using RNN encoder-decoder",
    2014, which resets before the product.
    """

    _gates = 3

    def _unit(self, x: Row, h: Row, last: Sequence[Any]) -> Row:
        (r, z, n), (r_h, z_h, n_h) = x, h
        new = tanh(n + sigmoid(r + r_h) * n_h)
        keep = sigmoid(z + z_h)
        return [(1.0 - keep) * new + keep * last[0]]

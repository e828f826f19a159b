"""The page on which a JAX program is written: names, constants, lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd.program.arrays import Array, Term
from autograd.program.emit.names import Names, number_text

_SMALL = 8


class JaxPage:
    """Lines of source, and the names of what they speak of.

    Args:
        batch: Whether there is a batch axis.
        arguments: The names of what the function takes.
    """

    def __init__(self, batch: bool, arguments: Iterable[str]) -> None:
        self.batch = batch
        self.constants: list[np.ndarray[Any, Any]] = []
        self.setup: list[str] = []
        self.lines: list[str] = []
        self.groups: list[int] = []
        taken = ["jnp", "np", "special", "B", "constants", "program", "run"]
        self._names = Names([*taken, *arguments])
        self._named: dict[Array, str] = {}
        self._tables: dict[str, str] = {}

    def owned_by(self, group: int) -> None:
        """What was written since the last time computes this group."""
        self.groups += [group] * (len(self.lines) - len(self.groups))

    def varies(self, array: Array) -> bool:
        """Whether the array has a batch axis here."""
        return self.batch and array.batched

    def call(self, array: Array, name: str) -> None:
        """Give an array a name."""
        self._named[array] = name

    def let(self, array: Array, expression: str) -> None:
        """Write a statement down that makes an array."""
        self._named[array] = self._names.new(array.hint)
        self.lines.append(f"{self._named[array]} = {expression}")

    def name(self, array: Array) -> str:
        """What the array is called."""
        return self._named[array]

    def operand(self, x: Term, axes: int) -> str:
        """An operand of arithmetic element by element, aligned with its result."""
        if not isinstance(x, Array):
            text = number_text(x)
            return f"({text})" if text.startswith("-") else text
        missing = axes - len(x.shape)
        if not (self.varies(x) and missing):
            return self.name(x)
        return f"{self.name(x)}[:{', None' * missing}]"

    def flat(self, array: Array) -> str:
        """The array with all axes but that of the batch in one."""
        if len(array.shape) == 1:
            return self.name(array)
        front = "B, " if self.varies(array) else ""
        return f"{self.name(array)}.reshape({front}{array.size})"

    def front(self, array: Array) -> str:
        """What stands for the batch axis in front of an index."""
        return ":, " if self.varies(array) else ""

    def table(self, value: np.ndarray[Any, Any], wish: str) -> str:
        """The name of an array of constants: written down if small, else handed in."""
        value = np.array(value, order="C")
        key = f"{value.shape}{value.dtype}{value.tobytes()!r}"
        if key not in self._tables:
            self._tables[key] = self._names.new(wish)
            if value.size <= _SMALL and np.isfinite(value).all():
                text = f"np.array({value.tolist()!r})"
            else:
                text = f"constants[{len(self.constants)}]"
                self.constants.append(value)
            self.setup.append(f"{self._tables[key]} = {text}")
        return self._tables[key]

    def imports(self, returned: str) -> list[str]:
        """The first lines of the source."""
        lines = []
        if any("jnp." in line for line in (*self.lines, returned)):
            lines.append("import jax.numpy as jnp")
        if any("np.array(" in line for line in self.setup):
            lines.append("import numpy as np")
        if any("special." in line for line in self.lines):
            lines.append("from jax.scipy import special")
        return [*lines, "", ""] if lines else []

"""Order: the leaves that the gradients of a compiled function are by.

Its programs may read different ones: in another branch, or for a longer sequence. All
share one list, in which leaves stand as they were first read, and the slope in one that
a program does not read is 0. The list begins anew where the function reads other things
than before: a net whose layers were replaced, another net as argument.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd.program.calling.arguments import BY_IDENTITY
from autograd.program.calling.given import weakly
from autograd.program.forms.packing import plain_vector
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.program.calling.variants import Entry

Vector: TypeAlias = NDArray[np.float64]


class Order:
    """Where the leaves of a program stand among those of the function.

    Args:
        leaves: Those of the function.
        own: Those of the program.

    Attributes:
        count: How many leaves the function has.
    """

    def __init__(self, leaves: Sequence[Value], own: Sequence[Value]) -> None:
        self._leaves, self.count = leaves, len(leaves)
        place = {id(x): i for i, x in enumerate(leaves)}
        self._places = np.array([place[id(x)] for x in own], int)
        self._are_all = np.array_equal(self._places, np.arange(self.count))

    def is_of(self, leaves: Sequence[Value]) -> bool:
        """Whether it is up to date."""
        return self._leaves is leaves and self.count == len(leaves)

    def own(self, what: str, numbers: Any) -> Any:
        """Of numbers for all leaves those for the program's; None for None.

        Raises:
            ValueError: There are more or fewer numbers than leaves.
        """
        if numbers is None:
            return None
        vector = plain_vector(what, numbers, self.count)
        return vector if self._are_all else vector[self._places]

    def spread(self, slopes: Any = ()) -> Vector:
        """Slopes in all leaves, of those in the program's: a vector, or some rows."""
        if self._are_all:
            return np.asarray(slopes)
        found = np.zeros((*np.shape(slopes)[:-1], self.count))
        found[..., self._places] = slopes
        return found


class Leaves:
    """The leaves that a function was found to read.

    Attributes:
        known: In the order in which they were first read.
    """

    def __init__(self) -> None:
        self.known: list[Value] = []
        self._last: Entry | None = None
        self._objects: list[tuple[int, Callable[[], Any]]] = []

    def order(self, entry: Entry, objects: Sequence[Any]) -> Order:
        """That of a program, after its own leaves have joined the others.

        Args:
            entry: The program.
            objects: The objects among the arguments.
        """
        if entry is not self._last and not self._goes_on(objects):
            self.known = []
        self._last = entry
        self._objects = [(id(x), weakly(x)) for x in objects]
        if entry.order is None or not entry.order.is_of(self.known):
            ready, known = entry.program._ready, {*map(id, self.known)}
            self.known += [x for x in ready.first_read if id(x) not in known]
            entry.order = Order(self.known, ready.parameters.leaves)
        return entry.order

    def _goes_on(self, objects: Sequence[Any]) -> bool:
        """Whether the function still reads what it read when it was last asked."""
        now = {id(x): x for x in objects}
        before = [now[i] if i in now else held() for i, held in self._objects]
        things = [x for x in before if not isinstance(x, BY_IDENTITY)]
        its = [x for x in objects if not isinstance(x, BY_IDENTITY)]
        return self._last is None or (
            [*map(id, things)] == [*map(id, its)] and self._last.world.holds(before)
        )

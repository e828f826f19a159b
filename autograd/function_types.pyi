# What kinds of functions `functions.py` holds, for mypy and editors.

from collections.abc import Iterable
from typing import Any, Protocol, TypeAlias, overload

import numpy as np

from autograd.value import Value

Real: TypeAlias = float | np.floating[Any] | np.integer[Any] | np.bool_

Operand: TypeAlias = Value | Real

# A function of one number: a Value gives a Value, a plain number a float.
class UnaryFunction(Protocol):
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Real, /) -> float: ...
    @overload
    def __call__(self, x: Operand, /) -> Any: ...

# A function of two numbers: two floats give a float, else a Value.
class BinaryFunction(Protocol):
    @overload
    def __call__(self, x: Value, y: Operand, /) -> Value: ...
    @overload
    def __call__(self, x: Operand, y: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Real, y: Real, /) -> float: ...
    @overload
    def __call__(self, x: Operand, y: Operand, /) -> Any: ...

# A function of a list of numbers that gives one number, as a single node.
class ListFunction(Protocol):
    @overload
    def __call__(self, values: Iterable[Value], /) -> Value: ...
    @overload
    def __call__(self, values: Iterable[Real], /) -> float: ...
    @overload
    def __call__(self, values: Any, /, *more: Any, **options: Any) -> Any: ...

# A function of a list of numbers that gives a list, one node an entry.
class ListToListFunction(Protocol):
    @overload
    def __call__(self, values: Iterable[Value], /) -> list[Value]: ...
    @overload
    def __call__(self, values: Iterable[Real], /) -> list[float]: ...
    @overload
    def __call__(self, values: Iterable[Any], /) -> list[Any]: ...

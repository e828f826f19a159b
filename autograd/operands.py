"""What counts as a number, and how operands are given: in order, or by their names."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.namespaces import INFINITY

if TYPE_CHECKING:
    from autograd.ops import Op

_REAL_KINDS = "fiub"  # NumPy's letters for float, int, unsigned and bool


def number(x: Any) -> float:
    """A plain real number as a float: int, float, bool, NumPy scalar or 0-d array.

    Raises:
        TypeError: It is anything else; the message names the type.
    """
    if isinstance(x, (float, int)):  # a tuple: a union would be built at each call
        try:
            return float(x)
        except OverflowError:  # an int beyond the largest double
            return INFINITY if x > 0 else -INFINITY
    is_scalar = isinstance(x, np.generic | np.ndarray) and x.ndim == 0
    if is_scalar and x.dtype.kind in _REAL_KINDS:
        return float(x)
    kind = type(x).__name__
    if isinstance(x, np.ndarray):
        kind = f"ndarray of shape {x.shape} and dtype {x.dtype}"
        if x.ndim:
            kind += "; np.frompyfunc(f, 1, 1)(x) calls f for each element of x"
    raise TypeError(f"expected a plain number (int, float, NumPy scalar), got {kind}")


def is_array(x: Any) -> bool:
    """Whether x is an array over whose elements NumPy goes, one or many."""
    return isinstance(x, np.ndarray) and (x.ndim > 0 or x.dtype == object)


def describe(function: Callable[..., Any], name: str, doc: str) -> None:
    """Name and document a function, or a method such as "Value.exp", for `help`."""
    function.__name__ = name.rpartition(".")[2]
    function.__qualname__, function.__doc__ = name, doc


def applied(op: Op) -> Callable[..., Any]:
    """A row as a function of its operands, which may be given by their names, too."""
    _xp, *operands = signature(op.forward).parameters.values()
    apply = op.__call__  # bound here, it is called more quickly than `op` itself
    form = Signature([x.replace(annotation=Parameter.empty) for x in operands])

    def function(*operands: Any, **named: Any) -> Any:
        if named:
            try:
                bound = form.bind(*operands, **named)
            except TypeError as error:
                raise TypeError(f"{op.name}{form}: {error}") from None
            bound.apply_defaults()
            operands = bound.args
        return apply(*operands)

    function.__signature__ = form  # type: ignore[attr-defined]
    return function

"""The cases that the onnx package has for single operations, as plain arrays."""

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd import Value
from tests.nets import data
from tests.parity import needed

onnx = needed("onnx")


class Case(NamedTuple):
    """One operation, what it is given and what it shall return."""

    name: str
    operation: str
    inputs: list[Any]
    """By place; None for one that is left out."""
    attributes: dict[str, Any]
    outputs: list[Any]
    """By place; None for one that is not asked for."""

    @property
    def size(self) -> int:
        """How many numbers it is given."""
        return sum(x.size for x in self.inputs if x is not None)


def single_operations() -> list[Case]:
    """All cases of one operation with one set of arrays, by onnx's own names."""
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some make NaN on purpose
        collected = collect_testcases(None)
    return [
        _case(each.name, *each.model.graph.node, *each.data_sets)
        for each in collected
        if len(each.model.graph.node) == 1
    ]


def _case(name: str, node: Any, arrays: Any) -> Case:
    given, wanted = map(iter, arrays)
    inputs = [next(given) if place else None for place in node.input]
    outputs = [next(wanted) if place else None for place in node.output]
    read = onnx.helper.get_attribute_value
    attributes = {each.name: read(each) for each in node.attribute}
    texts = {k: x.decode() for k, x in attributes.items() if isinstance(x, bytes)}
    return Case(name, node.op_type, inputs, attributes | texts, outputs)


Adapter = Callable[[Case], list[Any]]
Settings = dict[str, Any]


def array(nested: Any, *shape: int) -> Any:
    """Numbers in the place of Values, as an array of that shape."""
    numbers = np.array(data(nested), np.float64)
    return numbers.reshape(shape) if shape else numbers


def along(function: Any, x: Any, axis: int) -> Any:
    """What a function makes of each list of numbers along an axis."""
    last = np.moveaxis(x.astype(np.float64), axis, -1)
    rows = [function([*map(Value, row)]) for row in last.reshape(-1, last.shape[-1])]
    return np.moveaxis(array(rows, *last.shape), -1, axis)

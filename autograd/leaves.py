"""Leaves with a role: parameters, and the inputs of programs."""

from __future__ import annotations

from typing import SupportsFloat

from autograd.value import Value


def parameter(data: SupportsFloat, label: str = "") -> Value:
    """A leaf that is to be learned: its `.role` is "parameter".

    It behaves like any Value; pictures and programs tell it from the inputs.
    """
    leaf = leaf_of_role("parameter", data, label)
    del leaf._grad  # it has had none yet
    return leaf


def input_leaf(data: SupportsFloat, integer: bool = False) -> Value:
    """A leaf that stands for an input of a program while its function is traced.

    Args:
        data: The number of the example.
        integer: Whether it is a whole number, and so may be an index: its `.role` is
            then "integer", and a row such as `log_softmax` takes it for its `index`.
    """
    return leaf_of_role("integer", data) if integer else Value(data)


def leaf_of_role(role: str, data: SupportsFloat, label: str = "") -> Value:
    """A leaf that is something else than an input: see `Recording.leaf_role`."""
    leaf = Value(data, label)
    leaf.recording = leaf.recording.variant(("role", role), leaf_role=role)
    return leaf

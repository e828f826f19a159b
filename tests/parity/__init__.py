"""Comparisons with PyTorch, and with the numbers that ONNX has for its operations."""

from typing import Any

import pytest


def needed(name: str) -> Any:
    """A package that only these tests need; without it they are skipped."""
    reason = f"`make parity` runs these tests; {name} is not installed here"
    return pytest.importorskip(name, reason=reason)

"""What a function calls its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def argument_names(f: Callable[..., Any], count: int) -> list[str]:
    """What f calls its first arguments: fewer than count where it does not say."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):  # builtins and classes without a signature
        return []
    names: list[str] = []
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            rest = max(count - len(names), 0)
            names += [f"{parameter.name}[{i}]" for i in range(rest)]
        elif parameter.kind not in {parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD}:
            names.append(parameter.name)
    return names[:count]

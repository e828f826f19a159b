"""What is chosen by name: activations, initializers, optimizers."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TypeVar

__all__ = ["by_name"]

Chosen = TypeVar("Chosen")


def by_name(
    what: str, name: str, known: Mapping[str, Chosen], instead: str = ""
) -> Chosen:
    """Find what a name stands for.

    Args:
        what: what it is the name of, as an error says it.
        name: the name.
        known: all names there are.
        instead: what may be passed in the place of a name, if anything.

    Raises:
        ValueError: if it is unknown; the text says which resemble it, and all.

    >>> by_name("dish", "spamm", {"egg": 1, "spam": 2}, "a recipe")
    Traceback (most recent call last):
    ValueError: unknown dish 'spamm'; did you mean spam? known are egg, spam, or pass
    a recipe
    """
    if name not in known:
        near = " or ".join(get_close_matches(name.lower(), known, n=2))
        guess = f"did you mean {near}? " if near else ""
        raise ValueError(
            f"unknown {what} {name!r}; {guess}known are {', '.join(known)}"
            + (f", or pass {instead}" if instead else "")
        )
    return known[name]

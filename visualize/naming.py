"""Names: what the dotted ones say, and what was meant by a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import takewhile


def near(name: object, known: Sequence[str]) -> str:
    """What resembles a name, as a question; "" if nothing does.

    >>> near("levle", ["style", "level"])
    'did you mean level? '
    """
    text = name.lower() if isinstance(name, str) else ""
    found = get_close_matches(text, known, n=2)
    return f"did you mean {' or '.join(found)}? " if found else ""


def array_and_place(name: str) -> tuple[str, tuple[str, ...]]:
    """The array that a parameter is in, by its dotted name, and its indices there.

    >>> array_and_place("layers.0.weight.3.1"), array_and_place("scale")
    (('layers.0.weight', ('3', '1')), ('scale', ()))
    """
    words = name.split(".")
    count = len(list(takewhile(str.isdecimal, reversed(words))))
    split = len(words) - count
    return ".".join(words[:split]), tuple(words[split:])


def refuse_unknown(caller: str, given: Iterable[str], known: Sequence[str]) -> None:
    """Refuse an option that there is not.

    Raises:
        TypeError: It names those that are similar, and all that there are.
    """
    for name in given:
        if name not in known:
            raise TypeError(
                f"{caller}() has no option {name!r}; {near(name, known)}"
                f"known: {', '.join(known)}"
            )

"""Names that a user may have mistyped, and what was perhaps meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


def near(name: object, known: Sequence[str]) -> str:
    """What resembles a name, as a question; "" if nothing does.

    >>> near("levle", ["style", "level"])
    'did you mean level? '
    """
    text = name.lower() if isinstance(name, str) else ""
    found = get_close_matches(text, known, n=2)
    return f"did you mean {' or '.join(found)}? " if found else ""


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

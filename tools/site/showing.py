"""What a page shows: its code is run, and pictures stand where it asks for them.

A page of `docs/` shows what an expression of its session gives with a comment, which a
reader of the Markdown does not see:

    <!-- show visualize.draw(y) | A neuron with its gradients -->

Behind the bar stand the words for those who do not see the picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, Final, NamedTuple

from visualize import Animation, Comparison, Explorer, Picture, Sparsity, Stepper

PIECE: Final = re.compile(
    r"^```python\n(?P<code>.*?)^```$|^<!-- show (?P<show>.+?) \| (?P<words>.+?) -->$",
    re.MULTILINE | re.DOTALL,
)


class Piece(NamedTuple):
    """A block of code, or a wish to see something.

    Attributes:
        start: Where in the page's text it begins, and `end`, where it ends.
        source: Python: statements, or the expression to show.
        words: What is shown, in words; empty for code.
        line: How many lines stand before its source.
    """

    start: int
    end: int
    source: str
    words: str
    line: int


def pieces(text: str) -> Iterator[Piece]:
    """Find what is to be run in a page, in its order."""
    for found in PIECE.finditer(text):
        group = "show" if found["show"] else "code"
        line = text[: found.start(group)].count("\n")
        yield Piece(*found.span(), found[group], found["words"] or "", line)


def run(piece: Piece, session: dict[str, Any], page: Path) -> Any:
    """Run a piece in the session of its page; give what an expression gives."""
    # Blank lines before it, so that a traceback names the page's own line.
    source = "\n" * piece.line + piece.source
    if piece.words:
        return eval(source.lstrip(), session)
    exec(compile(source, str(page), "exec"), session)
    return None


def shown(page: Path, text: str, folder: Path, session: dict[str, Any]) -> str:
    """Run a page, and put what it shows in the place of its wishes.

    Args:
        page: Where the page comes from.
        text: What is in it.
        folder: Where the pictures go: the page's own folder.
        session: The names that its code finds.
    """
    parts: list[str] = []
    at = 0
    for count, piece in enumerate(pieces(text)):
        result = run(piece, session, page)
        if not piece.words:
            continue
        parts.append(text[at : piece.start])
        parts.append(written(result, piece.words, folder / f"{page.stem}-{count}"))
        at = piece.end
    return "".join(parts) + text[at:]


def written(result: Any, words: str, place: Path) -> str:
    """Write a result beside its page, and give the Markdown that shows it.

    A text stands as it is; a plot becomes a PNG, a picture an SVG; a page with its own
    controls is live in a frame.
    """
    if isinstance(result, str):
        return f"```text\n{result.rstrip()}\n```"
    if isinstance(result, Stepper | Explorer | Animation):
        path = place.with_suffix(".frame")
        path.write_text(framed(result, words), encoding="utf-8")
        return f"```{{raw}} html\n:file: {path.name}\n```"
    if isinstance(result, Picture | Comparison | Sparsity):
        path = result.save(place.with_suffix(".svg"))
    else:
        path = place.with_suffix(".png")
        result.figure.savefig(path, dpi=130, bbox_inches="tight")
    return f"![{words}]({path.name})"


def framed(view: Stepper | Explorer | Animation, words: str) -> str:
    """A page inside of the page: a frame that may run its scripts and nothing more."""
    height = getattr(view, "height", 640)
    return (
        f'<iframe srcdoc="{escape(view.html)}" sandbox="allow-scripts" loading="lazy" '
        f'title="{escape(words)}" style="width:100%;height:{height:.0f}px"></iframe>\n'
    )

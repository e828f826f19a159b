"""What notebooks show and save() writes: pictures that are one SVG, and pages."""

from __future__ import annotations

import base64
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from html import escape
from pathlib import Path

from visualize.assets import asset, filled
from visualize.cards.labels import clean
from visualize.files import write_whole
from visualize.images import converted
from visualize.svg.css import Theme
from visualize.text import in_words


class Shown(ABC):
    """What a notebook shows."""

    @abstractmethod
    def bundle(self) -> dict[str, str]:
        """All its forms, by their MIME types."""

    def _repr_mimebundle_(
        self,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
    ) -> dict[str, str]:
        """What a notebook asks for of what there is."""
        return {
            kind: content
            for kind, content in self.bundle().items()
            if (not include or kind in include) and kind not in (exclude or ())
        }


class Display(Shown):
    """One SVG document with its text: a notebook shows it, `save` writes it.

    Attributes:
        theme: "auto" follows the reader's light or dark theme.
    """

    theme: Theme

    @property
    @abstractmethod
    def svg(self) -> str:
        """The picture as an SVG document."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The picture as text."""

    @property
    @abstractmethod
    def summary(self) -> str:
        """One line for those who can't see the picture."""

    @property
    @abstractmethod
    def wide(self) -> float:
        """How wide the picture is, in pixels."""

    @property
    def html(self) -> str:
        """The picture as a page that needs nothing but itself."""
        parts = {
            "scheme": "light dark" if self.theme == "auto" else self.theme,
            "title": escape(clean(self.summary)),
            "words": self._words,
            "svg": self.svg,
        }
        return filled(asset("picture.html"), parts)

    @property
    def _words(self) -> str:
        return escape(in_words(self.summary, self.text))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the picture to a file; the suffix says in which form.

        Args:
            path: Ends in .svg, .png, .pdf, .html or .txt; for a Picture also in .dot,
                .gv or .json.

        Returns:
            The path that was written.

        Raises:
            ValueError: If the suffix is none of these.
            ImportError: If what makes PNG and PDF is not installed.
            OSError: If the file can't be written. What was there before is kept.
        """
        target = Path(path)
        writers = self._writers()
        writer = writers.get(target.suffix.lower())
        if writer is None:
            known = " ".join(writers)
            raise ValueError(
                f"can't save as {target.suffix or target.name!r}; known: {known}"
            )
        content = writer()
        write_whole(target, content.encode() if isinstance(content, str) else content)
        return target

    def _writers(self) -> dict[str, Callable[[], str | bytes]]:
        return {
            ".svg": lambda: self.svg,
            ".png": lambda: converted(self.svg, "png"),
            ".pdf": lambda: converted(self.svg, "pdf"),
            ".html": lambda: self.html,
            ".txt": lambda: f"{self.text}\n",
        }

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {clean(self.summary)}>"

    def bundle(self) -> dict[str, str]:
        """The page form is an image with its data inside.

        That is the only one that a notebook shows which the reader did not trust.
        """
        data = base64.b64encode(self.svg.encode()).decode()
        # Notebooks squeeze an image to the width of their column: not beyond reading.
        least = round(0.6 * self.wide)
        image = (
            f'<img src="data:image/svg+xml;base64,{data}" alt="{self._words}" '
            f'style="min-width:{least}px">'
        )
        return {"text/html": image, "image/svg+xml": self.svg, "text/plain": self.text}


class Page(Shown):
    """An interactive page: a notebook has it in a frame, `save` writes it.

    Attributes:
        html: The page, which needs nothing but itself.
        height: How high it is in a notebook's column, in pixels.
    """

    html: str
    height: float

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the page to a file whose name ends in .html, and returns its path.

        Raises:
            ValueError: If it has another suffix.
            OSError: If the file can't be written. What was there before is kept.
        """
        target, known = Path(path), (".html", ".htm")
        if target.suffix.lower() not in known:
            given = target.suffix or target.name
            raise ValueError(
                f"an interactive page is saved as .html, not {given!r} (known: "
                f"{' '.join(known)}); visualize.draw(...).save writes pictures"
            )
        write_whole(target, self.html.encode())
        return target

    def _frame(self, title: str) -> str:
        """A frame that may run the page's scripts and nothing more."""
        return (
            f'<iframe srcdoc="{escape(self.html)}" sandbox="allow-scripts" '
            f'title="{escape(clean(title))}" '
            f'style="width:100%;height:{self.height:.0f}px;border:0"></iframe>'
        )

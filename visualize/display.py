"""Display: what notebooks show and save() writes, for all that is drawn as one SVG."""

from __future__ import annotations

import base64
import importlib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from html import escape
from importlib.util import find_spec
from pathlib import Path

from visualize.cards.labels import clean
from visualize.files import write_whole
from visualize.text import in_words

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="{scheme}">
<title>{title}</title>
<style>
body {{ margin: 0; padding: 16px; font: 14px sans-serif; }}
figure {{ margin: 0; overflow-x: auto; }}
svg {{ display: block; width: auto; height: auto; }}
svg {{ max-width: 100%; max-height: calc(100vh - 64px); }}
:checked ~ figure svg {{ max-width: none; max-height: none; }}
</style>
</head>
<body>
<input type="checkbox" id="full"> <label for="full">Full size</label>
<figure aria-label="{words}">
{svg}</figure>
</body>
</html>
"""


class Display(ABC):
    """One SVG document with its text: a notebook shows it, `save` writes it."""

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
    def scheme(self) -> str:
        """The colour schemes that the picture knows, as CSS names them."""

    @property
    @abstractmethod
    def wide(self) -> float:
        """How wide the picture is, in pixels."""

    @property
    def html(self) -> str:
        """The picture as a page that needs nothing but itself."""
        title = escape(clean(self.summary))
        words = escape(in_words(self.summary, self.text))
        return _PAGE.format(scheme=self.scheme, title=title, words=words, svg=self.svg)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the picture to a file; the suffix says in which form.

        Args:
            path: Ends in .svg, .png, .pdf, .html or .txt; for a Picture also in .dot,
                .gv or .json.

        Returns:
            The path that was written.

        Raises:
            ValueError: If the suffix is none of these.
            ImportError: If the package that makes PNG and PDF is not installed.
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
        write_whole(target, writer())
        return target

    def _writers(self) -> dict[str, Callable[[], bytes]]:
        return {
            ".svg": lambda: as_bytes(self.svg),
            ".png": lambda: self._converted("svg2png", scale=2),
            ".pdf": lambda: self._converted("svg2pdf", scale=1),
            ".html": lambda: as_bytes(self.html),
            ".txt": lambda: as_bytes(f"{self.text}\n"),
        }

    def _converted(self, function: str, scale: int) -> bytes:
        if find_spec("cairosvg") is None:
            raise ImportError(
                "saving as PNG or PDF needs the package cairosvg: "
                "pip install 'gradtrace[images]'"
            )
        convert = getattr(importlib.import_module("cairosvg"), function)
        return bytes(convert(bytestring=self.svg.encode(), scale=scale))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {clean(self.summary)}>"

    def _repr_mimebundle_(
        self,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
    ) -> dict[str, str]:
        """What a notebook shows.

        The page form is an image with its data inside: the only form that a notebook
        shows which the reader has not said to trust.
        """
        bundle = {
            "text/html": self._image(),
            "image/svg+xml": self.svg,
            "text/plain": self.text,
        }
        return offered(bundle, include, exclude)

    def _image(self) -> str:
        data = base64.b64encode(self.svg.encode()).decode()
        alt = escape(in_words(self.summary, self.text))
        # Notebooks squeeze an image to the width of their column: not beyond reading.
        least = round(0.6 * self.wide)
        return (
            f'<img src="data:image/svg+xml;base64,{data}" alt="{alt}" '
            f'style="min-width:{least}px">'
        )


def offered(
    bundle: Mapping[str, str],
    include: Collection[str] | None,
    exclude: Collection[str] | None,
) -> dict[str, str]:
    """What a notebook asks for of what there is."""
    return {
        kind: content
        for kind, content in bundle.items()
        if (not include or kind in include) and kind not in (exclude or ())
    }


def framed(page: str, title: str, height: float) -> str:
    """A page inside of a notebook: a frame that may run its scripts and nothing more.

    Args:
        page: The whole page.
        title: What it is, for those who can't see it.
        height: How high the frame is, in pixels.
    """
    return (
        f'<iframe srcdoc="{escape(page)}" sandbox="allow-scripts" '
        f'title="{escape(clean(title))}" '
        f'style="width:100%;height:{height:.0f}px;border:0"></iframe>'
    )


def as_bytes(text: str) -> bytes:
    """What is written to a file."""
    return text.encode()

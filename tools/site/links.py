"""Checks the site as it was built: every link leads somewhere, none of it far away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

LOADED: Final = {"link": "href", "script": "src", "img": "src", "iframe": "src"}
"""What a browser fetches by itself, without a click."""


class Link(NamedTuple):
    """One address in a page; `loaded` if a browser asks for it by itself."""

    address: str
    loaded: bool


class Reader(HTMLParser):
    """Finds what a page leads to, and where one can lead to it."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[Link] = []
        self.anchors: set[str] = set()
        self.silent: list[str] = []  # pictures without words

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element as it begins."""
        given = {name: value or "" for name, value in attrs}
        self.anchors.add(given.get("id", ""))
        key = LOADED.get(tag, "href")
        if key in given and given.get("rel") != "canonical":
            self.links.append(Link(given[key], tag in LOADED))
        if tag == "img" and "alt" not in given:
            self.silent.append(given.get("src", "")[:60])
        if tag == "iframe" and not given.get("title"):
            self.silent.append("a frame")


def read(page: Path) -> Reader:
    """Find the links and anchors of one page."""
    reader = Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader


def faults(site: Path) -> Iterator[str]:
    """Say what is wrong: dead links, pictures without words, requests to elsewhere."""
    pages = {page: read(page) for page in sorted(site.rglob("*.html"))}
    for page, reader in pages.items():
        here = page.relative_to(site).as_posix()
        yield from (f"{here}: no words for {name}" for name in reader.silent)
        for link in reader.links:
            if fault := fault_of(link, page, pages):
                yield f"{here}: {fault}"
    for style in sorted(site.rglob("*.css")):
        text = style.read_text(encoding="utf-8")
        if "url(http" in text or "@import" in text:
            yield f"{style.relative_to(site)}: asks for something elsewhere"


def fault_of(link: Link, page: Path, pages: Mapping[Path, Reader]) -> str:
    """Say what is wrong with one link of a page; nothing if it is right."""
    parts = urlsplit(link.address)
    if parts.scheme in {"http", "https"} or parts.netloc:
        return f"asks for {link.address}" if link.loaded else ""
    if parts.scheme:  # data:, mailto:
        return ""
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    target = target / "index.html" if target.is_dir() else target
    if not target.exists():
        return f"{link.address} leads nowhere"
    known = target not in pages or unquote(parts.fragment) in pages[target].anchors
    return f"{link.address} has no such place" if parts.fragment and not known else ""

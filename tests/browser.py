"""A real browser for the tests of the interactive pages.

Chromium or Chrome is looked for on the PATH; `tools/browser.sh` installs one, and CI
runs that first, so that these tests never pass by not being run.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser without a window.

    Within one module only: as long as it runs, its thread has an event loop, which
    other tests must not find there.
    """
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no browser on PATH: apt-get install -y chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


class Visit:
    """A page that is open, and what went wrong or left it since.

    Attributes:
        page: The page.
        requests: The addresses that it asked for besides its own.
        complaints: Messages on its console, and errors.
    """

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.path = path
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def go(self, link: str = "") -> Page:
        """Opens the file anew, at a link such as "#step=3"."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.path.as_uri()}{link}")
        return self.page

    def assert_clean(self) -> None:
        """Nothing was asked for but the file itself, and nothing complained."""
        # A link's `#step=3` is no part of the request; the icon is empty data.
        own = {"about:blank", self.path.as_uri(), "data:,"}
        assert {url.partition("#")[0] for url in self.requests} <= own
        assert self.complaints == []


Open = Callable[..., Visit]
"""The fixture `visit`: a view, a link and the options of a browser's context."""

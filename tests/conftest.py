"""Fixtures of several test files: a real browser, and pages that are opened in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser import Open


def pytest_configure() -> None:
    """No test fails because the machine is busy: hypothesis measures no time.

    `make parity` runs without hypothesis.
    """
    if find_spec("hypothesis"):
        from hypothesis import HealthCheck, settings

        slow = [HealthCheck.too_slow]
        settings.register_profile("busy", deadline=None, suppress_health_check=slow)
        settings.load_profile("busy")


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    """What a test has drawn is closed: pyplot keeps figures, and warns of many."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser of one module's tests."""
    from tests.browser import browser

    with browser() as started:
        yield started


@pytest.fixture
def visit(chromium: Browser, tmp_path: Path) -> Iterator[Open]:
    """Saves a page and opens it; it must ask for nothing and keep silent."""
    from tests.browser import Visit

    visits: list[Visit] = []

    def start(view: Any, link: str = "", **options: Any) -> Visit:
        path = view.save(tmp_path / f"page{len(visits)}.html")
        context = chromium.new_context(**options)
        visits.append(Visit(context.new_page(), path))
        visits[-1].go(link)
        return visits[-1]

    yield start
    for visited in visits:
        visited.page.context.close()
        visited.assert_clean()

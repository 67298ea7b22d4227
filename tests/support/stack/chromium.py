"""The Chromium of this machine: for pictures, and for pages that are clicked through with Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def installed_browser() -> str:
    """Return the path of a Chromium; without one skip the test, or fail it where nobody could install one (CI=true)."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is not None:
        return found
    missing = "no Chromium on this machine; on Debian and Ubuntu: apt-get install chromium"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


@contextmanager
def open_browser() -> Iterator["Browser"]:
    """Start a browser without a window, for one block."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (pictures need it not, and it takes its time)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed_browser(), args=list(SWITCHES))
        try:
            yield browser
        finally:
            browser.close()

"""A browser, a server, and somebody who came in by the link of the first run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    StorageState,
    expect,
    sync_playwright,
)

from segmentry.api.screens import DIST
from tests.functional.sample_store import Demo
from tests.functional.serving import Running, serving

CHROMIUM = os.environ.get("SEGMENTRY_CHROMIUM") or shutil.which("chromium")
_QUIETLY = (
    "--no-sandbox --disable-background-networking --disable-component-update --disable-sync "
    "--no-first-run --disable-dev-shm-usage"
).split()
EMAIL, PASSWORD = "priya@shop.example", "lantern-otter-42"
WIDE, PHONE = (1440, 900), (390, 844)

LONGEST = 60_000
"""So many milliseconds something may take to show; nothing waits longer than it has to."""

expect.set_options(timeout=LONGEST)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, where it is installed."""
    if CHROMIUM is None:
        pytest.skip("no chromium is installed (apt-get install chromium, or SEGMENTRY_CHROMIUM)")
    if not (DIST / "index.html").exists():
        pytest.skip("the web app is not built (make web)")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=_QUIETLY)


@dataclass(slots=True)
class Shop:
    """A server of the sample store, and contexts of its browser that are signed in."""

    running: Running
    browser: Browser
    signed_in: StorageState | None = None

    @contextmanager
    def page(
        self,
        path: str,
        *,
        anew: bool = False,
    ) -> Iterator[Page]:
        """A page of somebody who is signed in, unless `anew`, far from the store's zone. A
        script that fails or is refused fails the test."""
        context = self.browser.new_context(
            viewport={"width": WIDE[0], "height": WIDE[1]},
            reduced_motion="reduce",
            storage_state=None if anew else self.signed_in,
            timezone_id="Pacific/Auckland",
        )
        context.set_default_timeout(LONGEST)
        wrong = self._watch(context)
        try:
            page = context.new_page()
            page.goto(path if path.startswith("http") else self.running.address + path)
            yield page
        finally:
            context.close()
        assert wrong == []

    def _watch(self, context: BrowserContext) -> list[str]:
        wrong: list[str] = []

        def told(message: ConsoleMessage) -> None:
            # Statuses of answers are told as well: each test looks at what is shown for them.
            if message.type in ("error", "warning") and "Failed to load" not in message.text:
                wrong.append(message.text)

        context.on("console", told)
        context.on("weberror", lambda error: wrong.append(str(error.error)))
        return wrong


@pytest.fixture(scope="module")
def shop(browser: Browser, demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The sample store served, before anybody can sign in."""
    folder: Path = tmp_path_factory.mktemp("served") / "store"
    shutil.copytree(demo.folder, folder)
    with serving(folder) as running:
        yield Shop(running, browser)


@pytest.fixture(scope="module")
def first_run(shop: Shop) -> Shop:
    """Somebody opens the link that the server printed, and makes the first account."""
    assert shop.running.setup_link is not None
    with shop.page(shop.running.setup_link, anew=True) as page:
        page.get_by_label("Your name").fill("Priya Nair")
        page.get_by_label("E-mail address").fill(EMAIL)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        assert "token" not in page.url, "the token would stay in the history"
        page.get_by_role("button", name="Make the account").click()
        page.get_by_role("heading", name="Home", exact=True).wait_for()
        shop.signed_in = page.context.storage_state()
    return shop

"""A headless Chromium for tests of pages: the fixture `browser`, started where a test module first asks for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.machine import CHROMIUM, lacking

_SECONDS = 10
# Without these, a browser that only ever sees this machine keeps asking for others.
_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser of a test module.

    While it lives, an event loop runs in this thread, which Prefect's functions would take for theirs. So it ends with the
    module, which does not call them.
    """
    if not CHROMIUM.exists():
        pytest.fail(lacking())
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield running
        running.close()


@contextmanager
def opened(browser: Browser, path: Path, **options) -> Iterator[Page]:
    """A page of a file, from which nothing may reach the network and in which no script may fail.

    `page.told` lists what it wrote to the console, the breaches of its own security policy among them.
    """
    context = browser.new_context(**options)
    context.set_default_timeout(_SECONDS * 1000)
    page = context.new_page()
    told: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda fault: told.append(str(fault)))
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (told.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    try:
        page.goto(path.as_uri())
        yield page
        assert told == []
        assert [url for url in asked if not url.startswith("file:")] == []
    finally:
        context.close()

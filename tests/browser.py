"""A headless Chromium for tests of pages: the fixture `browser`, started where a test module first asks for it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
_SECONDS = 10
# Without these, a browser that only ever sees this machine keeps asking for others.
_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser; where Chromium is missing it is installed if we may, else the tests fail with what to do.

    While it lives, an event loop runs in this thread, which Prefect's functions would take for theirs. So it ends with the
    module, which does not call them.
    """
    _have_chromium()
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


def _have_chromium() -> None:
    if Path(CHROMIUM).exists():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        # Two test processes may come here at once; the second waits for the first.
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-noto-cjk"]):
            subprocess.run(["apt-get", "-o", "DPkg::Lock::Timeout=600", *command], check=True, stdout=subprocess.DEVNULL)
    if not Path(CHROMIUM).exists():
        pytest.fail(
            f"the browser tests need {CHROMIUM}; on Debian: apt-get install --no-install-recommends chromium", pytrace=False
        )

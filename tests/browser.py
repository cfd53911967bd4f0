"""A real headless Chromium for tests of the HTML report, started once; what a page may not do is checked as it is closed."""

import atexit
import os
import shutil
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
READY = ".view[data-ready]"
"""There once the board is drawn."""
HANG = 120
"""s after which a page is held to hang, however much else the machine does."""


@pytest.fixture(scope="session")
def chromium():
    """The browser; `DFMCHECK_CHROMIUM` names its binary, else the one on the path is taken."""
    pytest.importorskip("playwright.sync_api")
    binary = os.environ.get("DFMCHECK_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not binary:
        pytest.skip("no Chromium here; DFMCHECK_CHROMIUM names one")
    return _started(binary)


@cache
def _started(binary):
    """A fixture that several files import is made for each of them, but a process can drive one browser only."""
    from playwright.sync_api import sync_playwright

    driver = sync_playwright().start()
    browser = driver.chromium.launch(executable_path=binary, args=ARGUMENTS)

    def close():
        browser.close()
        driver.stop()

    atexit.register(close)
    return browser


@contextmanager
def opened(chromium, path, *, width=1440, height=900, fragment="", **options):
    """A page of its own that shows a file. When it is left: no error was told, and no request has left the file."""
    context = chromium.new_context(viewport={"width": width, "height": height}, **{"reduced_motion": "reduce", **options})
    context.set_default_timeout(HANG * 1000)
    page = context.new_page()
    faults, asked = [], []

    def note(message):
        # The page does not read the canvas that is seen; tests do.
        if message.type in ("error", "warning") and not message.text.startswith("Canvas2D: Multiple readback"):
            faults.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    url = Path(path).resolve().as_uri()
    try:
        page.goto(url + fragment)
        yield page
        assert not faults, faults
        outside = [one for one in asked if one.partition("#")[0] != url and not one.startswith(("blob:", "about:"))]
        assert not outside, outside
    finally:
        context.close()


def until(page, function, argument=None):
    """Waits until a function of the page says yes; Playwright's own way of it takes `eval`, which the page's policy forbids."""
    end = time.monotonic() + HANG
    while not page.evaluate(function, argument):
        assert time.monotonic() < end, function
        page.wait_for_timeout(40)


def settled(page):
    """Waits until the page is laid out and each board that was opened is drawn as it is wanted."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))")
    until(page, "() => !document.querySelector('.host[data-drawing]')")


def axe_source():
    """axe-core, the referee of accessibility: `DFMCHECK_AXE` names its script, else one beside the repository is taken."""
    beside = Path(__file__).parent.parent / "node_modules/axe-core/axe.min.js"
    path = Path(os.environ.get("DFMCHECK_AXE") or beside)
    if not path.is_file():
        pytest.skip("no axe-core here; DFMCHECK_AXE names its axe.min.js")
    return path.read_text("utf-8")

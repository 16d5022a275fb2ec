"""A real browser in front of a real playground. Every page must stay silent and at home."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    expect,
    sync_playwright,
)

from tests.browser.stack import Stack

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
DESKTOP = {"viewport": {"width": 1366, "height": 768}}

Open = Callable[..., Page]
expect.set_options(timeout=10_000)  # machines that test are busy


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """One playground for all tests of this folder."""
    playground = Stack()
    try:
        playground.start()
        yield playground
    finally:
        playground.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium, else the one that Playwright brings.

    Gone with its module: the event loop that Playwright keeps running is in the way of other tests.
    """
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        yield playwright.chromium.launch(executable_path=program, args=ARGUMENTS)


@pytest.fixture
def open_lab(stack: Stack, browser: Browser) -> Iterator[Open]:
    """Opens the Lab in a fresh profile; afterwards no page may have complained or called elsewhere."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def open_page(
        query: str = "", *, base: str = "", context: BrowserContext | None = None, **options: Any
    ) -> Page:
        if context is None:
            context = browser.new_context(**(options or DESKTOP))
            contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        watch(page, complaints)
        page.goto(f"{base or stack.url}/lab/{query}")
        page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "\n".join([*complaints, stack.log()[-4000:]])


def watch(page: Page, complaints: list[str]) -> None:
    """Notes every error on the console, every failed answer and every request that leaves the machine."""

    def hear(told: ConsoleMessage) -> None:
        if is_complaint(told):
            complaints.append(f"{told.type}: {told.text}")

    def see(answer: Response) -> None:
        if answer.status >= 500:
            complaints.append(f"{answer.status} {answer.url}")

    page.on("console", hear)
    page.on("response", see)
    page.on("pageerror", lambda error: complaints.append(f"exception: {error}"))
    page.on("request", lambda request: note_foreign(request.url, page, complaints))


def is_complaint(told: ConsoleMessage) -> bool:
    """Errors and warnings, but for the browser's remark on a refusal (422), which the page tells itself."""
    return told.type in {"error", "warning"} and "status of 422" not in told.text


def note_foreign(url: str, page: Page, complaints: list[str]) -> None:
    """Data and blobs are no requests; everything else must go where the page came from."""
    place = urlsplit(url)
    if place.scheme in {"data", "blob"}:
        return
    home = urlsplit(page.url).hostname
    if home and place.hostname != home:
        complaints.append(f"foreign request: {url}")

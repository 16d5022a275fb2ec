"""A learning rate is looked for in the panel, seen, and taken."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Open
from tests.browser.hands import set_field, strokes_label


def open_training(page: Page) -> None:
    """The panel with digits that are made from code."""
    page.get_by_role("tab", name="Training").click()
    choice = page.locator("[data-field=dataset] select")
    choice.select_option(label=strokes_label(choice))
    set_field(page, "size", "640")


def test_a_rate_is_found_seen_taken_and_put_back_by_keyboard(open_lab: Open) -> None:
    page = open_lab()
    open_training(page)
    rate = page.get_by_label("Learning rate").and_(page.locator("input:not([type=range])"))
    expect(rate).to_have_value("0.001")
    page.get_by_role("button", name="Find a good rate").press("Enter")
    finder = page.locator(".finder")
    expect(finder.get_by_role("status")).to_contain_text("steeply", timeout=60_000)
    expect(finder.get_by_role("button", name="Find again")).to_be_focused()
    expect(finder.locator("path.smooth")).to_have_attribute("d", re.compile(r"^M[\d. ]+L"))

    use = finder.get_by_role("button", name=re.compile("^Use "))
    found = use.inner_text().removeprefix("Use ")
    expect(finder.locator(".found-rate")).to_have_text(found)
    use.press("Enter")
    expect(rate).to_have_value(found)
    expect(finder.get_by_role("button", name=f"{found} is set")).to_be_focused()
    page.get_by_role("button", name="Undo", exact=True).filter(has_text="Undo").click()
    expect(rate).to_have_value("0.001")
    expect(use).to_be_visible()

    set_field(page, "batch_size", "32")
    expect(finder.get_by_role("status")).to_contain_text("changed")
    expect(use).to_be_hidden()


def test_a_search_is_stopped_on_a_phone_and_a_refusal_is_told_in_place(open_lab: Open) -> None:
    page = open_lab("?template=resnet-mini", **PHONE)
    page.locator("[data-act=tab][data-tab=settings]").tap()
    open_training(page)
    finder = page.locator(".finder")
    set_field(page, "batch_size", "512")
    finder.get_by_role("button", name="Find a good rate").tap()
    expect(finder.get_by_role("status")).to_contain_text(re.compile("^Tried"), timeout=60_000)
    finder.get_by_role("button", name="Stop the search").tap()
    expect(finder.get_by_role("status")).to_contain_text("Stopped after")
    set_field(page, "validation", "640")
    finder.get_by_role("button", name="Find again").tap()
    expect(finder.get_by_role("status")).to_contain_text("none is left to learn from")

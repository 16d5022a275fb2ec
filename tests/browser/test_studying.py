"""Better settings are searched for from the Lab, watched, and put into it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Open
from tests.browser.hands import set_field, strokes_label


def begin_study(page: Page, trials: str) -> None:
    """A study over the learning rate alone, of small trainings, from the panel to its own page."""
    page.get_by_role("tab", name="Training").click()
    choice = page.locator("[data-field=dataset] select")
    choice.select_option(label=strokes_label(choice))
    set_field(page, "size", "640")
    set_field(page, "epochs", "3")
    page.get_by_role("button", name="Search for better settings").click()
    panel = page.get_by_role("dialog", name="Search for better settings")
    expect(panel.locator(".space-row")).to_have_count(3)
    for name in ("Batch size", "Epochs"):
        panel.get_by_role("button", name=f"Leave {name} as it is").click()
    panel.get_by_label("Learning rate, smallest").fill("7")
    panel.get_by_label("Learning rate, smallest").press("Tab")
    expect(panel.get_by_role("alert")).to_contain_text("must rise")
    expect(panel.get_by_role("button", name="Begin")).to_be_disabled()
    panel.get_by_label("Learning rate, smallest").fill("0.0005")
    panel.get_by_label("Learning rate, smallest").press("Tab")
    set_field(page, "runs", trials)
    set_field(page, "finalists", "1")
    expect(panel.get_by_role("status")).to_contain_text("trainings")
    panel.get_by_role("button", name="Begin").click()
    page.wait_for_url(re.compile("/studies/"))


@pytest.mark.long
@pytest.mark.timeout(300)  # eight trainings on a machine that is busy
def test_a_study_is_begun_watched_and_its_best_put_into_the_lab(open_lab: Open) -> None:
    page = open_lab()
    begin_study(page, "5")
    expect(page.locator("[data-view=status]")).to_contain_text("Finished", timeout=100_000)
    expect(page.locator("[data-view=status]")).to_contain_text("5 of 5 tried")
    expect(page.locator("[data-view=sureness]")).to_contain_text("3 other seeds")
    expect(page.locator("[data-view=parallel] .js-line")).not_to_have_count(0)
    expect(page.locator("[data-view=scatter] .point")).to_have_count(5)
    expect(page.locator(".ladder-rows li")).to_have_count(5)
    expect(page.locator("[data-view=trials] tbody tr")).to_have_count(5)
    page.locator(".ladder-rows button").nth(2).click()
    expect(page.locator("[data-view=trials] tbody tr[aria-selected=true] th")).to_contain_text("3")
    page.locator(".ladder-rows button").nth(0).click()
    expect(page.locator("[data-view=compared] .differs th").first).to_contain_text("Learning rate")
    expect(page.locator("[data-view=histories] .js-line")).not_to_have_count(0)
    rate = page.locator("[data-view=best] dd").first.inner_text()

    stranger = open_lab()
    page.get_by_role("button", name="Share").click()
    address = page.get_by_role("dialog", name="Share").get_by_role("textbox").input_value()
    stranger.goto(address)
    expect(stranger.locator("[data-view=trials] tbody tr")).to_have_count(5)
    expect(stranger.get_by_role("button", name="Stop")).to_be_hidden()
    expect(stranger.get_by_role("button", name="Share")).to_be_hidden()

    page.keyboard.press("Escape")
    page.get_by_role("link", name="Use this one").click()
    page.get_by_role("tab", name="Training").click()
    field = page.get_by_label("Learning rate").and_(page.locator("input:not([type=range])"))
    expect(field).to_have_value(re.compile(rf"^{re.escape(rate)}"))


@pytest.mark.long
def test_a_study_is_stopped_on_a_phone(open_lab: Open) -> None:
    page = open_lab("?template=resnet-mini", **PHONE)
    page.locator("[data-act=tab][data-tab=settings]").tap()
    begin_study(page, "50")
    expect(page.locator(".ladder-rows li").first).to_be_visible()
    page.get_by_role("button", name="Stop").tap()
    expect(page.locator("[data-view=status]")).to_contain_text("Stopped", timeout=60_000)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["viewport"]["width"], "the page must not scroll sideways"

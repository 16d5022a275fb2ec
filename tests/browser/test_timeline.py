"""Looking back: the whole page goes to an earlier step of a run, by mouse, by keyboard and by a link."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Open
from tests.browser.hands import ONE, draw, train_shortly


def test_the_page_goes_back_to_any_kept_step_and_to_now(open_lab: Open) -> None:
    page = open_lab("?template=softmax-regression")
    timeline, slider = page.get_by_label("Timeline"), page.get_by_label("Step to look at")
    expect(timeline).to_be_hidden()
    train_shortly(page)
    draw(page, ONE)
    expect(timeline).to_contain_text("18 / 18")  # two epochs of nine batches
    expect(timeline.locator(".tick")).to_have_count(6)  # 0, 1, 2, 5, 9 and 10; 18 is now
    said = page.locator(".said")
    now = said.text_content() or ""

    slider.press("ArrowLeft")
    expect(timeline).to_contain_text("10 / 18 past")
    expect(page.locator("[data-view=notice]")).to_contain_text("You look at step 10 of 18.")
    slider.press("Home")
    expect(timeline).to_contain_text("0 / 18 past")
    expect(page.get_by_role("radio", name="Step 0")).to_be_checked()
    assert re.search(r"step=0$", page.url)
    expect(said).not_to_have_text(now)
    page.keyboard.press("]")
    expect(timeline).to_contain_text("1 / 18 past")
    box = slider.bounding_box()
    assert box
    page.mouse.click(box["x"] + 8 + (box["width"] - 16) * 5.3 / 18, box["y"] + box["height"] / 2)
    expect(timeline).to_contain_text("5 / 18 past")
    expect(page.get_by_role("radio", name="Step 5")).to_be_checked()
    page.get_by_role("button", name="Back to now").click()
    expect(timeline).to_contain_text("18 / 18")
    expect(page.get_by_role("radio", name="Step 18")).to_be_checked()
    expect(said).to_have_text(now)
    assert "step" not in page.url


@pytest.mark.long
def test_a_run_is_played_and_its_steps_are_links(open_lab: Open) -> None:
    page = open_lab("?template=softmax-regression")
    train_shortly(page)
    page.evaluate(
        """() => {
          const told = document.querySelector(".timeline-step");
          const note = () => window.seen.push(told.textContent);
          window.seen = [];
          new MutationObserver(note).observe(told, { childList: true, characterData: true, subtree: true });
        }"""
    )
    timeline, play = page.get_by_label("Timeline"), page.get_by_role("button", name="Play the run")
    play.click()
    expect(page.get_by_role("button", name="Stop playing")).to_be_visible()
    expect(play).to_be_visible()
    assert page.evaluate("window.seen") == [*(f"{step} / 18 past" for step in (0, 1, 2, 5, 9, 10)), "18 / 18"]
    page.get_by_label("Step to look at").press("ArrowLeft")
    expect(timeline).to_contain_text("10 / 18 past")

    link = page.url
    page.goto(link)
    expect(page.get_by_label("Timeline")).to_contain_text("10 / 18 past")
    page.goto(link.replace("step=10", "step=7"))
    expect(page.locator("[data-view=notice]")).to_contain_text("Weights of step 7 are not kept")
    page.get_by_label("Timeline").get_by_role("button", name="Now").click()
    expect(page.get_by_label("Timeline")).to_contain_text("18 / 18")


@pytest.mark.long
def test_on_a_phone_the_timeline_is_under_the_curves(open_lab: Open) -> None:
    page = open_lab("?template=softmax-regression", **PHONE)
    page.locator("[data-act=tab][data-tab=settings]").tap()
    train_shortly(page)
    page.locator("[data-act=tab][data-tab=train]").tap()
    slider = page.get_by_label("Step to look at")
    box = slider.bounding_box()
    assert box and box["height"] >= 40 and box["width"] > 150
    page.touchscreen.tap(box["x"] + 10, box["y"] + box["height"] / 2)
    expect(page.get_by_label("Timeline")).to_contain_text("0 / 18 past")

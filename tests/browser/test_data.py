"""What a training receives: cards that change pictures, nine ways of my own digit, the very batches."""

import json

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, Open
from tests.browser.hands import ONE, draw, set_field, strokes_label

WAYS = "() => [...document.querySelectorAll('.aug-ways canvas')].map((canvas) => canvas.toDataURL())"


def settings(page: Page) -> None:
    page.get_by_role("tab", name="Training").click()
    choice = page.locator("[data-field=dataset] select")
    choice.select_option(label=strokes_label(choice))
    set_field(page, "size", "640")


def add(page: Page, kind: str) -> Locator:
    page.get_by_label("Add an augmentation").select_option(kind)
    return page.locator(f".aug-card[data-kind={kind}]")


def kinds(page: Page) -> list[str]:
    return [str(card.get_attribute("data-kind")) for card in page.locator(".aug-card").all()]


def ways(page: Page) -> list[str]:
    found: list[str] = page.evaluate(WAYS)
    return found


def changes(page: Page, before: list[str]) -> list[str]:
    page.wait_for_function(
        f"(before) => JSON.stringify(({WAYS})()) !== before", arg=json.dumps(before, separators=(",", ":"))
    )
    return ways(page)


def test_cards_show_what_becomes_of_my_own_digit(open_lab: Open) -> None:
    page = open_lab("?template=softmax-regression")
    settings(page)
    expect(page.locator(".split figcaption")).to_contain_text("576 learn")
    expect(page.locator(".aug-tried")).to_be_hidden()
    turned = add(page, "rotate")
    expect(page.locator(".aug-tried")).to_be_visible()
    first = ways(page)
    turned.locator("[data-field=degrees] input[type=range]").fill("90")
    expect(turned.locator("[data-field=degrees] .entry")).to_have_value("90")
    more = changes(page, first)
    page.locator("[data-act=clear]").click()
    draw(page, ONE)
    assert changes(page, more) != first
    page.get_by_role("button", name="Back to the defaults").click()
    expect(page.locator(".aug-card")).to_have_count(0)


@pytest.mark.long
def test_cards_are_ordered_taken_away_and_go_into_the_job(open_lab: Open) -> None:
    page = open_lab("?template=softmax-regression")
    settings(page)
    add(page, "rotate").locator("[data-field=degrees] input[type=range]").fill("90")
    add(page, "noise")
    page.get_by_role("button", name="Earlier: Noise").click()
    assert kinds(page) == ["noise", "rotate"]
    set_field(page, "epochs", "1")
    with page.expect_request("**/api/runs") as sent:
        page.locator("[data-act=main]").click()
    given = sent.value.post_data_json["augmentation"]
    assert [one["kind"] for one in given] == ["noise", "rotate"] and given[1]["degrees"] == 90
    expect(page.locator("[data-view=status]")).to_contain_text("Finished", timeout=60_000)
    page.get_by_role("button", name="Take away: Noise").click()
    assert kinds(page) == ["rotate"]


def test_the_very_batches_are_shown_with_what_is_taken_to_be_right(open_lab: Open) -> None:
    page = open_lab("?template=softmax-regression")
    settings(page)
    page.get_by_text("The batches that it will receive").click()
    pictures = page.locator(".batch-grid figure")
    expect(pictures).to_have_count(64)
    labels = page.locator(".batch-grid figcaption").all_inner_texts()
    assert set(labels) <= set("0123456789")
    page.get_by_role("button", name="More Batch", exact=True).click()
    expect(page.locator(".batch-grid figcaption")).not_to_have_text(labels)
    page.locator(".batch-which [data-field=batch] input").fill("99")
    expect(page.locator(".batches > .field-problem")).to_contain_text("9 batches")


@pytest.mark.long
def test_on_a_phone_too(open_lab: Open) -> None:
    page = open_lab("?template=softmax-regression", **PHONE)
    page.locator("nav.tabs [data-tab=settings]").click()
    settings(page)
    turned = add(page, "shift")
    expect(page.locator(".aug-tried")).to_be_visible()
    box = turned.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390

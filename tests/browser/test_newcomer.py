"""The first ten minutes of somebody who has never been here, on a desktop and on a phone."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Open
from tests.browser.hands import ONE, ZERO, answer, card, draw, draw_with_finger, set_field, train_shortly


def test_a_newcomer_draws_builds_errs_trains_and_draws_again(open_lab: Open) -> None:
    page = open_lab()
    expect(answer(page)).to_have_text("7")

    draw(page, ONE)
    expect(answer(page)).to_have_text("1")

    insert_a_layer(page)
    make_and_mend_a_mistake(page)
    train_shortly(page)
    expect(page).to_have_url(re.compile(r"\?run="))
    see_the_curves(page)

    page.get_by_role("button", name="Clear").click()
    draw(page, ZERO)
    expect(page.locator(".said span")).to_have_text(re.compile(r"\d.*%"))
    expect(page.locator("[data-act=look-trained]")).to_have_text(re.compile("Step"))

    page.get_by_role("button", name="Open the test set").click()
    expect(page.locator("[data-view=outcome]")).to_contain_text(re.compile(r"Test.*of "), timeout=30_000)


def insert_a_layer(page: Page) -> None:
    page.get_by_label("Add a layer after pool1").click()
    page.keyboard.type("leaky")
    page.keyboard.press("Enter")
    inserted = page.locator(".layer", has_text="Leaky ReLU")
    expect(inserted).to_have_class(re.compile("is-selected"))
    expect(inserted.locator(".map canvas").first).to_be_visible()


def make_and_mend_a_mistake(page: Page) -> None:
    flatten = page.locator(".layer", has_text="Flatten")
    flatten.locator(".card-title").click()
    page.keyboard.press("Delete")
    problem = page.get_by_role("alert").filter(has=page.get_by_role("button"))
    expect(problem).to_contain_text("16 × 7 × 7")
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_disabled()
    problem.get_by_role("button").click()
    expect(problem).to_have_count(0)
    expect(flatten).to_be_visible()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()


def see_the_curves(page: Page) -> None:
    for name in ("loss", "accuracy"):
        expect(page.locator(f"[data-view={name}] .scatterlayer path.js-line").first).to_be_attached()
    expect(page.locator("[data-view=outcome]")).to_contain_text("Validation")


def test_reloading_and_a_second_window_show_the_same_run(open_lab: Open) -> None:
    page = open_lab("?template=softmax-regression")
    train_shortly(page, epochs=1)
    status = page.locator("[data-view=status]")
    finished = status.inner_text()
    page.reload()
    expect(status).to_have_text(finished, use_inner_text=True)
    see_the_curves(page)
    second = open_lab(page.url.split("/lab/")[1], context=page.context)
    expect(second.locator("[data-view=status]")).to_have_text(finished, use_inner_text=True)
    expect(second.locator("[data-act=look-trained]")).to_have_text(re.compile("Step"))


def test_a_newcomer_on_a_phone(open_lab: Open) -> None:
    page = open_lab(**PHONE)
    expect(answer(page)).to_have_text("7")
    draw_with_finger(page, ONE)
    expect(answer(page)).to_have_text("1")
    assert page.evaluate("() => [scrollX, scrollY]") == [0, 0]

    tab(page, "Net")
    page.get_by_label("Add a layer after pool2").tap()
    page.locator("[data-view=add] [data-kind=tanh]").tap()
    expect(page.locator(".layer", has_text="Tanh")).to_be_visible()

    card(page, "conv1").locator(".card-title").tap()
    tab(page, "Settings")
    set_field(page, "kernel_size", "40")
    tab(page, "Net")
    mend = page.locator(".mend button")
    mend.tap()
    expect(page.locator(".mend")).to_have_count(0)

    tab(page, "Settings")
    train_shortly(page, epochs=1)
    tab(page, "Train")
    see_the_curves(page)
    tab(page, "Draw")
    page.get_by_role("button", name="Clear").tap()
    draw_with_finger(page, ZERO)
    expect(page.locator(".said span")).to_have_text(re.compile(r"\d.*%"))


def tab(page: Page, name: str) -> None:
    page.get_by_label("Views").get_by_role("button", name=name).tap()

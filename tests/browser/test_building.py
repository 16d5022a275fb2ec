"""Building with many layers: skips, folds, the palette and cards under a finger; settings in groups."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Open
from tests.browser.hands import card, on_screen, touch


def insert(page: Page, after: str, typed: str) -> None:
    """Puts the best match into the network, by keyboard."""
    page.get_by_label(f"Add a layer after {after}", exact=True).click()
    search = page.get_by_role("searchbox")
    search.fill(typed)
    search.press("Enter")


def test_an_added_skip_is_drawn_and_mended_when_its_source_goes(open_lab: Open) -> None:
    page = open_lab("?template=small-cnn")
    insert(page, "relu2", "add")
    joined = card(page, "add1")
    expect(joined).to_have_class(re.compile("is-selected"))
    expect(joined.locator(".map canvas").first).to_be_visible()
    arc = page.locator(".arcs path:not(.point) title")
    expect(arc).to_have_text("add1 reads conv2")
    page.get_by_label("Name of the layer").fill("sum")
    page.get_by_label("Name of the layer").press("Enter")
    expect(arc).to_have_text("sum reads conv2")
    page.get_by_label("Input 2").select_option("pool1")
    expect(page.locator(".mend")).to_contain_text("16 × 14 × 14")
    page.keyboard.press("Control+z")
    expect(page.locator(".mend")).to_have_count(0)
    card(page, "conv2").locator(".card-title").click()
    page.keyboard.press("Delete")
    expect(arc).to_have_text("sum reads pool1")
    expect(card(page, "conv2")).to_have_count(0)


def test_a_layer_put_on_the_wire_of_a_join_is_read_by_it(open_lab: Open) -> None:
    page = open_lab("?template=small-cnn")
    insert(page, "relu2", "add")
    expect(card(page, "add1")).to_be_visible()
    insert(page, "relu2", "batch norm")
    expect(page.locator(".layer.is-selected")).to_contain_text("Batch normalization")
    card(page, "add1").locator(".card-title").click()
    expect(page.get_by_label("Input 1")).to_have_value(re.compile("^norm|^batch"))
    expect(page.get_by_label("Input 2")).to_have_value("conv2")
    page.keyboard.press("Control+z")
    expect(page.get_by_label("Input 1")).to_have_value("relu2")


def test_the_palette_says_what_does_not_fit_and_a_kind_is_dragged_to_another_edge(open_lab: Open) -> None:
    page = open_lab("?template=small-cnn")
    page.get_by_label("Add a layer after flatten1").click()
    palette = page.locator("[data-view=add]")
    expect(palette.locator(".is-other h3").first).to_contain_text("reads")
    palette.get_by_role("button", name="bend", exact=True).click()
    expect(palette.locator(".fits h3")).to_have_text(["bend"])
    start = palette.locator("[data-kind=tanh]").bounding_box()
    goal = card(page, "conv1").bounding_box()
    assert start and goal
    page.mouse.move(start["x"] + 20, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(goal["x"] + 30, goal["y"] + goal["height"] - 4, steps=8)
    page.mouse.up()
    expect(page.locator(".layer").nth(2)).to_have_attribute("data-name", "tanh1")
    expect(palette).to_be_hidden()


def test_a_card_is_moved_by_a_long_press_of_a_finger(open_lab: Open) -> None:
    page = open_lab("?template=small-cnn", **PHONE)
    page.get_by_label("Views").get_by_role("button", name="Net").tap()
    start, goal = (
        on_screen(card(page, "relu1").locator(".card-title")),
        on_screen(card(page, "pool1").locator(".card-title")),
    )
    with touch(page, *start) as finger:
        page.wait_for_selector(".layer.is-dragged")
        finger.move(start[0], goal[1] + 90)
        expect(page.locator(".layer.is-target")).to_have_count(1)
    expect(page.locator(".layer").nth(2)).to_have_attribute("data-name", "pool1")
    expect(page.locator(".layer.is-dragged")).to_have_count(0)


def test_settings_fold_into_groups_that_say_what_is_chosen(open_lab: Open) -> None:
    page = open_lab("?template=softmax-regression")
    page.get_by_role("tab", name="Training").click()
    group = page.locator("[data-group=optimizer]")
    kinds = group.locator("[data-field=optimizer] select")
    first = kinds.locator("option:checked").inner_text()
    kinds.select_option(label="SGD")
    momentum = group.locator("[data-field=momentum] input")
    momentum.fill("0.9")
    momentum.press("Tab")
    group.locator("> summary").click()
    expect(group.locator(".group-said")).to_have_text(re.compile(r"^SGD.*momentum 0\.9"))
    page.get_by_role("button", name="Back to the defaults").click()
    expect(group.locator(".group-said")).to_contain_text(first)
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(group.locator(".group-said")).to_contain_text("momentum 0.9")


def test_a_frozen_layer_wears_its_mark(open_lab: Open) -> None:
    page = open_lab("?template=softmax-regression")
    card(page, "linear1").locator(".card-title").click()
    page.locator("[data-view=drawer] details.more summary").first.click()
    page.locator("[data-field=frozen] button").click()
    expect(card(page, "linear1").locator(".snow")).to_be_visible()
    expect(page.locator("[data-view=drawer] details.more summary").first).to_contain_text("1 changed")

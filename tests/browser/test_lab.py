"""Single things of the Lab in a real browser: themes, keyboard, pictures, states, addresses."""

import io
import re

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.hands import ONE, answer, card, draw
from tests.browser.stack import Stack


def names(page: Page) -> list[str]:
    """The layers from top to bottom."""
    return [str(row.get_attribute("data-name")) for row in page.locator(".layer").all()]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_follows_the_system_until_one_is_chosen(open_lab: Open, theme: str) -> None:
    page = open_lab(color_scheme=theme, viewport={"width": 1920, "height": 1080})
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    paper = page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor")
    page.get_by_role("button", name="Theme").click()
    page.reload()
    expect(page.locator("html")).not_to_have_attribute("data-theme", theme)
    assert page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor") != paper


def test_the_page_works_from_another_address_of_this_machine(open_lab: Open, stack: Stack) -> None:
    page = open_lab(base=f"http://{stack.address}:{stack.port}")
    draw(page, ONE)
    expect(answer(page)).to_have_text("1")
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_label("Link")).to_have_value(
        re.compile(rf"^http://{re.escape(stack.address)}.*\?network=")
    )


def test_the_network_is_built_by_keyboard_alone(open_lab: Open) -> None:
    page = open_lab("?template=small-cnn")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("a")
    page.keyboard.type("tanh")
    page.keyboard.press("Enter")
    expect(page.locator(".layer")).to_have_count(10)
    assert names(page)[3].startswith("tanh")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".layer").nth(2)).to_contain_text("Tanh")
    page.keyboard.press("Control+d")
    expect(page.locator(".layer")).to_have_count(11)
    page.keyboard.press("Delete")
    expect(page.locator(".layer")).to_have_count(10)
    for _ in range(4):
        page.keyboard.press("Control+z")
    expect(page.locator(".layer")).to_have_count(9)
    page.keyboard.press("Control+Shift+z")
    expect(page.locator(".layer")).to_have_count(10)


def test_a_card_is_dragged_to_another_edge(open_lab: Open) -> None:
    page = open_lab("?template=small-cnn")
    start, goal = (card(page, name).locator(".card-title").bounding_box() for name in ("relu1", "pool1"))
    assert start and goal
    page.mouse.move(start["x"] + 30, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(goal["x"] + 30, goal["y"] + goal["height"] - 2, steps=6)
    page.mouse.up()
    expect(page.locator(".layer").nth(2)).to_have_attribute("data-name", "pool1")
    expect(page.locator(".layer").nth(3)).to_have_attribute("data-name", "relu1")


def test_a_wrong_number_is_said_at_its_field_and_shapes_follow_the_right_one(open_lab: Open) -> None:
    page = open_lab("?template=small-cnn")
    field = page.locator("[data-field=out_channels]")
    field.locator("input").fill("0")
    expect(field.get_by_role("alert")).to_be_visible()
    field.locator("input").fill("3")
    expect(field.get_by_role("alert")).to_be_hidden()
    expect(card(page, "conv1").locator(".shape")).to_have_text(re.compile(r"^3.×.28.×.28$"))


def test_a_network_is_saved_as_one_works_and_restored_from_its_link(open_lab: Open) -> None:
    page = open_lab("?template=softmax-regression")
    page.get_by_label("Name of the network").fill("Mine alone")
    page.get_by_label("Add a layer after flatten1").click()
    page.keyboard.type("dropout")
    page.keyboard.press("Enter")
    expect(page.locator(".layer", has_text="Dropout")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-kept", "yes")
    expect(page).to_have_url(re.compile(r"\?network="))
    page.reload()
    expect(page.get_by_label("Name of the network")).to_have_value("Mine alone")
    expect(page.locator(".layer", has_text="Dropout")).to_be_visible()


def test_unfolding_shows_every_channel(open_lab: Open) -> None:
    page = open_lab("?template=cnn-32-32-128")
    row = card(page, "conv1")
    fold = row.locator(".rest")
    expect(fold).to_have_text(re.compile(r"^\+\d+$"))
    fold.click()
    expect(row.locator(".map")).to_have_count(32)
    expect(row.locator(".map canvas").last).to_have_js_property("width", 28)


def picture() -> bytes:
    """A seven on grey paper, as somebody might photograph it."""
    image = Image.new("RGB", (300, 400), (205, 200, 190))
    ImageDraw.Draw(image).line([(80, 90), (220, 90), (130, 320)], fill=(30, 30, 60), width=24, joint="curve")
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def open_file(page: Page, content: bytes) -> None:
    """Chooses a file for the pad."""
    file = {"name": "drawing.png", "mimeType": "image/png", "buffer": content}
    page.get_by_label("Open a picture").set_input_files(file)  # type: ignore[arg-type]


def test_a_picture_is_opened_and_the_next_stroke_replaces_it(open_lab: Open) -> None:
    page = open_lab()
    draw(page, ONE)
    expect(answer(page)).to_have_text("1")
    open_file(page, picture())
    expect(answer(page)).to_have_text("7")
    draw(page, ONE)
    expect(answer(page)).to_have_text("1")


def test_a_hopeless_file_gets_a_sentence(open_lab: Open) -> None:
    page = open_lab()
    open_file(page, b"no picture at all")
    expect(page.locator(".toast")).to_be_visible()
    expect(answer(page)).to_have_text("7")


def test_an_untrained_look_at_the_ready_network(open_lab: Open) -> None:
    page = open_lab()
    sure = page.locator(".said span")
    page.get_by_role("radio", name="Untrained").click()
    expect(sure).to_have_text(re.compile(r"^1\d\.\d|^2\d\.\d"))
    page.get_by_role("radio", name="Trained", exact=True).click()
    expect(answer(page)).to_have_text("7")


def test_pins_answer_beside_the_drawing_and_can_be_watched(open_lab: Open) -> None:
    page = open_lab()
    pins = page.locator("[data-view=pins] .thumb")
    expect(pins).to_have_count(4)
    expect(pins.first.locator(".verdict")).to_have_text(re.compile(r"[✓✕] \d"))
    pins.first.click()
    expect(pins.first).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(answer(page)).to_have_text("7")

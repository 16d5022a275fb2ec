"""What hands do on the page: draw with a mouse or a finger, choose, type."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

Points = list[tuple[float, float]]

ONE: Points = [(140, 50), (140, 95), (139, 140), (138, 185), (138, 230)]
_LEFT: Points = [(140, 50), (100, 75), (85, 140), (100, 205), (140, 230)]
ZERO: Points = [*_LEFT, (180, 205), (195, 140), (180, 75), (140, 50)]


def draw(page: Page, points: Points) -> None:
    """One stroke with the mouse, in coordinates of the 280 × 280 pad."""
    places = on_pad(page, points)
    page.mouse.move(*places[0])
    page.mouse.down()
    for x, y in places[1:]:
        page.mouse.move(x, y, steps=4)
    page.mouse.up()


def draw_with_finger(page: Page, points: Points) -> None:
    """One stroke with a finger."""
    hand = page.context.new_cdp_session(page)
    places = [{"x": x, "y": y} for x, y in on_pad(page, points)]
    hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": places[:1]})
    for place in places[1:]:
        hand.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [place]})
    hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def on_pad(page: Page, points: Points) -> Points:
    """Points of the pad as places on the screen."""
    box = page.locator("[data-view=pad]").bounding_box()
    assert box
    return [(box["x"] + x / 280 * box["width"], box["y"] + y / 280 * box["height"]) for x, y in points]


def answer(page: Page) -> Locator:
    """The digit that the network says."""
    return page.locator(".said b")


def card(page: Page, name: str) -> Locator:
    """The row of a layer."""
    return page.locator(f"[data-name={name}]")


def set_field(page: Page, name: str, text: str) -> None:
    """Types into a field of the panel."""
    field = page.locator(f"[data-field={name}] input:not([type=range])")
    field.fill(text)
    field.press("Tab")


def strokes_label(choice: Locator) -> str:
    """How the data set that is made from code is called in the panel."""
    expect(choice).to_contain_text(re.compile("stroke", re.IGNORECASE))  # until the panel is written
    return next(text for text in choice.locator("option").all_inner_texts() if "stroke" in text.lower())


def train_shortly(page: Page, digits: int = 640, epochs: int = 2) -> None:
    """A training of a few seconds on strokes, from the panel to its end."""
    page.get_by_role("tab", name="Training").click()
    choice = page.locator("[data-field=dataset] select")
    expect(choice).to_be_visible()
    choice.select_option(label=strokes_label(choice))
    set_field(page, "size", str(digits))
    set_field(page, "epochs", str(epochs))
    page.locator("[data-act=main]").click()
    expect(page.locator("[data-view=status]")).to_contain_text("Finished", timeout=100_000)


def on_screen(thing: Locator) -> tuple[float, float]:
    """The middle of something that is scrolled into view."""
    thing.scroll_into_view_if_needed()
    box = thing.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


class Finger:
    """One finger that lies on the screen."""

    def __init__(self, page: Page) -> None:
        self.hand = page.context.new_cdp_session(page)

    def send(self, kind: str, *places: tuple[float, float]) -> None:
        """A touch event with the finger at these places."""
        points = [{"x": x, "y": y} for x, y in places]
        self.hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def move(self, x: float, y: float) -> None:
        """Slides to a place."""
        self.send("touchMove", (x, y))


@contextmanager
def touch(page: Page, x: float, y: float) -> Iterator[Finger]:
    """Puts a finger down and lifts it at the end."""
    finger = Finger(page)
    finger.send("touchStart", (x, y))
    yield finger
    finger.send("touchEnd")

"""What makes one trust the page: work that can be had back, and words when the server is away."""

import json
import re
from typing import Any

from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.browser.conftest import DESKTOP, PHONE, Open, watch
from tests.browser.hands import ONE, answer, card, draw, set_field, strokes_label, train_shortly
from tests.browser.stack import Stack


def keep_a_network(page: Page, name: str) -> None:
    page.get_by_label("Name of the network").fill(name)
    page.get_by_label("Add a layer after flatten1").click()
    page.keyboard.type("dropout")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-kept", "yes")


def test_a_guest_leaves_and_comes_back_with_the_code(open_lab: Open) -> None:
    page = open_lab("?template=softmax-regression")
    keep_a_network(page, "Before I left")
    page.get_by_role("button", name="Your work").click()
    page.get_by_role("button", name="Keep my work").click()
    field = page.get_by_label("Your recovery code")
    expect(field).to_have_value(re.compile(r"^\w+(-\w+)+$"))
    code = field.input_value()
    page.get_by_role("button", name="Leave this computer").click()
    expect(page).to_have_url(re.compile(r"/lab/$"))
    page.wait_for_selector("html[data-ready]", state="attached")

    page.get_by_role("button", name="Your work").click()
    expect(page.get_by_role("button", name="Leave this computer")).to_be_hidden()
    page.get_by_label("A recovery code").fill("no such words-11")
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.locator("[data-view=person] [role=alert]")).to_be_visible()
    page.get_by_label("A recovery code").fill(code.upper())
    with page.expect_navigation():
        page.get_by_role("button", name="Open", exact=True).click()
    page.wait_for_selector("html[data-ready]", state="attached")
    page.get_by_role("button", name="Networks and templates").click()
    expect(page.locator("#more .mine")).to_contain_text("Before I left")


def test_leaving_without_a_code_is_asked_twice(open_lab: Open) -> None:
    page = open_lab("?template=softmax-regression")
    keep_a_network(page, "Given up")
    page.get_by_role("button", name="Your work").click()
    page.get_by_role("button", name="Leave this computer").click()
    expect(page.locator("[data-view=person] [role=alert]")).to_contain_text("nobody can open this work")
    page.get_by_role("button", name="Leave without a code").click()
    expect(page).to_have_url(re.compile(r"/lab/$"))


class Line:
    """The lines of a page to the server, which can be cut and given back."""

    def __init__(self) -> None:
        self.open: list[WebSocketRoute] = []
        self.is_cut = False

    def route(self, line: WebSocketRoute) -> None:
        """Passes a new line on, or closes it at once."""
        if self.is_cut:
            line.close()
            return
        line.connect_to_server()
        self.open.append(line)

    def cut(self) -> None:
        """Ends every line; new ones fail."""
        self.is_cut = True
        for line in self.open:
            line.close()


class Overheard:
    """The lines of a page about runs: what the server says on them, and more, as if it had said so."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self._lines: list[WebSocketRoute] = []

    def route(self, line: WebSocketRoute) -> None:
        """Passes a new line on and listens."""

        def pass_on(message: str | bytes) -> None:
            self.told.append(json.loads(message))
            line.send(message)

        line.connect_to_server().on_message(pass_on)
        self._lines.append(line)

    def newest(self, kind: str, part: str) -> Any:
        """A part of the newest message of a kind."""
        return next(message[part] for message in reversed(self.told) if message["kind"] == kind)

    def add(self, event: dict[str, Any]) -> None:
        """One event more."""
        event["seq"] = self.newest("events", "events")[-1]["seq"] + 1
        self.say({"kind": "events", "events": [event]})

    def say(self, message: dict[str, Any]) -> None:
        """A message more."""
        self._lines[-1].send(json.dumps(message))


def test_a_page_without_its_server_says_so_and_looks_again_when_it_is_back(
    open_lab: Open, browser: Browser
) -> None:
    context, line = browser.new_context(**DESKTOP), Line()
    context.route_web_socket(re.compile("/ws/"), line.route)
    page = open_lab(context=context)
    expect(answer(page)).to_have_text("7")
    line.cut()
    notice = page.locator("[data-view=notice]")
    expect(notice).to_contain_text("can’t be reached")
    expect(page.get_by_role("button", name="Try now")).to_be_visible()
    expect(page.locator("[data-view=notice-phone]")).to_be_hidden()
    draw(page, ONE)
    expect(answer(page)).to_have_text("7")
    line.is_cut = False
    expect(notice).to_be_hidden(timeout=20_000)  # it comes back by itself, after at most twelve seconds
    expect(answer(page)).to_have_text("1")
    expect(card(page, "conv1").locator(".map canvas").first).to_be_visible()
    context.close()


def test_a_phone_says_on_every_tab_that_the_server_is_away_and_covers_nothing(
    open_lab: Open, browser: Browser
) -> None:
    context, line = browser.new_context(**PHONE), Line()
    context.route_web_socket(re.compile("/ws/"), line.route)
    page = open_lab(context=context)
    notice = page.locator("[data-view=notice-phone]")
    expect(notice).to_be_hidden()
    line.cut()
    for tab in ("draw", "net", "train", "settings"):
        page.locator(f".tabs [data-tab={tab}]").click()
        expect(notice).to_contain_text("can’t be reached")
        region, words = page.locator("main").bounding_box(), notice.bounding_box()
        assert region and words and region["y"] + region["height"] <= words["y"]
    context.close()


def test_a_run_that_failed_says_why_and_leads_to_its_settings(open_lab: Open, browser: Browser) -> None:
    context, server = browser.new_context(**DESKTOP), Overheard()
    reason = "This data could not be read. Choose another data set."
    context.route_web_socket(re.compile("/ws/runs/"), server.route)
    page = open_lab("?template=softmax-regression", context=context)
    train_shortly(page, epochs=1)
    page.get_by_role("tab", name="Layer").click()
    server.add({"kind": "failed", "message": reason})
    server.say({"kind": "state", "run": {**server.newest("state", "run"), "status": "failed"}})
    expect(page.locator("[data-view=notice]")).to_contain_text(reason)
    expect(page.locator("[data-view=outcome]")).to_contain_text(reason)
    page.get_by_role("button", name="Settings", exact=True).click()
    expect(page.get_by_role("tab", name="Training")).to_have_attribute("aria-selected", "true")
    context.close()


def test_a_number_that_is_refused_does_not_stay_in_a_field_that_is_left(open_lab: Open) -> None:
    page = open_lab()
    page.get_by_role("tab", name="Training").click()
    field = page.locator("[data-field=epochs]")
    field.locator("input").fill("0")
    expect(field.get_by_role("alert")).to_contain_text("at least 1")
    field.locator("input").press("Shift+Tab")  # to a button of the same field: one is still there
    expect(field.locator("input")).to_have_value("0")
    page.locator("[data-field=batch_size] input").focus()
    expect(field.locator("input")).to_have_value("5")
    expect(field.get_by_role("alert")).to_contain_text("It stays 5")
    field.locator("input").fill("7")
    expect(field.get_by_role("alert")).to_be_hidden()


def test_escape_closes_what_is_open_and_leads_back_to_its_button(open_lab: Open) -> None:
    page = open_lab()
    for name, dialog in (("Networks and templates", "Networks"), ("Your work", "Your work")):
        button = page.get_by_role("button", name=name)
        button.focus()
        page.keyboard.press("Enter")
        box = page.get_by_role("dialog", name=dialog)
        expect(box).to_be_focused()
        page.keyboard.press("c")  # clears the pad, but for what is open
        page.keyboard.press("Escape")
        expect(box).to_be_hidden()
        expect(button).to_be_focused()
    expect(answer(page)).to_have_text("7")


def test_the_operator_sees_what_trains_and_stops_it(open_lab: Open, stack: Stack, browser: Browser) -> None:
    page = open_lab("?template=cnn-32-32-128")
    page.get_by_label("Name of the network").fill("Far too long")
    page.get_by_role("tab", name="Training").click()
    choice = page.locator("[data-field=dataset] select")
    choice.select_option(label=strokes_label(choice))
    set_field(page, "epochs", "50")
    page.locator("[data-act=main]").click()
    status = page.locator("[data-view=status]")
    expect(status).to_contain_text("steps", timeout=60_000)

    complaints: list[str] = []
    context = browser.new_context(**DESKTOP)
    health = context.new_page()
    watch(health, complaints)
    health.goto(f"{stack.url}/health/")
    expect(health.get_by_text("Who trains, who waits")).to_have_count(0)
    health.goto(stack.operators_link())
    health.goto(f"{stack.url}/health/")
    line = health.locator("[data-view=runs] li", has_text="Far too long")
    expect(line).to_contain_text("trains on CPU")
    line.get_by_role("button", name="Stop").click()
    line.get_by_role("button", name="Really stop?").click()
    expect(line).to_have_count(0)
    expect(status).to_contain_text("Stopped early")
    context.close()
    assert not complaints


def test_a_lost_worker_is_told_where_its_run_goes_on(open_lab: Open, browser: Browser) -> None:
    context, server = browser.new_context(**DESKTOP), Overheard()
    context.route_web_socket(re.compile("/ws/runs/"), server.route)
    page = open_lab("?template=softmax-regression", context=context)
    train_shortly(page, epochs=1)
    server.add({"kind": "resumed", "step": 4, "reason": "worker_lost"})
    expect(page.locator(".toast")).to_contain_text("goes on from step 4")
    context.close()

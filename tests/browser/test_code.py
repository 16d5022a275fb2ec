"""The network as a script, beside it: it follows every edit, and a line and its card are one thing."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Open
from tests.browser.hands import card, train_shortly


def open_code(page: Page) -> None:
    page.get_by_role("tab", name="Code").click()
    expect(page.locator(".script")).to_contain_text("nn.Sequential()")


def test_the_script_follows_edits_and_selects_layers(open_lab: Open) -> None:
    page = open_lab("?template=small-cnn")
    open_code(page)
    expect(page.locator(".script-head")).to_contain_text(re.compile(r"\d\d lines of PyTorch"))
    page.locator(".script [data-layer=conv2]").click()
    expect(card(page, "conv2")).to_have_class(re.compile("is-selected"))
    card(page, "pool1").locator(".card-title").click()
    expect(page.locator(".script [aria-current]")).to_have_text("network.pool1 = nn.MaxPool2d(2)")
    page.keyboard.press("Delete")
    expect(page.locator(".script")).not_to_contain_text("network.pool1")
    expect(page.locator(".script")).to_contain_text("nn.Linear(3136, 10)")
    page.keyboard.press("Control+z")
    expect(page.locator(".script")).to_contain_text("network.pool1")


def test_a_network_with_a_problem_has_no_script_and_says_why(open_lab: Open) -> None:
    page = open_lab("?template=small-cnn")
    open_code(page)
    card(page, "flatten1").locator(".card-title").click()
    page.keyboard.press("Delete")
    expect(page.locator("[data-view=drawer] .field-problem")).to_contain_text("linear1")
    expect(page.locator(".script")).to_be_hidden()


def test_the_script_is_copied_and_comes_as_a_file_or_a_notebook(open_lab: Open) -> None:
    page = open_lab("?template=sixteen")
    open_code(page)
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator(".script-head")).to_contain_text("Copied")
    with page.expect_download() as script:
        page.get_by_role("button", name="Download .py").click()
    text = script.value.path().read_text()
    assert script.value.suggested_filename == "network.py"
    assert "network.linear3 = nn.Linear(16, 10)" in text and text.endswith('measure("test", *read("t10k"))\n')
    with page.expect_download() as notebook:
        page.get_by_role("button", name="Notebook").click()
    assert json.loads(notebook.value.path().read_text())["nbformat"] == 4


@pytest.mark.long
def test_the_same_network_reads_as_keras(open_lab: Open) -> None:
    page = open_lab("?template=small-cnn")
    open_code(page)
    page.get_by_role("radio", name="Keras").click()
    expect(page.locator(".script-head")).to_contain_text("lines of Keras")
    expect(page.locator(".script [data-layer=conv2]")).to_contain_text("layers.Conv2D(16, 3")
    page.get_by_role("radio", name="PyTorch").click()
    expect(page.locator(".script [data-layer=conv2]")).to_contain_text("nn.Conv2d(8, 16, 3")


def test_the_ready_network_leaves_as_a_page_that_needs_no_server(open_lab: Open) -> None:
    page = open_lab()
    page.get_by_role("tab", name="Code").click()
    with page.expect_download() as made:
        page.get_by_role("button", name="One HTML file").click()
    assert made.value.suggested_filename == "small-cnn.html"
    assert made.value.path().read_text().startswith("<!doctype html>")
    expect(page.get_by_role("button", name="The whole run")).to_be_hidden()


@pytest.mark.long
def test_a_run_leaves_as_a_file_and_comes_back_with_its_curves(open_lab: Open, tmp_path: Path) -> None:
    page = open_lab("?template=softmax-regression")
    train_shortly(page)
    page.get_by_role("tab", name="Code").click()
    with page.expect_download() as made:
        page.get_by_role("button", name="The whole run").click()
    file = tmp_path / "run.zip"
    made.value.save_as(file)
    other = open_lab()
    other.locator("[data-act=more]").first.click()
    other.get_by_label("Open a run from a file").set_input_files(file)
    expect(other.locator("[data-view=status]")).to_contain_text("Finished")
    expect(other.locator("[data-view=status]")).to_contain_text("from ")
    file.write_bytes(file.read_bytes()[:-100])
    other.locator("[data-act=more]").first.click()
    other.get_by_label("Open a run from a file").set_input_files(file)
    expect(other.locator("[data-view=toasts]")).to_contain_text("This is no file of a run")


def test_on_a_phone_too(open_lab: Open) -> None:
    page = open_lab("?template=small-cnn", **PHONE)
    page.locator("nav.tabs [data-tab=settings]").click()
    open_code(page)
    expect(page.locator(".script [data-layer=conv1]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

"""A network in one file: opened from disk in a browser without a network, it answers as PyTorch does."""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE, watch
from tests.browser.hands import ONE, ZERO
from trainer import ready, weights
from trainer.assembly import assemble
from trainer.datasets.base import Folders
from trainer.datasets.strokes import Strokes
from trainer.export import pocket
from trainer.network import Network
from trainer.preparation import Preparation
from trainer.probe import Probe
from trainer.problems import Problem
from trainer.sketch import Stroke, from_strokes
from trainer.templates import templates

DIGITS = 100
Carried = Callable[..., Page]


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """Pictures (100, 28, 28) of digits."""
    folders = Folders(data=None, cache=tmp_path_factory.mktemp("cache"))
    return Strokes(size=2_000).load(folders).train_images[:DIGITS, 0].numpy()


@pytest.fixture
def carried(browser: Browser, tmp_path: Path) -> Iterator[Carried]:
    """Writes a page to disk and opens it where there is no network; it may ask for nothing."""
    complaints: list[str] = []
    contexts = []

    def open_page(html: str, **options: object) -> Page:
        file = tmp_path / "network.html"
        file.write_text(html, encoding="utf-8")
        context = browser.new_context(**(options or {"viewport": {"width": 1280, "height": 720}}))
        contexts.append(context)
        context.set_offline(True)
        page = context.new_page()
        watch(page, complaints)
        page.on("request", lambda request: request.url == file.as_uri() or complaints.append(request.url))
        page.goto(file.as_uri())
        expect(page.locator(".pocket-card").first).to_be_visible()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, complaints


def trained(network: Network, seed: int = 5) -> dict[str, torch.Tensor]:
    """Weights and buffers of a network, as if it had learned."""
    state = weights.initial(assemble(network), seed).module.state_dict()
    chance = torch.Generator().manual_seed(seed)
    for name, tensor in state.items():
        if name.endswith(("running_mean", "running_var")):
            tensor.add_(torch.rand(tensor.shape, generator=chance))
    return state


def same_answers(
    page: Page,
    network: Network,
    tensors: dict[str, torch.Tensor],
    pictures: np.ndarray,
    preparation: Preparation | None = None,
) -> None:
    """Fails unless the page says of every picture what PyTorch says, to 1e-4."""
    numbers = pictures.reshape(len(pictures), -1).tolist()
    told = page.evaluate("(all) => all.map((one) => pocket.look(one))", numbers)
    looks = Probe(network, tensors, preparation=preparation).look_at_all(list(pictures))
    ours = [look.probabilities for look in looks]
    np.testing.assert_allclose(np.array(told), np.array(ours), atol=1e-4, rtol=0)


QUICK = ("cnn-32-32-128", "tiny-vit")
OF_CLASSES = [name for name, found in templates().items() if not found.job]
TEMPLATES = [pytest.param(name, marks=[] if name in QUICK else pytest.mark.long) for name in OF_CLASSES]


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_answers_as_pytorch_does(name: str, carried: Carried, digits: np.ndarray) -> None:
    network = templates()[name].network
    tensors = trained(network)
    html = pocket(network, tensors, name)
    assert len(html.encode()) < 1_500_000 or name not in ("small-cnn", "cnn-32-32-128")
    same_answers(carried(html), network, tensors, digits)


def test_pictures_are_prepared_as_in_training(carried: Carried, digits: np.ndarray) -> None:
    network, (tensors, _) = ready.network(), weights.unpack(ready.weights())
    prepared = Preparation(mean=0.13, std=0.31)
    page = carried(pocket(network, tensors, "Ready", preparation=prepared))
    same_answers(page, network, tensors, digits[:20], prepared)
    with pytest.raises(Problem, match="shuffled pixels"):
        pocket(network, tensors, "Ready", preparation=Preparation(pixels=3))


def test_it_draws_and_says_the_digit_as_the_program_does(carried: Carried) -> None:
    network, (tensors, _) = ready.network(), weights.unpack(ready.weights())
    page = carried(pocket(network, tensors, "Ready", "trained on strokes"))
    expect(page.locator(".said b")).to_have_text("7")
    probe = Probe(network, tensors)
    for points, digit in ((ONE, 1), (ZERO, 0)):
        page.get_by_role("button", name="Clear").click()
        expect(page.locator("#hint")).to_be_visible()
        places = [(x, y) for x, y in _on_pad(page, points)]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=4)
        page.mouse.up()
        expect(page.locator(".said b")).to_have_text(str(digit))
    strokes = [{"brush": 18, "points": [[x + 0.3, y, 0.2 + at / 20] for at, (x, y) in enumerate(ZERO)]}]
    strokes += [{"brush": 28, "points": [[290, 140], [200, 150]]}, {"brush": 12, "points": [[60, 60]]}]
    for drawing in (strokes, strokes[:1], strokes[1:], strokes * 40):
        told = np.array(
            json.loads(page.evaluate("(all) => JSON.stringify([...pocket.sketch(all)])", drawing))
        )
        ours = from_strokes([Stroke.model_validate(one) for one in drawing]).picture.flatten()
        assert np.abs(told - ours.astype(int)).max() <= 1, np.argwhere(told != ours)[:9].tolist()
        assert (
            probe.look(told.astype(np.uint8).reshape(28, 28)).digit == probe.look(ours.reshape(28, 28)).digit
        )
    assert page.evaluate("pocket.sketch([{brush: 18, points: [[400, 400]]}])") is None


def _on_pad(page: Page, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    box = page.locator("#pad").bounding_box()
    assert box
    return [(box["x"] + x / 280 * box["width"], box["y"] + y / 280 * box["height"]) for x, y in points]


def test_nothing_that_it_holds_can_run(carried: Carried) -> None:
    network, (tensors, _) = ready.network(), weights.unpack(ready.weights())
    page = carried(
        pocket(network, tensors, "</script><img src=x onerror=\"document.title='hacked'\"><!--<script>")
    )
    expect(page.locator("h1")).to_contain_text("</script><img")
    assert page.title() != "hacked"


def test_it_fits_a_phone_and_a_dark_room(carried: Carried) -> None:
    network, (tensors, _) = ready.network(), weights.unpack(ready.weights())
    page = carried(pocket(network, tensors, "Ready"), **PHONE, color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    shown = [
        page.locator(part).bounding_box() for part in ("#pad", ".pad-tools", "#sees", "#answer", "#layers")
    ]
    pad = shown[0]
    assert pad and pad["width"] > 300 and pad["width"] == pad["height"]
    for above, below in itertools.pairwise(shown):
        assert above and below and above["y"] + above["height"] <= below["y"]
    assert (
        min(
            box["height"]
            for box in (one.bounding_box() for one in page.locator(".pad-tools button").all())
            if box
        )
        >= 44
    )

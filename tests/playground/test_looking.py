"""Looks: over the socket what every layer makes of a digit, over HTTP predictions, pictures, samples."""

import base64
import io
import json
from typing import Any

import pytest
import websockets
from channels.db import database_sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageDraw

from playground import live
from playground.accounts.models import Person, Token
from playground.probe import consumers
from playground.probe.departing import Departing
from playground.runs import archive
from playground.runs.data import folders
from playground.runs.models import Run
from tests.playground.jobs import LAYERS, NETWORK, Browser, job
from tests.trainer.trainings import Clock
from trainer.assembly import assemble
from trainer.job import Job
from trainer.network import Network
from trainer.training import Checkpoint, train
from trainer.weights import initial, pack

pytestmark = pytest.mark.django_db(transaction=True)
SEVEN = [{"brush": 20, "points": [[80, 70], [190, 70, 0.4], [120, 220]]}]
BLACK = base64.b64encode(bytes(784)).decode()


async def look(address: str, **message: Any) -> dict[str, Any]:
    """The header of the frame that answers, or the problem."""
    async with websockets.connect(f"ws://{address}/ws/probe/", max_size=None) as connection:
        whole = {
            "kind": "look",
            "request": 3,
            "network": NETWORK,
            "probes": [{"id": "pad", "strokes": SEVEN}],
        }
        await connection.send(json.dumps({"weights": {"kind": "initial", "seed": 5}} | whole | message))
        answer = await connection.recv()
    if isinstance(answer, str):
        return json.loads(answer)  # type: ignore[no-any-return]
    return json.loads(answer[4 : 4 + int.from_bytes(answer[:4], "little")])  # type: ignore[no-any-return]


def weights(seed: int, step: int) -> bytes:
    return pack(initial(assemble(Network.read(NETWORK)), seed).module, step=step)


def a_checkpoint() -> Checkpoint:
    """The last full state of a short training of this network."""
    short = Job.read(job(dataset={"kind": "strokes", "size": 200}, batch_size=8, threads=1))
    things = train(short, folders=folders(), clock=Clock(0.06))
    return next(thing for thing in things if isinstance(thing, Checkpoint) and thing.step > 7)


@pytest.fixture
def run(pupil: Person) -> Run:
    """A run of the pupil's that no worker takes."""
    network = Network.read(NETWORK).describe()
    return Run.objects.create(owner=pupil, job={"network": network, "seed": 5}, name="Mine", status="running")


async def token_of(person: Person) -> str:
    return await database_sync_to_async(Token.objects.issue, thread_sensitive=False)(person)


async def test_strokes_and_pins_are_answered_in_one_frame(address: str) -> None:
    pins = [{"id": "pin-1", "picture": BLACK, "answer_only": True}, {"id": "empty", "strokes": []}]
    told = await look(address, probes=[{"id": "pad", "strokes": SEVEN}, *pins])
    pad, pin, empty = told["probes"]
    assert told["request"] == 3
    assert told["weights"] == {"kind": "initial", "seed": 5, "step": 0, "trained": False}
    assert [block["name"] for block in pad["layers"]] == ["input", "flatten1", "dropout1", "linear1"]
    assert sum(pad["probabilities"]) == pytest.approx(1)
    assert (pad["blank"], pin["blank"], empty["blank"]) == (False, True, True)
    assert pin["layers"] == []


async def test_only_wished_pictures_travel(address: str) -> None:
    told = await look(address, layers=[{"name": "flatten1", "exact": True}, {"name": "gone"}])
    assert [(block["name"], block["encoding"]) for block in told["probes"][0]["layers"]] == [
        ("flatten1", "float32")
    ]


@pytest.mark.parametrize("none", [{"count": 0}, {"first": 9}, {"first": 2**80}])
@pytest.mark.parametrize("name", ["input", "linear1", "conv1"])
async def test_no_pictures_of_a_layer_can_be_asked_for(address: str, name: str, none: dict[str, int]) -> None:
    layers = [{"kind": "conv2d", "name": "conv1", "out_channels": 3, "kernel_size": 5}]
    network = {"layers": [*layers, {"kind": "flatten"}, {"kind": "linear", "out_features": 10}]}
    told = await look(address, network=network, layers=[{"name": name} | none])
    [block] = told["probes"][0]["layers"]
    assert (block["count"], block["length"], block["low"]) == (0, 0, [])


HUGE = {
    "layers": [{"kind": "conv2d", "out_channels": 200, "kernel_size": 5}]
}  # 0.54 MB where it is sent exactly


async def test_no_look_brings_more_than_a_frame_may_have(address: str) -> None:
    exactly = {"name": "conv1", "count": 4_096, "exact": True}
    told = await look(address, network=HUGE, layers=[exactly])
    assert told["probes"][0]["layers"][0]["length"] == 540_800
    told = await look(address, network=HUGE, layers=[exactly] * 200)
    assert told["request"] == 3
    assert "32,000,000 bytes" in told["problem"]["message"]
    assert told["problem"]["where"] == ["layers"]


async def test_large_frames_wait_for_room_and_are_followed_by_a_word(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving = Departing(limit=3_000_000, large=1_000_000)
    monkeypatch.setattr(consumers, "departing", lambda: leaving)
    exactly = {"name": "conv1", "count": 4_096, "exact": True}
    asked = {"kind": "look", "request": 4, "weights": {"kind": "initial", "seed": 1}, "network": HUGE}
    asked |= {"probes": [{"id": "pad", "picture": BLACK}]}
    async with websockets.connect(f"ws://{address}/ws/probe/", max_size=None) as page:
        for times, kinds in ((1, [bytes]), (4, [bytes, str]), (9, [str]), (4, [bytes, str])):
            await page.send(json.dumps(asked | {"layers": [exactly] * times}))
            told = [await page.recv() for _ in kinds]
            assert list(map(type, told)) == kinds
            if kinds == [bytes, str]:
                assert json.loads(told[1]) == {"kind": "sent", "request": 4}


async def test_layers_above_a_problem_answer(address: str) -> None:
    conv = {"kind": "conv2d", "out_channels": 3, "kernel_size": 5}
    told = await look(address, network={"layers": [conv, {"kind": "linear", "out_features": 10}]})
    assert [block["name"] for block in told["probes"][0]["layers"]] == ["input", "conv1"]
    assert told["probes"][0]["probabilities"] is None


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"probes": [{"id": str(at), "strokes": []} for at in range(6)]}, ["probes"]),
        ({"probes": [{"id": "pad"}]}, ["probes", 0]),
        ({"probes": [{"id": "pad", "picture": "AAAA"}]}, ["probes", 0, "picture"]),
        ({"probes": [{"id": "pad", "strokes": [{"points": [["x", 1]]}]}]}, None),
        ({"probes": [{"id": "pad", "strokes": [{"points": [[1, 1]] * 15_000}] * 2}]}, ["probes"]),
        ({"weights": {"kind": "initial", "seed": -1}}, ["weights", "initial", "seed"]),
        ({"weights": {"kind": "stolen"}}, ["weights"]),
        ({"weights": {"kind": "run", "run": "0" * 32}}, ["weights", "run"]),
        ({"network": {"layers": [{"kind": "conv9d"}]}}, ["layers", 0, "kind"]),
        ({"network": {"input": [3, 28, 28], "layers": LAYERS}}, ["network", "input"]),
        ({"layers": [{"name": "flatten1", "first": -1}]}, ["layers", 0, "first"]),
    ],
)
async def test_what_cannot_be_looked_at_is_a_problem_with_its_place(
    address: str, wrong: dict[str, Any], where: list[Any] | None
) -> None:
    told = await look(address, **wrong)
    assert (told["kind"], told["request"]) == ("problem", 3)
    assert where is None or told["problem"]["where"] == where


async def test_a_run_is_looked_at_with_its_newest_weights(address: str, run: Run) -> None:
    asked = {"weights": {"kind": "run", "run": str(run.pk), "step": None}, "token": await token_of(run.owner)}
    assert (await look(address, **asked))["weights"]["trained"] is False
    for step in (7, 9):
        live.publish_weights(run.pk, 0, step, weights(step, step))
        assert (await look(address, **asked))["weights"]["step"] == step
    live.wire().ask(lambda client: client.flushdb())  # as a Redis that was killed comes back
    assert (await look(address, **asked))["weights"]["step"] == 9
    other = await look(address, **asked, network={"layers": LAYERS[::2]})
    assert other["problem"]["where"] == ["network"]


async def test_a_run_whose_worker_is_lost_is_looked_at_with_its_last_checkpoint(
    address: str, run: Run
) -> None:
    asked = {"weights": {"kind": "run", "run": str(run.pk), "step": None}, "token": await token_of(run.owner)}
    archive.keep_weights(run.pk, weights(7, 7))  # it had rested before
    assert (await look(address, **asked))["weights"]["step"] == 7
    kept = await database_sync_to_async(a_checkpoint, thread_sensitive=False)()
    archive.keep_checkpoint(run.pk, kept.step, kept.blob, attempt=1)
    assert (await look(address, **asked))["weights"] == {
        "kind": "run",
        "run": str(run.pk),
        "step": kept.step,
        "trained": True,
    }


async def test_looking_makes_the_worker_lay_out_weights(address: str, run: Run) -> None:
    assert live.hear(run.pk) == (None, False)
    await look(address, weights={"kind": "run", "run": str(run.pk)}, token=await token_of(run.owner))
    assert live.hear(run.pk) == (None, True)


async def test_an_ended_run_is_looked_at_from_storage(address: str, run: Run) -> None:
    await database_sync_to_async(run.record, thread_sensitive=False)([], status="finished")
    archive.keep_weights(run.pk, weights(1, 40))
    told = await look(
        address, weights={"kind": "run", "run": str(run.pk)}, network=None, token=await token_of(run.owner)
    )
    assert told["weights"] == {"kind": "run", "run": str(run.pk), "step": 40, "trained": True}


async def test_a_run_is_looked_at_as_it_was_after_a_step_that_is_kept(address: str, run: Run) -> None:
    token = await token_of(run.owner)
    for step in (2, 5):
        archive.keep_keyframe(run.pk, step, weights(step, step), room=10**9, attempt=1)
    archive.keep_weights(run.pk, weights(1, 40))
    await database_sync_to_async(run.record, thread_sensitive=False)([], status="finished")

    async def at(step: int) -> dict[str, Any]:
        asked = {"weights": {"kind": "run", "run": str(run.pk), "step": step}, "token": token}
        return await look(address, **asked, network=None)

    answers = {step: await at(step) for step in (0, 2, 5, 40)}
    assert {step: told["weights"]["step"] for step, told in answers.items()} == {0: 0, 2: 2, 5: 5, 40: 40}
    own = await look(address, weights={"kind": "initial", "seed": 5})  # whose weights those of step 5 are
    assert answers[5]["probes"] == own["probes"] != answers[2]["probes"]
    gone = await at(7)
    assert (gone["kind"], gone["problem"]["where"]) == ("problem", ["weights", "step"])
    assert "the newest are of step 40" in gone["problem"]["message"]


async def test_a_strangers_look_finds_no_run(address: str, run: Run, stranger: Person) -> None:
    told = await look(address, weights={"kind": "run", "run": str(run.pk)}, token=await token_of(stranger))
    assert told["problem"]["where"] == ["weights", "run"]


async def test_the_ready_network_recognises_a_seven(address: str) -> None:
    told = await look(address, weights={"kind": "ready"}, network=None)
    assert told["probes"][0]["digit"] == 7


def image() -> bytes:
    """A photographed-looking seven, dark on light, as PNG."""
    paper = Image.new("RGB", (200, 260), (230, 228, 220))
    ImageDraw.Draw(paper).line([(50, 60), (150, 60), (90, 210)], fill=(30, 30, 60), width=14)
    file = io.BytesIO()
    paper.save(file, "PNG")
    return file.getvalue()


def test_an_image_is_recognised_as_form_and_as_json(client: Client) -> None:
    form = client.post(
        "/api/predict", {"image": SimpleUploadedFile("seven.png", image()), "network": "ready"}
    )
    encoded = {"image": base64.b64encode(image()).decode()}
    as_json = client.post("/api/predict", encoded, content_type="application/json")
    assert form.json()["digit"] == 7
    assert as_json.json() == form.json()
    assert len(base64.b64decode(form.json()["picture"])) == 784


def test_a_saved_network_predicts_untrained_for_its_owner_only(pupil: Person, stranger: Person) -> None:
    saved = Browser(pupil).call("post", "/networks", {"network": NETWORK}).json()["id"]
    asked = {"image": base64.b64encode(image()).decode(), "network": saved}
    assert len(Browser(pupil).call("post", "/predict", asked).json()["probabilities"]) == 10
    assert Browser(stranger).call("post", "/predict", asked).json()["problem"]["where"] == ["network"]


@pytest.mark.parametrize(
    "wrong", [{}, {"image": "%%%"}, {"image": 5}, {"image": BLACK}, {"image": BLACK, "run": "x"}, [1], None]
)
def test_hopeless_input_gets_a_sentence(client: Client, wrong: Any) -> None:
    answer = client.post("/api/predict", json.dumps(wrong), content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["problem"]["message"]


def test_a_sketch_shows_what_the_network_receives(client: Client) -> None:
    told = client.post("/api/sketch", {"image": SimpleUploadedFile("seven.png", image())}).json()
    assert (len(base64.b64decode(told["picture"])), len(base64.b64decode(told["fitted"]))) == (784, 400)
    assert told["blank"] is False


def test_samples_are_drawn_by_their_seed_and_need_no_download(client: Client) -> None:
    first, same, other = (client.get(f"/api/samples?count=3&seed={seed}").json() for seed in (1, 1, 2))
    assert first == same != other
    assert first["dataset"] in ("mnist", "strokes")
    assert len(base64.b64decode(first["samples"][0]["picture"])) == 784
    assert client.get("/api/samples?dataset=cats").status_code == 422
    assert client.get("/api/samples?count=1000").status_code == 422

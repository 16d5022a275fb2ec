"""Runs as files over HTTP: brought along they open like any other; nothing of a bad one is kept."""

import io
import json
import zipfile
from typing import Any
from uuid import UUID

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from playground.accounts.models import Person
from playground.runs import archive
from playground.runs.models import Event, Run
from tests.playground.jobs import Browser, job
from tests.playground.parts import Worker
from trainer import ready
from trainer.job import Job

pytestmark = pytest.mark.django_db

FINISHED = {"step": 29, "seconds": 1.5, "validation_loss": 0.5, "validation_accuracy": 0.9}


def ended(owner: Person, **more: Any) -> Run:
    """A run of the ready network that has finished."""
    run = Run.objects.launch(owner, job(network=ready.network().describe(), threads=1), "Mine")
    archive.keep_weights(run.pk, ready.weights())
    archive.keep_keyframe(run.pk, 5, ready.weights(), 1_000_000)
    archive.keep_keyframe(run.pk, 20, ready.weights(), 1_000_000)
    told = [{"kind": "finished", **FINISHED, "test_loss": None, "test_accuracy": None, "epoch": None}]
    run.record(told, status="finished", step=29, **more)
    return run


def taken(browser: Browser, run: Run) -> bytes:
    answer = browser.client.get(f"/api/runs/{run.pk}/file")
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def brought(browser: Browser, blob: bytes) -> Any:
    return browser.client.post("/api/runs/import", blob, content_type="application/zip")


def test_a_run_that_was_brought_is_the_run_that_was_taken(pupil: Person, stranger: Person) -> None:
    run, there = ended(pupil), Browser(stranger)
    answer = brought(there, taken(Browser(pupil), run))
    assert answer.status_code == 201, answer.content
    row = answer.json()
    assert (row["name"], row["status"], row["step"], row["mine"]) == ("Mine", "finished", 29, True)
    assert row["job"] == Job.read(run.job).describe() and row["id"] != str(run.pk)
    *same, last = there.events(row["id"])
    assert same == Browser(pupil).events(str(run.pk))
    assert last["kind"] == "imported" and last["run"] == str(run.pk) and last["origin"] == "testserver"
    assert there.client.get(f"/api/runs/{row['id']}/weights").content == ready.weights()
    assert archive.keyframe_steps(UUID(row["id"])) == [5, 20]
    assert archive.keyframe(UUID(row["id"]), 20) == ready.weights()
    again = brought(there, taken(there, Run.objects.get(pk=row["id"])))
    assert [event["kind"] for event in there.events(again.json()["id"])][-2:] == ["imported", "imported"]


def test_whoever_is_new_here_becomes_a_guest(pupil: Person) -> None:
    newcomer = Client()
    blob = taken(Browser(pupil), ended(pupil))
    newcomer.get("/lab/")
    assert newcomer.post("/api/runs/import", blob, content_type="application/zip").status_code in (201, 401)


def test_a_run_that_is_under_way_stays(pupil: Person) -> None:
    run = Run.objects.launch(pupil, job(), "Mine")
    assert Browser(pupil).call("get", f"/runs/{run.pk}/file").status_code == 422


@pytest.mark.parametrize("size", [0, 1, 100, 1_000, 20_000])
def test_nothing_of_a_part_is_kept(size: int, pupil: Person, stranger: Person) -> None:
    blob = taken(Browser(pupil), ended(pupil))
    assert size < len(blob)
    counted = Run.objects.count(), Event.objects.count()
    answer = brought(Browser(stranger), blob[:size])
    assert answer.status_code == 422 and answer.json()["problem"]["message"]
    assert (Run.objects.count(), Event.objects.count()) == counted


def test_a_disk_that_takes_nothing_leaves_no_half_of_a_run(
    pupil: Person, stranger: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob = taken(Browser(pupil), ended(pupil))

    def full(*given: Any, **more: Any) -> str:
        raise OSError("No space left on device")

    monkeypatch.setattr(default_storage, "save", full)
    browser = Browser(stranger)
    browser.client.raise_request_exception = False
    assert brought(browser, blob).status_code == 500
    assert not Run.objects.of(stranger).exists()


def test_a_person_has_no_more_room_than_for_other_runs(
    pupil: Person, stranger: Person, settings: Any
) -> None:
    blob = taken(Browser(pupil), ended(pupil))
    settings.PERSON_BYTES = 10_000
    answer = brought(Browser(stranger), blob)
    assert answer.status_code == 422 and "MB" in answer.json()["problem"]["message"]


def test_what_this_server_does_not_train_it_does_not_take(
    pupil: Person, stranger: Person, settings: Any
) -> None:
    blob = taken(Browser(pupil), ended(pupil))
    settings.RUN_LIMITS = {**settings.RUN_LIMITS, "parameters": 1_000}
    answer = brought(Browser(stranger), blob)
    assert answer.status_code == 422 and "parameters" in answer.json()["problem"]["message"]


@pytest.mark.long
@pytest.mark.redis
@pytest.mark.django_db(transaction=True)
def test_a_paused_run_goes_on_elsewhere_and_ends_with_the_same_weights(
    worker: Worker, pupil: Person, stranger: Person
) -> None:
    here, there = Browser(pupil), Browser(stranger)
    run = here.launch(epochs=60, threads=1)
    here.wait_for_step(run, 100)
    here.ask(run, "pause")
    here.wait(run, "paused")
    copy = brought(there, taken(here, Run.objects.get(pk=run))).json()
    assert copy.get("status") == "paused", copy
    for browser, one in ((here, run), (there, copy["id"])):
        assert browser.ask(one, "resume").status_code == 202
        browser.wait(one, "finished")
    ours, theirs = (
        browser.client.get(f"/api/runs/{one}/weights").content
        for browser, one in ((here, run), (there, copy["id"]))
    )
    assert ours == theirs


@pytest.mark.parametrize(
    ("form", "begin"),
    [("pocket", b"<!doctype html>"), ("safetensors", b""), ("onnx", b""), ("pytorch", b"PK")],
)
def test_a_trained_network_leaves_as_a_file(form: str, begin: bytes, pupil: Person) -> None:
    run, client = ended(pupil), Browser(pupil).client
    for path in (f"/api/runs/{run.pk}/export", "/api/ready/export"):
        answer = client.get(f"{path}?as={form}")
        assert answer.status_code == 200 and answer.content.startswith(begin) and len(answer.content) > 20_000
        assert answer["Content-Disposition"].startswith("attachment")
    if form == "pytorch":
        packed = zipfile.ZipFile(io.BytesIO(answer.content))
        assert packed.read("small-cnn/weights.safetensors") == ready.weights()
        assert b'load_file("weights.safetensors")' in packed.read("small-cnn/network.py")


def test_a_run_without_weights_says_so(pupil: Person) -> None:
    run = Run.objects.launch(pupil, job(), "Mine")
    answer = Browser(pupil).call("get", f"/runs/{run.pk}/export?as=pocket")
    assert answer.status_code == 404 and "no weights" in json.loads(answer.content)["detail"]

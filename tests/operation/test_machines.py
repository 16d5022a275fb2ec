"""Workers on machines that share no disk: what one began, another ends, and nobody sees a difference."""

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Event as Flag
from typing import Any

import pytest
from django.test import override_settings

from playground.accounts.models import Person
from playground.environment import file_storage
from playground.runs import archive
from playground.runs.claiming import DEVICE_WISHES
from playground.runs.leases import Leases
from playground.runs.models import Run
from playground.runs.turns import Turns
from setup.postgres_server import PLACES
from tests.operation.bucket_server import BucketServer
from tests.operation.cluster import Cluster
from tests.playground.jobs import job, told_steps
from tests.playground.parts import wait_until
from trainer.calibration import processors
from trainer.job import Job

there = shutil.which("initdb") or list(Path("/").glob(f"{PLACES.lstrip('/')}/initdb"))


@pytest.fixture
def cluster(tmp_path: Path, bucket_server: BucketServer) -> Iterator[Cluster]:
    found = Cluster(tmp_path, bucket_server)
    try:
        found.start()
        yield found
    finally:
        found.stop()


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.skipif(not there, reason="PostgreSQL is not installed")
def test_a_run_whose_machine_dies_finishes_on_another(cluster: Cluster) -> None:
    one, other = cluster.machine("one", threads=1), cluster.machine("other", threads=2)
    one.start_worker()
    task = job(network="small-cnn", epochs=25)
    calm = cluster.ask("POST", "/api/runs", task)["id"]
    threads = cluster.wait(calm, "finished", seconds=200)["job"]["threads"]
    run = cluster.ask("POST", "/api/runs", task)["id"]
    wait_until(lambda: [name for name in cluster.bucket.names() if f"{run}/checkpoint" in name], 60)
    one.end(signal.SIGKILL)
    left = cluster.ask("GET", f"/api/runs/{run}")
    assert (left["status"], left["job"]["threads"]) == ("running", 1)
    other.start_worker()
    ended = cluster.wait(run, "finished", "failed", seconds=200)
    assert (ended["status"], ended["job"]["threads"], threads) == ("finished", 1, 1)
    events = cluster.ask("GET", f"/api/runs/{run}/events")["events"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["reason"] for event in events if event["kind"] == "resumed"] == ["worker_lost"]
    assert told_steps(events) == list(range(1, ended["step"] + 1))
    weights = [cluster.ask("GET", f"/api/runs/{which}/weights") for which in (calm, run)]
    assert weights[0] == weights[1]
    assert [machine.files() for machine in cluster.machines] == [[], [], []]


@pytest.mark.django_db(transaction=True)
def test_what_one_home_hands_back_another_goes_on_with(
    pupil: Person, bucket: BucketServer, tmp_path: Path
) -> None:
    task = job(network="small-cnn", epochs=6, threads=None)
    calm, run = (Run.objects.launch(pupil, Job.read(task).describe(), "Mine") for _ in range(2))
    with override_settings(STORAGES={"default": file_storage(bucket.url("hand-over"))}):
        train_in(tmp_path / "one", 1, calm, until="finished")
        train_in(tmp_path / "one", 1, run, until="queued")
        assert 0 < run.step < calm.step
        train_in(tmp_path / "other", 2, run, until="finished")
        assert run.job["threads"] == 1
        assert archive.weights(run.pk) == archive.weights(calm.pk)
    assert told_steps(run.transcript(0, 10_000)) == list(range(1, calm.step + 1))
    assert list(tmp_path.rglob("checkpoint*")) == []


def train_in(home: Path, threads: int, run: Run, until: str) -> None:
    """Lets a worker with this home train a run to its end, or give it back after its first turn."""
    home.mkdir(exist_ok=True)
    found: dict[str, Any] = {"cores": processors(), "threads": threads}
    (home / "calibration.json").write_text(json.dumps(found))
    leaving = Flag()
    turns = Turns(f"cpu@{home.name}", Leases(), leaving)
    with override_settings(HOME=home):
        Run.objects.exclude(pk=run.pk).filter(status="queued").update(status="paused")
        Run.objects.filter(pk=run.pk).update(status="queued")
        while turns.go_on(DEVICE_WISHES) and until != "queued":
            pass
        leaving.set()
        turns.hand_all_back()
        turns.release_all()
    run.refresh_from_db()
    assert run.status == until, run.transcript(0, 10)

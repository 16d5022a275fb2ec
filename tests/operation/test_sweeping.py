"""The sweep: what nobody will ask for again goes, everything else stays, and the disk stays bounded."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import Client, override_settings
from django.utils import timezone

from playground import live
from playground.accounts.models import Person
from playground.environment import file_storage
from playground.networks.models import SavedNetwork
from playground.operation.models import Sweep
from playground.operation.sweeping import sweep
from playground.runs import archive
from playground.runs.models import Event, Run
from tests.operation.bucket_server import BucketServer
from tests.playground.jobs import NETWORK
from tests.playground.parts import RedisServer, wait_until

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
both = pytest.mark.parametrize("storage", ["disk", "bucket"], indirect=True)


@pytest.fixture(autouse=True)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """Files on a disk, or in a bucket."""
    if getattr(request, "param", "disk") == "disk":
        told: dict[str, Any] = file_storage("") | {"OPTIONS": {"location": str(tmp_path)}}
    else:
        bucket: BucketServer = request.getfixturevalue("bucket")
        told = file_storage(bucket.url(f"sweep/{uuid4()}"))
    with override_settings(STORAGES={"default": told}):
        yield


def later(days: float) -> datetime:
    return timezone.now() + days * DAY


def swept(days: float = 0) -> dict[str, int]:
    """What the sweep removes so many days from now."""
    done = sweep(later(days))
    assert done is not None and done.ended
    return {what: count for what, count in done.removed.items() if count}


def run_of(person: Person, over: bool = True, **fields: Any) -> Run:
    """A run with two full states and weights, which ended now or is in a worker's hands."""
    state = {"status": "finished", "ended": timezone.now()} if over else {"status": "running"}
    fields = {"owner": person, "name": "Mine", "job": {"network": NETWORK, "seed": 1}, **state, **fields}
    run = Run.objects.create(**fields)
    for step in (10, 20):
        archive.keep_checkpoint(run.pk, step, b"full state")
    archive.keep_weights(run.pk, b"weights")
    Event.objects.create(run=run, seq=1, kind="started", body={})
    return run


def files() -> list[str]:
    return sorted(kept.name for kept in default_storage.below("runs"))  # type: ignore[attr-defined]


def test_what_is_in_use_stays(pupil: Person) -> None:
    run_of(pupil)
    run_of(pupil, over=False)
    SavedNetwork.objects.create(owner=pupil, name="Mine", network=NETWORK)
    assert swept() == {}
    assert len(files()) == 6 and Run.objects.count() == 2


@both
def test_idle_guests_go_with_all_that_is_theirs(pupil: Person, operator: Person) -> None:
    run_of(pupil)
    SavedNetwork.objects.create(owner=pupil, name="Mine", network=NETWORK)
    kept = run_of(operator)
    assert swept(89.9).get("guests") is None
    assert swept(91)["guests"] == 1
    assert list(Person.objects.all()) == [operator]
    assert list(Run.objects.all()) == [kept] and all(str(kept.pk) in name for name in files())
    assert Event.objects.count() == 1


@pytest.mark.parametrize("what", ["trains", "came back", "saved", "trained"])
def test_guests_who_did_something_stay(pupil: Person, what: str) -> None:
    recently = later(50)
    if what == "trains":
        run_of(pupil, over=False)
    elif what == "came back":
        Person.objects.filter(pk=pupil.pk).update(last_login=recently)
    elif what == "saved":
        SavedNetwork.objects.create(owner=pupil, name="Mine", network=NETWORK, changed=recently)
    else:
        run_of(pupil, ended=recently)
    assert "guests" not in swept(91)
    assert Person.objects.filter(pk=pupil.pk).exists()


@both
def test_deleted_runs_and_networks_go_after_a_day(pupil: Person) -> None:
    run = run_of(pupil)
    network = SavedNetwork.objects.create(owner=pupil, name="Mine", network=NETWORK)
    run.delete_softly()
    network.delete_softly()
    assert swept(0.9) == {}
    assert swept(1.1) == {"runs": 1, "networks": 1}
    assert files() == [] and not Run.objects.exists() and not SavedNetwork.objects.exists()


def test_searches_for_a_rate_go_a_day_after_their_end(pupil: Person) -> None:
    trained = run_of(pupil)
    run_of(pupil, purpose="find_rate")
    under_way = run_of(pupil, over=False, purpose="find_rate")
    assert swept(0.9) == {}
    assert swept(1.1)["runs"] == 1
    assert Run.objects.filter(pk__in=[trained.pk, under_way.pk]).count() == Run.objects.count() == 2


def test_of_an_ended_run_one_full_state_stays_and_later_only_weights_and_few_keyframes(
    operator: Person,
) -> None:
    run, steps = run_of(operator), [1, 2, 5, 10, 20, 50, 100, 200, 430, 500, 860, 1_000]
    for step in steps:
        archive.keep_keyframe(run.pk, step, b"keyframe", room=1_000)
    assert swept(1.1)["files"] == 1
    assert [name[-2:] for name in files() if "checkpoint" in name] == ["20"]
    assert archive.keyframe_steps(run.pk) == steps
    assert swept(31)["files"] == 1 + 4
    left = archive.keyframe_steps(run.pk)
    assert (len(left), left[0], left[-1]) == (8, 1, 1_000)
    assert len(files()) == 1 + 8 and archive.weights(run.pk) == b"weights"


@both
def test_files_without_a_run_go_after_a_day(operator: Person) -> None:
    run = run_of(operator, over=False)
    lost = f"runs/{uuid4()}/weights-000001.safetensors"
    for name in (lost, "runs/room-1", f"runs/{run.pk}/.abc.part", "elsewhere/mine"):
        default_storage.save(name, ContentFile(b"x"))
    assert swept(0.5) == {}
    assert swept(2)["files"] == 3
    assert len(files()) == 3 and all(str(run.pk) in name for name in files())
    assert default_storage.exists("elsewhere/mine")


def test_the_disk_stays_bounded(pupil: Person) -> None:
    """Runs come and go for ten simulated days; what is kept is what the last day made."""
    most = 0
    for day in range(10):
        for _ in range(3):
            run_of(pupil).delete_softly()
        Run.objects.update(deleted=later(day))
        sweep(later(day + 1.01))
        most = max(most, len(files()))
    assert most == 0 and Run.objects.count() == 0
    assert Sweep.objects.count() == 10


def test_an_hour_is_swept_once(pupil: Person, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("sweep")
    assert "removed: 0 guests" in capsys.readouterr().out
    call_command("sweep")
    assert "done already" in capsys.readouterr().out
    assert sweep() is None
    call_command("sweep", "--again")
    assert "kept: 0 bytes" in capsys.readouterr().out


def test_a_step_that_fails_does_not_keep_the_others_from_it(
    pupil: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_of(pupil).delete_softly()

    def broken(_: str) -> None:
        raise OSError("the bucket is away")

    monkeypatch.setattr(type(default_storage._wrapped), "delete", broken)  # type: ignore[attr-defined]
    done = sweep(later(2))
    assert done is not None and "runs" not in done.removed and done.removed["links"] == 0
    monkeypatch.undo()
    assert swept(3)["files"] == 3 and files() == []


def test_old_sessions_go(client: Client, pupil: Person) -> None:
    client.force_login(pupil)
    assert swept(89) == {} and Session.objects.count() == 1
    Session.objects.update(expire_date=timezone.now() - DAY)
    assert swept(1.5)["sessions"] == 1 and not Session.objects.exists()


@both
def test_storage_is_measured_by_person(pupil: Person, stranger: Person) -> None:
    run_of(pupil)
    run_of(pupil)
    run_of(stranger)
    done = sweep()
    one = 2 * len(b"full state") + len(b"weights")
    assert done is not None and done.kept["bytes"] == 3 * one
    assert done.kept["people"] == {str(pupil.pk): 2 * one, str(stranger.pk): one}


def test_keys_of_redis_that_would_stay_for_ever_get_an_end(pupil: Person, redis_server: RedisServer) -> None:
    run = uuid4()
    wait_until(live.answers)
    live.wire().ask(lambda client: client.xadd(live.stream(run), {"state": "1"}))
    assert swept()["streams"] == 1
    left = live.wire().ask(lambda client: client.ttl(live.stream(run)))
    assert left is not None and 0 < left <= live.STREAM_SECONDS

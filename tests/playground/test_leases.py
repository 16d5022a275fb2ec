"""A claim is a lease: renewed by its holder, taken over by exactly one other once it ends."""

import time
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from playground.accounts.models import Person
from playground.runs import archive
from playground.runs.claiming import LEASE, claim_next, free_expired, free_runs, renew
from playground.runs.leases import Leases
from playground.runs.models import Fenced, Run
from tests.playground.jobs import NETWORK

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


def launch(person: Person, **fields: Any) -> Run:
    return Run.objects.launch(person, {"network": NETWORK, "seed": 1, "device": "auto"}, "Mine", **fields)


def expire(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(lease=timezone.now() - timedelta(milliseconds=20))


def claimed(worker: str = "w") -> Run:
    run = claim_next(worker)
    assert run is not None
    return run


def test_a_lease_that_lasts_is_left_alone_and_one_that_ended_is_not(pupil: Person, stranger: Person) -> None:
    lasting, ended = launch(pupil), launch(stranger)
    first, second = claimed("a"), claimed("a")
    assert {first.pk, second.pk} == {lasting.pk, ended.pk}
    expire(ended)
    assert free_expired() == 1
    assert [run.pk for run in iter(lambda: claim_next("b"), None)] == [ended.pk]
    assert free_expired() == 0


def test_renewing_puts_the_end_off_but_only_for_who_still_holds_the_run(pupil: Person) -> None:
    launch(pupil)
    frozen = claimed("frozen")
    expire(frozen)
    renew([frozen])
    assert free_expired() == 0
    frozen.refresh_from_db()
    assert frozen.lease and LEASE / 2 < frozen.lease - timezone.now() <= LEASE
    expire(frozen)
    free_expired()
    other = claimed("other")
    before = other.lease
    renew([frozen])
    other.refresh_from_db()
    assert other.lease == before


def test_who_was_frozen_past_its_lease_may_neither_write_nor_keep_files(pupil: Person) -> None:
    launch(pupil)
    leases, frozen = Leases(), claimed("frozen")
    leases.hold(frozen, time.monotonic() - 100)
    leases.require(frozen)
    expire(frozen)
    free_expired()
    other = claimed("other")
    with pytest.raises(Fenced):
        leases.require(frozen)
    with pytest.raises(Fenced):
        frozen.record([{"kind": "finished"}], status="finished")
    archive.keep_weights(frozen.pk, b"of the other", other.attempt)
    archive.keep_weights(frozen.pk, b"too late", frozen.attempt)
    assert archive.weights(frozen.pk) == b"of the other"


def test_a_renewed_lease_spares_the_question(pupil: Person, django_assert_num_queries: Any) -> None:
    launch(pupil)
    leases, run = Leases(), claimed()
    leases.hold(run, time.monotonic())
    with django_assert_num_queries(0):
        leases.require(run)
        leases.renew(after=1)


def test_only_who_had_its_turn_is_blamed_for_a_dead_worker(pupil: Person, stranger: Person) -> None:
    guilty, innocent = launch(pupil), launch(stranger)
    for _ in range(3):
        assert {claimed().pk, claimed().pk} == {guilty.pk, innocent.pk}
        Run.objects.filter(pk=innocent.pk).update(suspect=False)
        free_runs("w")
    guilty.refresh_from_db()
    innocent.refresh_from_db()
    assert (guilty.status, innocent.status, innocent.losses) == ("failed", "queued", 0)


@pytest.mark.django_db(transaction=True)
def test_one_of_many_takes_an_ended_lease_over(pupil: Person) -> None:
    run = launch(pupil)
    claimed("frozen")
    expire(run)
    together, freed, taken = Barrier(4), [], []

    def take_over(name: str) -> None:
        together.wait()
        freed.append(free_expired())
        taken.append(claim_next(name))
        connection.close()

    threads = [Thread(target=take_over, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(freed) == 1
    assert len([one for one in taken if one]) == 1
    run.refresh_from_db()
    assert (run.attempt, run.status) == (2, "running")


def test_a_checkpoint_that_was_not_written_to_its_end_is_passed_over(pupil: Person) -> None:
    run = launch(pupil)
    whole = b"\x02\x00\x00\x00\x00\x00\x00\x00{}"
    archive.keep_checkpoint(run.pk, 40, whole, attempt=1)
    archive.keep_checkpoint(run.pk, 70, b"", attempt=2)
    assert archive.newest_checkpoint(run.pk) == (40, whole)
    archive.keep_checkpoint(run.pk, 50, whole, attempt=3)
    assert archive.newest_checkpoint(run.pk) == (50, whole)

"""Homes of earlier releases: what people made with them is there, and goes on."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.fixtures.make_home import browser, post, wait
from tests.homes import ROOT, opened, prepare, unpacked
from trainer import weights
from trainer.assembly import assemble
from trainer.network import Network

HOMES = sorted((ROOT / "tests" / "fixtures").glob("home-*"))
SIZE = 300_000  # bytes


@pytest.mark.long
@pytest.mark.parametrize("kept", HOMES, ids=lambda kept: kept.name)
def test_the_home_of_an_earlier_release_opens_and_its_runs_go_on(kept: Path, tmp_path: Path) -> None:
    facts = unpacked(kept, tmp_path)
    prepare(tmp_path, "migrate")
    finished, paused = f"/api/runs/{facts['finished']}", f"/api/runs/{facts['paused']}"
    with opened(tmp_path, DEBUG="1") as (address, _), closing(browser(address)) as guest:
        assert guest.get(f"/lab/?run={facts['finished']}").status_code == 200
        post(guest, "/api/recover", {"code": facts["code"]})
        assert guest.get(f"/lab/?network={facts['network']}").status_code == 200
        run = guest.get(finished).json()
        assert (run["status"], run["step"], run["mine"]) == ("finished", facts["finished_step"], True)
        told = guest.get(f"{finished}/events").json()["events"]
        assert [event["seq"] for event in told] == list(range(1, facts["finished_seq"] + 1))
        tensors, _ = weights.unpack(guest.get(f"{finished}/weights").content)
        weights.load(assemble(Network.read(run["job"]["network"])), tensors)
        post(guest, f"{paused}/commands", {"kind": "resume"})
        while guest.get(paused).json()["step"] <= facts["paused_step"]:
            assert guest.get(paused).json()["status"] in ("queued", "running")
        post(guest, f"{paused}/commands", {"kind": "stop"})
        wait(guest, facts["paused"], "stopped")


def test_a_home_that_is_kept_is_small() -> None:
    for kept in HOMES:
        assert sum(path.stat().st_size for path in kept.rglob("*") if path.is_file()) < SIZE
    assert HOMES


def test_the_database_is_copied_before_it_is_migrated_and_three_copies_are_kept(tmp_path: Path) -> None:
    unpacked(HOMES[-1], tmp_path)
    prepare(tmp_path, "migrate")
    copies = tmp_path / "copies"
    before = list(copies.glob("*"))
    prepare(tmp_path, "migrate")
    assert list(copies.glob("*")) == before  # nothing was to be changed
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as link:
        link.executescript(
            "DROP TABLE accounts_recovery;"
            "DELETE FROM django_migrations WHERE app = 'accounts' AND name = '0002_recovery';"
        )
    copies.mkdir(exist_ok=True)
    for day in range(1, 5):
        (copies / f"db-2020-01-0{day}-000000-000000.sqlite3").write_bytes(b"old")
    prepare(tmp_path, "migrate")
    kept = sorted(path.name for path in copies.glob("*"))
    assert len(kept) == 3
    with closing(sqlite3.connect(copies / kept[-1])) as link:
        tables = {name for (name,) in link.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert "runs_run" in tables
    assert "accounts_recovery" not in tables

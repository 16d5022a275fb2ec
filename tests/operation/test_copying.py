"""Backup and restore: a server that was lost comes back with its people, runs and files."""

import io
import os
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command

from setup.postgres_server import PLACES, PostgresServer
from tests.playground.parts import ROOT

there = shutil.which("initdb") or list(Path("/").glob(f"{PLACES.lstrip('/')}/initdb"))
MAKE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from playground.accounts.models import Person, Token
from playground.runs import archive
from playground.runs.models import Run
from trainer.job import Job
from tests.playground.jobs import job
run = Run.objects.create(owner=Person.objects.operator(), name="Dear to me", job=Job.read(job()).describe())
archive.keep_weights(run.pk, b"weights")
secret = Token.objects.issue(run.owner)
call_command("backup", "COPY")
print(run.pk, secret)
"""
OPEN = """
from django.test import Client
client, token = Client(), {"HTTP_AUTHORIZATION": "Bearer TOKEN"}
weights = client.get("/api/runs/RUN/weights", **token).content
print(client.get("/api/runs/RUN", **token).json()["name"], weights)
print(client.get("/lab/").status_code, client.get("/health/").status_code)
"""


class Server:
    """A server with a home of its own, used by its commands."""

    def __init__(self, home: Path, url: str = "") -> None:
        home.mkdir()
        self.home = home
        own = {"PLAYGROUND_HOME": str(home), "DATABASE_URL": url, "DEBUG": "1", "PROBE_WARM": "0"}
        redis = {"REDIS_URL": f"unix://{home}/none", "ALLOWED_HOSTS": "testserver", "SECRET_KEY": ""}
        self._environment = os.environ | own | redis | {"DJANGO_SETTINGS_MODULE": "playground.settings"}

    def do(self, *command: str) -> subprocess.CompletedProcess[str]:
        """One of Django's commands."""
        run = [sys.executable, "manage.py", *command]
        return subprocess.run(
            run, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False
        )

    def told(self, *command: str) -> str:
        """What a command that must not fail prints."""
        done = self.do(*command)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    if not there:
        pytest.skip("PostgreSQL is not installed")
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


def come_back(lost: Server, fresh: Server, copy: Path) -> None:
    told = lost.told("shell", "--no-imports", "-c", MAKE.replace("COPY", str(copy)))
    assert "keep it safe" in told
    run, token = told.splitlines()[-1].split()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    shutil.rmtree(lost.home)
    assert "with 1 files" in fresh.told("restore", str(copy))
    seen = fresh.told("shell", "--no-imports", "-c", OPEN.replace("RUN", run).replace("TOKEN", token))
    assert seen.splitlines()[-2:] == ["Dear to me b'weights'", "200 200"]


def test_a_lost_server_comes_back_from_its_backup(tmp_path: Path) -> None:
    fresh = Server(tmp_path / "fresh")
    come_back(Server(tmp_path / "lost"), fresh, tmp_path / "copy" / "monday.tar")
    with tarfile.open(tmp_path / "copy" / "monday.tar") as archive:
        secret = archive.extractfile("secret_key")
        assert secret and secret.read() == (fresh.home / "secret_key").read_bytes()
    assert list((tmp_path / "copy").iterdir()) == [tmp_path / "copy" / "monday.tar"]


@pytest.mark.long
def test_a_lost_server_on_postgres_comes_back_from_its_backup(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    with psycopg.connect(postgres.url, autocommit=True) as link:
        link.execute("CREATE DATABASE fresh")
    fresh = postgres.url.rpartition("/")[0] + "/fresh"
    come_back(
        Server(tmp_path / "lost", postgres.url), Server(tmp_path / "fresh", fresh), tmp_path / "copy.tar"
    )


@pytest.mark.django_db
def test_a_server_that_is_in_use_is_not_overwritten(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="not empty"):
        call_command("restore", str(tmp_path / "copy.tar"))


def test_what_is_no_backup_changes_nothing(tmp_path: Path) -> None:
    copy, server = tmp_path / "copy.tar", Server(tmp_path / "home")
    with tarfile.open(copy, "w") as archive:
        archive.addfile(tarfile.TarInfo("files/runs/../../evil"), io.BytesIO(b""))
    done = server.do("restore", str(copy))
    assert done.returncode and "is no backup" in done.stderr
    assert not (tmp_path / "evil").exists() and not (server.home / "media").exists()

"""The PostgreSQL that ./test --postgres starts: private, whole, and gone afterwards."""

import os
import shutil
import socket
import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from setup import postgres_server, testing
from setup.postgres_server import PostgresServer
from setup.words import Missing

there = pytest.mark.skipif(
    not (shutil.which("initdb") or list(Path("/").glob("usr/lib/postgresql/*/bin/initdb"))),
    reason="PostgreSQL is not installed",
)


@there
def test_it_answers_its_owner_and_leaves_nothing_behind():
    with testing.database(["--postgres"]) as url:
        folder = Path(unquote(urlsplit(url).netloc.rpartition("@")[2].partition(":")[0]))
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        with psycopg.connect(url) as link:
            assert link.execute("SHOW listen_addresses").fetchone() == ("",)
            [pid] = link.execute("SELECT pg_backend_pid()").fetchone()
    assert not folder.exists() and not Path(f"/proc/{pid}").exists()


@there
def test_over_tcp_it_asks_for_the_password():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = PostgresServer(port)
    try:
        server.start()
        with psycopg.connect(server.tcp_url) as link:
            assert link.execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgres://playground:wrong@127.0.0.1:{port}/playground")
    finally:
        server.stop()


def test_what_to_install_is_said_in_one_line(monkeypatch):
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.setattr(postgres_server, "PLACES", "/nowhere/*/bin")
    with pytest.raises(Missing, match=r"^PostgreSQL is missing\. .*apt-get install postgresql$"):
        PostgresServer()


def test_sqlite_is_the_default():
    with testing.database([]) as url:
        assert url == ""

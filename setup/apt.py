"""Debian's packages, for those who may install them."""

from __future__ import annotations

import os
import shutil
import subprocess

from setup.words import Progress


def possible() -> bool:
    """Whether this person may install packages of the system."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: list[str], what: str) -> bool:
    """Installs packages of the system where that is possible; says whether they are there now."""
    if not possible():
        return False
    progress = Progress(f"Installing {what} (apt-get install {' '.join(packages)}) ...")
    wanted = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    installed = quietly(wanted) or (quietly(["apt-get", "update", "-qq"]) and quietly(wanted))
    progress.done()
    return installed


def quietly(command: list[str]) -> bool:
    """Runs a command without questions and without output; says whether it succeeded."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    return done.returncode == 0

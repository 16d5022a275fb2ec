"""Which build of PyTorch fits this machine: without a GPU the CPU build, a tenth of the size."""

from __future__ import annotations

import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from setup.words import say

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PATIENCE = 5.0  # seconds


def arguments(python: Path, pin: str) -> list[str]:
    """What pip is told beside the requirements, so that nobody downloads gigabytes for nothing."""
    if sys.platform != "linux" or has_gpu() or found_locally(python, pin):
        return []
    if answers(CPU_INDEX):
        return ["--extra-index-url", CPU_INDEX]
    say("PyTorch's CPU index does not answer: taking the standard build, which may be some gigabytes.")
    return []


def has_gpu() -> bool:
    """Whether NVIDIA's driver is at work here."""
    return Path("/dev/nvidiactl").exists() or shutil.which("nvidia-smi") is not None


def found_locally(python: Path, pin: str) -> bool:
    """Whether pip finds the package in a folder of files (its find-links); it prefers a +cpu build there."""
    look = [
        str(python),
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--no-input",
    ]
    command = [*look, "--ignore-installed", "--disable-pip-version-check", pin]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def answers(index: str) -> bool:
    """Whether a package index answers quickly."""
    try:
        with urllib.request.urlopen(f"{index}/torch/", timeout=PATIENCE) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False

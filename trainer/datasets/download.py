"""Fetching a file from the first mirror that has it: resumable, checked, kept wholly or not at all."""

from __future__ import annotations

import fcntl
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from trainer.datasets.base import Say, cannot_write, make_folder
from trainer.problems import Problem

PATIENCE = 20.0  # seconds without a byte
PIECE = 1 << 16


def download(
    mirrors: tuple[str, ...],
    name: str,
    folder: Path,
    is_right: Callable[[Path], bool],
    say: Say | None = None,
) -> Path:
    """The path of `name` in `folder`, fetched if it is not there yet.

    A part that an interrupted download left is continued. Several processes may ask at once: one
    fetches, the others wait for it. Raises Problem if no mirror gives a file that is right.
    """
    target = folder / name
    if target.exists():
        return target
    make_folder(folder)
    failures: dict[str, str] = {}  # by mirror
    for mirror in mirrors:
        failure = fetch(mirror + name, target, is_right, say)
        if failure is None:
            return target
        failures[mirror] = failure
    raise Problem(
        f"{name} could not be downloaded ({_told(failures)}). The data set strokes works offline. Or "
        f"connect the server to the internet, or put the file into the folder {folder.name} of the data "
        "folder (--data).",
        ("dataset",),
    )


def _told(failures: dict[str, str]) -> str:
    """Why each mirror failed; where all say the same, that alone."""
    reasons = set(failures.values())
    if len(failures) > 1 and len(reasons) == 1:
        return reasons.pop()
    return "; ".join(f"{urlsplit(mirror).hostname}: {failure}" for mirror, failure in failures.items())


def fetch(address: str, target: Path, is_right: Callable[[Path], bool], say: Say | None) -> str | None:
    """Brings a file from one address to its place. What went wrong, or None."""
    part = target.with_name(f"{target.name}.{urlsplit(address).hostname}.part")
    try:
        with part.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if target.exists():
                return None
            failure = receive(address, file, say)
            if failure:
                return failure
            if not is_right(part):
                file.truncate(0)
                return "the file there is another or damaged"
            os.replace(part, target)
            return None
    except OSError as error:
        raise cannot_write(target.parent, error) from error
    finally:
        if part.exists() and part.stat().st_size == 0:
            part.unlink(missing_ok=True)


def receive(address: str, file: IO[bytes], say: Say | None) -> str | None:
    """Appends what is missing from an address to an open file. What went wrong, or None."""
    have = file.tell()
    try:
        answer = urllib.request.urlopen(
            urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {}),
            timeout=PATIENCE,
        )
    except urllib.error.HTTPError as error:
        error.close()
        # "range not satisfiable": nothing is missing, and the digest decides
        nothing_missing = have and error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        return None if nothing_missing else f"it answered {error.code}"
    except (http.client.HTTPException, OSError) as error:
        return in_words(error)
    with answer:
        if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
            file.truncate(0)
        return copy(answer, file, say)


def copy(answer: http.client.HTTPResponse, file: IO[bytes], say: Say | None) -> str | None:
    """Writes the whole answer into the file, telling how far it is. What went wrong, or None."""
    length = int(answer.headers.get("Content-Length") or 0)
    begun, told, name = file.seek(0, os.SEEK_END), -1, urlsplit(answer.url).path.rpartition("/")[2]
    received = 0
    while piece := read_piece(answer):
        if isinstance(piece, str):
            return piece
        file.write(piece)
        received += len(piece)
        percent = (begun + received) * 100 // max(begun + length, 1) if length else 0
        if say and percent // 5 != told:
            told = percent // 5
            say(f"Downloading {name}: {percent} %")
    file.flush()
    return None if received >= length else "the connection was lost"


def read_piece(answer: http.client.HTTPResponse) -> bytes | str:
    """The next bytes, none at the end; what went wrong, as text."""
    try:
        return answer.read(PIECE)
    except (http.client.HTTPException, OSError) as error:
        return in_words(error)


def in_words(error: Exception) -> str:
    """A failure of the network, short enough for a list."""
    reason = getattr(error, "reason", error)
    return getattr(reason, "strerror", None) or str(reason) or type(error).__name__

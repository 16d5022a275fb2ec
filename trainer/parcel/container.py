"""The container of a parcel: a zip of few files, whose sizes and digests its manifest tells."""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import IO, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import from_json

from trainer.formats import known
from trainer.problems import Problem, reading, shortened

FORMAT = 1
MANIFEST, JOB, TRANSCRIPT, WEIGHTS, CHECKPOINT = (
    "manifest.json",
    "job.json",
    "transcript.jsonl",
    "weights.safetensors",
    "checkpoint.safetensors",
)
NAMES = (MANIFEST, JOB, TRANSCRIPT, WEIGHTS, CHECKPOINT)
MOST_KEYFRAMES = 100
MANIFEST_BYTES = 65_536

_MADE = (2020, 1, 1, 0, 0, 0)  # the same run, the same bytes
_FILES = len(NAMES) + MOST_KEYFRAMES
_DIRECTORY = 128 * _FILES  # bytes that the list of so few files has at most
_KEYFRAME = re.compile(r"keyframe-(\d{1,12})\.safetensors", re.ASCII)
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x07"
_ENCRYPTED, _PACKED = 0x1, (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

# What zipfile raises for bytes that are no zip, or a damaged one
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, NotImplementedError, OSError,
    RuntimeError, UnicodeError, ValueError,
)  # fmt: skip


class Entry(BaseModel):
    """What the manifest says about a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bytes: int = Field(ge=0, lt=2**40)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """What a parcel says about itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Annotated[Literal[1], known("This file of a run", FORMAT)]
    kind: Literal["run"]
    name: str = Field(max_length=100)
    origin: str = Field(max_length=200)  # where it ran
    run: str = Field(max_length=64)  # what it was called there
    files: dict[str, Entry] = Field(max_length=_FILES)


def keyframe(step: int) -> str:
    """What the weights after a step are called."""
    return f"keyframe-{step}.safetensors"


def write(file: IO[bytes], contents: Mapping[str, bytes], *, name: str, origin: str, run: str) -> None:
    """Writes a parcel: `contents` are its files by name; `name`, `origin` and `run` say whose they are."""
    entries = {
        part: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for part, content in contents.items()
    }
    told = {"format": FORMAT, "kind": "run", "name": name, "origin": origin, "run": run, "files": entries}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for part, content in ((MANIFEST, json.dumps(told, indent=1).encode()), *contents.items()):
            archive.writestr(zipfile.ZipInfo(part, _MADE), content, zipfile.ZIP_DEFLATED)


class Container:
    """An opened parcel. Every file is read within a bound, and is what the manifest says, or is a Problem."""

    def __init__(self, blob: bytes) -> None:
        _refuse_many_files(blob)
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(blob))
        except _DAMAGE as error:
            raise _no_parcel() from error
        self._infos = self._listed()
        with reading("manifest"):
            self.manifest = Manifest.model_validate_json(self._unfolded(MANIFEST, MANIFEST_BYTES))
        if set(self.manifest.files) != set(self._infos) - {MANIFEST}:
            raise _problem("Its manifest does not list exactly the files that are in it.", MANIFEST)

    def holds(self, name: str) -> bool:
        """Whether there is a file of this name."""
        return name in self._infos

    def keyframes(self) -> dict[int, str]:
        """Step → the name of its weights, growing."""
        found = (_KEYFRAME.fullmatch(name) for name in self._infos)
        return dict(sorted((int(one[1]), one[0]) for one in found if one))

    def read(self, name: str, most: int) -> bytes:
        """A file of at most `most` bytes."""
        if name not in self._infos:
            raise _problem(f"It holds no {name}.", name)
        content = self._unfolded(name, most)
        told = self.manifest.files[name]
        if len(content) != told.bytes or hashlib.sha256(content).hexdigest() != told.sha256:
            raise _problem(f"{name} is not what its manifest says: the file was damaged or changed.", name)
        return content

    def _listed(self) -> dict[str, zipfile.ZipInfo]:
        found: dict[str, zipfile.ZipInfo] = {}
        for info in self._archive.infolist():
            known = info.filename in NAMES or _KEYFRAME.fullmatch(info.filename)
            if not known or info.orig_filename != info.filename:
                raise _problem(f"It holds {shortened(info.orig_filename)}, which no such file has.", "file")
            if info.filename in found:
                raise _problem(f"It holds {info.filename} twice.", info.filename)
            found[info.filename] = info
        if MANIFEST not in found:
            raise _no_parcel()
        return found

    def _unfolded(self, name: str, most: int) -> bytes:
        info = self._infos[name]
        if info.flag_bits & _ENCRYPTED or info.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            raise _problem(f"{name} is packed in a way that is not read here.", name)
        if info.file_size > most:
            raise _problem(f"{name} would unfold to {info.file_size:,} bytes; {most:,} are read here.", name)
        try:
            with self._archive.open(info) as file:
                content = file.read(most + 1)
        except _DAMAGE as error:
            raise _problem(f"{name} is damaged: it cannot be read to its end.", name) from error
        if len(content) > most:
            raise _problem(f"{name} unfolds to more than {most:,} bytes.", name)
        return content


def _refuse_many_files(blob: bytes) -> None:
    """Before the list of files is read, which may be as long as the file: it is told at the end of a zip."""
    at = blob.rfind(_END, -65_557)
    if at < 0 or at + 22 > len(blob) or blob[max(0, at - 20) : at].startswith(_END_64):
        raise _no_parcel()
    count, size = struct.unpack("<HI", blob[at + 10 : at + 16])
    if count > _FILES or size > _DIRECTORY:
        raise _problem(f"It holds {count:,} files; a run has at most {_FILES}.", "file")


def _no_parcel() -> Problem:
    return Problem("This is no file of a run, or only a part of one.", ("file",))


def _problem(message: str, place: str) -> Problem:
    return Problem(f"This file of a run cannot be read. {message}", (place,))


def as_json(content: bytes, place: tuple[str | int, ...]) -> Any:
    """What JSON says; a Problem where it is none, or says what nobody can keep."""
    try:
        found = from_json(content, allow_inf_nan=False)
    except ValueError as error:
        raise Problem(f"This is not JSON that can be read: {error}.", place) from error
    if b"\\u0000" in content:
        raise Problem("Text can hold no null character (\\u0000).", place)
    return found

"""Carries a training of one's own machine into a folder: its job, transcript, weights and last checkpoint."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from trainer.datasets.base import Folders
from trainer.events import Curves, Event, Validated
from trainer.job import Job
from trainer.problems import Problem
from trainer.training import Checkpoint, Command, Keyframe, Said, Snapshot, train

CHECKPOINT = "last.checkpoint"
WEIGHTS = "weights.safetensors"
KEYFRAMES = "keyframes"
Tell = Callable[[dict[str, Any]], None]


def carry(
    job: Job,
    folders: Folders,
    out: Path,
    go_on: bool,
    tell: Tell,
    asked: Callable[[], list[Command]] = list,
) -> None:
    """Trains a job to its end, or until somebody interrupts it, which pauses it; `tell` hears every event.

    `go_on`: from the checkpoint in the folder, if there is one. `asked`: what else is asked of it on the way.
    Raises Problem where the folder can't be written or the job can't be trained.
    """
    resume = _prepare(out, job, go_on)
    with (
        (out / "events.jsonl").open("a" if resume else "w", encoding="utf-8") as transcript,
        _pause_when_interrupted() as commands,
    ):
        said = train(job, folders=folders, resume=resume, commands=lambda: [*asked(), *commands()])
        _store(said, out, transcript, _numbered(out, resume), tell)


def _prepare(out: Path, job: Job, go_on: bool) -> bytes | None:
    """Makes the folder this job's; the checkpoint to go on from. What an earlier training left is removed."""
    kept = out / CHECKPOINT
    try:
        out.mkdir(parents=True, exist_ok=True)
        resume = kept.read_bytes() if go_on and kept.exists() else None
        if resume is None:
            kept.unlink(missing_ok=True)
            (out / WEIGHTS).unlink(missing_ok=True)
            shutil.rmtree(out / KEYFRAMES, ignore_errors=True)
        (out / "job.json").write_text(json.dumps(job.describe(), indent=1), encoding="utf-8")
    except OSError as error:
        raise Problem(f"{out} cannot be written: {error.strerror}.", ("out",)) from error
    return resume


@contextmanager
def _pause_when_interrupted() -> Iterator[Callable[[], list[Command]]]:
    """Ctrl-C and SIGTERM ask for a pause, so that `--resume` can go on; a second one ends at once."""
    asked: list[Command] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def put_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def ask(number: int, frame: object) -> None:
        asked.append({"kind": "pause"})
        put_back()

    for number in before:
        signal.signal(number, ask)
    try:
        yield lambda: [asked.pop()] if asked else []
    finally:
        put_back()


def _numbered(out: Path, resume: bytes | None) -> int:
    """The number of the last event that is there already."""
    return len((out / "events.jsonl").read_text(encoding="utf-8").splitlines()) if resume else 0


def _store(said: Iterable[Said], out: Path, transcript: TextIO, seq: int, tell: Tell) -> None:
    """Events to whoever hears them and to the transcript, weights and checkpoints to their files."""
    progress = _Progress()
    for thing in said:
        if isinstance(thing, Event):
            seq += 1
            event = {"seq": seq, **thing.describe()}
            tell(event)
            transcript.write(json.dumps(event) + "\n")
            progress.show(thing)
        elif isinstance(thing, Snapshot):
            _replace(out / WEIGHTS, thing.blob)
        elif isinstance(thing, Keyframe):
            _replace(out / KEYFRAMES / f"{thing.step:09d}.safetensors", thing.blob)
        elif isinstance(thing, Checkpoint):
            transcript.flush()
            _replace(out / CHECKPOINT, thing.blob)
    progress.end()


def _replace(file: Path, blob: bytes) -> None:
    """Writes a file wholly or not at all."""
    file.parent.mkdir(exist_ok=True)
    new = file.with_suffix(".new")
    new.write_bytes(blob)
    new.replace(file)


class _Progress:
    """One line on the terminal of a person who waits; nothing where nobody looks."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def show(self, event: Event) -> None:
        """Renews the line."""
        if not self._shown:
            return
        if isinstance(event, Curves) and event.images_per_second:
            left = f"{event.seconds_left:.0f} s left" if event.seconds_left else ""
            loss = next((value for value in reversed(event.loss) if value is not None), float("nan"))
            sys.stderr.write(
                f"\repoch {event.epoch}  loss {loss:.3f}  "
                f"{event.images_per_second:,.0f} images/s  {left}\033[K"
            )
        elif isinstance(event, Validated):
            found = (
                f"{100 * (event.accuracy or 0):.2f} %" if event.measure is None else f"{event.measure:.4g}"
            )
            sys.stderr.write(f"\repoch {event.epoch}  validation {found}\033[K\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Leaves the line."""
        if self._shown:
            sys.stderr.write("\n")

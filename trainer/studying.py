"""Carries a study of one's own machine into a folder: its trials one after the other, each in its own."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from trainer.carrying import CHECKPOINT, Tell, carry
from trainer.datasets.base import Folders
from trainer.problems import Problem
from trainer.studies.asking import Proposal, next_trial, reason_to_stop
from trainer.studies.results import best, importances, repeated
from trainer.studies.study import Study
from trainer.studies.trial import Trial
from trainer.training import Command

TRIALS = "trials.jsonl"


def carry_study(study: Study, folders: Folders, out: Path, go_on: bool, tell: Tell) -> bool:
    """Tries all that a study wants to try; False where somebody interrupted it: `go_on` goes on from there.

    `tell` hears of every trial's end, and at last of the result. Raises Problem where the folder can't be
    written, or holds another study.
    """
    study = study.model_copy(update={"parallel": 1})
    trials = _prepare(study, out, go_on)
    with (out / TRIALS).open("a", encoding="utf-8") as kept:
        while proposal := next_trial(study, trials):
            trial = _Carried(study, trials, proposal).train(folders, out, go_on)
            if trial.is_under_way:
                return False
            trials.append(trial)
            _keep(trial, study, kept, tell)
    tell(_result(study, trials))
    return True


def _prepare(study: Study, out: Path, go_on: bool) -> list[Trial]:
    """Makes the folder this study's; the trials that have ended in it."""
    described = json.dumps(study.describe(), indent=1)
    file, kept = out / "study.json", out / TRIALS
    try:
        out.mkdir(parents=True, exist_ok=True)
        if go_on and file.exists():
            if file.read_text(encoding="utf-8") != described:
                raise Problem(f"{out} holds another study; without --resume it begins anew.", ("out",))
            return [_read(line) for line in kept.read_text(encoding="utf-8").splitlines()]
        file.write_text(described, encoding="utf-8")
        kept.write_text("", encoding="utf-8")
        for left in out.glob(f"trial-*/{CHECKPOINT}"):
            left.unlink()  # of a study that was here before
    except OSError as error:
        raise Problem(f"{out} cannot be written: {error.strerror}.", ("out",)) from error
    return []


def _read(line: str) -> Trial:
    told = json.loads(line)
    return Trial(**{**told, "reports": tuple((epoch, loss, right) for epoch, loss, right in told["reports"])})


def _keep(trial: Trial, study: Study, kept: TextIO, tell: Tell) -> None:
    kept.write(json.dumps(asdict(trial)) + "\n")
    kept.flush()
    told = {name: value for name, value in asdict(trial).items() if name != "reports"}
    tell({"kind": "trial", **told, "value": trial.value(study.objective), "epochs": len(trial.reports)})


def _result(study: Study, trials: list[Trial]) -> dict[str, Any]:
    number = best(study, trials)
    return {
        "kind": "result",
        "best": number,
        "values": None if number is None else trials[number].values,
        "value": None if number is None else trials[number].value(study.objective),
        "finalists": [asdict(finalist) for finalist in repeated(study, trials)],
        "importances": importances(study, trials),
    }


class _Carried:
    """One trial at its training."""

    def __init__(self, study: Study, trials: list[Trial], proposal: Proposal) -> None:
        self._study, self._others = study, trials
        self._trial = Trial(len(trials), proposal.values, proposal.seed, proposal.repeats)
        self._asked: list[Command] = []

    def train(self, folders: Folders, out: Path, go_on: bool) -> Trial:
        """The trial after its end; still under way where somebody interrupted it."""
        folder = out / f"trial-{self._trial.number:04d}"
        try:
            job = self._study.job_with(self._trial.values, self._trial.seed)
            if go_on and (folder / CHECKPOINT).exists():
                self._hear_again(folder)
            carry(job, folders, folder, go_on, self._hear, self._ask)
        except Problem as problem:
            self._trial = self._trial.refused(problem.message)
        return self._trial

    def _hear(self, event: dict[str, Any]) -> None:
        self._trial = self._trial.heard(event)
        if event["kind"] != "validated":
            return
        if reason := reason_to_stop(self._study, [*self._others, self._trial], self._trial.number):
            self._asked.append({"kind": "stop", "reason": reason})

    def _hear_again(self, folder: Path) -> None:
        """What it said before somebody interrupted it."""
        for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines():
            self._trial = self._trial.heard(json.loads(line))

    def _ask(self) -> list[Command]:
        asked, self._asked = self._asked, []
        return asked

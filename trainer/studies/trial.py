"""A trial: one job of a study and what its training said. A fold of the transcript, like everything else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

State = Literal["waiting", "running", "done", "pruned", "stopped", "diverged", "failed", "refused"]
Objective = Literal["accuracy", "loss"]
UNDER_WAY: tuple[State, ...] = ("waiting", "running")

Report = tuple[int, float | None, float | None]  # epoch, validation loss, validation accuracy


@dataclass(frozen=True)
class Trial:
    """`values` are those of the study's fields; `repeats` is the trial that it repeats with another seed."""

    number: int  # from 0
    values: dict[str, Any]
    seed: int
    repeats: int | None = None
    state: State = "waiting"
    reports: tuple[Report, ...] = ()
    epoch: int | None = None  # whose weights it kept, where early stopping went back
    seconds: float = 0.0  # of training
    reason: str = ""  # why it failed or was refused

    @property
    def is_under_way(self) -> bool:
        """Whether its end is still to come."""
        return self.state in UNDER_WAY

    def value(self, objective: Objective) -> float | None:
        """What the study compares, of the weights that were kept; None before its end."""
        if self.state != "done":
            return None
        told = dict(self.history(objective))
        return told.get(max(told, default=0) if self.epoch is None else self.epoch)

    def history(self, objective: Objective) -> list[tuple[int, float]]:
        """(epoch, value) of every report that has one."""
        place = 1 if objective == "loss" else 2
        return [(report[0], value) for report in self.reports if (value := report[place]) is not None]

    def refused(self, reason: str) -> Trial:
        """The trial, where its values can't be together."""
        return replace(self, state="refused", reason=reason)

    def heard(self, event: dict[str, Any]) -> Trial:
        """The trial after one more event of its transcript."""
        seconds = max(self.seconds, float(event.get("seconds") or 0))
        match event["kind"]:
            case "started":
                return replace(self, state="running", reports=())
            case "curves" | "resumed":
                return replace(self, state="running", seconds=seconds)
            case "validated":
                before = tuple(report for report in self.reports if report[0] < event["epoch"])
                report: Report = (event["epoch"], event["loss"], event["accuracy"])
                return replace(self, state="running", seconds=seconds, reports=(*before, report))
            case "finished":
                return replace(self, state="done", seconds=seconds, epoch=event["epoch"])
            case "stopped":
                ends: dict[str, State] = {"early": "done", "pruned": "pruned"}
                state = ends.get(event["reason"], "stopped")
                return replace(self, state=state, seconds=seconds, epoch=event["epoch"])
            case "diverged" | "failed":
                return replace(self, state=event["kind"], reason=event["message"])
        return self

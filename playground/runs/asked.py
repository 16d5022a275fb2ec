"""What one training was asked, between the command row and its answer."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from playground.runs.commands import FOR_A_TRAINING, Command, due
from playground.runs.models import Run

COMMAND_BEHIND = {"changed": "set_lr", "paused": "pause", "stopped": "stop"}  # what makes a training say this


class Asked:
    """Commands that a training knows, but has not answered yet.

    They count as handled once it answers, not before: a worker that dies in between leaves them to the next.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._passed: list[Command] = []

    @property
    def is_open(self) -> bool:
        """Whether an answer is due."""
        return bool(self._passed)

    @property
    def for_a_pause(self) -> bool:
        """Whether a person asked for a pause."""
        return any(row.kind == "pause" for row in self._passed)

    def unhandled(self) -> list[dict[str, Any]]:
        """What the training does not know yet, in its words; it counts as known from now on."""
        known = {row.pk for row in self._passed}
        rows = list(due(FOR_A_TRAINING).filter(run=self._run).exclude(pk__in=known))
        for row in rows:
            if row.kind == "resume":  # a pause that did not come to pass yet is taken back
                mark_handled([row, *self._take_back_pauses()])
            else:
                self._passed.append(row)
        found = [row for row in self._passed if row.pk not in known]
        return [_told(row) for row in found]

    def answered_by(self, kind: str) -> list[Command]:
        """The command that makes a training say this."""
        return [row for row in self._passed if row.kind == COMMAND_BEHIND.get(kind)][:1]

    def forget(self, rows: Sequence[Command]) -> None:
        """These are handled."""
        self._passed = [row for row in self._passed if row not in rows]

    def _take_back_pauses(self) -> list[Command]:
        pauses = [row for row in self._passed if row.kind == "pause"]
        self._passed = [row for row in self._passed if row.kind != "pause"]
        return pauses


def _told(row: Command) -> dict[str, Any]:
    """A command in the training's words."""
    more = {"lr": row.lr, "reason": row.reason or None}
    return {"kind": row.kind} | {name: value for name, value in more.items() if value is not None}


def mark_handled(rows: Sequence[Command]) -> None:
    """Nobody else needs to do these any more."""
    if rows:
        Command.objects.filter(pk__in=[row.pk for row in rows]).update(handled=timezone.now())

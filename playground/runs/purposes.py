"""What a run is for: to train, or to find a learning rate. Here, and nowhere else, the two differ.

What loads PyTorch is imported where it is needed: the web must answer before.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from trainer.assembly import Assembly
    from trainer.datasets.base import Folders
    from trainer.estimate import Needs
    from trainer.job import Job
    from trainer.pace import Clock
    from trainer.speeds import Speeds


class Purpose(models.TextChoices):
    """What somebody made a run for."""

    TRAIN = "train"
    FIND_RATE = "find_rate"

    @property
    def work(self) -> Work:
        """How such a run works."""
        return _WORKS[self]


@dataclass(frozen=True)
class Given:
    """What a worker gives to a run at work. `resume` is what its last checkpoint holds."""

    folders: Folders
    commands: Callable[[], list[dict[str, Any]]]
    watched: Callable[[], bool]
    clock: Clock
    resume: bytes | None


class Work(ABC):
    """What a run does with its job. `commands` are those that make sense for it."""

    commands: ClassVar[tuple[str, ...]]

    @abstractmethod
    def say(self, job: Job, given: Given) -> Iterator[Any]:
        """Everything that it says and leaves behind, one thing at a time; raises Problem."""

    @abstractmethod
    def needs(self, job: Job, assembly: Assembly) -> Needs:
        """What follows from the job alone."""

    @abstractmethod
    def seconds(self, job: Job, assembly: Assembly, speeds: Speeds) -> float:
        """How long it takes alone on this machine."""


class Training(Work):
    """Trains the job, and keeps weights and full states."""

    commands = ("pause", "resume", "stop", "ahead", "set_lr", "test")

    def say(self, job: Job, given: Given) -> Iterator[Any]:
        from trainer.assembly import Limits
        from trainer.training import train

        return train(
            job,
            folders=given.folders,
            commands=given.commands,
            watched=given.watched,
            resume=given.resume,
            limits=Limits(**settings.RUN_LIMITS),
            clock=given.clock,
        )

    def needs(self, job: Job, assembly: Assembly) -> Needs:
        from trainer.estimate import needs

        return needs(job, assembly)

    def seconds(self, job: Job, assembly: Assembly, speeds: Speeds) -> float:
        from trainer.estimate import seconds

        return seconds(job, assembly, speeds)


class Search(Work):
    """Tries growing rates and suggests one. It keeps nothing, and where it broke off it begins anew."""

    commands = ("stop", "ahead")

    def say(self, job: Job, given: Given) -> Iterator[Any]:
        from trainer.assembly import Limits
        from trainer.finding import find_rate

        limits = Limits(**settings.RUN_LIMITS)
        return find_rate(job, given.folders, commands=given.commands, limits=limits, clock=given.clock)

    def needs(self, job: Job, assembly: Assembly) -> Needs:
        from trainer.estimate import needs_of_search

        return needs_of_search(job, assembly)

    def seconds(self, job: Job, assembly: Assembly, speeds: Speeds) -> float:
        from trainer.estimate import seconds_of_search

        return seconds_of_search(job, assembly, speeds)


_WORKS: dict[Purpose, Work] = {Purpose.TRAIN: Training(), Purpose.FIND_RATE: Search()}

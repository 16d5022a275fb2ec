"""When a study gives a trial up early: decided at every report, from the reports of all trials."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

from pydantic import Field

from trainer.entry import Entry, discover

if TYPE_CHECKING:
    from optuna.pruners import BasePruner


class Pruner(Entry):
    """Compares a trial with the others at the same epoch."""

    def make(self) -> BasePruner:
        """Optuna's pruner."""
        raise NotImplementedError(f"{type(self).__name__} prunes nothing")

    def rungs(self, epochs: int) -> list[int]:
        """The epochs at which it decides, where it decides at few of them."""
        return []


class Halving(Pruner):
    """Lets the best share go on at each rung of a ladder of epochs: successive halving, without waiting."""

    # ASHA: L. Li et al., A System for Massively Parallel Hyperparameter Tuning, 2020
    kind, label = "halving", "Successive halving (ASHA)"

    first: int = Field(1, ge=1, le=1_000, description="Epochs before the first decision.")
    factor: int = Field(3, ge=2, le=10, description="One of so many goes on; the rungs lie so far apart.")

    def make(self) -> BasePruner:
        import optuna

        return optuna.pruners.SuccessiveHalvingPruner(min_resource=self.first, reduction_factor=self.factor)

    def rungs(self, epochs: int) -> list[int]:
        found = []
        rung = self.first
        while rung <= epochs:
            found.append(rung)
            rung *= self.factor
        return found


class Median(Pruner):
    """Gives up what is worse than the median of the finished trials at the same epoch."""

    kind, label = "median", "Worse than the median"

    startup: int = Field(5, ge=1, le=1_000, description="Trials that finish before any is given up.")
    warmup: int = Field(1, ge=0, le=1_000, description="Epochs in which no trial is given up.")

    def make(self) -> BasePruner:
        import optuna

        return optuna.pruners.MedianPruner(n_startup_trials=self.startup, n_warmup_steps=self.warmup)


@cache
def kinds() -> dict[str, type[Pruner]]:
    """Every pruner that exists, by kind."""
    return discover(sys.modules[__name__], Pruner)

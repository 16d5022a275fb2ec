"""How a study chooses what to try next. Optuna does it; imported where it is asked, it keeps nothing."""

from __future__ import annotations

import math
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import Field

from trainer.entry import Entry, discover

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

    from trainer.studies.study import Study


class Sampler(Entry):
    """Chooses values for the next trial from those of all trials so far."""

    def make(self, study: Study, seed: int) -> BaseSampler:
        """Optuna's sampler for one question. `seed` is of this question alone."""
        raise NotImplementedError(f"{type(self).__name__} samples nothing")

    def most(self, study: Study) -> int | None:
        """How many trials there can be at most; None where there is no end."""
        return None


class Tpe(Sampler):
    """Tries more of what worked: compares where good trials lie with where the others lie."""

    # J. Bergstra et al., Algorithms for Hyper-Parameter Optimization, 2011
    kind, label = "tpe", "Learning from trials (TPE)"

    startup: int = Field(10, ge=1, le=1_000, description="Trials by chance before it begins to learn.")

    def make(self, study: Study, seed: int) -> BaseSampler:
        import optuna

        # Running trials count as bad, so that those side by side try different things.
        return optuna.samplers.TPESampler(seed=seed, n_startup_trials=self.startup, constant_liar=True)


class ByChance(Sampler):
    """Draws every value by chance, whatever came of the trials before."""

    # J. Bergstra and Y. Bengio, Random Search for Hyper-Parameter Optimization, 2012
    kind, label = "random", "By chance"

    def make(self, study: Study, seed: int) -> BaseSampler:
        import optuna

        return optuna.samplers.RandomSampler(seed=seed)


class Grid(Sampler):
    """Tries every combination of a few values for each field, in a shuffled order."""

    kind, label = "grid", "All combinations"

    points: int = Field(3, ge=2, le=20, description="Values of each range; choices are all tried.")

    def make(self, study: Study, seed: int) -> BaseSampler:
        import optuna

        return optuna.samplers.GridSampler(self.values(study), seed=study.seed)  # one shuffle for all trials

    def most(self, study: Study) -> int | None:
        return math.prod(len(values) for values in self.values(study).values())

    def values(self, study: Study) -> dict[str, list[Any]]:
        """Field → what Optuna calls its values."""
        return {
            path: [study.told(path, value) for value in values.spread(self.points, study.is_whole(path))]
            for path, values in study.space.items()
        }


@cache
def kinds() -> dict[str, type[Sampler]]:
    """Every sampler that exists, by kind."""
    return discover(sys.modules[__name__], Sampler)

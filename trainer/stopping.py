"""Early stopping: when a training has learned what it can, as its validations tell."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from typing import Literal

from pydantic import Field

from trainer.entry import Entry, discover
from trainer.writing import Around

Validation = tuple[float, float]  # loss and accuracy, after an epoch


class Stopping(Entry):
    """Decides from all validations so far, the oldest first. Pure, so that a training that goes on agrees."""

    def best(self, history: Sequence[Validation]) -> int | None:
        """The place of the validation whose weights the run shall have at its end; None for the last."""
        raise NotImplementedError(f"{type(self).__name__} knows no best")

    def is_over(self, history: Sequence[Validation]) -> bool:
        """Whether it is time to stop."""
        raise NotImplementedError(f"{type(self).__name__} never stops")

    def code(self) -> Around:
        """How a script does it; `loss` and `accuracy` are those of the epoch's validation."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it is written")


class Patience(Stopping):
    """Stops after some epochs that were no better, and goes back to the weights of the best one."""

    kind, label = "patience", "When it no longer improves"

    patience: int = Field(3, ge=1, le=100, description="Epochs that may pass without a better one.")
    metric: Literal["loss", "accuracy"] = Field("loss", description="What must improve, in validation.")
    min_delta: float = Field(0.0, ge=0, le=10, description="By how much it must improve to count.")
    restore: bool = Field(True, description="At the end, the weights of the best epoch come back.")

    def best(self, history: Sequence[Validation]) -> int | None:
        return self._best(history) if self.restore else None

    def is_over(self, history: Sequence[Validation]) -> bool:
        return len(history) - 1 - self._best(history) >= self.patience

    def code(self) -> Around:
        score = "accuracy" if self.metric == "accuracy" else "-loss"
        more = f" + {self.min_delta}" if self.min_delta else ""
        kept = ", copy.deepcopy(network.state_dict())" if self.restore else ""
        return Around(
            before=('best, waited = -float("inf"), 0',),
            each_epoch=(
                "waited += 1",
                f"if {score} > best{more}:",
                f"    best, waited{', kept' if self.restore else ''} = {score}, 0{kept}",
                f"if waited == {self.patience}:",
                "    break",
            ),
            after=("network.load_state_dict(kept)",) if self.restore else (),
            imports=("import copy",) if self.restore else (),
        )

    def _best(self, history: Sequence[Validation]) -> int:
        found = 0
        for at, validation in enumerate(history):
            if self._score(validation) > self._score(history[found]) + self.min_delta:
                found = at
        return found

    def _score(self, validation: Validation) -> float:
        loss, accuracy = validation
        return accuracy if self.metric == "accuracy" else -loss


@cache
def kinds() -> dict[str, type[Stopping]]:
    """Every way to stop early that exists, by kind."""
    return discover(sys.modules[__name__], Stopping)

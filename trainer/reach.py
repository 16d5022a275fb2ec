"""What the numbers that a layer gives can be: how far they reach, and what else is known of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

What = Literal["numbers", "probabilities", "log_probabilities", "bits"]


@dataclass(frozen=True)
class Reach:
    """Numbers from `low` to `high`.

    Of probabilities the sum is 1, log-probabilities are their logarithms; bits are `low` or `high`, never
    between.
    """

    low: float = -math.inf
    high: float = math.inf
    what: What = "numbers"

    def covers(self, low: float, high: float) -> bool:
        """Whether every number from `low` to `high` can be given."""
        return self.what in ("numbers", "probabilities") and self.low <= low and high <= self.high

    def described(self) -> str:
        """In a sentence: `numbers from 0 to 1`."""
        if self.what != "numbers":
            return _WORDS[self.what]
        if math.isinf(self.low) or math.isinf(self.high):
            return _half(self)
        return f"numbers from {_short(self.low)} to {_short(self.high)}"


ANY = Reach()

_WORDS = {
    "probabilities": "probabilities, which are together 1",
    "log_probabilities": "logarithms of probabilities",
    "bits": "only 0 or 1",
}


def _half(reach: Reach) -> str:
    if math.isfinite(reach.low):
        return f"numbers of {_short(reach.low)} and above"
    return f"numbers up to {_short(reach.high)}" if math.isfinite(reach.high) else "any number"


def _short(number: float) -> str:
    return f"{number:.3g}".replace("-", "−")

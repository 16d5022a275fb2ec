"""Pace: is it time again? Asked by the clock, never counted in batches."""

from collections.abc import Callable

Clock = Callable[[], float]

CURVES_EVERY = 0.2  # seconds
CURVES_FIRST = 0.03  # somebody has just pressed Train and waits to see that something moves
COMMANDS_EVERY = 0.05
CHECKPOINT_EVERY = 2.0
CHECKPOINT_SHARE = 0.02  # of the time at most: large ones are kept less often
SNAPSHOT_EVERY = 0.2
SNAPSHOT_BYTES_PER_SECOND = 8_000_000


class Pace:
    """Says yes at most once in `seconds`, the first time after one such span, or after `first` seconds."""

    def __init__(self, seconds: float, clock: Clock, first: float | None = None) -> None:
        self.seconds = seconds
        self._clock = clock
        self._next = clock() + (seconds if first is None else first)

    def due(self) -> bool:
        """Whether the span is over; a yes begins the next one."""
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + self.seconds
        return True


class Rhythm:
    """What a training looks up for between two batches, each at its own pace."""

    def __init__(self, clock: Clock, snapshot_bytes: int) -> None:
        self.curves = Pace(CURVES_EVERY, clock, CURVES_FIRST)
        self.commands = Pace(COMMANDS_EVERY, clock)
        self.checkpoints = Pace(CHECKPOINT_EVERY, clock)
        self.snapshots = Pace(max(SNAPSHOT_EVERY, snapshot_bytes / SNAPSHOT_BYTES_PER_SECOND), clock)

    def keeping_took(self, seconds: float) -> None:
        """Keeps less often what takes long to keep."""
        self.checkpoints.seconds = max(CHECKPOINT_EVERY, seconds / CHECKPOINT_SHARE)


class Stopwatch:
    """Seconds spent between `start` and `stop`, added up."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sum = 0.0
        self._since: float | None = None

    @property
    def seconds(self) -> float:
        """The sum up to now."""
        return self._sum + (0.0 if self._since is None else self._clock() - self._since)

    def go_on_from(self, seconds: float) -> None:
        """Counts on from an earlier sum."""
        self._sum += seconds

    def start(self) -> None:
        """Begins to count."""
        self._since = self._clock()

    def stop(self) -> None:
        """Stops counting and keeps the sum."""
        self._sum, self._since = self.seconds, None

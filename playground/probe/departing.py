"""Large frames on their way to pages: together they take no more memory than the process may give them."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings

from trainer.problems import Problem


class Departing:
    """Counts bytes of large frames from when they are made until their page has them. For one event loop."""

    def __init__(self, limit: int, large: int) -> None:
        self._limit = limit
        self._large = large
        self._bytes = 0

    def is_large(self, frame: bytes) -> bool:
        """Whether this frame counts: those that a page asks for with every stroke do not."""
        return len(frame) > self._large

    @contextmanager
    def holding(self, frame: bytes) -> Iterator[None]:
        """Counts a frame meanwhile. Raises a Problem where there is no room for it at the moment."""
        size = len(frame) if self.is_large(frame) else 0
        if size and self._bytes + size > self._limit:
            raise Problem(
                "Too many large pictures are on their way from here. Ask for fewer, or again in a moment.",
                ("layers",),
            )
        self._bytes += size
        try:
            yield
        finally:
            self._bytes -= size


@cache
def departing() -> Departing:
    """This process's."""
    return Departing(settings.FRAMES_BYTES, settings.LARGE_FRAME)

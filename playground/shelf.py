"""Things that are kept ready, within a number of bytes: what was used longest ago goes first."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shelf(Generic[T]):
    """Keeps one version of each thing, for several threads; two may make the same thing at once."""

    def __init__(self, limit: int, size: Callable[[T], int]) -> None:
        self._limit = limit
        self._size = size
        self._lock = threading.Lock()
        self._things: OrderedDict[Hashable, tuple[Hashable, T]] = OrderedDict()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """What lies here takes so many."""
        return self._bytes

    def get(self, key: Hashable, version: Hashable, make: Callable[[], T]) -> T:
        """The thing of this key in this version, made where it is not here; it takes the old version's place.

        One that is larger than the shelf is made each time.
        """
        with self._lock:
            kept = self._things.get(key)
            if kept and kept[0] == version:
                self._things.move_to_end(key)
                return kept[1]
        made = make()
        with self._lock:
            self._remove(key)
            if self._size(made) <= self._limit:
                self._things[key] = version, made
                self._bytes += self._size(made)
                while self._bytes > self._limit:
                    self._remove(next(iter(self._things)))
        return made

    def peek(self, key: Hashable) -> T | None:
        """The thing of this key in whatever version is here, or None."""
        with self._lock:
            kept = self._things.get(key)
            return kept[1] if kept else None

    def _remove(self, key: Hashable) -> None:
        kept = self._things.pop(key, None)
        if kept:
            self._bytes -= self._size(kept[1])

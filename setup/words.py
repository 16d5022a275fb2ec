"""What the commands say to the person who started them."""

from __future__ import annotations

import sys
from pathlib import Path


class Missing(Exception):
    """Something that only the person can mend, told in one plain sentence or two."""


def say(text: str) -> None:
    """Prints one line at once, also into a file or a pipe."""
    print(text, flush=True)


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, indented, for showing why something failed."""
    if not log.exists():
        return "  (nothing was logged)"
    kept = log.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join(f"  {line}" for line in kept) or "  (nothing was logged)"


class Progress:
    """One line that tells how far a long step is; on a terminal it is rewritten in place."""

    def __init__(self, title: str) -> None:
        self.on_terminal = sys.stdout.isatty()
        say(title)

    def at(self, detail: str) -> None:
        """Shows where the step is; a file or a pipe is spared these details."""
        if self.on_terminal:
            print(f"\r\033[K  {detail[:76]}", end="", flush=True)

    def done(self) -> None:
        """Wipes the line."""
        if self.on_terminal:
            print("\r\033[K", end="", flush=True)

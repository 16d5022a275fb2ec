"""Starts a command that cannot outlive its parent: `leash.py PARENT_PID NICENESS COMMAND...`.

On Linux a process may ask to be killed with its parent, even when that one is killed with -9. It asks here,
after the fork and in a program of its own, because running Python between fork and exec is not safe.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Becomes the command; never returns."""
    parent, niceness, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit("the parent ended first")
    if niceness:
        os.nice(niceness)
        _be_nice_as_a_session(niceness)
    os.execv(command[0], command)


def _be_nice_as_a_session(niceness: int) -> None:
    """Where Linux shares processors among sessions first, niceness counts within a session only."""
    try:
        with open("/proc/self/autogroup", "w") as group:
            group.write(str(niceness))
    except OSError:
        pass  # this kernel has no such groups, or a container hides them: then niceness alone counts


if __name__ == "__main__":
    main()

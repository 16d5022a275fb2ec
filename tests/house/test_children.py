"""Parts are watched, restarted, and never left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from setup import children
from setup.words import Missing

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
PARENT = """
import sys, time
from pathlib import Path
from setup.children import Part
sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
part = Part("sleeper", sleeper, Path(sys.argv[1]), environment={})
part.start()
print(part.process.pid, flush=True)
time.sleep(60)
"""


def part(tmp_path: Path, command: list[str], **options) -> children.Part:
    """A part that runs this command."""
    return children.Part("part", command, tmp_path / "part.log", environment={}, **options)


def wait_for(condition, seconds: float = 5.0) -> bool:
    """Whether something comes true soon."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return False


def gone(pid: int) -> bool:
    """Whether a process ended (a zombie that its new parent has not buried yet counts)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="this kernel groups no sessions")
def test_a_nice_part_gives_way_to_other_sessions_too(tmp_path):
    polite = part(tmp_path, SLEEP, niceness=5)
    polite.start()
    try:
        group = Path(f"/proc/{polite.process.pid}/autogroup")
        assert wait_for(lambda: group.read_text().strip().endswith("nice 5"))
        own = os.getpriority(os.PRIO_PROCESS, 0)  # the tests may be nice themselves; 19 is the most
        assert os.getpriority(os.PRIO_PROCESS, polite.process.pid) == min(own + 5, 19)
    finally:
        children.stop([polite])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_a_part_ends_with_a_supervisor_that_is_killed(tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert not gone(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_for(lambda: gone(child))


def test_a_part_that_dies_is_started_again_at_once(tmp_path, capsys):
    one = part(tmp_path, SLEEP)
    one.start()
    first = one.process
    first.kill()
    first.wait()
    one.look_after()
    assert one.running and one.process.pid != first.pid
    assert "SIGKILL" in capsys.readouterr().out
    children.stop([one])


def test_a_part_that_keeps_dying_waits_longer_each_time_and_shows_its_log(tmp_path, capsys):
    away = []
    one = part(tmp_path, [sys.executable, "-c", "raise SystemExit('out of luck')"], away=away.append)
    delays = []
    for _ in range(4):
        one.start()
        one.process.wait()
        before = time.monotonic()
        one.mourn(before)
        delays.append(one.due - before)
    assert delays == away == [0, 1, 2, 4]
    told = capsys.readouterr().out
    assert "starting it again in 4 s" in told and "out of luck" in told


def test_a_part_that_ran_well_for_long_is_forgiven(tmp_path):
    one = part(tmp_path, SLEEP, deaths=5)
    one.start()
    one.started -= children.SETTLED + 1
    children.stop([one])
    one.mourn(time.monotonic())
    assert one.deaths == 1


def test_a_part_that_does_not_listen_is_ended_by_force(tmp_path):
    one = part(tmp_path, [sys.executable, "-c", DEAF], patience=0.2)
    one.start()
    assert wait_for(lambda: "deaf" in one.log.read_text())
    children.stop([one])
    assert one.process.returncode == -signal.SIGKILL


def test_what_a_part_started_ends_with_it(tmp_path):
    family = f"import subprocess, time; print(subprocess.Popen({SLEEP!r}).pid, flush=True); time.sleep(60)"
    one = part(tmp_path, [sys.executable, "-c", family])
    one.start()
    assert wait_for(lambda: one.log.exists() and one.log.read_text().strip())
    grandchild = int(one.log.read_text())
    children.stop([one])
    assert wait_for(lambda: gone(grandchild))


def test_a_part_that_ends_at_its_start_is_told_with_its_last_words(tmp_path):
    one = part(tmp_path, [sys.executable, "-c", "raise SystemExit('no such table')"])
    one.start()
    with pytest.raises(Missing, match=r"ended at its start(.|\n)*no such table"):
        children.wait_until(lambda: False, one, patience=20)


def test_a_long_log_is_put_aside(tmp_path):
    one = part(tmp_path, SLEEP)
    one.log.write_bytes(b"x" * (children.LOG_BYTES + 1))
    one.start()
    children.stop([one])
    assert one.log.stat().st_size == 0 and (tmp_path / "part.old.log").exists()

"""Asks pip-audit whether anything that is installed has a known weakness; `.ci/run` calls it.

What may stay for a while stands in `.ci/allowed-weaknesses.txt`: an id, the day until which it is allowed,
and why. Where the advisory service can't be reached, that is said, and nothing is passed off as judged.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from typing import Any

from setup.venv import ROOT
from setup.words import say

ALLOWED = ROOT / ".ci" / "allowed-weaknesses.txt"
COMMAND = ["-m", "pip_audit", "-r", "requirements.txt", "--disable-pip", "--no-deps", "-f", "json"]
PATIENCE = 300  # seconds


@dataclass(frozen=True)
class Allowed:
    """A weakness that may stay until a day."""

    id: str
    until: date
    why: str


def read_allowed(text: str) -> list[Allowed]:
    """The lines `ID YYYY-MM-DD why`; empty ones and comments are left out."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    parts = [line.split(maxsplit=2) for line in lines]
    return [Allowed(name, date.fromisoformat(until), why) for name, until, why in parts]


def judge(report: dict[str, Any], allowed: list[Allowed], today: date) -> tuple[bool, list[str]]:
    """(whether it passes, what to say) of a report of pip-audit's."""
    until = {entry.id: entry.until for entry in allowed}
    passed, said, judged = True, [], 0
    for package in report["dependencies"]:
        judged += "skip_reason" not in package
        for weakness in package.get("vulns", []):
            known = {weakness["id"], *weakness.get("aliases", [])}
            is_allowed = any(today <= until[name] for name in known & until.keys())
            passed = passed and is_allowed
            mend = ", ".join(weakness.get("fix_versions", [])) or "none yet"
            word = "allowed for now" if is_allowed else "WEAKNESS"
            said.append(f"{word}: {package['name']} {package['version']}: {weakness['id']}; mended in {mend}")
    said += [f"out of date in the list: {entry.id}" for entry in allowed if entry.until < today]
    total = len(report["dependencies"])
    if judged < total:
        said.append(
            f"NOT JUDGED: {total - judged} of {total} packages; the advisory service does not know them."
        )
    said.append(f"{judged} of {total} packages were judged.")
    return passed, said


def main() -> int:
    """1 where a weakness is known that is not allowed; 0 otherwise, also where nothing could be judged."""
    try:
        done = subprocess.run(
            [sys.executable, *COMMAND],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        report = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        say("NOT JUDGED: the advisory service was not reached. Nothing is known about the packages today.")
        return 0
    passed, said = judge(report, read_allowed(ALLOWED.read_text()), date.today())
    for line in said:
        say(line)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())

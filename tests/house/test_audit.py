"""Known weaknesses of packages: told, allowed until a day, and never passed off as judged."""

from datetime import date
from typing import Any

from setup.audit import ALLOWED, judge, read_allowed

TODAY = date(2026, 11, 21)
WEAK = {
    "name": "pillow",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.0"]}],
}
SOUND = {"name": "numpy", "version": "1.0", "vulns": []}
UNKNOWN = {"name": "torch", "skip_reason": "not found"}


def told(*packages: Any, allowed: str = "") -> tuple[bool, str]:
    passed, said = judge({"dependencies": list(packages)}, read_allowed(allowed), TODAY)
    return passed, "\n".join(said)


def test_a_weakness_fails_and_says_where_it_is_mended() -> None:
    passed, said = told(WEAK, SOUND)
    assert not passed
    assert "WEAKNESS: pillow 1.0: PYSEC-1; mended in 2.0" in said


def test_a_weakness_is_allowed_until_a_day_and_told_all_the_same() -> None:
    assert told(WEAK, allowed="CVE-1 2026-11-21 no such images here")[0]
    assert "PYSEC-1" in told(WEAK, allowed="CVE-1 2026-11-21 no such images here")[1]
    passed, said = told(WEAK, allowed="CVE-1 2026-11-20 no such images here")
    assert not passed
    assert "out of date in the list: CVE-1" in said


def test_what_was_not_judged_is_said() -> None:
    passed, said = told(SOUND, UNKNOWN)
    assert passed
    assert "NOT JUDGED: 1 of 2" in said
    assert "NOT JUDGED" not in told(SOUND)[1]


def test_the_list_can_be_read() -> None:
    assert all(entry.why for entry in read_allowed(ALLOWED.read_text()))

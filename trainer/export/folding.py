"""Long networks repeat themselves: lines that differ by a number alone become a loop."""

from __future__ import annotations

import re
from collections.abc import Sequence

from trainer.export.lines import Line

_NUMBERED = re.compile(r"\b(network|self)\.([a-z][a-z0-9_]*?)(0|[1-9]\d*)\b")
_LONGEST = 8  # lines of a loop
_TIMES = 3  # that something must be there to become one
_MADE = re.compile(r"^network\.(\w+)# = (.*)$")
_USED = re.compile(r"\bself\.(\w+)#")


def folded(lines: Sequence[Line]) -> list[Line]:
    """The same with loops over the numbers in the names of layers, wherever that makes it shorter."""
    result: list[Line] = []
    at = 0
    while at < len(lines):
        period, times = _repeated(lines, at)
        if times >= _TIMES and times * period > period + 1:
            result += _loop(lines[at : at + period], times)
            at += period * times
        else:
            result.append(lines[at])
            at += 1
    return result


def _repeated(lines: Sequence[Line], at: int) -> tuple[int, int]:
    """(how many lines from here on are repeated, how often they are there), so that most are saved."""
    counted = [(period, _times(lines, at, period)) for period in range(1, _LONGEST + 1)]
    return max(counted, key=lambda found: (found[1] - 1) * found[0])


def _times(lines: Sequence[Line], at: int, period: int) -> int:
    found = _NUMBERED.search(lines[at].text)
    if not found:
        return 0
    first = int(found[3])
    wanted = _templates(lines[at : at + period], first)
    if len(wanted) < period or not all("#" in text for text in wanted):
        return 0
    times = 1
    while _templates(lines[at + times * period :][:period], first + times) == wanted:
        times += 1
    return times


def _templates(lines: Sequence[Line], number: int) -> list[str]:
    """Lines with # for a number in the names of layers."""

    def marked(found: re.Match[str]) -> str:
        return f"{found[1]}.{found[2]}#" if int(found[3]) == number else found[0]

    return [_NUMBERED.sub(marked, line.text) for line in lines]


def _loop(lines: Sequence[Line], times: int) -> list[Line]:
    found = _NUMBERED.search(lines[0].text)
    assert found
    first = int(found[3])
    body = [
        _USED.sub(r'getattr(self, f"\1{i}")', _MADE.sub(r'setattr(network, f"\1{i}", \2)', text))
        for text in _templates(lines, first)
    ]
    return [Line(f"for i in range({first}, {first + times}):"), *(Line(f"    {text}") for text in body)]

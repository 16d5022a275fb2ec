"""JavaScript modules of the page as one script, for a file that can fetch nothing."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parents[2] / "static"

_IMPORT = re.compile(r'^import (\* as (\w+)|\{([^}]*)\}) from "(\.[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) )", re.MULTILINE)
_NAMES = re.compile(r"^export (?:async )?(?:function|class|const) (\w+)", re.MULTILINE)


def bundled(entry: str) -> str:
    """A script that does what the module `entry`, a path below `static`, does with all that it imports."""
    order: list[Path] = []
    _gather(STATIC / entry, order)
    places = {path: f"module{at}" for at, path in enumerate(order)}
    parts = [_wrapped(path, places) for path in order]
    return '"use strict";\n' + "\n".join(parts)


def exported(folder: str) -> frozenset[str]:
    """All names that the modules in a folder below `static` export."""
    return frozenset(name for path in sorted((STATIC / folder).glob("*.js")) for name in _names(_text(path)))


def _gather(path: Path, order: list[Path]) -> None:
    """What a module imports before the module itself, each once."""
    if path in order:
        return
    for found in _IMPORT.finditer(_text(path)):
        _gather((path.parent / found[4]).resolve(), order)
    order.append(path)


def _wrapped(path: Path, places: dict[Path, str]) -> str:
    """A module as a function of its own, so that names in it are its own; what it gives is its exports."""

    def taken(found: re.Match[str]) -> str:
        place = places[(path.parent / found[4]).resolve()]
        names = found[2] or "{" + found[3].replace(" as ", ": ") + "}"
        return f"const {names} = {place};\n"

    text = _text(path)
    body = _EXPORT.sub("", _IMPORT.sub(taken, text))
    return f"const {places[path]} = (() => {{\n{body}return {{ {', '.join(_names(text))} }};\n}})();"


def _names(text: str) -> list[str]:
    return _NAMES.findall(text)


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")

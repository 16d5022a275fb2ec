"""What has to be done before the page can answer: tables made, static files gathered; skipped by stamps.

The first half runs in ./play; `python -m setup.prepare` is the second half, which runs inside .venv and does
all that needs Django in one process, because each start of Django costs half a second.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from setup.venv import ROOT, VENV, digest

COPIES = 3  # of the database, made before it is changed
GATHERED = VENV / "static"


def chores(home: Path, database_url: str) -> list[str]:
    """What is still to do in this home: any of "migrate" and "collectstatic"."""
    left = []
    if database_url or kept(home, "tables") != tables_state(home):
        left.append("migrate")
    if (kept(home, "static") != static_state() or not (home / "static").is_dir()) and not copied(home):
        left.append("collectstatic")
    return left


def copied(home: Path) -> bool:
    """Copies the static files that another home of this checkout gathered; whether there were any."""
    source = GATHERED / static_state()
    if not source.is_dir():
        return False
    shutil.rmtree(home / "static", ignore_errors=True)
    shutil.copytree(source, home / "static")
    stamp(home, "static", static_state())
    return True


def share(home: Path) -> None:
    """Keeps the gathered static files for other homes: compressing them takes seconds, copying none."""
    target = GATHERED / static_state()
    if target.is_dir() or not os.access(VENV, os.W_OK):
        return
    shutil.rmtree(GATHERED, ignore_errors=True)
    unfinished = target.with_suffix(".part")
    shutil.copytree(home / "static", unfinished)
    unfinished.rename(target)


def remember(home: Path) -> None:
    """Notes that all chores are done for the files as they are now."""
    stamp(home, "tables", tables_state(home))
    stamp(home, "static", static_state())
    share(home)


def stamp(home: Path, name: str, state: str) -> None:
    """Writes down the state for which something was done."""
    (home / "stamps").mkdir(parents=True, exist_ok=True)
    (home / "stamps" / name).write_text(state)


def tables_state(home: Path) -> str:
    """Names the migrations that exist together with those that the database has seen."""
    files = sorted((ROOT / "playground").glob("*/migrations/*.py"))
    return f"{named(files)} {applied(home / 'db.sqlite3')}"


def applied(database: Path) -> str:
    """The migrations that an SQLite database has seen, as a digest; empty where there is none yet."""
    if not database.is_file():
        return ""
    with closing(sqlite3.connect(database, timeout=5)) as link:
        try:
            rows = link.execute("SELECT app, name FROM django_migrations ORDER BY app, name").fetchall()
        except sqlite3.DatabaseError:
            return ""  # no tables, or no database at all: migrate says more about it
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def static_state() -> str:
    """Names the static files and the code that gathers them."""
    files = sorted(path for path in (ROOT / "static").rglob("*") if path.is_file())
    return named([*files, ROOT / "playground" / "storage.py", ROOT / "playground" / "settings.py"])


def named(files: Iterable[Path]) -> str:
    """A digest of files, their names, and the installed requirements."""
    total = hashlib.sha256(digest("requirements.txt").encode())
    for path in files:
        total.update(str(path.relative_to(ROOT)).encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def kept(home: Path, name: str) -> str | None:
    """What was remembered, None where nothing was."""
    path = home / "stamps" / name
    return path.read_text() if path.is_file() else None


def copy_before_migrating(home: Path) -> Path | None:
    """Copies an SQLite database that migrations will change; the last three copies are kept.

    The copy's path, None where nothing was to be copied. Needs Django to be set up.
    """
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    if connection.vendor != "sqlite" or not Path(connection.settings_dict["NAME"]).is_file():
        return None
    executor = MigrationExecutor(connection)
    migrations = executor.loader
    if not migrations.applied_migrations or not executor.migration_plan(migrations.graph.leaf_nodes()):
        return None
    copy = home / "copies" / f"db-{datetime.now(UTC):%Y-%m-%d-%H%M%S-%f}.sqlite3"
    copy.parent.mkdir(exist_ok=True)
    unfinished = copy.with_suffix(".part")
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as own:
        with closing(sqlite3.connect(unfinished)) as other:
            own.backup(other)
    unfinished.rename(copy)
    for old in sorted(copy.parent.glob("db-*.sqlite3"))[:-COPIES]:
        old.unlink()
    return copy


def main(names: list[str]) -> None:
    """Runs Django's commands of these names in one process; what `enter` prints comes last."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    if "migrate" in names:
        copy_before_migrating(settings.HOME)
    for name in names:
        options = {} if name == "enter" else {"interactive": False, "verbosity": 0}
        call_command(name, **options)


if __name__ == "__main__":
    main(sys.argv[1:])

"""A backup of everything: database, files of runs and the secret in one file; and the way back.

Files are copied before the database: a run that goes on meanwhile then has, in the copy, full states that are
older than its transcript, which is what a run that lost its worker has, too. The other way round its
transcript would have a hole.
"""

import io
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection

from playground.operation.sweeping import FILE_OF_RUN

SQLITE, POSTGRES = "database.sqlite3", "database.dump"
SECRET = "secret_key"
DEBIANS = "/usr/lib/postgresql"


class CannotCopy(Exception):
    """Why there is no backup or no way back, in a sentence."""


def backup(target: Path) -> int:
    """Writes the backup, whole or not at all, for its owner's eyes only; how many bytes it has."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
            for kept in default_storage.below("runs"):  # type: ignore[attr-defined]
                _add_file(archive, kept.name)
            with _dumped() as dump:
                archive.add(dump, arcname=dump.name)
            secret = settings.HOME / "secret_key"
            if secret.is_file():
                archive.add(secret, arcname=SECRET)
        os.replace(beside, target)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    return target.stat().st_size


def restore(source: Path) -> int:
    """Brings everything back into an empty server; how many files of runs there were."""
    if connection.introspection.table_names():
        raise CannotCopy("This database is not empty. Restore into a fresh home, or a fresh database.")
    count = 0
    with tarfile.open(source) as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is None:
                continue
            if member.name in (SQLITE, POSTGRES):
                _load(member.name, content.read())
            elif member.name == SECRET:
                _write_secret(content.read())
            elif FILE_OF_RUN.fullmatch(member.name.removeprefix("files/")):
                default_storage.save(member.name.removeprefix("files/"), ContentFile(content.read()))
                count += 1
            else:
                raise CannotCopy(f"{source} is no backup of the playground: it holds {member.name[:80]!r}.")
    call_command("migrate", verbosity=0, interactive=False)  # it may come from an older version
    return count


def _add_file(archive: tarfile.TarFile, name: str) -> None:
    if not FILE_OF_RUN.fullmatch(name) or name.endswith(".part"):
        return
    try:
        with default_storage.open(name) as file:
            content = file.read()
    except FileNotFoundError:  # a run has replaced it meanwhile
        return
    told = tarfile.TarInfo(f"files/{name}")
    told.size, told.mode = len(content), 0o600
    archive.addfile(told, io.BytesIO(content))


@contextmanager
def _dumped() -> Iterator[Path]:
    """The database at one moment, in a file."""
    with tempfile.TemporaryDirectory(dir=settings.HOME, prefix=".backup-") as folder:
        if connection.vendor == "sqlite":
            path = Path(folder, SQLITE)
            with closing(sqlite3.connect(settings.DATABASES["default"]["NAME"])) as source:
                with closing(sqlite3.connect(path)) as copy:
                    source.backup(copy)
        else:
            path = Path(folder, POSTGRES)
            _postgres("pg_dump", "--format=custom", "--no-owner", "--no-acl", "--file", str(path))
        yield path


def _load(name: str, content: bytes) -> None:
    if (name == SQLITE) != (connection.vendor == "sqlite"):
        raise CannotCopy(f"The backup holds {name}, and this server has {connection.vendor}.")
    connection.close()
    with tempfile.TemporaryDirectory(dir=settings.HOME, prefix=".restore-") as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        if name == POSTGRES:
            database = settings.DATABASES["default"]["NAME"]
            _postgres("pg_restore", "--no-owner", "--no-acl", "--exit-on-error", "-d", database, str(path))
            return
        with closing(sqlite3.connect(path)) as source:
            with closing(sqlite3.connect(settings.DATABASES["default"]["NAME"])) as target:
                source.backup(target)


def _write_secret(content: bytes) -> None:
    path = settings.HOME / "secret_key"
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _postgres(program: str, *arguments: str) -> None:
    told = settings.DATABASES["default"]
    where = {"HOST": told["HOST"], "PORT": told["PORT"], "USER": told["USER"], "PASSWORD": told["PASSWORD"]}
    environment = os.environ | {f"PG{key}": str(value) for key, value in where.items() if value}
    command = [_found(program), *arguments]
    done = subprocess.run(
        command, env=environment | {"PGDATABASE": told["NAME"]}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotCopy(f"{program} failed: {done.stderr.strip()[-500:]}")


def _found(program: str) -> str:
    installed = sorted(Path(DEBIANS).glob(f"*/bin/{program}"), key=lambda path: float(path.parts[-3]))
    found = shutil.which(program) or (str(installed[-1]) if installed else None)
    if found is None:
        raise CannotCopy(f"{program} is missing. Install it with:  sudo apt-get install postgresql-client")
    return found

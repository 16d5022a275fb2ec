"""Troubles of the server that are no run's fault: a full or read-only disk, a database that is away."""

import errno
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event as Flag
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

logger = logging.getLogger(__name__)
T = TypeVar("T")
AGAIN_AFTER = 0.5  # seconds

FULL = "The disk of the server is full. The run goes on by itself when there is room."
READ_ONLY = "The disk of the server can't be written. The run goes on by itself when it can."
LOCKED = "The database of the server is locked. The run goes on by itself when it is free."
AWAY = "The database of the server does not answer. The run goes on by itself when it does."
UNREACHABLE = "The server can't keep files at the moment. The run goes on by itself when it can."
_OF_FILES = {errno.ENOSPC: FULL, errno.EDQUOT: FULL, errno.EROFS: READ_ONLY, errno.EACCES: READ_ONLY}
_OF_THE_DATABASE = {"full": FULL, "readonly": READ_ONLY, "read-only": READ_ONLY, "locked": LOCKED}


class Trouble(Exception):
    """Files can't be kept now. The message is a sentence for the person whose run waits."""


@contextmanager
def keeping_files() -> Iterator[None]:
    """Whatever keeps a storage from storing, be it a disk or a bucket, is a trouble that may pass."""
    try:
        yield
    except Exception as error:
        logger.warning("files can't be kept: %s", error)
        reason = _OF_FILES.get(error.errno or 0) if isinstance(error, OSError) else None
        raise Trouble(reason or UNREACHABLE) from error


def insist(write: Callable[[], T], tell: Callable[[str], None], leaving: Flag) -> T:
    """Writes to the database until it works; `tell` is told the sentence meanwhile.

    Raises what the database says once the worker shall end.
    """
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError) as error:
            if leaving.is_set():
                raise
            logger.warning("the database can't be written (%s); it is tried again", error)
            tell(sentence(error))
            connection.close()  # a connection that broke is not mended
            time.sleep(AGAIN_AFTER)


def sentence(error: Exception) -> str:
    """What to tell of a database that can't be written."""
    text = str(error).lower()
    return next((told for word, told in _OF_THE_DATABASE.items() if word in text), AWAY)

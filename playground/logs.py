"""Log lines: for people as text, for programs as JSON; every line about a run carries its id."""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

_run: ContextVar[str] = ContextVar("run", default="")
NAMED = re.compile(r"\brun ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")
UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access")
# What every record has; all else was given as `extra` by whoever logged.
PLAIN = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "run", "taskName"}


@contextmanager
def about_run(run: object) -> Iterator[None]:
    """Every line that is logged inside, by whichever module, carries this run's id."""
    token = _run.set(str(run))
    try:
        yield
    finally:
        _run.reset(token)


class RunOfLine(logging.Filter):
    """Puts the run on a record: the one that its words name, else the one that is in hand."""

    def filter(self, record: logging.LogRecord) -> bool:
        named = NAMED.search(record.getMessage())
        record.run = named[1] if named else _run.get()
        return True


class Lines(logging.Formatter):
    """Text, with the run's id where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        run = getattr(record, "run", "")
        first, newline, rest = line.partition("\n")
        return f"{first} [run {run}]{newline}{rest}" if run and run not in first else line


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, run, error, and what else was given."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
        }
        if getattr(record, "run", ""):
            line["run"] = record.run  # type: ignore[attr-defined]
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        more = {name: value for name, value in record.__dict__.items() if name not in PLAIN}
        return json.dumps(line | more, default=str, ensure_ascii=False)


def logging_config(kind: str) -> dict[str, Any]:
    """What Python's logging is told: one console, "text" or "json"."""
    text = {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"run": {"()": RunOfLine}},
        "formatters": {"text": {"()": Lines, **text}, "json": {"()": JsonLines}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": kind, "filters": ["run"]}},
        "loggers": {  # uvicorn brings handlers of its own, which know no JSON
            name: {"handlers": [], "propagate": True}
            for name in ("uvicorn", "uvicorn.error", "uvicorn.access")
        },
        "root": {"handlers": ["console"], "level": "INFO"},
    }

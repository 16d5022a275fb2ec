"""Log lines: one JSON object each where that is asked for, and every line about a run carries its id."""

import io
import json
import logging
import logging.config
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from playground.logs import about_run
from tests.playground.parts import ROOT

RUN = uuid4()
logger = logging.getLogger("playground.tests")


class Log:
    """What the console would show."""

    def __init__(self, kind: str) -> None:
        told = settings.LOGGING | {"handlers": {"console": {**settings.LOGGING["handlers"]["console"]}}}
        self.stream = io.StringIO()
        told["handlers"]["console"] |= {"formatter": kind, "stream": self.stream}
        logging.config.dictConfig(told)

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()

    @property
    def newest(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.lines[-1])
        return found


@pytest.fixture
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    yield Log(request.param)
    logging.config.dictConfig(settings.LOGGING)


json_lines = pytest.mark.parametrize("log", ["json"], indirect=True)


@json_lines
def test_a_line_is_one_json_object(log: Log) -> None:
    logger.info("said %s\nand more: %s", "this", "ünïcode", extra={"seconds": 1.5, "odd": {1}})
    told = log.newest
    assert len(log.lines) == 1
    assert (told["level"], told["logger"], told["seconds"]) == ("info", "playground.tests", 1.5)
    assert told["message"] == "said this\nand more: ünïcode" and told["time"].endswith("+00:00")
    assert "run" not in told


@json_lines
def test_an_error_stays_on_its_line(log: Log) -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        logger.exception("it broke off")
    assert len(log.lines) == 1 and "ValueError: broken" in log.newest["error"]


@json_lines
def test_lines_about_a_run_carry_its_id(log: Log) -> None:
    with about_run(RUN):
        logging.getLogger("anybody").warning("files can't be kept")
        assert log.newest["run"] == str(RUN)
        other = uuid4()
        logger.info("run %s goes on", other)
        assert log.newest["run"] == str(other)
    logger.info("something else")
    assert "run" not in log.newest


@pytest.mark.parametrize("log", ["text"], indirect=True)
def test_text_names_the_run_once(log: Log) -> None:
    with about_run(RUN):
        logger.info("files can't be kept")
        logger.info("run %s goes on", RUN)
    assert [line.count(str(RUN)) for line in log.lines] == [1, 1]


def test_an_unknown_format_is_refused() -> None:
    environment = os.environ | {"LOG_FORMAT": "xml", "DJANGO_SETTINGS_MODULE": "playground.settings"}
    command = [sys.executable, "-c", "from django.conf import settings; settings.DEBUG"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode and "LOG_FORMAT must be text or json" in done.stderr

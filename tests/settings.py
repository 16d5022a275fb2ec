"""Settings of the tests: the real ones, with a home, a database and a Redis of this session's own."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

LANE = os.environ.get("PYTEST_XDIST_WORKER", "")  # tests run in several processes, which share nothing
HOME = Path(tempfile.mkdtemp(prefix="playground-tests-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
SERVER = os.environ.get("TEST_DATABASE_URL")
os.environ |= {
    "PLAYGROUND_HOME": str(HOME),
    "DATABASE_URL": f"{SERVER}{LANE}" if SERVER else f"sqlite:///{HOME / 'tests.sqlite3'}",
    "REDIS_URL": f"unix://{HOME / 'redis.sock'}",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "DEBUG": "1",  # static files straight from their folders
    "PROBE_WARM": "0",
    "RATE_LIMITS": "0",  # the tests' many people have one address
}

from playground.settings import *  # noqa: E402, F403  they read what was just set

# The very database, not a copy with another name: workers, threads and other processes share it.
DATABASES["default"]["TEST"] = {"NAME": DATABASES["default"]["NAME"]}  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

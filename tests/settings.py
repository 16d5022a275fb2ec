"""Settings of the tests: the real ones, with a home, a database and a Redis of this session's own."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="playground-tests-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
DATABASE = HOME / "tests.sqlite3"
os.environ |= {
    "PLAYGROUND_HOME": str(HOME),
    "DATABASE_URL": f"sqlite:///{DATABASE}",
    "REDIS_URL": f"unix://{HOME / 'redis.sock'}",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "DEBUG": "1",  # static files straight from their folders
    "PROBE_WARM": "0",
}

from playground.settings import *  # noqa: E402, F403  they read what was just set

DATABASES["default"]["TEST"] = {"NAME": str(DATABASE)}  # noqa: F405  a file: workers and threads share it
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

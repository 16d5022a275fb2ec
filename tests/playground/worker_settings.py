"""Settings of the tests' worker: the real ones, with a storage that can be made to fail."""

from playground.settings import *  # noqa: F403

STORAGES["default"] = {"BACKEND": "tests.playground.full_storage.SometimesFullStorage"}  # noqa: F405

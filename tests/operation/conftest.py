"""What the tests of operation share."""

from collections.abc import Iterator

import pytest

from tests.operation.bucket_server import SECRETS, BucketServer


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[BucketServer]:
    server = BucketServer()
    yield server
    server.stop()


@pytest.fixture
def bucket(bucket_server: BucketServer, monkeypatch: pytest.MonkeyPatch) -> BucketServer:
    """An S3 server that this process may use."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    return bucket_server

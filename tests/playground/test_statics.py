"""Static files as the web process sends them."""

import http.client
from pathlib import Path
from typing import Any

import pytest
from django.http import FileResponse
from django.test import AsyncRequestFactory, RequestFactory

from playground.statics import PIECE, StaticFiles

CONTENT = bytes(range(256)) * (PIECE // 128 + 1)  # two pieces and a bit


@pytest.fixture
def files(tmp_path: Path, settings: Any) -> StaticFiles:
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "large.bin").write_bytes(CONTENT)
    (tmp_path / "empty.bin").write_bytes(b"")
    return StaticFiles(lambda request: None)


async def sent(response: FileResponse) -> bytes:
    """All that leaves, as the server under ASGI asks for it; any warning is an error here."""
    content = b"".join([piece async for piece in response])
    response.close()
    return content


@pytest.mark.parametrize(
    ("name", "headers", "status", "content"),
    [
        ("large.bin", {}, http.client.OK, CONTENT),
        ("empty.bin", {}, http.client.OK, b""),
        ("large.bin", {"Range": "bytes=300-302"}, http.client.PARTIAL_CONTENT, CONTENT[300:303]),
        ("large.bin", {"If-Modified-Since": "Fri, 31 Dec 2100 23:59:59 GMT"}, http.client.NOT_MODIFIED, b""),
    ],
)
async def test_a_file_is_sent_as_it_is_read(
    files: StaticFiles, name: str, headers: dict[str, str], status: int, content: bytes
) -> None:
    response = files(AsyncRequestFactory().get(f"/static/{name}", headers=headers))
    assert (response.status_code, await sent(response)) == (status, content)


async def test_nothing_of_a_file_is_sent_where_only_its_head_is_asked_for(files: StaticFiles) -> None:
    response = files(AsyncRequestFactory().head("/static/large.bin"))
    assert (response.headers["Content-Length"], await sent(response)) == (str(len(CONTENT)), b"")


@pytest.mark.django_db  # Django looks after its connections when an answer is closed
def test_without_asgi_files_are_sent_too(files: StaticFiles) -> None:
    response = files(RequestFactory().get("/static/large.bin"))
    assert b"".join(response) == CONTENT
    response.close()

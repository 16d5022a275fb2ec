"""Static files: sent as they are read, while others are answered."""

import asyncio
from collections.abc import AsyncIterator
from typing import IO, Any

from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, HttpRequest
from whitenoise.middleware import WhiteNoiseMiddleware

PIECE = 1 << 18  # bytes: of plotly.js four pieces, of everything else one


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise over ASGI. As it is, Django reads each file into memory whole, and warns of it."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> FileResponse:
        """The answer with a file, whole or the part that was asked for; empty where the browser has it."""
        response: FileResponse = WhiteNoiseMiddleware.serve(static_file, request)
        if isinstance(request, ASGIRequest):
            response.streaming_content = pieces(response.file_to_stream)
        return response


async def pieces(file: IO[bytes] | None) -> AsyncIterator[bytes]:
    """A file piece by piece, read beside the event loop."""
    piece = b"" if file is None else await asyncio.to_thread(file.read, PIECE)
    while piece and file:
        yield piece
        piece = await asyncio.to_thread(file.read, PIECE) if len(piece) == PIECE else b""

"""A web socket client that costs little: hundreds of them must not eat the cores that they measure."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable

TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
UNMASKED = bytes(4)  # clients must mask; with this mask the bytes stay as they are


class Line(asyncio.Protocol):
    """One web socket. `heard(is_text, content)` gets whole messages; `lost` is set when the line ends."""

    def __init__(self, heard: Callable[[bool, bytes], None]) -> None:
        self._heard = heard
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._open = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self, host: str, path: str) -> None:
        """The first words of a web socket."""
        assert self._transport
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", ""]
        self._transport.write("\r\n".join(lines).encode())

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("the server did not open the socket"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._open:
            head, found, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                raise ConnectionError(head.decode("latin-1"))
            self._open = True
            self._buffer = bytearray(rest)
            self.opened.set_result(None)
        self._take_frames()

    def _take_frames(self) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            begin, length = at + 2, buffer[at + 1] & 127
            if length > 125:
                wide = 2 if length == 126 else 8
                begin += wide
                length = int.from_bytes(buffer[begin - wide : begin], "big")
            if len(buffer) < begin + length:
                break
            self._take(buffer[at] & 15, bytes(buffer[begin : begin + length]))
            at = begin + length
        del buffer[:at]

    def _take(self, opcode: int, content: bytes) -> None:
        if opcode in (TEXT, BINARY):
            self._heard(opcode == TEXT, content)
        elif opcode == PING:
            self._write(10, content)
        elif opcode == CLOSE:
            self.close()

    def say(self, text: bytes) -> None:
        """Sends a text message."""
        self._write(TEXT, text)

    def _write(self, opcode: int, content: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        length = len(content)
        if length < 126:
            size = bytes([128 | length])
        elif length < 65_536:
            size = bytes([128 | 126]) + length.to_bytes(2, "big")
        else:
            size = bytes([128 | 127]) + length.to_bytes(8, "big")
        self._transport.write(bytes([128 | opcode]) + size + UNMASKED + content)

    def close(self) -> None:
        """Ends the line."""
        if self._transport:
            self._transport.close()


async def open_line(port: int, path: str, heard: Callable[[bool, bytes], None]) -> Line:
    """An open socket to a server on this machine."""
    loop = asyncio.get_running_loop()
    _, line = await loop.create_connection(lambda: Line(heard), "127.0.0.1", port)
    line.ask(f"127.0.0.1:{port}", path)
    await asyncio.wait_for(line.opened, 30)
    return line

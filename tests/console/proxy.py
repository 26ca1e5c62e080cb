"""A line between browser and product that can be cut and mended. Bytes go through as they are."""

import asyncio
import contextlib
from urllib.parse import urlsplit


class Proxy:
    def __init__(self, base: str) -> None:
        self._port = urlsplit(base).port
        self._pairs: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.cut = False
        self.lost = b""  # a connection that brings this brings nothing more: as a line that is dead, not cut
        self.died = asyncio.Event()  # such a connection came

    @property
    def base(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def stop(self) -> None:
        assert self._server is not None
        self.hang_up()
        self._server.close()
        await self._server.wait_closed()

    def hang_up(self) -> None:
        """End every connection there is."""
        for writer in tuple(self._pairs):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.cut:
            writer.transport.abort()
            return
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._pairs |= {writer, to_writer}
        await asyncio.gather(self._pipe(reader, to_writer), self._pipe(to_reader, writer))
        self._pairs -= {writer, to_writer}

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        dead = False
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                dead = dead or bool(self.lost and self.lost in data)
                if dead:
                    self.died.set()
                else:
                    writer.write(data)
                    await writer.drain()
        writer.transport.abort()

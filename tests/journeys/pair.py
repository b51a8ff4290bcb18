"""Two real processes behind one address, as a proxy without sticky sessions serves them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.house import PASSWORD, free_port
from tests.process import Process
from tests.redis import OwnRedis

LARGEST_HEAD_BYTES = 64 * 1024


class Pair:
    """Looks like one :class:`Process`. Behind it requests alternate between two, and so do sockets among themselves: a
    form may be taken by one process and its answer shown by the other.
    """

    password = PASSWORD

    def __init__(self, folder: Path, database_url: str, redis: OwnRedis, environment: dict[str, str]) -> None:
        self.folder, self.database_url, self.redis = folder, database_url, redis
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        given = {"ZOTURI_REDIS_URL": redis.url, "ZOTURI_PUBLIC_URL": self.origin, **environment}
        self.both = tuple(Process(folder, database_url, (), given) for _ in range(2))
        self.served = {"request": [0, 0], "socket": [0, 0]}
        self._door: asyncio.Server | None = None

    async def start(self) -> Pair:
        """Start both and wait until they answer."""
        if self._door is None:
            await self.redis.start()
        await asyncio.gather(*(process.start() for process in self.both))
        self._door = await asyncio.start_server(self._let_in, "127.0.0.1", self.port, limit=LARGEST_HEAD_BYTES)
        return self

    def kill(self) -> None:
        """The power goes."""
        self._close_door()
        for process in self.both:
            process.kill()

    def terminate(self) -> None:
        self._close_door()
        for process in self.both:
            process.terminate()

    def _close_door(self) -> None:
        if self._door is not None:
            self._door.close()

    async def ended(self, seconds: float) -> int:
        """The exit status, the worse of the two, if both end within some seconds."""
        return max(await asyncio.gather(*(process.ended(seconds) for process in self.both)))

    def said(self) -> str:
        """What both printed and logged: they write into one file."""
        return self.both[0].said()

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            kind = "socket" if b"\r\nupgrade: websocket" in head.lower() else "request"
            served = self.served[kind]
            turn = sum(served) % 2
            served[turn] += 1
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.both[turn].port)
        except (asyncio.IncompleteReadError, OSError):  # a browser opens more connections than it uses
            writer.transport.abort()
            return
        inner_writer.write(head if kind == "socket" else _alone(head))
        await asyncio.gather(_pour(reader, inner_writer), _pour(inner_reader, writer))


def _alone(head: bytes) -> bytes:
    """The head of a request after which the connection ends, so that the next one may go to the other process."""
    first, _, rest = head.partition(b"\r\n")
    return first + b"\r\nConnection: close\r\n" + rest.replace(b"Connection: keep-alive\r\n", b"", 1)


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while some := await reader.read(LARGEST_HEAD_BYTES):
            writer.write(some)
            await writer.drain()
    except OSError:
        pass  # one end is gone, and with it the other
    finally:
        writer.close()

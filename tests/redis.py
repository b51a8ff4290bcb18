"""A Redis of one's own, to kill, to hang and to start again."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from tests.house import free_port
from tests.needs import redis_program


class OwnRedis:
    """`redis-server` on a free port, keeping nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self._program = redis_program()
        self._folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._child: subprocess.Popen | None = None
        self.heard: list[bytes] = []
        self._ear: asyncio.Task | None = None

    async def start(self) -> OwnRedis:
        """Start it, and listen to everything that is published."""
        self._spawn()
        async with asyncio.timeout(20):
            while True:
                try:
                    ear = Redis.from_url(self.url).pubsub(ignore_subscribe_messages=True)
                    await ear.psubscribe("*")
                    break
                except (RedisError, OSError):
                    await asyncio.sleep(0.02)
        self._ear = asyncio.create_task(self._listen(ear))
        return self

    def _spawn(self) -> None:
        self._child = subprocess.Popen(
            [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
            cwd=self._folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    async def _listen(self, ear) -> None:
        try:
            async for message in ear.listen():
                self.heard.append(message["data"])
        except (RedisError, OSError):
            return  # it was killed

    async def publish(self, payloads: list[bytes]) -> None:
        """Say something on the channel the processes use."""
        client = Redis.from_url(self.url)
        (channel,) = [name for name in await client.pubsub_channels() if name.startswith(b"zoturi:")]
        for payload in payloads:
            await client.publish(channel, payload)
        await client.aclose()

    def hang(self) -> None:
        self._child.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._child.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()

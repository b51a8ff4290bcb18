"""The bus over Redis pub/sub: what is ready goes out in one PUBLISH. Loaded only where there is a Redis.

While Redis is away or hangs, the bus is *deaf*: what would be told is dropped, and each process looks into the database
by itself.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from zoturi import logs, world
from zoturi.realtime.references import MOST_TOGETHER, Reference, read, written
from zoturi.store.vault import Vault

BEAT_SECONDS = 1.0  # with nothing to tell, each process says that it is there, so that silence means something
PATIENCE_SECONDS = 2.0
RETRY_SECONDS = 0.5
MOST_WAITING = 20_000
_MOST_SENDERS = 1000


class RedisBus:
    """Redis pub/sub: one connection that sends, one that hears. A :class:`~zoturi.realtime.bus.Carrier`."""

    def __init__(self, url: str, keys: Vault) -> None:
        self._url = url
        self._key = keys.derived("bus")
        self._channel = "zoturi:" + keys.derived("bus channel").hex()[:24]
        self._sender = world.new_id()
        self._number = 0
        self._out: list[Reference] = []
        self._ready = asyncio.Event()
        self._heard: OrderedDict[str, int] = OrderedDict()
        self.deaf = True
        self.on_references: Callable[[list[Reference]], None] = lambda references: None
        self.on_missed: Callable[[], None] = lambda: None
        self.on_deaf: Callable[[], None] = lambda: None

    def publish(self, references: Iterable[Reference]) -> None:
        self._out.extend(references)
        if self.deaf or len(self._out) > MOST_WAITING:
            self._out.clear()
            self._number += 1  # the others will notice that one is missing, and look
        else:
            self._ready.set()

    async def run(self) -> None:
        """Keep the bus up; runs until cancelled."""
        logs.event("bus", state="deaf")
        while True:
            try:
                await self._while_it_works()
            except (RedisError, OSError, TimeoutError) as problem:
                if not self.deaf:
                    logs.event("bus", state="deaf", error=type(problem).__name__)
            except Exception as problem:  # noqa: BLE001 - whatever Redis answers, the service goes on
                logs.failure("bus_failed", problem)
            self.deaf = True
            self._out.clear()
            self._number += 1
            self.on_deaf()
            await asyncio.sleep(RETRY_SECONDS)

    async def _while_it_works(self) -> None:
        sending, hearing = self._client(), self._client()
        tasks: list[asyncio.Task] = []
        try:
            ear = hearing.pubsub(ignore_subscribe_messages=True)
            async with asyncio.timeout(PATIENCE_SECONDS):
                await ear.subscribe(self._channel)
            self._ready.set()  # the first beat at once
            tasks = [asyncio.create_task(self._send(sending)), asyncio.create_task(self._hear(ear))]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            done.pop().result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for client in (sending, hearing):
                await _close(client)

    def _client(self) -> Redis:
        # No retries: one that hangs is left at once, and what is lost is read from the database.
        return Redis.from_url(
            self._url, socket_connect_timeout=PATIENCE_SECONDS, socket_timeout=PATIENCE_SECONDS,
            retry=Retry(NoBackoff(), 0), health_check_interval=0,
        )  # fmt: skip

    async def _send(self, client: Redis) -> None:
        """Send all that is ready in one message; a beat where nothing is."""
        while True:
            try:
                async with asyncio.timeout(BEAT_SECONDS):
                    await self._ready.wait()
            except TimeoutError:
                pass
            batch, self._out = self._out[:MOST_TOGETHER], self._out[MOST_TOGETHER:]
            if not self._out:
                self._ready.clear()
            self._number += 1
            async with asyncio.timeout(PATIENCE_SECONDS):
                await client.publish(self._channel, written(self._key, self._sender, self._number, batch))

    async def _hear(self, ear) -> None:
        """Hear the others, and ourselves: our own beat shows that the way through Redis is open."""
        last_own = world.monotonic()
        while True:
            message = await ear.get_message(timeout=PATIENCE_SECONDS)
            if message is not None and self._take(message["data"]):
                last_own = world.monotonic()
                if self.deaf:
                    self.deaf = False
                    logs.event("bus", state="sound")
                    self.on_missed()
            if world.monotonic() - last_own > PATIENCE_SECONDS:
                raise TimeoutError

    def _take(self, data: object) -> bool:
        """Pass on what a message refers to; True for one of our own."""
        told = read(self._key, data)
        if told is None:
            return False
        sender, number, references = told
        before = self._heard.get(sender)
        if before is not None and number <= before:
            return False  # repeated
        self._heard[sender] = number
        self._heard.move_to_end(sender)
        if len(self._heard) > _MOST_SENDERS:
            self._heard.popitem(last=False)
        if sender == self._sender:
            return True
        if before is not None and number > before + 1:
            self.on_missed()
        if references:
            self.on_references(references)
        return False


async def _close(client: Redis) -> None:
    try:
        async with asyncio.timeout(1):
            await client.aclose()
    except (RedisError, OSError, TimeoutError):
        pass  # it is gone, which is all that was wanted

"""The bus over Redis pub/sub: what is ready goes out in one PUBLISH. Loaded only where there is a Redis.

While Redis is away or hangs, the bus is *deaf*: what would be told is dropped, and each process looks into the database
by itself.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
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
SILENT_SECONDS = 3.0  # a process that says nothing for so long has died, maybe between a commit and its word of it
PAUSE_SECONDS = 0.003  # between two messages, where much comes: what is ready then goes together
RETRY_SECONDS = 0.5
MOST_WAITING = 20_000
_MOST_SENDERS = 1000
_MOST_SENT = 100


class RedisBus:
    """Redis pub/sub: one connection that sends, one that hears. A :class:`~zoturi.realtime.bus.Carrier`."""

    def __init__(self, url: str, keys: Vault) -> None:
        self._url = url
        self._key = keys.derived("bus")
        self._channel = "zoturi:" + keys.derived("bus channel").hex()[:24]
        self._sender = world.new_id()
        self._number = 0
        self._out: list[Reference] = []
        self._sent: deque[bytes] = deque(maxlen=_MOST_SENT)  # what has not come back yet
        self._ready = asyncio.Event()
        self._heard: OrderedDict[str, int] = OrderedDict()
        self._beats: dict[str, float] = {}  # when each of the others was last heard
        self._own = 0  # how many of our own messages came back
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
            self._sent.clear()
            tasks = [asyncio.create_task(self._send(sending)), asyncio.create_task(self._hear(ear))]
            (await self._watched(tasks)).result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for client in (sending, hearing):
                await _close(client)

    async def _watched(self, tasks: list[asyncio.Task]) -> asyncio.Task:
        """Whichever ends first; both are given up where our own beat does not come back."""
        quiet = 0  # in rounds, not in seconds: where this process itself stood still, nothing was quiet
        while quiet <= PATIENCE_SECONDS / BEAT_SECONDS:
            own = self._own
            done, _ = await asyncio.wait(tasks, timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if done:
                return done.pop()
            quiet = quiet + 1 if self._own == own else 0
        raise TimeoutError

    def _client(self) -> Redis:
        # No retries: one that hangs is left at once, and what is lost is read from the database. The time limits are
        # ours: the library's costs a task for each command, and on Python 3.11 it can overhear that it is cancelled.
        return Redis.from_url(
            self._url, socket_connect_timeout=PATIENCE_SECONDS, socket_timeout=None, retry=Retry(NoBackoff(), 0),
            health_check_interval=0,
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
            message = written(self._key, self._sender, self._number, batch)
            self._sent.append(message)
            async with asyncio.timeout(PATIENCE_SECONDS):
                await client.publish(self._channel, message)
            if len(batch) > 1:
                await asyncio.sleep(PAUSE_SECONDS)

    async def _hear(self, ear) -> None:
        """Hear the others, and ourselves: our own beat shows that the way through Redis is open."""
        while True:
            # Without a time limit of the library's: on a busy machine it now and then never ended. See _watched.
            message = await ear.get_message(timeout=None)
            if message is not None and self._take(message["data"]):
                self._own += 1
                if self.deaf:
                    self.deaf = False
                    logs.event("bus", state="sound")
                    self.on_missed()
            self._miss_the_silent()

    def _miss_the_silent(self) -> None:
        """One that fell silent is missed once; what it committed and told nobody is in the database."""
        latest = world.monotonic() - SILENT_SECONDS
        silent = [sender for sender, heard in self._beats.items() if heard < latest]
        for sender in silent:
            del self._beats[sender]
        if silent:
            self.on_missed()

    def _take(self, data: object) -> bool:
        """Pass on what a message refers to; True for one of our own."""
        if self._sent and data == self._sent[0]:
            self._sent.popleft()
            return True
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
        self._beats[sender] = world.monotonic()
        if number > (before or 0) + 1:  # of one that is heard for the first time, nobody knows what it said before
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

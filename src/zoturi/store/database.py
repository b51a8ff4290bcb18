"""The database: runs deeds, one transaction each, and tells what they told after the commit.

``await db.write(deed, *args)`` runs ``deed(tx, *args)``; ``await db.read(query, *args)`` runs a read.
Deeds are plain functions that cannot await, so no network call ever sits inside a transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from zoturi import logs, world
from zoturi.domain.refusals import Refusal
from zoturi.store.vault import Vault

MOST_WAITING = 4096
READERS = 4

Deliver = Callable[[list[object]], None]


class Waiting:
    """A deed on its way, and whom to call on the event loop once it is answered."""

    __slots__ = ("args", "deed", "done", "failed", "told", "value")

    def __init__(self, deed: Callable, args: tuple, done: Callable[[Waiting], None]) -> None:
        self.deed = deed
        self.args = args
        self.done = done
        self.value: object = None
        self.failed: BaseException | None = None
        self.told: list[object] = []

    def fail(self, problem: BaseException) -> None:
        """Answer with a refusal; what is no refusal is logged by its type and answered ``internal``."""
        self.told = []
        if isinstance(problem, Refusal):
            self.failed = problem
        else:
            logs.failure("deed_failed", problem, deed=getattr(self.deed, "__name__", "?"))
            self.failed = Refusal("internal")


def appends(to: Callable[..., tuple[str, str]]) -> Callable[[Callable], Callable]:
    """Mark a deed that appends one entry to one contact, ``to(*args)``: (contact id, client id). Where the database
    is far away, those that wait are committed together.
    """

    def mark(deed: Callable) -> Callable:
        deed.appends_to = to
        return deed

    return mark


class Engine(Protocol):
    """What differs between SQLite and PostgreSQL."""

    def submit(self, waiting: Waiting) -> None:
        """Run the deed soon, then call ``done`` from whatever thread."""

    def read(self, vault: Vault, query: Callable, args: tuple) -> object:
        """Run a read in the calling thread; it sees one moment of the database."""

    def now(self) -> int:
        """The time of a transaction that begins now."""

    def tidy(self) -> None:
        """Leave nothing deleted behind in logs of the database that we control."""

    def stop(self) -> None:
        """Finish what waits, then close all connections."""


class Database:
    """Deeds and reads for the rest of the house; made by :func:`zoturi.store.opening.open_database`."""

    def __init__(self, engine: Engine, vault: Vault, kind: str, folder: Path) -> None:
        self.engine = engine
        self.vault = vault
        self.kind = kind
        self.folder = folder
        self.holder = world.new_id()  # the name of this process where it takes leases
        self.failing = False  # the last commit failed: health is red
        self.deliver: Deliver = lambda told: None
        self._waiting = 0
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="reading ahead")
        self._loop: asyncio.AbstractEventLoop | None = None

    async def write(self, deed: Callable, *args: object):
        """Run a deed; the answer comes after its commit. Raises :class:`Refusal`."""
        future = asyncio.get_running_loop().create_future()

        def done(waiting: Waiting) -> None:
            if future.done():
                return  # whoever asked has gone away; the deed stands
            if waiting.failed is None:
                future.set_result(waiting.value)
            else:
                future.set_exception(waiting.failed)

        self.submit(deed, args, done)
        return await future

    def submit(self, deed: Callable, args: tuple, done: Callable[[Waiting], None]) -> None:
        """Run a deed and call ``done`` on the event loop after its commit, or once it is refused.

        Deeds submitted one after another run in that order on SQLite. Refuses ``busy`` when too many wait.
        """
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        if self._waiting >= MOST_WAITING:
            raise Refusal("busy")
        self._waiting += 1
        self.engine.submit(Waiting(deed, args, done))

    async def read(self, query: Callable, *args: object):
        """Run a read on one of the readers. Raises :class:`Refusal`."""
        return await self._read(self._readers, self.engine.read, query, args)

    async def read_ahead(self, query: Callable, *args: object):
        """A read that stands behind no other; each of its statements sees a moment of its own. PostgreSQL only."""
        return await self._read(self._ahead, self.engine.read_apart, query, args)

    async def _read(self, readers: ThreadPoolExecutor, read: Callable, query: Callable, args: tuple):
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(readers, read, self.vault, query, args)
        except Refusal:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever the driver raises is a refusal
            logs.failure("read_failed", problem, deed=getattr(query, "__name__", "?"))
            raise Refusal("storage_unavailable") from None

    async def tidy(self) -> None:
        """Leave nothing deleted behind in logs of the database that we control."""
        try:
            await asyncio.to_thread(self.engine.tidy)
        except Exception as problem:  # noqa: BLE001 - it is tried again in a minute
            logs.failure("tidy_failed", problem)

    def answered(self, batch: list[Waiting]) -> None:
        """Called by the engine, from its thread, once a batch is committed or has failed."""
        self._loop.call_soon_threadsafe(self._finish, batch)

    def _finish(self, batch: list[Waiting]) -> None:
        self._waiting -= len(batch)
        for waiting in batch:
            if waiting.told:
                try:
                    self.deliver(waiting.told)
                except Exception as problem:  # noqa: BLE001 - an event is only a hint; the deed stands
                    logs.failure("deliver_failed", problem)
            try:
                waiting.done(waiting)
            except Exception as problem:  # noqa: BLE001 - one answer that fails harms no other
                logs.failure("answer_failed", problem)

    def commit_failed(self, failed: bool) -> None:
        """The engine says how its last commit went."""
        if failed != self.failing:
            self.failing = failed
            logs.event("storage", state="failing" if failed else "sound")

    def now(self) -> int:
        """The time as transactions see it."""
        return self.engine.now()

    async def stop(self) -> None:
        """Finish what waits and close."""
        # Reads end first: closing a connection under a running read ends the whole process.
        await asyncio.to_thread(self._readers.shutdown)
        await asyncio.to_thread(self._ahead.shutdown)
        await asyncio.to_thread(self.engine.stop)
        await asyncio.sleep(0)  # answers that the engine's last batch posted

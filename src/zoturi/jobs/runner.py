"""Runs jobs: each on its own beat, none stopped by the failure of one run; some in one process at a time only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from zoturi import logs, world
from zoturi.domain.refusals import Refusal
from zoturi.store import leases
from zoturi.store.database import Database

RENEW_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Job:
    """Work that comes round every so many seconds. ``once``: of several processes one does it."""

    name: str
    every_seconds: float
    run: Callable[[], Awaitable[None]]
    once: bool = False


class Leases:
    """The leases of one process. Over SQLite there is no other process, so everything is ours."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def take(self, name: str, every_seconds: float) -> bool:
        """Whether this process does it now. Who has done it goes on, and is missed a moment after its next beat."""
        if self._db.kind == "sqlite":
            return True
        return await self._db.write(leases.take, name, self._db.holder, round(1250 * every_seconds) + 5000)

    async def release(self) -> None:
        """This process ends: somebody else goes on at once."""
        if self._db.kind != "sqlite":
            with suppress(Refusal):
                await self._db.write(leases.release, self._db.holder)


async def keep_running(job: Job, held: Leases) -> None:
    """Run a job for ever; a failed run is logged and the next one comes in its time."""
    while True:
        began = world.monotonic()
        try:
            if not job.once:
                await job.run()
            elif await held.take(job.name, job.every_seconds):
                await _run_renewing(job, held)
        except Refusal as refusal:
            logs.event("job_refused", job=job.name, code=refusal.code)
        except Exception as problem:  # noqa: BLE001 - logged, and the next run comes
            logs.failure("job_failed", problem, job=job.name)
        await asyncio.sleep(max(0.05, job.every_seconds - (world.monotonic() - began)))


async def _run_renewing(job: Job, held: Leases) -> None:
    """Run a job and renew its lease while it takes long, so that nobody else begins it."""
    running = asyncio.ensure_future(job.run())
    try:
        while not (await asyncio.wait([running], timeout=min(RENEW_SECONDS, 2 + job.every_seconds)))[0]:
            with suppress(Refusal):
                await held.take(job.name, job.every_seconds)
        await running
    finally:
        running.cancel()

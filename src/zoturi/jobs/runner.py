"""Runs jobs: each on its own beat, none stopped by the failure of one run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from zoturi import logs, world
from zoturi.domain.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Job:
    """Work that comes round every so many seconds."""

    name: str
    every_seconds: float
    run: Callable[[], Awaitable[None]]


async def keep_running(job: Job) -> None:
    """Run a job for ever; a failed run is logged and the next one comes in its time."""
    while True:
        began = world.monotonic()
        try:
            await job.run()
        except Refusal as refusal:
            logs.event("job_refused", job=job.name, code=refusal.code)
        except Exception as problem:  # noqa: BLE001 - logged, and the next run comes
            logs.failure("job_failed", problem, job=job.name)
        await asyncio.sleep(max(0.05, job.every_seconds - (world.monotonic() - began)))

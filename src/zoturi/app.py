"""The composition root: puts the rooms together and keeps them running until told to stop."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from aiohttp import web

from zoturi import logs, resources
from zoturi.actions import screening, site_settings
from zoturi.actions.house import House
from zoturi.domain.refusals import Refusal
from zoturi.jobs.runner import Leases, keep_running
from zoturi.jobs.schedule import jobs
from zoturi.realtime.server import Sockets
from zoturi.site_hours import public_holidays
from zoturi.web import render, sessions
from zoturi.web.arrivals import Arrival
from zoturi.web.assets import Assets
from zoturi.web.blocks import Blocks
from zoturi.web.keys import ASSETS, BLOCKS, BUS_DEAF, HOUSE, LISTENING, PLACE_OF, ROOM_FOR_SOCKET, SOCKET_COUNT
from zoturi.web.middleware import guard
from zoturi.web.routes import add_routes

LARGEST_FORM_BYTES = 64 * 1024
SHUTDOWN_SECONDS = 5.0


def build(house: House) -> tuple[web.Application, Sockets]:
    """The application over an opened house, and its sockets."""
    app = web.Application(middlewares=[guard], client_max_size=LARGEST_FORM_BYTES)
    app[HOUSE] = house
    app[BLOCKS] = Blocks(house.settings)
    app[ASSETS] = Assets(resources.static_dir())
    sockets = Sockets(house, sessions.cookie_names(house.settings))
    app[SOCKET_COUNT] = lambda: sockets.count
    app[BUS_DEAF] = lambda: sockets.deaf
    app[ROOM_FOR_SOCKET] = sockets.room
    app[LISTENING] = sockets.hub.listeners.to
    app[PLACE_OF] = sockets.places.of
    render.begin(app)
    add_routes(app)
    sockets.attach(app)
    return app, sockets


class Running:
    """A served house; used by the command line and, as a whole, by the tests."""

    def __init__(self, house: House, *, shared_port: bool = False) -> None:
        self.house = house
        self._shared_port = shared_port
        self.app, self.sockets = build(house)
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS, handle_signals=False)
        self._listener: asyncio.Server | None = None
        self._leases = Leases(house.db)
        self._tasks: list[asyncio.Task] = []

    async def start(self) -> int:
        """Listen, start the jobs and return the port."""
        await site_settings.refresh(self.house)
        await self.house.services.refresh(self.house.db)
        await self._runner.setup()
        settings, loop = self.house.settings, asyncio.get_running_loop()
        self._listener = await loop.create_server(
            partial(Arrival, self._runner.server, loop=loop), settings.host, settings.port, backlog=2048,
            reuse_port=self._shared_port or None,
        )  # fmt: skip
        ready_at = self.house.db.now()
        work = [keep_running(job, self._leases) for job in jobs(self.house, self.sockets, ready_at)]
        self._tasks = [asyncio.create_task(each) for each in (*work, *self.sockets.work())]
        loop.run_in_executor(None, public_holidays)  # half a second the first time: neither now nor in somebody's deed
        port = self._listener.sockets[0].getsockname()[1]
        logs.event("ready", port=port)
        return port

    async def stop(self) -> None:
        """Let nobody in, drain the sockets, stop the jobs, close the database. Ten seconds at most."""
        if self._listener is not None:
            self._listener.close()  # first: who is sent away comes back at another process, not at this one
        await self.sockets.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._runner.cleanup()
        await self._leases.release()
        with suppress(Refusal):
            await screening.write_counts(self.house.db, self.house.tally)
        await self.house.db.stop()
        logs.event("stopped")


def _rest_in_memory() -> None:
    """What stands after the start, such as templates and catalogues, stays: the collector need not walk over it again.
    A message makes some hundred objects and no cycle, so there is no need to look after each seven hundred either.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


async def serve(
    house: House, ready: Callable[[int], None], *, stopping: asyncio.Event | None = None, shared_port: bool = False
) -> None:
    """Serve until SIGTERM, SIGINT or ``stopping``; ``ready`` is called with the port once requests are answered.

    Several processes may share one port.
    """
    stopping = stopping or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    running = Running(house, shared_port=shared_port)
    try:
        port = await running.start()
        _rest_in_memory()
        ready(port)
        stopper = asyncio.create_task(stopping.wait())
        await asyncio.wait([stopper, *running._tasks], return_when=asyncio.FIRST_COMPLETED)
        if not stopping.is_set():
            # A loop that keeps promises has ended: better a restart than a server that only looks alive.
            raise RuntimeError("a background task ended")
    finally:
        await running.stop()

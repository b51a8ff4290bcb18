"""The composition root: puts the rooms together and keeps them running until told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress

from aiohttp import web

from zoturi import logs, resources, world
from zoturi.actions import screening, site_settings
from zoturi.actions.house import House
from zoturi.domain.refusals import Refusal
from zoturi.jobs.runner import keep_running
from zoturi.jobs.schedule import jobs
from zoturi.realtime.server import Sockets
from zoturi.web import render, sessions
from zoturi.web.assets import Assets
from zoturi.web.blocks import Blocks
from zoturi.web.keys import ASSETS, BLOCKS, HOUSE, LISTENING, PLACE_OF, ROOM_FOR_SOCKET, SOCKET_COUNT
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
    app[ROOM_FOR_SOCKET] = sockets.room
    app[LISTENING] = sockets.hub.listeners.to
    app[PLACE_OF] = sockets.places.of
    render.begin(app)
    add_routes(app)
    sockets.attach(app)
    return app, sockets


class Running:
    """A served house; used by the command line and, as a whole, by the tests."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.app, self.sockets = build(house)
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS, handle_signals=False)
        self._tasks: list[asyncio.Task] = []

    async def start(self) -> int:
        """Listen, start the jobs and return the port."""
        await site_settings.refresh(self.house)
        await self._runner.setup()
        settings = self.house.settings
        site = web.TCPSite(self._runner, settings.host, settings.port, backlog=2048)
        await site.start()
        ready_at = world.now()
        work = [keep_running(job) for job in jobs(self.house, self.sockets, ready_at)]
        self._tasks = [asyncio.create_task(each) for each in (*work, self.sockets.places.run())]
        port = self._runner.addresses[0][1]
        logs.event("ready", port=port)
        return port

    async def stop(self) -> None:
        """Drain the sockets, stop the jobs, close the database. Ten seconds at most."""
        await self.sockets.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._runner.cleanup()
        with suppress(Refusal):
            await screening.write_counts(self.house.db, self.house.tally)
        await self.house.db.stop()
        logs.event("stopped")


async def serve(house: House, ready: Callable[[int], None]) -> None:
    """Serve until SIGTERM or SIGINT; ``ready`` is called with the port once requests are answered."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    running = Running(house)
    try:
        ready(await running.start())
        stopper = asyncio.create_task(stopping.wait())
        await asyncio.wait([stopper, *running._tasks], return_when=asyncio.FIRST_COMPLETED)
        if not stopping.is_set():
            # A loop that keeps promises has ended: better a restart than a server that only looks alive.
            raise RuntimeError("a background task ended")
    finally:
        await running.stop()

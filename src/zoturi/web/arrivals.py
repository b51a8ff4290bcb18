"""A connection before its first request: how long it may take to say what it wants, and what is no HTTP at all."""

from __future__ import annotations

import asyncio

from aiohttp import web

from zoturi.web.middleware import HEADERS

FIRST_REQUEST_SECONDS = 20.0
"""Whoever sends a line now and then could hold any number of connections open for hours."""
IDLE_SECONDS = 75.0
"""Between two requests: longer than proxies keep a connection, so that they never use one we are just closing."""


class Arrival(web.RequestHandler):
    """One connection. The application's own middleware says when a whole request has come."""

    def __init__(self, server: web.Server, *, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(server, loop=loop, access_log=None, keepalive_timeout=IDLE_SECONDS)
        self.came = False
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._late = asyncio.get_running_loop().call_later(FIRST_REQUEST_SECONDS, self._too_late)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._late.cancel()
        super().connection_lost(exc)

    def _too_late(self) -> None:
        if not self.came:
            self.force_close()

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """What is no HTTP gets a bare answer that quotes nothing, names no library, and is no line in the log."""
        response = web.Response(status=status, text="112", headers=HEADERS | {"Cache-Control": "no-store"})
        response.force_close()
        return response

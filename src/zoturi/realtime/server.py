"""The Socket.IO server: who may join, what a handshake may cost, and the drain at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from importlib import import_module

import socketio
from aiohttp import web
from socketio.exceptions import ConnectionRefusedError as JoinRefused  # Python has one of the same name

from zoturi import world
from zoturi.actions import accounts, duty
from zoturi.actions.house import House
from zoturi.domain.people import Visitor, Worker
from zoturi.domain.refusals import Refusal
from zoturi.realtime import lane
from zoturi.realtime.afar import Afar
from zoturi.realtime.bus import Carrier
from zoturi.realtime.commands import Dispatcher, Registry
from zoturi.realtime.desk import desk
from zoturi.realtime.hub import Connection, Hub
from zoturi.realtime.places import Places
from zoturi.realtime.references import Spent
from zoturi.realtime.transport import Json, Transport
from zoturi.realtime.visitor import visitor
from zoturi.wire import ESCAPED_FRAME_BYTES

MOST_SOCKETS = 20_000
ROOM_FOR_STAFF = 1_000  # of all sockets, kept free of visitors so that a flood cannot lock staff out
MOST_UNJOINED = 1_000
JOIN_SECONDS = 10.0
PING_SECONDS = 20
SILENT_SECONDS = 2.5 * PING_SECONDS
DRAIN_SECONDS = 6.0
RETRY_IN_SECONDS = 3


class Rooms(socketio.AsyncManager):
    """Nobody has a room of their own: what is sent goes straight to a socket. The library looks for somebody who leaves
    in every room there is, so that leaving would cost the more, the more stay.
    """

    def basic_enter_room(self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None) -> None:
        if room is None:  # everybody's
            super().basic_enter_room(sid, namespace, room, eio_sid)


class Sockets:
    """All that is realtime: the server, the hub, the places and the dispatcher."""

    def __init__(self, house: House, cookies: tuple[str, str]) -> None:
        self.house = house
        url = house.settings.redis_url
        self.bus: Carrier | None = None
        if url is not None:
            self.bus = import_module("zoturi.realtime.redis_bus").RedisBus(url, house.db.vault)
        self.hub = Hub(ordered=house.db.kind == "sqlite", bus=self.bus)
        if self.bus is not None:
            house.limits.elsewhere.reach(
                house.db.vault.derived("limits"), lambda name, count: self.hub.publish(Spent(name, count))
            )
        self.places = Places(house, self.hub)
        self._afar = None if self.hub.told is None else Afar(house, self.hub, self.hub.bus)
        self._visitor_cookie, self._staff_cookie = cookies
        self._dispatcher = Dispatcher(house, self.hub, self.places)
        quiet = logging.getLogger("socketio.quiet")
        self.server = socketio.AsyncServer(
            async_mode="aiohttp", transports=["websocket"], async_handlers=False, json=Json,
            cors_allowed_origins=list(house.settings.origins), cookie=None, logger=quiet, engineio_logger=quiet,
            ping_interval=PING_SECONDS, ping_timeout=PING_SECONDS, max_http_buffer_size=ESCAPED_FRAME_BYTES,
            namespaces=["/visitor", "/desk"], monitor_clients=True, client_manager=Rooms(),
        )  # fmt: skip
        # The transport class of this one server; the library's own table is shared by all servers of the process.
        fast = house.settings.fast_lane and lane.fits()
        registries = {each.namespace: each for each in (visitor, desk)}
        fast_way = partial(
            lane.Lane, dispatcher=self._dispatcher, registries=registries, at_once=lane.MOST_AT_ONCE,
            outgoing=lane.Outgoing(),
        )  # fmt: skip
        way = fast_way if fast else Transport
        self.server.eio._async = {**self.server.eio._async, "websocket": way}
        self._serve(visitor, self._join_as_visitor)
        self._serve(desk, self._join_as_staff)
        house.db.deliver = self.hub.deliver

    def attach(self, app: web.Application) -> None:
        self.server.attach(app)

    def work(self) -> list[Coroutine]:
        """What has to run as long as sockets are served: places, the bus where there are other processes, and reading
        what others did, be it other threads only.
        """
        return [self.places.run(), *(each.run() for each in (self.bus, self._afar) if each is not None)]

    @property
    def deaf(self) -> bool:
        """Whether news of other processes come late, because the bus is down."""
        return self.bus is not None and self.bus.deaf

    @property
    def count(self) -> int:
        return len(self.server.eio.sockets)

    def room(self, *, staff: bool) -> bool:
        """Whether one more handshake may begin; the last places are kept for staff."""
        unjoined = self.count - len(self.hub.connections)
        if staff:
            return self.count < MOST_SOCKETS
        return self.count < MOST_SOCKETS - ROOM_FOR_STAFF and unjoined < MOST_UNJOINED

    def heard_since(self, moment: float) -> tuple[list[int], list[int]]:
        """Visitors and workers whose sockets spoke after a moment of the monotonic clock."""
        return self.hub.heard_since(moment)

    def staff_sessions(self) -> list[int]:
        """The sessions behind the open sockets of staff."""
        return self.hub.staff_sessions()

    def cut_unjoined(self) -> int:
        """Cut sockets that never joined a namespace or answer no ping any more; how many."""
        joined = {connection.socket for connection in self.hub.connections.values()}
        now = world.monotonic()
        late = [
            socket
            for socket in self._open()
            if socket.transport.heard < now - SILENT_SECONDS
            or (socket not in joined and socket.transport.began < now - JOIN_SECONDS)
        ]
        for socket in late:
            socket.transport.cut()
        return len(late)

    async def drain(self) -> None:
        """Tell everybody that we restart, send what is queued, and close all sockets."""
        self.hub.restarting(RETRY_IN_SECONDS)
        deadline = world.monotonic() + DRAIN_SECONDS
        while self.hub.connections and world.monotonic() < deadline:  # noqa: ASYNC110 - they end one by one
            await asyncio.sleep(0.05)
        for socket in self._open():
            socket.transport.cut()
        await self.server.shutdown()

    def _open(self) -> list:
        """Sockets past the handshake; the library adds ours a moment after its own."""
        return [each for each in self.server.eio.sockets.values() if getattr(each, "transport", None) is not None]

    def _serve(self, registry: Registry, join) -> None:
        namespace = registry.namespace

        async def connect(sid: str, *args: object):
            # A client can send an event named "connect"; only the library's own call carries a real request.
            environ = args[0] if args else None
            request = environ.get("aiohttp.request") if isinstance(environ, dict) else None
            if not isinstance(request, web.BaseRequest):
                return Refusal("unknown_command").answer()
            eio_sid = self.server.manager.eio_sid_from_sid(sid, namespace)
            socket = self.server.eio.sockets.get(eio_sid)
            try:
                actor = await join(request)
            except Refusal as refusal:
                raise JoinRefused(refusal.code, {"code": refusal.code}) from None
            if socket is None:
                raise JoinRefused("gone", {"code": "gone"})
            self.hub.add(Connection(sid, namespace, socket, actor))
            return None

        async def disconnect(sid: str, *_: object):
            if self.server.manager.is_connected(sid, namespace):
                return Refusal("unknown_command").answer()  # an event of that name, not an end
            self.hub.remove(sid)
            return None

        async def command(name: str, sid: str = "", *args: object) -> dict:
            if name in self.hub.connections:  # an event named "*" comes without its name, so all else moved up
                return Refusal("unknown_command").answer()
            return await self._dispatcher.run(registry, name, sid, args)

        self.server.on("connect", connect, namespace=namespace)
        self.server.on("disconnect", disconnect, namespace=namespace)
        self.server.on("*", command, namespace=namespace)

    async def _join_as_visitor(self, request: web.BaseRequest) -> Visitor:
        token = request.cookies.get(self._visitor_cookie)
        if not token or not self.house.doors_open:
            raise Refusal("unauthorised")
        token_hash = accounts.visitor_token_hash(self.house.db.vault, token)
        if token_hash is None:
            raise Refusal("unauthorised")
        return await self.house.db.write(duty.visitor_connected, token_hash)

    async def _join_as_staff(self, request: web.BaseRequest) -> Worker:
        token = request.cookies.get(self._staff_cookie)
        if not token:
            raise Refusal("unauthorised")
        worker = await self.house.db.read(accounts.session_of, accounts.token_hash(token))
        if worker is None:
            raise Refusal("unauthorised")
        if worker.role == "admin":
            raise Refusal("forbidden")
        await self.house.db.write(duty.note_signs, [], [worker.key])
        return worker

"""The fast lane: the same protocol without a task, a queue and a time limit for each frame.

python-socketio keeps the handshake, the namespaces and the end of a connection. Events are read in a plain loop and
answered on the spot; a hot command goes straight to the writer, and its acknowledgement is written by the callback that
follows the commit. Frames of one turn of the event loop leave in one write.

It touches private parts of the libraries, so it runs only with the exact versions it was tested with; otherwise
the stock way serves, with one line in the log. ``ZOTURI_FAST_LANE=0`` turns it off.
"""

from __future__ import annotations

import asyncio
from importlib.metadata import version

import orjson
from aiohttp import WSMsgType, web
from engineio import packet as engine_packet

from zoturi import logs, world
from zoturi.realtime.commands import Dispatcher, Registry
from zoturi.realtime.transport import CLOSE_SECONDS, EVENT, JOIN, LEAVE, PONG, UNREADABLE, Json, Link, too_long

TESTED = {"python-socketio": "5.18.1", "python-engineio": "4.15.1", "aiohttp": "3.14.5"}
MOST_UNSENT_BYTES = 512 * 1024
MOST_AT_ONCE = 64  # hot commands of one connection on their way, where the database keeps their order
_CLOSE_FRAME = b"\x88\x02\x03\xe8"  # 1000, a normal end


def fits() -> bool:
    """Whether exactly the tested versions are installed; says so in the log where they are not."""
    others = [name for name, tested in TESTED.items() if version(name) != tested]
    if others:
        logs.event("fast_lane_off", reason="other versions of " + ", ".join(others))
    return not others


def _framed(payload: bytes) -> bytes:
    """One unmasked WebSocket text frame (RFC 6455, 5.2)."""
    size = len(payload)
    if size < 126:
        return b"\x81" + size.to_bytes(1, "big") + payload
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


class Lane(Link):
    """One connection of the fast lane."""

    def __init__(
        self, handler, server, *, dispatcher: Dispatcher, registries: dict[str, Registry], at_once: int
    ) -> None:
        super().__init__(handler, server)
        self._dispatcher = dispatcher
        self._registries = registries
        self._at_once = at_once
        self._loop = asyncio.get_running_loop()
        self._frames: list[bytes] = []
        self._running = 0
        self._ended = False  # our close frame is on its way
        self._waiting: asyncio.Future | None = None

    async def __call__(self, environ: dict) -> web.WebSocketResponse:
        web_socket = await self.prepare(environ, text=False)
        engine = self.engine_socket
        engine.connected = engine.upgraded = True
        engine.send = self._send_packet
        while not engine.queue.empty():  # the handshake's own packet was queued before there was a connection
            await self._send_packet(engine.queue.get_nowait())
            engine.queue.task_done()
        try:
            await self._read(web_socket)
        finally:
            if self._ended:
                self._tcp.close()  # the browser has answered our close frame; a second one is an error to it
            await engine.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)
        return web_socket

    # Writing

    def put(self, packet: bytes) -> None:
        """Send one packet with the others of this turn."""
        self._write(_framed(packet))

    def _write(self, frame: bytes) -> None:
        if not self._frames:
            self._loop.call_soon(self._flush)
        self._frames.append(frame)

    def _flush(self) -> None:
        """Write all frames of this turn at once. A reader too slow to keep up is cut, and awaited by nobody."""
        frames, self._frames = self._frames, []
        tcp = self._tcp
        if tcp.is_closing():
            return
        tcp.write(b"".join(frames))
        if tcp.get_write_buffer_size() > MOST_UNSENT_BYTES:
            tcp.abort()

    def end(self) -> None:
        """Close the connection once what is queued has left."""
        self._ended = True
        self._write(_CLOSE_FRAME)
        self._loop.call_later(CLOSE_SECONDS, self.cut)

    async def _send_packet(self, packet: engine_packet.Packet) -> None:
        """What the library itself sends: handshake, joins, pings, ends."""
        encoded = packet.encode()
        self.put(encoded if isinstance(encoded, bytes) else encoded.encode())

    # Reading

    async def _read(self, web_socket: web.WebSocketResponse) -> None:
        receive = web_socket.receive
        while True:
            message = await receive()
            if message.type is not WSMsgType.TEXT:
                return
            self.heard = world.monotonic()
            frame = message.data
            if too_long(frame):
                return
            if frame.startswith(b"42"):
                rest = self._event(frame)
                if rest is not None:
                    await rest
            elif frame == PONG:
                self.engine_socket.schedule_ping()
            else:
                await self._membership(frame)

    async def _membership(self, frame: bytes) -> None:
        """Joining and leaving a namespace is the library's affair."""
        join = JOIN.match(frame)
        if LEAVE.match(frame) or (join is not None and self.may_join(join[1].decode())):
            try:
                packet = engine_packet.Packet(engine_packet.MESSAGE, data=frame[1:].decode())
                await self.engine_socket.receive(packet)
            except ValueError:
                return  # a payload that is no JSON joins nothing

    def _event(self, frame: bytes):
        """Run an event: on the spot where the command is hot, else as the coroutine that is returned."""
        match = EVENT.match(frame)
        if match is None or self._ended:  # a session that is over does nothing more, even if its end is ignored
            return None
        namespace = match[1].decode()
        connection = self.joined.get(namespace)
        if connection is None:
            return None
        try:
            name, *arguments = Json.loads(frame[match.end() :])
        except ValueError:
            self._acknowledge(match[1], match[2], UNREADABLE)
            return None
        registry = self._registries[namespace]
        number = match[2]
        if self._running < self._at_once:
            self._running += 1
            if self._dispatcher.begin(registry, name, connection, arguments, lambda told: self._answer(match, told)):
                return None
            self._running -= 1
        return self._in_turn(registry, name, connection, arguments, match[1], number)

    def _answer(self, match, told: dict) -> None:
        """A hot command is answered: acknowledge, and let a slower one go on that waits behind it."""
        self._running -= 1
        self._acknowledge(match[1], match[2], told)
        if self._running == 0 and self._waiting is not None:
            self._waiting.set_result(None)
            self._waiting = None

    async def _in_turn(self, registry: Registry, name: str, connection, arguments: list, namespace: bytes,
                       number: bytes) -> None:  # fmt: skip
        """Run a command that awaits something, after the hot ones before it are answered."""
        if self._running:
            self._waiting = self._loop.create_future()
            await self._waiting
        told = await self._dispatcher.run(registry, name, connection.sid, tuple(arguments))
        self._acknowledge(namespace, number, told)

    def _acknowledge(self, namespace: bytes, number: bytes, told: dict) -> None:
        if number:
            self.put(b"43" + namespace + b"," + number + b"[" + orjson.dumps(told) + b"]")

"""The fast lane: the same protocol without a task, a queue and a time limit for each frame.

python-socketio keeps the handshake, the namespaces and the end of a connection. A hot command goes straight to the
writer in the moment its bytes arrive, and its acknowledgement is written by the callback that follows the commit; a
plain loop reads all other frames. Those of one turn of the event loop leave in one write a connection.

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
READ_BYTES = 16 * 1024  # at a time; for asyncio's own 256 KiB memory is asked for and given back with each frame
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


def _take(queue) -> None:
    """Take the first message, which is there, from a queue that can only be awaited."""
    try:
        queue.read().send(None)
    except StopIteration:
        pass


class Outgoing:
    """Frames of one turn of the event loop, of all connections."""

    def __init__(self) -> None:
        self._lanes: list[Lane] = []

    def note(self, lane: Lane) -> None:
        """This connection has something to send."""
        if not self._lanes:
            asyncio.get_running_loop().call_soon(self._flush)
        self._lanes.append(lane)

    def _flush(self) -> None:
        lanes, self._lanes = self._lanes, []
        for lane in lanes:
            try:
                lane.flush()
            except Exception as problem:  # noqa: BLE001 - one broken socket harms no other
                logs.failure("send_failed", problem)


class Lane(Link):
    """One connection of the fast lane."""

    def __init__(
        self, handler, server, *, dispatcher: Dispatcher, registries: dict[str, Registry], at_once: int,
        outgoing: Outgoing,
    ) -> None:  # fmt: skip
        super().__init__(handler, server)
        self._dispatcher = dispatcher
        self._registries = registries
        self._at_once = at_once
        self._outgoing = outgoing
        self._loop = asyncio.get_running_loop()
        self._frames: list[bytes] = []
        self._running = 0
        self._ended = False  # our close frame is on its way
        self._waiting: asyncio.Future | None = None
        self._parser = self._queue = None
        self._to_read: asyncio.Future | None = None  # done once there is a frame that the plain loop has to read

    async def __call__(self, environ: dict) -> web.WebSocketResponse:
        web_socket = await self.prepare(environ, text=False)
        self._tcp.max_size = READ_BYTES
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
            self.let_go()
        return web_socket

    # Writing

    def put(self, packet: bytes) -> None:
        """Send one packet with the others of this turn."""
        self._write(_framed(packet))

    def _write(self, frame: bytes) -> None:
        if not self._frames:
            self._outgoing.note(self)
        self._frames.append(frame)

    def flush(self) -> None:
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

    # Reading: the library's parser hands its bytes to us first, by the two methods it is asked for

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Bytes have arrived: whatever needs no awaiting is done at once."""
        answer = self._parser.feed_data(data)
        if self._to_read is not None:
            self._on_the_spot()
        return answer

    def feed_eof(self) -> None:
        self._parser.feed_eof()
        if self._to_read is not None:
            self._on_the_spot()

    def _on_the_spot(self) -> None:
        """Do hot commands; at the first frame that is none, or at the end, the plain loop goes on."""
        self.heard = world.monotonic()
        queue = self._queue
        waiting = queue._buffer
        while waiting:
            message = waiting[0][0]
            if message.type is not WSMsgType.TEXT or not self._hot(message.data):
                break
            _take(queue)
        if (waiting or queue.is_eof()) and not self._to_read.done():
            self._to_read.set_result(None)

    async def _read(self, web_socket: web.WebSocketResponse) -> None:
        protocol = web_socket._req.protocol
        self._parser, self._queue = protocol._payload_parser, web_socket._reader
        protocol._payload_parser = self
        receive = web_socket.receive
        while True:
            self._to_read = self._loop.create_future()
            self._on_the_spot()
            await self._to_read
            self._to_read = None
            message = await receive()
            if message.type is not WSMsgType.TEXT:
                return
            self.heard = world.monotonic()
            frame = message.data
            if too_long(frame):
                return
            if frame.startswith(b"42"):
                await self._event(frame)
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

    def _hot(self, frame: bytes) -> bool:
        """Begin a hot command; False, and nothing done, where the frame is something else or has to wait its turn."""
        match = EVENT.match(frame)
        if match is None or self._running >= self._at_once or too_long(frame):
            return False
        namespace = match[1].decode()
        spec = self._registries[namespace].hot.get(match[3])
        if spec is None:
            return False
        connection = self.joined.get(namespace)
        if connection is None or self._ended:  # a session that is over does nothing more, even if its end is ignored
            return True
        try:
            _, *arguments = Json.loads(frame[match.end() :])
        except ValueError:
            self._acknowledge(match[1], match[2], UNREADABLE)
            return True
        self._running += 1
        self._dispatcher.begin(spec, connection, arguments, lambda told: self._answer(match, told))
        return True

    async def _event(self, frame: bytes) -> None:
        """Run any other command, after the hot ones before it are answered."""
        match = EVENT.match(frame)
        connection = None if match is None else self.joined.get(match[1].decode())
        if connection is None or self._ended:
            return
        try:
            name, *arguments = Json.loads(frame[match.end() :])
        except ValueError:
            self._acknowledge(match[1], match[2], UNREADABLE)
            return
        if self._running:
            self._waiting = self._loop.create_future()
            await self._waiting
        registry = self._registries[connection.namespace]
        self._acknowledge(
            match[1], match[2], await self._dispatcher.run(registry, name, connection.sid, tuple(arguments))
        )

    def _answer(self, match, told: dict) -> None:
        """A hot command is answered: acknowledge, and let a slower one go on that waits behind it."""
        self._running -= 1
        self._acknowledge(match[1], match[2], told)
        if self._running == 0 and self._waiting is not None:
            self._waiting.set_result(None)
            self._waiting = None

    def _acknowledge(self, namespace: bytes, number: bytes, told: dict) -> None:
        if number:
            self.put(b"43" + namespace + b"," + number + b"[" + orjson.dumps(told) + b"]")

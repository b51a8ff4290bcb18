"""The WebSocket under Engine.IO: no compression, small text frames of known shape only, the last sign of life.

Frames that no client of ours sends are dropped here, before any library parses them. This is the stock way, through the
library's own machinery; :mod:`zoturi.realtime.lane` is the fast one. Both offer the hub the same few methods.
"""

from __future__ import annotations

import json
import re

import orjson
from aiohttp import WSMsgType, web
from engineio import packet as engine_packet

from zoturi import world
from zoturi.wire import ESCAPED_FRAME_BYTES, FRAME_BYTES

MOST_JOINS = 4
MOST_QUEUED = 512
CLOSE_SECONDS = 2.0

# Engine.IO: 3 pong · 41 leave · 40 join a namespace with or without a payload · 42 an event with or without an ack id.
PONG = b"3"
JOIN = re.compile(rb"40(/visitor|/desk),(?:\{.*\})?\Z", re.DOTALL)
LEAVE = re.compile(rb"41(?:/visitor|/desk),?\Z")
EVENT = re.compile(rb"42(/visitor|/desk),([0-9]{0,10})(?=\[\"([^\"\\]{0,64})\")", re.DOTALL)
UNREADABLE = {"ok": False, "code": "bad_field", "retry": False}  # what a command in no JSON is answered with
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Json:
    """JSON for the Socket.IO library: orjson refuses NaN and deep nesting instead of crashing on them.

    It also refuses a lone surrogate, which deserves an answer (``bad_text``): such frames are read the slow way.
    """

    JSONDecodeError = orjson.JSONDecodeError

    @staticmethod
    def dumps(value: object, **_: object) -> str:
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_: object) -> object:
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as problem:
            plain = text if isinstance(text, str) else text.decode("utf-8", "replace")
            if not _SURROGATE.search(plain):
                raise
            try:
                return json.loads(plain, parse_constant=int)
            except (RecursionError, ValueError):
                raise problem from None


def too_long(frame: bytes) -> bool:
    """Whether a frame is longer than any of ours; an escape counts as what it stands for (at least two bytes)."""
    return len(frame) > FRAME_BYTES and len(frame) - 4 * frame.count(b"\\u") > FRAME_BYTES


class Link:
    """What both ways share: one connection, who joined over it, and when it was last heard."""

    def __init__(self, handler, server) -> None:
        self.engine_socket = handler.__self__
        self.engine_socket.transport = self
        self.server = server
        self.began = self.heard = world.monotonic()
        self.joined: dict[str, object] = {}
        self.web_socket: web.WebSocketResponse | None = None
        self._joins = 0
        self._tcp = None

    async def prepare(self, environ: dict, *, text: bool) -> web.WebSocketResponse:
        """Answer the upgrade: text, closed by the library, for the stock way; bytes, closed by itself, for the lane.

        A compressing connection costs 125 KiB instead of 30, and our messages are short.
        """
        request = environ["aiohttp.request"]
        self._tcp = request.transport
        self.web_socket = web.WebSocketResponse(
            max_msg_size=ESCAPED_FRAME_BYTES, compress=False, timeout=CLOSE_SECONDS, decode_text=text, autoclose=text
        )
        await self.web_socket.prepare(request)
        return self.web_socket

    def may_join(self, namespace: str) -> bool:
        """Each namespace once at a time, and a few times in all."""
        self._joins += 1
        return namespace not in self.joined and self._joins <= MOST_JOINS

    def let_go(self) -> None:
        """The connection is over. What leads back to it, such as the error that the library keeps of its end, would
        hold all of it, some twenty KiB, until the collector comes round, which is seldom.
        """
        self.engine_socket = None
        self.web_socket, over = None, self.web_socket
        if (problem := over.exception()) is not None:
            problem.__traceback__ = problem.__context__ = None

    def cut(self) -> None:
        """End the connection at once, whatever still waits to be sent."""
        if self._tcp is not None:
            self._tcp.abort()


class Transport(Link):
    """What Engine.IO calls a WebSocket class: frames go through the library's queue, writer task and dispatcher."""

    def __init__(self, handler, server) -> None:
        super().__init__(handler, server)
        self._handler = handler
        self._packets = self.engine_socket.queue

    async def __call__(self, environ: dict) -> web.WebSocketResponse:
        socket = await self.prepare(environ, text=True)
        handler, self._handler = self._handler, None
        try:
            await handler(self)
        finally:
            self.let_go()
        return socket

    def put(self, packet: bytes) -> None:
        """Queue one packet. A reader too slow to keep up is cut; it will ask again for what it missed."""
        if self._packets.qsize() >= MOST_QUEUED:
            self.cut()
            return
        self._packets.put_nowait(engine_packet.Packet(engine_packet.MESSAGE, data=packet[1:].decode()))

    def end(self) -> None:
        """Close the connection once what is queued has left."""
        self._packets.put_nowait(None)

    async def close(self) -> None:
        await self.web_socket.close()

    async def send(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            await self.web_socket.send_bytes(message)
        else:
            await self.web_socket.send_str(message)

    def _readable(self, raw: bytes, event: re.Match[bytes]) -> bool:
        """Whether a command is JSON; one that waits for an answer is told so."""
        try:
            Json.loads(raw[event.end() :])
        except ValueError:
            if event[2] and event[1].decode() in self.joined:
                self.put(b"43" + event[1] + b"," + event[2] + b"[" + orjson.dumps(UNREADABLE) + b"]")
            return False
        return True

    async def wait(self) -> str:
        """The next frame worth parsing; raises OSError when the connection is over or misused."""
        while True:
            frame = await self.web_socket.receive()
            if frame.type is not WSMsgType.TEXT:
                raise OSError
            self.heard = world.monotonic()
            raw = frame.data.encode("utf-8", "replace")
            if too_long(raw):
                raise OSError
            event = EVENT.match(raw)
            if event is not None and not self._readable(raw, event):
                continue
            if raw == PONG or event is not None or LEAVE.match(raw):
                return frame.data
            join = JOIN.match(raw)
            if join is not None and self.may_join(join[1].decode()):
                return frame.data

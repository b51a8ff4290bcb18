"""A WebSocket client with as little between the kernel and the clock as Python allows.

A client library would cost more than the relays it measures, so frames are cut by hand over epoll. One `Loop` holds
all connections of a run; every kind of server (plain WebSocket, Socket.IO) is driven by this same code, which knows
three frames only: an answer, something delivered, and the server's ping.
"""

import base64
import json
import os
import select
import socket
import struct
import time
import zlib
from collections.abc import Callable

DEFLATE_OFFER = "permessage-deflate; client_max_window_bits"


class Refused(RuntimeError):
    """The server did not do what the run needs: upgrade, namespace or answer."""


def frame(payload: bytes) -> bytes:
    """A masked text frame. The mask is zero: legal, costs the server the same, costs us nothing."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BBI", 0x81, 0x80 | size, 0) + payload
    if size < 65536:
        return struct.pack("!BBHI", 0x81, 0xFE, size, 0) + payload
    return struct.pack("!BBQI", 0x81, 0xFF, size, 0) + payload


def upgrade_request(port: int, path: str, headers: dict[str, str], *, deflate: bool = False) -> bytes:
    """What a browser sends to turn a connection into a WebSocket."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    if deflate:
        lines.append(f"Sec-WebSocket-Extensions: {DEFLATE_OFFER}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Loop:
    """Waits for many connections at once, with microsecond timeouts (epoll's own are milliseconds)."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self.links: dict[int, Link] = {}

    def add(self, link: "Link") -> None:
        self._epoll.register(link.fd, select.EPOLLIN)
        self.links[link.fd] = link

    def want_write(self, link: "Link", yes: bool) -> None:
        self._epoll.modify(link.fd, select.EPOLLIN | (select.EPOLLOUT if yes else 0))

    def remove(self, link: "Link") -> None:
        if self.links.pop(link.fd, None) is not None:
            self._epoll.unregister(link.fd)

    def turn(self, timeout: float) -> None:
        """Serve what is ready; wait at most `timeout` seconds for it."""
        ready = self._epoll.poll(0)
        if not ready and timeout > 0:
            select.select([self._epoll], [], [], timeout)
            ready = self._epoll.poll(0)
        links = self.links
        for fd, what in ready:
            link = links.get(fd)
            if link is None:
                continue
            if what & select.EPOLLOUT:
                link.flush()
            if what & ~select.EPOLLOUT:
                link.read()

    def close(self) -> None:
        for link in list(self.links.values()):
            link.close()
        self._epoll.close()


class Link:
    """One connection. `on_text(link, payload)` gets every text frame that is not the protocol's own."""

    def __init__(
        self, loop: Loop, port: int, path: str, headers: dict[str, str], *, namespace: str | None, deflate: bool = False
    ) -> None:
        self.namespace = namespace
        self._begin(loop, socket.create_connection(("127.0.0.1", port), timeout=10))
        self.sock.sendall(upgrade_request(port, path, headers, deflate=deflate))
        self._upgraded(path)
        self.sock.setblocking(False)
        loop.add(self)
        if namespace is not None:
            self._join()

    def _begin(self, loop: Loop, sock: socket.socket) -> None:
        self.loop, self.sock, self.fd = loop, sock, sock.fileno()
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.on_text: Callable[[Link, bytes], None] = lambda link, payload: None
        self.closed = False
        self.received = 0
        self._in = b""
        self._out = bytearray()
        self._batch: list[bytes] | None = None
        self._call_id = 0
        self._inflate = None

    def _upgraded(self, path: str) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.sock.recv(4096)
            if not more:
                raise Refused(f"closed during the upgrade of {path}: {data[:120]!r}")
            data += more
        head, self._in = data.split(b"\r\n\r\n", 1)
        status = head.split(b"\r\n", 1)[0]
        if b" 101 " not in status:
            raise Refused(f"no upgrade of {path}: {status!r}")
        self.deflating = b"permessage-deflate" in head.lower()
        if self.deflating:
            self._inflate = zlib.decompressobj(-15)

    def _join(self) -> None:
        """Socket.IO handshake: the server's open packet, then our namespace, then its yes."""
        spot = "" if self.namespace == "/" else f"{self.namespace},"
        seen: list[bytes] = []
        self.on_text = lambda link, payload: seen.append(payload)
        if self._in:
            self._cut(b"")
        self.send(frame(f"40{spot}".encode()))
        joined, refused = f"40{spot}".encode(), f"44{spot}".encode()
        self._until(lambda: any(p.startswith((joined, refused)) for p in seen), f"joining {self.namespace}")
        bad = [p for p in seen if p.startswith(refused)]
        if bad:
            raise Refused(f"namespace {self.namespace} refused: {bad[0][:120]!r}")

    def _until(self, done: Callable[[], bool], what: str, seconds: float = 20) -> None:
        end = time.perf_counter() + seconds
        while not done():
            if self.closed:
                raise Refused(f"the server closed the connection: {what}")
            if time.perf_counter() > end:
                raise Refused(f"no answer in {seconds:.0f} s: {what}")
            self.loop.turn(0.05)

    def call(self, event: str, data: dict) -> dict:
        """Send one command and wait for its answer; other connections are served meanwhile."""
        self._call_id += 1
        answer: list[dict] = []
        before = self.on_text
        if self.namespace is None:
            text, mark = json.dumps({"do": event, "id": self._call_id, **data}), f'{{"ack":{self._call_id},'.encode()
        else:
            spot = "" if self.namespace == "/" else f"{self.namespace},"
            text, mark = f"42{spot}{self._call_id}{json.dumps([event, data])}", f"43{spot}{self._call_id}[".encode()

        def catch(link: Link, payload: bytes) -> None:
            if payload.startswith(mark):
                answer.append(json.loads(payload if self.namespace is None else payload[len(mark) : -1]))
            else:
                before(link, payload)

        self.on_text = catch
        self.send(frame(text.encode()))
        self._until(lambda: bool(answer), event)
        self.on_text = before
        return answer[0]

    def send(self, data: bytes) -> None:
        if self._batch is not None:
            self._batch.append(data)
        elif self._out:
            self._out += data
        else:
            self._write(data)

    def _write(self, data: bytes) -> None:
        try:
            sent = self.sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close()
            return
        if sent < len(data):
            if not self._out:
                self.loop.want_write(self, True)
            self._out += data[sent:]

    def flush(self) -> None:
        data = bytes(self._out)
        self._out.clear()
        self.loop.want_write(self, False)
        self._write(data)

    def read(self) -> None:
        try:
            data = self.sock.recv(262144)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        self._batch = []  # all that is sent while these frames are handled leaves in one system call
        self._cut(data)
        batch, self._batch = self._batch, None
        if batch and not self.closed:
            self.send(batch[0] if len(batch) == 1 else b"".join(batch))

    def _cut(self, data: bytes) -> None:
        data = self._in + data if self._in else data
        at, end = 0, len(data)
        while end - at >= 2:
            size, start = data[at + 1], at + 2
            if size == 126:
                if end - at < 4:
                    break
                size, start = (data[at + 2] << 8) | data[at + 3], at + 4
            elif size == 127:
                if end - at < 10:
                    break
                size, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if end < start + size:
                break
            head, payload = data[at], data[start : start + size]
            at, kind = start + size, head & 15
            if head & 0x40 and self._inflate is not None:
                payload = self._inflate.decompress(payload + b"\x00\x00\xff\xff")
            if kind == 1:
                self.received += 1
                if payload == b"2":  # Engine.IO ping
                    self.send(frame(b"3"))
                else:
                    self.on_text(self, payload)
            elif kind == 9:
                self.send(struct.pack("!BBI", 0x8A, 0x80 | len(payload), 0) + payload)
            elif kind == 8:
                self.close()
                return
        self._in = data[at:]

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.loop.remove(self)
            self.sock.close()

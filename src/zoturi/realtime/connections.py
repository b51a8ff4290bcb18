"""Joined sockets: who each is, and what waits while its snapshot is on the way."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from zoturi.domain.people import Visitor, Worker

MOST_REFUSED = 1_000  # commands beyond the limits that one connection may send before it is cut


class Connection:
    """One joined socket: who it is, and what waits while its snapshot is on the way."""

    __slots__ = ("actor", "held", "namespace", "refused", "shown", "sid", "socket")

    def __init__(self, sid: str, namespace: str, socket, actor: Visitor | Worker) -> None:
        self.sid = sid
        self.namespace = namespace
        self.socket = socket
        self.actor = actor
        self.held: list[bytes] | None = None
        self.refused = 0
        self.shown: set[str] = set()  # contacts that stand on this desk

    def send(self, packet: bytes) -> None:
        """Send one encoded packet, or keep it while a snapshot is on its way."""
        if self.held is None:
            self.socket.transport.put(packet)
        else:
            self.held.append(packet)

    def hold(self) -> None:
        """Keep back events until the answer that is being prepared has left."""
        self.held = []

    def let_go(self) -> None:
        """The snapshot has left: send what came meanwhile."""
        held, self.held = self.held or [], None
        for packet in held:
            self.send(packet)

    def refuse(self) -> None:
        """One more command that came too fast; whoever does not stop is cut, since each costs the others time."""
        self.refused += 1
        if self.refused >= MOST_REFUSED:
            self.socket.transport.cut()

    def end(self) -> None:
        """Close the socket once what is queued has left."""
        self.socket.transport.end()


def encode(namespace: str, event: str, data: dict) -> bytes:
    """A Socket.IO event packet with its Engine.IO mark."""
    return b"42%b,%b" % (namespace.encode(), orjson.dumps([event, data]))


@dataclass(frozen=True, slots=True)
class LookedAt:
    """Whom and what the connections of this process look at."""

    visitors: list[int]
    workers: list[int]
    teams: list[int]
    contacts: list[str]

"""The hub: the only place that emits. It knows every open connection, encodes a packet once for each kind of viewer and
puts it straight into the queues of the sockets that may see it.

Who may see what is decided at delivery from the contact's own facts; there is no room that could be stale.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable

import orjson

from zoturi import logs
from zoturi.actions.news import ColleagueChanged, ContactChanged, EntryAdded, News, VisitorEnded, WorkerSessionsEnded
from zoturi.domain.contacts import CLAIMED, CLOSED, WAITING, Contact
from zoturi.domain.people import Visitor, Worker
from zoturi.domain.timeline import colleague_for, contact_for, entry_for
from zoturi.realtime.listeners import Listeners
from zoturi.realtime.order import InOrder

HOLD_BACK_SECONDS = 0.5
_SEEN_KEPT = 10_000
MOST_REFUSED = 1_000  # commands beyond the limits that one connection may send before it is cut


class Connection:
    """One joined socket: who it is, and what waits while its snapshot is on the way."""

    __slots__ = ("actor", "held", "namespace", "refused", "sid", "socket")

    def __init__(self, sid: str, namespace: str, socket, actor: Visitor | Worker) -> None:
        self.sid = sid
        self.namespace = namespace
        self.socket = socket
        self.actor = actor
        self.held: list[bytes] | None = None
        self.refused = 0

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


class Hub:
    """All open connections of this process, by person and by team."""

    def __init__(self, *, ordered: bool) -> None:
        self.connections: dict[str, Connection] = {}
        self._visitors: defaultdict[int, set[Connection]] = defaultdict(set)
        self._workers: defaultdict[int, set[Connection]] = defaultdict(set)
        self._teams: defaultdict[int, set[Connection]] = defaultdict(set)
        self._seen: OrderedDict[str, dict[str, int]] = OrderedDict()
        self._order = None if ordered else InOrder()
        self.listeners = Listeners()
        self.on_queue_changed: Callable[[int], None] = lambda team: None

    # Connections

    def add(self, connection: Connection) -> None:
        self.connections[connection.sid] = connection
        connection.socket.transport.joined[connection.namespace] = connection
        for group in self._groups(connection.actor):
            group.add(connection)

    def remove(self, sid: str) -> None:
        connection = self.connections.pop(sid, None)
        if connection is None:
            return
        connection.socket.transport.joined.pop(connection.namespace, None)
        for group in self._groups(connection.actor):
            group.discard(connection)
        actor = connection.actor
        groups, key = (self._visitors, actor.key) if isinstance(actor, Visitor) else (self._workers, actor.key)
        if not groups[key]:
            del groups[key]

    def _groups(self, actor: Visitor | Worker) -> Iterable[set[Connection]]:
        if isinstance(actor, Visitor):
            return (self._visitors[actor.key],)
        return (self._workers[actor.key], self._teams[actor.team])

    def heard_since(self, moment: float) -> tuple[list[int], list[int]]:
        """Visitors and workers whose sockets spoke after a moment of the monotonic clock."""
        visitors, workers = set(), set()
        for connection in self.connections.values():
            if connection.socket.transport.heard > moment:
                (visitors if isinstance(connection.actor, Visitor) else workers).add(connection.actor.key)
        return sorted(visitors), sorted(workers)

    def staff_sessions(self) -> list[int]:
        """The sessions behind the open sockets of staff."""
        return sorted({c.actor.session for c in self.connections.values() if isinstance(c.actor, Worker)})

    # What deeds told

    def deliver(self, told: list[News]) -> None:
        """Send what deeds told; called on the event loop, after the commit, in the order it was told."""
        for news in told:
            if isinstance(news, EntryAdded):
                self._numbered(("e", news.contact_id), news.entry.seq, lambda news=news: self._entry(news))
            elif isinstance(news, ContactChanged):
                self._numbered(("c", news.after.id), news.after.version, lambda news=news: self._contact(news))
            elif isinstance(news, ColleagueChanged):
                colleague = news.colleague
                self.emit(self._teams.get(colleague.team, ()), "presence_changed",
                          {"colleague": colleague_for(colleague)})  # fmt: skip
                self.on_queue_changed(colleague.team)
            elif isinstance(news, VisitorEnded):
                self.listeners.wake(news.visitor)
                self._end(self._visitors.get(news.visitor, ()), news.code)
            elif isinstance(news, WorkerSessionsEnded):
                self._end([c for c in self.connections.values()
                           if isinstance(c.actor, Worker) and c.actor.session in news.sessions], news.code)  # fmt: skip

    def _numbered(self, key: tuple[str, str], number: int, send: Callable[[], None]) -> None:
        if self._order is None:
            send()  # one writer: the order of commits is the order of calls
        elif not self._order.pass_on(key, number, send):
            asyncio.get_running_loop().call_later(HOLD_BACK_SECONDS, self._order.flush, key)

    def _entry(self, news: EntryAdded) -> None:
        entry = news.entry
        shown = entry_for("visitor", entry, author=entry.role == "visitor")
        if shown is not None:  # a note is no news to the visitor, not even that there is one
            self.listeners.wake(news.visitor)
            if news.visitor in self._visitors:
                self.emit(self._visitors[news.visitor], "entry", {"contact_id": news.contact_id, "entry": shown})
        others, author = [], []
        for key in news.staff:
            (author if key == entry.author else others).extend(self._workers.get(key, ()))
        for connections, own in ((others, False), (author, True)):
            if connections:
                shown = entry_for("worker", entry, author=own)
                self.emit(connections, "entry", {"contact_id": news.contact_id, "entry": shown})

    def _contact(self, news: ContactChanged) -> None:
        contact = news.after
        self.listeners.wake(contact.visitor)
        if contact.visitor in self._visitors:
            self.emit(self._visitors[contact.visitor], "contact_changed", {"contact": contact_for("visitor", contact)})
        before = self._desk_viewers(news.before)
        now = self._desk_viewers(contact)
        gone = [connection for connection in before if connection not in now]
        for view in ("owner", "queue"):
            last_sight = before if contact.state == CLOSED else {}
            watching = [c for c, kind in {**last_sight, **now}.items() if kind == view]
            if watching:
                self.emit(watching, "contact_changed", {"contact": contact_for(view, contact)})
        if gone:
            self.emit(gone, "contact_gone", {"contact_id": contact.id})
        if contact.state == WAITING or (news.before is not None and news.before.state == WAITING):
            for team in {contact.team, contact.team if news.before is None else news.before.team}:
                self.on_queue_changed(team)

    def _desk_viewers(self, contact: Contact | None) -> dict[Connection, str]:
        """Sockets of staff that may see a contact, and how: its holders in full, its team while it waits."""
        if contact is None:
            return {}
        if contact.state == WAITING:
            offered = contact.offered_to
            seeing = self._teams.get(contact.team, ()) if offered is None else self._workers.get(offered, ())
            return dict.fromkeys(seeing, "queue")
        if contact.state == CLAIMED:
            return {c: "owner" for key in (contact.owner, *contact.companions) for c in self._workers.get(key, ())}
        return {}

    # Hints that are not stored

    def typing(self, contact_id: str, by: dict, typing: bool, visitor: int | None, staff: Iterable[int], *,
               from_visitor: bool) -> None:  # fmt: skip
        """Pass on that somebody types, to the other side."""
        data = {"contact_id": contact_id, "by": by, "typing": typing}
        self._to_other_side("typing", data, visitor, staff, from_visitor)

    def seen(self, contact_id: str, by: dict, seq: int, visitor: int | None, staff: Iterable[int], *,
             from_visitor: bool) -> None:  # fmt: skip
        """Pass on how far somebody has read, to the other side; remembered for those who come back."""
        marks = self._seen.setdefault(contact_id, {})
        self._seen.move_to_end(contact_id)
        if len(self._seen) > _SEEN_KEPT:
            self._seen.popitem(last=False)
        side = "visitor" if from_visitor else "worker"
        marks[side] = max(seq, marks.get(side, 0))
        data = {"contact_id": contact_id, "by": by, "seq": marks[side]}
        self._to_other_side("seen", data, visitor, staff, from_visitor)

    def seen_by(self, contact_id: str, side: str) -> int:
        """How far a side has read, as far as this process knows."""
        return self._seen.get(contact_id, {}).get(side, 0)

    def _to_other_side(self, event: str, data: dict, visitor: int | None, staff: Iterable[int],
                       from_visitor: bool) -> None:  # fmt: skip
        if from_visitor:
            self.emit([c for key in staff for c in self._workers.get(key, ())], event, data)
        elif visitor in self._visitors:
            self.emit(self._visitors[visitor], event, data)

    def to_visitor(self, visitor: int, event: str, data: dict) -> None:
        if visitor in self._visitors:
            self.emit(self._visitors[visitor], event, data)

    # Ending

    def _end(self, connections: Iterable[Connection], code: str) -> None:
        for connection in tuple(connections):
            connection.send(encode(connection.namespace, "session_ended", {"code": code}))
            connection.end()

    def restarting(self, retry_in_seconds: int) -> None:
        """Tell everybody that the server goes down for a moment, and let their sockets end."""
        self.listeners.wake_all()
        for connection in tuple(self.connections.values()):
            connection.send(encode(connection.namespace, "restarting", {"retry_in_seconds": retry_in_seconds}))
            connection.end()

    def emit(self, connections: Iterable[Connection], event: str, data: dict) -> None:
        """Send an event to exactly these connections. Nobody is nobody: an empty list never means everyone."""
        packets: dict[str, bytes] = {}
        for connection in connections:
            packet = packets.get(connection.namespace)
            if packet is None:
                packet = packets[connection.namespace] = encode(connection.namespace, event, data)
            try:
                connection.send(packet)
            except Exception as problem:  # noqa: BLE001 - one broken socket harms no other
                logs.failure("send_failed", problem)

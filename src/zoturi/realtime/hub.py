"""The hub: the only place that emits. It knows every open connection, encodes a packet once for each kind of viewer and
puts it straight into the queues of the sockets that may see it.

Who may see what is decided at delivery from the contact's own facts; there is no room that could be stale.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from functools import partial

from zoturi import logs
from zoturi.actions.news import (
    ColleagueChanged,
    ContactChanged,
    EntryAdded,
    HandoverChanged,
    News,
    VisitorEnded,
    WorkerSessionsEnded,
    entry_added,
)  # fmt: skip
from zoturi.domain.contacts import CLAIMED, CLOSED, HANDED_OVER, WAITING, Audience, Contact
from zoturi.domain.handovers import handover_for, may_see
from zoturi.domain.people import Visitor, Worker
from zoturi.domain.timeline import Entry, colleague_for, contact_for, entry_for
from zoturi.realtime.bus import Bus, InProcess
from zoturi.realtime.connections import Connection, LookedAt, encode
from zoturi.realtime.listeners import Listeners
from zoturi.realtime.order import Told
from zoturi.realtime.references import Reference, references_of

_SEEN_KEPT = 10_000


class Hub:
    """All open connections of this process, by person and by team.

    What is told here goes to the other processes as references over the ``bus``. ``told`` keeps the order where several
    threads or processes commit; where one writer does, the order of commits is the order of calls.
    """

    def __init__(self, *, ordered: bool, bus: Bus | None = None) -> None:
        self.bus = bus or InProcess()
        self.connections: dict[str, Connection] = {}
        self._visitors: defaultdict[int, set[Connection]] = defaultdict(set)
        self._workers: defaultdict[int, set[Connection]] = defaultdict(set)
        self._teams: defaultdict[int, set[Connection]] = defaultdict(set)
        self._seen: OrderedDict[str, dict[str, int]] = OrderedDict()
        self.told = None if ordered else Told()
        self.listeners = Listeners()
        self.on_queue_changed: Callable[[int | None], None] = lambda team: None  # None: any of them

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
        if not isinstance(self.bus, InProcess):
            self.bus.publish([reference for news in told for reference in references_of(news)])
        self.tell_here(told)

    def publish(self, hint: Reference) -> None:
        """Pass a hint that is not stored on to the other processes."""
        self.bus.publish((hint,))

    def tell_here(self, told: Iterable[News]) -> None:
        """Send to the connections of this process what happened here, or elsewhere."""
        for news in told:
            if isinstance(news, EntryAdded):
                self._new_entry(news)
            elif isinstance(news, ContactChanged):
                if self.told is None or self.told.version(news.after.id, news.after.version):
                    self._contact(news.before, news.after)
                for team in {each.team for each in (news.before, news.after) if each and each.state == WAITING}:
                    self.on_queue_changed(team)
            elif isinstance(news, HandoverChanged):
                self._handover(news)
            elif isinstance(news, ColleagueChanged):
                colleague = news.colleague
                self.emit(self._teams.get(colleague.team, ()), "presence_changed",
                          {"colleague": colleague_for(colleague)})  # fmt: skip
                self.on_queue_changed(colleague.team)
            elif isinstance(news, VisitorEnded):
                self.end_visitor(news.visitor, news.code)
            elif isinstance(news, WorkerSessionsEnded):
                self.end_sessions(news.sessions, news.code)

    def _new_entry(self, news: EntryAdded) -> None:
        if self.told is None:
            self._entry(news)
        elif self.concerns(news.visitor, news.staff):
            self.told.entry(news.contact_id, news.entry.seq, partial(self._entry, news))
        else:
            self.told.passed(news.contact_id, news.entry.seq)

    # What other processes did

    def concerns(self, visitor: int | None, staff: Iterable[int], teams: Iterable[int] = ()) -> bool:
        """Whether somebody connected here is one of these."""
        if visitor is not None and (visitor in self._visitors or self.listeners.has(visitor)):
            return True
        return any(key in self._workers for key in staff) or any(self._teams.get(key) for key in teams)

    def looked_at(self) -> LookedAt:
        """Everybody who is connected here, and the contacts on their desks."""
        shown = set().union(*(connection.shown for connection in self.connections.values()))
        teams = [team for team, connections in self._teams.items() if connections]
        return LookedAt([*self._visitors, *self.listeners.visitors()], list(self._workers), teams, list(shown))

    def shows(self, connection: Connection, snapshot: Iterable[dict]) -> None:
        """A snapshot of contacts goes to a connection; later events keep it true."""
        if self.told is None:
            return  # nothing is told here but by deeds that say who saw a contact before
        for contact in snapshot:
            contact_id, last_seq = contact["id"], contact["last_seq"]
            # Where a newer version has left already, it said whether the contact stands on this desk.
            if isinstance(connection.actor, Worker) and contact["version"] >= self.told.version_of(contact_id):
                connection.shown.add(contact_id)
            if last_seq is not None:
                self.told.shown(contact_id, last_seq)

    def catch_up(self, audience: Audience, after: int, entries: list[Entry]) -> None:
        """Send entries of a contact that were read from the database, all there are after a seq."""
        news = [entry_added(audience, entry) for entry in entries]
        self.told.read(audience.id, after, ((each.entry.seq, partial(self._entry, each)) for each in news))

    def catch_up_contact(self, contact: Contact) -> None:
        """Send a contact that was read from the database, where this is news."""
        if self.told.version(contact.id, contact.version):
            self._contact(None, contact)

    # Who sees it

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

    def _contact(self, earlier: Contact | None, contact: Contact) -> None:
        self.listeners.wake(contact.visitor)
        if contact.visitor in self._visitors:
            self.emit(self._visitors[contact.visitor], "contact_changed", {"contact": contact_for("visitor", contact)})
        before = {**self._on_desks(contact), **self._desk_viewers(earlier)}
        now = self._desk_viewers(contact)
        gone = [connection for connection in before if connection not in now]
        for view in ("owner", "queue"):
            last_sight = before if contact.state in (CLOSED, HANDED_OVER) else {}
            watching = [c for c, kind in {**last_sight, **now}.items() if kind == view]
            if watching:
                self.emit(watching, "contact_changed", {"contact": contact_for(view, contact)})
        if gone:
            self.emit(gone, "contact_gone", {"contact_id": contact.id})
        for connection in now:
            connection.shown.add(contact.id)
        for connection in gone:
            connection.shown.discard(contact.id)

    def _handover(self, news: HandoverChanged) -> None:
        """Whoever gets an older version later ignores it, so these need no order of their own."""
        handover = news.handover
        senders = {connection for key in news.staff for connection in self._workers.get(key, ())}
        receivers = [each for each in self._teams.get(handover.receiver, ()) if each not in senders]
        watching = {"visitor": self._visitors.get(news.visitor, ()), "sender": senders, "receiver": receivers}
        for viewer, connections in watching.items():
            if connections and may_see(viewer, handover):
                data = {"contact_id": handover.contact_id, "handover": handover_for(viewer, handover)}
                self.emit(connections, "handover_changed", data)

    def _on_desks(self, contact: Contact) -> dict[Connection, str]:
        """Desks on which a contact stands, and how; where order is not given nobody knows what a snapshot on its way
        shows.
        """
        holders = (contact.owner, *contact.companions)
        found = {}
        for connections in self._workers.values():
            for each in connections:
                if contact.id in each.shown:
                    found[each] = "owner" if each.actor.key in holders else "queue"
                elif self.told is not None and each.held is not None and each.actor.team == contact.team:
                    found[each] = "perhaps"
        return found

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
        side = "visitor" if from_visitor else "worker"
        data = {"contact_id": contact_id, "by": by, "seq": self.note_seen(contact_id, side, seq)}
        self._to_other_side("seen", data, visitor, staff, from_visitor)

    def note_seen(self, contact_id: str, side: str, seq: int) -> int:
        """Remember how far a side has read; the farthest that is known."""
        marks = self._seen.setdefault(contact_id, {})
        self._seen.move_to_end(contact_id)
        if len(self._seen) > _SEEN_KEPT:
            self._seen.popitem(last=False)
        marks[side] = max(seq, marks.get(side, 0))
        return marks[side]

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

    def end_visitor(self, visitor: int, code: str) -> None:
        """A visitor's session is over: their sockets close."""
        self.listeners.wake(visitor)
        self._end(self._visitors.get(visitor, ()), code)

    def end_sessions(self, sessions: Iterable[int], code: str) -> None:
        """Sessions of staff are over: their sockets close."""
        self._end([c for c in self.connections.values()
                   if isinstance(c.actor, Worker) and c.actor.session in sessions], code)  # fmt: skip

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

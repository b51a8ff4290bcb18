"""What other processes did: their references come in, what is new is read from the database in one go for all contacts
that somebody here looks at, and leaves through the hub as if it had been done here. So is what threads of this process
did, where one has not come while the next is there (``order.py``).

Whoever writes references can make this read, one look at a time, and nothing more: who sees what is decided from what
is read. While the bus is deaf this process looks by itself every few seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from zoturi import logs, world
from zoturi.actions.house import House
from zoturi.actions.news import ColleagueChanged, HandoverChanged, handover_changed
from zoturi.domain import sessions
from zoturi.domain.refusals import Refusal
from zoturi.realtime.bus import Carrier
from zoturi.realtime.hub import Hub
from zoturi.realtime.references import (
    Changed,
    ColleagueNews,
    Erased,
    HandoverNews,
    NewEntry,
    Reference,
    Seen,
    SessionsOver,
    Spent,
    Typing,
    VisitorOver,
)  # fmt: skip
from zoturi.store import contacts, elsewhere, handovers, people
from zoturi.store.tx import Tx

LOOK_EVERY_SECONDS = 2.0  # while the bus is deaf; and no more often, whatever is asked
MOST_AT_ONCE = 200  # contacts in one read
GATHER_SECONDS = 0.005  # from one read to the next, where much comes
MOST_COLLEAGUES = 5000
MOST_HINTS = 200


class Afar:
    """Catches up with what was done in other processes."""

    def __init__(self, house: House, hub: Hub, bus: Carrier) -> None:
        self._house = house
        self._hub = hub
        self._bus = bus
        self._something = asyncio.Event()
        self._colleagues: set[int] = set()
        self._handovers: set[str] = set()
        self._known_handovers: dict[str, int] = {}  # versions, as they were at the last look
        self._over: dict[int, str] = {}
        self._sessions: dict[int, str] = {}
        self._hints: list[Typing | Seen] = []
        self._look = False
        self._looked = self._read_at = 0.0
        self._many = False  # whether the last read was of several contacts
        self._versions: dict[int, int] = {}
        self._take: dict[type, Callable] = {
            NewEntry: self._entry, Changed: self._changed, Erased: self._erased, ColleagueNews: self._colleague,
            HandoverNews: self._handover,
            VisitorOver: self._visitor_over, SessionsOver: self._sessions_over, Typing: self._hint, Seen: self._hint,
            Spent: self._spent,
        }  # fmt: skip
        bus.on_references = self.heard
        bus.on_missed = self.look
        bus.on_deaf = self._something.set
        self._told = hub.told
        self._told.on_wanted = self._something.set
        self._told.on_too_much = self.look

    # What comes in: noted, and nothing else

    def heard(self, references: list[Reference]) -> None:
        """Note what other processes refer to, where somebody here looks at it."""
        for reference in references:
            self._take[type(reference)](reference)
        self._something.set()

    def look(self) -> None:
        """Something may have been missed: look at everything that is shown here."""
        self._look = True
        self._something.set()

    def _entry(self, told: NewEntry) -> None:
        if self._hub.concerns(told.visitor, told.staff):
            self._told.refer(told.contact_id, told.seq)
        else:
            self._told.passed(told.contact_id, told.seq)

    def _changed(self, told: Changed) -> None:
        for team in told.teams:
            self._hub.on_queue_changed(team)
        if self._hub.concerns(told.visitor, told.staff, told.teams):
            self._told.refer_version(told.contact_id, told.version)

    def _erased(self, told: Erased) -> None:
        self._house.db.vault.forget(told.contact_id)

    def _colleague(self, told: ColleagueNews) -> None:
        self._hub.on_queue_changed(told.team)
        if self._hub.concerns(None, (), (told.team,)) and len(self._colleagues) < MOST_COLLEAGUES:
            self._colleagues.add(told.worker)

    def _handover(self, told: HandoverNews) -> None:
        if self._hub.concerns(told.visitor, told.staff, told.teams) and len(self._handovers) < MOST_HINTS:
            self._handovers.add(told.handover_id)

    def _visitor_over(self, told: VisitorOver) -> None:
        if self._hub.concerns(told.visitor, ()):
            self._over[told.visitor] = told.code

    def _sessions_over(self, told: SessionsOver) -> None:
        here = set(self._hub.staff_sessions())
        self._sessions |= {key: told.code for key in told.sessions if key in here}

    def _hint(self, told: Typing | Seen) -> None:
        if isinstance(told, Seen):
            self._hub.note_seen(told.contact_id, "visitor" if told.worker is None else "worker", told.seq)
        to_staff = told.worker is None
        here = self._hub.concerns(None if to_staff else told.visitor, told.staff if to_staff else ())
        if here and len(self._hints) < MOST_HINTS:
            self._hints.append(told)

    def _spent(self, told: Spent) -> None:
        self._house.limits.heard(told.name, told.count)

    # What is made of it

    async def run(self) -> None:
        """Read and deliver what is noted; runs until cancelled."""
        while True:
            try:
                async with asyncio.timeout(self._until_next_look()):
                    await self._something.wait()
            except TimeoutError:
                self._look = self._look or self._bus.deaf
            self._something.clear()
            try:
                await self._catch_up()
            except Refusal as refusal:
                logs.event("catching_up_waits", code=refusal.code)
                self._look = True
                await asyncio.sleep(1)
            except Exception as problem:  # noqa: BLE001 - one that cannot be delivered harms no other
                logs.failure("catching_up_failed", problem)
                await asyncio.sleep(1)

    def _until_next_look(self) -> float | None:
        if not (self._look or self._bus.deaf):
            return None
        return max(0.0, self._looked + LOOK_EVERY_SECONDS - world.monotonic())

    async def _catch_up(self) -> None:
        db = self._house.db
        await self._read_news()
        if self._handovers:
            ids, self._handovers = self._handovers, set()
            self._hub.tell_here(await db.read(_handover_news, sorted(ids)))
        if self._colleagues:
            keys, self._colleagues = self._colleagues, set()
            for colleague in await db.read(people.colleagues, sorted(keys)):
                self._hub.tell_here([ColleagueChanged(colleague)])
        await self._end_those_over()
        await self._pass_hints_on()
        if self._look and world.monotonic() - self._looked >= LOOK_EVERY_SECONDS:
            self._look = False
            self._looked = world.monotonic()
            await self._look_at_everything()

    async def _read_news(self) -> None:
        """Read what is wanted, as many contacts at a time as one look may hold, and send it."""
        db = self._house.db
        while self._told.wants:
            passed = world.monotonic() - self._read_at
            if self._many and 0 <= passed < GATHER_SECONDS:
                await asyncio.sleep(GATHER_SECONDS - passed)
            self._read_at = world.monotonic()
            after, changed = self._told.take_wanted(MOST_AT_ONCE)
            if not after and not changed:
                continue
            self._many = len(after) > 1
            try:
                found, contacts_now = await db.read_ahead(elsewhere.news, after, changed)
            except Refusal:
                self._told.put_back(after, changed)
                raise
            for audience, entries in found:
                self._each(self._hub.catch_up, audience, after[audience.id], entries)
                if len(entries) == elsewhere.MOST_ENTRIES:
                    self._told.read_on(audience.id, entries[-1].seq)
                if len(entries) > 1:
                    await _others_turn()
            for contact in contacts_now:
                if contact.erased:
                    db.vault.forget(contact.id)
                self._each(self._hub.catch_up_contact, contact)
                await _others_turn()

    @staticmethod
    def _each(send: Callable, *what: object) -> None:
        try:
            send(*what)
        except Exception as problem:  # noqa: BLE001 - a contact that cannot be delivered harms no other
            logs.failure("catching_up_failed", problem)

    async def _end_those_over(self) -> None:
        over, self._over = self._over, {}
        open_sessions, self._sessions = self._sessions, {}
        if over:
            for key in await self._house.db.read(elsewhere.over, sorted(over)):
                self._hub.end_visitor(key, over[key])
        for row in await self._house.db.read(people.sessions, sorted(open_sessions)) if open_sessions else ():
            if sessions.staff_ended(row["began_at"], row["last_sign_at"], row["ended_at"], self._house.db.now()):
                self._hub.end_sessions((row["key"],), open_sessions[row["key"]])

    async def _pass_hints_on(self) -> None:
        """Hints are told to those who take part in the contact now; a worker's needs that worker to take part."""
        hints, self._hints = self._hints, []
        for told, parties, name in await self._house.db.read(_parties, hints) if hints else ():
            visitor, staff, public_seq, alive, chat = parties
            from_visitor = told.worker is None
            if not (alive and chat) or not (from_visitor or told.worker in staff):
                continue
            by = {"role": "visitor" if from_visitor else "worker", "name": name}
            others = [key for key in staff if key != told.worker]
            if isinstance(told, Typing):
                self._hub.typing(told.contact_id, by, told.typing, visitor, others, from_visitor=from_visitor)
            else:
                seq = min(told.seq, public_seq)
                self._hub.seen(told.contact_id, by, seq, visitor, others, from_visitor=from_visitor)

    async def _look_at_everything(self) -> None:
        """Compare what is shown here with the database, and ask for what is newer there."""
        db, here = self._house.db, self._hub.looked_at()
        rows = await db.read(elsewhere.concerning, here.visitors, here.workers, here.teams, here.contacts)
        for row in rows:
            if self._told.lacks(row["id"], row["last_seq"]):
                self._told.want(row["id"], row["last_seq"])
            self._told.refer_version(row["id"], row["version"])
        await self._look_at_handovers([row["id"] for row in rows], here.teams)
        for key in await db.read(elsewhere.ended, here.visitors):
            self._hub.end_visitor(key, "signed_out")
        self._hub.on_queue_changed(None)
        for team in here.teams:
            for colleague in await db.read(people.team_of, team):
                if self._versions.get(colleague.key) != colleague.version:
                    self._versions[colleague.key] = colleague.version
                    self._hub.tell_here([ColleagueChanged(colleague)])

    async def _look_at_handovers(self, contact_ids: list[str], teams: list[int]) -> None:
        known, now = self._known_handovers, await self._house.db.read(elsewhere.handovers, contact_ids, teams)
        gone = [each for each in known if each not in now]  # withdrawn, or no affair of anybody here any more
        newer = [each for each, version in now.items() if known.get(each) != version] + gone
        for at in range(0, len(newer), MOST_AT_ONCE):
            self._hub.tell_here(await self._house.db.read(_handover_news, newer[at : at + MOST_AT_ONCE]))
        self._known_handovers = now


async def _others_turn() -> None:
    """Much leaves piece by piece, so that no queue of a connection overflows whose other end is sound."""
    await asyncio.sleep(0)


def _handover_news(tx: Tx, ids: list[str]) -> list[HandoverChanged]:
    found = [each for each in (handovers.get(tx, one) for one in ids) if each is not None]
    return [handover_changed(contacts.get(tx, each.contact_id), each) for each in found]


def _parties(tx: Tx, hints: list[Typing | Seen]) -> list[tuple[Typing | Seen, tuple, str | None]]:
    found = []
    for told in hints:
        if told.worker is None:
            name = contacts.nickname_of(tx, told.contact_id)
        else:
            row = people.worker_row(tx, told.worker)
            name = row and row["name"]
        found.append((told, contacts.parties(tx, told.contact_id), name))
    return found

"""Every job on one page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from zoturi import logs, world
from zoturi.actions import (
    alarms,
    audits,
    closing,
    deadlines,
    duty,
    forgetting,
    posting,
    queue,
    screening,
    site_settings,
    transfers,
    upkeep,
)  # fmt: skip
from zoturi.actions.house import House
from zoturi.domain.refusals import Refusal
from zoturi.gateways.mail import Mail, MailFailed, mail_for
from zoturi.jobs.runner import Job, Leases
from zoturi.store import outbox

PRESENCE_SECONDS = 5.0
ALARMS_SECONDS = 10.0
LATE_SECONDS = 60.0
SESSIONS_SECONDS = 3.0  # a revoked session's open sockets close within five seconds
SOCKETS_SECONDS = 2.0
PURGE_SECONDS = 3600.0
KEYS_SECONDS = 3600.0
TIDY_SECONDS = 60.0
COUNTS_SECONDS = 5.0
CLOCK_STEP_MS = 10_000  # a clock that ran this much otherwise than time itself was set
AUDIT_SECONDS = 60.0
SITE_SECONDS = 5.0
CLOSING_SECONDS = 20.0
FORGET_SECONDS = 60.0
POST_SECONDS = 2.0
HANDOVERS_SECONDS = 30.0
MOST_LETTERS = 50  # in one round


class OpenSockets(Protocol):
    """What jobs ask of the open sockets of this process."""

    def heard_since(self, moment: float) -> tuple[list[int], list[int]]:
        """Visitors and workers whose sockets spoke after a moment of the monotonic clock."""

    def staff_sessions(self) -> list[int]:
        """The sessions behind the open sockets of staff."""

    def cut_unjoined(self) -> int:
        """Cut sockets that never joined; how many."""


@dataclass(slots=True)
class Work:
    """What the jobs do, with what they remember between two runs."""

    house: House
    sockets: OpenSockets
    ready_at: int
    mail: Mail
    leases: Leases
    _blind: bool = False
    _heard: float = 0.0
    _looked: tuple[int, float] = field(default_factory=lambda: (world.now(), world.monotonic()))
    _unsent: list[tuple[str, str]] = field(default_factory=list)

    async def presence(self) -> None:
        """Write the signs of life of our sockets, then (one process for all) see who fell silent."""
        db = self.house.db
        self._mind_the_clock()
        began = world.monotonic()
        try:
            visitors, workers = self.sockets.heard_since(self._heard)
            if visitors or workers:
                await db.write(duty.note_signs, visitors, workers)
            self._heard = began
            if await self.leases.take("sweep", PRESENCE_SECONDS):
                if self._blind:
                    self.ready_at, self._blind = db.now(), False  # signs that could not be written are no silence
                await db.write(duty.sweep, self.ready_at)
                await db.write(transfers.return_untaken)
        except Refusal:
            self._blind = True
            raise

    def _mind_the_clock(self) -> None:
        """Presence clocks start anew where the clock was set: nobody fell silent for an hour in that moment."""
        looked, self._looked = self._looked, (world.now(), world.monotonic())
        passed, ran = (self._looked[1] - looked[1]) * 1000, self._looked[0] - looked[0]
        if abs(ran - passed) > CLOCK_STEP_MS:
            logs.event("clock_set")
            self.ready_at = self.house.db.now()

    async def alarms(self) -> None:
        """Tell staff by mail that somebody waits unseen or past a promise. A mail that does not leave is tried in the
        next round.
        """
        db = self.house.db
        found = [("unseen", address) for address in await db.write(alarms.ring)]
        found += [("overdue", address) for address in await db.write(alarms.ring_overdue, self.house.zone)]
        self._unsent += [each for each in found if each not in self._unsent]
        for alarm, address in tuple(self._unsent):
            try:
                await self.mail.send(address, *alarms.words(alarm, f"{self.house.settings.origins[0]}/desk"))
            except MailFailed:
                logs.event("mail_failed", job="alarms")
                break
            self._unsent.remove((alarm, address))

    async def late(self) -> None:
        """Move up whoever waits long past a promise."""
        await self.house.db.write(queue.move_up_late)

    async def sessions(self) -> None:
        """Close the sockets of sessions that were revoked, idled out or grew too old."""
        keys = self.sockets.staff_sessions()
        if keys:
            await self.house.db.write(duty.end_sessions, keys)

    async def unjoined(self) -> None:
        """Cut sockets that never said who they are."""
        self.sockets.cut_unjoined()

    async def keys(self) -> None:
        """Move living keys to the present week's key, slice by slice, and destroy old week keys."""
        db = self.house.db
        while await db.write(upkeep.renew_keys):
            pass
        if await db.write(upkeep.clock_may_purge):  # what a wrong clock destroys does not come back with the right one
            await db.write(upkeep.destroy_old_keys, self.house.settings.backup_days)

    async def forget(self) -> None:
        """Drop keys of contacts that were erased or deleted from memory, wherever that was done."""
        await forgetting.forget_lost(self.house.db)

    async def tidy(self) -> None:
        """Empty the write-ahead log, where erased texts would otherwise linger."""
        await self.house.db.tidy()

    async def counts(self) -> None:
        """Write how many began and finished the worry test since the last round."""
        await screening.write_counts(self.house.db, self.house.tally)

    async def closing(self) -> None:
        """See whether it is time for the last entry, or for the question after closing."""
        await self.house.db.write(closing.watch, self.house.site, self.house.zone)

    async def post(self) -> None:
        """Send the letters whose time has come: leased in one deed, sent outside any, marked in another."""
        db = self.house.db
        if not await db.read(outbox.has_work):
            return
        for _ in range(MOST_LETTERS):
            parcel = await db.write(posting.take, self.house, self.house.db.holder)
            if parcel is None:
                return
            letter = parcel.letter
            try:
                await self.mail.send(letter.to, letter.subject, letter.text, parcel.mark)
            except MailFailed:
                logs.event("mail_failed", job="post")
                await db.write(posting.stayed, parcel, self.house.db.holder)
            else:
                await db.write(posting.left, parcel)

    async def handovers(self) -> None:
        """Remind services half-way, and bring back what nobody answered."""
        await self.house.db.write(deadlines.watch)

    async def site(self) -> None:
        """Use what staff changed of the site in another process."""
        await site_settings.refresh(self.house)

    async def services(self) -> None:
        """Read the service directory where somebody changed it, in whatever process."""
        await self.house.services.refresh(self.house.db)

    async def audit(self) -> None:
        """Seal the audit's settled lines and keep the newest seal's mark outside the database."""
        while await self.house.db.write(audits.seal) is not None:
            pass
        problem = await audits.keep_mark(self.house.db)
        if problem is not None:
            logs.event("audit_broken", reason=problem)

    async def purge(self) -> None:
        """Delete what is kept no longer, slice by slice, until nothing is left to delete."""
        if not await self.house.db.write(upkeep.clock_may_purge):
            logs.event("purge_waits", reason="clock_jumped")
            return
        while any((await self.house.db.write(upkeep.purge_slice, self.house.site)).values()):
            pass


def jobs(house: House, sockets: OpenSockets, ready_at: int) -> list[Job]:
    """All periodic work of one process."""
    work = Work(house, sockets, ready_at, mail_for(house.settings), Leases(house.db))
    return [
        Job("presence", PRESENCE_SECONDS, work.presence),
        Job("alarms", ALARMS_SECONDS, work.alarms, once=True),
        Job("late", LATE_SECONDS, work.late, once=True),
        Job("sessions", SESSIONS_SECONDS, work.sessions),
        Job("unjoined", SOCKETS_SECONDS, work.unjoined),
        Job("purge", PURGE_SECONDS, work.purge, once=True),
        Job("keys", KEYS_SECONDS, work.keys, once=True),
        Job("tidy", TIDY_SECONDS, work.tidy, once=True),
        Job("counts", COUNTS_SECONDS, work.counts),
        Job("audit", AUDIT_SECONDS, work.audit, once=True),
        Job("closing", CLOSING_SECONDS, work.closing, once=True),
        Job("forget", FORGET_SECONDS, work.forget),
        Job("site", SITE_SECONDS, work.site),
        Job("services", SITE_SECONDS, work.services),
        Job("post", POST_SECONDS, work.post),
        Job("handovers", HANDOVERS_SECONDS, work.handovers, once=True),
    ]

"""Where the waiting stand, and how long it may take: one look for a whole team."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from zoturi.actions import entry
from zoturi.domain import waiting
from zoturi.domain.contacts import Contact
from zoturi.site import Site
from zoturi.store import people
from zoturi.store import waits as store
from zoturi.store.tx import Row, Tx

_LOOK_BACK_MS = 14 * 24 * 3_600_000


@dataclass(slots=True)
class Line:
    """A team's queue at one moment: ``who`` waits in a chat, and the wait for each place."""

    who: list[tuple[str, int]]  # contact id and visitor
    positions: dict[str, int] = field(default_factory=dict)
    ranges: list[tuple[int, int] | None] = field(default_factory=list)
    anyone_here: bool = False
    stopped: bool = False  # nobody comes to this line any more today
    left_ms: int | None = None  # until closing, where that is near

    def place(self, contact_id: str) -> dict:
        """The ``place`` event of a contact that stands in this line."""
        return self.place_at(contact_id, self.positions[contact_id])

    def place_at(self, contact_id: str, position: int) -> dict:
        """The ``place`` event of a contact at a position that somebody counted a moment ago."""
        wait = self.ranges[position - 1] if position <= len(self.ranges) else None
        if self.left_ms is not None and waiting.beyond(wait, self.left_ms):
            wait = None
        return {
            "contact_id": contact_id,
            "position": position,
            "wait_minutes": None if wait is None else list(wait),
            "anyone_here": self.anyone_here,
            "stopped": self.stopped,
        }


def line(tx: Tx, team: int, site: Site | None = None, zone: ZoneInfo | None = None) -> Line:
    """Read a team's queue and work out the waits of all its places in one simulation.

    With the ``site`` its places know of closing time: a wait beyond it is not told as a number.
    """
    rows = store.waiting(tx, team)
    who = [
        (row["id"], row["visitor"])
        for row in rows
        if row["channel"] == "chat" and row["visitor"] is not None and not row["written"]
    ]
    positions = {row["id"]: number for number, row in enumerate(rows, 1)}
    staff = store.desks(tx, team)
    live = [row["channel"] == "chat" and not row["written"] for row in rows]
    spoken = [row["language"] for row, lives in zip(rows, live, strict=True) if lives]
    found = iter(_ranges(tx, team, staff, [*spoken, None]))
    ranges = [next(found) if lives else None for lives in live] + [next(found)]
    left = None
    if site is not None and zone is not None:
        closing = entry.closing_at(site, zone, people.team_id(tx, team), tx.now)
        left = None if closing is None else closing - tx.now
    return Line(who, positions, ranges, bool(staff), entry.ended(tx, team), left)


def _ranges(tx: Tx, team: int, staff: list[Row], languages: list[str | None]) -> list[tuple[int, int] | None]:
    """One simulation for everybody who waits in a chat, in their languages, and for whoever would come now."""
    ages: dict[int, list[int]] = {}
    for row in store.running(tx, team):
        ages.setdefault(row["owner"], []).append(tx.now - row["claimed_at"])
    desks = [
        waiting.Desk(row["capacity"], tuple(ages.get(row["key"], ())), tuple(row["languages"].split())) for row in staff
    ]
    return waiting.ranges(staff=desks, lengths=store.lengths(tx, team, tx.now - _LOOK_BACK_MS), waiting=languages)


def ahead(tx: Tx, contact: Contact) -> int:
    """How many wait before a contact."""
    return store.ahead(tx, contact.team, contact.rank)

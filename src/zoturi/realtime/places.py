"""Places in the queue, computed once for everybody: one ordered list a team, at most every five seconds."""

from __future__ import annotations

import asyncio

from zoturi import logs, world
from zoturi.actions import waits
from zoturi.actions.house import House
from zoturi.domain.contacts import Contact
from zoturi.domain.refusals import Refusal
from zoturi.realtime.hub import Hub

EVERY_SECONDS = 5.0


class Places:
    """Tells waiting visitors where they stand, when that has changed."""

    def __init__(self, house: House, hub: Hub) -> None:
        self._house = house
        self._hub = hub
        self._changed = asyncio.Event()
        self._teams: dict[int, waits.Line] = {}
        self._asked: dict[int, int] = {}  # how often, by team; in the others nobody of this process stands
        self._dirty: set[int] = set()
        self._told: dict[str, dict] = {}
        hub.on_queue_changed = self._mark

    def _mark(self, team: int | None) -> None:
        """Only lines in which somebody of this process stands are counted; None: any of them may have changed."""
        known = self._asked.keys()
        self._dirty |= known if team is None else known & {team}
        if self._dirty:
            self._changed.set()

    async def run(self) -> None:
        """Compute the lines that changed and tell those whose place or wait is another; runs until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            began = world.monotonic()
            dirty, self._dirty = self._dirty, set()
            try:
                for team in dirty:
                    await self._tell(team)
            except Refusal as refusal:
                logs.event("places_waiting", code=refusal.code)
                self._dirty |= dirty
                self._changed.set()
            await asyncio.sleep(max(0.0, EVERY_SECONDS - (world.monotonic() - began)))

    async def _line(self, team: int) -> waits.Line:
        return await self._house.db.read(waits.line, team, self._house.site, self._house.zone)

    async def _tell(self, team: int) -> None:
        asked = self._asked.get(team)
        line = await self._line(team)
        self._teams[team] = line
        if self._asked.get(team) == asked and not any(self._hub.concerns(visitor, ()) for _, visitor in line.who):
            del self._teams[team]  # whoever comes next has it counted anew
            self._asked.pop(team, None)
        for contact_id, visitor in line.who:
            place = line.place(contact_id)
            if self._told.get(contact_id) != place:
                self._told[contact_id] = place
                self._hub.to_visitor(visitor, "place", place)
        here = {contact_id for other in self._teams.values() for contact_id, _ in other.who}
        self._told = {contact_id: place for contact_id, place in self._told.items() if contact_id in here}

    async def of(self, contact: Contact) -> dict:
        """The place of one contact that just came or came back, counted anew; its wait from what everybody shares."""
        self._asked[contact.team] = self._asked.get(contact.team, 0) + 1
        line = self._teams.get(contact.team)
        if line is None:
            line = self._teams[contact.team] = await self._line(contact.team)
        ahead = await self._house.db.read(waits.ahead, contact)
        place = line.place_at(contact.id, ahead + 1)
        if contact.written:
            place |= {"wait_minutes": None, "stopped": True}  # no live line: it waits for a written answer
        self._told[contact.id] = place
        return place

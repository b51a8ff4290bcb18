"""People who are busy while something breaks, and the words that must lie open nowhere."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import aiohttp

from tests.house import PASSWORD
from tests.people import VisitorPerson, WorkerPerson, new_id

GONE = (ConnectionError, aiohttp.ClientError, OSError)
CANARIES = ("Kanariaлінту", "häkkilintu-viesti", "häkkilintu-muistio", "häkkilintu-palaute", "says_not_safe")
CODES = ("lumikyla", "substances", "25plus")
"""Sealed where they are said of a person. The directory says them of services, so its table is left out of the search."""


BUSY = ("storage_unavailable", "busy")


async def patiently(person, command: str, **fields) -> dict:
    """Say it again and again while the database is away, as a browser does."""
    async with asyncio.timeout(60):
        while True:
            answer = await person.ask(command, **fields)
            if answer["ok"] or answer["code"] not in BUSY:
                return answer
            await asyncio.sleep(0.1)


class Crowd:
    """Visitors who write and workers who answer, until the server is gone."""

    def __init__(self, origin: str, visitors: int = 4, workers: tuple[str, ...] = ("aino", "onni")) -> None:
        self.visitors = [VisitorPerson(origin) for _ in range(visitors)]
        self.workers = [WorkerPerson(origin) for _ in workers]
        self.names = workers
        self.unsure: dict[object, list[tuple[str, dict]]] = {person: [] for person in self.everybody}
        self.acknowledged = 0
        self.wanted = 150
        self.pause = 0.0  # seconds that everybody thinks before the next word
        self.enough = asyncio.Event()

    @property
    def everybody(self):
        return [*self.visitors, *self.workers]

    async def arrive(self) -> None:
        for visitor in self.visitors:
            await visitor.arrive()
        for worker, name in zip(self.workers, self.names, strict=True):
            assert await worker.sign_in(f"{name}@demo.example", PASSWORD) == 303
            await worker.on_duty(9)

    async def send(self, person, command: str, **fields) -> dict:
        """Send something that may get no answer; then nobody knows whether it is stored."""
        self.unsure[person].append((command, fields))
        answer = await patiently(person, command, **fields)
        self.unsure[person].remove((command, fields))
        await asyncio.sleep(self.pause)
        self.acknowledged += 1
        if self.acknowledged >= self.wanted:
            self.enough.set()
        return answer

    async def visit(self, visitor) -> None:
        numbers = itertools.count()
        while True:
            opened = await self.send(visitor, "open_contact", client_id=new_id(), language="fi", nickname=CANARIES[0],
                                     area="lumikyla", age_group="25plus", topics=["substances"], text=CANARIES[1])  # fmt: skip
            contact_id = opened["contact"]["id"] if opened["ok"] else opened["contact_id"]
            await patiently(visitor, "say_not_safe", contact_id=contact_id)
            for _ in range(15):
                await self.send(visitor, "send_message", contact_id=contact_id, client_id=new_id(),
                                text=f"{CANARIES[1]} {next(numbers)}")  # fmt: skip
            await patiently(visitor, "give_feedback", contact_id=contact_id, helped=4, text=CANARIES[3])
            await patiently(visitor, "leave_contact", contact_id=contact_id)

    async def work(self, worker) -> None:
        while True:
            await patiently(worker, "claim_next")
            for contact in (await patiently(worker, "watch_desk"))["mine"]:
                await self.send(worker, "send_message", contact_id=contact["id"], client_id=new_id(), text=CANARIES[1])
                await self.send(worker, "add_note", contact_id=contact["id"], client_id=new_id(), text=CANARIES[2])
                await patiently(worker, "close_contact", contact_id=contact["id"], outcome="prank")

    async def until_gone(self) -> list[asyncio.Task]:
        async def until_gone(doing):
            try:
                await doing
            except GONE:
                pass

        doings = [*(self.visit(visitor) for visitor in self.visitors), *(self.work(worker) for worker in self.workers)]
        return [asyncio.create_task(until_gone(doing)) for doing in doings]

    async def come_back(self) -> None:
        """Everybody connects again and repeats what was never answered, as a browser does."""
        for person in self.everybody:
            await person.hang_up()
            await person.connect()
            for command, fields in self.unsure[person]:
                first = await patiently(person, command, **fields)
                assert _what_was_done(await patiently(person, command, **fields)) == _what_was_done(first)
                assert first["ok"] or first["code"] in ("gone", "conflict", "not_found"), first
            self.unsure[person].clear()
        self.acknowledged = 0
        self.enough.clear()

    async def leave(self) -> None:
        await asyncio.gather(*(person.leave() for person in self.everybody))


def _what_was_done(answer: dict) -> dict:
    """An answer without how a contact stands now: somebody may have claimed it meanwhile."""
    return answer | {"contact": answer["contact"]["id"]} if "contact" in answer else answer


def every_cell(tx) -> bytes:
    """All that PostgreSQL stores about people, as raw bytes."""
    names = tx.all(
        "SELECT table_name AS name FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_name <> 'service'"
    )
    return _cells(row.values() for name in names for row in tx.all(f'SELECT * FROM "{name["name"]}"'))


def every_cell_of(file: Path) -> bytes:
    """All that an SQLite file stores about people, as raw bytes; of another file nothing."""
    with file.open("rb") as content:
        if content.read(6) != b"SQLite":
            return b""
    with closing(sqlite3.connect(file)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'service'")
        return _cells(row for (name,) in names.fetchall() for row in connection.execute(f'SELECT * FROM "{name}"'))


def _cells(rows: Iterable[Iterable[object]]) -> bytes:
    return b"\n".join(bytes(cell) if isinstance(cell, bytes) else str(cell).encode() for row in rows for cell in row)


async def sent_home(tasks: list[asyncio.Task]) -> None:
    """Cancel them until they hear it: an answer in that very moment makes ``wait_for`` of Python 3.11 miss it."""
    while still := [task for task in tasks if not task.done()]:
        for task in still:
            task.cancel()
        await asyncio.wait(still, timeout=1)
    await asyncio.gather(*tasks, return_exceptions=True)

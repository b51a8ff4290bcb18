"""``people``: builders of visitors and workers for one server; everybody leaves when the test ends."""

from __future__ import annotations

import asyncio

from yarl import URL

from tests.people import Person, VisitorPerson, WorkerPerson
from zoturi.web.sessions import cookie_names


class People:
    """`await people.visitor()`, `await people.worker("aino")`: joined, with their cookies, ready to act."""

    def __init__(self, server) -> None:
        self.server = server
        self.all: list[Person] = []

    def stranger(self, kind: type[Person] = VisitorPerson) -> Person:
        """Somebody without a cookie and without a socket."""
        person = kind(self.server.origin)
        self.all.append(person)
        return person

    async def visitor(self, *, connect: bool = True) -> VisitorPerson:
        """A visitor who holds a session cookie, as opening the chat page gives it."""
        person = self.stranger(VisitorPerson)
        self._cookie(person, 0, self.server.visitor_token())
        if connect:
            await person.connect()
        return person

    async def worker(self, name: str = "aino", *, connect: bool = True) -> WorkerPerson:
        """A member of the demo's staff (aino, onni, signe, admin), signed in but off duty."""
        person = self.stranger(WorkerPerson)
        self._cookie(person, 1, await self.server.session_of(f"{name}@demo.example"))
        if connect:
            await person.connect()
        return person

    async def on_duty(self, name: str = "aino", capacity: int = 3) -> WorkerPerson:
        """A member of staff on duty, watching the desk."""
        return await (await self.worker(name)).on_duty(capacity)

    async def talking(self, name: str = "aino", **fields: object) -> tuple[VisitorPerson, WorkerPerson, str]:
        """A visitor and the worker who claimed their contact, and the contact's id."""
        visitor = await self.visitor()
        worker = await self.on_duty(name)
        contact = await visitor.open_contact(**fields)
        await worker.do("claim_contact", contact_id=contact["id"])
        return visitor, worker, contact["id"]

    def _cookie(self, person: Person, which: int, token: str) -> None:
        person.http.cookie_jar.update_cookies({cookie_names(self.server.settings)[which]: token}, URL(person.origin))

    async def leave(self) -> None:
        await asyncio.gather(*(person.leave() for person in self.all))

"""What a client shows, kept by the contract's rules alone: ``snapshot + events == fresh snapshot``."""

from __future__ import annotations

from tests.people import Person, VisitorPerson, WorkerPerson


class Mirror:
    """The client side of one socket. A receiver ignores a version lower than the one it has."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.read_up_to = 0
        self.entries: dict[str, dict[int, dict]] = {}

    async def begin(self) -> Mirror:
        """Take the snapshot that events will keep true."""
        self.take(await self._snapshot())
        self.read_up_to = self.person.acked_at
        for contact_id in self.readable():
            await self.load(contact_id)
        return self

    async def load(self, contact_id: str) -> None:
        """Read a timeline as a client does that sees a contact for the first time."""
        self.entries[contact_id] = {entry["seq"]: entry for entry in await self.person.entries(contact_id)}

    def apply(self) -> None:
        """Follow every event that came since the last look."""
        for name, data in self.person.events[self.read_up_to :]:
            if name == "entry":
                self.entry(data["contact_id"], data["entry"])
            else:
                self.event(name, data)
        self.read_up_to = len(self.person.events)

    def entry(self, contact_id: str, entry: dict) -> None:
        if contact_id in self.entries:
            self.entries[contact_id][entry["seq"]] = entry
            if entry["kind"] == "erased":
                self.forget(contact_id)

    def forget(self, contact_id: str) -> None:
        """The visitor erased it: of what was said only the skeleton stays on any screen."""
        for known in self.entries[contact_id].values():
            known["text"] = known["data"] = None
            if known["by"]["role"] == "visitor":
                known["by"] = {"role": "visitor", "name": None}

    async def check(self) -> None:
        """What events made of the first snapshot must equal a fresh one."""
        await self.person.settle()
        self.apply()
        for contact_id in self.readable():
            if contact_id not in self.entries:
                await self.load(contact_id)
        kept, kept_entries = self.kept(), {key: self.entries[key] for key in self.readable()}
        fresh = await type(self)(self.person).begin()
        assert kept == fresh.kept()
        assert kept_entries == fresh.entries

    @staticmethod
    def newer(known: dict | None, came: dict) -> dict:
        return came if known is None or came["version"] >= known["version"] else known


def _bare(contacts: dict[str, dict]) -> dict[str, dict]:
    """Contacts without ``last_seq``, which entries move on, not versions."""
    return {key: {name: value for name, value in contact.items() if name != "last_seq"}
            for key, contact in contacts.items()}  # fmt: skip


class VisitorMirror(Mirror):
    """A visitor's page."""

    person: VisitorPerson
    contacts: dict[str, dict]
    handovers: dict[str, dict]

    async def _snapshot(self) -> dict:
        return await self.person.do("watch_mine")

    def take(self, answer: dict) -> None:
        self.contacts = {contact["id"]: contact for contact in answer["contacts"]}
        self.handovers = {handover["id"]: handover for handover in answer["handovers"]}

    def readable(self) -> list[str]:
        return sorted(self.contacts)

    def event(self, name: str, data: dict) -> None:
        if name == "contact_changed":
            contact = data["contact"]
            self.contacts[contact["id"]] = self.newer(self.contacts.get(contact["id"]), contact)
        elif name == "handover_changed":
            handover = data["handover"]
            self.handovers[handover["id"]] = self.newer(self.handovers.get(handover["id"]), handover)

    def kept(self) -> dict:
        return {"contacts": _bare(self.contacts), "handovers": self.handovers}


class DeskMirror(Mirror):
    """A worker's desk."""

    person: WorkerPerson
    me: dict
    contacts: dict[str, dict]
    colleagues: dict[str, dict]
    handovers: dict[str, dict]

    async def _snapshot(self) -> dict:
        return await self.person.do("watch_desk")

    def take(self, answer: dict) -> None:
        self.me = answer["me"]
        self.contacts = {contact["id"]: contact for contact in (*answer["queue"], *answer["mine"])}
        self.colleagues = {colleague["id"]: colleague for colleague in answer["colleagues"]}
        self.handovers = {handover["id"]: handover for handover in answer["handovers"]}

    def event(self, name: str, data: dict) -> None:
        if name == "contact_changed":
            contact = self.newer(self.contacts.get(data["contact"]["id"]), data["contact"])
            self.contacts[contact["id"]] = contact
            if not self._mine(contact):
                self.entries.pop(contact["id"], None)  # given back: whoever takes it again reads it again
        elif name == "contact_gone":
            self.contacts.pop(data["contact_id"], None)
            self.entries.pop(data["contact_id"], None)
        elif name == "handover_changed":
            handover = data["handover"]
            self.handovers[handover["id"]] = self.newer(self.handovers.get(handover["id"]), handover)
        elif name == "presence_changed":
            colleague = data["colleague"]
            if colleague["id"] == self.me["id"]:
                self.me = self.newer(self.me, colleague)
            else:
                self.colleagues[colleague["id"]] = self.newer(self.colleagues.get(colleague["id"]), colleague)

    def _mine(self, contact: dict) -> bool:
        holders = {(contact["claimed_by"] or {}).get("id"), *contact["companions"]}
        return contact["state"] == "claimed" and self.me["id"] in holders

    def readable(self) -> list[str]:
        return sorted(key for key, contact in self.contacts.items() if self._mine(contact))

    def queue(self) -> list[str]:
        """The ids that wait, in the order of the queue."""
        waiting = (contact for contact in self.contacts.values() if contact["state"] == "waiting")
        return [contact["id"] for contact in sorted(waiting, key=lambda contact: contact["rank"])]

    def kept(self) -> dict:
        """The whole desk; a contact that is neither waiting nor ours has no business on it."""
        ours = {key: contact for key, contact in self.contacts.items()
                if contact["state"] == "waiting" or self._mine(contact)}  # fmt: skip
        assert ours.keys() == self.contacts.keys()
        return {
            "me": self.me, "contacts": _bare(ours), "colleagues": self.colleagues, "queue": self.queue(),
            "handovers": {key: each for key, each in self.handovers.items() if self._on_desk(each)},
        }  # fmt: skip

    def _on_desk(self, handover: dict) -> bool:
        """Those of own contacts, and those that wait at the team's desk or were taken on there."""
        if handover["side"] == "receiver":
            return handover["state"] in ("delivered", "opened", "accepted")
        contact = self.contacts.get(handover["contact_id"])
        return contact is not None and self._mine(contact)


async def mirrors(*people: Person) -> list[Mirror]:
    """A mirror for each person, taken now."""
    kinds = {VisitorPerson: VisitorMirror, WorkerPerson: DeskMirror}
    return [await kinds[type(person)](person).begin() for person in people]

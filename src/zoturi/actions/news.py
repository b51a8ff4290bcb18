"""What deeds tell after their commit. An event is only a hint: each can be rebuilt from the database."""

from __future__ import annotations

from dataclasses import dataclass

from zoturi.domain.contacts import Contact
from zoturi.domain.people import Colleague
from zoturi.domain.timeline import Entry
from zoturi.store import people
from zoturi.store.tx import Tx


@dataclass(frozen=True, slots=True)
class EntryAdded:
    """A new entry, and who may see it: the visitor's session and the staff on the contact."""

    contact_id: str
    visitor: int | None
    staff: tuple[int, ...]
    entry: Entry


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """A contact before (None: it is new) and after; the hub works out who sees it appear, change or go."""

    before: Contact | None
    after: Contact


@dataclass(frozen=True, slots=True)
class ColleagueChanged:
    colleague: Colleague


@dataclass(frozen=True, slots=True)
class VisitorEnded:
    """A visitor's session ended: its sockets close."""

    visitor: int
    code: str


@dataclass(frozen=True, slots=True)
class WorkerSessionsEnded:
    """Sessions of staff ended: their sockets close."""

    sessions: tuple[int, ...]
    code: str


News = EntryAdded | ContactChanged | ColleagueChanged | VisitorEnded | WorkerSessionsEnded


def entry_added(contact: Contact, entry: Entry) -> EntryAdded:
    """An entry goes to the visitor and to those who hold the contact after the deed."""
    staff = (contact.owner, *contact.companions) if contact.owner is not None else contact.companions
    return EntryAdded(contact.id, contact.visitor, staff, entry)


def colleague_changed(tx: Tx, worker: int) -> Colleague:
    """Give a worker their next version (their row stays locked until the deed ends) and tell the team."""
    people.touch(tx, worker)
    colleague = people.colleague(tx, worker)
    tx.tell(ColleagueChanged(colleague))
    return colleague

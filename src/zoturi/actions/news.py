"""What deeds tell after their commit. An event is only a hint: each can be rebuilt from the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from zoturi.domain.contacts import Audience, Contact
from zoturi.domain.handovers import Handover
from zoturi.domain.people import Colleague
from zoturi.domain.timeline import Entry
from zoturi.store import people
from zoturi.store.tx import Tx


class EntryAdded(NamedTuple):
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
class HandoverChanged:
    """A handover as it is now: for the visitor's session, the staff on its contact, and the team it arrives at."""

    handover: Handover
    visitor: int | None
    staff: tuple[int, ...]


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


News = EntryAdded | ContactChanged | ColleagueChanged | HandoverChanged | VisitorEnded | WorkerSessionsEnded


def entry_added(contact: Contact | Audience, entry: Entry) -> EntryAdded:
    """An entry goes to the visitor and to those who hold the contact after the deed.

    Whoever asked from outside the family hears only of their own words.
    """
    staff = (contact.owner, *contact.companions) if contact.owner is not None else contact.companions
    visitor = None if contact.own_words_only and entry.role != "visitor" else contact.visitor
    return EntryAdded(contact.id, visitor, staff, entry)


def handover_changed(contact: Contact, handover: Handover) -> HandoverChanged:
    """A handover goes to the same people as the entries of its contact, and to the receiving team."""
    staff = (contact.owner, *contact.companions) if contact.owner is not None else contact.companions
    return HandoverChanged(handover, None if contact.own_words_only else contact.visitor, staff)


def colleague_changed(tx: Tx, worker: int) -> Colleague:
    """Give a worker their next version (their row stays locked until the deed ends) and tell the team."""
    people.touch(tx, worker)
    colleague = people.colleague(tx, worker)
    tx.tell(ColleagueChanged(colleague))
    return colleague

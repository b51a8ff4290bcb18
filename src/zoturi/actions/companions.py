"""Companions: a colleague who reads and writes along (a work pair). One owner stays; it costs no capacity."""

from __future__ import annotations

from zoturi.actions.news import ContactChanged, entry_added, handover_changed
from zoturi.actions.queue import held
from zoturi.actions.transfers import able
from zoturi.domain.chat import MOST_COMPANIONS
from zoturi.domain.contacts import CLAIMED, Contact
from zoturi.domain.people import Colleague, Worker
from zoturi.domain.refusals import Refusal
from zoturi.store import contacts, handovers, people, timeline
from zoturi.store.tx import Tx


def invite(tx: Tx, actor: Worker, contact_id: str, worker_id: str) -> dict:
    """Let a colleague on duty read and write in one's contact; the visitor is told who joined."""
    contact = held(tx, actor, contact_id)
    them = able(tx, actor, worker_id)
    if them.key in contact.companions:
        return {}
    if len(contact.companions) >= MOST_COMPANIONS:
        raise Refusal("at_capacity")
    _change(tx, contact, them, "joined", (*contact.companions, them.key))
    people.audit(tx, actor.key, "companion_invited", contact.id, companion=them.id)
    return {}


def remove(tx: Tx, actor: Worker, contact_id: str, worker_id: str) -> dict:
    """The owner goes on without a companion; one who is none already changes nothing."""
    contact = held(tx, actor, contact_id)
    them = people.colleague_by_id(tx, worker_id)
    if them is not None and them.key in contact.companions:
        _leave(tx, contact, them, actor)
    return {}


def leave(tx: Tx, actor: Worker, contact_id: str) -> dict:
    """A companion goes; foreign and missing contacts answer the same."""
    contact = contacts.get(tx, contact_id)
    if contact is None or contact.state != CLAIMED or actor.key not in contact.companions:
        raise Refusal("not_found")
    _leave(tx, contact, people.colleague(tx, actor.key), actor)
    return {}


def _leave(tx: Tx, contact: Contact, them: Colleague, actor: Worker) -> None:
    _change(tx, contact, them, "parted", tuple(key for key in contact.companions if key != them.key))
    people.audit(tx, actor.key, "companion_parted", contact.id, companion=them.id)


def _change(tx: Tx, contact: Contact, them: Colleague, kind: str, companions: tuple[int, ...]) -> None:
    entry = timeline.append(tx, contact, kind, "worker", author=them.key, name=them.name)
    changed = contacts.change(tx, contact, companions=" ".join(map(str, companions)))
    tx.tell(entry_added(changed, entry))
    tx.tell(ContactChanged(contact, changed))
    for handover in handovers.of_contact(tx, changed) if kind == "joined" else ():
        tx.tell(handover_changed(changed, handover))

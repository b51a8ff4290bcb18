"""The visitor goes: out of the line, out of the talk, or with everything they said."""

from __future__ import annotations

from zoturi.actions import figures
from zoturi.actions import handovers as passing_on
from zoturi.actions.chat import own_contact
from zoturi.actions.news import ContactChanged, colleague_changed, entry_added, handover_changed
from zoturi.domain.contacts import CLAIMED, WAITING, Contact, after
from zoturi.domain.people import Visitor
from zoturi.store import contacts, handovers, people, timeline
from zoturi.store.tx import Tx


def leave_contact(tx: Tx, actor: Visitor, contact_id: str) -> dict:
    """Waiting: the contact closes. Claimed: the worker sees ``left`` and closes it. Ended: nothing more happens."""
    contact = own_contact(tx, actor, contact_id)
    if contact.state == WAITING:
        close_as_left(tx, contact)
    elif contact.state == CLAIMED and not contact.visitor_left:
        _leave_open(tx, contact)
    return {}


def close_as_left(tx: Tx, contact: Contact) -> None:
    """Close a waiting contact whose visitor went away. One with a handover that no service has said yes to stays in
    sight: somebody has to think of something else.
    """
    if handovers.unsettled(tx, contact):
        if not contact.visitor_left:
            _leave_open(tx, contact)
        return
    figures.left_waiting(tx, contact)
    entry = timeline.append(tx, contact, "left", "visitor")
    end = timeline.append(tx, contact, "closed", data={"outcome": "left"})
    closed = contacts.change(tx, contact, state=after("leave", contact.state), closed_at=tx.now, visitor_left=True)
    tx.tell(entry_added(closed, entry))
    tx.tell(entry_added(closed, end))
    tx.tell(ContactChanged(contact, closed))


def _leave_open(tx: Tx, contact: Contact) -> None:
    """The visitor went, the contact goes on. With a handover that no service has said yes to it is no live talk any
    more: it waits for a word that can be read here later.
    """
    entry = timeline.append(tx, contact, "left", "visitor")
    waits = handovers.unsettled(tx, contact)
    left = contacts.change(tx, contact, visitor_left=True, written=contact.written or waits)
    tx.tell(entry_added(left, entry))
    tx.tell(ContactChanged(contact, left))
    if contact.live and not left.live:
        colleague_changed(tx, contact.owner)


def erase_contact(tx: Tx, actor: Visitor, contact_id: str) -> dict:
    """Everything said and everything that points at the person is gone at once, in any state. What no service has
    opened is withdrawn; what one has opened cannot be recalled.
    """
    contact = own_contact(tx, actor, contact_id)
    if not contact.erased:
        passed_on = passing_on.erased(tx, contact)
        entry = timeline.append(tx, contact, "erased", "visitor")
        gone = contacts.erase(tx, contact)
        tx.tell(entry_added(gone, entry))
        tx.tell(ContactChanged(contact, gone))
        for each in passed_on:
            tx.tell(handover_changed(contact, each))
        if contact.live:
            colleague_changed(tx, contact.owner)
        people.audit(tx, None, "erased_by_visitor", contact.id)
    return {}

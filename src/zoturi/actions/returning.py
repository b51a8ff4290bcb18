"""Coming back: a code on request, and from any device the way back to what one said."""

from __future__ import annotations

from dataclasses import replace

from zoturi import world
from zoturi.actions.chat import own_contact
from zoturi.actions.entry import ended
from zoturi.actions.news import ContactChanged, VisitorEnded
from zoturi.domain import return_codes
from zoturi.domain.contacts import CLAIMED, WAITING
from zoturi.domain.people import Visitor
from zoturi.domain.promises import due_for_written
from zoturi.domain.refusals import Refusal
from zoturi.store import contacts, people
from zoturi.store import return_codes as store
from zoturi.store.tx import Tx


def make_return_code(tx: Tx, actor: Visitor, contact_id: str) -> dict:
    """A fresh code for one's own contact; an older one stops working. It is shown once and stored nowhere."""
    contact = own_contact(tx, actor, contact_id)
    if contact.erased:
        raise Refusal("gone")
    code = return_codes.make(world.random_bytes(10))
    store.keep(tx, contact.key, code)
    if contact.state == WAITING and contact.channel == "chat" and not contact.written and ended(tx, contact.team):
        # Nobody comes to the chat any more today: the code asks for a written answer.
        due_at = due_for_written(tx.now)
        # After another day it comes before those who wait live: nobody's written answer starves.
        written = contacts.change(tx, contact, written=True, due_at=due_at, late_at=due_for_written(due_at))
        tx.tell(ContactChanged(contact, written))
    return {"code": return_codes.shown(code)}


def share_device(tx: Tx, actor: Visitor, contact_id: str) -> dict:
    """Others use this device too: the session becomes a short one, and a fresh code is the only way back after it."""
    answer = make_return_code(tx, actor, contact_id)
    people.set_shared_device(tx, actor.key, True)
    return answer


def opens_something(tx: Tx, typed: str) -> bool:
    """Whether a typed code opens a contact now. Looking stores nothing, so guesses begin no sessions."""
    code = return_codes.read(typed)
    return code is not None and store.contact_of(tx, code) is not None


def come_back(tx: Tx, actor: Visitor, typed: str) -> dict:
    """Give this session the contact a code opens (its ``channel`` says where it is read); the session that had it
    before sees it no more.

    Refuses ``bad_field`` for a typing error, which the check character tells without asking the database, and
    ``not_found`` alike for every code that opens nothing.
    """
    code = return_codes.read(typed)
    if code is None:
        raise Refusal("bad_field", field="code")
    row = store.contact_of(tx, code)
    if row is None:
        raise Refusal("not_found")
    contact = contacts.get(tx, row["id"])
    if contact.visitor == actor.key:
        return {"contact_id": contact.id, "channel": contact.channel}
    if contact.channel == "chat" and contact.state in (WAITING, CLAIMED):
        for other in contacts.of_visitor(tx, actor.key):
            if other.channel == "chat" and other.state in (WAITING, CLAIMED) and not other.visitor_left:
                raise Refusal("conflict", contact_id=other.id)
    before = contact.visitor
    here = contacts.change(tx, contact, visitor=actor.key, client_id=None, visitor_state="here")
    # The device that had it is told nothing but that it is over there: it may be in other hands.
    if before is not None:
        tx.tell(VisitorEnded(before, "replaced"))
    tx.tell(ContactChanged(replace(contact, visitor=None), here))
    return {"contact_id": contact.id, "channel": contact.channel}

"""Handing a conversation on: to a colleague, who alone sees it for two minutes, or to a team."""

from __future__ import annotations

from zoturi.actions.news import ContactChanged, colleague_changed, entry_added
from zoturi.actions.queue import held
from zoturi.domain.chat import OFFERED_MS, check_text
from zoturi.domain.contacts import WAITING, Contact, after
from zoturi.domain.people import Colleague, Worker
from zoturi.domain.refusals import Refusal
from zoturi.site import Site
from zoturi.store import contacts, people, timeline
from zoturi.store.tx import Tx
from zoturi.wire import TransferContact

NOBODY = {"offered_to": None, "offered_by": None, "offered_until": None, "came_from": None}


def transfer(tx: Tx, actor: Worker, site: Site, command: TransferContact) -> dict:
    """Give one's contact to ``team`` or ``worker``, one of the two; the note is for whoever takes it.

    Untaken for two minutes it returns to the head of the queue it came from. In one's own team's queue it stands at the
    head at once, for everybody.
    """
    contact = held(tx, actor, command.contact_id)
    if (command.team is None) == (command.worker is None):
        raise Refusal("bad_field", field="team" if command.worker is None else "worker")
    if contact.visitor_left:
        raise Refusal("gone")
    receiver = None if command.worker is None else able(tx, actor, command.worker)
    if command.team is not None and site.team(command.team) is None:
        raise Refusal("bad_field", field="team")
    team = receiver.team if receiver else people.team_key(tx, command.team)
    team_id = receiver.team_id if receiver else command.team
    if (command.note or "").strip():
        text = check_text(command.note, field="note")
        note = timeline.append(
            tx, contact, "note", "worker", author=actor.key, name=actor.name, text=text, public=False
        )  # fmt: skip
        tx.tell(entry_added(contact, note))
    to = {"id": receiver.id, "name": receiver.name} if receiver else None
    entry = timeline.append(
        tx, contact, "transferred", "worker", author=actor.key, name=actor.name, data={"team": team_id, "worker": to}
    )  # fmt: skip
    offer = NOBODY
    if receiver or team != contact.team:
        offer = {
            "offered_to": receiver and receiver.key, "offered_by": actor.key, "offered_until": tx.now + OFFERED_MS,
            "came_from": contact.team,
        }  # fmt: skip
    moved = contacts.change(
        tx, contact, state=after("transfer", contact.state), team=team, owner=None, companions="", claimed_at=None,
        returned=True, **offer,
    )  # fmt: skip
    tx.tell(entry_added(moved, entry))
    tx.tell(ContactChanged(contact, moved))
    colleague_changed(tx, actor.key)
    people.audit(tx, actor.key, "transferred", contact.id, team=team_id, to=receiver and receiver.id)
    return {}


def able(tx: Tx, actor: Worker, worker_id: str) -> Colleague:
    """A colleague whom one may ask; ``at_capacity`` while they are off duty or take nothing new, whatever the cause."""
    them = people.colleague_by_id(tx, worker_id)
    if them is None or them.key == actor.key:
        raise Refusal("bad_field", field="worker")
    if not them.on_duty or them.paused:
        raise Refusal("at_capacity")
    return them


def decline(tx: Tx, actor: Worker, contact_id: str) -> dict:
    """The receiver cannot go on: the contact returns at once. One that is not offered to them is not there."""
    contact = contacts.get(tx, contact_id)
    if contact is None or contact.state != WAITING or contact.offered_to != actor.key:
        raise Refusal("not_found")
    if contacts.end_offer(tx, contact.key, contact.offered_until):
        _come_back(tx, contact, "transfer_declined")
    return {}


def return_untaken(tx: Tx) -> int:
    """Return every transfer that waited too long to the head of the queue it came from; how many."""
    returned = 0
    for contact_id in contacts.untaken(tx, tx.now):
        contact = contacts.get(tx, contact_id)
        # Another process may be just as quick, or the receiver a moment quicker.
        if contact.offered_until is not None and contacts.end_offer(tx, contact.key, contact.offered_until):
            _come_back(tx, contact, "transfer_untaken")
            returned += 1
    return returned


def _come_back(tx: Tx, contact: Contact, reason: str) -> None:
    entry = timeline.append(tx, contact, "returned", data={"reason": reason})
    back = contacts.change(tx, contact, team=contact.came_from or contact.team, returned=True, **NOBODY)
    tx.tell(entry_added(back, entry))
    tx.tell(ContactChanged(contact, back))

"""The queue: who takes, gives back and closes a contact."""

from __future__ import annotations

from dataclasses import replace

from zoturi.actions import dropped, figures
from zoturi.actions.news import ContactChanged, colleague_changed, entry_added, handover_changed
from zoturi.domain.chat import REST_AFTER_ABUSE_MS, check_text
from zoturi.domain.contacts import CLAIMED, CLOSED, HANDED_OVER, Contact, after
from zoturi.domain.handovers import handover_for
from zoturi.domain.people import Colleague, Worker
from zoturi.domain.refusals import Refusal
from zoturi.domain.timeline import colleague_for, contact_for, entry_for, iso
from zoturi.store import contacts, handovers, people, phrases, timeline
from zoturi.store.tx import Tx
from zoturi.wire import MOST_ENTRIES, CloseContact

LOOK_AT = 500
KEPT_ON_DESK_MS = 7 * 24 * 3_600_000
"""How long past its time an accepted handover stays on the desk of the team that took it."""


def watch_desk(tx: Tx, actor: Worker) -> dict:
    """The snapshot that later events keep true."""
    team = people.team_of(tx, actor.team)
    me = next(colleague for colleague in team if colleague.key == actor.key)
    return {
        "me": colleague_for(me),
        "queue": [contact_for("queue", contact) for contact in contacts.waiting(tx, actor.team, actor.key)],
        "mine": [contact_for("owner", contact) for contact in contacts.held_by(tx, actor.key)],
        "colleagues": [colleague_for(colleague) for colleague in team if colleague.key != actor.key],
        "handovers": handovers_of(tx, actor),
        "dropped": dropped.count(tx, actor),
        "phrases": phrases.of(tx, actor.key),
        "now": iso(tx.now),
    }


def handovers_of(tx: Tx, actor: Worker) -> list[dict]:
    """Handovers of what a worker holds, and those that came to their team's desk."""
    sent = handovers.held_by(tx, actor.key)
    known = {handover.id for handover in sent}
    arrived = handovers.arrived_at(tx, actor.team, tx.now - KEPT_ON_DESK_MS)
    return [handover_for("sender", handover) for handover in sent] + [
        handover_for("receiver", handover) for handover in arrived if handover.id not in known
    ]


def claim(tx: Tx, actor: Worker, contact_id: str) -> dict:
    """Take one waiting contact. Exactly one worker wins; the others hear ``already_claimed`` and by whom."""
    me = _on_duty(tx, actor)
    if contacts.take(tx, contact_id, actor.key, actor.team, me.live, me.capacity):
        return _claimed(tx, actor, contact_id)
    contact = contacts.get(tx, contact_id)
    if contact is None or contact.team != actor.team:
        raise Refusal("not_found")
    if contact.state == CLAIMED and contact.owner == actor.key:
        return _answer(tx, actor, contact)  # the acknowledgement was lost; it is theirs
    if contact.state == CLAIMED:
        raise Refusal("already_claimed", by=contact.owner_name)
    if contact.state in (CLOSED, HANDED_OVER):
        raise Refusal("gone")
    if contact.offered_to not in (None, actor.key):
        raise Refusal("not_found")
    raise Refusal("at_capacity")


def claim_next(tx: Tx, actor: Worker) -> dict:
    """Take the first contact of the queue whose language the worker speaks; nothing while they take nothing new."""
    me = _on_duty(tx, actor)
    if me.paused:
        raise Refusal("forbidden")
    full = False
    for head in contacts.waiting_heads(tx, actor.team, actor.key, LOOK_AT):
        if head["language"] not in me.languages:
            continue
        if contacts.take(tx, head["id"], actor.key, actor.team, me.live, me.capacity):
            return _claimed(tx, actor, head["id"])
        full = full or head["channel"] == "chat"
    raise Refusal("at_capacity" if full else "nothing_waiting")


def _on_duty(tx: Tx, actor: Worker) -> Colleague:
    """The worker's row, locked so that two claims of one worker count one another."""
    people.lock(tx, actor.key)
    me = people.colleague(tx, actor.key)
    if not me.on_duty:
        raise Refusal("forbidden")
    return me


def _claimed(tx: Tx, actor: Worker, contact_id: str) -> dict:
    taken = contacts.get(tx, contact_id)
    if taken.offered_until is not None:
        contacts.forget_offer(tx, taken.key)
    figures.answered(tx, taken)
    entry = timeline.append(tx, taken, "claimed", "worker", author=actor.key, name=actor.name)
    contact = contacts.get(tx, contact_id)
    tx.tell(entry_added(contact, entry))
    tx.tell(ContactChanged(_as_waiting(taken), contact))
    for handover in handovers.of_contact(tx, contact):
        tx.tell(handover_changed(contact, handover))
    colleague_changed(tx, actor.key)
    people.audit(tx, actor.key, "claimed", contact.id)
    return _answer(tx, actor, contact)


def _answer(tx: Tx, actor: Worker, contact: Contact) -> dict:
    entries = timeline.read(tx, contact, 0, MOST_ENTRIES, hidden=True)
    return {
        "contact": contact_for("owner", contact),
        "entries": [entry_for("worker", e, author=e.author == actor.key) for e in entries],
    }


def release(tx: Tx, actor: Worker, contact_id: str) -> dict:
    """Give a contact back to the head of its queue."""
    contact = held(tx, actor, contact_id)
    put_back(tx, contact, "released", "worker", actor.key, actor.name)
    people.audit(tx, actor.key, "released", contact.id)
    return {}


def put_back(
    tx: Tx, contact: Contact, kind: str, role: str = "system", author: int | None = None, name: str | None = None,
    data: dict | None = None,
) -> Contact:  # fmt: skip
    """Return a claimed contact to the head of its part of the queue; a visitor who left has nothing to wait for."""
    if contact.visitor_left:
        raise Refusal("gone")
    owner = contact.owner
    entry = timeline.append(tx, contact, kind, role, author=author, name=name, data=data)
    state = after("release" if kind == "released" else "return", contact.state)
    waiting = contacts.change(tx, contact, state=state, owner=None, companions="", claimed_at=None, returned=True)
    tx.tell(entry_added(waiting, entry))
    tx.tell(ContactChanged(contact, waiting))
    colleague_changed(tx, owner)
    return waiting


def move_up_late(tx: Tx) -> int:
    """Rank anew whoever waits more than a working day past a promise, so that callbacks never starve; how many."""
    late = contacts.newly_late(tx, tx.now)
    for contact in late:
        tx.tell(ContactChanged(contact, contacts.change(tx, contact)))
    return len(late)


def close(tx: Tx, actor: Worker, command: CloseContact) -> dict:
    """End a contact with an outcome; closing it again with any outcome changes nothing. While no service has said yes
    to a handover of it, it stays in sight: ``conflict`` with the ``handover_id``, until that one is withdrawn.

    ``handled_here`` and ``own_words`` are for the client record: sealed with the entry, never shown to the visitor.
    After abuse the visitor's session opens nothing for a while; no address is kept for it.
    """
    contact = held(tx, actor, command.contact_id, closed_too=True)
    if contact.state == CLOSED:
        return {}
    data: dict[str, object] = {"outcome": command.outcome, "reasons": list(command.reasons or ())}
    if command.handled_here is not None:
        data["handled_here"] = command.handled_here
    if (command.own_words or "").strip():
        data["own_words"] = check_text(command.own_words, field="own_words")
    entry = timeline.append(tx, contact, "closed", "worker", author=actor.key, name=actor.name, data=data)
    # After the entry, which locks the contact: nothing can be offered meanwhile.
    if unanswered := handovers.open_of(tx, contact):
        raise Refusal("conflict", handover_id=unanswered[0].id)
    rest = tx.now + REST_AFTER_ABUSE_MS if command.outcome == "abuse" else None
    closed = contacts.change(
        tx, contact, state=after("close", contact.state), closed_at=tx.now, rest_until=rest
    )  # fmt: skip
    figures.ended(tx, closed, command.outcome)
    tx.tell(entry_added(closed, entry))
    tx.tell(ContactChanged(contact, closed))
    colleague_changed(tx, actor.key)
    people.audit(tx, actor.key, "closed", contact.id)
    return {}


def held(tx: Tx, actor: Worker, contact_id: str, *, closed_too: bool = False) -> Contact:
    """A contact that this worker owns; foreign and missing ones answer the same."""
    contact = contacts.get(tx, contact_id)
    if contact is None or contact.owner != actor.key or contact.state == "waiting":
        raise Refusal("not_found")
    if contact.state != CLAIMED and not closed_too:
        raise Refusal("gone")
    return contact


def _as_waiting(contact: Contact) -> Contact:
    """The contact as its team saw it a moment before the claim."""
    return replace(contact, state="waiting", owner=None, owner_id=None, owner_name=None)

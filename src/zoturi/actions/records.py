"""What goes into a client record where the law asks for one: a whole contact on paper."""

from __future__ import annotations

from zoturi.actions import accounts
from zoturi.domain import access, chat
from zoturi.domain.contacts import Contact
from zoturi.domain.people import Worker
from zoturi.domain.refusals import Refusal
from zoturi.domain.timeline import Entry
from zoturi.store import contacts, people, timeline
from zoturi.store.tx import Tx
from zoturi.wire import MOST_ENTRIES


def printed(tx: Tx, actor: Worker, contact_id: str, reason: str | None = None) -> tuple[Contact, list[Entry]]:
    """A contact with all its entries: for its owner or companions while they may read it, for a supervisor of its team
    with a ``reason`` (without one ``bad_field``). Each look is audited.
    """
    contact = contacts.get(tx, contact_id)
    if contact is None or contact.erased:
        raise Refusal("not_found")
    verdict = access.may_read_contact(
        actor, owner=contact.owner, companions=contact.companions, team=contact.team, closed_at=contact.closed_at,
        now=tx.now, readable_ms=chat.READABLE_AFTER_CLOSING_MS, reason=reason,
    )  # fmt: skip
    if verdict == "needs_reason":
        raise Refusal("bad_field", field="reason")
    if verdict == "no":
        raise Refusal("not_found")
    entries: list[Entry] = []
    while len(more := timeline.read(tx, contact, len(entries), MOST_ENTRIES, hidden=True)) > 0:
        entries += more
    if verdict == "supervised":
        accounts.must_be_fresh(tx, actor)
        people.audit(tx, actor.key, "printed_with_reason", contact.id, reason=reason)
    else:
        people.audit(tx, actor.key, "printed", contact.id)
    return contact, entries

"""Reaching somebody outside a chat: calls that were tried, what comes next and when, and the first answer."""

from __future__ import annotations

from zoturi.actions.news import ContactChanged, entry_added
from zoturi.domain import next_steps
from zoturi.domain.attempts import after_attempts
from zoturi.domain.chat import check_text
from zoturi.domain.contacts import CLAIMED, Contact
from zoturi.domain.people import Worker
from zoturi.domain.refusals import Refusal
from zoturi.domain.timeline import Entry, iso
from zoturi.store import contacts, outbox, timeline
from zoturi.store.tx import Tx
from zoturi.wire import LogCall, SetNextStep

ANSWER_LETTER = "answer"
ONE_LETTER_MS = 10 * 60_000


def log_call(tx: Tx, actor: Worker, command: LogCall) -> dict:
    """Write down one call and what came of it; who was reached has been answered. Colleagues alone see it.

    The entry's ``data`` says the ``result`` and ``then``, the code of what to do next. The same ``client_id`` with the
    same content answers the same; with other content ``conflict``.
    """
    contact = _with_me(tx, actor, command.contact_id)
    text = check_text(command.text) if (command.text or "").strip() else None
    known = timeline.stored(tx, contact.key, contact.id, command.client_id)
    if known is not None:
        return _logged_before(actor, contact, known, command.result, text)
    if contact.state != CLAIMED:
        raise Refusal("gone")
    next_at = next_steps.checked(command.next_at, tx.now)
    results = [call.data["result"] for call in timeline.calls(tx, contact) if call.data]
    contact_by = (contact.details.request or {}).get("contact_by")
    then = after_attempts([*results, command.result], contact_by, reads_here=contact.reads_here)
    entry = timeline.append(
        tx, contact, "call", "worker", author=actor.key, name=actor.name, text=text,
        data={"result": command.result, "then": then}, client_id=command.client_id, public=False,
    )  # fmt: skip
    if entry is None:  # the same call came twice at one moment
        tx.undo()
        known = timeline.stored(tx, contact.key, contact.id, command.client_id)
        return _logged_before(actor, contact, known, command.result, text)
    tx.tell(entry_added(contact, entry))
    columns: dict[str, object] = {} if next_at is None else {"next_at": next_at}
    if command.result == "reached" and contact.answered_at is None:
        columns["answered_at"] = tx.now
    if columns:
        tx.tell(ContactChanged(contact, contacts.change(tx, contact, **columns)))
    return _logged(entry)


def _logged_before(actor: Worker, contact: Contact, known: Entry, result: str, text: str | None) -> dict:
    same = known.kind == "call" and known.author == actor.key
    if not same or not (contact.erased or (known.text == text and (known.data or {}).get("result") == result)):
        raise Refusal("conflict")
    return _logged(known)


def _logged(entry: Entry) -> dict:
    return {"seq": entry.seq, "at": iso(entry.at), "then": (entry.data or {}).get("then")}


def set_next_step(tx: Tx, actor: Worker, command: SetNextStep) -> dict:
    """Say when one goes on with a contact, or (``next_at`` null) that nothing is planned."""
    contact = _with_me(tx, actor, command.contact_id)
    if contact.state != CLAIMED:
        raise Refusal("gone")
    next_at = next_steps.checked(command.next_at, tx.now)
    if next_at != contact.next_at:
        tx.tell(ContactChanged(contact, contacts.change(tx, contact, next_at=next_at)))
    return {}


def answered_in_writing(tx: Tx, contact_id: str) -> None:
    """A worker's message in what is no live chat: the first one that its person can read keeps the promise, and whoever
    wished so is told by a mail, one for what is written within ten minutes.
    """
    contact = contacts.get(tx, contact_id)
    if not contact.reads_here:
        return
    if contact.answered_at is None:
        tx.tell(ContactChanged(contact, contacts.change(tx, contact, answered_at=tx.now)))
    if (contact.details.request or {}).get("contact_by") == "email":
        outbox.put(tx, ANSWER_LETTER, contact.id, tx.now // ONE_LETTER_MS)


def _with_me(tx: Tx, actor: Worker, contact_id: str) -> Contact:
    """A contact that this worker holds, as owner or companion; foreign and missing ones answer the same."""
    contact = contacts.get(tx, contact_id)
    if contact is None or contact.state == "waiting" or actor.key not in (contact.owner, *contact.companions):
        raise Refusal("not_found")
    return contact

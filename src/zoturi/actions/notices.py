"""A worker's own duty by law: told to the authorities outside zoturi, personally and never by mail. Here stands only
that it was done.
"""

from __future__ import annotations

from zoturi.actions.news import entry_added
from zoturi.actions.queue import held
from zoturi.domain.people import Worker
from zoturi.domain.refusals import Refusal
from zoturi.domain.timeline import iso
from zoturi.store import people, timeline
from zoturi.store.tx import Tx
from zoturi.wire import LogNotice


def log(tx: Tx, actor: Worker, command: LogNotice) -> dict:
    """Write down, as a note only staff see, what the worker did by the duty to notify; answers seq and time.

    The same ``client_id`` with the same codes answers the same pair; with others ``conflict``.
    """
    contact = held(tx, actor, command.contact_id)
    data = {"notify": list(dict.fromkeys(command.codes))}
    entry = timeline.stored(tx, contact.key, contact.id, command.client_id)
    if entry is None:
        entry = timeline.append(
            tx, contact, "note", "worker", author=actor.key, name=actor.name, data=data, client_id=command.client_id,
            public=False,
        )  # fmt: skip
        if entry is None:
            raise Refusal("busy")  # the same words arrived twice at once
        tx.tell(entry_added(contact, entry))
        people.audit(tx, actor.key, "notice_logged", contact.id)
    elif entry.kind != "note" or entry.author != actor.key or entry.data != data:
        raise Refusal("conflict")
    return {"seq": entry.seq, "at": iso(entry.at)}

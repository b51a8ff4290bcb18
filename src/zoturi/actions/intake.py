"""A call or a walk-in: a worker writes down who came, and has it at once as their own."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from zoturi.actions import figures, routing
from zoturi.actions.news import ContactChanged, entry_added
from zoturi.domain import chat, identity_codes
from zoturi.domain.contacts import Contact, Details
from zoturi.domain.people import Worker
from zoturi.domain.refusals import Refusal
from zoturi.domain.timeline import contact_for
from zoturi.site import Site
from zoturi.store import contacts, people, timeline
from zoturi.store.tx import Tx
from zoturi.wire import LogContact

_TEXT_SEQ = 2


def log_contact(tx: Tx, actor: Worker, site: Site, zone: ZoneInfo, command: LogContact) -> dict:
    """Write a call or a walk-in down, on duty or off: claimed by the writer, promised by the working calendar.

    It counts against nobody's capacity. The same ``client_id`` with the same content answers the same contact; with
    other content ``conflict``. A personal identity code in the text is refused, ``bad_text`` with why.
    """
    text = chat.check_text(command.text)
    if identity_codes.found_in(text):
        raise Refusal("bad_text", field="text", why="identity_code")
    if command.area is not None and site.area(command.area) is None:
        raise Refusal("bad_field", field="area")
    people.lock(tx, actor.key)  # the same worker's repeat waits here, and finds what the first one wrote
    details = Details(None, command.area, command.age_group, tuple(dict.fromkeys(command.topics or ())))
    known = contacts.by_writer(tx, actor.key, command.client_id)
    if known is not None:
        return _logged_before(tx, known, command, details, text)
    me = people.colleague(tx, actor.key)
    due_at, late_at = routing.promise(tx, site, zone, site.team(me.team_id) or site.teams[0])
    fresh = contacts.insert(
        tx, channel=command.channel, language=command.language, team=me.team, visitor=None,
        client_id=command.client_id, details=details, due_at=due_at, late_at=late_at, owner=actor.key,
    )  # fmt: skip
    opened = timeline.append(tx, fresh, "opened", "worker", author=actor.key, name=actor.name)
    note = timeline.append(
        tx, fresh, "note", "worker", author=actor.key, name=actor.name, text=text, client_id=command.client_id,
        public=False,
    )  # fmt: skip
    contact = contacts.get(tx, fresh.id)
    figures.opened(tx, contact)
    tx.tell(entry_added(contact, opened))
    tx.tell(entry_added(contact, note))
    tx.tell(ContactChanged(None, contact))
    people.audit(tx, actor.key, "contact_logged", contact.id)
    return {"contact": contact_for("owner", contact)}


def _logged_before(tx: Tx, known: Contact, command: LogContact, details: Details, text: str) -> dict:
    written = timeline.read(tx, known, _TEXT_SEQ - 1, 1, hidden=True)
    same = (known.channel, known.language, known.details) == (command.channel, command.language, details)
    if not same or [entry.text for entry in written] != [text]:
        raise Refusal("conflict", contact_id=known.id)
    return {"contact": contact_for("owner", known)}

"""The sender's side of a handover: a worker offers, the person narrows it and agrees or not, either takes it back."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from zoturi import world
from zoturi.actions import consent
from zoturi.actions.news import entry_added, handover_changed
from zoturi.actions.queue import held
from zoturi.domain import handovers as rules
from zoturi.domain import promises
from zoturi.domain.chat import check_text
from zoturi.domain.contacts import CLAIMED, Contact
from zoturi.domain.handovers import OFFERED, OPENED, WITHDRAWN, Body, Handover, handover_for
from zoturi.domain.people import Visitor, Worker
from zoturi.domain.refusals import Refusal
from zoturi.domain.services import Service
from zoturi.domain.timeline import Entry
from zoturi.site import Site
from zoturi.site_hours import public_holidays
from zoturi.store import contacts, outbox, people, services, timeline
from zoturi.store import handovers as store
from zoturi.store.tx import Tx
from zoturi.wire import MOST_ENTRIES, AnswerHandover, OfferHandover, RecordConsent

open_of = store.open_of
"""Handovers of a contact that nobody has said yes to yet."""


def offer(tx: Tx, actor: Worker, site: Site, command: OfferHandover) -> dict:
    """Offer to pass exactly this on to a service. Nothing leaves before the person has agreed.

    A new offer to the same service takes the place of the older one, unless that was opened (``conflict``).
    """
    contact = held(tx, actor, command.contact_id)
    service = services.get(tx, command.service_id)
    if service is None or not service.active or service.takes_handovers == "no":
        raise Refusal("bad_field", field="service_id")
    by_desk = service.takes_handovers == "desk"
    if by_desk and site.team(service.team) is None:
        raise Refusal("bad_field", field="service_id")
    summary = check_text(command.summary, field="summary") if rules.SUMMARY in command.include else ""
    entries = _entries(tx, contact)
    made = rules.package(
        service_id=service.id, service=rules.in_one_of(service.name, contact.language),
        sender=site.text(site.name, contact.language), language=contact.language, include=command.include,
        summary=summary, messages=_chosen(entries, command.entry_seqs or []),
        answers=next(((e.data or {}).get("carried") for e in entries if e.kind == "opened"), None),
        request=contact.details.request, request_text=_request_text(contact, entries),
    )  # fmt: skip
    _replace_older(tx, actor, contact, service)
    include = tuple(item for item in rules.ITEMS if item in made)
    body = Body(
        names=dict(service.name), about=dict(service.summary), offered=include, include=include, package=made,
        salt=world.new_token(), written_in=command.written_in,
    )  # fmt: skip
    handover_id = tx.new_id()
    offered = store.insert(
        tx, contact, handover_id, service_id=service.id, way=service.takes_handovers, body=body,
        receiver=people.team_key(tx, service.team) if by_desk else None,
        package_hash=rules.fingerprint(handover_id, body.salt, made),
    )  # fmt: skip
    note(tx, contact, offered, actor)
    people.audit(tx, actor.key, "handover_offered", contact.id, handover=offered.id, service=service.id)
    return {"handover": handover_for("sender", offered)}


def answer(tx: Tx, actor: Visitor, site: Site, zone: ZoneInfo, command: AnswerHandover) -> dict:
    """The person's own yes, to a part of what was offered if they wish, or no. A no takes back what nobody opened.

    A summary in a language that is not theirs is agreed to with the worker, who explains it (``conflict``).
    """
    contact, handover = of_visitor(tx, actor, command.handover_id)
    if not command.agree:
        return {"handover": handover_for("visitor", _withdraw(tx, contact, handover, None))}
    package, include = _narrowed(handover, command.include)
    if handover.state == OFFERED:
        written_in = handover.body.written_in
        if written_in is not None and written_in != contact.language:
            raise Refusal("conflict", field="read_in")
        said = {"how": "here", "read_in": command.read_in or contact.language}
        handover = _agreed(tx, site, zone, contact, handover, package, include, said, None)
    elif handover.state == WITHDRAWN:
        raise Refusal("gone")
    elif include != handover.body.include:
        raise Refusal("conflict")  # they have agreed already, to something else
    return {"handover": handover_for("visitor", handover)}


def record_consent(tx: Tx, actor: Worker, site: Site, zone: ZoneInfo, command: RecordConsent) -> dict:
    """A yes that was given by phone, face to face or on paper, and the language in which it was explained.

    Written down again it changes nothing.
    """
    contact, handover = _of_worker(tx, actor, command.handover_id)
    if handover.state == OFFERED:
        said = {"how": command.how, "read_in": command.read_in}
        body = _body(handover)
        handover = _agreed(tx, site, zone, contact, handover, body.package, body.include, said, actor)
    elif handover.state == WITHDRAWN:
        raise Refusal("gone")
    return {"handover": handover_for("sender", handover)}


def withdraw(tx: Tx, actor: Worker, handover_id: str) -> dict:
    """The worker takes back what the service has not opened; ``conflict`` once it has."""
    contact, handover = _of_worker(tx, actor, handover_id)
    return {"handover": handover_for("sender", _withdraw(tx, contact, handover, actor))}


def erased(tx: Tx, contact: Contact) -> list[Handover]:
    """The contact is about to be erased: what was not opened is withdrawn, and says so in the timeline.

    Returns the handovers whose change has to be told once it is done.
    """
    unopened = [each for each in store.open_of(tx, contact) if each.state != OPENED]
    for each in unopened:
        tx.tell(entry_added(contact, _entry(tx, contact, replace(each, state=WITHDRAWN), None, "visitor")))
    store.forget(tx, contact)
    return store.of_contact(tx, contact)


def _agreed(
    tx: Tx, site: Site, zone: ZoneInfo, contact: Contact, handover: Handover, package: dict,
    include: tuple[str, ...], said: dict, actor: Worker | None,
) -> Handover:  # fmt: skip
    """Bind the consent to the very package by its hash, and send it on its way in the same transaction."""
    service = services.get(tx, handover.service_id)
    if service is None or service.takes_handovers != handover.way:
        raise Refusal("conflict", field="service_id")
    salt = world.new_token()
    body = _body(handover)
    said |= {"version": consent.VERSION, "text": consent.text(site, body, said["read_in"])}
    body = replace(body, package=package, include=include, salt=salt, consent=said)
    fingerprint = rules.fingerprint(handover.id, salt, package)
    due, _ = promises.in_working_days(tx.now, service.answer_days, zone, public_holidays().keys())
    consented = move(
        tx, contact, handover, "consent", actor, "worker" if actor else "visitor", body=body, consented_at=tx.now,
        package_hash=fingerprint, consent_hash=fingerprint, due_at=due,
    )  # fmt: skip
    people.audit(tx, actor and actor.key, "handover_consented", contact.id, handover=handover.id, how=said["how"])
    if handover.way == "desk":
        return move(tx, contact, consented, "deliver", None)
    store.add_link(tx, consented, 1)
    outbox.put(tx, "handover", consented.id, 1)
    return move(tx, contact, consented, "queue", None, link=1, remind_at=rules.half_way(tx.now, due))


def _withdraw(tx: Tx, contact: Contact, handover: Handover, actor: Worker | None) -> Handover:
    if handover.state == WITHDRAWN:
        return handover
    people.audit(tx, actor and actor.key, "handover_withdrawn", contact.id, handover=handover.id)
    return move(tx, contact, handover, "withdraw", actor, "worker" if actor else "visitor")


def _replace_older(tx: Tx, actor: Worker, contact: Contact, service: Service) -> None:
    for older in store.open_of(tx, contact):
        if older.service_id == service.id:
            if older.state == OPENED:
                raise Refusal("conflict", handover_id=older.id)
            _withdraw(tx, contact, older, actor)


def move(
    tx: Tx, contact: Contact, handover: Handover, name: str, actor: Worker | None, role: str = "system",
    data: dict | None = None, body: Body | None = None, **columns: object,
) -> Handover:  # fmt: skip
    """Take a handover on to its next state, with its line in the timeline and its news."""
    moved = store.change(tx, handover, body=body, state=rules.after(name, handover.state), **columns)
    if moved is None:
        raise Refusal("busy")  # somebody was quicker this very moment
    note(tx, contact, moved, actor, role, **(data or {}))
    return moved


def note(
    tx: Tx, contact: Contact, handover: Handover, actor: Worker | None, role: str = "worker", **data: object
) -> None:
    """Write a handover's state into the timeline and tell those who may see it."""
    entry = _entry(tx, contact, handover, actor, role, **data)
    now = contacts.get(tx, contact.id)
    if handover.state == OFFERED and now.state != CLAIMED:
        raise Refusal("gone")  # closed in the same moment
    tx.tell(entry_added(now, entry))
    tx.tell(handover_changed(now, handover))


def _entry(
    tx: Tx, contact: Contact, handover: Handover, actor: Worker | None, role: str, **data: object
) -> Entry:  # fmt: skip
    told = rules.entry_data(handover, contact.language, **data)
    return timeline.append(
        tx, contact, "handover", role, author=actor and actor.key, name=actor and actor.name, data=told
    )  # fmt: skip


def of_visitor(tx: Tx, actor: Visitor, handover_id: str) -> tuple[Contact, Handover]:
    """A handover of one's own contact. Whoever asked from outside the family can agree to nothing for it."""
    handover = store.get(tx, handover_id)
    contact = handover and contacts.get(tx, handover.contact_id)
    if contact is None or contact.visitor != actor.key or contact.own_words_only:
        raise Refusal("not_found")
    return contact, handover


def _of_worker(tx: Tx, actor: Worker, handover_id: str) -> tuple[Contact, Handover]:
    """A handover of a contact that one holds; foreign and missing ones answer the same."""
    handover = store.get(tx, handover_id)
    if handover is None:
        raise Refusal("not_found")
    return held(tx, actor, handover.contact_id, closed_too=True), handover


def _narrowed(handover: Handover, wanted: list[str] | None) -> tuple[dict, tuple[str, ...]]:
    body = _body(handover)
    if wanted is None and handover.state != OFFERED:
        return body.package, body.include
    return rules.narrowed(body.package, body.offered, wanted)


def _body(handover: Handover) -> Body:
    if handover.body is None:
        raise Refusal("gone")
    return handover.body


def _entries(tx: Tx, contact: Contact) -> list[Entry]:
    entries: list[Entry] = []
    while more := timeline.read(tx, contact, len(entries), MOST_ENTRIES, hidden=True):
        entries += more
    return entries


def _chosen(entries: list[Entry], seqs: list[int]) -> list[Entry]:
    """The chosen messages in their order; refuses ``bad_field`` where one of them is no message of this contact."""
    wanted = set(seqs)
    found = [entry for entry in entries if entry.seq in wanted and entry.kind == "message"]
    if len(found) != len(wanted):
        raise Refusal("bad_field", field="entry_seqs")
    return found


def _request_text(contact: Contact, entries: list[Entry]) -> str | None:
    if contact.details.request is None:
        return None
    return next((e.text for e in entries if e.kind == "message" and e.role == "visitor" and e.seq == 2), None)

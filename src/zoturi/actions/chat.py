"""The conversation: open a contact, say something, read it, say one is not safe, thank."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from zoturi.actions import accounts, calls, figures, routing, screening
from zoturi.actions.news import ContactChanged, EntryAdded, entry_added
from zoturi.domain import access, chat, hours, promises
from zoturi.domain.contacts import CLAIMED, WAITING, Contact, Details
from zoturi.domain.handovers import handover_for
from zoturi.domain.people import Visitor, Worker
from zoturi.domain.refusals import Refusal
from zoturi.domain.timeline import contact_for, entry_for, iso
from zoturi.site import Site
from zoturi.store import contacts, handovers, people, timeline
from zoturi.store.database import appends
from zoturi.store.tx import Row, Tx
from zoturi.wire import MOST_ENTRIES, GiveFeedback, OpenContact, ReadEntries, SendMessage

MOST_WAITING_FOR_A_TEAM = 2000  # a flood, not people


def open_now(site: Site, zone: ZoneInfo, language: str, now: int) -> bool:
    """Whether the chat takes people in this language at this moment; opening hours alone decide."""
    return hours.is_open(site.hours, language, datetime.fromtimestamp(now / 1000, UTC).astimezone(zone))


def open_contact(tx: Tx, actor: Visitor, site: Site, zone: ZoneInfo, command: OpenContact) -> dict:
    """Open a chat. One live chat a session: a second is ``conflict`` with its ``contact_id``; closed hours refuse.

    ``carry`` brings answers of the worry test along as data of the first entry; a safety fact among them flags the
    contact. A token that is old or changed brings nothing, and the chat opens anyway. After a chat that was ended for
    abuse the session rests: ``too_fast`` with ``retry_in_seconds``.
    """
    still_lasts(tx, actor)
    carried = screening.open_carry(tx.vault, command.carry, tx.now) if command.carry else None
    details = _details(site, command, carried)
    text = None if command.text is None else chat.check_text(command.text)
    known = contacts.by_client_id(tx, actor.key, command.client_id)
    if known is not None:
        return _opened_before(tx, known, command, details, text, carried)
    for other in contacts.of_visitor(tx, actor.key):
        if other.channel == "chat" and other.state in (WAITING, CLAIMED) and not other.visitor_left:
            raise Refusal("conflict", contact_id=other.id)
        if other.rest_until is not None and other.rest_until > tx.now:
            raise Refusal("too_fast", retry_in_seconds=-(-(other.rest_until - tx.now) // 1000))
    if not open_now(site, zone, command.language, tx.now):
        raise Refusal("closed_now")
    routed = routing.for_chat(tx, site, command.language, details, flagged=bool(carried and carried.flags))
    if contacts.too_many_wait(tx, routed.team_key, MOST_WAITING_FOR_A_TEAM):
        raise Refusal("busy")
    fresh = contacts.insert(
        tx, channel="chat", language=command.language, team=routed.team_key, visitor=actor.key,
        client_id=command.client_id, details=details,
        due_at=promises.due_for_chat(tx.now, routed.team.promise_minutes),
    )  # fmt: skip
    brought = None
    if carried is not None:
        brought = {"carried": carried.data}
        screening.count_carried_on(tx, carried, command.language)
        if carried.flags:
            fresh = contacts.change(tx, fresh, flagged=True)
    entries = [timeline.append(tx, fresh, "opened", "visitor", data=brought)]
    if text is not None:
        entries.append(timeline.append(tx, fresh, "message", "visitor", text=text, client_id=command.client_id))
    if not routed.usual:
        entries.append(timeline.append(tx, fresh, "note", data=routed.data, public=False))
    contact = contacts.get(tx, fresh.id)
    figures.opened(tx, contact)
    for entry in entries:
        tx.tell(entry_added(contact, entry))
    tx.tell(ContactChanged(None, contact))
    return {"contact": contact_for("visitor", contact), "carried": carried is not None}


def _opened_before(
    tx: Tx, known: Contact, command: OpenContact, details: Details, text: str | None,
    carried: screening.Carried | None,
) -> dict:  # fmt: skip
    entries = timeline.read(tx, known, 0, 2, hidden=False)
    first = next((e for e in entries if e.kind == "message"), None)
    brought = (entries[0].data or {}).get("carried")
    # A token that has grown old since then cannot be compared; its topics neither.
    unreadable = command.carry is not None and carried is None
    same = known.erased or (
        command.language == known.language
        and (details.nickname, details.area, details.age_group)
        == (known.details.nickname, known.details.area, known.details.age_group)
        and (unreadable or details.topics == known.details.topics)
        and (unreadable or (carried.data if carried else None) == brought)
        and text == (first.text if first is not None and first.client_id is not None and first.seq == 2 else None)
    )
    if not same:
        raise Refusal("conflict", contact_id=known.id)
    return {"contact": contact_for("visitor", known), "carried": brought is not None}


def _details(site: Site, command: OpenContact, carried: screening.Carried | None) -> Details:
    nickname = command.nickname
    if nickname is not None:
        nickname = " ".join(nickname.split()) or None
        if nickname is not None:
            nickname = chat.check_text(nickname, longest=chat.NICKNAME_MAX, field="nickname")
    area = command.area or None
    if area is not None and area not in {known.id for known in site.areas}:
        raise Refusal("bad_field", field="area")
    brought = carried.topics if carried else ()
    reason = carried.flags[0] if carried and carried.flags else None
    return Details(nickname, area, command.age_group, tuple(dict.fromkeys((*(command.topics or ()), *brought))), reason)


@appends(lambda actor, command, *_: (command.contact_id, command.client_id))
def send_message(
    tx: Tx, actor: Visitor | Worker, command: SendMessage, kind: str = "message", data: dict | None = None
) -> dict:  # fmt: skip
    """Append what somebody says (``message``) or notes for colleagues (``note``); answers seq and time.

    The same ``client_id`` with the same content answers the same pair, also after closing; other content: ``conflict``.
    """
    text = chat.check_text(command.text)
    head = timeline.take_seq(tx, command.contact_id, public=kind != "note")
    if head is None:
        raise Refusal("not_found")
    mine = _writes_in(actor, head)
    entry = None
    if mine and _goes_on(actor, head, kind):
        staff = isinstance(actor, Worker)
        entry = timeline.add(
            tx, head, kind, "worker" if staff else "visitor", author=actor.key if staff else None,
            name=actor.name if staff else None, text=text, data=data, client_id=command.client_id,
        )  # fmt: skip
    if entry is not None:
        holders = () if head["owner"] is None else (head["owner"], *map(int, head["companions"].split()))
        hushed = staff and contacts.is_own_words_only(tx, head)
        tx.tell(EntryAdded(command.contact_id, None if hushed else head["visitor"], holders, entry))
        # Live chats, which alone come in thousands, pay no more than these comparisons.
        if staff and kind == "message" and (head["channel"] != "chat" or head["written"]):
            calls.answered_in_writing(tx, command.contact_id)
    else:
        tx.undo()
        entry = timeline.stored(tx, head["key"], command.contact_id, command.client_id)
        if not mine and (entry is None or not isinstance(actor, Worker) or entry.author != actor.key):
            raise Refusal("not_found")  # a worker who held it a moment ago may still ask whether their word arrived
        if entry is None:
            raise Refusal("gone")
        _same_or_conflict(actor, entry, kind, text, erased=head["wrapped_key"] is None)
    return {"seq": entry.seq, "at": iso(entry.at)}


def _goes_on(actor: Visitor | Worker, head: Row, kind: str) -> bool:
    """Whether there is a conversation to write in: notes need an owner, and a visitor who left has left."""
    if head["state"] == CLAIMED:
        return isinstance(actor, Worker) or not head["visitor_left"]
    return head["state"] == WAITING and kind == "message"


def _writes_in(actor: Visitor | Worker, head: Row) -> bool:
    if isinstance(actor, Visitor):
        return head["visitor"] == actor.key
    return actor.key == head["owner"] or str(actor.key) in head["companions"].split()


def _same_or_conflict(actor: Visitor | Worker, entry, kind: str, text: str, *, erased: bool) -> None:
    author = actor.key if isinstance(actor, Worker) else None
    if entry.kind != kind or entry.author != author or not (erased or entry.text == text):
        raise Refusal("conflict")


def read_entries(tx: Tx, actor: Visitor, command: ReadEntries) -> dict:
    """A visitor's own timeline after a seq; ``last_seq`` is the last one visible to them. Whoever asked from outside
    the family reads their own words only.
    """
    contact = own_contact(tx, actor, command.contact_id)
    own = contact.own_words_only
    entries = timeline.read(tx, contact, command.after, command.limit or MOST_ENTRIES, hidden=False, own_only=own)
    return {
        "entries": [entry_for("visitor", e, author=e.role == "visitor") for e in entries],
        "last_seq": timeline.last_own_seq(tx, contact) if own else contact.public_seq,
    }


def read_news(tx: Tx, actor: Visitor, command: ReadEntries) -> tuple[Contact, dict]:
    """The same for somebody without a socket, whom no event reaches: the contact as it is now comes along."""
    contact = own_contact(tx, actor, command.contact_id)
    return contact, read_entries(tx, actor, command) | {"contact": contact_for("visitor", contact)}


def read_entries_as_staff(tx: Tx, actor: Worker, command: ReadEntries, reason: str | None) -> dict:
    """A contact's timeline for staff who may see it. A supervisor's reading of others' contacts is audited."""
    contact = contacts.get(tx, command.contact_id)
    if contact is None:
        raise Refusal("not_found")
    verdict = access.may_read_contact(
        actor, owner=contact.owner, companions=contact.companions, team=contact.team, closed_at=contact.closed_at,
        now=tx.now, readable_ms=chat.READABLE_AFTER_CLOSING_MS, reason=reason,
    )  # fmt: skip
    if verdict == "needs_reason":
        raise Refusal("bad_field", field="reason")
    if verdict == "no" or (contact.erased and verdict == "own"):
        raise Refusal("not_found")
    entries = timeline.read(tx, contact, command.after, command.limit or MOST_ENTRIES, hidden=True)
    if verdict == "supervised":
        accounts.must_be_fresh(tx, actor)
        people.audit(tx, actor.key, "read_with_reason", contact.id, reason=reason, after=command.after)
    return {
        "entries": [entry_for("worker", e, author=e.author == actor.key) for e in entries],
        "last_seq": contact.last_seq,
    }


def watch_mine(tx: Tx, actor: Visitor) -> dict:
    """Everything this session may see, for reload and reconnect."""
    mine = contacts.of_visitor(tx, actor.key)
    theirs = {contact.id for contact in mine if not contact.own_words_only}
    passed_on = [each for each in handovers.of_visitor(tx, actor.key) if each.contact_id in theirs]
    return {
        "contacts": [contact_for("visitor", contact) for contact in mine],
        "handovers": [handover_for("visitor", each) for each in passed_on],
    }


def own_contact(tx: Tx, actor: Visitor, contact_id: str) -> Contact:
    """A contact of this session; foreign and missing ones answer the same."""
    contact = contacts.get(tx, contact_id)
    if contact is None or contact.visitor is None or contact.visitor != actor.key:
        raise Refusal("not_found")
    return contact


def say_not_safe(tx: Tx, actor: Visitor, contact_id: str) -> dict:
    """One tap: the contact is flagged with the stated fact as its reason. Saying it again changes nothing."""
    contact = own_contact(tx, actor, contact_id)
    if contact.state not in (WAITING, CLAIMED):
        raise Refusal("gone")
    _flag(tx, contact, "says_not_safe")
    return {}


def bring_safety(tx: Tx, actor: Visitor, contact_id: str, carry: str) -> None:
    """A safety fact of the worry test, stated while a chat is open already, flags that chat."""
    contact = own_contact(tx, actor, contact_id)
    carried = screening.open_carry(tx.vault, carry, tx.now)
    if carried is not None and carried.flags and contact.state in (WAITING, CLAIMED):
        _flag(tx, contact, carried.flags[0])


def _flag(tx: Tx, contact: Contact, reason: str) -> None:
    if not contact.flagged:
        # In danger nobody waits for one colleague: an offer is open to the whole team at once.
        flagged = contacts.change(
            tx, contact, details=replace(contact.details, urgency_reason=reason), flagged=True, offered_to=None
        )  # fmt: skip
        tx.tell(ContactChanged(contact, flagged))


def give_feedback(tx: Tx, actor: Visitor, command: GiveFeedback) -> dict:
    """Whether it helped (1–5) and own words, sealed with the contact's key; a second answer replaces the first."""
    contact = own_contact(tx, actor, command.contact_id)
    text = None if not (command.text or "").strip() else chat.check_text(command.text)
    key = contacts.key_of(tx, contact.id)
    if key is None:
        raise Refusal("gone")
    figures.helped(tx, contact, command.helped)
    contacts.keep_feedback(tx, contact, key, command.helped, text)
    return {}


def still_lasts(tx: Tx, actor: Visitor) -> None:
    """A session that ended a moment ago opens nothing any more."""
    row = people.visitor(tx, actor.token_hash)
    if row is None or row["ended_at"] is not None:
        raise Refusal("unauthorised")

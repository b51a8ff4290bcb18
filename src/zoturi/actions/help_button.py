"""The help button: a request is stored, routed and promised an answer; its receipt can be read again in the session."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from zoturi.actions import figures, routing, screening
from zoturi.actions.chat import still_lasts
from zoturi.actions.news import ContactChanged, entry_added
from zoturi.domain import chat, return_codes
from zoturi.domain.contacts import Contact, Details
from zoturi.domain.help_requests import CHANNEL, DANGER, ELSEWHERE
from zoturi.domain.people import Visitor
from zoturi.domain.refusals import Refusal
from zoturi.domain.timeline import contact_for
from zoturi.site import Site
from zoturi.store import contacts, people, timeline
from zoturi.store import return_codes as codes
from zoturi.store.tx import Tx
from zoturi.wire import HelpRequest

SAID_OF_ITSELF = (
    "for_whom", "role", "child_ages", "contact_by", "phone", "email", "best_time", "voicemail_ok", "who_may_know",
    "interpreter", "name", "danger_now", "family_knows", "call_first",
)  # fmt: skip


def press(tx: Tx, actor: Visitor, site: Site, zone: ZoneInfo, request: HelpRequest) -> dict:
    """Store a help request, whatever the hour and beside any chat.

    ``carry`` brings answers of the worry test along, as for a chat: a safety fact among them flags the contact; what
    is old or changed brings nothing. The same ``client_id`` with the same content answers the same contact; with other
    content ``conflict``.
    """
    still_lasts(tx, actor)
    people.lock_visitor(tx, actor.key)  # pressed twice at once: the second one waits and finds the first
    carried = screening.open_carry(tx.vault, request.carry, tx.now) if request.carry else None
    details = _details(request, carried)
    text = None if not request.text else chat.check_text(request.text)
    known = contacts.by_client_id(tx, actor.key, request.client_id)
    if known is not None:
        return _pressed_before(tx, known, request, details, text, carried)
    flagged = details.urgency_reason is not None
    found = routing.route(
        tx, site, channel=CHANNEL, language=request.language, area=details.area, unit=details.unit,
        age_groups=tuple(request.child_ages), topics=details.topics, flagged=flagged,
    )  # fmt: skip
    due_at, late_at = routing.promise(tx, site, zone, found.team, flagged=flagged)
    fresh = contacts.insert(
        tx, channel=CHANNEL, language=request.language, team=found.team_key, visitor=actor.key,
        client_id=request.client_id, details=details, due_at=due_at, late_at=late_at, meant_for=found.worker,
        flagged=flagged,
    )  # fmt: skip
    brought = None
    if carried is not None:
        brought = {"carried": carried.data}
        screening.count_carried_on(tx, carried, request.language)
    entries = [timeline.append(tx, fresh, "opened", "visitor", data=brought)]
    if text is not None:
        entries.append(timeline.append(tx, fresh, "message", "visitor", text=text, client_id=request.client_id))
    entries.append(timeline.append(tx, fresh, "note", data=found.data, public=False))
    codes.keep(tx, fresh.key, _code(tx, fresh))
    contact = contacts.get(tx, fresh.id)
    figures.opened(tx, contact)
    for entry in entries:
        tx.tell(entry_added(contact, entry))
    tx.tell(ContactChanged(None, contact))
    return {"contact": contact_for("visitor", contact), "carried": carried is not None}


def _details(request: HelpRequest, carried: screening.Carried | None) -> Details:
    said = {name: None if (given := getattr(request, name)) == [] else given for name in SAID_OF_ITSELF}
    area = None if request.area == ELSEWHERE else request.area
    told = (*((DANGER,) if request.danger_now else ()), *(carried.flags if carried else ()))
    topics = tuple(dict.fromkeys((*request.topics, *(carried.topics if carried else ()))))
    return Details(request.name, area, None, topics, next(iter(told), None), request.unit, said)


def _pressed_before(
    tx: Tx, known: Contact, request: HelpRequest, details: Details, text: str | None,
    carried: screening.Carried | None,
) -> dict:  # fmt: skip
    entries = timeline.read(tx, known, 0, 2, hidden=False)
    brought = (entries[0].data or {}).get("carried")
    # A token that has grown old since then cannot be compared; its topics neither.
    unreadable = request.carry is not None and carried is None
    first = next((each for each in entries if each.kind == "message"), None)
    stored = first.text if first is not None and first.seq == 2 and first.role == "visitor" else None
    same = known.erased or (
        known.channel == CHANNEL
        and known.language == request.language
        and (known.details.area, known.details.unit, known.details.request)
        == (details.area, details.unit, details.request)
        and (unreadable or known.details.topics == details.topics)
        and (unreadable or (carried.data if carried else None) == brought)
        and stored == text
    )
    if not same:
        raise Refusal("conflict", contact_id=known.id)
    return {"contact": contact_for("visitor", known), "carried": brought is not None}


def _code(tx: Tx, contact: Contact) -> str:
    """The return code of a request's receipt. Worked out anew each time, so that nothing secret stands in the database:
    it comes from the contact's id, which never changes, under a key outside.
    """
    key = tx.vault.derived("return code of a receipt")
    return return_codes.make(hmac.new(key, contact.id.encode(), hashlib.sha256).digest()[:10])


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt tells. ``code`` as it is shown; None once a newer one replaced it."""

    contact: Contact
    code: str | None


def receipt(tx: Tx, actor: Visitor) -> Receipt | None:
    """The receipt of the session's latest help request; None where there is none, or it was erased."""
    mine = [contact for contact in contacts.of_visitor(tx, actor.key) if contact.channel == CHANNEL]
    if not mine or mine[-1].erased:
        return None
    code = _code(tx, mine[-1])
    opens = codes.contact_of(tx, code)
    return Receipt(mine[-1], return_codes.shown(code) if opens is not None else None)

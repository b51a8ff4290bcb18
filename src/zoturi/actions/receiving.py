"""The receiver's side of a handover: opened with a link and the service's PIN, or at the desk of its team; then a yes
with a day, or a no with a reason.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from zoturi.actions import figures
from zoturi.actions.handovers import move
from zoturi.actions.news import ContactChanged, colleague_changed, entry_added
from zoturi.domain import handovers as rules
from zoturi.domain import promises
from zoturi.domain.chat import check_text
from zoturi.domain.contacts import CLAIMED, WAITING, Contact, after
from zoturi.domain.handovers import ACCEPTED, DECLINED, DELIVERED, OPENED, READABLE, Handover, handover_for
from zoturi.domain.people import Worker
from zoturi.domain.refusals import Refusal
from zoturi.store import contacts, outbox, people, services, timeline
from zoturi.store import handovers as store
from zoturi.store.tx import Row, Tx
from zoturi.wire import AcceptHandover, DeclineHandover

GONE, WRONG, OPEN = "gone", "wrong", "open"


@dataclass(frozen=True, slots=True)
class Door:
    """What a link leads to: nowhere (``gone``), to the question for the PIN, or to what was sent (``open``).

    ``left``: how many tries remain after a ``wrong`` PIN.
    """

    state: str
    handover: Handover | None = None
    left: int = 0


def look(tx: Tx, token: str, cookie: str | None) -> Door:
    """What this link shows to whoever holds this cookie. Looking changes nothing."""
    known = _living(tx, token)
    if known is None:
        return Door(GONE)
    link, handover = known
    if _holds(link, cookie):
        return Door(OPEN, handover)
    return Door("asks" if _waits(link, handover) else GONE)


def open_by_link(tx: Tx, token: str, pin: str, cookie: str) -> Door:
    """Spend the link with the service's PIN; from now on ``cookie`` opens what was sent. Five wrong tries end it.

    It answers instead of refusing: a refusal would take the try back.
    """
    known = _living(tx, token)
    if known is None or not _waits(*known):
        return Door(GONE)
    link, handover = known
    if not store.take_try(tx, token, rules.PIN_TRIES):
        return Door(GONE)
    if not services.pin_fits(tx, handover.service_id, pin):
        left = rules.PIN_TRIES - link["tries"] - 1
        people.audit(tx, None, "handover_pin_wrong", handover.contact_id, handover=handover.id, left=left)
        return Door(WRONG if left > 0 else GONE, left=left)
    store.spend(tx, token, cookie)
    people.audit(tx, None, "handover_opened", handover.contact_id, handover=handover.id)
    if handover.state not in (OPENED, ACCEPTED):
        contact = contacts.get(tx, handover.contact_id)
        handover = move(tx, contact, handover, "open", None, opened_at=tx.now)
    return Door(OPEN, handover)


def answer_by_link(
    tx: Tx, token: str, cookie: str | None, zone: ZoneInfo, contact_by: str | None = None, reason: str | None = None
) -> Handover:  # fmt: skip
    """The service's yes (with the day by which it gets in touch) or, with a ``reason``, its no. Refuses ``gone``
    without the cookie of an opened link; the same answer given twice is one answer.
    """
    known = _living(tx, token)
    if known is None or not _holds(known[0], cookie):
        raise Refusal("gone")
    handover = known[1]
    contact = contacts.get(tx, handover.contact_id)
    if reason is None:
        return _accept(tx, contact, handover, contact_by, zone, None)
    return _decline(tx, contact, handover, reason, None)


def ask_for_link(tx: Tx, token: str) -> None:
    """A new link, to the service's registered address only. Whoever asks hears nothing of whether there is one."""
    link = store.link(tx, token)
    handover = link and store.get(tx, link["id"])
    if handover is None or handover.state not in READABLE or tx.now >= handover.due_at:
        return
    newest = store.link(tx, store.token_of(tx, handover.id, handover.link))
    if handover.link >= rules.MOST_LINKS or tx.now - newest["made_at"] < rules.LINK_AGAIN_MS:
        return
    number = handover.link + 1
    if store.change(tx, handover, link=number) is None:
        raise Refusal("busy")
    store.add_link(tx, handover, number)
    outbox.put(tx, "handover", handover.id, number)
    people.audit(tx, None, "handover_link_renewed", handover.contact_id, handover=handover.id)


# At the desk of the receiving team


def open_at_desk(tx: Tx, actor: Worker, handover_id: str) -> dict:
    """Open what came to one's team; from now on the sender cannot take it back. Opened again it is only shown."""
    handover = _of_team(tx, actor, handover_id)
    if handover.state == DELIVERED:
        people.audit(tx, actor.key, "handover_opened", handover.contact_id, handover=handover.id)
        handover = move(tx, contacts.get(tx, handover.contact_id), handover, "open", None, opened_at=tx.now)
    elif handover.state not in (OPENED, ACCEPTED):
        raise Refusal("gone")
    return {"handover": handover_for("receiver", handover)}


def accept_at_desk(tx: Tx, actor: Worker, zone: ZoneInfo, command: AcceptHandover) -> dict:
    """The team's yes, with the day by which it gets in touch."""
    handover = _of_team(tx, actor, command.handover_id)
    contact = contacts.get(tx, handover.contact_id)
    return {"handover": handover_for("receiver", _accept(tx, contact, handover, command.contact_by, zone, actor))}


def decline_at_desk(tx: Tx, actor: Worker, command: DeclineHandover) -> dict:
    """The team's no, with its reason."""
    handover = _of_team(tx, actor, command.handover_id)
    contact = contacts.get(tx, handover.contact_id)
    return {"handover": handover_for("receiver", _decline(tx, contact, handover, command.reason, actor))}


def _of_team(tx: Tx, actor: Worker, handover_id: str) -> Handover:
    """What lies on the desk of one's own team; foreign and missing ones answer the same."""
    handover = store.get(tx, handover_id)
    arrived = handover is not None and handover.receiver == actor.team
    if not arrived or handover.state not in (DELIVERED, OPENED, ACCEPTED, DECLINED):
        raise Refusal("not_found")
    return handover


# What an answer does


def _accept(
    tx: Tx, contact: Contact, handover: Handover, contact_by: str | None, zone: ZoneInfo, actor: Worker | None
) -> Handover:  # fmt: skip
    day = rules.check_contact_by(contact_by, promises.local_day(tx.now, zone))
    if handover.state == ACCEPTED:
        return handover
    body = handover.body and replace(handover.body, contact_by=day)
    said = move(tx, contact, handover, "accept", None, data={"contact_by": day}, body=body)
    people.audit(tx, actor and actor.key, "handover_accepted", contact.id, handover=handover.id)
    contact = contacts.get(tx, contact.id)
    # Where another service has not answered yet, the contact stays in sight until that one has.
    if contact.state in (WAITING, CLAIMED) and not store.open_of(tx, contact):
        over = contacts.change(
            tx, contact, state=after("hand_over", contact.state), closed_at=tx.now, offered_to=None, offered_until=None
        )  # fmt: skip
        figures.ended(tx, over, "handed_over")
        tx.tell(ContactChanged(contact, over))
        if contact.live:
            colleague_changed(tx, contact.owner)
    return said


def _decline(tx: Tx, contact: Contact, handover: Handover, reason: str, actor: Worker | None) -> Handover:
    if handover.state == DECLINED:
        return handover
    reason = check_text(reason, longest=rules.REASON_MAX, field="reason")
    body = handover.body and replace(handover.body, reason=reason)
    said = move(tx, contact, handover, "decline", None, data={"reason": reason}, body=body)
    people.audit(tx, actor and actor.key, "handover_declined", contact.id, handover=handover.id)
    bring_back(tx, contact, "handover_declined")
    return said


def bring_back(tx: Tx, contact: Contact, reason: str) -> None:
    """The contact returns to the head of its queue, with the reason: somebody has to think of something else.

    Where the person is no longer there it waits for a written answer, so that nobody closes it as somebody who left.
    """
    contact = contacts.get(tx, contact.id)
    if contact.state not in (WAITING, CLAIMED):
        return
    entry = timeline.append(tx, contact, "returned", data={"reason": reason})
    away = contact.channel == "chat" and (contact.visitor_left or contact.visitor_state != "here")
    state = after("return", contact.state) if contact.state == CLAIMED else contact.state
    back = contacts.change(
        tx, contact, state=state, owner=None, companions="", claimed_at=None, returned=True,
        written=contact.written or away,
    )  # fmt: skip
    tx.tell(entry_added(back, entry))
    tx.tell(ContactChanged(contact, back))
    if contact.owner is not None:
        colleague_changed(tx, contact.owner)


def expire(tx: Tx, handover: Handover) -> None:
    """The service has not answered in its time, or the mail never reached it."""
    contact = contacts.get(tx, handover.contact_id)
    reason = "handover_undeliverable" if handover.state == "queued" else "handover_expired"
    move(tx, contact, handover, "expire", None, data={"reason": reason})
    people.audit(tx, None, reason, contact.id, handover=handover.id)
    bring_back(tx, contact, reason)


def _living(tx: Tx, token: str) -> tuple[Row, Handover] | None:
    """A link and its handover while its time is not over."""
    link = store.link(tx, token)
    handover = link and store.get(tx, link["id"])
    if not handover or handover.due_at is None or tx.now >= handover.due_at:
        return None
    return (link, handover) if handover.state in (*READABLE, DECLINED) else None


def _waits(link: Row, handover: Handover) -> bool:
    """Whether this is the newest link, still good for a PIN, to something that may be read."""
    good = link["spent_at"] is None and link["number"] == handover.link and link["tries"] < rules.PIN_TRIES
    return good and handover.state in READABLE and handover.intact


def _holds(link: Row, cookie: str | None) -> bool:
    if link["spent_at"] is None or not cookie:
        return False
    return hmac.compare_digest(bytes(link["cookie_hash"]), store.hash_of(cookie))

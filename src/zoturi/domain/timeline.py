"""Entries of a contact's timeline, and what each side sees of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from zoturi.domain.chat import BARE_FOR_VISITOR, HANDOVER_FOR_VISITOR, HIDDEN_FROM_VISITOR
from zoturi.domain.contacts import CLAIMED, CLOSED, HANDED_OVER, WAITING, Contact
from zoturi.domain.people import Colleague


class Entry(NamedTuple):
    """One line of a timeline. ``role``: ``visitor``, ``worker`` or ``system``; ``author``: the worker's row, if one."""

    seq: int
    at: int
    kind: str
    role: str
    author: int | None
    name: str | None
    text: str | None
    data: dict | None
    client_id: str | None


_last_text = ("", -1)


def iso(at: int) -> str:
    """Milliseconds UTC as ISO 8601 with milliseconds; the last text is kept, for each message asks several times."""
    global _last_text
    text, known = _last_text
    if at != known:
        second, rest = divmod(at, 1000)
        if second == known // 1000:
            text = f"{text[:20]}{rest:03d}Z"
        else:
            text = f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"
        _last_text = (text, at)
    return text


def iso_or_none(at: int | None) -> str | None:
    return None if at is None else iso(at)


def entry_for(viewer: str, entry: Entry, *, author: bool = False) -> dict | None:
    """What ``viewer`` (``visitor`` or ``worker``) sees of an entry, None where it is hidden from them.

    The client's own id is shown to its author only.
    """
    data = entry.data
    if viewer == "visitor":
        if entry.kind in HIDDEN_FROM_VISITOR:
            return None
        if entry.kind in BARE_FOR_VISITOR:
            data = None
        elif entry.kind == "handover":
            data = {key: data[key] for key in HANDOVER_FOR_VISITOR if key in data} if data else None
    return {
        "seq": entry.seq,
        "at": iso(entry.at),
        "kind": entry.kind,
        "by": {"role": entry.role, "name": entry.name},
        "text": entry.text,
        "data": data,
        "client_id": entry.client_id if author else None,
    }


def contact_for(viewer: str, contact: Contact) -> dict:
    """What a ``visitor``, an ``owner`` (or companion) or the ``queue`` sees of a contact.

    The queue shows no nickname; the visitor no urgency, team, companions or promise time.
    """
    visitor = viewer == "visitor"
    bare = visitor and contact.own_words_only
    details = contact.details
    claimed_by = None
    if contact.owner is not None and not bare:
        claimed_by = {"name": contact.owner_name} if visitor else {"id": contact.owner_id, "name": contact.owner_name}
    return {
        "id": contact.id,
        "version": contact.version,
        "channel": contact.channel,
        "state": bare_state(contact) if bare else contact.state,
        "language": contact.language,
        "area": details.area,
        "age_group": details.age_group,
        "topics": list(details.topics),
        "urgency": None if visitor else ("flagged" if contact.flagged else "normal"),
        "urgency_reason": None if visitor else details.urgency_reason,
        "nickname": None if viewer == "queue" else details.nickname,
        "visitor": contact.visitor_state,
        "team": None if visitor else contact.team_id,
        "claimed_by": claimed_by,
        "companions": None if visitor else list(contact.companion_ids),
        "opened_at": iso(contact.opened_at),
        "due_at": None if visitor else iso(contact.due_at),
        "last_seq": _last_seq(viewer, contact),
        "rank": None if visitor else contact.rank,
        "offer": None if visitor else _offer(contact),
        "written": contact.written,
        "rest_until": iso_or_none(contact.rest_until),
        "unit": None if visitor else details.unit,
        "request": details.request if viewer == "owner" else None,
        "meant_for": None
        if visitor or contact.meant_for is None
        else {"id": contact.meant_for_id, "name": contact.meant_for_name},
        "answered_at": None if bare else iso_or_none(contact.answered_at),
        "next_at": None if visitor else iso_or_none(contact.next_at),
    }


def bare_state(contact: Contact) -> str:
    """A contact's state for whoever is not of the family: received, in touch, or ended, no matter how."""
    if contact.state in (CLOSED, HANDED_OVER):
        return CLOSED
    return WAITING if contact.state == WAITING and contact.answered_at is None else CLAIMED


def _offer(contact: Contact) -> dict | None:
    """Whom a transfer is offered to (None: a whole team), by whom, and until when."""
    if contact.offered_until is None:
        return None
    return {"to": contact.offered_to_id, "by": contact.offered_by_name, "until": iso(contact.offered_until)}


def _last_seq(viewer: str, contact: Contact) -> int | None:
    """The last entry a viewer may see; the queue may see none, so it is told of none. How much is said in a family's
    contact is none of an outsider's business.
    """
    if viewer == "queue" or (viewer == "visitor" and contact.own_words_only):
        return None
    return contact.public_seq if viewer == "visitor" else contact.last_seq


def colleague_for(colleague: Colleague) -> dict:
    """``me`` and ``colleague`` of the contract."""
    return {
        "id": colleague.id,
        "version": colleague.version,
        "name": colleague.name,
        "role": colleague.role,
        "team": colleague.team_id,
        "languages": list(colleague.languages),
        "on_duty": colleague.on_duty,
        "capacity": colleague.capacity,
        "live": colleague.live,
        "paused": colleague.paused,
    }

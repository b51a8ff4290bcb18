"""Typing and seen: passed on to the other side, stored nowhere."""

from __future__ import annotations

from zoturi.domain.people import Visitor, Worker
from zoturi.domain.refusals import Refusal
from zoturi.realtime.commands import Doorway
from zoturi.store import contacts
from zoturi.wire import MarkSeen, SetTyping


async def typing(door: Doorway, fields: SetTyping) -> dict:
    """Tell the other side that somebody types; nobody is told after the end."""
    visitor, staff, _, alive = await _parties(door, fields.contact_id)
    actor = door.connection.actor
    if not alive:
        return {}
    door.hub.typing(fields.contact_id, _by(actor), fields.typing, visitor, _others(staff, actor),
                    from_visitor=isinstance(actor, Visitor))  # fmt: skip
    return {}


async def seen(door: Doorway, fields: MarkSeen) -> dict:
    """Tell the other side how far somebody has read."""
    visitor, staff, last_seq, _ = await _parties(door, fields.contact_id)
    actor = door.connection.actor
    door.hub.seen(fields.contact_id, _by(actor), min(fields.seq, last_seq), visitor, _others(staff, actor),
                  from_visitor=isinstance(actor, Visitor))  # fmt: skip
    return {}


def tell_seen(door: Doorway, contact_ids: list[str], side: str) -> None:
    """How far the other side had read, for somebody who comes back."""
    for contact_id in contact_ids:
        seq = door.hub.seen_by(contact_id, side)
        if seq:
            by = {"role": side, "name": None}
            door.hub.emit([door.connection], "seen", {"contact_id": contact_id, "by": by, "seq": seq})


async def _parties(door: Doorway, contact_id: str) -> tuple[int | None, tuple[int, ...], int, bool]:
    actor = door.connection.actor
    visitor, staff, last_seq, alive = await door.house.db.read(contacts.parties, contact_id)
    mine = actor.key == visitor if isinstance(actor, Visitor) else actor.key in staff
    if not mine:
        raise Refusal("not_found")
    return visitor, staff, last_seq, alive


def _by(actor: Visitor | Worker) -> dict:
    if isinstance(actor, Visitor):
        return {"role": "visitor", "name": None}
    return {"role": "worker", "name": actor.name}


def _others(staff: tuple[int, ...], actor: Visitor | Worker) -> list[int]:
    return [key for key in staff if isinstance(actor, Visitor) or key != actor.key]

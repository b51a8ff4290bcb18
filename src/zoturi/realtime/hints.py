"""Typing and seen: passed on to the other side, stored nowhere. Only chats know them: behind a help request nobody
shall see who looked at it, and when.
"""

from __future__ import annotations

from zoturi.domain.people import Visitor, Worker
from zoturi.domain.refusals import Refusal
from zoturi.realtime.commands import Doorway
from zoturi.realtime.references import Seen, Typing
from zoturi.store import contacts
from zoturi.store.tx import Tx
from zoturi.wire import MarkSeen, SetTyping


async def typing(door: Doorway, fields: SetTyping) -> dict:
    """Tell the other side that somebody types; nobody is told after the end."""
    actor = door.connection.actor
    (visitor, staff, _, alive, chat), by = await door.house.db.read(_parties, actor, fields.contact_id)
    if not (alive and chat):
        return {}
    door.hub.typing(fields.contact_id, by, fields.typing, visitor, _others(staff, actor),
                    from_visitor=isinstance(actor, Visitor))  # fmt: skip
    door.hub.publish(Typing(fields.contact_id, _worker(actor), fields.typing, visitor, staff))
    return {}


async def seen(door: Doorway, fields: MarkSeen) -> dict:
    """Tell the other side how far somebody has read; not that there is a note behind what both see."""
    actor = door.connection.actor
    (visitor, staff, public_seq, _, chat), by = await door.house.db.read(_parties, actor, fields.contact_id)
    if not chat:
        return {}
    seq = min(fields.seq, public_seq)
    door.hub.seen(fields.contact_id, by, seq, visitor, _others(staff, actor),
                  from_visitor=isinstance(actor, Visitor))  # fmt: skip
    door.hub.publish(Seen(fields.contact_id, _worker(actor), seq, visitor, staff))
    return {}


def tell_seen(door: Doorway, shown: list[dict], side: str) -> None:
    """How far the other side had read, for somebody who comes back and is shown these contacts."""
    for contact in shown:
        seq = door.hub.seen_by(contact["id"], side)
        if seq:
            name = contact["nickname"] if side == "visitor" else (contact["claimed_by"] or {}).get("name")
            by = {"role": side, "name": name}
            door.hub.emit([door.connection], "seen", {"contact_id": contact["id"], "by": by, "seq": seq})


def _parties(tx: Tx, actor: Visitor | Worker, contact_id: str) -> tuple[tuple, dict]:
    """Who takes part (see ``contacts.parties``), and the actor as the other side knows them; others: ``not_found``."""
    parties = contacts.parties(tx, contact_id)
    visitor, staff, *_ = parties
    if isinstance(actor, Visitor):
        mine, by = actor.key == visitor, {"role": "visitor", "name": None}
    else:
        mine, by = actor.key in staff, {"role": "worker", "name": actor.name}
    if not mine:
        raise Refusal("not_found")
    if isinstance(actor, Visitor):
        by["name"] = contacts.nickname_of(tx, contact_id)
    return parties, by


def _worker(actor: Visitor | Worker) -> int | None:
    return None if isinstance(actor, Visitor) else actor.key


def _others(staff: tuple[int, ...], actor: Visitor | Worker) -> list[int]:
    return [key for key in staff if isinstance(actor, Visitor) or key != actor.key]

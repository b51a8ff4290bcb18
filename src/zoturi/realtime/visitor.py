"""The commands of the namespace ``/visitor``: each parses, calls one deed and answers."""

from __future__ import annotations

from zoturi.actions import chat, handovers, leaving, returning
from zoturi.domain.people import Visitor
from zoturi.realtime import hints
from zoturi.realtime.commands import Doorway, Registry
from zoturi.store import contacts
from zoturi.wire import (
    AnswerHandover,
    GiveFeedback,
    MarkSeen,
    Nothing,
    OfContact,
    OpenContact,
    ReadEntries,
    SendMessage,
    SetTyping,
)  # fmt: skip

visitor = Registry("/visitor")
command = visitor.command

visitor.deed("send_message", SendMessage, "own.contact", chat.send_message, counts=True)


@command(Nothing, "own.contact")
async def watch_mine(door: Doorway, _: Nothing) -> dict:
    """Everything this session may see; events that come meanwhile follow the answer."""
    actor = door.connection.actor
    door.connection.hold()
    answer = await door.house.db.read(chat.watch_mine, actor)
    door.hub.shows(door.connection, answer["contacts"])
    waits = any(one["channel"] == "chat" and one["state"] == "waiting" for one in answer["contacts"])
    answer["places"] = await _places(door, actor) if waits else []
    hints.tell_seen(door, answer["contacts"], "worker")
    return answer


@command(OpenContact, "own.contact", counts=True)
async def open_contact(door: Doorway, fields: OpenContact) -> dict:
    house = door.house
    actor = door.connection.actor
    answer = await house.db.write(chat.open_contact, actor, house.site, house.zone, fields)
    for place in await _places(door, actor):
        door.hub.to_visitor(actor.key, "place", place)
    return answer


async def _places(door: Doorway, actor: Visitor) -> list[dict]:
    """Places of those who wait in a chat; a help request has a promised day, and no line."""
    mine = await door.house.db.read(contacts.of_visitor, actor.key)
    return [await door.places.of(each) for each in mine if each.channel == "chat" and each.state == "waiting"]


@command(ReadEntries, "own.contact")
async def read_entries(door: Doorway, fields: ReadEntries) -> dict:
    return await door.house.db.read(chat.read_entries, door.connection.actor, fields)


@command(SetTyping, "own.contact")
async def set_typing(door: Doorway, fields: SetTyping) -> dict:
    return await hints.typing(door, fields)


@command(MarkSeen, "own.contact")
async def mark_seen(door: Doorway, fields: MarkSeen) -> dict:
    return await hints.seen(door, fields)


@command(OfContact, "own.contact")
async def say_not_safe(door: Doorway, fields: OfContact) -> dict:
    return await door.house.db.write(chat.say_not_safe, door.connection.actor, fields.contact_id)


@command(OfContact, "own.contact", counts=True)
async def make_return_code(door: Doorway, fields: OfContact) -> dict:
    return await door.house.db.write(returning.make_return_code, door.connection.actor, fields.contact_id)


@command(OfContact, "own.contact")
async def leave_contact(door: Doorway, fields: OfContact) -> dict:
    return await door.house.db.write(leaving.leave_contact, door.connection.actor, fields.contact_id)


@command(OfContact, "own.contact")
async def erase_contact(door: Doorway, fields: OfContact) -> dict:
    return await door.house.db.write(leaving.erase_contact, door.connection.actor, fields.contact_id)


@command(GiveFeedback, "own.contact")
async def give_feedback(door: Doorway, fields: GiveFeedback) -> dict:
    return await door.house.db.write(chat.give_feedback, door.connection.actor, fields)


@command(AnswerHandover, "own.contact")
async def answer_handover(door: Doorway, fields: AnswerHandover) -> dict:
    house = door.house
    return await house.db.write(handovers.answer, door.connection.actor, house.site, house.zone, fields)

"""The commands of the namespace ``/desk``: each parses, calls one deed and answers."""

from __future__ import annotations

from zoturi.actions import chat, companions, duty, phrases, queue, shift, transfers
from zoturi.realtime import hints
from zoturi.realtime.commands import Doorway, Registry
from zoturi.wire import (
    CloseContact,
    MarkSeen,
    Nothing,
    OfClientId,
    OfCompanion,
    OfContact,
    OfPhrase,
    ReadEntriesAsStaff,
    SavePhrase,
    SendMessage,
    SetDuty,
    SetTyping,
    TransferContact,
)  # fmt: skip

desk = Registry("/desk")
command = desk.command

desk.deed("send_message", SendMessage, "queue.work", chat.send_message)
desk.deed("add_note", SendMessage, "queue.work", chat.send_message, "note")


@command(Nothing, "queue.work")
async def watch_desk(door: Doorway, _: Nothing) -> dict:
    """A snapshot that later events keep true; events that come meanwhile follow the answer."""
    door.connection.hold()
    answer = await door.house.db.read(queue.watch_desk, door.connection.actor)
    hints.tell_seen(door, [contact["id"] for contact in answer["mine"]], "visitor")
    return answer


@command(Nothing, "queue.work")
async def still_here(door: Doorway, _: Nothing) -> dict:
    return await door.house.db.write(duty.still_here, door.connection.actor)


@command(SetDuty, "queue.work")
async def set_duty(door: Doorway, fields: SetDuty) -> dict:
    return await door.house.db.write(duty.set_duty, door.connection.actor, fields)


@command(OfContact, "queue.work")
async def claim_contact(door: Doorway, fields: OfContact) -> dict:
    return await door.house.db.write(queue.claim, door.connection.actor, fields.contact_id)


@command(Nothing, "queue.work")
async def claim_next(door: Doorway, _: Nothing) -> dict:
    return await door.house.db.write(queue.claim_next, door.connection.actor)


@command(ReadEntriesAsStaff, "queue.work")
async def read_entries(door: Doorway, fields: ReadEntriesAsStaff) -> dict:
    # With a reason an audit line is written, so it is a deed; without one it is a read.
    run = door.house.db.write if fields.reason else door.house.db.read
    return await run(chat.read_entries_as_staff, door.connection.actor, fields, fields.reason)


@command(SetTyping, "queue.work")
async def set_typing(door: Doorway, fields: SetTyping) -> dict:
    return await hints.typing(door, fields)


@command(MarkSeen, "queue.work")
async def mark_seen(door: Doorway, fields: MarkSeen) -> dict:
    return await hints.seen(door, fields)


@command(OfContact, "queue.work")
async def release_contact(door: Doorway, fields: OfContact) -> dict:
    return await door.house.db.write(queue.release, door.connection.actor, fields.contact_id)


@command(TransferContact, "queue.work")
async def transfer_contact(door: Doorway, fields: TransferContact) -> dict:
    house = door.house
    return await house.db.write(transfers.transfer, door.connection.actor, house.site, fields)


@command(OfContact, "queue.work")
async def decline_transfer(door: Doorway, fields: OfContact) -> dict:
    return await door.house.db.write(transfers.decline, door.connection.actor, fields.contact_id)


@command(OfCompanion, "queue.work")
async def invite_companion(door: Doorway, fields: OfCompanion) -> dict:
    return await door.house.db.write(companions.invite, door.connection.actor, fields.contact_id, fields.worker)


@command(OfCompanion, "queue.work")
async def remove_companion(door: Doorway, fields: OfCompanion) -> dict:
    return await door.house.db.write(companions.remove, door.connection.actor, fields.contact_id, fields.worker)


@command(OfContact, "queue.work")
async def leave_companion(door: Doorway, fields: OfContact) -> dict:
    return await door.house.db.write(companions.leave, door.connection.actor, fields.contact_id)


@command(OfClientId, "queue.work")
async def one_moment(door: Doorway, fields: OfClientId) -> dict:
    return await door.house.db.write(shift.one_moment, door.connection.actor, fields.client_id)


@command(OfClientId, "queue.work")
async def end_shift(door: Doorway, fields: OfClientId) -> dict:
    house = door.house
    return await house.db.write(shift.end_shift, door.connection.actor, house.site, house.zone, fields.client_id)


@command(SavePhrase, "queue.work")
async def save_phrase(door: Doorway, fields: SavePhrase) -> dict:
    return await door.house.db.write(phrases.save, door.connection.actor, fields)


@command(OfPhrase, "queue.work")
async def delete_phrase(door: Doorway, fields: OfPhrase) -> dict:
    return await door.house.db.write(phrases.delete, door.connection.actor, fields.phrase_id)


@command(CloseContact, "queue.work")
async def close_contact(door: Doorway, fields: CloseContact) -> dict:
    return await door.house.db.write(queue.close, door.connection.actor, fields)

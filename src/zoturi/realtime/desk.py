"""The commands of the namespace ``/desk``: each parses, calls one deed and answers."""

from __future__ import annotations

from zoturi import world
from zoturi.actions import (
    calls,
    chat,
    companions,
    directory,
    duty,
    handovers,
    intake,
    notices,
    phrases,
    queue,
    receiving,
    shift,
    transfers,
)  # fmt: skip
from zoturi.domain import next_steps
from zoturi.domain.timeline import iso
from zoturi.realtime import hints
from zoturi.realtime.commands import Doorway, Registry
from zoturi.site_hours import public_holidays
from zoturi.wire import (
    AcceptHandover,
    CloseContact,
    DeclineHandover,
    FindServices,
    LogCall,
    LogContact,
    LogNotice,
    MarkSeen,
    Nothing,
    OfClientId,
    OfCompanion,
    OfContact,
    OfferHandover,
    OfHandover,
    OfPhrase,
    ReadEntriesAsStaff,
    RecordConsent,
    SavePhrase,
    SendMessage,
    SendServiceCard,
    SetDuty,
    SetNextStep,
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
    house = door.house
    answer = await house.db.read(queue.watch_desk, door.connection.actor)
    steps = next_steps.offered(world.now(), house.zone, public_holidays().keys())
    door.hub.shows(door.connection, [*answer["queue"], *answer["mine"]])
    answer["next_steps"] = {code: iso(at) for code, at in steps.items()}
    hints.tell_seen(door, answer["mine"], "visitor")
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


@command(LogCall, "queue.work")
async def log_call(door: Doorway, fields: LogCall) -> dict:
    return await door.house.db.write(calls.log_call, door.connection.actor, fields)


@command(SetNextStep, "queue.work")
async def set_next_step(door: Doorway, fields: SetNextStep) -> dict:
    return await door.house.db.write(calls.set_next_step, door.connection.actor, fields)


@command(LogContact, "queue.work")
async def log_contact(door: Doorway, fields: LogContact) -> dict:
    house = door.house
    return await house.db.write(intake.log_contact, door.connection.actor, house.site, house.zone, fields)


@command(OfferHandover, "queue.work")
async def offer_handover(door: Doorway, fields: OfferHandover) -> dict:
    return await door.house.db.write(handovers.offer, door.connection.actor, door.house.site, fields)


@command(RecordConsent, "queue.work")
async def record_consent(door: Doorway, fields: RecordConsent) -> dict:
    house = door.house
    return await house.db.write(handovers.record_consent, door.connection.actor, house.site, house.zone, fields)


@command(OfHandover, "queue.work")
async def withdraw_handover(door: Doorway, fields: OfHandover) -> dict:
    return await door.house.db.write(handovers.withdraw, door.connection.actor, fields.handover_id)


@command(OfHandover, "queue.work")
async def open_handover(door: Doorway, fields: OfHandover) -> dict:
    return await door.house.db.write(receiving.open_at_desk, door.connection.actor, fields.handover_id)


@command(AcceptHandover, "queue.work")
async def accept_handover(door: Doorway, fields: AcceptHandover) -> dict:
    return await door.house.db.write(receiving.accept_at_desk, door.connection.actor, door.house.zone, fields)


@command(DeclineHandover, "queue.work")
async def decline_handover(door: Doorway, fields: DeclineHandover) -> dict:
    return await door.house.db.write(receiving.decline_at_desk, door.connection.actor, fields)


@command(LogNotice, "queue.work")
async def log_notice(door: Doorway, fields: LogNotice) -> dict:
    return await door.house.db.write(notices.log, door.connection.actor, fields)


@command(FindServices, "queue.work")
async def find_services(door: Doorway, fields: FindServices) -> dict:
    reader = fields.reader or fields.language
    if reader is None:
        reader = await door.house.db.read(directory.first_language, door.connection.actor)
    return directory.find(door.house, fields, reader)


@command(SendServiceCard, "queue.work")
async def send_service_card(door: Doorway, fields: SendServiceCard) -> dict:
    house = door.house
    origin = house.settings.origins[0]
    return await house.db.write(directory.send_card, door.connection.actor, origin, fields)

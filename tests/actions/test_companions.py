"""A work pair: a companion reads and writes along, and the visitor knows who is there."""

from __future__ import annotations

from tests.invariants import check
from tests.mirror import mirrors
from tests.people import new_id


async def worker_id(worker) -> str:
    return (await worker.do("watch_desk"))["me"]["id"]


async def test_a_companion_reads_and_writes_and_goes(server, people):
    visitor, aino, contact_id = await people.talking("aino", nickname="Kettu", text="moi")
    onni = await people.on_duty("onni", capacity=1)
    watching = await mirrors(visitor, aino, onni)
    them = await worker_id(onni)
    await aino.do("invite_companion", contact_id=contact_id, worker=them)
    await aino.do("invite_companion", contact_id=contact_id, worker=them)  # twice is once

    seen = (await onni.heard("contact_changed"))["contact"]
    assert (seen["nickname"], seen["companions"], seen["claimed_by"]["name"]) == ("Kettu", [them], "Aino")
    assert await onni.texts(contact_id) == ["moi"]
    await onni.say(contact_id, "hei, olen Onni")
    await onni.do("add_note", contact_id=contact_id, client_id=new_id(), text="muistiin")
    await onni.do("set_typing", contact_id=contact_id, typing=True)
    assert await visitor.texts(contact_id) == ["moi", "hei, olen Onni"]
    joined = await visitor.heard("entry", lambda data: data["entry"]["kind"] == "joined")
    assert joined["entry"]["by"] == {"role": "worker", "name": "Onni"}
    assert (await visitor.do("watch_mine"))["contacts"][0]["companions"] is None

    # It costs no place, and what ends a contact is the owner's.
    assert (await onni.do("watch_desk"))["me"]["live"] == 0
    for command, fields in (("close_contact", {"outcome": "advice"}), ("release_contact", {}),
                            ("transfer_contact", {"team": "nuoret"}), ("invite_companion", {"worker": them}),
                            ("remove_companion", {"worker": them})):  # fmt: skip
        assert await onni.refused(command, contact_id=contact_id, **fields) == "not_found", command

    await onni.do("leave_companion", contact_id=contact_id)
    assert await onni.refused("leave_companion", contact_id=contact_id) == "not_found"
    assert await onni.refused("read_entries", contact_id=contact_id, after=0) == "not_found"
    await onni.heard("contact_gone")
    assert (await visitor.kinds(contact_id))[-1] == "parted"
    for mirror in watching:
        await mirror.check()
    await check(server.db, people.all)


async def test_the_owner_goes_on_alone(people):
    _, aino, contact_id = await people.talking("aino")
    onni = await people.on_duty("onni")
    them = await worker_id(onni)
    await aino.do("invite_companion", contact_id=contact_id, worker=them)
    await aino.do("remove_companion", contact_id=contact_id, worker=them)
    await aino.do("remove_companion", contact_id=contact_id, worker=them)
    assert (await onni.do("watch_desk"))["mine"] == []


async def test_giving_it_back_ends_the_pair(people):
    _, aino, contact_id = await people.talking("aino")
    onni = await people.on_duty("onni")
    await aino.do("invite_companion", contact_id=contact_id, worker=await worker_id(onni))
    await aino.do("release_contact", contact_id=contact_id)
    desk = await onni.do("watch_desk")
    assert (desk["mine"], [contact["companions"] for contact in desk["queue"]]) == ([], [[]])


async def test_who_can_not_be_asked(people):
    _, aino, contact_id = await people.talking("aino")
    onni = await people.worker("onni")
    for them, code in ((await worker_id(onni), "at_capacity"), (await worker_id(aino), "bad_field worker"),
                       ("0", "bad_field worker")):  # fmt: skip
        assert await aino.refused("invite_companion", contact_id=contact_id, worker=them) == code
    assert await onni.refused("invite_companion", contact_id=contact_id, worker=await worker_id(aino)) == "not_found"


async def test_a_companion_reads_on_for_a_day_after_the_end(people, clock):
    _, aino, contact_id = await people.talking("aino", text="moi")
    onni = await people.on_duty("onni")
    await aino.do("invite_companion", contact_id=contact_id, worker=await worker_id(onni))
    await aino.do("close_contact", contact_id=contact_id, outcome="advice")
    assert await onni.texts(contact_id) == ["moi"]
    clock.move(hours=24, seconds=1)
    assert await onni.refused("read_entries", contact_id=contact_id, after=0) == "not_found"


async def test_taking_nothing_new_is_seen_but_not_why(people):
    visitor, aino = await people.visitor(), await people.on_duty("aino")
    onni = await people.on_duty("onni")
    contact_id = (await visitor.open_contact())["id"]
    me = (await onni.do("set_duty", on=True, paused=True))["me"]
    assert me["paused"] is True
    seen = (await aino.heard("presence_changed", lambda data: data["colleague"]["paused"]))["colleague"]
    assert seen["name"] == "Onni"
    assert await onni.refused("claim_next") == "forbidden"
    await onni.do("claim_contact", contact_id=contact_id)  # one they choose themselves
    assert (await onni.do("set_duty", on=False))["me"]["paused"] is False

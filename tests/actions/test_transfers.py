"""Handing a conversation on, to a team or a colleague: nobody falls between two workers."""

from __future__ import annotations

import asyncio

from tests.invariants import check
from tests.mirror import mirrors
from tests.people import new_id


def queue_of(desk: dict) -> list[str]:
    return [contact["id"] for contact in desk["queue"]]


async def worker_id(worker) -> str:
    return (await worker.do("watch_desk"))["me"]["id"]


async def test_a_colleague_is_asked_and_goes_on(server, people):
    visitor, aino, contact_id = await people.talking("aino", nickname="Kettu", text="moi")
    onni, signe = await people.on_duty("onni"), await people.on_duty("signe")
    for person in (visitor, aino, onni, signe):
        await person.settle()
        person.forget()
    watching = await mirrors(visitor, aino, onni, signe)

    await aino.do("transfer_contact", contact_id=contact_id, worker=await worker_id(onni), note="Koulusta puhuttu.")

    # Only the one who is asked sees it, and not yet what was said.
    offered = (await onni.heard("contact_changed"))["contact"]
    assert (offered["state"], offered["nickname"], offered["offer"]["by"]) == ("waiting", None, "Aino")
    assert queue_of(await signe.do("watch_desk")) == []
    assert await signe.refused("claim_contact", contact_id=contact_id) == "not_found"
    assert await signe.refused("claim_next") == "nothing_waiting"
    assert await aino.refused("read_entries", contact_id=contact_id, after=0) == "not_found"
    told = await visitor.heard("entry", lambda data: data["entry"]["kind"] == "transferred")
    assert (told["entry"]["data"], told["entry"]["by"]["name"]) == (None, "Aino")
    assert "Koulusta puhuttu." not in str(visitor.events)
    assert (await aino.do("watch_desk"))["me"]["live"] == 0

    taken = await onni.do("claim_contact", contact_id=contact_id)
    assert taken["contact"]["offer"] is None
    assert [(entry["kind"], entry["text"]) for entry in taken["entries"]][-3:] == [
        ("note", "Koulusta puhuttu."), ("transferred", None), ("claimed", None),
    ]  # fmt: skip
    assert "Koulusta puhuttu." not in await visitor.texts(contact_id)
    await signe.settle()
    assert [name for name, _ in signe.events if name.startswith("contact")] == []
    for mirror in watching:
        await mirror.check()
    await check(server.db, people.all)


async def test_untaken_for_two_minutes_it_stands_at_the_head_of_the_queue_it_came_from(server, people, clock):
    visitor, aino, contact_id = await people.talking("aino")
    onni = await people.on_duty("onni")
    later = [(await (await people.visitor()).open_contact())["id"] for _ in range(2)]
    watching = await mirrors(visitor, aino, onni)
    await aino.do("transfer_contact", contact_id=contact_id, worker=await worker_id(onni))
    clock.move(seconds=119)
    await server.presence()
    assert queue_of(await aino.do("watch_desk")) == later
    clock.move(seconds=2)
    await server.presence()
    await server.presence()
    for worker in (aino, onni):
        assert queue_of(await worker.do("watch_desk")) == [contact_id, *later]
    assert await visitor.kinds(contact_id) == ["opened", "claimed", "transferred", "returned"]
    told = await visitor.heard("entry", lambda data: data["entry"]["kind"] == "returned")
    assert told["entry"]["data"] is None
    for mirror in watching:
        await mirror.check()
    assert (await aino.do("claim_next"))["contact"]["id"] == contact_id
    await check(server.db, people.all)


async def test_not_now_brings_it_back_at_once(people):
    visitor, aino, contact_id = await people.talking("aino")
    onni, signe = await people.on_duty("onni"), await people.on_duty("signe")
    await aino.do("transfer_contact", contact_id=contact_id, worker=await worker_id(onni))
    for stranger in (signe, aino):
        assert await stranger.refused("decline_transfer", contact_id=contact_id) == "not_found"
    await onni.do("decline_transfer", contact_id=contact_id)
    assert await onni.refused("decline_transfer", contact_id=contact_id) == "not_found"
    for worker in (aino, onni, signe):
        assert queue_of(await worker.do("watch_desk")) == [contact_id]
    assert (await visitor.kinds(contact_id))[-1] == "returned"


async def test_the_receiver_and_the_clock_can_not_both_win(server, people, clock):
    _, aino, contact_id = await people.talking("aino")
    onni = await people.on_duty("onni")
    await aino.do("transfer_contact", contact_id=contact_id, worker=await worker_id(onni))
    clock.move(minutes=2, seconds=1)
    await asyncio.gather(server.presence(), onni.ask("claim_contact", contact_id=contact_id), server.presence())
    kinds = [entry["kind"] for entry in await onni.entries(contact_id)]
    assert kinds.count("returned") <= 1
    assert kinds.count("claimed") == 2
    await check(server.db, people.all)


async def test_to_the_own_team_it_stands_at_the_head_for_everybody(people):
    visitor, aino, contact_id = await people.talking("aino")
    onni = await people.on_duty("onni")
    later = (await (await people.visitor()).open_contact())["id"]
    await aino.do("transfer_contact", contact_id=contact_id, team="nuoret", note="En ehdi.")
    assert queue_of(await onni.do("watch_desk")) == [contact_id, later]
    assert (await visitor.kinds(contact_id))[-1] == "transferred"


async def test_an_offered_one_may_be_taken_one_above_the_capacity(people):
    _, aino, contact_id = await people.talking("aino")
    onni = await people.on_duty("onni", capacity=1)
    own = (await (await people.visitor()).open_contact())["id"]
    await onni.do("claim_contact", contact_id=own)
    await aino.do("transfer_contact", contact_id=contact_id, worker=await worker_id(onni))
    await onni.do("claim_contact", contact_id=contact_id)
    assert (await onni.do("watch_desk"))["me"]["live"] == 2


async def test_whoever_says_they_are_not_safe_waits_for_everybody(people):
    visitor, aino, contact_id = await people.talking("aino")
    onni, signe = await people.on_duty("onni"), await people.on_duty("signe")
    await aino.do("transfer_contact", contact_id=contact_id, worker=await worker_id(onni))
    await visitor.do("say_not_safe", contact_id=contact_id)
    assert (await signe.do("claim_next"))["contact"]["id"] == contact_id


async def test_what_can_not_be_handed_on(people):
    visitor, aino, contact_id = await people.talking("aino")
    onni, own = await people.worker("onni"), await worker_id(aino)
    off_duty = await worker_id(onni)
    for fields, code in (
        ({}, "bad_field team"),
        ({"team": "nuoret", "worker": off_duty}, "bad_field worker"),
        ({"team": "0"}, "bad_field team"),
        ({"worker": "0000000000000000"}, "bad_field worker"),
        ({"worker": own}, "bad_field worker"),
        ({"worker": off_duty}, "at_capacity"),
        ({"team": "nuoret", "note": "\x00"}, "bad_text note"),
        ({"team": "nuoret", "owner": "me"}, "bad_field owner"),
    ):
        assert await aino.refused("transfer_contact", contact_id=contact_id, **fields) == code, fields
    await onni.do("set_duty", on=True, paused=True)
    assert await aino.refused("transfer_contact", contact_id=contact_id, worker=off_duty) == "at_capacity"
    assert await onni.refused("transfer_contact", contact_id=contact_id, team="nuoret") == "not_found"
    assert await visitor.kinds(contact_id) == ["opened", "claimed"]
    await visitor.do("leave_contact", contact_id=contact_id)
    assert await aino.refused("transfer_contact", contact_id=contact_id, team="nuoret") == "gone"


async def test_a_note_that_goes_with_it_keeps_the_row_of_seqs_whole(server, people):
    visitor, aino, contact_id = await people.talking("aino")
    await aino.do("transfer_contact", contact_id=contact_id, team="nuoret", note="a")
    await aino.do("claim_next")
    await aino.do("send_message", contact_id=contact_id, client_id=new_id(), text="hei")
    assert [entry["seq"] for entry in await visitor.entries(contact_id)] == [1, 2, 4, 5, 6]
    await check(server.db, people.all)

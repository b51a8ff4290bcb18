"""A worker writes a call or a walk-in down: it is theirs at once, promised by the calendar, and stored once."""

from __future__ import annotations

import asyncio

from tests.invariants import canaries_in, check
from tests.mirror import DeskMirror
from tests.people import new_id

CALL = {"channel": "phone", "language": "sv", "area": "lainela", "age_group": "13-17", "topics": ["school", "mood"]}


async def test_a_call_is_claimed_by_its_writer_off_duty_too_and_full_too(server, people):
    visitor, aino, chat_id = await people.talking("aino")
    await aino.do("set_duty", on=True, capacity=1)
    onni = await people.worker("onni")
    mirror = await DeskMirror(onni).begin()
    contact = (await onni.do("log_contact", client_id=new_id(), text=" salattu puhelu ", **CALL))["contact"]
    assert (contact["state"], contact["claimed_by"]["name"], contact["team"]) == ("claimed", "Onni", "nuoret")
    assert (contact["channel"], contact["language"], contact["visitor"]) == ("phone", "sv", "here")
    assert (contact["area"], contact["age_group"], contact["topics"]) == ("lainela", "13-17", ["school", "mood"])
    entries = await onni.entries(contact["id"])
    assert [(e["seq"], e["kind"], e["by"]["name"], e["text"]) for e in entries] == [
        (1, "opened", "Onni", None), (2, "note", "Onni", "salattu puhelu")
    ]  # fmt: skip
    await mirror.check()
    assert contact["id"] in mirror.contacts

    # Aino has as many chats as she takes; a walk-in is none.
    walk_in = (await aino.do("log_contact", client_id=new_id(), channel="walk_in", language="fi", text="x"))["contact"]
    assert (await aino.do("watch_desk"))["me"]["live"] == 1
    assert await onni.refused("read_entries", contact_id=walk_in["id"], after=0) == "not_found"
    assert not any(data["contact"]["id"] == contact["id"] for _, data in aino.events if "contact" in data)
    await onni.do("close_contact", contact_id=contact["id"], outcome="advice")
    await check(server.db, people.all)
    assert canaries_in(["salattu"], server.settings.data, server.log) == []


async def test_a_call_is_promised_by_the_working_calendar(server, people):
    aino = await people.worker("aino")
    contact = (await aino.do("log_contact", client_id=new_id(), text="x", **CALL))["contact"]
    (row,) = await server.query("SELECT opened_at, due_at, late_at, opened_by, owner FROM contact")
    assert contact["due_at"][10:] in ("T21:59:59.999Z", "T20:59:59.999Z")  # the end of a day in Helsinki
    assert 3 * 24 <= (row["due_at"] - row["opened_at"]) / 3_600_000 < 14 * 24
    assert row["late_at"] > row["due_at"] and row["opened_by"] == row["owner"]


async def test_it_is_stored_once_however_often_it_is_sent(server, people):
    aino, onni = await people.worker("aino"), await people.worker("onni")
    same = {"client_id": new_id(), "text": "äiti soitti", **CALL}
    answers = await asyncio.gather(*(aino.do("log_contact", **same) for _ in range(4)))
    ids = {answer["contact"]["id"] for answer in answers}
    assert len(ids) == 1
    for other in ({"text": "isä soitti"}, {"language": "fi"}, {"topics": []}, {"channel": "walk_in"}):
        assert await aino.refused("log_contact", **same | other) == "conflict"
    theirs = (await onni.do("log_contact", **same))["contact"]["id"]
    assert theirs not in ids
    await aino.do("close_contact", contact_id=ids.copy().pop(), outcome="advice")
    again = (await aino.do("log_contact", **same))["contact"]
    assert (again["id"], again["state"]) == (ids.pop(), "closed")
    assert len(await server.query("SELECT id FROM contact")) == 2


async def test_what_can_not_be_stored_is_refused(server, people):
    aino = await people.worker("aino")
    good = {"client_id": new_id(), "text": "x", **CALL}
    for change, code in (
        ({"text": "  "}, "bad_text text"), ({"text": "x" * 4001}, "bad_text text"), ({"channel": "chat"}, "bad_field channel"),
        ({"area": "nowhere"}, "bad_field area"), ({"topics": ["aliens"]}, "bad_field topics"),
        ({"age_group": "old"}, "bad_field age_group"), ({"owner": "me"}, "bad_field owner"),
    ):  # fmt: skip
        assert await aino.refused("log_contact", **good | change) == code
    answer = await aino.ask("log_contact", **good | {"text": "hänen tunnuksensa on 131052-308T"})
    assert (answer["code"], answer["field"], answer["why"]) == ("bad_text", "text", "identity_code")
    assert await server.query("SELECT id FROM contact") == []
    assert (await (await people.visitor()).ask("log_contact", **good))["code"] == "unknown_command"

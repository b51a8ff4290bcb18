"""Calls that are tried and written down, the next step, and the first answer that reaches somebody."""

import asyncio
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from tests.callbacks import asks_for_help
from tests.people import new_id


def in_days(server, days: float) -> str:
    return (datetime.fromtimestamp(server.clock() / 1000, UTC) + timedelta(days=days)).isoformat()


@pytest.fixture
async def aino(people):
    return await people.on_duty("aino")


@pytest.fixture
async def held(server, aino):
    contact_id = await asks_for_help(server)
    await aino.do("claim_contact", contact_id=contact_id)
    return contact_id


async def mine(worker, contact_id):
    return next(each for each in (await worker.do("watch_desk"))["mine"] if each["id"] == contact_id)


async def test_each_call_stands_in_the_timeline_and_says_what_comes_next(aino, held):
    then = [
        (await aino.do("log_call", contact_id=held, client_id=new_id(), result="no_answer", text=text))["then"]
        for text in ("ei vastannut", None, " ")
    ]
    assert then == ["other_time", "other_time", "write_or_text"]
    calls = [entry for entry in await aino.entries(held) if entry["kind"] == "call"]
    assert [call["text"] for call in calls] == ["ei vastannut", None, None]
    assert calls[-1]["data"] == {"result": "no_answer", "then": "write_or_text"}
    assert (await mine(aino, held))["answered_at"] is None
    assert (await aino.do("log_call", contact_id=held, client_id=new_id(), result="reached"))["then"] == "talked"
    assert (await mine(aino, held))["answered_at"] is not None


async def test_a_call_sent_twice_is_written_once(server, aino, held):
    fields = {"contact_id": held, "client_id": new_id(), "result": "busy", "text": "varattu"}
    answers = await asyncio.gather(*(aino.do("log_call", **fields) for _ in range(3)))
    assert answers[0] == answers[1] == answers[2]
    assert await aino.refused("log_call", **fields | {"result": "reached"}) == "conflict"
    await aino.do("close_contact", contact_id=held, outcome="no_answer")
    assert await aino.do("log_call", **fields) == answers[0]
    assert await aino.refused("log_call", **fields | {"client_id": new_id()}) == "gone"
    assert len(await server.query("SELECT seq FROM entry WHERE kind = 'call'")) == 1


async def test_the_next_step_is_said_and_taken_back(server, aino, held):
    await aino.do("set_next_step", contact_id=held, next_at=in_days(server, 1))
    assert (await mine(aino, held))["next_at"] is not None
    for never in (in_days(server, -1), in_days(server, 400), "2026-11-27T15:00"):
        assert await aino.refused("set_next_step", contact_id=held, next_at=never) == "bad_field next_at"
    await aino.do("set_next_step", contact_id=held, next_at=None)
    assert (await mine(aino, held))["next_at"] is None
    await aino.do("log_call", contact_id=held, client_id=new_id(), result="busy", next_at=in_days(server, 3))
    assert (await mine(aino, held))["next_at"] is not None


async def test_the_first_answer_in_writing_keeps_the_promise_and_the_next_one_changes_nothing(aino, held):
    await aino.do("add_note", contact_id=held, client_id=new_id(), text="muista tulkki")
    assert (await mine(aino, held))["answered_at"] is None
    await aino.say(held, "Hei, kirjoitan tänne")
    first = await mine(aino, held)
    await aino.heard("contact_changed", lambda data: data["contact"]["answered_at"] == first["answered_at"])
    await aino.say(held, "ja vielä tämä")
    assert first["answered_at"] is not None
    assert (await mine(aino, held))["version"] == first["version"]


async def test_a_message_that_nobody_reads_is_no_answer(server, people, aino):
    teacher = await asks_for_help(server, role="professional", family_knows=True, call_first="me")
    phone = await asks_for_help(server, channel="phone")
    for contact_id in (teacher, phone):
        await aino.do("claim_contact", contact_id=contact_id)
        await aino.say(contact_id, "tätä ei lue kukaan")
        assert (await mine(aino, contact_id))["answered_at"] is None
    _, onni, chat = await people.talking("onni")
    await onni.say(chat, "hei")
    assert (await mine(onni, chat))["answered_at"] is None  # live chats are counted by their claim


async def test_only_who_holds_a_contact_writes_calls_and_steps(server, people, aino, held):
    onni = await people.on_duty("onni")
    fields = {"contact_id": held, "client_id": new_id(), "result": "reached"}
    assert await onni.refused("log_call", **fields) == "not_found"
    assert await onni.refused("set_next_step", contact_id=held, next_at=None) == "not_found"
    (row,) = await server.query("SELECT id FROM worker WHERE email = 'onni@demo.example'")
    await aino.do("invite_companion", contact_id=held, worker=row["id"])
    await onni.do("log_call", **fields)


async def test_whoever_wished_so_is_told_by_a_mail_that_says_nothing(server, aino):
    contact_id = await asks_for_help(server, contact_by="email", phone=None, email="raita@koti.example", language="sv")
    await aino.do("claim_contact", contact_id=contact_id)
    await aino.do("add_note", contact_id=contact_id, client_id=new_id(), text="muista")
    assert await server.query("SELECT * FROM outbox") == []
    await aino.say(contact_id, "Hej Raita, salaisuus")
    await aino.say(contact_id, "och så ännu detta")
    (row,) = await server.query("SELECT kind, reference FROM outbox")
    assert row == {"kind": "answer", "reference": contact_id}
    await server.restart()
    await server.jobs["post"]()
    (file,) = (server.settings.data / "outbox").glob("*.eml")
    assert f"{server.origin}/sv/return".encode() in file.read_bytes()  # in one piece, for whoever reads the file
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert mail["To"] == "raita@koti.example"
    assert f"{server.origin}/sv/return" in mail.get_content()
    for hidden in ("salaisuus", "Aino", "Raita", contact_id):
        assert hidden not in mail["Subject"] + mail.get_content()

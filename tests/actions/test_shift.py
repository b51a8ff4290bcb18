"""A shift's own deeds: "one moment", closing in words, the end after abuse, the own phrases, and the last one going."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from tests.crowd import People
from tests.house import demo_site
from tests.invariants import canaries_in, check
from tests.mirror import mirrors
from tests.people import new_id
from zoturi.actions.shift import ONE_MOMENT, SHIFT_ENDS, in_language
from zoturi.domain.hours import Window


async def test_one_moment_is_said_in_every_own_chat_in_its_language_once(server, people):
    aino = await people.on_duty("aino", capacity=9)
    ids = {}
    for language in ("fi", "sv", "en"):
        visitor = await people.visitor()
        ids[language] = visitor, (await visitor.open_contact(language=language))["id"]
        await aino.do("claim_contact", contact_id=ids[language][1])
    waiting = await people.visitor()
    other = (await waiting.open_contact())["id"]
    again = new_id()
    assert (await aino.do("one_moment", client_id=again))["said"] == 3
    assert (await aino.do("one_moment", client_id=again))["said"] == 0
    for language, (visitor, contact_id) in ids.items():
        assert await visitor.texts(contact_id) == [in_language(ONE_MOMENT, language)]
        (entry,) = [entry for entry in await visitor.entries(contact_id) if entry["kind"] == "message"]
        assert entry["by"] == {"role": "worker", "name": "Aino"}
    assert len({in_language(ONE_MOMENT, language) for language in ids}) == 3
    assert in_language(ONE_MOMENT, "ar") == ONE_MOMENT  # a language we know without speaking it
    assert await waiting.texts(other) == []
    await check(server.db, people.all)


async def test_closing_keeps_reasons_and_own_words_for_the_record_alone(server, people):
    visitor, aino, contact_id = await people.talking("aino", text="moi", nickname="Kettu")
    await aino.do("add_note", contact_id=contact_id, client_id=new_id(), text="muistiin")
    wrong = (
        ({"reasons": ["aliens"]}, "bad_field reasons"),
        ({"handled_here": "yes"}, "bad_field handled_here"),
        ({"own_words": "\x00"}, "bad_text own_words"),
        ({"own_words": "x" * 4001}, "bad_text own_words"),
    )
    for fields, code in wrong:
        assert await aino.refused("close_contact", contact_id=contact_id, outcome="advice", **fields) == code
    await aino.do("close_contact", contact_id=contact_id, outcome="guided", reasons=["violence", "school"],
                  handled_here=True, own_words="  salattuja sanoja  ")  # fmt: skip
    ending = (await aino.entries(contact_id))[-1]
    assert ending["data"] == {"outcome": "guided", "reasons": ["violence", "school"], "handled_here": True,
                              "own_words": "salattuja sanoja"}  # fmt: skip
    assert (await visitor.entries(contact_id))[-1]["data"] is None
    assert canaries_in(["salattuja"], server.settings.data) == []

    # On paper: for the one who had it, not for others; a look is audited.
    page = f"{server.origin}/desk/contacts/{contact_id}/print"
    async with aino.http.get(page) as answer:
        said = await answer.text()
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    for words in ("salattuja sanoja", "muistiin", "moi", "Kettu"):
        assert words in said
    onni, admin = await people.worker("onni"), await people.worker("admin", connect=False)
    for person, path, status in (
        (onni, page, 404), (onni, page.replace(contact_id, "0" * 16), 404), (admin, page, 403),
        (people.stranger(type(onni)), page, 303),
    ):  # fmt: skip
        async with person.http.get(path, allow_redirects=False) as answer:
            assert answer.status == status, path
    rows = await server.query("SELECT object FROM audit WHERE deed = 'printed'")
    assert [row["object"] for row in rows] == [contact_id]


async def test_after_abuse_the_session_rests_and_opens_again(server, people, clock):
    visitor, aino, contact_id = await people.talking("aino")
    await aino.do("close_contact", contact_id=contact_id, outcome="abuse")
    changed = await visitor.heard("contact_changed", lambda data: data["contact"]["state"] == "closed")
    assert changed["contact"]["rest_until"] is not None
    assert (await visitor.entries(contact_id))[-1]["data"] is None
    refused = await visitor.ask("open_contact", client_id=new_id(), language="fi")
    assert (refused["code"], refused["retry"]) == ("too_fast", True)
    assert 1700 < refused["retry_in_seconds"] <= 1800
    async with visitor.http.get(f"{server.origin}/fi/chat?again=1") as page:
        said = await page.text()
    assert "112" in said
    assert "<form" not in said.partition("<main")[2].partition("</main>")[0]
    assert (await (await people.visitor()).open_contact())["state"] == "waiting"
    clock.move(minutes=30, seconds=1)
    assert (await visitor.open_contact())["state"] == "waiting"


async def test_own_phrases_are_kept_for_the_worker_alone(people):
    aino, onni = await people.worker("aino"), await people.worker("onni")
    mine = new_id()
    await aino.do("save_phrase", phrase_id=mine, texts={"fi": " Hei taas ", "sv": ""})
    answer = await aino.do("save_phrase", phrase_id=mine, texts={"fi": "Hei taas", "sv": "Hej igen"})
    assert answer["phrases"] == [{"id": mine, "texts": {"fi": "Hei taas", "sv": "Hej igen"}}]
    assert (await aino.do("watch_desk"))["phrases"] == answer["phrases"]
    assert (await onni.do("watch_desk"))["phrases"] == []
    await onni.do("delete_phrase", phrase_id=mine)
    assert len((await aino.do("watch_desk"))["phrases"]) == 1
    assert (await aino.do("delete_phrase", phrase_id=mine))["phrases"] == []
    for texts, code in (
        ({}, "bad_field texts"), ({"fi": " "}, "bad_field texts"), ({"fi": "x" * 601}, "bad_text texts"),
        ({"fi": 1}, "bad_field texts"), ({"<b>": "x"}, "bad_field texts"),
    ):  # fmt: skip
        assert await aino.refused("save_phrase", phrase_id=mine, texts=texts) == code


async def test_the_last_one_goes_and_everybody_waiting_is_told(server, people, clock):
    visitor, aino, running = await people.talking("aino")
    onni = await people.on_duty("onni")
    waits = await people.visitor()
    left_over = (await waits.open_contact(language="sv"))["id"]
    assert await aino.refused("end_shift", client_id=new_id()) == "conflict"  # Onni is here
    await onni.do("set_duty", on=False)
    assert await onni.refused("end_shift", client_id=new_id()) == "forbidden"
    watching = await mirrors(aino, onni, waits)

    ending = new_id()
    answer = await aino.do("end_shift", client_id=ending)
    assert (answer["told"], answer["me"]["on_duty"]) == (1, False)
    assert (await aino.do("end_shift", client_id=ending))["told"] == 1
    assert await waits.texts(left_over) == [in_language(SHIFT_ENDS, "sv")]
    assert (await waits.heard("place", lambda data: data["stopped"]))["contact_id"] == left_over

    # No new chats; what runs goes on.
    late = await people.visitor()
    assert await late.refused("open_contact", client_id=new_id(), language="fi") == "closed_now"
    async with late.http.get(f"{server.origin}/fi/chat") as page:
        assert "<form" not in (await page.text()).partition("<main")[2].partition("</main>")[0]
    await aino.say(running, "jatketaan vielä")
    assert "jatketaan vielä" in await visitor.texts(running)

    # Whoever makes a code gets a written answer, and is not closed for silence.
    await waits.do("make_return_code", contact_id=left_over)
    (mine,) = (await waits.do("watch_mine"))["contacts"]
    assert mine["written"] is True
    await waits.hang_up()
    clock.move(hours=25)
    await server.presence()
    assert [contact["id"] for contact in (await aino.do("watch_desk"))["queue"]] == [left_over]

    # Back at work: the door opens, and a written contact costs no place.
    await aino.do("set_duty", on=True, capacity=1)
    assert (await aino.do("claim_contact", contact_id=left_over))["contact"]["written"] is True
    assert (await aino.do("watch_desk"))["me"]["live"] == (await server.query(
        "SELECT count(*) AS n FROM contact WHERE state = 'claimed' AND written = 0"))[0]["n"]  # fmt: skip
    await late.open_contact()
    for mirror in watching[:2]:
        await mirror.check()
    await check(server.db, people.all)


async def test_nobody_leaves_while_somebody_waiting_is_not_safe(people):
    aino, visitor = await people.on_duty("aino"), await people.visitor()
    contact_id = (await visitor.open_contact())["id"]
    await visitor.do("say_not_safe", contact_id=contact_id)
    answer = await aino.ask("end_shift", client_id=new_id())
    assert (answer["code"], answer["contact_id"]) == ("conflict", contact_id)


@pytest.mark.parametrize("field", ["written", "rest_until", "offered_to", "paused"])
async def test_nobody_sends_what_the_server_decides(people, field):
    visitor = await people.visitor()
    fields = {"client_id": new_id(), "language": "fi", field: 1}
    assert await visitor.refused("open_contact", **fields) == f"bad_field {field}"
    assert (await visitor.do("watch_mine"))["contacts"] == []


async def test_where_the_day_has_an_end_the_door_opens_by_itself_next_morning(serve, clock):
    every_day = (Window(frozenset(range(7)), time(8), time(20)),)
    site = demo_site().model_copy(update={"hours": dict.fromkeys(("fi", "sv", "en"), every_day)})
    server = await serve(site=site)
    local = datetime.fromtimestamp(clock() / 1000, server.settings.zone)
    noon = local.replace(hour=12, minute=0) + timedelta(days=1)
    clock.move(seconds=(noon - local).total_seconds())
    people = People(server)
    aino, visitor = await people.on_duty("aino"), await people.visitor()
    await aino.do("end_shift", client_id=new_id())
    clock.move(hours=7)
    assert await visitor.refused("open_contact", client_id=new_id(), language="fi") == "closed_now"
    clock.move(hours=13, minutes=1)  # 8.01, and nobody is on duty yet
    assert (await visitor.open_contact())["state"] == "waiting"
    await people.leave()

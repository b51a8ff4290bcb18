"""The supervisor's pages: the queue at one look, a contact off one colleague or to another, reading with a reason."""

import pytest

from tests.house import PASSWORD
from tests.people import WorkerPerson
from tests.web.staff_pages import get, hidden_on, post

REASON = "a complaint came to the operator"
NOWHERE = "0000000000000000"


@pytest.fixture
async def signe(people):
    return await people.worker("signe", connect=False)


async def id_of(server, email):
    (row,) = await server.query("SELECT id FROM worker WHERE email = ?", email)
    return row["id"]


async def test_the_page_of_this_moment_shows_who_waits_and_who_works_but_nothing_that_was_said(people, server, signe):
    await people.talking("aino", nickname="Mustikka", text="salaisuus")
    waiting = await people.visitor()
    contact = await waiting.open_contact(nickname="Lakka", text="toinen salaisuus")
    server.clock.move(minutes=7)
    status, _, page = await get(signe, "/manage/now")
    assert status == 200
    assert "Aino" in page
    assert "7 min" in page
    for word in ("Mustikka", "Lakka", "salaisuus"):
        assert word not in page
    assert f"/manage/now/{contact['id']}/reassign" in page
    assert 'id="alarm"' not in page


async def test_an_alarm_shows_when_somebody_waits_and_nobody_watches(people, signe):
    visitor = await people.visitor()
    await visitor.open_contact()
    assert 'id="alarm"' in (await get(signe, "/manage/now"))[2]


async def test_the_fresh_drawing_is_no_sign_of_life(people, server):
    signe = people.stranger(WorkerPerson)
    await signe.sign_in("signe@demo.example", PASSWORD)
    for _ in range(4):
        server.clock.move(minutes=9)
        last = (await get(signe, "/manage/now/live"))[0]
    assert last == 303


async def test_a_contact_is_taken_off_a_colleague(people, server, signe):
    visitor, aino, contact_id = await people.talking("aino")
    assert (await post(signe, f"/manage/now/{contact_id}/release"))[1]["Location"] == "/manage/now?done=released"
    await aino.heard(
        "contact_changed", lambda data: data["contact"]["state"] == "waiting" and data["contact"]["nickname"] is None
    )
    await visitor.heard("contact_changed", lambda data: data["contact"]["state"] == "waiting")
    assert (await post(signe, f"/manage/now/{contact_id}/release"))[1]["Location"] == "/manage/now?done=gone"
    (line,) = await server.query("SELECT object, facts FROM audit WHERE deed = 'released_for'")
    assert line["object"] == contact_id
    assert await id_of(server, "aino@demo.example") in line["facts"]


async def test_a_contact_is_given_to_a_colleague_who_takes_it(people, server, signe):
    _, aino, contact_id = await people.talking("aino")
    onni = await people.on_duty("onni")
    to = await id_of(server, "onni@demo.example")
    assert (await post(signe, f"/manage/now/{contact_id}/reassign", worker=to))[1][
        "Location"
    ] == "/manage/now?done=reassigned"
    assert await aino.refused("claim_contact", contact_id=contact_id) == "not_found"
    await onni.do("claim_contact", contact_id=contact_id)
    assert await server.query("SELECT 1 FROM audit WHERE deed = 'reassigned'")


async def test_an_untaken_contact_returns_to_the_head_of_the_queue(people, server, signe):
    first = await (await people.visitor()).open_contact()
    second = await (await people.visitor()).open_contact()
    aino, _ = await people.on_duty("aino"), await people.on_duty("onni")
    to = await id_of(server, "onni@demo.example")
    await post(signe, f"/manage/now/{second['id']}/reassign", worker=to)
    server.clock.move(minutes=2, seconds=1)
    await server.presence()
    assert (await aino.do("claim_next"))["contact"]["id"] == second["id"]
    assert (await aino.do("claim_next"))["contact"]["id"] == first["id"]


@pytest.mark.parametrize("who", ["off duty", "paused", "nobody"])
async def test_nothing_is_given_to_somebody_who_takes_nothing(people, server, signe, who):
    _, _, contact_id = await people.talking("aino")
    if who == "paused":
        onni = await people.on_duty("onni")
        await onni.do("set_duty", on=True, paused=True)
    to = NOWHERE if who == "nobody" else await id_of(server, "onni@demo.example")
    location = (await post(signe, f"/manage/now/{contact_id}/reassign", worker=to))[1]["Location"]
    assert location == f"/manage/now?done={'bad_field' if who == 'nobody' else 'at_capacity'}"
    assert (await server.query("SELECT state FROM contact"))[0]["state"] == "claimed"


async def test_reading_needs_a_reason_and_stands_in_the_audit(people, server, signe):
    _, _, contact_id = await people.talking("aino", nickname="Mustikka", text="salaisuus")
    path = f"/manage/contacts/{contact_id}"
    status, _, page = await get(signe, path)
    assert status == 200
    assert "salaisuus" not in page
    assert "Mustikka" not in page
    for reason in ("", "short", "x" * 501):
        status, _, page = await post(signe, path, reason=reason)
        assert status == 422
        assert "salaisuus" not in page
    assert await server.query("SELECT 1 FROM audit WHERE deed = 'read_with_reason'") == []
    status, _, page = await post(signe, path, reason=REASON)
    assert status == 200
    assert "salaisuus" in page
    assert "Mustikka" in page
    (line,) = await server.query("SELECT object, facts FROM audit WHERE deed = 'read_with_reason'")
    assert line["object"] == contact_id
    assert REASON in line["facts"]


async def test_reading_asks_for_a_fresh_proof_and_keeps_the_reason(people, server):
    _, _, contact_id = await people.talking("aino", text="salaisuus")
    signe = people.stranger(WorkerPerson)
    await signe.sign_in("signe@demo.example", PASSWORD)
    server.clock.move(minutes=6)
    path = f"/manage/contacts/{contact_id}"
    status, _, page = await post(signe, path, reason=REASON)
    assert status == 200
    assert "salaisuus" not in page
    carried = hidden_on(page)
    assert carried == {"reason": REASON}
    assert (await post(signe, path, **carried, proof="wrong"))[0] == 401
    assert "salaisuus" in (await post(signe, path, **carried, proof=PASSWORD))[2]


async def test_a_long_talk_is_read_to_its_end(people, signe):
    _, aino, contact_id = await people.talking("aino")
    for number in range(230):
        await aino.say(contact_id, f"rivi {number}.")
    page = (await post(signe, f"/manage/contacts/{contact_id}", reason=REASON))[2]
    assert page.count("rivi 229.") == 1
    assert page.count('class="msg own"') == 230


async def test_what_is_not_there_and_what_is_foreign_answer_alike(people, server, signe):
    _, _, contact_id = await people.talking("aino", text="moi")
    await server.write(lambda tx: tx.run("INSERT INTO team (id) VALUES ('other')"))
    await server.write(lambda tx: tx.run("UPDATE contact SET team = (SELECT key FROM team WHERE id = 'other')"))
    for deed, form in (("/manage/contacts/{}", {"reason": REASON}), ("/manage/now/{}/release", {}),
                       ("/manage/now/{}/reassign", {"worker": "x"})):  # fmt: skip
        answers = [(await post(signe, deed.format(each), **form)) for each in (contact_id, NOWHERE)]
        assert [status for status, _, _ in answers] == [404, 404]
        assert answers[0][2] == answers[1][2]
    pages = [(await get(signe, f"/manage/contacts/{each}")) for each in (contact_id, NOWHERE)]
    assert [status for status, _, _ in pages] == [404, 404]


async def test_closing_early_tells_those_who_wait_and_lets_nobody_new_in(people, server, signe):
    visitor = await people.visitor()
    contact = await visitor.open_contact()
    aino = await people.on_duty("aino")
    assert (await post(signe, "/manage/now/close"))[1]["Location"] == "/manage/now?done=closed_early&told=1"
    assert (await visitor.entries(contact["id"]))[-1]["by"]["role"] == "system"
    other = await people.visitor()
    assert (
        await other.refused("open_contact", client_id="0" * 8 + "-0000-4000-8000-" + "0" * 12, language="fi")
        == "closed_now"
    )
    await aino.do("set_duty", on=True, capacity=5)  # somebody on duty does not undo it
    assert (
        await other.refused("open_contact", client_id="0" * 8 + "-0000-4000-8000-" + "0" * 12, language="fi")
        == "closed_now"
    )
    assert (await aino.do("claim_next"))["contact"]["id"] == contact["id"]  # who waits is still answered
    assert (await post(signe, "/manage/now/open"))[1]["Location"] == "/manage/now?done=opened_again"
    await other.open_contact()
    assert (await post(signe, "/manage/now/open"))[1]["Location"] == "/manage/now?done=conflict"

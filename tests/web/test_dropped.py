"""Nothing dropped: the supervisor's page of what needs somebody's eyes, and a contact on paper with a reason."""

import pytest

from tests.callbacks import asks_for_help
from tests.web.staff_pages import get, post

REASON = "a complaint came to the operator"


@pytest.fixture
def kind():
    return "sqlite"  # the rule is pure, the query plain; the rest is a page


@pytest.fixture
async def signe(people):
    worker = await people.worker("signe")
    worker.http.headers["Accept-Language"] = "en"
    return worker


async def count(signe):
    return (await signe.do("watch_desk"))["dropped"]


async def test_what_nobody_has_stands_on_the_page_until_somebody_has_it_and_a_plan(server, people, signe):
    assert "Nothing is out of sight" in (await get(signe, "/manage/dropped"))[2]
    assert await count(signe) == 0
    contact_id = await asks_for_help(server, text="salaisuus", name="Raita")
    _, _, page = await get(signe, "/manage/dropped")
    assert "nobody has taken it" in page
    assert "answer by" in page
    assert await count(signe) == 1
    for hidden in ("salaisuus", "Raita", "040 000 0001"):
        assert hidden not in page
    aino = await people.on_duty("aino")
    await aino.do("claim_contact", contact_id=contact_id)
    assert (await aino.do("watch_desk"))["dropped"] is None
    assert await count(signe) == 0
    await aino.say(contact_id, "hei")
    assert "answered, but nothing is planned" in (await get(signe, "/manage/dropped"))[2]
    server.clock.move(days=4)
    await aino.do("set_duty", on=False)
    assert await count(signe) == 1


async def test_a_passed_promise_is_given_to_somebody_else_from_the_page_and_clears_once_answered(server, people, signe):
    contact_id = await asks_for_help(server, due_in=10 * 60_000)
    aino = await people.on_duty("aino")
    await aino.do("claim_contact", contact_id=contact_id)
    assert "Nothing is out of sight" in (await get(signe, "/manage/dropped"))[2]
    server.clock.move(minutes=11)
    _, _, page = await get(signe, "/manage/dropped")
    assert "the promise has passed" in page
    assert "past the promise since" in page
    path = f"/manage/now/{contact_id}/release"
    assert path in page
    _, headers, _ = await post(signe, path, page="dropped")
    assert headers["Location"] == "/manage/dropped?done=released"
    assert "nobody has taken it" in (await get(signe, headers["Location"]))[2]
    onni = await people.on_duty("onni")
    await onni.do("claim_contact", contact_id=contact_id)
    assert "the promise has passed" in (await get(signe, "/manage/dropped"))[2]
    await onni.say(contact_id, "hei")
    steps = (await onni.do("watch_desk"))["next_steps"]
    await onni.do("set_next_step", contact_id=contact_id, next_at=steps["tomorrow_morning"])
    assert "Nothing is out of sight" in (await get(signe, "/manage/dropped"))[2]


async def test_a_supervisor_prints_with_a_reason_that_stands_in_the_audit(server, people, signe):
    contact_id = await asks_for_help(server, text="salaisuus")
    aino = await people.on_duty("aino")
    await aino.do("claim_contact", contact_id=contact_id)
    await aino.do("log_call", contact_id=contact_id, client_id="0" * 8 + "-0000-4000-8000-" + "0" * 12,
                  result="no_answer", text="puhelin kiinni")  # fmt: skip
    status, headers, _ = await get(signe, f"/desk/contacts/{contact_id}/print")
    assert (status, headers["Location"]) == (303, f"/manage/contacts/{contact_id}")
    path = f"/manage/contacts/{contact_id}/print"
    assert (await post(signe, path, reason="short"))[0] == 422
    assert path in (await post(signe, f"/manage/contacts/{contact_id}", reason=REASON))[2]
    status, _, page = await post(signe, path, reason=REASON)
    assert status == 200
    for told in ("salaisuus", "040 000 0001", "puhelin kiinni", "Call: No answer"):
        assert told in page
    (line,) = await server.query("SELECT object, facts FROM audit WHERE deed = 'printed_with_reason'")
    assert line["object"] == contact_id
    assert REASON in line["facts"]

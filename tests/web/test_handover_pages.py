"""What a receiving service meets: a mail without content, a neutral door, a PIN, the packet, and its answer."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.mailbox import mailbox
from tests.people import Person
from tests.web.staff_pages import get, post
from zoturi.domain.handovers import PIN_TRIES
from zoturi.store import handovers, services

SERVICE = "perheneuvola"
PIN = "2468"
SUMMARY = "Riitoja kotona, nuori on väsynyt."


@pytest.fixture
def kind() -> str:
    """Both databases are looked at in tests/actions/test_handovers.py."""
    return "sqlite"


@pytest.fixture
def inbox():
    with mailbox() as box:
        yield box


@pytest.fixture
async def server(serve, inbox):
    server = await serve(smtp_url=inbox.url)
    await server.write(services.set_pin, SERVICE, PIN)
    return server


@pytest.fixture
async def sent(server, people, inbox):
    """A visitor who agreed, the worker, the contact, and the service's browser with the path of its link."""
    visitor, aino, contact_id = await people.talking("aino", text="moi")
    made = await aino.do(
        "offer_handover", contact_id=contact_id, service_id=SERVICE, summary=SUMMARY, include=["summary"]
    )
    await visitor.do("answer_handover", handover_id=made["handover"]["id"], agree=True)
    await server.jobs["post"]()
    return visitor, aino, contact_id, made["handover"]["id"], people.stranger(Person)


async def open_it(browser, path, pin=PIN) -> tuple[int, str]:
    status, _, page = await post(browser, f"{path}/open", pin=pin)
    return status, page


async def test_from_the_mail_to_a_yes(server, people, inbox, sent):
    visitor, aino, contact_id, _, browser = sent
    ((to, letter),) = inbox.letters
    assert to == ["perheneuvola@lainela.example"]
    assert letter["Message-ID"].startswith("<handover-")
    whole = letter.as_string() + letter.get_content()
    assert SUMMARY not in whole and "Perheneuvola" not in whole and "Aino" not in whole

    path = inbox.newest
    for _ in range(2):  # a scanner looks, too
        status, headers, page = await get(browser, path)
        assert status == 200 and SUMMARY not in page and "<title>zoturi</title>" in page
        assert headers["Cache-Control"] == "no-store" and 'content="noindex' in page
    status, headers, page = await post(browser, f"{path}/open", pin=f" {PIN} ")
    assert status == 200 and SUMMARY in page
    cookie = headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie and "Max-Age=" in cookie
    assert SUMMARY in (await get(browser, path))[2] and SUMMARY in (await get(browser, f"{path}/print"))[2]
    assert (await post(browser, f"{path}/open", pin=""))[0] == 200  # the same form once more
    # The link is spent for everybody else, even with the PIN.
    stranger = people.stranger(Person)
    for answer in (await get(stranger, path), await post(stranger, f"{path}/open", pin=PIN)):
        assert answer[0] == 410 and SUMMARY not in answer[2]
    assert (await post(stranger, f"{path}/accept"))[0] == 410

    status, _, page = await post(browser, f"{path}/accept", contact_by="2020-01-01")
    assert status == 422 and "2020-01-01" in page and SUMMARY in page
    by = (datetime.fromtimestamp(server.clock() / 1000, UTC) + timedelta(days=2)).date().isoformat()
    for _ in range(2):
        assert (await post(browser, f"{path}/accept", contact_by=by))[0] == 303
    told = await visitor.heard("handover_changed", lambda data: data["handover"]["state"] == "accepted")
    assert told["handover"]["contact_by"] == by
    assert (await visitor.do("watch_mine"))["contacts"][0]["state"] == "handed_over"
    page = (await get(visitor, "/fi/chat"))[2]
    assert f"{int(by[8:])}. " in page and "Perheneuvola" in page


async def test_a_no_needs_a_reason_and_closes_the_packet(server, inbox, sent):
    visitor, aino, contact_id, _, browser = sent
    await open_it(browser, inbox.newest)
    status, _, page = await post(browser, f"{inbox.newest}/decline", reason="  ")
    assert status == 422 and SUMMARY in page
    assert (await post(browser, f"{inbox.newest}/decline", reason="Jono on täynnä."))[0] == 303
    status, _, page = await get(browser, inbox.newest)
    assert status == 200 and SUMMARY not in page
    assert (await post(browser, f"{inbox.newest}/accept"))[0] == 410
    assert [c["id"] for c in (await aino.do("watch_desk"))["queue"]] == [contact_id]


async def test_five_wrong_pins_end_the_link_and_a_new_one_goes_to_the_registered_address(server, clock, inbox, sent):
    _, _, _, handover_id, browser = sent
    first = inbox.newest
    for left in range(PIN_TRIES - 1, 0, -1):
        status, page = await open_it(browser, first, "0000")
        assert status == 422 and re.search(rf"\b{left}\b", page) and SUMMARY not in page
    assert (await open_it(browser, first, "0000"))[0] == 410
    assert (await open_it(browser, first))[0] == 410
    clock.move(minutes=11)
    answers = []
    for path in (first, "/handover/" + 64 * "0", first):
        status, _, page = await post(browser, f"{path}/link")
        answers.append((status, page))
        await server.jobs["post"]()
    assert {status for status, _ in answers} == {200} and len({page for _, page in answers}) == 1
    assert len(inbox.letters) == 2 and inbox.newest != first
    assert (await open_it(browser, first))[0] == 410
    status, page = await open_it(browser, inbox.newest)
    assert status == 200 and SUMMARY in page


async def test_no_other_link_opens_it(server, people, inbox, sent):
    *_, browser = sent
    mine = inbox.newest
    other_visitor, aino, other = await people.talking("onni", text="moi")
    made = await aino.do(
        "offer_handover", contact_id=other, service_id=SERVICE, summary="Toinen asia.", include=["summary"]
    )
    await other_visitor.do("answer_handover", handover_id=made["handover"]["id"], agree=True)
    await server.jobs["post"]()
    theirs = inbox.newest
    await server.write(lambda tx: tx.run("UPDATE handover SET service = 'x' WHERE id = ?", made["handover"]["id"]))
    assert (await open_it(browser, theirs))[0] == 422  # the PIN of another service
    await open_it(browser, mine)
    assert (await post(browser, f"{theirs}/accept"))[0] == 410
    for path in ("/handover/x", "/handover/" + 64 * "0", "/handover/%C3%A4", f"{theirs}0"):
        assert (await get(browser, path))[0] == 410 and (await post(browser, f"{path}/open", pin=PIN))[0] == 410


async def test_taken_back_expired_and_erased_open_nothing(server, clock, inbox, sent):
    visitor, aino, contact_id, handover_id, browser = sent
    known = await server.db.read(handovers.get, handover_id)
    await open_it(browser, inbox.newest)
    await visitor.do("erase_contact", contact_id=contact_id)
    assert "palvelu on jo avannut" in (await get(visitor, "/fi/chat"))[2]
    status, _, page = await get(browser, inbox.newest)
    assert status == 200 and SUMMARY not in page  # opened cannot be recalled, but here it is gone
    assert (await post(browser, f"{inbox.newest}/accept"))[0] == 303
    clock.move(seconds=(known.due_at - clock()) / 1000 + 1)
    assert (await get(browser, inbox.newest))[0] == 410


async def test_a_foreign_site_can_post_nothing(inbox, sent):
    *_, browser = sent
    for headers in ({}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        for step in ("open", "accept", "decline", "link"):
            async with browser.http.post(
                f"{browser.origin}{inbox.newest}/{step}", data={"pin": PIN}, headers=headers
            ) as answer:
                assert answer.status == 403
    assert (await open_it(browser, inbox.newest))[0] == 200


async def test_the_answer_by_plain_forms(server, people, inbox):
    visitor, aino, contact_id = await people.talking("aino", text="moi")
    made = await aino.do(
        "offer_handover", contact_id=contact_id, service_id=SERVICE, summary=SUMMARY, include=["summary", "messages"],
        entry_seqs=[2],
    )  # fmt: skip
    form = {"handover_id": made["handover"]["id"], "back": "chat", "ticks": "1"}
    page = (await get(visitor, "/sv/chat"))[2]
    assert "Familjerådgivningen" in page and SUMMARY in page and made["handover"]["id"] in page
    status, _, page = await post(visitor, "/sv/chat/handover", **form, agree="yes")
    assert status == 422 and SUMMARY in page
    stranger = await people.visitor(connect=False)
    assert (await post(stranger, "/sv/chat/handover", **form, agree="yes", include="summary"))[0] == 404
    status, headers, _ = await post(visitor, "/sv/chat/handover", **form, agree="yes", include="summary")
    assert (status, headers["Location"]) == (303, "/sv/chat#handovers")
    known = await server.db.read(handovers.get, made["handover"]["id"])
    assert known.state == "queued" and known.body.include == ("summary",)
    assert known.body.consent["read_in"] == "sv"
    status, headers, _ = await post(visitor, "/sv/chat/handover", **form | {"back": "//evil"}, agree="no")
    assert (status, headers["Location"]) == (303, "/sv/chat#handovers")
    assert (await server.db.read(handovers.get, made["handover"]["id"])).state == "withdrawn"
    await server.jobs["post"]()
    assert inbox.letters == []

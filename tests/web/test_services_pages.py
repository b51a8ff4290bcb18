"""Services as visitors find them, workers send them, administrators and the command line keep them."""

import re

import pytest

from tests.people import new_id
from tests.web.staff_pages import get, post
from zoturi.store import services as store

GOOD = {
    "id": "uusi-paikka", "name.fi": "Uusi paikka", "summary.fi": "Täällä kuunnellaan.", "languages": "fi",
    "owner": "Lainela", "checked_on": "2026-11-01", "tier": "early", "provision": "own", "accepts_handover": "mail",
    "email": "uusi@lainela.example", "answer_days": "3", "hours": "mon-fri 8-16\nsat 10:00-12:00 odd", "active": "yes",
    "topics": ["money"], "areas": ["lainela"], "keywords.fi": "puuhamaa, kolikot", "free": "yes",
}  # fmt: skip


@pytest.fixture
def kind():
    """The search is the same on both; the rows are read and written on both in the tests below that override this."""
    return "sqlite"


def found_on(page: str) -> list[str]:
    return re.findall(r'<li class="service" id="s-([^"]+)"', page)


async def test_a_visitor_searches_in_own_words_without_a_trace_in_the_address(people):
    visitor = people.stranger()
    status, _, page = await get(visitor, "/fi/services")
    assert status == 200
    assert len(found_on(page)) == 10
    assert 'method="post"' in page
    status, headers, page = await post(visitor, "/fi/services", q="rahat loppu ja velkkaa", area="lainela")
    assert status == 200
    assert found_on(page)[0] == "velkaneuvonta"
    assert 'value="rahat loppu ja velkkaa"' in page
    assert "crisis stack" not in page
    assert "Location" not in headers
    more = (await post(visitor, "/fi/services", count="20"))[2]
    assert len(found_on(more)) == 20


async def test_crisis_lines_stand_above_an_urgent_search(people):
    visitor = people.stranger()
    for given in ({"q": "haluan kuolla"}, {"topic": "violence"}):
        page = (await post(visitor, "/fi/services", **given))[2]
        assert page.index("crisis stack") < page.index('id="find"') < page.index('class="services"')
        assert "tel:112" in page.split('id="find"', maxsplit=1)[0]
    by_link = (await get(visitor, "/sv/services?topic=violence&area=lainela"))[2]
    assert "crisis stack" in by_link


async def test_a_language_nobody_speaks_still_shows_who_helps_with_an_interpreter(people):
    page = (await post(people.stranger(), "/en/services", q="debts", language="so"))[2]
    assert found_on(page)
    page = (await post(people.stranger(), "/en/services", topic="substances", language="ckb"))[2]
    assert "paihdeklinikka" in found_on(page)
    assert 'class="notice"' in page


@pytest.mark.parametrize("given", [{"q": "<script>alert(1)</script>"}, {"q": "a" * 9000}, {"area": "x", "topic": "y"},
                                   {"language": "'--", "age_group": "99"}, {"count": "-1"}, {"count": "9" * 40}])  # fmt: skip
async def test_whatever_is_typed_the_page_holds(people, given):
    status, _, page = await post(people.stranger(), "/fi/services", **given)
    assert status == 200
    assert "<script>alert" not in page


async def test_a_service_has_a_page_of_its_own_and_a_missing_one_none(people):
    visitor = people.stranger()
    assert "Turvakoti Valkama" in (await get(visitor, "/fi/services/turvakoti"))[2]
    assert (await get(visitor, "/fi/services/no-such-place"))[0] == 404


async def test_a_worker_finds_a_service_and_sends_it_in_the_visitors_language(people):
    visitor, worker, contact = await people.talking(language="sv")
    answer = await worker.do("find_services", topics=["money"], area="lainela", language="sv", limit=3)
    first = answer["services"][0]
    assert set(first) >= {
        "id", "name", "summary", "tier", "provision", "areas", "languages", "age_groups", "topics", "phone", "url",
        "hours", "accepts_handover", "why",
    }  # fmt: skip
    assert len(answer["services"]) == 3
    assert {"topic", "area", "language"} <= set(first["why"])
    assert first["age_groups"]
    given = {"contact_id": contact, "client_id": new_id(), "service_id": "velkaneuvonta"}
    sent = await worker.do("send_service_card", **given)
    assert await worker.do("send_service_card", **given) == sent
    entry = (await visitor.entries(contact))[-1]
    assert entry["kind"] == "message"
    assert entry["data"] == {"service": "velkaneuvonta"}
    assert entry["text"].startswith("Ekonomi- och skuldrådgivning\n")
    assert entry["text"].endswith("/sv/services/velkaneuvonta")


async def test_finding_and_sending_refuse_what_is_not_there(people):
    _, worker, contact = await people.talking()
    assert await worker.refused("find_services", area="nowhere") == "bad_field area"
    assert await worker.refused("find_services", limit=0) == "bad_field limit"
    card = {"contact_id": contact, "client_id": new_id(), "service_id": "no-such-place"}
    assert await worker.refused("send_service_card", **card) == "not_found"
    other = await people.on_duty("onni")
    assert await other.refused("send_service_card", **card | {"service_id": "turvakoti"}) == "not_found"
    assert (await worker.do("find_services", language="ar"))["services"]  # a language our pages do not speak
    in_english = await worker.do("find_services", query="debts", reader="en", limit=1)
    assert in_english["services"][0]["name"] == "Financial and debt advice"


class TestKept:
    """On both databases: the administrator's page and what every process then finds."""

    @pytest.fixture(params=["sqlite", "postgresql"])
    def kind(self, request):
        return request.param

    async def test_an_administrator_adds_changes_hides_and_gives_a_pin_once(self, server, people):
        admin = await people.worker("admin", connect=False)
        status, headers, page = await post(admin, "/manage/services", **GOOD)
        assert (status, headers.get("Location")) == (303, "/manage/services/uusi-paikka?done=added"), page
        visitor = people.stranger()
        assert found_on((await post(visitor, "/fi/services", q="puuhamaata"))[2]) == ["uusi-paikka"]
        assert (await server.db.read(store.get, "uusi-paikka")).takes_handovers == "no"

        status, _, page = await post(admin, "/manage/services/uusi-paikka/pin")
        pin = re.search(r'id="pin">(\d{6})<', page)[1]
        assert await server.db.read(store.pin_fits, "uusi-paikka", pin)
        assert not await server.db.read(store.pin_fits, "uusi-paikka", "000000" if pin != "000000" else "111111")
        assert pin not in (await get(admin, "/manage/services/uusi-paikka"))[2]
        kept = await server.db.read(store.get, "uusi-paikka")
        assert (kept.takes_handovers, kept.answer_days, len(kept.windows)) == ("mail", 3, 2)

        changed = {name: value for name, value in GOOD.items() if name != "active"}
        assert (await post(admin, "/manage/services/uusi-paikka", **changed | {"id": "other"}))[0] == 303
        assert found_on((await post(visitor, "/fi/services", q="puuhamaata"))[2]) == []
        assert await server.db.read(store.pin_fits, "uusi-paikka", pin)  # hiding touches no PIN
        elsewhere = GOOD | {"email": "muualla@lainela.example"}
        assert (await post(admin, "/manage/services/uusi-paikka", **elsewhere))[0] == 303
        lines = await server.query("SELECT deed, facts FROM audit WHERE object = 'uusi-paikka' ORDER BY key")
        assert [row["deed"] for row in lines] == [
            "service_changed", "service_pin_set", "service_changed", "service_changed",
        ]  # fmt: skip
        assert ['"rerouted":true' in row["facts"] for row in lines if row["deed"] == "service_changed"] == [
            False, False, True,
        ]  # fmt: skip
        assert not [row for row in await server.query("SELECT * FROM audit") if pin in str(row)]

    async def test_a_form_that_does_not_fit_keeps_every_word(self, people):
        admin = await people.worker("admin", connect=False)
        for wrong in ({"id": "turvakoti"}, {"id": "Väärä id"}, {"hours": "joskus"}, {"email": ""}, {"name.fi": ""},
                      {"languages": "fi, klingon"}, {"checked_on": ""}, {"url": "http://x.example"}):  # fmt: skip
            status, _, page = await post(admin, "/manage/services", **GOOD | wrong)
            assert status == 422, wrong
            assert "Täällä kuunnellaan." in page
            assert re.search(r'class="errors".*?href="#[a-z_.-]+"', page, re.DOTALL)

    async def test_old_entries_stand_first_and_are_marked(self, people):
        page = (await get(await people.worker("admin", connect=False), "/manage/services"))[2]
        first = page.index("/manage/services/isaryhma")  # checked in September 2025
        assert first < page.index("/manage/services/perheneuvola")
        assert 'class="bad">2025-09-20' in page

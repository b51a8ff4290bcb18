"""The help button by plain posts: page by page or at once, its receipt, and that a request is never lost or doubled."""

from __future__ import annotations

import asyncio
import re
from html import unescape

import pytest

from tests.crowd import People
from tests.people import new_id
from zoturi import i18n
from zoturi.actions import upkeep
from zoturi.domain.help_requests import reference
from zoturi.web import reaching

ONE = pytest.mark.parametrize("kind", ["sqlite"])
PHONE = "040 000 0000"
PARENT = {
    "for_whom": "my_child", "role": "parent", "child_ages": ["3-6", "7-12"], "area": "lainela",
    "unit": "kuusimaen-koulu", "topics": ["sleep", "parenting"], "text": "Hän ei nuku.\nEnkä minä.",
    "contact_by": "phone", "phone": PHONE, "best_time": ["evening"], "voicemail_ok": "no",
    "who_may_know": "vain minä", "language": "fi", "interpreter": "no", "name": "Maija",
}  # fmt: skip
NAMELESS = {
    "for_whom": "myself", "role": "young_person", "area": "else", "topics": ["mood"], "text": "hei",
    "contact_by": "reply_here", "language": "fi", "interpreter": "no",
}  # fmt: skip


class Page:
    """What came back, as a reader sees it."""

    def __init__(self, status: int, location: str | None, body: str) -> None:
        self.status, self.location, self.html = status, location, body
        main = body[body.find("<main") : body.find("</main")]
        self.text = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", main)))
        self.code = next(iter(re.findall(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", self.text)), None)

    def field(self, name: str) -> str:
        return re.search(rf'name="{name}" value="([^"]*)"', self.html)[1]

    def checked(self, name: str) -> list[str]:
        return re.findall(rf'name="{name}" value="([^"]*)" checked', self.html)


class Asker:
    """Somebody with a browser that has no scripts."""

    def __init__(self, person, lang: str = "en") -> None:
        self.person, self.lang, self.page = person, lang, None

    async def opens(self, path: str = "help") -> Page:
        async with self.person.http.get(f"{self.person.origin}/{self.lang}/{path}", allow_redirects=False) as answer:
            self.page = Page(answer.status, answer.headers.get("Location"), await answer.text())
        return self.page

    async def posts(self, path: str = "help", **fields: object) -> Page:
        flat = [(n, each) for n, value in fields.items() for each in ([value] if isinstance(value, str) else value)]
        async with self.person.http.post(
            f"{self.person.origin}/{self.lang}/{path}", data=flat, headers=self.person.same_origin,
            allow_redirects=False,
        ) as answer:  # fmt: skip
            self.page = Page(answer.status, answer.headers.get("Location"), await answer.text())
        return self.page

    async def goes(self, go: str = "next", **fields: object) -> Page:
        return await self.posts(progress=self.page.field("progress"), go=go, **fields)

    async def asks(self, **fields: object) -> Page:
        """Press the button with everything at once; the receipt."""
        page = await self.posts(**{"client_id": new_id()} | fields)
        assert (page.status, page.location) == (303, f"/{self.lang}/help/receipt"), page.text
        return await self.opens("help/receipt")


@pytest.fixture
async def asker(people):
    """Builds people who ask for help, each with a browser of their own."""

    def build(lang: str = "en") -> Asker:
        return Asker(people.stranger(), lang)

    return build


async def contacts(server) -> list[dict]:
    return await server.query("SELECT * FROM contact ORDER BY key")


async def test_one_post_is_stored_sealed_promised_and_reaches_its_named_worker(asker, people, server):
    aino = await people.on_duty()
    parent = asker()
    receipt = await parent.asks(**PARENT)
    (row,) = await contacts(server)
    assert (row["channel"], row["state"], row["flagged"], row["late_at"] > row["due_at"]) == (
        "help_button", "waiting", 0, True,
    )  # fmt: skip
    assert reference(row["id"]) in receipt.text
    assert i18n.format_day("en", row["due_at"], "Europe/Helsinki") in receipt.text
    assert "We ring you. We leave no voicemail. The time you chose: in the evening." in receipt.text
    assert "It may come from a number that you do not know" in receipt.text and "costs you nothing" in receipt.text
    assert "not a child protection notice" in receipt.text

    stored = b"".join(bytes(row[name]) for name in ("details", "wrapped_key")) + repr(row).encode()
    for secret in (receipt.code, receipt.code.replace("-", ""), "0400000000", "+358400000000", "Maija"):
        assert secret.encode() not in stored
    taken = await aino.do("claim_contact", contact_id=row["id"])
    assert [entry["kind"] for entry in taken["entries"]] == ["opened", "message", "note", "claimed"]
    assert taken["entries"][1]["text"] == PARENT["text"] and "routed" in taken["entries"][2]["data"]
    contact = taken["contact"]
    assert contact["meant_for"]["name"] == "Aino" and contact["unit"] == "kuusimaen-koulu"
    assert contact["request"] == {
        "for_whom": "my_child", "role": "parent", "child_ages": ["3-6", "7-12"], "contact_by": "phone",
        "phone": "+358400000000", "email": None, "best_time": ["evening"], "voicemail_ok": False,
        "who_may_know": "vain minä", "interpreter": False, "name": "Maija", "danger_now": None, "family_knows": None,
        "call_first": None,
    }  # fmt: skip

    assert (await parent.opens("help/receipt")).code == receipt.code
    elsewhere = asker()
    assert (await elsewhere.posts("return", code=receipt.code)).status == 303
    assert (await parent.opens("help/receipt")).location == "/en/help"
    assert (await elsewhere.opens("help/receipt")).code == receipt.code


async def test_pressed_twice_at_once_again_and_changed_it_is_one_request(asker, server):
    parent = asker()
    await parent.opens()
    fields = PARENT | {"client_id": new_id()}
    await asyncio.gather(*(Asker(parent.person).posts(**fields) for _ in range(4)))
    first = await parent.opens("help/receipt")
    assert (await parent.asks(**fields)).text == first.text
    changed = await parent.posts(**fields | {"text": "Jotain muuta"})
    assert (changed.status, changed.location) == (303, "/en/help/receipt?sent=before")
    told = await parent.opens("help/receipt?sent=before")
    assert told.code == first.code and "What you changed afterwards did not come to us" in told.text
    (row,) = await contacts(server)
    assert row["last_seq"] == 3
    assert await server.query("SELECT number FROM counter WHERE event = 'help_button.opened'") == [{"number": 1}]


@ONE
async def test_a_mistake_loses_nothing_and_stores_nothing(asker, server):
    parent = asker()
    bad = PARENT | {"phone": "040 000", "text": "Lapsi on 131052-308T", "area": "atlantis", "voicemail_ok": ""}
    page = await parent.posts(client_id=new_id(), **bad)
    assert page.status == 422 and "4 things still need a look" in page.text
    for field in ("area", "text", "phone", "voicemail_ok"):
        assert f'href="#{field}"' in page.html and f'id="{field}"' in page.html, field
    assert "The end of the number is missing. Write it like this: 040 000 0000" in page.text
    assert "This looks like a personal identity code" in page.text
    assert 'value="040 000"' in page.html and "Lapsi on 131052-308T" in page.text and 'value="vain minä"' in page.html
    assert page.checked("topics") == ["sleep", "parenting"] and page.checked("best_time") == ["evening"]
    assert page.checked("child_ages") == ["3-6", "7-12"] and page.checked("role") == ["parent"]
    assert await contacts(server) == []
    mended = await parent.posts(**PARENT | {"client_id": page.field("client_id")})
    assert mended.status == 303
    assert (await parent.posts(client_id="not an id", **PARENT)).status == 422
    unsaid = await parent.posts(client_id=new_id(), **PARENT | {"contact_by": "", "child_ages": [""]})
    assert unsaid.status == 422 and unsaid.field("phone") == PARENT["phone"] and 'href="#child_ages"' not in unsaid.html
    assert unsaid.field("who_may_know") == "vain minä" and 'href="#contact_by"' in unsaid.html
    email = await parent.posts(client_id=new_id(), **PARENT | {"contact_by": "email", "email": "maija@posti"})
    assert email.status == 422 and "name@place.fi" in email.text and 'value="maija@posti"' in email.html


def test_a_number_that_costs_whoever_rings_it_is_none():
    assert reaching.phone("0600 12345") == (None, "no_number")
    assert reaching.phone("+1 900 234 5678") == (None, "no_number")
    assert reaching.phone("0800 123 456")[0] is not None


@ONE
async def test_page_by_page_with_what_a_poster_brought_and_a_change_of_mind(asker, server):
    parent = asker()
    await parent.opens("help?topics=sleep,mood&area=lumikyla&unit=tikkalan-paivakoti")
    for given in ({"danger_now": "no"}, {"for_whom": "my_child"}, {"role": "professional"}, {}):
        await parent.goes(**given)
    assert parent.page.checked("area") == ["lainela"]  # where the unit is
    assert 'value="tikkalan-paivakoti" selected' in parent.page.html
    await parent.goes(area="lainela", unit="tikkalan-paivakoti")
    assert parent.page.checked("topics") == ["mood", "sleep"]
    await parent.goes(topics=["sleep"])
    await parent.goes(text="Sanoja 🙂" * 400)
    assert "prompt joint contact under section 35" in parent.page.text
    assert "only “received” and “in touch”" in parent.page.text
    assert (await parent.goes()).status == 422
    await parent.goes(family_knows="yes", call_first="family")
    await parent.goes(language="sv", interpreter="yes")
    await parent.goes("back")
    assert (await parent.goes(language="fi", interpreter="no")).status == 200
    await parent.goes(contact_by="sms")
    assert (await parent.goes(phone="5")).status == 422
    assert 'value="5"' in parent.page.html
    await parent.goes(phone=PHONE)
    assert "voicemail" not in parent.page.text
    check = await parent.goes()
    assert "Look it over before you send" in check.text and "Finnish" in check.text
    await parent.goes("reach")
    await parent.goes(contact_by="reply_here")
    assert "Look it over before you send" in parent.page.text and PHONE not in parent.page.text
    sent = await parent.goes("send")
    assert (sent.status, sent.location) == (303, "/en/help/receipt")
    receipt = await parent.opens("help/receipt")
    assert "whether the request has been received and whether we are in touch" in receipt.text
    assert "They are in touch with the family first." in receipt.text
    assert (await contacts(server))[0]["language"] == "fi"


@ONE
async def test_what_one_person_gave_stands_on_no_page_of_the_next(asker):
    """Pages without any answer are drawn once for all who come to them in a minute."""
    way = (
        {"danger_now": "no"}, {"for_whom": "my_child"}, {"role": "professional"}, {"child_ages": ["3-6"]},
        {"area": "lainela", "unit": "kuusimaen-koulu"}, {"topics": ["sleep"]}, {"text": "kanarialintu"},
        {"family_knows": "yes", "call_first": "family"}, {"language": "sv", "interpreter": "no"},
        {"contact_by": "phone"}, {"phone": PHONE, "name": "Kanaria"},
        {"best_time": ["evening"], "voicemail_ok": "no", "who_may_know": "kanaria"},
    )  # fmt: skip
    first, second, relative = asker(), asker(), asker()
    await first.opens()
    for given in way:
        await first.goes(**given)
    await second.opens()
    assert second.page.html != (await asker().opens()).html  # each has a token of their own
    for given in way:
        assert not re.findall(r'anari| checked|"(?:sv|kuusimaen-koulu)" selected', second.page.html)
        await second.goes(**given)
    assert "Look it over before you send" in second.page.text and "kanarialintu" in second.page.text
    await relative.opens()
    for given in (*way[:2], {"role": "relative"}, *way[3:7]):
        await relative.goes(**given)
    assert "Does the family know" in relative.page.text and "section 35" not in relative.page.text


@ONE
async def test_a_page_that_waited_too_long_or_was_changed_starts_again(asker, clock):
    parent = asker()
    await parent.opens()
    token = parent.page.field("progress")
    assert (await parent.posts(progress=token[:-2] + "AA", go="next")).status == 422
    clock.move(hours=25)
    assert "Let us start again" in (await parent.posts(progress=token, go="next")).text


@ONE
async def test_danger_is_led_to_112_first_and_flagged_for_the_desk(asker, people):
    aino = await people.on_duty()
    await asker().asks(**NAMELESS)
    parent = asker()
    await parent.opens()
    page = await parent.goes(danger_now="yes")
    assert "You told us that somebody is in danger right now." in page.text
    assert page.html.index('href="tel:112"') < page.html.index('name="not_safe"') < page.html.index('name="for_whom"')
    receipt = await parent.asks(**NAMELESS | {"danger_now": "yes"})
    assert receipt.text.index("Ring 112 now") < receipt.text.index("Thank you.")
    first = (await aino.do("watch_desk"))["queue"][0]
    assert (first["urgency"], first["urgency_reason"]) == ("flagged", "says_danger_now")
    await parent.posts("chat", client_id=new_id(), language="en", not_safe="yes")
    talk = (await aino.do("watch_desk"))["queue"][0]
    assert (talk["channel"], talk["urgency_reason"]) == ("chat", "says_not_safe")


@ONE
async def test_at_night_with_everybody_gone_a_request_waits_until_it_is_answered(asker, people, server, clock):
    night = server.site.model_copy(update={"hours": {}})
    server.house.use(night, None)
    child = asker()
    await child.asks(**NAMELESS)
    clock.move(hours=50)
    await server.presence()
    (row,) = await contacts(server)
    assert (row["state"], row["visitor_state"]) == ("waiting", "here")

    aino = await people.on_duty()
    await aino.do("claim_contact", contact_id=row["id"])
    await aino.do("close_contact", contact_id=row["id"], outcome="advice")
    for days, left in ((31, 1), (60, 0)):
        clock.move(days=days)
        await server.write(upkeep.purge_slice, night)
        assert len(await contacts(server)) == left, days


@ONE
async def test_whoever_presses_too_often_keeps_what_they_wrote(serve):
    server = await serve(messages_per_minute=1)
    crowd = People(server)
    child = Asker(crowd.stranger())
    await child.asks(**NAMELESS)
    page = await child.posts(client_id=new_id(), **NAMELESS | {"text": "Vielä yksi asia"})
    assert page.status == 429 and "Vielä yksi asia" in page.text and page.checked("topics") == ["mood"]
    assert len(await contacts(server)) == 1
    await crowd.leave()


@ONE
async def test_the_quick_exit_ends_the_receipt_and_nobody_else_has_one(asker):
    child, stranger = asker(), asker()
    await child.asks(**NAMELESS)
    await child.opens("../exit")
    for who in (child, stranger):
        page = await who.opens("help/receipt")
        assert (page.status, page.location, page.code) == (303, "/en/help", None)


@ONE
async def test_call_me_in_arabic_reads_from_the_right_with_finnish_and_english_beside(asker, server):
    server.house.use(server.site.model_copy(update={"callback_number": "09 000 0000"}), None)
    caller = asker("fi")
    page = await caller.opens("call-me?speak=ar&area=lumikyla")
    assert '<main id="main" class="page stack-l" lang="ar" dir="rtl">' in page.html
    assert "اتصلوا بي" in page.text and "Soittakaa minulle" in page.text and "Call me" in page.text
    given = {"client_id": page.field("client_id"), "language": "ar", "area": page.field("area")}
    page = await caller.posts("call-me", **given, phone="040 000", best_time="evening")
    assert page.status == 422 and 'value="040 000"' in page.html and page.checked("best_time") == ["evening"]
    assert 'href="#voicemail_ok"' in page.html
    assert (await caller.posts("call-me", **given, phone=PHONE, voicemail_ok="yes", interpreter="no")).status == 303
    receipt = await caller.opens("help/receipt")
    (row,) = await contacts(server)
    assert row["language"] == "ar" and 'href="tel:090000000"' in receipt.html
    assert 'lang="ar" dir="rtl"' in receipt.html and "نوفمبر" in receipt.text or "وصلنا رقمك" in receipt.text
    page = await caller.opens("call-me?speak=tlh")
    assert all(name in page.text for name in ("puhun suomea", "говорю по-русски", "af Soomaali"[3:]))

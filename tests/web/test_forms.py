"""The chat by plain forms and by questions that wait: the same deeds, the same answers, nothing lost on the way."""

import asyncio
import re
from dataclasses import dataclass

import pytest

from tests.people import VisitorPerson, new_id
from zoturi.domain import return_codes

PAGE = {"Accept": "text/html,application/xhtml+xml"}
STEPS = ("messages", "not-safe", "leave", "erase", "code", "shared")
MADE_UP_CODE = return_codes.shown(return_codes.make(bytes(range(10))))


@dataclass
class Answer:
    """What came back: status, address it leads to, text, and the acknowledgement where it is one."""

    status: int
    to: str | None
    text: str
    said: dict | None


class Phone:
    """A browser without a socket: it sends forms and reads pages, or asks as a script would."""

    def __init__(self, person: VisitorPerson) -> None:
        self.person = person
        self.contact_id = ""

    async def ask(
        self, path: str, data: dict | None = None, *, page: bool = False, headers: dict | None = None
    ) -> Answer:
        method = "GET" if data is None else "POST"
        sent = (self.person.same_origin if headers is None else headers) | (PAGE if page else {})
        url = f"{self.person.origin}/en/{path}"
        async with self.person.http.request(method, url, data=data, headers=sent, allow_redirects=False) as answer:
            said = await answer.json() if answer.content_type == "application/json" else None
            return Answer(answer.status, answer.headers.get("Location"), await answer.text(), said)

    async def page(self, path: str = "chat") -> str:
        answer = await self.ask(path, page=True)
        assert answer.status == 200, answer
        return answer.text

    async def post(self, step: str, *, page: bool = False, **fields: str) -> Answer:
        return await self.ask(f"chat/{step}", {"contact_id": self.contact_id} | fields, page=page)

    async def say(self, text: str, *, page: bool = False, **fields: str) -> Answer:
        return await self.post("messages", page=page, text=text, **{"client_id": new_id()} | fields)

    async def entries(self, after: int = 0, *, now: bool = True) -> dict:
        asked = f"chat/entries?contact_id={self.contact_id}&after={after}" + ("&now=1" if now else "")
        return (await self.ask(asked)).said

    async def goes_in(self, **fields: str) -> "Phone":
        """The page before the chat and its form."""
        form = {
            "client_id": re.search(r'name="client_id" value="([^"]+)"', await self.page()).group(1),
            "language": "en",
        }
        assert (await self.ask("chat", form | fields, page=True)).status == 303
        page = await self.page()
        if "data-face" in page:
            self.contact_id = re.search(r'name="contact_id" value="([^"]+)"', page).group(1)
        return self


@pytest.fixture
def phone(people):
    return lambda: Phone(people.stranger())


async def test_a_whole_talk_by_plain_forms(people, phone):
    child = await phone().goes_in(nickname="Kuura")
    assert "You are next" in await child.page()
    sent = await child.say("olen täällä", page=True)
    assert (sent.status, sent.to) == (303, "/en/chat#end")
    aino = await people.on_duty()
    await aino.do("claim_contact", contact_id=child.contact_id)
    await aino.say(child.contact_id, "Hei Kuura.")
    page = await child.page()
    assert "olen täällä" in page and "Hei Kuura." in page and 'data-face="talking"' in page
    await child.say("kiitos", page=True)
    assert await aino.texts(child.contact_id) == ["olen täällä", "Hei Kuura.", "kiitos"]

    left = await child.post("leave", page=True)
    assert (left.status, left.to) == (303, "/en/chat")
    assert "Thank you for talking." in await child.page()
    assert (await aino.entries(child.contact_id))[-1]["kind"] == "left"
    again = await child.page("chat?read=1")
    assert "Hei Kuura." in again and "kiitos" in again
    assert (await child.post("erase", page=True)).status == 303
    assert "Your messages are erased." in await child.page()
    assert (await child.ask("chat?read=1", page=True)).to == "/en/chat"


async def test_a_script_gets_the_same_acknowledgements_as_on_a_socket(phone):
    child = await phone().goes_in()
    client_id = new_id()
    first = await child.say("yksi", client_id=client_id)
    assert first.said["ok"] and first.said["seq"] == 2
    assert (await child.say("yksi", client_id=client_id)).said == first.said
    other = await child.say("kaksi", client_id=client_id)
    assert (other.status, other.said["code"]) == (409, "conflict")
    assert [entry["text"] for entry in (await child.entries())["entries"]] == [None, "yksi"]
    assert (await child.post("not-safe")).said == {"ok": True}
    assert (await child.post("leave")).said == {"ok": True}
    assert (await child.say("vielä")).said["code"] == "gone"
    assert (await child.post("erase")).said == {"ok": True}


@pytest.mark.parametrize("text", ["a" * 4001, "merkki \x07 soi"])
async def test_what_could_not_be_stored_comes_back_in_the_box(phone, text):
    child = await phone().goes_in()
    answer = await child.say(text, page=True)
    assert answer.status == 422
    assert f">{text}</textarea>" in answer.text
    assert (await child.entries())["last_seq"] == 1


async def test_a_text_in_the_box_survives_saying_one_is_not_safe(people, phone):
    child = await phone().goes_in()
    answer = await child.post("not-safe", page=True, text="se tulee kohta")
    assert answer.status == 200 and ">se tulee kohta</textarea>" in answer.text
    assert 'data-told="yes"' in answer.text and 'href="tel:112"' in answer.text
    assert (await child.post("not-safe", page=True)).to == "/en/chat?danger=1"
    aino = await people.on_duty()
    assert (await aino.do("watch_desk"))["queue"][0]["urgency_reason"] == "says_not_safe"


async def test_a_return_code_in_a_message_is_held_back_until_one_says_send_it(phone):
    child = await phone().goes_in()
    answer = await child.say(f"koodini on {MADE_UP_CODE.lower()}", page=True)
    assert answer.status == 422 and 'name="anyway"' in answer.text
    assert f">koodini on {MADE_UP_CODE.lower()}</textarea>" in answer.text
    assert 'id="code-seen" role="alert" hidden' not in answer.text
    assert (await child.entries())["last_seq"] == 1
    assert (await child.say(f"koodini on {MADE_UP_CODE}", page=True, anyway="yes")).status == 303
    assert (await child.entries())["last_seq"] == 2
    # Sixteen signs that are no code are only words.
    assert (await child.say("7Q2K-1111-2222-3333", page=True)).status == 303


async def test_news_come_to_a_question_that_waits(people, phone):
    child = await phone().goes_in()
    before = await child.entries()
    assert before["contact"]["state"] == "waiting" and before["place"]["position"] == 1
    asked = asyncio.create_task(child.entries(1, now=False))
    aino = await people.on_duty()
    await aino.do("claim_contact", contact_id=child.contact_id)
    async with asyncio.timeout(5):
        news = await asked
    assert [entry["kind"] for entry in news["entries"]] == ["claimed"]
    assert news["contact"]["claimed_by"] == {"name": "Aino"} and news["place"] is None
    asked = asyncio.create_task(child.entries(2, now=False))
    await aino.do("close_contact", contact_id=child.contact_id, outcome="test")
    async with asyncio.timeout(5):
        assert (await asked)["contact"]["state"] == "closed"


async def test_only_a_few_questions_of_one_visitor_wait(phone):
    child = await phone().goes_in()
    asked = [asyncio.create_task(child.entries(1, now=False)) for _ in range(7)]
    async with asyncio.timeout(5):
        done, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        assert [task.result()["code"] for task in done] == ["too_fast"]
        assert (await child.say("kuuletko")).said["ok"]
        assert all(answer["last_seq"] == 2 for answer in await asyncio.gather(*waiting))


@pytest.mark.parametrize("page", [True, False])
async def test_foreign_and_missing_chats_answer_the_same(people, phone, page):
    owner, stranger = await phone().goes_in(), await phone().goes_in()
    await owner.say("salaisuus")
    before = await owner.entries()
    for step in STEPS:
        answers = []
        for contact_id in (owner.contact_id, "0123456789abcdef"):
            stranger.contact_id = contact_id
            answer = await stranger.post(step, page=page, text="", client_id=new_id())
            answers.append((answer.status, answer.to, answer.text))
        assert answers[0] == answers[1] and answers[0][0] >= 400, step
    answers = [
        await stranger.ask(f"chat/entries?contact_id={one}&after=0&now=1")
        for one in (owner.contact_id, "0123456789abcdef")
    ]
    assert answers[0].said == answers[1].said == {"ok": False, "code": "not_found", "retry": False}
    assert await owner.entries() == before


async def test_without_a_session_there_is_nothing(phone):
    child, stranger = await phone().goes_in(), phone()
    stranger.contact_id = child.contact_id
    for step in STEPS:
        answer = await stranger.post(step, text="x", client_id=new_id())
        assert (answer.status, answer.said["code"]) == (401, "unauthorised"), step
    assert (await stranger.entries())["code"] == "unauthorised"


@pytest.mark.parametrize("headers", [
    {}, {"Origin": "https://elsewhere.example"}, {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1"}, {"Sec-Fetch-Site": "same-site"},
])  # fmt: skip
async def test_forms_from_elsewhere_are_refused_and_change_nothing(phone, headers):
    child = await phone().goes_in()
    before = await child.entries()
    for step in (*(f"chat/{one}" for one in STEPS), "return"):
        fields = {"contact_id": child.contact_id, "client_id": new_id(), "text": "x", "code": MADE_UP_CODE}
        assert (await child.ask(step, fields, headers=headers)).status == 403, step
    assert await child.entries() == before


@pytest.mark.parametrize("fields", [
    {}, {"text": "x"}, {"text": "x", "client_id": "not-a-uuid"}, {"text": "", "client_id": new_id()},
    {"text": "x", "client_id": new_id(), "contact_id": "a" * 5000}, {"contact_id": "\x00"},
])  # fmt: skip
@pytest.mark.parametrize("page", [True, False])
async def test_garbage_is_refused_in_words(phone, fields, page):
    child = await phone().goes_in()
    answer = await child.post("messages", page=page, **fields)
    assert 400 <= answer.status < 500
    assert answer.said["code"] in ("bad_field", "bad_text", "not_found") if not page else "112" in answer.text


@pytest.mark.parametrize(
    "query", ["", "after=x", "after=-1", "after=99999999999999999999", "after=1.5", "after=٣", "after=" + "9" * 5000]
)
async def test_a_garbled_question_is_refused(phone, query):
    child = await phone().goes_in()
    answer = await child.ask(f"chat/entries?contact_id={child.contact_id if query else ''}&{query}&now=1")
    assert answer.said["code"] in ("bad_field", "not_found")


async def test_the_address_of_a_form_leads_back_to_the_talk(phone):
    child = await phone().goes_in()
    for step in (*STEPS, "feedback"):
        answer = await child.ask(f"chat/{step}", page=True)
        assert (answer.status, answer.to) == (303, "/en/chat")


async def test_somebody_with_plain_forms_is_here_for_longer(people, phone, server, clock):
    child = await phone().goes_in()
    aino = await people.on_duty()
    for minutes, state in ((4, "here"), (2, "away")):
        clock.move(minutes=minutes)
        await server.presence()
        assert (await aino.do("watch_desk"))["queue"][0]["visitor"] == state
    await child.page()
    assert (await aino.do("watch_desk"))["queue"][0]["visitor"] == "here"


# Coming back by code


async def code_of(child: Phone) -> str:
    return (await child.post("code")).said["code"]


async def comes_back(phone: Phone, code: str) -> Answer:
    await phone.page("return")
    return await phone.ask("return", {"code": code}, page=True)


async def test_a_code_opens_the_talk_on_a_second_device_and_closes_it_on_the_first(people, phone):
    child, library = await phone().goes_in(), phone()
    await child.say("en voi kirjoittaa kotona")
    code = await code_of(child)
    asked = asyncio.create_task(child.entries(2, now=False))
    typed = f"  {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'i')} "
    answer = await comes_back(library, typed)
    assert (answer.status, answer.to) == (303, "/en/chat")
    assert "en voi kirjoittaa kotona" in await library.page()
    async with asyncio.timeout(5):
        assert (await asked)["code"] == "not_found"
    assert "en voi kirjoittaa kotona" not in await child.page()
    assert "Good that you came." in await child.page()


async def test_a_code_still_works_days_later_and_for_a_talk_that_has_ended(phone, clock, server):
    child, library = await phone().goes_in(), phone()
    await child.say("palaan tähän")
    code = await code_of(child)
    await child.post("leave")
    clock.move(days=9)
    assert (await comes_back(library, code)).status == 303
    assert "palaan tähän" in await library.page("chat?read=1")


async def test_every_wrong_code_gets_the_same_answer(phone, server):
    child, guesser = await phone().goes_in(), phone()
    old = await code_of(child)
    await code_of(child)
    gone = await phone().goes_in()
    erased = await code_of(gone)
    await gone.post("erase")
    sessions = await server.query("SELECT count(*) AS n FROM visitor")
    pages = []
    for code in (MADE_UP_CODE, old, erased):
        answer = await comes_back(guesser, code)
        assert answer.status == 404
        pages.append(answer.text.replace(code, "…"))
    assert pages[0] == pages[1] == pages[2]
    assert await server.query("SELECT count(*) AS n FROM visitor") == sessions  # guessing begins no session


async def test_a_typing_error_is_told_kindly_and_what_was_typed_stays(phone):
    child, library = await phone().goes_in(), phone()
    code = await code_of(child)
    wrong = code[:-1] + ("Z" if code[-1] != "Z" else "Y")
    for typed in (wrong, code[:-1], code + "7", "", "<b>", "ä" * 300):
        answer = await comes_back(library, typed)
        assert answer.status == 422
        assert "There is a slip of the pen" in answer.text
    answer = await comes_back(library, wrong)
    assert f'value="{wrong}"' in answer.text


async def test_many_tries_at_once_have_to_rest(phone):
    guesser = phone()
    await guesser.page("return")
    tries = await asyncio.gather(*(guesser.ask("return", {"code": MADE_UP_CODE}, page=True) for _ in range(7)))
    assert sorted(answer.status for answer in tries) == [404] * 5 + [429] * 2


async def test_another_open_talk_on_the_device_is_told_of(phone):
    child, library = await phone().goes_in(), await phone().goes_in()
    code = await code_of(child)
    answer = await comes_back(library, code)
    assert answer.status == 409 and 'href="/en/chat"' in answer.text
    assert (await child.entries())["ok"]


# Others use this phone


async def test_a_shared_phone_hides_the_talk_then_closes_it_and_only_the_code_leads_back(phone, clock):
    child = await phone().goes_in()
    await child.say("isä ei saa nähdä")
    code = (await child.post("shared", on="yes")).said["code"]
    assert " data-shared" in await child.page()
    clock.move(minutes=3)
    covered = await child.page()
    assert "isä ei saa nähdä" not in covered and 'id="uncover"' in covered
    assert "isä ei saa nähdä" in await child.page()
    clock.move(minutes=11)
    assert (await child.entries())["code"] == "unauthorised"
    page = await child.page()
    assert "isä ei saa nähdä" not in page and "Good that you came." in page
    assert (await comes_back(child, code)).status == 303
    assert "isä ei saa nähdä" in await child.page()


async def test_turned_off_again_the_session_is_a_long_one(phone, clock):
    child = await phone().goes_in()
    await child.post("shared", on="yes")
    assert (await child.post("shared", on="no", page=True)).status == 303
    clock.move(hours=3)
    assert (await child.entries())["ok"]


async def test_it_can_be_told_before_the_chat_and_when_coming_back(phone, clock):
    child = await phone().goes_in(shared="yes")
    assert " data-shared" in await child.page("chat?shared=1")
    code = await code_of(child)
    library = phone()
    await library.page("return")
    await library.ask("return", {"code": code, "shared": "yes"}, page=True)
    assert " data-shared" in await library.page()
    clock.move(minutes=11)
    assert "data-face" not in await library.page()


# Leaving


async def test_exit_ends_the_session_for_every_way_in(people, phone, server):
    child = await phone().goes_in()
    await child.say("jää lukematta")
    async with child.person.http.get(f"{server.origin}/exit", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, server.site.exit_to)
        assert answer.headers["Cache-Control"] == "no-store"
    assert (await child.entries())["code"] == "unauthorised"
    assert "jää lukematta" not in await child.page()
    assert (await child.entries())["code"] == "not_found"  # a fresh session, to which that chat is a foreign one


NEUTRAL = {"Front page", "Messages", "Go on", "Your privacy", "Accessibility", "Using these pages"}


async def test_no_title_betrays_what_a_page_is_about(phone):
    child = phone()
    for path in ("", "chat", "return", "exit-help", "privacy", "accessibility"):
        page = await child.page(path)
        title = re.search("<title>(.*)</title>", page).group(1)
        assert title.removesuffix(" – zoturi") in NEUTRAL, title
        assert 'href="/exit"' in page
    await child.goes_in()
    assert "<title>Messages – zoturi</title>" in await child.page()

"""Behind the return code of a help request: the family reads, writes, takes back, erases; an outsider sees no more than
that it came.
"""

import html
import re

import pytest

from tests.callbacks import DAY_MS, asks_for_help
from tests.people import new_id
from zoturi.actions import returning
from zoturi.domain.people import Visitor

ANSWER = "Soitetaan huomenna. Teette jo paljon oikein."


BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


@pytest.fixture
def kind():
    """Pages do not depend on the database; who reads what is tested on both."""
    return "sqlite"


@pytest.fixture
def asked(server, people):
    """Somebody asks for help, and comes back with the code; (who came back, the contact's id)."""

    async def ask(**request: object):
        contact_id = await asks_for_help(server, **request)
        return await comes_back(await people.visitor(connect=False), await code_of(server, contact_id)), contact_id

    return ask


async def code_of(server, contact_id: str) -> str:
    def make(tx):
        row = tx.one("SELECT visitor FROM contact WHERE id = ?", contact_id)
        return returning.make_return_code(tx, Visitor(row["visitor"], b""), contact_id)["code"]

    return await server.write(make)


async def comes_back(person, code: str):
    status, headers, _ = await post(person, "return", code=code)
    assert (status, headers["Location"]) == (303, "/en/help/answer")
    return person


async def get(person, path: str) -> tuple[int, str, str]:
    """Status, address led to, and the page's words."""
    async with person.http.get(f"{person.origin}/en/{path}", allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", ""), words(await answer.text())


async def post(person, path: str, **form: str):
    url = f"{person.origin}/en/{path}"
    async with person.http.post(url, data=form, headers=person.same_origin, allow_redirects=False) as answer:
        return answer.status, answer.headers, await answer.text()


def words(page: str) -> str:
    main = page.partition("<main")[2].partition("</main>")[0] or page
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).replace("\u2068", "").replace("\u2069", "").split())


async def reads(person) -> str:
    status, _, said = await get(person, "help/answer")
    assert status == 200
    return said


async def takes(people, contact_id: str, name: str = "aino"):
    worker = await people.on_duty(name)
    await worker.do("claim_contact", contact_id=contact_id)
    return worker


async def test_from_the_form_by_the_receipts_code_to_another_device(server, people):
    family = await people.visitor(connect=False)
    form = {"for_whom": "my_child", "role": "parent", "area": "lainela", "language": "fi", "contact_by": "reply_here"}
    form |= {"client_id": new_id(), "child_ages": "7-12", "interpreter": "no", "danger_now": "no", "text": "ei nukuta"}
    status, headers, _ = await post(family, "help", **form)
    assert (status, headers["Location"]) == (303, "/en/help/receipt")
    assert "ei nukuta" in await reads(family)
    code = re.search(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", (await get(family, "help/receipt"))[2])[0]
    library = await comes_back(await people.visitor(connect=False), code)
    assert "ei nukuta" in await reads(library)
    assert (await get(family, "help/answer"))[:2] == (303, "/en/return")


@BOTH
async def test_a_family_reads_where_its_request_stands_and_writes_until_it_ends(server, people, asked):
    family, contact_id = await asked(text="emme jaksa enää")
    said = await reads(family)
    assert "We have received your request." in said
    assert "You get an answer by" in said
    assert "emme jaksa enää" in said

    client_id = new_id()
    more = {"contact_id": contact_id, "client_id": client_id, "text": "mieluiten illalla"}
    for _ in range(2):  # sent twice, said once
        status, headers, _ = await post(family, "help/answer/messages", **more)
        assert (status, headers["Location"]) == (303, "/en/help/answer#end")
    assert (await reads(family)).count("mieluiten illalla") == 1

    aino = await takes(people, contact_id)
    assert await aino.texts(contact_id) == ["emme jaksa enää", "mieluiten illalla"]
    said = await reads(family)
    assert "Aino is reading your request." in said
    assert "You get an answer by" in said
    await aino.say(contact_id, ANSWER)
    await aino.do("add_note", contact_id=contact_id, client_id=new_id(), text="vain meille")
    said = await reads(family)
    assert "You have been answered." in said
    assert ANSWER in said
    assert "You get an answer by" not in said
    assert "vain meille" not in said
    await post(family, "help/answer/messages", **more | {"client_id": new_id(), "text": "kiitos"})
    assert (await aino.texts(contact_id))[-1] == "kiitos"

    await aino.do("close_contact", contact_id=contact_id, outcome="advice")
    status, _, page = await post(family, "help/answer/messages", **more | {"client_id": new_id(), "text": "vielä yksi"})
    assert status == 410
    assert "vielä yksi" in page  # kept, to be copied
    said = await reads(family)
    assert "Your request has ended." in said
    assert ANSWER in said
    assert "Write more" not in said


async def test_a_promise_that_is_broken_is_owned(server, asked):
    family, _ = await asked(due_in=DAY_MS)
    server.clock.move(hours=20)
    await reads(family)  # a sign of life, so that the session lasts
    server.clock.move(hours=20)
    assert "We are late, and we are sorry." in await reads(family)


async def test_what_was_refused_stays_in_the_box(server, asked):
    family, contact_id = await asked()
    code = await code_of(server, contact_id)
    form = {"contact_id": contact_id, "client_id": new_id(), "text": f"koodini on {code}"}
    status, _, page = await post(family, "help/answer/messages", **form)
    assert status == 422
    assert f"koodini on {code}</textarea>" in page
    assert (await post(family, "help/answer/messages", **form, anyway="yes"))[0] == 303
    assert (await post(family, "help/answer/messages", **form | {"text": "toinen"}))[0] == 409


async def test_taken_back_while_it_waits_it_closes(server, asked):
    family, contact_id = await asked()
    assert "It closes at once" in (await get(family, "help/answer/withdraw"))[2]
    assert (await post(family, "help/answer/withdraw", contact_id=contact_id))[0] == 303
    assert "You took your request back." in await reads(family)
    (row,) = await server.query("SELECT state FROM contact WHERE id = ?", contact_id)
    assert row["state"] == "closed"
    assert (await get(family, "help/answer/withdraw"))[:2] == (303, "/en/help/answer")


async def test_taken_back_when_somebody_has_it_they_are_told(people, asked):
    family, contact_id = await asked()
    aino = await takes(people, contact_id)
    assert "They are told that you take it back" in (await get(family, "help/answer/withdraw"))[2]
    await post(family, "help/answer/withdraw", contact_id=contact_id)
    assert (await aino.kinds(contact_id))[-1] == "left"
    assert "The worker who has it is told, and closes it." in await reads(family)


async def test_erased_nothing_is_left_to_read(server, people, asked):
    family, contact_id = await asked(text="poista tämä")
    code = await code_of(server, contact_id)
    aino = await takes(people, contact_id)
    await aino.say(contact_id, ANSWER)
    assert "cannot be undone" in (await get(family, "help/answer/erase"))[2]
    assert (await post(family, "help/answer/erase", contact_id=contact_id))[0] == 303
    said = await reads(family)
    assert "Everything is erased." in said
    assert not [secret for secret in ("poista tämä", ANSWER, "Aino") if secret in said]
    assert (await post(await people.visitor(connect=False), "return", code=code))[0] == 404


async def test_a_family_decides_behind_its_code_what_is_passed_on_and_an_outsider_hears_nothing_of_it(people, asked):
    family, contact_id = await asked()
    teacher, of_teacher = await asked(role="professional")
    aino = await takes(people, contact_id)
    await aino.do("claim_contact", contact_id=of_teacher)
    offer = {"service_id": "perheneuvola", "summary": "Väsynyt perhe", "include": ["summary"]}
    await aino.ask("offer_handover", contact_id=of_teacher, **offer)
    made = (await aino.do("offer_handover", contact_id=contact_id, **offer))["handover"]
    assert "Väsynyt perhe" in await reads(family)
    assert "Väsynyt perhe" not in await reads(teacher)
    form = {"handover_id": made["id"], "back": "help/answer", "ticks": "1", "include": "summary", "agree": "yes"}
    status, headers, _ = await post(family, "chat/handover", **form)
    assert (status, headers["Location"]) == (303, "/en/help/answer#handovers")
    assert "it is on its way" in await reads(family)


async def test_a_new_code_makes_the_old_one_useless(server, people, asked):
    family, contact_id = await asked()
    old = await code_of(server, contact_id)
    status, _, page = await post(family, "help/answer/code", contact_id=contact_id)
    assert status == 200
    (new,) = set(re.findall(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", words(page)))
    other = await people.visitor(connect=False)
    assert (await post(other, "return", code=old))[0] == 404
    await comes_back(other, new)
    assert (await get(family, "help/answer"))[:2] == (303, "/en/return")  # open on one device at a time


async def test_on_a_shared_phone_it_is_covered_and_then_closed(server, asked):
    family, contact_id = await asked(text="ei muiden silmille")
    status, _, page = await post(family, "help/answer/shared", contact_id=contact_id, on="yes")
    assert status == 200
    assert "Your return code" in page
    server.clock.move(minutes=3)
    said = await reads(family)
    assert "ei muiden silmille" not in said
    assert "This is hidden." in said
    assert "ei muiden silmille" in await reads(family)  # a tap shows it
    server.clock.move(minutes=3)
    assert "This is hidden." in (await get(family, "help/receipt"))[2]
    assert "This is hidden." not in (await get(family, "help/receipt"))[2]
    server.clock.move(minutes=11)
    assert (await get(family, "help/answer"))[:2] == (303, "/en/return")


async def test_foreign_and_missing_requests_answer_the_same(server, people, asked):
    _, foreign = await asked(text="toisen perheen")
    family, _ = await asked()
    forms = {"messages": {"client_id": new_id(), "text": "hei"}, "code": {}, "shared": {}, "withdraw": {}, "erase": {}}
    for contact_id in (foreign, "0000000000000000"):
        for path, fields in forms.items():
            status, _, page = await post(family, f"help/answer/{path}", contact_id=contact_id, **fields)
            assert status == 404, path
            assert "toisen perheen" not in page
        for path in ("", "/withdraw", "/erase"):
            assert (await get(family, f"help/answer{path}?contact_id={contact_id}"))[0] == 404
    stranger = await people.visitor(connect=False)
    for path in ("", "/withdraw", "/erase"):
        assert (await get(stranger, f"help/answer{path}"))[:2] == (303, "/en/return")
    (row,) = await server.query("SELECT state, last_seq FROM contact WHERE id = ?", foreign)
    assert (row["state"], row["last_seq"]) == ("waiting", 2)


async def test_several_requests_of_one_session_are_each_in_reach(server, people, asked):
    family, first = await asked(text="ensimmäinen asia")
    second = await asks_for_help(server, text="toinen asia")
    code = await code_of(server, second)
    await comes_back(family, code)
    assert "toinen asia" in await reads(family)
    assert "ensimmäinen asia" in (await get(family, f"help/answer?contact_id={first}"))[2]
    status, headers, _ = await post(
        family, "help/answer/messages", contact_id=first, client_id=new_id(), text="lisää ensimmäiseen"
    )
    assert headers["Location"] == f"/en/help/answer?contact_id={first}#end"


async def test_the_chat_knows_nothing_of_a_help_request(server, people, asked):
    family, contact_id = await asked(text="vain takana")
    status, _, said = await get(family, "chat")
    assert status == 200
    assert "Before the chat" in said or "What may we call you?" in said
    assert "vain takana" not in said
    await family.connect()
    mine = await family.do("watch_mine")
    assert [each["id"] for each in mine["contacts"]] == [contact_id]
    assert mine["places"] == []
    chat = await family.open_contact()  # the one live chat of a session is another thing
    assert [place["contact_id"] for place in (await family.do("watch_mine"))["places"]] == [chat["id"]]


async def test_nobody_sees_who_looked_and_silence_closes_nothing(server, people, asked):
    family, contact_id = await asked()
    await family.connect()
    await family.do("watch_mine")
    aino = await takes(people, contact_id)
    for person in (family, aino):
        await person.do("mark_seen", contact_id=contact_id, seq=2)
        await person.do("set_typing", contact_id=contact_id, typing=True)
    await family.settle()
    await aino.settle()
    for person in (family, aino):
        assert not person.all_heard("seen")
        assert not person.all_heard("typing")
    await aino.do("release_contact", contact_id=contact_id)
    await family.hang_up()
    server.clock.move(days=6)
    await server.presence()
    (row,) = await server.query("SELECT state, visitor_state FROM contact WHERE id = ?", contact_id)
    assert (row["state"], row["visitor_state"]) == ("waiting", "here")


@BOTH
@pytest.mark.parametrize("role", ["relative", "professional"])
async def test_an_outsider_sees_received_then_in_touch_and_only_their_own_words(server, people, asked, role):
    teacher, contact_id = await asked(text="olen huolissani Kaisasta", role=role)
    assert "We have received your request." in await reads(teacher)
    await teacher.connect()
    (mine,) = (await teacher.do("watch_mine"))["contacts"]
    assert (mine["state"], mine["last_seq"]) == ("waiting", None)

    aino = await takes(people, contact_id)
    await aino.say(contact_id, ANSWER)
    await aino.do("add_note", contact_id=contact_id, client_id=new_id(), text="perhe tietää")
    await teacher.do("send_message", contact_id=contact_id, client_id=new_id(), text="lisäys")
    await aino.heard("entry", lambda data: data["entry"]["text"] == "lisäys")
    await teacher.settle()

    everything = f"{teacher.events} {await teacher.ask('watch_mine')}"
    answer = await teacher.do("read_entries", contact_id=contact_id, after=0)
    polled = await teacher.http.get(f"{teacher.origin}/en/chat/entries?contact_id={contact_id}&after=0")
    everything += f" {answer} {await polled.text()} {await reads(teacher)}"
    for secret in (ANSWER, "perhe tietää", "Aino", "claimed_by': {'name'"):
        assert secret not in everything
    assert [entry["text"] for entry in answer["entries"]] == [None, "olen huolissani Kaisasta", "lisäys"]
    assert answer["last_seq"] == answer["entries"][-1]["seq"]
    assert "We are in touch." in await reads(teacher)
    (mine,) = (await teacher.do("watch_mine"))["contacts"]
    assert (mine["state"], mine["claimed_by"], mine["answered_at"]) == ("claimed", None, None)

    await aino.do("close_contact", contact_id=contact_id, outcome="handed_over")
    assert "We are in touch." in await reads(teacher)
    assert "handed" not in str((await teacher.do("watch_mine"))["contacts"])
    assert (await post(teacher, "help/answer/erase", contact_id=contact_id))[0] == 303
    everything = f"{await reads(teacher)} {await teacher.ask('watch_mine')}"
    assert {entry["by"]["role"] for entry in await teacher.entries(contact_id)} == {"visitor"}
    assert "Aino" not in everything


async def test_a_waiting_question_of_an_outsider_is_not_woken_by_words_for_the_family(server, people, asked):
    """The long poll answers on news; that there is some would tell that somebody writes."""
    relative, contact_id = await asked(role="relative")
    aino = await takes(people, contact_id)
    with server.running.sockets.hub.listeners.to(await visitor_key(server, contact_id)) as news:
        await aino.say(contact_id, ANSWER)
        await aino.settle()
        assert not news.done()
        await post(relative, "help/answer/messages", contact_id=contact_id, client_id=new_id(), text="hei")
        assert news.done()


async def visitor_key(server, contact_id: str) -> int:
    return (await server.query("SELECT visitor FROM contact WHERE id = ?", contact_id))[0]["visitor"]


@pytest.mark.parametrize("path", ["help/answer", "help/answer/withdraw", "help/answer/erase"])
async def test_the_pages_keep_quiet(asked, path):
    family, _ = await asked()
    async with family.http.get(f"{family.origin}/fi/{path}") as answer:
        page = await answer.text()
        assert answer.headers["Cache-Control"] == "no-store"
    title = re.search("<title>(.*)</title>", page)[1]
    assert not re.search("apu|pyyn|help", title, re.IGNORECASE)
    assert 'href="/exit"' in page
    assert "tel:112" in page

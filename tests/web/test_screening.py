"""The worry test by plain posts: the whole way in three languages, sealed answers, and nothing left behind."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from html import unescape

import pytest

from tests.crowd import People
from tests.people import VisitorPerson, WorkerPerson, new_id
from zoturi import i18n
from zoturi.actions import screening
from zoturi.domain.figures import shown
from zoturi.site_hours import Opening
from zoturi.store import counters
from zoturi.store.vault import week_of

SQLITE = pytest.mark.parametrize("kind", ["sqlite"])
TAPS = {"much": "a_lot", "long": "over_two_weeks", "someone": "nobody"}
SAFE = {"hurt_self": "never"}
NONE = {"danger_young": "none"}


def say(lang: str, sentence: str, **values: object) -> str:
    return i18n.fill(i18n.translations(lang).gettext(sentence), values)


class Page:
    """What came back: its text as a reader sees it, and its sealed field."""

    def __init__(self, status: int, headers, body: str) -> None:
        self.status, self.headers, self.html = status, headers, body
        self.text = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", body)))

    def field(self, name: str) -> str:
        return re.search(rf'name="{name}" value="([^"]*)"', self.html)[1]

    def fields(self, name: str) -> list[str]:
        return re.findall(rf'name="{name}" value="([^"]*)"', self.html)

    def said(self, sentence: str) -> bool:
        return re.sub(r"\s+", " ", sentence) in self.text


class Taker:
    """Somebody who takes the test with a browser that has no scripts."""

    def __init__(self, person: VisitorPerson, lang: str = "fi") -> None:
        self.person, self.lang, self.page = person, lang, None

    async def opens(self) -> Page:
        async with self.person.http.get(f"{self.person.origin}/{self.lang}/worry-test") as answer:
            self.page = Page(answer.status, answer.headers, await answer.text())
        return self.page

    async def posts(self, path: str = "worry-test", **fields: object) -> Page:
        async with self.person.http.post(
            f"{self.person.origin}/{self.lang}/{path}", data=_flat(fields), headers=self.person.same_origin,
            allow_redirects=False,
        ) as answer:  # fmt: skip
            self.page = Page(answer.status, answer.headers, await answer.text())
        return self.page

    async def goes(self, go: str = "next", **fields: object) -> Page:
        return await self.posts(progress=self.page.field("progress"), go=go, **fields)

    async def begins(self, who: str = "worry-13-17", *topics: str) -> Page:
        await self.posts(who=who)
        return await self.goes(topic=list(topics)) if topics else self.page

    async def finishes(self, **danger: object) -> Page:
        """One topic, then the two safety questions."""
        await self.begins("worry-13-17", "sleep")
        await self.goes(**TAPS)
        await self.goes(hurt_self=danger.pop("hurt_self", "never"))
        return await self.goes(danger_young=danger.pop("danger_young", "none"))


def _flat(fields: dict) -> list[tuple[str, str]]:
    return [(k, each) for k, v in fields.items() for each in (v if isinstance(v, list) else [v])]


@pytest.fixture
async def taker(people):
    return Taker(people.stranger())


@pytest.mark.parametrize("lang", ["fi", "sv", "en"])
async def test_the_whole_way_in_three_languages(people, lang):
    taker = Taker(people.stranger(), lang)
    page = await taker.opens()
    assert page.status == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert all(page.said(say(lang, who)) for who in ("I am 10–12", "I am 13–17", "I am 18–24", "I am a parent"))
    page = await taker.posts(who="worry-13-17")
    assert page.said(say(lang, "What weighs on you most?"))
    page = await taker.goes(topic=["sleep", "friends"])
    assert page.said(say(lang, "Question %(n)s of %(total)s", n=1, total=4))
    assert [len(page.fields(name)) for name in ("much", "long", "someone")] == [5, 3, 3]
    page = await taker.goes(**TAPS)
    page = await taker.goes(much="a_little", long="days", someone="somebody")
    assert page.said(say(lang, "Have you thought of hurting yourself, or that you do not want to live?"))
    page = await taker.goes(**SAFE)
    page = await taker.goes(**NONE)
    assert page.said(say(lang, "How things look now"))
    assert page.said(f"{say(lang, 'Sleep')} , {say(lang, 'a big worry')}")
    for reason in ("You said that it bothers you a lot.", "It has gone on for over two weeks.",
                   "You have nobody to talk to about it.", "There is somebody you can talk to."):  # fmt: skip
        assert page.said(say(lang, reason)), reason
    assert page.said(say(lang, "No worry just now: %(topics)s.", topics=say(lang, "Friends and loneliness")))
    assert page.html.count('class="card"') == 3, "one step of each kind"
    assert "<svg" in page.html
    assert "<table>" in page.html
    assert len(page.html.encode()) < 40_000
    assert page.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in page.headers


async def test_everything_may_be_skipped_and_then_nothing_is_claimed(taker):
    await taker.begins("worry-10-12")
    await taker.goes("skip")
    await taker.goes("skip")
    page = await taker.goes("skip")
    assert page.said(say("fi", "You skipped the topics, and that is all right. You may start again whenever you want."))
    assert not page.said(say("fi", "no worry"))
    await taker.begins("worry-10-12", "sleep")
    for _ in range(3):
        page = await taker.goes()
    assert page.said(say("fi", "You skipped this, and that is all right."))
    assert not page.said(say("fi", "no worry"))


async def test_back_keeps_what_was_given_and_leads_to_who_it_is_for(taker):
    await taker.begins("worry-13-17", "sleep", "mood")
    await taker.goes(**TAPS)
    page = await taker.goes("back", much="somewhat")
    assert re.search(r'value="a_lot" checked', page.html)
    await taker.goes()
    assert re.search(r'value="somewhat" checked', taker.page.html)
    for _ in range(3):
        page = await taker.goes("back")
    assert page.said(say("fi", "Who is this for?"))
    page = await taker.posts(progress=page.field("progress"), who="worry-18-24")
    assert not re.search("checked", page.html)


async def test_too_many_topics_or_none_are_told_with_everything_kept(taker):
    await taker.begins("worry-13-17")
    page = await taker.goes()
    assert (page.status, page.said(say("fi", "Choose at least one, or skip this."))) == (422, True)
    page = await taker.goes(topic=["mood", "sleep", "school", "bullying", "identity"])
    assert page.status == 422
    assert 'role="alert"' in page.html
    assert page.html.count(" checked") == 5
    page = await taker.goes(topic=["mood"])
    assert page.status == 200


@pytest.mark.parametrize(
    ("answers", "titles"),
    [
        ({"hurt_self": "thoughts"}, ["You told us about very hard thoughts."]),
        ({"hurt_self": "now"}, ["You told us that you may hurt yourself now."]),
        ({"danger_young": ["hurt", "away"]},
         ["You told us that somebody hurts or threatens you.", "You told us that you have run away."]),
        ({"danger_young": ["overdose"], "hurt_self": "done"},
         ["You told us that somebody took too much or does not wake up.", "You told us that you have hurt yourself."]),
    ],
)  # fmt: skip
async def test_a_safety_answer_shows_at_once_and_nothing_says_that_all_is_well(taker, answers, titles):
    await taker.begins("worry-13-17", "sleep", "school")
    await taker.goes(much="not_at_all")
    await taker.goes(much="not_at_all")
    page = await taker.goes(hurt_self=answers.get("hurt_self", "never"))
    if "hurt_self" in answers:
        assert page.said(say("fi", titles[-1])), "on the very next page"
    page = await taker.goes(danger_young=answers.get("danger_young", "none"))
    assert all(page.said(say("fi", title)) for title in titles)
    assert 'href="tel:112"' in page.html
    assert page.said(say("fi", "Talk now, you go first in line"))
    for comfort in ("no worry", "Nothing you chose weighs much on you just now."):
        assert not page.said(say("fi", comfort))
    assert page.said(say("fi", "You told us something important. Look first at the box above."))
    assert page.html.index("tel:112") < page.html.index('id="result"')


async def test_violence_shows_nollalinja_and_an_overdose_112_first_and_poison_information(taker):
    page = await taker.finishes(danger_young="home")
    panel = page.html[page.html.index('class="crisis"') : page.html.index('id="result"')]
    assert "080 005 005" in panel
    assert panel.index('name="carry"') < panel.index("tel:112"), "the chat first"
    page = await taker.finishes(danger_young="overdose")
    panel = page.html[page.html.index('class="crisis"') : page.html.index('id="result"')]
    assert "0800 147 111" in panel
    assert panel.index("tel:112") < panel.index('name="carry"'), "112 first when life is in danger"


@pytest.mark.parametrize("who", ["worry-10-12", "worry-13-17", "worry-18-24", "worry-parent", "worry-anyone"])
async def test_every_stated_danger_of_every_age_group_gets_its_panel(taker, server, who):
    asked = server.house.questionnaires[who]
    for part in asked.always:
        for question in part.questions:
            for option in question.options:
                await taker.begins(who)
                await taker.goes("skip")
                if part is asked.always[1]:
                    await taker.goes("skip")
                page = await taker.goes(**{question.id: option.id})
                assert ('class="crisis"' in page.html) == (option.flag is not None), option.id


async def test_a_changed_foreign_or_old_field_starts_again_in_a_friendly_way(taker, server):
    await taker.begins("worry-13-17", "sleep")
    good = taker.page.field("progress")
    flipped = good[:40] + ("A" if good[40] != "A" else "B") + good[41:]
    for bad in ("", "x", flipped, good[:-8], good + "AAAA", good * 3, "Ä" * 50, "=" * 40, "a" * 60_000, "\x00", "%"):
        page = await taker.posts(progress=bad, go="next", **TAPS)
        assert page.status < 500, bad[:20]
        assert page.said(say("fi", "Who is this for?")), bad[:20]
    carry = screening.seal_safety(server.db.vault, screening.begin(server.house.questionnaires["worry-13-17"], 0), 0)
    assert (await taker.posts(progress=carry, go="next")).said(say("fi", "Who is this for?")), "another kind of token"
    assert (await taker.posts(progress=good, go="next", **TAPS)).status == 200
    known = dict(server.house.questionnaires)
    for change in ({"version": 2}, {"mark": "another"}):
        other = {**known, "worry-13-17": dataclasses.replace(known["worry-13-17"], **change)}
        object.__setattr__(server.house, "questionnaires", other)
        page = await taker.posts(progress=good, go="next", **TAPS)
        assert page.said(
            say("fi", "Let us start again. The page had waited too long or has changed since then. Nothing was stored.")
        ), change
    object.__setattr__(server.house, "questionnaires", known)
    server.clock.move(hours=2, minutes=1)
    page = await taker.posts(progress=good, go="next", **TAPS)
    assert (page.status, page.said(say("fi", "Who is this for?"))) == (422, True)


async def test_garbage_is_no_answer(taker):
    await taker.posts(who="worry-77")
    assert taker.page.said(say("fi", "Who is this for?"))
    await taker.begins("worry-13-17", "sleep")
    await taker.goes(much=["a_lot", "a_little"], long="for ever", someone="<script>", extra="x")
    page = await taker.goes(hurt_self="DROP TABLE", go="sideways")
    page = await taker.goes(danger_young=["nothing", "\x00"])
    assert page.said(say("fi", "You skipped this, and that is all right."))
    assert "<script>" not in page.html.replace("<script type", "")
    assert 'class="crisis"' not in page.html


async def test_nothing_is_stored_and_nothing_stands_in_the_address(taker, server):
    everything = "SELECT (SELECT count(*) FROM visitor) AS v, (SELECT count(*) FROM contact) AS c"
    before = await server.query(everything)
    page = await taker.finishes(hurt_self="thoughts")
    assert taker.person.http.cookie_jar.filter_cookies(taker.person.origin) == {}
    assert await server.query(everything) == before
    assert not re.search(r'(?:href|action)="[^"]*(?:sleep|much|worry-13|\?)[^"]*"', page.html)
    for word in ("sleep", "a_lot", "hurt_self"):
        assert word not in server.log


async def test_a_post_from_elsewhere_is_refused(people):
    stranger = people.stranger()
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        async with stranger.http.post(
            f"{stranger.origin}/fi/worry-test", data={"who": "worry-13-17"}, headers=headers
        ) as answer:
            assert answer.status == 403


async def test_the_ticked_answers_go_along_and_the_rest_does_not(taker, people, server):
    await taker.begins("worry-13-17", "sleep", "friends", "school")
    for _ in range(3):
        await taker.goes(**TAPS)
    await taker.goes(**SAFE)
    page = await taker.goes(**NONE)
    tokens = page.fields("carry")
    assert len(tokens) == 3
    aino = await people.on_duty("aino")
    chat = {"client_id": page.field("client_id"), "language": "fi", "age_group": "13-17", "carry": tokens[:2]}
    page = await taker.posts("chat", **chat)
    assert (page.status, page.headers["Location"]) == (303, "/fi/chat")
    taken = await aino.do("claim_next")
    opened = taken["entries"][0]
    assert opened["kind"] == "opened"
    carried = opened["data"]["carried"]
    assert (carried["questionnaire"], carried["version"], carried["safety"]) == ("worry-13-17", 1, [])
    assert [(row["topic"], row["question"], row["answer"]) for row in carried["answers"]] == [
        (topic, question, TAPS[question]) for topic in ("sleep", "friends") for question in TAPS
    ]
    assert "big" not in str(taken), "answers, never zones"
    contact = taken["contact"]
    assert (contact["topics"], contact["age_group"]) == (["sleep", "loneliness"], "13-17")
    assert (contact["urgency"], contact["urgency_reason"]) == ("normal", None)
    stored = await server.query("SELECT body FROM entry")
    assert not any(row["body"] and b"a_lot" in bytes(row["body"]) for row in stored), "sealed"


async def test_a_safety_answer_goes_first_in_the_queue_with_its_stated_reason(taker, people):
    aino = await people.on_duty("aino")
    earlier = await people.visitor()
    await earlier.open_contact()
    page = await taker.finishes(hurt_self="thoughts", danger_young="hurt")
    token = page.fields("carry")[0]
    page = await taker.posts("chat", client_id=new_id(), language="fi", carry=token)
    assert page.status == 303
    queue = (await aino.do("watch_desk"))["queue"]
    assert [contact["urgency_reason"] for contact in queue] == ["says_hurt_or_threatened", None]
    taken = await aino.do("claim_next")
    assert taken["entries"][0]["data"]["carried"]["safety"] == [
        "says_hurt_or_threatened", "says_thinks_of_hurting_self",
    ]  # fmt: skip
    assert taken["entries"][0]["data"]["carried"]["answers"] == []


async def test_a_safety_answer_reaches_a_chat_that_is_open_already(people, server):
    visitor, aino, contact_id = await people.talking()
    taker = Taker(visitor)
    page = await taker.finishes(danger_young="home")
    page = await taker.posts("chat", client_id=new_id(), language="fi", carry=page.fields("carry")[0])
    assert page.status == 303
    changed = await aino.heard("contact_changed", lambda data: data["contact"]["urgency"] == "flagged")
    assert changed["contact"]["urgency_reason"] == "says_not_safe_at_home"
    assert len(await server.query("SELECT * FROM contact")) == 1


async def test_carry_over_the_socket_and_what_old_or_changed_tokens_do(people, server, clock):
    taker = Taker(people.stranger())
    page = await taker.finishes(hurt_self="done")
    safety, sleep = page.fields("carry")[0], page.fields("carry")[-1]
    visitor = await people.visitor()
    fields = {"client_id": new_id(), "language": "fi", "carry": f"{safety}.{sleep}"}
    opened = await visitor.do("open_contact", **fields)
    assert opened["carried"] is True
    entry = (await visitor.do("read_entries", contact_id=opened["contact"]["id"], after=0))["entries"][0]
    assert entry["data"]["carried"]["safety"] == ["says_hurt_self"]
    assert (await visitor.do("open_contact", **fields))["carried"] is True, "the same again answers the same"
    again = await visitor.ask("open_contact", **(fields | {"carry": sleep}))
    assert again["code"] == "conflict"

    clock.move(minutes=61)
    assert (await visitor.do("open_contact", **fields))["contact"]["id"] == opened["contact"]["id"]
    for token in (safety, sleep[:-6] + "AAAAAA", "nothing", f"{sleep}." * 3, "." * 30):
        other = await people.visitor()
        answer = await other.do("open_contact", client_id=new_id(), language="fi", carry=token)
        assert answer["carried"] is False, token[:20]
        assert answer["contact"]["topics"] == []
    other = await people.visitor()
    refused = await other.ask("open_contact", client_id=new_id(), language="fi", carry="x" * 8193)
    assert (refused["code"], refused["field"]) == ("bad_field", "carry")


async def test_tokens_of_two_tries_are_not_mixed(people):
    one, two = Taker(people.stranger()), Taker(people.stranger())
    first = (await one.finishes()).fields("carry")[0]
    second = (await two.finishes()).fields("carry")[0]
    visitor = await people.visitor()
    answer = await visitor.do("open_contact", client_id=new_id(), language="fi", carry=f"{first}.{second}")
    assert answer["carried"] is False


async def test_erasing_the_chat_erases_what_was_brought_along(taker, people, server):
    page = await taker.finishes()
    visitor = await people.visitor()
    opened = await visitor.do("open_contact", client_id=new_id(), language="fi", carry=page.fields("carry")[0])
    await visitor.do("erase_contact", contact_id=opened["contact"]["id"])
    assert all(row["body"] is None for row in await server.query("SELECT body FROM entry"))


ASKS = ({"danger_now": "no"}, {"for_whom": "myself"}, {"role": "young_person"}, {}, {"area": "else"}, {}, {},
        {"language": "fi", "interpreter": "no"}, {"contact_by": "reply_here"})  # fmt: skip
AT_ONCE = {name: value for step in ASKS for name, value in step.items()} | {"topics": "mood"}


async def asks_to_be_contacted(taker: Taker, *tokens: str) -> Page:
    """From the result to the page that shows everything once more."""
    await taker.posts("help", carry=list(tokens))
    assert taker.page.said("Is somebody in danger right now?")
    assert taker.page.said("The answers you chose in the worry test are with you.")
    for step in ASKS:
        page = await goes_on(taker, **step)
    return page


async def goes_on(taker: Taker, go: str = "next", **given: str) -> Page:
    return await taker.posts("help", progress=taker.page.field("progress"), go=go, **given)


@SQLITE
async def test_the_ticked_answers_go_along_with_a_help_request_too(people, server):
    aino = await people.on_duty("aino")
    taker = Taker(people.stranger(), "en")
    page = await taker.finishes(danger_young="hurt")
    assert page.html.index('formaction="/en/help"') > page.html.index("Talk about this now")
    page = await asks_to_be_contacted(taker, page.fields("carry")[0], page.fields("carry")[-1])
    assert page.said("These answers go along: Sleep and what you told about danger.")
    assert page.said("You told us that somebody hurts or threatens you.")
    page = await goes_on(taker, "send")
    assert (page.status, page.headers["Location"]) == (303, "/en/help/receipt")
    (queued,) = (await aino.do("watch_desk"))["queue"]
    assert (queued["channel"], queued["urgency_reason"]) == ("help_button", "says_hurt_or_threatened")
    taken = await aino.do("claim_next")
    carried = taken["entries"][0]["data"]["carried"]
    assert carried["safety"] == ["says_hurt_or_threatened"]
    assert [(row["topic"], row["question"], row["answer"]) for row in carried["answers"]] == [
        ("sleep", question, TAPS[question]) for question in TAPS
    ]
    assert taken["contact"]["topics"] == ["sleep"]
    stored = await server.query("SELECT body FROM entry")
    assert not any(row["body"] and b"a_lot" in bytes(row["body"]) for row in stored), "sealed"
    assert "a_lot" not in server.log
    (counted,) = await server.query("SELECT * FROM counter WHERE event = 'carried_on'")
    assert (counted["number"], counted["language"]) == (1, "fi")


@SQLITE
async def test_what_is_left_out_or_old_stays_behind_and_the_request_is_sent_anyway(people, clock):
    aino = await people.on_duty("aino", capacity=9)

    async def arrives() -> tuple[dict, dict | None]:
        taken = await aino.do("claim_next")
        return taken["contact"], taken["entries"][0]["data"]

    left, late, whole, bad = takers = [Taker(people.stranger(), "en") for _ in range(4)]
    pages = [await taker.finishes(danger_young="hurt") for taker in takers]
    tokens = [(page.fields("carry")[0], page.fields("carry")[-1]) for page in pages]
    await asks_to_be_contacted(left, *tokens[0])
    page = await goes_on(left, "alone")
    assert not page.said("These answers go along")
    assert (await goes_on(left, "send")).status == 422, "now there is nothing to answer"
    await left.posts("help", client_id=new_id(), **AT_ONCE)
    contact, data = await arrives()
    assert (contact["topics"], contact["urgency"], data) == (["mood"], "normal", None)

    # At once, with a mistake first: they wait on the page to be sent again, and a repeat is no second request.
    page = await whole.posts("help", client_id=new_id(), carry=list(tokens[2]), **AT_ONCE | {"area": "atlantis"})
    assert page.status == 422
    fields = AT_ONCE | {"client_id": page.field("client_id"), "carry": page.field("carry")}
    assert [(await whole.posts("help", **fields)).headers["Location"] for _ in "ab"] == ["/en/help/receipt"] * 2
    assert (await whole.posts("help", **fields | {"carry": ""})).headers["Location"] == "/en/help/receipt?sent=before"
    contact, data = await arrives()
    assert (contact["topics"], contact["urgency"]) == (["mood", "sleep"], "flagged")
    assert data["carried"]["questionnaire"] == "worry-13-17"

    await asks_to_be_contacted(late, *tokens[1])
    await goes_on(late, "topics")
    await goes_on(late, topics="mood")
    clock.move(minutes=61)
    page = await goes_on(late, "look")
    assert page.said("waited for over an hour, so they do not go along")
    assert (await goes_on(late, "send")).status == 303
    contact, data = await arrives()
    assert (contact["topics"], contact["urgency"], data) == (["mood"], "normal", None)
    assert (await whole.posts("help", **fields)).headers["Location"] == "/en/help/receipt", "old by now, but the same"
    for token in (tokens[3][0][:-6] + "AAAAAA", "x" * 9000):
        assert (await bad.posts("help", client_id=new_id(), carry=token, **AT_ONCE)).status == 303
        assert (await arrives())[1] is None


async def test_when_the_chat_is_closed_it_says_when_it_opens_and_what_is_always_open(serve):
    server = await serve()
    nights = Opening.model_validate({"days": "mon-fri", "opens": "03:00", "closes": "03:01"}).window()
    object.__setattr__(server.house, "site", server.site.model_copy(update={"hours": {"fi": (nights,)}}))
    people = People(server)
    taker = Taker(people.stranger(WorkerPerson))
    page = await taker.finishes(danger_young="hurt")
    panel = page.html[page.html.index('class="crisis"') : page.html.index('id="result"')]
    assert 'name="carry"' not in panel
    assert 'action="/fi/chat"' not in page.html
    assert 'action="/fi/help"' in page.html, "then this is the way"
    assert "tel:112" in panel
    assert "080 005 005" in panel
    assert say("fi", "These answer now:") in page.text or "Nämä vastaavat nyt" in page.text
    assert page.said(say("fi", "These are always open:"))
    await people.leave()


async def test_only_counters_are_kept_by_week_age_group_and_language(people, server):
    for lang in ("fi", "fi", "sv"):
        taker = Taker(people.stranger(), lang)
        page = await taker.finishes()
        await taker.goes("back")
        page = await taker.goes(danger_young="none")  # the same try, finished twice
    await taker.begins("worry-parent", "coping")
    visitor = await people.visitor()
    await visitor.do("open_contact", client_id=new_id(), language="sv", carry=page.fields("carry")[0])
    await server.jobs["counts"]()
    week = week_of(server.clock())
    cells = await server.db.read(counters.of_weeks, week, week)
    assert {(c["event"], c["age_group"], c["language"]): c["number"] for c in cells if "." not in c["event"]} == {
        ("started", "13-17", "fi"): 2, ("finished", "13-17", "fi"): 2,
        ("started", "13-17", "sv"): 1, ("finished", "13-17", "sv"): 1, ("carried_on", "13-17", "sv"): 1,
        ("started", "parent", "sv"): 1,
    }  # fmt: skip
    assert set(shown({c["event"]: c["number"] for c in cells}).values()) == {None}, "so few are never shown"
    await server.jobs["counts"]()
    assert await server.db.read(counters.of_weeks, week, week) == cells


async def test_counts_survive_a_stop(people, server):
    await Taker(people.stranger()).begins("worry-10-12")
    await server.restart()
    assert [row["number"] for row in await server.query("SELECT number FROM counter")] == [1]


async def test_result_pages_touch_no_database(taker, server, monkeypatch):
    await taker.begins("worry-13-17", "sleep")
    await taker.goes(**TAPS)
    await taker.goes(**SAFE)
    asked = []

    def watched(way):
        async def ask(db, deed, *given):
            if "RequestHandler" in asyncio.current_task().get_coro().__qualname__:  # jobs go on meanwhile
                asked.append(deed)
            return await way(db, deed, *given)

        return ask

    for name in ("read", "write"):
        monkeypatch.setattr(type(server.db), name, watched(getattr(type(server.db), name)))
    page = await taker.goes(danger_young="hurt")
    assert (page.status, asked) == (200, [])
    await taker.posts("chat", client_id=new_id(), language="fi", carry=page.fields("carry")[0])
    assert asked, "what the watch is worth"

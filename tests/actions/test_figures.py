"""Figures from day one: counted with the deed, kept after the contact, small groups hidden, no formula in the file."""

import csv
import io

from tests.crowd import People
from tests.house import demo_site
from tests.people import new_id
from tests.web.staff_pages import get
from zoturi.actions import figures
from zoturi.domain.figures import protected
from zoturi.web.manage_figures import guarded


async def counts(server):
    rows = await server.query("SELECT event, language, sum(number) AS n FROM counter GROUP BY event, language")
    return {(row["event"], row["language"]): row["n"] for row in rows}


async def test_a_chat_is_counted_from_its_opening_to_its_thanks(people, server):
    visitor = await people.visitor()
    aino = await people.on_duty("aino")
    contact = await visitor.open_contact()
    server.clock.move(minutes=3)
    await aino.do("claim_contact", contact_id=contact["id"])
    await aino.do("release_contact", contact_id=contact["id"])
    await aino.do("claim_contact", contact_id=contact["id"])
    server.clock.move(minutes=20)
    await aino.do("close_contact", contact_id=contact["id"], outcome="advice")
    await aino.do("close_contact", contact_id=contact["id"], outcome="test")
    for helped in (4, 1):
        await visitor.do("give_feedback", contact_id=contact["id"], helped=helped)
    assert await counts(server) == {
        ("chat.opened", "fi"): 1,
        ("chat.answered", "fi"): 1,
        ("chat.wait.1", "fi"): 1,
        ("chat.length.2", "fi"): 1,
        ("chat.outcome.advice", "fi"): 1,
        ("chat.helped.4", "fi"): 1,
    }


async def test_who_leaves_before_an_answer_is_counted_so(people, server):
    for _ in range(2):
        visitor = await people.visitor()
        contact = await visitor.open_contact()
        await visitor.do("leave_contact", contact_id=contact["id"])
    assert (await counts(server))["chat.left_waiting", "fi"] == 2
    assert ("chat.answered", "fi") not in await counts(server)


async def test_a_repeated_command_counts_once(people, server):
    visitor = await people.visitor()
    fields = {"client_id": new_id(), "language": "sv"}
    for _ in range(3):
        await visitor.do("open_contact", **fields)
    assert (await counts(server))["chat.opened", "sv"] == 1


async def test_a_refused_deed_counts_nothing(people, server):
    visitor = await people.visitor()
    await visitor.open_contact()
    await visitor.refused("open_contact", client_id=new_id(), language="fi")
    assert (await counts(server))["chat.opened", "fi"] == 1


async def test_who_finds_it_closed_is_counted_once_a_session(serve, clock):
    site = demo_site().model_copy(update={"hours": {"fi": demo_site().hours["fi"], "sv": ()}})
    server = await serve(site=site)
    people = People(server)
    visitor = await people.visitor(connect=False)
    for _ in range(3):
        await get(visitor, "/sv/chat")
    await server.jobs["counts"]()
    assert (await counts(server)) == {("chat.away_language", "sv"): 1}
    await people.leave()


async def test_figures_outlive_purge_and_hide_small_groups(people, server):
    def count(tx):
        week = figures.last_weeks(server.clock(), 1)[0]
        for event, language, number in (
            ("opened", "fi", 40),
            ("opened", "sv", 3),
            ("opened", "en", 9),
            ("answered", "fi", 30),
            ("helped.5", "fi", 12),
            ("helped.1", "fi", 2),
        ):
            figures.counters.add(tx, week, f"chat.{event}", "", language, number)

    await server.write(count)
    server.clock.move(days=1)
    weeks = figures.last_weeks(server.clock(), 2)
    found = await server.db.read(figures.read, "chat", weeks, None)
    assert found.languages["opened"].cells == {"en": None, "fi": 40, "sv": None}  # the next smallest hides with it
    assert found.flow["opened"].total == 52
    assert found.helped.cells["helped.5"] is None
    signe = await people.worker("signe", connect=False)
    status, _, page = await get(signe, "/manage/figures")
    assert status == 200
    assert ">40<" in page
    assert '<td class="n">3<' not in page
    async with signe.http.get(f"{server.origin}/manage/figures.csv") as answer:
        assert answer.headers["Content-Type"].startswith("text/csv")
        rows = list(csv.reader(io.StringIO((await answer.read()).decode("utf-8-sig"))))
    assert rows[0] == ["week", "channel", "language", "event", "number"]
    assert [row[2:] for row in rows[1:] if row[3] == "opened"] == [
        ["en", "opened", ""],
        ["fi", "opened", "40"],
        ["sv", "opened", ""],
    ]


def test_a_hidden_cell_can_not_be_worked_out_from_the_sum():
    assert protected({"a": 100, "b": 3, "c": 20}) == {"a": 100, "b": None, "c": None}
    assert protected({"a": 100, "b": 3, "c": 2, "d": 20}) == {"a": 100, "b": None, "c": None, "d": 20}
    assert protected({"a": 100, "b": 0}) == {"a": 100, "b": None}
    assert protected({"a": 4}) == {"a": None}
    assert protected({}) == {}


def test_no_cell_of_the_file_is_a_formula():
    for cell in ("=1+1", "+1", "-1", "@x", "\tx", "\rx"):
        assert guarded(cell) == "'" + cell
    assert guarded("fi") == "fi"

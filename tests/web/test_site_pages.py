"""Opening hours, name, colours, areas and crisis lines, changed while the server runs; the files stay as they are."""

import html
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.crowd import People
from tests.house import PASSWORD, demo_site
from tests.people import WorkerPerson, new_id
from tests.web.staff_pages import get, post
from zoturi import site_files
from zoturi.actions import site_settings
from zoturi.domain.hours import Window

ONE = pytest.mark.parametrize("kind", ["sqlite"])
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
CLOSED = {"fi.rows": "0", "sv.rows": "0", "en.rows": "0", "exceptions.rows": "0"}


@pytest.fixture
async def signe(people):
    return await people.worker("signe", connect=False)


@pytest.fixture
async def admin(people):
    return await people.worker("admin", connect=False)


def fields_on(page):
    """The form of the hours as the page holds it, ready to be posted again."""
    form = page[page.index('action="/manage/hours"') :]
    form = form[: form.index("</form>")]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag)[1], re.search(r'value="([^"]*)"', tag)
        if 'type="checkbox"' not in tag or " checked" in tag:
            found.setdefault(name, []).append(html.unescape(value[1]) if value else "")
    for name, inner in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        found[name] = [chosen[1] if chosen else ""]
    return found


async def test_a_language_without_hours_closes_at_once_and_opens_again(people, signe):
    visitor = await people.visitor()
    assert (await post(signe, "/manage/hours", **CLOSED, **{"sv.always": "yes"}))[1][
        "Location"
    ] == "/manage/hours?done=changed"
    assert await visitor.refused("open_contact", client_id=new_id(), language="fi") == "closed_now"
    await visitor.open_contact(language="sv")
    assert (await post(signe, "/manage/hours/file"))[1]["Location"] == "/manage/hours?done=taken_back"
    other = await people.visitor()
    await other.open_contact(language="fi")


async def says_somebody_is_there(people) -> bool:
    return "Someone is here." in (await get(people.stranger(), "/en/"))[2]


@ONE
async def test_the_home_page_says_at_once_what_staff_changed(people, signe):
    """It is drawn once a minute for all; what was changed within that minute is on it all the same."""
    assert await says_somebody_is_there(people)
    for stop, given, begin in (
        ("/manage/now/close", {}, "/manage/now/open"),
        ("/manage/hours", CLOSED, "/manage/hours/file"),
    ):
        assert (await post(signe, stop, **given))[0] == 303
        assert not await says_somebody_is_there(people)
        assert (await post(signe, begin))[0] == 303
        assert await says_somebody_is_there(people)


@ONE
async def test_the_home_page_closes_on_the_minute(serve, clock):
    now = datetime.fromtimestamp(clock() / 1000, ZoneInfo("Europe/Helsinki"))
    began, ends = now - timedelta(hours=1), now.replace(second=0, microsecond=0) + timedelta(minutes=3)
    window = Window(frozenset({began.weekday()}), began.time(), ends.time())
    people = People(await serve(site=demo_site().model_copy(update={"hours": {"en": (window,)}})))
    clock.move(seconds=ends.timestamp() - clock() / 1000 - 20)
    assert await says_somebody_is_there(people)
    clock.move(seconds=20)
    assert not await says_somebody_is_there(people)
    await people.leave()


async def test_what_was_written_is_in_the_form_again(signe, server):
    given = {
        "fi.rows": "2",
        "fi.0.days": ["mon", "wed"],
        "fi.0.opens": "12",
        "fi.0.closes": "20:00",
        "fi.1.days": ["sat"],
        "fi.1.opens": "14.30",
        "fi.1.closes": "24:00",
        "fi.1.weeks": "odd",
        "sv.always": "yes",
        "en.rows": "0",
        "exceptions.rows": "2",
        "exceptions.0.date": "2026-12-24",
        "exceptions.1.date": "2026-12-31",
        "exceptions.1.opens": "12:00",
        "exceptions.1.closes": "16:00",
        "exceptions.1.languages": ["fi"],
        "holidays": "closed",
    }
    assert (await post(signe, "/manage/hours", **given))[0] == 303
    page = (await get(signe, "/manage/hours"))[2]
    again = fields_on(page)
    assert again["fi.1.opens"] == ["14:30"]
    assert again["fi.1.closes"] == ["24:00"]
    assert again["fi.1.weeks"] == ["odd"]
    assert again["fi.0.days"] == ["mon", "wed"]
    assert again["exceptions.1.languages"] == ["fi"]
    before = await server.query("SELECT value FROM setting WHERE name = 'site:hours'")
    assert (await post(signe, "/manage/hours", **again))[0] == 303  # saving the same again changes nothing
    assert fields_on((await get(signe, "/manage/hours"))[2]) == again
    assert before != []


@pytest.mark.parametrize(
    "wrong",
    [
        {"fi.0.opens": "12:00", "fi.0.closes": "12:00", "fi.0.days": ["mon"]},
        {"fi.0.opens": "25:00", "fi.0.closes": "12:00", "fi.0.days": ["mon"]},
        {"fi.0.opens": "10", "fi.0.closes": "", "fi.0.days": ["mon"]},
        {"fi.0.opens": "10", "fi.0.closes": "12"},
        {"exceptions.rows": "1", "exceptions.0.date": "24.12.2026"},
        {"exceptions.rows": "1", "exceptions.0.date": "2026-12-24", "exceptions.0.opens": "12:00"},
        {"holidays": "own", "holidays.opens": "12:00"},
        {"fi.0.opens": "<b>", "fi.0.closes": "12", "fi.0.days": ["mon"]},
    ],
)
async def test_hours_that_do_not_fit_change_nothing_and_are_kept_in_the_form(signe, server, wrong):
    status, _, page = await post(signe, "/manage/hours", **CLOSED | {"fi.rows": "1"} | wrong)
    assert status == 422
    assert "<b>" not in fields_on(page)
    for name, value in wrong.items():
        if name.endswith(("opens", "closes", "date")) and value:
            assert fields_on(page)[name] == [value]
    assert await server.query("SELECT 1 FROM setting WHERE name = 'site:hours'") == []


async def test_hours_are_kept_over_a_restart(server, signe):
    await post(signe, "/manage/hours", **CLOSED)
    await server.restart()
    assert server.house.site.hours == {"fi": (), "sv": (), "en": ()}


async def test_a_kept_change_that_no_longer_fits_means_closed(server):
    await server.write(
        lambda tx: tx.run(
            "INSERT INTO setting (name, value) VALUES ('site:hours', '{\"chat\": 7}'), ('site:version', 'x')"
        )
    )
    await server.jobs["site"]()
    assert not any(server.house.site.hours.values())
    assert "site_change_unfit" in server.log


async def test_the_name_and_colours_change_on_every_page(admin, server, people):
    form = {"name.fi": "Meidän kunta", "name.sv": "Vår kommun", "light.light": "#aabbcc"}
    assert (await post(admin, "/manage/site/look", **form))[0] == 303
    stranger = people.stranger()
    page = (await get(stranger, "/fi/"))[2]
    assert "Meidän kunta" in page
    assert "/theme.css" in page
    assert "#aabbcc" in (await get(stranger, "/theme.css"))[2]
    assert "Vår kommun" in (await get(stranger, "/sv/"))[2]
    await post(admin, "/manage/site/file", section="look")
    assert "Meidän kunta" not in (await get(stranger, "/fi/"))[2]


@pytest.mark.parametrize("wrong", ["red", "#12", "#12345g", "url(x)", "#aabbcc;}"])
async def test_a_colour_that_is_none_is_refused(admin, server, wrong):
    assert (await post(admin, "/manage/site/look", **{"name.fi": "X", "light.light": wrong}))[0] == 422
    assert server.house.site.theme is None


async def test_areas_are_offered_and_checked(admin, people, server):
    form = {"rows": "3", "0.id": "lainela", "0.fi": "Lainela", "1.id": "suvanto", "1.fi": "Suvanto", "1.sv": "Selet"}
    assert (await post(admin, "/manage/site/areas", **form))[0] == 303
    visitor = await people.visitor()
    await visitor.open_contact(area="suvanto")
    other = await people.visitor()
    assert await other.refused("open_contact", client_id=new_id(), language="fi", area="lumikyla") == "bad_field area"
    for wrong in (
        {"rows": "2", "0.id": "a", "0.fi": "A", "1.id": "a", "1.fi": "B"},
        {"rows": "1", "0.id": "No id", "0.fi": "A"},
        {"rows": "1", "0.id": "a"},
        {"rows": "1", "0.id": "else", "0.fi": "A"},
    ):
        assert (await post(admin, "/manage/site/areas", **wrong))[0] == 422


async def test_confirming_the_last_lines_opens_the_doors(serve, clock):
    """A real site whose crisis lines wait to be confirmed: the doors open with the last one."""
    lines = tuple(
        line.model_copy(update={"confirmed": False, "verified_on": None}) for line in demo_site().crisis_lines
    )
    site = demo_site().model_copy(update={"crisis_lines": lines, "social_emergency_number": "08 123 4567"})
    server = await serve(site=site, doors_open=False)
    object.__setattr__(server.house, "demo", False)
    people = People(server)
    admin = await people.worker("admin", connect=False)
    stranger = people.stranger()
    assert (await get(stranger, "/fi/"))[0] == 503
    ids = [line.id for line in lines]
    assert (await post(admin, "/manage/site/lines", line=ids[1:]))[0] == 303
    assert (await get(stranger, "/fi/"))[0] == 503
    assert (await post(admin, "/manage/site/lines", line=ids[:1]))[0] == 303
    assert (await get(stranger, "/fi/"))[0] == 200
    # A row that the file changes later is confirmed no more.
    changed = site.model_copy(update={"crisis_lines": (lines[0].model_copy(update={"number": "113"}), *lines[1:])})
    used = await server.db.read(site_settings.as_used, changed)
    assert [row.id for row in used.crisis_lines if not row.confirmed] == [lines[0].id]
    assert len(site_files.missing(used)) == 1
    assert (await post(admin, "/manage/site/lines", line=["nobody"]))[0] == 422
    await people.leave()


async def test_changing_the_site_needs_a_fresh_proof(people, server):
    admin = people.stranger(WorkerPerson)
    await admin.sign_in("admin@demo.example", PASSWORD)
    server.clock.move(minutes=6)
    assert 'name="proof"' in (await post(admin, "/manage/site/look", **{"name.fi": "X"}))[2]
    assert (await post(admin, "/manage/site/look", **{"name.fi": "X"}, proof=PASSWORD))[0] == 303

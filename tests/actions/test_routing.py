"""Who gets what comes in: the named worker, while away the deputy, else the team; and nobody waits past a promise unseen."""

from __future__ import annotations

import email
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.crowd import People
from tests.house import demo_site
from tests.people import new_id
from zoturi.actions import alarms, entry, routing
from zoturi.actions.queue import move_up_late
from zoturi.domain.routing import Rule
from zoturi.store import contacts
from zoturi.store.contacts import Details

HELSINKI = ZoneInfo("Europe/Helsinki")
SCHOOL, CLINIC, DAYCARE = "kuusimaen-koulu", "lumikylan-neuvola", "tikkalan-paivakoti"


@pytest.fixture
def kind():
    """The rules are the same on both databases, and their statements plain."""
    return "sqlite"


def routed(tx, site=None, **facts):
    facts = {"channel": "help_button", "language": "fi", **facts}
    found = routing.route(tx, site or demo_site(), **facts)
    return found.rule, found.team.id, found.worker_name, found.why


async def say_away(people, name, day):
    worker = await people.worker(name, connect=False)
    address = f"{worker.origin}/desk/account/absence"
    async with worker.http.post(address, data={"until": day}, headers=worker.same_origin) as answer:
        return answer.status, await answer.text()


async def test_while_the_named_worker_is_away_the_deputy_answers_then_the_team(server, people, clock):
    today = datetime.fromtimestamp(clock() / 1000, HELSINKI).date()
    named, why = ("named-worker", "nuoret"), ("unit_kind", "urgency", "unit")
    assert await server.write(lambda tx: routed(tx, unit=SCHOOL)) == (*named, "Aino", (*why, "named_worker"))
    status, page = await say_away(people, "aino", today.isoformat())
    assert status == 200 and f'value="{today.isoformat()}"' in page
    assert await server.write(lambda tx: routed(tx, unit=SCHOOL)) == (
        *named, "Onni", (*why, "named_worker_away", "deputy")
    )  # fmt: skip
    await server.write(lambda tx: tx.run("UPDATE worker SET disabled = 1 WHERE name = 'Onni'"))
    assert await server.write(lambda tx: routed(tx, unit=SCHOOL)) == (
        *named, None, (*why, "named_worker_away", "deputy_away", "team")
    )  # fmt: skip
    # The absence ends with its day.
    clock.move(days=1)
    assert (await server.write(lambda tx: routed(tx, unit=SCHOOL)))[2] == "Aino"


async def test_an_absence_begins_today_at_the_earliest_and_ends_when_one_is_back(server, people, clock):
    today = datetime.fromtimestamp(clock() / 1000, HELSINKI).date()
    for wrong in ((today - timedelta(days=1)).isoformat(), "tomorrow", "9999-12-31"):
        assert (await say_away(people, "aino", wrong))[0] == 422
    later = (today + timedelta(days=9)).isoformat()
    assert (await say_away(people, "aino", later))[0] == 200
    admin = await people.worker("admin", connect=False)
    (aino,) = await server.query("SELECT id FROM worker WHERE name = 'Aino'")
    address = f"{server.origin}/manage/workers/{aino['id']}"
    async with admin.http.get(address) as page:
        assert f'value="{later}"' in await page.text()
    async with admin.http.post(f"{address}/absence", data={"until": ""}, headers=admin.same_origin) as answer:
        assert answer.status == 200 and f'value="{later}"' not in await answer.text()
    assert (await server.write(lambda tx: routed(tx, unit=SCHOOL)))[2] == "Aino"
    deeds = await server.query("SELECT deed FROM audit WHERE deed = 'absence_set'")
    assert len(deeds) == 2


async def test_the_demo_leads_all_but_what_comes_from_family_units_to_the_youth_team(server):
    def look(tx):
        return [
            routed(tx)[:3], routed(tx, area="lumikyla", topics=("parenting",), age_groups=("0-2",))[:3],
            routed(tx, unit=SCHOOL, flagged=True)[:3], routed(tx, unit="unknown")[:3],
            routed(tx, unit=DAYCARE)[:3], routed(tx, unit=CLINIC)[:3], routed(tx, channel="chat", language="en")[:3],
        ]  # fmt: skip

    everybody = ("everybody", "nuoret", None)
    assert await server.write(look) == [
        everybody, everybody, everybody, everybody, ("daycare", "perheet", None), ("named-worker", "perheet", "Elli"),
        everybody,
    ]  # fmt: skip


async def test_a_unit_without_a_team_leaves_it_to_the_rules_below(server):
    bare = tuple(unit.model_copy(update={"named_worker": None, "team": None}) for unit in demo_site().units)
    rules = (Rule("named", None), Rule("snow", "perheet", areas=frozenset({"lumikyla"})), Rule("all", "nuoret"))
    site = demo_site().model_copy(update={"units": bare, "rules": rules})

    def look(tx):
        return [routed(tx, site, unit=CLINIC), routed(tx, site, unit=DAYCARE), routed(tx, site)]

    assert await server.write(look) == [
        ("named", "perheet", None, ("unit", "team")), ("named", "nuoret", None, ("unit", "team")),
        ("all", "nuoret", None, ("everything",)),
    ]  # fmt: skip


async def test_a_named_worker_without_an_account_is_found_out(server):
    school, *others = demo_site().units
    typo = school.model_copy(update={"deputy": "oni@demo.example"})
    site = demo_site().model_copy(update={"units": (typo, *others)})
    assert await server.db.read(routing.strangers, demo_site()) == []
    assert await server.db.read(routing.strangers, site) == [
        f"units.yaml, {SCHOOL}: nobody signs in as oni@demo.example"
    ]


async def test_a_site_without_rules_asks_for_the_language_alone(server):
    nuoret, perheet = demo_site().teams
    teams = (nuoret.model_copy(update={"languages": ("fi", "sv")}), perheet)
    site = demo_site().model_copy(update={"teams": teams, "rules": ()})

    def look(tx):
        return [routed(tx, site, language=code)[:2] for code in ("fi", "sv", "en", "so")]

    assert await server.write(look) == [
        ("everybody", "nuoret"), ("everybody", "nuoret"), ("speaks-perheet", "perheet"), ("everybody", "nuoret")
    ]  # fmt: skip


async def test_a_chat_follows_the_rules_too_and_tells_its_team_why(serve, clock):
    rules = (Rule("babies", "perheet", ages=frozenset({"under13"})), Rule("all", "nuoret"))
    server = await serve(site=demo_site().model_copy(update={"rules": rules}))
    people = People(server)
    elli, aino = await people.on_duty("elli"), await people.on_duty("aino")
    child, other = await people.visitor(), await people.visitor()
    theirs = await child.open_contact(text="moi", age_group="under13")
    usual = await other.open_contact(text="moi", age_group="13-17")
    assert [c["id"] for c in (await elli.do("watch_desk"))["queue"]] == [theirs["id"]]
    assert [c["id"] for c in (await aino.do("watch_desk"))["queue"]] == [usual["id"]]
    entries = (await elli.do("claim_contact", contact_id=theirs["id"]))["entries"]
    assert [(e["kind"], e["by"]["role"]) for e in entries] == [
        ("opened", "visitor"), ("message", "visitor"), ("note", "system"), ("claimed", "worker")
    ]  # fmt: skip
    assert entries[2]["data"] == {"routed": {"rule": "babies", "why": ["age"], "team": "perheet", "worker": None}}
    assert [e["seq"] for e in await child.entries(theirs["id"])] == [1, 2, 4]
    assert len((await aino.do("claim_contact", contact_id=usual["id"]))["entries"]) == 3

    # The family team stops for today: children reach the others, and the home page goes on saying that it is open.
    def stop(tx, name):
        key = tx.one("SELECT key FROM team WHERE id = ?", name)["key"]
        entry.stop(tx, server.site, HELSINKI, key, name, 0, "x")

    await server.write(stop, "perheet")
    again = await (await people.visitor()).open_contact(age_group="under13")
    assert [c["id"] for c in (await aino.do("watch_desk"))["queue"]] == [again["id"]]
    assert await server.db.read(routing.stopped_languages, server.site) == frozenset()
    await server.write(stop, "nuoret")
    assert await server.db.read(routing.stopped_languages, server.site) == {"fi", "sv", "en"}
    assert await (await people.visitor()).refused("open_contact", client_id=new_id(), language="fi") == "closed_now"
    await people.leave()


def request(tx, *, due_in_hours, owner=None, flagged=False):
    """A help request as it is stored, with a promise some hours from now."""
    team = tx.one("SELECT key FROM team WHERE id = 'nuoret'")["key"]
    hour = 3_600_000
    return contacts.insert(
        tx, channel="help_button", language="fi", team=team, visitor=None, client_id=None, details=Details(),
        due_at=tx.now + due_in_hours * hour, late_at=tx.now + (due_in_hours + 24) * hour, owner=owner, flagged=flagged,
    )  # fmt: skip


async def test_whoever_waits_long_past_a_promise_moves_up_and_stays_there(server, people, clock):
    aino = await people.on_duty("aino")
    late = (await server.write(lambda tx: request(tx, due_in_hours=1))).id
    chat = (await (await people.visitor()).open_contact())["id"]

    async def order():
        return [contact["id"] for contact in (await aino.do("watch_desk"))["queue"]]

    assert await server.write(move_up_late) == 0
    clock.move(hours=25, seconds=1)
    fresh = (await (await people.visitor()).open_contact())["id"]
    assert await order() == [chat, fresh, late]
    aino.forget()
    await server.jobs["late"]()
    assert (await aino.heard("contact_changed"))["contact"]["id"] == late
    assert await order() == [chat, late, fresh]
    assert await server.write(move_up_late) == 0


def mailed(server) -> set[str]:
    """Who got a mail."""
    folder = server.settings.data / "outbox"
    return {email.message_from_bytes(path.read_bytes())["To"] for path in folder.glob("*")}


async def test_a_broken_promise_rings_for_its_owner_or_the_team_once_a_working_day(server, people, clock):
    monday = datetime(2027, 2, 1, 9, tzinfo=HELSINKI)  # no holiday is near
    clock.set(seconds=monday.timestamp() - clock() / 1000)
    (aino,) = await server.query("SELECT key FROM worker WHERE name = 'Aino'")
    await server.write(lambda tx: request(tx, due_in_hours=1, owner=aino["key"]))

    async def rung():
        return await server.write(alarms.ring_overdue, HELSINKI)

    team = ["aino@demo.example", "onni@demo.example", "signe@demo.example"]
    assert await rung() == []
    clock.move(hours=1, seconds=1)
    await server.jobs["alarms"]()
    assert mailed(server) == {"aino@demo.example"}
    clock.move(hours=2)
    assert await rung() == []
    # Unowned, it rings for all of the team; and no team hears it more often than every quarter of an hour.
    await server.write(lambda tx: request(tx, due_in_hours=-1))
    await server.write(alarms.ring_overdue, HELSINKI)
    assert await rung() == []
    await server.write(lambda tx: request(tx, due_in_hours=-1))
    assert await rung() == []
    clock.move(minutes=16)
    assert await rung() == team
    # The next working day everything rings again, in one mail each; on a Saturday nothing does.
    clock.move(days=1)
    assert await rung() == team
    clock.move(days=4)
    assert await rung() == []
    clock.move(days=2)
    assert await rung() == team
    # Answered, it rings no more; an owner who is away leaves it to the team.
    await server.write(lambda tx: tx.run("UPDATE contact SET answered_at = opened_at WHERE owner IS NULL"))
    clock.move(days=1)
    assert await rung() == ["aino@demo.example"]
    clock.move(days=1)
    await server.write(lambda tx: tx.run("UPDATE worker SET absent_until = ? WHERE name = 'Aino'", tx.now + 10**9))
    assert await rung() == team


def test_the_mail_says_nothing_of_anybody():
    subject, text = alarms.words("overdue", "https://zoturi.example/desk")
    assert text.count("https://zoturi.example/desk") == 3
    assert subject.count(" / ") == 2

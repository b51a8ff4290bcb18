"""The end of the day: the last entry when the queue is longer than the time left, and nobody closed in silence."""

from datetime import UTC, datetime, time

import pytest

from tests.crowd import People
from tests.house import demo_site
from tests.people import new_id
from zoturi.actions import closing
from zoturi.domain.hours import Window
from zoturi.store import waits as wait_store

EVERY_DAY = frozenset(range(7))


def closing_in(minutes, clock, zone):
    """The demo's site, closing in so many minutes from now and opening again tomorrow."""
    local = datetime.fromtimestamp(clock() / 1000, UTC).astimezone(zone)
    ends = (local.hour * 60 + local.minute + minutes) % 1440
    window = Window(EVERY_DAY, time(((ends + 60) % 1440) // 60, (ends + 60) % 60), time(ends // 60, ends % 60))
    return demo_site().model_copy(update={"hours": dict.fromkeys(("fi", "sv", "en"), (window,))})


@pytest.fixture
async def evening(serve, clock):
    """A server that closes in half an hour; with people."""
    server = await serve()
    site = closing_in(30, clock, server.house.zone)
    await server.stop()
    server = await serve(site=site)
    people = People(server)
    yield server, people
    await people.leave()


async def watch(server):
    return await server.write(closing.watch, server.house.site, server.house.zone)


@pytest.fixture
def long_chats(monkeypatch):
    """Chats have lately taken twenty minutes each."""
    monkeypatch.setattr(wait_store, "lengths", lambda tx, team, since: [20 * 60_000] * 40)


async def test_the_last_entry_comes_when_the_queue_is_longer_than_the_time_left(evening, long_chats):
    server, people = evening
    aino = await people.on_duty("aino", capacity=1)
    visitors = [await people.visitor() for _ in range(4)]
    contacts = [await visitor.open_contact() for visitor in visitors]
    await aino.do("claim_next")
    assert await watch(server) == {"last_entries": 1, "asked": 0}
    late = await people.visitor()
    assert await late.refused("open_contact", client_id=new_id(), language="fi") == "closed_now"
    said = [[e for e in await v.entries(c["id"]) if e["by"]["role"] == "system" and e["kind"] == "message"]
            for v, c in zip(visitors, contacts, strict=True)]  # fmt: skip
    assert [len(each) for each in said] == [0, 0, 1, 1]  # the next one is reached in twenty minutes, the others are not
    assert await watch(server) == {"last_entries": 0, "asked": 0}


async def test_a_short_queue_keeps_the_door_open(evening, long_chats):
    server, people = evening
    await people.on_duty("aino", capacity=3)
    await (await people.visitor()).open_contact()
    assert await watch(server) == {"last_entries": 0, "asked": 0}
    await (await people.visitor()).open_contact()


async def test_after_closing_those_left_are_asked_once_and_none_is_closed(evening):
    server, people = evening
    visitor = await people.visitor()
    contact = await visitor.open_contact()
    server.clock.move(minutes=31)
    assert await watch(server) == {"last_entries": 0, "asked": 1}
    assert await watch(server) == {"last_entries": 0, "asked": 0}
    assert (await visitor.do("watch_mine"))["contacts"][0]["state"] == "waiting"
    code = (await visitor.do("make_return_code", contact_id=contact["id"]))["code"]
    assert len(code) == 19
    (row,) = await server.query("SELECT written, state, due_at, late_at FROM contact")
    assert (row["written"], row["state"]) == (1, "waiting")
    assert row["late_at"] - row["due_at"] == 24 * 3_600_000  # then it comes before those who wait live


async def test_while_somebody_is_on_duty_the_queue_goes_on_past_closing(evening):
    server, people = evening
    contact = await (await people.visitor()).open_contact()
    aino = await people.on_duty("aino")
    server.clock.move(minutes=31)
    assert await watch(server) == {"last_entries": 0, "asked": 0}
    assert (await aino.do("claim_next"))["contact"]["id"] == contact["id"]

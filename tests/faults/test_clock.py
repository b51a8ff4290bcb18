"""Somebody sets the clock: an hour, a year, forward or back. Nobody vanishes by it, and nothing dies of it."""

import pytest

from tests.invariants import chain_holds, check
from tests.mirror import mirrors
from zoturi.actions import upkeep

pytestmark = pytest.mark.faults

STEPS = [{"hours": 1}, {"hours": -1}, {"days": 365}, {"days": -365}]
NAMES = ["an hour forward", "an hour back", "a year forward", "a year back"]


@pytest.fixture
def kind():
    return "sqlite"


async def alive(server, *people):
    for person in people:
        await person.settle()
    await server.presence()


@pytest.mark.parametrize("step", STEPS, ids=NAMES)
async def test_a_clock_that_is_set_sends_nobody_away(server, people, clock, step):
    """Those who are there but silent in that moment, and those whose phone sleeps, keep talk and place."""
    visitor, aino, contact_id = await people.talking("aino", text="moi")
    onni, waiting, asleep = await people.on_duty("onni"), await people.visitor(), await people.visitor()
    waits, sleeps = await waiting.open_contact(), await asleep.open_contact()
    await asleep.hang_up()
    views = await mirrors(visitor, waiting, aino, onni)
    await alive(server, visitor, waiting, aino, onni)
    clock.set(**step)
    await server.presence()  # in this round nobody has said a word
    desk = await onni.do("watch_desk")
    assert [(c["id"], c["visitor"]) for c in desk["queue"]] == [(waits["id"], "here"), (sleeps["id"], "here")]
    assert [colleague["on_duty"] for colleague in desk["colleagues"] if colleague["name"] == "Aino"] == [True]
    assert [c["id"] for c in (await aino.do("watch_desk"))["mine"]] == [contact_id]
    assert '"event":"clock_set"' in server.log
    await visitor.say(contact_id, "vieläkö?")
    await aino.say(contact_id, "täällä ollaan")
    assert await visitor.texts(contact_id) == ["moi", "vieläkö?", "täällä ollaan"]
    for view in views:
        await view.check()
    if step == {"days": 365}:
        clock.set(days=-365)  # a day's silence ends a session, by a wrong clock too; by the right one it is good again
    await asleep.connect()  # the phone wakes up
    assert (await asleep.do("watch_mine"))["contacts"][0]["id"] == sleeps["id"]
    await check(server.db, people.all)


@pytest.mark.parametrize("step", STEPS, ids=NAMES)
async def test_after_that_who_really_vanishes_is_still_seen_to(server, people, clock, step):
    """A sign of life that stands in the future must not keep a vanished worker's chat for an hour, or for a year."""
    visitor, aino, contact_id = await people.talking("aino")
    onni, gone = await people.on_duty("onni"), await people.visitor()
    left = await gone.open_contact()
    await alive(server, visitor, aino, onni, gone)
    clock.set(**step)
    await server.presence()
    await aino.hang_up()
    await gone.hang_up()
    for minutes in (1, 1, 1.1):
        clock.move(minutes=minutes)
        await alive(server, visitor, onni)
    assert [(c["id"], c["visitor"]) for c in (await onni.do("watch_desk"))["queue"]] == [
        (contact_id, "here"), (left["id"], "away")]  # fmt: skip
    clock.move(minutes=8)
    await alive(server, visitor, onni)
    assert [(c["id"], c["visitor"]) for c in (await onni.do("watch_desk"))["queue"]] == [
        (contact_id, "here"), (left["id"], "gone")]  # fmt: skip


async def test_a_transfer_offered_before_the_clock_was_set_back_comes_back_all_the_same(server, people, clock):
    _, aino, contact_id = await people.talking("aino")
    onni = await people.on_duty("onni")
    await alive(server, aino, onni)
    await aino.do("transfer_contact", contact_id=contact_id, worker=(await onni.do("watch_desk"))["me"]["id"])
    clock.set(hours=-1)
    await alive(server, aino, onni)
    clock.move(minutes=2, seconds=1)
    await alive(server, aino, onni)
    (contact,) = (await aino.do("watch_desk"))["queue"]
    assert (contact["id"], contact["offer"]) == (contact_id, None)


@pytest.mark.parametrize("step", STEPS[:3:2], ids=NAMES[:3:2])
async def test_staff_sign_in_again_and_keep_their_chats(server, people, clock, step):
    """A clock set forward ends idle sessions, as it must; three minutes are enough to come back."""
    visitor, aino, contact_id = await people.talking("aino")
    clock.set(**step)
    await server.sessions()
    assert await aino.heard("session_ended") == {"code": "expired"}
    await server.presence()
    again = await people.worker("aino")
    clock.move(minutes=2)
    await alive(server, visitor, again)
    assert [c["id"] for c in (await again.do("watch_desk"))["mine"]] == [contact_id]
    await again.say(contact_id, "täällä taas")


@pytest.mark.parametrize("back", [{"hours": -1}, {"days": -365}], ids=["an hour", "a year"])
async def test_no_session_of_staff_grows_by_a_clock_set_back(server, people, clock, back):
    aino = await people.worker("aino")
    clock.set(**back)
    await server.presence()
    clock.move(minutes=29)
    await server.sessions()
    await aino.do("still_here")
    clock.move(minutes=31)
    await server.sessions()
    assert await aino.heard("session_ended") == {"code": "expired"}


async def test_a_wrong_clock_deletes_nothing_until_an_operator_says_so(server, people, clock):
    """After a jump of more than a day neither texts nor keys die; back at the right time everything is as before."""
    visitor, aino, contact_id = await people.talking("aino", text="häkkilintu säilyy")
    await aino.do("close_contact", contact_id=contact_id, outcome="advice")
    other = await people.visitor()
    waits = await other.open_contact(text="häkkilintu odottaa")

    async def upkeep_runs():
        for job in ("purge", "keys", "tidy"):
            await server.jobs[job]()

    await upkeep_runs()
    keys = sorted(path.name for path in server.settings.keys_folder.glob("week-*.key"))
    rows = await server.query("SELECT (SELECT count(*) FROM entry) AS entries, (SELECT count(*) FROM audit) AS audit")
    clock.set(days=365)
    for _ in range(3):
        await server.presence()
        await upkeep_runs()
        assert server.log.count('"event":"purge_waits"') >= 1
    assert set(keys) <= {path.name for path in server.settings.keys_folder.glob("week-*.key")}
    clock.set(days=-365)
    await server.presence()
    await upkeep_runs()
    assert rows == await server.query(
        "SELECT (SELECT count(*) FROM entry) AS entries, (SELECT count(*) FROM audit) AS audit"
    )
    assert await visitor.texts(contact_id) == ["häkkilintu säilyy"]
    assert await other.texts(waits["id"]) == ["häkkilintu odottaa"]
    clock.set(days=365)
    await server.write(upkeep.trust_clock)  # zoturi purge
    await upkeep_runs()
    await visitor.refused("read_entries", contact_id=contact_id, after=0)
    assert await server.query("SELECT id FROM contact") == [{"id": waits["id"]}]
    assert await other.texts(waits["id"]) == ["häkkilintu odottaa"]
    await check(server.db, [other])
    await chain_holds(server.db)

"""kill -9 under load, again and again: nothing acknowledged is lost or doubled, and nothing said lies open anywhere."""

import asyncio
import os

import pytest

from tests.faults import harmed
from tests.faults.crowd import CANARIES, CODES, Crowd, every_cell
from tests.invariants import canaries_in, chain_holds, check, nothing_lost
from tests.mirror import mirrors
from tests.people import VisitorPerson, WorkerPerson, new_id
from zoturi.settings import Settings
from zoturi.store.opening import open_database

pytestmark = pytest.mark.faults

ROUNDS = int(os.environ.get("ZOTURI_TEST_ROUNDS", "2"))


async def test_killed_again_and_again_nothing_is_lost(process, place, kind, fast_lane):
    """On one way of serving sockets and on the other, by turns."""
    running = await process(ZOTURI_MESSAGES_PER_MINUTE="0", ZOTURI_LOG_LEVEL="DEBUG").start()
    crowd = Crowd(running.origin)
    await crowd.arrive()
    for number in range(ROUNDS):
        tasks = await crowd.until_gone()
        await asyncio.wait_for(crowd.enough.wait(), 60)
        running.kill()
        await asyncio.wait_for(asyncio.gather(*tasks), 20)
        running.environment["ZOTURI_FAST_LANE"] = str(int(fast_lane and number % 2))
        await running.start()
        await crowd.come_back()
    async with crowd.workers[0].http.get(f"{running.origin}/metrics") as answer:
        metrics = await answer.text()
    for view in await mirrors(*crowd.everybody):
        await view.check()
    db = open_database(Settings(data=place[0], database_url=place[1]))
    house = await check(db, crowd.everybody)
    await chain_holds(db)
    cells = await db.read(every_cell) if kind == "postgresql" else b""
    await db.stop()
    assert sum(nothing_lost(house).values()) == len(house) >= 4 * ROUNDS
    running.kill()
    await crowd.leave()
    # I8, with the write-ahead log as the last kill left it.
    files = [path for path in place[0].rglob("*") if "keys" not in path.parts]
    assert any(path.name.endswith(("-wal", ".sqlite3")) for path in files) == (kind == "sqlite")
    assert canaries_in(CANARIES, *files) == []
    assert canaries_in((*CANARIES, *CODES), cells, running.said(), metrics) == []
    assert "Traceback" not in running.said()


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_check_that_can_not_fail_proves_nothing(process, place, kind):
    """The canary search finds what does stand in the clear: ids, states and languages."""
    running = await process().start()
    visitor = await VisitorPerson(running.origin).arrive()
    contact = await visitor.open_contact()
    await visitor.leave()
    running.kill()
    db = open_database(Settings(data=place[0], database_url=place[1]))
    cells = await db.read(every_cell) if kind == "postgresql" else b""
    await db.stop()
    assert canaries_in([contact["id"]], place[0], cells)


@pytest.mark.parametrize(("kind", "fast_lane"), [("sqlite", True), ("postgresql", True), ("sqlite", False)])
async def test_killed_between_commit_and_acknowledgement_the_repeat_finds_the_same_pair(process, place):
    """The message that was committed last got no answer: its sender repeats it and it is there once."""
    running = process(ZOTURI_MESSAGES_PER_MINUTE="0", ZOTURI_TEST_DIE_AFTER_COMMIT="3")
    running.program = (harmed.__file__,)
    await running.start()
    visitor, worker = await VisitorPerson(running.origin).arrive(), WorkerPerson(running.origin)
    await worker.sign_in("aino@demo.example", running.password)
    await worker.on_duty()
    contact_id = (await visitor.open_contact())["id"]
    await worker.do("claim_contact", contact_id=contact_id)
    await visitor.say(contact_id, "yksi")
    await worker.say(contact_id, "kaksi")
    last = {"contact_id": contact_id, "client_id": new_id(), "text": "kolme"}
    with pytest.raises(ConnectionError):
        await visitor.ask("send_message", **last)
    assert worker.all_heard("entry")[-1]["entry"]["text"] == "kaksi"  # told to nobody
    running.environment["ZOTURI_TEST_DIE_AFTER_COMMIT"] = "0"
    await running.start()
    for person in (visitor, worker):
        await person.hang_up()
        await person.connect()
    assert await worker.texts(contact_id) == ["yksi", "kaksi", "kolme"]
    first = await visitor.do("send_message", **last)
    assert await visitor.do("send_message", **last) == first
    for view in await mirrors(visitor, worker):
        await view.check()
    db = open_database(Settings(data=place[0], database_url=place[1]))
    await check(db, (visitor, worker))
    await chain_holds(db)
    await db.stop()
    for person in (visitor, worker):
        await person.leave()

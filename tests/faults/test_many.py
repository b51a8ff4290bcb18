"""Several processes on one PostgreSQL and one Redis: any of them serves anybody, whatever dies."""

import asyncio
import hmac
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import psycopg
import pytest

from tests.faults import harmed
from tests.faults.crowd import CANARIES, Crowd
from tests.house import demo_site
from tests.invariants import canaries_in, chain_holds, check
from tests.mirror import mirrors
from tests.people import VisitorPerson, WorkerPerson, new_id
from tests.redis import OwnRedis
from zoturi.actions import accounts, queue
from zoturi.actions.forgetting import forget_lost
from zoturi.domain.contacts import Details
from zoturi.domain.people import Worker
from zoturi.domain.refusals import Refusal
from zoturi.jobs.runner import Leases
from zoturi.realtime import references
from zoturi.settings import Settings
from zoturi.store import contacts, people
from zoturi.store.opening import open_database
from zoturi.store.vault import Vault

pytestmark = pytest.mark.faults


@pytest.fixture
def kind():
    return "postgresql"


@pytest.fixture
async def redis(tmp_path):
    own = await OwnRedis(tmp_path).start()
    yield own
    own.kill()
    assert canaries_in([*CANARIES, "häkkilintu", "Aino", "Onni"], b"\n".join(own.heard)) == []


@pytest.fixture
def two(process, redis):
    """Two processes on one database, one with the fast lane and one without: `one, other = await two()`."""

    async def start(*, harm: dict[str, str] | None = None):
        given = {"ZOTURI_MESSAGES_PER_MINUTE": "0", "ZOTURI_REDIS_URL": redis.url, "ZOTURI_LOG_LEVEL": "DEBUG"}
        one, other = process(**given), process(**given, **(harm or {}), ZOTURI_FAST_LANE="0")
        if harm:
            other.program = (harmed.__file__,)
        await asyncio.gather(one.start(), other.start())
        await until(lambda: states(one).count("sound") >= 2)  # they write into one file
        return one, other

    return start


def states(process) -> list[str]:
    """What the processes said of the bus, in order."""
    lines = [orjson.loads(line) for line in process.said().splitlines() if line.startswith("{")]
    return [line["state"] for line in lines if line["event"] == "bus"]


async def until(true, seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


async def worker_at(process, name: str = "aino", capacity: int = 9) -> WorkerPerson:
    worker = WorkerPerson(process.origin)
    assert await worker.sign_in(f"{name}@demo.example", process.password) == 303
    return await worker.on_duty(capacity)


async def talking(one, other, **fields) -> tuple[VisitorPerson, WorkerPerson, str]:
    """A visitor at one process, and at the other the worker who took the contact as soon as it stood on the desk."""
    visitor, aino = await VisitorPerson(one.origin).arrive(), await worker_at(other)
    contact_id = (await visitor.open_contact(**fields))["id"]
    await aino.heard("contact_changed", lambda data: data["contact"]["id"] == contact_id)
    await aino.do("claim_contact", contact_id=contact_id)
    await visitor.heard("contact_changed", lambda data: data["contact"]["state"] == "claimed")
    return visitor, aino, contact_id


async def arrives(person, said: dict, seconds: float) -> None:
    """What was said stands on somebody's screen within some seconds, without their asking."""
    await person.heard("entry", lambda data: data["entry"]["seq"] == said["seq"], seconds)


def in_order_and_once(person) -> None:
    seqs = [data["entry"]["seq"] for data in person.all_heard("entry")]
    assert seqs == sorted(set(seqs)), "out of order, or twice"


async def judged(place, people, *processes) -> None:
    """The invariants over what is stored and what these people saw; no process met an error."""
    db = open_database(Settings(data=place[0], database_url=place[1]))
    await check(db, people)
    await chain_holds(db)
    await db.stop()
    for person in people:
        await person.leave()
    for process in processes:
        assert "Traceback" not in process.said()
        errors = [line for line in process.said().splitlines() if '"level":"error"' in line]
        assert not [line for line in errors if "storage" not in line], errors


async def test_visitor_and_worker_talk_across_processes(two, place):
    one, other = await two()
    onni = await worker_at(one, "onni")
    visitor, aino, contact_id = await talking(one, other, nickname=CANARIES[0], text="häkkilintu moi")
    await onni.heard("contact_gone", lambda data: data["contact_id"] == contact_id)
    await onni.heard(
        "presence_changed", lambda data: (data["colleague"]["name"], data["colleague"]["live"]) == ("Aino", 1)
    )
    views = await mirrors(visitor, aino, onni)
    for person in (visitor, aino):
        person.forget()
    for view in views:
        view.read_up_to = 0
    for number in range(30):  # both at once: what each is shown stays in order
        await asyncio.gather(visitor.say(contact_id, f"häkkilintu {number}"), aino.say(contact_id, f"vastaus {number}"))
    await aino.do("add_note", contact_id=contact_id, client_id=new_id(), text="häkkilintu-muistio")
    last = await visitor.say(contact_id, "viimeinen")
    for person in (visitor, aino):
        await arrives(person, last, 5)
        in_order_and_once(person)
    # Hints, and what is remembered of them for somebody who comes back.
    await visitor.do("set_typing", contact_id=contact_id, typing=True)
    assert (await aino.heard("typing"))["by"] == {"role": "visitor", "name": CANARIES[0]}
    await aino.do("mark_seen", contact_id=contact_id, seq=5)
    assert await visitor.heard("seen") == {"contact_id": contact_id, "by": {"role": "worker", "name": "Aino"}, "seq": 5}
    await visitor.hang_up()
    visitor.forget()
    visitor.origin = other.origin  # any process serves anybody
    await visitor.connect()
    await visitor.do("watch_mine")
    assert (await visitor.heard("seen"))["seq"] == 5
    # Whoever has no socket is woken at the other process too.
    visitor.origin = one.origin
    async with asyncio.TaskGroup() as both:
        url = f"{one.origin}/fi/chat/entries?contact_id={contact_id}&after={last['seq']}"
        asked = both.create_task(visitor.http.get(url))
        await asyncio.sleep(0.3)
        began = time.monotonic()
        await aino.say(contact_id, "kuuluuko?")
    assert [entry["text"] for entry in (await asked.result().json())["entries"]] == ["kuuluuko?"]
    assert time.monotonic() - began < 5
    # Back in the queue, taken by the other one, erased by the visitor.
    await aino.do("release_contact", contact_id=contact_id)
    await onni.heard("contact_changed", lambda data: data["contact"]["id"] == contact_id)
    await onni.do("claim_contact", contact_id=contact_id)
    await aino.heard("contact_gone", lambda data: data["contact_id"] == contact_id)
    views = [view for view in views if view.person is not visitor]
    await visitor.do("erase_contact", contact_id=contact_id)
    await onni.heard("entry", lambda data: data["entry"]["kind"] == "erased")
    await onni.heard("contact_changed", lambda data: data["contact"]["state"] == "closed")
    names = [
        name for name, data in onni.events if contact_id in (data.get("contact_id"), data.get("contact", {}).get("id"))
    ]
    assert names[-3:] == ["entry", "contact_changed", "contact_gone"]
    for view in views:
        await view.check()
    # A session that ends at one process closes its sockets at the other.
    async with aino.http.post(f"{one.origin}/desk/logout", headers=WorkerPerson(one.origin).same_origin,
                              allow_redirects=False) as answer:  # fmt: skip
        assert answer.status == 303
    assert await aino.heard("session_ended", seconds=5) == {"code": "signed_out"}
    await judged(place, (visitor, aino, onni), one)


async def test_without_redis_news_come_seconds_late_and_none_is_lost(two, place, redis):
    """Killed, gone for a while, hung, and back; and a stranger who says things on its channel."""
    one, other = await two()
    visitor, aino, contact_id = await talking(one, other)
    keys = Settings(data=place[0]).keys_folder
    for harm, mend in ((redis.kill, redis.start), (redis.hang, redis.go_on)):
        heard = len(states(one))
        harm()
        began = time.monotonic()  # neither side knows yet that it is gone
        said = [await visitor.say(contact_id, "häkkilintu kuuletko"), await aino.say(contact_id, "kuulen")]
        assert time.monotonic() - began < 1, "a deed waited for Redis"
        await arrives(aino, said[1], 10)
        await arrives(visitor, said[1], 10)
        await until(lambda: states(one)[heard:].count("deaf") >= 2)  # noqa: B023
        await arrives(aino, await visitor.say(contact_id, "ja nyt?"), 10)
        mended = mend()
        if mended is not None:
            await mended
        await until(lambda: states(one)[heard:].count("sound") >= 2)  # noqa: B023
        began = time.monotonic()
        await arrives(aino, await visitor.say(contact_id, "ja taas"), 5)
        assert time.monotonic() - began < 1, "the bus is back, and slow"
    # A stranger on the channel, without the key and with it.
    key = Vault.open(keys, create=False).derived("bus")
    await redis.publish([
        *(os.urandom(size) for size in (0, 1, 31, 32, 33, 5000)), b"[" * 100_000, b"null", redis.heard[-1],
        *(hmac.digest(key, body, "sha256") + body for body in (
            b"", b"null", b"[]", b"[1,2,3]", b'["x",1,{}]', b'["x",-1,[]]', b'["x",2,[["e"],["zz",1],[[]],null,7]]',
            b'["x",3,[["e","' + b"a" * 65 + b'",1,1,[]],["e","a b",1,1,[]],["c","x",1e9,null,[],[]]]]',
            b'["x",99999999999999999999,[["v",1,"signed_out"]]]', b'["x",4,[["v",1,"replaced"],["s",[1,2,3],"revoked"]]]',
            b'["x",5,[["e","' + contact_id.encode() + b'",999,1,[1,2,3,4]],["x","' + contact_id.encode() + b'"]]]',
            b'["x",6,[["t","' + contact_id.encode() + b'",4,true,1,[1,2]],["n","nothing",null,7,1,[1]]]]',
        )),
    ])  # fmt: skip
    await redis.publish([references.written(key, "y", number, [references.Changed(contact_id, 1, 1, (1, 2), (1, 99))] * 1000)
                         for number in range(1, 20)])  # fmt: skip
    began = time.monotonic()
    await arrives(aino, await visitor.say(contact_id, "häkkilintu yhä täällä"), 5)
    assert time.monotonic() - began < 2
    assert not visitor.closed.is_set() and not aino.closed.is_set()
    assert not visitor.all_heard("typing") and not aino.all_heard("contact_gone")
    in_order_and_once(visitor)
    in_order_and_once(aino)
    for view in await mirrors(visitor, aino):
        await view.check()
    await judged(place, (visitor, aino), one)


async def test_one_dies_and_the_other_goes_on(two, place):
    """Under load connections to the database are cut, then a process is killed. Its clock-blind neighbour, an hour
    ahead, goes on alone, and whoever was at the dead one comes over.
    """
    one, other = await two(harm={"ZOTURI_TEST_CLOCK_AHEAD": "3600"})
    visitor, signe, contact_id = VisitorPerson(other.origin), WorkerPerson(other.origin), ""
    crowd = Crowd(one.origin)
    await crowd.arrive()
    await visitor.arrive()
    tasks = await crowd.until_gone()
    with psycopg.connect(place[1].replace("+psycopg", ""), autocommit=True) as database:
        for _ in range(4):
            await asyncio.sleep(0.3)
            database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                             " AND pid <> pg_backend_pid()")  # fmt: skip
    await asyncio.wait_for(crowd.enough.wait(), 60)
    one.kill()
    await asyncio.wait_for(asyncio.gather(*tasks), 20)
    contact_id = (await visitor.open_contact())["id"]
    await visitor.say(contact_id, "häkkilintu")
    assert await signe.sign_in("signe@demo.example", other.password) == 303
    await signe.on_duty()
    await signe.do("claim_contact", contact_id=contact_id)
    for person in crowd.everybody:
        person.origin = other.origin
    await crowd.come_back()
    at = (await visitor.entries(contact_id))[-1]["at"]
    assert abs(datetime.fromisoformat(at) - datetime.now(UTC)) < timedelta(minutes=1), "the database's clock counts"
    assert [contact["visitor"] for contact in (await visitor.do("watch_mine"))["contacts"]] == ["here"]
    await judged(place, (visitor, signe, *crowd.everybody), other)


async def test_four_processes_claim_the_same_contacts_and_each_is_claimed_once(place):
    """Two hundred requests, four engines as in four processes, everybody takes what they can get."""
    opened = [open_database(Settings(data=place[0], database_url=place[1])) for _ in range(4)]
    first = opened[0]
    site = demo_site()

    def prepare(tx):
        team = people.team_key(tx, "nuoret")
        accounts.add_worker(
            tx, site, email="neljas@demo.example", name="Neljäs", role="worker", team="nuoret", languages=["fi"]
        )
        found = []
        for row in tx.all("SELECT key, id, name, role, team FROM worker WHERE team = ? AND role <> 'admin'", team):
            people.touch(tx, row["key"], on_duty=1)
            found.append(Worker(row["key"], row["id"], row["name"], row["role"], row["team"], 0))
        ids = [contacts.insert(tx, channel="phone", language="fi", team=team, visitor=None, client_id=None,
                               details=Details(), due_at=tx.now).id for _ in range(200)]  # fmt: skip
        return found, ids

    workers, ids = await first.write(prepare)
    assert len(workers) == 4

    async def take(db, worker, wanted):
        won = []
        for contact_id in wanted:
            try:
                await db.write(queue.claim, worker, contact_id)
                won.append(contact_id)
            except Refusal as refusal:
                assert refusal.code == "already_claimed", refusal.code
        return won

    halves = [ids, ids[::-1], ids[100:] + ids[:100], ids]
    won = await asyncio.gather(*map(take, opened, workers, halves))
    assert sorted(sum(won, [])) == sorted(ids) and all(won)
    await check(first, ())
    # A job that runs once: one of them has it, the next one when it dies.
    held = [Leases(db) for db in opened]
    assert [await each.take("sweep", 5) for each in held] == [True, False, False, False]
    assert [await each.take("sweep", 5) for each in held] == [True, False, False, False]
    await held[0].release()
    assert [await each.take("sweep", 5) for each in held[::-1]] == [True, False, False, False]
    # What one erases, the others have by heart no longer.
    one, other = opened[:2]
    erased = ids[0]
    assert (await other.read(contacts.get, erased)).details == Details() and erased in other.vault.remembered()
    await one.write(lambda tx: contacts.erase(tx, contacts.get(tx, erased)) and None)
    await forget_lost(other)
    assert erased not in other.vault.remembered() and ids[1] in other.vault.remembered()
    for db in opened:
        await db.stop()


async def test_a_parent_keeps_its_processes_and_ends_them(process, redis, place):
    """Two of them on one port: one that dies is started again, and all end with the parent."""
    parent = process("--demo", "--processes", "2", ZOTURI_REDIS_URL=redis.url)
    await parent.start()
    await until(lambda: "serves at" in parent.said())
    visitor = await VisitorPerson(parent.origin).arrive()
    contact_id = (await visitor.open_contact(text="häkkilintu"))["id"]
    first = children_of(parent.pid)
    assert len(first) == 2
    os.kill(first[0], signal.SIGKILL)
    await until(lambda: '"event":"process_ended"' in parent.said())
    await until(lambda: len(children_of(parent.pid)) == 2 and first[0] not in children_of(parent.pid))
    await visitor.hang_up()
    await visitor.connect()
    assert await visitor.texts(contact_id) == ["häkkilintu"]
    parent.terminate()
    assert await parent.ended(16) == 0
    assert not any(map(lives, first))
    await judged(place, (visitor,), parent)


def lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

"""Several processes on one PostgreSQL and one Redis: any of them serves anybody, whatever dies."""

import asyncio
import os
import signal
import time
from pathlib import Path

import psycopg
import pytest
from yarl import URL

from tests.faults.crowd import CANARIES, Crowd, sent_home
from tests.faults.several import arrives, in_order_and_once, judged, offered, said_by, talking, until, worker_at
from tests.house import demo_site
from tests.mirror import DeskMirror, mirrors
from tests.people import VisitorPerson, WorkerPerson, new_id
from zoturi import world
from zoturi.actions import accounts
from zoturi.actions.forgetting import forget_lost
from zoturi.domain.contacts import Details
from zoturi.jobs.runner import Leases
from zoturi.settings import Settings
from zoturi.store import contacts, people
from zoturi.store.opening import open_database
from zoturi.web.sessions import cookie_names

pytestmark = pytest.mark.faults

ROUNDS = int(os.environ.get("ZOTURI_TEST_ROUNDS", "2"))
CLAIMED = 500
JOB = "closing"  # one of those that one process does for all


@pytest.fixture
def kind():
    return "postgresql"


async def test_visitor_and_worker_talk_across_processes(several, place):
    one, other = await several({}, {})
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


def doers(process, job: str = JOB) -> list[int]:
    """Which processes did a job, one after another."""
    pids = [line["pid"] for line in said_by(process) if (line["event"], line.get("job")) == ("job", job)]
    return [pid for number, pid in enumerate(pids) if number == 0 or pids[number - 1] != pid]


async def test_one_after_the_other_is_killed_under_load_and_the_other_serves(several, place, fast_lane):
    """Each round connections to the database are cut, then whichever process does the jobs is killed; the other one,
    an hour off by its clock, serves on and takes the jobs over. Whoever was at the dead one comes back. Somebody sets
    that clock while it runs, too.
    """
    pace = {"ZOTURI_TEST_PACE": "20", "ZOTURI_FAST_LANE": str(int(fast_lane))}
    pair = await several({**pace, "ZOTURI_TEST_CLOCK_AHEAD": "3600"}, {**pace, "ZOTURI_TEST_CLOCK_AHEAD": "-3600"})
    crowds = [Crowd(pair[0].origin, 2, ("aino",)), Crowd(pair[1].origin, 2, ("onni",))]
    visitor, signe, contact_id = await talking(*pair, "signe")
    handover = await offered(signe, contact_id)
    for crowd in crowds:
        crowd.wanted, crowd.pause = 40, 0.1
        await crowd.arrive()
    views = {person: view for crowd in crowds for person, view in
             zip(crowd.everybody, await mirrors(*crowd.everybody), strict=True)}  # fmt: skip
    tasks = [await crowd.until_gone() for crowd in crowds]
    for number in range(ROUNDS):
        await asyncio.wait_for(asyncio.gather(*(crowd.enough.wait() for crowd in crowds)), 60)
        with psycopg.connect(place[1].replace("+psycopg", ""), autocommit=True) as database:
            database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                             " AND pid <> pg_backend_pid()")  # fmt: skip
        await until(lambda: doers(pair[0]))
        dead = next(index for index, process in enumerate(pair) if process.pid == doers(pair[0])[-1])
        lives = 1 - dead
        for crowd in crowds:
            crowd.enough.clear()
            crowd.acknowledged = 0
        pair[dead].kill()
        await asyncio.wait_for(asyncio.gather(*tasks[dead]), 20)
        os.kill(pair[lives].pid, signal.SIGUSR2)  # an hour back
        await asyncio.wait_for(crowds[lives].enough.wait(), 60)  # the other one's people noticed nothing
        assert not [task for task in tasks[lives] if task.done()]
        for person in (visitor, signe):
            await person.hang_up()
            person.origin = pair[lives].origin
            await person.connect()
        await arrives(signe, await visitor.say(contact_id, "häkkilintu"), 10)
        if number == 0:
            await visitor.do("answer_handover", handover_id=handover, agree=True)
        await until(lambda: doers(pair[0])[-1] == pair[lives].pid)  # noqa: B023
        await pair[dead].start()
        await crowds[dead].come_back()
        back = crowds[dead].everybody
        views |= dict(zip(back, await mirrors(*back), strict=True))
        tasks[dead] = await crowds[dead].until_gone()
    assert len(doers(pair[0])) == ROUNDS + 1, "two processes did one job by turns, or one that lived lost it"
    await asyncio.wait_for(asyncio.gather(*(crowd.enough.wait() for crowd in crowds)), 60)
    await sent_home(sum(tasks, []))
    everybody = [visitor, signe, *views]
    assert [contact["visitor"] for contact in (await visitor.do("watch_mine"))["contacts"]] == ["here"]
    house = await judged(place, everybody, pair[0], views=views.values())
    times = [entry.at for _, entries in house.values() for entry in entries]
    now = time.time_ns() // 1_000_000
    assert now - 600_000 < min(times) and max(times) < now + 60_000, "the database's clock counts, nobody else's"


class Desk(DeskMirror):
    """What stands on a desk, without what is said in each of its contacts."""

    def readable(self) -> list[str]:
        return []


async def test_four_processes_claim_the_same_contacts_and_each_is_claimed_once(several, place):
    """Everybody takes what they can get, at a process of their own; one clock is an hour ahead, one an hour behind."""
    settings = Settings(data=place[0], database_url=place[1])
    db = open_database(settings)

    def prepare(tx):
        accounts.add_worker(tx, demo_site(), email="neljas@demo.example", name="Neljäs", role="worker", team="nuoret",
                            languages=["fi"])  # fmt: skip
        team, tokens = people.team_key(tx, "nuoret"), {}
        for row in tx.all("SELECT key, id FROM worker WHERE team = ? AND role <> 'admin'", team):
            tokens[row["id"]] = world.new_token()
            people.begin_session(tx, row["key"], accounts.token_hash(tokens[row["id"]]))
        for _ in range(CLAIMED):
            contacts.insert(tx, channel="phone", language="fi", team=team, visitor=None, client_id=None,
                            details=Details(), due_at=tx.now)  # fmt: skip
        return tokens, [row["id"] for row in tx.all("SELECT id FROM contact ORDER BY key")]

    tokens, ids = await db.write(prepare)
    await db.stop()
    four = await several({}, {"ZOTURI_TEST_CLOCK_AHEAD": "3600"}, {"ZOTURI_TEST_CLOCK_AHEAD": "-3600"}, {})
    workers = [WorkerPerson(process.origin) for process in four]
    for worker, token in zip(workers, tokens.values(), strict=True):
        worker.http.cookie_jar.update_cookies({cookie_names(settings)[1]: token}, URL(worker.origin))
        await worker.on_duty()
    views = [await Desk(worker).begin() for worker in workers]

    async def take(worker, wanted):
        for contact_id in wanted:
            answer = await worker.ask("claim_contact", contact_id=contact_id)
            assert answer["ok"] or answer["code"] == "already_claimed", answer
            if answer["ok"]:
                yield contact_id

    async def taken(worker, wanted):
        return [contact_id async for contact_id in take(worker, wanted)]

    quarter = CLAIMED // 4
    orders = [ids, ids[::-1], ids[quarter:] + ids[:quarter], ids]
    won = await asyncio.gather(*map(taken, workers, orders))
    assert sorted(sum(won, [])) == sorted(ids) and all(won)
    house = await judged(place, workers, four[0], views=views)
    assert {contact.id: contact.owner_id for contact, _ in house.values()} == {
        contact_id: owner for owner, theirs in zip(tokens, won, strict=True) for contact_id in theirs}  # fmt: skip


async def test_a_process_that_ends_gives_its_jobs_back_and_what_one_erases_no_other_knows(place):
    one, other = (open_database(Settings(data=place[0], database_url=place[1])) for _ in range(2))
    held = [Leases(one), Leases(other)]
    assert [await each.take("sweep", 5) for each in (*held, *held)] == [True, False, True, False]
    await held[0].release()
    assert [await each.take("sweep", 5) for each in held[::-1]] == [True, False]

    def insert(tx):
        details = Details(nickname=CANARIES[0])
        return contacts.insert(tx, channel="phone", language="fi", team=people.team_key(tx, "nuoret"), visitor=None,
                               client_id=None, details=details, due_at=tx.now).id  # fmt: skip

    erased, stays = [await one.write(insert) for _ in range(2)]
    assert [(await other.read(contacts.get, each)).details.nickname for each in (erased, stays)] == [CANARIES[0]] * 2
    await one.write(lambda tx: contacts.erase(tx, contacts.get(tx, erased)) and None)
    await forget_lost(other)
    assert erased not in other.vault.remembered() and stays in other.vault.remembered()
    for db in (one, other):
        await db.stop()


async def test_a_parent_keeps_its_processes_and_ends_them(process, redis, place):
    """Two of them on one port: one that dies is started again, and all end with the parent."""
    parent = process("--demo", "--processes", "2", ZOTURI_REDIS_URL=redis.url)
    parent.afresh = True
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

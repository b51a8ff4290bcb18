"""PostgreSQL is started again in the middle of transactions, or halts for a while: all that was acknowledged is there."""

import asyncio
from collections.abc import Iterator
from contextlib import closing

import aiohttp
import psycopg
import pytest

from tests.databases import copied_database
from tests.faults.crowd import Crowd, patiently, sent_home
from tests.faults.several import arrives, judged, offered, talking
from tests.house import copy_folder, make_template
from tests.mirror import mirrors
from tests.needs import OwnPostgres, postgres_database
from tests.people import new_id

pytestmark = pytest.mark.faults

HALTED_SECONDS = 5


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[OwnPostgres]:
    own = OwnPostgres()
    try:
        yield own.start()
    finally:
        own.stop()


@pytest.fixture(scope="module")
async def own_template(own_postgres, tmp_path_factory):
    folder = tmp_path_factory.mktemp("own") / "template"
    with postgres_database(own_postgres.address) as url:
        await make_template(folder, url)
        yield folder, url


@pytest.fixture
def place(own_postgres, own_template, tmp_path):
    folder, template = own_template
    with copied_database(own_postgres.address, template) as url:
        # A copy of a database counts on from where the original's sequences were; only after a checkpoint does a crash
        # not set them back.
        with psycopg.connect(f"{own_postgres.address}/postgres", autocommit=True) as database:
            database.execute("CHECKPOINT")
        yield copy_folder(folder, tmp_path / "data"), url


async def status(process, path: str) -> int:
    async with aiohttp.ClientSession() as http, http.get(f"{process.origin}{path}") as answer:
        return answer.status


async def until_ready(*processes) -> None:
    async with asyncio.timeout(30):
        for process in processes:
            while await status(process, "/health/ready") != 200:
                await asyncio.sleep(0.1)


async def until_they_wait(database: psycopg.Connection, count: int) -> None:
    """Until so many transactions stand behind a lock of ours."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(20):
        while database.execute(waiting).fetchone()[0] < count:
            await asyncio.sleep(0.05)


async def at_work(process, *talkers) -> tuple[list, Crowd, dict, list[asyncio.Task]]:
    """A crowd at one of the processes, busy enough already: everybody with these, the crowd, what all see, its tasks."""
    crowd = Crowd(process.origin, 3, ("onni",))
    crowd.wanted = 40
    await crowd.arrive()
    everybody = [*talkers, *crowd.everybody]
    views = await mirrors(*everybody)
    tasks = await crowd.until_gone()
    await asyncio.wait_for(crowd.enough.wait(), 60)
    return everybody, crowd, views, tasks


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_it_is_started_again_in_the_middle_of_transactions(several, place, own_postgres, mode):
    """Both processes are inside transactions of one contact, and others are busy everywhere."""
    one, other = await several({}, {})
    visitor, signe, contact_id = await talking(one, other, "signe")
    handover = await offered(signe, contact_id)
    everybody, crowd, views, tasks = await at_work(other, visitor, signe)
    address = place[1].replace("+psycopg", "")
    with closing(psycopg.connect(address)) as holds, closing(psycopg.connect(address, autocommit=True)) as looks:
        holds.execute("SELECT key FROM contact WHERE id = %s FOR UPDATE", [contact_id])
        said = [(person, {"contact_id": contact_id, "client_id": new_id(), "text": f"häkkilintu {number}"})
                for number, person in enumerate((visitor, signe))]  # fmt: skip
        asked = [asyncio.create_task(patiently(person, "send_message", **fields)) for person, fields in said]
        asked.append(asyncio.create_task(patiently(visitor, "answer_handover", handover_id=handover, agree=True)))
        await until_they_wait(looks, 3)
        assert not any(task.done() for task in asked)
        await asyncio.to_thread(own_postgres.restart, mode)
    answers = await asyncio.gather(*asked)
    assert all(answer["ok"] for answer in answers), answers
    for (person, fields), answer in zip(said, answers[:2], strict=True):
        assert await person.ask("send_message", **fields) == answer  # sent again, it is still the same one
    await until_ready(one, other)
    crowd.enough.clear()
    crowd.acknowledged = 0
    await asyncio.wait_for(crowd.enough.wait(), 60)
    assert not any(task.done() for task in tasks)
    await sent_home(tasks)
    await judged(place, everybody, one, views=views)


async def test_it_halts_for_five_seconds(several, place, own_postgres):
    """What is said meanwhile is late; nobody is cut, and processes say that they live."""
    one, other = await several({}, {})
    visitor, signe, contact_id = await talking(one, other, "signe")
    handover = await offered(signe, contact_id)
    everybody, crowd, views, tasks = await at_work(one, visitor, signe)
    own_postgres.halt()
    said = [{"contact_id": contact_id, "client_id": new_id(), "text": f"häkkilintu {number}"} for number in range(20)]
    asked = [asyncio.create_task(patiently(person, "send_message", **fields))
             for fields, person in zip(said, [visitor, signe] * 10, strict=True)]  # fmt: skip
    asked.append(asyncio.create_task(patiently(visitor, "answer_handover", handover_id=handover, agree=True)))
    await asyncio.sleep(HALTED_SECONDS)
    assert not any(task.done() and task.result()["ok"] for task in asked), "it did not halt"
    assert [await asyncio.wait_for(status(each, "/health/live"), 3) for each in (one, other)] == [200, 200]
    crowd.enough.clear()
    crowd.acknowledged = 0
    own_postgres.go_on()
    answers = await asyncio.gather(*asked)
    assert all(answer["ok"] for answer in answers), answers
    last = await visitor.say(contact_id, "häkkilintu taas")
    await arrives(signe, last, 10)
    await until_ready(one, other)
    await asyncio.wait_for(crowd.enough.wait(), 60)
    assert not any(person.closed.is_set() for person in everybody)
    await sent_home(tasks)
    assert [entry["text"] for entry in await visitor.entries(contact_id, limit=200) if entry["text"]].count(
        "häkkilintu 7") == 1  # fmt: skip
    await judged(place, everybody, one, views=views)

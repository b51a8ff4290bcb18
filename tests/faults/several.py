"""What the tests of several processes share: people across them, waiting with an end, and the verdict (I1–I8)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import orjson

from tests.faults.crowd import CANARIES, CODES, every_cell
from tests.invariants import canaries_in, chain_holds, check, letters_hold
from tests.mirror import Mirror
from tests.people import VisitorPerson, WorkerPerson
from zoturi.settings import Settings
from zoturi.store.opening import open_database

SERVICE = "perheneuvola"
WORDS = (*CANARIES, "häkkilintu", "salaisuus")


def said_by(*processes) -> list[dict]:
    """What processes logged, in order."""
    return [orjson.loads(line) for each in processes for line in each.said().splitlines() if line.startswith("{")]


def states(process) -> list[str]:
    """What the processes said of the bus, in order."""
    return [line["state"] for line in said_by(process) if line["event"] == "bus"]


async def until(true: Callable[[], object], seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.05)


async def worker_at(process, name: str = "aino", capacity: int = 9) -> WorkerPerson:
    worker = WorkerPerson(process.origin)
    assert await worker.sign_in(f"{name}@demo.example", process.password) == 303
    return await worker.on_duty(capacity)


async def talking(one, other, name: str = "aino", **fields) -> tuple[VisitorPerson, WorkerPerson, str]:
    """A visitor at one process, and at the other the worker who took the contact as soon as it stood on the desk."""
    visitor, worker = await VisitorPerson(one.origin).arrive(), await worker_at(other, name)
    contact_id = (await visitor.open_contact(**fields))["id"]
    await worker.heard("contact_changed", lambda data: data["contact"]["id"] == contact_id)
    await worker.do("claim_contact", contact_id=contact_id)
    await visitor.heard("contact_changed", lambda data: data["contact"]["state"] == "claimed")
    return visitor, worker, contact_id


async def arrives(person, said: dict, seconds: float) -> None:
    """What was said stands on somebody's screen within some seconds, without their asking."""
    await person.heard("entry", lambda data: data["entry"]["seq"] == said["seq"], seconds)


def in_order_and_once(person) -> None:
    seqs = [data["entry"]["seq"] for data in person.all_heard("entry")]
    assert seqs == sorted(set(seqs)), "out of order, or twice"


async def offered(worker, contact_id: str) -> str:
    """A handover that the visitor has not answered yet."""
    said = {"contact_id": contact_id, "service_id": SERVICE, "summary": "häkkilintu", "include": ["summary"]}
    return (await worker.do("offer_handover", **said))["handover"]["id"]


async def settled(views: Iterable[Mirror], seconds: float = 20) -> None:
    """I3: soon, what events made of each screen equals a fresh look; other processes' news may take a moment."""
    for view in views:
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            late = asyncio.get_running_loop().time() > deadline
            try:
                await view.check()
                break
            except AssertionError:
                if late:
                    raise
            await asyncio.sleep(0.5)


async def judged(place, people, *processes, views: Iterable[Mirror] = ()) -> dict[str, tuple]:
    """I1–I8 over what is stored, sent and said, and over what these people saw; returns what is stored."""
    await settled(views)
    db = open_database(Settings(data=place[0], database_url=place[1]))
    house = await check(db, people)
    await all_letters_left(place[0], db)
    await chain_holds(db)
    cells = await db.read(every_cell)
    await db.stop()
    for person in people:
        await person.leave()
    said = "".join(process.said() for process in processes)
    assert canaries_in((*WORDS, *CODES), cells, said) == []
    assert "Traceback" not in said
    errors = [line for line in said.splitlines() if '"level":"error"' in line]
    assert not [line for line in errors if "storage" not in line], errors
    return house


async def all_letters_left(folder, db) -> None:
    """I6, once all that was to leave has left. Mails without a mark are alarms, not letters."""
    # Two minutes later the lease of one that died while sending has run out.
    await db.write(lambda tx: tx.run("UPDATE outbox SET until = ? WHERE done_at IS NULL", tx.now))
    async with asyncio.timeout(30):
        while (await db.read(lambda tx: tx.one("SELECT count(*) AS n FROM outbox WHERE done_at IS NULL")))["n"]:
            await asyncio.sleep(0.2)
    files = [path.stem for path in (folder / "outbox").glob("*.eml")]
    await letters_hold(db, [("", "", "", name) for name in files if not name[0].isdecimal()])

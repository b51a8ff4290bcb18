"""The disk is full, or fails, or somebody else holds the database: nothing acknowledged is lost, and the words are true."""

import asyncio
import subprocess
import sys

import aiohttp
import pytest

from tests.crowd import People
from tests.faults import harmed
from tests.faults.crowd import CANARIES
from tests.faults.disks import break_every_sync, small_disk
from tests.house import copy_folder
from tests.invariants import canaries_in, chain_holds, check
from tests.mirror import mirrors
from tests.people import VisitorPerson, WorkerPerson, new_id
from tests.process import Process
from zoturi import world
from zoturi.settings import Settings
from zoturi.store import sqlite
from zoturi.store.opening import open_database

pytestmark = pytest.mark.faults

TEXT = CANARIES[1]


@pytest.fixture
def kind():
    """These faults are SQLite's; PostgreSQL looks after its own disk."""
    return "sqlite"


@pytest.fixture(params=["tmpfs", "limit"])
def disk(request, tmp_path, monkeypatch):
    if request.param == "limit":
        monkeypatch.setattr("tests.faults.disks.os.geteuid", lambda: 1000)
    with small_disk(tmp_path / "disk") as made:
        yield made


@pytest.fixture
async def on_disk(disk, sqlite_template, tmp_path):
    """A server whose data folder lies on the small disk."""
    running = Process(copy_folder(sqlite_template, disk.folder / "data"), None, (), {
        "ZOTURI_MESSAGES_PER_MINUTE": "0", "ZOTURI_LOG_LEVEL": "DEBUG"})  # fmt: skip
    running.output = tmp_path / "server.out"
    yield await running.start()
    running.kill()


async def talks(origin: str, count: int) -> tuple[list[VisitorPerson], WorkerPerson, list[str]]:
    """So many visitors who talk with one worker."""
    worker = WorkerPerson(origin)
    assert await worker.sign_in("aino@demo.example", Process.password) == 303
    await worker.on_duty(9)
    visitors, ids = [], []
    for _ in range(count):
        visitors.append(await VisitorPerson(origin).arrive())
        ids.append((await visitors[-1].open_contact(nickname=CANARIES[0], text=TEXT))["id"])
        await worker.do("claim_contact", contact_id=ids[-1])
    return visitors, worker, ids


async def say_all_at_once(visitors, ids, many: int) -> list[tuple]:
    """Everybody sends so many messages without waiting for answers: (visitor, fields, answer)."""
    sent = [(visitor, {"contact_id": contact_id, "client_id": new_id(), "text": f"{TEXT} {number}"})
            for number in range(many) for visitor, contact_id in zip(visitors, ids, strict=True)]  # fmt: skip
    answers = await asyncio.gather(*(visitor.ask("send_message", **fields) for visitor, fields in sent))
    return [(visitor, fields, answer) for (visitor, fields), answer in zip(sent, answers, strict=True)]


async def until_full(visitors, ids) -> list[tuple]:
    """Messages until none of a whole round finds room; all of them."""
    sent = []
    for _ in range(200):
        latest = await say_all_at_once(visitors, ids, 20)
        sent += latest
        if not any(answer["ok"] for _, _, answer in latest):
            return sent
    raise AssertionError("the disk never got full")


async def status(running, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.get(f"{running.origin}{path}") as answer:
        return answer.status, await answer.text()


def refused(sent) -> list[tuple]:
    return [(visitor, fields) for visitor, fields, answer in sent if not answer["ok"]]


async def test_a_full_disk_keeps_the_text_in_the_box_says_so_and_heals(disk, on_disk):
    visitors, worker, ids = await talks(on_disk.origin, 3)
    disk.fill(on_disk)
    sent = await until_full(visitors, ids)
    failed = refused(sent)
    for _, _, answer in sent:
        assert answer["ok"] or answer == {"ok": False, "code": "storage_unavailable", "retry": True}
    # Reads go on, and what was acknowledged before and between is there.
    for visitor, contact_id in zip(visitors, ids, strict=True):
        there = {entry["client_id"] for entry in await visitor.entries(contact_id, limit=200)}
        assert not there & {fields["client_id"] for _, fields in failed}
    assert (await status(on_disk, "/fi/"))[0] == 200
    assert (await status(on_disk, "/fi/chat"))[0] == 200
    # Where a message finds no room, health's own small write may find some for a last time or two.
    assert 503 in [(await status(on_disk, "/health/ready"))[0] for _ in range(10)]
    assert "zoturi_storage_failing 1.0" in (await status(on_disk, "/metrics"))[1]
    # The same door without a script: the page comes back with the text in its box.
    visitor, fields = failed[-1]
    async with visitor.http.post(f"{on_disk.origin}/fi/chat/messages", data=fields, allow_redirects=False,
                                 headers=visitor.same_origin | {"Accept": "text/html"}) as answer:  # fmt: skip
        page = await answer.text()
        assert answer.status == 503 and fields["text"] in page, page
    disk.free(on_disk)
    for visitor, fields in failed:
        await visitor.do("send_message", **fields)
    assert (await status(on_disk, "/health/ready"))[0] == 200
    await sound(on_disk, visitors, worker)


async def sound(running, visitors, worker) -> None:
    """All that must hold, in what everybody sees, in the file, and in what lies open."""
    for view in await mirrors(worker):
        await view.check()
    for person in (*visitors, worker):
        await person.leave()
    metrics = (await status(running, "/metrics"))[1]
    running.kill()
    files = [path for path in running.folder.rglob("*") if "keys" not in path.parts]
    assert canaries_in(CANARIES, *files, running.said(), metrics) == []
    db = open_database(Settings(data=running.folder))
    house = await check(db, (*visitors, worker))
    await chain_holds(db)
    await db.stop()
    assert len(house) == len(visitors)
    assert "Traceback" not in running.said()


async def test_a_disk_that_does_not_sync_acknowledges_nothing_and_is_sound_after_a_restart(process):
    running = process(ZOTURI_MESSAGES_PER_MINUTE="0", ZOTURI_LOG_LEVEL="DEBUG")
    running.program = (harmed.__file__,)
    await running.start()
    visitors, worker, ids = await talks(running.origin, 2)
    before = await say_all_at_once(visitors, ids, 5)
    assert refused(before) == []
    break_every_sync(running)
    while (await status(running, "/health/ready"))[0] == 200:
        await asyncio.sleep(0.05)
    for _, _, answer in await say_all_at_once(visitors, ids, 5):
        assert answer == {"ok": False, "code": "storage_unavailable", "retry": True}
    for visitor, contact_id in zip(visitors, ids, strict=True):
        assert len(await visitor.texts(contact_id)) == 1 + 5  # reads go on, and show what is surely stored
    failed = [(visitor, fields) for visitor in visitors for name, fields, answer in visitor.answers
              if name == "send_message" and not answer["ok"]]  # fmt: skip
    running.kill()
    await running.start()
    for person in (*visitors, worker):
        await person.hang_up()
        await person.connect()
    for visitor, fields in failed:
        await visitor.do("send_message", **fields)
    await sound(running, visitors, worker)


LOCK = ("import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE');"
        " print('held', flush=True); sys.stdin.read()")  # fmt: skip


class Locked:
    """Another process that holds the database's lock for writers."""

    def __init__(self, folder) -> None:
        self._child = subprocess.Popen([sys.executable, "-c", LOCK, str(folder / "zoturi.sqlite3")],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
        assert self._child.stdout.readline() == b"held\n"

    def let_go(self) -> None:
        self._child.communicate()


@pytest.fixture
async def longest_gap():
    """How long the event loop was deaf at most, in seconds; a function that ends the watch."""
    gaps = [0.0]

    async def watch():
        while True:
            began = world.monotonic()
            await asyncio.sleep(0.01)
            gaps.append(world.monotonic() - began)

    task = asyncio.ensure_future(watch())
    yield lambda: task.cancel() and max(gaps)
    task.cancel()


@pytest.mark.parametrize("fast_lane", [True, False])
async def test_locked_for_a_moment_messages_come_late_but_come(serve, place, longest_gap):
    server = await serve()
    people = People(server)
    visitor, worker, contact_id = await people.talking()
    other = Locked(place[0])
    sending = asyncio.create_task(say_all_at_once([visitor], [contact_id], 20))
    assert await worker.texts(contact_id) == []  # reads do not wait
    assert not sending.done()
    other.let_go()
    assert refused(await asyncio.wait_for(sending, 10)) == []
    assert longest_gap() < 3  # a loop that waits for the lock itself would be deaf for five
    await check(server.db, people.all)
    await people.leave()


@pytest.mark.parametrize("fast_lane", [True, False])
async def test_locked_for_long_everybody_is_refused_at_once_and_nothing_is_doubled(
    serve, place, longest_gap, monkeypatch
):
    """Whoever waits behind a lock is told so after one time limit, however many they are."""
    monkeypatch.setattr(sqlite, "LOCK_SECONDS", 1)
    server = await serve()
    people = People(server)
    visitors = [await people.visitor() for _ in range(10)]
    ids = [(await visitor.open_contact())["id"] for visitor in visitors]
    other = Locked(place[0])
    began = world.monotonic()
    sent = await asyncio.wait_for(say_all_at_once(visitors, ids, 3), 12)
    assert world.monotonic() - began < 6, "one after another"
    assert {answer.get("code") for _, _, answer in sent} == {"storage_unavailable"}
    async with visitors[0].http.get(f"{server.origin}/health/ready") as answer:
        assert answer.status == 503
    async with visitors[0].http.get(f"{server.origin}/fi/chat") as answer:
        assert answer.status == 200
    other.let_go()
    for visitor, fields in refused(sent):
        await visitor.do("send_message", **fields)
    async with visitors[0].http.get(f"{server.origin}/health/ready") as answer:
        assert answer.status == 200
    assert longest_gap() < 3  # a loop that waits for the lock itself would be deaf for five
    for view in await mirrors(*visitors):
        await view.check()
    await check(server.db, people.all)
    await people.leave()

"""What is particular to PostgreSQL: several threads write, and nobody can tell."""

import asyncio
import re
import socket
import threading
from contextlib import closing, contextmanager, suppress

import psycopg
import pytest

from zoturi import world
from zoturi.domain.contacts import Details
from zoturi.domain.refusals import Refusal
from zoturi.settings import Settings
from zoturi.store import contacts, timeline
from zoturi.store.database import Waiting, appends
from zoturi.store.opening import open_database


@pytest.fixture
def kind():
    return "postgresql"


async def test_what_is_said_keeps_its_order_while_somebody_holds_the_contact(people, place):
    visitor, worker, contact_id = await people.talking()
    other, _, other_id = await people.talking("onni")
    texts = [str(number) for number in range(20)]
    with psycopg.connect(place[1].replace("+psycopg", "")) as held:
        held.execute("SELECT FROM contact WHERE id = %s FOR UPDATE", (contact_id,))
        saying = asyncio.gather(*(visitor.say(contact_id, text) for text in texts))
        for _ in range(5):
            await other.say(other_id, "moi")  # others need not wait
        assert not saying.done()
        held.rollback()
    await saying
    assert await worker.texts(contact_id) == texts
    await worker.settle()
    assert [data["entry"]["text"] for data in worker.all_heard("entry") if data["entry"]["kind"] == "message"] == texts


def _claimed(tx) -> str:
    team, worker = (
        tx.one("SELECT min(key) AS key FROM team")["key"],
        tx.one("SELECT min(key) AS key FROM worker")["key"],
    )
    contact = contacts.insert(
        tx, channel="chat", language="fi", team=team, visitor=None, client_id=None, details=Details("Kettu"),
        due_at=tx.now,
    )  # fmt: skip
    tx.run("UPDATE contact SET state = 'claimed', owner = ? WHERE key = ?", worker, contact.key)
    return contact.id


@pytest.mark.parametrize(
    ("change", "answer"),
    [("state = 'closed'", "gone"), ("last_seq = last_seq + 1, public_seq = last_seq + 1", 2)],
    ids=["closed", "spoken"],
)  # fmt: skip
async def test_what_somebody_changes_between_reading_and_writing_counts(place, change, answer):
    """Of two appends together the contact of one is changed by somebody else after it was read."""
    with closing(psycopg.connect(place[1].replace("+psycopg", ""), autocommit=True)) as stranger:
        db = open_database(Settings(data=place[0], database_url=place[1]))
        try:
            ids = [await db.write(_claimed) for _ in range(2)]
            turns = []

            @appends(lambda contact_id, client_id: (contact_id, client_id))
            def say(tx, contact_id: str, client_id: str) -> int:
                head = timeline.take_seq(tx, contact_id, public=True)
                turns.append(contact_id)
                if len(turns) == 1:
                    stranger.execute(f"UPDATE contact SET {change} WHERE id = %s", (ids[0],))
                if head["state"] != "claimed":
                    raise Refusal("gone")
                return timeline.add(tx, head, "message", "visitor", text="moi", client_id=client_id).seq

            def said(contact_id: str, number: int) -> Waiting:
                return Waiting(say, (contact_id, f"00000000-0000-4000-8000-{number:012d}"), lambda waiting: None)

            both = [said(ids[0], 1), said(ids[1], 2), said(ids[0], 3)]
            held = await asyncio.to_thread(db.engine._flusher._together, both)
            assert held == [both[0], both[2]]  # in their order
            assert both[1].value == 1
            assert await asyncio.to_thread(db.engine._flusher._together, held) == []
            told = [each.failed.code if each.failed else each.value for each in held]
            assert told == ([answer, answer] if answer == "gone" else [answer, answer + 1])
            rows = stranger.execute("SELECT seq FROM entry JOIN contact c ON c.key = contact WHERE c.id = %s ORDER BY seq",
                                    (ids[0],)).fetchall()  # fmt: skip
            assert rows == ([] if answer == "gone" else [(2,), (3,)])
            assert turns == [ids[0], ids[1], ids[0], ids[0], ids[0]]
        finally:
            await db.stop()


@contextmanager
def between(address: tuple[str, int], *, answered: bool):
    """A way to PostgreSQL that breaks once it is told to, at a COMMIT: before it arrives, or before it is answered."""
    breaks = threading.Event()

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                near = listener.accept()[0]
            except OSError:
                return
            far = socket.create_connection(address)
            threading.Thread(target=pass_on, args=(near, far, True), daemon=True).start()
            threading.Thread(target=pass_on, args=(far, near, False), daemon=True).start()

    def pass_on(source: socket.socket, target: socket.socket, asks: bool) -> None:
        while data := _received(source):
            if asks and b"COMMIT" in data and breaks.is_set():
                breaks.clear()
                if answered:
                    source.shutdown(socket.SHUT_RDWR)  # so its answer reaches nobody
                    target.sendall(data)
                    target.shutdown(socket.SHUT_WR)
                    return
                break
            with suppress(OSError):
                target.sendall(data)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1], breaks


def _received(source: socket.socket) -> bytes:
    try:
        return source.recv(65536)
    except OSError:
        return b""


@pytest.mark.parametrize("answered", [True, False], ids=["its answer", "itself"])
async def test_a_commit_that_is_lost_on_the_way_is_neither_done_twice_nor_forgotten(place, answered):
    host, port = re.search(r"@([\w.]+):(\d+)/", place[1]).groups()
    turns = []

    def found_a_team(tx) -> int:
        turns.append(1)
        tx.run("INSERT INTO team (id) VALUES (?)", f"team {len(turns)}")
        return len(turns)

    with between((host, int(port)), answered=answered) as (way, breaks):
        address = place[1].replace(f"{host}:{port}", f"127.0.0.1:{way}")
        db = open_database(Settings(data=place[0], database_url=address))
        try:
            breaks.set()
            assert await db.write(found_a_team) == (1 if answered else 2)
            assert not breaks.is_set()
            names = await db.read(
                lambda tx: [row["id"] for row in tx.all("SELECT id FROM team WHERE id LIKE 'team _'")]
            )
        finally:
            await db.stop()
    assert names == ["team 1" if answered else "team 2"]


async def test_the_clock_of_the_database_counts_whatever_ours_says_and_however_it_is_set(place, monkeypatch):
    true, off = world.now, [3_600_000]
    monkeypatch.setattr(world, "now", lambda: true() + off[0])
    db = open_database(Settings(data=place[0], database_url=place[1]))
    try:
        assert abs(db.now() - true()) < 1000
        for off[0] in (-3_600_000, 0, 86_400_000):
            assert abs(db.now() - true()) < 1000  # at once, before anybody has looked at the other clock
            await asyncio.sleep(0.3)
            assert abs(await db.write(lambda tx: tx.now) - true()) < 1000
    finally:
        await db.stop()

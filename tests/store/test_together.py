"""Appends that wait at the same moment are written together, and nobody can tell: answers and rows are the same as one by
one, whatever stands among them.
"""

import asyncio
import random
import sqlite3
import threading

import pytest

from zoturi.actions import chat
from zoturi.domain.contacts import Details
from zoturi.domain.people import Visitor, Worker
from zoturi.domain.refusals import Refusal
from zoturi.settings import Settings
from zoturi.store import contacts, timeline
from zoturi.store.database import Waiting
from zoturi.store.opening import DATABASE_FILE, open_database
from zoturi.wire import SendMessage

AINO = Worker(1, "aino", "Aino", "worker", 1, 0)
MEN = [Visitor(key, b"") for key in (1, 2, 3)]


@pytest.fixture
def kind():
    return "sqlite"  # PostgreSQL runs together what happens to wait; the model's machine holds it to the same rules


@pytest.fixture
async def house(place):
    """A database with three visitors, each with a contact: one waits, Aino has one, one is closed; and their ids."""
    opened = []

    async def open_one(name: str):
        db = open_database(Settings(data=place[0].parent / name))
        opened.append(db)
        return db, await db.write(_furnish)

    yield open_one
    for db in opened:
        await db.stop()


def _furnish(tx) -> list[str]:
    tx.run("INSERT INTO team (key, id) VALUES (1, 'team')")
    columns = {"key": 1, "id": "aino", "email": "a@demo.example", "name": "Aino", "role": "worker", "team": 1}
    _insert(tx, "worker", columns)
    ids = []
    for man, state in zip(MEN, ("waiting", "claimed", "closed"), strict=True):
        _insert(tx, "visitor", {"key": man.key, "token_hash": bytes([man.key])})
        contact = contacts.insert(
            tx, channel="chat", language="fi", team=1, visitor=man.key, client_id=None, details=Details("Kettu"),
            due_at=tx.now,
        )  # fmt: skip
        owner = 1 if state == "claimed" else None
        tx.run("UPDATE contact SET state = ?, owner = ? WHERE key = ?", state, owner, contact.key)
        ids.append(contact.id)
    return ids


def _insert(tx, table: str, given: dict) -> None:
    """A row with these values, and something in every other column that must not be empty."""
    for column in tx.all(
        f"SELECT name, type FROM pragma_table_info('{table}') WHERE \"notnull\" AND dflt_value IS NULL"
    ):
        given.setdefault(column["name"], 0 if "INT" in column["type"] else "x")
    names = ", ".join(given)
    tx.run(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(given))})", *given.values())


def _script(seed: int, ids: list[str]) -> list[tuple]:
    """What is said: new and repeated words, by the right people and by others, also after the end and to nobody."""
    dice = random.Random(seed)
    said: list[tuple] = []
    sent: list[tuple] = []
    for number in range(120):
        spoken = f"00000000-0000-4000-8000-{number:012d}"
        who, where = dice.choice([*MEN, AINO]), dice.choice([*ids, ids[1], ids[1], "nowhere"])
        if sent and dice.random() < 0.3:
            who, where, spoken = dice.choice(sent)  # once more, perhaps with other words
        sent.append((who, where, spoken))
        words = SendMessage(contact_id=where, client_id=spoken, text=dice.choice(["apua", "apua", "moi", " \x01"]))
        said.append((chat.send_message, who, words, dice.choice(["message", "message", "note"])))
        if number % 40 == 39:
            said.append((_close, ids[1]) if number == 79 else (_claimed_again, ids[0]))
    return said


def _claimed_again(tx, contact_id: str) -> int:
    """A deed of another kind among them: it sees what was appended before it."""
    return timeline.append(tx, contacts.get(tx, contact_id), "claimed").seq


def _close(tx, contact_id: str) -> None:
    contacts.change(tx, contacts.get(tx, contact_id), state="closed")


def outcome(answer) -> object:
    if isinstance(answer, Refusal):
        return answer.code
    assert not isinstance(answer, BaseException), answer
    return answer["seq"] if isinstance(answer, dict) else answer


async def _at_once(db, deeds: list[tuple]) -> list:
    """All of them wait while the writer is busy with something else."""
    free = threading.Event()
    first = asyncio.ensure_future(db.write(lambda tx: free.wait(20)))
    rest = [asyncio.ensure_future(db.write(*each)) for each in deeds]
    await asyncio.sleep(0)
    free.set()
    await first
    return await asyncio.gather(*rest, return_exceptions=True)


def _rows(tx) -> list:
    found = []
    for contact_key in range(1, 4):
        head = tx.one("SELECT id, last_seq, public_seq FROM contact WHERE key = ?", contact_key)
        contact = contacts.get(tx, head["id"])
        entries = timeline.read(tx, contact, 0, 500, hidden=True)
        found.append((head["last_seq"], head["public_seq"], [each._replace(at=0) for each in entries]))
    return found


@pytest.mark.parametrize("seed", range(4))
async def test_together_is_the_same_as_one_by_one(house, seed):
    (one, ids), (other, other_ids) = await house("one"), await house("other")
    alone = []
    for deed, *given in _script(seed, ids):
        alone += await asyncio.gather(one.write(deed, *given), return_exceptions=True)
    together = await _at_once(other, _script(seed, other_ids))
    assert [outcome(each) for each in together] == [outcome(each) for each in alone]
    assert {"not_found", "gone", "conflict", "bad_text"} <= set(map(outcome, alone))
    assert await other.read(_rows) == await one.read(_rows)


async def test_what_somebody_else_wrote_meanwhile_counts(house, place):
    db, ids = await house("one")

    def say(number: int) -> Waiting:
        spoken = f"00000000-0000-4000-8000-{number:012d}"
        command = SendMessage(contact_id=ids[1], client_id=spoken, text="moi")
        return Waiting(chat.send_message, (MEN[1], command), lambda waiting: None)

    first, second = [say(1), say(2)], [say(3), say(4)]
    await asyncio.to_thread(db.engine._together, first)
    assert [each.value["seq"] for each in first] == [1, 2]
    stranger = sqlite3.connect(place[0].parent / "one" / DATABASE_FILE)  # as a command of the operator does
    stranger.execute("UPDATE contact SET state = 'closed' WHERE id = ?", (ids[1],))
    stranger.commit()
    stranger.close()
    await asyncio.to_thread(db.engine._together, second)
    assert [each.failed.code for each in second] == ["gone", "gone"]

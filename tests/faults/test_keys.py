"""Keys that are gone or wrong: no start, or no opening; never garbage, and never fresh keys over old data."""

import asyncio
import os

import pytest

from tests.invariants import check
from zoturi import world
from zoturi.store.opening import OpeningError, open_database
from zoturi.store.vault import week_of

pytestmark = pytest.mark.faults


@pytest.fixture
def kind():
    return "sqlite"


def other_bytes(path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


@pytest.mark.parametrize("which", ["master.key", "week"])
@pytest.mark.parametrize("harm", [lambda path: path.unlink(), other_bytes, lambda path: path.write_bytes(b"")],
                         ids=["missing", "wrong", "empty"])  # fmt: skip
async def test_without_its_keys_the_server_does_not_start_and_makes_no_new_ones(server, people, place, which, harm):
    """Put back, they open everything; a fresh key under the old name would have buried the old one."""
    visitor = await people.visitor()
    contact_id = (await visitor.open_contact(text="häkkilintu"))["id"]
    await server.stop()
    folder = place[0] / "keys"
    week = week_of(world.now())
    path = folder / (which if which == "master.key" else f"week-{week}.key")
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    harm(path)
    harmed = {each.name: each.read_bytes() for each in folder.iterdir()}
    with pytest.raises(OpeningError) as refused:
        open_database(server.settings)
    said = str(refused.value)
    assert "\n" not in said and (path.name in said or week in said or "do not belong" in said), said
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == harmed
    for name, content in before.items():
        (folder / name).write_bytes(content)
    await server.start()
    await visitor.hang_up()
    await visitor.connect()
    assert await visitor.texts(contact_id) == ["häkkilintu"]
    await check(server.db, [visitor])


async def test_rows_swapped_while_serving_open_nowhere_and_harm_nobody_else(server, people):
    """Somebody with the file moves sealed texts between two talks: neither shows them, the third goes on."""
    worker = await people.on_duty(capacity=5)
    talks = []
    for text in ("ensimmäisen salaisuus", "toisen salaisuus", "kolmas"):
        visitor = await people.visitor()
        contact = await visitor.open_contact(text=text)
        await worker.do("claim_contact", contact_id=contact["id"])
        talks.append((visitor, contact["id"]))

    def swap(tx):
        rows = tx.all("SELECT c.key, e.body FROM contact c JOIN entry e ON e.contact = c.key AND e.seq = 2"
                      " ORDER BY c.key LIMIT 2")  # fmt: skip
        for row, other in zip(rows, reversed(rows), strict=True):
            tx.run("UPDATE entry SET body = ? WHERE contact = ? AND seq = 2", other["body"], row["key"])

    await server.write(swap)
    server.expected_errors.add("entry_does_not_open")
    for visitor, contact_id in talks[:2]:
        for person in (visitor, worker):
            (moved,) = (entry for entry in await person.entries(contact_id) if entry["seq"] == 2)
            assert (moved["text"], moved["data"]) == (None, {"unreadable": True})
        # What is said from now on is read by both.
        seq = (await visitor.say(contact_id, "olen täällä"))["seq"]
        assert (await worker.entries(contact_id, after=seq - 1))[0]["text"] == "olen täällä"
    visitor, contact_id = talks[2]
    await asyncio.gather(*(visitor.say(contact_id, "jatkuu") for _ in range(5)))
    assert (await worker.texts(contact_id)).count("jatkuu") == 5
    assert "salaisuus" not in server.log


async def test_a_row_that_opens_no_more_closes_nobodys_desk(server, people):
    """A bad spot on the disk took the details and texts of the first in the queue: the desk and the queue go on."""
    first, second = await people.visitor(), await people.visitor()
    broken, whole = await first.open_contact(nickname="Kettu", text="salaisuus"), await second.open_contact(text="moi")

    def harm(tx):
        tx.run("UPDATE contact SET details = ? WHERE id = ?", os.urandom(296), broken["id"])
        tx.run("UPDATE entry SET body = ? WHERE contact = (SELECT key FROM contact WHERE id = ?) AND body IS NOT NULL",
               os.urandom(296), broken["id"])  # fmt: skip

    await server.write(harm)
    server.expected_errors |= {"details_do_not_open", "entry_does_not_open"}
    worker = await people.on_duty(capacity=5)
    desk = await worker.do("watch_desk")
    assert [contact["id"] for contact in desk["queue"]] == [broken["id"], whole["id"]]
    taken = await worker.do("claim_next")
    assert (taken["contact"]["id"], taken["contact"]["nickname"]) == (broken["id"], None)
    assert [entry["text"] for entry in taken["entries"]] == [None, None, None]
    assert (await worker.do("claim_next"))["contact"]["id"] == whole["id"]
    seq = (await first.say(broken["id"], "olen yhä täällä"))["seq"]
    assert (await worker.entries(broken["id"], after=seq - 1))[0]["text"] == "olen yhä täällä"
    await worker.do("close_contact", contact_id=broken["id"], outcome="advice")
    await first.do("erase_contact", contact_id=broken["id"])

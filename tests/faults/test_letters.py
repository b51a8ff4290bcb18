"""I6: kill -9 while a mail to a service leaves. It leaves at least once, and counts once for us."""

import asyncio
import os
import signal

import pytest

from tests.invariants import check, letters_hold
from tests.mailbox import mailbox
from tests.people import VisitorPerson, WorkerPerson
from zoturi.settings import Settings
from zoturi.store.opening import open_database

pytestmark = pytest.mark.faults
SERVICE = "perheneuvola"


@pytest.fixture
def kind() -> str:
    """Leases are plain statements; tests/actions/test_handovers.py lets one run out on both databases."""
    return "sqlite"


async def arrived(box, count: int) -> None:
    async with asyncio.timeout(30):
        while len(box.letters) < count:
            await asyncio.sleep(0.05)


async def test_killed_the_moment_the_mail_server_has_it(process, place):
    with mailbox() as box:
        running = process(ZOTURI_SMTP_URL=box.url, ZOTURI_DEMO_PIN="2468")
        await running.start()
        visitor, aino = await VisitorPerson(running.origin).arrive(), WorkerPerson(running.origin)
        assert await aino.sign_in("aino@demo.example", running.password) == 303
        await aino.on_duty()
        contact_id = (await visitor.open_contact(text="moi"))["id"]
        await aino.do("claim_contact", contact_id=contact_id)
        said = {"contact_id": contact_id, "service_id": SERVICE, "summary": "Lyhyesti.", "include": ["summary"]}
        made = (await aino.do("offer_handover", **said))["handover"]

        # The mail server has the letter, and we do not know it yet: the power goes in its handler.
        box.on_letter = lambda: os.kill(running.pid, signal.SIGKILL)
        await visitor.do("answer_handover", handover_id=made["id"], agree=True)
        await arrived(box, 1)
        running.kill()
        box.on_letter = None
        await asyncio.gather(visitor.leave(), aino.leave())

        db = open_database(Settings(data=place[0], database_url=place[1]))
        (row,) = await db.read(lambda tx: [dict(row) for row in tx.all("SELECT * FROM outbox")])
        assert (row["done_at"], row["attempts"]) == (None, 1)
        # Two minutes later the lease of the dead has run out.
        await db.write(lambda tx: tx.run("UPDATE outbox SET until = ?", tx.now))
        await db.stop()

        await running.start()
        await arrived(box, 2)
        marks = [letter["Message-ID"] for _, letter in box.letters]
        texts = {letter.get_content() for _, letter in box.letters}
        assert len(set(marks)) == 1 and len(texts) == 1
        db = open_database(Settings(data=place[0], database_url=place[1]))
        async with asyncio.timeout(20):
            while not (await db.read(lambda tx: tx.one("SELECT sent FROM outbox")["sent"])):
                await asyncio.sleep(0.05)
        sent = [("", "", "", mark[1:].partition("@")[0]) for mark in marks]
        await letters_hold(db, sent)
        house = await check(db, ())
        kept = await db.read(lambda tx: tx.one("SELECT state FROM handover WHERE id = ?", made["id"])["state"])
        await db.stop()
    assert kept == "delivered"
    states = [entry.data["state"] for entry in house[contact_id][1] if entry.kind == "handover"]
    assert states == ["offered", "consented", "queued", "delivered"]

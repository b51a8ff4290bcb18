"""Copies and what dies: a backup under load, erased texts, week keys, and what is kept no longer."""

import asyncio
import sqlite3
import subprocess
import sys

import pytest

from tests.faults.crowd import CANARIES, Crowd, every_cell
from tests.invariants import acknowledged, canaries_in, chain_holds, check
from tests.mirror import mirrors
from tests.process import own_environment
from zoturi.actions import audits, upkeep
from zoturi.settings import Settings
from zoturi.store import backup as copies
from zoturi.store import retention, weeks
from zoturi.store.opening import OpeningError, open_database
from zoturi.store.vault import Vault, VaultError

pytestmark = pytest.mark.faults


async def zoturi(*arguments: str, environment: dict[str, str]) -> str:
    """Run a command of the real program, which must succeed; what it said."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "zoturi", *arguments, env=environment, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT, cwd=environment["ZOTURI_DATA"],
    )  # fmt: skip
    said = (await child.communicate())[0].decode()
    assert child.returncode == 0, said
    return said


async def test_a_copy_made_under_load_is_whole_and_can_be_lived_from(process, place, tmp_path):
    """What was acknowledged before the copy began is in it; nothing in it is torn; nothing lies open in it."""
    running = await process(ZOTURI_MESSAGES_PER_MINUTE="0", ZOTURI_LOG_LEVEL="DEBUG").start()
    crowd = Crowd(running.origin)
    crowd.wanted = 60
    await crowd.arrive()
    tasks = await crowd.until_gone()
    await asyncio.wait_for(crowd.enough.wait(), 60)
    before = {person: len(person.answers) for person in crowd.everybody}
    file, keys = tmp_path / "copy", tmp_path / "copy.keys"
    said = await zoturi("backup", str(file), "--keys", str(keys), environment=own_environment(*place))
    crowd.wanted, crowd.acknowledged = 30, 0
    crowd.enough.clear()
    await asyncio.wait_for(crowd.enough.wait(), 60)  # serving went on
    running.kill()
    await asyncio.gather(*tasks)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    settings = Settings(data=elsewhere)
    said += await zoturi("restore", str(file), "--keys", str(keys), environment=own_environment(elsewhere))
    db = open_database(settings)
    house = await check(db, ())
    await chain_holds(db)
    await db.stop()
    for person in crowd.everybody:
        del person.answers[before[person] :]
        acknowledged(person, house)
    assert sum(len(entries) for _, entries in house.values()) >= 60
    assert canaries_in(CANARIES, file, elsewhere / "zoturi.sqlite3", keys, said, running.said()) == []
    await crowd.leave()


@pytest.fixture
def yesterday(tmp_path):
    """A copy of the database file, as a thief or a snapshot of the disk takes it, made by `take()`."""

    class Yesterday:
        file, keys = tmp_path / "yesterday", tmp_path / "yesterday.keys"

        def take(self, server) -> None:
            copies.backup(server.settings, self.file, self.keys)

        def restore(self, folder) -> Settings:
            settings = Settings(data=tmp_path / folder)
            copies.restore(settings, self.file, self.keys)
            return settings

    return Yesterday()


def sealed_of(tx, contact_id) -> list[bytes]:
    """Every sealed byte string that belongs to a contact: texts, details, feedback, its wrapped key."""
    row = tx.one("SELECT key, details, wrapped_key FROM contact WHERE id = ?", contact_id)
    entries = tx.all("SELECT body FROM entry WHERE contact = ? AND body IS NOT NULL", row["key"])
    feedback = tx.all("SELECT body FROM feedback WHERE contact = ?", row["key"])
    return [bytes(each) for each in (row["details"], row["wrapped_key"], *(e["body"] for e in (*entries, *feedback)))]


async def days_pass(server, days: int, *there) -> None:
    """Days go by as they do, with a round of upkeep each half of them; these people stay connected all the while."""
    for _ in range(2 * days):
        server.clock.move(hours=12)
        for person in there:
            await person.settle()
        await server.presence()
        for job in ("purge", "keys", "tidy"):
            await server.jobs[job]()


async def test_an_erased_text_is_gone_at_once_from_the_file_and_its_log(server, people, place, kind):
    """Not even its sealed bytes are left, so that no key that may turn up ever opens them."""
    visitor, worker, contact_id = await people.talking(nickname=CANARIES[0], text=CANARIES[1], area="lumikyla")
    await worker.do(
        "add_note", contact_id=contact_id, client_id="6ff5d3f3-7de0-4c6f-b2ff-04a1fbd0f9a1", text=CANARIES[2]
    )
    await visitor.do("give_feedback", contact_id=contact_id, helped=2, text=CANARIES[3])
    await visitor.do("say_not_safe", contact_id=contact_id)
    sealed = await server.db.read(sealed_of, contact_id)
    assert len(sealed) >= 5

    async def left() -> list[bool]:
        # Read by another process: closing a database's file here would drop the locks that SQLite holds on it.
        files = [str(path) for path in place[0].rglob("*") if path.is_file()]
        content = (await asyncio.to_thread(subprocess.run, ["cat", *files], capture_output=True, check=True)).stdout
        if kind == "postgresql":
            content += await server.db.read(every_cell)
        return [each in content or each[40:80] in content for each in sealed]

    assert all(await left())  # a search that finds nothing before proves nothing after
    await visitor.do("erase_contact", contact_id=contact_id)
    await server.jobs["tidy"]()
    assert not any(await left())
    for view in await mirrors(visitor, worker):
        await view.check()
    await check(server.db, people.all)


async def test_an_erased_text_dies_in_every_backup_with_its_keys(server, people, yesterday, tmp_path):
    """A backup from before the erasure opens with its own file of keys only; the keys of the house are gone by then."""
    visitor, worker, contact_id = await people.talking(nickname=CANARIES[0], text=CANARIES[1])
    other = await people.visitor()
    lives = await other.open_contact(text="häkkilintu elää")
    yesterday.take(server)
    await visitor.do("erase_contact", contact_id=contact_id)
    folder = server.settings.keys_folder
    week = {path.name for path in folder.glob("week-*.key")}
    # As long as the file of keys lives, so does the backup: that is what it is for.
    restored = open_database(yesterday.restore("restored"))
    assert CANARIES[1] in {entry.text for entry in (await check(restored, ()))[contact_id][1]}
    await restored.stop()
    # The other visitor stays, so that there is a living contact whose key has to move on.
    await days_pass(server, server.settings.backup_days + 8, other)
    assert not week & {path.name for path in folder.iterdir()}
    # The copy's own file of keys is destroyed, as the operator was told: all the keys of the house do not open it.
    yesterday.keys.unlink()
    stolen = Settings(data=tmp_path / "restored", keys=folder)
    with pytest.raises(OpeningError, match="key of the week"):
        open_database(stolen)
    wrapped = await _rows(yesterday.file, contact_id)
    with pytest.raises(VaultError):
        Vault.open(folder, create=False).contact_key(contact_id, *wrapped)
    assert await other.texts(lives["id"]) == ["häkkilintu elää"]
    server.db.vault._contacts.clear()
    server.db.vault._weeks.clear()
    assert await other.texts(lives["id"]) == ["häkkilintu elää"]  # from the disk too
    await check(server.db, [other])
    await chain_holds(server.db)


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_all_living_keys_move_to_the_new_week_in_however_many_slices(server, people, monkeypatch):
    """One slice left behind would keep an old week's key, and with it every old backup, alive for ever."""
    monkeypatch.setattr(weeks, "SLICE", 2)
    said = {}
    for number in range(5):
        visitor = await people.visitor()
        said[(await visitor.open_contact(text=f"häkkilintu {number}"))["id"]] = f"häkkilintu {number}"
    erased = await people.visitor()
    await erased.do("erase_contact", contact_id=(await erased.open_contact())["id"])
    server.clock.move(days=8)
    await server.jobs["keys"]()
    now = server.db.vault.week(server.clock())
    kept = await server.query("SELECT id, week FROM contact WHERE wrapped_key IS NOT NULL")
    assert [(row["week"], row["id"] in said) for row in kept] == [(now, True)] * 5
    server.db.vault._contacts.clear()
    house = await check(server.db, people.all)
    assert {contact_id: house[contact_id][1][1].text for contact_id in said} == said


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("sealed", ["not yet", "at that moment", "and marked"])
async def test_the_audit_of_a_restored_copy_holds_whenever_it_was_sealed(server, people, yesterday, sealed):
    """The mark of the newest seal lies outside the database, so a restored one begins without it."""
    await people.talking()
    server.clock.move(seconds=61)
    if sealed == "at that moment":
        await server.write(audits.seal)
    elif sealed == "and marked":
        await server.jobs["audit"]()
    await people.on_duty("onni")  # a line that no seal covers
    yesterday.take(server)
    db = open_database(yesterday.restore("restored"))
    made_anew = "SELECT count(*) AS n FROM audit WHERE deed = 'audit_mark_made_anew'"
    await chain_holds(db)
    lines = await db.read(lambda tx: tx.one(made_anew)["n"])
    await db.stop()
    assert lines == (sealed == "and marked")


async def _rows(file, contact_id) -> tuple[str, bytes]:
    connection = sqlite3.connect(file)
    try:
        return connection.execute("SELECT week, wrapped_key FROM contact WHERE id = ?", (contact_id,)).fetchone()
    finally:
        connection.close()


async def test_what_is_kept_no_longer_goes_in_slices_and_nobody_waits(server, people, monkeypatch):
    monkeypatch.setattr(retention, "SLICE", 5)
    worker = await people.on_duty(capacity=9)
    for _ in range(12):
        visitor = await people.visitor()
        contact_id = (await visitor.open_contact(text=CANARIES[1]))["id"]
        await worker.do("claim_contact", contact_id=contact_id)
        await worker.do("close_contact", contact_id=contact_id, outcome="advice")
    kept = server.site.retention.chats_days
    await days_pass(server, kept - 1)
    assert (await server.query("SELECT count(*) AS n FROM contact"))[0]["n"] == 12
    server.clock.move(days=1, hours=1)
    again, worker = await people.visitor(), await people.on_duty("onni")
    living = (await again.open_contact(text="häkkilintu"))["id"]
    await worker.do("claim_contact", contact_id=living)
    await server.write(upkeep.trust_clock)
    purge = asyncio.create_task(server.jobs["purge"]())
    while not purge.done():
        await asyncio.wait_for(again.say(living, "häkkilintu laulaa"), 2)
    await purge
    assert await server.query("SELECT id FROM contact") == [{"id": living}]
    for table in ("entry", "feedback", "return_code"):
        assert (await server.query(f"SELECT count(*) AS n FROM {table} WHERE contact NOT IN (SELECT key FROM contact)")
                )[0]["n"] == 0  # fmt: skip
    await check(server.db, [again])
    await chain_holds(server.db)

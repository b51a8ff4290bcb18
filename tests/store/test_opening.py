"""Opening a data folder: keys that fit or no start, rows that cannot be moved, a folder for one kind of run."""

import asyncio
import os
import shutil
import stat

import pytest

from tests.house import demo_site
from tests.needs import postgres_database
from zoturi.actions import demo
from zoturi.settings import Settings
from zoturi.store.opening import OpeningError, open_database, prepare_folder
from zoturi.store.vault import VaultError


def settings_of(place) -> Settings:
    folder, database_url = place
    return Settings(data=folder, database_url=database_url)


def refused(settings: Settings) -> str:
    with pytest.raises(OpeningError) as caught:
        open_database(settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_missing_keys_over_existing_data_refuse_and_are_never_made_anew(place):
    settings = settings_of(place)
    shutil.rmtree(settings.keys_folder)
    assert "missing" in refused(settings)
    assert not settings.keys_folder.exists() or not list(settings.keys_folder.iterdir())


def test_wrong_keys_refuse(place):
    settings = settings_of(place)
    (settings.keys_folder / "master.key").unlink()
    (settings.keys_folder / "master.key").write_bytes(os.urandom(32))
    assert "do not belong" in refused(settings)


def test_damaged_keys_refuse(place):
    settings = settings_of(place)
    path = settings.keys_folder / "master.key"
    path.chmod(0o600)
    path.write_bytes(b"x" * 31)
    assert "damaged" in refused(settings)


def test_keys_of_two_folders_can_not_be_swapped(place, tmp_path):
    first = settings_of(place)
    other = Settings(data=tmp_path / "other")
    open_database(other).engine.stop()
    shutil.rmtree(first.keys_folder)
    shutil.copytree(other.keys_folder, first.keys_folder)
    assert "do not belong" in refused(first)


def test_a_database_that_is_none_is_refused_in_one_line(tmp_path):
    (tmp_path / "zoturi.sqlite3").write_bytes(b"this is no database" * 100)
    assert refused(Settings(data=tmp_path))


def test_a_database_that_does_not_answer_is_refused_in_one_line(tmp_path):
    url = "postgresql+psycopg://nobody:geheim@127.0.0.1:1/none"
    line = refused(Settings(data=tmp_path, database_url=url))
    assert "geheim" not in line


def test_a_folder_that_can_not_be_made_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").write_text("x")
    assert "cannot be made" in refused(Settings(data=tmp_path / "file" / "data"))


def test_what_is_made_is_for_its_owner_only(tmp_path):
    database = open_database(Settings(data=tmp_path / "new"))
    database.engine.stop()
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    for path in (tmp_path / "new").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name


async def test_processes_that_start_at_once_on_nothing_make_one_demo(postgres, tmp_path):
    """Keys, tables, staff, services and the secrets of the demo are made once, and everybody starts."""
    with postgres_database(postgres) as url:
        settings = Settings(data=tmp_path / "data", database_url=url)
        prepare_folder(settings.data)
        opened = await asyncio.gather(*(asyncio.to_thread(open_database, settings) for _ in range(2)))
        sign_ins = await asyncio.gather(*(demo.fill(db, demo_site(), settings) for db in opened))
        staff = await opened[0].read(lambda tx: tx.all("SELECT email FROM worker"))
        for db in opened:
            await db.stop()
    assert len(set(sign_ins)) == 1 and all(sign_ins[0])
    assert len(staff) == len(demo.PEOPLE_IN_WORDS)


async def test_texts_moved_to_another_row_do_not_open(server, people):
    visitor, worker, contact_id = await people.talking(text="ensimmäinen")
    await visitor.say(contact_id, "toinen")

    def swap(tx):
        rows = tx.all("SELECT seq, body FROM entry WHERE kind = 'message' ORDER BY seq")
        for row, other in zip(rows, reversed(rows), strict=True):
            tx.run("UPDATE entry SET body = ? WHERE seq = ?", other["body"], row["seq"])

    await server.write(swap)
    server.expected_errors.add("entry_does_not_open")
    assert await worker.texts(contact_id) == [None, None]
    await visitor.say(contact_id, "kolmas")  # and the conversation goes on
    assert await worker.texts(contact_id) == [None, None, "kolmas"]
    assert "ensimmäinen" not in server.log


async def test_texts_moved_to_another_contact_do_not_open(server, people):
    visitor, _, contact_id = await people.talking(text="salaisuus")
    thief = await people.visitor()
    stolen = await thief.open_contact(text="minun")

    def move(tx):
        body = tx.one("SELECT e.body FROM entry e JOIN contact c ON c.key = e.contact WHERE c.id = ? AND e.seq = 2",
                      contact_id)["body"]  # fmt: skip
        tx.run("UPDATE entry SET body = ? WHERE seq = 2 AND contact = (SELECT key FROM contact WHERE id = ?)",
               body, stolen["id"])  # fmt: skip

    await server.write(move)
    server.expected_errors.add("entry_does_not_open")
    assert await thief.texts(stolen["id"]) == [None]
    assert "salaisuus" in await visitor.texts(contact_id)


async def test_details_moved_to_another_contact_do_not_open(server, people):
    await people.talking(nickname="Kettu")
    thief = await people.visitor()
    await thief.open_contact(nickname="Susi")
    rows = await server.query("SELECT key, details, week, wrapped_key FROM contact ORDER BY key")

    def swap(tx):
        tx.run("UPDATE contact SET details = ?, week = ?, wrapped_key = ? WHERE key = ?",
               rows[0]["details"], rows[0]["week"], rows[0]["wrapped_key"], rows[1]["key"])  # fmt: skip

    await server.write(swap)
    server.db.vault._contacts.clear()
    server.expected_errors.add("details_do_not_open")
    (seen,) = (await thief.do("watch_mine"))["contacts"]
    assert seen["nickname"] is None


async def test_each_contact_has_a_key_of_its_own_and_dies_with_it(server, people):
    visitor, _, contact_id = await people.talking(text="salaisuus")
    (row,) = await server.query("SELECT id, week, wrapped_key FROM contact")
    await visitor.do("erase_contact", contact_id=contact_id)
    (after,) = await server.query("SELECT week, wrapped_key, details FROM contact")
    assert set(after.values()) == {None}
    assert contact_id not in server.db.vault._contacts
    with pytest.raises(VaultError):
        server.db.vault.contact_key("somebody else", row["week"], bytes(row["wrapped_key"]))


async def test_a_failing_deed_fails_alone_and_tells_nothing(server, people):
    """Deeds that share a commit: one breaks, the others stand, and nobody hears of what was rolled back."""
    visitor, worker, contact_id = await people.talking()
    server.expected_errors.add("deed_failed")

    def broken(tx):
        tx.run("UPDATE contact SET state = 'closed'")
        raise RuntimeError("apua")

    answers = [visitor.say(contact_id, f"{n}") for n in range(10)]
    futures = [server.write(broken) for _ in range(3)]
    results = await asyncio.gather(*answers, *futures, return_exceptions=True)
    assert [getattr(result, "code", "ok") for result in results] == ["ok"] * 10 + ["internal"] * 3
    assert await worker.texts(contact_id) == [f"{n}" for n in range(10)]
    assert (await visitor.do("watch_mine"))["contacts"][0]["state"] == "claimed"
    assert "apua" not in server.log

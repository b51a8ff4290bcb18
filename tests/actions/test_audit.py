"""The audit chain: whoever changes the database without the key is found out."""

import os

import pytest

from tests.house import demo_site
from zoturi.actions import audits, doctor
from zoturi.store import people
from zoturi.store.audits import MARK_FILE


async def write_lines(server, count, start=0):
    for number in range(start, start + count):
        await server.write(people.audit, None, "test_line", f"object{number}")


async def sealed(server):
    """Let the minute pass and the job come round."""
    server.clock.move(seconds=70)
    await server.jobs["audit"]()


@pytest.fixture
async def chain(server):
    """Three seals of three lines each (the demo's first lines before them)."""
    for round_ in range(3):
        await write_lines(server, 3, 3 * round_)
        await sealed(server)
    assert await problem(server) is None
    return server


async def problem(server):
    return (await server.db.read(audits.verify)).problem


async def run(server, sql, *params):
    await server.write(lambda tx: tx.run(sql, *params))


async def key_of(server, which):
    (row,) = await server.query("SELECT key FROM audit WHERE object = ?", which)
    return row["key"]


async def test_an_untouched_audit_holds(chain):
    verdict = await chain.db.read(audits.verify)
    assert (verdict.problem, verdict.unsealed) == (None, 0)
    assert verdict.lines >= 9
    assert verdict.seals >= 3


@pytest.mark.parametrize("column", ["at", "worker", "deed", "object", "facts"])
async def test_an_edited_line_is_found(chain, column):
    value = 7 if column in ("at", "worker") else "other"
    changed = "UPDATE audit SET {} = ? WHERE object = 'object4'".format(column)  # noqa: UP032
    await run(chain, changed, value)
    assert await problem(chain) == "line_changed"


@pytest.mark.parametrize("which", ["object0", "object4", "object8"])
async def test_a_deleted_line_is_found(chain, which):
    await run(chain, "DELETE FROM audit WHERE object = ?", which)
    assert await problem(chain) == "line_missing"


async def test_two_swapped_lines_are_found(chain):
    one, other = await key_of(chain, "object3"), await key_of(chain, "object4")
    for old, new in ((one, -1), (other, one), (-1, other)):
        await run(chain, "UPDATE audit SET key = ? WHERE key = ?", new, old)
    assert await problem(chain) == "line_changed"


async def test_an_inserted_line_is_found(chain):
    key = await key_of(chain, "object4")
    await run(chain, "DELETE FROM audit WHERE key = ?", key)
    await run(chain, "INSERT INTO audit (key, at, deed, object) VALUES (?, 1, 'test_line', 'object4')", key)
    assert await problem(chain) == "line_changed"
    await run(chain, "INSERT INTO audit (key, at, deed) VALUES (0, 1, 'test_line')")
    assert await problem(chain) in ("line_added", "line_changed")


async def test_a_cut_end_is_found_even_with_its_seals(chain):
    key = await key_of(chain, "object5")
    await run(chain, "DELETE FROM audit WHERE key > ?", key)
    await run(chain, "DELETE FROM audit_seal WHERE last > ?", key)
    assert await problem(chain) == "cut"
    await write_lines(chain, 3, 20)
    await sealed(chain)
    assert await problem(chain) in ("cut", "line_changed")  # the mark is evidence: it is never overwritten


async def test_a_cut_beginning_is_found(chain):
    (first,) = await chain.query("SELECT number, last FROM audit_seal ORDER BY number LIMIT 1")
    await run(chain, "DELETE FROM audit WHERE key <= ?", first["last"])
    await run(chain, "DELETE FROM audit_seal WHERE number = ?", first["number"])
    assert await problem(chain) == "seal_missing"


async def test_a_missing_seal_in_the_middle_is_found(chain):
    (row,) = await chain.query("SELECT max(number) AS n FROM audit_seal")
    await run(chain, "DELETE FROM audit_seal WHERE number = ?", row["n"] - 1)
    assert await problem(chain) == "seal_missing"


async def test_a_seal_made_without_the_key_is_found(chain):
    key = await key_of(chain, "object8")
    await run(chain, "UPDATE audit SET deed = 'other' WHERE key = ?", key)
    await run(chain, "UPDATE audit_seal SET mac = ? WHERE last >= ?", b"x" * 32, key)
    assert await problem(chain) == "line_changed"


async def test_purge_leaves_an_anchor_and_the_rest_verifies(chain):
    site = demo_site().model_copy(update={"retention": demo_site().retention.model_copy(update={"audit_days": 30})})
    chain.clock.move(days=31)
    await write_lines(chain, 2, 30)
    await sealed(chain)
    total = 0
    while purged := await chain.write(audits.purge, chain.clock() - site.retention.audit_days * 86_400_000):
        total += purged
    assert total >= 9
    assert await problem(chain) is None
    assert [row["object"] for row in await chain.query("SELECT object FROM audit WHERE deed = 'test_line'")] == [
        "object30", "object31"]  # fmt: skip
    await write_lines(chain, 1, 40)
    await sealed(chain)
    assert await problem(chain) is None
    for value in ('[0, 0, "", ""]', "nonsense"):
        await run(chain, "UPDATE setting SET value = ? WHERE name = 'audit_anchor'", value)
        assert await problem(chain) == "anchor_changed"
    await run(chain, "DELETE FROM setting WHERE name = 'audit_anchor'")
    assert await problem(chain) == "seal_missing"


async def test_lines_that_do_not_fit_their_seal_are_not_purged(chain):
    await run(chain, "UPDATE audit SET deed = 'other' WHERE object = 'object0'")
    chain.clock.move(days=400)
    while await chain.write(audits.purge, chain.clock()):
        pass
    assert await chain.query("SELECT 1 FROM audit WHERE object = 'object0'")
    assert await problem(chain) == "line_changed"


async def test_purging_everything_goes_on_from_the_anchor(chain):
    chain.clock.move(days=2)
    while await chain.write(audits.purge, chain.clock()):
        pass
    assert len(await chain.query("SELECT 1 FROM audit_seal")) == 1
    await write_lines(chain, 2, 50)
    await sealed(chain)
    assert await problem(chain) is None


async def test_a_missing_mark_is_said_made_anew_and_leaves_a_line(chain):
    path = chain.settings.keys_folder / MARK_FILE
    os.unlink(path)
    assert await problem(chain) == "mark_missing"
    await sealed(chain)
    assert path.exists()
    assert await chain.query("SELECT 1 FROM audit WHERE deed = 'audit_mark_made_anew'")
    assert await problem(chain) is None


async def test_a_changed_mark_is_found_and_kept(chain):
    path = chain.settings.keys_folder / MARK_FILE
    path.write_text(path.read_text().replace("[", "[1", 1))
    before = path.read_text()
    assert await problem(chain) == "mark_changed"
    await sealed(chain)
    assert path.read_text() == before
    assert "audit_broken" in chain.log


async def test_young_lines_wait_and_old_unsealed_ones_are_said(server):
    await write_lines(server, 2)
    await server.jobs["audit"]()
    assert (await server.db.read(audits.verify)).unsealed == 2 or await problem(server) is None
    server.clock.move(minutes=11)
    assert await problem(server) == "not_sealed"
    await server.jobs["audit"]()
    assert await problem(server) is None


async def test_doctor_says_whether_the_chain_holds(chain):
    def said():
        return [finding for finding in doctor.examine(chain.settings, demo_site) if finding.what.startswith("audit")]

    (finding,) = said()
    assert finding.sound
    await run(chain, "DELETE FROM audit WHERE object = 'object4'")
    (finding,) = said()
    assert not finding.sound
    assert "missing" in finding.what


async def test_many_lines_are_sealed_in_slices(server):
    await server.write(lambda tx: [people.audit(tx, None, "test_line", str(n)) for n in range(1203)] and None)
    await sealed(server)
    assert await problem(server) is None
    (row,) = await server.query("SELECT count(*) AS n FROM audit WHERE key > (SELECT max(last) FROM audit_seal)")
    assert row["n"] == 0

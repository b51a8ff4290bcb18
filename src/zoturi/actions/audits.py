"""The audit: sealed every minute, purged from its old end, browsed and verified."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from zoturi.domain import audit_chain
from zoturi.domain.audit_chain import Link
from zoturi.store import audits as store
from zoturi.store import people
from zoturi.store.database import Database
from zoturi.store.tx import Row, Tx
from zoturi.store.vault import Vault

SETTLED_MS = 60_000
"""Lines younger than this may still get an older one beside them, so they wait for the next seal."""
UNSEALED_TOO_LONG_MS = 10 * 60_000
MOST_LINES = 500
PAGE = 50
_ANCHOR = "audit_anchor"
_MARKED = "audit_marked"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying found: ``problem`` is a code (None: the chain holds), ``line`` the first line in doubt."""

    lines: int
    seals: int
    problem: str | None = None
    line: int | None = None
    unsealed: int = 0


def seal(tx: Tx) -> Link | None:
    """Seal the next settled lines; the new link, None where there is nothing to seal."""
    before = _newest(tx)
    lines = []
    for line in store.lines_after(tx, before.last, MOST_LINES):
        if abs(tx.now - line["at"]) < SETTLED_MS:  # one from an hour ahead was written before the clock was set back
            break
        lines.append(line)
    if not lines:
        return None
    link = audit_chain.sealed(_key(tx.vault), before, lines, lines[-1]["key"])
    return link if store.add_seal(tx, link, before.last + 1, len(lines)) else None


async def keep_mark(db: Database) -> str | None:
    """Keep the newest seal's mark outside the database; what is wrong, where something is.

    A mark that does not fit is never overwritten: it is the evidence. One that is missing, as after a restore, is made
    anew and leaves a line in the audit.
    """
    text = store.mark(db.vault.folder)
    problem, newest = await db.read(_newest_against, text)
    if problem == "mark_missing":
        await db.write(people.audit, None, "audit_mark_made_anew")
    elif problem is not None:
        return problem
    mark = audit_chain.anchored(_key(db.vault), newest)
    if newest.number and mark != text:
        await asyncio.to_thread(store.write_mark, db.vault.folder, mark)
        if text is None:
            await db.write(people.set_setting, _MARKED, "1")
    return None


def _newest_against(tx: Tx, text: str | None) -> tuple[str | None, Link]:
    newest = _newest(tx)
    return _against_mark(tx, text, newest), newest


def purge(tx: Tx, before: int) -> int:
    """Delete the oldest seal with its lines if they were all written before a time; how many lines.

    What the chain was at that place is kept as an anchor, so that the rest still verifies. Lines that do not fit their
    seal stay, as evidence; so does the newest seal, because SQLite numbers on from the last line it has.
    """
    oldest, *newer = store.seals_after(tx, 0, 2) or [None]
    if not newer:
        return 0
    link, at = Link(oldest["number"], oldest["last"], bytes(oldest["mac"])), _anchor(tx)
    lines = store.lines_between(tx, 0, link.last)
    if not lines or max(line["at"] for line in lines) >= before:
        return 0
    if at is None or not audit_chain.same(audit_chain.sealed(_key(tx.vault), at, lines, link.last), link):
        return 0
    people.set_setting(tx, _ANCHOR, audit_chain.anchored(_key(tx.vault), link))
    return store.delete_sealed(tx, link.number, link.last)


def verify(tx: Tx) -> Verdict:
    """Walk the whole chain: anchor, every seal with its lines, the mark outside, and lines nobody sealed."""
    mark = store.mark(tx.vault.folder)  # before the first look at the database, which may be newer then, never older
    key, at = _key(tx.vault), _anchor(tx)
    if at is None:
        return Verdict(0, 0, "anchor_changed")
    stray = store.stray_line(tx, at.last)
    if stray is not None:
        return Verdict(0, 0, "line_added", stray["key"])
    lines = seals = 0
    while rows := store.seals_after(tx, at.number, 200):
        for row in rows:
            covered = store.lines_between(tx, at.last, row["last"])
            expected = audit_chain.sealed(key, at, covered, row["last"])
            if row["number"] != at.number + 1 or row["first"] != at.last + 1:
                return Verdict(lines, seals, "seal_missing", row["first"])
            if len(covered) != row["lines"]:
                lost = len(covered) < row["lines"]
                return Verdict(lines, seals, "line_missing" if lost else "line_added", row["first"])
            if not audit_chain.same(expected, Link(row["number"], row["last"], bytes(row["mac"]))):
                return Verdict(lines, seals, "line_changed", row["first"])
            at, lines, seals = expected, lines + row["lines"], seals + 1
    problem = _against_mark(tx, mark, at)
    if problem is not None:
        return Verdict(lines, seals, problem, at.last)
    rest = store.lines_after(tx, at.last, MOST_LINES)
    late = bool(rest) and tx.now - rest[0]["at"] > UNSEALED_TOO_LONG_MS
    return Verdict(lines, seals, "not_sealed" if late else None, rest[0]["key"] if late else None, len(rest))


def page(
    tx: Tx, *, before: int | None, deed: str | None, worker_id: str | None, about: str | None, since: int | None,
    until: int | None,
) -> tuple[list[Row], bool, list[str]]:  # fmt: skip
    """Lines for the audit page, newest first; whether there are older ones; all deeds there are."""
    worker = None
    if worker_id is not None:
        row = people.worker_by_id(tx, worker_id)
        worker = -1 if row is None else row["key"]
    rows = store.browse(
        tx, before=before, deed=deed, worker=worker, about=about, since=since, until=until, most=PAGE + 1
    )
    return rows[:PAGE], len(rows) > PAGE, store.deeds(tx)


def _newest(tx: Tx) -> Link:
    """The newest link: the last seal, else the anchor, else the start."""
    return store.newest_seal(tx) or _anchor(tx) or audit_chain.START


def _anchor(tx: Tx) -> Link | None:
    """Where the chain begins: at its start, or where the last purge ended; None where somebody changed that."""
    text = people.setting(tx, _ANCHOR)
    return audit_chain.START if text is None else audit_chain.anchor(_key(tx.vault), text)


def _against_mark(tx: Tx, text: str | None, newest: Link) -> str | None:
    """What the mark outside the database says of this chain, whose newest link is given; None where they agree."""
    if text is None:
        return "mark_missing" if newest.number and people.setting(tx, _MARKED) else None
    mark = audit_chain.anchor(_key(tx.vault), text)
    if mark is None:
        return "mark_changed"
    if mark.number > newest.number:
        return "cut"
    there = store.seal_numbered(tx, mark.number)
    # A purge may have taken the marked seal; then its anchor is at least as new.
    return None if there is None or audit_chain.same(there, mark) else "line_changed"


def _key(keys: Vault) -> bytes:
    return keys.derived("audit chain")

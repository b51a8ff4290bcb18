"""The audit at rest: its lines, its seals, and the mark of the newest seal outside the database."""

from __future__ import annotations

import os
from pathlib import Path

from zoturi import world
from zoturi.domain.audit_chain import Link
from zoturi.store.tx import Row, Tx

MARK_FILE = "audit.mark"
_LINE = "key, at, worker, deed, object, facts"


def lines_after(tx: Tx, key: int, most: int) -> list[Row]:
    """The next lines after a key, in order."""
    return tx.all(f"SELECT {_LINE} FROM audit WHERE key > ? ORDER BY key LIMIT ?", key, most)


def lines_between(tx: Tx, after: int, last: int) -> list[Row]:
    """The lines after one key up to another."""
    return tx.all(f"SELECT {_LINE} FROM audit WHERE key > ? AND key <= ? ORDER BY key", after, last)


def stray_line(tx: Tx, up_to: int) -> Row | None:
    """A line that should be gone: at or before a key that everything was purged to."""
    return tx.one("SELECT key FROM audit WHERE key <= ? LIMIT 1", up_to)


def newest_seal(tx: Tx) -> Link | None:
    row = tx.one("SELECT number, last, mac FROM audit_seal ORDER BY number DESC LIMIT 1")
    return None if row is None else _link(row)


def seal_numbered(tx: Tx, number: int) -> Link | None:
    row = tx.one("SELECT number, last, mac FROM audit_seal WHERE number = ?", number)
    return None if row is None else _link(row)


def seals_after(tx: Tx, number: int, most: int) -> list[Row]:
    """The next seals, in order."""
    return tx.all(
        "SELECT number, first, last, lines, at, mac FROM audit_seal WHERE number > ? ORDER BY number LIMIT ?",
        number, most,
    )  # fmt: skip


def add_seal(tx: Tx, link: Link, first: int, lines: int) -> bool:
    """Store a seal; False where another process just did."""
    return tx.run(
        "INSERT INTO audit_seal (number, first, last, lines, at, mac) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        link.number, first, link.last, lines, tx.now, link.mac,
    ) == 1  # fmt: skip


def delete_sealed(tx: Tx, number: int, last: int) -> int:
    """Delete a seal and all lines up to its last; how many lines."""
    tx.run("DELETE FROM audit_seal WHERE number <= ?", number)
    return tx.run("DELETE FROM audit WHERE key <= ?", last)


def browse(
    tx: Tx, *, before: int | None, deed: str | None, worker: int | None, about: str | None, since: int | None,
    until: int | None, most: int,
) -> list[Row]:  # fmt: skip
    """Lines with who did them, the newest first; each filter may be left out."""
    wanted = {
        "a.key < ?": before, "a.deed = ?": deed, "a.worker = ?": worker, "a.object = ?": about, "a.at >= ?": since,
        "a.at < ?": until,
    }  # fmt: skip
    chosen = {sql: value for sql, value in wanted.items() if value is not None}
    where = f" WHERE {' AND '.join(chosen)}" if chosen else ""
    return tx.all(
        "SELECT a.key, a.at, a.deed, a.object, a.facts, w.name AS by_name, w.id AS by_id, o.name AS about_name,"
        " o.id AS about_worker"
        " FROM audit a LEFT JOIN worker w ON w.key = a.worker LEFT JOIN worker o ON o.id = a.object"
        f"{where} ORDER BY a.key DESC LIMIT ?",
        *chosen.values(), most,
    )  # fmt: skip


def deeds(tx: Tx) -> list[str]:
    """Which deeds stand in the audit."""
    return [row["deed"] for row in tx.all("SELECT DISTINCT deed FROM audit ORDER BY deed")]


def mark(folder: Path) -> str | None:
    """The mark of the newest seal, as it was last written outside the database."""
    path = folder / MARK_FILE
    return path.read_text(encoding="ascii", errors="replace") if path.exists() else None


def write_mark(folder: Path, text: str) -> None:
    """Replace the mark by one that is whole and on disk."""
    draft = folder / f"audit.{world.new_id()}.draft"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, folder / MARK_FILE)


def _link(row: Row) -> Link:
    return Link(row["number"], row["last"], bytes(row["mac"]))

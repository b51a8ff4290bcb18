"""Mails that shall leave: a row is written in the transaction that needs the mail, and sent outside any transaction.

What a letter says is made anew from ``kind`` and ``reference`` when it leaves; no address and no word stands here.
"""

from __future__ import annotations

from zoturi.store.tx import Row, Tx

LEASE_MS = 2 * 60_000
"""How long a sender has a letter to itself; a mail server is given up on long before."""
FAR_AHEAD_MS = 2 * 3_600_000


def put(tx: Tx, kind: str, reference: str, number: int = 1) -> None:
    """Ask for a letter; asked for again under the same number it stays one letter."""
    tx.run(
        "INSERT INTO outbox (kind, reference, number, made_at, next_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        kind, reference, number, tx.now, tx.now,
    )  # fmt: skip


def has_work(tx: Tx) -> bool:
    """Whether some letter's time has come, or stands so far ahead that the clock must have been set back."""
    return tx.one(
        "SELECT 1 AS n FROM outbox WHERE done_at IS NULL AND (next_at <= ? OR next_at > ?) LIMIT 1",
        tx.now, tx.now + FAR_AHEAD_MS,
    ) is not None  # fmt: skip


def lease(tx: Tx, holder: str) -> Row | None:
    """Take the next letter whose time has come and that nobody is sending; this try is counted at once, so that a
    sender that dies in the middle has tried.
    """
    row = tx.one(
        "SELECT key FROM outbox WHERE done_at IS NULL AND next_at <= ? AND (until IS NULL OR until <= ?)"
        " ORDER BY next_at, key LIMIT 1",
        tx.now, tx.now,
    )  # fmt: skip
    if row is None:
        return None
    return tx.one(
        "UPDATE outbox SET holder = ?, until = ?, attempts = attempts + 1 WHERE key = ? AND done_at IS NULL"
        " AND (until IS NULL OR until <= ?) RETURNING key, kind, reference, number, attempts",
        holder, tx.now + LEASE_MS, row["key"], tx.now,
    )  # fmt: skip


def done(tx: Tx, key: int, *, sent: bool) -> bool:
    """It has left, or there is nothing to send any more; False where that is known already."""
    return tx.run(
        "UPDATE outbox SET done_at = ?, sent = ?, holder = NULL, until = NULL WHERE key = ? AND done_at IS NULL",
        tx.now, int(sent), key,
    ) == 1  # fmt: skip


def later(tx: Tx, key: int, holder: str, next_at: int) -> bool:
    """It did not leave: try again at a time; False where somebody else has it by now."""
    return tx.run(
        "UPDATE outbox SET next_at = ?, holder = NULL, until = NULL WHERE key = ? AND holder = ? AND done_at IS NULL",
        next_at, key, holder,
    ) == 1  # fmt: skip


def begin_now(tx: Tx) -> None:
    """After the clock was set back, what stands far ahead waits no longer than from now."""
    tx.run("UPDATE outbox SET next_at = ? WHERE done_at IS NULL AND next_at > ?", tx.now, tx.now + FAR_AHEAD_MS)
    tx.run("UPDATE outbox SET until = NULL, holder = NULL WHERE done_at IS NULL AND until > ?", tx.now + LEASE_MS)


def purge(tx: Tx, before: int, most: int) -> int:
    """Forget letters that were done with before a time; how many."""
    return tx.run(
        "DELETE FROM outbox WHERE key IN (SELECT key FROM outbox WHERE done_at < ? LIMIT ?)", before, most
    )  # fmt: skip

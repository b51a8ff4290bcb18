"""Who waits unseen or past a promise, for the alarms."""

from __future__ import annotations

from zoturi.store.tx import Row, Tx


def unseen(tx: Tx, flagged_before: int) -> list[Row]:
    """Teams in which a chat waits while nobody is on duty, or a flagged contact has waited since before a time."""
    return tx.all(
        "SELECT c.team, max(c.flagged) AS flagged FROM contact c WHERE c.state = 'waiting' AND ("
        " (c.channel = 'chat' AND NOT EXISTS (SELECT 1 FROM worker w WHERE w.team = c.team AND w.on_duty = 1))"
        " OR (c.flagged = 1 AND c.opened_at < ?)) GROUP BY c.team",
        flagged_before,
    )


def overdue(tx: Tx, rung_before: int) -> list[Row]:
    """Whoever was promised a written answer or a call, by now got none, and whose alarm never rang or before a time.

    ``owner_email`` is its owner's address, while they are at work and sign in; by team, longest overdue first.
    """
    return tx.all(
        "SELECT c.key, c.team, w.email AS owner_email FROM contact c LEFT JOIN worker w ON w.key = c.owner"
        " AND w.disabled = 0 AND w.password_hash IS NOT NULL AND (w.absent_until IS NULL OR w.absent_until < ?)"
        " WHERE c.state IN ('waiting', 'claimed') AND c.answered_at IS NULL AND c.due_at < ? AND c.visitor_left = 0"
        " AND (c.channel <> 'chat' OR c.written = 1) AND (c.alarmed_at IS NULL OR c.alarmed_at < ?)"
        " ORDER BY c.team, c.due_at, c.key",
        tx.now, tx.now, rung_before,
    )  # fmt: skip


def rung_for(tx: Tx, contacts: list[int]) -> None:
    """An alarm rings for these contacts now."""
    marks = ", ".join("?" * len(contacts))
    tx.run(f"UPDATE contact SET alarmed_at = ? WHERE key IN ({marks})", tx.now, *contacts)


def addresses(tx: Tx, team: int) -> list[str]:
    """Mail addresses of those who work in a team's queue and have made their account their own."""
    rows = tx.all(
        "SELECT email FROM worker WHERE team = ? AND role <> 'admin' AND disabled = 0 AND password_hash IS NOT NULL"
        " ORDER BY email",
        team,
    )
    return [row["email"] for row in rows]

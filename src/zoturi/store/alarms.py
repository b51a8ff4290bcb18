"""Who waits unseen, for the alarms."""

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


def addresses(tx: Tx, team: int) -> list[str]:
    """Mail addresses of those who work in a team's queue and have made their account their own."""
    rows = tx.all(
        "SELECT email FROM worker WHERE team = ? AND role <> 'admin' AND password_hash IS NOT NULL ORDER BY email", team
    )
    return [row["email"] for row in rows]

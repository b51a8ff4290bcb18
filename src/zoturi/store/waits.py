"""What the honest wait is made of."""

from __future__ import annotations

from zoturi.store.tx import Row, Tx

_LENGTHS = 300


def waiting(tx: Tx, team: int) -> list[Row]:
    """A team's queue in its order, nothing opened."""
    return tx.all(
        "SELECT id, rank, channel, language, visitor, written FROM contact WHERE team = ? AND state = 'waiting'"
        " ORDER BY rank",
        team,
    )


def ahead(tx: Tx, team: int, rank: str) -> int:
    """How many wait before a rank."""
    return tx.one("SELECT count(*) AS n FROM contact WHERE team = ? AND state = 'waiting' AND rank < ?", team, rank)[
        "n"
    ]


def desks(tx: Tx, team: int) -> list[Row]:
    """Who of a team is on duty: key, languages, and how many chats at once; who takes nothing new has no place."""
    return tx.all(
        "SELECT key, languages, CASE WHEN paused = 1 THEN 0 ELSE capacity END AS capacity FROM worker"
        " WHERE on_duty = 1 AND team = ? ORDER BY key",
        team,
    )


def running(tx: Tx, team: int) -> list[Row]:
    """The running chats of a team's workers: whose, and since when."""
    return tx.all(
        "SELECT c.owner, c.claimed_at FROM contact c JOIN worker w ON w.key = c.owner WHERE c.state = 'claimed'"
        " AND c.channel = 'chat' AND c.written = 0 AND c.claimed_at IS NOT NULL AND w.team = ? ORDER BY c.key",
        team,
    )


def lengths(tx: Tx, team: int, since: int) -> list[int]:
    """How long the latest ended chats of a team took from claim to close, in milliseconds."""
    rows = tx.all(
        "SELECT closed_at - claimed_at AS length FROM contact WHERE closed_at > ? AND channel = 'chat' AND written = 0"
        " AND team = ? AND claimed_at IS NOT NULL ORDER BY closed_at DESC LIMIT ?",
        since, team, _LENGTHS,
    )  # fmt: skip
    return [row["length"] for row in rows]

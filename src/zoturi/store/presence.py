"""Signs of life in the database, so that any process can tell who is here."""

from __future__ import annotations

from zoturi.store.tx import Row, Tx

_STEP_MS = 10_000  # a sign within ten seconds of the last one changes nothing, so it is not written


def sign_of_visitors(tx: Tx, keys: list[int]) -> None:
    for key in keys:
        tx.run("UPDATE visitor SET last_sign_at = ? WHERE key = ? AND last_sign_at < ?", tx.now, key, tx.now - _STEP_MS)


def sign_by_form(tx: Tx, key: int) -> None:
    """A sign of somebody whose pages work without a socket."""
    tx.run("UPDATE visitor SET last_sign_at = ?, by_forms = 1 WHERE key = ?", tx.now, key)


def has_socket(tx: Tx, key: int) -> None:
    tx.run("UPDATE visitor SET by_forms = 0 WHERE key = ? AND by_forms = 1", key)


def sign_of_workers(tx: Tx, keys: list[int]) -> None:
    for key in keys:
        tx.run("UPDATE worker SET last_sign_at = ? WHERE key = ? AND last_sign_at < ?", tx.now, key, tx.now - _STEP_MS)


def sign_of_session(tx: Tx, session: int) -> None:
    tx.run("UPDATE worker_session SET last_sign_at = ? WHERE key = ? AND ended_at IS NULL", tx.now, session)


def begin_now(tx: Tx) -> None:
    """Signs and sessions that stand in the future, from before the clock was set back, count from now."""
    for table in ("visitor", "worker", "worker_session"):
        tx.run(f"UPDATE {table} SET last_sign_at = ? WHERE last_sign_at > ?", tx.now, tx.now)
    tx.run("UPDATE worker_session SET began_at = ? WHERE began_at > ?", tx.now, tx.now)


def not_here(tx: Tx, visitors: list[int]) -> list[str]:
    """Living chats of these visitors that still say away or gone."""
    found = []
    for key in visitors:
        found += tx.all(
            "SELECT id FROM contact WHERE visitor = ? AND channel = 'chat' AND state IN ('waiting', 'claimed')"
            " AND visitor_state <> 'here'", key,
        )  # fmt: skip
    return [row["id"] for row in found]


def living_chats(tx: Tx) -> list[Row]:
    """Every chat that waits or runs, with the last signs of its visitor and of its worker."""
    return tx.all(
        "SELECT c.id, c.state, c.visitor_state, coalesce(v.last_sign_at, 0) AS visitor_sign_at,"
        " coalesce(v.by_forms, 0) AS by_forms,"
        " w.last_sign_at AS worker_sign_at FROM contact c LEFT JOIN visitor v ON v.key = c.visitor"
        " LEFT JOIN worker w ON w.key = c.owner AND c.state = 'claimed'"
        " WHERE c.state IN ('waiting', 'claimed') AND c.channel = 'chat' AND c.written = 0"
    )


def vanished_workers(tx: Tx, silent_since: int, not_before: int) -> list[int]:
    """Workers on duty without a sign of life since ``silent_since``; nobody before ``not_before``."""
    if tx.now < not_before:
        return []
    rows = tx.all("SELECT key FROM worker WHERE on_duty = 1 AND last_sign_at < ?", silent_since)
    return [row["key"] for row in rows]


def on_duty(tx: Tx, team: int | None = None) -> list[Row]:
    """Who is on duty: team, languages, capacity and live chats. Who takes nothing new has no room."""
    return tx.all(
        "SELECT w.team, w.languages, CASE WHEN w.paused = 1 THEN 0 ELSE w.capacity END AS capacity,"
        " (SELECT count(*) FROM contact c WHERE c.owner = w.key"
        " AND c.state = 'claimed' AND c.channel = 'chat' AND c.written = 0) AS live FROM worker w WHERE w.on_duty = 1"
        + ("" if team is None else " AND w.team = ?"),
        *(() if team is None else (team,)),
    )

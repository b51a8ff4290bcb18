"""The staff as an administrator sees them: accounts and their state, never what they work on."""

from __future__ import annotations

from zoturi.store.tx import Row, Tx

_SELECT = """
SELECT w.key, w.id, w.email, w.name, w.role, w.languages, w.disabled, w.absent_until, w.on_duty, t.id AS team_id,
  CASE WHEN w.password_hash IS NULL THEN 0 ELSE 1 END AS has_password,
  CASE WHEN w.second_factor IS NULL THEN 0 ELSE 1 END AS has_factor,
  (SELECT count(*) FROM worker_session s WHERE s.worker = w.key AND s.ended_at IS NULL AND s.last_sign_at >= ?
     AND s.began_at >= ?) AS sessions,
  (SELECT max(s.began_at) FROM worker_session s WHERE s.worker = w.key) AS signed_in_at,
  (SELECT max(l.expires_at) FROM sign_in_link l WHERE l.worker = w.key AND l.used_at IS NULL) AS link_until
FROM worker w JOIN team t ON t.key = w.team
"""


def everybody(tx: Tx, seen_after: int, began_after: int) -> list[Row]:
    """All accounts by name, the disabled ones last."""
    return tx.all(_SELECT + "ORDER BY w.disabled, w.name, w.key", seen_after, began_after)


def one(tx: Tx, worker_id: str, seen_after: int, began_after: int) -> Row | None:
    """One account by its public id."""
    return tx.one(_SELECT + "WHERE w.id = ?", seen_after, began_after, worker_id)


def other_admins(tx: Tx, worker: int) -> int:
    """How many others can still do what administrators do."""
    return tx.one(
        "SELECT count(*) AS n FROM worker WHERE role = 'admin' AND disabled = 0 AND password_hash IS NOT NULL"
        " AND key <> ?", worker,
    )["n"]  # fmt: skip

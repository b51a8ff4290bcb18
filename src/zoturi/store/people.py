"""Workers, teams and sessions at rest. Tokens are stored as SHA-256, so a stolen database opens no session."""

from __future__ import annotations

import orjson

from zoturi.domain.people import Colleague, Visitor, Worker
from zoturi.store.tx import Row, Tx

_COLLEAGUE = """
SELECT w.*, t.id AS team_id,
  (SELECT count(*) FROM contact c WHERE c.owner = w.key AND c.state = 'claimed' AND c.channel = 'chat'
     AND c.written = 0) AS live
FROM worker w JOIN team t ON t.key = w.team
"""


def team_key(tx: Tx, team_id: str) -> int:
    """The row of a team; made on first use, since teams are named in the site's files."""
    tx.run("INSERT INTO team (id) VALUES (?) ON CONFLICT DO NOTHING", team_id)
    return tx.one("SELECT key FROM team WHERE id = ?", team_id)["key"]


def team_id(tx: Tx, key: int) -> str:
    """The id of a team's row."""
    return tx.one("SELECT id FROM team WHERE key = ?", key)["id"]


def known_team(tx: Tx, team_id: str) -> int | None:
    """The row of a team that somebody has used already."""
    row = tx.one("SELECT key FROM team WHERE id = ?", team_id)
    return None if row is None else row["key"]


def visitor(tx: Tx, token_hash: bytes) -> Row | None:
    """The row of a visitor session: key, last_sign_at, ended_at, shared_device."""
    return tx.one("SELECT key, last_sign_at, ended_at, shared_device FROM visitor WHERE token_hash = ?", token_hash)


def set_shared_device(tx: Tx, key: int, shared: bool) -> None:
    tx.run("UPDATE visitor SET shared_device = ? WHERE key = ?", int(shared), key)


def begin_visitor(tx: Tx, token_hash: bytes) -> Visitor:
    """Store a visitor session; the same one again where it is stored already."""
    tx.run(
        "INSERT INTO visitor (token_hash, began_at, last_sign_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        token_hash, tx.now, tx.now,
    )  # fmt: skip
    return Visitor(visitor(tx, token_hash)["key"], token_hash)


def end_visitor(tx: Tx, token_hash: bytes) -> int | None:
    """End a visitor session for good; its row, where there was one."""
    row = tx.one("UPDATE visitor SET ended_at = ? WHERE token_hash = ? RETURNING key", tx.now, token_hash)
    return row["key"] if row else None


def worker_by_email(tx: Tx, email: str) -> Row | None:
    return tx.one("SELECT * FROM worker WHERE email = ?", email.strip().lower())


def worker_by_id(tx: Tx, worker_id: str) -> Row | None:
    """Anybody of the staff by the public id."""
    return tx.one("SELECT * FROM worker WHERE id = ?", worker_id)


def worker_row(tx: Tx, key: int) -> Row:
    return tx.one("SELECT * FROM worker WHERE key = ?", key)


def add_worker(tx: Tx, *, email: str, name: str, role: str, team: int, languages: list[str]) -> int:
    """Store a worker without a password; its row."""
    return tx.one(
        "INSERT INTO worker (id, email, name, role, team, languages) VALUES (?, ?, ?, ?, ?, ?) RETURNING key",
        tx.new_id(), email.strip().lower(), name, role, team, " ".join(languages),
    )["key"]  # fmt: skip


def colleague(tx: Tx, key: int) -> Colleague:
    """One worker as colleagues see them."""
    return _colleague(tx.one(_COLLEAGUE + "WHERE w.key = ?", key))


def colleagues(tx: Tx, keys: list[int]) -> list[Colleague]:
    """Several workers as colleagues see them, without those who have no desk."""
    marks = ", ".join("?" * len(keys))
    return [_colleague(row) for row in tx.all(f"{_COLLEAGUE} WHERE w.role <> 'admin' AND w.key IN ({marks})", *keys)]


def colleague_by_id(tx: Tx, worker_id: str) -> Colleague | None:
    """One worker by the public id; None for a stranger, and for those who have no desk."""
    row = tx.one(_COLLEAGUE + "WHERE w.id = ? AND w.role <> 'admin'", worker_id)
    return None if row is None else _colleague(row)


def present(tx: Tx, email: str) -> Colleague | None:
    """Whoever signs in with this address, while their account is open and they are not away."""
    row = tx.one(
        _COLLEAGUE + "WHERE w.email = ? AND w.role <> 'admin' AND w.disabled = 0"
        " AND (w.absent_until IS NULL OR w.absent_until < ?)",
        email, tx.now,
    )  # fmt: skip
    return None if row is None else _colleague(row)


def team_of(tx: Tx, team: int) -> list[Colleague]:
    """Everybody who works in a team's queue, by name."""
    rows = tx.all(_COLLEAGUE + "WHERE w.team = ? AND w.role <> 'admin' ORDER BY w.name", team)
    return [_colleague(row) for row in rows]


def touch(tx: Tx, key: int, **columns: object) -> None:
    """Write columns of a worker with the next version; the row stays locked until the deed ends."""
    names = "".join(f", {name} = ?" for name in columns)
    tx.run(f"UPDATE worker SET version = version + 1{names} WHERE key = ?", *columns.values(), key)


def set_password(tx: Tx, key: int, password_hash: str) -> None:
    """No colleague sees it, so it makes no new version."""
    tx.run("UPDATE worker SET password_hash = ? WHERE key = ?", password_hash, key)


def set_absence(tx: Tx, key: int, until: int | None) -> None:
    tx.run("UPDATE worker SET absent_until = ? WHERE key = ?", until, key)


def lock(tx: Tx, key: int) -> None:
    """Keep a worker's row until the deed ends, so that deeds of one worker count one another; nothing changes."""
    tx.run("UPDATE worker SET version = version WHERE key = ?", key)


def lock_visitor(tx: Tx, key: int) -> None:
    """The same for a visitor's session."""
    tx.run("UPDATE visitor SET last_sign_at = last_sign_at WHERE key = ?", key)


def begin_session(tx: Tx, worker: int, token_hash: bytes) -> None:
    tx.run(
        "INSERT INTO worker_session (worker, token_hash, began_at, last_sign_at, proven_at) VALUES (?, ?, ?, ?, ?)",
        worker, token_hash, tx.now, tx.now, tx.now,
    )  # fmt: skip


def session(tx: Tx, token_hash: bytes) -> Row | None:
    """A worker's session with who it belongs to."""
    return tx.one(
        "SELECT s.key AS session, s.began_at, s.last_sign_at, s.ended_at, w.key, w.id, w.name, w.role, w.team"
        " FROM worker_session s JOIN worker w ON w.key = s.worker WHERE s.token_hash = ?",
        token_hash,
    )


def sessions(tx: Tx, keys: list[int]) -> list[Row]:
    """The named sessions: key, began_at, last_sign_at, ended_at."""
    marks = ", ".join("?" * len(keys))
    return tx.all(
        f"SELECT key, began_at, last_sign_at, ended_at FROM worker_session WHERE key IN ({marks})",
        *keys,
    )


def end_session(tx: Tx, session_key: int) -> None:
    tx.run("UPDATE worker_session SET ended_at = ? WHERE key = ? AND ended_at IS NULL", tx.now, session_key)


def as_worker(row: Row) -> Worker:
    """The actor of a session row."""
    return Worker(row["key"], row["id"], row["name"], row["role"], row["team"], row["session"])


def audit(tx: Tx, worker: int | None, deed: str, about: str | None = None, **facts: object) -> None:
    """Write a line of the append-only audit in the deed's own transaction; codes and ids only."""
    tx.run(
        "INSERT INTO audit (at, worker, deed, object, facts) VALUES (?, ?, ?, ?, ?)",
        tx.now, worker, deed, about, orjson.dumps(facts).decode() if facts else None,
    )  # fmt: skip


def _colleague(row: Row) -> Colleague:
    return Colleague(
        row["key"], row["id"], row["version"], row["name"], row["role"], row["team"], row["team_id"],
        tuple(row["languages"].split()), bool(row["on_duty"]), row["capacity"], row["live"],
        bool(row["paused"]),
    )  # fmt: skip


def sign_of(tx: Tx, worker: int) -> None:
    """A sign of life of a worker who just signed in."""
    tx.run("UPDATE worker SET last_sign_at = ? WHERE key = ?", tx.now, worker)


def setting(tx: Tx, name: str) -> str | None:
    row = tx.one("SELECT value FROM setting WHERE name = ?", name)
    return row["value"] if row else None


def set_setting(tx: Tx, name: str, value: str) -> None:
    tx.run("INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
           name, value)  # fmt: skip


def anybody(tx: Tx) -> bool:
    """Whether there is at least one worker."""
    return tx.one("SELECT 1 AS yes FROM worker LIMIT 1") is not None

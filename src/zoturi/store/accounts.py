"""What an account rests on: links, second factors, recovery codes and the sessions of staff."""

from __future__ import annotations

from collections.abc import Iterable

from zoturi.store.tx import Row, Tx


def use_step(tx: Tx, worker: int, step: int) -> bool:
    """Compare and swap: a step of a second factor works once, and none before it any more."""
    return (
        tx.run("UPDATE worker SET second_factor_step = ? WHERE key = ? AND second_factor_step < ?", step, worker, step)
        == 1
    )


def replace_recovery_codes(tx: Tx, worker: int, hashes: Iterable[bytes]) -> None:
    """New codes; whatever there was before stops working."""
    tx.run("DELETE FROM recovery_code WHERE worker = ?", worker)
    for code_hash in hashes:
        tx.run("INSERT INTO recovery_code (code_hash, worker) VALUES (?, ?)", code_hash, worker)


def use_recovery_code(tx: Tx, worker: int, code_hash: bytes) -> bool:
    """Compare and swap: each code works once."""
    return tx.run(
        "UPDATE recovery_code SET used_at = ? WHERE worker = ? AND code_hash = ? AND used_at IS NULL",
        tx.now, worker, code_hash,
    ) == 1  # fmt: skip


def unused_recovery_codes(tx: Tx, worker: int) -> int:
    """How many codes are left."""
    return tx.one("SELECT count(*) AS n FROM recovery_code WHERE worker = ? AND used_at IS NULL", worker)["n"]


def new_link(tx: Tx, worker: int, link_hash: bytes, expires_at: int) -> None:
    """A one-time link; older ones of the same worker stop working."""
    tx.run("UPDATE sign_in_link SET used_at = ? WHERE worker = ? AND used_at IS NULL", tx.now, worker)
    tx.run("INSERT INTO sign_in_link (worker, token_hash, expires_at) VALUES (?, ?, ?)", worker, link_hash, expires_at)


def link(tx: Tx, link_hash: bytes) -> Row | None:
    """Whose living link this is."""
    return tx.one(
        "SELECT w.key, w.id, w.name, w.email, w.role FROM sign_in_link l JOIN worker w ON w.key = l.worker"
        " WHERE l.token_hash = ? AND l.used_at IS NULL AND l.expires_at > ? AND w.disabled = 0",
        link_hash, tx.now,
    )  # fmt: skip


def use_link(tx: Tx, link_hash: bytes) -> bool:
    """Spend a link; False where it was spent already."""
    used = tx.run("UPDATE sign_in_link SET used_at = ? WHERE token_hash = ? AND used_at IS NULL", tx.now, link_hash)
    return used == 1


def end_links_of(tx: Tx, worker: int) -> None:
    """No link of this worker works any more."""
    tx.run("UPDATE sign_in_link SET used_at = ? WHERE worker = ? AND used_at IS NULL", tx.now, worker)


def living_sessions(tx: Tx, worker: int, began_after: int, seen_after: int) -> list[Row]:
    """A worker's sessions that still last: key, began_at, last_sign_at; the newest first."""
    return tx.all(
        "SELECT key, began_at, last_sign_at FROM worker_session WHERE worker = ? AND ended_at IS NULL"
        " AND began_at >= ? AND last_sign_at >= ? ORDER BY began_at DESC, key DESC",
        worker, began_after, seen_after,
    )  # fmt: skip


def end_session_of(tx: Tx, worker: int, session: int) -> bool:
    """End one session of this worker; False where there is no such session, or it is over."""
    return tx.run(
        "UPDATE worker_session SET ended_at = ? WHERE key = ? AND worker = ? AND ended_at IS NULL",
        tx.now, session, worker,
    ) == 1  # fmt: skip


def end_sessions_of(tx: Tx, worker: int, besides: int | None = None) -> list[int]:
    """End all sessions of a worker, or all besides one; their keys."""
    rows = tx.all(
        "UPDATE worker_session SET ended_at = ? WHERE worker = ? AND ended_at IS NULL AND key <> ? RETURNING key",
        tx.now, worker, -1 if besides is None else besides,
    )  # fmt: skip
    return [row["key"] for row in rows]


def session_times(tx: Tx, session: int) -> Row | None:
    """When a session began, was last used, and when its holder last proved who they are."""
    return tx.one("SELECT began_at, last_sign_at, ended_at, proven_at FROM worker_session WHERE key = ?", session)


def proved(tx: Tx, session: int) -> None:
    """Its holder proved just now who they are."""
    tx.run("UPDATE worker_session SET proven_at = ?, last_sign_at = ? WHERE key = ?", tx.now, tx.now, session)

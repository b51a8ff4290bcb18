"""What dies when: deleted in slices, so that no message waits behind a purge."""

from __future__ import annotations

from zoturi.store.tx import Tx

SLICE = 50


def delete_closed(tx: Tx, before: int) -> int:
    """Delete one slice of chats closed before a time, with all that hangs on them; how many."""
    return tx.run(
        "DELETE FROM contact WHERE key IN (SELECT key FROM contact WHERE closed_at < ? LIMIT ?)", before, SLICE
    )


def count_closed(tx: Tx, before: int) -> int:
    """How many contacts were closed before a time and are still here."""
    return tx.one("SELECT count(*) AS n FROM contact WHERE closed_at < ?", before)["n"]


def delete_visitors(tx: Tx, before: int) -> int:
    """Forget visitor sessions without a sign of life since ``before`` that hold no living contact; how many."""
    return tx.run(
        "DELETE FROM visitor WHERE key IN (SELECT v.key FROM visitor v WHERE v.last_sign_at < ? AND NOT EXISTS"
        " (SELECT 1 FROM contact c WHERE c.visitor = v.key AND c.state IN ('waiting', 'claimed')) LIMIT ?)",
        before, SLICE,
    )  # fmt: skip


def delete_staff_leftovers(tx: Tx, before: int) -> int:
    """Delete sign-in links and staff sessions that ended before a time; how many."""
    return tx.run("DELETE FROM sign_in_link WHERE expires_at < ?", before) + tx.run(
        "DELETE FROM worker_session WHERE began_at < ?", before
    )

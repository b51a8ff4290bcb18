"""What dies when: deleted in slices, so that no message waits behind a purge."""

from __future__ import annotations

from zoturi.store.tx import Tx

SLICE = 50
# The first comparison alone says nothing more than the others; it lets the index on closed_at find the few rows.
_OVER = "closed_at < ? AND closed_at < CASE WHEN channel = 'chat' THEN ? ELSE ? END"


def delete_closed(tx: Tx, chats_before: int, others_before: int) -> int:
    """Delete one slice of what was closed before a time, with all that hangs on it: chats before one, help requests and
    what staff wrote down of calls and walk-ins before the other; how many.
    """
    return tx.run(
        f"DELETE FROM contact WHERE key IN (SELECT key FROM contact WHERE {_OVER} LIMIT ?)",
        max(chats_before, others_before), chats_before, others_before, SLICE,
    )  # fmt: skip


def count_closed(tx: Tx, chats_before: int, others_before: int) -> int:
    """How many contacts were closed before their time and are still here."""
    return tx.one(
        f"SELECT count(*) AS n FROM contact WHERE {_OVER}",
        max(chats_before, others_before), chats_before, others_before,
    )["n"]  # fmt: skip


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

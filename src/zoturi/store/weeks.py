"""Week keys: living contact keys move to the present week's key, and old week keys are destroyed.

So every backup dies: what an old copy of the database holds opens only with week keys that are gone.
"""

from __future__ import annotations

from zoturi.store.tx import Tx

SLICE = 200


def rewrap_slice(tx: Tx) -> int:
    """Wrap one slice of living contact keys in the present week's key; how many were moved."""
    week = tx.vault.week(tx.now)
    rows = tx.all(
        "SELECT key, id, week, wrapped_key FROM contact WHERE week <> ? AND wrapped_key IS NOT NULL LIMIT ?",
        week,
        SLICE,
    )
    for row in rows:
        wrapped = tx.vault.rewrap(row["id"], row["week"], row["wrapped_key"], week)
        tx.run(
            "UPDATE contact SET week = ?, wrapped_key = ? WHERE key = ? AND week = ?",
            week,
            wrapped,
            row["key"],
            row["week"],
        )
    return len(rows)


def in_use(tx: Tx) -> set[str]:
    """Weeks whose key still wraps a living contact's key."""
    return {row["week"] for row in tx.all("SELECT DISTINCT week FROM contact WHERE week IS NOT NULL")}

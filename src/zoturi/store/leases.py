"""Leases: which of several processes does a piece of work. One that dies stops renewing, and another takes over."""

from __future__ import annotations

from zoturi.store.tx import Tx


def take(tx: Tx, name: str, holder: str, ms: int) -> bool:
    """Take or renew a lease for some milliseconds; False while another process has it.

    One that lasts longer than anybody would take it for was taken by a wrong clock.
    """
    return tx.run(
        "INSERT INTO lease (name, holder, until) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE"
        " SET holder = excluded.holder, until = excluded.until"
        " WHERE lease.holder = excluded.holder OR lease.until <= ? OR lease.until > ?",
        name, holder, tx.now + ms, tx.now, tx.now + 2 * ms,
    ) == 1  # fmt: skip


def release(tx: Tx, holder: str) -> None:
    """Give all leases of a process back, so that another need not wait for their end."""
    tx.run("DELETE FROM lease WHERE holder = ?", holder)

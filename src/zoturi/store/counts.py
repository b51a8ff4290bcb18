"""Figures for health and metrics: numbers only."""

from __future__ import annotations

from zoturi.store.tx import Row, Tx


def probe(tx: Tx) -> None:
    """A write that nobody reads, so that health speaks of writing, not of hope.

    Its value is another each time: SQLite writes nothing at all where a row stays as it is.
    """
    tx.run(
        "INSERT INTO setting (name, value) VALUES ('probe', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        str(tx.now),
    )


def living(tx: Tx) -> list[Row]:
    """How many contacts wait or run, by state and channel."""
    return tx.all(
        "SELECT state, channel, count(*) AS n FROM contact WHERE state IN ('waiting', 'claimed')"
        " GROUP BY state, channel"
    )


def on_duty(tx: Tx) -> int:
    return tx.one("SELECT count(*) AS n FROM worker WHERE on_duty = 1")["n"]

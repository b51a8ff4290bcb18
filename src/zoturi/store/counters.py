"""Counters: how many, by week, age group and language. Never an answer, never a person."""

from __future__ import annotations

from zoturi.store.tx import Row, Tx


def add(tx: Tx, week: str, event: str, age_group: str, language: str, number: int) -> None:
    """Count up one cell; ``week`` as ``2026-W47``."""
    tx.run(
        "INSERT INTO counter (week, event, age_group, language, number) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (week, event, age_group, language) DO UPDATE SET number = counter.number + excluded.number",
        week, event, age_group, language, number,
    )  # fmt: skip


def of_weeks(tx: Tx, first: str, last: str) -> list[Row]:
    """The cells of these weeks, as counted; show them only through ``domain.figures``."""
    return tx.all(
        "SELECT week, event, age_group, language, number FROM counter WHERE week >= ? AND week <= ?"
        " ORDER BY week, event, age_group, language",
        first, last,
    )  # fmt: skip


def was_claimed(tx: Tx, contact: int) -> bool:
    """Whether a contact was ever taken."""
    return tx.one("SELECT 1 AS yes FROM entry WHERE contact = ? AND kind = 'claimed' LIMIT 1", contact) is not None


def was_rated(tx: Tx, contact: int) -> bool:
    """Whether its visitor said already how it helped."""
    return tx.one("SELECT 1 AS yes FROM feedback WHERE contact = ?", contact) is not None

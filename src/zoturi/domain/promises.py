"""The time by which a contact should get its first answer."""

from __future__ import annotations


def due_for_chat(opened_at: int, promise_minutes: int) -> int:
    """A chat is promised minutes; milliseconds UTC."""
    return opened_at + promise_minutes * 60_000


WRITTEN_MS = 24 * 3_600_000


def due_for_written(asked_at: int) -> int:
    """A chat that becomes a written contact shall be answered within a day; replies after 32 hours lower re-use."""
    return asked_at + WRITTEN_MS

"""THE sort order of the queue. The desk, the visitor's place and ``claim_next`` all read what :func:`rank` wrote."""

from __future__ import annotations


def rank(
    *, flagged: bool, channel: str, visitor_state: str, late_at: int | None, returned: bool, due_at: int,
    opened_at: int, contact_id: str, now: int, written: bool = False,
) -> str:  # fmt: skip
    """A string whose plain alphabetical order is the order of the queue, smallest first.

    Flagged safety → a person waiting live right now, or a promise passed by more than a working day → returned →
    promise → arrival → id. A child who waits so comes before Friday's callbacks, and those never starve.
    It must be written anew whenever one of its facts changes.
    """
    live = channel == "chat" and visitor_state != "gone" and not written
    pressing = live or (late_at is not None and now > late_at)
    return f"{not flagged:d}{not pressing:d}{not returned:d}-{due_at:014d}-{opened_at:014d}-{contact_id}"

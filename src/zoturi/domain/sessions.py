"""How long a session lasts. Times are milliseconds."""

from __future__ import annotations

STAFF_IDLE_MS = 30 * 60_000
STAFF_ABSOLUTE_MS = 12 * 3_600_000
VISITOR_SILENT_MS = 24 * 3_600_000
SHARED_SILENT_MS = 10 * 60_000  # on a phone that others use too
COVERED_AFTER_MS = 2 * 60_000  # there, what was said waits behind a cover after this silence
LINK_MS = 3_600_000
FRESH_MS = 5 * 60_000  # so long a proof of who one is holds for what needs one
WARNED_BEFORE_MS = 5 * 60_000


def staff_ended(began_at: int, last_sign_at: int, ended_at: int | None, now: int) -> str | None:
    """Why a staff session is over (``revoked`` or ``expired``), or None while it lasts."""
    if ended_at is not None:
        return "revoked"
    if now - last_sign_at > STAFF_IDLE_MS or now - began_at > STAFF_ABSOLUTE_MS:
        return "expired"
    return None


def visitor_ended(ended_at: int | None, last_sign_at: int, now: int, *, shared: bool = False) -> bool:
    """A visitor session ends with quick exit, or after a day without a sign of life; ten minutes on a shared device."""
    return ended_at is not None or now - last_sign_at > (SHARED_SILENT_MS if shared else VISITOR_SILENT_MS)


def covered(last_sign_at: int, now: int, *, shared: bool) -> bool:
    """Whether a chat opened on a shared device shows a cover first."""
    return shared and now - last_sign_at > COVERED_AFTER_MS


def fresh(proven_at: int, now: int) -> bool:
    """Whether somebody proved a moment ago who they are; a clock that was set back asks again."""
    return 0 <= now - proven_at <= FRESH_MS

"""When a worker takes the next step: ready times by working days, and what a chosen time must be."""

from __future__ import annotations

from collections.abc import Set
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from zoturi.domain.promises import local_day, working_day_after
from zoturi.domain.refusals import Refusal

MORNING = time(9)
LATEST_MS = 366 * 86_400_000
OFFERED = {"tomorrow_morning": 1, "in_three_days": 3}
"""Ready steps and how many working days ahead they lie, each at nine in the morning."""


def offered(now: int, zone: ZoneInfo, holidays: Set[date]) -> dict[str, int]:
    """The ready steps of this moment, as milliseconds UTC."""
    today = local_day(now, zone)
    days = {code: working_day_after(today, ahead, holidays) for code, ahead in OFFERED.items()}
    return {code: int(datetime.combine(day, MORNING, zone).timestamp() * 1000) for code, day in days.items()}


def checked(chosen: str | None, now: int) -> int | None:
    """A time of the wire as milliseconds; None stays None. Refuses ``bad_field`` for what is no time with its zone,
    has passed, or lies over a year ahead.
    """
    if chosen is None:
        return None
    try:
        moment = datetime.fromisoformat(chosen)
    except ValueError:
        raise Refusal("bad_field", field="next_at") from None
    at = int(moment.timestamp() * 1000) if moment.tzinfo is not None else 0
    if not now < at <= now + LATEST_MS:
        raise Refusal("bad_field", field="next_at")
    return at

"""The time by which a contact should get its first answer."""

from __future__ import annotations

from collections.abc import Set
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def due_for_chat(opened_at: int, promise_minutes: int) -> int:
    """A chat is promised minutes; milliseconds UTC."""
    return opened_at + promise_minutes * 60_000


WRITTEN_MS = 24 * 3_600_000


def due_for_written(asked_at: int) -> int:
    """A chat that becomes a written contact shall be answered within a day; replies after 32 hours lower re-use."""
    return asked_at + WRITTEN_MS


def working_day_after(start: date, days: int, holidays: Set[date]) -> date:
    """The last of so many working days: the first day is not counted, nor are Saturdays, Sundays and holidays."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day, holidays)
    return day


def is_working_day(day: date, holidays: Set[date]) -> bool:
    """Monday to Friday, and no holiday."""
    return day.weekday() < 5 and day not in holidays


def end_of_day(day: date, zone: ZoneInfo) -> int:
    """The last millisecond of a local day, UTC, whether it has 23, 24 or 25 hours."""
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
    return int(midnight.timestamp() * 1000) - 1


def local_day(now: int, zone: ZoneInfo) -> date:
    """The date people have on the wall at this moment."""
    return datetime.fromtimestamp(now / 1000, UTC).astimezone(zone).date()


def in_working_days(received_at: int, days: int, zone: ZoneInfo, holidays: Set[date]) -> tuple[int, int]:
    """When something received at a moment is due, and when it is late: at the end of the last of so many working days,
    and of the one after it. No days at all mean this day, or the next working day where this is none.
    """
    received = local_day(received_at, zone)
    if days == 0 and not is_working_day(received, holidays):
        days = 1
    last = working_day_after(received, days, holidays)
    return end_of_day(last, zone), end_of_day(working_day_after(last, 1, holidays), zone)

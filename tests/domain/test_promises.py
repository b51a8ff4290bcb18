"""Promises by the working calendar: the day of receipt, Saturdays, Sundays and holidays are not counted."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from zoturi.domain.promises import end_of_day, in_working_days, local_day, working_day_after
from zoturi.site_hours import public_holidays

HELSINKI = ZoneInfo("Europe/Helsinki")
FINNISH = public_holidays().keys()


def at(text: str, zone: ZoneInfo = HELSINKI) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


def local(ms: int) -> str:
    moment = datetime.fromtimestamp(ms / 1000, UTC).astimezone(HELSINKI)
    return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{ms % 1000:03d}"


@pytest.mark.parametrize(
    ("days", "received", "last"),
    [
        (7, "2026-02-03", "2026-02-12"),
        (7, "2025-12-19", "2026-01-05"),
        (7, "2026-04-01", "2026-04-14"),
        (7, "2026-06-17", "2026-06-29"),
        (7, "2026-04-29", "2026-05-11"),
        (3, "2025-12-19", "2025-12-29"),
        (3, "2026-04-01", "2026-04-08"),
        (3, "2026-11-20", "2026-11-25"),
        (1, "2026-11-21", "2026-11-23"),
    ],
)
def test_working_days_are_counted_as_the_law_counts_them(days, received, last):
    assert working_day_after(date.fromisoformat(received), days, FINNISH) == date.fromisoformat(last)


def test_a_promise_ends_with_its_last_day_and_is_late_after_the_next_one():
    due, late = in_working_days(at("2026-11-19 16:59:58"), 3, HELSINKI, FINNISH)
    assert (local(due), local(late)) == ("2026-11-24 23:59:59.999", "2026-11-25 23:59:59.999")
    # Received on Tuesday before Easter: the Wednesday, the Thursday, then Tuesday; late on Wednesday.
    due, late = in_working_days(at("2026-03-31 08:00"), 3, HELSINKI, FINNISH)
    assert (local(due), local(late)) == ("2026-04-07 23:59:59.999", "2026-04-08 23:59:59.999")


def test_the_whole_day_of_receipt_counts_for_nothing_by_the_clock_on_the_wall():
    first, last = at("2026-11-19 00:00"), at("2026-11-19 23:59:59")
    assert in_working_days(first, 3, HELSINKI, FINNISH) == in_working_days(last, 3, HELSINKI, FINNISH)
    assert in_working_days(last + 1000, 3, HELSINKI, FINNISH)[0] > in_working_days(last, 3, HELSINKI, FINNISH)[0]
    # In UTC it is still the day before.
    assert local_day(first, HELSINKI) == date(2026, 11, 19) and local_day(first, ZoneInfo("UTC")) == date(2026, 11, 18)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-20", 24)])
def test_days_on_which_the_clocks_change_end_at_midnight_too(day, hours):
    ends = end_of_day(date.fromisoformat(day), HELSINKI)
    assert local(ends) == f"{day} 23:59:59.999"
    assert ends + 1 - at(f"{day} 00:00") == hours * 3_600_000


def test_in_danger_it_is_this_working_day_or_the_next_one():
    assert local(in_working_days(at("2026-11-20 09:00"), 0, HELSINKI, FINNISH)[0]) == "2026-11-20 23:59:59.999"
    due, late = in_working_days(at("2026-11-21 09:00"), 0, HELSINKI, FINNISH)
    assert (local(due), local(late)) == ("2026-11-23 23:59:59.999", "2026-11-24 23:59:59.999")

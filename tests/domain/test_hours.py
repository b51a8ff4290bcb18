"""When somebody answers, and when not: the clock on the wall decides, in doubt it is closed."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from zoturi.domain.hours import ALWAYS, SpecialDay, Window, closes_at, is_always, is_open, opens_at

HELSINKI = ZoneInfo("Europe/Helsinki")
WEEKDAYS = frozenset(range(5))
EVERY_DAY = frozenset(range(7))


def at(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI, fold=fold)


AFTERNOONS = {"fi": (Window(WEEKDAYS, time(12), time(20)),)}
NIGHTS = {"fi": (Window(frozenset({4, 5}), time(22), time(2)),)}


def test_open_from_the_first_minute_until_the_last():
    # 2026-11-20 is a Friday.
    assert not is_open(AFTERNOONS, "fi", at("2026-11-20 11:59:59"))
    assert is_open(AFTERNOONS, "fi", at("2026-11-20 12:00"))
    assert is_open(AFTERNOONS, "fi", at("2026-11-20 19:59:59"))
    assert not is_open(AFTERNOONS, "fi", at("2026-11-20 20:00"))


def test_each_language_has_its_own_hours():
    hours = AFTERNOONS | {"sv": (Window(frozenset({1}), time(9), time(10)),)}
    assert not is_open(hours, "sv", at("2026-11-20 13:00"))
    assert opens_at(hours, "sv", at("2026-11-20 13:00")) == at("2026-11-24 09:00")


def test_says_when_it_closes_and_when_it_opens_next():
    assert closes_at(AFTERNOONS, "fi", at("2026-11-20 13:00")) == at("2026-11-20 20:00")
    assert opens_at(AFTERNOONS, "fi", at("2026-11-20 13:00")) is None
    assert closes_at(AFTERNOONS, "fi", at("2026-11-20 20:00")) is None
    assert opens_at(AFTERNOONS, "fi", at("2026-11-20 20:00")) == at("2026-11-23 12:00")
    assert opens_at(AFTERNOONS, "fi", at("2026-11-20 06:00")) == at("2026-11-20 12:00")


def test_a_window_may_pass_midnight():
    assert is_open(NIGHTS, "fi", at("2026-11-20 23:30"))
    assert is_open(NIGHTS, "fi", at("2026-11-21 01:59"))
    assert not is_open(NIGHTS, "fi", at("2026-11-21 02:00"))
    assert is_open(NIGHTS, "fi", at("2026-11-22 01:00"))
    assert not is_open(NIGHTS, "fi", at("2026-11-23 01:00"))
    assert closes_at(NIGHTS, "fi", at("2026-11-20 23:30")) == at("2026-11-21 02:00")
    assert opens_at(NIGHTS, "fi", at("2026-11-22 03:00")) == at("2026-11-27 22:00")


def test_always_open_never_closes():
    hours = {"fi": ALWAYS}
    for moment in ("2026-11-20 00:00", "2026-11-20 23:59:59", "2026-03-29 03:59:59", "2026-12-24 12:00"):
        assert is_open(hours, "fi", at(moment))
        assert closes_at(hours, "fi", at(moment)) is None
    assert is_always(ALWAYS) and not is_always(AFTERNOONS["fi"]) and not is_always(()) and not is_always(None)


def test_windows_that_touch_are_one_opening():
    hours = {"fi": (Window(EVERY_DAY, time(12), time(16)), Window(EVERY_DAY, time(16), time(20)))}
    assert closes_at(hours, "fi", at("2026-11-20 13:00")) == at("2026-11-20 20:00")
    over = {"fi": (Window(EVERY_DAY, time(8), time(0)), Window(frozenset({5}), time(0), time(3)))}
    assert closes_at(over, "fi", at("2026-11-20 13:00")) == at("2026-11-21 03:00")


def test_windows_that_overlap_close_with_the_later_one():
    hours = {"fi": (Window(EVERY_DAY, time(10), time(15)), Window(EVERY_DAY, time(12), time(20)))}
    assert closes_at(hours, "fi", at("2026-11-20 13:00")) == at("2026-11-20 20:00")


def test_a_special_day_replaces_its_weekday():
    hours = {
        "fi": (
            *AFTERNOONS["fi"],
            SpecialDay(date(2026, 12, 24)),
            SpecialDay(date(2026, 12, 25)),
            SpecialDay(date(2026, 12, 26), time(15), time(18)),
        )
    }
    assert not is_open(hours, "fi", at("2026-12-24 13:00"))
    assert opens_at(hours, "fi", at("2026-12-23 21:00")) == at("2026-12-26 15:00")
    assert is_open(hours, "fi", at("2026-12-26 17:00"))
    assert closes_at(hours, "fi", at("2026-12-26 17:00")) == at("2026-12-26 18:00")


def test_always_open_with_a_closed_day_says_when_it_closes():
    hours = {"fi": (*ALWAYS, SpecialDay(date(2026, 12, 24)))}
    assert closes_at(hours, "fi", at("2026-12-22 13:00")) == at("2026-12-24 00:00")
    assert opens_at(hours, "fi", at("2026-12-24 13:00")) == at("2026-12-25 00:00")
    assert closes_at(hours, "fi", at("2026-11-20 13:00")) is None


def test_the_night_the_evening_before_a_closed_day_lasts_as_it_began():
    hours = {"fi": (*NIGHTS["fi"], SpecialDay(date(2026, 11, 21)))}
    assert is_open(hours, "fi", at("2026-11-21 01:00"))
    assert not is_open(hours, "fi", at("2026-11-21 23:00"))


def test_spring_night_is_an_hour_shorter():
    # 29 March 2026: 03:00 becomes 04:00.
    night = {"fi": (Window(EVERY_DAY, time(22), time(4)),)}
    assert is_open(night, "fi", datetime(2026, 3, 29, 0, 59, tzinfo=UTC).astimezone(HELSINKI))
    assert not is_open(night, "fi", datetime(2026, 3, 29, 1, 0, tzinfo=UTC).astimezone(HELSINKI))
    assert closes_at(night, "fi", at("2026-03-28 23:00")).astimezone(UTC) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_times_that_the_spring_night_skips_mean_the_jump():
    skipped = {"fi": (Window(EVERY_DAY, time(3, 15), time(6)),)}
    assert opens_at(skipped, "fi", at("2026-03-29 02:00")) == at("2026-03-29 04:00")
    until = {"fi": (Window(EVERY_DAY, time(22), time(3, 30)),)}
    assert closes_at(until, "fi", at("2026-03-29 02:00")) == at("2026-03-29 04:00")
    inside = {"fi": (Window(EVERY_DAY, time(3, 15), time(3, 45)),)}
    assert not is_open(inside, "fi", at("2026-03-29 04:10"))


def test_autumn_night_stays_open_through_both_hours():
    # 25 October 2026: 04:00 becomes 03:00, so 03:30 comes twice.
    night = {"fi": (Window(EVERY_DAY, time(22), time(3, 30)),)}
    assert is_open(night, "fi", at("2026-10-25 03:45", fold=0))
    assert is_open(night, "fi", at("2026-10-25 03:15", fold=1))
    assert not is_open(night, "fi", at("2026-10-25 03:30", fold=1))
    early = {"fi": (Window(EVERY_DAY, time(3, 30), time(6)),)}
    assert is_open(early, "fi", at("2026-10-25 03:30", fold=0))
    assert is_open(early, "fi", at("2026-10-25 03:15", fold=1))


@pytest.mark.parametrize(
    "hours",
    [
        None,
        {},
        {"fi": ()},
        {"fi": None},
        {"sv": ALWAYS},
        {"fi": (Window(EVERY_DAY, time(9), time(9)),)},
        {"fi": (Window(frozenset(), time(9), time(17)),)},
        {"fi": (Window(frozenset({7, 8}), time(9), time(17)),)},
        {"fi": (SpecialDay(date(2026, 11, 20), time(9), None),)},
    ],
)
def test_unknown_or_broken_hours_are_closed(hours):
    assert not is_open(hours, "fi", at("2026-11-20 13:00"))
    assert closes_at(hours, "fi", at("2026-11-20 13:00")) is None
    assert opens_at(hours, "fi", at("2026-11-20 13:00")) is None


def test_refuses_a_time_without_a_zone():
    with pytest.raises(ValueError, match="zone"):
        is_open(AFTERNOONS, "fi", datetime(2026, 11, 20, 13))

"""Times, days, lists and names of languages, written by Babel on the server: browsers lack some of our languages."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import babel
from babel import dates, lists

from zoturi.i18n.catalogues import babel_of, locale


def clock_pattern(code: str) -> str:
    """How this language writes a time of day, always by 24 hours: `H.mm` or `HH:mm`."""
    return locale(code).babel.datetime_skeletons["Hm"].pattern


def _local(ms: int, zone: str) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZoneInfo(zone))


def format_time(code: str, ms: int, zone: str) -> str:
    """The time of day of a moment (milliseconds UTC) in the zone."""
    return format_clock(code, _local(ms, zone).time())


def format_date(code: str, ms: int, zone: str) -> str:
    """Day, month and year of a moment."""
    return dates.format_date(_local(ms, zone).date(), "long", locale(code).babel)


_NUMERIC_DATES = {"sv": "d.M.y"}
# Babel's Swedish for Finland writes 2026-11-25 as in Sweden.


def format_datetime(code: str, ms: int, zone: str) -> str:
    """Day and time of a moment, in numbers: short enough for a table."""
    tongue = locale(code).babel
    pattern = _NUMERIC_DATES.get(code) or tongue.datetime_skeletons["yMd"].pattern
    day = dates.format_date(_local(ms, zone).date(), pattern, tongue)
    return f"{day} {format_time(code, ms, zone)}"


def format_day(code: str, ms: int, zone: str) -> str:
    """Weekday, day and month of a moment, as in a promise: "keskiviikkona 25. marraskuuta"."""
    return weekday_and_date(code, _local(ms, zone).date())


_YEAR = re.compile(r"[,،]?\s*y(?:\s*'[^']*'\.?)?$|^y\s+")


def weekday_and_date(code: str, day: date) -> str:
    """Weekday, day and month."""
    return _weekday_and_date(locale(code).babel, day)


def day_in(code: str, day: date) -> str:
    """The same in any language we know, also where we have no sentences in it."""
    return _weekday_and_date(babel_of(code), day)


def _weekday_and_date(tongue: babel.Locale, day: date) -> str:
    known = tongue.datetime_skeletons.get("MMMMEEEEd")
    pattern = known.pattern if known else _YEAR.sub("", dates.get_date_format("full", tongue).pattern)
    # "cccc" is the weekday standing alone; a promise says on which day.
    return dates.format_date(day, pattern.replace("cccc", "EEEE"), tongue)


def weekdays(code: str) -> list[str]:
    """Weekdays from Monday, as in "on Monday"."""
    names = locale(code).babel.days["format"]["wide"]
    return [names[day] for day in range(7)]


def format_clock(code: str, at: time) -> str:
    """A time on the wall."""
    return dates.format_time(at, clock_pattern(code), locale=locale(code).babel)


def format_window(code: str, window: Any) -> str:
    """An opening in words, days first: "ma–pe 12–20"."""
    tongue = locale(code).babel
    days = sorted(window.days)
    names = tongue.days["format"]["abbreviated"]
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    spoken = [names[run[0]] if len(run) == 1 else f"{names[run[0]]}–{names[run[-1]]}" for run in runs]
    closes = "24" if window.closes == time(0) else ""
    times = [_short(code, window.opens), closes or _short(code, window.closes)]
    return f"{', '.join(spoken)} {'–'.join(times)}"


def _short(code: str, at: time) -> str:
    # Finnish and Swedish in Finland leave out the minutes of a full hour; a colon needs them.
    return str(at.hour) if not at.minute and ":" not in clock_pattern(code) else format_clock(code, at)


def join_words(code: str, words: Iterable[str]) -> str:
    """ "Finnish, Swedish and English"."""
    return lists.format_list(list(words), locale=locale(code).babel)


def number_range(low: int, high: int) -> str:
    """ "3–8", kept on one line; one number when both are the same."""
    return str(low) if low == high else f"{low}\u2060–\u2060{high}"


@cache
def language_name(code: str, of: str) -> str:
    """What a language is called in the language `code`: "suomi", "Finnish"."""
    if of == "fi_SIMPLE":
        return locale(of).name
    return babel.Locale.parse(of).get_display_name(locale(code).babel) or of

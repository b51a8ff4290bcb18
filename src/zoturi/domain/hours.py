"""Opening hours as wall-clock windows: who answers when, in which language.

Unknown or broken hours mean closed. Windows follow the clock on the wall, so on the night of a clock change a window
is an hour shorter or longer, and a time that does not exist that night means the moment the clock jumps over it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

LOOK_AHEAD = 120
"""Days that `opens_at` looks forward; longer than a summer break written as special days."""
OPEN_END = 8
"""Days that `closes_at` looks forward: with no end in sight within a week, "always open" is the honest word."""


@dataclass(frozen=True)
class Window:
    """Open on these weekdays (0 = Monday) from `opens` until `closes`.

    `closes` at or before `opens` lies on the next day; midnight to midnight is the whole day, and any other window
    whose ends are equal is broken, so closed.
    """

    days: frozenset[int]
    opens: time
    closes: time
    weeks: str | None = None
    """``odd`` or ``even``: only in calendar weeks of that kind (ISO, as calendars in Finland number them)."""

    def on(self, day: date) -> bool:
        """Whether it begins on this date."""
        if day.weekday() not in self.days:
            return False
        return self.weeks is None or (day.isocalendar().week % 2 == 1) is (self.weeks == "odd")


@dataclass(frozen=True)
class SpecialDay:
    """One date that differs from its weekday: other hours, or closed all day when both times are None."""

    on: date
    opens: time | None = None
    closes: time | None = None


@dataclass(frozen=True)
class Holidays:
    """Public holidays with hours of their own: other times, or closed when both are None. A special day goes first."""

    days: frozenset[date]
    opens: time | None = None
    closes: time | None = None


Rule = Window | SpecialDay | Holidays
Hours = Mapping[str, tuple[Rule, ...]]
"""Language code to its rules; a special day replaces the windows that would begin on its date."""

ALWAYS: tuple[Window, ...] = (Window(frozenset(range(7)), time(0), time(0)),)


def is_open(hours: Hours | None, language: str, local: datetime) -> bool:
    """True while a window of this language covers `local` (with its time zone); its end is already closed."""
    return _span_at(_rules(hours, language), local) is not None


def closes_at(hours: Hours | None, language: str, local: datetime) -> datetime | None:
    """The end of the present opening, windows that touch joined; None when closed or open for over a week more."""
    rules = _rules(hours, language)
    end: datetime | None = None
    limit = _instant(local) + timedelta(days=OPEN_END)
    at = local
    while (span := _span_at(rules, at)) is not None:
        end = at = span[1]
        if _instant(end) > limit:
            return None
    return end


def opens_at(hours: Hours | None, language: str, local: datetime) -> datetime | None:
    """The next opening after `local`; None when open now, and when none is known within 120 days."""
    rules = _rules(hours, language)
    if not rules or _span_at(rules, local) is not None:
        return None
    now = _instant(local)
    for day in range(LOOK_AHEAD):
        starts = [
            opens for opens, _ in _spans(rules, local, local.date() + timedelta(days=day)) if _instant(opens) > now
        ]
        if starts:
            return min(starts, key=_instant)
    return None


def openings_on(hours: Hours | None, language: str, like: datetime) -> list[tuple[datetime, datetime]]:
    """The openings that begin on the date of `like`, in order."""
    return sorted(_spans(_rules(hours, language), like, like.date()), key=lambda span: _instant(span[0]))


def is_always(rules: tuple[Rule, ...] | None) -> bool:
    """True when these rules never close: whole days on every weekday and no special day."""
    if not rules or not all(isinstance(rule, Window) for rule in rules):
        return False
    whole = [rule.days for rule in rules if rule.opens == rule.closes == time(0) and rule.weeks is None]
    return frozenset().union(*whole) == frozenset(range(7))


def _rules(hours: Hours | None, language: str) -> tuple[Rule, ...]:
    return tuple(hours.get(language) or ()) if isinstance(hours, Mapping) else ()


def _span_at(rules: tuple[Rule, ...], at: datetime) -> tuple[datetime, datetime] | None:
    """The span that covers `at`, the one that lasts longest if several do."""
    now = _instant(at)
    covering = [
        span
        for start in (at.date() - timedelta(days=1), at.date())
        for span in _spans(rules, at, start)
        if _instant(span[0]) <= now < _instant(span[1])
    ]
    return max(covering, key=lambda span: _instant(span[1]), default=None)


def _spans(rules: tuple[Rule, ...], like: datetime, on: date) -> Iterator[tuple[datetime, datetime]]:
    """The openings that begin on this date, as moments in the zone of `like`."""
    special = [rule for rule in rules if isinstance(rule, SpecialDay) and rule.on == on]
    holiday = [rule for rule in rules if isinstance(rule, Holidays) and on in rule.days]
    weekly = [rule for rule in rules if isinstance(rule, Window) and rule.on(on)]
    for rule in special or holiday or weekly:
        if rule.opens is None or rule.closes is None:
            continue
        if rule.opens == rule.closes and rule.opens != time(0):
            continue
        last = on if rule.closes > rule.opens else on + timedelta(days=1)
        # Where the clock runs the same hour twice, open with the first and close with the second.
        yield _moment(on, rule.opens, like, fold=0), _moment(last, rule.closes, like, fold=1)


def _moment(on: date, at: time, like: datetime, fold: int) -> datetime:
    moment = datetime.combine(on, at, like.tzinfo).replace(fold=fold)
    # A clock change skips at most a few hours; step to the first minute that exists.
    for _ in range(240):
        back = _instant(moment).astimezone(like.tzinfo)
        if back.replace(tzinfo=None) == moment.replace(tzinfo=None):
            return back
        moment += timedelta(minutes=1)
    return moment


def _instant(moment: datetime) -> datetime:
    """UTC, because Python compares two times of one zone by their wall clocks."""
    if moment.tzinfo is None:
        raise ValueError("opening hours need a local time with its zone")
    return moment.astimezone(UTC)

"""When the chat is answered: weekly hours by language, dates that differ, and Finland's public holidays."""

import re
from datetime import date, time
from functools import cache
from importlib import import_module
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from zoturi.domain.hours import Holidays, Hours, SpecialDay, Window
from zoturi.i18n import KNOWN
from zoturi.site_fields import Languages, Model, words

HOLIDAYS_FROM, HOLIDAYS_UNTIL = 2025, 2051
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _days(value: Any) -> Any:
    """`mon-fri`, `sat, sun` or a list of days, as numbers from Monday = 0."""
    if isinstance(value, str) and value.strip() == "always":
        return frozenset(range(7))
    found: set[int] = set()
    for part in words(value) if isinstance(value, str | list) else [value]:
        first, _, last = str(part).strip().lower().partition("-")
        if first not in DAYS or (last or first) not in DAYS or (last and DAYS.index(last) < DAYS.index(first)):
            raise ValueError(f"days are written like mon-fri or sat, sun; not {str(part)[:40]!r}")
        found.update(range(DAYS.index(first), DAYS.index(last or first) + 1))
    return frozenset(found)


def _clock(value: Any) -> Any:
    """`12:00`, `12.30` or `9`; 24:00 is midnight at the end of the day."""
    if isinstance(value, str):
        match = re.fullmatch(r"(\d{1,2})(?:[:.](\d{2}))?", value.strip())
        hour, minute = (int(match[1]), int(match[2] or 0)) if match else (99, 0)
        if hour > 24 or minute > 59 or (hour == 24 and minute):
            raise ValueError(f"a time is written like 12:00; not {value[:40]!r}")
        return time(hour % 24, minute)
    return value


Clock = Annotated[time, BeforeValidator(_clock)]


class Opening(Model):
    """One line of opening hours: these days, from `opens` until `closes`."""

    days: Annotated[frozenset[int], BeforeValidator(_days), Field(min_length=1)]
    opens: Clock
    closes: Clock
    weeks: Literal["odd", "even"] | None = None

    @model_validator(mode="after")
    def _lasts(self) -> "Opening":
        if self.opens == self.closes != time(0):
            raise ValueError("opens and closes are the same; the whole day is written 00:00 and 24:00")
        return self

    def window(self) -> Window:
        """The same as the domain knows it."""
        return Window(self.days, self.opens, self.closes, self.weeks)


def _always(value: Any) -> Any:
    return [{"days": "always", "opens": "00:00", "closes": "24:00"}] if value == "always" else value


Openings = Annotated[tuple[Opening, ...], BeforeValidator(_always)]


class Exceptional(Model):
    """A date with other hours than its weekday: closed, or open from `opens` until `closes`."""

    date: date
    closed: bool = False
    opens: Clock | None = None
    closes: Clock | None = None
    languages: Languages | None = None

    @model_validator(mode="after")
    def _says_what(self) -> "Exceptional":
        if self.closed is (self.opens is not None) or (self.opens is None) is not (self.closes is None):
            raise ValueError("write either closed: true, or both opens and closes")
        return self


class OnHolidays(Model):
    """Finnish public holidays: closed, or open from `opens` until `closes` whatever the weekday."""

    closed: bool = False
    opens: Clock | None = None
    closes: Clock | None = None

    @model_validator(mode="after")
    def _says_what(self) -> "OnHolidays":
        if self.closed is (self.opens is not None) or (self.opens is None) is not (self.closes is None):
            raise ValueError("write either closed: true, or both opens and closes")
        return self


@cache
def public_holidays() -> dict[date, str]:
    """Finland's public holidays with their names in Finnish, for the years anybody will ask about.

    The first call takes half a second, with the library it loads: a server makes it beside its start.
    """
    holidays = import_module("holidays")
    return dict(holidays.country_holidays("FI", years=range(HOLIDAYS_FROM, HOLIDAYS_UNTIL), language="fi").items())


class ChatHours(Model):
    """When the chat is answered, by language, and the dates that differ."""

    chat: dict[Literal[KNOWN], Openings] | None = None
    exceptions: Annotated[tuple[Exceptional, ...], Field(max_length=400)] = ()
    holidays: OnHolidays | None = None

    def rules(self) -> Hours:
        """The hours as the domain reads them."""
        found: dict[str, tuple[Window | SpecialDay, ...]] = {}
        for language, openings in (self.chat or {}).items():
            special = [
                SpecialDay(day.date, day.opens, day.closes)
                for day in self.exceptions
                if day.languages is None or language in day.languages
            ]
            rest = []
            if self.holidays is not None:
                rest = [Holidays(frozenset(public_holidays()), self.holidays.opens, self.holidays.closes)]
            found[language] = (*(opening.window() for opening in openings), *special, *rest)
        return found

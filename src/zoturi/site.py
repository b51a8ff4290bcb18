"""What an operator decides about their own zoturi: who runs it, teams, areas, hours, crisis lines.

The files these models read are described in `content/demo/`; `site_files` reads them. Unknown fields are refused.
"""

import re
from datetime import date, datetime, time
from functools import cache, cached_property
from typing import Annotated, Any, Literal

import holidays
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from zoturi.domain.hours import Holidays, Hours, SpecialDay, Window, is_always, is_open
from zoturi.i18n import KNOWN

HOLIDAYS_FROM, HOLIDAYS_UNTIL = 2026, 2051
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
THEME_COLOURS = (
    *("light", "light-deep", "light-soft", "light-text", "on-light", "door"),
    *("sky", "dawn", "far", "near", "water"),
)


def _localized(value: Any) -> Any:
    # A plain text is the same in every language, as place names often are.
    return {"fi": value} if isinstance(value, str) else value


def _words(value: Any) -> Any:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _days(value: Any) -> Any:
    """`mon-fri`, `sat, sun` or a list of days, as numbers from Monday = 0."""
    if isinstance(value, str) and value.strip() == "always":
        return frozenset(range(7))
    found: set[int] = set()
    for part in _words(value) if isinstance(value, str | list) else [value]:
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


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Localized = Annotated[dict[Literal[KNOWN], Text], BeforeValidator(_localized), Field(min_length=1)]
Languages = Annotated[tuple[Literal[KNOWN], ...], BeforeValidator(_words), Field(min_length=1)]
Clock = Annotated[time, BeforeValidator(_clock)]


def _like(pattern: str, told: str, longest: int) -> Any:
    def check(value: str) -> str:
        if len(value) > longest or not re.fullmatch(pattern, value):
            raise ValueError(f"must be {told}; not {value[:40]!r}")
        return value

    return Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(check)]


Id = _like(r"[a-z0-9][a-z0-9_-]*", "an id of small letters, digits, - and _", 40)
Address = _like(r"https://[^\s\"'<>\\]+", "an address that begins with https://", 300)
Number = _like(r"\+?[0-9][0-9 ]+", "a phone number: digits and spaces", 22)
Colour = _like(r"#[0-9a-fA-F]{6}", "a colour like #e9a13b", 7)


def _different(items: tuple[Any, ...]) -> tuple[Any, ...]:
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise ValueError(f"the id {item.id!r} is used twice")
        seen.add(item.id)
    return items


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Retention(_Model):
    """Days after which closed chats, closed help requests and audit lines are deleted."""

    chats_days: int = Field(30, ge=1, le=3650)
    help_requests_days: int = Field(90, ge=1, le=3650)
    audit_days: int = Field(365, ge=30, le=3650)
    confirmed: bool = False


class Theme(_Model):
    """Colours over our own, for the light and the dark scheme."""

    light: dict[Literal[THEME_COLOURS], Colour] = {}
    dark: dict[Literal[THEME_COLOURS], Colour] = {}


class Team(_Model):
    """Workers who share a queue; `promise_minutes` is the time within which a chat should get its first answer."""

    id: Id
    name: Localized
    languages: Languages
    promise_minutes: int = Field(5, ge=1, le=240)


class Area(_Model):
    """A municipality."""

    id: Id
    name: Localized

    @field_validator("id")
    @classmethod
    def _not_elsewhere(cls, value: str) -> str:
        if value == "else":
            raise ValueError('"else" means that somebody lives in none of the areas; choose another id')
        return value


class Opening(_Model):
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


class Exceptional(_Model):
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


class OnHolidays(_Model):
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
    """Finland's public holidays with their names in Finnish, for the years anybody will ask about."""
    return dict(holidays.country_holidays("FI", years=range(HOLIDAYS_FROM, HOLIDAYS_UNTIL), language="fi").items())


class ChatHours(_Model):
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


class _Checked(_Model):
    """Something of the outside world that the operator has to check before young people rely on it."""

    id: Id
    name: Localized
    languages: Languages
    ages: Localized | None = None
    hours: Openings | None = None
    hours_note: Localized | None = None
    note: Localized | None = None
    source: Text
    verified_on: date | None = None
    confirmed: bool = False

    @cached_property
    def windows(self) -> tuple[Window, ...] | None:
        """When it answers; None when the hours vary or are not known."""
        return None if self.hours is None else tuple(opening.window() for opening in self.hours)

    @property
    def always(self) -> bool:
        """True when it answers day and night."""
        return is_always(self.windows)

    def open_at(self, local: datetime) -> bool | None:
        """Whether it answers at this local time; None when we do not know."""
        return None if self.windows is None else is_open({"": self.windows}, "", local)


class CrisisLine(_Checked):
    """A number to ring. `sms_words` says what to write when it also takes text messages."""

    number: Number
    sms: bool = False
    sms_words: Localized | None = None

    @property
    def tel(self) -> str:
        """The number as a phone dials it."""
        return self.number.replace(" ", "")


class CrisisChat(_Checked):
    """A chat kept by others."""

    url: Address | None = None


class Teams(_Model):
    """teams.yaml"""

    teams: Annotated[tuple[Team, ...], AfterValidator(_different)] = Field(min_length=1, max_length=200)


class Areas(_Model):
    """areas.yaml"""

    areas: Annotated[tuple[Area, ...], AfterValidator(_different)] = Field((), max_length=500)


class CrisisLines(_Model):
    """crisis_lines.yaml"""

    lines: Annotated[tuple[CrisisLine, ...], AfterValidator(_different)] = Field(min_length=1, max_length=60)
    chats: Annotated[tuple[CrisisChat, ...], AfterValidator(_different)] = Field((), max_length=60)


class Operator(_Model):
    """site.yaml. What may be None is missing until the operator writes it; the public doors stay closed till then."""

    name: Localized | None = None
    controller: Localized | None = None
    data_protection_contact: Localized | None = None
    supervising_authority: Localized | None = None
    accessibility_contact: Localized | None = None
    responders: Localized | None = None
    social_emergency_number: Number | None = None
    social_emergency_note: Localized | None = None
    exit_to: Address = "https://www.ilmatieteenlaitos.fi/"
    retention: Retention = Retention()
    theme: Theme | None = None

    @property
    def social_emergency_tel(self) -> str | None:
        """The social emergency number as a phone dials it."""
        return self.social_emergency_number and self.social_emergency_number.replace(" ", "")


class Site(Operator):
    """Everything about one operator, read from its five files."""

    teams: tuple[Team, ...]
    areas: tuple[Area, ...]
    hours: Hours
    chat_hours: ChatHours = ChatHours()
    crisis_lines: tuple[CrisisLine, ...]
    crisis_chats: tuple[CrisisChat, ...]

    def text(self, value: dict[str, str] | str | None, lang: str) -> str:
        """A localized text in this language, else in English, Finnish, or any; "" where there is none."""
        if not value or isinstance(value, str):
            return value or ""
        for code in (lang, "fi" if lang == "fi_SIMPLE" else lang, "en", "fi"):
            if code in value:
                return value[code]
        return next(iter(value.values()))

    def team(self, team_id: str) -> Team | None:
        """The team of this id."""
        return next((team for team in self.teams if team.id == team_id), None)

    def area(self, area_id: str) -> Area | None:
        """The area of this id."""
        return next((area for area in self.areas if area.id == area_id), None)

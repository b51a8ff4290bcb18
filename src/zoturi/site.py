"""What an operator decides about their own zoturi: who runs it, teams, areas, hours, crisis lines.

The files these models read are described in `content/demo/`; `site_files` reads them. Unknown fields are refused.
"""

from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from zoturi.domain.hours import Hours, Window, is_always, is_open
from zoturi.domain.routing import Rule
from zoturi.site_fields import Address, Colour, Id, Languages, Localized, Model, Number, Text, different
from zoturi.site_hours import ChatHours, Openings
from zoturi.site_units import OF_THE_UNIT, Unit, by_language

THEME_COLOURS = (
    *("light", "light-deep", "light-soft", "light-text", "on-light", "door"),
    *("sky", "dawn", "far", "near", "water"),
)


class Retention(Model):
    """Days after which closed chats, closed help requests and audit lines are deleted."""

    chats_days: int = Field(30, ge=1, le=3650)
    help_requests_days: int = Field(90, ge=1, le=3650)
    audit_days: int = Field(365, ge=30, le=3650)
    confirmed: bool = False


class Theme(Model):
    """Colours over our own, for the light and the dark scheme."""

    light: dict[Literal[THEME_COLOURS], Colour] = {}
    dark: dict[Literal[THEME_COLOURS], Colour] = {}


class Team(Model):
    """Workers who share a queue. A chat should get its first answer within `promise_minutes`, a help request within
    `promise_working_days`.
    """

    id: Id
    name: Localized
    languages: Languages
    promise_minutes: int = Field(5, ge=1, le=240)
    promise_working_days: int = Field(3, ge=1, le=30)

    @field_validator("id")
    @classmethod
    def _no_other_word(cls, value: str) -> str:
        if value == OF_THE_UNIT:
            raise ValueError('"unit" means the named worker of a unit in routing.yaml; choose another id')
        return value


class Area(Model):
    """A municipality."""

    id: Id
    name: Localized

    @field_validator("id")
    @classmethod
    def _not_elsewhere(cls, value: str) -> str:
        if value == "else":
            raise ValueError('"else" means that somebody lives in none of the areas; choose another id')
        return value


class _Checked(Model):
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


class Teams(Model):
    """teams.yaml"""

    teams: Annotated[tuple[Team, ...], AfterValidator(different)] = Field(min_length=1, max_length=200)


class Areas(Model):
    """areas.yaml"""

    areas: Annotated[tuple[Area, ...], AfterValidator(different)] = Field((), max_length=500)


class CrisisLines(Model):
    """crisis_lines.yaml"""

    lines: Annotated[tuple[CrisisLine, ...], AfterValidator(different)] = Field(min_length=1, max_length=60)
    chats: Annotated[tuple[CrisisChat, ...], AfterValidator(different)] = Field((), max_length=60)


class Operator(Model):
    """site.yaml. What may be None is missing until the operator writes it; the public doors stay closed till then."""

    name: Localized | None = None
    controller: Localized | None = None
    data_protection_contact: Localized | None = None
    supervising_authority: Localized | None = None
    accessibility_contact: Localized | None = None
    responders: Localized | None = None
    social_emergency_number: Number | None = None
    social_emergency_note: Localized | None = None
    callback_number: Number | None = None
    exit_to: Address = "https://www.ilmatieteenlaitos.fi/"
    retention: Retention = Retention()
    theme: Theme | None = None

    @property
    def social_emergency_tel(self) -> str | None:
        """The social emergency number as a phone dials it."""
        return self.social_emergency_number and self.social_emergency_number.replace(" ", "")


class Site(Operator):
    """Everything about one operator, read from its files. Without `rules`, the language leads to a team."""

    teams: tuple[Team, ...]
    areas: tuple[Area, ...]
    hours: Hours
    chat_hours: ChatHours = ChatHours()
    crisis_lines: tuple[CrisisLine, ...]
    crisis_chats: tuple[CrisisChat, ...]
    units: tuple[Unit, ...] = ()
    rules: tuple[Rule, ...] = ()

    @property
    def routing(self) -> tuple[Rule, ...]:
        """The ordered rules that say where a contact goes; the last fits all."""
        return self.rules or by_language(self.teams)

    @property
    def longest_promise(self) -> int:
        """Working days within which any team answers a help request."""
        return max(team.promise_working_days for team in self.teams)

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

    def unit(self, unit_id: str | None) -> Unit | None:
        """The unit of this id."""
        return next((unit for unit in self.units if unit.id == unit_id), None)

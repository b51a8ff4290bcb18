"""Service directories as files: YAML with one entry a service, read in one pass, however many there are.

``content/demo/services.yaml`` is the example. A bad file is refused with file, line, field and reason, all lines at
once; unlike the site's small files a directory may hold 20,000 services, so it is read entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from zoturi.domain.contacts import AGE_GROUPS, TOPICS
from zoturi.domain.services import ACCEPTS, ANSWER_DAYS, PROVISIONS, TIERS
from zoturi.i18n import KNOWN
from zoturi.site import Address, Id, Languages, Localized, Number, Openings
from zoturi.yaml_files import FileError, plain_reason

MAX_BYTES = 64 * 1024 * 1024
MOST_SERVICES = 20_000
MOST_VALUES = 2_000
"""Values of one entry; the longest sensible one has some two hundred."""
MAX_DEPTH = 6
MOST_PROBLEMS = 100


def _words(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
_PART = r"[0-9A-Za-z!#$%&*+/=?^_{|}~-]+"
# Only what every mail program takes: brackets, backslashes or two dots in a row break the letter, and none would leave.
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200,
                           pattern=rf"^{_PART}(\.{_PART})*@([0-9A-Za-z-]+\.)+[0-9A-Za-z-]+$")
]  # fmt: skip
Keywords = Annotated[
    dict[Literal[KNOWN], Annotated[tuple[Short, ...], BeforeValidator(_words), Field(max_length=60)]], Field()
]
Codes = BeforeValidator(_words)


class Entry(BaseModel):
    """One service as a file or the administrator's page describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id
    name: Localized
    summary: Localized
    reach: Localized | None = None
    hours: Openings | None = None
    hours_note: Localized | None = None
    free: bool | None = None
    cost: Localized | None = None
    tier: Literal[TIERS] = "universal"
    provision: Literal[PROVISIONS] = "own"
    areas: Annotated[tuple[Id, ...], Codes, Field(max_length=500)] = ()
    languages: Languages
    age_groups: Annotated[tuple[Literal[AGE_GROUPS], ...], Codes, Field(max_length=4)] = ()
    topics: Annotated[tuple[Literal[TOPICS], ...], Codes, Field(max_length=20)] = ()
    phone: Number | None = None
    url: Address | None = None
    keywords: Keywords = {}
    accepts_handover: Literal[ACCEPTS] = "no"
    team: Id | None = None
    email: Email | None = None
    answer_days: int = Field(ANSWER_DAYS, ge=1, le=20)
    owner: Short
    checked_on: date
    active: bool = True

    @field_validator("id")
    @classmethod
    def _not_the_form(cls, value: str) -> str:
        if value == "new":
            raise ValueError('"new" is the address of the empty form; choose another id')
        return value

    @model_validator(mode="after")
    def _can_be_reached(self) -> Entry:
        if self.accepts_handover == "mail" and self.email is None:
            raise ValueError("accepts handovers by mail, but has no email")
        if self.accepts_handover == "desk" and self.team is None:
            raise ValueError("accepts handovers at the desk, but names no team")
        return self

    def content(self) -> str:
        """As it is stored: only what is given, always in the same order, so that equal entries are equal texts."""
        given = self.model_dump(mode="json", exclude_defaults=True, exclude={"id", "active", "hours"})
        if self.hours is not None:
            given["windows"] = [
                [sorted(row.days), row.opens.isoformat("minutes"), row.closes.isoformat("minutes"), row.weeks]
                for row in self.hours
            ]
        return orjson.dumps(given, option=orjson.OPT_SORT_KEYS).decode()


class Problems(Exception):
    """A file with entries that cannot be used; ``lines`` says of each where and why."""

    def __init__(self, lines: list[FileError]) -> None:
        super().__init__(str(lines[0]) if lines else "")
        self.lines = lines


def load(
    path: Path, progress: Callable[[float], None] = lambda part: None,
    misfit: Callable[[Entry], tuple[str, str] | None] = lambda entry: None,
) -> list[Entry]:  # fmt: skip
    """All entries of a file; Problems names everything that does not fit (a hundred lines at most). ``misfit`` tells
    what else is wrong with an entry: the field and why.
    """
    text = _text(path)
    found: dict[str, Entry] = {}
    problems: list[FileError] = []
    try:
        for value, lines in _Reader(path.name, text).entries(progress):
            try:
                entry = Entry.model_validate(value)
            except ValidationError as problem:
                first = problem.errors(include_url=False, include_input=False)[0]
                problems.append(_at(path.name, lines, first["loc"], plain_reason(first)))
            else:
                wrong = ("id", f"the id {entry.id!r} is used twice") if entry.id in found else misfit(entry)
                if wrong is not None:
                    problems.append(_at(path.name, lines, (wrong[0],), wrong[1]))
                found[entry.id] = entry
            if len(problems) >= MOST_PROBLEMS or len(found) > MOST_SERVICES:
                break
    except FileError as problem:
        problems.append(problem)
    if len(found) > MOST_SERVICES:
        problems.append(FileError(path.name, None, None, f"has more than {MOST_SERVICES} services"))
    if problems:
        raise Problems(problems)
    return list(found.values())


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            raise Problems([FileError(path.name, None, None, "is not a file")])
        if path.stat().st_size > MAX_BYTES:
            raise Problems([FileError(path.name, None, None, f"is larger than {MAX_BYTES >> 20} MiB")])
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = path.read_bytes()[: problem.start].count(b"\n") + 1
        raise Problems([FileError(path.name, line, None, "is not UTF-8 text")]) from None


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is there in every wheel; ten times as fast
_NOTHING = ("", "~", "null")


class _Reader:
    """Walks over the parser's events once: values for the model, and beside them the line of each."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._lines = text.count("\n") + 1
        self._events = yaml.parse(text, Loader=_LOADER)
        self._values = 0

    def entries(self, progress: Callable[[float], None]) -> Iterator[tuple[Any, Any]]:
        """Each entry of ``services:`` with the lines of its values."""
        self._expect(yaml.StreamStartEvent)
        if isinstance(self._next(), yaml.StreamEndEvent):
            raise FileError(self.name, None, None, "is empty")
        self._expect(yaml.MappingStartEvent, "must begin with the line services:")
        key = self._expect(yaml.ScalarEvent, "must begin with the line services:")
        if key.value != "services":
            raise self._refusal(key, "is not a field we know; the file begins with services:")
        self._expect(yaml.SequenceStartEvent, "services must be a list, one entry after another")
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            self._values = 0
            yield self._value(event, 1)
            progress(event.start_mark.line / self._lines)
        event = self._next()
        if not isinstance(event, yaml.MappingEndEvent):
            raise self._refusal(event, "is not a field we know; there is nothing but services:")
        progress(1.0)

    def _value(self, event: yaml.Event, depth: int) -> tuple[Any, Any]:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self._refusal(event, "uses & or * references; write the value out")
        if getattr(event, "tag", None):
            raise self._refusal(event, "uses a ! tag; write the plain value")
        self._values += 1
        if depth > MAX_DEPTH or self._values > MOST_VALUES:
            raise self._refusal(event, "is nested too deeply or has too many values")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event), (line, None)
        if isinstance(event, yaml.SequenceStartEvent):
            values, lines = [], []
            while not isinstance(inner := self._next(), yaml.SequenceEndEvent):
                value, where = self._value(inner, depth + 1)
                values.append(value)
                lines.append(where)
            return values, (line, lines)
        found: dict[str, Any] = {}
        places: dict[str, Any] = {}
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent):
                raise self._refusal(key, "a field needs a plain name")
            if key.value in found:
                raise self._refusal(key, f"{key.value[:40]!r} is written twice")
            found[key.value], (_, inner) = self._value(self._next(), depth + 1)
            places[key.value] = (key.start_mark.line + 1, inner)
        return found, (line, places)

    def _scalar(self, event: yaml.ScalarEvent) -> str | None:
        text = event.value
        if not event.style and text in _NOTHING:
            return None
        if not text.isprintable() and any(
            (ord(letter) < 32 and letter not in "\n\t") or 0x7F <= ord(letter) < 0xA0 for letter in text
        ):
            raise self._refusal(event, "has a control character that cannot be shown")
        return text

    def _next(self) -> yaml.Event:
        try:
            return next(self._events)
        except yaml.YAMLError as problem:
            mark = getattr(problem, "problem_mark", None)
            reason = getattr(problem, "problem", None) or getattr(problem, "reason", None) or "cannot be read"
            said = " ".join(str(reason).split())[:200]
            raise FileError(self.name, mark.line + 1 if mark else None, None, f"is not valid YAML: {said}") from None

    def _expect(self, kind: type[yaml.Event], otherwise: str = "") -> yaml.Event:
        event = self._next()
        if not isinstance(event, kind):
            raise self._refusal(event, otherwise)
        return event

    def _refusal(self, event: yaml.Event, reason: str) -> FileError:
        return FileError(self.name, event.start_mark.line + 1, None, reason)


def _at(name: str, lines: Any, loc: tuple[int | str, ...], reason: str) -> FileError:
    """The refusal of what stands at this place of an entry."""
    line, inner = lines
    path = ""
    for step in loc:
        known = isinstance(inner, dict) and step in inner
        if not known and not (isinstance(inner, list) and isinstance(step, int) and step < len(inner)):
            path += f".{step}" if path and isinstance(inner, dict) else ("" if path else str(step))
            break
        line, inner = inner[step]
        path += f"[{step + 1}]" if isinstance(step, int) else (f".{step}" if path else step)
    return FileError(name, line, path or None, reason)

"""Reads questionnaires from YAML files: one file each, and `shared.yaml` with what several of them use.

A questionnaire names the topics, questions and steps it uses by id; those it defines itself come before shared ones.
Texts are English and go through the catalogues. A file that does not fit is refused with file, line and field.
"""

import hashlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from zoturi import resources
from zoturi.domain import questionnaires as domain
from zoturi.domain.contacts import AGE_GROUPS, TOPICS
from zoturi.yaml_files import FileError, Source

SHARED = "shared.yaml"
MOST_SCREENS = 12
"""Who it is for, the choice of topics, one page each, the closing questions and the result: more is too long."""
TEXT_FIELDS = frozenset({"text", "hint", "name", "reason", "good", "title", "ask", "ask_hint", "short"})
"""The fields that people read; these are the sentences for the catalogues."""


def _words(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _different(items: tuple) -> tuple:
    seen: set[str] = set()
    for item in items:
        key = getattr(item, "id", item)
        if key in seen:
            raise ValueError(f"{key!r} is there twice")
        seen.add(key)
    return items


Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=40)]
Ids = Annotated[tuple[Id, ...], BeforeValidator(_words), AfterValidator(_different)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
Flag = Literal[domain.SAFETY]
Zone = Literal[domain.ZONES]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OptionFields(_Model):
    """One answer. `points` for a scale, `flag` for a stated danger, `alone` for "none of these"."""

    id: Id
    text: Text
    points: int = Field(0, ge=0, le=20)
    flag: Flag | None = None
    alone: bool = False
    reason: Text | None = None
    good: Text | None = None


class QuestionFields(_Model):
    """One question; `several: true` lets more than one answer be chosen, `look: faces` draws five faces."""

    id: Id
    text: Text
    short: Text | None = None
    hint: Text | None = None
    several: bool = False
    look: Literal["plain", "faces"] = "plain"
    options: Annotated[tuple[OptionFields, ...], AfterValidator(_different)] = Field(min_length=2, max_length=12)

    @model_validator(mode="after")
    def _drawable(self) -> "QuestionFields":
        if self.look == "faces" and (len(self.options) != 5 or self.several):
            raise ValueError("look: faces needs exactly five options, of which one is chosen")
        return self


class TopicFields(_Model):
    """Something to choose or to ask about; `topic` is the contact's topic it belongs to, `questions` its own ones."""

    id: Id
    name: Text
    hint: Text | None = None
    topic: Literal[TOPICS] | None = None
    questions: Ids | None = None


class StepFields(_Model):
    """A next step; a place says what it is itself, so it needs no title."""

    id: Id
    kind: Literal[domain.STEP_KINDS]
    zone: Zone = domain.SMALL
    title: Text | None = None
    text: Text | None = None
    topics: Ids = ()
    flags: Annotated[tuple[Flag | Literal["any"], ...], BeforeValidator(_words)] = ()
    places: Ids = ()

    @model_validator(mode="after")
    def _says_something(self) -> "StepFields":
        if self.kind == domain.PLACE and not self.places:
            raise ValueError("a place needs places: the ids of crisis lines or chats, the best first")
        if self.kind != domain.PLACE and not (self.title and self.text):
            raise ValueError("a step needs a title and a text")
        return self


class StartFields(_Model):
    """From how many points on a zone begins."""

    from_points: int = Field(ge=0, le=100)
    zone: Literal[domain.NONE, domain.SMALL, domain.CLEAR, domain.BIG]


class ScaleFields(_Model):
    """How points become zones; `base` is the question without which nothing can be said."""

    base: Id
    cap: int = Field(ge=1, le=100)
    zones: tuple[StartFields, ...] = Field(min_length=2, max_length=4)

    @model_validator(mode="after")
    def _rises(self) -> "ScaleFields":
        starts = [start.from_points for start in self.zones]
        order = [domain.ZONES.index(start.zone) for start in self.zones]
        if starts[0] != 0 or starts != sorted(set(starts)) or order != sorted(set(order)):
            raise ValueError("zones begin at 0 points and rise from line to line")
        return self


class ChoiceFields(_Model):
    """The page on which topics are chosen."""

    ask: Text
    ask_hint: Text | None = None
    most: int = Field(ge=1, le=8)


class Library(_Model):
    """shared.yaml: what several questionnaires use."""

    questions: Annotated[tuple[QuestionFields, ...], AfterValidator(_different)] = ()
    topics: Annotated[tuple[TopicFields, ...], AfterValidator(_different)] = ()
    steps: Annotated[tuple[StepFields, ...], AfterValidator(_different)] = ()
    scales: dict[Id, ScaleFields] = {}


class QuestionnaireFields(Library):
    """One questionnaire. `asks` are its topics, `each` what is asked in each of them, `always` the pages after them."""

    id: Id
    version: int = Field(ge=1, le=100_000)
    name: Text
    group: Id
    age_group: Literal[AGE_GROUPS] | None = None
    choice: ChoiceFields | None = None
    asks: Ids = Field(min_length=1, max_length=24)
    each: Ids = ()
    always: Ids = ()
    suggests: Ids = ()
    scale: Id | None = None


def load(place: Path) -> Mapping[str, domain.Questionnaire]:
    """All questionnaires of a folder by id, in the order of the files' names; FileError for the first bad file."""
    shared = Source(place / SHARED) if (place / SHARED).is_file() else None
    library = shared.model(Library) if shared else Library()
    found: dict[str, domain.Questionnaire] = {}
    for path in sorted(place.glob("*.yaml")):
        if path.name == SHARED:
            continue
        source = Source(path)
        fields = source.model(QuestionnaireFields)
        if fields.id in found:
            raise source.refusal(("id",), f"{fields.id!r} is the id of another file")
        found[fields.id] = _Reader(source, fields, library).questionnaire()
    return found


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, domain.Questionnaire]:
    """The questionnaires that travel with the code."""
    return load(resources.content_dir() / "questionnaires")


def sentences(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a file with their lines, for the catalogues."""
    nodes: list[yaml.Node] = [Source(path).node]
    while nodes:
        node = nodes.pop(0)
        if isinstance(node, yaml.SequenceNode):
            nodes += node.value
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value in TEXT_FIELDS and isinstance(value, yaml.ScalarNode):
                    yield value.start_mark.line + 1, value.value.strip()
                nodes.append(value)


class _Reader:
    """Puts one questionnaire together from its file and the shared parts."""

    def __init__(self, source: Source, fields: QuestionnaireFields, library: Library) -> None:
        self.source, self.fields = source, fields
        self._questions = {each.id: each for each in (*library.questions, *fields.questions)}
        self._topics = {each.id: each for each in (*library.topics, *fields.topics)}
        self._steps = {each.id: each for each in (*library.steps, *fields.steps)}
        self._scales = {**library.scales, **fields.scales}

    def questionnaire(self) -> domain.Questionnaire:
        fields = self.fields
        each = [self._question(name, ("each", at)) for at, name in enumerate(fields.each)]
        scale = self._scale()
        if doubled := set(fields.asks) & set(fields.always):
            raise self.source.refusal(("always",), f"{doubled.pop()!r} is among the topics already")
        sections = tuple(self._section(name, ("asks", at), each) for at, name in enumerate(fields.asks))
        always = tuple(self._section(name, ("always", at), []) for at, name in enumerate(fields.always))
        if scale and not any(question.id == scale.base for part in sections for question in part.questions):
            raise self.source.refusal(("scale",), f"no topic asks {scale.base!r}, on which the scale rests")
        screens = 2 + bool(fields.choice) + len(always) + (fields.choice.most if fields.choice else len(sections))
        if screens > MOST_SCREENS:
            raise self.source.refusal(("asks",), f"makes {screens} screens; more than {MOST_SCREENS} are too long")
        steps = tuple(self._step(name, ("suggests", at)) for at, name in enumerate(fields.suggests))
        content = repr((fields.name, fields.age_group, fields.choice, sections, always, scale, steps))
        choice = fields.choice
        return domain.Questionnaire(
            fields.id, fields.version, hashlib.sha256(content.encode()).hexdigest()[:12], fields.name, fields.group,
            fields.age_group, sections, always, choice.most if choice else 0, choice and choice.ask,
            choice and choice.ask_hint, scale, steps,
        )  # fmt: skip

    def _question(self, name: str, loc: tuple[int | str, ...]) -> domain.Question:
        found = self._found(self._questions, name, loc)
        options = tuple(domain.Option(**option.model_dump()) for option in found.options)
        return domain.Question(found.id, found.text, options, found.hint, found.several, found.look, found.short)

    def _section(
        self, name: str, loc: tuple[int | str, ...], each: list[domain.Question]
    ) -> domain.Section:  # fmt: skip
        found = self._found(self._topics, name, loc)
        own = found.questions
        questions = tuple(self._question(question, loc) for question in own) if own else tuple(each)
        if not questions:
            raise self.source.refusal(loc, f"nothing is asked in {name!r}: give it questions, or write each")
        return domain.Section(found.id, found.name, questions, found.hint, found.topic)

    def _step(self, name: str, loc: tuple[int | str, ...]) -> domain.Step:
        return domain.Step(**self._found(self._steps, name, loc).model_dump())

    def _scale(self) -> domain.Scale | None:
        if self.fields.scale is None:
            return None
        found = self._found(self._scales, self.fields.scale, ("scale",))
        return domain.Scale(found.base, found.cap, tuple((start.from_points, start.zone) for start in found.zones))

    def _found(self, where: Mapping, name: str, loc: tuple[int | str, ...]):
        if name not in where:
            raise self.source.refusal(loc, f"{name!r} is written nowhere, neither here nor in {SHARED}")
        return where[name]


__all__ = ["FileError", "QuestionnaireFields", "load", "sentences"]

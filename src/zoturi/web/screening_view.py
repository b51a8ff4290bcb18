"""What the pages of the worry test show, worked out from the answers: pure, nothing is read or stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from zoturi.domain.questionnaires import (
    BIG,
    CLEAR,
    NONE,
    OPEN,
    SMALL,
    STEP_KINDS,
    Question,
    Questionnaire,
    Result,
    Section,
    Step,
)
from zoturi.i18n import mark as N_  # noqa: N812 - the name gettext tools know
from zoturi.site import CrisisChat
from zoturi.web.visitor_view import LineNow, spoken

ZONES = {
    NONE: N_("no worry"),
    OPEN: N_("you skipped a part"),
    SMALL: N_("a small worry"),
    CLEAR: N_("a clear worry"),
    BIG: N_("a big worry"),
}
OVERALL = {
    NONE: N_("Nothing you chose weighs much on you just now."),
    OPEN: N_("You skipped a part, and that is all right. We say only what you told."),
    SMALL: N_("Something weighs on you a little. It is good to notice it early."),
    CLEAR: N_("Something weighs on you. It is worth talking about."),
    BIG: N_("You carry something heavy. You do not have to carry it alone."),
}
STATED = N_("You told us something important. Look first at the box above.")
KINDS = dict(zip(STEP_KINDS, (N_("Do it yourself"), N_("A person nearby"), N_("Somewhere that answers")), strict=True))

TRACK = 312
NARROWEST = 36
WIDER_BY = 46


@dataclass(frozen=True, slots=True)
class Wave:
    """One topic of the picture in words: ``width`` of 312; ``lit`` is the widest that is a real worry."""

    name: str
    zone: str | None
    reasons: tuple[str, ...]
    topic: str | None
    width: int
    lit: bool

    @property
    def start(self) -> int:
        return (TRACK - self.width) // 2


def waves(result: Result, say: Callable[[str], str]) -> list[Wave]:
    """The topics, the heaviest first. After a safety answer nothing is called "no worry"."""
    heaviest = max((finding.points or 0 for finding in result.findings), default=0)
    rows = []
    for finding in sorted(result.findings, key=lambda each: -(each.points if each.points is not None else -1)):
        points, section = finding.points, finding.section
        width = 0 if points is None else min(TRACK, NARROWEST + WIDER_BY * points)
        zone = None if finding.zone == NONE and result.flags else say(ZONES[finding.zone])
        lit = finding.zone in (CLEAR, BIG) and points == heaviest
        rows.append(Wave(section.name, zone, finding.reasons, section.topic, width, lit))
    return rows


def overall(result: Result) -> str | None:
    """One sentence on the whole; a safety answer always comes before any zone."""
    if result.flags:
        return STATED
    return None if result.overall is None else OVERALL[result.overall]


def calm_topics(result: Result) -> list[str]:
    """The names of the topics without a worry, which a safety answer keeps us from praising."""
    return [] if result.flags else [finding.section.name for finding in result.findings if finding.zone == NONE]


@dataclass(frozen=True, slots=True)
class NextStep:
    """One step as a page shows it; ``line`` or ``chat`` where it is a place."""

    kind: str
    step: Step
    line: LineNow | None = None
    chat: CrisisChat | None = None


def next_steps(
    steps: Iterable[Step], lines: Iterable[LineNow], chats: Iterable[CrisisChat], lang: str
) -> list[NextStep]:
    """At most one step of each kind, the best one; a place only if the site has it, best in the reader's language."""
    known: dict[str, NextStep] = {}
    shown: list[NextStep] = []
    by_line = {row.line.id: row for row in lines}
    by_chat = {chat.id: chat for chat in chats}
    for step in steps:
        if step.kind in known:
            continue
        found = NextStep(KINDS[step.kind], step) if not step.places else _place(step, by_line, by_chat, spoken(lang))
        if found is not None:
            known[step.kind] = found
            shown.append(found)
    return shown


def _place(
    step: Step, lines: Mapping[str, LineNow], chats: Mapping[str, CrisisChat], language: str
) -> NextStep | None:  # fmt: skip
    found = []
    for at, place in enumerate(step.places):
        if place in lines:
            row = lines[place]
            found.append((language not in row.line.languages, row.open is False, at, row, None))
        elif place in chats:
            chat = chats[place]
            found.append((language not in chat.languages, False, at, None, chat))
    if not found:
        return None
    *_, row, chat = min(found, key=lambda each: each[:3])
    return NextStep(KINDS[step.kind], step, row, chat)


def in_language(asked: Questionnaire, say: Callable[[str], str]) -> Questionnaire:
    """The same questionnaire with its texts in a language. Ids, points and marks stay, so answers mean the same."""

    def text(value: str | None) -> str | None:
        return None if value is None else say(value)

    def question(each: Question) -> Question:
        options = tuple(
            replace(option, text=say(option.text), reason=text(option.reason), good=text(option.good))
            for option in each.options
        )
        return replace(each, text=say(each.text), hint=text(each.hint), short=text(each.short), options=options)

    def section(part: Section) -> Section:
        questions = tuple(question(each) for each in part.questions)
        return replace(part, name=say(part.name), hint=text(part.hint), questions=questions)

    return replace(
        asked, name=say(asked.name), ask=text(asked.ask), ask_hint=text(asked.ask_hint),
        sections=tuple(map(section, asked.sections)), always=tuple(map(section, asked.always)),
        steps=tuple(replace(step, title=text(step.title), text=text(step.text)) for step in asked.steps),
    )  # fmt: skip


def topics_in(carried: dict, known: Mapping[str, Questionnaire]) -> list[str]:
    """The topics of what is carried on, by name; ``known`` are the questionnaires in the reader's language."""
    sections = known[carried["questionnaire"]].sections if carried["questionnaire"] in known else ()
    names = {part.id: part.name for part in sections}
    return list(dict.fromkeys(names[row["topic"]] for row in carried["answers"] if row["topic"] in names))


def words_for_desk(known: Iterable[Questionnaire]) -> dict[str, dict]:
    """The codes of what is carried on, in words; of questionnaires in the worker's language."""
    return {
        asked.id: {
            "name": asked.name,
            "topics": {part.id: part.name for part in asked.sections},
            "questions": {
                question.id: question.short or question.text for part in asked.sections for question in part.questions
            },
            "answers": {
                question.id: {option.id: option.text for option in question.options}
                for part in asked.sections
                for question in part.questions
            },
        }
        for asked in known
    }

"""Questionnaires that a person taps through: which pages there are, and what the answers say.

Everything goes by id, never by text, so the language does not matter. A section is what one page asks. Zones, where a
questionnaire has a scale: the points of the base question (how much), and, if that is at least one, of the others; from
0 no worry, from 2 small, 4 clear, from 5 big in the worry test. What was skipped is not zero: where the skipped answer
could turn "no worry" into a worry, the zone stays ``open``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

NONE, OPEN, SMALL, CLEAR, BIG = "none", "open", "small", "clear", "big"
ZONES = (NONE, OPEN, SMALL, CLEAR, BIG)
"""From the lightest to the heaviest; ``open`` is what we cannot say because something was skipped."""

SAFETY = (
    "says_overdose_or_unconscious", "says_may_hurt_self_now", "says_hurt_or_threatened",
    "says_child_hurt_or_threatened", "says_not_safe_at_home", "says_hurt_self",
    "says_thinks_of_hurting_self", "says_child_run_away", "says_run_away", "says_child_alone", "says_alone",
)  # fmt: skip
"""What somebody may state about danger, the most pressing first. A fact stated, never a conclusion from points."""

SELF, PERSON, PLACE = "self", "person", "place"
STEP_KINDS = (SELF, PERSON, PLACE)
ANY = "any"

Given = Mapping[str, Sequence[str]]
"""The options chosen in one section, by question."""
Answers = Mapping[str, Given]
"""What was given, by section."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to tap. ``alone``: it rules the others out (none of these). Texts are sentences to translate."""

    id: str
    text: str
    points: int = 0
    flag: str | None = None
    alone: bool = False
    reason: str | None = None
    good: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One question; ``several`` lets more than one option be chosen, ``look`` is how a page draws it.

    ``short`` names it beside its answer, for whoever reads answers that were carried on.
    """

    id: str
    text: str
    options: tuple[Option, ...]
    hint: str | None = None
    several: bool = False
    look: str = "plain"
    short: str | None = None

    @property
    def most(self) -> int:
        """The most points that answering this can give."""
        points = [option.points for option in self.options]
        return sum(points) if self.several else max(points)

    def chosen(self, given: Given) -> tuple[Option, ...]:
        """The options somebody chose, those of other questionnaires and doubled ones left out."""
        ids = given.get(self.id)
        if not ids:
            return ()
        found = tuple([option for option in self.options if option.id in ids])
        if not self.several:
            return found if len(found) == 1 else ()
        return tuple(option for option in found if not option.alone) or found


@dataclass(frozen=True, slots=True)
class Section:
    """What one page asks. ``topic`` is the topic of a contact it belongs to."""

    id: str
    name: str
    questions: tuple[Question, ...]
    hint: str | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """How points become zones: ``starts`` are (points, zone) from the lightest up."""

    base: str
    cap: int
    starts: tuple[tuple[int, str], ...]

    def zone(self, points: int) -> str:
        """The zone of so many points."""
        counted = min(points, self.cap)
        return next(zone for least, zone in reversed(self.starts) if counted >= least)


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do next. It fits from ``zone`` on in one of ``topics`` (none: over all), or after one of ``flags``.

    ``places`` are ids of the site's crisis lines and chats, the best first.
    """

    id: str
    kind: str
    zone: str
    title: str | None = None
    text: str | None = None
    topics: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One questionnaire. ``most`` sections may be chosen by the person (0: all are asked), ``always`` come after them.

    ``mark`` changes with every change of the content, even if somebody forgot to count up ``version``.
    """

    id: str
    version: int
    mark: str
    name: str
    group: str
    age_group: str | None
    sections: tuple[Section, ...]
    always: tuple[Section, ...]
    most: int = 0
    ask: str | None = None
    ask_hint: str | None = None
    scale: Scale | None = None
    steps: tuple[Step, ...] = ()

    def pages(self, chosen: Iterable[str]) -> tuple[Section, ...]:
        """The sections to ask, in the questionnaire's own order."""
        wanted = set(chosen)
        return (*(part for part in self.sections if not self.most or part.id in wanted), *self.always)

    def section(self, section_id: str) -> Section | None:
        """The section of this id."""
        return next((part for part in (*self.sections, *self.always) if part.id == section_id), None)


@dataclass(frozen=True, slots=True)
class Finding:
    """What the answers of one section say. ``points`` is None where the base question was skipped."""

    section: Section
    zone: str
    points: int | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What all the answers say. ``steps`` are all that fit, by kind and the best first; a page shows one of each."""

    findings: tuple[Finding, ...]
    overall: str | None
    flags: tuple[str, ...]
    good: tuple[str, ...]
    steps: tuple[Step, ...]


def tidy(section: Section, given: Given) -> dict[str, tuple[str, ...]]:
    """What was given on a page, without anything the section does not ask."""
    found = {question.id: tuple(option.id for option in question.chosen(given)) for question in section.questions}
    return {question: options for question, options in found.items() if options}


def flags(sections: Iterable[Section], answers: Answers) -> tuple[str, ...]:
    """The safety facts stated, the most pressing first; nothing else decides about them."""
    return _stated(_chosen(sections, answers))


def _stated(options: Iterable[Option]) -> tuple[str, ...]:
    said = {option.flag for option in options}
    return tuple(code for code in SAFETY if code in said)


def score(asked: Questionnaire, chosen: Iterable[str], answers: Answers) -> Result:
    """What the answers say. The same answers give the same result."""
    pages = asked.pages(chosen)
    findings = tuple(_findings(asked.scale, pages, answers))
    overall = max((finding.zone for finding in findings), key=ZONES.index, default=None)
    options = tuple(_chosen(pages, answers))
    said = _stated(options)
    good = tuple(dict.fromkeys(option.good for option in options if option.good))
    return Result(findings, overall, said, good, steps_for(asked.steps, findings, overall, said))


def _chosen(sections: Iterable[Section], answers: Answers) -> Iterator[Option]:
    for section in sections:
        given = answers.get(section.id, {})
        for question in section.questions:
            yield from question.chosen(given)


def _findings(scale: Scale | None, pages: Iterable[Section], answers: Answers) -> Iterator[Finding]:
    for section in pages:
        base = next((each for each in section.questions if scale and each.id == scale.base), None)
        if base is not None:
            yield _finding(scale, section, base, answers.get(section.id, {}))


def _finding(scale: Scale, section: Section, base: Question, given: Given) -> Finding:
    answer = next(iter(base.chosen(given)), None)
    if answer is None:
        return Finding(section, OPEN, None, ())
    least = most = answer.points
    reasons = [answer.reason]
    if answer.points >= 1:
        for question in section.questions:
            if question is base:
                continue
            counted = question.chosen(given)
            points = sum(option.points for option in counted)
            least += points
            most += points if counted else question.most
            reasons += [option.reason for option in counted]
    zone = scale.zone(least)
    if zone == NONE and scale.zone(most) != NONE:
        zone = OPEN
    return Finding(section, zone, min(least, scale.cap), tuple(reason for reason in reasons if reason))


def steps_for(
    steps: Iterable[Step], findings: Sequence[Finding], overall: str | None, said: Sequence[str]
) -> tuple[Step, ...]:
    """All steps that fit, by kind; what answers a safety fact comes first, then what belongs to the heaviest topic."""
    weight = {finding.section.id: ZONES.index(finding.zone) for finding in findings}
    whole = max(ZONES.index(overall or OPEN), ZONES.index(CLEAR) if said else 0)
    stated = frozenset(said)

    def heaviest(step: Step) -> int:
        """How heavy what the step answers is; -1 where it does not fit."""
        if step.flags:
            return len(ZONES) if said and (ANY in step.flags or not stated.isdisjoint(step.flags)) else -1
        here = max([weight.get(topic, -1) for topic in step.topics], default=whole)
        return here if here >= ZONES.index(step.zone) else -1

    ranked = [(step, heaviest(step)) for step in steps]
    # A step for one topic says more than one for all.
    fitting = sorted(
        ((step, heavy) for step, heavy in ranked if heavy >= 0),
        key=lambda each: (STEP_KINDS.index(each[0].kind), not each[0].flags, not each[0].topics, -each[1]),
    )
    return tuple(step for step, _ in fitting)

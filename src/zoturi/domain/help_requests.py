"""A help request: what is asked, in which order and of whom, and what keeps it from being sent.

Answers are what somebody gave, as text: ``{"for_whom": "my_child", "topics": ("sleep",)}``; what is left out or empty
was not answered. Yes-or-no answers are ``yes`` and ``no``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zoturi.domain import identity_codes
from zoturi.domain.chat import TEXT_MAX, check_text
from zoturi.domain.contacts import OUTSIDERS, TOPICS
from zoturi.domain.refusals import Refusal

CHANNEL = "help_button"
ELSEWHERE = "else"
"""The area of somebody who lives in none of the site's."""
DANGER = "says_danger_now"
"""Why a help request is flagged: its sender said that somebody is in danger now."""

YES_OR_NO = ("yes", "no")
BY_VOICE_OR_TEXT = ("phone", "sms")
FOR_WHOM = ("my_child", "my_family", "myself", "someone_else")
ROLES = ("parent", "guardian", "young_person", "relative", "professional", "other")
CHILD_AGES = ("0-2", "3-6", "7-12", "13-17", "18-24")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "for_whom": FOR_WHOM,
    "role": ROLES,
    "child_ages": CHILD_AGES,
    "topics": TOPICS,
    "contact_by": ("phone", "sms", "email", "reply_here"),
    "best_time": ("morning", "daytime", "evening"),
    "call_first": ("me", "family"),
    **dict.fromkeys(("danger_now", "voicemail_ok", "interpreter", "family_knows"), YES_OR_NO),
}
SEVERAL = ("child_ages", "topics", "best_time")
LONGEST = {"text": TEXT_MAX, "who_may_know": 300, "name": 80, "phone": 40, "email": 254}
OWN_WORDS = ("text", "who_may_know", "name")
"""Where people write freely, and might write what should not be stored."""

Answers = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the way: its fields are asked together."""

    id: str
    fields: tuple[str, ...]


STEPS = (
    Step("danger", ("danger_now",)),
    Step("whom", ("for_whom",)),
    Step("role", ("role",)),
    Step("ages", ("child_ages",)),
    Step("place", ("area", "unit")),
    Step("topics", ("topics",)),
    Step("words", ("text",)),
    Step("family", ("family_knows", "call_first")),
    Step("language", ("language", "interpreter")),
    Step("reach", ("contact_by",)),
    Step("number", ("phone", "email", "name")),
    Step("safely", ("best_time", "voicemail_ok", "who_may_know")),
)
FIELDS = tuple(name for step in STEPS for name in step.fields)


@dataclass(frozen=True, slots=True)
class Known:
    """What only the site knows: its areas, its units with the area each is in, and the languages to choose from."""

    areas: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ()

    def choices(self, name: str) -> tuple[str, ...] | None:
        """What a field may be; None where people write freely."""
        of_the_site = {
            "area": (*self.areas, ELSEWHERE),
            "unit": tuple(self.units),
            "language": self.languages,
        }
        return of_the_site.get(name) or CHOICES.get(name)


def is_asked(name: str, answers: Answers, known: Known) -> bool:
    """Whether a field applies after what was answered so far. What does not apply is neither shown nor stored."""
    by = answers.get("contact_by")
    if name == "child_ages":
        return answers.get("for_whom") != "myself" or answers.get("role") == "young_person"
    if name in ("family_knows", "call_first"):
        return answers.get("role") in OUTSIDERS
    if name in ("phone", "best_time"):
        return by in BY_VOICE_OR_TEXT
    if name == "voicemail_ok":
        return by == "phone"
    if name == "email":
        return by == "email"
    if name in ("name", "who_may_know"):
        return bool(by) and by != "reply_here"
    return name != "unit" or bool(known.units)


def steps(answers: Answers, known: Known) -> tuple[Step, ...]:
    """The pages that apply, in their order."""
    return tuple(step for step in STEPS if any(is_asked(name, answers, known) for name in step.fields))


def tidy(answers: Answers, known: Known) -> dict[str, str | tuple[str, ...]]:
    """Only what applies and was answered, in the order it is asked. A number given before a change of mind is gone."""
    found: dict[str, str | tuple[str, ...]] = {}
    for name in FIELDS:
        given = answers.get(name)
        if given and is_asked(name, answers, known):
            found[name] = tuple(dict.fromkeys(given)) if name in SEVERAL else given.strip()
    return {name: given for name, given in found.items() if given}


NEEDED = ("for_whom", "role", "area", "family_knows", "call_first", "language", "contact_by", "phone", "email",
          "voicemail_ok")  # fmt: skip
NEEDED_TO_CALL = ("language", "phone", "voicemail_ok")


def faults(answers: Answers, known: Known, needed: tuple[str, ...] = NEEDED) -> dict[str, str]:
    """What has to be mended before it can be sent, by field, in the order it is asked.

    ``missing``, ``unknown`` (no such choice), ``too_many``, ``too_long``, ``signs`` (that cannot be shown),
    ``identity_code``, and ``nothing`` where an answer is awaited here and nothing was said to answer. Whether a number
    or an address can be reached is looked at elsewhere.
    """
    found: dict[str, str] = {}
    for name in FIELDS:
        if not is_asked(name, answers, known):
            continue
        given = answers.get(name)
        fault = _fault(name, given, known) if given else None
        if fault is None and name in needed and not (given and (name in SEVERAL or given.strip())):
            fault = "missing"
        if fault is None and name == "text" and not given and answers.get("contact_by") == "reply_here":
            fault = None if answers.get("topics") else "nothing"
        if fault is not None:
            found[name] = fault
    return found


def _fault(name: str, given: str | tuple[str, ...], known: Known) -> str | None:
    choices = known.choices(name)
    if name in SEVERAL:
        if len(given) > len(choices):
            return "too_many"
        return None if set(given) <= set(choices) else "unknown"
    if choices is not None:
        return None if given in choices else "unknown"
    if len(given.replace("\r\n", "\n").strip()) > LONGEST.get(name, 0):
        return "too_long"
    if not given.strip():
        return None
    try:
        check_text(given)
    except Refusal:
        return "signs"
    return "identity_code" if name in OWN_WORDS and identity_codes.found_in(given) else None


def presets(given: Mapping[str, tuple[str, ...]], known: Known) -> dict[str, str | tuple[str, ...]]:
    """What an address may bring along (``?topics=sleep&area=lainela&unit=…``); what we do not know is left out.

    A unit brings its area.
    """
    topics = tuple(topic for part in given.get("topics", ()) for topic in part.split(",") if topic in TOPICS)
    area = next((each for each in given.get("area", ()) if each in known.areas), None)
    unit = next((each for each in given.get("unit", ()) if each in known.units), None)
    found = {"topics": tuple(dict.fromkeys(topics)), "area": known.units[unit] if unit else area, "unit": unit}
    return {name: value for name, value in found.items() if value}


def reference(contact_id: str) -> str:
    """What somebody says when they ring us about their request: the beginning of the contact's id."""
    return f"{contact_id[:3]}-{contact_id[3:6]}".upper()

"""The service directory: what one service is, and what a reader sees of it.

Texts are mappings from language to words; a language that is not written falls back to English, then Finnish.
An empty tuple of areas, age groups or topics means: for everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time

from zoturi.domain.contacts import AGE_GROUPS
from zoturi.domain.hours import Window, is_always, is_open

UNIVERSAL, EARLY, INTENSIVE = TIERS = ("universal", "early", "intensive")
PROVISIONS = ("own", "purchased", "other")
NO, DESK, MAIL = ACCEPTS = ("no", "desk", "mail")
ANSWER_DAYS = 2
"""Working days within which a service answers a handover, where it names no other number."""

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Service:
    """An entry of the directory. ``windows`` is None where its hours vary or are unknown; ``free`` where that is.

    ``owner`` keeps the entry true and last did so on ``checked_on`` (a date as text). Handovers go to ``team`` (desk)
    or ``email`` (mail) and are answered within ``answer_days`` working days; without a PIN none goes by mail.
    """

    id: str
    name: Texts
    summary: Texts
    tier: str = UNIVERSAL
    provision: str = "own"
    areas: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    age_groups: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    phone: str | None = None
    url: str | None = None
    reach: Texts | None = None
    windows: tuple[Window, ...] | None = None
    hours_note: Texts | None = None
    free: bool | None = None
    cost: Texts | None = None
    keywords: Mapping[str, tuple[str, ...]] | None = None
    accepts_handover: str = NO
    team: str | None = None
    email: str | None = None
    answer_days: int = ANSWER_DAYS
    owner: str = ""
    checked_on: str | None = None
    active: bool = True
    has_pin: bool = False

    @property
    def takes_handovers(self) -> str:
        """How a handover would reach it now: ``desk``, ``mail`` or ``no``; by mail only once it has a PIN."""
        if self.accepts_handover == MAIL and not (self.has_pin and self.email):
            return NO
        return self.accepts_handover

    @property
    def always(self) -> bool:
        """True when it answers day and night."""
        return is_always(self.windows)

    def open_at(self, local: datetime) -> bool | None:
        """Whether it answers at this local time; None when nobody knows."""
        return None if self.windows is None else is_open({"": self.windows}, "", local)


def in_words(texts: Texts | None, language: str) -> str:
    """A text in this language, else in English, Finnish or any; "" where there is none."""
    if not texts:
        return ""
    for code in (language, "fi" if language == "fi_SIMPLE" else language, "en", "fi"):
        if code in texts:
            return texts[code]
    return next(iter(texts.values()))


def service_for(service: Service, language: str, hours: str | None) -> dict:
    """``service`` of the contract in a reader's language; ``hours`` are already in words."""
    return {
        "id": service.id,
        "name": in_words(service.name, language),
        "summary": in_words(service.summary, language),
        "tier": service.tier,
        "provision": service.provision,
        "areas": list(service.areas),
        "languages": list(service.languages),
        "age_groups": list(service.age_groups or AGE_GROUPS),
        "topics": list(service.topics),
        "phone": service.phone,
        "url": service.url,
        "hours": hours,
        "accepts_handover": service.takes_handovers,
    }


_PLAIN = (
    "tier", "provision", "phone", "url", "free", "accepts_handover", "team", "email", "answer_days", "owner",
    "checked_on",
)  # fmt: skip
_TUPLES = ("areas", "languages", "age_groups", "topics")
_TEXTS = ("reach", "hours_note", "cost")


def from_content(service_id: str, content: Mapping, *, active: bool, has_pin: bool) -> Service:
    """The service that a stored content describes; what it does not name has its ordinary value."""
    known: dict[str, object] = {name: content[name] for name in (*_PLAIN, *_TEXTS) if name in content}
    known |= {name: tuple(content[name]) for name in _TUPLES if name in content}
    if content.get("windows") is not None:
        known["windows"] = tuple(_window(*each) for each in content["windows"])
    if content.get("keywords"):
        known["keywords"] = {code: tuple(words) for code, words in content["keywords"].items()}
    return Service(
        id=service_id, name=content["name"], summary=content["summary"], active=active, has_pin=has_pin, **known
    )


def _window(days: list[int], opens: str, closes: str, weeks: str | None) -> Window:
    return Window(frozenset(days), time.fromisoformat(opens), time.fromisoformat(closes), weeks)

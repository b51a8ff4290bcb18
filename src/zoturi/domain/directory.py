"""Which services fit: the whole directory in memory, searched and ranked. The order has reasons, and says them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest

from zoturi.domain.hours import Window, is_open
from zoturi.domain.search import PhraseIndex, Stems, WordIndex
from zoturi.domain.services import EARLY, INTENSIVE, TIERS, UNIVERSAL, Service

URGENT_TOPICS = frozenset({"violence"})
WHY = ("words", "area", "age_group", "topic", "language", "open", "tier")
"""Why a service is offered: it holds the words; it serves this area, age, topic, language; it answers now; it is the
lightest support (in an urgent matter: the strongest)."""

_LANGUAGE, _TOPIC, _OPEN, _TIER = 0.3, 0.2, 0.12, 0.1
_NAME, _KEYWORD, _SUMMARY, _OWNER = 2.0, 1.7, 1.0, 0.6
_BY_TOPIC = 0.55  # what a service gets because its topic was meant, beside its own words
_ASIDE = 0.6  # a topic that is not a service's first one
_TIER_URGENT = 0.6
_URGENT = 6.0  # what a service of an urgent matter's topic gets
_TOPICS_HEARD = 3
_WEAK = 0.3  # of the best score; what fits less is noise
_CLOSER_LOOK = 80


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for. Area, age group and topics narrow the choice; the language only orders it, unless
    ``only_language``: with an interpreter another service may still help.
    """

    area: str | None = None
    language: str | None = None
    age_group: str | None = None
    topics: tuple[str, ...] = ()
    query: str = ""
    only_language: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A service of an answer: why it is offered, and whether it answers now (None: nobody knows)."""

    service: Service
    why: tuple[str, ...]
    open: bool | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The best services, how many fit in all, and the codes of what sounded urgent."""

    found: tuple[Found, ...]
    total: int
    urgent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """People's own words: for topics, for what is urgent (code, language, phrase), and words that say nothing."""

    topics: tuple[tuple[str, str, str], ...] = ()
    urgent: tuple[tuple[str, str, str], ...] = ()
    ignored: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("fi", "sv", "en")


class Directory:
    """All active services, ready to be searched; made anew when the directory changes.

    A set of services is a whole number whose bits are the services: to narrow ten thousand of them costs nothing.
    """

    def __init__(self, services: Iterable[Service], vocabulary: Vocabulary, stems: Stems) -> None:
        self.services = sorted((each for each in services if each.active), key=lambda each: each.id)
        self.by_id: Mapping[str, Service] = {each.id: each for each in self.services}
        self.languages = frozenset(code for each in self.services for code in each.languages)
        self._all = (1 << len(self.services)) - 1
        self._sets, self._windows = _sets_of(self.services)
        self._opened: tuple[int, int] = (-1, 0)
        self._words = WordIndex(_texts(self.services), stems, vocabulary.languages, vocabulary.ignored)
        self._topic_codes = list(dict.fromkeys(code for code, _, _ in vocabulary.topics))
        numbered = ((self._topic_codes.index(code), language, text, 1.0) for code, language, text in vocabulary.topics)
        self._topics = WordIndex(numbered, stems, vocabulary.languages, vocabulary.ignored)
        self._urgent = PhraseIndex(vocabulary.urgent, stems, vocabulary.languages)
        self._with_topic = {
            code: tuple(
                (at, 1.0 if self.services[at].topics[0] == code else _ASIDE)
                for at in _members(self._sets["topic", code])
            )
            for code in self._topic_codes
        }

    def find(self, wanted: Wanted, local: datetime, limit: int) -> Answer:
        """The ``limit`` best services at this local time, best first."""
        urgent = list(self._urgent.heard(wanted.query)) if wanted.query else []
        urgent += [code for code in wanted.topics if code in URGENT_TOPICS and code not in urgent]
        fitting = self._fitting(wanted)
        tiers = _tiers(urgent)
        opened = self._open_at(local)
        if wanted.query.strip():
            chosen, total = self._by_words(wanted, fitting, opened, urgent, limit)
        else:
            chosen, total = list(self._by_facts(wanted, fitting, opened, tiers, limit)), fitting.bit_count()
        found = tuple(self._said(at, wanted, opened, tiers[0]) for at in chosen)
        return Answer(found, total, tuple(urgent))

    def _fitting(self, wanted: Wanted) -> int:
        """Who serves this area and age and at least one of the topics; who names none serves all."""
        fitting = self._all
        for kind, code in (("area", wanted.area), ("age", wanted.age_group)):
            if code is not None:
                fitting &= self._sets.get((kind, code), 0) | self._sets.get((kind, ""), 0)
        if wanted.topics:
            any_topic = 0
            for code in wanted.topics:
                any_topic |= self._sets.get(("topic", code), 0)
            fitting &= any_topic
        if wanted.only_language and wanted.language is not None:
            fitting &= self._sets.get(("language", wanted.language), 0)
        return fitting

    def _by_facts(
        self, wanted: Wanted, fitting: int, opened: int, tiers: tuple[str, ...], limit: int
    ) -> Iterator[int]:  # fmt: skip
        """Without words: who has all topics, speaks the language, has the topic first, is open, fits by tier."""
        steps = [self._sets.get(("topic", code), 0) for code in wanted.topics]
        orders = [[fitting]]
        if len(steps) > 1:
            every = fitting
            for step in steps:
                every &= step
            orders = [[every, fitting & ~every]]
        if wanted.language is not None:
            speaks = self._sets.get(("language", wanted.language), 0)
            orders.append([speaks, ~speaks])
        if steps:
            mainly = 0
            for code in wanted.topics:
                mainly |= self._sets.get(("main topic", code), 0)
            orders.append([mainly, ~mainly])
        now_or_later = [opened, ~opened]
        by_tier = [self._sets.get(("tier", tier), 0) for tier in tiers]
        # Whoever only looks around at night shall not be met by shelters first.
        orders += [now_or_later, by_tier] if wanted.topics else [by_tier, now_or_later]
        for group in _classes(orders):
            for at in _members(group):
                if limit <= 0:
                    return
                yield at
                limit -= 1

    def _by_words(
        self, wanted: Wanted, fitting: int, opened: int, urgent: list[str], limit: int
    ) -> tuple[list[int], int]:  # fmt: skip
        tiers = _tiers(urgent)
        scores = self._words.find(wanted.query)
        heard = nlargest(_TOPICS_HEARD, self._topics.find(wanted.query).items(), key=lambda each: each[1])
        meant = [(self._topic_codes[number], _BY_TOPIC * worth) for number, worth in heard]
        meant += [(code, _URGENT) for code in urgent]
        for code, worth in meant:
            for at, share in self._with_topic[code]:
                scores[at] = scores.get(at, 0.0) + worth * share
        allowed = fitting.to_bytes(len(self.services) // 8 + 1, "little")
        kept = [(score, at) for at, score in scores.items() if allowed[at >> 3] >> (at & 7) & 1]
        if not kept:
            return [], 0
        least = _WEAK * max(kept)[0]
        kept = [each for each in kept if each[0] >= least]
        best = nlargest(max(_CLOSER_LOOK, limit), kept)
        weighed = sorted(
            ((-score * (1 + self._worth(self.services[at], at, wanted, opened, tiers)), self.services[at].id, at)
             for score, at in best)
        )  # fmt: skip
        return [at for _, _, at in weighed[:limit]], len(kept)

    def _worth(self, service: Service, at: int, wanted: Wanted, opened: int, tiers: tuple[str, ...]) -> float:
        """What speaks for a service beside its words."""
        worth = (_TIER if tiers is TIERS else _TIER_URGENT) * (1 - tiers.index(service.tier) / 2)
        if wanted.language in service.languages:
            worth += _LANGUAGE
        if opened >> at & 1:
            worth += _OPEN
        if wanted.topics and all(topic in service.topics for topic in wanted.topics):
            worth += _TOPIC
        return worth

    def _said(self, at: int, wanted: Wanted, opened: int, tier: str) -> Found:
        service = self.services[at]
        answers = None if service.windows is None else bool(opened >> at & 1)
        facts = {
            "words": bool(wanted.query.strip()),
            "area": wanted.area is not None,
            "age_group": wanted.age_group is not None,
            "topic": any(topic in service.topics for topic in wanted.topics),
            "language": wanted.language in service.languages,
            "open": answers is True,
            "tier": service.tier == tier,
        }
        return Found(service, tuple(code for code in WHY if facts[code]), answers)

    def _open_at(self, local: datetime) -> int:
        """Who answers in this minute; services with the same hours are asked once."""
        minute = int(local.timestamp() // 60)
        known, opened = self._opened
        if known != minute:
            opened = 0
            for windows, members in self._windows.items():
                if windows and is_open({"": windows}, "", local):
                    opened |= members
            self._opened = (minute, opened)
        return opened


def _sets_of(services: list[Service]) -> tuple[dict[tuple[str, str], int], dict[tuple[Window, ...] | None, int]]:
    members: defaultdict[tuple[str, str], bytearray] = defaultdict(lambda: bytearray(len(services) // 8 + 1))
    windows: defaultdict[tuple[Window, ...] | None, bytearray] = defaultdict(lambda: bytearray(len(services) // 8 + 1))
    for at, each in enumerate(services):
        facts = (
            ("area", each.areas or ("",)), ("age", each.age_groups or ("",)), ("topic", each.topics),
            ("main topic", each.topics[:1]), ("language", each.languages), ("tier", (each.tier,)),
        )  # fmt: skip
        for kind, codes in facts:
            for code in codes:
                members[kind, code][at >> 3] |= 1 << (at & 7)
        windows[each.windows][at >> 3] |= 1 << (at & 7)
    whole: Callable[[bytearray], int] = lambda bits: int.from_bytes(bits, "little")  # noqa: E731
    found = defaultdict(int, {key: whole(bits) for key, bits in members.items()})
    return found, {key: whole(bits) for key, bits in windows.items()}


def _tiers(urgent: list[str]) -> tuple[str, ...]:
    """The lightest support first; in an urgent matter the strongest."""
    return (INTENSIVE, EARLY, UNIVERSAL) if urgent else TIERS


def _texts(services: list[Service]) -> Iterator[tuple[int, str, str, float]]:
    for at, each in enumerate(services):
        for texts, weight in ((each.name, _NAME), (each.summary, _SUMMARY)):
            for language, text in texts.items():
                yield at, language, text, weight
        for language, known in (each.keywords or {}).items():
            for text in known:
                yield at, language, text, _KEYWORD
        yield at, "fi", each.owner, _OWNER


def _classes(orders: list[list[int]]) -> Iterator[int]:
    """Every combination of one set of each order, the first ones first."""
    if not orders:
        return
    first, *rest = orders
    for members in first:
        for others in _classes(rest) if rest else (-1,):
            if members & others:
                yield members & others


def _members(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest

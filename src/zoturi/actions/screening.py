"""The worry test: what travels sealed between its pages, what a person carries on into a chat, and counters.

Nothing of a test is stored. Answers travel in a sealed form field that only we can read; what somebody chooses to carry
on travels in sealed tokens, one a topic, valid for an hour, and is stored inside the contact that it opens.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from zoturi import world
from zoturi.actions import sealed
from zoturi.domain.questionnaires import SAFETY, Answers, Questionnaire, Section, flags, tidy
from zoturi.domain.refusals import Refusal
from zoturi.store import counters
from zoturi.store.database import Database
from zoturi.store.tx import Tx
from zoturi.store.vault import Vault, week_of

PROGRESS_MS = 2 * 3_600_000
CARRY_MS = 3_600_000
LONGEST_TOKEN = 16 * 1024
MOST_CARRIED = 12
KEPT_RUNS = 20_000

STARTED, FINISHED, CARRIED_ON = "started", "finished", "carried_on"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody has come. ``page`` counts from the choice of topics (0), ``run`` names this try at random."""

    questionnaire: Questionnaire
    run: str
    began: int
    page: int = 0
    chosen: tuple[str, ...] = ()
    answers: Answers = field(default_factory=dict)

    @property
    def pages(self) -> tuple[Section, ...]:
        """The sections to ask, in their order."""
        return self.questionnaire.pages(self.chosen)

    @property
    def first(self) -> int:
        """The first page there is: without anything to choose, the first section."""
        return 0 if self.questionnaire.most else 1

    @property
    def section(self) -> Section | None:
        """What the present page asks; None on the choice of topics and past the last."""
        pages = self.pages
        return pages[self.page - 1] if 0 < self.page <= len(pages) else None

    @property
    def finished(self) -> bool:
        return self.page > len(self.pages)

    @property
    def flags(self) -> tuple[str, ...]:
        """The safety facts stated so far."""
        return flags(self.pages, self.answers)

    def choose(self, chosen: Iterable[str]) -> Progress:
        """Other topics; answers to those no longer chosen are dropped."""
        known = {section.id for section in self.questionnaire.sections}
        wanted = tuple(dict.fromkeys(each for each in chosen if each in known))
        asked = {section.id for section in self.questionnaire.pages(wanted)}
        kept = {name: given for name, given in self.answers.items() if name in asked}
        return replace(self, chosen=wanted, answers=kept)

    def answer(self, given: Mapping[str, Iterable[str]]) -> Progress:
        """What was given on the present page; an empty answer is a skipped one."""
        section = self.section
        if section is None:
            return self
        answers = {name: old for name, old in self.answers.items() if name != section.id}
        if found := tidy(section, given):
            answers[section.id] = found
        return replace(self, answers=answers)

    def move(self, step: int) -> Progress:
        """To the next (1) or the one before (-1)."""
        return replace(self, page=min(max(self.first, self.page + step), len(self.pages) + 1))


def begin(asked: Questionnaire, now: int) -> Progress:
    """The beginning of a questionnaire."""
    fresh = Progress(asked, world.random_bytes(9).hex(), now)
    return replace(fresh, page=fresh.first)


def seal_progress(keys: Vault, progress: Progress) -> str:
    """The progress as a form field, bound to the questionnaire and its version."""
    asked = progress.questionnaire
    return _sealed(keys, "progress", [
        asked.id, asked.version, asked.mark, progress.run, progress.began, progress.page, progress.chosen,
        progress.answers,
    ])  # fmt: skip


def open_progress(
    keys: Vault, known: Mapping[str, Questionnaire], token: str, now: int
) -> Progress | None:  # fmt: skip
    """The progress in a form field; None where it is changed, foreign, older than two hours or of another version."""
    content = _opened(keys, "progress", token)
    if content is None:
        return None
    name, version, mark, run, began, page, chosen, answers = content
    asked = known.get(name)
    if asked is None or (asked.version, asked.mark) != (version, mark) or not 0 <= now - began <= PROGRESS_MS:
        return None
    return Progress(asked, run, began, page, tuple(chosen), answers)


@dataclass(frozen=True, slots=True)
class Carried:
    """What somebody brings along: ``data`` for the first entry, the contact's topics, the safety facts stated."""

    data: dict
    topics: tuple[str, ...]
    flags: tuple[str, ...]
    group: str


def seal_section(keys: Vault, progress: Progress, section: Section, now: int) -> str:
    """The answers of one section as a token to carry on."""
    given = progress.answers.get(section.id, {})
    answers = [[question, option] for question, options in given.items() for option in options]
    return _carry(keys, progress, now, section.id, section.topic, answers, ())


def seal_safety(keys: Vault, progress: Progress, now: int) -> str:
    """The safety facts stated as a token to carry on."""
    return _carry(keys, progress, now, None, None, [], progress.flags)


def _carry(keys: Vault, progress: Progress, now: int, section: str | None, topic: str | None, answers: list,
           said: tuple[str, ...]) -> str:  # fmt: skip
    asked = progress.questionnaire
    return _sealed(keys, "carry", [asked.id, asked.version, asked.group, progress.run, now, section, topic, answers,
                                   said])  # fmt: skip


def open_carry(keys: Vault, tokens: str, now: int) -> Carried | None:
    """What tokens (joined by full stops) hold; None where one is changed, an hour old, or of another try."""
    parts = tuple(dict.fromkeys(tokens.split(".")))
    contents = [_opened(keys, "carry", token) for token in parts[: MOST_CARRIED + 1]]
    if len(parts) > MOST_CARRIED or not all(contents):
        return None
    if len({tuple(content[:4]) for content in contents}) != 1:
        return None
    if any(not 0 <= now - content[4] <= CARRY_MS for content in contents):
        return None
    name, version, group = contents[0][:3]
    answers, topics, said = [], [], set()
    for *_, section, topic, given, codes in contents:
        answers += [{"topic": section, "question": question, "answer": answer} for question, answer in given]
        topics += [topic] if topic else []
        said |= set(codes)
    safety = tuple(code for code in SAFETY if code in said)
    data = {"questionnaire": name, "version": version, "answers": answers, "safety": list(safety)}
    return Carried(data, tuple(dict.fromkeys(topics)), safety, group)


def _sealed(keys: Vault, kind: str, content: list) -> str:
    return sealed.seal(keys, "worry test", kind, content)


def _opened(keys: Vault, kind: str, token: str) -> list | None:
    return sealed.unseal(keys, "worry test", kind, token, LONGEST_TOKEN)


class Tally:
    """Counts of this process that are not written yet; a job writes them every few seconds.

    A try counts once in each of its events, however often a page is loaded again; its random name is kept in memory.
    """

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str, str]] = Counter()
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()

    def count(self, event: str, run: str, group: str, language: str, now: int) -> None:
        """One more who started or finished, in this week, of this age group, in this language."""
        if (event, run) in self._seen:
            return
        self._seen[event, run] = None
        if len(self._seen) > KEPT_RUNS:
            self._seen.popitem(last=False)
        self._counts[week_of(now), event, group, language] += 1

    def take(self) -> Counter[tuple[str, str, str, str]]:
        """What has been counted since the last time."""
        counts, self._counts = self._counts, Counter()
        return counts

    def give_back(self, counts: Counter[tuple[str, str, str, str]]) -> None:
        """Counts that could not be written."""
        self._counts += counts


async def write_counts(db: Database, tally: Tally) -> None:
    """Write what has been counted; what cannot be written now is kept for the next time."""
    counts = tally.take()
    if counts:
        try:
            await db.write(keep_counts, counts)
        except Refusal:
            tally.give_back(counts)
            raise


def keep_counts(tx: Tx, counts: Mapping[tuple[str, str, str, str], int]) -> None:
    """Write counts: nothing but week, event, age group and language."""
    for cell, number in sorted(counts.items()):
        counters.add(tx, *cell, number)


def count_carried_on(tx: Tx, carried: Carried, language: str) -> None:
    """One more who carried a test on into a contact."""
    counters.add(tx, week_of(tx.now), CARRIED_ON, carried.group, language, 1)

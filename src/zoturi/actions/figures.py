"""Weekly figures from day one: counted in the deed itself, kept after the contact is gone, shown without small cells.

An event is ``channel.what`` (``chat.opened``, ``chat.wait.2``): a week, an event and a language, never a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from zoturi.actions.screening import Tally
from zoturi.domain import figures
from zoturi.domain.contacts import CHANNELS, Contact
from zoturi.store import counters
from zoturi.store.tx import Tx
from zoturi.store.vault import week_of

AWAY = ("away_hours", "away_language")
FLOW = ("opened", "answered", "left_waiting", *AWAY)
WAITS = tuple(f"wait.{number}" for number in range(len(figures.WAIT_MINUTES) + 1))
LENGTHS = tuple(f"length.{number}" for number in range(len(figures.LENGTH_MINUTES) + 1))
HELPED = tuple(f"helped.{number}" for number in range(1, 6))
OUTCOMES = tuple(
    f"outcome.{code}"
    for code in ("advice", "listened", "guided", "handed_over", "left", "no_answer", "test", "prank", "abuse", "other")
)
MOST_WEEKS = 106


def opened(tx: Tx, contact: Contact) -> None:
    """One more who came."""
    _count(tx, contact, "opened")


def answered(tx: Tx, contact: Contact) -> None:
    """The first claim of a contact, with its wait; call it before the claim is written into the timeline."""
    if not counters.was_claimed(tx, contact.key):
        _count(tx, contact, "answered")
        _count(tx, contact, f"wait.{figures.bucket(tx.now - contact.opened_at, figures.WAIT_MINUTES)}")


def left_waiting(tx: Tx, contact: Contact) -> None:
    """One more who went away before anybody answered."""
    if not counters.was_claimed(tx, contact.key):
        _count(tx, contact, "left_waiting")


def ended(tx: Tx, contact: Contact, outcome: str) -> None:
    """A contact was closed by staff: how, and how long it took from the claim."""
    _count(tx, contact, f"outcome.{outcome}")
    if contact.claimed_at is not None:
        _count(tx, contact, f"length.{figures.bucket(tx.now - contact.claimed_at, figures.LENGTH_MINUTES)}")


def helped(tx: Tx, contact: Contact, mark: int) -> None:
    """How it helped; only the first answer counts. Call it before the answer is kept."""
    if not counters.was_rated(tx, contact.key):
        _count(tx, contact, f"helped.{mark}")


def turned_away(tally: Tally, *, by_language: bool, language: str, session: str, now: int) -> None:
    """One more who found the chat closed: altogether, or only in their language. A job writes it within seconds."""
    tally.count("chat.away_language" if by_language else "chat.away_hours", session, "", language, now)


def _count(tx: Tx, contact: Contact, what: str) -> None:
    counters.add(tx, week_of(tx.now), f"{contact.channel}.{what}", "", contact.language, 1)


@dataclass(frozen=True, slots=True)
class Table:
    """Cells in display order, those of small groups None; the sum, where it may be told."""

    cells: dict[str, int | None]
    total: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """A channel over some weeks."""

    weeks: tuple[str, ...]
    flow: dict[str, Table] = field(default_factory=dict)  # by event, over the weeks
    waits: Table | None = None
    lengths: Table | None = None
    helped: Table | None = None
    outcomes: Table | None = None
    languages: dict[str, Table] = field(default_factory=dict)  # by event, over the languages


def read(tx: Tx, channel: str, weeks: tuple[str, ...], language: str | None) -> Figures:
    """The figures of a channel, of one language or of all; nothing smaller than five is in them."""
    cells: Counter[tuple[str, str, str]] = Counter()
    for row in counters.of_weeks(tx, weeks[0], weeks[-1]):
        of, _, what = row["event"].partition(".")
        if of == channel and language in (None, row["language"]):
            cells[row["week"], what, row["language"]] += row["number"]

    def over(keys: Iterable[str], place: int, event: str | None = None) -> Table:
        """One table: its keys are found in this place of a cell."""
        found = dict.fromkeys(keys, 0)
        for cell, number in cells.items():
            if cell[place] in found and event in (None, cell[1]):
                found[cell[place]] += number
        total = sum(found.values())
        return Table(figures.protected(found), total if total >= figures.LEAST else None)

    spoken = sorted({code for _, _, code in cells})
    return Figures(
        weeks, {each: over(weeks, 0, each) for each in FLOW}, over(WAITS, 1), over(LENGTHS, 1), over(HELPED, 1),
        over(OUTCOMES, 1), {each: over(spoken, 2, each) for each in FLOW},
    )  # fmt: skip


def rows(tx: Tx, weeks: tuple[str, ...]) -> list[tuple[str, str, str, str, int | None]]:
    """Everything for a file: week, channel, language, event, number (None: under five)."""
    cells: dict[tuple[str, str, str], dict[str, int]] = {}
    for row in counters.of_weeks(tx, weeks[0], weeks[-1]):
        channel, _, what = row["event"].partition(".")
        if channel in CHANNELS:
            languages = cells.setdefault((row["week"], channel, what), {})
            languages[row["language"]] = languages.get(row["language"], 0) + row["number"]
    return [
        (week, channel, language, what, number)
        for (week, channel, what), languages in sorted(cells.items())
        for language, number in figures.protected(languages).items()
    ]


def last_weeks(now: int, count: int) -> tuple[str, ...]:
    """The last so many ISO weeks, this one included, oldest first."""
    today = datetime.fromtimestamp(now / 1000, UTC)
    days = [today - timedelta(weeks=back) for back in range(min(max(count, 1), MOST_WEEKS))]
    return tuple(week_of(int(day.timestamp() * 1000)) for day in reversed(days))

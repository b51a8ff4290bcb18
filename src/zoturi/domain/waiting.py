"""The honest wait: a range from half to nine tenths of what a small simulation of the queue shows."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

FEWEST_LENGTHS = 20
EVENINGS = 60
MOST_PLACES = 100
_MINUTE_MS = 60_000
_MASK = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Desk:
    """One worker who takes chats: how many at once, the ages of those that run (milliseconds), languages spoken."""

    capacity: int
    ages: tuple[int, ...] = ()
    languages: tuple[str, ...] = ()


def ranges(
    *, staff: Sequence[Desk], lengths: Sequence[int], waiting: Sequence[str | None]
) -> list[tuple[int, int] | None]:
    """For each who waits, in order, the wait in whole minutes as (half of the evenings, nine of ten evenings).

    ``waiting`` are their languages (None: anybody may take them), ``lengths`` the measured lengths of ended chats in
    milliseconds. None for everybody when fewer than 20 lengths are known, for one whom nobody here understands, and
    beyond the hundredth place: better no number than an invented one. The draws are a fixed sequence, so the same
    evening gives the same answer.
    """
    seats = [desk for desk in staff if desk.capacity > 0]
    if len(lengths) < FEWEST_LENGTHS or not seats:
        return [None] * len(waiting)
    ordered = sorted(lengths)
    line = list(waiting[:MOST_PLACES])
    groups = _groups(seats, {language for language in line if language is not None})
    able = {language: _able(groups, language) for language in set(line)}
    waits: list[list[float]] = [[] for _ in line]
    dice = _Dice()
    for _ in range(EVENINGS):
        ends = {known: _ends(desks, ordered, dice) for known, desks in groups.items()}
        for place, language in enumerate(line):
            if able[language]:
                first = min(able[language], key=lambda known: ends[known][0])
                start = ends[first][0]
                waits[place].append(start)
                heapq.heapreplace(ends[first], start + ordered[dice.below(len(ordered))])
    found = [_range(sorted(of_place)) if of_place else None for of_place in waits]
    return found + [None] * (len(waiting) - len(line))


class _Dice:
    """Numbers that look like chance and are always the same (a 64-bit linear congruence, Knuth's constants).

    They must not be an even sequence: the lengths of one evening would then always add up to their mean.
    """

    __slots__ = ("_state",)

    def __init__(self) -> None:
        self._state = 1

    def below(self, count: int) -> int:
        self._state = self._state * 6364136223846793005 + 1442695040888963407 & _MASK
        return (self._state >> 33) * count >> 31


def _groups(staff: Sequence[Desk], asked: set[str]) -> dict[frozenset[str], list[Desk]]:
    """Workers by which of the languages that are waited in they speak: for the queue all of a group are alike."""
    found: dict[frozenset[str], list[Desk]] = {}
    for desk in staff:
        found.setdefault(frozenset(asked.intersection(desk.languages)), []).append(desk)
    return found


def _able(groups: dict[frozenset[str], list[Desk]], language: str | None) -> list[frozenset[str]]:
    """Which groups may take somebody, those who speak least first: they are the ones who can take nobody else."""
    return sorted((known for known in groups if language is None or language in known), key=len)


def _ends(staff: Sequence[Desk], ordered: list[int], dice: _Dice) -> list[float]:
    """When the places of these workers become free. Above capacity, an end frees none."""
    found: list[float] = []
    for desk in staff:
        rests = sorted(_rest(age, ordered, dice) for age in desk.ages)
        found += rests[max(0, len(rests) - desk.capacity) :]
        found += [0.0] * (desk.capacity - len(rests))
    heapq.heapify(found)
    return found


def _rest(age: int, ordered: list[int], dice: _Dice) -> float:
    """How long a chat still takes that is so old: as those that were longer; one beyond all of them may end soon."""
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if ordered[middle] > age else (middle + 1, high)
    return float(ordered[low + dice.below(len(ordered) - low)] - age) if low < len(ordered) else float(_MINUTE_MS)


def beyond(wait: tuple[int, int] | None, left_ms: int) -> bool:
    """Whether half of the evenings would need more time than is left; not known is not beyond."""
    return wait is not None and wait[0] * _MINUTE_MS >= left_ms


def _range(waits: list[float]) -> tuple[int, int]:
    low = waits[len(waits) // 2]
    high = waits[len(waits) * 9 // 10]
    low_minutes = int(low // _MINUTE_MS)
    return low_minutes, max(low_minutes + 1, -int(-high // _MINUTE_MS))

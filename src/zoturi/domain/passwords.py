"""Which passwords are too easy to guess: short ones, common words, runs of keys, and the person's own words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

SHORTEST = 12
LONGEST = 256
FEWEST_KINDS = 5
LEAST_OF_ONES_OWN = 5
"""So many letters have to be left when every guessable piece is taken out."""
LEAST_DIGITS = 13
"""Or so many digits: more than a telephone number or a date of birth has, as many as a machine's random number."""
_SHORTEST_WORD = 3
_RUN = 4
_ROWS = ("abcdefghijklmnopqrstuvwxyzåäö", "0123456789", "1234567890", "qwertyuiopå", "asdfghjklöä", "zxcvbnm",
         "qazwsxedcrfvtgbyhnujmikolp", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1q2w3e4r5t6y7u8i9o0p",
         "31415926535897932384626433")  # fmt: skip
_ALIKE = str.maketrans("013457@$!€", "oieastasie")


def problem(password: str, own: Iterable[str], common: Collection[str]) -> str | None:
    """Why a password cannot be used: ``too_short``, ``too_long``, ``too_common``, ``own_words``; None for a good one.

    ``own`` are texts about the person (name, address, employer), ``common`` words that are tried first by those who
    guess. Both are taken out, as are runs of the keyboard, repeats, years and dates; what is left has to be enough. So
    are digits alone where they are many, and do not merely count, repeat or tell years.
    """
    if len(password) < SHORTEST:
        return "too_short"
    if len(password) > LONGEST:
        return "too_long"
    plain = password.casefold()
    if len(set(plain)) < FEWEST_KINDS or _repeats(plain):
        return "too_common"
    if len(_digits(plain)) >= LEAST_DIGITS:
        return None
    left = _without_runs(plain)
    without_common = _without(left, common)
    if len(without_common) < LEAST_OF_ONES_OWN:
        return "too_common"
    words = {word for text in own for word in re.split(r"[\W_]+", text.casefold()) if len(word) >= _SHORTEST_WORD}
    if len(_without(without_common, words)) < LEAST_OF_ONES_OWN or len(_without(left, words)) < LEAST_OF_ONES_OWN:
        return "own_words"
    return None


def _digits(text: str) -> str:
    """The digits that are left without runs; doubles and years count as one."""
    digits = re.sub(r"19\d\d|20\d\d", "0", re.sub(r"\D", "", text))
    return re.sub(r"\D", "", _without_runs(re.sub(r"(.)\1+", r"\1", digits)))


def _without(text: str, words: Collection[str]) -> str:
    """The letters that are left when known words, digits and what stands between are taken out; the longest first."""
    found = text
    for word in sorted((word for word in words if len(word) >= _SHORTEST_WORD), key=len, reverse=True):
        if word in found:
            found = found.replace(word, " ")
    disguised = found.translate(_ALIKE)
    for word in sorted((word for word in words if len(word) > _SHORTEST_WORD), key=len, reverse=True):
        at = disguised.find(word)
        while at >= 0:
            found = found[:at] + " " * len(word) + found[at + len(word) :]
            disguised = disguised[:at] + " " * len(word) + disguised[at + len(word) :]
            at = disguised.find(word)
    return re.sub(r"[\W\d_]+", "", found)


def _without_runs(text: str) -> str:
    """Without four or more neighbours of a keyboard row, an alphabet or a row of digits, either way."""
    for row in _ROWS:
        for way in (row, row[::-1]):
            for length in range(len(way), _RUN - 1, -1):
                for start in range(len(way) - length + 1):
                    text = text.replace(way[start : start + length], " ")
    return text


def _repeats(text: str) -> bool:
    """The same few characters over and over: at most a third of the length, said again and again."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 3 + 1))

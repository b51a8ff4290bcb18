"""Forgiving search over short texts: inflections, parts of compounds and typing errors still find the word.

A word of the query is compared with every word the texts hold: as a stem, as a part of a compound, and by the
three-letter pieces (trigrams) they share. Rare words weigh more than common ones (inverse document frequency).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

Stems = Callable[[str, str], str]
"""The stem of a word in a language (any language code; an unknown one gives the word back)."""

_WORD = re.compile(r"[^\W_]+")
MOST_WORDS = 12
"""Words of a query that are looked at; a whole letter is no query."""
LONGEST_WORD = 40
MOST_LIKE = 14
SHORTEST_PART = 4
ALIKE = 0.5
"""The least share of trigrams (Dice) by which a misspelt word still counts as the same."""
_PART, _SLIP, _MISSPELT = 0.8, 0.8, 0.85
_FEW_PIECES = 6


def fold(text: str) -> str:
    """Small letters without marks: people type aiti for äiti, and phones put marks where nobody asked."""
    return "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each))


def words(text: str) -> list[str]:
    """The words of a text in small letters, marks kept (a stemmer needs them)."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(unicodedata.normalize("NFC", text.casefold()))]


def _trigrams(word: str) -> set[str]:
    padded = f"^{word}$"
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


class WordIndex:
    """Texts by number, found by words. Made once from (number, language, text, weight); asked many times."""

    def __init__(
        self, texts: Iterable[tuple[int, str, str, float]], stems: Stems, languages: Iterable[str],
        ignored: Iterable[str] = (),
    ) -> None:  # fmt: skip
        self._stems = stems
        self._languages = tuple(languages)
        self._ignored = frozenset(map(fold, ignored))
        weights: defaultdict[str, dict[int, float]] = defaultdict(dict)
        numbers: set[int] = set()
        for number, language, text, weight in texts:
            numbers.add(number)
            for word in words(text):
                if fold(word) in self._ignored or len(word) < 2:
                    continue
                held = weights[fold(stems(word, language))]
                held[number] = max(held.get(number, 0.0), weight)
        whole = len(numbers) + 1
        self._held: Mapping[str, tuple[float, tuple[tuple[int, float], ...]]] = {
            term: (math.log(1 + whole / len(held)), tuple(held.items())) for term, held in weights.items()
        }
        self._by_piece: defaultdict[str, list[str]] = defaultdict(list)
        self._pieces: dict[str, int] = {}
        for term in self._held:
            pieces = _trigrams(term)
            self._pieces[term] = len(pieces)
            for piece in pieces:
                self._by_piece[piece].append(term)
        # Words come again and again; the memory of them is bounded.
        self.like = lru_cache(maxsize=4096)(self._find_like)

    def find(self, query: str) -> dict[int, float]:
        """The texts that hold something of the query, each with how well it fits (more is better)."""
        return self.find_words(words(query))

    def find_words(self, asked: Iterable[str]) -> dict[int, float]:
        """The same for words that are separate already."""
        asked = [word for word in dict.fromkeys(asked) if fold(word) not in self._ignored and len(word) > 1]
        asked = asked[:MOST_WORDS]
        total: dict[int, float] = {}
        hits: Counter[int] = Counter()
        for word in asked:
            best: dict[int, float] = {}
            for sure, term in self.like(word):
                rare, held = self._held[term]
                worth = sure * rare
                for number, weight in held:
                    score = worth * weight
                    if score > best.get(number, 0.0):
                        best[number] = score
            for number, score in best.items():
                total[number] = total.get(number, 0.0) + score
            hits.update(best.keys())
        if len(asked) > 1:
            # A text that answers the whole question goes before one that has a single rare word of it.
            for number in total:
                total[number] *= 0.4 + 0.6 * hits[number] / len(asked)
        return total

    def _find_like(self, word: str) -> list[tuple[float, str]]:
        """Words of the texts that may be meant by this one, the surest first."""
        found: dict[str, float] = {}
        for stem in dict.fromkeys((*(fold(self._stems(word, code)) for code in self._languages), fold(word))):
            if stem in self._held:
                found[stem] = 1.0
            pieces = _trigrams(stem)
            shared: Counter[str] = Counter()
            for piece in pieces:
                shared.update(self._by_piece.get(piece, ()))
            size = len(pieces)
            least = 3 if size > _FEW_PIECES else 2
            for term, count in shared.items():
                if count < least:  # nearly all of a large directory, so not even a call is spent on them
                    continue
                others = self._pieces[term]
                if _may_be_alike(count, size, others):
                    sure = _likeness(stem, term, count, size, others)
                    if sure > found.get(term, 0.0):
                        found[term] = sure
        return sorted(((sure, term) for term, sure in found.items()), key=lambda each: (-each[0], each[1]))[:MOST_LIKE]


def _may_be_alike(shared: int, pieces: int, others: int) -> bool:
    """False for what shares so few trigrams that a closer look finds nothing. Of a large directory that is nearly all,
    and a query made to cost much shall not hold up the chat.
    """
    # A part of a compound keeps all of its trigrams but one; a slip of the finger changes four at most.
    return 4 * shared >= pieces + others or shared + 1 >= min(pieces, others) or shared + 4 >= max(pieces, others)


def _likeness(asked: str, term: str, shared: int, pieces: int, others: int) -> float:
    """How surely two stems mean the same word, 0 to 1; 0 where that would be a guess."""
    if asked == term:
        return 1.0
    short, long = sorted((asked, term), key=len)
    if len(short) >= SHORTEST_PART and (long.startswith(short) or long.endswith(short)):
        return _PART * (0.6 + 0.4 * len(short) / len(long))
    if len(short) > SHORTEST_PART and _one_slip(short, long):
        return _SLIP
    alike = 2 * shared / (pieces + others)
    least = ALIKE if len(short) > SHORTEST_PART else ALIKE + 0.1
    if len(short) < SHORTEST_PART or alike < least:
        return 0.0
    return _MISSPELT * alike


def _one_slip(short: str, long: str) -> bool:
    """Whether one letter too many, too few, wrong, or two swapped ones are all that differs."""
    if len(long) - len(short) > 1:
        return False
    at = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[at : at + 2][::-1] == long[at : at + 2]
    return short[at + 1 :] == long[at + 1 :] or (swapped and short[at + 2 :] == long[at + 2 :])


class PhraseIndex:
    """Phrases by code, heard when all their words are in a query, however inflected. For what must not be missed."""

    SURE = 0.72

    def __init__(self, phrases: Iterable[tuple[str, str, str]], stems: Stems, languages: Iterable[str]) -> None:
        """Each phrase as (code, language, text)."""
        self._phrases: list[tuple[str, frozenset[str]]] = []
        texts = []
        for number, (code, language, text) in enumerate(phrases):
            self._phrases.append((code, frozenset(fold(stems(word, language)) for word in words(text))))
            texts.append((number, language, text, 1.0))
        self._index = WordIndex(texts, stems, languages)

    def heard(self, query: str) -> list[str]:
        """The codes whose phrase the query holds."""
        asked = words(query)[:MOST_WORDS]
        terms = {term for word in asked for sure, term in self._index.like(word) if sure >= self.SURE}
        return list(dict.fromkeys(code for code, wanted in self._phrases if wanted and wanted <= terms))

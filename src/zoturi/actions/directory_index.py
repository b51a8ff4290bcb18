"""The service directory as every process holds it in memory: made from the table, made anew when that changes."""

from __future__ import annotations

import asyncio
from functools import cache, lru_cache

import snowballstemmer

from zoturi import resources, yaml_files
from zoturi.domain.directory import Directory, Vocabulary
from zoturi.domain.search import Stems
from zoturi.store import people
from zoturi.store import services as store
from zoturi.store.database import Database

_STEMMERS = {"fi": "finnish", "sv": "swedish", "en": "english", "ru": "russian", "ar": "arabic"}


@cache
def vocabulary() -> Vocabulary:
    """People's own words, from ``content/words/services.yaml``."""
    known = yaml_files.Source(resources.content_dir() / "words" / "services.yaml").value

    def listed(kind: str) -> tuple[tuple[str, str, str], ...]:
        return tuple(
            (code, language, phrase.strip())
            for code, texts in known[kind].items() for language, text in texts.items() for phrase in text.split(",")
        )  # fmt: skip

    ignored = tuple(word.strip() for text in known["ignored"].values() for word in text.split(","))
    return Vocabulary(listed("topics"), listed("urgent"), ignored, tuple(_STEMMERS))


def new_stems() -> Stems:
    """Snowball's stemmers. They keep a word in hand while they work, so each index has its own."""
    stemmers = {code: snowballstemmer.stemmer(name) for code, name in _STEMMERS.items()}

    @lru_cache(maxsize=65_536)
    def stem(word: str, language: str) -> str:
        known = stemmers.get("fi" if language == "fi_SIMPLE" else language)
        return word if known is None else known.stemWord(word)

    return stem


def made_of(services: list) -> Directory:
    """The directory of these services."""
    return Directory(services, vocabulary(), new_stems())


class Shelf:
    """Where a process keeps the directory; ``now`` is the one in use."""

    def __init__(self) -> None:
        self.now = made_of([])
        self.version: str | None = "nothing read yet"

    async def refresh(self, db: Database) -> None:
        """Read the directory where it has changed, in whatever process."""
        version = await db.read(people.setting, store.VERSION)
        if version != self.version:
            services = await db.read(store.everything)
            # A thread: ten thousand services take seconds, and meanwhile messages go on.
            self.now = await asyncio.to_thread(made_of, services)
            self.version = version

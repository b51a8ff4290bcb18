"""Visitors whose browser has no socket: their pages ask for news and wait until there is some."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from zoturi.domain.refusals import Refusal

MOST_AT_ONCE = 6  # questions of one visitor that may wait; a browser keeps one a page


class Listeners:
    """Who waits for news, by visitor."""

    def __init__(self) -> None:
        self._waiting: defaultdict[int, set[asyncio.Future]] = defaultdict(set)

    @contextmanager
    def to(self, visitor: int) -> Iterator[asyncio.Future]:
        """A future that is done once something is told to this visitor. Listen first, then read: nothing falls between.

        Refuses ``too_fast`` to somebody who asks too many at once.
        """
        if len(self._waiting.get(visitor, ())) >= MOST_AT_ONCE:
            raise Refusal("too_fast")
        news = asyncio.get_running_loop().create_future()
        self._waiting[visitor].add(news)
        try:
            yield news
        finally:
            self._waiting[visitor].discard(news)
            if not self._waiting[visitor]:
                del self._waiting[visitor]

    def wake(self, visitor: int | None) -> None:
        """There is something to read for this visitor."""
        for news in self._waiting.get(visitor, ()):
            if not news.done():
                news.set_result(None)

    def has(self, visitor: int) -> bool:
        """Whether somebody waits for news of this visitor."""
        return visitor in self._waiting

    def visitors(self) -> list[int]:
        """Everybody who waits."""
        return list(self._waiting)

    def wake_all(self) -> None:
        """Answer everybody now, before the server goes down."""
        for visitor in tuple(self._waiting):
            self.wake(visitor)

"""How often somebody may do something: token buckets, in memory only, never stored."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from zoturi import world
from zoturi.domain.refusals import Refusal

KEPT = 20_000
FREE_SLIPS = 3
LONGEST_DELAY_SECONDS = 42.0
MOST_TRIES_AT_ONCE = 50
MOST_CODES_AT_ONCE = 2  # of one account: fifty would try a million codes in days, delay or not
LONGEST_ADDRESS = 254
OTHERS_TO_ONE_MESSAGE = 10  # a visitor may send ten small commands for each message allowed
GUESSES_PER_HOUR = 5  # for one selector
GUESSES_PER_HOUR_AND_SESSION = 10
GUESSES_PER_MINUTE = 3000  # in all; 75 random bits need no tighter one, and children must get back


class Buckets:
    """One bucket for each key, full at first and refilled evenly."""

    def __init__(self, per_minute: float, size: float | None = None) -> None:
        self._per_second = per_minute / 60
        self._size = float(per_minute if size is None else size)
        self._levels: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, key: Hashable) -> None:
        """Take one token; refuses ``too_fast`` when the bucket is empty. Zero a minute means no limit."""
        if self._per_second == 0:
            return
        now = world.monotonic()
        level, at = self._levels.get(key, (self._size, now))
        level = min(self._size, level + (now - at) * self._per_second)
        allowed = level >= 1
        self._levels[key] = (level - 1 if allowed else level, now)
        self._levels.move_to_end(key)
        if len(self._levels) > KEPT:
            self._levels.popitem(last=False)
        if not allowed:
            raise Refusal("too_fast")


@dataclass(slots=True)
class Outcome:
    """How a try at signing in ended; neither, where its second step is still to come."""

    succeeded: bool = False
    failed: bool = False


class Tries:
    """Tries at signing in, counted for each address, known or not, so that the delay tells nothing.

    Three slips cost nothing, then each further one doubles the wait, up to 42 seconds. Tries on their way count as
    slips, so many at once do not help; and nobody is ever locked out.
    """

    def __init__(self) -> None:
        self._slips: OrderedDict[str, int] = OrderedDict()
        self._on_their_way: dict[str, int] = {}

    def delay(self, address: str) -> float:
        """Seconds that the next try for an address waits."""
        slips = self._slips.get(address, 0) + self._on_their_way.get(address, 0)
        return 0.0 if slips < FREE_SLIPS else min(LONGEST_DELAY_SECONDS, 2.0 ** min(slips - FREE_SLIPS, 10))

    @asynccontextmanager
    async def one(self, address: str, most: int = MOST_TRIES_AT_ONCE) -> AsyncIterator[Outcome]:
        """One try: waits its delay, then counts how it ended. Refuses ``too_fast`` beyond fifty at once."""
        address = address[:LONGEST_ADDRESS]
        waiting = self._on_their_way.get(address, 0)
        if waiting >= most:
            raise Refusal("too_fast")
        delay = self.delay(address)
        self._on_their_way[address] = waiting + 1
        outcome = Outcome()
        try:
            await asyncio.sleep(delay)
            yield outcome
        finally:
            self._on_their_way[address] -= 1
            if not self._on_their_way[address]:
                del self._on_their_way[address]
            if outcome.succeeded:
                self._slips.pop(address, None)
            elif outcome.failed:
                self._slips[address] = self._slips.get(address, 0) + 1
                self._slips.move_to_end(address)
                if len(self._slips) > KEPT:
                    self._slips.popitem(last=False)

    @asynccontextmanager
    async def code(self, worker: int) -> AsyncIterator[Outcome]:
        """One try at a second factor, counted apart: only somebody who has the password or a session comes so far."""
        async with self.one(f"code {worker}", MOST_CODES_AT_ONCE) as outcome:
            yield outcome


class Limits:
    """All limits of one process."""

    def __init__(self, messages_per_minute: int) -> None:
        self.messages = Buckets(messages_per_minute)
        self.others = Buckets(messages_per_minute * OTHERS_TO_ONE_MESSAGE)
        self.tries = Tries()
        self._by_selector = Buckets(GUESSES_PER_HOUR / 60, GUESSES_PER_HOUR)
        self._by_session = Buckets(GUESSES_PER_HOUR_AND_SESSION / 60, GUESSES_PER_HOUR_AND_SESSION)
        self._in_all = Buckets(GUESSES_PER_MINUTE)

    def guess(self, selector: str, session: Hashable) -> None:
        """One try at a return code; refuses ``too_fast``."""
        self._by_selector.take(selector)
        if session is not None:
            self._by_session.take(session)  # browsers without a cookie are many, not one
        self._in_all.take(None)

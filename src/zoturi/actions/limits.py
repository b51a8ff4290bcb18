"""How often somebody may do something: token buckets, in memory only, never stored. Where several processes serve, what
is spent at one of them counts at all.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Hashable
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
MOST_AT_ONCE_ELSEWHERE = 1000
OTHERS_TO_ONE_MESSAGE = 10  # a visitor may send ten small commands for each message allowed
GUESSES_PER_HOUR = 5  # for one selector
GUESSES_PER_HOUR_AND_SESSION = 10
GUESSES_PER_MINUTE = 3000  # in all; 75 random bits need no tighter one, and children must get back


class Others:
    """The other processes. They know a key by a name that says nothing to whoever reads it on the way."""

    def __init__(self) -> None:
        self._secret: bytes | None = None
        self._tell: Callable[[str, int], None] = lambda name, count: None

    def reach(self, secret: bytes, tell: Callable[[str, int], None]) -> None:
        """From now on tell them; before, there were none."""
        self._secret, self._tell = secret, tell

    def name(self, kind: str, key: Hashable) -> Hashable:
        """How a key is counted: as it is, where nobody else counts."""
        if self._secret is None:
            return kind, key
        return f"{kind}-{hmac.digest(self._secret, repr((kind, key)).encode(), hashlib.sha256).hex()[:32]}"

    def tell(self, name: Hashable, count: int) -> None:
        if self._secret is not None:
            self._tell(name, count)


class Buckets:
    """One bucket for each key, full at first and refilled evenly."""

    def __init__(
        self, per_minute: float, size: float | None = None, *, kind: str = "", others: Others | None = None
    ) -> None:
        self._kind = kind
        self._others = others
        self._per_second = per_minute / 60
        self._size = float(per_minute if size is None else size)
        self._levels: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, key: Hashable) -> None:
        """Take one token; refuses ``too_fast`` when the bucket is empty. Zero a minute means no limit."""
        if self._per_second == 0:
            return
        name = key if self._others is None else self._others.name(self._kind, key)
        if not self._spend(name):
            raise Refusal("too_fast")
        if self._others is not None:
            self._others.tell(name, 1)

    def spent_elsewhere(self, name: Hashable, count: int) -> None:
        """Another process let somebody do so much."""
        for _ in range(min(count, MOST_AT_ONCE_ELSEWHERE)):
            self._spend(name)

    def _spend(self, key: Hashable) -> bool:
        now = world.monotonic()
        level, at = self._levels.get(key, (self._size, now))
        level = min(self._size, level + (now - at) * self._per_second)
        allowed = level >= 1
        self._levels[key] = (level - 1 if allowed else level, now)
        self._levels.move_to_end(key)
        if len(self._levels) > KEPT:
            self._levels.popitem(last=False)
        return allowed


@dataclass(slots=True)
class Outcome:
    """How a try at signing in ended; neither, where its second step is still to come."""

    succeeded: bool = False
    failed: bool = False


class Tries:
    """Tries at signing in, counted for each address, known or not, so that the delay tells nothing.

    Three slips cost nothing, then each further one doubles the wait, up to 42 seconds. Tries on their way count as
    slips, so many at once do not help; and nobody is ever locked out. A browser known from before (``devices``) is
    counted by itself, so strangers at an address do not delay the one it belongs to.
    """

    def __init__(self, others: Others | None = None) -> None:
        self._others = others or Others()
        self._slips: OrderedDict[Hashable, int] = OrderedDict()
        self._on_their_way: dict[Hashable, int] = {}

    def delay(self, of: Hashable) -> float:
        """Seconds that the next try for an address, a device's id or a worker's code waits."""
        slips = self._slips.get(of, 0) + self._on_their_way.get(of, 0)
        return 0.0 if slips < FREE_SLIPS else min(LONGEST_DELAY_SECONDS, 2.0 ** min(slips - FREE_SLIPS, 10))

    @asynccontextmanager
    async def one(self, address: str, device: str | None = None) -> AsyncIterator[Outcome]:
        """One try at an address, from a known device where its id is given: waits its delay, then counts how it ended.

        Refuses ``too_fast`` beyond fifty at once.
        """
        of = ("address", address[:LONGEST_ADDRESS]) if device is None else ("device", device)
        async with self._counted(self._others.name(*of), MOST_TRIES_AT_ONCE) as outcome:
            yield outcome

    @asynccontextmanager
    async def code(self, worker: int) -> AsyncIterator[Outcome]:
        """One try at a second factor, counted apart: only somebody who has the password or a session comes so far."""
        async with self._counted(self._others.name("code", worker), MOST_CODES_AT_ONCE) as outcome:
            yield outcome

    @asynccontextmanager
    async def _counted(self, of: Hashable, most: int) -> AsyncIterator[Outcome]:
        waiting = self._on_their_way.get(of, 0)
        if waiting >= most:
            raise Refusal("too_fast")
        delay = self.delay(of)
        self._on_their_way[of] = waiting + 1
        outcome = Outcome()
        try:
            await asyncio.sleep(delay)
            yield outcome
        finally:
            self._on_their_way[of] -= 1
            if not self._on_their_way[of]:
                del self._on_their_way[of]
            if outcome.succeeded or outcome.failed:
                self.ended(of, int(outcome.failed))
                self._others.tell(of, int(outcome.failed))

    def ended(self, of: Hashable, slips: int) -> None:
        """A try ended, here or elsewhere, with a slip or (0) well."""
        if slips == 0:
            self._slips.pop(of, None)
            return
        self._slips[of] = self._slips.get(of, 0) + slips
        self._slips.move_to_end(of)
        if len(self._slips) > KEPT:
            self._slips.popitem(last=False)


class Limits:
    """All limits; ``elsewhere`` reaches the other processes, where there are some."""

    def __init__(self, messages_per_minute: int) -> None:
        self.elsewhere = Others()
        self._buckets: dict[str, Buckets] = {}
        self.messages = self._bucket("message", messages_per_minute)
        self.others = self._bucket("other", messages_per_minute * OTHERS_TO_ONE_MESSAGE)
        self.tries = Tries(self.elsewhere)
        self._by_selector = self._bucket("selector", GUESSES_PER_HOUR / 60, GUESSES_PER_HOUR)
        self._by_session = self._bucket("session", GUESSES_PER_HOUR_AND_SESSION / 60, GUESSES_PER_HOUR_AND_SESSION)
        self._in_all = self._bucket("guess", GUESSES_PER_MINUTE)
        self.turn = asyncio.Lock()  # for what many may ask for at one moment, and is done one after another

    def _bucket(self, kind: str, per_minute: float, size: float | None = None) -> Buckets:
        bucket = self._buckets[kind] = Buckets(per_minute, size, kind=kind, others=self.elsewhere)
        return bucket

    def heard(self, name: str, count: int) -> None:
        """Another process tells what was spent there."""
        bucket = self._buckets.get(name.split("-", 1)[0])
        if bucket is None:
            self.tries.ended(name, count)
        else:
            bucket.spent_elsewhere(name, count)

    def guess(self, selector: str, session: Hashable) -> None:
        """One try at a return code; refuses ``too_fast``."""
        self._by_selector.take(selector)
        if session is not None:
            self._by_session.take(session)  # browsers without a cookie are many, not one
        self._in_all.take(None)

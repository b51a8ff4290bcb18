"""Events of one contact leave in order, whatever thread or process committed first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

_KEPT = 20_000


class InOrder:
    """Passes numbered events on in the order of their numbers.

    A number that comes too early waits for the one before it, which is committed already and on its way; ``flush``
    gives up waiting. Nothing is ever dropped: an old number is passed on as it comes.
    """

    def __init__(self) -> None:
        self._passed: OrderedDict[Hashable, tuple[int, int]] = OrderedDict()  # the first number, and the next one
        self._early: dict[Hashable, dict[int, Callable[[], None]]] = {}

    def pass_on(self, key: Hashable, number: int, send: Callable[[], None]) -> bool:
        """Send now, or hold back; False when it was held back."""
        expected = self.expected(key)
        if expected is not None and number > expected:
            self._early.setdefault(key, {})[number] = send
            return False
        send()
        self._reached(key, number)
        return True

    def expected(self, key: Hashable) -> int | None:
        """The number that comes next; None where none has come yet."""
        known = self._passed.get(key)
        return None if known is None else known[1]

    def has_passed(self, key: Hashable, number: int) -> bool:
        """Whether this very number was passed on here."""
        known = self._passed.get(key)
        return known is not None and known[0] <= number < known[1]

    def holds(self, key: Hashable, number: int) -> bool:
        """Whether a number still waits for one before it."""
        return number in self._early.get(key, ())

    def go_on_after(self, key: Hashable, number: int) -> None:
        """Wait for nothing up to this number: somebody saw to it in another way, or nobody here listens."""
        expected = self.expected(key)
        if expected is None or expected > number:
            return
        early = self._early.get(key, {})
        for held in sorted(each for each in early if each <= number):
            early.pop(held)()
        self._reached(key, number)

    def all_from(self, key: Hashable, number: int) -> None:
        """Every number from this one on was passed on here."""
        first, following = self._passed[key]
        self._passed[key] = (min(first, number), following)

    def flush(self, key: Hashable) -> None:
        """Send all that was held back for a key; what is missing before it counts as not passed on."""
        early = self._early.pop(key, {})
        for number in sorted(early):
            early[number]()
            if number != self.expected(key):
                self._passed.pop(key, None)
            self._set(key, number, number + 1)

    def _reached(self, key: Hashable, number: int) -> None:
        following = max(number + 1, self.expected(key) or 0)
        early = self._early.get(key)
        while early and following in early:
            early.pop(following)()
            following += 1
        for late in [each for each in early or () if each < following]:
            del early[late]  # it has come in another way
        if early is not None and not early:
            del self._early[key]
        self._set(key, number, following)

    def _set(self, key: Hashable, number: int, following: int) -> None:
        first = self._passed.get(key, (number,))[0]
        self._passed[key] = (number if number == first - 1 else first, following)
        self._passed.move_to_end(key)
        if len(self._passed) > _KEPT:
            self._passed.popitem(last=False)


class Newest:
    """The newest version and seq of each contact that connections of this process were told of."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def of(self, contact_id: str) -> tuple[int, int] | None:
        """Version and seq; None where nobody here was told anything."""
        return self._known.get(contact_id)

    def told(self, contact_id: str, version: int = 0, seq: int = 0) -> None:
        """Everybody here who may was told this much."""
        known = self._known.get(contact_id, (0, 0))
        self._known[contact_id] = (max(version, known[0]), max(seq, known[1]))
        self._known.move_to_end(contact_id)
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)

    def shown(self, contact_id: str, version: int, seq: int) -> None:
        """One connection read this much for itself; what others here were told is not raised by it."""
        if contact_id not in self._known:
            self.told(contact_id, version, seq)

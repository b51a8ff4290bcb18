"""Events of one contact leave in order, whatever thread committed first."""

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
        self._next: OrderedDict[Hashable, int] = OrderedDict()
        self._early: dict[Hashable, dict[int, Callable[[], None]]] = {}

    def pass_on(self, key: Hashable, number: int, send: Callable[[], None]) -> bool:
        """Send now, or hold back; False when it was held back."""
        expected = self._next.get(key)
        if expected is not None and number > expected:
            self._early.setdefault(key, {})[number] = send
            return False
        send()
        self._reached(key, number)
        return True

    def flush(self, key: Hashable) -> None:
        """Send all that was held back for a key."""
        early = self._early.pop(key, {})
        for number in sorted(early):
            early[number]()
            self._set(key, number + 1)

    def _reached(self, key: Hashable, number: int) -> None:
        following = max(number + 1, self._next.get(key, 0))
        early = self._early.get(key)
        while early and following in early:
            early.pop(following)()
            following += 1
        if early is not None and not early:
            del self._early[key]
        self._set(key, following)

    def _set(self, key: Hashable, following: int) -> None:
        self._next[key] = following
        self._next.move_to_end(key)
        if len(self._next) > _KEPT:
            self._next.popitem(last=False)

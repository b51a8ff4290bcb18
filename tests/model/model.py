"""What the house should be, without a database, a socket or a key: every deed as a small rule over plain lists.

Times are seconds. A deed returns ``ok`` or the code of its refusal.
"""

from __future__ import annotations

from dataclasses import dataclass, field

AWAY, GONE, SILENT_DAY, ORPHANED, OFFERED, MONTH = 60, 600, 86_400, 180, 120, 30 * 86_400
NOBODY, LONG_AGO = -1, 0.0


@dataclass
class Talk:
    """One contact."""

    id: str
    visitor: int
    opened: tuple[float, int]
    entries: list[tuple[str, str | None]] = field(default_factory=lambda: [("opened", None)])
    state: str = "waiting"
    owner: str | None = None
    flagged: bool = False
    returned: bool = False
    left: bool = False
    erased: bool = False
    sight: str = "here"
    offered: tuple[str | None, float] | None = None  # to whom (None: everybody), until when
    closed_at: float | None = None

    @property
    def living(self) -> bool:
        return self.state in ("waiting", "claimed")

    def tell(self, kind: str, text: str | None = None) -> None:
        self.entries.append((kind, text))

    def end(self, now: float) -> None:
        self.state, self.closed_at = "closed", now if self.closed_at is None else self.closed_at

    def back(self, kind: str) -> str:
        """To the head of the queue; who left has nothing to wait for."""
        if self.left:
            return "gone"
        self.tell(kind)
        self.state, self.owner, self.returned = "waiting", None, True
        return "ok"


class Model:
    def __init__(self, workers: tuple[str, ...], capacity: int, now: float) -> None:
        self.talks: list[Talk] = []
        self.capacity = capacity
        self.on_duty = dict.fromkeys(workers, True)
        self.signs: dict[object, float] = dict.fromkeys(workers, now)
        self.signs[NOBODY] = LONG_AGO
        self.ready = now

    def queue(self, worker: str) -> list[Talk]:
        seen = [t for t in self.talks if t.state == "waiting" and (t.offered is None or t.offered[0] in (None, worker))]
        return sorted(seen, key=lambda t: (not t.flagged, t.sight == "gone", not t.returned, t.opened))

    def open(self, visitor: int) -> str:
        living = [t for t in self.talks if t.visitor == visitor and t.living and not t.left]
        return "conflict" if living else "ok"

    def say(self, who: int | str, talk: Talk, kind: str, text: str) -> str:
        if who != (talk.visitor if isinstance(who, int) else talk.owner):
            return "not_found"
        if not talk.living or (isinstance(who, int) and talk.left):
            return "gone"
        talk.tell(kind, text)
        return "ok"

    def claim(self, worker: str, talk: Talk) -> str:
        if not self.on_duty[worker]:
            return "forbidden"
        if talk.state == "claimed":
            return "ok" if talk.owner == worker else "already_claimed"
        if talk.state == "closed":
            return "gone"
        to = None if talk.offered is None else talk.offered[0]
        if to not in (None, worker):
            return "not_found"
        live = sum(t.state == "claimed" and t.owner == worker for t in self.talks)
        if live >= self.capacity + (talk.flagged or to is not None):
            return "at_capacity"
        talk.state, talk.owner, talk.returned, talk.offered = "claimed", worker, False, None
        talk.tell("claimed")
        return "ok"

    def claim_next(self, worker: str) -> tuple[str, Talk | None]:
        if not self.on_duty[worker]:
            return "forbidden", None
        for talk in self.queue(worker):
            if self.claim(worker, talk) == "ok":
                return "ok", talk
        return ("at_capacity" if self.queue(worker) else "nothing_waiting"), None

    def held(self, worker: str, talk: Talk) -> str:
        if talk.owner != worker:
            return "not_found"
        return "ok" if talk.state == "claimed" else "gone"

    def release(self, worker: str, talk: Talk) -> str:
        held = self.held(worker, talk)
        return talk.back("released") if held == "ok" else held

    def transfer(self, worker: str, talk: Talk, to: str, now: float) -> str:
        held = self.held(worker, talk)
        if held != "ok" or talk.left:
            return held if held != "ok" else "gone"
        if not self.on_duty[to]:
            return "at_capacity"
        talk.offered = (to, now + OFFERED)
        return talk.back("transferred")

    def decline(self, worker: str, talk: Talk) -> str:
        if talk.state != "waiting" or talk.offered is None or talk.offered[0] != worker:
            return "not_found"
        return self.come_back(talk)

    def come_back(self, talk: Talk) -> str:
        talk.offered = None
        return talk.back("returned")

    def close(self, worker: str, talk: Talk, now: float) -> str:
        if talk.owner != worker:
            return "not_found"
        if talk.state == "claimed":
            talk.tell("closed")
            talk.end(now)
        return "ok"

    def leave(self, talk: Talk, now: float) -> None:
        if talk.state == "waiting":
            talk.tell("left")
            talk.tell("closed")
            talk.left = True
            talk.end(now)
        elif talk.state == "claimed" and not talk.left:
            talk.tell("left")
            talk.left = True

    def erase(self, talk: Talk, now: float) -> None:
        if not talk.erased:
            talk.entries = [(kind, None) for kind, _ in talk.entries]
            talk.tell("erased")
            talk.erased = True
            talk.end(now)

    def not_safe(self, talk: Talk) -> str:
        if not talk.living:
            return "gone"
        if not talk.flagged and talk.offered is not None:
            talk.offered = (None, talk.offered[1])
        talk.flagged = True
        return "ok"

    def seen(self, who: int | str, now: float) -> None:
        """A sign of life."""
        self.signs[who] = now
        for talk in self.talks:
            if talk.visitor == who and talk.living:
                talk.sight = "here"

    def clock_set(self, now: float) -> None:
        """Presence begins anew; nothing stands in the future."""
        self.ready = now
        self.signs = {who: min(sign, now) for who, sign in self.signs.items()}
        for talk in self.talks:
            if talk.offered is not None:
                talk.offered = (talk.offered[0], min(talk.offered[1], now + OFFERED))

    def silent(self, who: object, now: float) -> float:
        return now - max(self.signs[who], self.ready)

    def sweep(self, now: float) -> None:
        """A round of the presence job."""
        for talk in [t for t in self.talks if t.living]:
            silent = self.silent(talk.visitor, now)
            if talk.state == "waiting" and silent > SILENT_DAY:
                self.leave(talk, now)
                continue
            talk.sight = "here" if silent < AWAY else "away" if silent < GONE else "gone"
            if talk.state == "claimed" and self.silent(talk.owner, now) > ORPHANED:
                talk.back("returned")
        for worker in self.on_duty:
            self.on_duty[worker] &= self.silent(worker, now) <= ORPHANED
        for talk in self.talks:
            if talk.state == "waiting" and talk.offered is not None and talk.offered[1] <= now:
                self.come_back(talk)

    def purge(self, now: float) -> None:
        """Deletes what closed a month ago, and sessions two days silent that hold nothing living."""
        self.talks = [talk for talk in self.talks if talk.closed_at is None or talk.closed_at >= now - MONTH]
        holding = {talk.visitor for talk in self.talks if talk.living}
        for who, sign in self.signs.items():
            if isinstance(who, int) and who not in holding and sign < now - 2 * SILENT_DAY:
                self.forget(who)

    def forget(self, visitor: int) -> None:
        """Whoever comes back under this number is somebody new."""
        self.signs[visitor] = self.signs[NOBODY] = LONG_AGO
        for talk in self.talks:
            talk.visitor = NOBODY if talk.visitor == visitor else talk.visitor

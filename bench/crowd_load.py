"""The people of `bench.crowd`, in a process and on a core of their own, and the one clock they share."""

import gc
import heapq
import itertools
import json
import os
import random
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable

from bench.crowd_people import LOOK_SECONDS, Desk, Talker, Visitor
from bench.load import spread
from bench.processes import busy_seconds, cpu_seconds, resident_kib
from bench.sockets import Link, Loop, Refused

SETTLE_SECONDS = 3.0
SILENCE_SECONDS = 10.0  # an answer that is later than this counts as none


class Crowd:
    """Everybody, and the one clock they share."""

    def __init__(self, job: dict) -> None:
        self.job, self.loop, self.ending = job, Loop(), False
        self.visitors: dict[str, Visitor] = {}
        self.desks: list[Desk] = []
        self.opened: dict[str, float] = {}
        self.shown: dict[str, dict[int, float]] = {}
        self.won: dict[str, set[int]] = {}  # who was told that it is theirs
        self.refused: Counter[str] = Counter()
        self.claim_spans: list[float] = []
        self.lost_races = self.unanswered = self.desk_events = self.said = self.came = 0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def later(self, seconds: float, then: Callable[[], None]) -> None:
        heapq.heappush(self._due, (time.perf_counter() + seconds, next(self._order), then))

    def refuse(self, what: str, told: dict) -> None:
        self.refused[f"{what}: {told['code']}"] += 1

    def say(self, talker: Talker, link: Link, contact: str) -> None:
        if self.ending:
            return
        said = {"contact_id": contact, "client_id": str(uuid.uuid4()), "text": "Kerro lisää, jos haluat."}

        def answered(told: dict) -> None:
            self.said += 1
            if not told["ok"]:
                self.refuse("send_message", told)

        talker.ask(link, "send_message", said, answered)

    def turn(self) -> None:
        now = time.perf_counter()
        while self._due and self._due[0][0] <= now:
            heapq.heappop(self._due)[2]()
        due = self._due[0][0] - time.perf_counter() if self._due else 0.05
        self.loop.turn(max(0.0, min(0.05, due)))

    def wait_for(self, done: Callable[[], bool], what: str, seconds: float) -> None:
        end = time.perf_counter() + seconds
        while not done():
            if time.perf_counter() > end:
                raise Refused(f"{what}: {len(self.opened)} have opened a chat, refused: {dict(self.refused)}")
            self.turn()

    def gather(self) -> None:
        """Those who wait already, a few at a time, then the desks."""
        count = self.job["waiting"]
        while self.came < count:
            self.came += 1
            Visitor(self)
            self.wait_for(lambda: self.came - len(self.opened) < 20, "gathering", 30)
        self.wait_for(lambda: len(self.opened) == count, "gathering", 30)
        self.desks = [Desk(self, number, headers) for number, headers in enumerate(self.job["desks"])]

    def run(self) -> dict:
        job = self.job
        self.gather()
        early = set(self.opened)
        for desk in self.desks:
            self.later(random.uniform(0, LOOK_SECONDS), lambda desk=desk: desk.talker.look(desk.link, "watch_desk"))
            for _ in range(job["capacity"]):
                self.later(random.uniform(0, job["chat_seconds"]), desk.take)
        settle = time.perf_counter() + job["chat_seconds"]
        self._joins()
        while time.perf_counter() < settle:
            self.turn()
        start, memory, events = time.perf_counter(), [], self.desk_events
        clocks = self._clocks()
        while (now := time.perf_counter()) < start + job["seconds"]:
            if now - start >= len(memory):
                memory.append((now - start, resident_kib(job["server"])))
            self.turn()
        seconds = time.perf_counter() - start
        cpu, busy, own = (after - before for after, before in zip(self._clocks(), clocks, strict=True))
        events = self.desk_events - events
        self.ending = True
        late = self._settle()
        new = [contact for contact in self.opened if contact not in early]
        spans = [at - self.opened[contact] for contact in new for at in self.shown.get(contact, {}).values()]
        claims = spread(self.claim_spans)
        return {
            "seconds": seconds, "came": len(new), "desk_ms": spread(spans), "claim_ms": claims, "memory": memory,
            "never_shown": len(new) * len(self.desks) - len(spans), "desk_events": events, "said": self.said,
            "won": len(self.won), "won_twice": sum(len(winners) > 1 for winners in self.won.values()),
            "lost_races": self.lost_races, "unanswered": late, "refused": dict(self.refused),
            "lost_connections": sum(desk.link.closed for desk in self.desks)
            + sum(visitor.closed and not visitor.ended for visitor in self.visitors.values()),
            "cpu_seconds": cpu, "load_core_used": own / seconds,
            "server_core_taken_by_others": max(0.0, (busy - cpu) / seconds),
        }  # fmt: skip

    def _joins(self) -> None:
        if not self.ending:
            Visitor(self)
            self.later(1 / self.job["joins"], self._joins)

    def _settle(self) -> int:
        """Let what is under way arrive; how many commands were never answered."""
        end = time.perf_counter() + SILENCE_SECONDS
        rest = time.perf_counter() + SETTLE_SECONDS
        while time.perf_counter() < (rest if self.unanswered == 0 else end):
            self.turn()
        return self.unanswered

    def _clocks(self) -> tuple[float, float, float]:
        return cpu_seconds(self.job["server"]), busy_seconds(self.job["server_core"]), time.process_time()


def main() -> int:
    job = json.loads(sys.stdin.readline())
    os.sched_setaffinity(0, {job["load_core"]})
    gc.disable()
    crowd = Crowd(job)
    try:
        result = crowd.run()
    except (Refused, OSError) as problem:
        result = {"error": str(problem)}
    finally:
        crowd.loop.close()
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The load, in a process and on a core of its own: `python -m bench.load` reads one job (JSON) and prints one result.

A job names the connections and what to do over them. Each conversation has two sides, a visitor's socket of its own and
a worker's socket shared by several conversations. A side sends its next message when its last was acknowledged
(`saturate`; `until_cut` goes on until the server is gone), or all sides together keep a fixed rate whatever the answers
do (`paced`), or nobody speaks (`hold`).
A message counts when it has been delivered to the other side and acknowledged; what is missing is reported.
"""

import gc
import json
import os
import secrets
import sys
import time

from bench.processes import busy_seconds, cpu_seconds, resident_kib
from bench.sockets import Link, Loop, Refused, frame

NUMBER = 1_000_000_000  # every number has ten digits, so that all frames of a side have one length
TEXT = "Moi, mulla on ollut vähän raskas viikko eikä oikein saa nukuttua."
DRAIN_SECONDS = 10.0


class Side:
    """One end of one conversation: knows how its next message looks as bytes."""

    def __init__(self, link: Link, letter: str, room: str) -> None:
        self.link, self.letter, self.room = link, letter, room
        message = {
            "contact_id": room,
            "client_id": f"%08x-{secrets.token_hex(2)}-4{secrets.token_hex(2)[1:]}-8000-{secrets.token_hex(6)}",
            "text": f"{TEXT} @@{letter}%010d",
        }
        body = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
        if link.namespace is None:
            text = '{"do":"send_message","id":%010d,' + body[1:]
        else:
            spot = "" if link.namespace == "/" else f"{link.namespace},"
            text = f'42{spot}%010d["send_message",{body}]'
        self._template = frame((text % (NUMBER, 0, NUMBER)).encode())
        self._text = text

    def bytes_of(self, number: int) -> bytes:
        payload = (self._text % (number, number - NUMBER, number)).encode()
        return self._template[: -len(payload)] + payload


class Run:
    """All sides of a job and the four clocks of every message."""

    def __init__(self, job: dict) -> None:
        self.job, self.loop = job, Loop()
        self.sides: list[Side] = []
        self.sent: list[float] = []
        self.acked: list[float] = []
        self.delivered: list[float] = []
        self.owner: list[Side] = []
        self.refused: dict[str, int] = {}
        self.duplicates = 0
        self.going = False
        self.chained = job["mode"] in ("saturate", "until_cut")

    def connect(self) -> None:
        job = self.job
        by_room: dict[str, list[Side]] = {}
        for one in job["links"]:
            link = Link(
                self.loop,
                one.get("port", job["port"]),
                job["path"],
                one.get("headers", {}),
                namespace=one.get("namespace"),
                deflate=job.get("deflate", False),
            )
            link.on_text = lambda link, payload: None
            for event, data in one.get("hello", []):
                answer = link.call(event, data)
                if not answer.get("ok"):
                    raise Refused(f"{event}: {answer}")
            link.on_text = self.heard_ws if link.namespace is None else self.heard_socketio
            for room in one.get("rooms", []):
                by_room.setdefault(room, []).append(Side(link, one["side"], room))
        # Both sides of the first conversation, then of the second …: a paced run walks over all of them evenly.
        self.sides = [side for sides in by_room.values() for side in sides]

    def say(self, side: Side) -> None:
        number = len(self.sent)
        self.acked.append(0.0)
        self.delivered.append(0.0)
        self.owner.append(side)
        data = side.bytes_of(NUMBER + number)
        self.sent.append(time.perf_counter())
        side.link.send(data)

    def heard_ws(self, link: Link, payload: bytes) -> None:
        if payload.startswith(b'{"ack":'):
            self.answered(int(payload[7:17]) - NUMBER, payload)
        else:
            self.arrived(link, payload)

    def heard_socketio(self, link: Link, payload: bytes) -> None:
        if payload.startswith(b"43"):
            bracket = payload.index(b"[")
            self.answered(int(payload[bracket - 10 : bracket]) - NUMBER, payload)
        else:
            self.arrived(link, payload)

    def answered(self, number: int, payload: bytes) -> None:
        if b'"ok":true' not in payload:
            reason = payload.decode(errors="replace")[-120:]
            self.refused[reason] = self.refused.get(reason, 0) + 1
            return  # a side that was refused falls silent: the run must not hammer on
        self.acked[number] = time.perf_counter()
        if self.chained and self.going:
            self.say(self.owner[number])

    def arrived(self, link: Link, payload: bytes) -> None:
        at = payload.find(b"@@")
        if at < 0:
            return
        number = int(payload[at + 3 : at + 13]) - NUMBER
        if self.owner[number].link is link:
            return  # the author's own copy
        if self.delivered[number]:
            self.duplicates += 1
        self.delivered[number] = time.perf_counter()

    def drain(self) -> None:
        self.going = False
        end = time.perf_counter() + DRAIN_SECONDS
        while time.perf_counter() < end and not self.refused:
            if all(self.delivered[-5000:]) and all(self.acked[-5000:]):
                break
            self.loop.turn(0.02)

    def saturate(self) -> dict:
        job = self.job
        self.going = True
        for side in self.sides:
            self.say(side)
        window = Window(job, self)
        while window.open(time.perf_counter()):
            self.loop.turn(0.01)
        self.drain()
        return window.result()

    def until_cut(self) -> dict:
        """Saturate until the server is no more; which messages it had acknowledged until then."""
        self.going = True
        for side in self.sides:
            self.say(side)
        end = time.perf_counter() + self.job["seconds"]
        while self.loop.links and time.perf_counter() < end:
            self.loop.turn(0.05)
        return {
            "sent": len(self.sent),
            "acknowledged": [
                (side.room, f"{side.letter}{NUMBER + number:010d}")
                for number, (side, at) in enumerate(zip(self.owner, self.acked, strict=True))
                if at
            ],
        }

    def paced(self) -> dict:
        job, step = self.job, 1 / self.job["rate"]
        window = Window(job, self)
        due, turn, sides = time.perf_counter(), 0, self.sides
        while window.open(now := time.perf_counter()):
            while due <= now:
                self.say(sides[turn % len(sides)])
                turn, due = turn + 1, due + step
            self.loop.turn(max(0.0, due - time.perf_counter()))
        self.drain()
        return window.result()

    def hold(self) -> dict:
        """Memory per connection: some connections first, so that what the first one brings along is not counted."""
        job, loop, server = self.job, self.loop, self.job["server"]
        links, first = job["links"], job["first"]
        settle(loop, 1.0)

        def open_all(some: list[dict]) -> list[Link]:
            made = []
            for one in some:
                link = Link(
                    loop, job["port"], job["path"], one.get("headers", {}), namespace=one.get("namespace"), deflate=True
                )
                for event, data in one.get("hello", []):
                    if not (answer := link.call(event, data)).get("ok"):
                        raise Refused(f"{event}: {answer}")
                made.append(link)
            return made

        open_all(links[:first])
        settle(loop, 2.0)
        before, cpu, start = resident_kib(server), cpu_seconds(server), time.perf_counter()
        made = open_all(links[first:])
        seconds, spent = time.perf_counter() - start, cpu_seconds(server) - cpu
        settle(loop, 3.0)
        alive = sum(not link.closed for link in made)
        return {
            "connections": alive,
            "lost": len(made) - alive,
            "deflating": sum(link.deflating for link in made),
            "kib_each": (resident_kib(server) - before) / max(1, alive),
            "connect_cpu_ms": 1000 * spent / len(made),
            "connects_per_second": len(made) / seconds,
        }


class Window:
    """The measured stretch of a run: after the warm-up, for so many seconds."""

    def __init__(self, job: dict, run: Run) -> None:
        self.run, self.server = run, job["server"]
        self.start = time.perf_counter() + job["warm_up"]
        self.end = self.start + job["seconds"]
        self._cpu = self._busy = self._own = None
        self._spent: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def _clocks(self) -> tuple[float, float, float]:
        core = self.run.job["server_core"]
        return cpu_seconds(self.server), busy_seconds(core), time.process_time()

    def open(self, now: float) -> bool:
        if self._cpu is None and now >= self.start:
            self.start = now
            self._cpu = self._clocks()
        if now < self.end:
            return True
        self.end = now
        self._spent = tuple(after - before for after, before in zip(self._clocks(), self._cpu, strict=True))
        return False

    def result(self) -> dict:
        run, start, end = self.run, self.start, self.end
        seconds = end - start
        measured = [n for n, at in enumerate(run.sent) if start <= at < end]
        arrived = sum(start <= at < end for at in run.delivered)
        answered = sum(start <= at < end for at in run.acked)
        cpu, busy, own = self._spent
        return {
            "messages": len(run.sent),
            "per_second": min(arrived, answered) / seconds,
            "cpu_ms_per_1000": 1e6 * cpu / max(1, arrived),
            "delivery_ms": spread([run.delivered[n] - run.sent[n] for n in measured if run.delivered[n]]),
            "ack_ms": spread([run.acked[n] - run.sent[n] for n in measured if run.acked[n]]),
            "missing": run.delivered.count(0.0),
            "unanswered": run.acked.count(0.0),
            "duplicates": run.duplicates,
            "refused": run.refused,
            "lost_connections": len(run.job["links"]) - len(run.loop.links),
            # Shares that tell whether the figure can be trusted: was the load the limit, did others interfere?
            "load_core_used": own / seconds,
            "server_core_used": cpu / seconds,
            "server_core_taken_by_others": max(0.0, (busy - cpu) / seconds),
        }


def spread(values: list[float]) -> dict[str, float]:
    """Median and tail of durations in seconds, as milliseconds."""
    values.sort()
    if not values:
        return {"p50": float("nan"), "p99": float("nan"), "max": float("nan")}
    return {
        "p50": 1000 * values[len(values) // 2],
        "p99": 1000 * values[min(len(values) - 1, len(values) * 99 // 100)],
        "max": 1000 * values[-1],
    }


def settle(loop: Loop, seconds: float) -> None:
    """Let the server come to rest while its pings are answered."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        loop.turn(0.05)


def main() -> int:
    job = json.loads(sys.stdin.readline())
    os.sched_setaffinity(0, {job["load_core"]})
    gc.disable()
    run = Run(job)
    try:
        if job["mode"] != "hold":
            run.connect()
        result = getattr(run, job["mode"])()
    except (Refused, OSError) as problem:
        result = {"error": str(problem)}
    finally:
        run.loop.close()
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())

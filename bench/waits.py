"""How well the honest wait predicts: `python -m bench.waits` plays evenings and asks for the range at every arrival.

Lengths have the mean that Zoturi measured in 2019 (14 min 18 s); how widely they spread (a log-normal, standard
deviation four fifths of the mean) and how long people are patient are assumptions. Arrivals are Poisson, at shares of
what the staff can take. A good range has half of all waits at or under its first number and nine tenths at or under its
second.
"""

import heapq
import math
import random
from dataclasses import dataclass, field

from zoturi.domain.waiting import Desk, ranges

MINUTE = 60_000
MEAN, SPREAD = 14.3 * MINUTE, 0.8
EVENING = 4 * 60 * MINUTE
SIGMA = math.sqrt(math.log(1 + SPREAD**2))
MU = math.log(MEAN) - SIGMA**2 / 2


@dataclass
class Worker:
    capacity: int
    languages: tuple[str, ...]
    running: list[tuple[int, int]] = field(default_factory=list)  # (began, ends)


@dataclass
class Person:
    came: int
    language: str
    patient_until: float
    predicted: tuple[int, int] | None
    place: int


def length(dice: random.Random) -> int:
    return max(30_000, round(dice.lognormvariate(MU, SIGMA)))


def play(
    dice: random.Random, load: float, staff: list[Worker], share: dict[str, float], patience: float
) -> list[tuple[tuple[int, int] | None, float, int]]:  # fmt: skip
    """One evening: for everybody who was answered (predicted range, real wait in minutes, place in line)."""
    seats = sum(worker.capacity for worker in staff)
    gap = MEAN / seats / load
    past = sorted(length(dice) for _ in range(200))
    queue: list[Person] = []
    ends: list[int] = []
    waits = []
    now, next_arrival = 0, round(dice.expovariate(1 / gap))
    while now < EVENING or queue:
        coming = next_arrival if next_arrival < EVENING else math.inf
        now = min(coming, ends[0] if ends else math.inf)
        if now == math.inf:
            break
        if now == coming:
            language = dice.choices(list(share), list(share.values()))[0]
            line = [person.language for person in queue if person.patient_until > now]
            desks = [Desk(w.capacity, tuple(now - began for began, _ in w.running), w.languages) for w in staff]
            found = ranges(staff=desks, lengths=past, waiting=[*line, language])[-1]
            patient = now + dice.expovariate(1 / patience) if patience else math.inf
            queue.append(Person(now, language, patient, found, len(line) + 1))
            next_arrival = now + round(dice.expovariate(1 / gap))
        while ends and ends[0] <= now:
            heapq.heappop(ends)
        for worker in staff:
            worker.running = [(began, until) for began, until in worker.running if until > now]
        queue = [person for person in queue if person.patient_until > now]
        for person in list(queue):
            free = [w for w in staff if len(w.running) < w.capacity and person.language in w.languages]
            if free:
                worker = min(free, key=lambda w: len(w.running) / w.capacity)
                until = now + length(dice)
                worker.running.append((now, until))
                heapq.heappush(ends, until)
                queue.remove(person)
                waits.append((person.predicted, (now - person.came) / MINUTE, person.place))
    return waits


SCENES = (
    ("three workers, two chats each, one language", [2, 2, 2], [("fi",)] * 3, {"fi": 1.0}),
    ("one worker, three chats", [3], [("fi",)], {"fi": 1.0}),
    (
        "three workers, two languages, one speaks both",
        [2] * 3,
        [("fi",), ("fi",), ("fi", "sv")],
        {"fi": 0.85, "sv": 0.15},
    ),
)


def main() -> None:
    print("share of real waits at or under the first (50 %) and the second number (90 %), of those who had to wait")
    print(f"{'scene':50} {'load':>5} {'patience':>9} {'people':>7} {'first':>6} {'second':>7} {'null':>5}")
    for title, capacities, languages, share in SCENES:
        for load in (0.8, 1.1, 1.5):
            for patience in (0, 40 * MINUTE):
                dice = random.Random(20261121)
                waits = []
                for _ in range(25):
                    staff = [Worker(n, spoken) for n, spoken in zip(capacities, languages, strict=True)]
                    waits += play(dice, load, staff, share, patience)
                waited = [(found, real) for found, real, _ in waits if real > 0]
                known = [(found, real) for found, real in waited if found is not None]
                first = sum(real <= found[0] + 0.5 for found, real in known) / len(known)
                second = sum(real <= found[1] for found, real in known) / len(known)
                print(f"{title:50} {load:5.1f} {'endless' if not patience else '40 min':>9} {len(waited):7} "
                      f"{first:6.0%} {second:7.0%} {1 - len(known) / len(waited):5.0%}")  # fmt: skip


if __name__ == "__main__":
    main()

"""Kill the product in full flight, start it again, and read back every message that it had acknowledged."""

import random
import re
import shutil
import time
from pathlib import Path

from bench.measures import CONVERSATIONS, Effort, job_for
from bench.processes import Load, cores
from bench.product import Product, ask
from bench.results import Report
from bench.sockets import Loop

SHORTEST, LONGEST = 1.5, 4.0  # seconds under saturation before the end
PAGE = 200
_MARK = re.compile(r"@@([vw]\d{10})")


def survival(report: Report, folder: Path, effort: Effort) -> None:
    """As many kills as rounds, at a moment nobody chose; what was acknowledged must be there, each once, readable."""
    place = folder / "survival"
    place.mkdir()
    product = Product(core=cores()[0], folder=place)
    rounds: list[dict] = []
    read_to: dict[str, int] = {}  # the last seq of each contact that a round before has looked at
    try:
        for _ in range(effort.rounds):
            rounds.append(_one(product, read_to))
    finally:
        product.end()
        shutil.rmtree(place, ignore_errors=True)
    report.raw["survival"] = rounds
    acknowledged = sum(found["acknowledged"] for found in rounds)
    if not acknowledged:
        raise RuntimeError("no message was acknowledged before the end, so nothing can be said")
    said = f"of {acknowledged:,} in {len(rounds)} kills".replace(",", " ")
    report.add("survival", f"acknowledged but missing after kill -9 under saturation ({said})",
               sum(found["missing"] for found in rounds), "", at_most=0, goal=0)  # fmt: skip
    if twice := sum(found["twice"] for found in rounds):
        report.doubts.append(f"survival: {twice} messages were stored twice")
    report.add("survival", "… ready again after", max(found["ready_again"] for found in rounds), "s")


def _one(product: Product, read_to: dict[str, int]) -> dict:
    links = product.links(CONVERSATIONS)
    load = Load(job_for(product, links, "until_cut", 60.0))
    seconds = random.uniform(SHORTEST, LONGEST)
    time.sleep(1.0 + seconds)  # the load connects first
    product.kill()
    found = load.result(90)
    ready_again = product.start()
    acknowledged = [(room, mark) for room, mark in found["acknowledged"]]
    there = _read_all(product, links, read_to)
    stored = [mark for marks in there.values() for mark in marks]
    return {
        "seconds": seconds,
        "sent": found["sent"],
        "acknowledged": len(acknowledged),
        "missing": sum(mark not in there.get(room, ()) for room, mark in acknowledged),
        "twice": len(stored) - sum(len(set(marks)) for marks in there.values()),
        "ready_again": ready_again,
    }


def _read_all(product: Product, links: list[dict], read_to: dict[str, int]) -> dict[str, list[str]]:
    """The marks of this round's messages, by contact, as each visitor reads them page by page."""
    loop, there = Loop(), {}
    try:
        for one in links:
            if one["side"] != "v":
                continue
            link = product.link(loop, "/visitor", one["headers"])
            (room,) = one["rooms"]
            marks = there[room] = []
            while True:
                asked = {"contact_id": room, "after": read_to.get(room, 0), "limit": PAGE}
                for entry in (entries := ask(link, "read_entries", asked)["entries"]):
                    read_to[room] = entry["seq"]
                    if found := _MARK.search(entry["text"] or ""):
                        marks.append(found[1])
                if len(entries) < PAGE:
                    break
            link.close()
    finally:
        loop.close()
    return there

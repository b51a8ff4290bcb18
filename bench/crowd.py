"""An evening with too many: a thousand wait, fifty workers answer two each, ten more come every second.

Everybody is there: each who waits has a socket, each worker a desk on which all of it shows. Workers take the next one
or the first they see (so that several reach for the same), write, are answered, close, and take again. Every page asks
for its snapshot every twenty seconds. What is timed is the way from a visitor's "open" to every single desk.
"""

import shutil
import sqlite3
import statistics
from pathlib import Path

from bench.measures import DISTURBED, Effort
from bench.processes import cores, drive
from bench.product import Product
from bench.results import Report
from bench.shelf import Shelf
from zoturi.store.opening import DATABASE_FILE

WAITING, WORKERS, CHATS_EACH, JOINS, CHAT_SECONDS = 1000, 50, 2, 10, 10.0
P99_MS = 100
GROWTH = 0.02  # of its memory that the server may gain each minute and still count as flat
SHORTEST = 120  # seconds; before that, what is kept on purpose still fills


def crowd(report: Report, folder: Path, effort: Effort) -> None:
    place = folder / "crowd"
    place.mkdir()
    product = Product(core=cores()[0], folder=place)
    try:
        product.end()
        shelf = Shelf(product)
        desks = shelf.hire(WORKERS)
        shelf.put_back()
        product.start()
        job = {
            "port": product.port, "origin": product.origin, "path": product.path, "server": product.pid,
            "server_core": cores()[0], "load_core": cores()[1], "desks": desks, "waiting": WAITING,
            "capacity": CHATS_EACH, "joins": JOINS, "chat_seconds": CHAT_SECONDS, "seconds": effort.crowd_seconds,
        }  # fmt: skip
        found = drive(job, limit=effort.crowd_seconds + 180, module="bench.crowd_load")
        product.end()
        stored = _claims(place / "data" / DATABASE_FILE)
    finally:
        product.end()
        shutil.rmtree(place, ignore_errors=True)
    report.raw["crowd"] = found | {"stored": stored}
    _tell(report, found, stored)


def _claims(file: Path) -> dict[str, int]:
    """How many contacts the database knows as claimed, and how many of them more than once."""
    db = sqlite3.connect(file)
    try:
        per_contact = [n for (n,) in db.execute("SELECT count(*) FROM entry WHERE kind = 'claimed' GROUP BY contact")]
    finally:
        db.close()
    return {"claimed": len(per_contact), "twice": sum(n > 1 for n in per_contact)}


def _tell(report: Report, found: dict, stored: dict[str, int]) -> None:
    disturbed = found["server_core_taken_by_others"] > DISTURBED
    minutes = found["seconds"] / 60
    scene = f"{WAITING:,} waiting, {WORKERS} workers × {CHATS_EACH}, {JOINS} joins/s for {minutes:.2g} min"
    report.add("crowd", f"{scene.replace(',', ' ', 1)}: claimed twice, of {stored['claimed']}",
               stored["twice"] + found["won_twice"], "", at_most=0)  # fmt: skip
    report.add("crowd", "… a new contact shows on a desk, p50", found["desk_ms"]["p50"], "ms")
    report.add("crowd", "… a new contact shows on a desk, p99", found["desk_ms"]["p99"], "ms", at_most=P99_MS,
               cpu=1e6 * found["cpu_seconds"] / max(1, found["desk_events"]), disturbed=disturbed)  # fmt: skip
    report.add("crowd", "… claim answered, p99", found["claim_ms"]["p99"], "ms")
    report.add("crowd", "… the server's core in use", 100 * found["cpu_seconds"] / found["seconds"], "%")
    slope, level = _slope(found["memory"]), statistics.median(kib for _, kib in found["memory"])
    report.add("crowd", f"… memory gained each minute (of {level / 1024:.0f} MiB)", 100 * 60 * slope / level, "%",
               at_most=100 * GROWTH if found["seconds"] >= SHORTEST else None)  # fmt: skip
    if found["won"] != stored["claimed"]:
        report.doubts.append(f"crowd: {found['won']} claims were answered, {stored['claimed']} are stored")
    for what in ("never_shown", "unanswered", "lost_connections"):
        if found[what]:
            report.doubts.append(f"crowd: {found[what]} {what.replace('_', ' ')}")
    for reason, times in found["refused"].items():
        report.doubts.append(f"crowd: {times} refused: {reason}")
    if found["load_core_used"] > 0.9:
        report.doubts.append(f"crowd: the load itself was at its limit ({found['load_core_used']:.0%} of its core)")


def _slope(samples: list[list[float]]) -> float:
    """KiB a second, from the last two thirds of the run: the first one fills what is kept on purpose."""
    late = samples[len(samples) // 3 :]
    if len(late) < 2:
        return 0.0
    seconds, kib = zip(*late, strict=True)
    return statistics.linear_regression(seconds, kib).slope

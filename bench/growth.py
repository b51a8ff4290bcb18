"""Does a message cost more when much is stored? One load over short and long conversations, small and big tables."""

import shutil
import time
from pathlib import Path

from bench.curves import SAME, chats, point
from bench.measures import Effort, job_for, note_doubts
from bench.processes import cores, drive
from bench.product import Product
from bench.results import Report, interleaved, middle
from bench.shelf import Shelf

CONVERSATIONS, LONG = 10, 10_000
SIZES = {"small": 10_000, "middle": 100_000, "large": 1_000_000}


def growth(report: Report, folder: Path, effort: Effort) -> None:
    """Messages a second over ten conversations: fresh or 10,000 long, beside 10,000 or 1,000,000 stored entries."""
    places = {name: folder / f"growth-{name}" for name in ("long", *SIZES)}
    products: dict[str, Product] = {}
    stored: dict[str, int] = {}
    claimers: dict[str, dict[str, str]] = {}
    began = time.perf_counter()
    try:
        for name, place in places.items():
            place.mkdir()
            product = products[name] = Product(core=cores()[0], folder=place)
            product.prepare(CONVERSATIONS * (2 if name == "long" else 1))
            product.end()
            shelf = Shelf(product)
            if name == "long":
                for contact in product.contact_ids(range(CONVERSATIONS, 2 * CONVERSATIONS)):
                    shelf.lengthen(contact, LONG, "visitor")
            else:
                shelf.close_copies(product.contact_ids(range(1))[0], SIZES[name])
            (claimers[name],) = shelf.hire(1)
            stored[name] = shelf.put_back()
        filled = time.perf_counter() - began
        for product in products.values():
            product.start()
        fresh, long = range(CONVERSATIONS), range(CONVERSATIONS, 2 * CONVERSATIONS)
        runs_of = {
            "fresh conversations": (products["long"], fresh),
            "long conversations": (products["long"], long),
            **{f"{name} table": (products[name], fresh) for name in SIZES},
        }

        def run(name: str) -> dict:
            product, numbers = runs_of[name]
            return drive(job_for(product, product.links_of(numbers), "saturate", effort.seconds), limit=90)

        runs = interleaved(list(runs_of), effort.rounds, run)
        talks = interleaved(list(SIZES), effort.rounds, lambda name: chats(products[name], [claimers[name]]))
    finally:
        for product in products.values():
            product.end()
        for place in places.values():
            shutil.rmtree(place, ignore_errors=True)
    report.raw["growth"] = {"stored": stored, "fill_seconds": filled, "runs": runs, "chats": talks}
    report.raw["curve of stored"] = [point(SIZES[name], runs[f"{name} table"], talks[name]) for name in SIZES]
    note_doubts(report, "growth", runs)
    rate = {name: middle(some, "per_second") for name, some in runs.items()}
    cpu = {name: middle(some, "cpu_ms_per_1000") for name, some in runs.items()}
    report.add(
        "growth",
        "conversations of 10 000 entries over fresh: processor time of a message",
        cpu["long conversations"] / cpu["fresh conversations"],
        "×",
        at_most=SAME,
    )
    report.add("growth", "… messages a second", rate["long conversations"] / rate["fresh conversations"], "×")
    large, small = (f"{stored[name]:,}".replace(",", " ") for name in ("large", "small"))
    report.add(
        "growth",
        f"table of {large} entries over {small}: processor time of a message",
        cpu["large table"] / cpu["small table"],
        "×",
        at_most=SAME,
    )
    report.add("growth", "… messages a second", rate["large table"] / rate["small table"], "×")

"""Does a message cost more when much is stored? One load over short and long conversations, small and big tables."""

import shutil
import sqlite3
import time
import uuid
from pathlib import Path

from bench.measures import Effort, job_for, note_doubts
from bench.processes import cores, drive
from bench.product import Product
from bench.results import Report, interleaved, middle
from zoturi import world
from zoturi.store import timeline
from zoturi.store.opening import DATABASE_FILE
from zoturi.store.sqlite import connect
from zoturi.store.tx import Tx, sqlite_execute
from zoturi.store.vault import Vault

SMALL, CONVERSATIONS = 10_000, 10
STEP = 5_000  # rows a transaction
SAME = 1.15  # what still counts as "does not grow": the noise of such runs is some per cent


class Shelf:
    """A stopped product's database, filled with the product's own store code: sealed, sequenced, indexed."""

    def __init__(self, product: Product) -> None:
        data = product.folder / "data"
        self._vault = Vault.open(data / "keys", create=False)
        self._db = connect(data / DATABASE_FILE)
        self._db.execute("PRAGMA synchronous=OFF")  # nothing is promised to anyone while filling

    def lengthen(self, contact_id: str, length: int, role: str) -> None:
        """Append messages until a contact has `length` entries."""
        (have,) = self._db.execute("SELECT last_seq FROM contact WHERE id = ?", (contact_id,)).fetchone()
        while have < length:
            self._db.execute("BEGIN IMMEDIATE")
            tx = Tx(sqlite_execute(self._db), _never, self._vault, world.now())
            for _ in range(min(STEP, length - have)):
                head = timeline.take_seq(tx, contact_id, public=True)
                timeline.add(
                    tx,
                    head,
                    "message",
                    role,
                    text=f"Aiemmin kirjoitettu viesti numero {head['last_seq']}",
                    client_id=str(uuid.uuid4()),
                )
                have += 1
            self._db.execute("COMMIT")

    def close_copies(self, contact_id: str, entries: int, each: int = 100) -> None:
        """Closed contacts with `each` entries, copied from an existing one's row, until so many entries are stored."""
        row = dict(self._db.execute("SELECT * FROM contact WHERE id = ?", (contact_id,)).fetchone())
        now = world.now()
        row.update(
            state="closed",
            visitor=None,
            owner=None,
            client_id=None,
            closed_at=now,
            last_seq=0,
            public_seq=0,
            details=None,
        )
        del row["key"]
        names = ", ".join(f'"{name}"' for name in row)
        insert = f"INSERT INTO contact ({names}) VALUES ({', '.join('?' * len(row))})"
        for _ in range(entries // each):
            row["id"] = world.new_id()
            row["week"], row["wrapped_key"], _ = self._vault.new_contact_key(row["id"], now)
            self._db.execute(insert, tuple(row.values()))
            self.lengthen(row["id"], each, "worker")

    def add_closed(self, contact_id: str, count: int) -> None:
        """So many closed contacts of one message each, copied from an existing one's row."""
        row = dict(self._db.execute("SELECT * FROM contact WHERE id = ?", (contact_id,)).fetchone())
        now = world.now()
        row.update(state="closed", visitor=None, owner=None, client_id=None, closed_at=now, last_seq=0, public_seq=0,
                   details=None)  # fmt: skip
        del row["key"]
        names = ", ".join(f'"{name}"' for name in row)
        insert = f"INSERT INTO contact ({names}) VALUES ({', '.join('?' * len(row))})"
        for first in range(0, count, STEP):
            self._db.execute("BEGIN IMMEDIATE")
            tx = Tx(sqlite_execute(self._db), _never, self._vault, now)
            for _ in range(min(STEP, count - first)):
                row["id"] = world.new_id()
                row["week"], row["wrapped_key"], _key = self._vault.new_contact_key(row["id"], now)
                self._db.execute(insert, tuple(row.values()))
                head = timeline.take_seq(tx, row["id"], public=True)
                timeline.add(tx, head, "message", "visitor", text="Lapsi ei nuku, enkä minä.")
            self._db.execute("COMMIT")

    def put_back(self) -> int:
        """Finish; answers how many entries are stored."""
        (count,) = self._db.execute("SELECT count(*) FROM entry").fetchone()
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._db.close()
        return count


def growth(report: Report, folder: Path, effort: Effort) -> None:
    """Messages a second over ten conversations: fresh or 10,000 long, beside 10,000 or 1,000,000 stored entries."""
    places = {name: folder / f"growth-{name}" for name in ("small", "long", "large")}
    products: dict[str, Product] = {}
    stored: dict[str, int] = {}
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
                    shelf.lengthen(contact, SMALL, "visitor")
            else:
                shelf.close_copies(product.contact_ids(range(1))[0], effort.stored if name == "large" else SMALL)
            stored[name] = shelf.put_back()
        filled = time.perf_counter() - began
        for product in products.values():
            product.start()
        fresh, long = range(CONVERSATIONS), range(CONVERSATIONS, 2 * CONVERSATIONS)
        runs_of = {
            "fresh conversations": (products["long"], fresh),
            "long conversations": (products["long"], long),
            "small table": (products["small"], fresh),
            "large table": (products["large"], fresh),
        }

        def run(name: str) -> dict:
            product, numbers = runs_of[name]
            return drive(job_for(product, product.links_of(numbers), "saturate", effort.seconds), limit=90)

        runs = interleaved(list(runs_of), effort.rounds, run)
    finally:
        for product in products.values():
            product.end()
        for place in places.values():
            shutil.rmtree(place, ignore_errors=True)
    report.raw["growth"] = {"stored": stored, "fill_seconds": filled, "runs": runs}
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


def _never() -> None:
    raise sqlite3.IntegrityError("a filled entry met another with its client id")

"""Filling a stopped product's database with the product's own store code: sealed, sequenced, indexed."""

import sqlite3
import uuid

from bench.product import DEMO_WORKER, Product
from zoturi import world
from zoturi.actions import accounts
from zoturi.domain.contacts import Details
from zoturi.store import contacts, people, timeline
from zoturi.store.opening import DATABASE_FILE
from zoturi.store.sqlite import connect
from zoturi.store.tx import Tx, sqlite_execute
from zoturi.store.vault import Vault

STEP = 5_000  # rows a transaction
DAY_MS = 86_400_000
REQUEST = {"for_whom": "my_child", "role": "parent", "child_ages": ["7-12"], "phone": "040 000 0000"}


class Shelf:
    """The database of a product that stands still."""

    def __init__(self, product: Product) -> None:
        data = product.folder / "data"
        self._origin = product.origin
        self._vault = Vault.open(data / "keys", create=False)
        self._db = connect(data / DATABASE_FILE)
        self._db.execute("PRAGMA synchronous=OFF")  # nothing is promised to anyone while filling

    def _begin(self) -> Tx:
        self._db.execute("BEGIN IMMEDIATE")
        return Tx(sqlite_execute(self._db), _never, self._vault, world.now())

    def lengthen(self, contact_id: str, length: int, role: str) -> None:
        """Append messages until a contact has `length` entries."""
        (have,) = self._db.execute("SELECT last_seq FROM contact WHERE id = ?", (contact_id,)).fetchone()
        while have < length:
            tx = self._begin()
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
        insert, row = self._copies_of(contact_id)
        for _ in range(entries // each):
            row["id"] = world.new_id()
            row["week"], row["wrapped_key"], _ = self._vault.new_contact_key(row["id"], world.now())
            self._db.execute(insert, tuple(row.values()))
            self.lengthen(row["id"], each, "worker")

    def add_closed(self, contact_id: str, count: int) -> None:
        """So many closed contacts of one message each, copied from an existing one's row."""
        insert, row = self._copies_of(contact_id)
        for first in range(0, count, STEP):
            tx = self._begin()
            for _ in range(min(STEP, count - first)):
                row["id"] = world.new_id()
                row["week"], row["wrapped_key"], _key = self._vault.new_contact_key(row["id"], tx.now)
                self._db.execute(insert, tuple(row.values()))
                head = timeline.take_seq(tx, row["id"], public=True)
                timeline.add(tx, head, "message", "visitor", text="Lapsi ei nuku, enkä minä.")
            self._db.execute("COMMIT")

    def _copies_of(self, contact_id: str) -> tuple[str, dict]:
        row = dict(self._db.execute("SELECT * FROM contact WHERE id = ?", (contact_id,)).fetchone())
        row.update(state="closed", visitor=None, owner=None, client_id=None, closed_at=world.now(), last_seq=0,
                   public_seq=0, details=None)  # fmt: skip
        del row["key"]
        names = ", ".join(f'"{name}"' for name in row)
        return f"INSERT INTO contact ({names}) VALUES ({', '.join('?' * len(row))})", row

    def wait(self, count: int, chats_in: int = 5) -> None:
        """So many who wait for the demo worker's team: one chat in every `chats_in`, the others help requests."""
        tx = self._begin()
        team = people.worker_by_email(tx, DEMO_WORKER)["team"]
        for number in range(count):
            chat = number % chats_in == 0
            contacts.insert(
                tx, channel="chat" if chat else "help_button", language="fi", team=team, visitor=None, client_id=None,
                details=Details(f"Kettu{number}", topics=("sleep", "school"), request=None if chat else REQUEST),
                due_at=tx.now + (300_000 if chat else DAY_MS + number),
            )  # fmt: skip
        self._db.execute("COMMIT")

    def hire(self, count: int) -> list[dict[str, str]]:
        """So many signed-in workers in the demo worker's team, as the headers of their sockets."""
        tx = self._begin()
        team = people.worker_by_email(tx, DEMO_WORKER)["team"]
        cookies = []
        for number in range(count):
            worker = people.add_worker(
                tx, email=f"crowd{number}@demo.example", name=f"Crowd {number}", role="worker", team=team,
                languages=["fi", "sv", "en"],
            )  # fmt: skip
            token = world.new_token()
            people.begin_session(tx, worker, accounts.token_hash(token))
            cookies.append({"Cookie": f"zoturi-desk={token}", "Origin": self._origin})
        self._db.execute("COMMIT")
        return cookies

    def put_back(self) -> int:
        """Finish; answers how many entries are stored."""
        (count,) = self._db.execute("SELECT count(*) FROM entry").fetchone()
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._db.close()
        return count


def _never() -> None:
    raise sqlite3.IntegrityError("a filled entry met another with its client id")

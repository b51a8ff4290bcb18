"""PostgreSQL: waiting appends together, by the same rules as each alone.

One thread takes all that wait at that moment, locks their contacts in one trip, runs each deed against what was read,
and writes all entries and seqs in a second trip that also commits. A deed that asks for more than the two statements of
an append, or meets a contact that somebody holds just now, runs alone, as every other deed does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from zoturi.domain.refusals import Refusal
from zoturi.store.database import Waiting
from zoturi.store.timeline import HEAD_COLUMNS, INSERT, TAKE_HIDDEN, TAKE_PUBLIC
from zoturi.store.tx import Tx
from zoturi.store.vault import Vault

MOST_TOGETHER = 256

_LOCK = f"SELECT {HEAD_COLUMNS}, public_seq FROM contact WHERE id = ANY(%s) ORDER BY key FOR UPDATE SKIP LOCKED"
_KNOWN = (
    "SELECT w.id, w.client_id FROM unnest(%s::text[], %s::text[]) AS w(id, client_id) JOIN contact c ON c.id = w.id"
    " JOIN entry e ON e.contact = c.key AND e.client_id = w.client_id"
)
# The division refuses the whole batch where an entry was not stored: then each runs alone and finds out why.
_WRITE = (
    "WITH added AS (INSERT INTO entry (contact, seq, at, kind, role, author, client_id, body) SELECT * FROM"
    " unnest(%s::bigint[], %s::int[], %s::bigint[], %s::text[], %s::text[], %s::int[], %s::text[], %b::bytea[])"
    " ON CONFLICT DO NOTHING RETURNING 1) SELECT 1 / (count(*) = %s)::int FROM added"
)
_COUNT_UP = (
    "UPDATE contact SET last_seq = w.last_seq, public_seq = w.public_seq"
    " FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS w(key, last_seq, public_seq) WHERE contact.key = w.key"
)


class _Alone(Exception):
    """This deed needs a transaction of its own."""


class _Answer:
    """What a statement answers that was not sent to the database."""

    __slots__ = ("row", "rowcount")

    def __init__(self, row: dict | None, rowcount: int = 1) -> None:
        self.row = row
        self.rowcount = rowcount

    def fetchone(self) -> dict | None:
        return self.row


class _Batch:
    """The contacts of one batch as they were locked, and what its deeds make of them."""

    def __init__(self, heads: list[dict], known: set[tuple[str, str]]) -> None:
        self.heads = {head["id"]: head for head in heads}
        self.known = known
        self.rows: list[tuple] = []
        self._own = 0
        self._before: tuple[dict, int, int] | None = None

    def begin(self, contact_id: str, client_id: str) -> None:
        """The next deed; one whose contact is not ours now, or whose client id is stored already, runs alone."""
        head = self.heads.get(contact_id)
        if head is None or (contact_id, client_id) in self.known:
            raise _Alone
        self.known.add((contact_id, client_id))
        self._before = (head, head["last_seq"], head["public_seq"])
        self._own = len(self.rows)

    def undo(self) -> None:
        """Take back what this deed did."""
        head, head["last_seq"], head["public_seq"] = self._before
        del self.rows[self._own :]

    def execute(self, sql: str, params: tuple) -> _Answer:
        """The two statements of an append, answered from memory."""
        head = self._before[0]
        if sql is INSERT and params[0] == head["key"]:
            self.rows.append(params)
            return _Answer(None)
        if (sql is TAKE_PUBLIC or sql is TAKE_HIDDEN) and params[0] == head["id"]:
            head["last_seq"] += 1
            if sql is TAKE_PUBLIC:
                head["public_seq"] = head["last_seq"]
            return _Answer(dict(head))
        raise _Alone


class Flusher:
    """Takes appends and commits those that wait together in one transaction."""

    def __init__(
        self, pool: ConnectionPool, vault: Vault, now: Callable[[], int], alone: Callable[[Waiting], None],
        answered: Callable[[list[Waiting]], None], mend: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._pool = pool
        self._vault = vault
        self._now = now
        self._alone = alone
        self._answered = answered
        self._mend = mend
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="flusher", daemon=True)
        self._thread.start()

    def submit(self, waiting: Waiting) -> None:
        self._queue.put(waiting)

    def stop(self) -> None:
        """Finish what waits."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        ending = False
        while not ending:
            batch = [self._queue.get()]
            while len(batch) < MOST_TOGETHER:
                try:
                    batch.append(self._queue.get_nowait())
                except Empty:
                    break
            ending = None in batch
            self._together([waiting for waiting in batch if waiting is not None])

    def _together(self, batch: list[Waiting]) -> None:
        """Run a batch; whatever goes wrong with it as a whole, each of its deeds then runs alone."""
        if len(batch) < 2:
            for waiting in batch:
                self._alone(waiting)
            return
        try:
            with self._pool.connection() as connection:
                done = self._commit(connection, batch)
        except (psycopg.OperationalError, PoolTimeout):
            done = []
            if not self._mend():
                for waiting in batch:
                    waiting.fail(Refusal("storage_unavailable"))
                self._answered(batch)
                return
        except psycopg.Error:
            done = []
        if done:
            self._answered(done)
        answered = set(done)
        for waiting in batch:
            if waiting not in answered:
                waiting.failed, waiting.told = None, []
                self._alone(waiting)

    def _commit(self, connection: psycopg.Connection, batch: list[Waiting]) -> list[Waiting]:
        pairs = [waiting.deed.appends_to(*waiting.args) for waiting in batch]
        contact_ids, client_ids = map(list, zip(*pairs, strict=True))
        with connection.pipeline():
            locked = connection.execute(_LOCK, (contact_ids,))
            stored = connection.execute(_KNOWN, (contact_ids, client_ids))
        known = {(row["id"], row["client_id"]) for row in stored.fetchall()}
        together = _Batch(locked.fetchall(), known)
        done = [
            waiting for waiting, pair in zip(batch, pairs, strict=True) if self._one(together, waiting, *pair)
        ]  # fmt: skip
        if not together.rows:
            connection.rollback()
            return done
        touched = {row[0] for row in together.rows}
        heads = [head for head in together.heads.values() if head["key"] in touched]
        with connection.pipeline():
            connection.execute(_WRITE, (*map(list, zip(*together.rows, strict=True)), len(together.rows)))
            connection.execute(_COUNT_UP, tuple([head[name] for head in heads] for name in
                                                ("key", "last_seq", "public_seq")))  # fmt: skip
            connection.commit()
        return done

    def _one(self, together: _Batch, waiting: Waiting, contact_id: str, client_id: str) -> bool:
        """Run one deed of a batch; False where it has to run alone."""
        tx = None
        try:
            together.begin(contact_id, client_id)
            tx = Tx(together.execute, together.undo, self._vault, self._now())
            waiting.value = waiting.deed(tx, *waiting.args)
            waiting.told = tx.told
        except _Alone:
            if tx is not None:
                together.undo()
            return False
        except Refusal as refusal:
            together.undo()
            waiting.fail(refusal)
        except Exception:  # noqa: BLE001 - alone it meets the same and is answered
            together.undo()
            return False
        return True

"""PostgreSQL: waiting appends together (``together.py``).

One thread takes all that wait at that moment, reads their contacts without a lock, runs each deed against what was
read, and sends all entries and seqs in one statement. That writes to a contact only where its row is still the one that
was read and nobody holds it; what somebody else changed meanwhile, most often the same thread of another process, is
tried again with the next. Where that goes on, the deed runs alone, as every other deed does, and what comes for the
same contact meanwhile waits behind it: appends to one contact are committed in the order in which they came.
"""

from __future__ import annotations

import threading
import time
from base64 import b64encode
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

import orjson
import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from zoturi import world
from zoturi.domain.refusals import Refusal
from zoturi.store.database import Waiting
from zoturi.store.timeline import HEAD_COLUMNS
from zoturi.store.together import Together
from zoturi.store.vault import Vault

MOST_TOGETHER = 256
MOST_TRIES = 10
HELD_SECONDS = 0.001
GATHER_SECONDS = 0.010  # from one batch to the next, where many come: fewer and larger ones cost less

# The row's xmin is another one as soon as anybody has changed anything in it.
# The limits have each row looked up in the index, however little the database knows of its tables yet.
_READ = (
    f"SELECT {HEAD_COLUMNS}, public_seq, c.xmin::text AS seen, w.said, k.known"
    " FROM unnest(%b::text[], %b::text[]) AS w(contact, said) JOIN contact c ON c.id = w.contact LEFT JOIN LATERAL"
    " (SELECT true AS known FROM entry e WHERE e.contact = c.key AND e.client_id = w.said LIMIT 1) k ON true"
)
_ROW = ("contact", "seq", "at", "kind", "role", "author", "client_id", "body")  # the order of ``timeline.INSERT``
# One parameter, since a list of each column costs four times as much to send. The division refuses everything where an
# entry was not stored: then each runs alone and finds out why.
_WRITE = (
    "WITH given AS MATERIALIZED (SELECT %s::json AS it), head AS MATERIALIZED (SELECT h.* FROM given,"
    " json_to_recordset(it -> 'heads') AS h(key bigint, seen xid, last_seq int, public_seq int, entries int)),"
    " mine AS MATERIALIZED (SELECT c.key, h.entries FROM head h CROSS JOIN LATERAL (SELECT key FROM contact"
    " WHERE key = h.key AND xmin = h.seen LIMIT 1 FOR UPDATE SKIP LOCKED) c),"
    " counted AS (UPDATE contact SET last_seq = h.last_seq, public_seq = h.public_seq FROM head h"
    " WHERE contact.key = h.key AND contact.key = ANY (ARRAY(SELECT key FROM mine))),"
    " added AS (INSERT INTO entry (contact, seq, at, kind, role, author, client_id, body)"
    " SELECT e.contact, e.seq, e.at, e.kind, e.role, e.author, e.client_id, decode(e.body, 'base64') FROM given,"
    " json_to_recordset(it -> 'rows') AS e(contact bigint, seq int, at bigint, kind text, role text, author int,"
    " client_id text, body text) WHERE e.contact = ANY (ARRAY(SELECT key FROM mine))"
    " ON CONFLICT DO NOTHING RETURNING 1)"
    " SELECT ARRAY(SELECT key FROM mine) AS keys,"
    " 1 / ((SELECT count(*) FROM added) = (SELECT coalesce(sum(entries), 0) FROM mine))::int AS all_stored"
)


class Flusher:
    """Takes appends and commits those that wait together in one transaction. ``alone`` runs a deed in a thread of its
    own and calls back from there when it is answered.
    """

    def __init__(
        self, pool: ConnectionPool, vault: Vault, now: Callable[[], int],
        alone: Callable[[Waiting, Callable[[], None]], None], answered: Callable[[list[Waiting]], None],
        mend: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._pool = pool
        self._vault = vault
        self._now = now
        self._alone = alone
        self._answered = answered
        self._mend = mend
        self._queue: SimpleQueue[Waiting | str | None] = SimpleQueue()
        self._held: dict[str, int] = {}  # contacts that somebody held, and how often
        self._apart: dict[str, deque[Waiting]] = {}  # what waits behind the deed of a contact that runs alone
        self._thread = threading.Thread(target=self._run, name="flusher", daemon=True)
        self._thread.start()

    def submit(self, waiting: Waiting) -> None:
        self._queue.put(waiting)

    def stop(self) -> None:
        """Finish what waits."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        ending, batch, gathered = False, [], 0.0
        while not ending or self._apart or batch:
            came = self._come(bool(batch), gathered)
            began = world.monotonic()
            ending = ending or None in came
            for each in came:
                if isinstance(each, str):
                    self._go_on(each)
                elif each is not None:
                    behind = self._apart.get(_contact_of(each)) if self._apart else None
                    (batch if behind is None else behind).append(each)
            many = len(batch) > 1
            if batch:
                batch = self._together(batch)
            # Who met another process would meet it again, if both waited equally long.
            share = world.random_bytes(1)[0] / 255 if batch else 1
            gathered = began + share * GATHER_SECONDS if many else 0.0

    def _come(self, held: bool, gathered: float) -> list[Waiting | str | None]:
        """All that waits once the first has come, but not before ``gathered``; where some are held, maybe nothing."""
        came: list[Waiting | str | None] = []
        with suppress(Empty):
            if not held:
                came.append(self._queue.get())
            pause = min(gathered - world.monotonic(), GATHER_SECONDS)  # a clock that was set makes it no longer
            if pause > 0 or held:
                time.sleep(max(pause, HELD_SECONDS if held else 0))
            while len(came) < MOST_TOGETHER:
                came.append(self._queue.get_nowait())
        return came

    def _run_alone(self, waiting: Waiting) -> None:
        contact_id = _contact_of(waiting)
        behind = self._apart.get(contact_id)
        if behind is not None:
            behind.append(waiting)
            return
        self._apart[contact_id] = deque()
        self._alone(waiting, lambda: self._queue.put(contact_id))

    def _go_on(self, contact_id: str) -> None:
        """A deed that ran alone is answered: the next of its contact follows, if there is one."""
        behind = self._apart.pop(contact_id)
        if behind:
            self._run_alone(behind.popleft())
            self._apart[contact_id] = behind

    def _together(self, batch: list[Waiting]) -> list[Waiting]:
        """Run a batch; whatever goes wrong with it as a whole, each of its deeds then runs alone. Those whose contact
        is held are to be tried again.
        """
        done, held = [], []
        try:
            with self._pool.connection() as connection:
                done, held = self._commit(connection, batch)
        except (psycopg.OperationalError, PoolTimeout):
            if not self._mend():
                for waiting in batch:
                    waiting.fail(Refusal("storage_unavailable"))
                self._answered(batch)
                return []
        except psycopg.Error:
            pass
        if done:
            self._answered(done)
        seen_to = {*done, *held}
        for waiting in batch:
            if waiting not in seen_to:
                waiting.failed, waiting.told = None, []
                self._run_alone(waiting)
        return held

    def _commit(self, connection: psycopg.Connection, batch: list[Waiting]) -> tuple[list[Waiting], list[Waiting]]:
        """Commit a batch: what is done, and what is to be tried again. The rest has to run alone."""
        pairs = [waiting.deed.appends_to(*waiting.args) for waiting in batch]
        read = connection.execute(_READ, tuple(map(list, zip(*pairs, strict=True))), binary=True).fetchall()
        known = {(row["id"], row["said"]) for row in read if row["known"]}
        together = Together(self._vault, {row["id"]: row for row in read}, known=known)
        done = [
            waiting for waiting, pair in zip(batch, pairs, strict=True) if together.run(waiting, *pair, self._now())
        ]
        lost = self._lost(_written(connection, together), together)
        if not lost:
            return done, []
        theirs = [waiting for waiting, (contact_id, _) in zip(batch, pairs, strict=True) if contact_id in lost]
        held = [waiting for waiting in theirs if lost[_contact_of(waiting)] < MOST_TRIES]
        for waiting in theirs:
            waiting.failed, waiting.told = None, []
        return [waiting for waiting in done if waiting not in theirs], held

    def _lost(self, written: set[int], together: Together) -> dict[str, int]:
        """Contacts that somebody else held or changed meanwhile, and how often that has been so."""
        lost = [together.changed[key]["id"] for key in {row[0] for row in together.rows} - written]
        self._held = {contact_id: self._held.get(contact_id, 0) + 1 for contact_id in lost}
        return self._held


def _written(connection: psycopg.Connection, together: Together) -> set[int]:
    """Store what the deeds appended; the keys of the contacts that were free and as they had been read."""
    if not together.rows:
        return set()
    entries = Counter(row[0] for row in together.rows)
    heads = [
        {"key": key, "entries": count}
        | {name: together.changed[key][name] for name in ("seen", "last_seq", "public_seq")}
        for key, count in entries.items()
    ]
    rows = [dict(zip(_ROW, row, strict=True)) for row in together.rows]
    for row in rows:
        row["body"] = row["body"] and b64encode(row["body"]).decode()
    given = orjson.dumps({"heads": heads, "rows": rows}).decode()
    return set(connection.execute(_WRITE, (given,)).fetchone()["keys"])


def _contact_of(waiting: Waiting) -> str:
    return waiting.deed.appends_to(*waiting.args)[0]

"""PostgreSQL: waiting appends together (``together.py``).

One thread takes all that wait at that moment, locks their contacts in one trip, runs each deed against what was read,
and writes all entries and seqs in a second trip that also commits. A contact that somebody holds just now, most often
the same thread of another process, is tried again with the next; where it is held for longer, its deed runs alone, as
every other deed does, and what comes for the same contact meanwhile waits behind it: appends to one contact are
committed in the order in which they came.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

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
GATHER_SECONDS = 0.005  # from one batch to the next, where many come: fewer and larger ones cost less

# The limit has each pair looked up in the index, however little the database knows of its tables yet.
_LOCK = (
    f"SELECT {HEAD_COLUMNS}, public_seq, w.said, k.known FROM unnest(%b::text[], %b::text[]) AS w(contact, said)"
    " JOIN contact c ON c.id = w.contact LEFT JOIN LATERAL (SELECT true AS known FROM entry e WHERE e.contact = c.key"
    " AND e.client_id = w.said LIMIT 1) k ON true ORDER BY c.key FOR UPDATE OF c SKIP LOCKED"
)
# The division refuses the whole batch where an entry was not stored: then each runs alone and finds out why.
_WRITE = (
    "WITH added AS (INSERT INTO entry (contact, seq, at, kind, role, author, client_id, body) SELECT * FROM"
    " unnest(%b::bigint[], %b::int[], %b::bigint[], %b::text[], %b::text[], %b::int[], %b::text[], %b::bytea[])"
    " ON CONFLICT DO NOTHING RETURNING 1), counted AS (UPDATE contact SET last_seq = w.last_seq,"
    " public_seq = w.public_seq FROM unnest(%b::bigint[], %b::int[], %b::int[]) AS w(key, last_seq, public_seq)"
    " WHERE contact.key = w.key) SELECT 1 / (count(*) = %b)::int FROM added"
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
        ending, batch, began, many = False, [], world.monotonic(), False
        while not ending or self._apart or batch:
            came = self._come(HELD_SECONDS if batch else None, began if many else None)
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

    def _come(self, seconds: float | None, began: float | None) -> list[Waiting | str | None]:
        """All that waits once the first has come, within some seconds, and a little after the last batch began."""
        came: list[Waiting | str | None] = []
        with suppress(Empty):
            came.append(self._queue.get(timeout=seconds))
            if began is not None and 0 <= (passed := world.monotonic() - began) < GATHER_SECONDS:
                time.sleep(GATHER_SECONDS - passed)
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
        with connection.pipeline():
            locked = connection.execute(_LOCK, tuple(map(list, zip(*pairs, strict=True))), binary=True).fetchall()
            known = {(row["id"], row["said"]) for row in locked if row["known"]}
            together = Together(self._vault, {row["id"]: row for row in locked}, known=known)
            held = self._still_held({contact_id for contact_id, _ in pairs} - {row["id"] for row in locked})
            again = [waiting for waiting, (contact_id, _) in zip(batch, pairs, strict=True) if contact_id in held]
            done = [
                waiting for waiting, pair in zip(batch, pairs, strict=True) if together.run(waiting, *pair, self._now())
            ]  # fmt: skip
            if not together.rows:
                connection.rollback()
                return done, again
            heads = together.changed.values()
            connection.execute(_WRITE, (
                *map(list, zip(*together.rows, strict=True)),
                *([head[name] for head in heads] for name in ("key", "last_seq", "public_seq")), len(together.rows),
            ))  # fmt: skip
            connection.commit()
        return done, again

    def _still_held(self, contact_ids: set[str]) -> dict[str, int]:
        """Of contacts that were not to be had, those that are tried again; how often they were tried."""
        tried = {contact_id: self._held.get(contact_id, 0) + 1 for contact_id in contact_ids}
        self._held = {contact_id: times for contact_id, times in tried.items() if times < MOST_TRIES}
        return self._held


def _contact_of(waiting: Waiting) -> str:
    return waiting.deed.appends_to(*waiting.args)[0]

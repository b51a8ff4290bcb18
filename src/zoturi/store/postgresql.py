"""PostgreSQL: deeds in a pool of threads, each its own transaction, retried where the database asks for it; appends
that wait at the same moment together (``appending.py``).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from zoturi import logs, world
from zoturi.domain.refusals import Refusal
from zoturi.store.appending import Flusher
from zoturi.store.database import READERS, Database, Waiting
from zoturi.store.tx import Tx, postgresql_execute
from zoturi.store.vault import Vault

WRITERS = 8
AT_ONCE = 2  # whose every statement is a transaction: appends, and reads of what other processes did
TRIES = 5
LOST_TRIES = 3
CONNECT_SECONDS = 5
CLOCK_OFF_MS = 1000  # a clock that differs more from the database's is wrong: then the database's counts
LOOKS, LOOK_AGAIN_SECONDS = 50, 0.1
_NUMBER = "SELECT pg_current_xact_id_if_assigned()::text AS number"
_STATUS = "SELECT pg_xact_status(%s::text::xid8) AS status"
_PLAN_ONCE = "-c plan_cache_mode=force_generic_plan"  # what stands in arrays would have a batch planned each time
_ASKS_AGAIN = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)


class PostgresqlEngine:
    """Eight writers; row locks keep one contact's entries in order."""

    def __init__(self, url: str, vault: Vault) -> None:
        self._vault = vault
        self._pool = _pool(url, 4, WRITERS + READERS)
        self._at_once = _pool(url, 1, AT_ONCE, autocommit=True)
        self._threads = ThreadPoolExecutor(WRITERS, thread_name_prefix="writer")
        self.database: Database | None = None
        self._ahead = 0  # milliseconds by which the clock that all processes share is ahead of ours
        self._apart = _apart()
        self._setting = threading.Lock()

    def start(self, database: Database) -> None:
        self.database = database
        self._look_at_the_clock()
        self._flusher = Flusher(self._at_once, self._vault, self.now, self._alone, self._committed, self._mend)

    def now(self) -> int:
        """By the clock that all processes share. Where ours is set, time goes on as before, and we look at that one."""
        if abs(_apart() - self._apart) > CLOCK_OFF_MS:
            with self._setting:
                step = _apart() - self._apart
                if abs(step) > CLOCK_OFF_MS:
                    self._ahead -= step
                    self._apart += step
                    self._threads.submit(self._look_at_the_clock)
        return world.now() + self._ahead

    def _look_at_the_clock(self) -> None:
        with self._pool.connection() as connection:
            row = connection.execute("SELECT floor(extract(epoch FROM clock_timestamp()) * 1000) AS now").fetchone()
        ahead = int(row["now"]) - world.now()
        self._ahead = ahead if abs(ahead) > CLOCK_OFF_MS else 0
        if self._ahead:
            logs.event("clock_off", milliseconds=ahead)

    def submit(self, waiting: Waiting) -> None:
        if hasattr(waiting.deed, "appends_to"):
            self._flusher.submit(waiting)
        else:
            self._alone(waiting)

    def _alone(self, waiting: Waiting, answered: Callable[[], None] | None = None) -> None:
        running = self._threads.submit(self._run, waiting)
        if answered is not None:
            running.add_done_callback(lambda _: answered())

    def read(self, vault: Vault, query: Callable, args: tuple) -> object:
        return self._tried(self._read, vault, query, args)

    def read_apart(self, vault: Vault, query: Callable, args: tuple) -> object:
        """The same in one trip a statement, instead of three; each sees a moment of its own."""
        return self._tried(self._read_apart, vault, query, args)

    def _tried(self, read: Callable, vault: Vault, query: Callable, args: tuple) -> object:
        for _ in range(LOST_TRIES - 1):
            try:
                return read(vault, query, args)
            except psycopg.OperationalError:
                if not self._mend():
                    break
        return read(vault, query, args)

    def _read_apart(self, vault: Vault, query: Callable, args: tuple) -> object:
        with self._at_once.connection() as connection:
            return query(Tx(postgresql_execute(connection, binary=True), None, vault, self.now()), *args)

    def _read(self, vault: Vault, query: Callable, args: tuple) -> object:
        with self._pool.connection() as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            try:
                return query(Tx(postgresql_execute(connection), connection.rollback, vault, self.now()), *args)
            finally:
                if not connection.closed:
                    connection.rollback()
                    connection.isolation_level = None
                    connection.read_only = None

    def tidy(self) -> None:
        """Nothing to do: vacuum and the write-ahead log are the server's own affair, as the README says."""

    def stop(self) -> None:
        self._flusher.stop()
        self._threads.shutdown(wait=True)
        self._at_once.close()
        self._pool.close()

    def _run(self, waiting: Waiting) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                self._once(waiting)
                self.database.commit_failed(False)
                break
            except _ASKS_AGAIN:
                if attempt == TRIES:
                    waiting.fail(Refusal("busy"))
            except (psycopg.OperationalError, PoolTimeout):
                # A lost connection is seen on first use; another try gets a fresh one.
                if attempt >= LOST_TRIES or not self._mend():
                    self.database.commit_failed(True)
                    waiting.fail(Refusal("storage_unavailable"))
                    break
            except Exception as problem:  # noqa: BLE001 - the waiting caller is always answered
                waiting.fail(problem)
                break
        self.database.answered([waiting])

    def _committed(self, batch: list[Waiting]) -> None:
        lost = any(waiting.failed is not None and waiting.failed.code == "storage_unavailable" for waiting in batch)
        self.database.commit_failed(lost)
        self.database.answered(batch)

    def _mend(self) -> bool:
        """Throw away connections that the database has closed; False where it does not answer at all."""
        try:
            self._pool.check()
            self._at_once.check()
        except (psycopg.OperationalError, PoolTimeout):
            return False
        return True

    def _once(self, waiting: Waiting) -> None:
        with self._pool.connection() as connection:
            tx = Tx(postgresql_execute(connection), connection.rollback, self._vault, self.now())
            waiting.failed = None
            waiting.told = []
            value = waiting.deed(tx, *waiting.args)
            number = connection.execute(_NUMBER).fetchone()["number"]
            try:
                connection.commit()
            except psycopg.OperationalError:
                # Done twice, a deed may do more than was asked for: claim a second contact, say.
                if number is None or not self._is_committed(number):
                    raise
            waiting.value = value
            waiting.told = tx.told

    def _is_committed(self, number: str) -> bool:
        """Whether a transaction was committed whose answer was lost; refuses where that cannot be found out."""
        with suppress(psycopg.OperationalError, PoolTimeout):
            self._mend()
            for _ in range(LOOKS):
                with self._pool.connection() as connection:
                    status = connection.execute(_STATUS, (number,)).fetchone()["status"]
                if status != "in progress":  # as long as the server has not noticed either that we are gone
                    return status == "committed"
                time.sleep(LOOK_AGAIN_SECONDS)
        raise Refusal("storage_unavailable")


def _pool(url: str, least: int, most: int, **more: object) -> ConnectionPool:
    return ConnectionPool(
        url.replace("postgresql+psycopg://", "postgresql://", 1), min_size=least, max_size=most,
        timeout=CONNECT_SECONDS, open=True,
        kwargs={"row_factory": dict_row, "connect_timeout": CONNECT_SECONDS, "options": _PLAN_ONCE, **more},
    )  # fmt: skip


def _apart() -> int:
    """How far our clock is from the one that never steps; it changes where ours is set."""
    return world.now() - round(1000 * world.monotonic())

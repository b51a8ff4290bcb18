"""PostgreSQL: deeds in a pool of threads, each its own transaction, retried where the database asks for it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from zoturi import world
from zoturi.domain.refusals import Refusal
from zoturi.store.database import READERS, Database, Waiting
from zoturi.store.tx import Tx, postgresql_execute
from zoturi.store.vault import Vault

WRITERS = 8
TRIES = 5
CONNECT_SECONDS = 5
_ASKS_AGAIN = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)


class PostgresqlEngine:
    """Eight writers; row locks keep one contact's entries in order."""

    def __init__(self, url: str, vault: Vault) -> None:
        self._vault = vault
        self._pool = ConnectionPool(
            url.replace("postgresql+psycopg://", "postgresql://", 1), min_size=1, max_size=WRITERS + READERS,
            timeout=CONNECT_SECONDS, kwargs={"row_factory": dict_row, "connect_timeout": CONNECT_SECONDS}, open=True,
        )  # fmt: skip
        self._threads = ThreadPoolExecutor(WRITERS, thread_name_prefix="writer")
        self.database: Database | None = None

    def start(self, database: Database) -> None:
        self.database = database

    def submit(self, waiting: Waiting) -> None:
        self._threads.submit(self._run, waiting)

    def read(self, vault: Vault, query: Callable, args: tuple) -> object:
        with self._pool.connection() as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            try:
                return query(Tx(postgresql_execute(connection), connection.rollback, vault, world.now()), *args)
            finally:
                connection.rollback()
                connection.isolation_level = None
                connection.read_only = None

    def tidy(self) -> None:
        """Nothing to do: vacuum and the write-ahead log are the server's own affair, as the README says."""

    def stop(self) -> None:
        self._threads.shutdown(wait=True)
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
                # A lost connection is seen on first use; a second try gets a fresh one.
                if attempt >= 2:
                    self.database.commit_failed(True)
                    waiting.fail(Refusal("storage_unavailable"))
                    break
            except Exception as problem:  # noqa: BLE001 - the waiting caller is always answered
                waiting.fail(problem)
                break
        self.database.answered([waiting])

    def _once(self, waiting: Waiting) -> None:
        with self._pool.connection() as connection:
            tx = Tx(postgresql_execute(connection), connection.rollback, self._vault, world.now())
            waiting.failed = None
            waiting.told = []
            value = waiting.deed(tx, *waiting.args)
            connection.commit()
            waiting.value = value
            waiting.told = tx.told

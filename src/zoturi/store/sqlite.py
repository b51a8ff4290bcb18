"""SQLite: one writer thread and group commit.

The writer takes all deeds waiting at that moment, runs each under a savepoint inside one ``BEGIN IMMEDIATE``
transaction, commits once with ``synchronous=FULL`` and answers them all with one hop back to the event loop.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue

from zoturi import world
from zoturi.domain.refusals import Refusal
from zoturi.store.database import Database, Waiting
from zoturi.store.tx import Tx, sqlite_execute
from zoturi.store.vault import Vault

MOST_TOGETHER = 512
LOCK_SECONDS = 5
TIDY_TRIES = 20


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection as the house uses it: full durability, deleted text overwritten, foreign keys held."""
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=LOCK_SECONDS, cached_statements=512
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA temp_store=MEMORY")
    connection.execute("PRAGMA wal_autocheckpoint=4000")  # pages; the job empties the log every minute anyway
    if read_only:
        connection.execute("PRAGMA query_only=ON")
    return connection


class SqliteEngine:
    """One writer, a few readers."""

    def __init__(self, path: Path, vault: Vault) -> None:
        self._path = path
        self._vault = vault
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._writer = connect(path)
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self.database: Database | None = None

    def start(self, database: Database) -> None:
        self.database = database
        self._thread.start()

    def submit(self, waiting: Waiting) -> None:
        self._queue.put(waiting)

    def read(self, vault: Vault, query: Callable, args: tuple) -> object:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self._path, read_only=True)
            self._connections.append(connection)
        connection.execute("BEGIN")
        try:
            return query(Tx(sqlite_execute(connection), _no_undo, vault, world.now()), *args)
        finally:
            connection.execute("ROLLBACK")

    def now(self) -> int:
        return world.now()

    def tidy(self) -> None:
        """Copy the write-ahead log into the database and empty it: deleted texts still stand in it."""
        connection = connect(self._path)
        try:
            for _ in range(TIDY_TRIES):
                busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                if not busy:
                    return
                threading.Event().wait(0.1)  # somebody else copies it at this moment, perhaps from an older state
            raise sqlite3.OperationalError("the write-ahead log is busy")
        finally:
            connection.close()

    def stop(self) -> None:
        self._queue.put(None)
        self._thread.join()
        for connection in (*self._connections, self._writer):
            connection.close()

    def _run(self) -> None:
        ending = False
        while not ending:
            first = self._queue.get()
            batch = []
            while True:
                if first is None:
                    ending = True
                    break
                batch.append(first)
                if len(batch) == MOST_TOGETHER:
                    break
                try:
                    first = self._queue.get_nowait()
                except Empty:
                    break
            if batch:
                self._together(batch)
                self.database.answered(batch)

    def _together(self, batch: list[Waiting]) -> None:
        """Run a batch in one transaction. Where an error ended the whole of it, each deed runs once more alone."""
        connection = self._writer
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error:
            self._unavailable(batch)  # nothing ran, and each alone would wait as long for the lock again
            return
        changes = connection.total_changes
        try:
            whole = True
            for waiting in batch:
                if not self._one(waiting):
                    whole = False
                    break
            if whole:
                connection.execute("COMMIT")
                if connection.total_changes != changes:  # a commit of nothing proves nothing
                    self.database.commit_failed(False)
                return
        except sqlite3.Error:
            whole = False
        if connection.in_transaction:
            try:
                connection.execute("ROLLBACK")
            except sqlite3.Error:
                pass  # there is nothing left to roll back; the outcome below is the same
        if len(batch) > 1:
            for waiting in batch:
                self._together([waiting])
            return
        self._unavailable(batch)

    def _unavailable(self, batch: list[Waiting]) -> None:
        self.database.commit_failed(True)
        for waiting in batch:
            waiting.fail(Refusal("storage_unavailable"))

    def _one(self, waiting: Waiting) -> bool:
        """Run one deed under its savepoint; False when the transaction around it is lost."""
        connection = self._writer
        connection.execute("SAVEPOINT deed")
        tx = Tx(sqlite_execute(connection), self._undo, self._vault, world.now())
        waiting.failed = None
        try:
            waiting.value = waiting.deed(tx, *waiting.args)
            waiting.told = tx.told
        except Exception as problem:  # noqa: BLE001 - the waiting caller is always answered
            if not connection.in_transaction:
                return False
            if isinstance(problem, sqlite3.OperationalError):
                return False  # disk, memory or lock: the batch is tried again one by one
            connection.execute("ROLLBACK TO deed")
            waiting.fail(problem)
        connection.execute("RELEASE deed")
        return True

    def _undo(self) -> None:
        self._writer.execute("ROLLBACK TO deed")


def _no_undo() -> None:
    raise RuntimeError("a read has nothing to undo")

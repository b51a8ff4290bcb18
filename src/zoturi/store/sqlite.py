"""SQLite: one writer thread and group commit.

The writer takes all deeds waiting at that moment, runs each under a savepoint inside one ``BEGIN IMMEDIATE``
transaction, commits once with ``synchronous=FULL`` and answers them all with one hop back to the event loop. Appends
that follow one another share a savepoint and are written in one go (``together.py``).
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
from zoturi.store.timeline import HEAD_COLUMNS, INSERT
from zoturi.store.together import Together
from zoturi.store.tx import Tx, sqlite_execute
from zoturi.store.vault import Vault

MOST_TOGETHER = 512
LOCK_SECONDS = 5
TIDY_TRIES = 20
MOST_HEADS = 1000
WRITER_CACHE_KIB = 16_000  # the indexes a message touches, of a million entries; SQLite's own 2 MB held those of few

_HEADS = f"SELECT {HEAD_COLUMNS}, public_seq FROM contact WHERE id IN"
_COUNT_UP = "UPDATE contact SET last_seq = ?, public_seq = ? WHERE key = ?"


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
    # Pages. Copying stops the writer, and pages that change with each message are copied once for all of them; the job
    # empties the log every minute anyway.
    connection.execute("PRAGMA wal_autocheckpoint=16000")
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
        self._writer.execute(f"PRAGMA cache_size=-{WRITER_CACHE_KIB}")
        # Contacts as the last appends left them; good until another deed, or another process, has written.
        self._heads: dict[str, dict] = {}
        self._data_version: int | None = None
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
            whole = self._each(batch)
            if whole:
                connection.execute("COMMIT")
                if connection.total_changes != changes:  # a commit of nothing proves nothing
                    self.database.commit_failed(False)
                return
        except sqlite3.Error:
            whole = False
        self._heads.clear()
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

    def _each(self, batch: list[Waiting]) -> bool:
        """Run the deeds of a batch in their order; False when the transaction around them is lost."""
        at = 0
        while at < len(batch):
            end = at
            while end < len(batch) and hasattr(batch[end].deed, "appends_to"):
                end += 1
            if end > at + 1 and (done := self._append(batch[at:end])):
                at += done
                continue
            end = max(end, at + 1)
            for waiting in batch[at:end]:
                if not self._one(waiting):
                    return False
            at = end
        return True

    def _append(self, appends: list[Waiting]) -> int:
        """Run appends together, up to the first that has to run alone; how many. None of them, where a client id
        turns out to be stored already: alone, its deed finds out what that means.
        """
        connection = self._writer
        pairs = [waiting.deed.appends_to(*waiting.args) for waiting in appends]
        together = Together(self._vault, self._heads_of(pairs), known=set(), read=connection.execute)
        done = 0
        for waiting, pair in zip(appends, pairs, strict=True):
            waiting.failed = None
            if not together.run(waiting, *pair, world.now()):
                break
            done += 1  # noqa: SIM113 - how many were run, not how many were tried
        if together.rows:
            connection.execute("SAVEPOINT deed")
            stored = connection.executemany(INSERT, together.rows).rowcount
            if stored == len(together.rows):
                changed = [(head["last_seq"], head["public_seq"], key) for key, head in together.changed.items()]
                connection.executemany(_COUNT_UP, changed)
            else:
                connection.execute("ROLLBACK TO deed")
                self._heads.clear()
                done = 0
            connection.execute("RELEASE deed")
        return done

    def _heads_of(self, pairs: list[tuple[str, str]]) -> dict[str, dict]:
        """The heads of these contacts, read where they are not known from the last appends."""
        version = self._writer.execute("PRAGMA data_version").fetchone()[0]
        if version != self._data_version or len(self._heads) > MOST_HEADS:
            self._heads.clear()
            self._data_version = version
        ids = list({contact_id for contact_id, _ in pairs if contact_id not in self._heads})
        if ids:
            ids += ids[-1:] * ((1 << (len(ids) - 1).bit_length()) - len(ids))  # few lengths: each is prepared once
            rows = self._writer.execute(f"{_HEADS} ({', '.join('?' * len(ids))})", ids)
            self._heads.update((row["id"], dict(row)) for row in rows)
        return self._heads

    def _one(self, waiting: Waiting) -> bool:
        """Run one deed under its savepoint; False when the transaction around it is lost."""
        connection = self._writer
        self._heads.clear()
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

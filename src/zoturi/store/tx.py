"""What a deed gets: one open transaction, the time, the keys, and a way to tell what happened once it is committed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from zoturi import world
from zoturi.store.vault import Vault

Row = Mapping[str, object]


@lru_cache(maxsize=512)
def _for_postgresql(sql: str) -> str:
    return sql.replace("?", "%s")


class Tx:
    """One transaction of a deed, or of a read. Statements use ``?`` for parameters on either database."""

    __slots__ = ("_execute", "_undo", "now", "told", "vault")

    def __init__(self, execute, undo, vault: Vault, now: int) -> None:
        self._execute = execute
        self._undo = undo
        self.vault = vault
        self.now = now
        self.told: list[object] = []

    def one(self, sql: str, *params: object) -> Row | None:
        """The first row, or None."""
        return self._execute(sql, params).fetchone()

    def all(self, sql: str, *params: object) -> list[Row]:
        """All rows."""
        return self._execute(sql, params).fetchall()

    def run(self, sql: str, *params: object) -> int:
        """How many rows the statement touched."""
        return self._execute(sql, params).rowcount

    def tell(self, event: object) -> None:
        """Note something to tell after the commit; a rollback tells nothing."""
        self.told.append(event)

    def undo(self) -> None:
        """Take back all that this deed has written and told so far; it may go on with other statements."""
        self._undo()
        self.told.clear()

    @staticmethod
    def new_id() -> str:
        """A fresh public id."""
        return world.new_id()


def sqlite_execute(connection):
    """The execute function of :class:`Tx` over a ``sqlite3`` connection."""
    return connection.execute


def postgresql_execute(connection, *, binary: bool = False):
    """The execute function of :class:`Tx` over a ``psycopg`` connection."""

    def execute(sql: str, params: tuple):
        return connection.execute(_for_postgresql(sql), params, binary=binary)

    return execute

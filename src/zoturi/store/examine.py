"""A look at the database without touching it, for ``doctor``."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TypeVar

from zoturi import world
from zoturi.settings import Settings
from zoturi.store.opening import DATABASE_FILE, ask, head
from zoturi.store.sqlite import connect
from zoturi.store.tx import Tx, postgresql_execute, sqlite_execute
from zoturi.store.vault import Vault, VaultError

T = TypeVar("T")


def _there(settings: Settings) -> bool:
    return settings.database_url is not None or (settings.data / DATABASE_FILE).exists()


def _value(settings: Settings, sql: str) -> str | None:
    row = ask(settings, sql)
    return row[0] if row else None


def setting(settings: Settings, name: str) -> str | None:
    """A stored setting, None where there is no database yet."""
    if not _there(settings) or database_problem(settings) is not None:
        return None
    row = ask(settings, "SELECT value FROM setting WHERE name = ?", name)
    return row[0] if row else None


def look(settings: Settings, query: Callable[[Tx], T]) -> T | None:
    """What a query finds, without the engine; None where database or keys cannot be used."""
    if not _there(settings) or database_problem(settings) is not None or keys_problem(settings) is not None:
        return None
    vault = Vault.open(settings.keys_folder, create=False)
    if settings.database_url is None:
        connection = connect(settings.data / DATABASE_FILE, read_only=True)
        try:
            connection.execute("BEGIN")
            return query(Tx(sqlite_execute(connection), connection.rollback, vault, world.now()))
        finally:
            connection.close()
    psycopg, rows = import_module("psycopg"), import_module("psycopg.rows")
    url = settings.database_url.replace("+psycopg", "", 1)
    with psycopg.connect(url, connect_timeout=5, row_factory=rows.dict_row) as connection:
        connection.read_only = True
        return query(Tx(postgresql_execute(connection), connection.rollback, vault, world.now()))


def database_problem(settings: Settings) -> str | None:
    """Why the database cannot be used, or None."""
    if not _there(settings):
        return "does not exist yet; run zoturi serve"
    try:
        version = _value(settings, "SELECT version_num FROM alembic_version")
        if settings.database_url is None and _value(settings, "PRAGMA quick_check") != "ok":
            return "is damaged; restore the last backup"
    except Exception as problem:  # noqa: BLE001 - whatever the driver raises is the finding
        return f"cannot be read ({type(problem).__name__})"
    if version != head():
        return "is at an older version; zoturi serve brings it up"
    return None


def keys_problem(settings: Settings) -> str | None:
    """Why the keys do not open the data, or None."""
    try:
        vault = Vault.open(settings.keys_folder, create=False)
    except VaultError as problem:
        return f"keys: {problem}"
    known = setting(settings, "keys")
    if known is not None and known != vault.fingerprint():
        return "keys: they do not belong to this database"
    return None

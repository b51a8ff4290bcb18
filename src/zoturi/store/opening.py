"""Opening a data folder: migrations, keys that fit, and the lock that keeps a second server out."""

from __future__ import annotations

import fcntl
import os
from importlib import import_module
from pathlib import Path

from zoturi.settings import Settings
from zoturi.store.database import Database
from zoturi.store.sqlite import SqliteEngine, connect
from zoturi.store.vault import Vault, VaultError

DATABASE_FILE = "zoturi.sqlite3"
MIGRATIONS = Path(__file__).parent / "migrations"


class OpeningError(Exception):
    """One clear line for whoever starts the server."""


def prepare_folder(folder: Path) -> None:
    """Make the data folder, readable by its owner only."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise OpeningError(f"the data folder {folder} cannot be written to")
    except (OSError, FileExistsError) as problem:
        raise OpeningError(f"the data folder {folder} cannot be made: {problem.strerror}") from None


def lock_folder(folder: Path) -> int:
    """Take the folder for one server; the lock ends with the process. Refuses while another server holds it."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise OpeningError(f"another server already runs on the data folder {folder}") from None
    return descriptor


def open_database(settings: Settings) -> Database:
    """Migrate if needed, open the vault that fits the data, and start the engine of the configured database."""
    prepare_folder(settings.data)
    url = settings.database_url or f"sqlite:///{settings.data / DATABASE_FILE}"
    if settings.database_url is None:
        _private(settings.data / DATABASE_FILE)
    _migrate(settings, url)
    known = _fingerprint(settings)
    try:
        vault = Vault.open(settings.keys_folder, create=known is None)
    except VaultError as problem:
        raise OpeningError(str(problem)) from None
    if known is not None and known != vault.fingerprint():
        raise OpeningError(f"the keys in {settings.keys_folder} do not belong to this database")
    if known is not None:
        _refuse_lost_weeks(settings, vault)
    if settings.database_url is None:
        engine = SqliteEngine(settings.data / DATABASE_FILE, vault)
        kind = "sqlite"
    else:
        engine = import_module("zoturi.store.postgresql").PostgresqlEngine(settings.database_url, vault)
        kind = "postgresql"
    database = Database(engine, vault, kind, settings.data)
    engine.start(database)
    if known is None:
        _remember_fingerprint(settings, vault)
        if _fingerprint(settings) != vault.fingerprint():  # another machine was first, with a key folder of its own
            engine.stop()
            raise OpeningError(f"the keys in {settings.keys_folder} do not belong to this database")
    return database


def head() -> str:
    """The newest migration's number."""
    return max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _private(path: Path) -> None:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def ask(settings: Settings, sql: str, *params: object):
    """One statement before the engine runs; commits."""
    if settings.database_url is None:
        connection = connect(settings.data / DATABASE_FILE)
        try:
            return connection.execute(sql, params).fetchone()
        finally:
            connection.close()
    psycopg = import_module("psycopg")
    with psycopg.connect(settings.database_url.replace("+psycopg", "", 1), connect_timeout=5) as connection:
        cursor = connection.execute(sql.replace("?", "%s"), params)
        return cursor.fetchone() if cursor.description else None


def _fingerprint(settings: Settings) -> str | None:
    row = ask(settings, "SELECT value FROM setting WHERE name = 'keys'")
    return row[0] if row else None


def _remember_fingerprint(settings: Settings, vault: Vault) -> None:
    ask(settings, "INSERT INTO setting (name, value) VALUES ('keys', ?) ON CONFLICT DO NOTHING", vault.fingerprint())


def _refuse_lost_weeks(settings: Settings, vault: Vault) -> None:
    """A week key that still wraps something must be there: a fresh one under its name would bury the lost one."""
    week = ask(settings, "SELECT min(week) FROM contact")[0]
    while week is not None:
        try:
            vault.opens_week(week)
        except VaultError:
            raise OpeningError(
                f"the key of the week {week} is missing from {settings.keys_folder} or damaged, but the database holds"
                " data sealed with it; put it back"
            ) from None
        week = ask(settings, "SELECT min(week) FROM contact WHERE week > ?", week)[0]


def _migrate(settings: Settings, url: str) -> None:
    """Bring the schema to the newest version. SQLAlchemy and Alembic are loaded only when there is work to do."""
    if _revision(settings) == head():
        return
    migrating = import_module("zoturi.store.migrating")
    try:
        migrating.upgrade(url, head())
    except migrating.Unreachable as problem:
        raise OpeningError(str(problem)) from None


def _revision(settings: Settings) -> str | None:
    """The schema's version; None where there is none yet, or where the migration shall find out what is wrong."""
    try:
        row = ask(settings, "SELECT version_num FROM alembic_version")
    except Exception:  # noqa: BLE001 - of either driver; the migration meets it again and says it in words
        return None
    return row[0] if row else None

"""Backup and restore: one SQLite file that either database can be made from again, and apart from it a file of keys.

The copy is consistent while the server runs. Its keys go to a second file that must be kept elsewhere and destroyed
after ``BACKUP_DAYS``: with it the copy dies.
"""

from __future__ import annotations

import base64
import os
import sqlite3
from pathlib import Path

import orjson
from sqlalchemy import Connection, Engine, create_engine, func, insert, inspect, select, text
from sqlalchemy.pool import NullPool

from zoturi import world
from zoturi.settings import Settings
from zoturi.store import migrating
from zoturi.store.opening import DATABASE_FILE, OpeningError, head, prepare_folder
from zoturi.store.tables import metadata

_ROWS = 1000
_FORMAT = 1


def database_url(settings: Settings) -> str:
    return settings.database_url or f"sqlite:///{settings.data / DATABASE_FILE}"


def backup(settings: Settings, file: Path, keys: Path) -> dict[str, int]:
    """Write both files, readable by their owner only; contacts and entries copied. Refuses to overwrite anything."""
    if file.resolve() == keys.resolve():
        raise OpeningError("the copy and its keys must be two files, kept apart")
    for path in (file, keys):
        if path.exists():
            raise OpeningError(f"{path} exists already; nothing was written")
    if settings.database_url is None and not (settings.data / DATABASE_FILE).exists():
        raise OpeningError(f"there is no database in {settings.data}")
    draft = file.with_name(file.name + ".draft")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    try:
        # Keys after rows: a week key made in between is then in the file, whatever was written meanwhile.
        if settings.database_url is None:
            _copy_sqlite(settings.data / DATABASE_FILE, draft)
        else:
            migrating.upgrade(f"sqlite:///{draft}", head())
            _copy_rows(settings.database_url, f"sqlite:///{draft}")
        counts = _counts(draft)
        _write_keys(settings, keys)
        _on_disk(draft)
        os.link(draft, file)
    finally:
        draft.unlink(missing_ok=True)
    return counts


def restore(settings: Settings, file: Path, keys: Path) -> dict[str, int]:
    """Make an empty data folder (or an empty PostgreSQL database) from a copy and its keys."""
    if not file.exists():
        raise OpeningError(f"{file} does not exist")
    content = _read_keys(keys)
    prepare_folder(settings.data)
    if any(path.suffix == ".key" for path in settings.keys_folder.glob("*")):
        raise OpeningError(f"{settings.keys_folder} holds keys already; restore into an empty folder only")
    target = settings.data / DATABASE_FILE
    if settings.database_url is None and target.exists():
        raise OpeningError(f"{settings.data} holds a database already; restore into an empty folder only")
    counts = _counts(file)
    if settings.database_url is None:
        draft = target.with_name(target.name + ".draft")
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        _copy_sqlite(file, draft)
        _on_disk(draft)
        draft.rename(target)
    else:
        migrating.upgrade(settings.database_url, head())
        _copy_rows(f"sqlite:///{file}", settings.database_url)
    settings.keys_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, key in content.items():
        descriptor = os.open(settings.keys_folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(key)
            out.flush()
            os.fsync(out.fileno())
    return counts


def _copy_sqlite(source: Path, target: Path) -> None:
    """SQLite's own online copy; a server may write meanwhile."""
    try:
        origin = sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)
        copy = sqlite3.connect(target)
        try:
            origin.backup(copy, pages=2000, sleep=0.005)
            copy.execute("PRAGMA journal_mode=DELETE")
        finally:
            copy.close()
            origin.close()
    except sqlite3.Error as problem:
        raise OpeningError(f"{source} cannot be copied: it is no whole database ({problem})") from None


def _copy_rows(source: str, target: str) -> None:
    """Copy every table through one consistent look at the source into an empty target."""
    from_engine, to_engine = (create_engine(url, poolclass=NullPool, hide_parameters=True) for url in (source, target))
    try:
        with from_engine.connect() as origin, to_engine.begin() as copy:
            if from_engine.dialect.name == "postgresql":
                origin = origin.execution_options(isolation_level="REPEATABLE READ")
            _refuse_full(copy)
            for table in metadata.sorted_tables:
                rows = origin.execution_options(yield_per=_ROWS).execute(select(table))
                for part in rows.mappings().partitions(_ROWS):
                    copy.execute(insert(table), [dict(row) for row in part])
            _go_on_counting(to_engine, copy)
    finally:
        from_engine.dispose()
        to_engine.dispose()


def _refuse_full(copy: Connection) -> None:
    for table in metadata.sorted_tables:
        if copy.execute(select(func.count()).select_from(table)).scalar_one():
            raise OpeningError("the database is not empty; restore into an empty one only")


def _go_on_counting(engine: Engine, copy: Connection) -> None:
    """PostgreSQL's counters stand apart from the rows: set them behind the last key."""
    if engine.dialect.name != "postgresql":
        return
    for table in metadata.sorted_tables:
        if "key" in table.columns and inspect(copy).get_pk_constraint(table.name)["constrained_columns"] == ["key"]:
            last = f"(SELECT coalesce(max(key), 0) + 1 FROM {table.name})"
            copy.execute(text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'key'), {last}, false)"))


def _counts(file: Path) -> dict[str, int]:
    try:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
                raise OpeningError(f"{file} is damaged")
            return {
                name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("contact", "entry")
            }
        finally:
            connection.close()
    except sqlite3.Error:
        raise OpeningError(f"{file} is not a copy made by zoturi backup") from None


def _write_keys(settings: Settings, file: Path) -> None:
    paths = sorted(settings.keys_folder.glob("*.key"))
    if not any(path.name == "master.key" for path in paths):
        raise OpeningError(f"there is no master.key in {settings.keys_folder}")
    content = {
        "format": _FORMAT,
        "made_at": world.now(),
        "destroy_after_days": settings.backup_days,
        "keys": {path.name: base64.b64encode(path.read_bytes()).decode() for path in paths},
    }
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(orjson.dumps(content, option=orjson.OPT_INDENT_2))
        out.flush()
        os.fsync(out.fileno())


def _read_keys(file: Path) -> dict[str, bytes]:
    try:
        content = orjson.loads(file.read_bytes())
        if content["format"] != _FORMAT:
            raise ValueError
        keys = {Path(name).name: base64.b64decode(key, validate=True) for name, key in content["keys"].items()}
    except FileNotFoundError:
        raise OpeningError(f"{file} does not exist") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise OpeningError(f"{file} is not a file of keys made by zoturi backup") from None
    if "master.key" not in keys:
        raise OpeningError(f"{file} holds no master key")
    return keys


def _on_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

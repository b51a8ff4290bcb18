"""Migrations: Alembic, run by the server itself, under an advisory lock where several processes may start at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import NullPool

_LOCK = 0x7A6F747572  # "zotur": one number that only this program uses


class Unreachable(Exception):
    """The database does not answer; one clear line."""


def upgrade(url: str, head: str) -> None:
    """Bring the database at ``url`` to revision ``head``; does nothing where it is there already."""
    engine = create_engine(url, hide_parameters=True, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            if MigrationContext.configure(connection).get_current_revision() == head:
                return
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except OperationalError as problem:
        raise Unreachable(f"the database cannot be opened ({type(problem.orig).__name__}); is it running?") from None
    except DatabaseError as problem:
        raise Unreachable(f"the database cannot be read ({type(problem.orig).__name__}); is it ours?") from None
    finally:
        engine.dispose()

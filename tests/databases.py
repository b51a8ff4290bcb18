"""PostgreSQL databases for single tests, copied from a template in a tenth of a second."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg


@contextmanager
def copied_database(server: str, template_url: str) -> Iterator[str]:
    """A copy of a database that nobody is connected to; yields its address and drops it afterwards."""
    name = f"zoturi_test_{os.getpid()}_{os.urandom(4).hex()}"
    template = template_url.rpartition("/")[2]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield f"{server.replace('postgresql://', 'postgresql+psycopg://', 1)}/{name}"
    finally:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

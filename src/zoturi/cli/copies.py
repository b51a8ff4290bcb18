"""``zoturi backup`` and ``zoturi restore``."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

from zoturi import settings
from zoturi.actions import upkeep
from zoturi.cli.ground import must_exist, with_database


def offer(commands) -> None:
    """Add ``backup`` and ``restore`` to the parser."""
    for name, deed, words in (
        ("backup", _backup, "consistent copy, also while serving; its keys go to a second file, to be kept apart"),
        ("restore", _restore, "make an empty data folder from a copy and its keys"),
    ):
        command = commands.add_parser(name, help=words)
        command.add_argument("file", metavar="FILE", type=Path)
        command.add_argument("--keys", metavar="FILE2", type=Path, required=True, help="the file of keys")
        command.set_defaults(run=deed)


def _copies():
    """The room of backups; it loads SQLAlchemy, which nothing else at start needs."""
    return import_module("zoturi.store.backup")


def _backup(given: argparse.Namespace) -> int:
    chosen = settings.load()
    must_exist(chosen)
    counts = _copies().backup(chosen, given.file, given.keys)

    async def work(db):
        await db.write(upkeep.note_backup, str(given.keys.resolve()))

    with_database(chosen, work)
    print(f"{given.file}: {counts['contact']} contacts, {counts['entry']} entries")
    print(f"{given.keys}: the keys. Keep them apart from the copy, and destroy them after {chosen.backup_days} days.")
    return 0


def _restore(given: argparse.Namespace) -> int:
    chosen = settings.load()
    counts = _copies().restore(chosen, given.file, given.keys)
    print(f"restored {counts['contact']} contacts and {counts['entry']} entries into {chosen.data}")
    return 0

"""What several commands stand on: the data folder, its site, its database."""

from __future__ import annotations

import asyncio
from pathlib import Path

from zoturi import logs, resources, site_files
from zoturi.settings import Settings
from zoturi.site import Site
from zoturi.store.opening import DATABASE_FILE, open_database


class Refused(Exception):
    """One clear line for the person at the keyboard."""


def site_folder(chosen: Settings) -> Path:
    return chosen.data / "site"


def load_site(chosen: Settings, *, demo_site: bool) -> Site:
    """The demo's site, the operator's own, or (before there is one) the example, whose doors stay closed."""
    folder = site_folder(chosen)
    if demo_site or not folder.exists():
        return site_files.load(resources.content_dir() / "demo")
    return site_files.load(folder)


def must_exist(chosen: Settings) -> None:
    """A mistyped folder must not look like a good backup of nothing."""
    if chosen.database_url is None and not (chosen.data / DATABASE_FILE).exists():
        raise Refused(f"there is no database in {chosen.data}; is ZOTURI_DATA right?")


def with_database(chosen: Settings, work):
    """Run one piece of work on the database, also while a server runs beside."""

    async def run():
        db = open_database(chosen)
        try:
            return await work(db)
        finally:
            await db.stop()

    logs.begin("WARNING")
    return asyncio.run(run())

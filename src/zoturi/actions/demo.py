"""The demo: a fictional municipality's staff in an empty data folder, and no contacts."""

from __future__ import annotations

import os

from zoturi import world
from zoturi.actions import accounts, passwords
from zoturi.domain.refusals import Refusal
from zoturi.settings import Settings
from zoturi.site import Site
from zoturi.store import people
from zoturi.store.database import Database
from zoturi.store.tx import Tx

_STAFF = (
    ("aino@demo.example", "Aino", "worker"),
    ("onni@demo.example", "Onni", "worker"),
    ("signe@demo.example", "Signe", "supervisor"),
    ("admin@demo.example", "Kim", "admin"),
)
PEOPLE_IN_WORDS = (
    ("aino@demo.example", "worker"),
    ("onni@demo.example", "worker, same team"),
    ("signe@demo.example", "supervisor"),
    ("admin@demo.example", "administrator (no desk, no contents)"),
)
_PASSWORD_FILE = "demo-password"


def kind_of_folder(tx: Tx) -> str | None:
    """``demo`` or ``site``, whichever kind of run made this data folder first."""
    return people.setting(tx, "kind")


def claim_folder(tx: Tx, kind: str) -> None:
    """Mark the folder as this kind; refuses ``conflict`` where the other kind made it."""
    known = people.setting(tx, "kind")
    if known is None:
        people.set_setting(tx, "kind", kind)
    elif known != kind:
        raise Refusal("conflict", field="folder")


async def fill(db: Database, site: Site, settings: Settings) -> str:
    """Add the demo's staff once and return the password of all of them."""
    password = settings.demo_password or _kept_password(settings)
    hashed = await passwords.hashed_as_it_is(password)
    await db.write(_fill, site, hashed)
    return password


def _fill(tx: Tx, site: Site, hashed: str) -> None:
    team = site.teams[0].id
    languages = sorted({code for each in site.teams for code in each.languages})
    for email, name, role in _STAFF:
        row = people.worker_by_email(tx, email)
        key = row["key"] if row else accounts.add_worker(
            tx, site, email=email, name=name, role=role, team=team, languages=languages
        )  # fmt: skip
        accounts.set_demo_password(tx, key, hashed)


def _kept_password(settings: Settings) -> str:
    """A random password, kept in the demo's own folder so that it is the same after a restart."""
    path = settings.data / _PASSWORD_FILE
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write("-".join(_groups(world.new_id())))
    return path.read_text().strip()


def _groups(letters: str) -> list[str]:
    return [letters[at : at + 4] for at in range(0, len(letters), 4)]

"""The demo: a fictional municipality's staff in an empty data folder, and no contacts."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import NamedTuple

from zoturi import resources, service_files, world
from zoturi.actions import accounts, directory, passwords
from zoturi.domain.refusals import Refusal
from zoturi.settings import Settings
from zoturi.site import Site
from zoturi.store import people
from zoturi.store.database import Database
from zoturi.store.tx import Tx

_STAFF = (
    ("aino@demo.example", "Aino", "worker", "nuoret"),
    ("onni@demo.example", "Onni", "worker", "nuoret"),
    ("signe@demo.example", "Signe", "supervisor", "nuoret"),
    ("admin@demo.example", "Kim", "admin", "nuoret"),
    ("elli@demo.example", "Elli", "worker", "perheet"),
)
PEOPLE_IN_WORDS = (
    ("aino@demo.example", "worker"),
    ("onni@demo.example", "worker, same team"),
    ("signe@demo.example", "supervisor"),
    ("admin@demo.example", "administrator (no desk, no contents)"),
    ("elli@demo.example", "worker of the family team"),
)
_PASSWORD_FILE = "demo-password"
_PIN_FILE = "demo-pin"


class SignIns(NamedTuple):
    """What opens the demo: the password of all its staff, the PIN of all its services that get mails."""

    password: str
    pin: str


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


async def fill(db: Database, site: Site, settings: Settings) -> SignIns:
    """Add the demo's staff and services once and return the password and the PIN of all of them."""
    password = settings.demo_password or _kept(settings, _PASSWORD_FILE, lambda: "-".join(_groups(world.new_id())))
    pin = settings.demo_pin or _kept(settings, _PIN_FILE, directory.new_pin)
    hashed = await passwords.hashed_as_it_is(password)
    await db.write(_alone, _fill, site, hashed)
    await db.write(_alone, directory.fill_demo, demo_services(), pin)
    return SignIns(password, pin)


def _alone(tx: Tx, deed: Callable[..., None], *given: object) -> None:
    """Several processes may start on one empty database: who holds this row goes first, the next one finds it done."""
    people.set_setting(tx, "kind", "demo")
    deed(tx, *given)


@cache
def demo_services() -> tuple[service_files.Entry, ...]:
    """The fictional municipality's services."""
    return tuple(service_files.load(resources.content_dir() / "demo" / "services.yaml"))


def _fill(tx: Tx, site: Site, hashed: str) -> None:
    languages = sorted({code for each in site.teams for code in each.languages})
    for email, name, role, wanted in _STAFF:
        team = (site.team(wanted) or site.teams[0]).id
        row = people.worker_by_email(tx, email)
        key = row["key"] if row else accounts.add_worker(
            tx, site, email=email, name=name, role=role, team=team, languages=languages
        )  # fmt: skip
        accounts.set_demo_password(tx, key, hashed)


def _kept(settings: Settings, name: str, make: Callable[[], str]) -> str:
    """A random secret, kept in the demo's own folder so that it is the same after a restart."""
    path = settings.data / name
    if not path.exists():
        draft = path.with_suffix(f".{world.new_id()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(make())
        with suppress(FileExistsError):  # another process was first
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()


def _groups(letters: str) -> list[str]:
    return [letters[at : at + 4] for at in range(0, len(letters), 4)]

"""``zoturi worker add`` and ``worker reset``: accounts of staff."""

from __future__ import annotations

import argparse

from zoturi import settings, world
from zoturi.actions import accounts, demo
from zoturi.cli.ground import Refused, load_site, with_database
from zoturi.domain.people import ROLES
from zoturi.settings import Settings
from zoturi.store.opening import prepare_folder


def offer(commands) -> None:
    """Add ``worker`` and its deeds to the parser."""
    worker = commands.add_parser("worker", help="accounts of staff").add_subparsers(
        dest="deed", required=True, metavar="DEED"
    )
    add = worker.add_parser("add", help="add a worker and print a one-time link (1 h) to set the password")
    add.add_argument("email", metavar="EMAIL")
    add.add_argument("--name", required=True, help="the name that visitors and colleagues see")
    add.add_argument("--role", choices=ROLES, default="worker")
    add.add_argument("--team", required=True, help="a team of the site's files")
    add.add_argument("--language", action="extend", nargs="+", help="the languages the worker answers in")
    add.set_defaults(run=_worker_add)
    reset = worker.add_parser("reset", help="print a new one-time link; the old password works until it is used")
    reset.add_argument("email", metavar="EMAIL")
    reset.set_defaults(run=_worker_reset)


def _worker_add(given: argparse.Namespace) -> int:
    chosen = settings.load()
    prepare_folder(chosen.data)
    token = world.new_token()

    async def work(db):
        kind = await db.read(demo.kind_of_folder)
        site = load_site(chosen, demo_site=kind == "demo")
        known = {team.id for team in site.teams}
        if given.team not in known:
            raise Refused(f"there is no team {given.team!r}; the site has: {', '.join(sorted(known))}")
        languages = given.language or list(next(team for team in site.teams if team.id == given.team).languages)
        await db.write(demo.claim_folder, kind or "site")

        def add(tx):
            accounts.add_worker(tx, site, email=given.email, name=given.name, role=given.role, team=given.team,
                                languages=languages)  # fmt: skip
            accounts.new_link(tx, given.email, accounts.token_hash(token))

        await db.write(add)

    with_database(chosen, work)
    _print_link(chosen, token)
    return 0


def _worker_reset(given: argparse.Namespace) -> int:
    chosen = settings.load()
    prepare_folder(chosen.data)
    token = world.new_token()

    async def work(db):
        await db.write(accounts.new_link, given.email, accounts.token_hash(token))

    with_database(chosen, work)
    _print_link(chosen, token)
    return 0


def _print_link(chosen: Settings, token: str) -> None:
    print(f"{chosen.origins[0]}/desk/welcome/{token}")
    print("The link works once, within an hour. Give it to the worker in person or by a safe way.")

"""The command line, ``zoturi`` or ``python -m zoturi``.

Exit status 0 done, 1 refused with one clear line on stderr, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from importlib import import_module
from pathlib import Path

from zoturi import __version__, app, logs, resources, settings, site_files, world
from zoturi.actions import accounts, audits, demo, doctor, upkeep
from zoturi.actions.house import House
from zoturi.domain.people import ROLES
from zoturi.domain.refusals import Refusal
from zoturi.settings import Settings, SettingsError
from zoturi.site import Site
from zoturi.site_files import SiteError
from zoturi.store.opening import DATABASE_FILE, OpeningError, lock_folder, open_database, prepare_folder

_DESCRIPTION = "A chat, a live queue and a desk for young people and families who ask for help."


class _Refused(Exception):
    """One clear line for the person at the keyboard."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit status."""
    given = _parser().parse_args(arguments)
    try:
        return given.run(given) or 0
    except (_Refused, SettingsError, OpeningError, SiteError) as problem:
        print(f"zoturi: {problem}", file=sys.stderr)
    except Refusal as refusal:
        print(f"zoturi: {_in_words(refusal)}", file=sys.stderr)
    except OSError as problem:
        print(f"zoturi: {problem.strerror or problem}" + (f": {problem.filename}" if problem.filename else ""),
              file=sys.stderr)  # fmt: skip
    except KeyboardInterrupt:
        return 0
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="zoturi", description=_DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"zoturi {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="migrate the database if needed, then serve until stopped")
    serve.add_argument("--host", help="address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=_port, help="port to listen on (8080)")
    serve.add_argument("--demo", action="store_true", help="fill an empty data folder with a fictional municipality")
    serve.set_defaults(run=_serve)

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

    for name, deed, words in (
        ("backup", _backup, "consistent copy, also while serving; its keys go to a second file, to be kept apart"),
        ("restore", _restore, "make an empty data folder from a copy and its keys"),
    ):
        command = commands.add_parser(name, help=words)
        command.add_argument("file", metavar="FILE", type=Path)
        command.add_argument("--keys", metavar="FILE2", type=Path, required=True, help="the file of keys")
        command.set_defaults(run=deed)
    purge = commands.add_parser("purge", help="delete now what is kept no longer (also while serving); prints counts")
    purge.set_defaults(run=_purge)

    doctor_command = commands.add_parser("doctor", help="check configuration, keys, database, clock, file rights, mail")
    doctor_command.set_defaults(run=_doctor)

    site = commands.add_parser("site", help="the operator's own site").add_subparsers(
        dest="deed", required=True, metavar="DEED"
    )
    site.add_parser("new", help="copy the example site to DATA/site/ to fill in").set_defaults(run=_site_new)
    site.add_parser("check", help="tell what is missing; exit 1 if something is").set_defaults(run=_site_check)
    return parser


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 5 else 0
    if not 0 < number < 65536:
        raise argparse.ArgumentTypeError("must be from 1 to 65535")
    return number


def _site_folder(chosen: Settings) -> Path:
    return chosen.data / "site"


def _load_site(chosen: Settings, *, demo_site: bool) -> Site:
    """The demo's site, the operator's own, or (before there is one) the example, whose doors stay closed."""
    folder = _site_folder(chosen)
    if demo_site or not folder.exists():
        return site_files.load(resources.content_dir() / "demo")
    return site_files.load(folder)


def _serve(given: argparse.Namespace) -> int:
    chosen = settings.load(host=given.host, port=given.port)
    if given.demo and "ZOTURI_REQUIRE_SECOND_FACTOR" not in os.environ:
        chosen = settings.load(host=given.host, port=given.port, require_second_factor=False)
    if chosen.redis_url:
        raise _Refused("ZOTURI_REDIS_URL: several processes are not supported by this version")
    logs.begin(chosen.log_level)
    prepare_folder(chosen.data)
    lock = lock_folder(chosen.data) if chosen.database_url is None else None
    try:
        asyncio.run(_serve_until_stopped(chosen, given.demo))
    finally:
        if lock is not None:
            os.close(lock)
    return 0


async def _serve_until_stopped(chosen: Settings, demo_site: bool) -> None:
    db = open_database(chosen)
    try:
        own_site = _site_folder(chosen).exists()
        if demo_site and own_site and await db.read(demo.kind_of_folder) is None:
            raise Refusal("conflict", field="folder")  # an operator's files are there already
        await db.write(demo.claim_folder, "demo" if demo_site else "site")
        site = _load_site(chosen, demo_site=demo_site)
        lacking = [] if demo_site else (site_files.missing(site) if own_site else ["DATA/site: run zoturi site new"])
        sign_ins = await demo.fill(db, site, chosen) if demo_site else None
    except BaseException:
        await db.stop()
        raise
    house = House(db, site, chosen, chosen.zone, demo_site, not lacking, own_site=own_site)

    def ready(port: int) -> None:
        origin = chosen.origins[0] if chosen.public_url or chosen.port else f"http://127.0.0.1:{port}"
        print(f"zoturi {__version__} serves at {origin}/", flush=True)
        if sign_ins is not None:
            _print_sign_ins(origin, sign_ins)
        for what in () if house.doors_open else site_files.missing(house.site) if own_site else lacking:
            print(f"the public doors are closed: {what}", flush=True)

    await app.serve(house, ready)


def _print_sign_ins(origin: str, password: str) -> None:
    print(f"  a visitor's way in   {origin}/fi/   {origin}/sv/   {origin}/en/")
    print(f"  the desk             {origin}/desk")
    for email, what in demo.PEOPLE_IN_WORDS:
        print(f"    {email:<24} {what}")
    print(f"  password for all of them: {password}")
    print("Stop with Ctrl-C.", flush=True)


def _with_database(chosen: Settings, work):
    """Run one piece of work on the database, also while a server runs beside."""

    async def run():
        db = open_database(chosen)
        try:
            return await work(db)
        finally:
            await db.stop()

    logs.begin("WARNING")
    return asyncio.run(run())


def _worker_add(given: argparse.Namespace) -> int:
    chosen = settings.load()
    prepare_folder(chosen.data)
    token = world.new_token()

    async def work(db):
        kind = await db.read(demo.kind_of_folder)
        site = _load_site(chosen, demo_site=kind == "demo")
        known = {team.id for team in site.teams}
        if given.team not in known:
            raise _Refused(f"there is no team {given.team!r}; the site has: {', '.join(sorted(known))}")
        languages = given.language or list(next(team for team in site.teams if team.id == given.team).languages)
        await db.write(demo.claim_folder, kind or "site")

        def add(tx):
            accounts.add_worker(tx, site, email=given.email, name=given.name, role=given.role, team=given.team,
                                languages=languages)  # fmt: skip
            accounts.new_link(tx, given.email, accounts.token_hash(token))

        await db.write(add)

    _with_database(chosen, work)
    _print_link(chosen, token)
    return 0


def _worker_reset(given: argparse.Namespace) -> int:
    chosen = settings.load()
    prepare_folder(chosen.data)
    token = world.new_token()

    async def work(db):
        await db.write(accounts.new_link, given.email, accounts.token_hash(token))

    _with_database(chosen, work)
    _print_link(chosen, token)
    return 0


def _print_link(chosen: Settings, token: str) -> None:
    print(f"{chosen.origins[0]}/desk/welcome/{token}")
    print("The link works once, within an hour. Give it to the worker in person or by a safe way.")


def _copies():
    """The room of backups; it loads SQLAlchemy, which nothing else at start needs."""
    return import_module("zoturi.store.backup")


def _must_exist(chosen: Settings) -> None:
    """A mistyped folder must not look like a good backup of nothing."""
    if chosen.database_url is None and not (chosen.data / DATABASE_FILE).exists():
        raise _Refused(f"there is no database in {chosen.data}; is ZOTURI_DATA right?")


def _backup(given: argparse.Namespace) -> int:
    chosen = settings.load()
    _must_exist(chosen)
    counts = _copies().backup(chosen, given.file, given.keys)

    async def work(db):
        await db.write(upkeep.note_backup, str(given.keys.resolve()))

    _with_database(chosen, work)
    print(f"{given.file}: {counts['contact']} contacts, {counts['entry']} entries")
    print(f"{given.keys}: the keys. Keep them apart from the copy, and destroy them after {chosen.backup_days} days.")
    return 0


def _restore(given: argparse.Namespace) -> int:
    chosen = settings.load()
    counts = _copies().restore(chosen, given.file, given.keys)
    print(f"restored {counts['contact']} contacts and {counts['entry']} entries into {chosen.data}")
    return 0


def _purge(given: argparse.Namespace) -> int:
    chosen = settings.load()
    _must_exist(chosen)

    async def work(db):
        site = _load_site(chosen, demo_site=await db.read(demo.kind_of_folder) == "demo")
        await db.write(upkeep.trust_clock)
        total: dict[str, int] = {}
        while True:
            await db.write(audits.seal)
            counts = await db.write(upkeep.purge_slice, site)
            for name, count in counts.items():
                total[name] = total.get(name, 0) + count
            if not any(counts.values()):
                break
        total["week keys"] = len(await db.write(upkeep.destroy_old_keys, chosen.backup_days))
        await db.tidy()
        return total

    for name, count in _with_database(chosen, work).items():
        print(f"{name}: {count}")
    return 0


def _doctor(given: argparse.Namespace) -> int:
    chosen = settings.load()
    findings = doctor.examine(chosen, lambda: _load_site(chosen, demo_site=doctor.is_demo(chosen)))
    for finding in findings:
        print(f"{'ok  ' if finding.sound else 'BAD '} {finding.what}")
    return 0 if all(finding.sound for finding in findings) else 1


def _site_new(given: argparse.Namespace) -> int:
    chosen = settings.load()
    prepare_folder(chosen.data)
    folder = _site_folder(chosen)
    if folder.exists():
        raise _Refused(f"{folder} exists already; nothing was changed")
    site_files.copy_example(folder)
    print(f"The example site is in {folder}. Fill it in, then run: zoturi site check")
    return 0


def _site_check(given: argparse.Namespace) -> int:
    chosen = settings.load()
    folder = _site_folder(chosen)
    if not folder.exists():
        raise _Refused(f"{folder} does not exist; make it with: zoturi site new")
    lacking = site_files.missing(site_files.load(folder))
    for what in lacking:
        print(what)
    if lacking:
        raise _Refused(f"{len(lacking)} things are missing; until then the public doors stay closed")
    print("The site is complete.")
    return 0


def _in_words(refusal: Refusal) -> str:
    """A refusal as one line for an operator."""
    field = refusal.facts.get("field")
    sentences = {
        ("conflict", "email"): "there is a worker with this address already",
        ("not_found", "email"): "there is no worker with this address",
        ("bad_field", "email"): "this is not an e-mail address",
        ("bad_field", "name"): "the name is empty",
        ("conflict", "folder"): "this data folder was made by a run of the other kind (with or without --demo); "
                                "choose another folder with ZOTURI_DATA",
    }  # fmt: skip
    return sentences.get((refusal.code, field)) or f"refused: {refusal.code}" + (f" ({field})" if field else "")

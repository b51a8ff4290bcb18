"""``zoturi serve``."""

from __future__ import annotations

import argparse
import asyncio
import os

from zoturi import __version__, app, logs, settings, site_files
from zoturi.actions import demo, site_settings
from zoturi.actions.house import House
from zoturi.cli import children
from zoturi.cli.ground import Refused, load_site, site_folder
from zoturi.domain.refusals import Refusal
from zoturi.settings import Settings
from zoturi.store.opening import lock_folder, open_database, prepare_folder


def offer(commands) -> None:
    """Add ``serve`` to the parser."""
    serve = commands.add_parser("serve", help="migrate the database if needed, then serve until stopped")
    serve.add_argument("--host", help="address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=_port, help="port to listen on (8080)")
    serve.add_argument("--demo", action="store_true", help="fill an empty data folder with a fictional municipality")
    serve.add_argument(
        "--processes", type=_count, default=1, metavar="N",
        help="how many processes share the work (1); more need PostgreSQL and Redis",
    )  # fmt: skip
    serve.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    serve.set_defaults(run=_serve)


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 3 else 0
    if not 0 < number <= children.MOST:
        raise argparse.ArgumentTypeError(f"must be from 1 to {children.MOST}")
    return number


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 5 else 0
    if not 0 < number < 65536:
        raise argparse.ArgumentTypeError("must be from 1 to 65535")
    return number


def _serve(given: argparse.Namespace) -> int:
    chosen = settings.load(host=given.host, port=given.port)
    if given.demo and "ZOTURI_REQUIRE_SECOND_FACTOR" not in os.environ:
        chosen = settings.load(host=given.host, port=given.port, require_second_factor=False)
    if given.processes > 1 and not (chosen.database_url and chosen.redis_url):
        raise Refused("--processes needs ZOTURI_DATABASE_URL and ZOTURI_REDIS_URL: they share PostgreSQL and Redis")
    logs.begin(chosen.log_level)
    prepare_folder(chosen.data)
    lock = lock_folder(chosen.data) if chosen.database_url is None else None
    try:
        if given.processes > 1:
            asyncio.run(_serve_by_children(chosen, given.processes, given.demo))
        elif given.child:
            asyncio.run(_serve_as_child(chosen, given.demo))
        else:
            asyncio.run(_serve_until_stopped(chosen, given.demo))
    finally:
        if lock is not None:
            os.close(lock)
    return 0


async def _open(chosen: Settings, demo_site: bool, *, fill: bool = True) -> tuple[House, demo.SignIns | None]:
    """The house with its database migrated and, for the demo, its staff and services."""
    db = open_database(chosen)
    try:
        own_site = site_folder(chosen).exists()
        if demo_site and own_site and await db.read(demo.kind_of_folder) is None:
            raise Refusal("conflict", field="folder")  # an operator's files are there already
        await db.write(demo.claim_folder, "demo" if demo_site else "site")
        site = load_site(chosen, demo_site=demo_site)
        doors_open = demo_site or (own_site and not site_files.missing(site))
        sign_ins = await demo.fill(db, site, chosen) if demo_site and fill else None
    except BaseException:
        await db.stop()
        raise
    return House(db, site, chosen, chosen.zone, demo_site, doors_open, own_site=own_site), sign_ins


async def _serve_until_stopped(chosen: Settings, demo_site: bool) -> None:
    house, sign_ins = await _open(chosen, demo_site)
    await app.serve(house, lambda port: _print_ready(chosen, house, sign_ins, port))


async def _serve_as_child(chosen: Settings, demo_site: bool) -> None:
    stopping = asyncio.Event()
    tell_ready = children.parent_gone(stopping)
    house, _ = await _open(chosen, demo_site, fill=False)
    await app.serve(house, lambda port: tell_ready(), stopping=stopping, shared_port=True)


async def _serve_by_children(chosen: Settings, count: int, demo_site: bool) -> None:
    """Migrate and look at everything once, so that what is wrong is said once; then let children serve."""
    with children.kept_port(chosen.host, chosen.port) as port:
        house, sign_ins = await _open(chosen, demo_site)
        try:
            await site_settings.refresh(house)
        finally:
            await house.db.stop()
        parent = children.Children(children.command(chosen.host, port, demo=demo_site), count)
        await parent.serve(lambda: _print_ready(chosen, house, sign_ins, port))


def _print_ready(chosen: Settings, house: House, sign_ins: demo.SignIns | None, port: int) -> None:
    origin = chosen.origins[0] if chosen.public_url or chosen.port else f"http://127.0.0.1:{port}"
    print(f"zoturi {__version__} serves at {origin}/", flush=True)
    if sign_ins is not None:
        _print_sign_ins(origin, sign_ins)
    lacking = site_files.missing(house.site) if house.own_site else ["DATA/site: run zoturi site new"]
    for what in () if house.doors_open else lacking:
        print(f"the public doors are closed: {what}", flush=True)


def _print_sign_ins(origin: str, sign_ins: demo.SignIns) -> None:
    print(f"  a visitor's way in   {origin}/fi/   {origin}/sv/   {origin}/en/")
    print(f"  the desk             {origin}/desk")
    for email, what in demo.PEOPLE_IN_WORDS:
        print(f"    {email:<24} {what}")
    print(f"  password for all of them: {sign_ins.password}")
    print(f"  PIN of the services that get handovers by mail: {sign_ins.pin}")
    print("Stop with Ctrl-C.", flush=True)

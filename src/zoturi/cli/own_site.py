"""``zoturi site new`` and ``site check``: the operator's own files."""

from __future__ import annotations

import argparse

from zoturi import settings, site_files
from zoturi.cli.ground import Refused, site_folder
from zoturi.store.opening import prepare_folder


def offer(commands) -> None:
    """Add ``site`` and its deeds to the parser."""
    site = commands.add_parser("site", help="the operator's own site").add_subparsers(
        dest="deed", required=True, metavar="DEED"
    )
    site.add_parser("new", help="copy the example site to DATA/site/ to fill in").set_defaults(run=_site_new)
    site.add_parser("check", help="tell what is missing; exit 1 if something is").set_defaults(run=_site_check)


def _site_new(given: argparse.Namespace) -> int:
    chosen = settings.load()
    prepare_folder(chosen.data)
    folder = site_folder(chosen)
    if folder.exists():
        raise Refused(f"{folder} exists already; nothing was changed")
    site_files.copy_example(folder)
    print(f"The example site is in {folder}. Fill it in, then run: zoturi site check")
    return 0


def _site_check(given: argparse.Namespace) -> int:
    chosen = settings.load()
    folder = site_folder(chosen)
    if not folder.exists():
        raise Refused(f"{folder} does not exist; make it with: zoturi site new")
    lacking = site_files.missing(site_files.load(folder))
    for what in lacking:
        print(what)
    if lacking:
        raise Refused(f"{len(lacking)} things are missing; until then the public doors stay closed")
    print("The site is complete.")
    for what in site_files.done_without(folder):
        print(what)
    return 0

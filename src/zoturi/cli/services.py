"""``zoturi services import`` and ``export``: the directory of services as a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import yaml

from zoturi import service_files, settings
from zoturi.actions import demo, directory, directory_import
from zoturi.cli.ground import Refused, load_site, must_exist, with_database
from zoturi.store import services as store

_SHOWN = 30
_FORM = (
    "FILE is YAML: the line `services:`, then one entry a service. `zoturi services export FILE` writes the present "
    "ones in this form; each entry needs id, name, summary, languages, owner and checked_on."
)
_HEAD = "# The service directory, as `zoturi services import FILE` reads it.\n"


def offer(commands) -> None:
    """Add ``services`` and its deeds to the parser."""
    deeds = commands.add_parser("services", help="the directory of services as a file").add_subparsers(
        dest="deed", required=True, metavar="DEED"
    )
    read = deeds.add_parser(
        "import", help="add and change services from a file (also while serving); shows what would change first",
        description=f"Adds and changes services from a file, also while serving. Nothing is deleted. {_FORM}",
    )  # fmt: skip
    read.add_argument("file", metavar="FILE", type=Path)
    read.add_argument("--yes", action="store_true", help="do not ask, do it")
    read.add_argument("--retire", action="store_true", help="mark services that are not in the file as inactive")
    read.set_defaults(run=_import)
    write = deeds.add_parser("export", help="write the directory to a new file", description=_FORM)
    write.add_argument("file", metavar="FILE", type=Path)
    write.set_defaults(run=_export)


def _import(given: argparse.Namespace) -> int:
    chosen = settings.load()
    must_exist(chosen)

    async def work(db) -> int:
        site = load_site(chosen, demo_site=await db.read(demo.kind_of_folder) == "demo")
        with _Bar("reading") as bar:
            try:
                entries = service_files.load(given.file, bar, lambda entry: _misfit(entry, site))
            except service_files.Problems as problems:
                bar.end()
                for line in problems.lines:
                    print(line, file=sys.stderr)
                more = " or more" if len(problems.lines) >= service_files.MOST_PROBLEMS else ""
                found = f"{len(problems.lines)}{more} things cannot be used"
                raise Refused(f"{given.file}: {found}; nothing was changed") from None
        made = directory_import.plan(await db.read(store.contents), entries, retire=given.retire)
        _show(made)
        if made.empty:
            return 0
        if not given.yes and not _agreed():
            raise Refused("nothing was changed; add --yes to do it without asking")
        with _Bar("writing") as bar:
            await directory_import.carry_out(db, made, bar)
        print("Done.")
        return 0

    return with_database(chosen, work)


def _misfit(entry: service_files.Entry, site) -> tuple[str, str] | None:
    field = directory.misfit(entry, site)
    return None if field is None else (field, "names something that is not in the site's files")


def _show(made: directory_import.Plan) -> None:
    print(f"new: {len(made.added)}, changed: {len(made.changed)}, the same: {made.unchanged}, "
          f"not in the file: {len(made.absent)}")  # fmt: skip
    _list("+", (entry.id for entry in made.added), len(made.added))
    _list("~", (f"{entry.id}: {', '.join(fields)}" for entry, fields in made.changed), len(made.changed))
    if made.absent:
        print("These become inactive:" if made.retire else "These stay as they are (--retire marks them inactive):")
        _list("-", made.absent, len(made.absent))


def _list(sign: str, lines: Iterable[str], count: int) -> None:
    for _, line in zip(range(_SHOWN), lines, strict=False):
        print(f"  {sign} {line}")
    if count > _SHOWN:
        print(f"  {sign} … and {count - _SHOWN} more")


def _agreed() -> bool:
    if not sys.stdin.isatty():
        return False
    return input("Do this? [y/N] ").strip().lower() in ("y", "yes", "k", "kyllä", "j", "ja")


def _export(given: argparse.Namespace) -> int:
    chosen = settings.load()
    must_exist(chosen)

    async def work(db):
        return await db.read(store.contents)

    known = with_database(chosen, work)
    with given.file.open("x", encoding="utf-8") as file:
        file.write(_HEAD + ("services:\n" if known else "services: []\n"))
        for entry in directory_import.in_file(known):
            file.write(yaml.dump([entry], Dumper=_DUMPER, allow_unicode=True, sort_keys=False, width=120))
    print(f"{given.file}: {len(known)} services")
    return 0


_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Bar:
    """A bar on the terminal for work that may take a while; nothing where nobody watches."""

    WIDTH = 30

    def __init__(self, words: str) -> None:
        self._words = words
        self._at = -1
        self._seen = sys.stderr.isatty()

    def __call__(self, part: float) -> None:
        at = int(part * self.WIDTH)
        if self._seen and at != self._at:
            self._at = at
            bar = "█" * at + "·" * (self.WIDTH - at)
            print(f"\r{self._words} {bar} {part:4.0%}", end="", file=sys.stderr, flush=True)

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *failed: object) -> None:
        self.end()

    def end(self) -> None:
        """Leave the line free for what comes next."""
        if self._at >= 0:
            print(f"\r{' ' * (len(self._words) + self.WIDTH + 6)}\r", end="", file=sys.stderr, flush=True)
            self._at = -1

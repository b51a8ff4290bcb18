"""The command line, ``zoturi`` or ``python -m zoturi``: a room for each group of commands, gathered here.

Exit status 0 done, 1 refused with one clear line on stderr, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys

from zoturi import __version__
from zoturi.cli import care, copies, own_site, routing, services, serving, workers
from zoturi.cli.ground import Refused
from zoturi.domain.refusals import Refusal
from zoturi.settings import SettingsError
from zoturi.site_files import SiteError
from zoturi.store.opening import OpeningError

_DESCRIPTION = "A chat, a live queue and a desk for young people and families who ask for help."


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit status."""
    given = _parser().parse_args(arguments)
    try:
        return given.run(given) or 0
    except (Refused, SettingsError, OpeningError, SiteError) as problem:
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
    for room in (serving, workers, copies, care, own_site, routing, services):
        room.offer(commands)
    return parser


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

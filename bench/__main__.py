"""`python -m bench`: start the product and two bare relays, drive all alike, print a table, keep the figures."""

import argparse
import json
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench import (
    crowd,
    curves,
    desk,
    growth,
    help,
    many,
    measures,
    pages,
    picture,
    screening,
    services,
    survival,
    visits,
)
from bench.processes import ROOT, cores
from bench.product import Product
from bench.results import Report, about_machine
from bench.servers import Relay, Server

SHARED = ("throughput", "latency")  # servers that all these share
MEASURES = (
    *SHARED, "pages", "screening", "visits", "services", "memory", "survival", "desk", "start", "many", "crowd",
    "growth", "curves", "help",
)  # fmt: skip
LONG = ("growth", "curves", "help")  # what `--quick` leaves out
NEED_RELAYS = {"throughput", "latency", "memory"}
NEED_PRODUCT = {*SHARED, "pages", "screening", "visits", "services"}
PICTURE = ROOT / "docs" / "speed.svg"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"one short round each, without {', '.join(LONG)}")
    parser.add_argument("--only", default="", metavar="A,B", help=f"some of: {', '.join(MEASURES)}")
    parser.add_argument("--relays-only", action="store_true", help="the two relays without the product")
    parser.add_argument("--json", type=Path, default=ROOT / "bench" / "out" / "latest.json", metavar="FILE")
    parser.add_argument("--picture", action="store_true", help="measure nothing: draw docs/speed.svg from the figures "
                        "of --json, as every full run does at its end")  # fmt: skip
    given = parser.parse_args()
    given.only = [name.strip() for name in given.only.split(",") if name.strip()]
    if unknown := set(given.only) - set(MEASURES):
        parser.error(f"no such measure: {', '.join(sorted(unknown))}")
    return given


def chosen(given: argparse.Namespace) -> list[str]:
    names = given.only or [name for name in MEASURES if not (given.quick and name in LONG)]
    return [name for name in names if name in NEED_RELAYS] if given.relays_only else names


def makers(core: int, *, relays_only: bool) -> dict[str, measures.Make]:
    """How each server of a comparison is started."""
    product: dict[str, measures.Make] = {
        Product.name: lambda place: Product(core=core, folder=place),
        measures.UNSTORED: lambda place: Product(
            core=core, folder=place, name=measures.UNSTORED, module="bench.unstored"
        ),
    }
    relays: dict[str, measures.Make] = {
        "stock relay": lambda place: Relay.socketio(core, place),
        "ws relay": lambda place: Relay.websocket(core, place),
    }
    return relays if relays_only else product | relays


def run(report: Report, given: argparse.Namespace, folder: Path) -> None:
    """All chosen measures; each failure is told and the others go on."""
    effort, names, core = measures.QUICK if given.quick else measures.FULL, chosen(given), cores()[0]
    report.machine = about_machine(folder)
    ways = makers(core, relays_only=given.relays_only)
    stored = {name: make for name, make in ways.items() if name != measures.UNSTORED}
    shared(report, given, folder, ways)
    # Alone on the machine: the servers above have ended.
    steps: dict[str, Callable[[], None]] = {
        "memory": lambda: measures.memory(report, stored, folder, effort),
        "survival": lambda: survival.survival(report, folder, effort),
        "desk": lambda: desk.desk(report, folder, given.quick),
        "start": lambda: measures.start(report, folder, effort),
        "many": lambda: many.many(report, folder, effort),
        "crowd": lambda: crowd.crowd(report, folder, effort),
        "growth": lambda: growth.growth(report, folder, effort),
        "curves": lambda: curves.curves(report, folder, effort),
        "help": lambda: help.help_button(report, folder),
    }
    for name in names:
        if name in steps:
            attempt(report, name, steps[name])


def shared(report: Report, given: argparse.Namespace, folder: Path, ways: dict[str, measures.Make]) -> None:
    """The measures that share their servers, so that they stand beside one another."""
    effort, names = measures.QUICK if given.quick else measures.FULL, chosen(given)
    with ExitStack() as stack:
        servers: dict[str, Server] = {}
        for name, make in ways.items():
            if name == Product.name:
                needed = NEED_PRODUCT
            else:
                needed = {"throughput"} if name == measures.UNSTORED else set(SHARED)
            if needed & set(names):
                place = folder / name.replace(" ", "-")
                place.mkdir()
                try:
                    servers[name] = make(place)
                except Exception as problem:  # noqa: BLE001 - without it the others still say something
                    report.doubts.append(f"{name} did not start: {problem}")
                    report.failed.append(name)
                else:
                    stack.callback(servers[name].end)
        product = servers.get(Product.name)
        timed = [server for name, server in servers.items() if name != measures.UNSTORED]
        steps: dict[str, Callable[[], None]] = {
            "throughput": lambda: measures.throughput(report, list(servers.values()), effort),
            "latency": lambda: measures.latency(report, timed, effort),
            "pages": lambda: pages.pages(report, product),
            "screening": lambda: screening.screening(report, product, given.quick),
            "visits": lambda: visits.visits(report, product, effort),
            "services": lambda: services.services(report, product, given.quick),
        }
        for name in names:
            if name in steps:
                attempt(report, name, steps[name])


def attempt(report: Report, name: str, step: Callable[[], None]) -> None:
    began = time.perf_counter()
    print(f"  {name} …", end="", flush=True, file=sys.stderr)
    try:
        step()
    except Exception as problem:  # noqa: BLE001 - one measure that fails must not cost the others
        report.doubts.append(f"{name} was not measured: {type(problem).__name__}: {problem}")
        report.failed.append(name)
        print(" failed,", end="", file=sys.stderr)
    print(f" {time.perf_counter() - began:.0f} s", file=sys.stderr)


def stop(signum: int, frame: object) -> None:
    raise SystemExit(128 + signum)  # so that every server is ended on the way out


def measure(given: argparse.Namespace) -> Report:
    signal.signal(signal.SIGTERM, stop)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # Not the system's temporary folder: that is often memory, where a durable write costs nothing.
    out = ROOT / "bench" / "out"
    out.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=out))
    report = Report()
    try:
        run(report, given, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return report


def main() -> int:
    given = arguments()
    if given.picture:
        PICTURE.write_text(picture.draw(json.loads(given.json.read_text())))
        return 0
    report = measure(given)
    print()
    print(", ".join(f"{key} {value}" for key, value in report.machine.items() if key not in ("libraries", "at")))
    print()
    print(report.table())
    report.write(given.json)
    if not (given.quick or given.only or given.relays_only or report.failed):
        PICTURE.write_text(picture.draw(json.loads(given.json.read_text())))
        print(f"\nThe picture of it stands in {PICTURE.relative_to(ROOT)}.")
    return 1 if report.missed or report.failed or not report.rows else 0


if __name__ == "__main__":
    sys.exit(main())

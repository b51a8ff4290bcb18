"""`python -m bench`: start the product and two bare relays, drive all three alike, print a table, keep the figures."""

import argparse
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench import desk, growth, help, many, measures, pages, screening, services
from bench.processes import ROOT, cores
from bench.product import Product
from bench.results import Report, about_machine
from bench.servers import Relay, Server

MEASURES = (
    "throughput",
    "latency",
    "memory",
    "pages",
    "screening",
    "services",
    "desk",
    "start",
    "growth",
    "many",
    "help",
)
NEED_RELAYS = {"throughput", "latency", "memory"}
NEED_PRODUCT = NEED_RELAYS | {"pages", "screening", "services"}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute: one round each, without growth")
    parser.add_argument("--only", default="", metavar="A,B", help=f"some of: {', '.join(MEASURES)}")
    parser.add_argument("--relays-only", action="store_true", help="the two relays without the product")
    parser.add_argument("--json", type=Path, default=ROOT / "bench" / "out" / "latest.json", metavar="FILE")
    given = parser.parse_args()
    given.only = [name.strip() for name in given.only.split(",") if name.strip()]
    if unknown := set(given.only) - set(MEASURES):
        parser.error(f"no such measure: {', '.join(sorted(unknown))}")
    return given


def chosen(given: argparse.Namespace) -> list[str]:
    names = given.only or [name for name in MEASURES if not (given.quick and name in ("growth", "help"))]
    return [name for name in names if name in ("throughput", "latency", "memory")] if given.relays_only else names


def run(report: Report, given: argparse.Namespace, folder: Path) -> None:
    """All chosen measures; each failure is told and the others go on."""
    effort, names, core = measures.QUICK if given.quick else measures.FULL, chosen(given), cores()[0]
    report.machine = about_machine(folder)
    with ExitStack() as stack:
        servers: list[Server] = []
        product = None
        if not given.relays_only and NEED_PRODUCT & set(names):
            place = folder / "product"
            place.mkdir()
            product = Product(core=core, folder=place)
            stack.callback(product.end)
            servers.append(product)
        if NEED_RELAYS & set(names):
            for make in (Relay.socketio, Relay.websocket):
                servers.append(relay := make(core, folder))
                stack.callback(relay.end)
        steps: dict[str, Callable[[], None]] = {
            "throughput": lambda: measures.throughput(report, servers, effort),
            "latency": lambda: measures.latency(report, servers, effort),
            "memory": lambda: measures.memory(report, servers, effort),
            "pages": lambda: pages.pages(report, product) if product else None,
            "screening": lambda: screening.screening(report, product, given.quick) if product else None,
            "services": lambda: services.services(report, product, given.quick) if product else None,
        }
        for name in names:
            if name in steps:
                attempt(report, name, steps[name])
    # Alone on the machine: the servers above have ended.
    if "desk" in names:
        attempt(report, "desk", lambda: desk.desk(report, folder, given.quick))
    if "start" in names:
        attempt(report, "start", lambda: measures.start(report, folder, effort))
    if "many" in names:
        attempt(report, "many", lambda: many.many(report, folder, effort))
    if "growth" in names:
        attempt(report, "growth", lambda: growth.growth(report, folder, effort))
    if "help" in names:
        attempt(report, "help", lambda: help.help_button(report, folder))


def attempt(report: Report, name: str, step: Callable[[], None]) -> None:
    began = time.perf_counter()
    print(f"  {name} …", end="", flush=True, file=sys.stderr)
    try:
        step()
    except (RuntimeError, OSError) as problem:
        report.doubts.append(f"{name} was not measured: {problem}")
    print(f" {time.perf_counter() - began:.0f} s", file=sys.stderr)


def stop(signum: int, frame: object) -> None:
    raise SystemExit(128 + signum)  # so that every server is ended on the way out


def main() -> int:
    given = arguments()
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
    except RuntimeError as problem:
        print(f"bench: {problem}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print()
    print(", ".join(f"{key} {value}" for key, value in report.machine.items() if key not in ("libraries", "at")))
    print()
    print(report.table())
    report.write(given.json)
    return 1 if report.missed or not report.rows else 0


if __name__ == "__main__":
    sys.exit(main())

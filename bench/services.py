"""The service directory with ten thousand services: the import beside a talk, then searches in people's own words."""

import itertools
import subprocess
import sys
import time
import urllib.parse
import uuid
from collections.abc import Iterator
from pathlib import Path

import yaml

from bench.processes import ROOT
from bench.product import Product, ask
from bench.results import Report
from bench.screening import drive
from bench.sockets import Loop

SERVICES = 10_000
PER_CORE, P99_MS = 300, 60  # from the issue
IMPORT_SECONDS, DELAY_MS = 20, 100
SECONDS = {"quick": 3.0, "full": 10.0}
BETWEEN_MESSAGES = 0.02
MESSAGES_BEFORE = 200
SEARCHES = (
    {"q": "mua kiusataan koulussa"},
    {"q": "rahat loppu", "area": "lainela"},
    {"q": "isä juo ja äiti huutaa", "age_group": "13-17"},
    {"topic": "violence"},
    {"q": "jag har inga vänner", "language": "sv"},
    {"topic": "mood", "area": "lumikyla", "age_group": "18-24"},
    {"q": "depresed and anxious"},
    {"q": "vauva ei nuku öisin", "area": "lainela", "topic": "parenting"},
    {},
    {"language": "ar", "topic": "family"},
)


def services(report: Report, product: Product, quick: bool) -> None:
    """Import a large directory while somebody writes, then search it again and again."""
    file = product.folder / "services.yaml"
    _write(file, SERVICES)
    seconds, delays, before = _import_beside_a_talk(product, file)
    report.raw["services import"] = {"seconds": seconds, "longest": max(delays), "longest_before": max(before)}
    # Where a message waits long without any import, the machine has no time, and nothing can be said of the import.
    busy = 1000 * max(before) > DELAY_MS / 3
    report.add("services", f"import of {SERVICES:,} services", seconds, "s", at_most=IMPORT_SECONDS, disturbed=busy)
    report.add("services", "a message during the import: longest delay", 1000 * max(delays), "ms", at_most=DELAY_MS,
               disturbed=busy)  # fmt: skip
    _await_index(product)
    done, delays, cpu, spent, disturbed = drive(product, _requests(product), SECONDS["quick" if quick else "full"])
    delays.sort()
    report.raw["services"] = {"requests": done, "seconds": spent, "cpu_seconds": cpu}
    report.add("services", "searches for each second of a core", done / cpu, "1/s", at_least=PER_CORE,
               disturbed=disturbed)  # fmt: skip
    report.add("services", "search with 8 clients at once: p99", 1000 * delays[int(0.99 * len(delays))], "ms",
               at_most=P99_MS, disturbed=disturbed)  # fmt: skip


def _write(file: Path, count: int) -> None:
    """The demo's services over and over, each with a name and hours of its own."""
    source = ROOT / "src" / "zoturi" / "content" / "demo" / "services.yaml"
    loader, dumper = getattr(yaml, "CSafeLoader", yaml.SafeLoader), getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    known = yaml.load(source.read_text(encoding="utf-8"), loader)["services"]
    with file.open("w", encoding="utf-8") as out:
        out.write("services:\n")
        for number in range(count):
            entry = dict(known[number % len(known)])
            entry["id"] += f"-{number}"
            entry["checked_on"] = str(entry["checked_on"])
            entry["name"] = {code: f"{name} {number}" for code, name in entry["name"].items()}
            if isinstance(entry.get("hours"), list):
                minute = number // len(known) % 60
                entry["hours"] = [row | {"opens": f"7:{minute:02d}", "closes": "20:00"} for row in entry["hours"]]
            out.write(yaml.dump([entry], Dumper=dumper, allow_unicode=True, sort_keys=False))


def _import_beside_a_talk(product: Product, file: Path) -> tuple[float, list[float], list[float]]:
    """Seconds of the import, how long each message took meanwhile, and how long before."""
    loop = Loop()
    product.prepare(1)
    contact = product.contact_ids(range(1))[0]
    visitor = product.link(loop, "/visitor", product.links_of(range(1))[0]["headers"])
    ask(visitor, "watch_mine", {})

    def say() -> float:
        asked = time.perf_counter()
        ask(visitor, "send_message", {"contact_id": contact, "client_id": str(uuid.uuid4()), "text": "hi"})
        took = time.perf_counter() - asked
        time.sleep(BETWEEN_MESSAGES)
        return took

    before = [say() for _ in range(MESSAGES_BEFORE)]
    command = [sys.executable, "-m", "zoturi", "services", "import", str(file), "--yes"]
    began, delays = time.perf_counter(), []
    with subprocess.Popen(command, env=product.env, cwd=product.folder, stdout=subprocess.DEVNULL) as running:
        while running.poll() is None:
            delays.append(say())
    seconds = time.perf_counter() - began
    loop.close()
    if running.returncode:
        raise RuntimeError(f"the import ended with {running.returncode}")
    return seconds, delays, before


def _await_index(product: Product) -> None:
    """Until the server has read the new directory."""
    for _ in range(240):
        if str(SERVICES).encode()[:2] in product.request("GET", "/en/services")[2].partition(b'id="found"')[2][:60]:
            return
        time.sleep(0.25)
    raise RuntimeError("the server did not read the new directory within a minute")


def _requests(product: Product) -> Iterator[bytes]:
    made = []
    for fields in SEARCHES:
        content = urllib.parse.urlencode(fields).encode()
        head = (
            f"POST /fi/services HTTP/1.1\r\nHost: 127.0.0.1:{product.port}\r\nSec-Fetch-Site: same-origin\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        made.append(head.encode() + content)
    return itertools.cycle(made)

"""The measures. Each takes the servers, drives them, and adds its rows; a measure never starts the relays itself."""

import shutil
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.processes import cores, cpu_seconds, drive, resident_kib
from bench.product import Product
from bench.results import Report, interleaved, middle
from bench.servers import Server

CONVERSATIONS = 50
RATE = 200  # messages a second at which delivery is timed
RATES = (500, 2000)
UNSTORED = "zoturi without storing"
Make = Callable[[Path], Server]
DISTURBED = 0.15  # of the server's core, taken by others


@dataclass(frozen=True)
class Effort:
    """How long and how often: the full run, or `--quick`."""

    rounds: int
    seconds: float
    paced_seconds: float
    idle_connections: int
    starts: int
    crowd_seconds: float


FULL = Effort(rounds=3, seconds=5, paced_seconds=6, idle_connections=1000, starts=3, crowd_seconds=300)
QUICK = Effort(rounds=1, seconds=3, paced_seconds=5, idle_connections=300, starts=1, crowd_seconds=30)


def job_for(server: Server, links: list[dict], mode: str, seconds: float, **more: object) -> dict:
    server_core, load_core = cores()
    return {
        "mode": mode,
        "port": server.port,
        "path": server.path,
        "links": links,
        "server": server.pid,
        "server_core": server_core,
        "load_core": load_core,
        "warm_up": 1.0,
        "seconds": seconds,
        **more,
    }


def note_doubts(report: Report, what: str, runs: dict[str, list[dict]]) -> bool:
    """Say what makes a figure less than it seems: lost or refused messages, a disturbed core, a load at its limit.

    True when others had so much of the server's core that speeds and delays mean nothing.
    """
    disturbed = False
    for name, some in runs.items():
        for key, words in (
            ("missing", "messages never delivered"),
            ("unanswered", "messages never acknowledged"),
            ("duplicates", "delivered twice"),
            ("lost_connections", "connections lost"),
        ):
            if lost := sum(run[key] for run in some):
                report.doubts.append(f"{what}, {name}: {lost} {words}")
        for run in some:
            for reason, times in run["refused"].items():
                report.doubts.append(f"{what}, {name}: {times} refused: {reason}")
        if (others := max(run["server_core_taken_by_others"] for run in some)) > 0.05:
            report.doubts.append(f"{what}, {name}: other processes took up to {others:.0%} of the server's core")
        disturbed = disturbed or middle(some, "server_core_taken_by_others") > DISTURBED
        if (load := max(run["load_core_used"] for run in some)) > 0.95:
            report.doubts.append(f"{what}, {name}: the load itself was at its limit ({load:.0%} of its core)")
    return disturbed


def throughput(report: Report, servers: Sequence[Server], effort: Effort) -> None:
    """Messages a second at saturation: each side of 50 conversations always has one message under way."""
    by_name = {server.name: server for server in servers}

    def run(name: str) -> dict:
        server = by_name[name]
        return drive(job_for(server, server.links(CONVERSATIONS), "saturate", effort.seconds), limit=90)

    runs = interleaved(list(by_name), effort.rounds, run)
    report.raw["throughput"] = runs
    disturbed = note_doubts(report, "throughput", runs)
    for name, some in runs.items():
        stored = ", stored durably first" if name == Product.name else ""
        report.add("throughput", f"{name}: messages at saturation{stored}", middle(some, "per_second"), "/s",
                   cpu=middle(some, "cpu_ms_per_1000"))  # fmt: skip
    if Product.name not in runs:
        return

    def over(name: str, figure: str = "per_second") -> float:
        """Median of the rounds' own ratios: what slows a whole round down does not touch it."""
        pairs = zip(runs[Product.name], runs[name], strict=True)
        return statistics.median(ours[figure] / theirs[figure] for ours, theirs in pairs)

    cpu = middle(runs[Product.name], "cpu_ms_per_1000")
    for name, unit, must, goal in (
        ("stock relay", "×", 2.0, 3.0), ("ws relay", "%", 16, 25), (UNSTORED, "%", 40, 60),
    ):  # fmt: skip
        if name in runs:
            beside = f"the {name}" if "relay" in name else "itself without storing"
            report.add("throughput", f"durable messages, over {beside}",
                       over(name) * (100 if unit == "%" else 1), unit,
                       at_least=must, goal=goal, cpu=cpu, disturbed=disturbed)  # fmt: skip
    if "stock relay" in runs:
        by_cpu = 1 / over("stock relay", "cpu_ms_per_1000")
        report.add("throughput", "… over the stock relay, by processor time alone", by_cpu, "×")


def latency(report: Report, servers: Sequence[Server], effort: Effort) -> None:
    """Milliseconds from send to delivery at the other side, at fixed rates over 50 conversations."""
    by_name = {server.name: server for server in servers}
    for rate in RATES:

        def run(name: str, rate: int = rate) -> dict:
            server, seconds = by_name[name], effort.paced_seconds
            return drive(job_for(server, server.links(CONVERSATIONS), "paced", seconds, rate=rate), limit=90)

        runs = interleaved(list(by_name), effort.rounds, run)
        report.raw[f"latency at {rate}"] = runs
        disturbed = note_doubts(report, f"latency at {rate}/s", runs)
        for name, some in runs.items():
            ours, cpu = name == Product.name, middle(some, "cpu_ms_per_1000")
            for figure, must, goal in (("p50", 1.5, 0.6), ("p99", 6, 2.5)):
                report.add("latency", f"{name}: delivery {figure} at {rate:,}/s".replace(",", " "),
                           middle(some, "delivery_ms", figure), "ms", at_most=must if ours else None,
                           goal=goal if ours else None, cpu=cpu, disturbed=disturbed)  # fmt: skip
            if ours:
                report.add("latency", f"{name}: acknowledged p99 at {rate:,}/s".replace(",", " "),
                           middle(some, "ack_ms", "p99"), "ms")  # fmt: skip


def memory(report: Report, makers: Mapping[str, Make], folder: Path, effort: Effort) -> None:
    """Memory of an idle, joined connection whose client offers to deflate, as browsers do, and what joining costs.

    Servers are fresh each time: one that let connections go keeps their memory, and the next would seem to need none.
    """
    first = 50

    def run(name: str) -> dict:
        place = folder / f"memory-{time.monotonic_ns()}"
        place.mkdir()
        server = makers[name](place)
        try:
            links = server.idle_links(first + effort.idle_connections)
            return drive(job_for(server, links, "hold", 0, first=first), limit=120)
        finally:
            server.end()
            shutil.rmtree(place, ignore_errors=True)

    runs = interleaved(list(makers), effort.rounds, run)
    report.raw["memory"] = runs
    for name, some in runs.items():
        ours = name == Product.name
        report.add("memory", f"{name}: idle connection that offers deflate", middle(some, "kib_each"), "KiB",
                   at_most=32 if ours else None, goal=26 if ours else None)  # fmt: skip
        if ours:
            spent = middle(some, "connect_cpu_ms")
            report.add("memory", f"{name}: connect, authenticate and watch, for each second of a core", 1000 / spent,
                       "/s", at_least=600, goal=1000, cpu=1000 * spent)  # fmt: skip
        if lost := sum(run["lost"] for run in some):
            report.doubts.append(f"memory, {name}: {lost} connections were closed by the server")


def start(report: Report, folder: Path, effort: Effort) -> None:
    """Seconds from the command to ready: with an empty data folder (migration, keys, demo) and with a filled one."""
    empty, again, idle, spent = [], [], [], []
    for turn in range(effort.starts):
        place = folder / f"start{turn}"
        place.mkdir()
        began = time.perf_counter()
        product = Product(core=cores()[0], folder=place)
        empty.append(time.perf_counter() - began)
        spent.append(cpu_seconds(product.pid))
        product.end()
        again.append(product.start())
        time.sleep(2)
        idle.append(resident_kib(product.pid) / 1024)
        product.end()
        shutil.rmtree(place)
    report.raw["start"] = {"empty": empty, "again": again, "idle_mib": idle, "empty_cpu": spent}
    report.add("start", "start to ready, empty data folder", statistics.median(empty), "s", at_most=3)
    report.add("start", "… processor time of it", statistics.median(spent), "s")
    report.add("start", "start to ready, data already there", statistics.median(again), "s", at_most=3)
    report.add("start", "memory at rest, nobody connected", statistics.median(idle), "MiB", at_most=110)

"""The measures. Each takes the servers, drives them, and adds its rows; a measure never starts the relays itself."""

import shutil
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.processes import cores, cpu_seconds, drive, resident_kib
from bench.product import Product
from bench.results import Report, interleaved, middle
from bench.servers import Server

CONVERSATIONS = 50
RATE = 200  # messages a second at which delivery is timed
DISTURBED = 0.15  # of the server's core, taken by others


@dataclass(frozen=True)
class Effort:
    """How long and how often: the full run, or `--quick`."""

    rounds: int
    seconds: float
    paced_seconds: float
    idle_connections: int
    starts: int
    stored: int


FULL = Effort(rounds=3, seconds=5, paced_seconds=8, idle_connections=1000, starts=3, stored=1_000_000)
QUICK = Effort(rounds=1, seconds=3, paced_seconds=5, idle_connections=300, starts=1, stored=0)


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
    rate = {name: middle(some, "per_second") for name, some in runs.items()}
    cpu = {name: middle(some, "cpu_ms_per_1000") for name, some in runs.items()}
    for name in rate:
        stored = ", stored durably first" if name == Product.name else ""
        report.add("throughput", f"{name}: messages at saturation{stored}", rate[name], "/s")
    if Product.name in rate:
        ours = rate[Product.name]
        if "stock relay" in rate:
            report.add(
                "throughput",
                "zoturi over the stock relay",
                ours / rate["stock relay"],
                "×",
                at_least=0.7,
                disturbed=disturbed,
            )
        if "ws relay" in rate:
            report.add("throughput", "zoturi over the ws relay", 100 * ours / rate["ws relay"], "%")
    if Product.name in cpu and "stock relay" in cpu:
        ratio = cpu["stock relay"] / cpu[Product.name]
        report.add("cpu", "zoturi over the stock relay by processor time alone", ratio, "×")
    for name in cpu:
        report.add("cpu", f"{name}: processor time for 1,000 messages", cpu[name], "ms")


def latency(report: Report, servers: Sequence[Server], effort: Effort) -> None:
    """Milliseconds from send to delivery at the other side, at a fixed 200 messages a second over 50 conversations."""
    by_name = {server.name: server for server in servers}

    def run(name: str) -> dict:
        server = by_name[name]
        return drive(job_for(server, server.links(CONVERSATIONS), "paced", effort.paced_seconds, rate=RATE), limit=90)

    runs = interleaved(list(by_name), effort.rounds, run)
    report.raw["latency"] = runs
    disturbed = note_doubts(report, "latency", runs)
    for name, some in runs.items():
        ours = name == Product.name
        p50, p99 = middle(some, "delivery_ms", "p50"), middle(some, "delivery_ms", "p99")
        report.add(
            "latency", f"{name}: delivery p50 at {RATE}/s", p50, "ms", at_most=3 if ours else None, disturbed=disturbed
        )
        report.add(
            "latency", f"{name}: delivery p99 at {RATE}/s", p99, "ms", at_most=15 if ours else None, disturbed=disturbed
        )
        if ours:
            report.add("latency", f"{name}: acknowledged p50 at {RATE}/s", middle(some, "ack_ms", "p50"), "ms")
            report.add("latency", f"{name}: acknowledged p99 at {RATE}/s", middle(some, "ack_ms", "p99"), "ms")


def memory(report: Report, servers: Sequence[Server], effort: Effort) -> None:
    """Memory of an idle, joined connection whose client offers to deflate, as browsers do."""
    first = 50
    for server in servers:
        links = server.idle_links(first + effort.idle_connections)
        found = drive(job_for(server, links, "hold", 0, first=first), limit=120)
        report.raw.setdefault("memory", {})[server.name] = found  # type: ignore[attr-defined]
        ours = server.name == Product.name
        report.add(
            "memory",
            f"{server.name}: idle connection that offers deflate",
            found["kib_each"],
            "KiB",
            at_most=40 if ours else None,
        )
        if ours:
            report.add(
                "memory",
                f"{server.name}: connect, authenticate and watch, processor time",
                found["connect_cpu_ms"],
                "ms",
            )
        if found["lost"]:
            report.doubts.append(f"memory, {server.name}: {found['lost']} connections were closed by the server")


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

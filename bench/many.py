"""Two processes on one PostgreSQL and one Redis: every visitor at one of them, every worker at the other."""

import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

from bench.measures import CONVERSATIONS, RATE, Effort, job_for
from bench.processes import cores, drive, free_port
from bench.product import Product
from bench.results import Report, middle
from tests.needs import postgres_database, postgres_server, redis_program


def many(report: Report, folder: Path, effort: Effort) -> None:
    """Delivery across processes at a fixed rate, and messages at saturation; beside it one process on PostgreSQL."""
    program = redis_program()
    with ExitStack() as stack:
        redis = free_port()
        child = subprocess.Popen(
            [program, "--port", str(redis), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
            cwd=folder, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        stack.callback(child.wait)
        stack.callback(child.terminate)
        database = stack.enter_context(postgres_database(stack.enter_context(postgres_server())))
        one, other = _products(stack, folder, database, f"redis://127.0.0.1:{redis}/0")
        time.sleep(2)  # until each hears the other
        links = one.links(CONVERSATIONS)
        apart = [link | ({"port": other.port} if link["side"] == "w" else {}) for link in links]
        for name, chosen in (("one process on PostgreSQL", links), ("two processes", apart)):
            fast = [drive(job_for(one, chosen, "saturate", effort.seconds), limit=90) for _ in range(effort.rounds)]
            paced = [drive(job_for(one, chosen, "paced", effort.paced_seconds, rate=RATE), limit=90)
                     for _ in range(effort.rounds)]  # fmt: skip
            report.raw[f"many: {name}"] = {"saturate": fast, "paced": paced}
            for kind, runs in (("saturation", fast), (f"{RATE}/s", paced)):
                for trouble in ("missing", "unanswered", "duplicates", "lost_connections"):
                    if lost := sum(run[trouble] for run in runs):
                        report.doubts.append(f"many, {name} at {kind}: {lost} {trouble}")
            report.add("many", f"{name}: messages at saturation", middle(fast, "per_second"), "/s")
            report.add("many", f"{name}: delivery p50 at {RATE}/s", middle(paced, "delivery_ms", "p50"), "ms")
            report.add("many", f"{name}: delivery p99 at {RATE}/s", middle(paced, "delivery_ms", "p99"), "ms")
            report.add("many", f"{name}: acknowledged p99 at {RATE}/s", middle(paced, "ack_ms", "p99"), "ms")


def _products(stack: ExitStack, folder: Path, database: str, redis: str) -> list[Product]:
    """Two processes over one data folder (so, one key folder) and one database, each at both origins."""
    place = folder / "many"
    place.mkdir()
    ports = [free_port(), free_port()]
    settings = {
        "ZOTURI_DATABASE_URL": database,
        "ZOTURI_REDIS_URL": redis,
        "ZOTURI_PUBLIC_URL": ",".join(f"http://127.0.0.1:{port}" for port in ports),
    }
    found = []
    for port in ports:
        found.append(Product(core=cores()[0], folder=place, port=port, **settings))
        stack.callback(found[-1].end)
    return found

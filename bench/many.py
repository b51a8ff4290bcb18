"""Two processes on one PostgreSQL and one Redis: every visitor at one of them, every worker at the other.

The processes may use every core, as they may where they are deployed. Pinned to one core together they would measure
what that core does; pinned to one each, one of them would stand beside the load and the database and be measured with
them.
"""

import os
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

from bench.measures import CONVERSATIONS, RATE, Effort, job_for
from bench.processes import cores, cpu_seconds, drive, free_port
from bench.product import Product
from bench.results import Report, middle
from tests.needs import postgres_database, postgres_server, redis_program

FAST = 2000  # messages a second of which the delivery across processes is judged
APART = "two processes"


def many(report: Report, folder: Path, effort: Effort) -> None:
    """Delivery across processes at fixed rates, and messages at saturation; beside it one process on PostgreSQL."""
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
        for name, chosen in (("one process on PostgreSQL", links), (APART, apart)):
            serving = (one, other) if name == APART else (one,)
            jobs = {"saturation": job_for(one, chosen, "saturate", effort.seconds)} | {
                f"{rate}/s": job_for(one, chosen, "paced", effort.paced_seconds, rate=rate) for rate in (RATE, FAST)
            }
            runs = {kind: [_run(job, serving) for _ in range(effort.rounds)] for kind, job in jobs.items()}
            report.raw[f"many: {name}"] = runs
            _tell(report, name, runs)


def _run(job: dict, serving: tuple[Product, ...]) -> dict:
    """One run, with the processor time of all processes that serve, from the first connection to the last answer."""
    before = [cpu_seconds(each.pid) for each in serving]
    found = drive(job, limit=90)
    spent = sum(cpu_seconds(each.pid) for each in serving) - sum(before)
    return found | {"cpu_ms_per_1000": 1e6 * spent / max(1, found["messages"])}


def _tell(report: Report, name: str, runs: dict[str, list[dict]]) -> None:
    for kind, some in runs.items():
        for trouble in ("missing", "unanswered", "duplicates", "lost_connections"):
            if lost := sum(run[trouble] for run in some):
                report.doubts.append(f"many, {name} at {kind}: {lost} {trouble}")
    judged = name == APART
    fast = runs["saturation"]
    least, goal = (4000, 8000) if judged else (None, None)
    report.add("many", f"{name}: messages at saturation", middle(fast, "per_second"), "/s", at_least=least, goal=goal,
               cpu=middle(fast, "cpu_ms_per_1000"))  # fmt: skip
    for rate in (RATE, FAST):
        paced, bound = runs[f"{rate}/s"], judged and rate == FAST
        cpu = middle(paced, "cpu_ms_per_1000")
        report.add("many", f"{name}: delivery p50 at {rate}/s", middle(paced, "delivery_ms", "p50"), "ms", cpu=cpu)
        report.add("many", f"{name}: delivery p99 at {rate}/s", middle(paced, "delivery_ms", "p99"), "ms", cpu=cpu,
                   at_most=25 if bound else None, goal=12 if bound else None)  # fmt: skip
        report.add("many", f"{name}: acknowledged p99 at {rate}/s", middle(paced, "ack_ms", "p99"), "ms", cpu=cpu)


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
        _let_loose(found[-1].pid)
    return found


def _let_loose(pid: int) -> None:
    """All threads of a process may run on every core."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), os.sched_getaffinity(0))

"""What a run found: rows with their targets, printed as one aligned table and kept as JSON."""

import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = ("python-socketio", "python-engineio", "aiohttp", "SQLAlchemy", "PyNaCl", "orjson")


@dataclass(frozen=True)
class Row:
    """One figure. `must` is what is demanded of it, or None where it only informs; `goal` is what we would like."""

    group: str
    what: str
    value: float
    unit: str
    must: str | None = None
    met: bool | None = None  # None with a `must`: the run was too disturbed to judge
    goal: str | None = None
    goal_met: bool | None = None
    cpu: float | None = None  # the server's processor time for 1,000 of them, in ms

    @property
    def verdict(self) -> str:
        if self.must is None:
            return ""
        if self.met and self.goal_met:
            return "met, goal too"
        return {True: "met", False: "NOT MET", None: "not judged"}[self.met]


@dataclass
class Report:
    """All rows of a run, its doubts, and the raw measurements behind them."""

    rows: list[Row] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)  # measures that could not be made
    raw: dict[str, object] = field(default_factory=dict)
    machine: dict[str, object] = field(default_factory=dict)

    def add(
        self,
        group: str,
        what: str,
        value: float,
        unit: str,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
        goal: float | None = None,
        cpu: float | None = None,
        disturbed: bool = False,
    ) -> None:
        """A row; with a bound it is also judged, unless the run was `disturbed`. What is not a number meets nothing."""

        def judge(bound: float | None) -> tuple[str | None, bool | None]:
            if bound is None or (at_least is None and at_most is None):
                return None, None
            sign, met = ("≥", value >= bound) if at_least is not None else ("≤", value <= bound)
            return f"{sign} {bound:,.10g}".replace(",", " "), None if disturbed else met

        must, goals = judge(at_most if at_least is None else at_least), judge(goal)
        self.rows.append(Row(group, what, value, unit, *must, *goals, cpu))

    @property
    def missed(self) -> list[Row]:
        return [row for row in self.rows if row.met is False]

    def table(self) -> str:
        cells = [("measure", "value", "unit", "CPU ms/1,000", "must", "goal", "")]
        for row in self.rows:
            cpu = "" if row.cpu is None else number(row.cpu)
            cells.append((row.what, number(row.value), row.unit, cpu, row.must or "", row.goal or "", row.verdict))
        widths = [max(len(line[column]) for line in cells) for column in range(7)]
        lines = [self._line(cells[0], widths), "  ".join("─" * width for width in widths)]
        before = self.rows[0].group if self.rows else ""
        for row, line in zip(self.rows, cells[1:], strict=True):
            if row.group != before:
                lines.append("")
            before = row.group
            lines.append(self._line(line, widths))
        lines += ["", *(f"! {doubt}" for doubt in self.doubts)]
        asked = [row for row in self.rows if row.must]
        if asked:
            met, open_ones = sum(row.met is True for row in asked), sum(row.met is None for row in asked)
            unjudged = f", {open_ones} not judged because the machine was busy" if open_ones else ""
            wished = [row for row in self.rows if row.goal]
            goals = f", {sum(row.goal_met is True for row in wished)} of {len(wished)} goals" if wished else ""
            lines.append(f"{met} of {len(asked)} targets met{goals}{unjudged}.")
        return "\n".join(lines).rstrip()

    @staticmethod
    def _line(line: Sequence[str], widths: Sequence[int]) -> str:
        right = (1, 3)  # figures
        cells = zip(line, widths, strict=True)
        return "  ".join(f"{c:>{w}}" if at in right else f"{c:<{w}}" for at, (c, w) in enumerate(cells)).rstrip()

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")


def number(value: float) -> str:
    """Three meaningful digits at least, thousands set apart."""
    if value != value:
        return "–"
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def middle(runs: Sequence[dict], *keys: str) -> float:
    """Median over the runs of one figure, given by the path of its keys."""

    def pick(run: dict) -> float:
        found: object = run
        for key in keys:
            found = found[key]  # type: ignore[index]
        return float(found)  # type: ignore[arg-type]

    return statistics.median(map(pick, runs))


def interleaved(names: Sequence[str], rounds: int, run: Callable[[str], dict]) -> dict[str, list[dict]]:
    """A B C A B C …: whatever disturbs the machine for a while disturbs all of them."""
    found: dict[str, list[dict]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            found[name].append(run(name))
    return found


def about_machine(folder: Path) -> dict[str, object]:
    """What a reader needs in order to compare: processor, versions, and what a durable write costs on this disk."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "fsync_ms": round(fsync_ms(folder), 3),
        "load_average": os.getloadavg()[0],
        "libraries": {name: _version(name) for name in LIBRARIES},
        "at": time.strftime("%Y-%m-%d %H:%M"),
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def fsync_ms(folder: Path) -> float:
    """Median cost of making 4 KiB durable here, in milliseconds. Near zero means that the disk is not a disk."""
    costs = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _ in range(30):
            file.write(os.urandom(4096))
            file.flush()
            begin = time.perf_counter()
            os.fdatasync(file.fileno())
            costs.append(1000 * (time.perf_counter() - begin))
    return statistics.median(costs)

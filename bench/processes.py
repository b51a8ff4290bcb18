"""Starting, pinning, watching and ending the processes of a bench run; nothing it did not start is ever touched."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
_PR_SET_PDEATHSIG = 1
_CPUCLOCK_SCHED = 2  # linux/posix-timers.h: the CPU clock of another process is ~pid << 3 | 2


def cores() -> tuple[int, int]:
    """The core of the server and the core of the load: the same one where there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


def cpu_seconds(pid: int) -> float:
    """User and system time of a process with all its threads, ended ones too, in seconds (the kernel's own clock)."""
    return time.clock_gettime(~pid << 3 | _CPUCLOCK_SCHED)


def busy_seconds(core: int) -> float:
    """How long a core has been doing anything at all, in seconds."""
    for line in Path("/proc/stat").read_text().splitlines():
        name, *numbers = line.split()
        if name == f"cpu{core}":
            return (sum(map(int, numbers[:8])) - int(numbers[3]) - int(numbers[4])) / TICKS
    return 0.0


def resident_kib(pid: int) -> int:
    """Resident memory of a process in KiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def clean_environment() -> dict[str, str]:
    """Our environment without anything that would configure the product.

    Nor does it keep Python from storing what it compiles: an installation has that from the beginning.
    """
    ours = ("ZOTURI_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Process:
    """One server under measurement, pinned to one core, ended for certain."""

    def __init__(
        self, command: Sequence[str], core: int, *, log: Path, env: dict[str, str] | None = None, cwd: Path = ROOT
    ) -> None:
        self.log = log
        with log.open("ab") as out:
            self._child = subprocess.Popen(
                [sys.executable, *command],
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                preexec_fn=_die_with_parent,
            )
        os.sched_setaffinity(self._child.pid, {core})
        self.pid = self._child.pid

    def wait_port(self, port: int, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.check()
            with socket.socket() as probe:
                probe.settimeout(0.5)
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError(f"nothing listens on port {port}: {self.tail()}")

    def check(self) -> None:
        if self._child.poll() is not None:
            raise RuntimeError(f"server ended with status {self._child.returncode}: {self.tail()}")

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-1500:]

    def kill(self) -> None:
        """SIGKILL, without a word before."""
        self._child.kill()
        self._child.wait(20)

    def end(self) -> None:
        """Ask once, then insist. Only this child."""
        if self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(20)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait(5)


class Load:
    """A load process of its own: gets one job, prints one result."""

    def __init__(self, job: dict, module: str = "bench.load") -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=_die_with_parent,
        )
        self._child.stdin.write(json.dumps(job) + "\n")
        self._child.stdin.flush()

    def result(self, limit: float) -> dict:
        """What it measured. Ends it after `limit` seconds."""
        try:
            out, problem = self._child.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.communicate()
            raise RuntimeError(f"the load process did not end within {limit:.0f} s") from None
        if self._child.returncode or not out.strip():
            raise RuntimeError(f"the load process failed: {problem[-1500:]}")
        result = json.loads(out)
        if "error" in result:
            raise RuntimeError(f"the load could not run: {result['error']}")
        return result


def drive(job: dict, *, limit: float, module: str = "bench.load") -> dict:
    """Run one job in a load process of its own and return what it measured."""
    return Load(job, module).result(limit)


@contextmanager
def on_load_core() -> Iterator[None]:
    """Keep this process off the server's core while it is the load itself."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cores()[1]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)

"""Servers that start two seconds sooner: one process imports the product once, and forks off itself what a test asks for.

It has a single thread and has run nothing yet, so what it forks is as good as new: a process of its own, with its own
number, environment, folder and output, which runs the program from its first line and can be killed like any other.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from functools import cache
from pathlib import Path


class Warm:
    """What a test process holds of it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            # -P: no module of this folder may be taken for one of the same name elsewhere.
            self._process = subprocess.Popen([sys.executable, "-P", __file__, str(theirs.fileno())],
                                             stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])  # fmt: skip
        self._line = ours.makefile("rw", encoding="utf-8")
        ours.close()
        self._lock = threading.Lock()
        atexit.register(self._end)

    def ask(self, **order: object) -> int | None:
        with self._lock:
            self._line.write(json.dumps(order) + "\n")
            self._line.flush()
            answer = self._line.readline()
        assert answer, "the process that starts servers has died"
        return json.loads(answer)

    def _end(self) -> None:
        self._line.close()
        self._process.wait()


@cache
def _warm() -> Warm:
    return Warm()


class Child:
    """A forked process, with those methods of `subprocess.Popen` that tests use."""

    def __init__(self, program: list[str], *, cwd: Path, env: dict[str, str], output: Path) -> None:
        self.pid = _warm().ask(program=program, cwd=str(cwd), env=env, output=str(output))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = _warm().ask(ended=self.pid)
        return self.returncode

    def wait(self) -> int:
        while self.poll() is None:
            time.sleep(0.01)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


# In the process itself


def _become(order: dict) -> None:
    """Be the program from here on."""
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    output = os.open(order["output"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    first, *rest = order["program"]
    if first == "-m":
        name, *sys.argv[1:] = rest
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    else:
        sys.argv[:] = order["program"]
        runpy.run_path(first, run_name="__main__")


def _ended(pid: int) -> int | None:
    """The status of one that has ended."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def _serve(number: int) -> dict | None:
    """Fork for each order; the order itself in what was forked, and None at the end."""
    living: set[int] = set()
    with socket.socket(fileno=number) as connection, connection.makefile("rw", encoding="utf-8") as line:
        for said in line:
            order = json.loads(said)
            if "ended" in order:
                answer = _ended(order["ended"])
                if answer is not None:
                    living.discard(order["ended"])
            else:
                answer = os.fork()
                if answer == 0:
                    return order
                living.add(answer)
            line.write(json.dumps(answer) + "\n")
            line.flush()
    for pid in living:  # whoever started them is gone
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return None


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for _name in ("zoturi.cli", "zoturi.realtime.redis_bus", "alembic.command", "sqlalchemy.dialects.sqlite"):
        __import__(_name)
    gc.freeze()
    _order = _serve(int(sys.argv[1]))
    if _order is not None:
        _become(_order)

"""A server as operators run it: a process of its own, which can be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import aiohttp

from tests.house import PASSWORD, free_port
from tests.warm import Child

FAST_LANE = os.environ.get("ZOTURI_TEST_FAST_LANE", "1") != "0"  # "0": whatever tests serve goes the stock way
READY_WITHIN_SECONDS = 60  # a crowded machine is no fault of the server


class Process:
    """`python -m zoturi serve --demo` on a folder. ``arguments`` replace those after ``serve``."""

    password = PASSWORD
    program: tuple[str, ...] = ("-m", "zoturi")
    afresh = False  # started from nothing, as an operator does; the others begin with everything imported (warm.py)

    def __init__(self, folder: Path, database_url: str | None, arguments: tuple[str, ...],
                 environment: dict[str, str]) -> None:  # fmt: skip
        self.folder = folder
        self.database_url = database_url
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.arguments = arguments or ("--demo",)
        self.environment = own_environment(folder, database_url, ZOTURI_PORT=str(self.port), **environment)
        self.output = folder.parent / "server.out"
        self._child: subprocess.Popen | Child | None = None

    async def start(self) -> Process:
        """Start and wait until it answers."""
        self._spawn()
        async with asyncio.timeout(READY_WITHIN_SECONDS), aiohttp.ClientSession() as http:
            while True:
                assert self._child.poll() is None, self.said()
                try:
                    async with http.get(f"{self.origin}/health/ready") as answer:
                        if answer.status == 200:
                            return self
                except aiohttp.ClientConnectionError:
                    pass
                await asyncio.sleep(0.02)

    def _spawn(self) -> None:
        program = [*self.program, "serve", *self.arguments]
        if not self.afresh:
            self._child = Child(program, cwd=self.folder.parent, env=self.environment, output=self.output)
            return
        with self.output.open("ab") as output:
            self._child = subprocess.Popen(
                [sys.executable, *program], cwd=self.folder.parent,
                env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip

    def kill(self) -> None:
        """The power goes."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def terminate(self) -> None:
        self._child.send_signal(signal.SIGTERM)

    async def ended(self, seconds: float) -> int:
        """The exit status, if it ends within some seconds."""
        async with asyncio.timeout(seconds):
            while (status := self._child.poll()) is None:
                await asyncio.sleep(0.02)
        return status

    @property
    def pid(self) -> int:
        return self._child.pid

    def said(self) -> str:
        """What it printed and logged."""
        return self.output.read_text(errors="replace")


def own_environment(folder: Path, database_url: str | None = None, **more: str) -> dict[str, str]:
    """The environment of a child: ours without any setting of zoturi, and the settings of this test."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("ZOTURI_")}
    env |= {
        "ZOTURI_DATA": str(folder),
        "ZOTURI_DEMO_PASSWORD": PASSWORD,
        "ZOTURI_FAST_LANE": str(int(FAST_LANE)),
        **more,
    }
    if database_url is not None:
        env["ZOTURI_DATABASE_URL"] = database_url
    return env

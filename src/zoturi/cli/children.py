"""``zoturi serve --processes N``: a parent that starts N processes on one port and keeps them there.

Each child holds one end of a pair of sockets as its standard input: it says there when it serves, and notices there
when the parent is gone. Any of them serves anybody; which one, the kernel decides (SO_REUSEPORT).
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from zoturi import logs, world
from zoturi.cli.ground import Refused

MOST = 64
END_SECONDS = 16.0  # a child drains its sockets within fifteen
LIVED_SECONDS = 10.0
PAUSES_SECONDS = (1.0, 5.0)  # before one that died is started again; longer where it died young


@contextmanager
def kept_port(host: str, port: int) -> Iterator[int]:
    """The port for all children, kept for them. Fails where somebody else listens on it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))  # alone: with SO_REUSEPORT two servers would share it and nobody would notice
        except OSError as problem:
            raise Refused(f"cannot listen on {host}, port {port}: {problem.strerror}") from None
    with socket.socket(family) as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        kept.bind((host, port))  # bound, never listening: no connection comes here
        yield kept.getsockname()[1]


class Children:
    """The processes of one parent."""

    def __init__(self, command: Sequence[str], count: int) -> None:
        self._command = command
        self._count = count
        self._stopping = asyncio.Event()
        self._failed = False

    async def serve(self, ready: Callable[[], None]) -> None:
        """Run until SIGTERM or SIGINT; ``ready`` is called once all serve. Refuses where one cannot start."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        serving = [asyncio.Event() for _ in range(self._count)]
        keepers = [asyncio.create_task(self._keep(each)) for each in serving]
        stopped = asyncio.create_task(self._stopping.wait())
        all_serve = asyncio.gather(*(each.wait() for each in serving))
        await asyncio.wait([stopped, all_serve], return_when=asyncio.FIRST_COMPLETED)
        if all_serve.done():
            ready()
        else:
            all_serve.cancel()
        await asyncio.gather(stopped, *keepers)
        if self._failed:
            raise Refused("a process could not be started; what it said stands above")

    async def _keep(self, serving: asyncio.Event) -> None:
        """Start one child, and again whenever it dies."""
        while not self._stopping.is_set():
            began = world.monotonic()
            ours, theirs = socket.socketpair()
            with ours:
                with theirs:
                    child = await asyncio.create_subprocess_exec(*self._command, stdin=theirs)
                ours.setblocking(False)
                await self._watch(child, ours, serving)
            if self._stopping.is_set():
                return
            if not serving.is_set():
                self._failed = True
                self._stopping.set()
                return
            logs.event("process_ended", status=child.returncode)
            pause = PAUSES_SECONDS[world.monotonic() - began < LIVED_SECONDS]
            try:
                await asyncio.wait_for(self._stopping.wait(), pause)
            except TimeoutError:
                pass

    async def _watch(self, child: Process, ours: socket.socket, serving: asyncio.Event) -> None:
        """Wait until a child has ended; end it when all are to stop."""
        said = asyncio.create_task(asyncio.get_running_loop().sock_recv(ours, 1))
        ended = asyncio.create_task(child.wait())
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([said, ended, stopped], return_when=asyncio.FIRST_COMPLETED)
            if said.done() and said.exception() is None and said.result():
                serving.set()
            await asyncio.wait([ended, stopped], return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                child.terminate()
                await asyncio.wait([ended], timeout=END_SECONDS)
            if not ended.done():
                child.kill()
                await ended
        finally:
            for task in (said, stopped):
                task.cancel()
            await asyncio.gather(said, stopped, return_exceptions=True)


def command(host: str, port: int, *, demo: bool) -> list[str]:
    """How a child is started: like the parent, as one of several."""
    more = ["--demo"] if demo else []
    return [sys.executable, "-m", "zoturi", "serve", "--child", "--host", host, "--port", str(port), *more]


def parent_gone(stopping: asyncio.Event) -> Callable[[], None]:
    """In a child: end when the parent is gone. What is returned tells the parent that we serve."""
    line = socket.socket(fileno=sys.stdin.fileno())
    line.setblocking(False)
    loop = asyncio.get_running_loop()

    def hear() -> None:
        loop.remove_reader(line)  # a parent says nothing: this is its end
        stopping.set()

    loop.add_reader(line, hear)
    return lambda: line.send(b".")

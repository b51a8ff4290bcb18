"""A served house inside the test process: the real server on a real port over a real database, with a clock to set."""

from __future__ import annotations

import io
import logging
import os
import shutil
import socket
import threading
import time
from contextlib import redirect_stderr
from functools import cache
from itertools import count
from pathlib import Path

import orjson

from zoturi import call_me_files, logs, phrase_files, resources, site_files, world
from zoturi.actions import accounts, demo
from zoturi.actions.directory_index import Shelf
from zoturi.actions.house import House
from zoturi.app import Running
from zoturi.domain.directory import Directory
from zoturi.jobs.schedule import jobs
from zoturi.settings import Settings
from zoturi.store import people as people_store
from zoturi.store import services as services_store
from zoturi.store.opening import open_database

PASSWORD = "demo-password-1"


class Clock:
    """Time as it passes, which a test moves on at will. No two looks are the same, so what came first is always plain.

    It reads the machine's own clock once only: that one may be set while a test runs.
    """

    def __init__(self) -> None:
        self._ahead = time.time_ns() // 1_000_000 - time.monotonic_ns() // 1_000_000
        self._passed = 0.0
        self._last = 0
        self._lock = threading.Lock()

    def __call__(self) -> int:
        with self._lock:
            self._last = max(time.monotonic_ns() // 1_000_000 + self._ahead, self._last + 1)
            return self._last

    def seconds(self) -> float:
        """The clock that never steps: what really passed, and what tests let pass."""
        with self._lock:
            return time.monotonic() + self._passed

    def move(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Let this much time pass at once, by both clocks."""
        passed = seconds + 60 * minutes + 3600 * hours + 86_400 * days
        with self._lock:
            self._passed += passed
            self._step(round(1000 * passed))

    def set(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Somebody sets the clock: forward, or back where negative; no time passes."""
        with self._lock:
            self._step(round(1000 * (seconds + 60 * minutes + 3600 * hours + 86_400 * days)))

    def _step(self, ms: int) -> None:
        self._ahead += ms
        self._last = self._last + ms if ms >= 0 else 0


_ports = count(os.getpid() % 5000)


def free_port() -> int:
    """A port below those the system hands out to clients, so that nobody takes it while a server is down."""
    first = 20_000 + 3_000 * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 4)
    while True:
        port = first + next(_ports) % 3_000
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


@cache
def demo_site():
    """The fictional municipality; always open. Read once: it is frozen."""
    return site_files.load(resources.content_dir() / "demo")


demo_phrases = cache(phrase_files.load)
demo_call_me = cache(call_me_files.load)
_demo_shelves: dict[str, Directory] = {}


class DemoShelf(Shelf):
    """The directory of a folder as the demo leaves it is worked out once, not for each server."""

    async def refresh(self, db) -> None:
        version = await db.read(people_store.setting, services_store.VERSION)
        if version in _demo_shelves:
            self.now, self.version = _demo_shelves[version], version
        else:
            await super().refresh(db)


async def make_template(folder: Path, database_url: str | None) -> None:
    """A demo folder (and database) as `serve --demo` leaves it at its first start, for tests to copy."""
    settings = Settings(data=folder, database_url=database_url, demo_password=PASSWORD)
    db = open_database(settings)
    await db.write(demo.claim_folder, "demo")
    await demo.fill(db, demo_site(), settings)
    shelf = Shelf()
    await shelf.refresh(db)
    _demo_shelves[shelf.version] = shelf.now
    await db.stop()


class Server:
    """What a test holds of a running server. Periodic work comes round only when the test says so."""

    password = PASSWORD

    def __init__(self, folder: Path, database_url: str | None, clock: Clock, given: dict) -> None:
        site = given.pop("site", None)
        self._doors_open = given.pop("doors_open", True)
        self.site = site or demo_site()
        self.clock = clock
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        given = {"require_second_factor": False, "messages_per_minute": 0, "log_level": "DEBUG", **given}
        self.settings = Settings(
            data=folder, database_url=database_url, port=self.port, demo_password=PASSWORD, **given
        )
        self._stderr = io.StringIO()
        self.running: Running | None = None
        self.expected_errors: set[str] = set()

    async def start(self) -> Server:
        """Open the folder and serve."""
        self._handlers = logging.getLogger().handlers[:]
        with redirect_stderr(self._stderr):
            logs.begin(self.settings.log_level)
        self.house = House(
            open_database(self.settings), self.site, self.settings, self.settings.zone, True, self._doors_open,
            phrases=demo_phrases(), call_me=demo_call_me(), services=DemoShelf(),
        )  # fmt: skip
        self.running = Running(self.house)
        await self.running.start()
        self.jobs = {job.name: job.run for job in jobs(self.house, self.running.sockets, world.now())}
        return self

    async def stop(self) -> None:
        """Stop serving; the folder stays as it is."""
        if self.running is not None:
            running, self.running = self.running, None
            await running.stop()
            logging.getLogger().handlers[:] = self._handlers

    async def restart(self) -> None:
        """Stop, then serve the same folder on the same port."""
        await self.stop()
        await self.start()

    @property
    def db(self):
        return self.house.db

    @property
    def log(self) -> str:
        """Everything logged so far."""
        return self._stderr.getvalue()

    def log_lines(self) -> list[dict]:
        return [orjson.loads(line) for line in self.log.splitlines()]

    def errors(self) -> list[dict]:
        """What was logged as an error and not announced in ``expected_errors`` (names of events)."""
        bad = (line for line in self.log_lines() if line["level"] in ("error", "critical"))
        return [line for line in bad if line.get("event") not in self.expected_errors]

    async def write(self, deed, *args):
        return await self.db.write(deed, *args)

    async def query(self, sql: str, *params) -> list[dict]:
        """Rows of the database, as a stranger with the file would read them."""
        return await self.db.read(lambda tx: [dict(row) for row in tx.all(sql, *params)])

    async def presence(self) -> None:
        """One round of the presence job: signs of sockets that spoke since the last round, then the sweep."""
        await self.jobs["presence"]()

    async def sessions(self) -> None:
        """One round of the job that closes sockets of ended sessions."""
        await self.jobs["sessions"]()

    async def session_of(self, email: str) -> str:
        """A living session's token without the cost of Argon2; signing in itself is tested in tests/web."""
        token = world.new_token()

        def begin(tx):
            row = people_store.worker_by_email(tx, email)
            people_store.begin_session(tx, row["key"], accounts.token_hash(token))

        await self.db.write(begin)
        return token

    def visitor_token(self) -> str:
        return accounts.new_visitor_token(self.db.vault)


def copy_folder(source: Path, target: Path) -> Path:
    """A data folder of its own; SQLite's side files and the lock stay behind."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("lock", "*-wal", "*-shm"))
    os.chmod(target, 0o700)
    return target

"""What the tests need of the machine: a Chromium, a PostgreSQL and a Redis. Found or started here, never skipped.

`tools/prepare` asks `python tests/needs.py browser`, `… postgres` and `… redis` (exit 0 where the thing is there)
before any library is installed, so this module must load with the standard library alone.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import psycopg
except ImportError:  # before the installation; only the two questions at the end of this file are asked then
    psycopg = None

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLAYWRIGHT_CACHES = (Path("~/.cache/ms-playwright"), Path("~/Library/Caches/ms-playwright"))
REDIS = ("redis-server", "valkey-server")
LOCAL_SERVER = ("127.0.0.1", 5432)


def browser_path() -> str | None:
    """The Chromium to drive: ZOTURI_TEST_BROWSER, else the system's; None means Playwright's own.

    Raises RuntimeError where there is none at all: a browser test that does not run proves nothing.
    """
    chosen = os.environ.get("ZOTURI_TEST_BROWSER")
    if chosen:
        if not os.access(chosen, os.X_OK):
            raise RuntimeError(f"ZOTURI_TEST_BROWSER is not a program: {chosen}")
        return chosen
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            return found
    own = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    for cache in (Path(own),) if own else PLAYWRIGHT_CACHES:
        if any(cache.expanduser().glob("chromium*")):
            return None
    raise RuntimeError("No browser for the tests. Install chromium, or name one in ZOTURI_TEST_BROWSER.")


def redis_program() -> str:
    """The Redis, or Valkey, that tests start and kill."""
    found = next((path for path in map(shutil.which, REDIS) if path), None)
    if found is None:
        raise RuntimeError("No Redis for the tests. Install redis-server or valkey-server.")
    return found


@contextmanager
def postgres_server() -> Iterator[str]:
    """Yields the address (`postgresql://user@host:port`) of a server where databases may be made and dropped.

    ZOTURI_TEST_POSTGRES names one; else one that listens on 127.0.0.1:5432 and lets us in without a password;
    else one is started from the installed programs for as long as the context lasts.
    """
    named = os.environ.get("ZOTURI_TEST_POSTGRES")
    usual = f"postgresql://postgres@{LOCAL_SERVER[0]}:{LOCAL_SERVER[1]}"
    if named:
        yield named.rstrip("/")
    elif _lets_us_in(usual):
        yield usual
    else:
        with _own_postgres() as started:
            yield started


@contextmanager
def postgres_database(server: str) -> Iterator[str]:
    """Makes an empty database on the server, yields its address in SQLAlchemy's form, and drops it afterwards."""
    name = f"zoturi_test_{os.getpid()}_{os.urandom(4).hex()}"
    with _connect(server) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield f"{server.replace('postgresql://', 'postgresql+psycopg://', 1)}/{name}"
    finally:
        with _connect(server) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _connect(server: str) -> "psycopg.Connection":
    return psycopg.connect(f"{server}/postgres", autocommit=True, connect_timeout=3)


def _lets_us_in(server: str) -> bool:
    if not _listens():
        return False
    try:
        with _connect(server) as connection:
            row = connection.execute("SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user").fetchone()
    except psycopg.OperationalError:
        return False
    return bool(row and row[0])


def _listens() -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(LOCAL_SERVER) == 0


def _postgres_programs() -> Path | None:
    """The folder with initdb and pg_ctl; Debian keeps them off the PATH, one folder a version."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda f: int(f.parent.name), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def _own_postgres() -> Iterator[str]:
    own = OwnPostgres()
    try:
        yield own.start().address
    finally:
        own.stop()


class OwnPostgres:
    """A PostgreSQL of one's own, to use, to start again and to halt."""

    def __init__(self) -> None:
        self._programs = _postgres_programs()
        if self._programs is None:
            raise RuntimeError("No PostgreSQL for the tests. Install postgresql, or name one in ZOTURI_TEST_POSTGRES.")
        self._folder = Path(tempfile.mkdtemp(prefix="zoturi-postgres-"))
        self._data = self._folder / "data"
        # PostgreSQL refuses to run as root.
        self._who = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        if self._who:
            shutil.chown(self._folder, "postgres", "postgres")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"postgresql://postgres@127.0.0.1:{self.port}"

    def start(self) -> "OwnPostgres":
        self._run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        # A test server that loses power loses nothing of worth, hence no fsync.
        options = f"-c listen_addresses=127.0.0.1 -p {self.port} -k {self._folder} -c fsync=off"
        self._run("pg_ctl", "start", "--wait", "-l", str(self._folder / "log"), "-o", options)
        return self

    def restart(self, mode: str) -> None:
        """``fast`` ends all transactions in order, ``immediate`` is what a crash leaves."""
        self._run("pg_ctl", "restart", "--wait", "-m", mode, "-l", str(self._folder / "log"))

    def halt(self) -> None:
        """Stop every one of its processes where it stands."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        try:
            if (self._data / "postmaster.pid").exists():
                self.go_on()
                self._run("pg_ctl", "stop", "--wait", "-m", "immediate")
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _signal(self, number: int) -> None:
        first = int((self._data / "postmaster.pid").read_text().splitlines()[0])
        for pid in (first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass  # a connection that has just ended

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self._data), *arguments]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
        subprocess.run(command, check=True, cwd=self._folder, env=environment, **quiet, **self._who)


def main(what: str) -> int:
    """Exit 0 if the thing is there, else 1 with the reason."""
    if what == "postgres":
        there = bool(os.environ.get("ZOTURI_TEST_POSTGRES")) or _listens() or _postgres_programs() is not None
        return 0 if there else 1
    try:
        browser_path() if what == "browser" else redis_program()
    except RuntimeError as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

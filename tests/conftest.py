"""Fixtures for all tests. Real things only: real ports, SQLite files, a real PostgreSQL; the clock alone is ours."""

from __future__ import annotations

import os

import hypothesis
import pytest

from tests.crowd import People
from tests.databases import copied_database
from tests.house import Clock, Server, copy_folder, make_template
from tests.needs import postgres_database, postgres_server
from tests.process import FAST_LANE, Process
from zoturi import app, world
from zoturi.realtime import places

hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("untimed")

for name in [name for name in os.environ if name.startswith("ZOTURI_") and not name.startswith("ZOTURI_TEST_")]:
    del os.environ[name]  # the tests' own settings are all there is


def pytest_collection_modifyitems(items):
    """A real browser or a killed process may stumble on a busy machine: those tests have a second try, and the run says so."""
    for item in items:
        if {"journeys", "faults"} & set(item.path.parts):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_terminal_summary(terminalreporter):
    """Why a test needed its second try."""
    for report in terminalreporter.stats.get("rerun", ()):
        terminalreporter.section(f"second try: {report.nodeid}")
        terminalreporter.write_line(report.longreprtext)


@pytest.fixture(scope="session")
def postgres():
    """The address of a PostgreSQL server where databases may be made."""
    with postgres_server() as address:
        yield address


@pytest.fixture(scope="session")
async def sqlite_template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("template") / "sqlite"
    await make_template(folder, None)
    return folder


@pytest.fixture(scope="session")
async def postgres_template(postgres, tmp_path_factory):
    folder = tmp_path_factory.mktemp("template") / "postgresql"
    with postgres_database(postgres) as url:
        await make_template(folder, url)
        yield folder, url


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request):
    """Which database; every test that serves runs on both. A folder that needs one only overrides this fixture."""
    return request.param


@pytest.fixture
def fast_lane():
    """Which way sockets are served in this test; `parametrize("fast_lane", [True, False])` where it is to be both."""
    return FAST_LANE


@pytest.fixture
def clock():
    """The clock of the whole house; `clock.move(minutes=11)`."""
    ours = Clock()
    before = world.use(world.World(now_ms=ours, seconds=ours.seconds))
    yield ours
    world.use(before)


@pytest.fixture
def place(request, kind, tmp_path):
    """A data folder (and database) of a demo's first start, for this test alone: (folder, database_url)."""
    if kind == "sqlite":
        yield copy_folder(request.getfixturevalue("sqlite_template"), tmp_path / "data"), None
        return
    folder, template = request.getfixturevalue("postgres_template")
    with copied_database(request.getfixturevalue("postgres"), template) as url:
        yield copy_folder(folder, tmp_path / "data"), url


@pytest.fixture
async def serve(place, clock, fast_lane, monkeypatch):
    """Starts the house: `server = await serve(messages_per_minute=5, site=…)`; settings as in settings.py."""
    monkeypatch.setattr(
        app, "jobs", lambda *given: []
    )  # periodic work comes round when the test says so, by itself never
    monkeypatch.setattr(places, "EVERY_SECONDS", 0.02)
    started = []

    async def start(**given: object) -> Server:
        server = Server(*place, clock, {"fast_lane": fast_lane, **given})
        started.append(server)
        return await server.start()

    yield start
    for server in started:
        await server.stop()
    for server in started:
        assert not server.errors(), server.errors()


@pytest.fixture
async def server(serve):
    """A served demo: `.origin`, `.password`, `.clock`, `.restart()`, `.presence()`, `.log` …"""
    return await serve()


@pytest.fixture
async def people(server):
    """Builders of visitors and workers at this server."""
    crowd = People(server)
    yield crowd
    await crowd.leave()


@pytest.fixture
def process(place, fast_lane):
    """Starts real server processes on the test's own folder: `await process()`; killed at the end."""
    started = []

    def make(*arguments: str, **environment: str) -> Process:
        environment = {"ZOTURI_FAST_LANE": str(int(fast_lane)), **environment}
        made = Process(*place, arguments, environment)
        started.append(made)
        return made

    yield make
    for each in started:
        each.kill()

"""One Chromium and one server for all journeys; a fresh browser profile for each person of each story."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.house import copy_folder
from tests.journeys.people import Person, Visitor, Worker
from tests.needs import browser_path
from tests.people import WorkerPerson
from tests.process import Process

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True, "device_scale_factor": 1}
COMPUTER = {"viewport": {"width": 1280, "height": 800}}
SWITCHES = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 15_000

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    # Chromium's own sandbox does not work for root, as in most containers.
    switches = [*SWITCHES, "--no-sandbox"] if os.geteuid() == 0 else SWITCHES
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=browser_path(), args=switches)
        yield started
        await started.close()


@pytest.fixture
def kind() -> str:
    """What a browser sees does not depend on the database; the other tests go to both."""
    return "sqlite"


@pytest.fixture(scope="session")
async def shared_service(sqlite_template, tmp_path_factory) -> AsyncIterator[Process]:
    service = await _process(sqlite_template, tmp_path_factory.mktemp("journeys")).start()
    yield service
    await _stop(service)


@pytest.fixture
async def service(shared_service) -> AsyncIterator[Process]:
    """The server all journeys share; after each of them everybody has gone home and nobody waits."""
    yield shared_service
    await _all_go_home(shared_service)


@pytest.fixture
async def own_service(sqlite_template, tmp_path) -> AsyncIterator[Process]:
    """A server for one journey, which may be killed in it."""
    service = await _process(sqlite_template, tmp_path).start()
    yield service
    await _stop(service)


def _process(template: Path, folder: Path) -> Process:
    return Process(copy_folder(template, folder / "data"), None, (), {"ZOTURI_TEST_PSEUDO": "1"})


async def _stop(service: Process) -> None:
    service.terminate()
    await service.ended(15)
    errors = [line for line in service.said().splitlines() if '"level":"error"' in line or "Traceback" in line]
    assert not errors, "\n".join(errors)


async def _all_go_home(service: Process) -> None:
    onni, aino = WorkerPerson(service.origin), WorkerPerson(service.origin)
    try:
        for worker, email in ((onni, "onni@demo.example"), (aino, "aino@demo.example")):
            assert await worker.sign_in(email, service.password) == 303
            await worker.connect()
            desk = await worker.do("watch_desk")
            for contact in desk["mine"]:
                await worker.do("close_contact", contact_id=contact["id"], outcome="test")
        await onni.do("set_duty", on=True, capacity=9)
        while (taken := await onni.ask("claim_next"))["ok"]:
            await onni.do("close_contact", contact_id=taken["contact"]["id"], outcome="test")
        assert taken["code"] == "nothing_waiting"
        # Who waits in a language that Onni does not speak.
        for waiting in (await onni.do("watch_desk"))["queue"]:
            await onni.do("claim_contact", contact_id=waiting["id"])
            await onni.do("close_contact", contact_id=waiting["id"], outcome="test")
        for worker in (onni, aino):
            await worker.do("set_duty", on=False)
    finally:
        await asyncio.gather(onni.leave(), aino.leave())


class People:
    """Builds people, each with an own browser profile, and tells in the end what their pages complained about."""

    def __init__(self, browser: Browser, service: Process) -> None:
        self.browser, self.service = browser, service
        self.all: list[Person] = []

    async def visitor(self, lang: str = "fi", at: Process | None = None, **wishes: object) -> Visitor:
        """Somebody with a phone (360 px, touch), unless wished otherwise."""
        return await self._person(Visitor, at, lang, PHONE | wishes)

    async def worker(self, name: str = "Aino", lang: str = "fi", at: Process | None = None, **wishes: object) -> Worker:
        """A worker of the demo with a computer (1280 px), not signed in yet."""
        return await self._person(Worker, at, lang, COMPUTER | wishes, name=name)

    async def _person(self, kind, at: Process | None, lang: str, wishes: dict, **more: str):
        # A browser can be set to no made-up language, but it can ask for one.
        speaks = {"extra_http_headers": {"Accept-Language": lang}} if lang.startswith("x") else {"locale": lang}
        context = await self.browser.new_context(timezone_id="Europe/Helsinki", **speaks, **wishes)
        context.set_default_timeout(PATIENCE)
        person = kind(at or self.service, context, await context.new_page(), lang, **more)
        self.all.append(person)
        return person

    async def leave(self) -> list[str]:
        complaints = [what for person in self.all for what in person.watch.left]
        for person in self.all:
            await person.context.close()
        return complaints


@pytest.fixture
async def people(browser, service) -> AsyncIterator[People]:
    """Builders of people; the test fails if one of their pages complained of anything in the browser's console."""
    built = People(browser, service)
    yield built
    complaints = await built.leave()
    assert not complaints, "\n".join(complaints)


Shoot = Callable[[Person, str], Awaitable[None]]


@pytest.fixture
async def shoot() -> Shoot:
    """Takes pictures for people who want to look: only where ZOTURI_TEST_PICTURES names a folder."""
    folder = os.environ.get("ZOTURI_TEST_PICTURES")

    async def take(person: Person, name: str) -> None:
        if folder:
            await person.page.screenshot(path=Path(folder) / f"{name}.png")

    return take

"""One Chromium and one server for all journeys; a fresh browser profile for each person of each story.

With ZOTURI_TEST_PROCESSES=2 that server is two processes on PostgreSQL and Redis behind one address. Journeys that move
the clock, or ask the server for what no visitor sees, keep one in the test's own process: those with ``serve``.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.databases import copied_database
from tests.house import copy_folder
from tests.journeys.pair import Pair
from tests.journeys.people import Person, Visitor, Worker
from tests.needs import browser_path
from tests.people import WorkerPerson
from tests.process import Process
from tests.redis import OwnRedis

Service = Process | Pair
TWO = os.environ.get("ZOTURI_TEST_PROCESSES") == "2"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True, "device_scale_factor": 1}
COMPUTER = {"viewport": {"width": 1280, "height": 800}}
# The pages of Chromium's own address bar, which cost a second of processor time for each window. Only the last list
# counts, so what Playwright would turn off stands here too.
OFF = (
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup,AimEnabled,AvoidCorsURLLoaderRestartOnRedirect,"
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsFirstBalancedModeAutoEnable,HttpsUpgrades,"
    "LensOverlay,MediaRouter,NetworkTimeServiceQuerying,OptimizationHints,PaintHolding,PreconnectToSearch,"
    "ThirdPartyStoragePartitioning"
)
SWITCHES = [
    f"--disable-features={OFF}",
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
def make_pair(postgres, postgres_template) -> Iterator[Callable[..., Pair]]:
    """Makes two processes on a database and a Redis of their own: `make_pair(folder, ZOTURI_…="…")`."""
    template, template_url = postgres_template
    with ExitStack() as kept:

        def make(folder: Path, **environment: str) -> Pair:
            url = kept.enter_context(copied_database(postgres, template_url))
            redis = OwnRedis(folder)
            kept.callback(redis.kill)
            return Pair(copy_folder(template, folder / "data"), url, redis, environment)

        yield make


@pytest.fixture(scope="session")
def make_service(request) -> Callable[..., Service]:
    """Makes the server of a journey: one process on SQLite, unless the run asks for two."""
    if TWO:
        return request.getfixturevalue("make_pair")
    template = request.getfixturevalue("sqlite_template")
    return lambda folder, **environment: Process(copy_folder(template, folder / "data"), None, (), environment)


@pytest.fixture(scope="session")
async def shared_service(make_service, tmp_path_factory) -> AsyncIterator[Service]:
    service = await make_service(tmp_path_factory.mktemp("journeys"), ZOTURI_TEST_PSEUDO="1").start()
    yield service
    await stop(service)


@pytest.fixture
async def service(shared_service) -> AsyncIterator[Service]:
    """The server all journeys share; after each of them everybody has gone home and nobody waits."""
    yield shared_service
    await _all_go_home(shared_service)


@pytest.fixture
async def own_service(make_service, tmp_path) -> AsyncIterator[Service]:
    """A server for one journey, which may be killed in it."""
    service = await make_service(tmp_path, ZOTURI_TEST_PSEUDO="1").start()
    yield service
    await stop(service)


async def stop(service: Service) -> None:
    """Stop it as an operator does; it met no error."""
    service.terminate()
    await service.ended(15)
    errors = [line for line in service.said().splitlines() if '"level":"error"' in line or "Traceback" in line]
    assert not errors, "\n".join(errors)


async def _all_go_home(service: Service) -> None:
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

    def __init__(self, browser: Browser, service: Service) -> None:
        self.browser, self.service = browser, service
        self.all: list[Person] = []

    async def visitor(self, lang: str = "fi", at: Service | None = None, **wishes: object) -> Visitor:
        """Somebody with a phone (360 px, touch), unless wished otherwise."""
        return await self._person(Visitor, at, lang, PHONE | wishes)

    async def worker(self, name: str = "Aino", lang: str = "fi", at: Service | None = None, **wishes: object) -> Worker:
        """A worker of the demo with a computer (1280 px), not signed in yet."""
        return await self._person(Worker, at, lang, COMPUTER | wishes, name=name)

    async def _person(self, kind, at: Service | None, lang: str, wishes: dict, **more: str):
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

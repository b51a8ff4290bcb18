"""Floods from one place are slowed down; nobody else is, and no address is kept."""

from dataclasses import replace

import pytest

from tests.crowd import People
from tests.people import Person, new_id
from zoturi import world


@pytest.fixture
def kind():
    return "sqlite"


@pytest.fixture
def time_stands_still(clock):
    """No bucket fills up again while a slow machine knocks."""
    moment = world.monotonic()
    ours = world.use(world.World())
    world.use(replace(ours, seconds=lambda: moment))
    yield
    world.use(ours)


async def _guess(person, server, forwarded: str) -> int:
    headers = {**person.same_origin, "X-Forwarded-For": forwarded}
    async with person.http.post(
        f"{server.origin}/fi/chat/leave", data={"contact_id": new_id()}, headers=headers
    ) as got:
        return got.status


@pytest.mark.usefixtures("time_stands_still")
async def test_one_place_is_slowed_down_and_another_is_not(serve):
    server = await serve(trusted_proxies="127.0.0.1")
    people = People(server)
    person = await people.visitor()
    statuses = {await _guess(person, server, "203.0.113.7") for _ in range(601)}
    assert 429 in statuses
    assert await _guess(person, server, "203.0.113.200") == 429  # the same block
    assert await _guess(person, server, "198.51.100.7") != 429
    assert await _guess(person, server, "203.0.113.7, 198.51.100.9") != 429  # only what our own proxy saw counts
    assert "203.0.113" not in server.log
    await people.leave()


async def test_without_a_trusted_proxy_nobody_on_loopback_is_counted(serve):
    server = await serve()
    people = People(server)
    person = await people.visitor()
    assert 429 not in {await _guess(person, server, "203.0.113.7") for _ in range(620)}
    await people.leave()


@pytest.mark.usefixtures("time_stands_still")
async def test_help_requests_from_one_place_are_slowed_down_and_nothing_written_is_lost(serve):
    server = await serve(trusted_proxies="127.0.0.1")
    people = People(server)
    request = {
        "for_whom": "myself", "role": "young_person", "area": "else", "text": "Kuuletteko?", "contact_by": "reply_here",
        "language": "fi",
    }  # fmt: skip

    async def press(block: str) -> tuple[int, str]:
        stranger = people.stranger(Person)  # a new browser each time: no session is counted
        headers = {**stranger.same_origin, "X-Forwarded-For": f"{block}.7"}
        form = request | {"client_id": new_id()}
        async with stranger.http.post(
            f"{server.origin}/fi/help", data=form, headers=headers, allow_redirects=False
        ) as got:
            return got.status, await got.text()

    answers = [await press("203.0.113") for _ in range(63)]
    assert {status for status, _ in answers[:60]} == {303}
    status, page = answers[-1]
    assert status == 429 and "Kuuletteko?" in page
    assert (await press("198.51.100"))[0] == 303
    await people.leave()


@pytest.mark.usefixtures("time_stands_still")
async def test_searches_from_one_place_are_slowed_down_and_looking_around_is_not(serve):
    server = await serve(trusted_proxies="127.0.0.1")
    people = People(server)
    person = people.stranger(Person)

    async def look(query: str) -> int:
        url = f"{server.origin}/fi/services{query}"
        async with person.http.get(url, headers={"X-Forwarded-For": "203.0.113.7"}) as got:
            return got.status

    assert 429 in {await look("?q=uni") for _ in range(260)}
    assert await look("?topics=sleep") == 200
    await people.leave()

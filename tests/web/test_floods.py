"""Floods from one place are slowed down; nobody else is, and no address is kept."""

import pytest

from tests.crowd import People
from tests.people import new_id


@pytest.fixture
def kind():
    return "sqlite"


async def _guess(person, server, forwarded: str) -> int:
    headers = {**person.same_origin, "X-Forwarded-For": forwarded}
    async with person.http.post(
        f"{server.origin}/fi/chat/leave", data={"contact_id": new_id()}, headers=headers
    ) as got:
        return got.status


async def test_one_place_is_slowed_down_and_another_is_not(serve):
    server = await serve(trusted_proxies="127.0.0.1")
    people = People(server)
    person = await people.visitor()
    statuses = {await _guess(person, server, "203.0.113.7") for _ in range(620)}
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

"""A bucket for each session, refilled evenly."""

import pytest

from tests.crowd import People
from tests.people import new_id
from zoturi.actions import limits
from zoturi.domain.refusals import Refusal


@pytest.fixture
def seconds(monkeypatch):
    """The monotonic clock of the buckets."""
    now = [1000.0]
    monkeypatch.setattr(limits.world, "monotonic", lambda: now[0])
    return now


def taken(bucket, key, tries: int) -> int:
    """How many of some tries were allowed."""
    allowed = 0
    for _ in range(tries):
        try:
            bucket.take(key)
            allowed += 1
        except Refusal as refusal:
            assert (refusal.code, refusal.retry) == ("too_fast", True)
    return allowed


def test_a_minutes_worth_at_once_then_an_even_trickle(seconds):
    bucket = limits.Buckets(60)
    assert taken(bucket, "a", 100) == 60
    seconds[0] += 1
    assert taken(bucket, "a", 5) == 1
    seconds[0] += 10
    assert taken(bucket, "a", 50) == 10
    seconds[0] += 3600
    assert taken(bucket, "a", 100) == 60


def test_each_session_has_its_own(seconds):
    bucket = limits.Buckets(2)
    assert taken(bucket, "a", 3) == 2
    assert taken(bucket, "b", 3) == 2


def test_zero_is_no_limit(seconds):
    assert taken(limits.Buckets(0), "a", 10_000) == 10_000


async def test_a_flood_is_slowed_and_nothing_of_it_stored(serve):
    server = await serve(messages_per_minute=5)
    people = People(server)
    visitor, other = await people.visitor(), await people.visitor()
    contact = await visitor.open_contact()
    answers = [await visitor.ask("send_message", contact_id=contact["id"], client_id=new_id(), text=f"{n}")
               for n in range(8)]  # fmt: skip
    assert [answer["ok"] for answer in answers] == [True] * 4 + [False] * 4
    assert answers[-1] == {"ok": False, "code": "too_fast", "retry": True}
    read = await visitor.do("read_entries", contact_id=contact["id"], after=0)
    assert [entry["text"] for entry in read["entries"] if entry["kind"] == "message"] == ["0", "1", "2", "3"]
    await other.open_contact()  # somebody else is not slowed
    await people.leave()

"""A bucket for each session, refilled evenly."""

import pytest

from tests.crowd import People
from tests.people import new_id
from zoturi.actions import limits
from zoturi.domain.refusals import Refusal
from zoturi.realtime import references


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


@pytest.fixture
def two_processes():
    """Limits of two processes that hear each other, and what went between them."""
    both, said = [limits.Limits(6) for _ in range(2)], []
    for number, one in enumerate(both):

        def tell(name: str, count: int, other=both[1 - number]) -> None:
            message = references.written(b"key", "sender", len(said), [references.Spent(name, count)])
            said.append(message)
            (told,) = references.read(b"key", message)[2]
            other.heard(told.name, told.count)

        one.elsewhere.reach(b"secret", tell)
    return *both, said


def test_what_is_spent_at_one_process_is_spent_at_all(seconds, two_processes):
    one, other, said = two_processes
    assert taken(one.messages, 7, 4) == 4
    assert taken(other.messages, 7, 9) == 2
    assert taken(one.messages, 7, 1) == 0
    assert taken(other.messages, 8, 9) == 6
    assert taken(other.others, 7, 99) == 60
    for _ in range(5):
        one.guess("ABCD", b"hash")
    with pytest.raises(Refusal):
        other.guess("ABCD", b"another")
    assert not [message for message in said if b"ABCD" in message or b"hash" in message]


async def test_slips_at_one_process_delay_at_all(two_processes):
    one, other, said = two_processes
    for _ in range(3):
        async with one.tries.one("aino@demo.example") as outcome:
            outcome.failed = True
    name = other.elsewhere.name("address", "aino@demo.example")
    assert other.tries.delay(name) == 1
    one.tries.ended(name, 0)  # so that nobody waits for it here
    async with one.tries.one("aino@demo.example") as outcome:
        outcome.succeeded = True
    assert other.tries.delay(name) == 0
    assert not [message for message in said if b"aino" in message]


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

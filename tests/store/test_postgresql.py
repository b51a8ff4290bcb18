"""What is particular to PostgreSQL: several threads write, and nobody can tell."""

import asyncio

import psycopg
import pytest


@pytest.fixture
def kind():
    return "postgresql"


async def test_what_is_said_keeps_its_order_while_somebody_holds_the_contact(people, place):
    visitor, worker, contact_id = await people.talking()
    other, _, other_id = await people.talking("onni")
    texts = [str(number) for number in range(20)]
    with psycopg.connect(place[1].replace("+psycopg", "")) as held:
        held.execute("SELECT FROM contact WHERE id = %s FOR UPDATE", (contact_id,))
        saying = asyncio.gather(*(visitor.say(contact_id, text) for text in texts))
        for _ in range(5):
            await other.say(other_id, "moi")  # others need not wait
        assert not saying.done()
        held.rollback()
    await saying
    assert await worker.texts(contact_id) == texts
    await worker.settle()
    assert [data["entry"]["text"] for data in worker.all_heard("entry") if data["entry"]["kind"] == "message"] == texts

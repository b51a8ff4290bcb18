"""Redis is killed, hangs, comes back after a while, and a stranger says things on its channel: news come seconds late,
and none is lost, or believed.
"""

import asyncio
import os
import time
from pathlib import Path

import orjson
import pytest

from tests.faults.several import arrives, in_order_and_once, judged, offered, states, talking, until, worker_at
from tests.mirror import mirrors
from tests.people import VisitorPerson
from zoturi.realtime import redis_bus, references
from zoturi.realtime.redis_bus import RedisBus
from zoturi.settings import Settings
from zoturi.store.vault import KEY_BYTES, Vault

pytestmark = pytest.mark.faults

AWAY_SECONDS = float(os.environ.get("ZOTURI_TEST_REDIS_AWAY", "9"))  # 40 is worth a try, too


@pytest.fixture
def kind():
    return "postgresql"


@pytest.mark.parametrize("harm", ["killed", "hung"])
async def test_while_redis_is_away_news_come_seconds_late_and_none_is_lost(several, place, redis, harm):
    one, other = await several({}, {})
    visitor, aino, contact_id = await talking(one, other)
    onni = await worker_at(one, "onni")
    views = await mirrors(visitor, aino, onni)
    handover = await offered(aino, contact_id)
    heard = len(states(one))
    (redis.kill if harm == "killed" else redis.hang)()
    began = time.monotonic()  # neither side knows yet that it is gone
    said = [await visitor.say(contact_id, "häkkilintu kuuletko"), await aino.say(contact_id, "kuulen")]
    assert time.monotonic() - began < 1, "a deed waited for Redis"
    await arrives(aino, said[1], 10)
    await arrives(visitor, said[1], 10)
    await until(lambda: states(one)[heard:].count("deaf") >= 2)
    await visitor.do("answer_handover", handover_id=handover, agree=True)
    later = await VisitorPerson(one.origin).arrive()
    waits = (await later.open_contact(text="häkkilintu jonossa"))["id"]
    await aino.heard("contact_changed", lambda data: data["contact"]["id"] == waits)
    await onni.do("claim_contact", contact_id=waits)
    await aino.heard("contact_gone", lambda data: data["contact_id"] == waits)
    if harm == "killed":
        while time.monotonic() - began < AWAY_SECONDS:
            await arrives(aino, await visitor.say(contact_id, "ja nyt?"), 10)
        await redis.start()
    else:
        redis.go_on()
    await until(lambda: states(one)[heard:].count("sound") >= 2, 10)  # however long it was away
    began = time.monotonic()
    await arrives(aino, await visitor.say(contact_id, "ja taas"), 5)
    assert time.monotonic() - began < 1, "the bus is back, and slow"
    for person in (visitor, aino):
        in_order_and_once(person)
    await judged(place, (visitor, aino, onni, later), one, views=views)


async def test_a_stranger_on_the_channel_is_not_believed(several, place, redis):
    """With the words of one of ours, unsigned, signed otherwise, repeated, or huge; and with the key, but senseless."""
    one, other = await several({}, {})
    visitor, aino, contact_id = await talking(one, other)
    views = await mirrors(visitor, aino)
    key = Vault.open(Settings(data=place[0]).keys_folder, create=False).derived("bus")
    await visitor.do("set_typing", contact_id=contact_id, typing=True)
    await aino.heard("typing")
    await until(lambda: any(b'["t",' in each for each in redis.heard))
    ours = next(each for each in redis.heard if b'["t",' in each)
    sender, number, said = orjson.loads(ours[32:])
    aino.forget()
    visitor.forget()
    for view in views:
        view.read_up_to = 0
    body = orjson.dumps([sender, number + 1000, said])
    another = orjson.dumps(["stranger", 1, said])
    await redis.publish([
        ours, ours, ours,  # repeated
        references.signature(key, orjson.dumps([sender, number - 1, said])) + orjson.dumps([sender, number - 1, said]),
        body, another, bytes(32) + body, bytes(32) + another, ours[:32] + body, ours[:32] + another,  # without our key
        *(references.signature(wrong, each) + each for wrong in (b"", bytes(32), os.urandom(32)) for each in (body, another)),
        *(os.urandom(size) for size in (0, 1, 31, 32, 33, 5000, 8_000_000)), b"[" * 100_000, b"null",
        references.signature(key, another + b" " * references.MOST_BYTES) + another + b" " * references.MOST_BYTES,
    ])  # fmt: skip
    for text in (
        "häkkilintu yhä",
        "täällä",
    ):  # when the second one is here, what came before the first has been dealt with
        await arrives(aino, await visitor.say(contact_id, text), 5)
    assert not visitor.all_heard("typing") and not aino.all_heard("typing")
    await visitor.do("set_typing", contact_id=contact_id, typing=True)
    await aino.heard("typing")  # nobody has talked our own process out of its numbers
    # With the key: nothing that makes no sense is done, and nobody is told what the database does not say.
    await redis.publish([
        references.signature(key, body) + body for body in (
            b"", b"null", b"[]", b"[1,2,3]", b'["x",1,{}]', b'["x",-1,[]]', b'["x",2,[["e"],["zz",1],[[]],null,7]]',
            b'["x",3,[["e","' + b"a" * 65 + b'",1,1,[]],["e","a b",1,1,[]],["c","x",1e9,null,[],[]]]]',
            b'["x",99999999999999999999,[["v",1,"signed_out"]]]', b'["x",4,[["v",1,"replaced"],["s",[1,2,3],"revoked"]]]',
            b'["x",5,[["e","' + contact_id.encode() + b'",999,1,[1,2,3,4]],["x","' + contact_id.encode() + b'"]]]',
            b'["x",6,[["t","' + contact_id.encode() + b'",4,true,1,[1,2]],["n","nothing",null,7,1,[1]]]]',
        )
    ])  # fmt: skip
    flood = [references.Changed(contact_id, 1, 1, (1, 2), (1, 99))] * 1000
    await redis.publish([references.written(key, "y", number, flood) for number in range(1, 20)])
    began = time.monotonic()
    await arrives(aino, await visitor.say(contact_id, "häkkilintu yhä täällä"), 5)
    assert time.monotonic() - began < 2
    assert not visitor.closed.is_set() and not aino.closed.is_set()
    assert not visitor.all_heard("typing") and not aino.all_heard("contact_gone")
    in_order_and_once(visitor)
    in_order_and_once(aino)
    await judged(place, (visitor, aino), one, views=views)


async def test_one_that_falls_silent_is_missed_once(redis, monkeypatch):
    """It may have died between a commit and its word of it: then the others look into the database."""
    monkeypatch.setattr(redis_bus, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(redis_bus, "SILENT_SECONDS", 1.0)
    keys = Vault(Path(), os.urandom(KEY_BYTES))
    hears, falls_silent = RedisBus(redis.url, keys), RedisBus(redis.url, keys)
    missed = []
    hears.on_missed = lambda: missed.append(time.monotonic())
    async with asyncio.timeout(20):
        stays, goes = asyncio.create_task(hears.run()), asyncio.create_task(falls_silent.run())
        while hears.deaf or falls_silent.deaf:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        missed.clear()
        await asyncio.sleep(1.2)
        assert missed == []  # nothing to tell is not silence
        goes.cancel()
        await until(lambda: missed)
        await asyncio.sleep(1.2)
        assert len(missed) == 1
        stays.cancel()
        await asyncio.gather(stays, goes, return_exceptions=True)


async def test_one_that_ends_while_it_speaks_falls_silent(redis, monkeypatch):
    """At whatever moment it is cancelled: otherwise what spoke would go on for ever, beside nobody who hears."""
    monkeypatch.setattr(redis_bus, "BEAT_SECONDS", 1e-6)
    keys = Vault(Path(), os.urandom(KEY_BYTES))
    async with asyncio.timeout(60):
        for turns in range(60):
            bus = RedisBus(redis.url, keys)
            running = asyncio.create_task(bus.run())
            await until(lambda bus=bus: not bus.deaf)
            for _ in range(turns):
                await asyncio.sleep(0)
            running.cancel()
            _, going_on = await asyncio.wait([running], timeout=10)
            assert not going_on, turns

"""The network goes, the server goes: the talk goes on with nothing lost and nothing doubled."""

import asyncio

from playwright.async_api import expect

GONE = "ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_NETWORK_CHANGED"
CUT = "The connection is cut. Your messages are safe, and we keep trying."
DESK_CUT = "No connection. We keep trying; what you write is kept here."


async def talking(people, at=None):
    visitor, aino = await people.visitor(at=at), await people.worker("Aino", at=at)
    await asyncio.gather(visitor.opens_chat(), aino.signs_in())
    await aino.goes_on_duty()
    await aino.takes_next()
    await visitor.sees_heading("%(name)s is listening", name="Aino")
    await visitor.writes("yksi")
    await aino.hears("yksi")
    await aino.writes("kaksi")
    await visitor.hears("kaksi")
    for person in (visitor, aino):
        person.watch.allow(GONE)
    return visitor, aino


async def both_show(visitor, worker, *words: str) -> None:
    """Both see these messages and no other; the order may differ only in what was written at the same time."""
    for person in (visitor, worker):
        await expect(person.log.locator(".msg")).to_have_count(len(words))
        await expect(person.log.locator('.msg[data-state="sending"], .msg[data-state="failed"]')).to_have_count(0)
        assert sorted(await person.said_and_heard()) == sorted(words)
    assert await visitor.said_and_heard() == await worker.said_and_heard()


async def test_words_written_without_a_network_arrive_once_after_it(people, shoot) -> None:
    visitor, aino = await talking(people)
    await visitor.context.set_offline(True)
    await visitor.sees(CUT)
    await visitor.writes("kolme")
    await visitor.writes("neljä")
    await expect(visitor.log.locator(".own")).to_have_count(3)
    # What is not stored yet says so, and stays in the box too.
    for unsent in (1, 2):
        await expect(visitor.log.locator(".own").nth(unsent)).to_contain_text(visitor.say("Not sent yet"))
    await expect(visitor.box).to_have_value("kolmeneljä")
    await shoot(visitor, "offline")
    await aino.writes("viisi")
    await aino.has_sent("viisi")
    await expect(aino.log.locator(".msg")).to_have_count(3)

    await visitor.context.set_offline(False)
    await visitor.has_sent("kolme")
    await visitor.has_sent("neljä")
    await aino.hears("neljä")
    await both_show(visitor, aino, "yksi", "kaksi", "viisi", "kolme", "neljä")
    await expect(visitor.page.locator("#net")).to_be_hidden()


async def test_a_worker_without_a_network_loses_nothing_either(people, shoot) -> None:
    visitor, aino = await talking(people)
    await aino.context.set_offline(True)
    await aino.sees(DESK_CUT)
    await visitor.writes("kolme")
    await visitor.has_sent("kolme")
    await aino.context.set_offline(False)
    await aino.hears("kolme")  # though nobody says a word after it

    await aino.context.set_offline(True)
    await aino.sees(DESK_CUT)
    await aino.writes("neljä")
    await shoot(aino, "offline-desk")
    await visitor.writes("viisi")
    await visitor.has_sent("viisi")
    await aino.context.set_offline(False)
    await aino.has_sent("neljä")
    await aino.hears("viisi")
    await visitor.hears("neljä")
    await both_show(visitor, aino, "yksi", "kaksi", "kolme", "viisi", "neljä")


async def test_a_server_that_was_killed_comes_back_and_the_talk_goes_on(people, own_service) -> None:
    visitor, aino = await talking(people, own_service)
    own_service.kill()
    await asyncio.gather(visitor.sees(CUT), aino.sees(DESK_CUT))
    await visitor.writes("kolme")
    await aino.writes("neljä")
    await own_service.start()
    await visitor.has_sent("kolme")
    await aino.has_sent("neljä")
    await visitor.hears("neljä")
    await aino.hears("kolme")
    await both_show(visitor, aino, "yksi", "kaksi", "kolme", "neljä")

    # Stopped as an operator does it, it says so beforehand; a reload afterwards shows the same.
    own_service.terminate()
    await visitor.sees("The service is starting again. Your messages are safe, this takes a moment.")
    await aino.sees("zoturi is starting again. Back in a moment; nothing is lost.")
    await own_service.ended(15)
    await own_service.start()
    await aino.writes("viisi")
    await visitor.hears("viisi")
    await asyncio.gather(visitor.page.reload(), aino.page.reload())
    await aino.own.first.click()
    await aino.hears("kolme")
    await both_show(visitor, aino, "yksi", "kaksi", "kolme", "neljä", "viisi")

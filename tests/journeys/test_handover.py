"""Three sides at once: a worker offers, somebody who reads Swedish decides what goes, a service answers by its mail."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.journeys.axe import violations
from tests.journeys.conftest import People
from tests.mailbox import mailbox
from zoturi.store import handovers, services

PIN = "2468"
SERVICE = "perheneuvola"
NAMES = {"fi": "Perheneuvola", "sv": "Familjerådgivningen", "en": "Family counselling"}
WORKER, VISITOR = "fi", "sv"
SECRET = "jag vill inte att någon mer får veta det här"
SUMMARY = "Bråk hemma varje kväll, hen orkar inte längre."


@pytest.fixture
def inbox():
    with mailbox() as box:
        yield box


@pytest.fixture
async def server(serve, inbox):
    """In this process, so that the clock can be moved."""
    server = await serve(smtp_url=inbox.url)
    await server.write(services.set_pin, SERVICE, PIN)
    return server


@pytest.fixture
async def people(browser, server):
    built = People(browser, server)
    yield built
    complaints = await built.leave()
    assert not complaints, "\n".join(complaints)


async def offers(aino, summary: str) -> None:
    """From the directory: what goes along, a look at exactly that, and the offer."""
    await aino.page.locator("#services-open").click()
    found = aino.page.locator("#services-dialog")
    await found.get_by_label(aino.say("Search in your own words")).fill(NAMES[aino.lang])
    row = found.locator("li", has_text=NAMES[aino.lang]).first
    await row.get_by_role("button", name=aino.say("Offer a handover")).click()
    dialog = aino.page.locator("#offer-dialog")
    await dialog.get_by_label(aino.say("Summary"), exact=True).fill(summary)
    await dialog.get_by_text(aino.say("Choose messages")).click()
    await dialog.locator(".message-list .tile").first.click()
    await dialog.get_by_role("button", name=aino.say("See what they would get")).click()
    await expect(dialog.locator(".packet")).to_contain_text(summary)
    await expect(dialog.locator(".packet")).to_contain_text(SECRET)
    await dialog.get_by_role("button", name=aino.say("Offer this")).click()
    await expect(aino.page.locator("#handovers > li").last).to_contain_text(
        aino.say("Offered, waiting for their answer")
    )


async def agrees_to_the_summary_alone(visitor) -> None:
    card = visitor.page.locator("#handovers article").first
    await expect(card).to_contain_text(visitor.say("May we pass this on to %(service)s?", service=NAMES[visitor.lang]))
    await card.get_by_text(visitor.say("Messages chosen from the talk"), exact=True).click()
    await card.get_by_role("button", name=visitor.say("I agree, send it")).click()
    await expect(card).to_contain_text(visitor.say("I take it back"))


async def test_three_sides_of_a_handover(server, people, inbox, clock, shoot):
    visitor = await people.visitor(VISITOR)
    aino = await (await people.worker("Aino", WORKER)).signs_in()
    await visitor.opens_chat("Kuura")
    await visitor.writes(SECRET)
    await aino.goes_on_duty()
    await aino.takes_next()
    await aino.hears(SECRET)

    await offers(aino, SUMMARY)
    await shoot(visitor, "handover-1-offer")
    assert await violations(visitor.page) == []
    await agrees_to_the_summary_alone(visitor)
    await shoot(visitor, "handover-2-agreed")
    await server.jobs["post"]()
    (mine,) = await server.query("SELECT id FROM handover")
    kept = await server.db.read(handovers.get, mine["id"])
    assert kept.body.include == ("summary",)

    service = await people.visitor("fi")
    await service.goes(inbox.newest)
    await shoot(service, "handover-3-door")
    assert await violations(service.page) == []
    await service.page.get_by_label(service.say("The PIN of your service")).fill(PIN)
    await service.button("Open it").click()
    await expect(service.page.get_by_text(SUMMARY)).to_be_visible()
    await expect(service.page.get_by_text(SECRET)).to_have_count(0)
    await shoot(service, "handover-4-packet")
    assert await violations(service.page) == []
    await expect(aino.page.locator("#handovers").get_by_role("button", name=aino.say("Take back"))).to_have_count(0)
    by = (datetime.fromtimestamp(clock() / 1000, UTC) + timedelta(days=2)).date().isoformat()
    await service.page.locator("#contact-by").fill(by)
    await service.button("We take this on").click()
    await expect(service.page.get_by_role("status")).to_be_visible()
    await expect(visitor.page.locator("#handovers article").first).to_contain_text(f"{int(by[8:])}")
    await expect(aino.own).to_have_count(0)
    await shoot(visitor, "handover-5-accepted")

    # The second says no: the head of the queue, with the reason for the worker.
    second = await people.visitor(VISITOR)
    await second.opens_chat("Lumi")
    await second.writes(SECRET)
    await aino.takes_next()
    await offers(aino, SUMMARY)
    await shoot(aino, "handover-6-desk")
    await agrees_to_the_summary_alone(second)
    await server.jobs["post"]()
    await service.goes(inbox.newest)
    await service.page.get_by_label(service.say("The PIN of your service")).fill(PIN)
    await service.button("Open it").click()
    await service.page.locator("#reason").fill("Jono on täynnä.")
    await service.button("We cannot take this").click()
    await expect(service.page.get_by_text(SUMMARY)).to_have_count(0)
    await expect(aino.queue.first).to_be_visible()
    await aino.takes_next()
    await expect(aino.page.locator("#handovers")).to_contain_text("Jono on täynnä.")

    # The third never answers: half-way a reminder, and at the end it comes back by itself.
    await offers(aino, SUMMARY)
    await agrees_to_the_summary_alone(second)
    await server.jobs["post"]()
    newest = (await server.query("SELECT id, due_at FROM handover ORDER BY key DESC LIMIT 1"))[0]
    letters = len(inbox.letters)
    clock.move(seconds=(newest["due_at"] - clock()) / 1000 - 3600)
    await server.jobs["handovers"]()
    await server.jobs["post"]()
    assert len(inbox.letters) == letters + 1
    clock.move(hours=2)
    await server.jobs["handovers"]()
    kept = await server.db.read(handovers.get, newest["id"])
    assert kept.state == "expired"
    (row,) = await server.query("SELECT state, returned FROM contact WHERE id = ?", kept.contact_id)
    assert (row["state"], row["returned"]) == ("waiting", 1)

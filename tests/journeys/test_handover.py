"""Three sides at once: a worker offers, somebody who reads Swedish decides what goes, a service answers by its mail."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.journeys.axe import violations
from tests.journeys.conftest import PATIENCE, stop
from tests.mailbox import mailbox

PIN = "2468"
NAMES = {"fi": "Perheneuvola", "sv": "Familjerådgivningen", "en": "Family counselling"}
WORKER, VISITOR = "fi", "sv"
SECRET = "jag vill inte att någon mer får veta det här"
SUMMARY = "Bråk hemma varje kväll, hen orkar inte längre."


@pytest.fixture
def inbox():
    with mailbox() as box:
        yield box


@pytest.fixture
async def service(make_service, inbox, tmp_path):
    """A server whose letters arrive."""
    made = await make_service(tmp_path, ZOTURI_SMTP_URL=inbox.url, ZOTURI_DEMO_PIN=PIN).start()
    yield made
    await stop(made)


async def link_of_letter(inbox, number: int) -> str:
    """The path in the letter that the service gets now."""
    async with asyncio.timeout(PATIENCE / 1000):
        while len(inbox.letters) < number:
            await asyncio.sleep(0.05)
    return inbox.newest


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


async def test_three_sides_of_a_handover(people, inbox, shoot):
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

    clinic = await people.visitor("fi")
    await clinic.goes(await link_of_letter(inbox, 1))
    await shoot(clinic, "handover-3-door")
    assert await violations(clinic.page) == []
    await clinic.page.get_by_label(clinic.say("The PIN of your service")).fill(PIN)
    await clinic.button("Open it").click()
    await expect(clinic.page.get_by_text(SUMMARY)).to_be_visible()
    await expect(clinic.page.get_by_text(SECRET)).to_have_count(0)
    await shoot(clinic, "handover-4-packet")
    assert await violations(clinic.page) == []
    await expect(aino.page.locator("#handovers").get_by_role("button", name=aino.say("Take back"))).to_have_count(0)
    by = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    await clinic.page.locator("#contact-by").fill(by)
    await clinic.button("We take this on").click()
    await expect(clinic.page.get_by_role("status")).to_be_visible()
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
    await clinic.goes(await link_of_letter(inbox, 2))
    await clinic.page.get_by_label(clinic.say("The PIN of your service")).fill(PIN)
    await clinic.button("Open it").click()
    await clinic.page.locator("#reason").fill("Jono on täynnä.")
    await clinic.button("We cannot take this").click()
    await expect(clinic.page.get_by_text(SUMMARY)).to_have_count(0)
    await expect(aino.queue.first).to_be_visible()
    await aino.takes_next()
    await expect(aino.page.locator("#handovers")).to_contain_text("Jono on täynnä.")

    # And they are asked once more.
    await offers(aino, SUMMARY)
    await agrees_to_the_summary_alone(second)
    await link_of_letter(inbox, 3)

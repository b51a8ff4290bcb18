"""A parent at night, in Swedish, on a phone without scripts: from the front page to a receipt, and on until the worker of
their school has rung in vain and answered, and the parent reads it elsewhere by the code.

axe needs scripts, so the pages that were seen are looked at afterwards by somebody who has them.
"""

import re

from playwright.async_api import expect

from tests.journeys.axe import settled, violations
from tests.journeys.test_keyboard import goes_to, is_held_by

WORDS = "Han sover inte, och inte jag heller."
ANSWER = "Jag nådde dig inte per telefon."


class Parent:
    """Somebody who taps through the pages."""

    def __init__(self, visitor) -> None:
        self.page = visitor.page
        self.seen: list[str] = []  # the pages as they came

    async def chooses(self, name: str, *values: str) -> None:
        for value in values:
            await self.page.locator(f"input[name={name}][value='{value}']").check()

    async def goes_on(self, to: str) -> None:
        """To the page that asks this."""
        await self.page.locator("button[value=next]").click()
        await expect(self.page.locator(f"[name={to}]").first).to_be_visible()
        await self.looks()

    async def looks(self, *, keep: bool = False) -> None:
        """One heading, and nothing wider than the phone."""
        assert await self.page.locator("h1").count() == 1
        assert await self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), self.page.url
        if keep:
            self.seen.append(await self.page.content())


async def complaints(people, seen: list[str]) -> list[str]:
    """What axe finds on pages that somebody saw, one line each."""
    helper, found = await people.visitor("sv"), []

    async def show(route):
        await route.fulfill(body=seen[int(route.request.url.rpartition("=")[2])], content_type="text/html")

    await helper.page.route("**/sv/help?page=*", show)
    for number in range(len(seen)):
        await helper.goes(f"/sv/help?page={number}")
        found += [f"{number}: {each}" for each in await violations(helper.page)]
    return found


async def test_call_me_in_arabic_on_a_phone(people, shoot):
    caller = await people.visitor("fi")
    caller.watch.allow("status of 422")
    await caller.goes("/fi/")
    await caller.page.locator(".call-me a[lang=ar]").click()
    await expect(caller.page.locator("main")).to_have_attribute("dir", "rtl")
    await caller.page.locator("#phone").fill("040 000")
    await caller.page.locator("main button.lit").click()
    await expect(caller.page.get_by_role("alert")).to_be_visible()
    await expect(caller.page.locator("#phone")).to_have_value("040 000")
    assert not await violations(caller.page)
    await shoot(caller, "call-me-ar")
    await caller.page.locator("#phone").fill("040 000 0000")
    await caller.page.locator("input[name=voicemail_ok][value=no]").check()
    await caller.page.locator("main button.lit").click()
    await expect(caller.page.locator("section[lang=ar]")).to_be_visible()
    await expect(caller.page.locator(".return-code")).to_have_text(re.compile("^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$"))


async def test_a_parent_at_night_is_rung_and_answered_by_the_worker_of_their_school(people, shoot):
    visitor = await people.visitor("sv", java_script_enabled=False)
    code, day, seen = await asks_at_night(visitor, shoot)
    assert not await complaints(people, seen)
    aino = await people.worker("Aino", "en")
    await (await aino.signs_in()).goes_on_duty()
    await rings_twice_in_vain_and_writes(aino, day, shoot)

    elsewhere = await people.visitor("sv", java_script_enabled=False)
    await elsewhere.goes("/sv/return")
    await elsewhere.page.locator("#code").fill(code.lower().replace("-", " "))
    await elsewhere.page.locator("main button.lit").click()
    await expect(elsewhere.page).to_have_url(re.compile("/sv/help/answer"))
    await elsewhere.sees_heading("You have been answered.")
    said = elsewhere.page.locator("main")
    await expect(said).to_contain_text(ANSWER)
    await expect(said).to_contain_text(WORDS)
    await expect(said).not_to_contain_text(elsewhere.say("No answer"))


async def asks_at_night(visitor, shoot) -> tuple[str, str, list[str]]:
    """The return code, the day of the month by which an answer is promised, and the pages seen. Then the phone knows
    nothing more.
    """
    visitor.watch.allow("status of 422")
    parent, page = Parent(visitor), visitor.page
    await visitor.goes("/sv/")
    await page.locator(".door a[href='/sv/help']").click()
    await expect(page.locator("[name=danger_now]").first).to_be_visible()
    await parent.looks()
    await parent.chooses("danger_now", "no")
    await parent.goes_on("for_whom")
    await parent.chooses("for_whom", "my_child")
    await parent.goes_on("role")
    await parent.chooses("role", "parent")
    await parent.goes_on("child_ages")
    await parent.chooses("child_ages", "3-6", "7-12")
    await parent.goes_on("area")
    await parent.chooses("area", "lainela")
    await page.locator("#unit").select_option("kuusimaen-koulu")
    await parent.goes_on("topics")
    await parent.chooses("topics", "sleep")
    await parent.goes_on("text")
    await page.locator("#text").fill(WORDS)
    await parent.goes_on("language")
    assert await page.locator("#language").input_value() == "sv"
    await parent.goes_on("contact_by")
    await parent.chooses("contact_by", "phone")
    await parent.goes_on("phone")
    await page.locator("#phone").fill("040 000")
    await page.locator("button[value=next]").click()
    summary = page.get_by_role("alert")
    await expect(summary).to_contain_text("040 000 0000")
    await summary.get_by_role("link").click()
    await expect(page.locator("#phone")).to_have_value("040 000")
    await parent.looks(keep=True)
    await page.locator("#phone").fill("040 000 0000")
    await parent.goes_on("voicemail_ok")
    await parent.chooses("best_time", "evening")
    await parent.chooses("voicemail_ok", "no")
    await page.locator("#who_may_know").fill("bara jag")
    await page.locator("button[value=next]").click()
    await expect(page.locator(".answers")).to_contain_text("bara jag")
    await parent.looks(keep=True)
    await shoot(visitor, "help-check")
    await page.locator("button[value=send]").click()
    await expect(page).to_have_url(re.compile("/sv/help/receipt$"))
    code = await page.locator(".return-code").inner_text()
    assert re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", code)
    promise = re.fullmatch(r"\w+dag (\d+) \w+ 20\d\d", await page.locator(".promise").inner_text())
    await parent.looks(keep=True)
    await shoot(visitor, "help-receipt")
    await page.reload()
    assert await page.locator(".return-code").inner_text() == code
    await visitor.page.route("https://**", lambda route: route.abort())
    visitor.watch.allow("asked a stranger|ERR_FAILED")
    await page.locator("header a.exit").click()
    await expect(page).not_to_have_url(re.compile("/sv/"))
    await visitor.goes("/sv/help/receipt")
    await expect(page).to_have_url(re.compile("/sv/help$"))
    return code, promise[1], parent.seen


async def rings_twice_in_vain_and_writes(aino, day: str, shoot) -> None:
    page, keys = aino.page, aino.page.keyboard
    row = aino.queue.filter(has_text=aino.say("Help request"))
    for told in ("Kuusimäki School", aino.say("for you"), re.compile(rf"Answer by: \D*\b{day}\b")):
        await expect(row).to_contain_text(told)
    await expect(row).not_to_contain_text("bara jag")
    await row.get_by_role("button").click()

    card = aino.talk.locator(".reach")
    await expect(card).to_contain_text(aino.say("leave none"))
    await expect(card).to_contain_text("bara jag")
    number = card.get_by_role("link")
    await expect(number).to_have_attribute("href", "tel:+358400000000")
    assert (await card.locator(".safe").bounding_box())["y"] < (await number.bounding_box())["y"]
    await expect(card).to_contain_text(aino.say("Nobody has rung yet."))

    # Two calls in vain, by keyboard alone; the focus comes back to where it was.
    write_down = card.get_by_role("button", name=aino.say("Write down a call"), exact=True)
    dialog = page.get_by_role("dialog", name=aino.say("What came of the call?"))
    for tried in (1, 2):
        if tried == 1:
            await goes_to(aino, write_down, "Shift+Tab")
        await keys.press("Enter")
        await is_held_by(aino, dialog)
        await dialog.get_by_role("radio", name=aino.say("No answer"), exact=True).focus()
        await keys.press("Space")
        await keys.press("Enter")
        await expect(dialog).to_be_hidden()
        await expect(write_down).to_be_focused()
        await expect(card.locator(".row .soft")).to_contain_text(aino.say("No answer"))
        await expect(aino.log.locator(".sys", has_text=aino.say("No answer"))).to_have_count(tried)
    await expect(card).to_contain_text(aino.say("Try again at another time of the day."))

    await card.get_by_role("button", name=aino.say("In 3 days"), exact=True).click()
    await expect(card.locator(".next b")).to_contain_text(aino.say("Next step: %(when)s", when=""))
    await settled(page)
    await shoot(aino, "callback")
    assert await violations(page) == []

    await aino.writes(ANSWER)
    await aino.has_sent(ANSWER)
    await expect(aino.own.locator("small")).to_contain_text(aino.say("Next step: %(when)s", when=""))

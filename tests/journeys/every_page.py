"""A walk through every page and every face of it, for the tests that look at all of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import expect

from tests.journeys.people import Person
from tests.people import VisitorPerson, new_id

WIDE_PHONE = {"viewport": {"width": 360, "height": 740}}


@asynccontextmanager
async def somebody_waits(origin: str, **told: object):
    """Another visitor in the queue, without a browser."""
    other = await VisitorPerson(origin).arrive()
    try:
        await other.open_contact(**told)
        yield other
    finally:
        await other.leave()


async def every_page(people, service, lang: str, **wishes: object) -> AsyncIterator[tuple[Person, str]]:
    """Yields a person and the name of what is in front of them, one after the other."""
    visitor = await people.visitor(lang, is_mobile=False, has_touch=False, **wishes)
    for name in ("", "privacy", "accessibility", "exit-help", "return", "help"):
        await visitor.goes(f"/{lang}/{name}")
        if not name:
            await visitor.page.locator("details.all").evaluate("(details) => { details.open = true; }")
        yield visitor, name or "home"
    await visitor.goes(f"/{lang}/services?topic=violence")
    for summary in await visitor.page.locator("main details > summary").all():
        await summary.click()
    yield visitor, "services"
    await visitor.goes(f"/{lang}/services/turvakoti")
    yield visitor, "service"
    async for name in _worry_test(visitor):
        yield visitor, name or "home"
    async for name in _behind_the_code(visitor):
        yield visitor, name
    visitor.watch.allow("status of 404")
    await visitor.goes(f"/{lang}/nothing-here")
    yield visitor, "not-found"
    await visitor.goes(f"/{lang}/chat")
    yield visitor, "before-chat"

    aino = await people.worker("Aino", lang, **wishes)
    aino.watch.allow("status of 401")
    await aino.goes("/desk/login")
    yield aino, "login"
    await aino.page.get_by_label(aino.say("E-mail")).fill("aino@demo.example")
    await aino.page.get_by_label(aino.say("Password")).fill("not this one")
    await aino.button("Continue").click()
    await aino.sees_heading("You are not signed in yet")
    yield aino, "login-refused"
    await aino.signs_in()
    yield aino, "desk-off-duty"
    await aino.goes_on_duty()
    yield aino, "desk-empty"

    await visitor.opens_chat(nickname="Kuura")
    await visitor.writes("moi")
    await visitor.has_sent("moi")
    for summary in await visitor.page.locator("main details > summary:visible").all():
        await summary.click()
    yield visitor, "waiting"
    await visitor.button("Your safety").click()
    await visitor.button("Get a return code").click()
    await expect(visitor.page.locator("#code")).not_to_be_empty()
    yield visitor, "safety"
    await visitor.page.keyboard.press("Escape")
    await visitor.button("I am not safe now").click()
    await visitor.sees("The workers know. You are now first in line, and someone comes as soon as they can.")
    yield visitor, "not-safe"
    await visitor.link("Back to the chat").click()

    async with somebody_waits(service.origin, topics=["school", "sleep"], area="lainela", age_group="13-17"):
        await expect(aino.queue).to_have_count(2)
        yield aino, "desk-queue"
        await aino.takes_next()
        await aino.hears("moi")
        await aino.writes("Hei")
        await aino.has_sent("Hei")
        await aino.page.keyboard.press("Alt+m")
        await aino.writes("Soita koululle")
        await expect(aino.log.locator(".note")).to_have_count(1)
        yield aino, "desk-note"
        await aino.page.keyboard.press("Alt+m")
        yield aino, "desk-talk"
        await aino.page.locator("#services-open").click()
        await expect(aino.page.locator("#services-dialog .found li").first).to_be_visible()
        yield aino, "desk-services"
        await aino.page.keyboard.press("Escape")
    await visitor.hears("Hei")
    yield visitor, "talking"
    await visitor.page.evaluate("document.body.dataset.covered = ''")
    yield visitor, "covered"
    await visitor.link("Tap to show").click()
    await visitor.button("End").click()
    yield visitor, "leave"
    await visitor.page.keyboard.press("Escape")
    await aino.talk.get_by_role("button", name=aino.say("To the queue"), exact=True).click()
    yield aino, "desk-release"
    await aino.page.keyboard.press("Escape")
    await aino.talk.get_by_role("button", name=aino.say("Close the chat"), exact=True).click()
    await aino.page.locator("#close-dialog button[value=yes]").click()
    yield aino, "desk-close"
    await aino.page.keyboard.press("Escape")
    await aino.closes("Advice given")

    await visitor.sees_heading("Thank you for talking.")
    for summary in await visitor.page.locator("main details > summary:visible").all():
        await summary.click()
    yield visitor, "ended"
    await visitor.goes(f"/{lang}/chat")
    yield visitor, "end"
    await visitor.link("Read the talk once more").click()
    yield visitor, "read-again"
    await visitor.goes(f"/{lang}/chat?thanks=1")
    yield visitor, "thanked"


async def _behind_the_code(visitor: Person) -> AsyncIterator[str]:
    """What somebody sees who asked for help, until they take it back; the names of the pages."""
    origin, page = visitor.service.origin, visitor.page
    asked = {
        "client_id": new_id(), "danger_now": "no", "for_whom": "my_child", "role": "parent", "child_ages": "7-12",
        "area": "lainela", "topics": "sleep", "text": "moi", "contact_by": "reply_here", "language": "fi",
        "interpreter": "no",
    }  # fmt: skip
    sent = await page.request.post(
        f"{origin}/{visitor.lang}/help", form=asked, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert sent.url.endswith("/help/receipt"), sent.url
    await visitor.goes(f"/{visitor.lang}/help/answer")
    for details in await page.locator("main details").all():
        await details.evaluate("(one) => { one.open = true; }")
    yield "help-answer"
    await page.locator("form[action$='/code'] button").click()
    await expect(page.locator(".return-code")).to_be_visible()
    yield "help-code"
    await visitor.goes(f"/{visitor.lang}/help/answer/erase")
    yield "help-erase"
    await visitor.goes(f"/{visitor.lang}/help/answer/withdraw")
    yield "help-withdraw"
    await page.locator("main form button").click()
    await page.wait_for_url("**/help/answer")
    yield "help-withdrawn"


async def _worry_test(visitor: Person) -> AsyncIterator[str]:
    """The worry test from who it is for to a result after a safety answer; the names of its pages."""
    page = visitor.page
    visitor.watch.allow("status of 422")
    await visitor.goes(f"/{visitor.lang}/worry-test")
    yield "worry-who"
    await page.locator("button[value=worry-13-17]").click()
    await visitor.sees_heading("What weighs on you most?")
    await visitor.button("Next").click()
    await visitor.sees_heading("Look at one thing")
    yield "worry-topics-mistake"
    for topic in ("mood", "friends", "sleep"):
        await page.locator(f"input[value={topic}]").check()
    await visitor.button("Next").click()
    for topic, much in (("Mood", "very_much"), ("Sleep", "somewhat"), ("Friends and loneliness", "not_at_all")):
        await visitor.sees_heading(topic)
        await page.locator(f"input[value={much}]").check()
        await page.locator("input[value=over_two_weeks]").check()
        if topic == "Mood":
            yield "worry-topic"
        await visitor.button("Next").click()
    await visitor.sees_heading("Have you thought of hurting yourself, or that you do not want to live?")
    await page.locator("input[value=never]").check()
    yield "worry-safety"
    await visitor.button("Next").click()
    await visitor.sees_heading("Is something of this true right now?")
    await visitor.button("Skip this").click()
    await visitor.sees_heading("How things look now")
    yield "worry-result"
    await visitor.button("Back").click()
    await page.locator("input[value=hurt]").check()
    await page.locator("input[value=overdose]").check()
    await visitor.button("Next").click()
    await visitor.sees_heading("You told us that somebody took too much or does not wake up.")
    yield "worry-result-danger"

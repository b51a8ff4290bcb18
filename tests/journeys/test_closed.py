"""When nobody answers: the page says when somebody does, and who answers now."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from playwright.async_api import expect

from tests.house import demo_site
from tests.journeys.axe import violations
from tests.journeys.test_every_page import too_wide
from zoturi.domain.hours import Window


async def sees_who_answers_now(visitor) -> None:
    await expect(visitor.page.locator('a[href="tel:112"]').first).to_be_visible()
    await expect(visitor.page.locator('a[href="tel:0925250111"]').first).to_be_visible()
    assert await violations(visitor.page) == []
    assert await too_wide(visitor.page, (320, 1280)) == []


async def test_a_closed_chat_says_when_it_opens(people, serve, clock, shoot) -> None:
    today = datetime.fromtimestamp(clock() / 1000, ZoneInfo("Europe/Helsinki"))
    opens = Window(frozenset({(today + timedelta(days=2)).weekday()}), time(12), time(20))
    server = await serve(site=demo_site().model_copy(update={"hours": {"fi": (opens,)}}))
    visitor = await people.visitor("fi", at=server)
    await visitor.goes("/fi/")
    await visitor.sees("The chat is closed right now. The numbers below help you now.")
    await sees_who_answers_now(visitor)
    await shoot(visitor, "closed-home")
    await visitor.link("Chat").tap()
    await visitor.sees_heading("The chat is closed now.")
    await expect(visitor.page.locator(".lead").first).to_contain_text("12.00")
    await sees_who_answers_now(visitor)
    await shoot(visitor, "closed-chat")


async def test_a_service_that_is_not_ready_yet_shows_the_numbers_only(people, serve, shoot) -> None:
    server = await serve(doors_open=False)
    visitor = await people.visitor("en", at=server)
    visitor.watch.allow("status of 503")
    for path in ("/en/", "/en/chat"):
        await visitor.goes(path)
        await visitor.sees_heading("This service is not open yet.")
        await sees_who_answers_now(visitor)
    await shoot(visitor, "not-open-yet")

"""The worry test as people of each age take it: with scripts and without, by keyboard, and on into a chat."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.journeys.axe import settled, violations
from tests.journeys.test_keyboard import goes_to, sees_where_they_are

WITHOUT_SCRIPTS = {"java_script_enabled": False}
LARGEST_RESULT = 40_000


class Taker:
    """Somebody taking the test; each step waits for the page it leads to."""

    def __init__(self, visitor) -> None:
        self.visitor, self.page = visitor, visitor.page

    async def begins(self, who: str, *topics: str) -> None:
        await self.visitor.goes(f"/{self.visitor.lang}/")
        await self.visitor.link("What weighs on you?").click()
        await self.visitor.button(who).click()
        await self.visitor.sees_heading("What weighs on you most?")
        for topic in topics:
            # The tile shows its hint too.
            named = re.compile("^" + re.escape(self.visitor.say(topic)))
            await self.page.locator("label.tile", has=self.page.locator("span", has_text=named)).click()
        await self.next()

    async def next(self) -> None:
        await self.visitor.button("Next").click()

    async def tells(self, topic: str, much: str, long: str | None = None, someone: str | None = None) -> None:
        await self.visitor.sees_heading(topic)
        for said in (much, long, someone):
            if said:
                await self.page.get_by_label(self.visitor.say(said), exact=True).check()
        await self.next()

    async def says(self, question: str, *answers: str) -> None:
        await self.visitor.sees_heading(question)
        for answer in answers:
            await self.page.get_by_label(self.visitor.say(answer), exact=True).check()
        await self.next()

    async def is_safe(self) -> None:
        await self.says("Have you thought of hurting yourself, or that you do not want to live?", "No")
        await self.says("Is something of this true right now?", "None of these")
        await self.visitor.sees_heading("How things look now")

    def wave(self, topic: str) -> Locator:
        return self.page.locator(".picture li").filter(has_text=self.visitor.say(topic))

    async def sees_wave(self, topic: str, zone: str) -> None:
        await expect(self.wave(topic)).to_have_text(f"{self.visitor.say(topic)}, {self.visitor.say(zone)}")


AGES = [
    ("fi", "I am 10–12", "Feeling safe at home", "The school social worker", "Nollalinja"),
    ("sv", "I am 13–17", "Dating, sex and consent", "The school nurse", "ungdomstelefonen"),
    ("en", "I am 18–24", "Money and debt", "Financial and debt counselling", "Crisis Helpline"),
    ("fi", "I am a parent", "My child and school", "Your child’s teacher or the school social worker", "Kriisipuhelin"),
]  # fmt: skip


@pytest.mark.parametrize(("lang", "who", "topic", "person", "place"), AGES)
async def test_each_age_group_gets_its_own_topics_reasons_and_three_steps(people, lang, who, topic, person, place):
    visitor = await people.visitor(lang)
    taker = Taker(visitor)
    await taker.begins(who, topic)
    await taker.tells(topic, "A lot", "Over two weeks", "No, nobody")
    await taker.is_safe()
    await taker.sees_wave(topic, "a big worry")
    row = visitor.page.locator("tbody tr").filter(has_text=visitor.say(topic))
    for reason in ("You said that it bothers you a lot.", "It has gone on for over two weeks."):
        await expect(row).to_contain_text(visitor.say(reason))
    steps = visitor.page.locator(".steps > li")
    await expect(steps).to_have_count(3)
    await expect(steps.nth(1)).to_contain_text(visitor.say(person))
    await expect(steps.nth(2)).to_contain_text(place)
    assert visitor.page.url.endswith(f"/{lang}/worry-test"), "nothing in the address"


async def test_without_scripts_from_home_to_a_result_and_on_into_a_chat_that_a_worker_sees(people, shoot):
    aino = await people.worker("Aino", "fi")
    await aino.signs_in()
    await aino.goes_on_duty()
    visitor = await people.visitor("fi", **WITHOUT_SCRIPTS)
    taker = Taker(visitor)
    await taker.begins("I am 13–17", "Sleep", "Friends and loneliness", "School")
    await taker.tells("Sleep", "Somewhat", "Over two weeks", "Yes, there is")
    await taker.tells("Friends and loneliness", "A lot", "Over two weeks", "No, nobody")
    await taker.tells("School", "Not at all")
    await taker.is_safe()
    await shoot(visitor, "worry-result-without-scripts")
    assert len((await visitor.page.content()).encode()) < LARGEST_RESULT
    await taker.sees_wave("Friends and loneliness", "a big worry")
    await taker.sees_wave("Sleep", "a small worry")
    await taker.sees_wave("School", "no worry")
    assert await visitor.context.cookies() == [], "the test leaves nothing behind"

    await visitor.page.get_by_label(visitor.say("School"), exact=True).uncheck()
    await visitor.button("Talk about this now").click()
    await visitor.sees("You came in, and the answers you chose came along.")

    await expect(aino.queue).to_have_count(1)
    await expect(aino.queue).to_contain_text(aino.say("Loneliness"))
    await aino.takes_next()
    brought = aino.page.locator("#brought")
    await expect(brought).to_be_visible()
    await expect(brought).to_contain_text(aino.say("Worry test: “%(who)s”", who=aino.say("I am 13–17")))
    told = {await row.locator("dt").inner_text(): await row.locator("dd").inner_text()
            for row in await brought.locator("dl > div").all()}  # fmt: skip
    shorts = [aino.say(short) for short in ("Bothers", "Has lasted", "Somebody to talk to")]
    assert told == {
        aino.say(topic): "\n".join(f"{short}: {aino.say(said)}" for short, said in zip(shorts, answers, strict=True))
        for topic, answers in (
            ("Sleep", ("Somewhat", "Over two weeks", "Yes, there is")),
            ("Friends and loneliness", ("A lot", "Over two weeks", "No, nobody")),
        )
    }, "what was ticked, and no zones"
    await expect(aino.page.locator("#facts .history")).to_contain_text(
        aino.say("Came to the queue with answers of the worry test")
    )
    await shoot(aino, "worry-at-the-desk")


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_safety_answer_shows_on_the_next_page_and_opens_the_first_place_in_the_queue(people, shoot, scripts):
    aino = await people.worker("Aino", "en")
    await aino.signs_in()
    await aino.goes_on_duty()
    await (await people.visitor("en")).opens_chat("Somebody earlier")
    visitor = await people.visitor("en", java_script_enabled=scripts)
    taker = Taker(visitor)
    await taker.begins("I am 13–17", "Mood")
    await taker.tells("Mood", "Not at all")
    await taker.says(
        "Have you thought of hurting yourself, or that you do not want to live?", "Yes, I have thought of it"
    )
    panel = visitor.page.locator("section.crisis")
    await expect(panel.get_by_role("heading")).to_have_text("You told us about very hard thoughts.")
    await expect(panel.get_by_role("heading")).to_be_focused()
    await expect(panel.locator("a[href='tel:112']")).to_be_visible()
    await visitor.sees_heading("Is something of this true right now?")
    await shoot(visitor, f"worry-panel-{scripts}")
    await panel.get_by_role("button", name="Talk now, you go first in line").click()
    await expect(visitor.page).to_have_url(re.compile("/en/chat$"))
    await expect(aino.queue).to_have_count(2)
    await expect(aino.queue.first).to_contain_text("Says they think of hurting themselves or do not want to live")
    await aino.takes_next()
    await expect(aino.page.locator("#brought")).to_contain_text("Says they think of hurting themselves")


async def test_back_and_forward_of_the_browser_go_through_the_pages_and_a_reload_starts_anew(people):
    visitor = await people.visitor("fi")
    taker = Taker(visitor)
    await taker.begins("I am 10–12", "Mood", "School")
    await taker.tells("Mood", "A lot", "A few days", "I am not sure")
    await visitor.sees_heading("School")
    await expect(visitor.heading("School")).to_be_focused()
    await visitor.page.go_back()
    await visitor.sees_heading("Mood")
    await expect(visitor.page.get_by_label(visitor.say("A lot"), exact=True)).to_be_checked()
    await visitor.page.go_back()
    await visitor.sees_heading("What weighs on you most?")
    await visitor.page.go_forward()
    await visitor.sees_heading("Mood")
    await taker.tells("Mood", "Somewhat")
    await taker.tells("School", "A little", "A week or two")
    await taker.is_safe()
    await taker.sees_wave("Mood", "a small worry")
    await visitor.button("Back").click()
    await visitor.sees_heading("Is something of this true right now?")
    await visitor.page.reload()
    await visitor.sees_heading("What weighs on you?")


async def test_by_keyboard_alone(people):
    visitor = await people.visitor("en", viewport={"width": 1280, "height": 800}, has_touch=False, is_mobile=False)
    page, keys = visitor.page, visitor.page.keyboard
    await visitor.goes("/en/worry-test")
    await goes_to(visitor, visitor.button("I am 18–24"))
    await keys.press("Enter")
    await expect(visitor.heading("What weighs on you most?")).to_be_focused()
    await goes_to(visitor, page.locator("input[value=sleep]"))
    await keys.press("Space")
    await goes_to(visitor, visitor.button("Next"))
    await keys.press("Enter")
    await expect(visitor.heading("Sleep")).to_be_focused()
    await keys.press("Tab")
    await keys.press("Space")
    await keys.press("ArrowDown")
    await keys.press("ArrowDown")
    await expect(page.get_by_label("Somewhat", exact=True)).to_be_checked()
    await sees_where_they_are(visitor)
    await keys.press("Enter")  # a form goes on with Enter, never back
    await expect(
        visitor.heading("Have you thought of hurting yourself, or that you do not want to live?")
    ).to_be_focused()
    await goes_to(visitor, visitor.button("Skip this"))
    await keys.press("Enter")
    await expect(visitor.heading("Is something of this true right now?")).to_be_focused()
    await goes_to(visitor, visitor.button("Skip this"))
    await keys.press("Enter")
    await expect(visitor.heading("How things look now")).to_be_focused()
    await goes_to(visitor, visitor.button("Talk about this now"))
    await keys.press("Enter")
    await expect(page).to_have_url(re.compile("/en/chat$"))


async def test_a_mistake_is_summed_up_and_has_the_focus(people):
    visitor = await people.visitor("en")
    visitor.watch.allow("status of 422")
    await visitor.goes("/en/worry-test")
    await visitor.button("I am 10–12").click()
    await visitor.sees_heading("What weighs on you most?")
    for box in (await visitor.page.locator("input[name=topic]").all())[:5]:
        await box.check()
    await visitor.button("Next").click()
    await expect(visitor.heading("Look at one thing")).to_be_focused()
    await expect(visitor.page.get_by_role("alert")).to_contain_text("Choose at most 4.")
    assert await visitor.page.locator("input[name=topic]:checked").count() == 5
    await visitor.page.get_by_role("link", name="Choose at most 4.").click()
    await settled(visitor.page)
    assert not await violations(visitor.page)


async def test_a_lost_connection_loses_no_answer(people):
    visitor = await people.visitor("en")
    taker = Taker(visitor)
    visitor.watch.allow("ERR_FAILED|ERR_INTERNET_DISCONNECTED|Failed to load")
    await taker.begins("I am 10–12", "Mood")
    await visitor.sees_heading("Mood")
    # The quiet way fails: the form then goes the ordinary way.
    lost = []

    async def lose(route):
        if route.request.resource_type == "xhr" and not lost:
            lost.append(route)
            await route.abort()
        else:
            await route.continue_()

    await visitor.page.route("**/worry-test", lose)
    await taker.tells("Mood", "Very much", "Over two weeks", "No, nobody")
    await visitor.sees_heading("Have you thought of hurting yourself, or that you do not want to live?")
    assert lost
    await taker.is_safe()
    await taker.sees_wave("Mood", "a big worry")

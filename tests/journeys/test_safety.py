"""The visitor's safety net in a real browser: gone in a moment, back by a code, and heard without any script."""

import re

import pytest
from playwright.async_api import expect

from tests.people import WorkerPerson

SECRET = "isä löi eilen"
WEATHER = "https://www.ilmatieteenlaitos.fi/"
FORM_REFUSED = r"the server responded with a status of 4\d\d"


async def neutral_page(visitor) -> None:
    """The everyday page, without the network."""
    await visitor.context.route(WEATHER, lambda route: route.fulfill(body="Huomenna sataa."))
    visitor.watch.allow(f"^asked a stranger: {WEATHER}$")


async def is_gone(visitor) -> None:
    await expect(visitor.page.get_by_text("Huomenna sataa.")).to_be_visible()
    assert visitor.page.url == WEATHER
    assert await visitor.context.cookies(visitor.service.origin) == []


@pytest.fixture
async def aino(service):
    """Aino on duty, with a socket but no browser: the other side of a journey that looks at the visitor's."""
    worker = WorkerPerson(service.origin)
    assert await worker.sign_in("aino@demo.example", service.password) == 303
    await worker.on_duty()
    yield worker
    await worker.leave()


async def taken_by(aino) -> str:
    return (await aino.do("claim_next"))["contact"]["id"]


async def hides(visitor, minutes: float) -> None:
    """The page is out of sight for some minutes, on a phone that sleeps meanwhile."""
    await visitor.page.evaluate("""() => {
      Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }""")
    await visitor.page.clock.fast_forward(round(minutes * 60_000))


async def looks_again(visitor) -> None:
    await visitor.page.evaluate("""() => {
      delete document.visibilityState;
      document.dispatchEvent(new Event("visibilitychange"));
    }""")


# Quick exit


async def test_shift_three_times_leaves_and_any_other_key_stays(people, shoot) -> None:
    visitor = await people.visitor()
    await neutral_page(visitor)
    await visitor.opens_chat()
    await visitor.writes(SECRET)
    await visitor.has_sent(SECRET)
    keys, told = visitor.page.keyboard, visitor.page.get_by_role("status").and_(visitor.page.locator("#shifts"))
    # Capital letters are no wish to leave.
    await visitor.box.focus()
    for letter in "ABC":
        await keys.press(f"Shift+{letter}")
    await expect(told).to_be_empty()
    await keys.press("Shift")
    await expect(told).to_have_text(visitor.say("Press Shift twice more to leave."))
    await keys.press("Shift")
    await expect(told).to_have_text(visitor.say("Press Shift once more to leave."))
    await shoot(visitor, "safety-shift")
    await keys.press("a")
    await expect(told).to_have_text(visitor.say("You stay here."))
    for _ in range(3):
        await keys.press("Shift")
    await is_gone(visitor)


async def test_presses_further_apart_than_five_seconds_do_not_count(people) -> None:
    visitor = await people.visitor()
    await visitor.page.clock.install()
    await visitor.goes("/fi/exit-help")
    for _ in range(2):
        await visitor.page.keyboard.press("Shift")
    await visitor.page.clock.run_for(5100)
    await visitor.page.keyboard.press("Shift")
    await expect(visitor.page.locator("#shifts")).to_have_text(visitor.say("Press Shift twice more to leave."))
    await visitor.sees_heading("How to leave fast")


async def test_nothing_is_left_on_screen_before_the_network_answers(people) -> None:
    visitor = await people.visitor()
    await neutral_page(visitor)
    await visitor.opens_chat()
    await visitor.writes(SECRET)
    await visitor.has_sent(SECRET)
    await visitor.box.fill("kesken")
    held = []
    await visitor.context.route("**/exit", lambda route: held.append(route))
    await visitor.page.locator(".page-head .exit").tap()
    # The answer of our server has not come, yet there is not a word, and soon nobody waits for it any more.
    await expect(visitor.page.locator("body")).to_be_empty()
    assert await visitor.page.title() == "…"
    assert await visitor.page.evaluate("sessionStorage.length + localStorage.length") == 0
    await expect(visitor.page.get_by_text("Huomenna sataa.")).to_be_visible()
    for route in held:
        await route.continue_()


async def test_leaving_from_one_window_leaves_from_all(people) -> None:
    visitor = await people.visitor()
    await neutral_page(visitor)
    await visitor.opens_chat()
    other = await visitor.context.new_page()
    await other.goto(f"{visitor.service.origin}/fi/exit-help")
    await other.get_by_role("link", name=visitor.say("Try it now"), exact=True).tap()
    await expect(other.get_by_text("Huomenna sataa.")).to_be_visible()
    await is_gone(visitor)


async def test_back_and_a_reopened_address_show_not_a_word(people) -> None:
    visitor = await people.visitor()
    await neutral_page(visitor)
    await visitor.goes("/fi/")
    await visitor.link("Talk now").tap()
    await visitor.page.get_by_label(visitor.say("What may we call you?")).fill("Kuura")
    await visitor.button("Go to the chat").tap()
    await visitor.sees_heading("You are next")
    await visitor.writes(SECRET)
    await visitor.has_sent(SECRET)
    address = visitor.page.url
    await visitor.page.get_by_role("link", name=re.compile(f"^{visitor.say('Exit')}")).last.tap()
    await is_gone(visitor)
    for _ in range(3):
        await visitor.page.go_back()
        page = await visitor.page.content()
        assert SECRET not in page and "Kuura" not in page
    reopened = await visitor.context.new_page()
    await reopened.goto(address)
    assert SECRET not in await reopened.content()
    await expect(reopened.get_by_role("heading", name=visitor.say("Good that you came."))).to_be_visible()


async def test_a_page_that_the_browser_keeps_in_its_memory_is_an_empty_one(people) -> None:
    visitor = await people.visitor()
    await visitor.opens_chat()
    await visitor.writes(SECRET)
    await visitor.has_sent(SECRET)
    await visitor.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    assert SECRET not in await visitor.page.content()
    async with visitor.page.expect_navigation():
        await visitor.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    await expect(visitor.log).to_contain_text(SECRET)


async def test_above_the_keyboard_of_a_phone_the_exit_stays_in_reach(people, shoot) -> None:
    for height in (740, 420, 330):  # without a keyboard, with one, with one on a small phone
        above = height == 740
        visitor = await people.visitor(viewport={"width": 360, "height": height})
        await visitor.opens_chat()
        await visitor.box.focus()
        await shoot(visitor, f"safety-keyboard-{height}")
        way_out = visitor.page.locator(".exit").filter(visible=True).locator(f"nth={0 if above else -1}")
        await expect(way_out).to_be_in_viewport(ratio=1)
        await expect(visitor.box).to_be_in_viewport(ratio=1)
        place = await way_out.bounding_box()
        assert place["height"] >= 44 and (place["y"] < 64 if above else place["y"] > height / 2)
        await expect(visitor.page.locator("#composer .exit")).to_be_visible(visible=not above)


# Without JavaScript


async def test_the_whole_talk_without_javascript_with_a_worker_at_the_desk(people, shoot) -> None:
    visitor, aino = await people.visitor(java_script_enabled=False), await people.worker("Aino")
    visitor.watch.allow(FORM_REFUSED)
    page = visitor.page
    await visitor.goes("/fi/")
    await visitor.link("Talk now").tap()
    await visitor.button("Go to the chat").tap()
    await visitor.sees_heading("You are next")
    await visitor.writes("moi")
    await expect(visitor.log).to_contain_text("moi")
    await shoot(visitor, "safety-plain-waiting")
    await aino.signs_in()
    await aino.goes_on_duty()
    await aino.takes_next()
    await aino.hears("moi")
    await aino.writes("Hei, mitä kuuluu?")
    await aino.has_sent("Hei, mitä kuuluu?")
    for _ in range(2):  # the link asks anew however often one follows it
        await visitor.link("Show new messages").tap()
    await visitor.hears("Hei, mitä kuuluu?")
    await aino.writes("Kerro vaan.")
    await aino.has_sent("Kerro vaan.")
    await visitor.link("Show new messages").tap()
    await visitor.hears("Kerro vaan.")
    await shoot(visitor, "safety-plain-talking")

    # Not safe: the panel, the flag at the desk, and what was half written is still there.
    await visitor.box.fill("se tulee")
    await visitor.button("I am not safe now").tap()
    panel = page.get_by_role("dialog", name=visitor.say("It is good that you told us."))
    await expect(panel).to_contain_text(visitor.say("The one you are talking with knows. Tell what is happening."))
    await expect(visitor.box).to_have_value("se tulee")
    await shoot(visitor, "safety-plain-danger")
    await panel.get_by_role("link", name=visitor.say("Back to the chat")).tap()
    await expect(panel).to_be_hidden()
    await expect(aino.talk).to_contain_text(aino.say("Says they are not safe now"))

    # A code, which nobody gives away by mistake.
    await visitor.button("Get a return code").tap()
    await expect(page.locator("#code")).to_have_text(re.compile("^(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}$"))
    code = await page.locator("#code").inner_text()
    await visitor.writes(f"mun koodi on {code}")
    await visitor.sees(
        "This looks like a return code. Whoever has it can read the whole talk, and no worker asks for it."
    )
    assert code not in await aino.page.content()
    await visitor.box.fill("ei mitään")
    await page.locator("#composer").get_by_role("button", name=visitor.say("Send"), exact=True).tap()
    await aino.hears("ei mitään")

    # The end, the question, and everything gone.
    await visitor.button("End the chat").tap()
    await visitor.sees_heading("Thank you for talking.")
    await page.get_by_text(visitor.say("A lot"), exact=True).tap()
    await visitor.button("Send my answer").tap()
    await visitor.sees("Your answer is saved. It helps us do this better, thank you.")
    await page.get_by_text(visitor.say("Erase it now"), exact=True).tap()
    await visitor.button("Erase my messages").tap()
    await visitor.sees_heading("Your messages are erased.")
    await aino.sees_heading("Erased by the visitor")
    visitor.watch.allow(f"^asked a stranger: {WEATHER}$|ERR_")
    async with page.expect_response("**/exit") as answered:
        await page.locator(".page-head .exit").click(no_wait_after=True)
    assert (await (await answered.value).header_value("location")) == WEATHER
    assert await visitor.context.cookies(visitor.service.origin) == []


# Where WebSockets do not get through


async def test_with_websockets_blocked_the_talk_goes_on_more_slowly(people, aino, shoot) -> None:
    visitor = await people.visitor()
    visitor.watch.allow("WebSocket connection to")
    wall = True
    await visitor.context.route_web_socket(
        re.compile("socket.io"), lambda socket: socket.close() if wall else socket.connect_to_server()
    )
    await visitor.page.clock.install()
    await visitor.goes("/fi/chat")
    await visitor.button("Go to the chat").tap()
    await visitor.sees("Slower connection, but it works.")
    await visitor.sees_heading("You are next")
    await visitor.writes("kuuletko minua")
    await visitor.has_sent("kuuletko minua")
    contact_id = await taken_by(aino)
    await visitor.sees_heading("%(name)s is listening", name="Aino")
    await aino.say(contact_id, "Kuulen hyvin.")
    await visitor.hears("Kuulen hyvin.")
    await shoot(visitor, "safety-slower")
    assert await aino.texts(contact_id) == ["kuuletko minua", "Kuulen hyvin."]
    await visitor.page.reload()
    await visitor.sees("Slower connection, but it works.")
    assert await visitor.said_and_heard() == ["kuuletko minua", "Kuulen hyvin."]
    await visitor.button("I am not safe now").tap()
    await visitor.sees("The one you are talking with knows. Tell what is happening.")
    await visitor.link("Back to the chat").tap()

    # The wall is gone: back to the quick way by itself.
    wall = False
    await visitor.page.clock.fast_forward(61_000)
    await expect(visitor.page.locator("body")).to_have_attribute("data-net", "connected")
    await expect(visitor.page.locator("#net")).to_be_hidden()
    await aino.say(contact_id, "Nyt menee nopeasti.")
    await visitor.hears("Nyt menee nopeasti.")
    assert await visitor.said_and_heard() == ["kuuletko minua", "Kuulen hyvin.", "Nyt menee nopeasti."]
    await aino.do("close_contact", contact_id=contact_id, outcome="listened")
    await visitor.sees_heading("Thank you for talking.")


# The return code


async def test_a_code_brings_the_talk_to_a_second_device_and_closes_it_on_the_first(people, aino, shoot) -> None:
    visitor, library = await people.visitor(), await people.visitor(viewport={"width": 1280, "height": 800})
    library.watch.allow(FORM_REFUSED)
    await visitor.opens_chat()
    await visitor.writes(SECRET)
    await visitor.has_sent(SECRET)
    contact_id = await taken_by(aino)
    await visitor.sees_heading("%(name)s is listening", name="Aino")
    await visitor.button("Your safety").tap()
    await visitor.button("Get a return code").tap()
    code = await visitor.page.locator("#code:visible").inner_text()
    await shoot(visitor, "safety-code")
    await visitor.page.get_by_role("dialog").get_by_role("button", name=visitor.say("Back to the chat")).tap()

    # Pasted into a message, it is held back.
    await visitor.writes(f"koodini on {code.lower()}")
    await visitor.sees(
        "This looks like a return code. Whoever has it can read the whole talk, and no worker asks for it."
    )
    await shoot(visitor, "safety-code-seen")
    assert await aino.texts(contact_id) == [SECRET]
    await visitor.box.fill("kesken")

    await library.goes("/fi/")
    await library.link("Return with a code").click()
    box = library.page.get_by_label(library.say("Your return code"))
    await box.fill(code[:-1] + ("Z" if code[-1] != "Z" else "Y"))
    await library.button("Open my talk").click()
    slip = "There is a slip of the pen somewhere: a character is wrong, missing or too many. "
    await library.sees(slip + "Look at it once more, slowly, four characters at a time.")
    await shoot(library, "safety-return-slip")
    await box.fill(code.lower().replace("-", " "))
    await library.button("Open my talk").click()
    await library.sees_heading("%(name)s is listening", name="Aino")
    await expect(library.log).to_contain_text(SECRET)

    await visitor.sees_heading("The talk was opened on another device, so it is closed here.")
    assert SECRET not in await visitor.page.content()
    assert "kesken" not in await visitor.page.evaluate(
        "JSON.stringify(sessionStorage) + document.querySelector('#text').value"
    )
    await aino.say(contact_id, "Kirjoitat nyt kirjastosta.")
    await library.hears("Kirjoitat nyt kirjastosta.")
    assert "kirjastosta" not in await visitor.page.content()


async def test_somebody_who_insists_may_send_a_code(people, aino) -> None:
    visitor = await people.visitor()
    await visitor.opens_chat()
    await visitor.button("Your safety").tap()
    await visitor.button("Get a return code").tap()
    code = await visitor.page.locator("#code:visible").inner_text()
    await visitor.page.get_by_role("dialog").get_by_role("button", name=visitor.say("Back to the chat")).tap()
    await visitor.writes(code)
    await visitor.button("Send it anyway").tap()
    await visitor.has_sent(code)
    assert await aino.texts(await taken_by(aino)) == [code]


# Others use this phone


async def test_a_shared_phone_hides_the_talk_and_later_leaves_it(people, shoot) -> None:
    visitor = await people.visitor()
    await neutral_page(visitor)
    await visitor.page.clock.install()
    await visitor.goes("/fi/chat")
    await visitor.page.get_by_role("checkbox", name=re.compile(f"^{visitor.say('Others use this phone')}")).check()
    await visitor.button("Go to the chat").tap()
    # The code comes first: without it there would be no way back.
    code = await visitor.page.locator("#code:visible").inner_text()
    assert code
    await visitor.sees("This is on.")
    await shoot(visitor, "safety-shared")
    await visitor.page.get_by_role("dialog").get_by_role("button", name=visitor.say("Back to the chat")).tap()
    await visitor.writes(SECRET)
    await visitor.has_sent(SECRET)
    words = visitor.page.get_by_text(SECRET, exact=True)

    await hides(visitor, 1.5)
    await looks_again(visitor)
    await expect(words).to_be_visible()
    await hides(visitor, 2.5)
    await expect(words).to_be_hidden()
    await looks_again(visitor)
    await visitor.sees_heading("This is hidden.")
    await shoot(visitor, "safety-covered")
    await visitor.link("Tap to show").tap()
    await expect(words).to_be_visible()

    await hides(visitor, 10.5)
    await is_gone(visitor)
    await visitor.goes("/fi/return")
    await visitor.page.get_by_label(visitor.say("Your return code")).fill(code)
    await visitor.button("Open my talk").tap()
    await expect(words).to_be_visible()


async def test_it_can_be_turned_on_and_off_during_the_talk(people) -> None:
    visitor = await people.visitor()
    await visitor.opens_chat()
    await visitor.button("Your safety").tap()
    await visitor.button("Turn it on and get a code").tap()
    await visitor.sees("This is on.")
    await expect(visitor.page.locator("#code")).to_be_visible()
    await visitor.page.reload()
    await expect(visitor.page.locator("body")).to_have_attribute("data-shared", "")
    await visitor.button("Your safety").tap()
    await visitor.button("Turn it off").tap()
    await expect(visitor.button("Turn it on and get a code")).to_be_visible()


# Drafts


async def test_a_draft_survives_a_reload_and_dies_with_the_end(people, aino) -> None:
    visitor = await people.visitor()
    await visitor.opens_chat()
    await visitor.box.fill("ehkä mä vaan")
    await visitor.page.reload()
    await expect(visitor.box).to_have_value("ehkä mä vaan")
    contact_id = await taken_by(aino)
    await aino.do("close_contact", contact_id=contact_id, outcome="test")
    await visitor.sees_heading("Thank you for talking.")
    assert await visitor.page.evaluate("sessionStorage.length") == 0


async def test_each_release_is_told_in_words_and_stays_told(people, aino) -> None:
    visitor = await people.visitor()
    await visitor.opens_chat()
    told = visitor.say(
        "The worker had to leave. You are at the front of the line, and the next one reads what you have written."
    )
    for times in (1, 2):
        contact_id = await taken_by(aino)
        await visitor.sees_heading("%(name)s is listening", name="Aino")
        await aino.do("release_contact", contact_id=contact_id)
        await expect(visitor.log.get_by_text(told, exact=True)).to_have_count(times)
        await visitor.sees_heading("You are next")
    await visitor.page.reload()
    await expect(visitor.log.get_by_text(told, exact=True)).to_have_count(2)

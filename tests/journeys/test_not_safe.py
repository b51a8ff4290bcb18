"""One tap, "I am not safe now": help in words at once, with or without a network, and first in line at the desk."""

import re

from playwright.async_api import expect

from tests.people import VisitorPerson


async def sees_the_numbers(visitor) -> None:
    say = visitor.say
    panel = visitor.page.get_by_role("dialog", name=say("It is good that you told us."))
    await expect(panel).to_be_visible()
    for words, address in (("In danger? Ring", "tel:112"), ("Cannot speak? Send a text to", "sms:112")):
        link = panel.get_by_role("link", name=re.compile(re.escape(say(words))))
        await expect(link).to_have_attribute("href", address)
    what_to_say = "Say or write three things: the municipality, the address, and what is happening."
    await expect(panel).to_contain_text(say(what_to_say))
    await expect(panel).to_contain_text(say("We cannot see where you are. If you want help to come, tell us too."))


async def test_one_tap_while_waiting_puts_a_child_first(people, service, shoot) -> None:
    earlier = await VisitorPerson(service.origin).arrive()
    try:
        await earlier.open_contact(topics=["school"])
        visitor = await people.visitor()
        await visitor.opens_chat()
        aino = await people.worker("Aino")
        await aino.signs_in()
        await aino.goes_on_duty(1)
        await expect(aino.queue).to_have_count(2)
        await aino.takes_next()
        await expect(aino.queue).to_have_count(1)
        await (again := await VisitorPerson(service.origin).arrive()).open_contact(topics=["sleep"])
        await expect(aino.queue).to_have_count(2)

        button = visitor.button("I am not safe now")
        await button.tap()
        await sees_the_numbers(visitor)
        await visitor.sees("The workers know. You are now first in line, and someone comes as soon as they can.")
        await shoot(visitor, "not-safe-panel")

        # At the desk: first, with the reason in words, and room for this one above the chosen number.
        await expect(aino.queue.first).to_contain_text(aino.say("Says they are not safe now"))
        await expect(aino.page.locator("#glance [data-part=flagged]")).to_have_text(re.compile("^1 "))
        await shoot(aino, "not-safe-desk")
        await aino.queue.first.get_by_role("button").click()
        await expect(aino.talk).to_contain_text(aino.say("Says they are not safe now"))

        # Back to the chat: somebody is there.
        await visitor.link("Back to the chat").tap()
        await expect(button).to_be_focused()
        await visitor.sees_heading("%(name)s is listening", name="Aino")
        await again.leave()
    finally:
        await earlier.leave()


async def test_one_tap_in_the_talk_tells_the_worker(people) -> None:
    visitor, aino = await people.visitor("en"), await people.worker("Aino", "en")
    await visitor.opens_chat()
    await aino.signs_in()
    await aino.goes_on_duty()
    await aino.takes_next()
    await visitor.sees_heading("%(name)s is listening", name="Aino")
    await visitor.button("I am not safe now").tap()
    await sees_the_numbers(visitor)
    await visitor.sees("The one you are talking with knows. Tell what is happening.")
    await expect(aino.talk).to_contain_text("Says they are not safe now")
    await expect(aino.toast).to_contain_text("not safe now")


async def test_without_a_network_the_numbers_show_at_once_and_the_workers_hear_of_it_later(people) -> None:
    visitor, aino = await people.visitor(), await people.worker("Aino")
    await visitor.opens_chat()
    await aino.signs_in()
    await expect(aino.queue).to_have_count(1)
    visitor.watch.allow(r"ERR_INTERNET_DISCONNECTED")
    await visitor.context.set_offline(True)
    await visitor.sees("The connection is cut. Your messages are safe, and we keep trying.")
    await visitor.button("I am not safe now").tap()
    await sees_the_numbers(visitor)
    await visitor.sees(
        "There is no connection right now, so this has not reached us. We keep trying. Do not wait for us: ring 112."
    )
    await visitor.context.set_offline(False)
    await visitor.sees("The workers know. You are now first in line, and someone comes as soon as they can.")
    await expect(aino.queue.first).to_contain_text(aino.say("Says they are not safe now"))

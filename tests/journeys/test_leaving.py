"""Ways out: ending the talk, erasing it, and the quick exit that leaves nothing behind."""

import re

import pytest
from playwright.async_api import expect

SECRET = "isä löi eilen"


async def talking(people):
    visitor, aino = await people.visitor(), await people.worker("Aino")
    await visitor.opens_chat()
    await visitor.writes(SECRET)
    await visitor.has_sent(SECRET)
    await aino.signs_in()
    await aino.goes_on_duty()
    await aino.takes_next()
    await aino.hears(SECRET)
    await visitor.sees_heading("%(name)s is listening", name="Aino")
    return visitor, aino


async def test_ending_the_chat_is_told_to_the_worker_who_closes_it(people, shoot) -> None:
    visitor, aino = await talking(people)
    await visitor.button("End").tap()
    dialog = visitor.page.get_by_role("dialog", name=visitor.say("End the chat?"))
    await expect(dialog).to_contain_text(
        visitor.say("You can say goodbye first if you want. Ending without a word is fine too.")
    )
    await shoot(visitor, "leave-dialog")
    # One may still stay.
    await dialog.get_by_role("button", name=visitor.say("Stay")).tap()
    await expect(visitor.button("End")).to_be_focused()
    await visitor.button("End").tap()
    await dialog.get_by_role("button", name=visitor.say("End the chat"), exact=True).tap()
    await visitor.sees_heading("Thank you for talking.")

    await aino.sees("The visitor left. You can still write a note. Then close the chat.")
    await expect(aino.talk.get_by_role("button", name=aino.say("To the queue"), exact=True)).to_be_hidden()
    await aino.writes("Ilmoitus tehty.")
    await expect(aino.log.locator(".note")).to_contain_text("Ilmoitus tehty.")
    await aino.closes("The person left")
    await expect(aino.own).to_have_count(0)


async def test_leaving_the_line_leaves_the_queue(people) -> None:
    visitor, aino = await people.visitor("en"), await people.worker("Aino", "en")
    await visitor.opens_chat()
    await aino.signs_in()
    await expect(aino.queue).to_have_count(1)
    await visitor.button("Leave the line").tap()
    dialog = visitor.page.get_by_role("dialog", name="Leave the line?")
    await dialog.get_by_role("button", name="Leave the line", exact=True).tap()
    await visitor.sees_heading("You left the line.")
    await expect(aino.queue).to_have_count(0)


async def test_erasing_leaves_no_word_on_either_side(people, shoot) -> None:
    visitor, aino = await talking(people)
    await visitor.button("End").tap()
    await visitor.button("End and erase what I wrote").tap()
    dialog = visitor.page.get_by_role("dialog", name=visitor.say("Erase the whole talk?"))
    await expect(dialog).to_contain_text(
        visitor.say("Your messages disappear at once, from you and from us. This cannot be undone.")
    )
    await shoot(visitor, "erase-dialog")
    await dialog.get_by_role("button", name=visitor.say("Erase my messages")).tap()
    await visitor.sees_heading("Your messages are erased.")
    assert SECRET not in await visitor.page.content()

    await aino.sees_heading("Erased by the visitor")
    duty = (
        "Every message is gone, also from us. "
        "If you have a duty to notify, write your own notice now, while you remember."
    )
    await expect(aino.talk).to_contain_text(aino.say(duty))
    assert SECRET not in await aino.page.content()
    await shoot(aino, "erased-desk")
    await aino.talk.get_by_role("button", name=aino.say("Remove from my chats")).click()
    await expect(aino.own).to_have_count(0)
    # The page that follows it stays the same after a reload, and offers a new beginning.
    await visitor.page.reload()
    await visitor.sees_heading("Your messages are erased.")
    await expect(visitor.link("Start a new chat")).to_be_visible()


@pytest.mark.parametrize("way", ["link", "shift three times"])
async def test_quick_exit_wipes_the_page_and_the_session(people, way) -> None:
    visitor = await people.visitor()
    elsewhere = "https://www.ilmatieteenlaitos.fi/"
    await visitor.context.route(elsewhere, lambda route: route.fulfill(body="Huomenna sataa."))
    visitor.watch.allow(rf"^asked a stranger: {elsewhere}$")
    await visitor.goes("/fi/")
    await visitor.link("Talk now").tap()
    await visitor.button("Go to the chat").tap()
    await visitor.sees_heading("You are next")
    await visitor.writes(SECRET)
    await visitor.has_sent(SECRET)
    await visitor.box.fill("kesken jäänyt ajatus")

    if way == "link":
        await visitor.page.get_by_role("link", name=re.compile(f"^{visitor.say('Exit')}")).last.tap()
    else:
        for _ in range(3):
            await visitor.page.keyboard.press("Shift")
    await expect(visitor.page.get_by_text("Huomenna sataa.")).to_be_visible()
    assert visitor.page.url == elsewhere
    assert await visitor.context.cookies(visitor.service.origin) == []

    # Back shows nothing of it, and the chat's address knows nobody.
    await visitor.page.go_back()
    assert SECRET not in await visitor.page.content()
    await visitor.goes("/fi/chat")
    await visitor.sees_heading("Good that you came.")
    page = await visitor.page.content()
    assert SECRET not in page and "kesken jäänyt" not in page
    assert await visitor.page.evaluate("sessionStorage.length + localStorage.length") == 0

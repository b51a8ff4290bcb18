"""The whole story, from the first page to the end: a young person on a phone and a worker at the desk."""

import re

import pytest
from playwright.async_api import expect


@pytest.mark.parametrize("lang", ["fi"])
async def test_somebody_young_is_heard_from_the_first_page_to_the_end(people, shoot, lang) -> None:
    visitor = await people.visitor(lang)
    say = visitor.say

    # The first page: somebody is here, and one door.
    await visitor.goes("/")
    await expect(visitor.page).to_have_url(re.compile(f"/{lang}/$"))
    if lang == "fi":
        assert say("Talk now") == "Juttele nyt"
    await shoot(visitor, f"story-{lang}-1-home")
    await visitor.link("Talk now").tap()

    # Before the chat: who answers, and everything may be skipped; a name and three taps.
    await visitor.sees_heading("Good that you came.")
    await visitor.page.get_by_label(say("What may we call you?")).fill("Kuura")
    for words in ("13–17", "Lumikylä", say("Loneliness"), say("School")):
        await visitor.page.get_by_text(words, exact=True).tap()
    await shoot(visitor, f"story-{lang}-2-before")
    await visitor.button("Go to the chat").tap()

    # Waiting: the place, honestly that nobody is here yet, and one can write.
    await visitor.sees_heading("You are next")
    await expect(visitor.page.locator("#guess")).to_contain_text(say("Nobody is here yet. We have alerted them."))
    await visitor.writes("moi. en tiedä mistä aloittaa")
    await visitor.has_sent("moi. en tiedä mistä aloittaa")
    await shoot(visitor, f"story-{lang}-3-waiting")

    # The worker signs in, goes on duty and sees who waits, but not a word of theirs.
    aino = await people.worker("Aino", lang)
    await aino.signs_in()
    await shoot(aino, f"story-{lang}-4-desk-off-duty")
    await aino.goes_on_duty()
    row = aino.queue.first
    for words in ("13–17", "Lumikylä", say("Loneliness"), say("School"), say("Chat")):
        await expect(row).to_contain_text(words)
    assert "Kuura" not in await aino.page.locator("body").inner_text()
    assert "mistä aloittaa" not in await aino.page.content()
    await shoot(aino, f"story-{lang}-5-desk-queue")
    await row.get_by_role("button", name=re.compile(re.escape(say("Take this now")))).click()

    # Both are there, and both know it.
    await expect(aino.talk.get_by_role("heading", name="Kuura")).to_be_visible()
    await aino.hears("moi. en tiedä mistä aloittaa")
    await expect(aino.queue).to_have_count(0)
    await visitor.sees_heading("%(name)s is listening", name="Aino")
    await expect(visitor.log).to_contain_text(say("%(name)s joined. Now you can talk in peace.", name="Aino"))

    # Typing shows while it lasts, a message shows once, and what was read says so.
    await aino.box.press_sequentially("Hei")
    await visitor.sees("%(name)s is writing", name="Aino")
    await aino.writes(" Kuura, hyvä kun kirjoitit.")
    await aino.has_sent("Hei Kuura, hyvä kun kirjoitit.")
    await visitor.hears("Hei Kuura, hyvä kun kirjoitit.")
    await expect(visitor.page.locator("#typing")).to_be_hidden()
    await expect(aino.log.locator(".own").last.get_by_text(say("Seen"), exact=True)).to_be_visible()
    await visitor.box.press_sequentially("mä")
    await expect(aino.talk.locator(".typing")).to_be_visible()
    await visitor.writes(" oon tosi yksin koulussa")
    await visitor.has_sent("mä oon tosi yksin koulussa")
    await aino.hears("mä oon tosi yksin koulussa")
    await expect(visitor.log.locator(".own").last.get_by_text(say("Seen"), exact=True)).to_be_visible()

    # A note is for workers: it looks like paper, its button says so, and the visitor never gets it.
    await aino.page.keyboard.press("Alt+m")
    await expect(aino.talk.get_by_role("button", name=say("Save the note"))).to_be_visible()
    await aino.writes("Kysy koulukuraattorista.")
    note = aino.log.locator(".note")
    await expect(note).to_contain_text("Kysy koulukuraattorista.")
    await expect(note).to_contain_text(say("Note, only workers see this."))
    await shoot(aino, f"story-{lang}-6-desk-note")
    await aino.page.keyboard.press("Alt+m")
    await aino.writes("Kerro lisää, jos haluat.")
    await visitor.hears("Kerro lisää, jos haluat.")
    assert "koulukuraattorista" not in await visitor.page.content()
    await shoot(visitor, f"story-{lang}-7-talking")

    # The worker has to go: the visitor is told, stands first, and is taken again with all that was said.
    await aino.talk.get_by_role("button", name=say("To the queue"), exact=True).click()
    question = aino.page.get_by_role("dialog", name=say("Put this back to the head of the queue?"))
    await question.get_by_role("button", name=say("To the queue"), exact=True).click()
    await visitor.sees_heading("You are next")
    await expect(visitor.log).to_contain_text(
        say("The worker had to leave. You are at the front of the line, and the next one reads what you have written.")
    )
    await expect(aino.queue).to_have_count(1)
    await aino.takes_next()
    await visitor.sees_heading("%(name)s is listening", name="Aino")
    whole = [
        "moi. en tiedä mistä aloittaa",
        "Hei Kuura, hyvä kun kirjoitit.",
        "mä oon tosi yksin koulussa",
        "Kerro lisää, jos haluat.",
    ]
    assert await aino.said_and_heard() == whole

    # A reload in the middle loses nothing and doubles nothing, not even a half-written thought.
    await visitor.box.fill("se on sellasta että")
    await visitor.page.reload()
    await visitor.sees_heading("%(name)s is listening", name="Aino")
    await expect(visitor.box).to_have_value("se on sellasta että")
    assert await visitor.said_and_heard() == whole
    await visitor.writes(" kukaan ei kysy")
    await aino.hears("se on sellasta että kukaan ei kysy")
    assert await visitor.said_and_heard() == [*whole, "se on sellasta että kukaan ei kysy"]

    # The end: an outcome is asked for, and the visitor gets thanks and one question.
    await aino.talk.get_by_role("button", name=say("Close the chat"), exact=True).click()
    closing = aino.page.get_by_role("dialog", name=say("How did it end?"))
    await closing.get_by_role("button", name=say("Close the chat"), exact=True).click()
    await expect(closing.get_by_text(say("Choose what came of this."))).to_be_visible()
    await shoot(aino, f"story-{lang}-8-desk-close")
    await closing.get_by_text(say("Listened and talked"), exact=True).click()
    await closing.get_by_role("button", name=say("Close the chat"), exact=True).click()
    await expect(aino.toast).to_contain_text(say("Closed: %(outcome)s", outcome=say("Listened and talked")))
    await expect(aino.own).to_have_count(0)

    await visitor.sees_heading("Thank you for talking.")
    assert await visitor.said_and_heard() == [*whole, "se on sellasta että kukaan ei kysy"]
    await visitor.page.get_by_text(say("A lot"), exact=True).tap()
    await visitor.page.get_by_label(say("In your own words")).fill("oli hyvä kun joku kysyi")
    await shoot(visitor, f"story-{lang}-9-ended")
    await visitor.button("Send my answer").tap()
    await visitor.sees("Your answer is saved. It helps us do this better, thank you.")
    await shoot(visitor, f"story-{lang}-10-end")

    # Afterwards the chat's address still thanks, and offers a new beginning.
    await visitor.goes(f"/{lang}/chat")
    await visitor.sees_heading("Thank you for talking.")
    await visitor.link("Start a new chat").tap()
    await visitor.sees_heading("Good that you came.")

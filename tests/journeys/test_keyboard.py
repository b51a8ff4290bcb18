"""The whole way by keyboard alone: every stop can be seen, dialogs hold the focus and give it back."""

import re

from playwright.async_api import Locator, expect

from tests.journeys.axe import settled
from tests.journeys.people import Person
from tests.people import VisitorPerson, WorkerPerson

COMPUTER = {"viewport": {"width": 1280, "height": 800}, "has_touch": False, "is_mobile": False}

# The stop itself, or what is drawn around it, has an outline of two pixels or more and lies under nothing else.
_SEEN = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return "";
  const around = [one, one.closest("label, .box, .door")].filter(Boolean);
  const outlined = around.some((each) => [null, "::before", "::after"].some((pseudo) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(each, pseudo);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  }));
  const { left, top, width, height } = one.getClientRects()[0];
  const hit = document.elementFromPoint(left + width / 2, top + height / 2);
  const free = hit && around.some((each) => each.contains(hit) || hit.contains(each));
  const what = one.outerHTML.slice(0, 120);
  return outlined ? (free ? "" : `covered by ${hit?.outerHTML.slice(0, 80)}: ${what}`) : `no visible focus: ${what}`;
}"""


async def sees_where_they_are(person: Person) -> None:
    wrong = await person.page.evaluate(_SEEN)
    for _ in range(20):
        if not wrong:
            return
        await settled(person.page)  # it may be on its way: the skip link slides in
        wrong = await person.page.evaluate(f"new Promise((done) => requestAnimationFrame(() => done(({_SEEN})())))")
    assert not wrong, wrong


async def goes_to(person: Person, target: Locator, key: str = "Tab", most: int = 60) -> None:
    """Presses Tab until the target has the focus; each stop on the way can be seen."""
    for _ in range(most):
        await person.page.keyboard.press(key)
        await sees_where_they_are(person)
        if await target.evaluate("(one) => one === document.activeElement"):
            return
    raise AssertionError(f"{key} does not lead to {target}")


async def is_held_by(person: Person, dialog: Locator) -> None:
    """The focus is in the dialog, and Tab leads to nothing behind it (the browser's own buttons aside)."""
    await expect(dialog).to_be_visible()
    assert await dialog.evaluate("(one) => one.contains(document.activeElement)")
    for _ in range(8):
        await person.page.keyboard.press("Tab")
        assert await dialog.evaluate(
            "(one) => one.contains(document.activeElement) || document.activeElement === document.body"
        )


async def test_a_visitor_needs_no_pointer(people, service) -> None:
    visitor = await people.visitor("en", **COMPUTER)
    page, keys = visitor.page, visitor.page.keyboard
    await visitor.goes("/en/")
    await keys.press("Tab")
    await expect(visitor.link("Skip to the content")).to_be_focused()
    await sees_where_they_are(visitor)
    await goes_to(visitor, visitor.link("Talk now"))
    await keys.press("Enter")

    await visitor.sees_heading("Good that you came.")
    await goes_to(visitor, page.get_by_label("What may we call you?"))
    await keys.type("Kuura")
    await goes_to(visitor, page.get_by_role("radio", name="Under 13"))
    await keys.press("ArrowDown")
    await expect(page.get_by_role("radio", name="13–17")).to_be_checked()
    await sees_where_they_are(visitor)
    await goes_to(visitor, page.get_by_role("checkbox", name="Loneliness"))
    await keys.press("Space")
    await expect(page.get_by_role("checkbox", name="Loneliness")).to_be_checked()
    await goes_to(visitor, visitor.button("Go to the chat"))
    await keys.press("Enter")

    await visitor.sees_heading("You are next")
    await goes_to(visitor, visitor.box)
    await keys.type("hello")
    await keys.press("Enter")
    await visitor.has_sent("hello")
    await expect(visitor.box).to_be_focused()
    not_safe = visitor.button("I am not safe now")
    await goes_to(visitor, not_safe)
    await keys.press("Enter")
    panel = page.get_by_role("dialog", name="It is good that you told us.")
    await is_held_by(visitor, panel)
    await keys.press("Escape")
    await expect(panel).to_be_hidden()
    await expect(not_safe).to_be_focused()

    aino = WorkerPerson(service.origin)
    try:
        assert await aino.sign_in("aino@demo.example", service.password) == 303
        await aino.on_duty()
        taken = await aino.do("claim_next")
        await visitor.sees_heading("%(name)s is listening", name="Aino")
        await goes_to(visitor, visitor.box, "Shift+Tab")
        await aino.say(taken["contact"]["id"], "Hi Kuura")
        await visitor.hears("Hi Kuura")
        # News takes nobody's focus away.
        await expect(visitor.box).to_be_focused()
        await goes_to(visitor, visitor.button("End"))
        await keys.press("Enter")
        question = page.get_by_role("dialog", name="End the chat?")
        await is_held_by(visitor, question)
        await keys.press("Escape")
        await expect(visitor.button("End")).to_be_focused()
        await keys.press("Enter")
        await goes_to(visitor, question.get_by_role("button", name="End the chat", exact=True))
        await keys.press("Enter")
        await visitor.sees_heading("Thank you for talking.")
        await aino.do("close_contact", contact_id=taken["contact"]["id"], outcome="left")
    finally:
        await aino.leave()

    await goes_to(visitor, page.get_by_role("radio", name="Not at all"))
    await keys.press("ArrowUp")
    await expect(page.get_by_role("radio", name="Very much")).to_be_checked()
    await goes_to(visitor, page.get_by_label("In your own words"))
    await keys.type("thanks")
    await goes_to(visitor, visitor.button("Send my answer"))
    await keys.press("Enter")
    await visitor.sees("Your answer is saved. It helps us do this better, thank you.")


async def test_a_worker_needs_no_pointer(people, service) -> None:
    other = await VisitorPerson(service.origin).arrive()
    try:
        contact = await other.open_contact(nickname="Kuura", language="en")
        aino = await people.worker("Aino", "en")
        page, keys = aino.page, aino.page.keyboard
        await aino.goes("/desk")
        await goes_to(aino, page.get_by_label("E-mail"))
        await keys.type("aino@demo.example")
        await goes_to(aino, page.get_by_label("Password"))
        await keys.type(service.password)
        await keys.press("Enter")
        await expect(page.locator("#net-ok")).to_have_text("Connected")

        await goes_to(aino, page.locator("#off").get_by_label("Chats at once"))
        await keys.type("2")
        await goes_to(aino, aino.button("Go on duty"))
        await keys.press("Enter")
        await expect(page.locator("#duty-state")).to_have_text("On duty, 0 of 2 chats")
        # The button has gone; the focus has not fallen back to the top of the page.
        await expect(page.locator("#queue-title")).to_be_focused()
        await goes_to(aino, aino.queue.first.get_by_role("button"))
        await keys.press("Enter")
        await expect(aino.talk.get_by_role("heading", name="Kuura")).to_be_visible()
        await expect(aino.box).to_be_focused()
        await keys.type("Hi Kuura")
        await keys.press("Enter")
        await aino.has_sent("Hi Kuura")
        await keys.press("Alt+m")
        await expect(aino.box).to_be_focused()
        await keys.type("Ask the school")
        await keys.press("Enter")
        await expect(aino.log.locator(".note")).to_contain_text("Ask the school")
        await keys.press("Alt+m")
        await expect(aino.box).to_be_focused()
        await other.say(contact["id"], "hi")
        await aino.hears("hi")
        await goes_to(aino, aino.log, "Shift+Tab")

        for word, question in (
            ("To the queue", "Put this back to the head of the queue?"),
            ("Close the chat", "How did it end?"),
        ):
            button = aino.talk.get_by_role("button", name=word, exact=True)
            await goes_to(aino, button)
            await keys.press("Enter")
            dialog = page.get_by_role("dialog", name=question)
            await is_held_by(aino, dialog)
            await keys.press("Escape")
            await expect(dialog).to_be_hidden()
            await expect(button).to_be_focused()

        await keys.press("Enter")
        await expect(dialog).to_be_visible()
        # Shut and opened again in one breath: the late word of the first closing answers nothing.
        await dialog.evaluate("(one) => { one.close(); document.activeElement.click(); }")
        await expect(dialog).to_be_visible()
        first = dialog.get_by_role("radio").first
        if not await first.evaluate("(one) => one === document.activeElement"):
            await goes_to(aino, first)
        await keys.press("ArrowDown")
        await expect(dialog.get_by_role("radio", name="Listened and talked")).to_be_checked()
        await goes_to(aino, dialog.get_by_role("button", name="Close the chat", exact=True))
        await keys.press("Enter")
        await expect(aino.toast).to_contain_text("Closed: Listened and talked")
        # The eyes go back to what waits.
        await expect(page.locator("#queue-title")).to_be_focused()
        await goes_to(aino, aino.button("Go off duty"))
        await keys.press("Enter")
        last = page.get_by_role("dialog", name="You are the last one on duty.")
        await is_held_by(aino, last)
        await goes_to(aino, last.get_by_role("button", name="Only go off duty, leave the queue open"))
        await keys.press("Enter")
        await expect(aino.button("Go on duty")).to_be_focused()
        await goes_to(aino, aino.button("Sign out"))
        await keys.press("Enter")
        await expect(page).to_have_url(re.compile("/desk/login"))
        await aino.sees("You have signed out.")
    finally:
        await other.leave()

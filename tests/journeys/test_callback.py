"""Requests at the desk that come by other ways than a chat: two from one number, and a call that is written down."""

from playwright.async_api import expect

from tests.journeys.axe import violations
from tests.journeys.test_keyboard import is_held_by
from tests.people import VisitorPerson, new_id

FORM = {
    "for_whom": "my_child", "role": "parent", "child_ages": "7-12", "area": "lainela", "topics": "sleep",
    "text": "We do not sleep", "contact_by": "phone", "phone": "+358 40 000 0001", "best_time": "evening",
    "voicemail_ok": "no", "who_may_know": "only me", "language": "fi", "interpreter": "no", "name": "Raita",
}  # fmt: skip


async def asks_for_help(origin: str, **more: str) -> VisitorPerson:
    parent = VisitorPerson(origin)
    async with parent.http.post(f"{origin}/en/help", data=FORM | {"client_id": new_id()} | more,
                                headers=parent.same_origin, allow_redirects=False) as answer:  # fmt: skip
        assert answer.status == 303, await answer.text()
    return parent


async def test_who_holds_both_sees_that_two_came_from_one_number(people, service) -> None:
    askers = [await asks_for_help(service.origin, name=name) for name in ("Raita", "Kaste")]
    try:
        aino = await people.worker("Aino", "en")
        await (await aino.signs_in()).goes_on_duty()
        await aino.queue.first.get_by_role("button").click()
        await expect(aino.talk).to_have_count(1)
        await expect(aino.talk.locator(".same")).to_be_hidden()  # the other one is nobody's yet
        await aino.queue.first.get_by_role("button").click()
        await expect(aino.own).to_have_count(2)
        other = aino.talk.locator(".same").get_by_role("button")
        await expect(other).to_contain_text("Raita")
        await other.click()
        await expect(aino.talk.get_by_role("heading", name="Raita")).to_be_visible()
    finally:
        for asker in askers:
            await asker.leave()


async def test_a_worker_writes_a_call_down(people, service) -> None:
    aino = await people.worker("Aino", "en")
    await aino.signs_in()
    page = aino.page
    await aino.button("Write down a call or visit").click()
    dialog = page.get_by_role("dialog", name=aino.say("Write down a call or visit"))
    await is_held_by(aino, dialog)
    await dialog.get_by_role("button", name=aino.say("Write it down"), exact=True).click()
    await expect(dialog.get_by_text(aino.say("Choose a call or a visit."))).to_be_visible()
    await dialog.get_by_text(aino.say("Walk-in"), exact=True).click()
    await dialog.get_by_label(aino.say("What was it about?")).fill("A mother came by about sleep")
    assert await violations(page) == []
    await dialog.get_by_role("button", name=aino.say("Write it down"), exact=True).click()
    await expect(dialog).to_be_hidden()
    await expect(aino.log.locator(".note")).to_contain_text("A mother came by about sleep")
    await expect(aino.talk.get_by_role("radio").first).to_be_disabled()  # nobody reads messages here

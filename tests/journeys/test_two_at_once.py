"""Two visitors and two workers at once: nobody is taken twice, and no word goes to the wrong child."""

import re

from playwright.async_api import WebSocketRoute, expect

from tests.journeys.people import Worker, plain
from tests.people import VisitorPerson


class SlowNews:
    """Holds the server's events back from one page, as a slow network does; answers still come."""

    def __init__(self) -> None:
        self.holding = False

    async def around(self, worker: Worker) -> "SlowNews":
        await worker.page.route_web_socket(re.compile("/socket.io/"), self._through)
        return self

    def _through(self, page_side: WebSocketRoute) -> None:
        server_side = page_side.connect_to_server()

        def to_page(message: str | bytes) -> None:
            if not (self.holding and message.startswith("42")):
                page_side.send(message)

        server_side.on_message(to_page)


async def test_one_claim_wins_and_the_other_is_told_who_was_quicker(people) -> None:
    visitor = await people.visitor()
    await visitor.opens_chat()
    aino, onni = await people.worker("Aino"), await people.worker("Onni")
    news = await SlowNews().around(aino)
    for worker in (aino, onni):
        await worker.signs_in()
        await worker.goes_on_duty()
        await expect(worker.queue).to_have_count(1)

    news.holding = True
    await onni.queue.first.get_by_role("button").click()
    await visitor.sees_heading("%(name)s is listening", name="Onni")
    await aino.queue.first.get_by_role("button").click()

    await expect(aino.toast).to_contain_text("Onni")
    assert plain(await aino.toast.inner_text()).startswith(
        aino.say("%(name)s was quicker and took this one.", name="Onni")
    )
    await expect(aino.own).to_have_count(0)
    await expect(onni.own).to_have_count(1)


async def test_a_worker_keeps_two_talks_apart(people, shoot) -> None:
    kuura, pilvi = await people.visitor("fi"), await people.visitor("sv")
    await kuura.opens_chat(nickname="Kuura")
    await pilvi.opens_chat(nickname="Pilvi")
    aino = await people.worker("Aino")
    await aino.signs_in()
    await aino.goes_on_duty(2)
    # Both are there, the one who came first stands first.
    await expect(aino.queue).to_have_count(2)
    await expect(aino.queue.nth(0)).to_contain_text("suomi")
    await expect(aino.queue.nth(1)).to_contain_text("ruotsi")
    await aino.takes_next()
    await expect(aino.talk.get_by_role("heading", name="Kuura")).to_be_visible()
    await aino.takes_next()
    await expect(aino.talk.get_by_role("heading", name="Pilvi")).to_be_visible()

    # No room for a third.
    await aino.page.keyboard.press("Alt+n")
    await expect(aino.toast).to_be_visible()
    await expect(aino.own).to_have_count(2)

    # Words in the chat that is not open are counted: beside the name, and in the title.
    await kuura.writes("eka")
    await kuura.writes("toka")
    await pilvi.writes("hejsan")
    await aino.hears("hejsan")
    first, second = aino.own.nth(0), aino.own.nth(1)
    await expect(first.locator(".count")).to_contain_text("2")
    await expect(first).to_have_accessible_name(re.compile("2 lukematonta"))
    await expect(second.locator(".count")).to_be_hidden()
    await expect(aino.page).to_have_title(re.compile(r"^\(2\) "))
    await shoot(aino, "two-unread")

    # Each chat has its own half-written text; switching loses nothing and sends nothing.
    await aino.box.fill("Pilvelle")
    await aino.page.keyboard.press("Alt+1")
    await expect(aino.talk.get_by_role("heading", name="Kuura")).to_be_visible()
    await expect(aino.box).to_be_focused()
    await expect(aino.box).to_have_value("")
    await expect(first.locator(".count")).to_be_hidden()
    await expect(aino.page).not_to_have_title(re.compile(r"^\("))
    await aino.box.fill("Kuuralle")
    await aino.page.keyboard.press("Alt+2")
    await expect(aino.talk.get_by_role("heading", name="Pilvi")).to_be_visible()
    await expect(aino.box).to_have_value("Pilvelle")
    await aino.box.press("Enter")
    await pilvi.hears("Pilvelle")
    await aino.page.keyboard.press("Alt+1")
    await expect(aino.box).to_have_value("Kuuralle")
    await aino.box.press("Enter")
    await kuura.hears("Kuuralle")
    assert await kuura.said_and_heard() == ["eka", "toka", "Kuuralle"]
    assert await pilvi.said_and_heard() == ["hejsan", "Pilvelle"]


_LISTEN = """
  window.rung = 0;
  document.hasFocus = () => false;
  const make = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () { window.rung += 1; return make.call(this); };
"""


async def test_two_tabs_ring_once_and_only_while_nobody_looks(people, service) -> None:
    aino = await people.worker("Aino", "fi")
    await aino.context.add_init_script(_LISTEN)
    await aino.context.clock.install()
    await aino.signs_in()
    await aino.goes_on_duty()
    second = await aino.context.new_page()
    await second.goto(f"{aino.service.origin}/desk")
    await expect(second.locator("#net-ok")).to_have_text(aino.say("Connected"))
    await second.locator("body").click(position={"x": 5, "y": 5})
    visitor = await VisitorPerson(service.origin).arrive()
    contact_id = (await visitor.open_contact(nickname="Kettu"))["id"]
    await aino.takes_next()
    await visitor.say(contact_id, "salaisuus")
    for page in (aino.page, second):
        await expect(page).to_have_title(re.compile(r"^\(1\) "))
        await expect(page.locator('link[rel="icon"]')).to_have_attribute("href", re.compile("icon-new"))
    tabs = [page.evaluate("window.rung") for page in (aino.page, second)]
    counts = [await each for each in tabs]
    assert sorted(counts) == [0, 2], counts  # one tab, two notes

    # Nobody has looked for half a minute: once more.
    await aino.context.clock.fast_forward(31_000)
    bell = aino.page if counts[0] else second
    await bell.wait_for_function("window.rung === 4")

    # Looked at: the dot goes, and it does not ring again.
    await aino.page.evaluate("document.hasFocus = () => true; window.dispatchEvent(new Event('focus'))")
    await expect(aino.page.locator('link[rel="icon"]')).to_have_attribute("href", re.compile("icon.svg"))
    await expect(aino.page).to_have_title(re.compile(r"^[^(]"))
    await visitor.leave()

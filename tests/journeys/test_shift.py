"""An evening at the desk: talks handed on, a work pair, ready sentences, the wrong box, abuse, the last one going."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Locator, expect

from tests.crowd import People as Crowd
from tests.invariants import chain_holds, check, nothing_lost
from tests.journeys import axe
from tests.journeys.conftest import People
from tests.journeys.people import Worker
from tests.people import WorkerPerson, new_id
from tests.web.staff_pages import post
from zoturi import world
from zoturi.actions import accounts
from zoturi.actions.shift import ONE_MOMENT, SHIFT_ENDS, in_language


@pytest.fixture
async def people(browser, server) -> AsyncIterator[People]:
    """People with browsers at a server in this process, whose clock the story moves."""
    built = People(browser, server)
    yield built
    complaints = await built.leave()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
async def crowd(server) -> AsyncIterator[Crowd]:
    """Those who only need a socket."""
    made = Crowd(server)
    yield made
    await made.leave()


async def goes_to(worker: Worker, target: Locator, key: str = "Tab") -> None:
    """Moves the focus there by the keyboard alone."""
    for _ in range(60):
        if await target.evaluate("(one) => one === document.activeElement"):
            return
        await worker.page.keyboard.press(key)
    raise AssertionError("the keyboard does not get there")


async def clean(worker: Worker) -> None:
    """Nothing for axe to find, in the light and in the dark."""
    await axe.settled(worker.page)
    assert await axe.violations(worker.page) == []
    for scheme in ("dark", "light"):
        await worker.page.emulate_media(color_scheme=scheme)
        await axe.settled(worker.page)
        assert await axe.violations(worker.page, colours_only=True) == [], scheme


KAISA = "kaisa@demo.example"


async def sets_a_password(kaisa: WorkerPerson, server, password: str) -> None:
    """Follows a one-time link, the first time and after a lost password."""
    token = world.new_token()
    await server.write(accounts.new_link, KAISA, accounts.token_hash(token))
    assert (await post(kaisa, f"/desk/welcome/{token}", password=password))[0] == 303


async def a_busy_hour(server, crowd, signe) -> None:
    """Seven children come to a third worker and the supervisor; the door closes early, a password is lost, nobody is."""
    (team,) = await server.query(
        "SELECT t.id FROM worker w JOIN team t ON t.key = w.team WHERE w.email LIKE ?", "aino@%"
    )
    await server.write(lambda tx: accounts.add_worker(tx, server.site, email=KAISA, name="Kaisa", role="worker",
                                                      team=team["id"], languages=["fi", "sv"]))  # fmt: skip
    kaisa = crowd.stranger(WorkerPerson)
    await sets_a_password(kaisa, server, "kolme sanaa ja väli")
    await kaisa.on_duty()
    children = [await crowd.visitor() for _ in range(7)]
    opened = [await child.open_contact(language=("fi", "sv")[number % 2], nickname=f"Lapsi {number}", text="moi")
              for number, child in enumerate(children)]  # fmt: skip
    for worker in (kaisa, signe, kaisa, signe, kaisa):
        taken = (await worker.do("claim_next"))["contact"]
        await worker.say(taken["id"], f"Hei, {taken['nickname']}")
    assert (await post(signe, "/manage/now/close"))[0] == 303
    for child, contact in zip(children[5:], opened[5:], strict=True):
        assert (await child.entries(contact["id"]))[-1]["by"]["role"] == "system"  # they are told, and keep their place
    late = await crowd.visitor()
    assert await late.refused("open_contact", client_id=new_id(), language="fi") == "closed_now"
    assert (await post(signe, "/manage/now/open"))[0] == 303

    # Kaisa's password is lost. What she has begun goes on, where she left it.
    await sets_a_password(crowd.stranger(WorkerPerson), server, "aivan toinen salasana")
    assert (await kaisa.heard("session_ended"))["code"] == "revoked"
    await kaisa.hang_up()
    assert await kaisa.sign_in(KAISA, "kolme sanaa ja väli") == 401
    assert await kaisa.sign_in(KAISA, "aivan toinen salasana") == 303
    await kaisa.on_duty()
    mine = (await kaisa.do("watch_desk"))["mine"]
    assert [contact["nickname"] for contact in mine] == ["Lapsi 0", "Lapsi 2", "Lapsi 4"]
    for contact in mine:
        await kaisa.say(contact["id"], "Jatketaan tästä")
        await kaisa.do("close_contact", contact_id=contact["id"], outcome="listened")
    assert (await children[0].texts(opened[0]["id"])) == ["moi", "Hei, Lapsi 0", "Jatketaan tästä"]
    for worker in (kaisa, signe):
        await worker.do("claim_next")
        for contact in (await worker.do("watch_desk"))["mine"]:
            await worker.do("close_contact", contact_id=contact["id"], outcome="advice")
    await kaisa.do("set_duty", on=False)


async def test_an_evening(server, people, crowd, clock, shoot) -> None:
    aino = await (await people.worker("Aino", "fi")).signs_in()
    onni = await (await people.worker("Onni", "sv")).signs_in()
    signe = await crowd.on_duty("signe")
    await aino.goes_on_duty()
    await onni.goes_on_duty()
    keys = aino.page.keyboard
    await a_busy_hour(server, crowd, signe)
    await expect(aino.queue).to_have_count(0)

    # Somebody comes; Aino has to hand them on to Onni, all by the keyboard, with a note.
    kuura = await (await people.visitor("fi")).opens_chat("Kuura")
    await kuura.writes("moi, kiusataan koulussa")
    await aino.takes_next()
    await aino.writes("Hei Kuura")
    await kuura.hears("Hei Kuura")
    await keys.press("Alt+t")
    question = aino.page.get_by_role("dialog", name=aino.say("Who goes on with this?"))
    await expect(question).to_be_visible()
    await clean(aino)
    await goes_to(aino, question.get_by_role("radio").first)
    await keys.press("Space")
    await expect(question.get_by_role("radio", name=re.compile("^Onni"))).to_be_checked()
    await goes_to(aino, question.get_by_role("textbox"))
    await keys.type("Koulu tietää jo.")
    await goes_to(aino, question.get_by_role("button", name=aino.say("Hand on"), exact=True))
    await keys.press("Enter")
    await expect(aino.own).to_have_count(0)
    goes_on = "Another worker continues with you. You need not start from the beginning."
    await expect(kuura.log).to_contain_text(kuura.say(goes_on))

    # Only Onni sees it, with who asks; taken, it brings everything along.
    assert (await signe.do("watch_desk"))["queue"] == []
    await expect(onni.toast).to_contain_text("Aino")
    await expect(onni.queue.first).to_contain_text("Aino")
    await shoot(onni, "shift-sv-1-offer")
    await onni.queue.first.get_by_role("button", name=re.compile(re.escape(onni.say("Take this now")))).click()
    await onni.hears("moi, kiusataan koulussa")
    await expect(onni.log.locator(".note")).to_contain_text("Koulu tietää jo.")
    await kuura.sees_heading("%(name)s is listening", name="Onni")
    assert "Koulu tietää jo." not in await kuura.page.content()

    # A transfer that nobody takes: two minutes later she stands at the head, and is not lost.
    alva = await (await people.visitor("sv")).opens_chat("Alva")
    await alva.writes("hej, får jag prata")
    await onni.takes_next()
    await onni.page.keyboard.press("Alt+t")
    asked = onni.page.get_by_role("dialog", name=onni.say("Who goes on with this?"))
    await asked.get_by_text("Aino").click()
    await asked.get_by_role("button", name=onni.say("Hand on"), exact=True).click()
    await expect(aino.queue).to_have_count(1)
    later = await crowd.visitor()
    await later.open_contact(language="fi")
    await expect(onni.queue).to_have_count(1)
    clock.move(minutes=2, seconds=1)
    await server.presence()
    await expect(onni.queue).to_have_count(2)
    await expect(alva.log).to_contain_text(
        alva.say("You are at the front of the line again. Nothing you wrote is lost, and the next one reads it.")
    )
    await aino.takes_next()
    await aino.hears("hej, får jag prata")
    await expect(aino.page.locator(".history")).to_contain_text(aino.say("Nobody took it in time, so it came back"))

    # A ready sentence: found in Finnish, put in the box in Swedish, sent only by hand.
    await keys.press("/")
    book = aino.page.get_by_role("dialog", name=aino.say("Ready sentences"))
    await expect(book.get_by_role("combobox")).to_be_focused()
    await clean(aino)
    await keys.type("turvassa juuri")
    await expect(book.get_by_role("option")).to_have_count(1)
    await keys.press("Enter")
    await expect(book).to_be_hidden()
    await expect(aino.box).to_have_value("Är du i trygghet just nu?")
    await expect(alva.log.locator(".msg:not(.own)")).to_have_count(0)
    await keys.press("Enter")
    await alva.hears("Är du i trygghet just nu?")
    await expect(aino.box).to_have_value("")  # the box is empty once the acknowledgement came
    await keys.press("/")
    await keys.type("zzz")
    await expect(book.get_by_role("option")).to_have_count(0)
    await keys.press("Escape")
    await expect(aino.box).to_be_focused()

    # A note does not slip out as a message, not even typed into the wrong box.
    await keys.press("Alt+m")
    await keys.type("Soita kuraattorille huomenna")
    await keys.press("Alt+m")
    await expect(aino.talk.get_by_text(aino.say("The unsaved note is kept here."))).to_be_visible()
    await keys.type("Soita kuraattorille huomenna")
    await keys.press("Enter")
    slip = aino.page.get_by_role("dialog", name=aino.say("This stands in a note. Send it to the visitor?"))
    await expect(slip).to_be_visible()
    await clean(aino)
    await keys.press("Enter")
    await expect(slip).to_be_hidden()
    await expect(aino.box).to_have_value("Soita kuraattorille huomenna")
    assert "kuraattorille" not in await alva.page.content()
    await aino.box.fill("")
    await keys.press("Alt+m")
    await keys.press("Enter")
    await expect(aino.log.locator(".note")).to_contain_text("Soita kuraattorille huomenna")
    await keys.press("Alt+m")

    # A work pair: Onni asks Aino along; the visitor sees who is there.
    await onni.own.first.click()
    await onni.page.get_by_role("button", name=onni.say("Ask a colleague along"), exact=True).click()
    pair = onni.page.get_by_role("dialog", name=onni.say("Who comes along?"))
    await clean(onni)
    await pair.get_by_text("Aino").click()
    await pair.get_by_role("button", name=onni.say("Ask along"), exact=True).click()
    await expect(aino.own).to_have_count(2)
    await expect(kuura.log).to_contain_text(kuura.say("%(name)s joined the talk too.", name="Aino"))
    await keys.press("Alt+2")
    await aino.hears("moi, kiusataan koulussa")
    await expect(aino.talk.get_by_role("button", name=aino.say("Close the chat"), exact=True)).to_be_hidden()
    await aino.writes("Minäkin olen tässä")
    await kuura.hears("Minäkin olen tässä")
    await aino.page.get_by_role("button", name=aino.say("Leave the talk"), exact=True).click()
    await expect(aino.own).to_have_count(1)

    # One moment: said in every own chat, in its language.
    await keys.press("Alt+1")
    await keys.press("Alt+o")
    await alva.hears(in_language(ONE_MOMENT, "sv"))
    await expect(kuura.log).not_to_contain_text(in_language(ONE_MOMENT, "fi"))

    # Abuse ends calmly, and this session rests.
    rude = await (await people.visitor("fi")).opens_chat("X")
    await rude.writes("…")
    await signe.do("claim_next")  # the one who came before
    await aino.takes_next()
    await keys.press("Alt+c")
    ending = aino.page.get_by_role("dialog", name=aino.say("How did it end?"))
    await goes_to(aino, ending.get_by_role("radio").first)
    abuse = ending.get_by_role("radio", name=aino.say("Abuse"))
    for _ in range(20):
        if await abuse.is_checked():
            break
        await keys.press("ArrowDown")
    await expect(ending.locator(".notice")).to_be_visible()
    await clean(aino)
    await shoot(aino, "shift-fi-2-close")
    await goes_to(aino, ending.get_by_role("button", name=aino.say("Close the chat"), exact=True))
    await keys.press("Enter")
    await rude.sees_heading("This talk has ended.")
    await rude.goes("/fi/chat?again=1")
    await rude.sees_heading("This talk has ended.")

    # The list of keys, by its key.
    await keys.press("Alt+k")
    await expect(aino.page.get_by_role("dialog", name=aino.say("Keyboard shortcuts"))).to_be_visible()
    await clean(aino)
    await keys.press("Escape")

    # The last one goes: those waiting are told, nobody new comes in, the running talk goes on.
    await onni.closes("Listened and talked")
    await onni.button("Go off duty").click()
    await expect(onni.button("Go on duty")).to_be_visible()
    (held,) = (await signe.do("watch_desk"))["mine"]
    await signe.do("release_contact", contact_id=held["id"])
    await signe.do("set_duty", on=False)
    await expect(aino.queue).to_have_count(1)
    await aino.button("Go off duty").click()
    last = aino.page.get_by_role("dialog", name=aino.say("You are the last one on duty."))
    await expect(last).to_contain_text(aino.say(SHIFT_ENDS))
    await clean(aino)
    await shoot(aino, "shift-fi-3-end")
    await last.get_by_role("button", name=aino.say("End the shift"), exact=True).click()
    await expect(aino.button("Go on duty")).to_be_visible()
    assert (await later.texts(held["id"]))[-1] == in_language(SHIFT_ENDS, "fi")
    await (newcomer := await people.visitor("fi")).goes("/fi/chat")
    await newcomer.sees_heading("The chat is closed now.")
    await keys.press("Alt+1")
    await aino.writes("Hör du av dig i morgon")
    await alva.hears("Hör du av dig i morgon")
    await aino.closes("Advice given")
    await alva.sees_heading("Thank you for talking.")

    # Nothing was lost: a code keeps the one who waited in the queue, for a written answer.
    await later.do("make_return_code", contact_id=held["id"])
    await expect(aino.queue.first).to_contain_text(aino.say("waits for a written answer"))
    house = await check(server.db, crowd.all)
    assert nothing_lost(house) == {"closed": 10, "waiting": 1}
    await chain_holds(server.db)

"""The pages behind the desk, in a browser: accounts made and mended, a supervisor's evening, hours and figures."""

import asyncio
import re
import sys

import pyotp
import pytest
from playwright.async_api import expect

from tests.journeys.axe import settled, violations
from tests.journeys.conftest import Service, stop
from tests.journeys.people import Worker
from tests.journeys.test_every_page import WIDTHS, too_wide, width
from tests.people import VisitorPerson, WorkerPerson
from tests.process import own_environment

OWN_PASSWORD = "kolme sanaa ja väli"
NARROW = (320, 1280)


@pytest.fixture
async def strict(make_service, tmp_path):
    """A server that demands a second factor, as outside the demo."""
    service = await make_service(tmp_path, ZOTURI_REQUIRE_SECOND_FACTOR="true").start()
    yield service
    await stop(service)


async def made_by_the_operator(service: Service, email: str, role: str) -> str:
    """The path of the one-time link that `zoturi worker add` prints."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "zoturi", "worker", "add", email, "--name", "Kaisa", "--role", role, "--team", "nuoret",
        env=own_environment(service.folder, service.database_url), stdout=asyncio.subprocess.PIPE,
        cwd=service.folder.parent,
    )  # fmt: skip
    said, _ = await child.communicate()
    return re.search(r"/desk/welcome/[0-9a-f]{64}", said.decode())[0]


async def sets_up(person: Worker, path: str) -> tuple[str, list[str]]:
    """Follows a link: password, code app, recovery codes; (the app's secret, the codes)."""
    page = person.page
    await person.goes(path)
    await page.get_by_label(person.say("New password")).fill(OWN_PASSWORD)
    await page.get_by_text(person.say("The camera does not work")).click()
    secret = (await page.locator("p.code").inner_text()).replace(" ", "")
    await page.locator("#code").fill(pyotp.TOTP(secret).now())
    await person.button("Save and sign in").click()
    await person.sees_heading("Your recovery codes")
    codes = await page.locator("#codes code").all_inner_texts()
    assert len(set(codes)) == 10
    assert not await violations(page)
    await person.link("I have kept them, go on").click()
    return secret, codes


async def test_an_administrator_makes_an_account_and_mends_it(strict, people) -> None:
    kaisa = await people.worker("Kaisa", at=strict)
    await sets_up(kaisa, await made_by_the_operator(strict, "kaisa@lainela.example", "admin"))
    await kaisa.sees_heading("Workers")

    await kaisa.page.get_by_label(kaisa.say("E-mail")).fill("lisa@lainela.example")
    await kaisa.page.get_by_label(kaisa.say("Name"), exact=True).fill("Lisa")
    await kaisa.button("Add and make a link").click()
    link = await kaisa.page.locator("#link").inner_text()

    lisa = await people.worker("Lisa", at=strict)
    _, codes = await sets_up(lisa, link.removeprefix(strict.origin))
    await expect(lisa.page.locator("#net-ok")).to_have_text(lisa.say("Connected"))

    # Another day, without the phone: a recovery code opens the desk.
    await lisa.button("Sign out").click()
    await lisa.page.get_by_label(lisa.say("E-mail")).fill("lisa@lainela.example")
    await lisa.page.get_by_label(lisa.say("Password")).fill(OWN_PASSWORD)
    await lisa.button("Continue").click()
    await lisa.page.get_by_label(lisa.say("Code from your app")).fill(codes[3])
    await lisa.button("Sign in").click()
    await expect(lisa.page.locator("#net-ok")).to_have_text(lisa.say("Connected"))

    # The phone was stolen: whoever has it is out within seconds.
    await kaisa.button("Reset password and code").click()
    await kaisa.sees("The old password and code stopped working, and all sessions have ended.")
    await expect(lisa.page).to_have_url(re.compile("/desk/login"), timeout=8_000)
    link = await kaisa.page.locator("#link").inner_text()
    await sets_up(lisa, link.removeprefix(strict.origin))
    await expect(lisa.page.locator("#net-ok")).to_have_text(lisa.say("Connected"))


async def test_a_supervisors_reading_stands_in_the_audit(people, service) -> None:
    visitor, aino = await VisitorPerson(service.origin).arrive(), WorkerPerson(service.origin)
    await aino.sign_in("aino@demo.example", service.password)
    await aino.on_duty()
    contact = await visitor.open_contact(nickname="Mustikka", text="en haluaisi että muut lukevat")
    await aino.do("claim_contact", contact_id=contact["id"])

    signe = await people.worker("Signe")
    await signe.signs_in()
    await signe.link("Right now").click()
    await expect(signe.page.locator("#running-title + .table tbody tr")).to_have_count(1)
    await signe.link("Read, with a reason").click()
    await expect(signe.page.get_by_text("en haluaisi")).to_have_count(0)
    reason = "Perhe on valittanut keskustelusta."
    await signe.page.get_by_label(signe.say("Why do you need to read it?")).fill(reason)
    await signe.button("Read").click()
    await expect(signe.page.get_by_text("en haluaisi että muut lukevat")).to_be_visible()
    await settled(signe.page)
    assert not await violations(signe.page)

    kim = await people.worker("Admin")
    await kim.goes("/desk/login")
    await kim.page.get_by_label(kim.say("E-mail")).fill("admin@demo.example")
    await kim.page.get_by_label(kim.say("Password")).fill(service.password)
    await kim.button("Continue").click()
    await kim.link("Audit").click()
    line = kim.page.locator("tbody tr", has_text=kim.say("Read a colleague’s contact"))
    await expect(line.first).to_contain_text("Signe")
    await expect(line.first).to_contain_text(reason)
    await expect(kim.page.get_by_text("en haluaisi")).to_have_count(0)

    await aino.do("close_contact", contact_id=contact["id"], outcome="test")
    await visitor.leave()
    await aino.leave()


async def test_the_page_of_this_moment_keeps_itself_fresh(people, service) -> None:
    signe = await people.worker("Signe")
    await signe.signs_in()
    await signe.goes("/manage/now")
    await expect(signe.page.locator("#alarm")).to_have_count(0)
    visitor = await VisitorPerson(service.origin).arrive()
    await visitor.open_contact()
    await expect(signe.page.locator("#alarm")).to_be_visible()
    await expect(signe.page.locator("#waiting-title + .table tbody tr")).to_have_count(1)
    await visitor.leave()


async def test_the_chat_closes_and_opens_by_the_hours_that_a_supervisor_writes(own_service, people) -> None:
    signe = await people.worker("Signe", at=own_service)
    await signe.signs_in()
    await signe.goes("/manage/hours")
    for box in await signe.page.get_by_label(signe.say("Always open, day and night")).all():
        await box.uncheck()
    await signe.button("Save").click()
    await signe.sees("Saved. It holds from now on.")
    visitor = await people.visitor(at=own_service)
    await visitor.goes("/fi/chat")
    await expect(visitor.page.locator("form[action='/fi/chat']")).to_have_count(0)
    await signe.button("Go back to the file").click()
    await visitor.goes("/fi/chat")
    await expect(visitor.page.locator("form[action='/fi/chat']")).to_have_count(1)


async def test_the_whole_office_needs_no_pointer(people, service) -> None:
    """From the sign-in to a saved account: Tab, space and Enter alone; every stop can be seen."""
    kim = await people.worker("Admin")
    keys, page = kim.page.keyboard, kim.page
    await kim.goes("/desk/login")
    await page.get_by_label(kim.say("E-mail")).focus()
    await keys.type("admin@demo.example")
    await keys.press("Tab")
    await keys.type(service.password)
    await keys.press("Enter")
    await kim.sees_heading("Workers")
    await page.get_by_role("link", name="Onni").focus()
    await keys.press("Enter")
    await expect(page.get_by_role("heading", name="Onni")).to_be_visible()
    for _ in range(40):
        await keys.press("Tab")
        seen = await page.evaluate(
            """() => { const one = document.activeElement; if (one === document.body) return true;
            const { outlineStyle, outlineWidth } = getComputedStyle(one);
            return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2; }"""
        )
        assert seen, await page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
        if await kim.button("Save").first.evaluate("(one) => one === document.activeElement"):
            break
    await keys.press("Enter")
    await kim.sees("Saved.")


PAGES = {
    "Signe": ("/manage/now", "/manage/dropped", "/manage/hours", "/manage/figures", "/desk/account"),
    "Admin": ("/manage/workers", "/manage/site", "/manage/audit"),
}


@pytest.mark.parametrize(("lang", "schemes"), [("fi", ("light", "dark")), ("xr", ("dark", "light"))])
async def test_axe_finds_nothing_and_nothing_scrolls_sideways(people, service, shoot, lang, schemes) -> None:
    found = []
    for name, paths in PAGES.items():
        person = await people.worker(name, lang)
        await person.context.add_cookies([await cookie_of(service, f"{name.lower()}@demo.example")])
        for path in paths:
            await person.goes(path)
            found += [f"{path} {what}" for what in await too_wide(person.page, NARROW)]
            for pixels, scheme in zip(WIDTHS, schemes, strict=True):
                await width(person.page, pixels)
                await person.page.emulate_media(color_scheme=scheme)
                await settled(person.page)
                await shoot(person, f"office-{lang}-{path.strip('/').replace('/', '-')}-{pixels}-{scheme}")
                found += [f"{path} {pixels} {scheme}: {what}" for what in await violations(person.page)]
    assert not found, "\n".join(found)


async def cookie_of(service: Service, email: str) -> dict:
    """A session's cookie, from the sign-in form."""
    person = WorkerPerson(service.origin)
    await person.sign_in(email, service.password)
    (cookie,) = [each for each in person.http.cookie_jar if each.key == "zoturi-desk"]
    await person.leave()
    return {"name": cookie.key, "value": cookie.value, "url": service.origin}

"""The help button on a strict page of somebody else, and the pages that hand it out."""

from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from playwright.async_api import expect

from tests.house import demo_site, free_port
from tests.journeys.axe import settled, violations
from tests.journeys.test_every_page import too_wide
from zoturi.web.manage_embed import Chosen, snippet

HEAD = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Kuusimäki</title>'
PAGE = '<!doctype html><html lang="{lang}" dir="{dir}"><head>{head}</head><body><main><h1>Kuusimäki</h1>{body}</main>'


@asynccontextmanager
async def somebody_elses_site(trusted: str, **pages: str):
    """Pages of another site, which trusts our scripts and nothing else in the world; its address."""
    policy = f"default-src 'none'; script-src {trusted}; base-uri 'none'; require-trusted-types-for 'script'"

    async def show(request: web.Request) -> web.Response:
        body = pages.get(request.path[1:], "")
        return web.Response(text=body, content_type="text/html", headers={"Content-Security-Policy": policy})

    app = web.Application()
    app.router.add_get("/{page:.*}", show)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://localhost:{port}"  # another site to a browser than 127.0.0.1
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("where", ["pasted", "head"])
async def test_a_button_on_a_strict_page_asks_nothing_until_it_is_tapped(people, service, where, shoot) -> None:
    chosen = Chosen("fi", area="lainela", topics=("sleep", "school"))
    attributes = 'data-lang="ar" data-area="lainela" data-label="اطلب المساعدة"'
    pages = {
        "pasted": PAGE.format(lang="fi", dir="ltr", head=HEAD, body=snippet(service.origin, chosen)),
        "head": PAGE.format(
            lang="ar", dir="rtl", body="", head=f'{HEAD}<script src="{service.origin}/embed.js" {attributes}></script>'
        ),
    }
    name, path = {
        "pasted": ("Pyydä apua", "/fi/help?area=lainela&topics=sleep%2Cschool"),
        "head": ("اطلب المساعدة", "/ar/help?area=lainela"),
    }[where]
    async with somebody_elses_site(service.origin, **pages) as site:
        visitor = await people.visitor("fi", is_mobile=False)
        visitor.watch.allow(f"asked a stranger: {site}")
        asked = []
        visitor.page.on("request", lambda request: asked.append(request))
        await visitor.page.goto(f"{site}/{where}")
        button = visitor.page.get_by_role("link", name=name, exact=True)
        await expect(button).to_be_visible()
        await expect(button).to_have_css("border-radius", "99px")  # its own look, past the page's policy
        box = await button.bounding_box()
        assert box["height"] >= 44
        for scheme in ("light", "dark"):
            await visitor.page.emulate_media(color_scheme=scheme)
            await shoot(visitor, f"embed-{where}-{scheme}")
            assert await violations(visitor.page) == []
        assert await too_wide(visitor.page, (320,)) == []
        assert [request.url for request in asked if request.url.startswith(service.origin)] == [
            f"{service.origin}/embed.js"
        ]
        assert await visitor.context.cookies() == []

        visitor.watch.allow("status of 404")  # a language we have no words for yet
        visitor.watch.allow("CONNECTION_REFUSED.*icon")  # the browser fetches it last, when we may have left
        async with visitor.page.expect_request(service.origin + path) as tapped:
            await button.click()
        request = await tapped.value
        assert "referer" not in await request.all_headers()
        if where == "pasted":
            await expect(visitor.page.locator("main h1")).to_be_visible()
            assert (await (await request.response()).text()).count("<h1") == 1


async def test_staff_copy_the_button_and_print_a_poster_that_fits_its_sheet(people, shoot) -> None:
    signe = await people.worker("Signe")
    await signe.signs_in()
    for path in ("embed?lang=sv&topics=sleep", "poster"):
        await signe.goes(f"/manage/{path}")
        for scheme in ("dark", "light"):
            await signe.page.emulate_media(color_scheme=scheme)
            await settled(signe.page)
            await shoot(signe, f"manage-{path[:5]}-{scheme}")
            assert await violations(signe.page) == []
        assert await too_wide(signe.page, (320, 1280)) == []

    topics = "&topics=neuropsychiatric&topics=separation&topics=parenting&topics=sleep"
    unit = max(demo_site().units, key=lambda each: len(each.name["fi"])).id
    for languages in ("fi", "fi sv en", "fi sv en xx xr"):
        paper = "".join(f"&paper={each}" for each in languages.split())
        await signe.goes(f"/manage/poster?unit={unit}{topics}{paper}")
        left = await signe.page.evaluate(
            "() => { const sheet = document.querySelector('.a4'); return sheet.clientHeight - sheet.scrollHeight; }"
        )
        assert left >= 0, languages

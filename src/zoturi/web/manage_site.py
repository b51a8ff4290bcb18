"""The administrator's page of the site: its name, colours and areas, crisis lines to confirm, and what is missing."""

from __future__ import annotations

from aiohttp import web

from zoturi import world
from zoturi.actions import site_settings
from zoturi.domain.refusals import Refusal
from zoturi.site import THEME_COLOURS
from zoturi.web import proof
from zoturi.web.forms import see, text, texts
from zoturi.web.keys import HOUSE, WORKER
from zoturi.web.render import render

LANGUAGES = ("fi", "sv", "en")
SCHEMES = ("light", "dark")
SPARE_ROWS = 2
MOST_AREAS = 500


async def page(request: web.Request) -> web.Response:
    return await _page(request)


async def look(request: web.Request) -> web.Response:
    """Write the name and the colours. A colour left empty is ours; without any there is no theme."""
    form = await request.post()
    name = {code: text(form, f"name.{code}") for code in LANGUAGES if text(form, f"name.{code}")}
    theme = {
        scheme: {each: text(form, f"{scheme}.{each}") for each in THEME_COLOURS if text(form, f"{scheme}.{each}")}
        for scheme in SCHEMES
    }
    return await _write(request, "look", site_settings.change_look, name, theme if any(theme.values()) else None)


async def areas(request: web.Request) -> web.Response:
    """Write the municipalities; a row without an id is left out."""
    form = await request.post()
    count = text(form, "rows")
    rows = []
    for row in range(min(int(count), MOST_AREAS) if count.isdecimal() else 0):
        if text(form, f"{row}.id"):
            names = {code: text(form, f"{row}.{code}") for code in LANGUAGES if text(form, f"{row}.{code}")}
            rows.append({"id": text(form, f"{row}.id"), "name": names})
    return await _write(request, "areas", site_settings.change_areas, rows)


async def lines(request: web.Request) -> web.Response:
    """Confirm crisis lines as they stand now."""
    house = request.app[HOUSE]
    ids = texts(await request.post(), "line")
    return await _write(request, "lines", site_settings.confirm_lines, house.site, ids, world.now())


async def take_back(request: web.Request) -> web.Response:
    """Go back to what the files say."""
    return await _write(request, "taken_back", site_settings.take_back, text(await request.post(), "section"))


async def _write(request: web.Request, done: str, deed, *given: object) -> web.Response:
    asked = await proof.asked(request)
    if asked is not None:
        return asked
    house = request.app[HOUSE]
    try:
        await house.db.write(deed, request[WORKER], *given)
    except Refusal as refusal:
        if refusal.code != "bad_field":
            raise
        return await _page(request, 422, wrong=str(refusal.facts["field"]))
    await site_settings.refresh(house)
    return see("/manage/site", done=done)


async def _page(request: web.Request, status: int = 200, wrong: str | None = None) -> web.Response:
    house = request.app[HOUSE]
    changed = {name: await house.db.read(site_settings.changed, name) for name in site_settings.SECTIONS}
    nothing = [{"id": "", "name": {}}] * SPARE_ROWS
    known = [{"id": area.id, "name": area.name} for area in house.site.areas]
    theme = house.site.theme
    return render(
        request, "manage/site.html", status, worker=request[WORKER], here_is="site", languages=LANGUAGES,
        schemes=SCHEMES, colours=THEME_COLOURS, areas=known + nothing, changed=changed, wrong=wrong,
        theme={"light": theme.light if theme else {}, "dark": theme.dark if theme else {}},
        lacking=site_settings.lacking(house.site), doors_open=house.doors_open, done=request.query.get("done"),
    )  # fmt: skip

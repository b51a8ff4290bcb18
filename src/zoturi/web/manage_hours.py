"""Opening hours by language and weekday, odd weeks, exceptions and holidays; what comes of them is shown below."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from aiohttp import web

from zoturi import world
from zoturi.actions import site_settings
from zoturi.domain import hours as rules
from zoturi.domain.refusals import Refusal
from zoturi.site import Site
from zoturi.site_hours import DAYS, ChatHours, public_holidays
from zoturi.web.forms import see, text, texts
from zoturi.web.keys import HOUSE, WORKER
from zoturi.web.render import render

SPARE_ROWS = 2
LOOK_AHEAD_DAYS = 14
MOST_ROWS = 420


async def page(request: web.Request) -> web.Response:
    return await _page(request)


async def change(request: web.Request) -> web.Response:
    """Write the hours; what does not fit is said, and everything typed is kept."""
    house = request.app[HOUSE]
    form = await request.post()
    given = _given(form, _languages(house.site))
    try:
        await house.db.write(site_settings.change_hours, request[WORKER], given)
    except Refusal as refusal:
        if refusal.code != "bad_field":
            raise
        return await _page(request, 422, form=_rows_of(given), wrong=str(refusal.facts["field"]))
    await site_settings.refresh(house)
    return see("/manage/hours", done="changed")


async def take_back(request: web.Request) -> web.Response:
    """Go back to the hours of the site's file."""
    house = request.app[HOUSE]
    await house.db.write(site_settings.take_back, request[WORKER], "hours")
    await site_settings.refresh(house)
    return see("/manage/hours", done="taken_back")


async def _page(request: web.Request, status: int = 200, **said: object) -> web.Response:
    house = request.app[HOUSE]
    said = {"form": _rows_of(_plain(house.site.chat_hours)), "wrong": None, **said}
    spoken = _languages(house.site)
    local = datetime.fromtimestamp(world.now() / 1000, UTC).astimezone(house.zone)
    return render(
        request, "manage/hours.html", status, worker=request[WORKER], here_is="hours", spoken=spoken, days=DAYS,
        spare=SPARE_ROWS, done=request.query.get("done"), changed=await house.db.read(site_settings.changed, "hours"),
        ahead=_ahead(house.site, spoken, local), **said,
    )  # fmt: skip


def _languages(site: Site) -> list[str]:
    """Languages that some team answers in, and those that have hours already."""
    return list(dict.fromkeys([*(code for team in site.teams for code in team.languages), *site.hours]))


def _given(form, spoken: list[str]) -> dict:
    """The form as hours.yaml would say it. A row without times is none."""
    chat: dict[str, object] = {}
    for code in spoken:
        if text(form, f"{code}.always"):
            chat[code] = "always"
            continue
        rows = []
        for row in _numbers(form, f"{code}.rows"):
            name = f"{code}.{row}."
            opens, closes = text(form, name + "opens"), text(form, name + "closes")
            if opens or closes:
                line = {"days": texts(form, name + "days"), "opens": opens, "closes": closes}
                weeks = text(form, name + "weeks")
                rows.append(line | ({"weeks": weeks} if weeks else {}))
        chat[code] = rows
    exceptions = []
    for row in _numbers(form, "exceptions.rows"):
        name = f"exceptions.{row}."
        if text(form, name + "date"):
            one: dict[str, object] = {"date": text(form, name + "date"), **_times(form, name)}
            languages = texts(form, name + "languages")
            exceptions.append(one | ({"languages": languages} if languages else {}))
    found: dict[str, object] = {"chat": chat, "exceptions": exceptions}
    how = text(form, "holidays")
    if how:
        found["holidays"] = {"closed": True} if how == "closed" else {
            "opens": text(form, "holidays.opens"), "closes": text(form, "holidays.closes")}  # fmt: skip
    return found


def _times(form, name: str) -> dict[str, object]:
    opens, closes = text(form, name + "opens"), text(form, name + "closes")
    return {"opens": opens, "closes": closes} if opens or closes else {"closed": True}


def _numbers(form, name: str) -> range:
    given = text(form, name)
    return range(min(int(given), MOST_ROWS) if given.isdecimal() else 0)


def _plain(hours: ChatHours) -> dict:
    """The hours in use, in the form of hours.yaml."""
    chat: dict[str, object] = {}
    for code, openings in (hours.chat or {}).items():
        windows = tuple(opening.window() for opening in openings)
        chat[code] = "always" if rules.is_always(windows) else [
            {"days": [DAYS[day] for day in sorted(each.days)], "opens": _clock(each.opens),
             "closes": _clock(each.closes, end=True), "weeks": each.weeks}
            for each in openings
        ]  # fmt: skip
    exceptions = [
        {"date": each.date.isoformat(), "opens": _clock(each.opens), "closes": _clock(each.closes, end=True),
         "languages": list(each.languages or ())}
        for each in hours.exceptions
    ]  # fmt: skip
    found: dict[str, object] = {"chat": chat, "exceptions": exceptions}
    if hours.holidays is not None:
        day = hours.holidays
        found["holidays"] = {"closed": day.closed, "opens": _clock(day.opens), "closes": _clock(day.closes, end=True)}
    return found


def _rows_of(given: dict) -> dict:
    """What the template draws: every row with all its names, and a few empty ones to write in."""
    empty = {"days": [], "opens": "", "closes": "", "weeks": ""}
    chat = {}
    for code, rows in given["chat"].items():
        always = rows == "always"
        known = [] if always else [empty | {k: v or "" for k, v in row.items()} for row in rows]
        chat[code] = {"always": always, "rows": known + [empty] * SPARE_ROWS}
    nothing = {"date": "", "opens": "", "closes": "", "languages": []}
    exceptions = [nothing | {k: v or "" for k, v in row.items() if k != "closed"} for row in given["exceptions"]]
    holidays = given.get("holidays")
    how = "" if holidays is None else "closed" if holidays.get("closed") else "own"
    times = {"opens": "", "closes": ""} | {k: v for k, v in (holidays or {}).items() if k != "closed" and v}
    return {"chat": chat, "exceptions": exceptions + [nothing] * SPARE_ROWS, "holidays": {"how": how} | times}


def _clock(at: time | None, *, end: bool = False) -> str:
    return "" if at is None else "24:00" if end and at == time(0) else f"{at:%H:%M}"


def _ahead(site: Site, spoken: list[str], local: datetime) -> list[dict]:
    """The coming days as young people meet them: for each language when it opens and closes, and what day it is."""
    found = []
    for step in range(LOOK_AHEAD_DAYS):
        day = local.date() + timedelta(days=step)
        start = datetime(day.year, day.month, day.day, tzinfo=local.tzinfo)
        spans = {code: list(rules.openings_on(site.hours, code, start)) for code in spoken}
        found.append({"at": int(start.timestamp() * 1000) + 12 * 3_600_000, "spans": spans,
                      "holiday": public_holidays().get(day), "week": day.isocalendar().week})  # fmt: skip
    return found

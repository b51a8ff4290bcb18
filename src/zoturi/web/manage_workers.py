"""The administrator's pages about people: accounts, links, sessions. No contents, and no queue."""

from __future__ import annotations

from aiohttp import web

from zoturi import world
from zoturi.actions import absence, accounts, staff
from zoturi.domain import promises
from zoturi.domain.people import ROLES
from zoturi.domain.refusals import Refusal
from zoturi.web import proof
from zoturi.web.forms import day, number, see, text, texts
from zoturi.web.keys import HOUSE, WORKER
from zoturi.web.render import render

_SHOWN_REFUSALS = ("bad_field", "conflict")


async def front(request: web.Request) -> web.Response:
    """To the page one needs first."""
    return see("/manage/workers" if request[WORKER].role == "admin" else "/manage/now")


async def everybody(request: web.Request) -> web.Response:
    return await _everybody(request)


async def add(request: web.Request) -> web.Response:
    """Add somebody and show the one-time link, this once."""
    asked = await proof.asked(request)
    if asked is not None:
        return asked
    house = request.app[HOUSE]
    form = await request.post()
    token = world.new_token()
    try:
        worker_id = await house.db.write(
            staff.add, request[WORKER], house.site, _person(form), accounts.token_hash(token)
        )
    except Refusal as refusal:
        if refusal.code not in _SHOWN_REFUSALS:
            raise
        return await _everybody(request, 422, given=_person(form), wrong=_wrong(refusal))
    return await _one(request, worker_id, link=_link(request, token), done="added")


async def one(request: web.Request) -> web.Response:
    return await _one(request, request.match_info["worker_id"], done=request.query.get("done"))


async def change(request: web.Request) -> web.Response:
    """Write name, role, team, languages and whether the account is open."""
    asked = await proof.asked(request)
    if asked is not None:
        return asked
    house, worker_id = request.app[HOUSE], request.match_info["worker_id"]
    form = await request.post()
    try:
        await house.db.write(staff.change, request[WORKER], house.site, worker_id, _person(form))
    except Refusal as refusal:
        if refusal.code not in _SHOWN_REFUSALS:
            raise
        return await _one(request, worker_id, 422, given=_person(form), wrong=_wrong(refusal))
    return see(f"/manage/workers/{worker_id}", done="changed")


async def set_absence(request: web.Request) -> web.Response:
    """Somebody is away until the end of a day (``until``), or back where it is left empty."""
    house, worker_id = request.app[HOUSE], request.match_info["worker_id"]
    try:
        last_day = day(text(await request.post(), "until"))
        await house.db.write(absence.set_of, request[WORKER], house.zone, worker_id, last_day)
    except Refusal as refusal:
        if refusal.code not in _SHOWN_REFUSALS:
            raise
        return await _one(request, worker_id, 422, wrong=_wrong(refusal))
    return see(f"/manage/workers/{worker_id}", done="away" if last_day else "back")


async def new_link(request: web.Request) -> web.Response:
    """A new one-time link, shown this once."""
    return await _with_link(request, staff.new_link, "link")


async def reset(request: web.Request) -> web.Response:
    """Close the account's doors at once and show a new one-time link."""
    return await _with_link(request, staff.reset, "reset")


async def end_sessions(request: web.Request) -> web.Response:
    """End one session (``session``), or without it all."""
    worker_id = request.match_info["worker_id"]
    session = text(await request.post(), "session")
    key = number(session) if session else None
    await request.app[HOUSE].db.write(staff.end_sessions, request[WORKER], worker_id, key)
    return see(f"/manage/workers/{worker_id}", done="ended")


async def _with_link(request: web.Request, deed, done: str) -> web.Response:
    asked = await proof.asked(request)
    if asked is not None:
        return asked
    worker_id, token = request.match_info["worker_id"], world.new_token()
    try:
        await request.app[HOUSE].db.write(deed, request[WORKER], worker_id, accounts.token_hash(token))
    except Refusal as refusal:
        if refusal.code not in _SHOWN_REFUSALS:
            raise
        return await _one(request, worker_id, 422, wrong=_wrong(refusal))
    return await _one(request, worker_id, link=_link(request, token), done=done)


async def _everybody(request: web.Request, status: int = 200, **said: object) -> web.Response:
    house = request.app[HOUSE]
    rows = await house.db.read(staff.everybody)
    said = {"given": staff.Person("", "worker", "", tuple(_spoken(house.site))), "wrong": None, **said}
    return render(request, "manage/workers.html", status, worker=request[WORKER], here_is="workers", rows=rows,
                  roles=ROLES, spoken=_spoken(house.site), **said)  # fmt: skip


async def _one(request: web.Request, worker_id: str, status: int = 200, **said: object) -> web.Response:
    house = request.app[HOUSE]
    row, sessions = await house.db.read(staff.one, worker_id)
    kept = staff.Person(row["name"], row["role"], row["team_id"], tuple(row["languages"].split()))
    said = {"given": kept, "wrong": None, "link": None, "done": None, **said}
    away = {"away_until": absence.day_of(row["absent_until"], world.now(), house.zone),
            "today": promises.local_day(world.now(), house.zone)}  # fmt: skip
    return render(request, "manage/worker.html", status, worker=request[WORKER], here_is="workers", row=row, **away,
                  sessions=sessions, roles=ROLES, spoken=_spoken(house.site), now=world.now(), **said)  # fmt: skip


def _person(form) -> staff.Person:
    return staff.Person(
        name=" ".join(text(form, "name").split()), role=text(form, "role"), team=text(form, "team"),
        languages=tuple(dict.fromkeys(texts(form, "languages"))), email=text(form, "email"),
        disabled=text(form, "disabled") == "yes",
    )  # fmt: skip


def _spoken(site) -> list[str]:
    return list(dict.fromkeys(code for team in site.teams for code in team.languages))


def _wrong(refusal: Refusal) -> tuple[str, str]:
    return refusal.code, str(refusal.facts.get("field", ""))


def _link(request: web.Request, token: str) -> str:
    return f"{request.app[HOUSE].settings.origins[0]}/desk/welcome/{token}"

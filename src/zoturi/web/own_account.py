"""One's own account: where one is signed in, recovery codes, and the sign that one is still here."""

from __future__ import annotations

from aiohttp import web

from zoturi import world
from zoturi.actions import absence, accounts, factors, own_password
from zoturi.domain import promises
from zoturi.domain.refusals import Refusal
from zoturi.web import proof, sessions
from zoturi.web.forms import day, number, see, text
from zoturi.web.keys import HOUSE, WORKER
from zoturi.web.render import render


async def page(request: web.Request) -> web.Response:
    """Where one is signed in, this session marked, how many recovery codes are left, and until when one is away."""
    return await _page(request, done=request.query.get("done"))


async def set_absence(request: web.Request) -> web.Response:
    """Be away until the end of a day (``until``), or back where it is left empty."""
    house = request.app[HOUSE]
    try:
        last_day = day(text(await request.post(), "until"))
        await house.db.write(absence.set_mine, request[WORKER], house.zone, last_day)
    except Refusal as refusal:
        if refusal.code != "bad_field":
            raise
        return await _page(request, 422, wrong="until")
    return see("/desk/account", done="away" if last_day else "back")


async def _page(request: web.Request, status: int = 200, **said: object) -> web.Response:
    house, worker = request.app[HOUSE], request[WORKER]
    open_sessions, codes, email = await house.db.read(accounts.own_sessions, worker)
    away_until = await house.db.read(absence.mine, worker, house.zone)
    said = {"done": None, "wrong": None, "problems": {}, **said}
    return render(
        request, "staff/account.html", status, worker=worker, sessions=open_sessions, codes_left=codes, email=email,
        away_until=away_until, today=promises.local_day(world.now(), house.zone), here_is="account", **said,
    )  # fmt: skip


async def change_password(request: web.Request) -> web.Response:
    """A new password (twice) for the one there is; all other sessions end."""
    house, worker, form = request.app[HOUSE], request[WORKER], await request.post()
    given = {name: form.get(name, "") for name in ("current", "password", "again")}
    current, new, again = (value if isinstance(value, str) else "" for value in given.values())
    problems = await own_password.change(
        house.db, house.limits.tries, house.site, worker, sessions.device_of(request, worker), current=current, new=new,
        again=again,
    )  # fmt: skip
    return await _page(request, 422, problems=problems) if problems else see("/desk/account", done="password")


async def end_sessions(request: web.Request) -> web.Response:
    """End one of one's own sessions (``session``), or without it all but this one."""
    db, worker = request.app[HOUSE].db, request[WORKER]
    session = text(await request.post(), "session")
    if session:
        await db.write(accounts.end_own_session, worker, number(session))
    else:
        await db.write(accounts.end_own_others, worker)
    return see("/desk/account", done="ended")


async def new_codes(request: web.Request) -> web.Response:
    """Ten new recovery codes, shown once."""
    asked = await proof.asked(request)
    if asked is not None:
        return asked
    db = request.app[HOUSE].db
    codes = factors.new_recovery_codes()
    await db.write(accounts.renew_recovery_codes, request[WORKER], factors.recovery_hashes(db.vault, codes))
    return render(request, "staff/codes.html", codes=codes)


async def time_left(request: web.Request) -> web.Response:
    """How long this session lasts, for the page that warns before its end."""
    return web.json_response(await request.app[HOUSE].db.read(accounts.time_left, request[WORKER]))


async def still_here(request: web.Request) -> web.Response:
    """Somebody touched the page; the door itself has noted it."""
    return web.Response(status=204)

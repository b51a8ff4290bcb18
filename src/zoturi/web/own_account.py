"""One's own account: where one is signed in, recovery codes, and the sign that one is still here."""

from __future__ import annotations

from aiohttp import web

from zoturi.actions import accounts, factors
from zoturi.web import proof
from zoturi.web.forms import number, see, text
from zoturi.web.keys import HOUSE, WORKER
from zoturi.web.render import render


async def page(request: web.Request) -> web.Response:
    """Where one is signed in, this session marked, and how many recovery codes are left."""
    worker = request[WORKER]
    sessions, codes = await request.app[HOUSE].db.read(accounts.own_sessions, worker)
    return render(request, "staff/account.html", worker=worker, sessions=sessions, codes_left=codes, here_is="account",
                  done=request.query.get("done"))  # fmt: skip


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

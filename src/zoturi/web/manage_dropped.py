"""The page of what may not be dropped: what needs somebody's eyes, why, and what a supervisor can do about it."""

from __future__ import annotations

from aiohttp import web

from zoturi import world
from zoturi.actions import dropped
from zoturi.store import people
from zoturi.store.tx import Tx
from zoturi.web.keys import HOUSE, WORKER
from zoturi.web.render import render

SAID = ("released", "reassigned", "gone", "at_capacity", "conflict", "bad_field")


async def page(request: web.Request) -> web.Response:
    """Every contact of the own team that is not in good hands. It works without a script."""
    worker = request[WORKER]

    def look(tx: Tx) -> tuple[list[dropped.Line], list]:
        return dropped.lines(tx, worker), people.team_of(tx, worker.team)

    lines, colleagues = await request.app[HOUSE].db.read(look)
    said = request.query.get("done", "")
    return render(
        request, "manage/dropped.html", worker=worker, here_is="dropped", lines=lines, now=world.now(),
        able=[each for each in colleagues if each.on_duty and not each.paused and each.key != worker.key],
        said=said if said in SAID else None,
    )  # fmt: skip


async def live(request: web.Request) -> web.Response:
    """The same page, asked for by itself: no sign that somebody is there."""
    return await page(request)

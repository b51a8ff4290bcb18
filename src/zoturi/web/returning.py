"""Coming back by code: the page, and one answer in one time for every code that opens nothing."""

from __future__ import annotations

import asyncio

from aiohttp import web

from zoturi import world
from zoturi.actions import duty, returning
from zoturi.domain import return_codes
from zoturi.domain.refusals import Refusal
from zoturi.web import help_answer, sessions
from zoturi.web.keys import HOUSE
from zoturi.web.refusals import STATUS
from zoturi.web.render import language_of
from zoturi.web.visitor import lang_of, visitor_page

ANSWER_AFTER_SECONDS = 0.4


async def page(request: web.Request) -> web.Response:
    lang_of(request)
    await sessions.ensure_visitor_cookie(request)
    return visitor_page(request, "visitor/return.html", typed="", problem=None, shared=False)


async def come_back(request: web.Request) -> web.StreamResponse:
    """303 to the chat or the help request that the code opens; otherwise the page again, with what was typed kept.

    Right and wrong codes take the same time; a typing error is told at once, since its check character gives it away.
    """
    lang_of(request)
    house = request.app[HOUSE]
    form = await request.post()
    shared = form.get("shared") == "yes"
    typed = str(form.get("code", ""))[:200]
    answer_at = world.monotonic() + ANSWER_AFTER_SECONDS
    problem = actor = opened = None
    try:
        code = return_codes.read(typed)
        if code is None:
            raise Refusal("bad_field", field="code")
        house.limits.guess(code[: return_codes.SELECTOR], sessions.visitor_hash(request))
        if not await house.db.read(returning.opens_something, typed):
            raise Refusal("not_found")
        actor = await sessions.begin_visitor(request)
        opened = await house.db.write(returning.come_back, actor, typed)
        if shared:
            await house.db.write(duty.set_shared_device, actor, True)
    except Refusal as refusal:
        problem = refusal.code
    if problem != "bad_field":
        await asyncio.sleep(max(0.0, answer_at - world.monotonic()))
    if problem is None:
        at = f"/{language_of(request)}/chat"
        if opened["channel"] == "help_button":
            at = await help_answer.address_of(request, actor, opened["contact_id"])
        return web.Response(status=303, headers={"Location": at})
    async with house.limits.turn:  # guesses that came together wake together: others get their turn between two pages
        refused = visitor_page(
            request, "visitor/return.html", STATUS.get(problem, 500), typed=typed, problem=problem, shared=shared
        )
        await asyncio.sleep(0)
    return refused
